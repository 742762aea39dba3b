"""What a list says about a search: what was done, what was found where, and what helps if nothing was."""

import re
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from portal.localized import text_in
from portal.snippets import LONGEST, excerpt
from portal.templatetags.portal import highlight
from tests.factories import (
    DRAFT,
    make_challenge,
    make_example,
    make_municipality,
    make_recommendation,
    make_synonym,
    make_term,
    touch,
)
from tests.site.world import body

pytestmark = pytest.mark.django_db


def notes(client, address, **parameters):
    """The sentences of the status region about the search."""
    html = re.search(r'<div class="search-notes" role="status".*?</div>', body(client.get(address, parameters)), re.S)[
        0
    ]
    return re.findall(r'<p class="kern-body">(.*?)</p>', html)


@pytest.fixture
def flats():
    make_recommendation("wohnraum", title_de="Wohnung finden", title_en="Finding flats", slug="finden")
    make_recommendation(
        "wohnraum", title_de="Wohnung und Kita", title_en="Flats and childcare", slug="kita", effort="low"
    )
    make_recommendation("sprache", title_de="Sprachkurs", title_en="Language course", slug="kurs", effort="low")


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("", []),
        ("Wohnung", []),
        ("Wonung", ["Gesucht nach „Wohnung“ statt „Wonung“."]),
        (
            "Wohnung Kita",
            ["Nur 1 Eintrag enthält alle Wörter. Danach folgen Einträge, die einen Teil davon enthalten."],
        ),
        ("Xylophon", ["Zu „Xylophon“ haben wir nichts gefunden."]),
        (
            "Wohnung Xylophon Trompete",
            [
                "Zu „Xylophon“, „Trompete“ haben wir nichts gefunden.",
                "Kein Eintrag enthält alle Wörter. Sie sehen Einträge, die einen Teil davon enthalten.",
            ],
        ),
        ("<b>x</b>", ["Zu „b“, „x“ haben wir nichts gefunden."]),
    ],
)
def test_the_list_says_what_the_search_did(flats, client, q, expected):
    assert notes(client, "/empfehlungen/", q=q) == expected


def test_it_says_so_in_english_and_for_the_order_and_the_choices_made(flats, client):
    assert notes(client, "/en/recommendations/", q="flaats") == ["Searched for “flats” instead of “flaats”."]
    assert notes(client, "/empfehlungen/", q="Wohnung Kita", sort="title") == [
        "Nur 1 Eintrag enthält alle Wörter, die anderen enthalten einen Teil davon."
    ]
    assert notes(client, "/empfehlungen/", q="Wohnung Kita", effort="low") == []


def marked(html):
    return re.findall(r'<mark class="hit">(.*?)</mark>', html)


def test_found_words_are_marked_in_titles_summaries_and_names(client):
    place = make_municipality("05962004", name="Altena")
    make_example("wohnraum", title_de="Wohnungen für alle", summary_de="Die <i>Wohnung</i> zählt.", municipality=place)
    assert marked(body(client.get("/praxisbeispiele/?q=wohnung"))) == ["Wohnungen", "Wohnung"]
    assert marked(body(client.get("/praxisbeispiele/?q=altena"))) == ["Altena"]
    assert marked(body(client.get("/kommunen/?q=altena"))) == ["Altena"]
    assert "&lt;i&gt;" in body(client.get("/praxisbeispiele/?q=wohnung"))
    assert marked(body(client.get("/praxisbeispiele/"))) == []


def test_a_marked_text_still_says_its_language():
    german = text_in("de", "Wohnung für dich")
    with translation.override("en"):
        assert highlight(german, {"wohnung"}) == '<span lang="de"><mark class="hit">Wohnung</mark> für dich</span>'
        assert highlight(german, frozenset()) == '<span lang="de">Wohnung für dich</span>'


def test_in_a_phrase_only_telling_words_are_marked(client):
    make_recommendation(title_de="Agentur für Arbeit", summary_de="Hilfe für alle.")
    assert marked(body(client.get("/empfehlungen/", {"q": '"Agentur für Arbeit"'}))) == ["Agentur", "Arbeit"]


def snippets(client, address, **parameters):
    page = client.get(address, parameters)
    return [getattr(record, "snippet", None) for record in page.context["page_obj"].object_list], body(page)


