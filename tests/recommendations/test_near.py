"""„Ähnliche Kommunen zuerst“: the order of both lists, why, what it never does, and the comparison on a page."""

import re
from datetime import date

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from municipalities.models import Municipality
from municipalities.near import transfer
from portal.entries import touch
from recommendations.models import PracticeExample
from tests.factories import HIDDEN, make_example, make_municipality, make_recommendation
from tests.site.world import body, visit

pytestmark = pytest.mark.django_db
TODAY = {"register_on": date(2025, 8, 31)}
MINE = "05962004"


@pytest.fixture
def stock():
    """Mine is a town of 12,000 in the Märkischer Kreis, without any example."""
    make_municipality(MINE, name="Altena", district="Märkischer Kreis", lat=51.3, lon=7.7, **TODAY)
    places = {
        "p-neighbour": make_municipality("05962008", name="Balve", district="Märkischer Kreis", lat=51.4, lon=7.8),
        "p-twin": make_municipality("09100100", name="Zwilling"),
        "p-big": make_municipality("11000000", name="Berlin", kind="city", population=3_700_000),
        "p-district": make_municipality("05962", name="Märkischer Kreis", kind="district", population=400_000),
    }
    Municipality.objects.filter(kind="town").update(register_kind="Stadt")
    return {slug: make_example("wohnraum", slug=slug, municipality=place, number=f"P80{n}")
            for n, (slug, place) in enumerate(places.items())}  # fmt: skip


def listed(client, query, path="/praxisbeispiele/"):
    return [record.slug for record in client.get(path + query).context["page_obj"].object_list]


def reasons(client, query, path="/praxisbeispiele/"):
    """What the cards say, by the slug of the record."""
    records = client.get(path + query).context["page_obj"].object_list
    said = {record.slug: record.alike and [*record.alike.reasons, record.alike.away] for record in records}
    return {slug: each and ", ".join(filter(None, each)) for slug, each in said.items()}


NEAREST_FIRST = ["p-neighbour", "p-twin", "p-district", "p-big"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (f"?near={MINE}", NEAREST_FIRST),
        ("?near=11000000", ["p-big", "p-district", "p-neighbour", "p-twin"]),
        ("?near=05962", ["p-district", "p-neighbour", "p-big", "p-twin"]),
        (f"?near={MINE}&state=05", ["p-neighbour", "p-district"]),
        (f"?near={MINE}&sort=number", ["p-neighbour", "p-twin", "p-big", "p-district"]),
        (f"?near={MINE}&q=beispiel", NEAREST_FIRST),
        (f"?near={MINE}&sort=municipality", ["p-neighbour", "p-big", "p-district", "p-twin"]),
        ("?near=99999999&sort=number", ["p-neighbour", "p-twin", "p-big", "p-district"]),
        ("?near=&sort=number", ["p-neighbour", "p-twin", "p-big", "p-district"]),
    ],
)
def test_the_most_alike_come_first_unless_another_order_is_asked_for(stock, client, query, expected):
    assert listed(client, query) == expected


def test_with_a_search_near_comes_first_and_the_best_match_can_be_asked_for(stock, client):
    PracticeExample.objects.filter(slug="p-big").update(title_de="Lotsen")
    PracticeExample.objects.exclude(slug="p-big").update(summary_de="Es gibt Lotsen.")
    touch("practice-examples")
    assert listed(client, f"?near={MINE}&q=lotsen") == NEAREST_FIRST
    assert listed(client, f"?near={MINE}&q=lotsen&sort=best")[0] == "p-big"
    sorts = client.get(f"/praxisbeispiele/?near={MINE}&q=lotsen").context["filter"].sorts
    assert [(value, chosen) for value, _label, chosen in sorts][:3] == [
        ("near", True),
        ("best", False),
        ("newest", False),
    ]
    assert sorts[0][1] == "Ähnliche Kommunen zuerst"


