"""Files that people hand in, read with care: XLSX and CSV as rows of texts, and never more than we can hold.

Whatever is wrong with a file as a whole raises `Refused`; what is wrong with a cell stands in its place as `Unusable`.
"""

import codecs
import csv
import datetime
import io
import zipfile
from xml.etree.ElementTree import ParseError
from xml.parsers import expat

from defusedxml.ElementTree import fromstring
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.utils.translation import gettext as _

from .exports import harmful

MEGABYTE = 1_000_000
LARGEST_FILE = 30 * MEGABYTE
MOST_ROWS = 20_000
MOST_COLUMNS = 200
LAST_ROW = 1_048_576  # of any spreadsheet
# Of the parts of an XLSX, which is a ZIP archive. What openpyxl holds in memory as a whole has limits of its own.
LARGEST_UNPACKED = 300 * MEGABYTE
LARGEST_STRINGS = 100 * MEGABYTE
LARGEST_PART = 5 * MEGABYTE
BULKY = ("xl/worksheets", "xl/media")
LARGEST_DIRECTORY = 100_000
HIGHEST_RATIO = 200  # a table of words is packed to a tenth or a fiftieth, a bomb to a thousandth
SEPARATORS = ";,\t"
CHUNK = 64 * 1024
LONGEST_CELL = 128 * 1024


class Refused(Exception):
    """A file that can't be read at all. The message is for the person who handed it in."""

    def __init__(self, message, status=400):
        super().__init__(message)
        self.status = status


class Unusable(str):
    """In place of a cell's value: what is wrong with it."""


class SizeLimit(FileUploadHandler):
    """Takes no more than LARGEST_FILE of all files together; `request.upload_too_large` says that there was more.

    Together, since anybody can send a form, and as many files with it as they like.
    """

    received = 0

    def receive_data_chunk(self, raw_data, start):
        self.received += len(raw_data)
        if self.received > LARGEST_FILE:
            self.request.upload_too_large = True
            raise SkipFile  # the texts of the form are read all the same
        return raw_data

    def file_complete(self, file_size):
        return None


def too_large():
    return Refused(_("The file is larger than %d MB.") % (LARGEST_FILE // MEGABYTE), status=413)


def check_size(file):
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    if size == 0:
        raise Refused(_("The file is empty."))
    if size > LARGEST_FILE:
        raise too_large()


def rows(file, extension, columns, notes):
    """Yields (number, cells) of each row that isn't empty, the headings first. `columns`: names that are expected.

    A cell is a text, a date or `Unusable`. `file` is a binary file. What the person should know is added to `notes`.
    """
    check_size(file)
    read = -1
    for number, cells in enumerate(READERS[extension](file, columns, notes), start=1):
        while cells and cells[-1] == "":
            cells.pop()
        if not cells:
            if number == 1:
                raise Refused(_("The first row must hold the names of the columns; it is empty."))
            continue
        if len(cells) > MOST_COLUMNS:
            raise Refused(_("The file has more than %d columns.") % MOST_COLUMNS)
        read += 1
        if read > MOST_ROWS:
            raise Refused(_("The file has more than %d rows. Please divide it.") % MOST_ROWS)
        yield number, cells
    if read == -1:
        raise Refused(_("The file is empty."))


# XLSX


def xlsx_rows(file, columns, notes):
    check_archive(file)
    try:
        from openpyxl import load_workbook  # here: it takes 9 MB of memory, which most processes never need

        workbook = load_workbook(file, read_only=True, keep_links=False)
        sheet = workbook.worksheets[0]
        sheet.reset_dimensions()  # what a sheet says of its own size need not be true
        last = None
        for number, row in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS + 1), start=1):
            if number > LAST_ROW:
                raise ValueError  # of rows that are left out a file may claim any number
            gap = row is last  # rows that the file leaves out come as one and the same: there may be a million of them
            last = row
            yield [] if gap else [cell_value(cell, number, column) for column, cell in enumerate(row, start=1)]
    except Exception as error:  # a file that isn't what it says may fail anywhere in the library
        raise Refused(
            _("The file can't be read as XLSX. Please open it in your spreadsheet and save it anew.")
        ) from error


def column_letter(number):
    from openpyxl.utils import get_column_letter

    return get_column_letter(number)


def address(row, column):
    return f"{column_letter(column)}{row}"


