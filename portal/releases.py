"""Releases: the published data, frozen as JSON Lines in DATA_DIR/releases/<number>, downloadable and citable for ever.

A release of which rows are asked by facets answers from its own files alone, so it says the same whatever has become
of the records and vocabularies since. Only a take-down ends it (`withdraw`): its files are deleted, its number stays.
"""

import hashlib
import logging
import os
import shutil
from dataclasses import dataclass
from itertools import batched
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode

import orjson
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import slugify
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from . import citations, datapackage
from .about import OF_REGISTER, REGISTER
from .current import built_version, content_version, once_a_version
from .entries import touch
from .exports import BATCH, RENDERINGS, csv_lines, json_bytes, plain
from .facets import in_words
from .kept import one_at_a_time, unfinished
from .licences import Licence
from .localized import text_in
from .models import Release
from .problems import MOST_ECHOED, Problem, named
from .snapshot import RestlessError, codes, freeze

PACKAGE = "paket.zip"
MOST_KEPT = 50  # answers that a process knows by heart
MOST_ENTRIES = 200  # that have changed in one way, named on a page
# What the rows of a table are called: the first of these that a row has.
TITLES = ("title", "label", "term", "display_name")
FORMATS = {extension: RENDERINGS[extension] for extension in ("csv", "jsonl")}

logger = logging.getLogger(__name__)


def folder():
    return settings.DATA_DIR / "releases"


def path(number):
    return folder() / str(number)


def make(tables, note=""):
    """Freeze what readers see now. Returns (release, whether it is a new one): the same content is released once.

    Raises ValidationError with what stands against it. Killed at any moment, it leaves nothing that anybody sees.
    """
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    with one_at_a_time(folder()):
        clear()
        with unfinished(folder()) as temporary:
            new = temporary / "release"
            try:
                frozen = freeze(tables, new)
            except RestlessError as error:
                raise ValidationError(
                    _("The content is being changed at this moment. Please try again soon.")
                ) from error
            content = datapackage.content_hash(frozen)
            last = Release.objects.standing().first()
            if last and last.content_hash == content:
                return last, False
            refuse(frozen, content)
            release = Release(
                number=next_number(),
                note=note,
                content_hash=content,
                counts={name: table["rows"] for name, table in frozen.items()},
                changes=changes(frozen, last, new),
                tables=frozen,
            )
            datapackage.write(new / PACKAGE, tables, new, frozen, release)
            sync(new)
            put(new, release)
            return release, True


def refuse(frozen, content):
    if not any(table["rows"] for table in frozen.values()):
        raise ValidationError(_("Nothing is published yet."))
    same = Release.objects.filter(content_hash=content).exclude(withdrawn_at=None).first()
    if same:
        raise ValidationError(
            _("%s said the same and was withdrawn. What must not be public has to be withdrawn or changed first.")
            % same
        )


def next_number():
    """One that no release ever had: the folders also know those that an older database, played back, does not."""
    last = Release.objects.aggregate(last=Max("number"))["last"] or 0
    return max([last, *(int(each.name) for each in folder().iterdir() if each.name.isdecimal())]) + 1


def put(new, release):
    """Give it its place. What stands there was complete, even if no row names it: it is never replaced."""
    try:
        with transaction.atomic():
            release.save(force_insert=True)
            touch("releases", release.pk)
            new.rename(path(release.number))
    except IntegrityError as error:
        raise ValidationError(_("Another data release is being made at this moment.")) from error


def clear():
    """Delete the files of withdrawn releases, should a process have been killed in between."""
    for number in Release.objects.exclude(withdrawn_at=None).values_list("number", flat=True):
        empty(number)


def empty(number):
    """Delete the files of a release. Its folder stays, so that nobody ever gets the number again."""
    shutil.rmtree(path(number), ignore_errors=True)
    path(number).mkdir(mode=0o700, parents=True, exist_ok=True)


