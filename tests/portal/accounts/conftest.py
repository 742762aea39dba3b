import time
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import Permission
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core.cache import cache
from django.core.cache.backends import db
from django.test import Client
from django.utils import timezone

from portal.models import User

PASSWORD = "drei Wörter genügen"


@pytest.fixture(autouse=True)
def nothing_counted_yet(db):
    cache.clear()


@pytest.fixture
def editor(db):
    """An editor without a second factor."""
    user = User.objects.create_user("ada@example.org", "ada@example.org", PASSWORD, is_staff=True)
    user.user_permissions.set(Permission.objects.all())
    return user


@pytest.fixture
def clock(monkeypatch):
    """A function that lets time pass, in seconds."""
    start, passed = time.time(), [0]

    def now():
        return datetime.fromtimestamp(start + passed[0], UTC)

    monkeypatch.setattr(time, "time", lambda: start + passed[0])
    monkeypatch.setattr(timezone, "now", now)
    monkeypatch.setattr(db, "tz_now", now)
    monkeypatch.setattr(PasswordResetTokenGenerator, "_now", lambda self: datetime.fromtimestamp(start + passed[0]))

    def wait(**duration):
        passed[0] += timedelta(**duration).total_seconds()

    return wait


@pytest.fixture
def log_in(client):
    """A function that sends the first step of the log-in, from a client and an address of one's own if need be."""

    def log_in(username="ada@example.org", password=PASSWORD, *, browser=client, address="198.51.100.7", **more):
        data = {"login": username, "password": password, **more}
        return browser.post("/konto/anmelden/", data, headers={"x-forwarded-for": address})

    return log_in


@pytest.fixture
def other_browser():
    return Client()
