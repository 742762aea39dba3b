"""What editors read of a difference: titles and labels, the changed words, and little of what stayed."""

import re

import pytest
from django.utils import translation

from portal.differences import changes, compared_texts
from portal.entries import TYPES
from recommendations.models import Challenge
from tests import factories


@pytest.fixture(autouse=True)
def german():
    with translation.override("de"):
        yield


def seen(html):
    """As it looks: without the words that only a screen reader says, − and + instead of lines through and below."""
    html = re.sub(r'<span class="visually-hidden">.*?</span>', "", html)
    return re.sub(r"<ins>(.*?)</ins>", r"+\1+", re.sub(r"<del>(.*?)</del>", r"−\1−", html, flags=re.S), flags=re.S)


def words(letter, count):
    return " ".join(f"{letter}{number}" for number in range(count))


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("Alt.", "Neu.", "−Alt.− +Neu.+"),
        ("", "Neu.", "+Neu.+"),
        ("Alt.", "", "−Alt.−"),
        ("Sie hat zehn neue Wohnungen.", "Sie hat zwölf neue Wohnungen.", "Sie hat −zehn− +zwölf+ neue Wohnungen."),
        ("Eins.\nZwei.\nDrei.", "Eins.\nDrei.", "Eins.\n−Zwei.−\nDrei."),
        ("Eins. Zwei. Drei.", "Eins.\nZwei. Drei.", "Eins.+¶+\nZwei. Drei."),
        ("Eins.", "Eins.\nZwei.", "Eins.\n+Zwei.+"),
        ("a  b", "a b", "−a  b− +a b+"),
        ("1 < 2 oder so", "1 < 3 oder so", "1 &lt; −2− +3+ oder so"),
        ("<b>fett</b>", "", "−&lt;b&gt;fett&lt;/b&gt;−"),
    ],
)
def test_only_the_words_that_changed_are_marked(before, after, shown):
    assert seen(compared_texts(before, after)) == shown


def test_long_passages_that_stayed_are_left_out():
    shown = seen(compared_texts(f"{words('a', 100)} alt {words('z', 100)}", f"{words('a', 100)} neu {words('z', 100)}"))
    assert "−alt− +neu+" in shown
    assert "a99" in shown
    assert "z0" in shown
    for gone in ("a0 ", "a50", "z50", "z99"):
        assert gone not in shown
    assert shown.count("…") == 2


def test_who_listens_hears_what_went_and_what_came():
    assert "(entfernt: </span><del>alt</del>" in compared_texts("ganz alt", "ganz neu")
    assert "(neu: </span><ins>neu</ins>" in compared_texts("ganz alt", "ganz neu")


def test_a_very_long_text_is_compared_in_reasonable_time():
    """Without a line end, and with nothing in common: every word against every word would take minutes."""
    assert compared_texts(words("a", 20_000), words("b", 20_000))


@pytest.mark.django_db
def test_codes_and_keys_are_shown_as_labels_and_titles(django_assert_max_num_queries):
    factories.make_challenge("wohnraum", title_de="Wohnen & Bauen")
    source = factories.make_source("studie", title="Die Studie")
    kind = TYPES["recommendations"]
    old = kind.entry(factories.make_recommendation())
    new = old | {
        "challenges": ["wohnraum", "längst-gelöscht"], "addressees": ["bund", "land"], "horizon": "short",
        "editorial_estimate": not old["editorial_estimate"], "sources": [{"source": "studie", "page": "12"}],
        "steps": [{"text_de": "Anfangen", "text_en": "", "editorial": True, "actors": ["land"]}],
    }  # fmt: skip
    with django_assert_max_num_queries(4):
        text = seen(changes(kind, old, new))
    for words in ("+Wohnen &amp; Bauen+", "+längst-gelöscht+", "+Bund, Länder+", f"+{source}\nSeite: 12+",
                  "+Anfangen\nVon der Redaktion ergänzt\nWer handelt? Länder+"):  # fmt: skip
        assert words.casefold() in text.casefold(), text
    assert "−nein− +ja+" in text or "−ja− +nein+" in text
    assert "bis 1 Jahr" in text
    assert "short" not in text


@pytest.mark.django_db
def test_rows_that_stayed_are_only_counted():
    kind = TYPES["recommendations"]
    steps = [{"text_de": text, "text_en": "", "editorial": False, "actors": []} for text in ("Eins", "Zwei", "Drei")]
    old = kind.entry(factories.make_recommendation()) | {"steps": steps}
    text = seen(changes(kind, old, old | {"steps": [*steps[:2], steps[2] | {"text_de": "Drei und vier"}]}))
    assert "… 2 unverändert" in text
    assert "Drei +und vier+" in text
    assert "Eins" not in text


@pytest.mark.django_db
def test_nothing_differs():
    entry = TYPES["challenges"].entry(Challenge(title_de="x", slug="x", pk=4711))
    assert changes(TYPES["challenges"], entry, entry) == ""
