"""Suggestions while typing: words, records and municipalities that a reader may see, as JSON."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import DRAFT, HIDDEN, make_example, make_municipality, make_recommendation, make_synonym

pytestmark = pytest.mark.django_db


@pytest.fixture
def content():
    make_synonym("Hebamme", "Geburtshilfe")
    place = make_municipality("05962004", name="Altena", official_name="Altena, Stadt")
    make_recommendation(
        slug="bauen", title_de="Wohnungen bauen", title_en="Build flats", summary_de="Die Wohnung zählt."
    )
    make_recommendation(slug="raum", title_de="Mehr Wohnraum", title_en="More wombats", summary_de="Eine Wohnung.")
    make_recommendation(slug="strasse", title_de="Straßen und Wohnungs-Märkte", title_en="Streets")
    make_example(slug="lotsen", title_de="Wohnlotsen in Altena", title_en="Guides", municipality=place)
    for status in HIDDEN.values():
        make_recommendation(title_de="Wohngeheim", title_en="Womsecret", **status)
    make_example(title_de="Wohngeheim", municipality=make_municipality(name="Wohngeheim"), **DRAFT)


def suggested(client, q, address="/vorschlaege/", **parameters):
    response = client.get(address, {"q": q, **parameters})
    assert response.status_code == 200
    return response.json()["suggestions"]


def texts(suggestions, kind):
    return [each["text"] for each in suggestions if each["kind"] == kind]


def test_words_are_completed_and_say_how_many_records_they_find(content, client):
    found = [each for each in suggested(client, "Woh") if each["kind"] == "terms"]
    assert [(each["text"], each["note"]) for each in found] == [
        ("Wohnraum", "1 Eintrag"), ("Wohnungen", "3 Einträge"), ("Wohnungs-Märkte", "1 Eintrag"),
    ]  # fmt: skip
    for each in found:
        count = client.get(each["url"]).context["page_obj"].paginator.count
        assert each["note"].split()[0] == str(count)


def test_what_stands_before_the_last_word_is_kept(content, client):
    (found,) = [each for each in suggested(client, "Mehr wohnr") if each["kind"] == "terms"]
    assert (found["text"], found["url"]) == ("Mehr Wohnraum", "/empfehlungen/?q=Mehr+Wohnraum")
    assert texts(suggested(client, "xyz woh"), "terms") == []
    assert suggested(client, "Wohnung ") == []


def test_records_lead_to_their_page_those_that_begin_so_first(content, client):
    found = [each for each in suggested(client, "Wohnu") if each["kind"] == "records"]
    assert [(each["text"], each["url"], each["note"]) for each in found] == [
        ("Wohnungen bauen", "/empfehlungen/bauen/", "Handlungsempfehlung"),
        ("Straßen und Wohnungs-Märkte", "/empfehlungen/strasse/", "Handlungsempfehlung"),
    ]
    assert texts(suggested(client, "stras"), "records") == ["Straßen und Wohnungs-Märkte"]
    assert texts(suggested(client, "bauen woh"), "records") == ["Wohnungen bauen"]


def test_municipalities_lead_to_their_page(content, client):
    (found,) = suggested(client, "alt", kind="municipalities")
    assert found["text"].startswith("Altena (")
    assert (found["url"], found["note"]) == ("/kommunen/05962004/", "Kommune")
    assert texts(suggested(client, "alt"), "municipalities") == [found["text"]]
    assert [each["kind"] for each in suggested(client, "alt", table="municipalities")] == ["municipalities"]
    assert client.get(found["url"]).status_code == 200


def test_each_list_has_its_own_words_and_each_language_its_own(content, client):
    assert "Wohnlotsen" in texts(suggested(client, "wohn", table="practice-examples"), "terms")
    assert "Wohnlotsen" not in texts(suggested(client, "wohn"), "terms")
    assert texts(suggested(client, "wom"), "terms") == []
    english = suggested(client, "wom", "/en/suggestions/")
    assert texts(english, "terms") == ["wombats"]
    assert english[1]["url"] == "/en/recommendations/raum/"


def test_hidden_records_are_never_suggested(content, client):
    for address in ("/vorschlaege/", "/en/suggestions/"):
        for table in ("recommendations", "practice-examples", "municipalities"):
            for kind in ("", "terms", "records", "municipalities"):
                for q in ("wohng", "womse", "wohngeheim", "geheim"):
                    assert suggested(client, q, address, table=table, kind=kind) == []


@pytest.mark.parametrize(
    "q", ["", "w", " ", "-", "%", '"', "a" * 5000, "w\u0308", "🏠", "Wohnung" * 40, "١٢", "und", "\ufeff"]
)
def test_odd_input_is_answered(content, client, q):
    assert len(suggested(client, q)) <= 10


@pytest.mark.parametrize("query", ["kind=x", "table=sources", "table=x", "q=%00"])
def test_an_unknown_kind_or_table_is_a_bad_request(client, query):
    assert client.get(f"/vorschlaege/?q=woh&{query}").status_code == 400


def test_there_are_at_most_ten_and_they_are_public_but_asked_for_again(client):
    for n, letter in enumerate("abcdefghijklmnop"):
        make_recommendation(title_de=f"Wohn{letter}{letter}x eins")
        make_example(municipality=make_municipality(f"059620{n:02}", name=f"Wohn{letter}stadt"))
    response = client.get("/vorschlaege/?q=wohn")
    assert len(response.json()["suggestions"]) == 10
    assert response.json()["status"] == "10 Vorschläge"
    assert len(suggested(client, "wohn", kind="municipalities")) == 10
    assert response.headers["Cache-Control"] == "public, no-cache"
    assert response.headers["Content-Type"] == "application/json"
    assert client.post("/vorschlaege/", {"q": "woh"}).status_code == 405


def test_a_suggestion_takes_few_queries(content, client):
    suggested(client, "wohn")
    with CaptureQueriesContext(connection) as queries:
        suggested(client, "wohn")
    assert len(queries) <= 5


def test_the_words_of_synonyms_complete_with_the_editors_spelling(content, client):
    make_recommendation(title_de="Geburtshilfe")
    (found,) = [each for each in suggested(client, "heb") if each["kind"] == "terms"]
    assert found["text"] == "Hebamme"
