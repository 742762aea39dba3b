"""What a server process makes ready beside its start."""

import gc
import logging
import time

import pytest
from django.db import DatabaseError

from municipalities.filters import EveryMunicipality, MunicipalityFilter
from portal import current, warming
from recommendations.filters import PracticeExampleFilter, RecommendationFilter, SourceFilter
from tests.factories import make_recommendation


@pytest.fixture(autouse=True)
def nothing_frozen():
    yield
    gc.unfreeze()


@pytest.mark.django_db
def test_every_index_is_there_before_the_first_reader_comes(client, monkeypatch):
    make_recommendation(slug="r")
    current.forget()
    warming.warm()
    made = {RecommendationFilter, PracticeExampleFilter, MunicipalityFilter, EveryMunicipality, SourceFilter}
    assert made <= set(current._state.indexes)
    monkeypatch.setattr(current, "made", lambda filter_class: pytest.fail("made again"))
    assert client.get("/empfehlungen/").context["page_obj"].object_list[0].slug == "r"
    assert client.get("/vorschlaege/?q=alt&kind=municipalities&all=1").status_code == 200


def test_without_a_database_the_server_starts_all_the_same(monkeypatch, caplog):
    def fail():
        raise DatabaseError("not there")

    monkeypatch.setattr(warming, "warm", fail)
    with caplog.at_level(logging.WARNING):
        thread = warming.start()
        thread.join(10)
    assert not thread.is_alive()
    assert "could not be made ready" in caplog.text


@pytest.mark.django_db
def test_no_index_is_made_before_its_version_is_known(settings):
    """Another thread has just looked for changes: the first reader must not take that for an answer."""
    settings.INDEX_CHECK_SECONDS = 60
    current.forget()
    current._state.checked = time.monotonic()
    current.current_index(SourceFilter)
    assert current.built_version() == current.content_version()
