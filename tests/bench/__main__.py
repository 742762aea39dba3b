"""make bench: how fast the portal answers, whole requests through the production server, on both databases.

make bench [ARGS="--sizes 1000,10000 --databases sqlite,postgresql --seconds 8"]

SQLite files are kept in var/bench and used again; PostgreSQL is a private one that is gone afterwards, unless
DATABASE_URL names a server: there the databases bench_<size> are made and kept.
"""

import argparse
import os
import secrets
import subprocess
import sys
from pathlib import Path

from psycopg import connect, sql

ROOT = Path(__file__).resolve().parents[2]
DATABASES = ["sqlite", "postgresql"]
NOT_FILLED = 3  # exit status of `is-filled`
# Nothing of what the caller has set for the own portal.
OWN = (
    "DEBUG",
    "DEMO",
    "MAINTENANCE",
    "SITE_ADDRESS",
    "SMTP_HOST",
    "DEFAULT_FROM_EMAIL",
    "ONE_PERSON_MODE",
    "OIDC_NAME",
)


def arguments():
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", default="1000,10000,100000", help="numbers of recommendations")
    parser.add_argument("--databases", default=",".join(DATABASES))
    parser.add_argument(
        "--seconds", type=float, default=15, help="how long the single client measures; the rest follows from it"
    )
    parser.add_argument("--fill-only", action="store_true", help="make the content and measure nothing")
    found = parser.parse_args()
    found.sizes = [int(size) for size in found.sizes.split(",")]
    found.databases = found.databases.split(",")
    if unknown := set(found.databases) - set(DATABASES):
        parser.error(f"unknown: {', '.join(unknown)}; known are {', '.join(DATABASES)}")
    return found


def environment(address):
    kept = {name: value for name, value in os.environ.items() if name not in OWN}
    return kept | {
        "DJANGO_SETTINGS_MODULE": "tests.bench.settings", "DATABASE_URL": address, "DATA_DIR": str(ROOT / "var/bench"),
        "SECRET_KEY": secrets.token_hex(30), "ALLOWED_HOSTS": "127.0.0.1", "HTTPS": "false", "TRUSTED_PROXIES": "0",
    }  # fmt: skip


def address_of(database, size):
    if database == "sqlite":
        return f"sqlite:///{ROOT}/var/bench/{size}.sqlite3"
    return f"{os.environ['DATABASE_URL'].rsplit('/', 1)[0]}/bench_{size}"


def exists(database, size):
    """Whether there is a database to ask; SQLite makes its file by itself."""
    if database == "sqlite":
        return True
    with connect(os.environ["DATABASE_URL"].rsplit("/", 1)[0] + "/postgres") as server:
        found = server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [f"bench_{size}"])
        return found.fetchone() is not None


def make_empty(database, size):
    if database == "sqlite":
        for file in (ROOT / "var/bench").glob(f"{size}.sqlite3*"):
            file.unlink()
    else:
        name = sql.Identifier(f"bench_{size}")
        with connect(os.environ["DATABASE_URL"].rsplit("/", 1)[0] + "/postgres", autocommit=True) as server:
            server.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(name))
            server.execute(sql.SQL("CREATE DATABASE {}").format(name))


def main():
    asked = arguments()
    if "postgresql" in asked.databases and not os.environ.get("DATABASE_URL", "").startswith("postgres"):
        # Again, beside a private server.
        os.execv(ROOT / ".ci/postgresql", [".ci/postgresql", sys.executable, "-m", "tests.bench", *sys.argv[1:]])
    (ROOT / "var/bench").mkdir(parents=True, exist_ok=True)
    failed = False
    for database in asked.databases:
        for size in asked.sizes:
            run = [sys.executable, "-m", "tests.bench.run", database, str(size), str(asked.seconds)]
            child = {"cwd": ROOT, "env": environment(address_of(database, size))}
            there = exists(database, size)
            filled = subprocess.run([*run, "is-filled"], **child).returncode if there else NOT_FILLED
            if filled not in (0, NOT_FILLED):
                return True
            if filled == NOT_FILLED:
                make_empty(database, size)
                subprocess.run([*run, "fill"], **child, check=True)
            if not asked.fill_only:
                failed |= subprocess.run([*run, "measure"], **child).returncode != 0
    return failed


if __name__ == "__main__":
    sys.exit(main())
