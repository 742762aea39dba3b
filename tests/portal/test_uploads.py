"""Files that nobody should have to fear: each is refused with a sentence, before it can do harm."""

import io
import os
import tracemalloc
import zipfile
from datetime import date, datetime, time

import pytest
from django.utils import translation

from portal import uploads
from portal.exports import workbook_response
from portal.uploads import Refused, Unusable
from tests.tables import csv_text, repacked, table, xlsx

COLUMNS = {"slug", "title_de", "summary_de"}
HEADER = ["slug", "title_de", "summary_de"]
SHEET = "xl/worksheets/sheet1.xml"


@pytest.fixture(autouse=True)
def messages_in_english():
    with translation.override("en"):
        yield


def read(content, extension, notes=None):
    return list(uploads.rows(io.BytesIO(content), extension, COLUMNS, [] if notes is None else notes))


def refused(content, extension):
    with pytest.raises(Refused) as caught:
        read(content, extension)
    assert 400 <= caught.value.status < 500
    return str(caught.value)


@pytest.mark.parametrize("extension", ["xlsx", "csv"])
def test_rows_are_texts_with_the_number_a_spreadsheet_shows(extension):
    content = table(extension, HEADER, ["a", "Ä „x“ €", "zwei\nZeilen"], ["", "", ""], ["b", "", "c"])
    assert read(content, extension) == [
        (1, HEADER), (2, ["a", "Ä „x“ €", "zwei\nZeilen"]), (4, ["b", "", "c"]),
    ]  # fmt: skip


def test_cells_of_every_type_become_texts():
    content = xlsx([1, 2020.0, 44.42, True, False, date(2024, 12, 31), datetime(2024, 12, 31), None, " x "])
    assert read(content, "xlsx") == [
        (1, ["1", "2020", "44.42", "true", "false", date(2024, 12, 31), date(2024, 12, 31), "", " x "])
    ]


def test_a_formula_an_error_and_a_time_are_refused_by_address():
    content = xlsx(HEADER, ["a", "=1+1", time(12, 30)], ["b", "#REF!", datetime(2024, 1, 2, 3, 4)])
    cells = [cell for _number, row in read(content, "xlsx") for cell in row if isinstance(cell, Unusable)]
    assert [cell.split(" ")[1] for cell in cells] == ["B2", "C2", "B3", "C3"]
    assert "formula" in cells[0]


@pytest.mark.django_db
def test_a_text_that_looks_like_a_formula_is_a_text():
    response = workbook_response("x", {"a": [HEADER, ["a", "=1+1", "'=2"]]})
    content = b"".join(response.streaming_content)
    response.file_to_stream.close()
    assert read(content, "xlsx")[1] == (2, ["a", "=1+1", "'=2"])


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_a_csv_is_read_with_any_usual_delimiter_and_encoding(delimiter, encoding):
    notes = []
    content = csv_text(HEADER, ["a", "Größe; x, y – „z“ €", "'=1+1"], delimiter=delimiter).encode(encoding)
    assert read(content, "csv", notes)[1] == (2, ["a", "Größe; x, y – „z“ €", "=1+1"])
    assert bool(notes) is (encoding == "cp1252")
    assert all("Windows-1252" in note for note in notes)


CSV = {
    "nothing": (b"", "empty"),
    "only a byte order mark": (b"\xef\xbb\xbf", "empty"),
    "only empty rows": (b";;\r\n;;\r\n", "first row"),
    "a NUL character": (b"slug;title_de\r\na;b\r\nc;\x00d\r\n", "Line 3 contains a NUL"),
    "UTF-16": ("slug;title_de\r\na;b".encode("utf-16"), "UTF-16"),
    "an unknown encoding": (b"slug;title_de\r\na;\x81\x8d", "neither UTF-8 nor Windows-1252"),
    "an XLSX by another name": (xlsx(HEADER, ["a"]), "NUL"),
    "an open quotation mark": (b'slug;title_de\r\na;"b\r\n', "can't be read as CSV"),
    "text after a quotation mark": (b'slug;title_de\r\na;"b"c\r\n', "can't be read as CSV"),
    "an endless cell": (b"slug;title_de\r\na;" + b"x" * 200_000 + b"\r\n", "can't be read as CSV"),
    "an endless line": (b"slug;title_de\r\n" + b";" * 2_000_000, "longer than a million"),
    "too many columns": (b";".join(b"c%d" % n for n in range(300)), "more than 200 columns"),
    "a million rows": (b"slug;title_de\r\n" + b"a;b\r\n" * 1_000_000, "more than 20000 rows"),
}


@pytest.mark.parametrize("case", CSV)
def test_a_hostile_csv_is_refused_with_a_sentence(case):
    content, said = CSV[case]
    assert said in refused(content, "csv")


def test_a_csv_row_with_a_cell_too_few_or_too_many_is_not_guessed_at():
    content = b"slug;title_de;summary_de\r\na;b\r\nc;d;e;f\r\n"
    for _number, cells in read(content, "csv")[1:]:
        assert [type(cell) for cell in cells] == [Unusable]


def doctype(declaration):
    def change(data):
        start = data.index(b"<worksheet") if b"<worksheet" in data else data.index(b"<workbook")
        return data[:start] + declaration + data[start:]

    return change


LAUGHS = (
    b"<!DOCTYPE x [<!ENTITY a 'ha'>"
    + b"".join(b"<!ENTITY a%d '%s'>" % (n, b"&a%d;" % (n - 1) * 10 if n else b"&a;" * 10) for n in range(9))
    + b"]>"
)
DOCX = repacked(xlsx(HEADER), {"word/document.xml": b"<document/>"})
TABLE = xlsx(HEADER, ["a", "b", "c"])


