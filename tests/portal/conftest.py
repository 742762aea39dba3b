import os
import sqlite3
import uuid
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connections


@pytest.fixture
def database():
    """The address of a database of its own on the server of the tests, and a function that reads all its rows."""
    if not os.environ.get("DATABASE_URL"):
        path = Path(os.environ["DATA_DIR"], f"{uuid.uuid4()}.sqlite3")
        yield (
            f"sqlite:///{path}",
            lambda: read(sqlite3.connect(path), "SELECT name FROM sqlite_schema WHERE type='table'"),
        )
        return
    server, name = settings.DATABASES["default"], f"killed_{uuid.uuid4().hex}"
    given = {"user": server["USER"], "password": server["PASSWORD"], "host": server["HOST"], "port": server["PORT"]}
    given = {key: value for key, value in given.items() if value}
    connections.close_all()
    with psycopg.connect(dbname="postgres", autocommit=True, **given) as admin:
        admin.execute(f"CREATE DATABASE {name}")
        yield (
            os.environ["DATABASE_URL"].rpartition("/")[0] + f"/{name}",
            lambda: read(
                psycopg.connect(dbname=name, **given), "SELECT tablename FROM pg_tables WHERE schemaname='public'"
            ),
        )
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def environment(database, tmp_path):
    """Of processes beside the tests, as in development, with that database."""
    url, _rows = database
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "portal.settings", "DATA_DIR": str(tmp_path), "DATABASE_URL": url,
        "ALLOWED_HOSTS": "testserver", "HTTPS": "false", "DEBUG": "true",
    }  # fmt: skip


def read(connection, tables):
    with closing(connection), closing(connection.cursor()) as cursor:
        names = [name for (name,) in cursor.execute(tables).fetchall() if not name.startswith("sqlite_")]
        return {name: sorted(map(str, cursor.execute(f'SELECT * FROM "{name}"').fetchall())) for name in names}
