"""The page about the data and the code book."""

import html
import re
from datetime import UTC, datetime
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal import exports
from portal.site.data import bars
from portal.site.tables import ALL_TABLES, TABLES
from tests.factories import make_challenge, make_example, make_municipality, make_recommendation, make_source
from tests.site.world import body, visit

pytestmark = pytest.mark.django_db


def shown(bars):
    return [(bar.label, bar.count, bar.url) for bar in bars]


def test_the_page_counts_what_lists_count_and_leads_there(client):
    make_challenge("wohnraum", title_de="Wohnraum")
    make_challenge("sprache", title_de="Sprache")
    make_recommendation("wohnraum", "sprache", sources=[make_source("a", year=2020)])
    make_recommendation("wohnraum", sources=[make_source("b", year=2023)])
    make_recommendation("wohnraum")
    make_recommendation("sprache", status="draft")
    make_example("wohnraum", municipality=make_municipality("05962004", name="Altena", state="05"))
    context = client.get("/daten/").context
    assert shown(context["by_challenge"]) == [
        ("Sprache", 1, "/empfehlungen/?challenge=sprache"),
        ("Wohnraum", 3, "/empfehlungen/?challenge=wohnraum"),
    ]
    assert shown(context["by_state"]) == [("Nordrhein-Westfalen", 1, "/praxisbeispiele/?state=05")]
    assert shown(context["by_year"]) == [("2023", 1, ""), ("2020", 1, ""), ("ohne Jahresangabe", 1, "")]
    for bar in (*context["by_challenge"], *context["by_state"]):
        assert client.get(bar.url).context["page_obj"].paginator.count == bar.count


def test_a_bar_is_as_long_as_its_share_of_the_longest():
    assert [bar.percent for bar in bars([("a", 4, ""), ("b", 1, ""), ("c", 0, "")])] == [100, 25]
    assert bars([]) == []


@pytest.mark.parametrize("address", ["/daten/", "/en/data/", "/daten/codebuch/", "/en/data/code-book/"])
def test_an_empty_portal_has_its_pages_about_data(client, address):
    assert client.get(address).status_code == 200


@pytest.mark.parametrize("lang", ["de", "en"])
def test_every_table_can_be_downloaded_from_the_page(client, lang):
    make_recommendation("wohnraum")
    text = body(client.get({"de": "/daten/", "en": "/en/data/"}[lang]))
    for name in ALL_TABLES:
        for extension in ("csv", "xlsx", "json", "jsonl"):
            address = f"/daten/{name}.{extension}" + ("?lang=en" if lang == "en" else "")
            assert f'href="{address}"' in text
            assert visit(client, address)[0].status_code == 200


def test_what_the_page_promises_at_its_top_is_there(client):
    for address in ("/daten/", "/en/data/", "/daten/codebuch/"):
        text = body(client.get(address))
        navigation = re.search(r'<nav aria-label="(?:Auf dieser Seite|On this page)">(.*?)</nav>', text, re.DOTALL)[1]
        targets = re.findall(r'href="#([^"]+)"', navigation)
        assert len(targets) > 5
        headings = re.findall(r'<h2[^>]* id="([^"]+)"', text)
        assert targets == headings


@pytest.mark.parametrize("address", ["/daten/", "/daten/codebuch/"])
def test_both_pages_say_how_a_csv_is_written_and_that_keys_are_texts(client, address):
    text = body(client.get(address))
    assert "Semikolon" in text
    assert "<code>dialect=comma</code>" in text
    assert "Schlüssel wie <code>05962004</code> sind Texte" in text


def test_all_municipalities_of_the_register_are_a_link_and_no_parameter(client):
    text = body(client.get("/en/data/"))
    assert 'href="/daten/municipalities.csv?all=1&amp;lang=en"' in text
    assert "all=1" not in str(TABLES["municipalities"].description)
    assert text.count("?all=1") == len(exports.RENDERINGS)


