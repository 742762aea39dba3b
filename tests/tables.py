"""Tables as files, as people hand them in."""

import csv
import io
import zipfile

from openpyxl import Workbook


def xlsx(*rows):
    workbook = Workbook()
    for row in rows:
        workbook.active.append(row)
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def csv_text(*rows, delimiter=";"):
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue()


def table(extension, *rows):
    """The same rows in either format."""
    return xlsx(*rows) if extension == "xlsx" else csv_text(*rows).encode()


def repacked(content, changes=None, compression=zipfile.ZIP_DEFLATED):
    """An XLSX with some of its parts replaced or added: {name: bytes, or a function of the bytes that were there}."""
    changes, file = dict(changes or {}), io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, "w", compression) as new:
        for name in old.namelist():
            change = changes.pop(name, None)
            data = old.read(name)
            new.writestr(name, change(data) if callable(change) else data if change is None else change)
        for name, data in changes.items():
            new.writestr(name, data)
    return file.getvalue()
