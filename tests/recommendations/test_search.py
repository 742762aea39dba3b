import pytest
from django.utils import translation

from recommendations.filters import PracticeExampleFilter, RecommendationFilter
from tests.factories import make_example, make_municipality, make_recommendation, make_synonym

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "q",
    [
        "Geflüchtete",
        "gefluechtete",
        "GEFLÜCHTETEN",
        "Unterkuenfte",
        "Unterkunft",
        "Gemeinschaftsunterkünfte",
        "Spracherwerb",
        "Sprach",
        "Straße",
        "strassen",
        "housing",
        "Münster",
        "muenster",
        "05515000",
        "Geflüchtete Münster Sprache",
    ],
)
def test_an_example_is_found_by_any_spelling_inflection_part_or_place(q):
    place = make_municipality("05515000", name="Münster", official_name="Münster, Stadt")
    example = make_example(
        municipality=place,
        title_de="Geflüchtete in Gemeinschaftsunterkünften",
        title_en="Housing for refugees",
        situation_de="Der Spracherwerb begann auf der Straße.",
    )
    make_example(title_de="Etwas ganz anderes")
    assert PracticeExampleFilter({"q": q}).ids == [example.pk]


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("unterkunft", "ab"),
        ("wohnung", "ab"),
        ("unterkünfte", "ab"),
        ("wohnungen", "ab"),
        ("kita", "cd"),
        ("kindertagesstätte", "c"),
        ("jobcenter", "e"),
        ("kita jobcenter", "cde"),
    ],
)
def test_synonyms_find_in_both_directions_or_in_one(q, found):
    make_synonym("Unterkunft", "Wohnung")
    make_synonym("Kita", "Kindertagesstätte", kind="oneway")
    make_synonym("Jobcenter", "Agentur Arbeit")
    titles = {
        "a": "Wohnung",
        "b": "Unterkunft",
        "c": "Kindertagesstätte",
        "d": "Kita",
        "e": "Agentur für Arbeit",
        "f": "Arbeit",
    }
    slugs = {make_recommendation(slug=slug, title_de=title).pk: slug for slug, title in titles.items()}
    assert "".join(sorted(slugs[pk] for pk in RecommendationFilter({"q": q}).ids)) == found


def test_the_best_match_comes_first():
    """The word itself before a longer one, the title before the summary, the summary before the rest."""
    order = [
        {"title_de": "Wohnung"},
        {"title_de": "Wohnungslosigkeit"},
        {"summary_de": "Eine Wohnung."},
        {"rationale_de": "Eine Wohnung."},
        {"rationale_de": "Sozialwohnung"},
    ]
    expected = {make_recommendation(**{"title_de": "Titel", **fields}).pk: fields for fields in reversed(order)}
    found = RecommendationFilter({"q": "wohnung"}).ids
    weights = [expected[pk] for pk in found]
    assert weights[0] == order[0]
    assert weights[-1] == order[-1]
    assert {str(each) for each in weights[1:3]} == {str(each) for each in order[1:3]}


def ranked(q):
    """The titles of what is found, in order."""
    filter_set = RecommendationFilter({"q": q})
    titles = dict(filter_set.rows().values_list("pk", "title_de"))
    return [titles[pk] for pk in filter_set.ids]


def test_of_several_words_the_one_that_few_records_have_tells_more():
    for n in range(9):
        make_recommendation(title_de=f"Kommune {n}")
    make_recommendation(title_de="Titel", rationale_de="Gegen Hetze.")
    assert ranked("Kommune Hetze")[0] == "Titel"


