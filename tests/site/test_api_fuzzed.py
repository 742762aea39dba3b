"""Whatever is asked of the interface, its answer is what its own description says."""

import subprocess
import sys
import warnings
from pathlib import Path

import pytest
from hypothesis import given, settings

from portal.wsgi import application
from tests.browser.live import ROOT, serve
from tests.site.world import make_world

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import schemathesis
    from schemathesis import GenerationMode


@pytest.mark.django_db
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_a_few_requests_are_answered_as_described(mode):
    make_world()
    described = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)
    operations = [found.ok() for found in described.get_all_operations()]
    assert len(operations) == 21
    for operation in operations:

        @settings(max_examples=4)
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask(case):
            case.call_and_validate()

        ask()


@pytest.mark.slow
def test_thousands_of_requests_to_a_running_portal_are_answered_as_described():
    """All checks, with NUL bytes, in every phase, over HTTP."""
    with serve() as portal:
        command = [Path(sys.executable).parent / "schemathesis", "run", f"{portal}/api/v1/openapi.json", "--checks=all",
                   "--max-examples=60", "--seed=6", "--generation-allow-x00=true", "--generation-database=none", "--no-color"]  # fmt: skip
        result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout[-20_000:]
