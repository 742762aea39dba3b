"""Import of tables: how an entry stands in the columns of a table, and the way of one file into the database.

The columns are those of the export, so that an exported file can be changed and handed in again. A cell that says what
the export would say of the record changes nothing; an empty cell empties its field; a column left out keeps it.
"""

import datetime
import difflib
import hashlib
import json
import secrets
import shutil
import time
from collections import Counter
from dataclasses import dataclass
from itertools import batched, islice
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from . import uploads
from .codebook import fields
from .entries import TYPES, Known, Lines, Planner, Problem, Ref, Refs, Rows, carry_out, originals
from .exports import CONTROL, LONGEST_CELL, parts, plain
from .fields import CodesField
from .models import User
from .publishing import Publishable
from .uploads import Refused, Unusable
from .yaml import stream_entries

BATCH = 500
TRUTHS = {"true": True, "wahr": True, "ja": True, "yes": True, "1": True,
          "false": False, "falsch": False, "nein": False, "no": False, "0": False}  # fmt: skip
EXTENSIONS = ("xlsx", "csv", "yaml", "yml")
EXPIRES = 24 * 60 * 60


# Between an entry and the cells of a row


def written(value):
    """A value as the export writes it and every format gives it back."""
    return normal("" if value is None else str(plain(value)))


def normal(text):
    return CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def truth(text):
    return TRUTHS.get(text.lower(), text)


class Single:
    """A field whose value stands in one cell."""

    def __init__(self, field, column):
        self.field, self.columns = field, (column,)

    def hidden(self):
        return set()

    def cells(self, entry):
        return [entry[self.field.name]]

    def value(self, texts, entry, hidden=()):
        (text,) = texts
        if isinstance(self.field, Ref):
            return text
        if isinstance(self.field.model_field, models.BooleanField):
            return truth(text)
        if isinstance(self.field.model_field, models.CharField | models.TextField):
            return text
        return text or None


class Many(Single):
    """A field whose values stand in one cell, with `JOIN` between them."""

    def value(self, texts, entry, hidden=()):
        values = [each for each in parts(texts[0]) if each]
        if entry and hidden:
            # A public export leaves out what readers may not see: it mustn't get lost on the way back.
            values += [key for key in entry[self.field.name] if key in hidden and key not in values]
        return values

    def hidden(self):
        """Keys of the records that the field may name and that readers can't see."""
        if not (isinstance(self.field, Refs) and issubclass(self.field.to, Publishable)):
            return set()
        records = self.field.to._default_manager
        keys = {name: set(rows.values_list(self.field.key, flat=True)) for name, rows in
                (("all", records.all()), ("visible", records.visible()))}  # fmt: skip
        return keys["all"] - keys["visible"]


class Row(dict):
    """A row of an entry that knows which item of the cells it was."""

    where = ""


class Side:
    """Rows of an entry in several columns: the first item of each column belongs to the first row, and so on.

    `columns`: {name of the row's field: column}; the first one is filled in every row. `words`: what a column calls
    true and false, {column: {word: truth}}.
    """

    def __init__(self, field, columns, words):
        self.words = words
        self.field, self.names, self.columns = field, tuple(columns), tuple(columns.values())
        self.fields = [next(each for each in field.fields if each.name == name) for name in self.names]

    def cells(self, entry):
        rows = [self.field.unwritten(row) for row in entry[self.field.name]]
        lists = [
            [self.written(row[name], column) for row in rows]
            for name, column in zip(self.names, self.columns, strict=True)
        ]
        return [each if any(each) else [] for each in lists]

    def written(self, value, column):
        if column in self.words:
            return next(word for word, meant in self.words[column].items() if meant == value)
        return " ".join(value) if isinstance(value, list) else "" if value is None else str(plain(value))

    def hidden(self):
        return set()

    def value(self, texts, entry, hidden=()):
        lists = [parts(text) for text in texts]
        problems = [
            ValidationError(
                _("%(column)s has %(count)d items, %(first)s has %(wanted)d: they must correspond.")
                % {"column": column, "count": len(items), "first": self.columns[0], "wanted": len(lists[0])}
            )
            for column, items in zip(self.columns, lists, strict=True)
            if items and len(items) != len(lists[0])
        ]
        if problems:
            raise ValidationError(problems)
        rows = []
        for number in range(len(lists[0])):
            row = Row()
            row.where = _("item %d") % (number + 1)
            for each, column, items in zip(self.fields, self.columns, lists, strict=True):
                text = items[number] if items else ""
                field = getattr(each, "model_field", None)
                if isinstance(field, CodesField):
                    row[each.name] = text.replace(",", " ").split()
                elif isinstance(field, models.BooleanField):
                    row[each.name] = self.words.get(column, TRUTHS).get(text.lower(), text) if text else each.default()
                else:
                    row[each.name] = text
            rows.append(row)
        return rows


