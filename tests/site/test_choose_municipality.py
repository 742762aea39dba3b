"""Choosing one's municipality: suggestions from the whole register, and a page that works without JavaScript."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import DRAFT, make_example, make_municipality
from tests.site.world import body

pytestmark = pytest.mark.django_db
TODAY = {"register_on": date(2025, 8, 31)}


@pytest.fixture
def register():
    make_municipality("05962004", name="Altena", district="Märkischer Kreis", **TODAY)
    make_municipality("09174147", name="Berg", district="Starnberg", population=900, **TODAY)
    for n in range(40):
        make_municipality(
            f"051200{n:02}", name=f"Berg{chr(97 + n % 26)}{chr(97 + n // 26)}stadt", population=50_000 + n, **TODAY
        )
    make_municipality("05962997", name="Bergversunken", **TODAY, valid_to=date(2026, 6, 30))
    make_example(municipality=make_municipality("05962998", name="Berggeheim"), **DRAFT)


def suggested(client, q, address="/vorschlaege/"):
    response = client.get(address, {"q": q, "kind": "municipalities", "all": "1"})
    assert response.status_code == 200
    return response.json()["suggestions"]


def test_every_municipality_of_the_register_is_offered_with_district_and_state(register, client):
    (found,) = suggested(client, "alte")
    assert found == {"kind": "near", "text": "Altena", "note": "Märkischer Kreis, Nordrhein-Westfalen", "near": "05962004",
                     "url": "/kommunen/05962004/"}  # fmt: skip
    assert suggested(client, "alte", "/en/suggestions/")[0]["note"] == "Märkischer Kreis, North Rhine-Westphalia"


def test_a_village_is_found_among_many_towns_that_begin_with_its_name(register, client):
    found = suggested(client, "berg")
    assert found[0]["text"] == "Berg"
    assert len(found) == 10
    assert found[1]["near"] == "05120039"  # of the others, the large ones


@pytest.mark.parametrize("q", ["bergver", "bergversunken", "05962997", "berggeh", "berggeheim", "05962998"])
def test_what_has_ended_or_is_hidden_is_not_offered(register, client, q):
    assert {"Bergversunken", "Berggeheim"}.isdisjoint(each["text"] for each in suggested(client, q))


@pytest.mark.parametrize("q", ["x", "", "  ", "altena berg", "xyzxyz"])
def test_where_nothing_fits_nothing_is_offered(register, client, q):
    assert suggested(client, q) == []


@pytest.mark.parametrize(
    "q",
    ["frankfurt od", "frankfurt oder", "Frankfurt an der Oder", "12053000", "15230", "Frankfurd", "Stadt Frankfurt"],
)
def test_ones_own_is_offered_however_one_writes_it(register, client, q):
    make_municipality("06412000", name="Fulda", official_name="Fulda, Stadt", postcode_of_seat="36037", **TODAY)
    make_municipality(
        "12053000", name="Frankfurt (Oder)", official_name="Frankfurt (Oder), Stadt", postcode_of_seat="15230", **TODAY
    )
    assert [each["text"] for each in suggested(client, q)] == ["Frankfurt (Oder)"]


@pytest.mark.parametrize("q", ["Landkreis Dahme-Spreewald", "Kreis Dahme-Spreewald"])
def test_a_district_is_offered_by_what_it_calls_itself(register, client, q):
    make_municipality("12061", kind="district", name="Dahme-Spreewald", register_kind="Landkreis", **TODAY)
    make_municipality("12064", kind="district", name="Märkisch-Oderland", register_kind="Landkreis", **TODAY)
    assert [each["near"] for each in suggested(client, q)] == ["12061"]


@pytest.fixture
def spreewald():
    """Places whose names, districts and states overlap."""
    rows = {
        "12061": ("district", "Dahme-Spreewald", "Landkreis", "", 180_000),
        "12067": ("district", "Oder-Spree", "Landkreis", "", 179_000),
        "12061316": ("town", "Lübben (Spreewald) / Lubin (Błota)", "Stadt", "Dahme-Spreewald", 14_000),
        "12061320": ("town", "Luckau", "Stadt", "Dahme-Spreewald", 9_600),
        "03354014": ("town", "Luckau (Wendland)", "kreisangehörige Gemeinde", "Lüchow-Dannenberg", 600),
        "12064172": ("town", "Golzow", "kreisangehörige Gemeinde", "Märkisch-Oderland", 816),
        "120645406": ("association", "Golzow", "Amt", "Märkisch-Oderland", 5_300),
        "12067120": ("town", "Fürstenwalde/Spree", "Stadt", "Oder-Spree", 33_000),
        "12053000": ("city", "Frankfurt (Oder)", "Kreisfreie Stadt", "", 57_000),
        "10043117": ("town", "St. Ingbert", "Stadt", "Saarpfalz-Kreis", 35_000),
    }
    for key, (kind, name, register_kind, district, population) in rows.items():
        make_municipality(
            key, kind=kind, name=name, register_kind=register_kind, district=district, population=population, **TODAY
        )


@pytest.mark.parametrize(
    ("q", "keys"),
    [
        ("Luckau", ["12061320", "03354014"]),
        ("Luckau D", ["12061320", "03354014"]),  # Dahme-Spreewald, Lüchow-Dannenberg
        ("Luckau Da", ["12061320", "03354014"]),
        ("Luckau Dah", ["12061320"]),
        ("luckau brand", ["12061320"]),
        ("Luckau Niedersachsen", ["03354014"]),
        ("Luckau (Dahme-Spreewald, Brandenburg)", ["12061320"]),
        ("Stadt Luckau", ["12061320", "03354014"]),
        ("Gemeinde Luckau", ["03354014"]),
        ("LK Oder-Spree", ["12067", "12067120"]),
        ("Lkr. Oder", ["12067", "12053000"]),
        ("Landkreis Oder-Spree", ["12067"]),
        ("Kreis Oder-Spree", ["12067", "12067120"]),
        ("Oder-Spree", ["12067", "12067120"]),
        ("Golzow", ["120645406", "12064172"]),
        ("Amt Golzow", ["120645406"]),
        ("Golzow Gemeinde", ["12064172"]),
        ("Blota", ["12061316"]),
        ("luebben", ["12061316"]),
        ("Lübben Lubin", ["12061316"]),
        ("Frankfurt a. d. Oder", ["12053000"]),
        ("Sankt Ingbert", ["10043117"]),
        ("st ingb", ["10043117"]),
        ("12061320", ["12061320"]),
        ("Golzow Mitte", []),
        ("LK", []),
        ("der", []),
        ("!?", []),
    ],
)
def test_words_may_be_begun_and_those_of_a_kind_exclude_nothing(spreewald, client, q, keys):
    assert [each["near"] for each in suggested(client, q)] == keys


@pytest.fixture
def cities():
    rows = {
        "02000000": ("city", "Hamburg", "Kreisfreie Stadt", "", 1_800_000),
        "05124000": ("city", "Wuppertal", "Kreisfreie Stadt", "", 350_000),
        "05962004": ("town", "Altena", "Stadt", "Märkischer Kreis", 16_000),
        "09761000": ("city", "Augsburg", "Kreisfreie Stadt", "", 300_000),
        "05382056": ("town", "Sankt Augustin", "Stadt", "Rhein-Sieg-Kreis", 56_000),
        "07138069": ("town", "Sankt Katharinen", "kreisangehörige Gemeinde", "Neuwied", 3_700),
        "12061400": ("town", "Kathstein", "Stadt", "Dahme-Spreewald", 20_000),
    }
    for key, (kind, name, register_kind, district, population) in rows.items():
        make_municipality(
            key, kind=kind, name=name, register_kind=register_kind, district=district,
            official_name=name if "Gemeinde" in register_kind else f"{name}, Stadt",
            population=population, postcode_of_seat=f"{key[:5]}", **TODAY,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("q", "first"),
    [
        ("st. aug", "Sankt Augustin"),
        ("St Augustin", "Sankt Augustin"),
        ("sankt aug", "Sankt Augustin"),
        ("st kath", "Sankt Katharinen"),
    ],
)
def test_sankt_may_be_shortened(cities, client, q, first):
    assert suggested(client, q)[0]["text"] == first


@pytest.mark.parametrize(("q", "first"), [("Hamburg-Altona", "Hamburg"), ("Wuppertal-Barmen", "Wuppertal")])
def test_a_part_behind_a_hyphen_leads_to_its_place(cities, client, q, first):
    response = client.get("/kommune-waehlen/", {"q": q})
    assert response.context["municipalities"][0]["record"].name == first
    assert "Keine Kommune passt zu allen Wörtern" in body(response)


def test_what_is_only_spelt_similarly_is_said_to_be_so(cities, client):
    assert [(each["text"], each["note"]) for each in suggested(client, "Altenna")] == [
        ("Altena", "Märkischer Kreis, Nordrhein-Westfalen · ähnlich geschrieben")
    ]
    text = body(client.get("/kommune-waehlen/?q=Altenna"))
    assert "Eine Kommune „Altenna“ kennen wir nicht" in text
    assert "Ähnlich geschrieben:" in text
    assert "hnlich geschrieben" not in body(client.get("/kommune-waehlen/?q=Altena"))


def test_a_postcode_is_known_of_the_seat_only_and_that_is_said(cities, client):
    said = "Von Postleitzahlen kennen wir nur die am Sitz der Verwaltung"
    assert said in body(client.get("/kommune-waehlen/?q=20095"))
    for q in ("05962", "Nirgendwo", "2009"):
        assert said not in body(client.get(f"/kommune-waehlen/?q={q}"))


def test_a_city_that_is_a_state_is_named_once(cities, client):
    (found,) = suggested(client, "hamburg")
    assert (found["text"], found["note"]) == ("Hamburg", "Kreisfreie Stadt")
    assert "Hamburg (Hamburg)" not in body(client.get("/kommune-waehlen/?q=hamburg"))


def test_the_state_is_called_as_the_page_calls_it(spreewald, client):
    assert [each["near"] for each in suggested(client, "Luckau Lower", "/en/suggestions/")] == ["03354014"]


def test_a_key_of_the_past_is_the_municipality_of_today(client):
    today = make_municipality("06415000", name="Hanau", kind="city", **TODAY)
    make_municipality("06435014", name="Hanau", **TODAY, valid_to=date(2025, 12, 31), successor=today)
    assert [each["near"] for each in suggested(client, "06435014")] == ["06415000"]


def test_what_only_some_of_the_words_fit_is_said_to_be_so(spreewald, client):
    text = body(client.get("/kommune-waehlen/?q=Golzow+Mitte"))
    assert "Keine Kommune passt zu allen Wörtern" in text
    assert text.count("Diese Kommune wählen") == 2
    assert "Keine Kommune passt zu allen Wörtern" not in body(client.get("/kommune-waehlen/?q=Golzow"))


def test_without_all_only_those_with_examples_are_suggested_as_ever(register, client):
    response = client.get("/vorschlaege/", {"q": "alte", "kind": "municipalities"})
    assert response.json()["suggestions"] == []


def test_a_suggestion_takes_few_queries(register, client):
    suggested(client, "berg")
    with CaptureQueriesContext(connection) as queries:
        suggested(client, "berg")
    assert len(queries) <= 3


@pytest.mark.parametrize(
    ("query", "links"),
    [
        ("q=altena", ["/praxisbeispiele/?near=05962004"]),
        ("q=altena&list=recommendations", ["/empfehlungen/?near=05962004"]),
        (
            "q=altena&list=practice-examples&back=%3Fstate%3D05%26q%3Da",
            ["/praxisbeispiele/?q=a&state=05&near=05962004"],
        ),
        ("q=altena&back=state%3D05%26evil%3Dx%26near%3D1%26page%3D9", ["/praxisbeispiele/?state=05&near=05962004"]),
        ("q=altena&back=%3Fq%3Da%2500b", ["/praxisbeispiele/?near=05962004"]),
        ("q=bergversunken", []),
        ("q=berggeheim", []),
        ("", []),
    ],
)
def test_a_search_leads_back_to_the_list_and_its_choices(register, client, query, links):
    response = client.get(f"/kommune-waehlen/?{query}")
    assert response.status_code == 200
    assert [each["url"] for each in response.context["municipalities"]] == links
    for url in links:
        assert f'href="{url.replace("&", "&amp;")}"' in body(response)
        assert client.get(url).status_code == 200


def test_many_of_one_name_are_said_to_be_many(register, client):
    for n in range(60):
        make_municipality(f"121000{n:02}", name="Neudorf", district=f"Kreis {n}", **TODAY)
    text = body(client.get("/kommune-waehlen/?q=neudorf"))
    assert "60 Kommunen" in text
    assert text.count("Diese Kommune wählen") == 50
    assert "40 weitere Kommunen zeigen" in text
    assert "Sie sehen die ersten 50." in text


@pytest.mark.parametrize("query", ["list=challenges", "list=x"])
def test_a_list_without_municipalities_is_a_bad_request(client, query):
    assert client.get(f"/kommune-waehlen/?{query}").status_code == 400


@pytest.mark.parametrize("address", ["/", "/praxisbeispiele/", "/empfehlungen/?addressee=kommune", "/en/"])
def test_home_and_lists_offer_the_choice_without_javascript(register, client, address):
    text = body(client.get(address))
    path = "/en/choose-municipality/" if address == "/en/" else "/kommune-waehlen/"
    assert f'method="get" action="{path}"' in text
    if "addressee" in address:
        assert 'name="back" value="?addressee=kommune"' in text