def test_with_a_search_what_fits_it_well_comes_first(stock, client):
    """Else the best hit would drop off the first page behind whatever mentions the word in a neighbouring town."""
    big, district, twin = (stock[slug].pk for slug in ("p-big", "p-district", "p-twin"))
    for pk, texts in (
        (big, {"title_de": "Lotsen"}), (twin, {"summary_de": "Es gibt Lotsen."}), (district, {"approach_de": "Lotsen."}),
        (stock["p-neighbour"].pk, {"approach_de": "Auch Lotsen."}),
    ):  # fmt: skip
        PracticeExample.objects.filter(pk=pk).update(**texts)
    touch("practice-examples")
    assert listed(client, f"?near={MINE}&q=lotsen") == ["p-twin", "p-big", "p-neighbour", "p-district"]
    response = client.get(f"/praxisbeispiele/?near={MINE}&q=lotsen")
    assert [(heading, [record.slug for record in some]) for heading, some in response.context["page_obj"].groups] == [
        ("", ["p-twin"]),
        ("Nichts von dem, was wir vergleichen, ist wie bei Ihnen", ["p-big"]),
        ("Passt weniger gut zu Ihrer Suche", ["p-neighbour"]),
        ("Passt weniger gut zu Ihrer Suche; kaum mit Ihrer Kommune vergleichbar", ["p-district"]),
    ]
    assert "Voran steht, was gut zu Ihrer Suche passt" in body(response)
    assert "Voran steht" not in body(client.get(f"/praxisbeispiele/?near={MINE}"))
    assert "Voran steht" not in body(client.get(f"/praxisbeispiele/?near={MINE}&q=lotsen&sort=title"))


def test_a_search_of_exclusions_alone_fits_all_alike(stock, client):
    response = client.get(f"/praxisbeispiele/?near={MINE}&q=-xyz")
    assert listed(client, f"?near={MINE}&q=-xyz") == NEAREST_FIRST
    assert "Passt weniger gut" not in body(response)


def test_without_a_hit_for_every_word_the_better_hits_come_first(stock, client):
    PracticeExample.objects.filter(slug="p-big").update(title_de="Lotsen im Rathaus")
    PracticeExample.objects.filter(slug="p-twin").update(summary_de="Ein Rathaus.")
    PracticeExample.objects.filter(slug="p-neighbour").update(approach_de="Lotsen.")
    touch("practice-examples")
    assert listed(client, f"?near={MINE}&q=lotsen rathaus mehrgenerationenhaus")[0] == "p-big"
    assert len(client.get(f"/praxisbeispiele/?near={MINE}&q=lotsen&state=09").context["page_obj"].object_list) == 0


def test_what_is_hardly_alike_stands_below_one_heading(stock, client):
    for n in range(15):
        make_example(municipality=stock["p-big"].municipality, number=f"P{900 + n}")
    pages = [client.get(f"/praxisbeispiele/?near={MINE}&page={page}") for page in ("1", "2", "all")]
    hardly, nothing = "Kaum mit Ihrer Kommune vergleichbar", "Nichts von dem, was wir vergleichen, ist wie bei Ihnen"
    assert [[heading for heading, _some in page.context["page_obj"].groups] for page in pages] == [
        ["", hardly, nothing], [nothing], ["", hardly, nothing],
    ]  # fmt: skip
    text = body(pages[2])
    assert text.count(nothing) == 1

    assert body(client.get(f"/praxisbeispiele/?near={MINE}&sort=title")).count(nothing) == 16


def test_most_alike_is_called_only_what_shares_more_than_the_kind(stock, client):
    far = make_municipality("03241001", name="Großstadt", population=522_131, register_kind="Stadt")
    make_recommendation(slug="r-far", examples=[make_example(municipality=far)])
    make_recommendation(slug="r-big", examples=[stock["p-big"]])
    text = re.sub(r"<[^>]+>", "", body(client.get(f"/empfehlungen/?near={MINE}")))
    assert "Beispiel aus Großstadt (Kreis Mitte, Niedersachsen) – wie bei Ihnen: gleiche Art (Stadt)" in text
    assert "Beispiel aus Berlin\n" in re.sub(r" *\n", "\n", text)
    assert "Ähnlichstes Beispiel" not in text


def test_among_examples_of_one_municipality_the_best_match_comes_first(stock, client):
    balve = stock["p-neighbour"].municipality
    make_example(municipality=balve, slug="p-title", title_de="Lotsen", number="P899")
    PracticeExample.objects.filter(slug__in=["p-neighbour", "p-twin"]).update(summary_de="Es gibt Lotsen.")
    touch("practice-examples")
    assert listed(client, f"?near={MINE}&q=lotsen") == ["p-title", "p-neighbour", "p-twin"]


