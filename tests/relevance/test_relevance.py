import pytest
from django.core.management import call_command
from django.db import transaction

from recommendations.filters import PracticeExampleFilter, RecommendationFilter
from recommendations.models import PracticeExample, Recommendation

from .judgements import FILES, Answer, Query, Score, ask, by_kind, queries

pytestmark = pytest.mark.django_db

RECALL, RECALL_PER_KIND, MRR, NOTHING = 0.95, 0.90, 0.85, 0.01


@pytest.fixture(scope="module")
def starter_content(django_db_setup, django_db_blocker):
    """Loaded once for all queries of this file, and gone afterwards."""
    with django_db_blocker.unblock(), transaction.atomic():
        call_command("load_content", verbosity=0)
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def answers(starter_content):
    return {file: [ask(query) for query in queries(path)] for file, path in FILES.items()}


@pytest.mark.parametrize("file", FILES)
def test_readers_find_what_they_look_for(answers, file):
    """Of the records that answer a query, 95 % are among the first ten; a good one comes first; few lists are empty."""
    score = Score.of(answers[file])
    assert (score.recall >= RECALL, score.mrr >= MRR, score.nothing <= NOTHING) == (True, True, True), score


@pytest.mark.parametrize("kind", dict.fromkeys(query.kind for path in FILES.values() for query in queries(path)))
def test_no_kind_of_query_is_left_behind(answers, kind):
    """Both files together: a kind has too few queries in one of them for a percentage."""
    of_kind = [answer for found in answers.values() for answer in by_kind(found).get(kind, [])]
    poor = [(answer.query.q, answer.found[:10]) for answer in of_kind if answer.recall < 1]
    assert Score.of(of_kind).recall >= RECALL_PER_KIND, poor


def test_nothing_is_found_that_the_query_excludes(answers):
    assert [
        (answer.query.q, answer.forbidden) for found in answers.values() for answer in found if answer.forbidden
    ] == []


def test_judgements_name_records_that_exist_and_are_of_one_list(starter_content):
    numbers = {each.number for model in (Recommendation, PracticeExample) for each in model.objects.visible()}
    for path in FILES.values():
        for query in queries(path):
            named = {*query.relevant, *query.never}
            assert named <= numbers, query
            assert len({number[0] for number in named}) == 1, query
            assert set(query.best) < set(query.relevant), query
            assert not set(query.never) & set(query.relevant), query
            assert len(set(query.relevant)) == len(query.relevant), query


def test_no_query_is_there_twice():
    typed = [(query.q.casefold(), query.lang, query.filter_class) for path in FILES.values() for query in queries(path)]
    assert len(set(typed)) == len(typed)


@pytest.mark.parametrize(
    ("relevant", "best", "found", "recall", "precision", "reciprocal_rank"),
    [
        ("E1", "", "E1", 1, 1, 1),
        ("E1", "", "", 0, 0, 0),
        ("E1", "", "E2 E1", 1, 1 / 2, 1 / 2),
        ("E1 E2", "E2", "E1 E2", 1, 1, 1 / 2),
        ("E1 E2", "", "E1 E3 E4 E5 E6 E2", 1, 1 / 5, 1),
        ("E1 E2 E3 E4", "", "E1", 1 / 4, 1, 1),
        ("E1", "", "E2 E3 E4 E5 E6 E7 E8 E9 E10 E11 E1", 0, 0, 1 / 11),
        (" ".join(f"E{n}" for n in range(20)), "", " ".join(f"E{n}" for n in range(10)), 1, 1, 1),
    ],
)  # fmt: skip
def test_the_figures_are_what_their_names_say(relevant, best, found, recall, precision, reciprocal_rank):
    answer = Answer(Query("", "plain", tuple(relevant.split()), tuple(best.split())), tuple(found.split()))
    assert (answer.recall, answer.precision, answer.reciprocal_rank) == (recall, precision, reciprocal_rank)


PEOPLE = """
    Afghanen Albaner Aleviten Araber Armenier Bosnier Buddhisten Christen Eritreer Hindus Homosexuelle Imame Iraker
    Iraner Jesiden Juden Kroaten Kurden Kurdinnen Lesben Muslime Perser Polen Roma Russen Schwarze Schwule Serben Sikhs
    Sinti Somalier Syrer Tamilen Tschetschenen Türken
""".split()


@pytest.mark.parametrize("filter_class", [RecommendationFilter, PracticeExampleFilter])
def test_a_word_for_people_is_not_taken_for_a_slip(starter_content, filter_class):
    """„Kurden“ does not mean „Kursen“. A word that this finds belongs to the search synonyms."""
    searches = {word: filter_class({"q": word}).found.corrected for word in PEOPLE}
    assert {word: corrected for word, corrected in searches.items() if corrected} == {}
