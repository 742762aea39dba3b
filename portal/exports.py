"""Tables and their renderings: one list of columns per table gives CSV and XLSX."""

import csv
import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain
from operator import attrgetter
from typing import Any

from django.http import FileResponse, StreamingHttpResponse
from django.utils import timezone, translation
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

BATCH = 500
JOIN = " | "
LONGEST_CELL = 32_767  # of an XLSX
PIPES, PIPES_MORE, SEPARATOR = re.compile(r"\|+"), re.compile(r"(\|+)\|"), re.compile(r"(?<!\|)\|(?!\|)")
# A spreadsheet takes a text that begins with one of these for a formula (the last four are the full-width forms).
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# Control characters that XML, and so XLSX, can't hold.
CONTROL = dict.fromkeys([*range(9), 11, 12, *range(14, 32), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF])


@dataclass(frozen=True)
class Column:
    name: str
    value: Callable[[Any], Any]  # record → text, number, date, None or a list of texts


def attribute(name):
    """A column whose value is the record's attribute of the same name."""
    return Column(name, attrgetter(name))


@dataclass(frozen=True)
class Table:
    """`filter_class` gives the parameters and the ids; `rows` the records of a queryset with what the columns read."""

    name: str
    title: str
    filter_class: type
    rows: Callable
    columns: tuple[Column, ...]

    def records(self, ids):
        """The visible records in the order of `ids`, read in batches."""
        visible = self.filter_class._meta.model.objects.visible()
        for start in range(0, len(ids), BATCH):
            batch = ids[start : start + BATCH]
            found = {record.pk: record for record in self.rows(visible.filter(pk__in=batch))}
            yield from (found[pk] for pk in batch if pk in found)

    def values(self, ids):
        for record in self.records(ids):
            yield [plain(column.value(record)) for column in self.columns]

    @property
    def header(self):
        return [column.name for column in self.columns]


def plain(value):
    if type(value) is str and value.isprintable():  # most cells
        return value
    if isinstance(value, list | tuple):
        return JOIN.join(doubled(str(item)) for item in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return float(value)
    if value is None or isinstance(value, int | float):
        return value
    text = str(value)
    return text if text.isprintable() else text.translate(CONTROL)  # the first is quick and mostly true


def doubled(item):
    return PIPES.sub(r"\g<0>|", item) if "|" in item else item


def harmless(value):
    """A text a spreadsheet would run as a formula gets an apostrophe in front; numbers stay numbers.

    So does one that looks as if it had got it already: `harmful` then knows what was there before.
    """
    if isinstance(value, str) and value.lstrip("'").startswith(FORMULA_STARTS):
        return "'" + value
    return value


def harmful(text):
    """The text that `harmless` made this of."""
    return text[1:] if text.startswith("'") and text.lstrip("'").startswith(FORMULA_STARTS) else text


def parts(text):
    """The items of a list that `plain` joined. An item's own pipes are doubled there."""
    return [PIPES_MORE.sub(r"\1", item.strip()) for item in SEPARATOR.split(text)] if text.strip() else []


class Echo:
    """A file-like that hands each row back, so that the CSV can be streamed."""

    def write(self, text):
        return text


def file_name(table, filtered, extension):
    return f"{table.name}{'-auswahl' if filtered else ''}-{timezone.localdate():%Y-%m-%d}.{extension}"


def csv_response(table, ids, name):
    return rows_response(name, table.header, table.values(ids))


def rows_response(name, header, rows):
    """Semicolons and a byte order mark: what Excel with German settings opens with a double click."""
    lang = translation.get_language()

    def lines():
        writer = csv.writer(Echo(), delimiter=";", lineterminator="\r\n")
        yield "\ufeff" + writer.writerow(header)
        with translation.override(lang):  # the stream outlives the request's own language
            for values in rows:
                yield writer.writerow([harmless(value) for value in values])

    response = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def xlsx_response(table, ids, name):
    return workbook_response(name, {table.name: chain([table.header], table.values(ids))})


def workbook_response(name, sheets, widths=()):
    """`sheets`: {title: rows}. Written row by row to a temporary file; every text is a text cell, never a formula."""
    workbook = Workbook(write_only=True)
    for title, rows in sheets.items():
        sheet = workbook.create_sheet(title)
        sheet.freeze_panes = "A2"
        for letter, width in widths if title != next(iter(sheets)) else ():
            sheet.column_dimensions[letter].width = width
        for row in rows:
            sheet.append([cell(sheet, value) for value in row])
    file = tempfile.TemporaryFile()  # noqa: SIM115  FileResponse closes it
    workbook.save(file)
    file.seek(0)
    return FileResponse(
        file,
        as_attachment=True,
        filename=name,
        content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    )


def cell(sheet, value):
    written = WriteOnlyCell(sheet)
    if isinstance(value, str):
        written.data_type, written._value = "s", value[:LONGEST_CELL]  # setting .value would guess
    else:
        written.value = value
    return written


RENDERINGS = {"csv": csv_response, "xlsx": xlsx_response}
