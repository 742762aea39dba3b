"""The editors' handbook says what is true of the portal.

Its convention: **„Name“**, bold and in German quotes, is a name on the screen – a menu, a button, a field, a heading.
Each must be a text that the portal shows in German, whole; what a text leaves open (%s, {name}) may be anything.
"""

import re
from pathlib import Path

import django
import pytest
from babel.messages.pofile import read_po
from django.utils import translation

from tests.catalogue import ROOT, files, read

HANDBOOK = ROOT / "docs/redaktion.md"
TEXT = HANDBOOK.read_text()
NAMES = sorted(set(re.findall(r"\*\*„([^“]+)“\*\*", TEXT)))
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")
DJANGOS = Path(django.__file__).parent / "contrib/admin/locale/de/LC_MESSAGES/django.po"
LARGEST = 1.5 * 2**20  # bytes of all pictures together


def texts():
    """Every text of the portal and of Django's admin, in the German that is shown."""
    with DJANGOS.open("rb") as file:
        catalogues = [read_po(file), *map(read, files())]
    with translation.override("de"):
        for message in (message for catalogue in catalogues for message in catalogue if message.id):
            if isinstance(message.id, tuple):
                yield from message.string
            elif message.context:
                yield translation.pgettext(message.context, message.id)
            else:
                yield translation.gettext(message.id)


def pattern(text):
    return "(.+)".join(map(re.escape, PLACEHOLDER.split(text)))


def is_telling(text):
    """Whether it isn't all open, or nearly: “%s: %s” would match anything."""
    return not PLACEHOLDER.search(text) or len(re.findall(r"\w", PLACEHOLDER.sub("", text))) > 3


@pytest.fixture(scope="module")
def shown():
    """One pattern for all texts."""
    kept = {text.strip() for text in texts() if is_telling(text)}
    return re.compile("|".join(f"(?:{pattern(text)})" for text in kept), re.IGNORECASE)


@pytest.mark.parametrize("name", NAMES)
def test_every_name_on_the_screen_exists(shown, name):
    assert shown.fullmatch(name), f"„{name}“ is nowhere in the portal; see {HANDBOOK.name}"


def test_a_name_that_does_not_exist_is_noticed(shown):
    assert not shown.fullmatch("Zur Begutachtung weiterleiten")


def anchors():
    """As GitHub makes them: small letters, hyphens for spaces, no other punctuation."""
    headings = re.findall(r"^#+ (.+)$", TEXT, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\(([^)]+)\)", TEXT)) - {"Adresse"}))
def test_every_link_and_every_picture_leads_somewhere(target):
    if target.startswith("#"):
        assert target[1:] in anchors()
    else:
        assert HANDBOOK.parent.joinpath(target).is_file()


def test_every_picture_is_small_used_and_described():
    used = re.findall(r"!\[([^\]]*)\]\((redaktion/[^)]+)\)", TEXT)
    files = sorted(path for path in HANDBOOK.parent.joinpath("redaktion").iterdir())
    assert sorted(HANDBOOK.parent / path for _text, path in used) == files
    assert all(len(text) > 20 for text, _path in used)
    assert sum(path.stat().st_size for path in files) < LARGEST
