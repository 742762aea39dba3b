import pytest
from django.http import QueryDict
from django.utils import translation

from municipalities.filters import MunicipalityFilter
from municipalities.models import Municipality
from tests.factories import DRAFT, make_example, make_municipality

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("kind", "population", "size"),
    [
        ("town", 0, "s1"),
        ("town", 4_999, "s1"),
        ("town", 5_000, "s2"),
        ("town", 9_999, "s2"),
        ("town", 10_000, "s3"),
        ("town", 19_999, "s3"),
        ("town", 20_000, "s4"),
        ("town", 49_999, "s4"),
        ("town", 50_000, "s5"),
        ("town", 99_999, "s5"),
        ("city", 100_000, "s6"),
        ("city", 499_999, "s6"),
        ("city", 500_000, "s7"),
        ("city", 3_700_000, "s7"),
        ("association", 7_000, "s2"),
        ("association", None, ""),
        ("town", None, ""),
        ("district", 130_000, ""),
        ("district", None, ""),
    ],
)
def test_the_size_class_follows_from_the_population_and_a_district_has_none(kind, population, size):
    key = {"district": "05962", "association": "055620001"}.get(kind, "05962004")
    municipality = make_municipality(key, kind=kind, population=population)
    make_example(municipality=municipality)
    assert Municipality.objects.get().size == size
    assert [bool(facet.options) for facet in MunicipalityFilter({}).facets if facet.name == "size"] == (
        [True] if size else []
    )
    if size:
        assert MunicipalityFilter(QueryDict(f"size={size}")).ids == [municipality.pk]


@pytest.fixture
def records():
    altena = make_municipality("05962004", name="Altena", district="Märkischer Kreis", population=16_000)
    aerzen = make_municipality("03252001", name="Aerzen", district="Hameln-Pyrmont", population=10_500)
    oehringen = make_municipality("08126066", name="Öhringen", population=24_000)
    berlin = make_municipality("11000000", name="Berlin", kind="city", population=3_700_000, postcode_of_seat="10178")
    for municipality in (altena, altena, altena, berlin, berlin, aerzen, oehringen):
        make_example(municipality=municipality)
    make_municipality("14612000", name="Dresden", kind="city", population=560_000)
    make_example(municipality=make_municipality("09162000", name="München", kind="city"), **DRAFT)


def names(query):
    with translation.override("de"):
        filter_set = MunicipalityFilter(QueryDict(query))
        by_id = dict(filter_set.queryset.values_list("pk", "name"))
        return " ".join(by_id[pk] for pk in filter_set.ids)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", "Aerzen Altena Berlin Öhringen"),
        ("state=05", "Altena"),
        ("state=05&state=11", "Altena Berlin"),
        ("state=05&kind=city", ""),
        ("state=14", ""),
        ("size=s3", "Aerzen Altena"),
        ("size=s3&state=03", "Aerzen"),
        ("size=s3&size=s7", "Aerzen Altena Berlin"),
        ("kind=town", "Aerzen Altena Öhringen"),
        ("kind=stadt", "Aerzen Altena Berlin Öhringen"),
        ("q=oehringen", "Öhringen"),
        ("q=%C3%B6hringen", "Öhringen"),
        ("q=m%C3%A4rkischer", "Altena"),
        ("q=10178", "Berlin"),
        ("q=11000000", "Berlin"),
        ("q=dresden", ""),
        ("sort=population", "Berlin Öhringen Altena Aerzen"),
        ("sort=examples", "Altena Berlin Aerzen Öhringen"),
    ],
)
def test_lists_municipalities_with_a_public_example_by_name_and_filters_them(records, query, expected):
    assert names(query) == expected


def test_a_count_is_the_municipalities_with_the_value_given_the_other_facets(records):
    facets = {
        facet.name: {option.value: option.count for option in facet.options}
        for facet in MunicipalityFilter(QueryDict("kind=town")).facets
    }
    assert facets == {
        "state": {"03": 1, "05": 1, "08": 1},
        "size": {"s3": 2, "s4": 1},
        "kind": {"town": 3, "city": 1},
    }
