"""A process that is killed in the middle of an import leaves the database as it was before."""

import random
import signal
import subprocess
import sys

from django.conf import settings

from tests.tables import csv_text

# Runs a command and kills its own process just before one of its statements: a moment, but no race.
PROGRAM = """
import os, signal, sys
import django
django.setup()
from django.core.management import call_command
from django.db import connection
from portal import imports
imports.BATCH = 4  # several batches, so that one could be there without the next
left = int(sys.argv[1])
def count(execute, *arguments):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return execute(*arguments)
with connection.execute_wrapper(count):
    call_command("import_entries", *sys.argv[2:])
print("statements", int(sys.argv[1]) - left)
"""
ROWS = csv_text(
    ["key", "title", "kind", "authors"],
    *[[f"quelle-{n}", f"Neuer Titel {n}", "primary", "Ada | Bo"] for n in range(30)],
)
OLD = csv_text(["key", "title", "kind"], *[[f"quelle-{n}", "Alt", "primary"] for n in range(0, 30, 3)])


def test_an_import_killed_at_any_moment_leaves_everything_as_before_and_the_next_one_succeeds(
    database, environment, tmp_path
):
    _url, rows = database

    def run(*arguments):
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=settings.BASE_DIR,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
        )

    def import_file(text, killed_at=0):
        (tmp_path / "rows.csv").write_text(text)
        return run("-c", PROGRAM, str(killed_at), "sources", str(tmp_path / "rows.csv"))

    assert run("manage.py", "migrate", "--verbosity", "0").returncode == 0
    first = import_file(OLD)
    assert first.returncode == 0, first.stderr
    statements = int(first.stdout.rpartition(" ")[2])
    before = rows()
    assert len(before["recommendations_source"]) == 10
    moments = random.Random(7)
    for killed_at in [moments.randrange(statements // 2, 2 * statements) for _i in range(5)]:
        killed = import_file(ROWS, killed_at)
        assert killed.returncode == -signal.SIGKILL, killed.stdout + killed.stderr
        assert rows() == before
    finished = import_file(ROWS)
    assert finished.returncode == 0
    after = rows()
    assert len(after["recommendations_source"]) == 30
    assert all("Neuer Titel" in row for row in after["recommendations_source"])
    assert import_file(ROWS).returncode == 0
    assert rows() == after
