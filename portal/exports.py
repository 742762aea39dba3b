"""Tables and their renderings: one list of columns per table gives CSV, XLSX, JSON and JSON Lines.

What a column means, its type and its vocabulary are declared with it too: portal/codebook.py reads that.
"""

import re
import shutil
import tempfile
import zipfile
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import batched, chain, islice, pairwise, zip_longest
from operator import attrgetter, itemgetter
from pathlib import Path
from typing import Any

import orjson
from django.conf import settings
from django.db import connection, models
from django.db.models.expressions import RawSQL
from django.http import FileResponse, StreamingHttpResponse
from django.utils import timezone, translation
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from .about import NAME
from .publishing import Publishable

LONGEST_NAME = 100  # characters of what a file's name says of the choices
BATCH = 500  # rows that are read and sent at once; twice as many are hardly faster and leave twice the gaps in memory
FIRST_BATCH = 100  # the first ones, so that something comes at once; a page of the interface is no longer
JOIN = " | "
CSV, JSON, JSON_LINES = "text/csv; charset=utf-8", "application/json", "application/jsonl; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LONGEST_CELL = 32_767  # of an XLSX
FIRST_MOMENT = (1980, 1, 1, 0, 0, 0)  # that a ZIP can hold
SHAPING, NARROWEST, WIDEST = 50, 10, 60  # of its columns: rows that are looked at, characters
PIPES, PIPES_MORE, SEPARATOR = re.compile(r"\|+"), re.compile(r"(\|+)\|"), re.compile(r"(?<!\|)\|(?!\|)")
# A spreadsheet takes a text that begins with one of these for a formula (the last four are the full-width forms).
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
SUSPICIOUS = frozenset(("'", *FORMULA_STARTS))
FIRST = itemgetter(slice(1))
NUMBERS = frozenset((int, float, type(None)))
# What XML, and so XLSX, can't hold.
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]+")
CONTROL_BYTES = bytes([*range(9), 0x0B, 0x0C, *range(0x0E, 0x20)])
LEADS = (b"\xed", b"\xef\xbf")  # with these begin, in UTF-8, what else is in CONTROL, and some harmless characters


class Empty(models.TextChoices):
    """What it means that a cell is empty."""

    NEVER = "never", _("Is never empty.")
    NOT_DOCUMENTED = "not_documented", _("Empty: the sources we have say nothing about it.")
    NOT_RECORDED = "not_recorded", _("Empty: not recorded by us yet.")
    NOT_APPLICABLE = "not_applicable", _("Empty: does not apply, or there is none.")


@dataclass(frozen=True)
class Column:
    """`of`: the attribute on which alone the value depends, if it has few values: each is then worked out once.

    `title`, `type` and `many` are needed where the model has no field of this name, see portal/codebook.py.
    `refers`: the column of another table in which the value stands, as "challenges.slug".
    A `label` repeats a code in the language of the export; JSON does without it.
    """

    name: str
    value: Callable[[Any], Any]  # record → text, number, date, None or a list of texts
    of: str = ""
    title: Any = ""
    description: Any = ""
    type: str = ""  # string, integer, number, boolean, date or uri
    many: bool = False
    vocabulary: Any = None  # an enumeration of choices
    refers: str = ""
    empty: Empty = Empty.NOT_APPLICABLE
    label: bool = False

    def cells(self, records):
        """The values as a spreadsheet takes them."""
        if not self.of:
            return all_plain(list(map(self.value, records)))
        keys = list(map(attrgetter(self.of), records))
        if type(keys[0]) is list:
            keys = list(map(tuple, keys))
        known = {key: plain(self.value(record)) for key, record in dict(zip(keys, records, strict=True)).items()}
        return list(map(known.__getitem__, keys))

    def values(self, records):
        """The values as they are."""
        return list(map(self.value, records))


class Address(Column):
    """The full address of a record's page. `value`: its last part, the only one in which two of them differ."""

    def values(self, records):
        last = self.value(records[0])
        before, after = records[0].get_absolute_url().rsplit(last, 1)  # once: to make an address is slow
        before = settings.SITE_ADDRESS + before
        return [before + last + after for last in map(self.value, records)]

    cells = values


