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
from urllib.parse import parse_qsl, urlencode

import orjson
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.text import slugify
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from . import citations, datapackage
from .current import built_version
from .entries import touch
from .exports import BATCH, RENDERINGS, csv_lines, json_bytes, plain
from .models import Release
from .snapshot import RestlessError, codes, freeze

PACKAGE = "paket.zip"
MOST_NAMED = 30  # values, where one is unknown
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
    with datapackage.one_at_a_time(folder()):
        clear()
        with datapackage.unfinished(folder()) as temporary:
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
            datapackage.write(new / PACKAGE, tables, new, frozen)
            sync(new)
            changes = {"since": last.number, "tables": compared(frozen, last, new)} if last else {}
            return put(new, frozen, content, changes, note), True


def refuse(frozen, content):
    if not any(table["rows"] for table in frozen.values()):
        raise ValidationError(_("Nothing is published yet."))
    same = Release.objects.filter(content_hash=content).exclude(withdrawn_at=None).first()
    if same:
        raise ValidationError(
            _("%s said the same and was withdrawn. What must not be public has to be withdrawn or changed first.")
            % same
        )


def put(new, frozen, content, changes, note):
    """Give it a number and its place. Only who has the number puts files there."""
    try:
        with transaction.atomic():
            number = (Release.objects.aggregate(last=Max("number"))["last"] or 0) + 1
            counts = {name: table["rows"] for name, table in frozen.items()}
            release = Release.objects.create(
                number=number, note=note, content_hash=content, counts=counts, changes=changes, tables=frozen
            )
            touch("releases", release.pk)
            shutil.rmtree(path(number), ignore_errors=True)  # of a process that was killed before its number counted
            new.rename(path(number))
            return release
    except IntegrityError as error:
        raise ValidationError(_("Another data release is being made at this moment.")) from error


def clear():
    """Delete the files of withdrawn releases, should a process have been killed in between."""
    for number in Release.objects.exclude(withdrawn_at=None).values_list("number", flat=True):
        shutil.rmtree(path(number), ignore_errors=True)


