from datetime import timedelta

import pytest
from django.utils import timezone

from municipalities.filters import MunicipalityFilter
from portal import current, index
from portal.entries import apply
from portal.models import ContentChange
from portal.publishing import Publishable
from recommendations.filters import PracticeExampleFilter, RecommendationFilter
from recommendations.models import Recommendation
from recommendations.views.recommendation import RecommendationListView
from tests.factories import DRAFT, FAR_AHEAD, LONG_AGO, make_challenge, make_example, make_recommendation, make_synonym

pytestmark = pytest.mark.django_db


def ids(filter_class=RecommendationFilter, **data):
    return filter_class(data).ids


@pytest.fixture
def clock(monkeypatch):
    """Sets the time that `timezone.now()` tells, for the index and for `visible()`."""

    def set_to(moment):
        monkeypatch.setattr(timezone, "now", lambda: moment)

    return set_to


@pytest.fixture
def stopwatch(monkeypatch):
    """Moves the clock that tells the index when to ask the database again; it asks every ten seconds here."""
    now = [1000.0]
    monkeypatch.setattr("portal.current.time.monotonic", lambda: now[0])

    def wait(seconds):
        now[0] += seconds

    return wait


def test_a_change_through_the_door_is_seen_at_once_where_the_index_asks_every_time():
    record = make_recommendation("wohnraum", effort="low")
    assert ids(effort=["low"]) == [record.pk]
    apply({"effort": "high"}, record)
    assert ids(effort=["low"]) == []
    assert ids(effort=["high"]) == [record.pk]


def test_what_is_withdrawn_is_gone_and_what_is_published_is_there():
    record = make_recommendation(title_de="Rathaus")
    assert ids(q="rathaus") == [record.pk]
    Recommendation.objects.update(status="archived")
    apply({}, Recommendation.objects.get())
    assert ids(q="rathaus") == []
    Recommendation.objects.update(status="published")
    apply({}, Recommendation.objects.get())
    assert ids(q="rathaus") == [record.pk]


def test_a_deleted_record_is_gone_from_the_page_even_before_the_index_notices(client):
    make_recommendation(slug="bleibt")
    gone = make_recommendation(slug="geht")
    assert len(ids()) == 2
    gone.delete()
    shown = client.get("/empfehlungen/").context["page_obj"].object_list
    assert [record.slug for record in shown] == ["bleibt"]


def test_a_page_is_whole_even_if_another_thread_begins_the_kept_records_anew(client, monkeypatch):
    monkeypatch.setattr("portal.views.MOST_KEPT", 0)
    make_recommendation(slug="a", title_de="Rathaus"), make_recommendation(slug="b", title_de="Zoo")
    client.get("/empfehlungen/?q=rathaus")  # one of the two is kept
    rows = RecommendationListView.rows

    def meanwhile(view, visible):
        monkeypatch.setattr(RecommendationListView, "rows", rows)
        current.current_index(RecommendationFilter).records.clear()
        client.get("/empfehlungen/?q=zoo")
        return rows(view, visible)

    monkeypatch.setattr(RecommendationListView, "rows", meanwhile)
    page = client.get("/empfehlungen/").content.decode()
    assert "/empfehlungen/a/" in page
    assert "/empfehlungen/b/" in page


def test_new_labels_and_synonyms_are_known_at_once():
    challenge = make_challenge("wohnraum", title_de="Alt")
    make_recommendation("wohnraum", title_de="Rathaus")
    assert [option.label for option in RecommendationFilter({}).facets[0].options] == ["Alt"]
    apply({"title_de": "Neu"}, challenge)
    assert [option.label for option in RecommendationFilter({}).facets[0].options] == ["Neu"]
    assert ids(q="amtsstube") == []
    make_synonym("Amtsstube", "Rathaus")
    assert len(ids(q="amtsstube")) == 1


def test_a_municipality_appears_with_its_first_public_example():
    example = make_example(**DRAFT)
    assert ids(MunicipalityFilter) == []
    example.status, example.published_at = "published", LONG_AGO
    example.save()
    apply({}, example)
    assert ids(MunicipalityFilter) == [example.municipality_id]


def test_the_old_index_serves_until_the_interval_is_over(settings, stopwatch):
    settings.INDEX_CHECK_SECONDS = 10
    first = make_recommendation()
    assert ids() == [first.pk]
    second = make_recommendation()
    stopwatch(9.9)
    assert ids() == [first.pk]
    stopwatch(0.2)
    assert sorted(ids()) == [first.pk, second.pk]


def test_within_the_interval_the_database_is_not_asked_at_all(settings, stopwatch, django_assert_num_queries):
    settings.INDEX_CHECK_SECONDS = 10
    make_recommendation()
    ids()
    with django_assert_num_queries(0):
        current.current_index(RecommendationFilter)
    stopwatch(11)
    with django_assert_num_queries(1):
        current.current_index(RecommendationFilter)


