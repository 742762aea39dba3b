import pytest
from django.http import QueryDict
from django.utils import translation

from recommendations.filters import RecommendationFilter
from recommendations.models import Addressee, Effort
from tests.factories import DRAFT, make_challenge, make_example, make_recommendation, make_synonym, make_target_group

pytestmark = pytest.mark.django_db


@pytest.fixture
def records():
    make_target_group("frauen", role="beneficiary")
    make_target_group("vereine", role="actor")
    make_recommendation("wohnraum", slug="a", effort="low", horizon="short", addressees=["kommune"], year=2019,
                        target_groups=["frauen"], evidence="stated", title_de="Alphabet lehren")  # fmt: skip
    make_recommendation("wohnraum", "sprache", slug="b", effort="high", horizon="long", addressees=["land", "kommune"],
                        year=2022, target_groups=["frauen", "vereine"], evidence="derived", title_de="Wohnungen bauen")  # fmt: skip
    make_recommendation("sprache", slug="c", effort="high", addressees=["bund"], year=2024, target_groups=["vereine"],
                        evidence="stated", title_de="Sprachkurse öffnen")  # fmt: skip
    make_recommendation("gesundheit", slug="d", title_de="Ärztliche Hilfe")
    make_recommendation("wohnraum", slug="draft", effort="low", addressees=["kommune"], year=2024, **DRAFT)


def bound(query, lang="de"):
    with translation.override(lang):
        return RecommendationFilter(QueryDict(query))


def slugs(query, lang="de"):
    """The slugs of the results in their order, as a text that is easily compared."""
    with translation.override(lang):
        filter_set = RecommendationFilter(QueryDict(query))
        by_id = dict(filter_set.queryset.values_list("pk", "slug"))
        return " ".join(by_id[pk] for pk in filter_set.ids)


def found(query):
    return " ".join(sorted(slugs(query).split()))


def facet(query, name):
    """A facet of a list, or None where it isn't shown."""
    with translation.override("de"):
        return next((each for each in RecommendationFilter(QueryDict(query)).facets if each.name == name), None)


def counts(query, name):
    with translation.override("de"):
        shown = facet(query, name)
        return {option.value: option.count for option in shown.options} if shown else {}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", "a b c d"),
        ("challenge=wohnraum", "a b"),
        ("challenge=wohnraum&challenge=sprache", "a b c"),
        ("challenge=wohnraum&challenge=sprache&challenge=gesundheit", "a b c d"),
        ("challenge=wohnraum&effort=high", "b"),
        ("challenge=wohnraum&effort=low&effort=high", "a b"),
        ("challenge=gesundheit&effort=low", ""),
        ("addressee=kommune", "a b"),
        ("addressee=land&addressee=bund", "b c"),
        ("addressee=zivilgesellschaft", ""),
        ("target_group=frauen", "a b"),
        ("target_group=frauen&target_group=vereine", "a b c"),
        ("target_group=vereine&addressee=kommune", "b"),
        ("horizon=short", "a"),
        ("horizon=short&horizon=long", "a b"),
        ("evidence=stated", "a c"),
        ("evidence=stated&effort=high&challenge=sprache", "c"),
        ("challenge=wohnraum&challenge=wohnraum", "a b"),
    ],
)
def test_choices_widen_inside_a_facet_and_narrow_between_facets(records, query, expected):
    assert found(query) == expected


@pytest.mark.parametrize(
    ("query", "name", "expected"),
    [
        ("", "challenge", {"gesundheit": 1, "sprache": 2, "wohnraum": 2}),
        ("", "effort", {"low": 1, "high": 2}),
        ("challenge=wohnraum", "challenge", {"gesundheit": 1, "sprache": 2, "wohnraum": 2}),
        ("challenge=wohnraum", "effort", {"low": 1, "high": 1}),
        ("effort=low", "challenge", {"wohnraum": 1}),
        ("effort=low&evidence=derived", "challenge", {}),
        ("effort=low&evidence=derived", "effort", {"low": 0, "high": 1}),
        ("effort=low&evidence=derived", "evidence", {"stated": 1, "derived": 0}),
        ("", "addressee", {"bund": 1, "land": 1, "kommune": 2, "kommune-only": 1}),
        ("q=wohnungen", "challenge", {"sprache": 1, "wohnraum": 1}),
        ("q=wohnungen&challenge=gesundheit", "challenge", {"gesundheit": 0, "sprache": 1, "wohnraum": 1}),
    ],
)
def test_a_count_is_the_records_with_the_value_given_the_other_facets(records, query, name, expected):
    assert counts(query, name) == expected


