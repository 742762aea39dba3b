"""Files that are made once and kept in the data directory until what they are made of changes."""

import fcntl
import logging
import os
import shutil
import tempfile
from contextlib import contextmanager
from errno import ENOSPC
from hashlib import sha256
from itertools import accumulate
from pathlib import Path

from django.conf import settings
from django.http import FileResponse

from .build import build

logger = logging.getLogger(__name__)

MOST = 1_000_000_000  # bytes of all answers that are kept; beyond that the oldest go
FREE = 1_000_000_000  # bytes of the disk that are left to others
LEAST = 1_000_000  # bytes that an answer counts for, so that there are never too many small ones
BLOCK = 256 * 1024  # bytes of an answer that are read at once


def fingerprint(*of_what):
    """The name of a file that this build makes of this database and `of_what`."""
    database = settings.DATABASES["default"]
    seen = [build(), database["NAME"], database.get("HOST"), database.get("PORT"), *of_what]
    return sha256(repr(seen).encode()).hexdigest()[:32]


@contextmanager
def one_at_a_time(folder):
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def unfinished(folder):
    """A folder to work in. With the lock: whatever a process that was killed has left there is removed."""
    for left in folder.glob("unfinished-*"):
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix="unfinished-", dir=folder) as new:
        yield Path(new)


def answer(version, of_what, name, content_type, make):
    """The response with the file `name`: as it was kept, or as `make()` streams it now, to be kept for the next reader.

    `version`: of the content; nothing of an older one is given out. `of_what`: on what else the file depends.
    """
    if not settings.ANSWERS_DIR:
        return make()
    file = settings.ANSWERS_DIR / fingerprint(version) / fingerprint(*of_what)
    try:
        content = file.open("rb")
    except OSError:
        response = make()
        response.streaming_content = keeping(response.streaming_content, file)
        return response
    response = FileResponse(content, as_attachment=True, filename=name, content_type=content_type)
    response.block_size = BLOCK
    return response


def keeping(parts, file):
    """The parts, which become the file when the last of them is sent. A full disk spoils the file, not the answer."""
    new = attempt(begun, file)
    try:
        for part in parts:
            if new and attempt(new.write, part) != len(part):
                discard(new)
                new = None
            yield part
        if new:
            attempt(finished, new, file)
    finally:
        if new:
            discard(new)


def begun(file):
    """A new file beside the one that it will be. What is made of older content goes, and the oldest of too much."""
    file.parent.mkdir(parents=True, exist_ok=True)
    for older in set(settings.ANSWERS_DIR.iterdir()) - {file.parent}:
        shutil.rmtree(older, ignore_errors=True)
    kept = sorted(((each.stat(), each) for each in file.parent.iterdir()), key=lambda found: -found[0].st_mtime)
    for total, (_stat, each) in zip(accumulate(max(stat.st_size, LEAST) for stat, _each in kept), kept, strict=True):
        if total > MOST:
            each.unlink(missing_ok=True)
    if shutil.disk_usage(file.parent).free < FREE:
        raise OSError(ENOSPC, "Too little is left of the disk")
    return tempfile.NamedTemporaryFile(dir=file.parent, buffering=0, delete=False)


def finished(new, file):
    """Under its name stands only what is on the disk: after a power failure, half a table would pass for all of it."""
    os.fsync(new.fileno())
    Path(new.name).rename(file)


def discard(new):
    new.close()
    Path(new.name).unlink(missing_ok=True)


def attempt(do, *arguments):
    try:
        return do(*arguments)
    except OSError as error:  # such as a full disk, or that another process has seen newer content already
        logger.warning("An answer could not be kept: %s", error)
        return None