def attribute(name, description, **declared):
    """A column whose value is the record's attribute of the same name."""
    return Column(name, attrgetter(name), description=description, **declared)


class Day(Column):
    """The local day of a moment. `value`: that moment."""

    def values(self, records):
        zone = timezone.get_current_timezone()  # once: to ask for it takes longer than the rest
        return [moment.astimezone(zone).date() for moment in map(self.value, records)]

    def cells(self, records):
        return [day.isoformat() for day in self.values(records)]


def dates(published, changed):
    """The columns with the days of the moments that a record has as these attributes."""
    return (
        Day("published_on", attrgetter(published), title=_("Published on"), type="date", empty=Empty.NEVER,
            description=_("The day on which it became public on the portal.")),
        Day("modified_on", attrgetter(changed), title=_("Changed on"), type="date", empty=Empty.NEVER,
            description=_("The day of the last change that readers see; at first that of publication.")),
    )  # fmt: skip


def address(by):
    """The column with the address of a record's page, of which the attribute `by` is the last part."""
    return Address("url", attrgetter(by), title=_("Address"), type="uri", empty=Empty.NEVER,
                   description=_("Full address of its page on the portal, in the language of the file."))  # fmt: skip


@dataclass(frozen=True)
class Table:
    """`filter_class` gives the parameters and the ids; `rows` the records of a queryset with what the columns read.

    `key`: the column that names a row for ever. `facets`: {facet of the filter class: the column it reads}, by which a
    release is filtered.
    """

    name: str
    title: Any
    description: Any
    filter_class: type
    rows: Callable
    key: str
    columns: tuple[Column, ...]
    facets: dict[str, str] = field(default_factory=dict, hash=False)

    def batches(self, ids):
        """The visible records in the order of `ids`, parts of which are arrays; read in batches."""
        visible = self.filter_class._meta.model.objects.visible()
        bounds = [0, *range(min(FIRST_BATCH, BATCH), len(ids), BATCH), len(ids)] if len(ids) else []
        for start, end in pairwise(bounds):
            batch = ids[start:end].tolist()
            found = {record.pk: record for record in self.rows(visible.filter(pk__in=among(batch)))}
            if records := [found[pk] for pk in batch if pk in found]:
                yield records

    def cells(self, records):
        """What a spreadsheet says of the records, column by column."""
        return [column.cells(records) for column in self.columns]

    def objects(self, records):
        """What JSON says of the records, each as {name of the column: value}; codes without their labels."""
        columns = [column for column in self.columns if not column.label]
        names = [column.name for column in columns]
        rows = zip(*(column.values(records) for column in columns), strict=True)
        return [dict(zip(names, row, strict=True)) for row in rows]

    def values(self, ids):
        """Rows for a spreadsheet."""
        for records in self.batches(ids):
            yield from zip(*self.cells(records), strict=True)

    def items(self, ids):
        """Rows without loss."""
        for records in self.batches(ids):
            yield from self.objects(records)

    @property
    def header(self):
        return [column.name for column in self.columns]

    @property
    def page(self):
        """The column with the addresses of its records' pages, or ""."""
        return next((column.name for column in self.columns if isinstance(column, Address)), "")