@pytest.mark.parametrize("query", ["", "effort=high", "challenge=sprache&evidence=stated", "q=wohnungen"])
def test_a_count_is_what_choosing_the_value_gives(records, query):
    with translation.override("de"):
        for shown in RecommendationFilter(QueryDict(query)).facets:
            if not shown.chosen:
                for option in shown.options:
                    assert len(found(f"{query}&{shown.name}={option.value}").split()) == option.count


def test_a_value_that_nothing_carries_is_left_out_unless_it_is_chosen(records):
    assert "medium" not in counts("", "effort")
    assert counts("effort=medium", "effort") == {"low": 1, "medium": 0, "high": 2}


def test_a_challenge_that_is_not_public_is_not_offered_and_not_known(records):
    hidden = make_challenge("geheim", **DRAFT)
    make_recommendation("geheim", "sprache", slug="e")
    assert hidden.slug not in counts("", "challenge")
    assert facet("challenge=geheim", "challenge").unknown == ["geheim"]


@pytest.mark.parametrize(
    ("query", "name", "unknown", "expected"),
    [
        ("challenge=wohnraum&challenge=gibtsnicht", "challenge", ["gibtsnicht"], "a b"),
        ("challenge=gibtsnicht", "challenge", ["gibtsnicht"], "a b c d"),
        ("effort=LOW", "effort", ["LOW"], "a b c d"),
        ("since=1066", "since", ["1066"], "a b c d"),
        ("since=2022&since=x&since=x", "since", ["x"], "b c"),
        ("addressee=kommune-only&addressee=%F0%9F%98%80", "addressee", ["😀"], "a"),
    ],
)
def test_an_unknown_value_is_reported_beside_its_facet_and_the_rest_still_filters(
    records, query, name, unknown, expected
):
    assert found(query) == expected
    shown = facet(query, name)
    assert shown.unknown == unknown
    assert shown.open


@pytest.mark.parametrize("query", ["since=", "challenge=&since=&effort=", "sort=&q=&since="])
def test_an_empty_value_as_a_form_sends_it_chooses_nothing_and_is_not_reported(records, query):
    filter_set = bound(query)
    assert len(filter_set.ids) == 4
    assert [shown.unknown for shown in filter_set.facets if shown.unknown] == []
    assert not filter_set.chips


@pytest.mark.parametrize(("year", "expected"), [(2019, "a b c"), (2022, "b c"), (2024, "c")])
def test_since_takes_that_year_and_all_later_ones(records, year, expected):
    assert found(f"since={year}") == expected


def test_since_offers_the_years_of_visible_sources_and_counts_the_later_ones_too(records):
    assert list(counts("", "since").items()) == [("2024", 1), ("2022", 2), ("2019", 3)]
    assert facet("", "since").single


def test_only_what_the_municipality_can_do_itself_leaves_out_what_needs_others(records):
    assert found("addressee=kommune-only") == "a"
    assert found("addressee=kommune-only&addressee=land") == "a b"


def test_target_groups_are_grouped_by_who_benefits_and_who_takes_part(records):
    groups = [[option.value for option in options] for _label, options in facet("", "target_group").groups]
    assert groups == [["frauen"], ["vereine"]]
    labels = [str(label) for label, _options in facet("", "target_group").groups]
    assert len(set(labels)) == 2
    assert all(labels)


@pytest.fixture
def sortable():
    make_recommendation(slug="a", number="E803", title_de="Zebra", title_en="Ant", year=2020)
    make_recommendation(slug="b", number="E801", title_de="ärztlich", year=2024)
    make_recommendation(
        slug="c", number="E802", title_de="Beta", title_en="Zulu", examples=[make_example(), make_example()]
    )
    make_recommendation(slug="d", number="E804", title_de="Ärzte", examples=[make_example()], year=2020)


@pytest.mark.parametrize(
    ("query", "lang", "expected"),
    [
        ("", "de", "c d b a"),
        ("sort=examples", "de", "c d b a"),
        ("sort=newest", "de", "b a d c"),
        ("sort=title", "de", "d b c a"),
        ("sort=title", "en", "a d b c"),
        ("sort=number", "de", "b c a d"),
        ("sort=nonsense", "de", "c d b a"),
        ("sort=title&sort=number", "de", "b c a d"),
    ],
)
def test_sort_orders_put_empty_values_last_and_break_ties_by_number(sortable, query, lang, expected):
    assert slugs(query, lang) == expected


