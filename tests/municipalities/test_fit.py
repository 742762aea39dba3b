"""How alike two municipalities are: what each reason needs, and what holds of every order."""

from itertools import pairwise
from math import inf, log1p
from types import SimpleNamespace

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from municipalities import fit
from municipalities.models import SIZE_LIMITS, Municipality, State


def place(key="05962004", kind="town", population=12_000, **facts):
    """A town of 12,000 without a point; `size` follows from the population as in the database."""
    size = "" if kind == "district" or population is None else next(
        (size.value for limit, size in SIZE_LIMITS if population < limit), "s7")  # fmt: skip
    missing = dict.fromkeys(("area_km2", "degree_of_urbanisation", "lat", "lon", "bbsr_year"))
    facts = {**missing, "called": "Stadt", "bbsr_code": "", "state": key[:2], "sort_name": key, "size": size, **facts}
    return SimpleNamespace(key=key, kind=kind, population=population, **facts)


ALIEN = {"kind": "city", "population": 800_000}  # shares nothing with a town of 12,000


@pytest.mark.parametrize(
    ("here", "there", "reasons"),
    [
        ({}, {"key": "09100100"}, ["size", "population", "kind"]),
        ({}, {"key": "05962004"}, ["self"]),
        ({}, ALIEN | {"key": "09100100"}, []),
        ({}, ALIEN | {"key": "05100100"}, ["state"]),
        ({}, ALIEN | {"key": "05962008"}, ["state", "district"]),
        ({}, {"key": "05962", "kind": "district", "population": 400_000}, ["state", "district"]),
        ({}, {"key": "09100100", "population": 18_000}, ["size", "population", "kind"]),
        ({}, {"key": "09100100", "population": 18_001}, ["size", "comparable", "kind"]),
        ({"population": 19_000}, {"key": "09100100", "population": 21_000}, ["population", "kind"]),
        ({}, {"key": "09100100", "population": 36_000}, ["comparable", "kind"]),
        ({}, {"key": "09100100", "population": 36_001}, ["kind"]),
        ({"population": 9_000}, {"key": "09100100", "population": 3_000}, ["comparable", "kind"]),
        ({"population": 9_000}, {"key": "09100100", "population": 816}, ["kind"]),
        ({"population": 900}, {"key": "09100100", "population": 4_900}, ["size", "kind"]),
        ({}, {"key": "09100100", "population": None}, ["kind"]),
        ({"population": None}, {"key": "09100100", "population": None}, ["kind"]),
        ({"key": "05962", "kind": "district", "population": 300_000},
         {"key": "09174", "kind": "district", "population": 450_000}, ["population", "kind"]),
        ({"key": "05962", "kind": "district", "population": 300_000},
         {"key": "09174", "kind": "district", "population": 450_001}, ["comparable", "kind"]),
        ({"area_km2": 100}, {"key": "09100100", "area_km2": 80}, ["size", "population", "kind", "density"]),
        ({"area_km2": 100}, {"key": "09100100", "area_km2": 60}, ["size", "population", "kind"]),
        ({"area_km2": 100}, {"key": "09100100"}, ["size", "population", "kind"]),
        ({"degree_of_urbanisation": 3}, {"key": "09100100", "degree_of_urbanisation": 3}, ["size", "population", "kind", "degree"]),
        ({"degree_of_urbanisation": 3}, {"key": "09100100", "degree_of_urbanisation": 2}, ["size", "population", "kind"]),
        ({"bbsr_code": "70", "bbsr_year": 2022}, {"key": "09100100", "bbsr_code": "70", "bbsr_year": 2022},
         ["size", "population", "kind", "bbsr"]),
        ({"bbsr_code": "70", "bbsr_year": 2022}, {"key": "09100100", "bbsr_code": "70", "bbsr_year": 2021},
         ["size", "population", "kind"]),
        ({"lat": 50, "lon": 8}, {"key": "09100100", "lat": 50.2, "lon": 8}, ["size", "population", "kind", "near"]),
        ({"lat": 50, "lon": 8}, {"key": "09100100", "lat": 51, "lon": 8}, ["size", "population", "kind"]),
        ({"lat": 50, "lon": 8}, {"key": "09100100"}, ["size", "population", "kind"]),
    ],
)  # fmt: skip
def test_a_reason_holds_for_what_is_known_on_both_sides(here, there, reasons):
    found = fit.likeness(place(**here), place(**there))
    assert list(found.reasons) == reasons
    assert (found.score > 0) == bool(reasons)


