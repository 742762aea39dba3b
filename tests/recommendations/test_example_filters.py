import pytest
from django.http import QueryDict
from django.utils import translation

from recommendations.filters import PracticeExampleFilter
from tests.factories import DRAFT, make_example, make_municipality

pytestmark = pytest.mark.django_db


@pytest.fixture
def records():
    altena = make_municipality("05962004", name="Altena", district="Märkischer Kreis", population=16_000)
    berlin = make_municipality("11000000", name="Berlin", kind="city", population=3_700_000)
    goslar = make_municipality("03153", name="Goslar", kind="district", population=130_000)
    amt = make_municipality("010585822", name="Amt Hüttener Berge", kind="association", population=None)
    make_example("wohnraum", municipality=altena, slug="a", number="P801", year_start=2015, title_de="Zebra")
    make_example("wohnraum", "sprache", municipality=berlin, slug="b", number="P802", target_groups=["frauen"])
    make_example("sprache", municipality=goslar, slug="c", number="P803", year_start=2020, title_de="Ähre")
    make_example(
        municipality=amt, slug="d", number="P804", situation_de="Es fehlte ein Lotse.", actors_de="Sportverein"
    )
    make_example("wohnraum", municipality=make_municipality("09162000", name="München"), slug="draft", **DRAFT)


def bound(query):
    return PracticeExampleFilter(QueryDict(query))


def slugs(query):
    with translation.override("de"):
        filter_set = bound(query)
        by_id = dict(filter_set.queryset.values_list("pk", "slug"))
        return " ".join(by_id[pk] for pk in filter_set.ids)


def counts(query, name):
    shown = next((facet for facet in bound(query).facets if facet.name == name), None)
    return {option.value: option.count for option in shown.options} if shown else None


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", "a b c d"),
        ("challenge=wohnraum", "a b"),
        ("challenge=wohnraum&state=05", "a"),
        ("challenge=wohnraum&challenge=sprache&state=05&state=03", "a c"),
        ("target_group=frauen", "b"),
        ("state=11", "b"),
        ("state=5", "a b c d"),
        ("size=s3", "a"),
        ("size=s7", "b"),
        ("size=s6", ""),
        ("kind=district", "c"),
        ("kind=district&kind=association", "c d"),
        ("kind=town&size=s7", ""),
        ("municipality=05962004", "a"),
        ("municipality=05962004&municipality=11000000&challenge=sprache", "b"),
        ("q=altena", "a"),
        ("q=05962004", "a"),
        ("q=P803", "c"),
        ("q=lotse", "d"),
        ("q=sportverein", "d"),
        ("q=m%C3%BCnchen", ""),
        ("q=altena&state=11", ""),
    ],
)
def test_choices_widen_inside_a_facet_and_narrow_between_facets(records, query, expected):
    assert " ".join(sorted(slugs(query).split())) == expected


@pytest.mark.parametrize(
    ("query", "name", "expected"),
    [
        ("", "state", {"01": 1, "03": 1, "05": 1, "11": 1}),
        ("challenge=wohnraum", "state", {"05": 1, "11": 1}),
        ("challenge=wohnraum&state=03", "state", {"03": 0, "05": 1, "11": 1}),
        ("", "size", {"s3": 1, "s7": 1}),
        ("", "kind", {"town": 1, "city": 1, "district": 1, "association": 1}),
        ("size=s7", "kind", {"city": 1}),
        ("", "challenge", {"sprache": 2, "wohnraum": 2}),
    ],
)
def test_a_count_is_the_records_with_the_value_given_the_other_facets(records, query, name, expected):
    assert counts(query, name) == expected


def test_a_district_and_a_place_of_unknown_population_have_no_size(records):
    assert sum(counts("", "size").values()) == 2


def test_the_facet_of_municipalities_is_shown_only_when_one_is_chosen(records):
    assert counts("", "municipality") is None
    assert counts("municipality=05962004", "municipality")["05962004"] == 1
    assert [chip.label for chip in bound("municipality=05962004").chips][0].startswith("Altena (Märkischer Kreis")


def test_a_municipality_without_a_public_example_is_an_unknown_value(records):
    filter_set = bound("municipality=09162000")
    assert [(facet.name, facet.unknown) for facet in filter_set.facets if facet.unknown] == [
        ("municipality", ["09162000"])
    ]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", "c a b d"),
        ("sort=newest", "c a b d"),
        ("sort=municipality", "a d b c"),
        ("sort=title", "c b d a"),
        ("sort=number", "a b c d"),
    ],
)
def test_sort_orders_put_empty_values_last_and_break_ties_by_number(records, query, expected):
    assert slugs(query) == expected