def test_a_search_puts_the_best_match_first_unless_an_order_is_asked_for():
    make_recommendation(slug="a", number="E901", title_de="Anderes", rationale_de="Es geht um Wohnraum.")
    make_recommendation(slug="b", number="E902", title_de="Wohnraum schaffen")
    make_recommendation(slug="c", number="E903", title_de="Noch etwas", summary_de="Wohnraum fehlt.")
    assert slugs("q=wohnraum") == "b c a"
    assert slugs("q=wohnraum&sort=number") == "a b c"
    assert [(value, chosen) for value, _label, chosen in bound("q=wohnraum").sorts][0] == ("best", True)
    assert "" not in [value for value, _label, _chosen in bound("").sorts]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("q=sprache", "a"),
        ("q=alphabet", "a"),
        ("q=Herkunft", "a"),
        ("q=Rathaus", "a"),
        ("q=E777", "a"),
        ("q=alphabet+rathaus", "a"),
        ("q=alphabet+wohnungen", "a b"),
        ("q=xylophon", ""),
        ("q=%3F%21", ""),
        ("q=+++", "a b"),
    ],
)
def test_a_search_finds_every_word_in_title_summary_reasons_steps_or_number(query, expected):
    make_recommendation(slug="a", number="E777", title_de="Alphabet", summary_de="Zur Sprache.", rationale_de="Nach Herkunft.",
                        steps=["Ins Rathaus laden"])  # fmt: skip
    make_recommendation(slug="b", title_de="Wohnungen")
    assert found(query) == expected


def test_a_search_and_facets_narrow_each_other(records):
    assert found("q=wohnungen") == "b"
    assert found("q=wohnungen&challenge=gesundheit") == ""
    assert found("q=wohnungen&addressee=land") == "b"


def test_a_synonym_of_an_editor_finds_what_the_reader_calls_otherwise(records):
    assert found("q=unterkunft") == ""
    make_synonym("Unterkunft", "Wohnungen")
    assert found("q=unterkunft") == "b"


def test_every_choice_has_a_chip_that_leads_to_the_list_without_it(records):
    filter_set = bound(
        "q=wohnungen&challenge=sprache&challenge=wohnraum&addressee=land&sort=title&challenge=unbekannt&x=y"
    )
    assert [(chip.label, chip.url) for chip in filter_set.chips] == [
        ("wohnungen", "?challenge=sprache&challenge=wohnraum&addressee=land&sort=title"),
        ("Sprache", "?q=wohnungen&challenge=wohnraum&addressee=land&sort=title"),
        ("Wohnraum", "?q=wohnungen&challenge=sprache&addressee=land&sort=title"),
        (Addressee.LAND.label, "?q=wohnungen&challenge=sprache&challenge=wohnraum&sort=title"),
    ]
    assert filter_set.reset_url == "?"
    assert bound("").chips == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("challenge=gesundheit&effort=low", {"gesundheit": 1, Effort.LOW: 1}),
        ("q=xylophon&challenge=wohnraum", {"xylophon": 2}),
        ("q=wohnungen&challenge=gesundheit", {"wohnungen": 1, "gesundheit": 1}),
        ("challenge=gesundheit&effort=low&q=xylophon", {}),
        ("effort=low&evidence=derived&horizon=long", {Effort.LOW: 1}),
    ],
)
def test_an_empty_list_says_which_choice_to_drop_and_how_many_that_gives(records, query, expected):
    filter_set = bound(query)
    assert filter_set.ids == []
    with translation.override("de"):
        choices = {filter_set.query(without=pair): pair[1] for _facet, _label, pair in filter_set.choices_made}
        assert {choices[drop.url]: drop.count for drop in filter_set.dropped} == expected
        for drop in filter_set.dropped:
            assert len(bound(drop.url.removeprefix("?")).ids) == drop.count


def test_the_most_helpful_choice_to_drop_comes_first(records):
    assert [drop.count for drop in bound("challenge=wohnraum&q=sprachkurse").dropped] == [2, 1]
    assert [drop.count for drop in bound("q=sprachkurse&challenge=wohnraum").dropped] == [2, 1]


def test_labels_of_choices_are_in_the_language_of_the_page(records):
    make_challenge("englisch", title_de="Deutsch", title_en="English")
    make_recommendation("englisch")
    for lang, label in (("de", "Deutsch"), ("en", "English")):
        with translation.override(lang):
            shown = RecommendationFilter(QueryDict("")).facets[0]
            assert label in [str(option.label) for option in shown.options]
