"""Pages of municipalities: what the register says, what we have from there, and where a former one leads."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from municipalities.models import Municipality
from portal.entries import touch
from tests.factories import DRAFT, make_example, make_municipality
from tests.site.world import body, linked_data

pytestmark = pytest.mark.django_db
TODAY = {"register_on": date(2025, 8, 31)}
ENDED = TODAY | {"valid_to": date(2026, 6, 30)}


def names(client, query):
    return [place.name for place in client.get(f"/kommunen/{query}").context["page_obj"].object_list]


@pytest.fixture
def places():
    altena = make_municipality("05962004", name="Altena", postcode_of_seat="58762", **TODAY)
    make_example(municipality=altena)
    make_municipality("03352032", name="Neuenkirchen", district="Cuxhaven", postcode_of_seat="21763", **TODAY)
    make_municipality("12061316", name="Lübben (Spreewald) / Lubin (Błota)", postcode_of_seat="15907", **TODAY)
    make_municipality("12061999", name="Versunken", **ENDED)
    make_municipality("12061998", name="Eigenes")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["Altena"]),
        ("?q=neuenkirchen", []),
        ("?all=1", ["Altena", "Lübben (Spreewald) / Lubin (Błota)", "Neuenkirchen"]),
        ("?all=1&q=neuenkirchen", ["Neuenkirchen"]),
        ("?all=1&q=luebben", ["Lübben (Spreewald) / Lubin (Błota)"]),
        ("?all=1&q=lubin", ["Lübben (Spreewald) / Lubin (Błota)"]),
        ("?all=1&q=21763", ["Neuenkirchen"]),
        ("?all=1&state=05", ["Altena"]),
        ("?all=0", ["Altena"]),
        ("?all=ja", ["Altena"]),
        ("?all=1&q=versunken", []),
        ("?all=1&q=eigenes", []),
    ],
)
def test_a_list_shows_those_with_examples_and_all_of_the_register_on_request(places, client, query, expected):
    assert names(client, query) == expected


def test_links_of_the_list_stay_among_all_or_lead_there(places, client):
    for n in range(40):
        make_municipality(f"120610{n:02}", name=f"Ort {n}", **TODAY)
    page = client.get("/kommunen/?all=1&state=12")
    assert page.context["page_obj"].next_url == "?state=12&all=1&page=2"
    assert page.context["filter"].switch_url == "?state=12"
    assert [chip.url for chip in page.context["filter"].chips] == ["?all=1"]
    assert 'name="all" value="1"' in body(page)
    assert [each["url"] for each in page.context["downloads"]][0] == "/daten/municipalities.csv?state=12&all=1"
    assert len(body(client.get("/daten/municipalities.csv?state=12&all=1")).splitlines()) == 42
    assert len(body(client.get("/daten/municipalities.csv")).splitlines()) == 2
    page = client.get("/kommunen/?q=ort")
    assert 'href="?q=ort&amp;all=1"' in body(page)
    assert 'name="all"' not in body(page)


def test_who_finds_nothing_among_those_with_examples_learns_what_the_register_has(places, client):
    text = body(client.get("/kommunen/?q=neuenkirchen"))
    assert (
        'Im Verzeichnis aller Kommunen steht dazu: <a class="kern-link" href="?q=neuenkirchen&amp;all=1">1 Kommune<'
        in text
    )
    assert "Prüfen Sie die Schreibweise" not in text
    for query in ("?q=xyzxyz", "?q=neuenkirchen&state=05", "?q=altena", "?q=xyzxyz&all=1", "?state=12"):
        assert "steht dazu" not in body(client.get(f"/kommunen/{query}")), query
    assert "Prüfen Sie die Schreibweise" in body(client.get("/kommunen/?q=xyzxyz"))


def test_a_name_stands_with_its_district_and_state(places, client):
    for address in ("/kommunen/?all=1", "/kommunen/03352032/"):
        assert "Cuxhaven, Niedersachsen" in body(client.get(address))


def test_other_lists_do_not_offer_the_whole_register(places, client):
    page = client.get("/praxisbeispiele/?municipality=05962004")
    facets = {facet.name: facet for facet in page.context["filter"].facets}
    assert [value for value, _label in facets["municipality"].field.choices] == ["05962004"]
    assert client.get("/").context["counts"]["municipalities"] == 1


def test_every_municipality_of_the_register_has_a_page_with_its_facts_and_their_date(places, client):
    Municipality.objects.filter(key="03352032").update(
        population_on=date(2024, 12, 31), population_day_deduced=True, bbsr_code="70", bbsr_year=2022
    )
    text = body(client.get("/kommunen/03352032/"))
    for said in ("Gebietsstand 31. August 2025", "31. Dezember 2024; Stichtag von uns erschlossen", "10.000", "aus der Bev",
                 "Schlüssel 70 (2022, importiert)", "21763", "noch kein Praxisbeispiel"):  # fmt: skip
        assert said in text, said
    assert 'href="/hinweis/?from=%2Fkommunen%2F03352032%2F&amp;municipality=03352032"' in text


def test_a_municipality_that_has_ended_keeps_its_page_if_it_has_an_example(places, client):
    ended, altena = Municipality.objects.get(key="12061999"), Municipality.objects.get(key="05962004")
    answer = client.get("/kommunen/12061999/")
    assert answer.status_code == 410
    assert "30. Juni 2026" in body(answer)
    Municipality.objects.filter(pk=ended.pk).update(successor=altena)
    assert client.get("/kommunen/12061999/").url == "/kommunen/05962004/"
    make_example(municipality=ended, **DRAFT)
    assert client.get("/kommunen/12061999/").status_code == 301
    make_example(municipality=ended)
    page = client.get("/kommunen/12061999/")
    assert page.status_code == 200
    assert 'href="/kommunen/05962004/"' in body(page)
    assert names(client, "?q=versunken") == ["Versunken"]


def test_one_that_has_ended_and_led_to_no_other_leads_on(client):
    ended = make_municipality("12061999", name="Versunken", district="Dahme-Spreewald", **ENDED)
    onward = ('href="/kommune-waehlen/"', 'href="/kommunen/12061/">Landkreis Dahme-Spreewald')
    assert onward[0] in body(client.get("/kommunen/12061999/"))
    assert "/kommunen/12061/" not in body(client.get("/kommunen/12061999/"))
    make_municipality("12061", kind="district", name="Dahme-Spreewald", register_kind="Landkreis", **TODAY)
    answer = client.get("/kommunen/12061999/")
    assert answer.status_code == 410
    assert all(link in body(answer) for link in onward)
    make_example(municipality=ended, slug="p", title_de="Fähre")
    page = client.get("/kommunen/12061999/")
    assert page.status_code == 200
    assert all(link in body(page) for link in onward)
    Municipality.objects.filter(pk=ended.pk).update(successor=make_municipality("12061316", name="Lübben", **TODAY))
    assert onward[1] not in body(client.get("/kommunen/12061999/"))
    for address in ("/kommunen/12061999/", "/praxisbeispiele/", "/praxisbeispiele/p/"):
        assert "bestand bis 30. Juni 2026" in body(client.get(address)), address


def test_a_card_of_a_municipality_of_today_says_nothing_of_an_end(places, client):
    assert "bestand bis" not in body(client.get("/praxisbeispiele/"))


def test_a_district_and_an_association_name_their_municipalities(client):
    make_municipality("12061", kind="district", name="Dahme-Spreewald", municipality_count=2, **TODAY)
    make_municipality("120610051", kind="association", name="Amt See", ars="120610051", municipality_count=1, **TODAY)
    make_municipality("12061001", name="Luckau", ars="120610001001", **TODAY)
    make_municipality("12061002", name="Seedorf", ars="120610051002", **TODAY)
    make_municipality("12061003", name="Versunken", ars="120610051003", **ENDED)
    make_municipality("12062001", name="Anderswo", ars="120620001001", **TODAY)
    for key, expected in (("12061", ["Luckau", "Seedorf"]), ("120610051", ["Seedorf"]), ("12061001", [])):
        page = client.get(f"/kommunen/{key}/")
        assert [each.name for each in page.context["members"]] == expected
        for each in page.context["members"]:
            assert f'href="{each.get_absolute_url()}">{each.name}' in body(page)


@pytest.mark.parametrize(
    ("facts", "german", "english"),
    [
        ({"key": "05962004", "register_kind": "Stadt"}, "Stadt", "Town or municipality in a district"),
        ({"key": "05962004", "register_kind": "kreisangehörige Gemeinde"}, "Kreisangehörige Gemeinde", "Town or"),
        ({"key": "05962004"}, "Stadt oder Gemeinde", "Town or municipality in a district"),
        (
            {"key": "02000000", "kind": "city", "register_kind": "Kreisfreie Stadt"},
            "Kreisfreie Stadt",
            "Independent city",
        ),
        ({"key": "05962", "kind": "district", "register_kind": "Kreis"}, "Kreis", "District"),
    ],
)
def test_the_page_begins_with_what_it_is_in_the_register_s_own_word(client, facts, german, english):
    make_municipality(**facts, **TODAY)
    for prefix, said in (("/kommunen/", german), ("/en/municipalities/", english)):
        assert f'<p class="kern-preline">{said}' in body(client.get(f"{prefix}{facts['key']}/"))


def test_successors_in_a_circle_lead_nowhere(client):
    one, two = (make_municipality(f"1206199{n}", **ENDED) for n in range(2))
    for record, successor in ((one, two), (two, one)):
        Municipality.objects.filter(pk=record.pk).update(successor=successor)
    assert client.get("/kommunen/12061990/").status_code == 410


@pytest.mark.parametrize(
    ("key", "kind", "uri"),
    [
        ("05962004", "town", "municipalityKey/05962004"),
        ("05962", "district", "districtKey/05962"),
        ("055620001", "association", "municipalAssociationKey/055620001"),
    ],
)
def test_machines_learn_which_place_it_is(client, key, kind, uri):
    make_municipality(key, kind=kind, name="</script><b>", lat=51.3, lon=7.7, **TODAY)
    text = body(client.get(f"/kommunen/{key}/"))
    place = linked_data(text)["AdministrativeArea"]
    assert place["sameAs"] == [f"http://dcat-ap.de/def/politicalGeocoding/{uri}"]
    assert place["containedInPlace"]["sameAs"][1] == "http://data.europa.eu/nuts/code/DEA"
    assert place["geo"]["latitude"] == 51.3
    assert "</script><b>" in place["name"]
    assert "<b>" not in text


def test_a_list_of_thousands_takes_the_same_few_queries(client):
    def queries(address):
        client.get(address)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        return len(captured)

    make_example(municipality=make_municipality("05962004", name="Altena", **TODAY))
    make_municipality("13000001", name="Ort", **TODAY)
    addresses = ("/kommunen/", "/kommunen/?all=1", "/kommunen/?all=1&q=ort&state=13", "/kommunen/05962004/")
    few = [queries(address) for address in addresses]
    Municipality.objects.bulk_create(
        Municipality(key=f"12{n:06}", official_name=f"Ort {n}", name=f"Ort {n}", kind="town", state="12", **TODAY)
        for n in range(3000)
    )
    touch("municipalities")
    assert [queries(address) for address in addresses] == few
    assert max(few) <= 8