class Table:
    """How the entries of one kind are imported. `export` is the table whose columns it takes.

    `rows`: {name of a field with rows: {name of a row's field: column}}; other such fields come in YAML only.
    `words`: see `Side`. `without`: names of fields that no table changes: they belong to something that isn't in it.
    """

    def __init__(self, export, rows=None, words=None, without=()):
        self.kind, self.title, self.export = TYPES[export.name], export.title, export
        self.name = export.name
        self.groups = []
        for each in self.kind.fields:
            if each.name in without:
                continue
            if isinstance(each, Rows):
                if each.name in (rows or {}):
                    self.groups.append(Side(each, rows[each.name], words or {}))
            elif isinstance(each, Refs):
                self.groups.append(Many(each, each.name))
            elif isinstance(each, Lines):
                self.groups.append(Many(each, each.column))
            elif isinstance(getattr(each, "model_field", None), CodesField):
                self.groups.append(Many(each, each.name))
            else:
                self.groups.append(Single(each, each.name))
        self.columns = [column for group in self.groups for column in group.columns]
        self.ignored = [column for column in export.header if column not in self.columns]
        # Refs lead to other records, a date stands in a column of its own; both are told from texts by this.
        self.dates = {
            group.columns[0]
            for group in self.groups
            if isinstance(group, Single) and isinstance(getattr(group.field, "model_field", None), models.DateField)
        }

    def row(self, entry):
        """The cells of a record in the order of `columns`: what the export writes of it, hidden links included."""
        return [cell for group in self.groups for cell in group.cells(entry)]

    def hidden(self):
        """{field: keys that it may name and that readers can't see}"""
        return {group.field.name: group.hidden() for group in self.groups}

    def raw(self, cells, entry, hidden):
        """The raw entry that `cells` ({column: text}) mean for a record with `entry`, and (column, message) pairs."""
        raw, problems = {}, []
        for group in self.groups:
            if not all(column in cells for column in group.columns):
                continue
            texts = [normal(cells[column]) for column in group.columns]
            is_key = group.field.name == self.kind.key
            if entry and not is_key and all(map(says, texts, group.cells(entry))):
                continue
            if entry is None and not is_key and not any(texts):
                continue  # a new record's own defaults
            cut = [column for column in group.columns if len(cells[column]) == LONGEST_CELL]
            problems += [
                (column, _("The text fills the cell to its very end: the spreadsheet has probably cut it off."))
                for column in cut
            ]
            try:
                raw[group.field.name] = group.value(texts, entry, hidden[group.field.name])
            except ValidationError as error:
                problems += [(group.columns[0], message) for message in error.messages]
        return raw, problems

    def check_headings(self, headings):
        """Problems of the first row, as (column number, message)."""
        named = [heading for heading in headings if heading]
        for number, heading in enumerate(headings, start=1):
            if not heading:
                yield number, _("The column has no name.")
            elif named.count(heading) > 1:
                yield number, _("“%s” is named twice.") % heading
            elif heading not in self.columns and heading not in self.ignored:
                hint = _("Did you mean “%s”?")
                near = next(iter(difflib.get_close_matches(heading, self.columns, n=1)), "")
                yield number, _("There is no such column.") + (f" {hint % near}" if near else "")
        missing = [self.kind.key] if self.kind.key not in named else []
        for group in self.groups:
            if set(group.columns) & set(named):
                missing += [column for column in group.columns if column not in named]
        for column in missing:
            yield 1, _("The column “%s” is missing.") % column

    def rows(self):
        """Every record's cells, drafts included, read in batches."""
        keys = list(self.kind.model._default_manager.values_list(self.kind.key_column, flat=True))
        for batch in batched(keys, BATCH):
            records = self.kind.records(batch)
            for key in batch:
                if key in records:
                    yield [plain(cell) for cell in self.row(self.kind.entry(records[key]))]

    def explanations(self):
        """For each column: name, what it is, how to fill it in."""
        described = {field.name: field for field in fields(self.export)}
        for group in self.groups:
            for column, each in zip(group.columns, getattr(group, "fields", [group.field]), strict=True):
                described_as = described[column]
                what = f"{described_as.title} – {described_as.description}"
                yield column, what, how_to_fill_in(self, group, described_as, each)