def without(name):
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(DOCX)) as old, zipfile.ZipFile(file, "w") as new:
        for each in old.namelist():
            if each != name:
                new.writestr(each, old.read(each))
    return file.getvalue()


def encrypted(content):
    """The flag alone: whoever looks inside would be asked for a password."""
    content = bytearray(content)
    place = content.rindex(b"PK\x01\x02")
    content[place + 8] |= 1
    return bytes(content)


def padded(data):
    return data.replace(b"</Types>", b'<Default Extension="x" ContentType="y"/>' * 150_000 + b"</Types>")


def strings_elsewhere(data):
    """Says that the texts, which are held as a whole, lie in a part that may be as large as a sheet."""
    kind = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    strings = b'<Override PartName="/xl/media/a.xml" ContentType="' + kind + b'"/>'
    return data.replace(b"</Types>", strings + b"</Types>")


XLSX = {
    "nothing": (b"", "empty"),
    "a CSV by another name": (b"slug;title_de\r\n", "not an XLSX"),
    "a page": (b"<html></html>", "not an XLSX"),
    "an old XLS": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000), "not an XLSX"),
    "a DOCX by another name": (without("xl/workbook.xml"), "not an XLSX"),
    "an archive of nothing": (b"PK\x05\x06" + bytes(18), "not an XLSX"),
    "the first half of a file": (TABLE[: len(TABLE) // 2], "not an XLSX"),
    "the second half of a file": (TABLE[len(TABLE) // 2 :], "XLSX"),
    "an archive with a password": (encrypted(TABLE), "not an XLSX"),
    "broken XML": (repacked(TABLE, {SHEET: b"<worksheet"}), "XLSX"),
    "no sheet at all": (repacked(TABLE, {"xl/workbook.xml": b"<workbook/>"}), "can't be read as XLSX"),
    "a zip bomb": (repacked(TABLE, {"xl/media/a.bin": bytes(10_000_000)}), "far too large"),
    "a zip bomb in the sheet": (
        repacked(TABLE, {SHEET: lambda data: data.replace(b"<sheetData>", b" " * 10_000_000 + b"<sheetData>")}),
        "far too large",
    ),
    "a large part that is no sheet": (
        repacked(TABLE, {"[Content_Types].xml": padded, "a.bin": os.urandom(1_000_000)}), "far too large",
    ),
    "texts where a sheet should be": (repacked(TABLE, {"[Content_Types].xml": strings_elsewhere}), "not an XLSX"),
    "no table of contents": (without("[Content_Types].xml"), "not an XLSX"),
    "far too many parts": (
        repacked(TABLE, {f"xl/{n}.bin": b"" for n in range(3000)}, zipfile.ZIP_STORED), "far too many parts",
    ),
    "a DOCTYPE": (repacked(TABLE, {SHEET: doctype(b"<!DOCTYPE worksheet>")}), "DOCTYPE"),
    "a DOCTYPE in the workbook": (repacked(TABLE, {"xl/workbook.xml": doctype(LAUGHS)}), "DOCTYPE"),
    "a billion laughs": (repacked(TABLE, {SHEET: doctype(LAUGHS)}), "DOCTYPE"),
    "a DOCTYPE in UTF-16": (
        repacked(TABLE, {SHEET: '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE a><a/>'.encode("utf-16")}), "DOCTYPE",
    ),
    "a file of somebody else's": (
        repacked(TABLE, {SHEET: doctype(b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>')}), "DOCTYPE",
    ),
    "a row that no spreadsheet has": (
        repacked(TABLE, {SHEET: lambda data: data.replace(b'<row r="2"', b'<row r="99999999999999"')}),
        "can't be read as XLSX",
    ),
    "too many columns": (xlsx([f"c{n}" for n in range(300)]), "more than 200 columns"),
}  # fmt: skip


@pytest.mark.parametrize("case", XLSX)
def test_a_hostile_xlsx_is_refused_with_a_sentence(case):
    content, said = XLSX[case]
    assert said in refused(content, "xlsx")


@pytest.mark.parametrize("extension", ["xlsx", "csv"])
def test_one_row_too_many_is_refused(monkeypatch, extension):
    monkeypatch.setattr(uploads, "MOST_ROWS", 3)
    assert len(read(table(extension, HEADER, *[["a", "b", "c"]] * 3), extension)) == 4
    assert "more than 3 rows" in refused(table(extension, HEADER, *[["a", "b", "c"]] * 4), extension)


def test_a_bomb_is_refused_before_it_is_unpacked():
    bomb = repacked(TABLE, {"xl/media/a.bin": bytes(60_000_000)})
    tracemalloc.start()
    refused(bomb, "xlsx")
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10_000_000


def test_a_sheet_that_lies_about_its_size_is_read_to_its_end():
    """A reader that believed it would lose the last rows without a word."""
    content = xlsx(HEADER, ["a", "b", "c"], ["d", "e", "f"])
    liar = repacked(content, {SHEET: lambda data: data.replace(b'ref="A1:C3"', b'ref="A1:A1"')})
    assert liar != content
    assert read(liar, "xlsx") == read(content, "xlsx")


def test_a_row_far_down_is_found_without_a_million_rows_above():
    content = repacked(TABLE, {SHEET: lambda data: data.replace(b'<row r="2"', b'<row r="1000000"')})
    assert [number for number, _cells in read(content, "xlsx")] == [1, 1_000_000]


def test_a_file_larger_than_allowed_is_refused(monkeypatch):
    monkeypatch.setattr(uploads, "LARGEST_FILE", 1_000_000)
    with pytest.raises(Refused) as caught:
        read(b"x" * 1_000_001, "csv")
    assert (caught.value.status, str(caught.value)) == (413, "The file is larger than 1 MB.")
