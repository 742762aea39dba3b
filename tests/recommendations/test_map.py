"""The map of the practice examples and the list that says the same."""

import gzip
import re
from datetime import date

import pytest
from django.core.management import call_command

from municipalities.models import Municipality
from portal.entries import touch
from recommendations.models import PracticeExample
from tests.factories import DRAFT, HIDDEN, make_example, make_municipality
from tests.site.world import body

pytestmark = pytest.mark.django_db


@pytest.fixture
def places():
    """Altena with two examples, Berlin with one, and a district without coordinates with one."""
    altena = make_municipality("05962004", name="Altena", district="Märkischer Kreis", lat=51.29, lon=7.67)
    berlin = make_municipality("11000000", name="Berlin", kind="city", lat=52.52, lon=13.405)
    goslar = make_municipality("03153", name="Landkreis Goslar", kind="district")
    make_example("wohnraum", municipality=altena)
    make_example("sprache", municipality=altena)
    make_example("sprache", municipality=berlin)
    make_example("sprache", municipality=goslar)


def parts(page):
    """The page's picture and the list below it, as HTML."""
    picture = re.search(r"<svg viewBox.*?</svg>", page, re.DOTALL)[0]
    return picture, re.search(r'<section class="map-list".*?</section>', page, re.DOTALL)[0]


def links(html):
    return [address.replace("&amp;", "&") for address in re.findall(r'<a [^>]*href="([^"]+)"', html)]


def names(picture):
    """What the links of the picture are called."""
    return re.findall(r"<a [^>]*><title>(.*?)</title>", picture)


def listed(context):
    return {
        str(state.label): (state.count, {place.municipality.name: place.count for place in state.municipalities})
        for state in context["page_obj"].object_list
    }


def test_the_map_counts_examples_by_state_and_municipality(client, places):
    response = client.get("/karte/")
    assert listed(response.context) == {
        "Niedersachsen": (1, {"Landkreis Goslar": 1}),
        "Nordrhein-Westfalen": (2, {"Altena": 2}),
        "Berlin": (1, {"Berlin": 1}),
    }
    picture, _list = parts(body(response))
    assert names(picture) == [
        "Niedersachsen: 1 Praxisbeispiel",
        "Nordrhein-Westfalen: 2 Praxisbeispiele",
        "Berlin: 1 Praxisbeispiel",
        "Altena (Märkischer Kreis, Nordrhein-Westfalen): 2 Praxisbeispiele",
        "Berlin: 1 Praxisbeispiel",
    ]
    assert picture.count("kein Praxisbeispiel in dieser Auswahl") == 13


def test_whatever_the_map_links_to_the_list_links_to(client, places):
    """Hence its circles need not be reached by the keyboard; the states are."""
    picture, list_ = parts(body(client.get("/karte/")))
    in_picture, in_list = links(picture), links(list_)
    assert set(in_picture) < set(in_list)
    assert set(in_list) - set(in_picture) == {"/praxisbeispiele/?municipality=03153"}
    assert [tag for tag in re.findall(r'<a class="map__point"[^>]*>', picture) if 'tabindex="-1"' not in tag] == []
    assert "tabindex" not in "".join(re.findall(r'<a class="map__state"[^>]*>', picture))


def test_a_municipality_without_coordinates_is_named_and_stays_in_the_list(client, places):
    page = body(client.get("/karte/"))
    assert (
        "Von 1 Kommune fehlen uns die Koordinaten; sie steht nur in der Liste: Landkreis Goslar (Niedersachsen)."
        in page
    )
    assert "Koordinaten" not in body(client.get("/karte/?state=11"))


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("challenge=wohnraum", {"Altena": 1}),
        ("challenge=sprache", {"Landkreis Goslar": 1, "Altena": 1, "Berlin": 1}),
        ("state=11&state=03", {"Landkreis Goslar": 1, "Berlin": 1}),
        ("municipality=05962004&challenge=sprache", {"Altena": 1}),
        ("q=berlin", {"Berlin": 1}),
        ("kind=district", {"Landkreis Goslar": 1}),
        ("state=11&page=7&sort=title", {"Berlin": 1}),
    ],
)
def test_the_map_obeys_the_filters_of_the_list_and_its_links_lead_to_as_many(client, places, query, shown):
    response = client.get(f"/karte/?{query}")
    states = response.context["page_obj"].object_list
    found = {place.municipality.name: place for state in states for place in state.municipalities}
    assert {name: place.count for name, place in found.items()} == shown
    for each in [*states, *found.values()]:
        assert client.get(each.url).context["page_obj"].paginator.count == each.count


@pytest.mark.parametrize("path", ["/karte/", "/praxisbeispiele/"])
def test_the_key_of_a_former_municipality_finds_the_examples_of_its_successor(client, path):
    hanau = make_municipality("06415000", name="Hanau", kind="city")
    make_example(municipality=hanau)
    main = make_municipality("06435900", name="Hanau am Main", valid_to=date(2025, 12, 31), successor=hanau)
    make_municipality("06435014", name="Hanau", valid_to=date(2020, 12, 31), successor=main)
    make_municipality("06435999", name="Verlassen", valid_to=date(2020, 12, 31))
    shown = client.get(f"{path}?municipality=06435014").context["filter"]
    assert (shown.chosen["municipality"], shown.unknown, len(shown.results)) == (["06415000"], [], 1)
    for unknown in ("06435999", "06435998"):
        assert client.get(f"{path}?municipality={unknown}").context["filter"].unknown == [("Kommune", unknown)]