def test_every_card_says_why(stock, client):
    assert reasons(client, f"?near={MINE}") == {
        "p-neighbour": "ähnliche Einwohnerzahl, gleiches Land (gleiches Landesrecht), gleiche Art (Stadt), gleicher Kreis, "
        "13 km entfernt",
        "p-twin": "ähnliche Einwohnerzahl, gleiche Art (Stadt)",
        "p-district": "gleiches Land (gleiches Landesrecht), gleicher Kreis",
        "p-big": "",
    }
    text = body(client.get(f"/praxisbeispiele/?near={MINE}&sort=title"))
    assert "Wie bei Ihnen:</strong> ähnliche Einwohnerzahl, gleiche Art (Stadt)" in text
    assert "(Stadt), gleicher Kreis · 13 km entfernt" in text
    assert "Nichts von dem, was wir vergleichen, ist wie bei Ihnen" in text
    assert f'href="/praxisbeispiele/p-twin/?near={MINE}"' in text


def test_the_first_ten_come_first_and_pages_bring_the_rest(stock, client):
    for n in range(20):
        make_example("wohnraum", slug=f"p-more-{n}", number=f"P{900 + n}")
    pages = [listed(client, f"?near={MINE}&page={number}") for number in (1, 2, 3)]
    assert [len(page) for page in pages] == [10, 10, 4]
    assert [*pages[0], *pages[1], *pages[2]] == listed(client, f"?near={MINE}&page=all")
    assert client.get(f"/praxisbeispiele/?near={MINE}&page=4").status_code == 404
    assert len(listed(client, f"?near={MINE}&sort=number")) == 20
    assert len(listed(client, "")) == 20


def test_kept_rows_know_nothing_of_who_has_compared_them(stock, client):
    client.get(f"/praxisbeispiele/?near={MINE}")
    text = body(client.get("/praxisbeispiele/"))
    assert "gleiche Art (Stadt)" not in text
    assert "near=" not in text
    assert not any(hasattr(record, "alike") for record in client.get("/praxisbeispiele/").context["page_obj"])


def test_a_recommendation_is_as_alike_as_its_most_alike_example(stock, client):
    make_recommendation(slug="r-far", examples=[stock["p-big"]], number="E801")
    make_recommendation(slug="r-none", number="E802")
    make_recommendation(slug="r-both", examples=[stock["p-big"], stock["p-neighbour"]], number="E803")
    path = "/empfehlungen/"
    assert listed(client, f"?near={MINE}", path) == ["r-both", "r-far", "r-none"]
    assert reasons(client, f"?near={MINE}", path)["r-both"].endswith("gleicher Kreis, 13 km entfernt")
    text = body(client.get(f"{path}?near={MINE}"))
    assert "Ähnlichstes Beispiel: Balve (Märkischer Kreis, Nordrhein-Westfalen)" in text
    assert text.count("och kein Beispiel, mit dem sich Ihre Kommune vergleichen ließe") == 1
    assert "Zu 1 Empfehlung dieser Auswahl haben wir ein Beispiel aus Ihrer Größenklasse." in text


@pytest.mark.parametrize("status", HIDDEN)
def test_a_hidden_example_never_counts(stock, client, status):
    hidden = make_example(municipality=make_municipality("05962012", name="Verborgen"), **HIDDEN[status])
    make_recommendation(slug="r", examples=[hidden, stock["p-big"]])
    assert reasons(client, f"?near={MINE}", "/empfehlungen/") == {"r": ""}
    assert "Verborgen" not in body(client.get(f"/kommunen/{MINE}/"))
    assert client.get("/praxisbeispiele/?near=05962012").context["filter"].near.unknown == "05962012"


def test_it_follows_the_content(stock, client):
    """An example that comes, moves or goes is compared at once, also behind a recommendation."""
    recommendation = make_recommendation(slug="r", examples=[stock["p-big"]])
    assert reasons(client, f"?near={MINE}", "/empfehlungen/") == {"r": ""}
    stock["p-big"].municipality = stock["p-twin"].municipality
    stock["p-big"].save()
    touch("practice-examples", stock["p-big"].pk)
    assert reasons(client, f"?near={MINE}", "/empfehlungen/") == {"r": "ähnliche Einwohnerzahl, gleiche Art (Stadt)"}
    Municipality.objects.filter(name="Zwilling").update(population=100)
    touch("municipalities", stock["p-twin"].municipality.pk)
    assert reasons(client, f"?near={MINE}", "/empfehlungen/") == {"r": "gleiche Art (Stadt)"}
    recommendation.illustrations.all().delete()
    touch("recommendations", recommendation.pk)
    assert reasons(client, f"?near={MINE}", "/empfehlungen/") == {"r": None}


