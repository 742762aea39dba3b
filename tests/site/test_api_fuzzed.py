"""Whatever is asked of the interface, its answer is what its own description says."""

import re
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import given, settings

from tests.browser.live import serve
from tests.site.world import make_world

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import schemathesis
    from schemathesis import GenerationMode


@pytest.fixture
def one_connection(db):
    """The end of a request leaves it open, as Django's own test client sees to."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_a_few_requests_are_answered_as_described(one_connection, mode):
    make_world()
    described = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())
    operations = [found.ok() for found in described.get_all_operations()]
    assert len(operations) == 21
    for operation in operations:

        @settings(max_examples=4)
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask(case):
            case.call_and_validate()

        ask()


@pytest.mark.slow
def test_thousands_of_requests_to_a_running_portal_are_answered_as_described(tmp_path):
    """All checks, with NUL bytes, in every phase, over HTTP."""
    with serve() as portal:
        command = [Path(sys.executable).parent / "schemathesis", "run", f"{portal}/api/v1/openapi.json", "--checks=all",
                   "--max-examples=100", "--seed=6", "--generation-allow-x00=true", "--generation-database=none", "--no-color"]  # fmt: skip
        result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout[-20_000:]
    generated = re.search(r"([\d,]+) generated", result.stdout)
    assert int(generated[1].replace(",", "")) >= 2000, result.stdout[-2_000:]
