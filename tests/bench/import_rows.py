"""How long an import of many rows takes and how much memory it needs. Prints figures; asserts nothing.

python -m tests.bench.import_rows [ROWS] [TABLE]    20,000 practice examples as XLSX, CSV and YAML on a database of its own
"""

import csv
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from openpyxl import Workbook

ROOT = Path(__file__).resolve().parents[2]
TEXT = "Haupt- und Ehrenamt arbeiten in Ort {n} eng zusammen; jede Familie hat eine feste Bezugsperson. " * 4


def examples(count):
    for n in range(count):
        yield {
            "number": f"P{n + 10_000}", "slug": f"beispiel-{n}", "municipality_key": "05962004",
            "title_de": f"Beispiel {n}", "title_en": f"Example {n}", "summary_de": TEXT.format(n=n),
            "situation_de": TEXT.format(n=n + 1), "approach_de": TEXT.format(n=n + 2), "result_de": "",
            "actors_de": f"Stadt {n} | Verein {n}", "year_start": str(1990 + n % 30), "period_status": "ongoing",
            "challenges": "wohnraum | sprache", "target_groups": "gefluechtete", "sources": "breg-altena-2017",
            "source_pages": str(n % 90),
        }  # fmt: skip


def recommendations(count):
    for n in range(count):
        yield {
            "number": f"E{n + 10_000}", "slug": f"empfehlung-{n}", "title_de": f"Empfehlung {n}",
            "summary_de": TEXT.format(n=n), "rationale_de": TEXT.format(n=n + 1), "challenges": "wohnraum",
            "steps_de": f"Erstens {n} | Zweitens {n}", "steps_en": "", "steps_origin": "source | editorial",
            "steps_actors": "kommune | bund land", "addressees": "land | kommune", "horizon": "long",
            "sources": "breg-altena-2017", "source_pages": "",
        }  # fmt: skip


def sources(count):
    for n in range(count):
        yield {"key": f"quelle-{n}", "title": f"Quelle {n}", "authors": f"Ada {n} | Bo {n}", "year": "2020",
               "kind": "primary", "note_de": TEXT.format(n=n), "doi": f"10.1000/{n}"}  # fmt: skip


ROWS = {"practice-examples": examples, "recommendations": recommendations, "sources": sources}


def write(table, count, folder):
    rows = ROWS[table]
    header = list(next(rows(1)))
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet(table)
    sheet.append(header)
    with (folder / "rows.csv").open("w", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(header)
        for row in rows(count):
            writer.writerow(row.values())
            sheet.append(list(row.values()))
    workbook.save(folder / "rows.xlsx")


def run(folder, *arguments):
    """Run a command of manage.py in a process of its own; seconds and megabytes at its peak."""
    environment = os.environ | {
        "DEBUG": "false", "SECRET_KEY": "bench", "ALLOWED_HOSTS": "localhost", "DATA_DIR": str(folder), "DATABASE_URL": f"sqlite:///{folder}/portal.sqlite3",
    }  # fmt: skip
    start = time.monotonic()
    process = subprocess.Popen([sys.executable, "manage.py", *arguments], cwd=ROOT, env=environment)
    _pid, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return time.monotonic() - start, usage.ru_maxrss / 1024, process.returncode


def main(count=20_000, table="practice-examples"):
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as name:
        folder = Path(name)
        write(table, int(count), folder)
        run(folder, "migrate", "--verbosity", "0")
        run(folder, "load_content", "--verbosity", "0")
        for what, arguments in {
            "nothing but Django": ["check"],
            "XLSX, dry run": ["import_entries", table, str(folder / "rows.xlsx"), "--dry-run"],
            "CSV, written": ["import_entries", table, str(folder / "rows.csv")],
            "XLSX, no change": ["import_entries", table, str(folder / "rows.xlsx")],
        }.items():
            with open(os.devnull, "w") as quiet:
                saved = os.dup(1)
                os.dup2(quiet.fileno(), 1)
                seconds, megabytes, status = run(folder, *arguments)
                os.dup2(saved, 1)
                os.close(saved)
            print(f"{what}: {seconds:.0f} s, {megabytes:.0f} MB, exit {status}")  # noqa: T201
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{count} rows of {table}; making the files needed {peak:.0f} MB")  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