@dataclass(frozen=True)
class LinkTable:
    """What a table's rows hold as lists, one row per item, so that relations survive in every program.

    Each row: the key of the owner's row, its place in the list, and of every column an item of the list that its
    `value` finds in the owner's item. A list that is shorter is filled up with None.
    """

    name: str
    title: Any
    description: Any
    owner: Table
    lists: tuple[Column, ...]

    @property
    def filter_class(self):
        return self.owner.filter_class

    @property
    def facets(self):
        return self.owner.facets

    @property
    def key(self):
        return ""

    page = key

    @property
    def columns(self):
        key = next(column for column in self.owner.columns if column.name == self.owner.key)
        place = Column("position", int, title=_("Position"), description=_("Place in the list, from 1."),
                       type="integer", empty=Empty.NEVER)  # fmt: skip
        return (replace(key, refers=f"{self.owner.name}.{key.name}"), place, *self.lists)

    @property
    def header(self):
        return [self.owner.key, "position", *(column.name for column in self.lists)]

    def rows_of(self, item):
        """The rows that one item of the owner's holds."""
        lists = [column.value(item) for column in self.lists]
        return [(item[self.owner.key], place, *row) for place, row in enumerate(zip_longest(*lists), 1)]

    def batches(self, ids):
        return self.owner.batches(ids)

    def rows(self, records):
        return list(chain.from_iterable(map(self.rows_of, self.owner.objects(records))))

    def cells(self, records):
        return [[plain(value) for value in column] for column in zip(*self.rows(records), strict=True)]

    def objects(self, records):
        header = self.header
        return [dict(zip(header, row, strict=True)) for row in self.rows(records)]

    def values(self, ids):
        for records in self.batches(ids):
            yield from zip(*self.cells(records), strict=True)

    def items(self, ids):
        for records in self.batches(ids):
            yield from self.objects(records)


def bare(queryset, *more):
    """{primary key: record}, for columns to read: without the fields of the workflow, state and signals.

    `more`: what else of the queryset the records get. The fields of the workflow take half of the time in which records
    are read. Such a record can't be saved, nor ask the database for more.
    """
    model = queryset.model
    workflow = {field.name for field in Publishable._meta.fields}
    names = [field.attname for field in model._meta.concrete_fields if field.name not in workflow] + list(more)
    records = {}
    for values in queryset.order_by().values_list("pk", *names):
        record = model.__new__(model)
        record.__dict__.update(zip(names, values[1:], strict=True))
        records[values[0]] = record
    return records


def among(pks):
    """For a filter with `__in`: the keys as one text. A thousand parameters take longer than the rows they bring."""
    keys = ",".join(map(str, pks))
    if connection.vendor == "postgresql":
        return RawSQL("SELECT unnest(%s::bigint[])", ["{" + keys + "}"])
    return RawSQL("SELECT value FROM json_each(%s)", ["[" + keys + "]"])


def grouped(rows):
    """{the first of a row: the rows}"""
    groups = defaultdict(list)
    for row in rows:
        groups[row[0]].append(row)
    return groups


def linked(model, name, pks, shown):
    """{primary key of a record: what of `shown` its many-to-many field `name` holds, in the order of `shown`}

    `pks`: of the records, for `__in`. `shown`: {primary key: whatever stands for it}.
    """
    field = model._meta.get_field(name)
    owner, other = f"{field.m2m_field_name()}_id", f"{field.m2m_reverse_field_name()}_id"
    links = field.remote_field.through.objects.filter(**{f"{owner}__in": pks})
    owners = defaultdict(list)
    for pk, key in links.values_list(owner, other):
        owners[key].append(pk)
    found = defaultdict(list)
    for key, thing in shown.items():
        for pk in owners[key]:
            found[pk].append(thing)
    return found


