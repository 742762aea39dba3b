"""Several processes that write and read at once: none shows what is withdrawn, and all soon show the same."""

import random
import subprocess
import sys
import time

import pytest
from django.conf import settings

# Does what it is told, line by line, and says when it is done.
PROGRAM = """
import re, sys
import django
django.setup()
from django.db import transaction
from django.test import Client
from portal.entries import apply
from recommendations.models import Recommendation
from tests.factories import make_recommendation
client = Client()
for line in sys.stdin:
    verb, _space, slug = line.strip().partition(" ")
    if verb == "list":
        page = client.get("/empfehlungen/?page=all").content.decode()
        print(*sorted(set(re.findall("/empfehlungen/(r-[0-9]+)/", page))), flush=True)
        continue
    if verb == "make":
        make_recommendation(slug=slug)
    with transaction.atomic():
        Recommendation.objects.filter(slug=slug).update(status="archived" if verb == "withdraw" else "published")
        apply({}, Recommendation.objects.get(slug=slug))
    print("done", flush=True)
"""
SLUGS = [f"r-{n}" for n in range(6)]
LONGEST = 20  # seconds until all show the same, on however busy a machine


@pytest.fixture
def start(environment):
    migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(migrate, cwd=settings.BASE_DIR, env=environment, check=True, timeout=120)
    processes = []

    def begin():
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM],
            cwd=settings.BASE_DIR,
            env=environment,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        processes.append(process)

        def say(line):
            process.stdin.write(line + "\n")
            process.stdin.flush()
            return process.stdout.readline().strip()

        return say

    yield begin
    for process in processes:
        process.stdin.close()
        process.stdout.close()
        assert process.wait(timeout=30) == 0


def test_no_process_shows_what_another_has_withdrawn_and_all_soon_show_the_same(start):
    writers, readers, choose = [start(), start()], [start(), start()], random.Random(7)
    public = set(SLUGS)
    for slug in SLUGS:
        assert writers[0](f"make {slug}") == "done"
    for _step in range(15):
        slug, writer = choose.choice(SLUGS), choose.choice(writers)
        verb = "withdraw" if slug in public else "publish"
        assert writer(f"{verb} {slug}") == "done"
        public ^= {slug}
        for reader in readers:
            assert set(reader("list").split()) <= public
    end = time.monotonic() + LONGEST
    for reader in readers:
        while set(reader("list").split()) != public:
            assert time.monotonic() < end
