"""The page about the data and the code book."""

import re

import pytest

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