def sync(folder):
    """What is announced stands on the disk."""
    for file in (*folder.iterdir(), folder):
        handle = os.open(file, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def compared(frozen, last, new):
    """{table: {what has become of its rows since the release `last`: how many}}; link tables follow from the others."""
    changes = {}
    for name, table in frozen.items():
        before = last.tables.get(name)
        if table["owner"] != name or not before:
            continue
        old = fingerprints(rows_of(path(last.number) / f"{name}.jsonl"), before["key"], table["columns"])
        now = fingerprints(rows_of(new / f"{name}.jsonl"), table["key"], before["columns"])
        changes[name] = difference(old, now)
    return changes


def difference(old, now):
    """How many rows were added, removed and changed, given two times {key: fingerprint}."""
    return {
        "added": len(now.keys() - old.keys()),
        "removed": len(old.keys() - now.keys()),
        "changed": sum(old[key] != now[key] for key in old.keys() & now.keys()),
    }


def fingerprints(items, key, columns):
    """{key of an item: hash of what it says in those of the columns that it has}"""
    found = {}
    for item in items:
        told = [[name, item[name]] for name in sorted(columns) if name in item]
        found[str(item[key])] = hashlib.blake2b(json_bytes(told), digest_size=8).digest()
    return found


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
    shutil.rmtree(path(kept.number), ignore_errors=True)
    return kept


# Asking a release


class NotPossibleError(Exception):
    """What a release can't answer, in words."""

    def __init__(self, problems):
        self.problems = problems


@dataclass(frozen=True)
class Query:
    """A table of a release, narrowed by facets. `chosen`: {facet: values}, in the order of the release."""

    release: Release
    table: object
    chosen: dict

    @property
    def name(self):
        return self.table.name

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
        owner = getattr(self.table, "owner", self.table)
        return all(set(codes(owner, facet, item)) & set(values) for facet, values in self.chosen.items())

    def lines(self):
        """The frozen rows that fit, as lines. Reads nothing but the release's files.

        That they are there is asked at once; they are opened once somebody reads.
        """
        file = path(self.release.number) / f"{self.name}.jsonl"
        file.stat()
        return self.lines_of(file)

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
        """With commas for programs, masked against formulas as every CSV for download; JSON Lines are lossless."""
        lines, columns = self.lines(), self.described["columns"]

        def parts():
            yield csv_lines(zip(columns), ",").encode()
            for batch in batched(map(orjson.loads, lines), BATCH, strict=False):
                yield csv_lines([[plain(item[name]) for item in batch] for name in columns], ",").encode()

        return parts()

    def answer(self, extension):
        return {"jsonl": self.jsonl, "csv": self.csv}[extension]()

    def digests(self):
        """(number of rows, {format: hash of the answer})"""
        rows, hashes = 0, {extension: hashlib.sha256() for extension in FORMATS}
        for part in self.jsonl():
            hashes["jsonl"].update(part)
            rows += part.count(b"\n")
        for part in self.csv():
            hashes["csv"].update(part)
        return rows, {extension: each.hexdigest() for extension, each in hashes.items()}

    def since(self):
        """What the same choices would bring today, compared: {added, removed, changed, unpublished}."""
        table, frozen = self.table, self.described
        with translation.override("de"):
            today = fingerprints(table.items(self.ids_today()), frozen["key"], frozen["columns"])
            old = fingerprints(self.items(), frozen["key"], table.header)
            public = table.filter_class.rows().order_by().values_list(table.key, flat=True)
            gone = (old.keys() - today.keys()) - set(map(str, public))
        return difference(old, today) | {"unpublished": len(gone)}

    def ids_today(self):
        filter_set = self.table.filter_class(QueryDict(self.parameters))
        # None of its values exists any more: not even a filter would be left.
        lost = any(not filter_set.chosen.get(facet) for facet in self.chosen)
        return filter_set.results[:0] if lost else filter_set.results

    def work(self, rows, sha256):
        """What is cited. `sha256`: of the answer as JSON Lines."""
        choices = [f"{facet}: {', '.join(labels)}" for facet, labels in self.words()]
        title = self.described[f"title_{get_language()}"]
        chosen = "-".join(value for values in self.chosen.values() for value in values)
        return citations.ours(
            key="-".join(filter(None, ["wissensportal-release", str(self.release.number), self.name, slugify(chosen)])),
            kind=citations.Kind.DATASET,
            title=f"{title}, {self.release}",
            url=settings.SITE_ADDRESS + self.address(),
            date=timezone.localdate(self.release.created_at),
            note="; ".join([*choices, ngettext("%d row", "%d rows", rows) % rows]),
            sha256=sha256,
            accessed=None,  # it is the same on every day
        )


def address(release, name, chosen, extension=""):
    if extension:
        found = reverse("release_file", args=[release.number, name, extension])
    else:
        found = reverse("release_table", args=[release.number, name])
    return f"{found}?{urlencode(chosen, doseq=True)}" if chosen else found


def dated(release):
    return _("%(release)s of %(date)s") % {
        "release": release,
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
            problems.append(
                _("“%(name)s” is no facet of this table. Possible are: %(possible)s.")
                % {"name": parameter[:80], "possible": ", ".join(sorted(facets)) or _("none")}
            )
    for facet in sorted(facets):  # the database doesn't keep their order
        values = sorted({value for value in data.getlist(facet) if value})
        known = list(facets[facet]["values"])
        possible = ", ".join(known[:MOST_NAMED] + ["…"] * (len(known) > MOST_NAMED))
        problems += [
            _("“%(facet)s” had no value “%(value)s” on the day of this release. Possible are: %(possible)s.")
            % {"facet": facet, "value": value[:80], "possible": possible or _("none")}
            for value in values
            if value not in known
        ]
        if values:
            chosen[facet] = values
    if problems:
        raise NotPossibleError(problems)
    return chosen


_newest = (None, None)  # the version of the content, and the newest release then


def newest():
    """The newest release that can be had. Asked for again when the content has moved on, and a release moves it."""
    global _newest
    version, release = _newest
    if version is None or version != built_version():
        version = built_version()
        release = Release.objects.standing().first()
        _newest = (version, release)
    return release


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