def test_it_hides_nothing_and_changes_no_count(stock, client):
    def shown(query):
        page = client.get(f"/praxisbeispiele/{query}").context
        counts = {
            (facet.name, option.value): option.count for facet in page["filter"].facets for option in facet.options
        }
        return sorted(record.pk for record in page["page_obj"].object_list), counts

    for query in ("?", "?state=05", "?q=beispiel&state=05&challenge=wohnraum"):
        assert shown(query) == shown(f"{query}&near={MINE}")


def test_the_links_of_the_list_carry_it_and_downloads_drop_it(stock, client):
    for n in range(30):
        make_example("wohnraum", number=f"P{900 + n}")
    response = client.get(f"/praxisbeispiele/?near={MINE}&challenge=wohnraum")
    context, text = response.context, body(response)
    assert context["page_obj"].next_url == f"?challenge=wohnraum&near={MINE}&page=2"
    assert [(chip.facet_label, chip.url) for chip in context["filter"].chips] == [
        ("Meine Kommune", "?challenge=wohnraum"), ("Herausforderung", f"?near={MINE}"),
    ]  # fmt: skip
    assert f'<input type="hidden" name="near" value="{MINE}">' in text
    assert all("near" not in each["url"] and "challenge=wohnraum" in each["url"] for each in context["downloads"])
    assert not response.cookies
    assert not re.findall(r'href="/daten/[^"]*near', text)


@pytest.mark.parametrize("table", ["practice-examples", "recommendations"])
def test_an_export_does_not_know_it(stock, client, table):
    """A file doesn't depend on who made it."""
    response = client.get(f"/daten/{table}.csv?near={MINE}")
    assert (response.status_code, response.json()["parameter"]) == (400, "near")


def test_the_map_has_no_order_but_takes_the_choice_along(stock, client):
    """From the list to the map and on to what a state or a circle leads to."""
    assert f'href="/karte/?state=05&amp;near={MINE}"' in body(client.get(f"/praxisbeispiele/?near={MINE}&state=05"))
    response = client.get(f"/karte/?near={MINE}&state=05")
    (state,) = response.context["page_obj"].object_list
    for url in (state.url, *(place.url for place in state.municipalities)):
        assert client.get(url).context["filter"].near.key == MINE
    text = body(response)
    assert f'href="/praxisbeispiele/?state=05&amp;near={MINE}"' in text
    assert f'<input type="hidden" name="near" value="{MINE}">' in text
    assert "Ähnliche Kommunen zuerst" not in text
    assert state.count == client.get("/karte/?state=05").context["page_obj"].object_list[0].count


ENDED = TODAY | {"valid_to": date(2026, 6, 30)}


def test_a_former_key_means_the_municipality_of_today(stock, client):
    mine = Municipality.objects.get(key=MINE)
    make_municipality("05962996", name="Zuvor", successor=mine, **ENDED)
    make_municipality("05962995", name="Davor", successor=Municipality.objects.get(key="05962996"), **ENDED)
    response = client.get("/praxisbeispiele/?near=05962995")
    assert response.context["filter"].near.key == MINE
    assert listed(client, "?near=05962995") == NEAREST_FIRST


@pytest.mark.parametrize("key", ["05962997", "99999999", "<b>", "0" * 5000, "05962004 ", "１１００００００"])
def test_an_unknown_or_ended_municipality_is_reported_and_all_else_works(stock, client, key):
    make_municipality("05962997", name="Versunken", **ENDED)
    response = client.get("/praxisbeispiele/", {"near": key, "state": "05"})
    assert response.status_code == 200
    named = {"05962997": "Versunken (Kreis Mitte, Nordrhein-Westfalen)"}.get(key, key[:40])
    assert response.context["filter"].unknown == [("Meine Kommune", named)]
    assert "gibt es nicht (mehr)" in body(response)
    assert response.context["filter"].query() == "?state=05"
    assert "<b>" not in body(response)
    assert response.context["page_obj"].paginator.count == 2