def sync(folder):
    """What is announced stands on the disk."""
    for file in (*folder.iterdir(), folder):
        handle = os.open(file, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def changes(frozen, last, new):
    """What has changed since the release `last`; nothing if there is none, or if its files are lost."""
    if last is None:
        return {}
    try:
        return {"since": last.number, "tables": compared(frozen, last, new)}
    except FileNotFoundError:
        logger.error("The files of release %d are lost: the new one is not compared with it.", last.number)
        return {}


def compared(frozen, last, new):
    """{table: {what has become of its rows since the release `last`: how many}}

    A link is named by all that it says but its place in the list.
    """
    found = {}
    for name, table in frozen.items():
        before = last.tables.get(name)
        if not before:
            continue
        columns, sites = comparable(before, table["columns"]), {before["site"], table["site"]}
        is_link = table["owner"] != name
        if is_link:
            columns.remove("position")
        old, now = (
            told(rows_of(folder / f"{name}.jsonl"), None if is_link else described["key"], columns, sites)
            for folder, described in ((path(last.number), before), (new, table))
        )
        found[name] = counts(difference(old, now))
    return found


def comparable(old, now):
    """The columns that a frozen table has in common with these, but two: the address of a page depends on language and
    server, and a day of change alone is no change.
    """
    return sorted((set(old["columns"]) & set(now)) - {old["page"], "modified_on"})


class Told(NamedTuple):
    hash: bytes
    title: str


def told(items, key, columns, sites):
    """{key of an item: what it says in these columns}. Without a key, an item is named by that.

    `sites`: addresses that the portal had; that it has moved changes no row.
    """
    found = {}
    for item in items:
        said = json_bytes([[name, without(sites, item[name])] for name in columns])
        hashed = hashlib.blake2b(said, digest_size=8).digest()
        found[str(item[key]) if key else hashed] = Told(hashed, title_of(item))
    return found


def difference(old, now):
    """{kind of change: keys of the rows}, given two times what `told` says."""
    return {
        "added": sorted(now.keys() - old.keys()),
        "removed": sorted(old.keys() - now.keys()),
        "changed": sorted(key for key in old.keys() & now.keys() if old[key].hash != now[key].hash),
    }


def counts(difference):
    return {kind: len(keys) for kind, keys in difference.items()}


def without(sites, value):
    return min((value.removeprefix(site) for site in sites), key=len) if isinstance(value, str) else value


def title_of(item):
    """What a row is called, in the active language if it has a name in that."""
    lang = get_language()
    for name in TITLES:
        for column, code in ((f"{name}_{lang}", lang), (f"{name}_de", "de"), (name, lang)):
            if item.get(column):
                return text_in(code, item[column])
    return ""


def is_there(release):
    """Whether all its files are."""
    return all(
        (path(release.number) / name).exists() for name in (PACKAGE, *(f"{name}.jsonl" for name in release.counts))
    )


def rows_of(file):
    with file.open("rb") as lines:
        yield from map(orjson.loads, lines)


def withdraw(release, reason):
    """End a release for good: from this moment readers are told that it is gone, and why; then its files go."""
    if not reason.strip():
        raise ValidationError(_("Please say why."))
    with transaction.atomic():
        kept = Release.objects.select_for_update().get(pk=release.pk)
        if kept.withdrawn_at is None:
            kept.withdrawn_at, kept.reason, kept.tables = timezone.now(), reason, {}
            kept.save()
            touch("releases", kept.pk)
    empty(kept.number)
    return kept


# Asking a release

_read = {}  # {what was asked of which content: what Query.read has said}


class NotPossibleError(Problem):
    """What a release can't answer: for programs the first problem, for a page all of them."""

    def __init__(self, problems):
        first = problems[0]
        super().__init__(first.kind, first.detail, **first.more)
        self.problems = problems


@dataclass(frozen=True)
class Query:
    """A table of a release, narrowed by facets. `chosen`: {facet: values}, in the order of the release."""

    release: Release
    name: str
    chosen: dict

    @property
    def described(self):
        return self.release.tables[self.name]

    @property
    def parameters(self):
        """The one way to write it, whatever order was asked in."""
        return urlencode(self.chosen, doseq=True)

    def address(self, extension=""):
        """Of the page, or of a file."""
        return address(self.release, self.name, self.chosen, extension)

    def words(self):
        """[(label of a facet, labels of its values)] as of the day of the release, in the active language."""
        lang = 1 if get_language() == "en" else 0
        facets = self.described["facets"]
        return [
            (facets[facet]["labels"][lang], [facets[facet]["values"][value][lang] for value in values])
            for facet, values in self.chosen.items()
        ]

    def fits(self, item):
        """Whether a frozen row of the owner carries one of the chosen values of every facet."""
        facets = self.described["facets"]
        return all(not set(values).isdisjoint(codes(facets[facet], item)) for facet, values in self.chosen.items())

    def lines(self):
        """The frozen rows that fit, as lines. Nothing but the release's files is opened, once somebody reads."""
        return self.lines_of(self.file())

    def file(self):
        """Where the frozen rows are. Raises FileNotFoundError if they are lost."""
        file = path(self.release.number) / f"{self.name}.jsonl"
        file.stat()
        return file

    def lines_of(self, file):
        owner, key, keys = self.described["owner"], self.described["key"], None
        if self.chosen and owner != self.name:
            keys = {item[key] for item in rows_of(file.with_name(f"{owner}.jsonl")) if self.fits(item)}
        with file.open("rb") as lines:
            for line in lines:
                if not self.chosen:
                    yield line
                elif keys is None:
                    if self.fits(orjson.loads(line)):
                        yield line
                elif orjson.loads(line)[key] in keys:
                    yield line

    def items(self):
        return map(orjson.loads, self.lines())

    def jsonl(self):
        lines = self.lines()
        return (b"".join(batch) for batch in batched(lines, BATCH, strict=False))

    def csv(self):
        """With commas for programs, masked against formulas as every CSV for download; JSON Lines is lossless."""
        lines = self.lines()

        def parts():
            yield self.csv_head()
            yield from map(self.csv_part, batched(map(orjson.loads, lines), BATCH, strict=False))

        return parts()

    def csv_head(self):
        return csv_lines(zip(self.described["columns"]), ",").encode()

    def csv_part(self, items):
        return csv_lines([[plain(item[name]) for item in items] for name in self.described["columns"]], ",").encode()

    def answer(self, extension):
        return {"jsonl": self.jsonl, "csv": self.csv}[extension]()

    def read(self, today=None):
        """What a page says of the answer: (number of rows, {format: hash}, since). Kept until the content changes.

        `today`: the table of this name as it is declared now; `since`: the Since until now, None if it can't be told.
        """
        self.file()  # raises FileNotFoundError, whatever is kept
        if today and not (today.key and set(self.chosen) <= set(today.filter_class.facets_by_name())):
            today = None  # a table of links, or one that nobody can ask for this any more
        # What an index says that is older than the content is kept apart: nothing that was withdrawn is named again.
        content = content_version(), built_version(), settings.SITE_ADDRESS, get_language()
        asked = (*content, self.release.pk, self.release.content_hash, self.name, self.parameters, today is None)
        found = _read.get(asked)
        if found is None:
            found = self.read_anew(today)
            if len(_read) >= MOST_KEPT:
                _read.clear()
            _read[asked] = found
        return found

    def read_anew(self, today):
        """Reads the answer once, and today's."""
        rows, jsonl, csv, old = 0, hashlib.sha256(), hashlib.sha256(self.csv_head()), {}
        sites = {self.described["site"], settings.SITE_ADDRESS}
        columns = comparable(self.described, today.header) if today else ()
        for batch in batched(self.lines(), BATCH, strict=False):
            items = list(map(orjson.loads, batch))
            rows += len(items)
            jsonl.update(b"".join(batch))
            csv.update(self.csv_part(items))
            if today:
                old |= told(items, self.described["key"], columns, sites)
        hashes = {"jsonl": jsonl.hexdigest(), "csv": csv.hexdigest()}
        if not today:
            return rows, hashes, None
        return rows, hashes, Since(today, old, told(today.items(self.ids_today(today)), today.key, columns, sites))

    def ids_today(self, table):
        filter_set = table.filter_class(QueryDict(self.parameters))
        # None of its values exists any more: not even a filter would be left.
        lost = any(not filter_set.chosen.get(facet) for facet in self.chosen)
        return filter_set.results[:0] if lost else filter_set.results

    def work(self, rows, sha256):
        """What is cited. `sha256`: of the answer as JSON Lines."""
        notes = [in_words(label, *labels) for label, labels in self.words()]
        notes.append(ngettext("%d row", "%d rows", rows) % rows)
        if self.name == OF_REGISTER:
            notes.append(str(REGISTER))
        title = self.described[f"title_{get_language()}"]
        chosen = "-".join(value for values in self.chosen.values() for value in values)
        return citations.ours(
            key="-".join(filter(None, ["wissensportal-release", str(self.release.number), self.name, slugify(chosen)])),
            kind=citations.Kind.DATASET,
            title=f"{title}, {self.release.in_sentence}",
            url=settings.SITE_ADDRESS + self.address(),
            date=timezone.localdate(self.release.created_at),
            note="; ".join(notes),
            sha256=sha256,
            licence="" if self.name == OF_REGISTER else Licence.CC_BY.label,
            accessed=None,  # it is the same on every day
        )


class Entry(NamedTuple):
    """A row that has changed. `number`: if rows have one; `url`: of its page, if it is public now."""

    number: str
    title: str
    url: str


class Since:
    """What has become of rows until today. `counts`: {added, removed, changed, unpublished}.

    `named`: {kind of change: [Entry]}, of what is public still; `more`: {kind of change: how many are left out}.
    """

    def __init__(self, table, old, now):
        self.table = table
        found = difference(old, now)
        public = set(map(str, table.filter_class.rows().order_by().values_list(table.key, flat=True)))
        self.counts = counts(found) | {"unpublished": len(set(found["removed"]) - public)}
        shown = {kind: [key for key in keys if key in public] for kind, keys in found.items()}
        self.named = {kind: self.entries(keys[:MOST_ENTRIES], now | old) for kind, keys in shown.items()}
        self.more = {kind: len(keys) - len(self.named[kind]) for kind, keys in shown.items()}

    def entries(self, keys, rows):
        pages, key = {}, self.table.key
        if self.table.page:
            shown = self.table.filter_class._meta.model.objects.visible().filter(**{f"{key}__in": keys})
            pages = {str(getattr(record, key)): record.get_absolute_url() for record in shown}
        return [Entry(each if key == "number" else "", rows[each].title, pages.get(each, "")) for each in keys]


def address(release, name, chosen, extension=""):
    if extension:
        found = reverse("release_file", args=[release.number, name, extension])
    else:
        found = reverse("release_table", args=[release.number, name])
    return f"{found}?{urlencode(chosen, doseq=True)}" if chosen else found


def dated(release):
    return _("%(release)s of %(date)s") % {
        "release": release.in_sentence,
        "date": date_format(timezone.localtime(release.created_at), "DATE_FORMAT"),
    }


def work(release):
    """What is cited: the whole release."""
    return citations.ours(
        key=f"wissensportal-release-{release.number}",
        kind=citations.Kind.DATASET,
        title=str(release),
        url=settings.SITE_ADDRESS + release.get_absolute_url(),
        date=timezone.localdate(release.created_at),
        sha256=release.content_hash,
        accessed=None,
    )


def check(release, name, data):
    """{facet: values} that the parameters `data` (a QueryDict) choose in a table of a release.

    Raises NotPossibleError: a release knows its facets and their values, and nothing else.
    """
    facets, problems, chosen = release.tables[name]["facets"], [], {}
    for parameter in data:
        if parameter not in facets:
            parameter, known = parameter[:MOST_ECHOED], sorted(facets)
            detail = _("“%(name)s” is not a filter of this table. Possible filters: %(possible)s.")
            detail %= {"name": parameter, "possible": ", ".join(known) or _("none")}
            problems.append(Problem("unknown-parameter", detail, parameter=parameter, known=known))
    for facet in sorted(facets):  # the database doesn't keep their order
        values = sorted({value for value in data.getlist(facet) if value})
        known = list(facets[facet]["values"])
        for value in values:
            if value not in known:
                detail = _(
                    "“%(facet)s” had no value “%(value)s” on the day of this data release. "
                    "Possible values: %(possible)s."
                )
                detail %= {"facet": facet, "value": value[:MOST_ECHOED], "possible": named(known) or _("none")}
                problems.append(Problem("invalid-value", detail, parameter=facet, expected={"enum": known}))
        if values:
            chosen[facet] = values
    if problems:
        raise NotPossibleError(problems)
    return chosen


@once_a_version  # a release moves it, too
def standing():
    """Those not withdrawn, the newest first. The long description of their tables is read of whom it is asked."""
    return list(Release.objects.standing().defer("tables", "changes"))


def available():
    """Those that can be had, the newest first: neither withdrawn nor lost."""
    return filter(is_there, standing())


def newest():
    return next(available(), None)


def citable(name, query):
    """The address at which the choices of a list – its facets, and nothing else – can be cited; None if they can't."""
    data = QueryDict(mutable=True)
    for parameter, value in parse_qsl(query.removeprefix("?")):
        if parameter != "sort":
            data.appendlist(parameter, value)
    release = newest() if data else None
    if release is None or name not in release.tables:
        return None
    try:
        return address(release, name, check(release, name, data))
    except NotPossibleError:
        return None