def test_a_card_shows_where_in_the_text_the_word_stands_if_neither_title_nor_summary_has_it(client):
    make_example(title_de="Eins", approach_de="Zuerst ein Satz. Dann kam die Hebamme ins Haus. Ende.", number="P001")
    make_example(title_de="Hebamme", approach_de="Auch hier die Hebamme.", number="P002")
    found, html = snippets(client, "/praxisbeispiele/", q="hebammen", sort="number")
    assert found == ["Dann kam die Hebamme ins Haus.", None]
    assert "Im Text:</span> Dann kam die <mark" in html
    assert "snippet__label" not in body(client.get("/praxisbeispiele/"))


def test_a_snippet_is_in_the_language_of_the_page_or_says_that_it_is_not(client):
    make_example(title_de="Eins", title_en="One", result_de="Die Hebamme kam.", result_en="The midwife came.")
    make_example(title_de="Zwei", title_en="", summary_en="", result_de="Die Hebamme ging.", result_en="")
    make_synonym("Hebamme", "midwife")
    found, html = snippets(client, "/en/practice-examples/", q="midwife", sort="title")
    assert found == ["The midwife came.", "Die Hebamme ging."]
    assert '<span lang="de">Die <mark class="hit">Hebamme</mark> ging.</span>' in html


def test_steps_take_one_query_for_all_cards(client):
    for i in range(15):
        make_recommendation(title_de=f"Titel {i}", steps=["Anfangen.", "Eine Hebamme suchen.", "Die Hebamme fragen."])
    client.get("/empfehlungen/?q=hebamme")
    found, _html = snippets(client, "/empfehlungen/", q="hebamme")
    assert found == ["Eine Hebamme suchen."] * 15
    taken = []
    for q in ("titel", "hebamme"):
        with CaptureQueriesContext(connection) as queries:
            client.get("/empfehlungen/", {"q": q})
        taken.append(len(queries))
    assert taken[1] == taken[0] + 1


def test_a_long_sentence_is_cut_around_the_word():
    before, after = "davor steht sehr viel " * 20, " und danach noch mehr" * 20
    found = excerpt(text_in("de", f"Ein Satz. {before}die Hebamme{after}."), {"hebamme"})
    assert found.startswith("… ")
    assert found.endswith(" …")
    assert "Hebamme" in found
    assert len(found) <= LONGEST + 4
    assert found.lang == "de"
    assert excerpt(text_in("de", "Zeile\n- die Hebamme\nZeile"), {"hebamme"}) == "die Hebamme"
    assert excerpt(text_in("de", "x" * 500 + "-Hebamme"), {"hebamme"}).endswith("Hebamme")
    assert excerpt(text_in("de", "Nichts."), {"hebamme"}) is None


def help_offered(client, address, **parameters):
    """Links of the box of an empty list: {text: address}."""
    page = client.get(address, parameters)
    assert page.context["page_obj"].paginator.count == 0
    box = re.search(
        r'<div class="kern-alert kern-alert--info">.*?</ul>\s*</div>|<div class="kern-alert__body">.*', body(page), re.S
    )[0]
    return {
        text: href.replace("&amp;", "&") for href, text in re.findall(r'<a [^>]*href="([^"]*)"[^>]*>(.*?)</a>', box)
    }


def test_a_word_that_can_not_be_corrected_unasked_is_offered_with_what_it_finds(flats, client):
    make_recommendation(title_de="Asyl", slug="asyl", effort="low")
    links = help_offered(client, "/empfehlungen/", q="Asil", effort="low")
    assert links["Asyl (1)"] == "?effort=low&q=Asyl"
    assert client.get("/empfehlungen/" + links["Asyl (1)"]).context["page_obj"].paginator.count == 1
    assert "Asyl (1)" not in help_offered(client, "/empfehlungen/", q="Asil", effort="high")


def test_the_known_part_of_a_compound_is_offered(flats, client):
    assert "Wohnung (2)" in help_offered(client, "/empfehlungen/", q="Wohnungsgeberbescheinigung")