def says(text, value):
    """Whether a cell says what the export would: an XLSX cuts long texts off."""
    shown = written(value)
    return text in (shown, normal(("" if value is None else str(plain(value)))[:LONGEST_CELL]))


def how_to_fill_in(table, group, described, each):
    """The column that is `described` in the code book, of the field `each`, alone or in a row."""
    model = group.field.model if isinstance(group, Side) else table.kind.model
    field = model._meta.get_field(each.column)
    how = []
    if each.name == table.kind.key and not isinstance(group, Side):
        how.append(_("Required. By this a record is found again; it is permanent."))
    elif each.name in table.kind.permanent and not isinstance(group, Side):
        how.append(_("Required. Permanent: it can't be changed."))
    elif not isinstance(each, Refs) and not isinstance(group, Side) and not field.blank and not field.has_default():
        how.append(_("Required."))
    many = isinstance(group, Many | Side)
    if isinstance(each, Ref | Refs):
        kind = next(kind for kind in TYPES.values() if kind.model is each.to)
        how.append(_("“%(key)s” of a record of “%(kind)s”.") % {
            "key": each.key, "kind": capfirst(kind.model._meta.verbose_name_plural)})  # fmt: skip
    elif isinstance(field, CodesField):
        how.append(_("One or several of: %s.") % choices(field.vocabulary.choices))
        if isinstance(group, Side):
            how.append(_("Several for one item: with a space between."))
    elif described.vocabulary:
        how.append(_("One of: %s.") % choices(described.vocabulary.choices))
    elif isinstance(field, models.BooleanField):
        how.append(_("true or false."))
    elif isinstance(field, models.IntegerField):
        how.append(_("A whole number."))
    elif isinstance(field, models.DateField):
        how.append(_("A day, such as 2026-11-24."))
    elif field.max_length and not many:
        how.append(_("A text of at most %d characters.") % field.max_length)
    elif not many:
        how.append(_("A text; line breaks are possible."))
    if many:
        how.append(_("Several with “ | ” between them; a “|” that is part of a text is doubled."))
    if isinstance(group, Side):
        how.append(_("The columns %s belong together: item by item, in the same order.") % ", ".join(group.columns))
    if isinstance(each, Refs) and issubclass(each.to, Publishable):
        how.append(_("Those that readers can't see yet are kept, named or not."))
    # That of lines says how to write several in a form; that of a checkbox, what ticking it means.
    if field.help_text and not isinstance(each, Lines) and not isinstance(field, models.BooleanField):
        how.append(str(field.help_text))
    return " ".join(how)


def choices(pairs):
    return ", ".join(f"{value} ({label})" for value, label in pairs if value)


TABLES: dict[str, Table] = {}


def register(*tables):
    TABLES.update({table.name: table for table in tables})


# A file on its way


def may_import(user, table):
    """What is public is changed in working copies only, and reviewed like any text: to edit is enough."""
    options = table.kind.model._meta
    return all(user.has_perm(f"{options.app_label}.{action}_{options.model_name}") for action in ("add", "change"))


def import_address(user, model):
    """Where records of `model` are imported, if they can be and the user may."""
    for table in TABLES.values():
        if table.kind.model is model and may_import(user, table):
            return reverse("admin:import_upload", args=[table.name])
    return None


def folder():
    return settings.DATA_DIR / "imports"


class ContentChanged(Exception):
    """What the import would do is no longer what was shown."""