def test_somebody_who_explains_more_does_not_find_less():
    for title in ("Kita", "Schule", "Beruf", "Sport", "Kurs"):
        make_recommendation(title_de=title)
    assert set(ranked("Kita Schule Beruf Sport Kurs")) == {"Kita", "Schule", "Beruf", "Sport", "Kurs"}


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("Beschwerdemöglichkeiten", ["Beschwerden"]),
        ("Beschwerdeproblematik", ["Beschwerden"]),
        ("Beschwerdeverwaltung", []),
        ("Vorhangmöglichkeiten", []),
    ],
)
def test_of_a_compound_that_ends_with_what_tells_little_the_rest_is_enough(q, found):
    make_recommendation(title_de="Beschwerden")
    make_recommendation(title_de="Verwaltung")
    assert ranked(q) == found


def test_a_slip_in_a_long_word_is_mended_even_if_its_parts_happen_to_be_found():
    make_recommendation(title_de="Organisation der Migration")
    make_recommendation(title_de="Migrantenorganisation")
    assert "Migrantenorganisation" in ranked("Migratenorganisation")
    assert RecommendationFilter({"q": "Migratenorganisation"}).found.corrected


def test_a_separable_verb_is_found_in_one_word():
    make_recommendation(title_de="Anmeldung in der Kita")
    make_recommendation(title_de="Kinder in der Kita")
    assert ranked("Wie melde ich ein Kind in der Kita an?")[0] == "Anmeldung in der Kita"


def test_a_record_that_several_synonyms_find_comes_before_one_that_one_of_them_finds():
    make_synonym("Hass", "Rassismus", "Diskriminierung", kind="oneway")
    make_recommendation(title_de="Rassismus")
    make_recommendation(title_de="Rassismus und Diskriminierung")
    assert ranked("Hass") == ["Rassismus und Diskriminierung", "Rassismus"]


def test_the_word_itself_in_a_title_comes_before_several_synonyms_wherever_they_stand():
    make_synonym("Container", "Notlösung", "Unterkunft", "Heim", kind="oneway")
    both = "Heim, Notlösung, Unterkunft"
    make_recommendation(title_de=both, summary_de=both, rationale_de=both)
    make_recommendation(title_de="Container")
    assert ranked("Container") == ["Container", both]


@pytest.mark.parametrize(
    ("q", "order"),
    [
        ("Nachbarn", ["Nachbarn", "Nachbarschaft"]),
        ("Stadt", ["Stadt", "Städte", "Stadtfest"]),
        ("Stimmung", ["Stimmung", "Grundstimmung"]),
    ],
)
def test_a_whole_word_comes_before_a_part_of_one_and_a_word_with_a_prefix_is_another(q, order):
    for title in ("Stadtfest", "Städte", "Stadt", "Nachbarschaft", "Nachbarn", "Grundstimmung", "Stimmung"):
        make_recommendation(title_de=title)
    make_recommendation(title_de="Abstimmung auf gutem Grund")
    assert ranked(q) == order


def test_records_that_match_equally_come_in_the_order_of_their_numbers():
    late = make_recommendation(number="E802", title_de="Rathaus")
    early = make_recommendation(number="E801", title_de="Rathaus")
    assert RecommendationFilter({"q": "rathaus"}).ids == [early.pk, late.pk]


@pytest.mark.parametrize("q", ["E017", "e017", "E17", "e0017"])
def test_a_record_is_found_by_its_number_with_or_without_zeros(q):
    record = make_recommendation(number="E017", title_de="Rathaus")
    make_recommendation(number="E117", title_de="Rathaus")
    make_recommendation(number="E170", title_de="Rathaus")
    assert RecommendationFilter({"q": q}).ids == [record.pk]


def test_a_long_search_is_cut_and_still_answered():
    record = make_recommendation(title_de="Rathaus")
    filter_set = RecommendationFilter({"q": "rathaus " * 1000})
    assert filter_set.ids == [record.pk]
    assert len(filter_set.q) <= 200