@pytest.mark.parametrize(
    ("query", "said"),
    [
        (f"?near={MINE}", "Aus Ihrer Größenklasse haben wir zu dieser Auswahl 2 Beispiele."),
        (f"?near={MINE}&state=05", "Aus Ihrer Größenklasse haben wir zu dieser Auswahl 1 Beispiel."),
        (f"?near={MINE}&state=11", "Aus Ihrer Größenklasse haben wir zu dieser Auswahl noch kein Beispiel."),
        ("?near=05962", "Aus Kommunen gleicher Art haben wir zu dieser Auswahl 1 Beispiel."),
    ],
)
def test_a_thin_stock_is_admitted(stock, client, query, said):
    text = body(client.get(f"/praxisbeispiele/{query}"))
    assert said in text
    assert "Ob ein Beispiel bei Ihnen trägt, können nur Sie beurteilen." in text


@pytest.mark.parametrize(
    ("key", "in_district", "is_state"), [(MINE, True, False), ("05962", False, False), ("11000000", False, True)]
)
def test_who_lies_in_a_district_or_is_a_state_learns_what_may_be_its_task(stock, client, key, in_district, is_state):
    for address in (f"/praxisbeispiele/?near={key}", f"/praxisbeispiele/p-twin/?near={key}"):
        text = body(client.get(address))
        assert ("Jugendamt und Sozialamt ist häufig der Kreis zuständig" in text) == in_district
        assert ("Die Aufgaben der Länder sind auch ihre eigenen" in text) == is_state


def slugs(text, path):
    return re.findall(rf'href="{path}([^/"]+)/\?near={MINE}"', text)


def test_the_page_of_a_recommendation_keeps_the_choice(stock, client):
    recommendation = make_recommendation(
        "wohnraum", slug="r", examples=[stock[each] for each in reversed(NEAREST_FIRST)]
    )
    make_recommendation("wohnraum", slug="r-other")
    text = body(client.get(f"/empfehlungen/r/?near={MINE}"))
    assert slugs(text, "/praxisbeispiele/") == NEAREST_FIRST
    assert "Wie bei Ihnen:</strong> ähnliche Einwohnerzahl, gleiche Art (Stadt)</p>" in text
    assert "Altena (Märkischer Kreis, Nordrhein-Westfalen) am ähnlichsten sind" in text
    assert text.count("Nichts von dem, was wir vergleichen, ist wie bei Ihnen") == 1
    for link in (
        f"/praxisbeispiele/?challenge=wohnraum&amp;near={MINE}", f"/empfehlungen/r-other/?near={MINE}",
        f"/herausforderungen/wohnraum/?near={MINE}", f"/empfehlungen/?near={MINE}",
    ):  # fmt: skip
        assert f'href="{link}"' in text, link
    assert "near=" not in text.partition("</head>")[0]
    plain = client.get("/empfehlungen/r/")
    shown = [each.example.slug for each in plain.context["illustrations"]]
    assert shown == [each.example.slug for each in recommendation.illustrations.all()]
    assert "near=" not in body(plain)
    assert "Wie bei Ihnen" not in body(plain)


def test_the_pages_of_challenge_and_example_put_the_most_alike_first(stock, client):
    make_recommendation("wohnraum", slug="r-none", number="E801")
    make_recommendation("wohnraum", slug="r-far", number="E802", examples=[stock["p-big"]])
    make_recommendation("wohnraum", slug="r-both", number="E803", examples=[stock["p-big"], stock["p-neighbour"]])
    text = body(client.get(f"/herausforderungen/wohnraum/?near={MINE}"))
    assert slugs(text, "/empfehlungen/") == ["r-both", "r-far", "r-none"]
    assert slugs(text, "/praxisbeispiele/") == NEAREST_FIRST
    assert "Ähnlichstes Beispiel: Balve" in text
    assert f'href="/praxisbeispiele/?challenge=wohnraum&amp;near={MINE}"' in text
    text = body(client.get(f"/praxisbeispiele/p-big/?near={MINE}"))
    assert slugs(text, "/empfehlungen/") == ["r-both", "r-far"]
    assert "Ähnlichstes Beispiel: Balve" in text
    assert f'href="/herausforderungen/wohnraum/?near={MINE}"' in text
    for path in ("/herausforderungen/wohnraum/", "/praxisbeispiele/p-big/"):
        assert "near=" not in body(client.get(path)).replace("/praxisbeispiele/?near", "")


