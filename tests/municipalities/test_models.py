import pytest
from django.utils import translation

from municipalities.models import Municipality, State
from tests.factories import DRAFT, make_example, make_municipality

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("key", "kind", "district", "place"),
    [
        ("05962004", "town", "Märkischer Kreis", f"Märkischer Kreis, {State.NW.name}"),
        ("05962004", "town", "", State.NW.name),
        ("055620001", "association", "Kreis Mitte", f"Kreis Mitte, {State.NW.name}"),
        ("05315000", "city", "", State.NW.name),
        ("05962", "district", "Märkischer Kreis", State.NW.name),
    ],
)
def test_a_place_is_told_apart_by_its_district_and_state_or_its_state_alone(key, kind, district, place):
    with translation.override("de"):
        state = str(State.NW.label)
        municipality = make_municipality(key, kind=kind, district=district, name="Ort")
        assert municipality.place == place.replace(State.NW.name, state)
        assert str(municipality) == f"Ort ({municipality.place})"


@pytest.mark.parametrize(
    ("key", "name", "district", "german"),
    [
        ("15090535", "Stendal", "Stendal", "Stendal (Landkreis Stendal, Sachsen-Anhalt)"),
        ("03159016", "Göttingen", "Göttingen", "Göttingen (Landkreis Göttingen, Niedersachsen)"),
        ("01062082", "Trittau", "Stormarn", "Trittau (Kreis Stormarn, Schleswig-Holstein)"),
        ("05334002", "Aachen", "Städteregion Aachen", "Aachen (Städteregion Aachen, Nordrhein-Westfalen)"),
        (
            "10041100",
            "Saarbrücken",
            "Regionalverband Saarbrücken",
            "Saarbrücken (Regionalverband Saarbrücken, Saarland)",
        ),
    ],
)
def test_a_district_is_named_with_what_it_is(key, name, district, german):
    with translation.override("de"):
        assert str(Municipality(key=key, state=key[:2], kind="town", name=name, district=district)) == german


@pytest.mark.parametrize(
    ("key", "name", "german", "is_state"),
    [
        ("02000000", "Hamburg", "Hamburg", True),
        ("11000000", "Berlin", "Berlin", True),
        ("04011000", "Bremen", "Bremen", False),
        ("04012000", "Bremerhaven", "Bremerhaven (Bremen)", False),
    ],
)
def test_a_city_that_is_called_as_its_state_is_named_once(key, name, german, is_state):
    with translation.override("de"):
        city = Municipality(key=key, state=key[:2], kind="city", name=name)
        assert str(city) == german
        assert city.is_state == is_state


@pytest.mark.parametrize(
    ("kind", "register_kind", "name", "display_name"),
    [
        ("district", "Landkreis", "Dachau", "Landkreis Dachau"),
        ("district", "Kreis", "Märkischer Kreis", "Märkischer Kreis"),
        ("district", "Landkreis", "Region Hannover", "Region Hannover"),
        ("district", "Kreis", "Städteregion Aachen", "Städteregion Aachen"),
        ("association", "Amt", "Golzow", "Amt Golzow"),
        ("town", "Stadt", "Dachau", "Dachau"),
    ],
)
def test_districts_and_associations_are_called_by_their_kind_unless_the_name_says_it(
    kind, register_kind, name, display_name
):
    assert Municipality(kind=kind, register_kind=register_kind, name=name).display_name == display_name


def test_counts_only_public_examples_and_leaves_out_places_without_any():
    one, two, none = (make_municipality(f"0596200{n}") for n in range(3))
    make_example(municipality=one)
    make_example(municipality=two)
    make_example(municipality=two)
    for municipality in (one, none):
        make_example(municipality=municipality, **DRAFT)
    assert dict(Municipality.objects.visible().values_list("pk", "example_count")) == {one.pk: 1, two.pk: 2}


def test_what_stands_in_the_register_is_public_without_an_example_unless_it_has_ended():
    valid, _ended = (
        make_municipality(f"0596200{n}", register_on="2025-08-31", valid_to=valid_to)
        for n, valid_to in enumerate([None, "2026-06-30"])
    )
    assert list(Municipality.objects.visible()) == [valid]
    assert not Municipality.objects.with_examples().exists()


def test_the_name_to_sort_by_follows_the_name():
    municipality = make_municipality("08126066", name="Öhringen")
    assert Municipality.objects.get().sort_name == "ohringen"
    municipality.name = "Äpfingen"
    municipality.save()
    assert Municipality.objects.get().sort_name == "apfingen"