def test_the_index_that_ships_is_current_within_a_second():
    from portal import settings as shipped

    assert 0 < shipped.INDEX_CHECK_SECONDS <= 1


@pytest.mark.parametrize("interval", [0, 3600])
def test_a_scheduled_record_appears_when_its_time_is_reached_without_any_change(settings, clock, interval):
    settings.INDEX_CHECK_SECONDS = interval
    make_recommendation("wohnraum", title_de="Da")
    scheduled = make_recommendation("sprache", title_de="Geplant", published_at=FAR_AHEAD)
    changes = ContentChange.objects.count()
    assert scheduled.pk not in ids()
    clock(FAR_AHEAD - timedelta(microseconds=1))
    assert scheduled.pk not in ids()
    clock(FAR_AHEAD)
    assert scheduled.pk in ids()
    assert ids(challenge=["sprache"]) == [scheduled.pk]
    assert ids(q="geplant") == [scheduled.pk]
    assert ContentChange.objects.count() == changes


def test_each_of_several_scheduled_records_appears_at_its_own_time(settings, clock):
    settings.INDEX_CHECK_SECONDS = 3600
    records = [make_recommendation(published_at=FAR_AHEAD + timedelta(days=day)) for day in range(3)]
    make_example(published_at=FAR_AHEAD + timedelta(days=1))
    for day in range(3):
        clock(FAR_AHEAD + timedelta(days=day))
        assert ids() == [record.pk for record in records[: day + 1]]
        assert len(ids(PracticeExampleFilter)) == (1 if day >= 1 else 0)


def test_a_scheduled_challenge_appears_as_a_choice_and_as_a_badge_at_its_time(clock, client):
    make_challenge("geplant", published_at=FAR_AHEAD)
    make_recommendation("geplant", slug="r")
    assert [facet.name for facet in RecommendationFilter({}).facets] == []
    assert "/herausforderungen/geplant/" not in client.get("/empfehlungen/r/").content.decode()
    clock(FAR_AHEAD)
    assert [option.value for option in RecommendationFilter({}).facets[0].options] == ["geplant"]
    assert "/herausforderungen/geplant/" in client.get("/empfehlungen/r/").content.decode()


def test_a_change_whose_number_is_smaller_than_one_seen_before_is_noticed():
    """Two transactions may take numbers 1 and 2 and commit as 2, 1: the largest number alone would hide the first."""
    record = make_recommendation(effort="low")
    last = ContentChange.objects.order_by("pk").last().pk
    ContentChange.objects.filter(pk=last).update(id=last + 1000)
    assert ids(effort=["low"]) == [record.pk]
    Recommendation.objects.update(effort="high")
    ContentChange.objects.create(pk=last + 1, table="recommendations", record_id=record.pk)
    assert ids(effort=["low"]) == []
    assert ids(effort=["high"]) == [record.pk]


def test_forgetting_builds_anew():
    record = make_recommendation(effort="low")
    assert ids(effort=["low"]) == [record.pk]
    Recommendation.objects.update(effort="high")
    assert ids(effort=["low"]) == [record.pk]
    current.forget()
    assert ids(effort=["low"]) == []


@pytest.mark.parametrize("sort", ["", "examples", "newest", "title", "number"])
@pytest.mark.parametrize("gone_first", [True, False], ids=["a record goes", "a record comes"])
def test_records_that_come_or_go_while_the_index_is_built_break_nothing(monkeypatch, gone_first, sort):
    kept = make_recommendation(title_de="Rathaus", year=2020)
    moving = make_recommendation(title_de="Rathaus", year=2020)
    everything, calls = RecommendationFilter.rows, []

    def rows():
        calls.append(1)
        without = (len(calls) > 1) if gone_first else (len(calls) <= 1)
        return everything().exclude(pk=moving.pk) if without else everything()

    monkeypatch.setattr(RecommendationFilter, "rows", staticmethod(rows))
    built = index.Index(RecommendationFilter)
    assert kept.pk in built.ordered(built.find({}), sort or "number", "de")
    found = built.search("rathaus")
    assert kept.pk in built.ordered(built.find({}, found.hits), sort, "de", found.scores)


def test_every_publishable_kind_of_record_can_be_scheduled():
    names = {model.__name__ for model in Publishable.__subclasses__()}
    assert names == {"Page", "Challenge", "PracticeExample", "Recommendation"}


def test_another_thread_that_is_late_does_not_put_an_older_version_in_the_place_of_the_present_one(monkeypatch):
    """Else who asks after a withdrawal could get what was kept before it."""
    make_recommendation()
    older = current.content_version()
    make_recommendation()

    class Overtaken(current.State):
        version = property(lambda _state: older, lambda _state, _version: None)

    monkeypatch.setattr(current, "_state", Overtaken())
    found = current.content_version()
    assert found != older
    assert found.token[0] == ContentChange.objects.latest("pk").pk