@pytest.mark.parametrize("path", ["/empfehlungen/r/", "/praxisbeispiele/p-big/", "/herausforderungen/wohnraum/"])
def test_a_page_takes_few_queries_more_however_many_there_are(stock, client, path):
    def queries(address):
        visit(client, address)
        with CaptureQueriesContext(connection) as captured:
            visit(client, address)
        return len(captured)

    recommendation = make_recommendation("wohnraum", slug="r", examples=stock.values())
    few = queries(f"{path}?near={MINE}")
    assert few <= queries(path) + 2  # the municipality, and whether the index is still the present one
    for _n in range(20):
        recommendation.illustrations.create(example=make_example("wohnraum"))
        make_recommendation("wohnraum", examples=[stock["p-big"]])
    touch("recommendations", recommendation.pk)
    assert queries(f"{path}?near={MINE}") == few


def test_the_page_of_an_example_compares_it_with_mine(stock, client):
    Municipality.objects.filter(key=MINE).update(area_km2=100)
    Municipality.objects.filter(key="09100100").update(area_km2=10)
    Municipality.objects.filter(key__in=[MINE, "09100100"]).update(degree_of_urbanisation=3)
    touch("municipalities")
    text = re.sub(r"<[^>]+>|\s+", " ", body(client.get(f"/praxisbeispiele/p-twin/?near={MINE}")))
    text = re.sub(r" +", " ", text)
    for said in (
        "Zwilling und Altena im Vergleich",
        "Einwohnerzahl: gleich – 12.000",
        "Größenklasse: gleich – 10.000–19.999",
        "Land (Landesrecht): anders – dort Bayern, bei Ihnen Nordrhein-Westfalen",
        "Art: gleich – Stadt",
        "Einwohner:innen je km²: anders – dort 1.200, bei Ihnen 120",
        "Kreis: anders – dort Kreis Mitte, bei Ihnen Märkischer Kreis",
        "Verstädterungsgrad: gleich – dünn besiedelt",
    ):
        assert said in text, said
    text = body(client.get(f"/praxisbeispiele/p-big/?near={MINE}"))
    assert "nicht vergleichbar" in text
    for address in ("/praxisbeispiele/p-twin/", "/praxisbeispiele/p-twin/?near=99999999"):
        assert "im Vergleich" not in body(client.get(address))


def test_whatever_is_a_reason_is_compared(stock, client):
    """Else a reader couldn't check it."""
    facts = {
        "area_km2": 100,
        "degree_of_urbanisation": 2,
        "bbsr_code": "70",
        "bbsr_year": 2022,
        "lat": 51.3,
        "lon": 7.7,
    }
    Municipality.objects.filter(key__in=[MINE, "05962008"]).update(**facts)
    touch("municipalities")
    here, there = (Municipality.objects.get(key=key) for key in (MINE, "05962008"))
    with translation.override("de"):
        compared = {aspect.label: aspect.there for aspect in transfer(here, there) if aspect.alike or not aspect.here}
    assert list(compared) == ["Einwohnerzahl", "Größenklasse", "Land (Landesrecht)", "Art", "Einwohner:innen je km²",
                              "Kreis", "Verstädterungsgrad", "Typ des BBSR", "Entfernung"]  # fmt: skip
    assert compared["Entfernung"] == "0 km"
    text = body(client.get(f"/en/practice-examples/p-neighbour/?near={MINE}"))
    assert "Degree of urbanisation:</strong> the same – medium density" in text
    Municipality.objects.filter(key=MINE).update(population=8_753)
    text = body(client.get(f"/en/practice-examples/p-neighbour/?near={MINE}"))
    assert "12,000 there, 8,753 in your municipality" in text


