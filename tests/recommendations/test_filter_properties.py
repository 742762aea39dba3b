"""The index against brute force: random content and random choices, compared with plain Python on the instances."""

import csv
import io
from urllib.parse import urlencode

import pytest
from django.db import transaction
from django.http import QueryDict
from django.test import Client
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from municipalities.models import Size, State
from portal import current
from recommendations.filters import PracticeExampleFilter, RecommendationFilter
from recommendations.models import Addressee, Effort, Evidence, Horizon, PracticeExample, Recommendation
from tests.factories import (
    DRAFT,
    HIDDEN,
    PUBLISHED,
    make_challenge,
    make_example,
    make_municipality,
    make_recommendation,
    make_target_group,
)  # fmt: skip

pytestmark = pytest.mark.django_db

CHALLENGES = ("wohnraum", "sprache", "gesundheit", "verborgen")
GROUPS = ("frauen", "vereine")
YEARS = (2018, 2021, 2024)
PLACES = {
    "05962004": ("town", 4_999),
    "05962008": ("town", 5_000),
    "11000000": ("city", 3_700_000),
    "03153": ("district", 130_000),
    "010585822": ("association", None),
}
WORDS = ("alphabet", "rathaus", "lotse")
STATES = [PUBLISHED, PUBLISHED, PUBLISHED, *HIDDEN.values()]


def some(values):
    return st.lists(st.sampled_from(list(values)), unique=True, max_size=3)


def one(values):
    return st.sampled_from(["", *values])


RECOMMENDATIONS = st.lists(
    st.fixed_dictionaries({
        "challenges": some(CHALLENGES),
        "target_groups": some(GROUPS),
        "addressees": some(Addressee.values).map(lambda codes: [code for code in Addressee.values if code in codes]),
        "horizon": one(Horizon.values),
        "effort": one(Effort.values),
        "evidence": one(Evidence.values),
        "year": st.sampled_from([None, *YEARS]),
        "title_de": some(WORDS).map(" ".join).filter(bool),
        "status": st.sampled_from(STATES),
    }),
    max_size=8,
)  # fmt: skip
EXAMPLES = st.lists(
    st.fixed_dictionaries({
        "challenges": some(CHALLENGES),
        "target_groups": some(GROUPS),
        "municipality": st.sampled_from(list(PLACES)),
        "title_de": some(WORDS).map(" ".join).filter(bool),
        "status": st.sampled_from(STATES),
    }),
    max_size=8,
)  # fmt: skip


def queries(**facets):
    """Choices as a dict of lists: known values, now and then an unknown one, sometimes a search."""
    fields = {name: some([*values, "unbekannt"]) for name, values in facets.items()}
    return st.fixed_dictionaries({**fields, "q": st.sampled_from([[], [], *([word] for word in WORDS), ["niemals"]])})


def keep_nothing(test):
    """Every example of hypothesis begins with the same empty tables."""

    def wrapped(*args, **kwargs):
        with transaction.atomic():
            current.forget()
            test(*args, **kwargs)
            transaction.set_rollback(True)

    return wrapped


def shown_counts(filter_set):
    return {facet.name: {option.value: option.count for option in facet.options} for facet in filter_set.facets}


def check(filter_class, records, values_of, query):
    """`values_of(record)`: {facet: set of values}. A facet or value that the page leaves out counts as 0."""
    data = QueryDict(urlencode(query, doseq=True))
    filter_set = filter_class(data)
    offered = {name: {value for record in records for value in values_of(record)[name]} for name in values_of(None)}
    closed = {"addressee": {*Addressee.values, "kommune-only"}, "horizon": {*Horizon.values}, "effort": {*Effort.values},
              "evidence": {*Evidence.values}, "state": {*State.values}, "size": {*Size.values},
              "kind": {"town", "city", "district", "association"}, "target_group": {*GROUPS}}  # fmt: skip
    closed["challenge"] = {*CHALLENGES} - {"verborgen"}
    known = {name: closed.get(name, offered[name]) for name in offered}
    chosen = {name: {value for value in query[name] if value in known[name]} for name in offered}
    words = query["q"][0] if query["q"] else ""

    def fits(record, skip=None):
        values = values_of(record)
        return words in record.title_de and all(
            not chosen[name] or chosen[name] & values[name] for name in offered if name != skip
        )

    assert set(filter_set.ids) == {record.pk for record in records if fits(record)}
    assert len(set(filter_set.ids)) == len(filter_set.ids)
    counts = shown_counts(filter_set)
    for name in offered:
        expected = {
            value: sum(fits(record, skip=name) and value in values_of(record)[name] for record in records)
            for value in known[name]
        }
        if name in counts or not filter_class.base_filters[name].quiet:
            assert counts.get(name, {}) == {value: n for value, n in expected.items() if n or value in chosen[name]}
    if not filter_set.ids:
        for drop in filter_set.dropped:
            assert drop.count == len(filter_class(QueryDict(drop.url.removeprefix("?"))).ids) > 0


