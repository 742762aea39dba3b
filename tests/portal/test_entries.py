from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from municipalities.models import Municipality
from portal.entries import TYPES, apply, carry_out, delete, diff, plan, type_of
from portal.models import ContentChange, GlossaryTerm, Revision, SearchSynonym, User
from recommendations.models import (
    Addressee,
    Challenge,
    Effort,
    Evidence,
    Horizon,
    Level,
    PracticeExample,
    Recommendation,
    Source,
)  # fmt: skip
from tests.factories import (
    PUBLISHED,
    make_challenge,
    make_example,
    make_municipality,
    make_recommendation,
    make_source,
    make_target_group,
    make_term,
)  # fmt: skip

pytestmark = pytest.mark.django_db

NEW = {"number": "E001", "slug": "bauen", "title_de": "Bauen", "summary_de": "Mehr bauen."}


def history(record):
    table = type_of(record).table
    return list(Revision.objects.filter(table=table, record_id=record.pk).order_by("number"))


def test_applying_an_entry_writes_the_record_a_revision_and_a_content_change():
    make_challenge("wohnraum")
    editor = User.objects.create(username="redaktion")
    record, before = Recommendation(), ContentChange.objects.count()
    revision = apply({**NEW, "challenges": ["wohnraum"]}, record, author=editor, note="neu", major=True)
    assert Recommendation.objects.get().challenges.get().slug == "wohnraum"
    assert (revision.number, revision.author, revision.note, revision.is_major) == (1, editor, "neu", True)
    assert revision.entry == TYPES["recommendations"].entry(Recommendation.objects.get())
    assert revision.status == "draft"
    assert ContentChange.objects.count() == before + 1
    assert ContentChange.objects.order_by("pk").last().record_id == record.pk


def test_every_change_is_one_more_revision_that_holds_the_record_as_it_stood():
    record = Recommendation()
    for summary in ("eins", "zwei", "drei"):
        apply({**NEW, "summary_de": summary}, record)
    assert [(each.number, each.entry["summary_de"]) for each in history(record)] == [
        (1, "eins"),
        (2, "zwei"),
        (3, "drei"),
    ]


def test_applying_what_is_there_already_appends_no_revision():
    record = Recommendation()
    first = apply(NEW, record)
    assert apply(NEW, record) == first
    assert apply({}, record) == first
    assert len(history(record)) == 1


def test_a_change_of_status_is_part_of_the_history():
    record = Recommendation()
    apply(NEW, record)
    record.status = "review"
    record.save()
    apply(NEW, record)
    assert [each.status for each in history(record)] == ["draft", "review"]


@pytest.mark.parametrize(
    ("entry", "field"),
    [
        ({"title_de": ""}, "title_de"),
        ({"challenges": ["wohnraum", "gibtsnicht"]}, "challenges"),
        ({"number": "E002"}, "number"),
        ({"steps": [{"text_de": "gut"}, {"text_de": ""}]}, "steps"),
        ({"sources": ["gibtsnicht"]}, "sources"),
        ({"titel": "x"}, "titel"),
    ],
)
def test_an_entry_with_a_mistake_leaves_record_history_and_index_as_they_were(entry, field):
    make_challenge("wohnraum")
    record = Recommendation()
    apply({**NEW, "challenges": ["wohnraum"], "steps": [{"text_de": "Schritt"}]}, record)
    before = TYPES["recommendations"].entry(record), len(history(record)), ContentChange.objects.count()
    with pytest.raises(ValidationError) as caught:
        apply({"summary_de": "neu", **entry}, record)
    assert any(message.startswith(f"{field}: ") for message in caught.value.messages)
    fresh = Recommendation.objects.get()
    assert (TYPES["recommendations"].entry(fresh), len(history(record)), ContentChange.objects.count()) == before


def test_a_failure_after_the_record_is_written_takes_everything_back(monkeypatch):
    record = Recommendation()
    apply(NEW, record)
    changes = ContentChange.objects.count()

    def fail(*args, **kwargs):
        raise DatabaseError

    with monkeypatch.context() as broken, pytest.raises(DatabaseError):
        broken.setattr(Revision.objects, "create", fail)
        apply({"summary_de": "neu", "steps": [{"text_de": "Schritt"}]}, record)
    fresh = Recommendation.objects.get()
    assert (fresh.summary_de, fresh.steps.count()) == ("Mehr bauen.", 0)
    assert len(history(record)) == 1
    assert ContentChange.objects.count() == changes