def test_the_nearest_challenges_are_shown(flats, client):
    make_challenge("gesundheit", title_de="Gesundheit", summary_de="Ärzte und Hebammen.")
    make_challenge("entwurf", title_de="Hebammen gesucht", **DRAFT)
    for address in ("/empfehlungen/", "/praxisbeispiele/"):
        links = help_offered(client, address, q="Hebamme Trompete")
        assert links["Gesundheit"] == "/herausforderungen/gesundheit/"
        assert "Hebammen gesucht" not in links
        assert "Gesundheit" in help_offered(client, address, q="Hebammenkreißsaal")  # the known part of it
    assert client.get("/empfehlungen/?q=Xylophon").context["nearest"] == []
    assert client.get("/empfehlungen/?q=Wohnung").context["nearest"] == []


def test_the_editors_can_be_asked_with_the_words(flats, client):
    links = help_offered(client, "/empfehlungen/", q="Xylophon")
    (address,) = (href for text, href in links.items() if "Redaktion" in text)
    assert address == "/hinweis/?from=%2Fempfehlungen%2F%3Fq%3DXylophon"


def test_the_glossary_explains_what_no_entry_is_about(flats, client):
    touch("glossary", make_term("trauma", term_de="Trauma").pk)
    touch("glossary", make_term("duldung", term_de="Duldung").pk)
    assert help_offered(client, "/empfehlungen/", q="Trauma")["Trauma"] == "/glossar/#trauma"
    for q in ("Xylophon", "Duldnug", "Trauma Xylophon"):  # a word of it, or one that had to be corrected, is too little
        assert client.get("/empfehlungen/", {"q": q}).context["explained"] == []
    assert client.get("/empfehlungen/?q=Wohnung").context["explained"] == []


def test_the_nearest_challenge_is_not_one_that_only_sounds_like_the_words(flats, client):
    make_challenge("wohnen", title_de="Wohnraum", summary_de="Wer Raum sucht.")
    make_recommendation(title_de="Raum", slug="raum")
    page = client.get("/empfehlungen/?q=Trauma")
    assert (page.context["nearest"], page.context["filter"].alternatives) == ([], [])


@pytest.fixture
def radolfzell():
    place = {"kind": "town", "register_on": date(2024, 1, 1)}
    make_municipality("08335063", name="Radolfzell am Bodensee", official_name="Radolfzell am Bodensee, Stadt", **place)
    make_municipality("08437100", name="Bad Saulgau", official_name="Bad Saulgau, Stadt", **place)
    make_municipality("08437008", name="Bad Buchau", official_name="Bad Buchau, Stadt", **place)
    make_municipality("09471159", name="Hallstadt", official_name="Hallstadt, Stadt", **place)


def offered(client, address, **parameters):
    page = client.get(address, parameters)
    return [(one.municipality.key, one.near_url) for one in page.context["named"]], body(page)


@pytest.mark.parametrize(
    ("address", "list_url"),
    [
        ("/empfehlungen/", ""),
        ("/praxisbeispiele/", "/praxisbeispiele/"),
        ("/karte/", "/praxisbeispiele/"),
        ("/en/map/", "/en/practice-examples/"),
    ],
)
def test_a_municipality_that_no_entry_is_from_is_offered(flats, radolfzell, client, address, list_url):
    named, html = offered(client, address, q="Radolfzell")
    assert named == [("08335063", f"{list_url}?near=08335063")]
    assert "kommunen/08335063/" in html or "municipalities/08335063/" in html
    assert "Prüfen Sie die Schreibweise" not in html
    assert "Check the spelling" not in html
    assert client.get((list_url or address) + "?near=08335063").status_code == 200


def test_a_municipality_beside_other_words_keeps_them(flats, radolfzell, client):
    named, _html = offered(client, "/empfehlungen/", q="Wohnung Radolfzell", effort="low")
    assert named == [("08335063", "?effort=low&near=08335063&q=Wohnung")]
    named, _html = offered(client, "/empfehlungen/", q="Radolfzell", sort="title")
    assert named == [("08335063", "?near=08335063")]  # another order than that of likeness was not what is offered


def test_a_name_of_several_words_is_one_name(flats, radolfzell, client):
    named, _html = offered(client, "/empfehlungen/", q="Wohnung Bad Saulgau")
    assert named == [("08437100", "?near=08437100&q=Wohnung")]


@pytest.mark.parametrize("q", ["Radolf", "Hall", "Radolfzel", "Xylophon", "Wohnung", "am", ""])
def test_what_names_no_municipality_exactly_offers_none(flats, radolfzell, client, q):
    assert offered(client, "/empfehlungen/", q=q)[0] == []