def cell_value(cell, row, column):
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "f":
        return Unusable(_("Cell %s is a formula. Please replace it by its value.") % address(row, column))
    if cell.data_type == "e":
        return Unusable(_("Cell %(cell)s holds the error %(error)s.") % {"cell": address(row, column), "error": value})
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date()
    if isinstance(value, datetime.date | datetime.time | datetime.timedelta):
        return Unusable(_("Cell %s holds a time. Please format it as text.") % address(row, column))
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def check_archive(file):
    """Looks at the archive's table of contents before anything is unpacked, and at the beginning of every part."""
    no_xlsx = Refused(_("This is not an XLSX file, whatever its name says."))
    end = file.seek(0, io.SEEK_END)
    file.seek(max(0, end - 66_000))
    tail = file.read()
    place = tail.rfind(b"PK\x05\x06")
    if place == -1:
        raise no_xlsx
    if int.from_bytes(tail[place + 12 : place + 16], "little") > LARGEST_DIRECTORY:
        raise Refused(_("The file holds far too many parts for a table."))
    try:
        with zipfile.ZipFile(file) as archive:
            found = archive.infolist()
            names = [part.filename for part in found]
            if "xl/workbook.xml" not in names or len(set(names)) < len(names):
                raise no_xlsx
            unpacked = sum(part.file_size for part in found)
            packed = sum(part.compress_size for part in found)
            large = any(part.file_size > most_unpacked(part.filename) for part in found)
            if large or unpacked > LARGEST_UNPACKED or unpacked > HIGHEST_RATIO * (packed + 1):
                raise Refused(_("Unpacked, the file would be far too large. Nothing of it was read."), status=413)
            for part in found:
                if part.filename.lower().endswith((".xml", ".rels", ".vml")):
                    with archive.open(part) as content:
                        refuse_doctype(content)
            if not all(map(holds_what_it_may, fromstring(archive.read("[Content_Types].xml")))):
                raise no_xlsx
    except (zipfile.BadZipFile, zipfile.LargeZipFile, expat.ExpatError, NotImplementedError, RuntimeError, EOFError,
            OSError, ValueError, KeyError, ParseError) as error:  # fmt: skip
        raise no_xlsx from error
    file.seek(0)


def most_unpacked(name):
    """How large a part may be: sheets are read row by row, pictures not at all, everything else is held as a whole."""
    folder, _slash, last = name.rpartition("/")
    if folder in BULKY:
        return LARGEST_UNPACKED
    return LARGEST_STRINGS if folder == "xl" and last.lower().startswith("sharedstrings") else LARGEST_PART


def holds_what_it_may(part):
    """Whether a part that is declared in [Content_Types].xml is no text or workbook in a place where it may be huge."""
    folder = part.get("PartName", "").rpartition("/")[0].removeprefix("/")
    return folder not in BULKY or not part.get("ContentType", "").endswith(("sharedStrings+xml", "main+xml"))


def refuse_doctype(content):
    """No spreadsheet writes a DOCTYPE; it could only declare entities, which grow or lead elsewhere."""
    started = False

    def start(*args):
        nonlocal started
        started = True

    def refuse(*args):
        raise Refused(_("The file contains a DOCTYPE, as no spreadsheet writes it. Nothing of it was read."))

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.StartDoctypeDeclHandler = start, refuse
    while not started and (chunk := content.read(CHUNK)):
        parser.Parse(chunk)


# CSV


def csv_rows(file, columns, notes):
    encoding = encoding_of(file)
    if encoding == "cp1252":
        notes.append(_("The file is not UTF-8: it was read as Windows-1252. Please look at the umlauts below."))
    text = io.TextIOWrapper(file, encoding=encoding, newline="")
    csv.field_size_limit(LONGEST_CELL)  # holds for the whole process: anybody may have raised it
    try:
        start = text.readline(CHUNK)
        text.seek(0)
        separator = max(SEPARATORS, key=lambda each: len(columns & set(next(csv.reader([start], delimiter=each), []))))
        width = None
        for row in csv.reader(lines(text), delimiter=separator, strict=True):
            width = width or len(row)
            cells = [harmful(cell) for cell in row]
            if any(cells) and len(cells) != width:
                message = _("The row has %(cells)d cells, the first row has %(width)d. Is a quotation mark missing?")
                cells = [Unusable(message % {"cells": len(cells), "width": width})]
            yield cells
    except csv.Error as error:
        raise Refused(_("The file can't be read as CSV: %s.") % error) from error
    finally:
        text.detach()


def lines(text):
    while line := text.readline(MEGABYTE):
        if len(line) == MEGABYTE:
            raise Refused(_("The file can't be read as CSV: %s.") % _("a line is longer than a million characters"))
        yield line


def encoding_of(file):
    """UTF-8, or what Excel calls CSV in Germany: Windows-1252. Anything else is refused."""
    decoder, encoding, line = codecs.getincrementaldecoder("utf-8")(), "utf-8-sig", 1
    file.seek(0)
    if file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        raise Refused(_("The file is encoded as UTF-16. Please save it as “CSV UTF-8”."))
    file.seek(0)
    while chunk := file.read(CHUNK):
        if b"\x00" in chunk:
            line += chunk[: chunk.index(b"\x00")].count(b"\n")
            raise Refused(_("Line %d contains a NUL character: this is not a CSV file, or a damaged one.") % line)
        line += chunk.count(b"\n")
        try:
            if encoding != "cp1252":
                decoder.decode(chunk)
        except UnicodeDecodeError:
            encoding = "cp1252"
    try:
        if encoding != "cp1252":
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        encoding = "cp1252"
    file.seek(0)
    if encoding == "cp1252":
        while chunk := file.read(CHUNK):
            try:
                chunk.decode(encoding)
            except UnicodeDecodeError as error:
                raise Refused(
                    _("The file is neither UTF-8 nor Windows-1252. Please save it as “CSV UTF-8”.")
                ) from error
        file.seek(0)
    return encoding


READERS = {"xlsx": xlsx_rows, "csv": csv_rows}