def test_all_mistakes_of_an_entry_are_told_at_once():
    with pytest.raises(ValidationError) as caught:
        apply({"number": "E001", "titel_de": "x", "horizon": "ever", "challenges": ["x", "y"]}, Recommendation())
    fields = {message.split(":")[0] for message in caught.value.messages}
    assert fields >= {"slug", "title_de", "titel_de", "summary_de", "horizon", "challenges"}
    assert sum(message.startswith("challenges: ") for message in caught.value.messages) == 2


def test_deleting_ends_the_history_and_tells_the_index():
    editor = User.objects.create(username="redaktion")
    record = Recommendation()
    apply(NEW, record)
    pk, changes = record.pk, ContentChange.objects.count()
    delete(record, author=editor)
    assert not Recommendation.objects.exists()
    assert ContentChange.objects.count() > changes
    last = Revision.objects.filter(table="recommendations", record_id=pk).order_by("number").last()
    assert (last.number, last.author, last.entry["slug"]) == (2, editor, "bauen")
    assert last.note


def test_an_entry_leaves_columns_alone_that_it_does_not_speak_of():
    """Another process may have published the record since this one read it."""
    record = Recommendation()
    apply(NEW, record)
    Recommendation.objects.update(**PUBLISHED)
    apply({"summary_de": "neu"}, record)
    fresh = Recommendation.objects.get()
    assert (fresh.summary_de, fresh.status) == ("neu", "published")


def test_a_key_or_number_of_another_record_is_taken():
    apply(NEW, Recommendation())
    with pytest.raises(ValidationError) as caught:
        apply(NEW, Recommendation())
    assert {message.split(":")[0] for message in caught.value.messages} == {"number", "slug"}


def test_a_diff_names_the_fields_that_differ_with_both_values():
    assert diff({"a": 1, "b": [1], "c": 3}, {"a": 1, "b": [2], "c": 3}) == [("b", [1], [2])]
    assert diff(None, {"a": 1}) == [("a", None, 1)]


def test_a_vocabulary_and_a_municipality_announce_their_change_too():
    group = make_target_group("frauen")
    before = ContentChange.objects.count()
    apply({"label_de": "Frauen und Mädchen"}, group)
    apply({"population": 5}, make_municipality())
    assert set(ContentChange.objects.order_by("pk")[before:].values_list("table", flat=True)) == {
        "target-groups",
        "municipalities",
    }


# Valid values of every kind of field, for entries that nobody would think of.
LINE = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=30).filter(str.strip)
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=60)
NEEDED = TEXT.filter(str.strip)
SOME_YEAR = st.none() | st.integers(1900, 2100)


def codes(vocabulary):
    return st.lists(st.sampled_from(vocabulary.values), unique=True)


def choice(vocabulary):
    return st.sampled_from(["", *vocabulary.values])