@dataclass
class Import:
    """A file that has been read, with what it would change: kept on the server until it is applied or expires.

    It has a directory of its own that only the server's user may enter. `rows.jsonl` holds the rows of the file,
    `plan.jsonl` one line per record with what happens to it, those that stay as they are last, `meta.json` everything
    else. All that it writes bears its `batch` in the history.
    """

    path: Path
    meta: dict

    @classmethod
    def read(cls, table, file, name, user=None, note="", overwrite=False, progress=None):
        """Read a file and plan it. Returns (import or None, problems); raises `Refused`."""
        extension = name.lower().rpartition(".")[2] if "." in name else ""
        if extension not in EXTENSIONS:
            raise Refused(_("Only XLSX, CSV and YAML can be imported; the name must end in .xlsx, .csv or .yaml."))
        forget_expired()
        folder().mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder() / secrets.token_urlsafe(24)
        path.mkdir(mode=0o700)
        new = cls(path, {
            "table": table.name, "user": user.pk if user else None, "file": Path(name).name, "note": note,
            "overwrite": overwrite, "notes": [], "applied": False, "batch": secrets.token_hex(8),
        })  # fmt: skip
        try:
            problems = new.copy_yaml(file) if extension in ("yaml", "yml") else new.copy_rows(file, extension)
            problems += new.plan(progress)
        except BaseException:
            new.forget()
            raise
        if problems:
            new.forget()
            return None, problems
        return new, []

    @classmethod
    def open(cls, table, token, user):
        """An import of this user's, or None."""
        path = folder() / token
        try:
            meta = json.loads((path / "meta.json").read_text())
        except (OSError, ValueError):
            return None
        mine = meta["user"] == user.pk and meta["table"] == table.name
        return cls(path, meta) if mine and not expired(path) else None

    @property
    def token(self):
        return self.path.name

    @property
    def table(self):
        return TABLES[self.meta["table"]]

    def save(self):
        new = self.path / "meta.json.new"
        new.write_text(json.dumps(self.meta))
        new.replace(self.path / "meta.json")

    def forget(self):
        shutil.rmtree(self.path, ignore_errors=True)

    def copy_rows(self, file, extension):
        """Copy the rows of a spreadsheet, as texts by column. Returns problems of headings and single cells."""
        table, problems = self.table, []
        reader = uploads.rows(file, extension, set(table.columns), self.meta["notes"])
        _number, first = next(reader)
        headings = [cell.strip() if isinstance(cell, str) else str(cell) for cell in first]
        letters = self.meta["letters"] = {
            heading: uploads.column_letter(number) for number, heading in enumerate(headings, start=1)
        }
        for number, message in table.check_headings(headings):
            heading = headings[number - 1] if number <= len(headings) else ""
            problems.append(Problem(pgettext("spreadsheet", "row %d") % 1, column_name(letters, heading), message))
        if problems:
            (self.path / "rows.jsonl").touch()
            return problems
        ignored = [heading for heading in headings if heading in table.ignored]
        if ignored:
            self.meta["notes"].append(
                _("These columns are made by the portal and were not read: %s.") % ", ".join(ignored)
            )
        with (self.path / "rows.jsonl").open("w") as copy:
            for number, cells in reader:
                where, texts, unusable = pgettext("spreadsheet", "row %d") % number, {}, []
                for place, heading in enumerate(headings):
                    cell = cells[place] if place < len(cells) else ""
                    if heading in table.ignored:
                        continue
                    if isinstance(cell, datetime.date) and heading not in table.dates:
                        cell = Unusable(_("The cell holds a date. Please format it as text."))
                    if isinstance(cell, Unusable):
                        unusable.append(heading)
                        problems.append(Problem(where, column_name(letters, heading), str(cell)))
                    texts[heading] = str(cell)
                extra = [place for place, cell in enumerate(cells[len(headings) :], start=len(headings) + 1) if cell]
                problems += [
                    Problem(where, uploads.column_letter(place), _("The column has no name.")) for place in extra
                ]
                copy.write(json.dumps({"where": where, "cells": texts, "unusable": unusable}) + "\n")
        return problems

    def copy_yaml(self, file):
        uploads.check_size(file)
        problems = []
        try:
            with (self.path / "rows.jsonl").open("w") as copy:
                for number, (where, raw) in enumerate(stream_entries(file, self.meta["file"]), start=1):
                    if number > uploads.MOST_ROWS:
                        raise Refused(_("The file has more than %d rows. Please divide it.") % uploads.MOST_ROWS)
                    try:
                        copy.write(json.dumps({"where": where, "entry": raw}) + "\n")
                    except (TypeError, ValueError):
                        problems.append(
                            Problem(where, "", _("Only texts, numbers, true, false and lists are possible."))
                        )
        except ValidationError as error:
            raise Refused(error.messages[0]) from error
        return problems

    def lines(self):
        with (self.path / "rows.jsonl").open() as copy:
            for line in copy:
                yield json.loads(line)

    def key_of(self, line):
        raw = line.get("entry", line.get("cells"))
        return self.table.kind.key_of(raw)

    def batches(self, planner, lock=False):
        """Plan in batches, so that memory holds few records: yields (changes, problems) of each."""
        kind, hidden = self.table.kind, self.table.hidden()
        for batch in batched(self.lines(), BATCH):
            records = kind.records({key for line in batch if (key := self.key_of(line))}, lock=lock)
            copies = kind.copies(records.values(), lock=lock)
            changes, problems = [], []
            for line in batch:
                record = records.get(self.key_of(line))
                change, found = self.change(planner, hidden, line, record, record and copies.get(record.pk))
                changes += [change] if change else []
                problems += found
            yield changes, problems

    def change(self, planner, hidden, line, record, copy):
        if "entry" in line:
            return planner.change(line["where"], line["entry"], record, copy)
        raw, found = self.table.raw(line["cells"], planner.kind.entry(record) if record else None, hidden)
        change, problems = planner.change(line["where"], raw, record, copy)
        columns = {group.field.name: group.columns[0] for group in self.table.groups}
        found += [(columns.get(problem.field, problem.field), problem.message) for problem in problems]
        return (None if found or line["unusable"] else change), [
            Problem(line["where"], column_name(self.meta["letters"], column), message)
            for column, message in found
            if column not in line["unusable"]
        ]

    def planner(self, author=None):
        kind, known = self.table.kind, Known()
        keys = {self.key_of(line) for line in self.lines()}
        author = author or User.objects.filter(pk=self.meta["user"]).first()
        planner = Planner(kind, keys, known, self.meta["overwrite"], draft=True, author=author)
        if kind.publishable:  # of what goes into a working copy a reviewer sees the difference: nothing gets lost
            public = originals(kind.model).exclude(status=Publishable.Status.DRAFT)
            planner.edited -= set(public.values_list("pk", flat=True))
        return planner

    def plan(self, progress=None):
        """Write down what the import would do, and count it. Returns problems, all of them."""
        counts, problems, digest = Counter(), [], hashlib.sha256()
        total = sum(1 for _line in self.lines())
        with (self.path / "plan.jsonl").open("w") as plan, (self.path / "same.jsonl").open("w+") as same:
            for changes, found in self.batches(self.planner()):
                problems += found
                for change in changes:
                    counts[change.action] += 1
                    line = planned(change)
                    if change.action == "unchanged":
                        same.write(line)
                    else:
                        digest.update(line.encode())
                        plan.write(line)
                if progress:
                    progress(len(changes) + len({each.where for each in found}), total)
            same.seek(0)
            shutil.copyfileobj(same, plan)
        self.meta |= {"counts": counts, "digest": digest.hexdigest(), "total": total}
        self.save()
        return problems

    def apply(self, author=None, progress=None):
        """Write everything or nothing. Raises `ContentChanged` if that would be something else than was planned."""
        digest, note = hashlib.sha256(), self.meta["note"] or _("Import of %s") % self.meta["file"]
        try:
            with transaction.atomic():
                for changes, problems in self.batches(self.planner(author), lock=True):
                    if problems:
                        raise ContentChanged
                    for change in changes:
                        if change.action != "unchanged":
                            digest.update(planned(change).encode())
                    carry_out(changes, note[:200], draft=True, author=author, batch=self.meta["batch"])
                    if progress:
                        progress(len(changes), self.meta["total"])
                if digest.hexdigest() != self.meta["digest"]:
                    raise ContentChanged
        except IntegrityError as error:  # somebody was faster, or two new rows exclude each other
            raise Refused(
                _("The database refused the content: %s. Nothing was changed.") % str(error).splitlines()[0], status=409
            ) from error
        self.meta["applied"] = True
        self.save()
        (self.path / "rows.jsonl").unlink()

    def planned(self, start=0, count=None):
        """Lines of the plan, from `start` on, `count` of them."""
        with (self.path / "plan.jsonl").open() as plan:
            for line in islice(plan, start, None if count is None else start + count):
                yield json.loads(line)


def planned(change):
    """A line of the plan. The status is part of it: what is published meanwhile isn't what was shown."""
    title = next((change.entry[name] for name in ("title_de", "title") if change.entry.get(name)), change.key)
    number = change.entry.get("number", "")
    return json.dumps({
        "where": change.where, "action": change.action, "key": change.key, "number": number,
        "name": f"{number} {title}".strip(), "status": getattr(change.record, "status", ""), "diff": change.diff,
    }) + "\n"  # fmt: skip


def column_name(letters, column):
    return f"{letters[column]}: {column}" if column in letters else column


def expired(path):
    try:
        return time.time() - path.stat().st_mtime > EXPIRES
    except OSError:
        return True


def forget_expired():
    if folder().is_dir():
        for path in folder().iterdir():
            if expired(path):
                shutil.rmtree(path, ignore_errors=True)