@pytest.mark.parametrize(
    ("there", "german", "english"),
    [
        ({"population": 18_000}, "ähnliche Einwohnerzahl", "similar population"),
        ({"population": 18_001}, "gleiche Größenklasse", "same size class"),
        (
            {"population": 36_000},
            "vergleichbare Einwohnerzahl (bis zum Dreifachen)",
            "comparable population (up to three times)",
        ),
    ],
)
def test_of_what_says_the_same_the_stronger_reason_is_printed(there, german, english):
    here, there = place(lat=50, lon=8), place("05962008", lat=50.207, lon=8, **there)
    found = fit.likeness(here, there)
    with translation.override("de"):
        rest = ["gleiches Land (gleiches Landesrecht)", "gleiche Art (Stadt)", "gleicher Kreis"]
        assert found.words(here, there) == [german, *rest]
    with translation.override("en"):
        assert found.words(here, there)[0] == english
    assert (found.is_near, found.km) == (True, 23)


@pytest.mark.parametrize(
    ("kind", "here", "there", "said"),
    [
        ("town", "Stadt", "Stadt", "gleiche Art (Stadt)"),
        ("town", "Gemeinde", "Stadt", "beide gehören zu einem Kreis"),
        ("city", "Stadtkreis", "Kreisfreie Stadt", "beide ohne Kreis"),
        ("district", "Kreis", "Landkreis", "beide auf der Ebene der Kreise"),
        ("association", "Amt", "Samtgemeinde", "beide Gemeindeverbände"),
    ],
)
def test_the_kind_is_named_as_the_register_names_it(kind, here, there, said):
    here, there = place("0", kind, None, called=here), place("1", kind, None, called=there)
    with translation.override("de"):
        assert fit.likeness(here, there).words(here, there) == [said]


@pytest.mark.parametrize(
    ("there", "similar"),
    [
        ({"population": 522_131}, False),  # the kind alone
        ({"population": 522_131, "degree_of_urbanisation": 3}, True),
        ({"kind": "city", "population": 36_000}, False),
        ({"kind": "city", "population": 18_000}, True),
    ],
)
def test_the_kind_alone_makes_nothing_similar(there, similar):
    found = fit.likeness(place(degree_of_urbanisation=3), place("09100100", **there))
    assert found.score > 0
    assert found.is_similar == similar


def test_every_reason_but_kind_and_distance_has_words():
    assert {*fit.LABELS, fit.KIND, fit.NEAR} == set(fit.WEIGHTS)
    assert set(fit.ALIKE_IN_KIND) == set(Municipality.Kind.values)


def maybe(strategy):
    return st.none() | strategy


@st.composite
def places(draw):
    kind = draw(st.sampled_from(Municipality.Kind.values))
    length = {"district": 3, "association": 7}.get(kind, 6)
    key = draw(st.sampled_from(State.values)) + str(draw(st.integers(0, 30))).zfill(length)
    lat = draw(maybe(st.floats(47, 55)))
    return place(
        key, kind, draw(maybe(st.integers(0, 4_000_000))),
        area_km2=draw(maybe(st.integers(1, 90_000))),
        degree_of_urbanisation=draw(maybe(st.sampled_from([1, 2, 3]))),
        lat=lat, lon=None if lat is None else draw(st.floats(6, 15)),
        bbsr_code=draw(st.sampled_from(["", "10", "70"])), bbsr_year=2022,
    )  # fmt: skip


