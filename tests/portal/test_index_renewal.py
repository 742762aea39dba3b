"""An index that was renewed from what has changed says what one says that is built from nothing."""

import gc
import pickle
from datetime import timedelta

import numpy as np
import pytest
from django.core.management import call_command
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st

from municipalities.filters import EveryMunicipality, MunicipalityFilter
from portal import current
from portal.entries import apply, delete, touch
from portal.index import Index
from portal.models import ContentChange, SearchSynonym
from recommendations.filters import ChallengeFilter, PracticeExampleFilter, RecommendationFilter, SourceFilter
from recommendations.merging import merge
from recommendations.models import PracticeExample, Recommendation
from tests.factories import (
    DRAFT,
    PUBLISHED,
    make_challenge,
    make_example,
    make_municipality,
    make_recommendation,
    make_source,
    make_synonym,
    make_target_group,
)
from tests.recommendations.test_filter_properties import keep_nothing

pytestmark = pytest.mark.django_db

FILTERS = (RecommendationFilter, PracticeExampleFilter, MunicipalityFilter, ChallengeFilter, SourceFilter)
SEARCHES = ("alphabet", "rathaus", "rathhaus", "alphabet rathaus", "wohnraum", "neu", "bonn", "E802")


def said(index):
    """Everything that an index answers, by primary keys: places differ."""

    def pks(places):
        return sorted(index.pks[places.to_array()].tolist())

    found = {"ids": pks(index.ids), "labels": index.labels, "former": index.former}
    for name, values in index.having.items():
        found[name] = {value: pks(places) for value, places in values.items() if places}
    for text in SEARCHES:
        hits = index.search(text)
        found[text] = (index.ordered(hits.hits, "", "de", hits.scores)[:].tolist(), hits.corrected, hits.missing)
    for name, lang in index.orders:
        found[name, lang] = index.ordered(index.ids, name, lang)[:].tolist()
    return found


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("title"), st.integers(0, 3), st.sampled_from(["Alphabet", "Rathaus", "Wohnraum im Rathaus"])),
        st.tuples(st.just("effort"), st.integers(0, 3), st.sampled_from(["low", "high", ""])),
        st.tuples(st.just("challenges"), st.integers(0, 3), st.sampled_from([["wohnraum"], ["sprache"], []])),
        st.tuples(st.just("hide"), st.integers(0, 3), st.none()),
        st.tuples(st.just("show"), st.integers(0, 3), st.none()),
        st.tuples(st.just("add"), st.none(), st.sampled_from(["Alphabet", "Zoo"])),
        st.tuples(st.just("delete"), st.integers(0, 3), st.none()),
        st.tuples(st.just("challenge"), st.none(), st.sampled_from(["Neu", "Wohnraum"])),
        st.tuples(st.just("example"), st.sampled_from(["hide", "show"]), st.sampled_from(["05314000", "05315000"])),
        st.tuples(st.just("synonym"), st.none(), st.sampled_from(["Amtsstube", "Rathaus"])),
    ),
    max_size=6,
)


def change(step, record, value):
    if step == "add":
        make_recommendation(title_de=value)
        touch("recommendations", Recommendation.objects.latest("pk").pk)
    elif step == "challenge":
        apply({"title_de": value}, make_challenge("wohnraum"))
    elif step == "synonym":
        if not SearchSynonym.objects.filter(terms__startswith=value).exists():
            make_synonym(value, "Alphabet")
            touch("synonyms")
    elif step == "example":
        example = PracticeExample.objects.get()
        example.status = "archived" if record == "hide" else "published"
        example.save()
        apply({"municipality_key": value}, example)
    elif records := list(Recommendation.objects.order_by("pk")):
        record = records[record % len(records)]
        if step == "delete":
            delete(record)
        elif step in ("hide", "show"):
            Recommendation.objects.filter(pk=record.pk).update(**(DRAFT if step == "hide" else PUBLISHED))
            apply({}, Recommendation.objects.get(pk=record.pk))
        else:
            apply({"title_de" if step == "title" else step: value}, record)


@given(steps=STEPS)
@keep_nothing
def test_any_sequence_of_changes_is_taken_up_as_if_all_were_read_anew(steps):
    make_challenge("sprache"), make_target_group("frauen")
    bonn, _cologne = make_municipality("05314000", name="Bonn"), make_municipality("05315000", name="Köln")
    recommendation = make_recommendation("wohnraum", title_de="Alphabet", effort="low", year=2020)
    make_recommendation("sprache", title_de="Rathaus", target_groups=["frauen"])
    example = make_example(municipality=bonn, title_de="Rathaus")
    recommendation.illustrations.create(example=example)
    for filter_class in FILTERS:
        current.current_index(filter_class)
    for step, record, value in steps:
        change(step, record, value)
    with translation.override("de"):
        for filter_class in FILTERS:
            assert said(current.current_index(filter_class)) == said(Index(filter_class)), filter_class