@pytest.mark.parametrize(("people", "said"), [(26_000, "ähnlich"), (36_001, "anders")])
def test_what_is_a_reason_on_the_card_is_alike_in_the_comparison(stock, client, people, said):
    Municipality.objects.filter(key="09100100").update(population=people)
    touch("municipalities")
    reason = "vergleichbare Einwohnerzahl (bis zum Dreifachen)" in reasons(client, f"?near={MINE}")["p-twin"]
    assert reason == (said == "ähnlich")
    assert f"Einwohnerzahl: {said}" in re.sub(r"<[^>]+>", "", body(client.get(f"/praxisbeispiele/p-twin/?near={MINE}")))


def test_the_page_of_a_municipality_names_similar_ones_and_why(stock, client):
    response = client.get(f"/kommunen/{MINE}/")
    assert [each.municipality.key for each in response.context["similar"]] == [
        "05962008",
        "09100100",
        "05962",
        "11000000",
    ]
    text = body(response)
    assert (
        "Ähnliche Einwohnerzahl, gleiches Land (gleiches Landesrecht), gleiche Art (Stadt), gleicher Kreis · 13 km entfernt"
        in text
    )
    assert "Wir vergleichen: Einwohnerzahl, Land (Landesrecht), Art, Kreis, Entfernung." in text
    assert f'href="/praxisbeispiele/?near={MINE}"' in text
    assert "05962008" not in [each.municipality.key for each in client.get("/kommunen/05962008/").context["similar"]]


def test_there_may_be_nothing_to_compare_with(client):
    make_municipality(MINE, name="Altena", **TODAY)
    make_recommendation(slug="r")
    assert client.get(f"/kommunen/{MINE}/").context["similar"] == []
    assert listed(client, f"?near={MINE}") == []
    assert reasons(client, f"?near={MINE}", "/empfehlungen/") == {"r": None}


@pytest.mark.parametrize("path", ["/praxisbeispiele/", "/empfehlungen/"])
def test_it_takes_one_query_more_however_many_there_are(stock, client, path):
    def queries(address):
        visit(client, address)
        with CaptureQueriesContext(connection) as captured:
            visit(client, address)
        return len(captured)

    make_recommendation(examples=stock.values())
    few = queries(f"{path}?near={MINE}")
    assert few == queries(path) + 1
    examples = [make_example() for _n in range(40)]
    for example in examples:
        make_recommendation(examples=[example])
    assert queries(f"{path}?near={MINE}") == few


# Ten municipalities as different as those of the register: what has to come first, given one example from each.
TEN = {
    "dorf-mv": ("13071001", "town", 900), "dorf-bb": ("12063001", "town", 2_000), "kleinstadt-nw": ("05962004", "town", 16_600),
    "kleinstadt-mv": ("13076089", "town", 12_000), "mittelstadt-nw": ("05382068", "town", 76_000),
    "grosse-stadt-nw": ("05162024", "town", 154_000), "stadt-bb": ("12052000", "city", 95_000),
    "grossstadt-bw": ("08111000", "city", 610_000), "kreis-by": ("09174", "district", 153_000),
    "amt-sh": ("010585822", "association", 15_000),
}  # fmt: skip


@pytest.mark.parametrize(
    ("mine", "first"),
    [
        ("dorf-mv", "dorf-bb"), ("dorf-bb", "dorf-mv"), ("kleinstadt-nw", "kleinstadt-mv"), ("kleinstadt-mv", "kleinstadt-nw"),
        ("mittelstadt-nw", "grosse-stadt-nw"), ("grosse-stadt-nw", "mittelstadt-nw"), ("stadt-bb", "mittelstadt-nw"),
        ("grossstadt-bw", "stadt-bb"), ("kreis-by", "grosse-stadt-nw"), ("amt-sh", "kleinstadt-nw"),
    ],
)  # fmt: skip
def test_of_ten_kinds_the_most_alike_comes_first_for_the_reasons_it_gives(client, mine, first):
    for name, (key, kind, population) in TEN.items():
        make_example(slug=name, municipality=make_municipality(key, name=name, kind=kind, population=population))
    shown = client.get(f"/praxisbeispiele/?near={TEN[mine][0]}").context["page_obj"].object_list
    assert [record.slug for record in shown[:2]] == [mine, first]
    assert shown[0].alike.reasons == ["Ihre Kommune"]
    scores = [record.alike.likeness.score for record in shown]
    assert scores == sorted(scores, reverse=True)
    assert all(record.alike.reasons for record in shown[:2])
    assert np.unique([record.pk for record in shown]).size == len(TEN)
