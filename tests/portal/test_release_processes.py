"""Several processes, and one that is killed: a data release is there as a whole and once, or not at all."""

import signal
import subprocess
import sys

import pytest
from django.conf import settings

# Makes a release and kills its own process just before one of its steps: a moment, but no race.
PROGRAM = """
import os, signal, sys
import django
django.setup()
from pathlib import Path
from portal import releases
from portal.site.tables import ALL_TABLES
def kill(*_args, **_kwargs):
    os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[1] == "rename":
    Path.rename = kill
else:
    setattr(releases, sys.argv[1], kill)
releases.make(ALL_TABLES)
"""


@pytest.fixture
def start(environment):

    def begin(*arguments):
        return subprocess.Popen(
            [sys.executable, *arguments],
            cwd=settings.BASE_DIR,
            env=environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    for command in (["migrate"], ["load_content"]):
        process = begin("manage.py", *command, "--verbosity", "0")
        assert process.wait(120) == 0, process.stdout.read()
        process.stdout.close()
    return begin


def ended(process):
    said, _nothing = process.communicate(timeout=120)
    return process.returncode, said


def test_killed_at_any_step_it_leaves_nothing_and_two_at_once_make_one(start, database, tmp_path):
    _url, rows = database
    for step in ("sync", "touch", "rename"):
        code, said = ended(start("-c", PROGRAM, step))
        assert code == -signal.SIGKILL, said
        assert rows()["portal_release"] == []
        assert not (tmp_path / "releases/1").exists()
    outcomes = [ended(process) for process in [start("manage.py", "release_dataset") for _ in range(2)]]
    assert [code for code, _said in outcomes] == [0, 0]
    assert len([said for _code, said in outcomes if "SHA-256" in said]) == 1, outcomes
    assert len(rows()["portal_release"]) == 1
    assert {path.name for path in (tmp_path / "releases").iterdir()} == {"1", "lock"}