def test_a_municipality_that_ends_is_found_by_its_old_key_at_once(client, places):
    altena = Municipality.objects.get(key="05962004")
    old = make_municipality("05962900", name="Alt")
    assert client.get("/karte/?municipality=05962900").context["filter"].unknown
    Municipality.objects.filter(pk=old.pk).update(valid_to=date(2026, 6, 30), successor=altena)
    touch("municipalities", old.pk)
    assert client.get("/karte/?municipality=05962900").context["filter"].chosen["municipality"] == ["05962004"]


def test_a_state_that_is_chosen_already_is_not_chosen_twice(client, places):
    (state,) = client.get("/karte/?state=11").context["page_obj"].object_list
    assert state.url == "/praxisbeispiele/?state=11"


def test_drafts_are_on_no_map(client, places):
    before = body(client.get("/karte/"))
    for status in HIDDEN.values():
        make_example("sprache", municipality=make_municipality(name="Xgeheim", lat=50.0, lon=9.0), **status)
        make_example("sprache", municipality=PracticeExample.objects.first().municipality, **status)
    assert body(client.get("/karte/")) == before


def test_a_withdrawn_example_leaves_the_map_at_once(client, places):
    example = PracticeExample.objects.get(municipality__name="Berlin")
    PracticeExample.objects.filter(pk=example.pk).update(**DRAFT)
    touch("practice-examples", example.pk)
    assert "Berlin" not in listed(client.get("/karte/").context)


def test_more_examples_make_a_larger_circle_up_to_a_limit(client, places):
    small = make_municipality(name="Klein", lat=48.0, lon=9.0)
    large = make_municipality(name="Groß", lat=50.0, lon=11.0)
    make_example("sprache", municipality=small)
    for _n in range(30):
        make_example("sprache", municipality=large)
    radius = {point.municipality.name: point.radius for point in client.get("/karte/").context["points"]}
    assert radius["Klein"] < radius["Altena"] < radius["Groß"] == 36


def test_without_a_result_there_is_help_and_the_map_stays(client, places):
    page = body(client.get("/karte/?q=xylophon"))
    assert "Zu dieser Auswahl haben wir" in page
    picture = re.search(r"<svg viewBox.*?</svg>", page, re.DOTALL)[0]
    assert picture.count("kein Praxisbeispiel in dieser Auswahl") == 16
    assert links(picture) == []
    assert "map-list" not in page


@pytest.mark.parametrize(
    ("near", "marked", "said"),
    [
        ("05962004", "Altena (Märkischer Kreis, Nordrhein-Westfalen)", "Ihre Kommune ist hervorgehoben. Sonst ändert"),
        ("03153", None, "Sonst ändert Ihre Wahl hier nichts"),  # without coordinates
        ("", None, None),
    ],
)
def test_ones_own_municipality_is_marked_and_changes_nothing_else(client, places, near, marked, said):
    Municipality.objects.update(register_on=date(2025, 8, 31))
    page = body(client.get(f"/karte/?near={near}"))
    picture, list_ = parts(page)
    assert [name.removeprefix("Ihre Kommune: ") for name in names(picture)] == names(
        parts(body(client.get("/karte/")))[0]
    )
    assert re.findall(r"map__point--own.*?<title>Ihre Kommune: (.*?): ", picture) == ([marked] if marked else [])
    assert list_.count("(Ihre Kommune)") == bool(near)
    assert ("Ihre Kommune ist hervorgehoben" in page) == bool(marked)
    assert said is None or said in page
    assert ("Ihre Wahl" in page) == bool(near)


def test_list_and_map_lead_to_one_another_with_the_choices(client, places):
    assert 'href="/karte/?challenge=sprache&amp;state=11"' in body(
        client.get("/praxisbeispiele/?challenge=sprache&state=11")
    )
    assert 'href="/praxisbeispiele/?challenge=sprache&amp;state=11"' in body(
        client.get("/karte/?challenge=sprache&state=11")
    )
    assert 'href="/karte/"' in body(client.get("/praxisbeispiele/"))
    assert 'href="/en/map/"' in body(client.get("/en/"))


@pytest.mark.parametrize("address", ["/karte/", "/en/map/"])
def test_the_map_of_the_starter_content_is_light_and_no_circle_hides_another(client, address):
    call_command("load_content", verbosity=0)
    response = client.get(address)
    assert len(gzip.compress(response.content)) < 25_000
    points = response.context["points"]
    assert len(points) > 40
    assert response.context["without_point"] == []
    for i, one in enumerate(points):
        for other in points[i + 1 :]:
            # Rounding to whole kilometres may cost one.
            distance = ((one.x - other.x) ** 2 + (one.y - other.y) ** 2) ** 0.5
            assert distance >= one.radius + other.radius - 1, (one.municipality.name, other.municipality.name)
