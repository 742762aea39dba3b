"""The Nu Html Checker, the validator of the W3C, on every kind of page."""

import json
import subprocess
import urllib.error
import urllib.request

import pytest

from tests.browser.live import PAGES, ROOT

pytestmark = pytest.mark.html

VNU = ROOT / "node_modules/vnu-jar/build/dist/vnu.jar"


def fetch(url):
    try:
        with urllib.request.urlopen(url) as response:
            return response.read()
    except urllib.error.HTTPError as error:  # error pages are pages, too
        with error:
            return error.read()


def test_every_kind_of_page_is_valid_html(portal, tmp_path):
    accounts = {"log-in": "/konto/anmelden/", "forgotten": "/konto/passwort/vergessen/"}
    for name, address in {**PAGES, **accounts}.items():
        (tmp_path / f"{name}.html").write_bytes(fetch(portal + address))
    checker = ["java", "-jar", VNU, "--errors-only", "--format", "json", "--exit-zero-always", tmp_path]
    result = subprocess.run(checker, capture_output=True, text=True, check=True)
    problems = [
        f"{message['url'].rsplit('/', 1)[-1]}:{message.get('lastLine')}: {message['message']}"
        for message in json.loads(result.stderr)["messages"]
    ]
    assert not problems, "\n".join(problems)