@given(places(), places())
def test_reasons_are_the_same_seen_from_either_side(one, other):
    assert fit.likeness(one, other) == fit.likeness(other, one)


@given(places(), st.lists(places(), max_size=12))
def test_itself_comes_first_and_the_order_is_total(one, others):
    others = [other for other in others if other.key != one.key] + [one]
    compared = fit.Comparison(one, fit.Facts.of(others))
    order = compared.order.tolist()
    assert sorted(order) == list(range(len(others)))
    assert others[order[0]] is one
    ranked = [(-compared.scores[number], number) for number in order]
    assert [score for score, _number in ranked] == sorted(score for score, _number in ranked)


@given(places(), st.lists(places(), max_size=6), st.randoms())
def test_the_order_follows_from_the_facts_alone(one, others, random):
    """However they are handed in: what is equally alike comes by its population, and then as it stood."""
    shuffled = random.sample(others, len(others))

    def ranked(some):
        compared = fit.Comparison(one, fit.Facts.of(some))
        return [(compared.scores[number], some[number].population) for number in compared.order.tolist()]

    def distance(population):
        known = None not in (population, one.population)
        return abs(log1p(population) - log1p(one.population)) if known else inf

    found = [(-score, distance(population)) for score, population in ranked(others)]
    assert found == [(-score, distance(population)) for score, population in ranked(shuffled)]
    for (score, away), (next_score, next_away) in pairwise(found):
        assert score < next_score or (score == next_score and away <= next_away * (1 + 1e-9))


def test_of_two_that_are_equally_alike_the_one_of_closer_population_comes_first():
    populations = [4_100, None, 30_000, 18_500, 8_100, 18_500]
    found = fit.Comparison(place(), fit.Facts.of([place(f"0910010{n}", population=each)
                                                  for n, each in enumerate(populations)]))  # fmt: skip
    assert [populations[number] for number in found.order] == [18_500, 18_500, 8_100, 30_000, 4_100, None]
    assert found.order.tolist()[:2] == [3, 5]


def test_a_town_has_towns_of_its_size_before_a_village_next_door():
    """Even a village that shares everything but its population: what was a mistake once."""
    here = place("12069020", population=9_000, area_km2=200, degree_of_urbanisation=3, lat=52.2, lon=12.5)
    village = place("12069216", population=816, area_km2=18, degree_of_urbanisation=3, lat=52.25, lon=12.6)
    town = place("03356011", population=9_328, area_km2=76)
    assert fit.likeness(here, town).score > fit.likeness(here, village).score
    smaller = place("12069020", population=946, area_km2=20, degree_of_urbanisation=3, lat=52.2, lon=12.5)
    assert fit.likeness(smaller, village).score > fit.likeness(smaller, town).score


@given(places(), st.lists(places(), min_size=1, max_size=12))
def test_every_point_has_its_reason_and_many_are_compared_as_one_is(one, others):
    compared = fit.Comparison(one, fit.Facts.of(others))
    for number, other in enumerate(others):
        found = compared.likeness(number)
        assert found == fit.likeness(one, other)
        if found.reasons != (fit.SELF,):
            own = sum(fit.WEIGHTS[code] for code in found.reasons if code != fit.NEAR)
            assert own <= found.score <= own + fit.WEIGHTS[fit.NEAR] * (fit.NEAR in found.reasons)


@given(places(), places(), st.sampled_from(["area_km2", "degree_of_urbanisation", "population"]))
def test_a_missing_fact_gives_no_point_and_takes_none(one, other, name):
    """Less is known, hence not more is alike."""
    facts = vars(other) | {name: None}
    if name == "population":
        facts["size"] = ""
    less = fit.likeness(one, SimpleNamespace(**facts))
    if one.key != other.key:
        assert set(less.reasons) <= set(fit.likeness(one, other).reasons)


def test_nothing_to_compare_with_is_no_mistake():
    assert fit.Comparison(place(), fit.Facts.of([])).order.tolist() == []