def test_what_stands_in_other_tables_is_taken_up_too():
    """Source, municipality, group and example change, are merged or go; the records that name them are not written."""
    bonn, _cologne = make_municipality("05314000", name="Bonn"), make_municipality("05315000", name="Köln")
    frauen, muetter = make_target_group("frauen"), make_target_group("muetter")
    source, later = make_source(year=2020), make_source(year=2021)
    shown = make_example(municipality=bonn, target_groups=["frauen"])
    other = make_example(municipality=bonn)
    record = make_recommendation("wohnraum", sources=[source], target_groups=["frauen"], examples=[shown, other])
    make_recommendation(sources=[later], examples=[other])

    def withdraw():
        PracticeExample.objects.filter(pk=other.pk).update(status="archived")
        apply({}, PracticeExample.objects.get(pk=other.pk))

    def unlink():
        apply({"examples": []}, record)

    steps = [
        lambda: apply({"year": 2023}, source),
        lambda: apply({"name": "Bad Godesberg"}, bonn),
        lambda: apply({"population": 900}, bonn),
        lambda: apply({"label_de": "Rathausfrauen"}, frauen),
        lambda: apply({"slug": "frauen-neu"}, frauen),
        lambda: merge(frauen, muetter, None),
        lambda: apply({"slug": "wohnen"}, make_challenge("wohnraum")),
        withdraw,
        unlink,
        lambda: delete(PracticeExample.objects.get(pk=shown.pk)),
        lambda: delete(source_of_nothing),
    ]
    source_of_nothing = make_source(year=1999)
    for filter_class in FILTERS:
        current.current_index(filter_class)
    with translation.override("de"):
        for number, step in enumerate(steps):
            step()
            for filter_class in FILTERS:
                assert said(current.current_index(filter_class)) == said(Index(filter_class)), (number, filter_class)


def test_a_change_of_one_record_reads_that_record_only(monkeypatch):
    records = [make_recommendation(title_de=f"Titel {n}") for n in range(3)]
    current.current_index(RecommendationFilter)
    asked = []
    updated = Index.updated
    monkeypatch.setattr(
        Index, "updated", lambda index, pks, **more: asked.append(set(pks)) or updated(index, pks, **more)
    )
    apply({"title_de": "Neu"}, records[1])
    assert current.current_index(RecommendationFilter).search("neu").hits
    assert asked == [{records[1].pk}]


def test_more_changes_than_an_update_is_good_for_build_anew(monkeypatch):
    monkeypatch.setattr(current, "MOST_UPDATED", 1)
    records = [make_recommendation(title_de=f"Titel {n}") for n in range(3)]
    current.current_index(RecommendationFilter)
    monkeypatch.setattr(Index, "updated", None)
    for record in records:
        apply({"title_de": "Neu"}, record)
    assert len(current.current_index(RecommendationFilter).search("neu").hits) == 3


def test_a_lost_table_of_changes_builds_anew():
    """A database that was restored knows other changes, or fewer."""
    record = make_recommendation(title_de="Alt")
    apply({"title_de": "Neu"}, record)
    current.current_index(RecommendationFilter)
    Recommendation.objects.update(title_de="Anders")
    ContentChange.objects.order_by("-pk")[:1].get().delete()
    assert current.current_index(RecommendationFilter).search("anders").hits


def test_the_index_serves_on_when_a_newer_one_fails(settings, monkeypatch):
    settings.INDEX_IN_BACKGROUND = True
    record = make_recommendation(title_de="Rathaus")
    current.current_index(RecommendationFilter)

    class Thread:
        def __init__(self, target, args, **_kwargs):
            self.target, self.args = target, args

        def start(self):
            self.target(*self.args)

        def join(self, timeout):
            pass

    def fail(*_args):
        raise RuntimeError("meant")

    monkeypatch.setattr(current.threading, "Thread", Thread)
    monkeypatch.setattr(current.connection, "close", lambda: None)
    with monkeypatch.context() as broken:
        broken.setattr(Index, "updated", fail)
        apply({"title_de": "Zoo"}, record)
        assert current.current_index(RecommendationFilter).search("rathaus").hits
    assert current.current_index(RecommendationFilter).search("zoo").hits


def test_a_thread_that_can_not_be_started_is_no_end_of_renewing(settings, monkeypatch):
    record = make_recommendation(title_de="Rathaus")
    current.current_index(RecommendationFilter)
    settings.INDEX_IN_BACKGROUND = True

    def fail(_thread):
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as broken:
        broken.setattr(current.threading.Thread, "start", fail)
        apply({"title_de": "Zoo"}, record)
        with pytest.raises(RuntimeError):
            current.current_index(RecommendationFilter)
    settings.INDEX_IN_BACKGROUND = False
    assert current.current_index(RecommendationFilter).search("zoo").hits