CITATIONS = st.lists(
    st.sampled_from(["s-1", "s-2", "s-3"]).flatmap(
        lambda key: st.just(key) | LINE.map(lambda page: {"source": key, "page": page[:20]})
    ),
    max_size=3,
    unique_by=lambda row: row if isinstance(row, str) else row["source"],
)
ENTRIES = {
    "recommendations": (Recommendation, st.fixed_dictionaries({
        "number": st.integers(1, 9999).map("E{:03}".format), "slug": st.from_regex(r"[a-z0-9_-]{1,20}", fullmatch=True),
        "kind": st.sampled_from(["guidance", "demand"]), "municipal_level": codes(Level),
        "title_de": LINE, "title_en": st.just("") | LINE, "summary_de": NEEDED, "rationale_en": TEXT,
        "steps": st.lists(st.fixed_dictionaries({
            "text_de": NEEDED, "text_en": TEXT, "editorial": st.booleans(), "actors": codes(Addressee)}), max_size=3),
        "challenges": st.lists(st.sampled_from(["c-1", "c-2", "c-3"]), unique=True), "addressees": codes(Addressee),
        "target_groups": st.lists(st.sampled_from(["g-1", "g-2"]), unique=True),
        "horizon": choice(Horizon), "effort": choice(Effort), "evidence": choice(Evidence),
        "editorial_estimate": st.booleans(), "sources": CITATIONS,
        "examples": st.lists(st.sampled_from(["p-1", "p-2"]), unique=True).map(
            lambda slugs: [{"example": slug, "note_de": slug.upper()} for slug in slugs]),
    })),
    "practice-examples": (PracticeExample, st.fixed_dictionaries({
        "number": st.integers(1, 9999).map("P{:03}".format), "slug": st.from_regex(r"x[a-z0-9_-]{1,20}", fullmatch=True),
        "municipality_key": st.sampled_from(["05962004", "03153"]), "title_de": LINE, "summary_de": NEEDED,
        "actors": st.lists(TEXT, max_size=3), "actors_en": st.lists(TEXT, max_size=3),
        "period_status": st.sampled_from(["ongoing", "ended", "unknown"]), "year_start": SOME_YEAR,
        "info_url": st.sampled_from(["", "https://example.org/ä?b=c"]), "sources": CITATIONS,
    })),
    "sources": (Source, st.fixed_dictionaries({
        "key": st.from_regex(r"q[a-z0-9]{1,9}(-[a-z0-9]{1,9}){0,2}", fullmatch=True), "title": LINE,
        "authors": st.lists(TEXT, max_size=4), "year": st.none() | st.integers(1900, 2026), "kind": st.sampled_from(["primary", "secondary"]),
        "seen_on": st.none() | st.dates(max_value=date(2025, 12, 31)).map(str), "note_de": TEXT, "title_is_descriptive": st.booleans(),
    })),
    "municipalities": (Municipality, st.fixed_dictionaries({
        "key": st.integers(0, 999999).map("07{:06}".format), "official_name": LINE, "name": LINE, "kind": st.just("town"),
        "state": st.just("07"), "population": st.none() | st.integers(0, 2**31 - 1),
        "population_on": st.none() | st.dates().map(str),
        "area_km2": st.none() | st.integers(1, 999_999_999).map(lambda hundredths: hundredths / 100),
        "lat": st.floats(-90, 90), "lon": st.floats(-180, 180),
    })),
    "challenges": (Challenge, st.fixed_dictionaries({
        "slug": st.from_regex(r"x[a-z0-9_-]{1,20}", fullmatch=True), "title_de": LINE, "summary_de": NEEDED,
        "opportunity_de": TEXT, "opportunity_editorial": st.booleans(), "sources": CITATIONS})),
    "glossary": (GlossaryTerm, st.fixed_dictionaries({
        "slug": st.from_regex(r"x[a-z0-9_-]{1,20}", fullmatch=True), "term_de": LINE, "definition_de": NEEDED,
        "see_also": st.lists(st.sampled_from(["t-1", "t-2"]), unique=True)})),
    "synonyms": (SearchSynonym, st.fixed_dictionaries({
        "terms": st.lists(LINE, min_size=1, max_size=4), "kind": st.sampled_from(["equivalent", "oneway"])})),
}  # fmt: skip


@pytest.fixture
def named_by_entries():
    for n in (1, 2, 3):
        make_source(f"s-{n}")
        make_challenge(f"c-{n}")
    for slug in ("g-1", "g-2"):
        make_target_group(slug)
    place = make_municipality("05962004")
    make_municipality("03153", kind="district")
    for slug in ("p-1", "p-2"):
        make_example(municipality=place, slug=slug)
    for slug in ("t-1", "t-2"):
        make_term(slug)


@pytest.mark.parametrize("table", ENTRIES)
@given(data=st.data())
def test_any_valid_entry_comes_back_as_it_was_written_and_a_second_load_finds_it_unchanged(
    named_by_entries, table, data
):
    model, entries = ENTRIES[table]
    kind, raw = TYPES[table], data.draw(entries)
    with transaction.atomic():
        record = model()
        apply(raw, record)
        fresh = model.objects.get(pk=record.pk)
        written = kind.entry(fresh)
        for name, value in raw.items():
            if isinstance(value, str):
                assert written[name] == value.strip()
            elif isinstance(value, bool | int | float):
                assert written[name] == value
        assert apply(written, fresh).number == 1
        assert kind.entry(model.objects.get(pk=record.pk)) == written
        for again in (raw, written):
            changes, problems = plan({table: [("entry", again)]})
            assert problems == []
            assert [change.action for change in changes] == ["unchanged"]
        transaction.set_rollback(True)


def test_a_plan_that_is_carried_out_twice_writes_once():
    with translation.override("de"):
        carry_out(plan({"glossary": [("eins", {"slug": "a", "term_de": "A", "definition_de": "a"})]})[0])
        before = Revision.objects.count()
        carry_out(plan({"glossary": [("eins", {"slug": "a", "term_de": "A", "definition_de": "a"})]})[0])
    assert Revision.objects.count() == before == 1


def test_an_old_entry_can_be_applied_again_to_restore_the_record():
    make_recommendation("wohnraum", slug="neu", number="E900")
    record = Recommendation.objects.get(slug="neu")
    old = apply({"steps": [{"text_de": "eins"}, {"text_de": "zwei"}]}, record).entry
    apply({"steps": [{"text_de": "zwei"}], "challenges": [], "title_de": "Anders"}, record)
    apply(old, record)
    fresh = Recommendation.objects.get(slug="neu")
    assert [step.text_de for step in fresh.steps.all()] == ["eins", "zwei"]
    assert fresh.challenges.get().slug == "wohnraum"
    assert fresh.title_de == "Titel"