def plain(value):
    if type(value) is str and value.isprintable():  # most cells; that is quick
        return value
    if isinstance(value, (list, tuple)):
        value = joined(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return float(value)
    if value is None or isinstance(value, (int, float)):
        return value
    text = str(value)
    return text if text.isprintable() else CONTROL.sub("", text)


def all_plain(values):
    """`plain` of each. That a whole column holds nothing special is quickly known."""
    kinds = set(map(type, values))
    if kinds <= NUMBERS:
        return values
    try:
        lists = values if kinds == {list} else ()
        texts = list(map(JOIN.join, lists)) if lists else values
        whole = "".join(texts)
    except TypeError:  # other things than texts
        return [plain(value) for value in values]
    # Of lists, that no item has a pipe of its own: there are no others than those between items.
    is_simple = is_clean(whole) and (
        not lists or whole.count("|") == sum(map(len, lists)) - len(lists) + lists.count([])
    )
    return texts if is_simple else [plain(value) for value in values]


def is_clean(text):
    """Whether it surely holds nothing of CONTROL. To look at every character takes three times as long."""
    written = text.encode(errors="surrogatepass")
    return len(written.translate(None, CONTROL_BYTES)) == len(written) and not any(lead in written for lead in LEADS)


def joined(items):
    """An item's own pipes are doubled."""
    return JOIN.join(PIPES.sub(r"\g<0>|", str(item)) for item in items)


def harmless(value):
    """A text a spreadsheet would run as a formula gets an apostrophe in front; numbers stay numbers.

    So does one that looks as if it had got it already: `harmful` then knows what was there before.
    """
    if isinstance(value, str) and value[:1] in SUSPICIOUS and value.lstrip("'").startswith(FORMULA_STARTS):
        return "'" + value
    return value


def harmful(text):
    """The text that `harmless` made this of."""
    return text[1:] if text.startswith("'") and text.lstrip("'").startswith(FORMULA_STARTS) else text


def parts(text):
    """The items of a list that `plain` joined. An item's own pipes are doubled there."""
    return [PIPES_MORE.sub(r"\1", item.strip()) for item in SEPARATOR.split(text)] if text.strip() else []


def file_name(table, filter_set, extension):
    """What, which choices, and when: recommendations-challenge-wohnraum-2026-03-01.csv"""
    pairs = [pair for _facet, _label, pair in filter_set.choices_made] if filter_set else []
    choices = slugify("-".join(chain.from_iterable(pairs)))[:LONGEST_NAME].strip("-")
    return "-".join(filter(None, (table.name, choices, f"{timezone.localdate():%Y-%m-%d}"))) + f".{extension}"


# The dialects of a CSV: separator, what stands before all. Semicolons and a byte order mark are what Excel with German
# settings opens with a double click; commas without a mark are what programs expect.
DIALECTS = {"": (";", "\ufeff"), "comma": (",", "")}


def csv_response(table, ids, name, dialect=""):
    separator, _mark = DIALECTS[dialect]
    lines = (csv_lines(table.cells(records), separator) for records in table.batches(ids))
    return csv_stream(name, table.header, lines, dialect)


def rows_response(name, header, rows, dialect=""):
    separator, _mark = DIALECTS[dialect]
    batches = (zip(*batch, strict=True) for batch in batched(rows, BATCH, strict=False))
    return csv_stream(name, header, (csv_lines(columns, separator) for columns in batches), dialect)


def csv_stream(name, header, lines, dialect):
    separator, mark = DIALECTS[dialect]
    return stream(name, CSV, mark + csv_lines([[title] for title in header], separator), lines)


def csv_lines(columns, separator=";", masked=True):
    """CSV, made column by column, since most have nothing to mask: four times as fast as the module csv."""
    texts = [csv_cells(cells, separator, masked) for cells in columns]
    return "".join([separator.join(row) + "\r\n" for row in zip(*texts, strict=True)])


def csv_cells(cells, separator, masked=True):
    try:
        if masked and SUSPICIOUS & set(map(FIRST, cells)):
            cells = list(map(harmless, cells))
        whole = "".join(cells)
    except TypeError:  # other things than texts
        cells = ["" if value is None else str(harmless(value) if masked else value) for value in cells]
        whole = "".join(cells)
    quote, doubled = '"' in whole, '""'
    if not (quote or separator in whole or "\n" in whole or "\r" in whole):
        return cells
    return [
        '"' + text.replace('"', doubled) + '"'
        if separator in text or "\n" in text or "\r" in text or (quote and '"' in text) else text
        for text in cells
    ]  # fmt: skip


def stream(name, content_type, first, parts):
    """A file that is sent as it is read: `first` at once, then the iterator `parts`, in the language of the request."""
    lang = translation.get_language()

    def sent():
        yield first
        with translation.override(lang):  # the stream outlives the request's own language
            yield from parts

    response = StreamingHttpResponse(sent(), content_type=content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def json_bytes(item):
    return orjson.dumps(item, default=json_value)


def json_value(value):
    """What JSON has no type for: a number with decimals, a text still to be translated."""
    return float(value) if isinstance(value, Decimal) else str(value)


def jsonl_response(table, ids, name):
    lines = (b"".join([json_bytes(item) + b"\n" for item in table.objects(records)]) for records in table.batches(ids))
    return stream(name, JSON_LINES, b"", lines)


def json_response(table, ids, name):
    """One list of objects, one object a line."""
    batches = filter(None, (list(map(json_bytes, table.objects(records))) for records in table.batches(ids)))
    parts = ((b",\n" if number else b"\n") + b",\n".join(batch) for number, batch in enumerate(batches))
    return stream(name, JSON, b"[", chain(parts, [b"\n]\n"]))


def xlsx_response(table, ids, name):
    rows = chain([table.header], table.values(ids))
    return workbook_response(name, {table.name: rows}, title=str(table.title))


def workbook_response(name, sheets, title=""):
    """`sheets`: {title: rows, the header first}. Every text is a text cell, never a formula.

    Written row by row to a temporary file. Columns are as wide as what their first rows hold, within limits.
    """
    # Imported here: it takes 9 MB of memory, which most processes never need.
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter
    from openpyxl.writer.excel import ExcelWriter

    workbook, bold = Workbook(write_only=True), Font(bold=True)
    workbook.properties.creator = str(NAME)
    workbook.properties.title = title or next(iter(sheets))
    for sheet_title, rows in sheets.items():
        rows = iter(rows)
        first, sheet = list(islice(rows, SHAPING)), workbook.create_sheet(sheet_title)
        letters = [get_column_letter(number) for number in range(1, len(first[0]) + 1)]
        for letter, values in zip(letters, zip(*first, strict=True), strict=True):
            longest = max(len(str(value)) for value in values if value is not None)
            sheet.column_dimensions[letter].width = min(max(longest + 3, NARROWEST), WIDEST)  # 3: a filter's arrow
        sheet.freeze_panes = "A2"
        for number, row in enumerate(chain(first, rows), 1):
            cells = [filled(WriteOnlyCell(sheet), value) for value in row]
            if number == 1:
                for cell in cells:
                    cell.font = bold
            sheet.append(cells)
        sheet.auto_filter.ref = f"A1:{letters[-1]}{number}"
    workbook.properties.__elements__ = ("title", "creator")  # all that is said of the file, and so not when it was made
    file = tempfile.TemporaryFile()  # noqa: SIM115  FileResponse closes it
    ExcelWriter(workbook, Undated(file, "w")).save()  # workbook.save() would say when
    file.seek(0)
    return FileResponse(
        file,
        as_attachment=True,
        filename=name,
        content_type=XLSX,
    )


class Undated(zipfile.ZipFile):
    """A ZIP that does not say when it was written: the same content gives the same bytes at any time."""

    def writestr(self, name, data):
        super().writestr(member(name), data)

    def write(self, file, name):
        info = member(name)
        info.file_size = Path(file).stat().st_size
        with open(file, "rb") as source, self.open(info, "w") as target:
            shutil.copyfileobj(source, target)


def member(name, moment=FIRST_MOMENT):
    """What a ZIP says of a file in it: the same on every system."""
    info = zipfile.ZipInfo(name, moment)
    info.compress_type, info.create_system, info.external_attr = zipfile.ZIP_DEFLATED, 3, 0o644 << 16
    return info


def filled(cell, value):
    if isinstance(value, str):
        cell.data_type, cell._value = "s", value[:LONGEST_CELL]  # setting .value would guess
    else:
        cell.value = value
    return cell


@dataclass(frozen=True)
class Rendering:
    label: str
    content_type: str
    respond: Callable  # (table, primary keys, name of the file) → response

    @property
    def media_type(self):
        return self.content_type.split(";")[0]


RENDERINGS = {  # by the ending of the address
    "csv": Rendering("CSV", CSV, csv_response),
    "xlsx": Rendering("XLSX", XLSX, xlsx_response),
    "json": Rendering("JSON", JSON, json_response),
    "jsonl": Rendering("JSON Lines", JSON_LINES, jsonl_response),
}