def test_the_page_says_since_when_there_are_data_and_when_they_changed_last(client):
    assert "Die ersten Daten" not in body(client.get("/daten/"))
    make_recommendation(published_at=datetime(2025, 3, 1, 12, tzinfo=UTC))
    make_example(published_at=datetime(2026, 2, 1, 12, tzinfo=UTC))
    make_example(published_at=datetime(2026, 4, 1, 12, tzinfo=UTC), status="draft")
    assert "Die ersten Daten sind vom 1. März 2025, die letzte Änderung ist vom 1. Februar 2026." in body(
        client.get("/daten/")
    )


def test_the_package_is_called_by_portal_and_day(client):
    make_recommendation()
    response, _text = visit(client, "/daten/paket.zip")
    name = f"wissensportal-paket-{timezone.localdate():%Y-%m-%d}.zip"
    assert response.headers["Content-Disposition"] == f'attachment; filename="{name}"'


def test_a_chart_has_a_heading_for_what_it_counts(client):
    make_recommendation("wohnraum")
    assert ">Anzahl</th>" in body(client.get("/daten/"))
    assert ">Count</th>" in body(client.get("/en/data/"))


class Answer(BytesIO):
    headers: dict[str, str] = {}


def served(client):
    """What pandas fetches an address with."""
    return lambda request, **_options: Answer(body(client.get(request.full_url)).encode())


def test_the_example_in_python_runs_and_keeps_keys(client, monkeypatch, capsys):
    make_recommendation("wohnraum", "sprache")
    make_recommendation("wohnraum")
    make_example("wohnraum", municipality=make_municipality("05962004", name="Altena", state="05"))
    example = html.unescape(re.search(r'<code id="python">(.*?)</code>', body(client.get("/daten/")), re.DOTALL)[1])
    monkeypatch.setattr("urllib.request.urlopen", served(client))
    exec(example, {})
    assert re.findall(r"(\w+) +(\d)", capsys.readouterr().out) == [("wohnraum", "2"), ("sprache", "1")]
    found = {}
    exec(example.replace("recommendations", "practice-examples"), found)
    assert list(found["rows"]["municipality_key"]) == ["05962004"]
    assert list(found["rows"]["state"]) == ["05"]


def test_the_code_book_reads_each_table_once(client):
    for n in range(3):
        make_recommendation(f"feld-{n}", steps=["a"], sources=[make_source(f"s-{n}")], examples=[make_example()])
    client.get("/daten/codebuch/")  # the indexes are warm
    with CaptureQueriesContext(
        connection,
    ) as few:
        client.get("/daten/codebuch/")
    for n in range(3, 6):
        make_recommendation(f"feld-{n}", steps=["a"], sources=[make_source(f"s-{n}")], examples=[make_example()])
    client.get("/daten/codebuch/")
    with CaptureQueriesContext(connection) as more:
        client.get("/daten/codebuch/")
    assert len(few) == len(more) <= 30


def test_the_code_book_explains_every_column_of_every_table(client):
    make_recommendation("wohnraum", number="E801", horizon="long")
    text = body(client.get("/daten/codebuch/"))
    for table in ALL_TABLES.values():
        for name in table.header:
            assert f'id="{table.name}.{name}"' in text
    assert ">E801<" in text  # an example
    targets = set(re.findall(r'href="#([^"]+)"', text))
    assert targets <= set(re.findall(r'id="([^"]+)"', text))
    assert {"vocabulary-horizon", "challenges.slug", *TABLES} <= targets


def test_hidden_records_are_no_examples_in_the_code_book(client):
    make_recommendation("wohnraum", title_de="Öffentlich")
    before = client.get("/daten/codebuch/").content
    make_recommendation("wohnraum", title_de="Verborgen", law_note_de="Verborgenes", status="draft")
    assert client.get("/daten/codebuch/").content == before