def test_words_that_are_too_many_are_told_and_not_looked_for(client):
    many = [f"rathaus{chr(97 + n)}x" for n in range(14)]
    record = make_recommendation(title_de=" ".join(many[:12]))
    filter_set = RecommendationFilter({"q": " ".join(many)})
    assert filter_set.ids == [record.pk]
    assert filter_set.found.ignored == many[12:]
    assert not filter_set.is_partial
    page = client.get("/empfehlungen/", {"q": " ".join(many)}).text
    assert f"Nicht gesucht haben wir nach „{many[12]}“, „{many[13]}“." in page
    assert "Nicht gesucht" not in client.get("/empfehlungen/", {"q": many[0]}).text


def test_of_many_unknown_words_only_the_first_are_corrected(monkeypatch):
    monkeypatch.setattr("portal.index.MOST_CORRECTED", 1)
    make_recommendation(title_de="Wohnung im Rathaus")
    found = RecommendationFilter({"q": "wonung rathhaus"}).found
    assert found.corrected == {"wonung": "Wohnung"}
    assert found.missing == ["rathhaus"]


def test_where_not_all_texts_can_be_compared_a_phrase_is_looked_for_in_the_best_ones(monkeypatch):
    monkeypatch.setattr("portal.index.MOST_COMPARED", 1)
    make_recommendation(rationale_de="Ein Tisch, aber kein runder.")
    best = make_recommendation(title_de="Runder Tisch")
    assert RecommendationFilter({"q": "„runder Tisch“"}).ids == [best.pk]


def test_many_phrases_read_no_more_texts_than_two_do(django_assert_max_num_queries):
    """Those that are not compared need their words in the same record all the same."""
    record = make_recommendation(title_de="rot blau gelb braun")
    index = RecommendationFilter({}).index
    with django_assert_max_num_queries(6):  # the recommendations and their steps in two languages, twice
        assert index.search("„rot blau“ „blau gelb“ „braun rot“ „gelb rot“ „braun gelb“").complete
        assert not index.search("„rot blau“ „blau gelb“ „braun Rathaus“").complete
    assert RecommendationFilter({"q": "„braun rot“"}).ids == []
    assert RecommendationFilter({"q": "rot -„braun rot“"}).ids == [record.pk]
    assert RecommendationFilter({"q": "rot -„rot blau“"}).ids == []


def test_what_is_remembered_of_a_phrase_goes_to_readers_of_the_same_language():
    """On German pages the English title counts for less."""
    make_recommendation(title_en="Networks", summary_en="A network plan.")
    make_recommendation(title_en="Plan", summary_en="A network plan.")
    index, scores = RecommendationFilter({}).index, {}
    for lang in ("de", "en", "de"):
        with translation.override(lang):
            scores.setdefault(lang, []).append(index.search("„network plan“").scores.tolist())
    assert scores["de"][0] == scores["de"][1] != scores["en"][0]


@pytest.mark.parametrize(("lang", "found"), [("de", 0), ("en", 1)])
def test_a_word_is_corrected_to_one_of_the_language_of_the_page(lang, found):
    make_recommendation(title_de="Kurz", title_en="Shorter")
    with translation.override(lang):
        assert len(RecommendationFilter({"q": "shrter"}).ids) == found


def test_a_word_of_the_other_language_that_only_looks_alike_comes_last():
    make_recommendation(title_de="Kirche", title_en="Protestant")
    make_recommendation(title_de="Titel", rationale_de="Es gab Proteste.")
    assert ranked("Protest") == ["Titel", "Kirche"]


def test_a_word_that_only_makes_up_sentences_of_the_other_language_is_none_of_this_one():
    make_recommendation(title_de="Titel", title_en="Do not wait")
    make_recommendation(title_de="Menschen in Not")
    assert ranked("Not") == ["Menschen in Not"]
    with translation.override("en"):
        assert set(ranked("not")) == {"Titel", "Menschen in Not"}
    assert ranked("„do not wait“") == ["Titel"]


def test_only_words_of_the_language_of_the_page_are_offered():
    make_recommendation(title_de="Hürden", title_en="Burden")
    assert [other.label for other in RecommendationFilter({"q": "kurden"}).alternatives] == ["Hürden"]