class TestKeptIndex:
    """The file from which the next process to start takes the index."""

    @pytest.fixture(autouse=True)
    def folder(self, settings, tmp_path):
        settings.INDEX_DIR = tmp_path / "index"

    def start(self):
        current.forget()
        return current.current_index(RecommendationFilter)

    def test_the_next_process_takes_it_and_reads_no_record(self, monkeypatch):
        make_recommendation("wohnraum", title_de="Rathaus")
        touch("recommendations")
        before = said(self.start())
        monkeypatch.setattr(Index, "read", None)
        with translation.override("de"):
            assert said(self.start()) == before

    def test_deployment_builds_it_for_every_list(self, monkeypatch):
        make_recommendation("wohnraum", title_de="Rathaus", examples=[make_example()])
        touch("recommendations")
        current.forget()
        call_command("build_index")
        gc.unfreeze()
        current.forget()
        monkeypatch.setattr(Index, "read", None)
        for filter_class in (*FILTERS, EveryMunicipality):
            assert current.current_index(filter_class).filter_class is filter_class

    def test_what_has_changed_since_is_read(self):
        record = make_recommendation(title_de="Alt")
        apply({}, record)
        self.start()
        apply({"title_de": "Neu"}, record)
        assert self.start().search("neu").hits
        assert not self.start().search("alt").hits

    def test_a_scheduled_record_that_has_appeared_since_is_read(self, monkeypatch):
        later = timezone.now() + timedelta(days=1)
        touch("recommendations", make_recommendation(title_de="Da").pk)
        touch("recommendations", make_recommendation(title_de="Geplant", published_at=later).pk)
        assert not self.start().search("geplant").hits
        monkeypatch.setattr(timezone, "now", lambda: later)
        assert self.start().search("geplant").hits

    @pytest.mark.parametrize("content", [b"", b"not a pickle", b"cno_such_module\nname\n."])
    def test_a_broken_file_is_built_anew(self, settings, content):
        touch("recommendations", make_recommendation(title_de="Rathaus").pk)
        self.start()
        for file in settings.INDEX_DIR.glob("*.pickle"):
            file.write_bytes(content)
        assert self.start().search("rathaus").hits
        (file,) = settings.INDEX_DIR.glob("*.pickle")
        assert pickle.loads(file.read_bytes())

    def test_a_full_disk_keeps_nobody_from_reading(self, monkeypatch):
        def full(*_args):
            raise OSError("No space left on device")

        monkeypatch.setattr(current.pickle, "dump", full)
        touch("recommendations", make_recommendation(title_de="Rathaus").pk)
        assert self.start().search("rathaus").hits
        assert self.start().search("rathaus").hits

    def test_another_database_is_not_taken_for_this_one(self):
        touch("recommendations", make_recommendation(title_de="Rathaus").pk)
        self.start()
        Recommendation.objects.update(title_de="Zoo")
        ContentChange.objects.update(created_at=timezone.now())
        assert self.start().search("zoo").hits


def test_titles_sort_as_if_all_were_read_anew_when_a_longer_one_comes():
    """Sort keys stand in columns of one width, and the first ones may be all too short or empty."""
    records = [make_recommendation(title_de=title) for title in ("B", "A")]
    index = Index(RecommendationFilter)
    for title in ("Änderung der Aufnahme", "Ärztehaus", "B" * 60, "A"):
        records.append(make_recommendation(title_de=title))
        index = index.updated([records[-1].pk])
        assert said(index) == said(Index(RecommendationFilter)), title
    titles = [records[n].title_de for n in range(6)]
    pks = index.ordered(index.ids, "title", "de")[:].tolist()
    by_pk = dict(zip([record.pk for record in records], titles, strict=True))
    assert [by_pk[pk] for pk in pks] == ["A", "A", "Änderung der Aufnahme", "Ärztehaus", "B", "B" * 60]


def test_the_place_of_a_record_is_known_by_its_primary_key():
    records = [make_recommendation(number=f"E80{n}") for n in (3, 1, 2)]
    index = Index(RecommendationFilter)
    for record in records:
        assert index.pks[index.place(record.pk)] == record.pk
    assert index.place(max(record.pk for record in records) + 1) is None
    assert index.place(0) is None


def test_a_search_leaves_the_index_as_it_was():
    make_recommendation("wohnraum", title_de="Rathaus")
    index = current.current_index(RecommendationFilter)
    before = said(index)
    for text in SEARCHES:
        index.search(f"{text} -nichts „so nicht“")
    assert said(index) == before
    assert isinstance(index.orders["title", "de"], np.ndarray)