def vocabulary():
    make_challenge("verborgen", **DRAFT)
    for slug in CHALLENGES:
        make_challenge(slug)
    for slug, role in zip(GROUPS, ("beneficiary", "actor"), strict=True):
        make_target_group(slug, role)


def make(factory, fields):
    fields = dict(fields)
    return factory(*fields.pop("challenges"), **fields.pop("status"), **fields)


def visible_challenges(record):
    return {slug for slug in record.challenges.values_list("slug", flat=True) if slug != "verborgen"}


@given(content=RECOMMENDATIONS, query=queries(
    challenge=CHALLENGES, target_group=GROUPS, addressee=[*Addressee.values, "kommune-only"], horizon=Horizon.values,
    effort=Effort.values, evidence=Evidence.values, since=[str(year) for year in YEARS]))  # fmt: skip
@keep_nothing
def test_recommendations_and_their_counts_equal_brute_force(content, query):
    vocabulary()
    years, facts = {}, {}
    for fields in content:
        record = make(make_recommendation, fields)
        if fields["status"] is PUBLISHED:
            years[record.pk] = fields["year"]
            facts[record.pk] = (visible_challenges(record), set(fields["target_groups"]))
    records = list(Recommendation.objects.filter(pk__in=years))
    offered = {year for year in years.values() if year}

    def values_of(record):
        names = ("challenge", "target_group", "addressee", "horizon", "effort", "evidence", "since")
        if record is None:
            return dict.fromkeys(names)
        challenges, groups = facts[record.pk]
        addressees = {*record.addressees, *(["kommune-only"] if record.addressees == ["kommune"] else [])}
        year = years[record.pk]
        since = {str(other) for other in offered if year and other <= year}
        return dict(zip(names, (challenges, groups, addressees, {record.horizon} - {""}, {record.effort} - {""},
                                {record.evidence} - {""}, since), strict=True))  # fmt: skip

    check(RecommendationFilter, records, values_of, query)


@given(content=EXAMPLES, query=queries(
    challenge=CHALLENGES, target_group=GROUPS, state=["01", "03", "05", "11"], size=["s1", "s2", "s7"],
    kind=["town", "city", "district", "association"], municipality=PLACES))  # fmt: skip
@keep_nothing
def test_practice_examples_and_their_counts_equal_brute_force(content, query):
    vocabulary()
    places = {key: make_municipality(key, kind=kind, population=n) for key, (kind, n) in PLACES.items()}
    sizes = {"05962004": {"s1"}, "05962008": {"s2"}, "11000000": {"s7"}, "03153": set(), "010585822": set()}
    facts = {}
    for fields in content:
        record = make(make_example, {**fields, "municipality": places[fields["municipality"]]})
        if fields["status"] is PUBLISHED:
            facts[record.pk] = (visible_challenges(record), set(fields["target_groups"]), fields["municipality"])
    records = list(PracticeExample.objects.filter(pk__in=facts))

    def values_of(record):
        names = ("challenge", "target_group", "state", "size", "kind", "municipality")
        if record is None:
            return dict.fromkeys(names)
        challenges, groups, key = facts[record.pk]
        return dict(zip(names, (challenges, groups, {key[:2]}, sizes[key], {PLACES[key][0]}, {key}), strict=True))

    check(PracticeExampleFilter, records, values_of, query)


@pytest.fixture
def three_pages():
    vocabulary()
    for n in range(60):
        make_recommendation(CHALLENGES[n % 4], effort=Effort.values[n % 3], title_de=WORDS[n % 2],
                            addressees=[Addressee.values[n % 3]], **(DRAFT if n % 7 == 0 else PUBLISHED))  # fmt: skip


@given(query=queries(challenge=CHALLENGES, effort=Effort.values, addressee=Addressee.values),
       sort=st.sampled_from(["", "title", "number", "newest", "examples"]))  # fmt: skip
def test_a_file_holds_the_same_records_in_the_same_order_as_all_pages_of_the_list(three_pages, query, sort):
    """Of all that a page understands; what it only reports, a file refuses."""
    parameters = urlencode({**query, "sort": [sort]}, doseq=True)
    with translation.override("de"):
        by_id = dict(Recommendation.objects.values_list("pk", "number"))
        asked = RecommendationFilter(QueryDict(parameters))
        expected, understood = [by_id[pk] for pk in asked.ids], asked.query().removeprefix("?")
    client, on_pages, number = Client(), [], 1
    while True:
        page = client.get(f"/empfehlungen/?{parameters}&page={number}").context["page_obj"]
        on_pages += [record.number for record in page.object_list]
        if not page.has_next():
            break
        number += 1
    is_refused = client.get(f"/daten/recommendations.csv?{parameters}").status_code == 400
    assert is_refused == bool(asked.not_understood)
    text = b"".join(client.get(f"/daten/recommendations.csv?{understood}").streaming_content).decode("utf-8-sig")
    in_file = [row["number"] for row in csv.DictReader(io.StringIO(text), delimiter=";")]
    assert on_pages == in_file == expected
