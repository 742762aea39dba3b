"""A clock that a test can move on: Python reads this file at its start if the folder is on PYTHONPATH."""

import os
from datetime import timedelta
from pathlib import Path

from django.utils import timezone

true_now = timezone.now
ahead = Path(os.environ["DATA_DIR"], "clock")


def now():
    return true_now() + timedelta(seconds=float(ahead.read_text()) if ahead.exists() else 0)


timezone.now = now
