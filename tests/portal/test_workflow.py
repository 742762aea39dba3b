"""From draft to public and back, step by step: what is possible when, who may, and what readers see meanwhile."""

import threading
from datetime import timedelta
from functools import partial

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import connection, connections
from django.utils import timezone, translation

from portal import workflow
from portal.entries import TYPES, apply, edited_ids, plan, revise, type_of
from portal.models import ContentChange, FormerSlug, OutgoingMail, Page, Revision, User
from portal.publishing import Publishable
from recommendations.models import Challenge, PracticeExample, Recommendation
from tests.factories import (
    ARCHIVED,
    DRAFT,
    FAR_AHEAD,
    LONG_AGO,
    PUBLISHED,
    REVIEW,
    SCHEDULED,
    make_challenge,
    make_example,
    make_page,
    make_recommendation,
    make_source,
)  # fmt: skip
from tests.site.world import body, preview_address

pytestmark = pytest.mark.django_db

STATES = {"draft": DRAFT, "review": REVIEW, "public": PUBLISHED, "scheduled": SCHEDULED, "archived": ARCHIVED}


@pytest.fixture(autouse=True)
def german():
    with translation.override("de"):
        yield


@pytest.fixture
def clock(monkeypatch):
    """Sets the time that `timezone.now()` tells."""
    return lambda moment: monkeypatch.setattr(timezone, "now", lambda: moment)


@pytest.fixture
def ada():
    return User.objects.create_user("ada")


@pytest.fixture
def bo():
    return User.objects.create_user("bo")


def complete(slug="bauen", **fields):
    """A recommendation to which nothing is missing."""
    challenge, source = make_challenge("wohnraum"), make_source(year=2020)
    fields = {"title_de": "Bauen", "addressees": ["kommune"], "steps": ["Flächen finden"], **fields}
    return make_recommendation(challenge.slug, slug=slug, sources=[source], **fields)


def revisions(record):
    return list(workflow.revisions(record).order_by("number"))


def copy_of(original, user, **changes):
    copy = workflow.working_copy(original, user)
    if changes:
        apply(changes, copy, user)
        copy.refresh_from_db()
    return copy


def approved(copy, author, reviewer, at=None):
    workflow.submit(copy, author)
    return workflow.publish(copy, reviewer, at=at)


def history(record):
    return list(workflow.revisions(record).order_by("number"))


def is_approved(**fields):
    """The state of a working copy that was approved for a date, as the database knows it."""
    return {"status": "published", "published_at": FAR_AHEAD} | fields


# What each step makes of each state; what is not named is refused. The last two: the same for working copies.
STEPS = {
    "submit": (workflow.submit, {"draft": "review"}, {"draft": "review"}),
    "send_back": (partial(workflow.send_back, reason="Quelle fehlt"), {"review": "draft"}, {"review": "draft"}),
    "publish": (workflow.publish, {"review": "published"}, {"review": "published"}),
    "publish at a date": (partial(workflow.publish, at=FAR_AHEAD), {"review": "published"}, {"review": "published"}),
    "withdraw": (
        partial(workflow.withdraw, reason="Überholt"), {"public": "archived", "scheduled": "archived"}, {},
    ),
    "reopen": (workflow.reopen, {"archived": "draft", "scheduled": "draft"}, {"scheduled": "draft"}),
    "working_copy": (workflow.working_copy, {"public": "published", "scheduled": "published"}, {}),
    "discard": (workflow.discard, {}, {"draft": "gone", "review": "gone", "scheduled": "gone"}),
    "confirm_checked": (workflow.confirm_checked, {"public": "published", "scheduled": "published"}, {}),
    "rename": (
        partial(workflow.rename, slug="neu"),
        {"draft": "draft", "review": "review", "public": "published", "scheduled": "published", "archived": "archived"},
        {},
    ),
}  # fmt: skip


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("step", STEPS)
def test_each_step_from_each_state(ada, step, state):
    """Allowed, it gives the state of the table; refused, it says why in words and changes nothing."""
    run, outcome, _of_copies = STEPS[step]
    record = complete(**STATES[state])
    before, revisions = vars(Recommendation.objects.get(pk=record.pk)), Revision.objects.count()
    if state in outcome:
        run(record, ada)
        assert Recommendation.objects.get(pk=record.pk).status == outcome[state]
    else:
        with pytest.raises(ValidationError) as refused:
            run(record, ada)
        assert "Bauen" in refused.value.messages[0]
        assert vars(Recommendation.objects.get(pk=record.pk)) | {"_state": 0} == before | {"_state": 0}
        assert Revision.objects.count() == revisions


@pytest.mark.parametrize("state", ["draft", "review", "scheduled"])
@pytest.mark.parametrize("step", STEPS)
def test_each_step_of_a_working_copy(ada, step, state):
    run, _outcome, outcome = STEPS[step]
    original = complete(slug="alt")
    copy = copy_of(original, ada)
    Recommendation.objects.filter(pk=copy.pk).update(**STATES[state])
    if state not in outcome:
        with pytest.raises(ValidationError):
            run(copy, ada)
        after = Recommendation.objects.get(pk=copy.pk)
        assert (after.status, after.slug) == (STATES[state]["status"], copy.slug)
    else:
        workflow.revisions(copy).delete()  # whose change it was is another question
        run(copy, ada)
        after = Recommendation.objects.filter(pk=copy.pk).first()
        assert after is None if step == "publish" or outcome[state] == "gone" else after.status == outcome[state]
    original.refresh_from_db()
    assert (original.status, original.published_at, original.slug) == ("published", LONG_AGO, "alt")


@pytest.mark.parametrize("step", STEPS)
def test_a_step_on_a_record_that_is_gone_is_refused_with_a_reason(ada, step):
    record = complete(**DRAFT)
    Recommendation.objects.get(pk=record.pk).delete()
    with pytest.raises(ValidationError, match="Bauen"):
        STEPS[step][0](record, ada)


MISSING = [
    (Recommendation, {"title_de": ""}, "deutscher Titel"),
    (Recommendation, {"summary_de": ""}, "deutsche Zusammenfassung"),
    (Recommendation, {"addressees": []}, "wer gefordert ist"),
    (Recommendation, {"challenges": []}, "Herausforderung"),
    (Recommendation, {"sources": []}, "Quelle"),
    (PracticeExample, {"title_de": ""}, "deutscher Titel"),
    (PracticeExample, {"summary_de": ""}, "deutsche Zusammenfassung"),
    (PracticeExample, {"challenges": []}, "Herausforderung"),
    (PracticeExample, {"sources": []}, "Quelle"),
    (Challenge, {"title_de": ""}, "deutscher Titel"),
    (Challenge, {"summary_de": ""}, "deutsche Zusammenfassung"),
    (Challenge, {"sources": []}, "Quelle"),
    (Page, {"title_de": ""}, "deutscher Titel"),
]


def make_complete(model, **fields):
    if model is Recommendation:
        return complete(**fields)
    if model is PracticeExample:
        return make_example("wohnraum", title_de="Bauen", sources=[make_source()], **fields)
    if model is Page:
        return make_page("about", title_de="Bauen", **fields)
    challenge = make_challenge("bauen", title_de="Bauen", **fields)
    challenge.citations.create(source=make_source())
    return challenge


@pytest.mark.parametrize(("model", "emptied", "words"), MISSING)
def test_what_is_missing_keeps_a_text_from_being_published_and_is_named_in_german(ada, model, emptied, words):
    record = make_complete(model, **REVIEW)
    assert record.missing() == []
    kind = type_of(record)
    entry = kind.entry(record) | emptied
    kind.write_own(entry, record)
    kind.write_related(entry, record)
    record = model.objects.get(pk=record.pk)
    assert [str(label) for label in record.missing()] == [words]
    with pytest.raises(ValidationError) as refused:
        workflow.publish(record, ada)
    assert f": {words}." in refused.value.messages[0]
    assert model.objects.get(pk=record.pk).status == "review"


def test_everything_that_is_missing_is_named_at_once(ada):
    record = make_recommendation(title_de="Leer", summary_de="", **REVIEW)
    with pytest.raises(ValidationError) as refused:
        workflow.publish(record, ada)
    words = "deutsche Zusammenfassung, Herausforderung, wer gefordert ist, Quelle"
    assert words in refused.value.messages[0]


# -- nobody publishes a text whose last change is their own


def written_by(*users):
    """A recommendation in review that the given users changed one after the other, submitted by the last one."""
    record = complete(**DRAFT)
    for n, user in enumerate(users):
        apply({"summary_de": f"Fassung {n}"}, record, user)
    workflow.submit(record, users[-1])
    return record


def test_nobody_publishes_their_own_last_change(ada, bo):
    record = written_by(bo, ada)
    with pytest.raises(ValidationError, match="jemand anderes"):
        workflow.publish(record, ada)
    assert Recommendation.objects.get().status == "review"
    workflow.publish(record, bo)
    assert Recommendation.objects.visible().get() == record


def test_with_one_person_mode_they_do(ada, settings):
    settings.ONE_PERSON_MODE = True
    workflow.publish(written_by(ada), ada)
    assert Recommendation.objects.visible().exists()


def test_steps_are_no_changes_of_the_text(ada, bo):
    """Bo submits and sends back what Ada wrote: Ada's change it remains, and Bo may publish it."""
    record = complete(**DRAFT)
    apply({"summary_de": "Von Ada"}, record, ada)
    workflow.submit(record, bo)
    workflow.send_back(record, bo, "Bitte kürzer")
    workflow.submit(record, bo)
    assert workflow.last_editor(record) == ada
    with pytest.raises(ValidationError):
        workflow.publish(record, ada)
    workflow.publish(record, bo)


def test_who_changes_a_text_back_has_changed_it(ada, bo):
    record = complete(**DRAFT)
    for user, text in ((ada, "Eins"), (bo, "Zwei"), (ada, "Eins")):
        apply({"summary_de": text}, record, user)
    workflow.submit(record, bo)
    assert workflow.last_editor(record) == ada


@pytest.mark.parametrize("draft", [True, False])
def test_another_name_of_a_challenge_is_nobodys_change_of_what_names_it(ada, bo, draft):
    """Ada renames a challenge and submits what Bo has written: it stays Bo's, whatever the challenge is called."""
    challenge = make_challenge("wohnraum", **(DRAFT if draft else PUBLISHED))
    revise(challenge)
    example = make_example(slug="lotsen")
    revise(example)
    record = complete(examples=[example], **DRAFT)
    apply({"summary_de": "Von Bo"}, record, bo)
    workflow.rename(challenge, ada, "wohnen")
    workflow.rename(example, ada, "lotsinnen")
    workflow.submit(record, ada)
    assert revisions(record)[-1].entry["challenges"] == ["wohnen"]
    assert workflow.last_editor(record) == bo
    with pytest.raises(ValidationError, match="jemand anderes"):
        workflow.publish(record, bo)
    workflow.publish(record, ada)


def test_another_name_of_the_text_itself_is_no_change_of_it(ada, bo):
    record = complete(**DRAFT)
    apply({"summary_de": "Von Bo"}, record, bo)
    workflow.rename(record, ada, "neu")
    workflow.submit(record, ada)
    assert workflow.last_editor(record) == bo


def test_a_challenge_that_takes_over_a_name_is_another_one(ada, bo):
    """What names the challenge formerly called so, and then the one that is called so now, was changed."""
    first, second = make_challenge("eins", **DRAFT), make_challenge("zwei", **DRAFT)
    for each in (first, second):
        revise(each)
    record = make_recommendation("eins", **DRAFT)
    apply({"summary_de": "Von Bo"}, record, bo)
    workflow.rename(first, bo, "frueher")
    workflow.rename(second, bo, "eins")
    workflow.submit(record, bo)
    workflow.send_back(record, ada, "Es geht um das andere")
    assert workflow.last_editor(record) == bo
    apply({"challenges": ["eins"]}, record, ada)
    assert workflow.last_editor(record) == ada


def test_what_came_from_files_anybody_may_publish(ada):
    record = complete(**REVIEW)
    revise(record)
    assert workflow.last_editor(record) is None
    workflow.publish(record, ada)


def test_the_rule_holds_for_working_copies(ada, bo):
    copy = copy_of(complete(), bo, summary_de="Von Bo")
    apply({"summary_de": "Von Ada"}, copy, ada)
    workflow.submit(copy, bo)
    with pytest.raises(ValidationError):
        workflow.publish(copy, ada)
    workflow.publish(copy, bo)


# -- dates


def test_a_scheduled_text_is_public_at_its_minute(client, clock, ada):
    """Without a restart and without anything that has to run: page, list, search and count."""
    make_recommendation("wohnraum", title_de="Da")
    record = complete(title_de="Geplant", **REVIEW)
    moment = timezone.now().replace(second=0, microsecond=0) + timedelta(days=3)
    workflow.publish(record, ada, at=moment)
    note = history(record)[-1].note
    assert note.startswith("Geplant für")
    for now, shown in ((moment - timedelta(seconds=1), False), (moment, True)):
        clock(now)
        assert client.get("/empfehlungen/bauen/").status_code == (200 if shown else 404)
        assert ("Geplant" in body(client.get("/empfehlungen/"))) == shown
        assert client.get("/empfehlungen/?q=geplant").context["page_obj"].paginator.count == shown
        assert client.get("/").context["counts"]["recommendations"] == 1 + shown
        assert ("Geplant" in body(client.get("/daten/recommendations.csv"))) == shown


def test_a_date_in_the_past_means_now(ada):
    record = workflow.publish(complete(**REVIEW), ada, at=LONG_AGO)
    assert timezone.now() - record.published_at < timedelta(minutes=1)


def test_publishing_sets_the_day_of_the_check_and_of_the_next_one(ada):
    record = workflow.publish(complete(**REVIEW), ada, at=FAR_AHEAD)
    assert record.checked_on == timezone.localdate(FAR_AHEAD)
    assert record.review_due - record.checked_on == timedelta(days=365)
    Recommendation.objects.update(**PUBLISHED, checked_on=None, review_due="2025-01-01")
    assert list(Recommendation.objects.review_due()) == [record]
    workflow.confirm_checked(record, ada)
    assert list(Recommendation.objects.review_due()) == []
    assert Recommendation.objects.get().checked_on == timezone.localdate()


# -- working copies

SECRET = "Xneuerwortlautx"


def revised(original, user):
    """A working copy in which every text, row and link differs from what is public."""
    make_challenge("sprache")
    source, example = make_source("neue-quelle", year=2024), make_example(slug="neues-beispiel")
    return copy_of(
        original, user, title_de=SECRET, title_en=SECRET, summary_de=SECRET, rationale_de=SECRET,
        steps=[{"text_de": SECRET}, {"text_de": f"{SECRET} zwei", "actors": ["bund"]}], challenges=["sprache"],
        addressees=["bund", "land"], horizon="short", sources=[{"source": source.key, "page": "7"}],
        examples=[{"example": example.slug, "note_de": SECRET}],
    )  # fmt: skip


PUBLIC = [
    "/", "/empfehlungen/", "/empfehlungen/bauen/", "/empfehlungen/?q=bauen", "/empfehlungen/?challenge=sprache",
    "/empfehlungen/?addressee=bund", "/empfehlungen/?page=all&sort=number", "/herausforderungen/",
    "/herausforderungen/wohnraum/", "/herausforderungen/sprache/", "/praxisbeispiele/lotsen/", "/kommunen/", "/daten/",
    "/daten/recommendations.csv", "/daten/recommendations.xlsx", "/daten/recommendations.csv?q=bauen",
    "/daten/challenges.csv", "/daten/practice-examples.csv", "/en/recommendations/", "/en/recommendations/bauen/",
]  # fmt: skip


def test_what_is_public_stays_unchanged_until_its_working_copy_is_published(client, clock, ada, bo):
    """Drafted, in review, sent back, scheduled: not one byte of any page, list, file, search or count differs."""
    example = make_example("wohnraum", slug="lotsen")
    original = complete(examples=[example])
    make_challenge("sprache")
    make_source("neue-quelle", year=2024)
    make_example(slug="neues-beispiel")

    def seen():
        return {address: body(client.get(address)) for address in PUBLIC}

    before = seen()
    assert "Flächen finden" in before["/empfehlungen/bauen/"]
    copy = copy_of(original, ada)
    assert seen() == before
    apply({"title_de": SECRET, "summary_de": SECRET, "steps": [{"text_de": SECRET}], "challenges": ["sprache"],
           "addressees": ["bund"], "sources": ["neue-quelle"], "examples": [{"example": "neues-beispiel"}]},
          copy, ada)  # fmt: skip
    assert seen() == before
    workflow.submit(copy, ada)
    assert seen() == before
    workflow.send_back(copy, bo, "Noch nicht")
    workflow.submit(copy, ada)
    workflow.publish(copy, bo, at=FAR_AHEAD)
    assert seen() == before
    assert client.get("/empfehlungen/", {"q": SECRET}).context["page_obj"].paginator.count == 0
    assert client.get(f"/empfehlungen/{copy.slug}/").status_code == 404
    clock(FAR_AHEAD)
    assert workflow.publish_due() == 1
    after = seen()
    assert SECRET in after["/empfehlungen/bauen/"]
    assert "Flächen finden" not in after["/empfehlungen/bauen/"]


COPIES = {
    Recommendation: lambda: complete(),
    PracticeExample: lambda: make_complete(PracticeExample),
    Challenge: lambda: make_complete(Challenge),
    Page: lambda: make_complete(Page),
}


@pytest.mark.parametrize("model", COPIES)
@pytest.mark.parametrize("state", ["draft", "review", "scheduled", "public", "archived"])
def test_no_rule_of_what_is_public_lets_a_working_copy_through(ada, model, state):
    """Whatever its own status says."""
    copy = workflow.working_copy(COPIES[model](), ada)
    model.objects.filter(pk=copy.pk).update(**STATES[state])
    for rows in (model.objects.visible(), model.objects.published(), model.objects.originals()):
        assert copy not in rows
    assert copy not in model.objects.originals().scheduled()


@pytest.mark.parametrize("model", COPIES)
def test_every_kind_of_text_is_revised_in_a_working_copy(client, model, ada, bo):
    original = COPIES[model]()
    copy = copy_of(original, ada, title_de="Neuer Titel")
    assert body(client.get(preview_address(type_of(copy).table, copy))).count("Neuer Titel") > 0
    assert approved(copy, ada, bo) == original
    original.refresh_from_db()
    assert original.title_de == "Neuer Titel"
    assert not model.objects.exclude(pk__in=model.objects.originals()).exists()


def test_publishing_a_copy_puts_texts_rows_and_links_into_the_original(client, ada, bo):
    """Number, short name, key, first date and what points to it stay."""
    original = complete(number="E007")
    other = make_example("wohnraum", slug="lotsen")
    copy = revised(original, ada)
    assert (copy.number, copy.pk == original.pk) == (None, False)
    result = approved(copy, ada, bo)
    record = Recommendation.objects.get()
    assert result == record == original
    assert (record.pk, record.number, record.slug, record.published_at) == (original.pk, "E007", "bauen", LONG_AGO)
    assert (record.title_de, record.addressees, record.horizon) == (SECRET, ["bund", "land"], "short")
    assert [(step.text_de, step.actors) for step in record.steps.all()] == [(SECRET, []), (f"{SECRET} zwei", ["bund"])]
    assert [challenge.slug for challenge in record.challenges.all()] == ["sprache"]
    assert [(cited.source.key, cited.page) for cited in record.citations.all()] == [("neue-quelle", "7")]
    assert [shown.example.slug for shown in record.illustrations.all()] == ["neues-beispiel"]
    assert record.checked_on == timezone.localdate()
    assert other.pk  # untouched
    assert SECRET in body(client.get("/empfehlungen/bauen/"))
    assert client.get("/empfehlungen/", {"q": SECRET}).context["page_obj"].paginator.count == 1
    assert client.get("/empfehlungen/?challenge=wohnraum").context["page_obj"].paginator.count == 0


def test_what_points_to_a_record_keeps_pointing_to_it(ada, bo):
    """An example stays assigned to its recommendations, a challenge keeps its records, a pointer its target."""
    example = make_example("wohnraum", slug="lotsen", sources=[make_source()])
    recommendation = complete(examples=[example])
    challenge = Challenge.objects.get(slug="wohnraum")
    challenge.citations.create(source=make_source())
    withdrawn = make_recommendation(superseded_by=recommendation, **ARCHIVED)
    for record in (example, challenge, recommendation):
        approved(copy_of(record, ada, title_de="Neu"), ada, bo)
    assert recommendation.illustrations.get().example == example
    assert list(challenge.recommendations.all()) == [recommendation]
    assert list(challenge.practice_examples.all()) == [example]
    withdrawn.refresh_from_db()
    assert withdrawn.superseded_by == recommendation


def test_the_history_holds_every_step_in_order(ada, bo):
    original = complete()
    revise(original, note="Geladen")
    copy = copy_of(original, ada)
    for summary in ("Eins", "Zwei"):
        apply({"summary_de": summary}, copy, ada, note=summary)
    workflow.submit(copy, ada, note="Bitte prüfen")
    workflow.send_back(copy, bo, "Zu lang")
    apply({"summary_de": "Drei"}, copy, ada, note="Kürzer")
    workflow.submit(copy, ada)
    workflow.publish(copy, bo, note="Gut", major=True)
    found = [(each.number, each.author and each.author.username, each.note, each.status) for each in history(original)]
    assert found == [
        (1, None, "Geladen", "published"),
        (2, "ada", "Arbeitskopie begonnen.", "draft"),
        (3, "ada", "Eins", "draft"),
        (4, "ada", "Zwei", "draft"),
        (5, "ada", "Bitte prüfen", "review"),
        (6, "bo", "Zurückgegeben: Zu lang", "draft"),
        (7, "ada", "Kürzer", "draft"),
        (8, "ada", "Zur Prüfung eingereicht.", "review"),
        (9, "bo", "Gut", "published"),
    ]
    assert [each.is_major for each in history(original)] == [False] * 8 + [True]
    assert history(original)[-1].entry == type_of(original).entry(Recommendation.objects.get())
    assert history(copy) == []


def test_the_steps_of_a_second_round_follow_those_of_the_first(ada, bo):
    original = complete()
    revise(original)
    for round in ("Eins", "Zwei"):
        approved(copy_of(original, ada, summary_de=round), ada, bo)
    assert [each.number for each in history(original)] == list(range(1, 10))
    assert [each.status for each in history(original)] == ["published"] + ["draft", "draft", "review", "published"] * 2


def test_a_second_working_copy_is_the_first_one(ada, bo):
    original = complete()
    first = copy_of(original, ada, title_de="Begonnen")
    again = workflow.working_copy(original, bo)
    assert again == first
    assert again.title_de == "Begonnen"
    assert Recommendation.objects.count() == 2


def test_a_working_copy_begins_as_what_is_public(ada):
    original = complete(examples=[make_example()], target_groups=["frauen"], horizon="long")
    copy = workflow.working_copy(original, ada)
    kind = type_of(original)
    assert kind.entry(copy) == kind.entry(original)
    assert [each.pk for each in copy.steps.all()] != [each.pk for each in original.steps.all()]


def test_discarding_a_copy_leaves_what_is_public_and_makes_room_for_another(ada, client):
    original = complete()
    revise(original)
    entry = type_of(original).entry(original)
    copy = copy_of(original, ada, title_de=SECRET)
    assert workflow.discard(copy, ada) == original
    assert list(Recommendation.objects.all()) == [original]
    assert type_of(original).entry(Recommendation.objects.get()) == entry
    assert Revision.objects.filter(entry__title_de=SECRET).exists()
    assert workflow.working_copy(original, ada).title_de == "Bauen"


def test_what_was_discarded_can_be_seen_in_the_history_and_restored(client, ada, bo):
    original = complete()
    revise(original)
    copy = copy_of(original, ada, title_de=SECRET)
    workflow.discard(copy, bo)
    trace = revisions(original)[-1]
    assert (trace.author, trace.note, trace.entry["title_de"]) == (bo, "Arbeitskopie verworfen.", "Bauen")
    assert (trace.discarded.author, trace.discarded.entry["title_de"]) == (ada, SECRET)
    client.force_login(User.objects.create_superuser("chefin"))
    page = body(client.get(f"/admin/portal/revision/{trace.pk}/change/"))
    assert SECRET in page
    assert f"/admin/portal/revision/{trace.discarded.pk}/change/" in page
    again = workflow.restore(trace.discarded, bo)
    assert (again.replaces, again.title_de) == (original, SECRET)


def test_nothing_is_restored_into_a_text_that_went_into_review_meanwhile(ada):
    record = complete(**DRAFT)
    first = revise(record, ada)
    apply({"title_de": "Neu"}, record, ada)
    asked = []

    def meanwhile(execute, sql, *args):
        found = execute(sql, *args)
        if 'FROM "recommendations_recommendation"' in sql and not asked:
            asked.append(sql)
            Recommendation.objects.update(status=Publishable.Status.REVIEW)
        return found

    with connection.execute_wrapper(meanwhile), pytest.raises(ValidationError):
        workflow.restore(first, ada)
    record.refresh_from_db()
    assert record.title_de == "Neu"


def test_to_discard_a_copy_is_no_change_of_what_is_public(ada, bo):
    """Neither for who may publish it nor for files, which go on replacing what came from files."""
    original = complete()
    revise(original)
    workflow.discard(copy_of(original, ada, title_de=SECRET), bo)
    assert workflow.last_editor(original) is None
    assert original.pk not in edited_ids("recommendations")


@pytest.mark.parametrize("step", [partial(workflow.withdraw, reason="Falsch"), workflow.reopen])
def test_an_approved_copy_does_not_bring_back_what_is_no_longer_public(clock, ada, bo, step):
    """Withdrawing a text, or taking back its plan, makes a draft of the copy that waits for its date."""
    original = complete(**(SCHEDULED if step is workflow.reopen else PUBLISHED))
    copy = copy_of(original, ada, title_de="Neu")
    approved(copy, ada, bo, at=FAR_AHEAD - timedelta(days=1))
    step(original, bo)
    copy.refresh_from_db()
    assert (copy.status, copy.published_at) == ("draft", None)
    assert history(copy)[-1].status == "draft"
    clock(FAR_AHEAD + timedelta(days=1))
    assert workflow.publish_due() == 0
    original.refresh_from_db()
    assert original.status in ("archived", "draft")
    assert original.title_de == "Bauen"


def test_a_copy_in_review_of_what_was_withdrawn_is_not_published(ada, bo):
    original = complete()
    copy = copy_of(original, ada, title_de="Neu")
    workflow.submit(copy, ada)
    workflow.withdraw(original, bo, "Falsch")
    with pytest.raises(ValidationError, match="archiviert"):
        workflow.publish(copy, bo)
    copy.refresh_from_db()
    assert copy.status == "review"


def test_due_copies_are_replaced_once(clock, ada, bo):
    """Only those whose date is reached; a second run finds nothing; one that can't be replaced stops no other."""
    soon, later, broken = (complete(slug=slug) for slug in ("bald", "spaeter", "kaputt"))
    for original, days in ((broken, 1), (soon, 1), (later, 2)):
        approved(copy_of(original, ada, title_de="Neu"), ada, bo, at=FAR_AHEAD + timedelta(days=days))
    Recommendation.objects.filter(pk=broken.pk).update(status="draft")  # as no step leaves it
    clock(FAR_AHEAD)
    assert workflow.publish_due() == 0
    clock(FAR_AHEAD + timedelta(days=1))
    revisions = Revision.objects.count()
    assert workflow.publish_due() == 1
    assert workflow.publish_due() == 0
    assert Revision.objects.count() == revisions + 1
    assert Revision.objects.get(note="Wie geplant veröffentlicht.").record_id == soon.pk
    titles = dict(Recommendation.objects.originals().values_list("slug", "title_de"))
    assert titles == {"bald": "Neu", "spaeter": "Bauen", "kaputt": "Bauen"}
    clock(FAR_AHEAD + timedelta(days=2))
    assert workflow.publish_due() == 1


def test_a_copy_that_fails_unexpectedly_stops_no_other_and_is_reported(clock, ada, bo, monkeypatch):
    first, second = complete(slug="kaputt"), complete(slug="bald")
    for original in (first, second):
        approved(copy_of(original, ada, title_de="Neu"), ada, bo, at=FAR_AHEAD)
    replace = workflow.replace

    def fail(copy):
        if copy.replaces_id == first.pk:
            raise RuntimeError("disk full")
        return replace(copy)

    monkeypatch.setattr(workflow, "replace", fail)
    clock(FAR_AHEAD)
    with pytest.raises(ExceptionGroup) as caught:
        workflow.publish_due()
    assert caught.group_contains(RuntimeError, match="disk full")
    titles = dict(Recommendation.objects.originals().values_list("slug", "title_de"))
    assert titles == {"kaputt": "Bauen", "bald": "Neu"}


def test_every_replacement_tells_the_index(ada, bo):
    original = complete()
    copy = copy_of(original, ada, title_de="Neu")
    workflow.submit(copy, ada)
    last = ContentChange.objects.latest("pk").pk
    workflow.publish(copy, bo)
    assert ContentChange.objects.filter(pk__gt=last, table="recommendations", record_id=original.pk).exists()


def test_a_copy_is_no_record_of_its_own_for_files(ada):
    """It is neither found by key nor named in an entry nor counted."""
    challenge = make_challenge("wohnraum")
    copy = workflow.working_copy(challenge, ada)
    assert list(TYPES["challenges"].records()) == ["wohnraum"]
    raw = {"slug": "r", "number": "E001", "title_de": "R", "summary_de": "K", "challenges": [copy.slug]}
    _changes, problems = plan({"recommendations": [("r.yaml:1", raw)]})
    assert [problem.field for problem in problems] == ["challenges"]


# -- preview


def test_the_preview_of_a_copy_is_the_page_as_it_will_be(client, ada, bo):
    """Under the number and address of what it replaces, which isn't listed beside itself."""
    original = complete(number="E007")
    complete("verwandt", title_de="Verwandtes")
    copy = revised(original, ada)
    Recommendation.objects.get(slug="verwandt").challenges.add(make_challenge("sprache"))
    original.challenges.add(make_challenge("sprache"))
    response = client.get(preview_address("recommendations", copy))
    page = body(response)
    assert SECRET in page
    assert "E007" in page
    assert "/empfehlungen/bauen/" in page
    assert copy.slug not in page
    assert "Arbeitskopie" not in page
    assert [each.slug for each in response.context["related"]] == ["verwandt"]
    expected = {each: response.context[each] for each in ("gaps", "beneficiaries", "participants")}
    text = response.context["citation"]["text"]
    approved(copy, ada, bo)
    public = client.get("/empfehlungen/bauen/").context
    assert {each: public[each] for each in expected} == expected
    assert public["citation"]["text"].replace(" (2. Januar 2024)", "") == text  # a draft has no date yet


def test_the_preview_of_a_challenge_shows_its_records(client, ada):
    complete(title_de="Mehr Wohnungen")
    make_example("wohnraum", title_de="Lotsen")
    copy = copy_of(Challenge.objects.get(), ada, summary_de=SECRET)
    page = body(client.get(preview_address("challenges", copy)))
    for text in (SECRET, "Mehr Wohnungen", "Lotsen"):
        assert text in page


def test_the_preview_of_an_example_shows_what_it_illustrates(client, ada):
    example = make_example(slug="lotsen", number="P003")
    complete(title_de="Mehr Wohnungen", examples=[example])
    copy = copy_of(example, ada, summary_de=SECRET)
    page = body(client.get(preview_address("practice-examples", copy)))
    for text in (SECRET, "Mehr Wohnungen", "P003"):
        assert text in page


# -- addresses


def test_a_former_address_leads_to_the_present_one_for_ever(client, ada):
    record = complete(slug="alt")
    for slug in ("mitte", "neu"):
        workflow.rename(record, ada, slug)
    for former in ("alt", "mitte"):
        for prefix in ("/empfehlungen/", "/en/recommendations/"):
            response = client.get(f"{prefix}{former}/")
            assert (response.status_code, response.headers["Location"]) == (301, f"{prefix}neu/")
    assert client.get("/empfehlungen/neu/").status_code == 200
    assert history(record)[-1].note == "Kurzname geändert, vorher „mitte“."


def test_back_to_the_first_name_and_both_addresses_work(client, ada):
    record = complete(slug="alt")
    for slug in ("neu", "alt"):
        workflow.rename(record, ada, slug)
    assert client.get("/empfehlungen/alt/").status_code == 200
    assert client.get("/empfehlungen/neu/").headers["Location"] == "/empfehlungen/alt/"


def test_the_same_name_changes_nothing(client, ada):
    record = complete(slug="alt")
    workflow.rename(record, ada, "alt")
    assert client.get("/empfehlungen/alt/").status_code == 200
    assert not FormerSlug.objects.exists()


def test_a_name_that_another_record_has_or_had_is_refused(ada):
    first, second = complete(slug="eins"), complete(slug="zwei")
    workflow.rename(first, ada, "neu")
    for taken in ("neu", "eins"):
        with pytest.raises(ValidationError, match=taken):
            workflow.rename(second, ada, taken)
    assert Recommendation.objects.get(pk=second.pk).slug == "zwei"


def test_names_of_one_kind_of_record_do_not_bind_another(client, ada):
    workflow.rename(complete(slug="wohnen"), ada, "neu")
    workflow.rename(make_example(slug="lotsen"), ada, "wohnen")
    assert client.get("/praxisbeispiele/wohnen/").status_code == 200
    assert client.get("/empfehlungen/wohnen/").status_code == 301


def test_a_name_that_no_reader_knew_is_free_again(client, ada):
    workflow.rename(complete(slug="arbeitstitel", **DRAFT), ada, "neu")
    assert client.get("/empfehlungen/arbeitstitel/").status_code == 404
    workflow.rename(complete(slug="andere"), ada, "arbeitstitel")


@pytest.mark.parametrize("state", ["draft", "review", "scheduled"])
def test_a_former_address_does_not_give_away_what_is_hidden(client, ada, state):
    record = complete(slug="alt")
    workflow.rename(record, ada, "geheimer-name")
    Recommendation.objects.filter(pk=record.pk).update(**STATES[state])
    response = client.get("/empfehlungen/alt/")
    assert response.status_code == 404
    assert "geheimer-name" not in body(response)


def test_a_former_address_of_something_withdrawn_leads_to_the_notice(client, ada):
    """Renamed before or after it was withdrawn, even when it was reopened in between."""
    record = complete(slug="alt")
    workflow.withdraw(record, ada, "Überholt")
    workflow.rename(record, ada, "neu")
    response = client.get("/empfehlungen/alt/", follow=True)
    assert response.redirect_chain == [("/empfehlungen/neu/", 301)]
    assert response.status_code == 410
    workflow.reopen(record, ada)
    workflow.rename(record, ada, "noch-neuer")
    Recommendation.objects.update(**PUBLISHED)
    for former in ("alt", "neu"):
        assert client.get(f"/empfehlungen/{former}/").headers["Location"] == "/empfehlungen/noch-neuer/"


def test_an_address_that_was_public_says_so_until_it_is_public_again(client, clock, ada, bo):
    """While its text is a draft again, in review or planned, nothing of it is told: neither a word nor its new name."""
    record = complete(slug="alt")
    workflow.withdraw(record, ada, "Das Gesetz ist neu.")
    workflow.reopen(record, ada)
    apply({"title_de": "Streng geheim"}, record, ada)
    workflow.rename(record, ada, "streng-geheim")

    def told():
        old, new = client.get("/empfehlungen/alt/"), client.get("/empfehlungen/streng-geheim/")
        assert "Geheim" not in body(old).title()
        return old.status_code, "Das Gesetz ist neu." in body(old), new.status_code

    assert told() == (410, True, 404)
    workflow.submit(record, ada)
    assert told() == (410, True, 404)
    workflow.publish(record, bo, at=FAR_AHEAD)
    assert told() == (410, True, 404)
    clock(FAR_AHEAD + timedelta(minutes=1))
    assert client.get("/empfehlungen/alt/").headers["Location"] == "/empfehlungen/streng-geheim/"
    assert client.get("/empfehlungen/streng-geheim/").status_code == 200


def test_a_plan_that_is_a_draft_again_was_never_public(client, ada):
    for state in (SCHEDULED, DRAFT):
        record = complete(slug=f"plan-{state['status']}", **state)
        if state is SCHEDULED:
            workflow.withdraw(record, ada, "Doch nicht")
            workflow.reopen(record, ada)
        assert client.get(record.get_absolute_url()).status_code == 404


def test_a_former_name_of_a_challenge_keeps_working_in_filters_and_files(client, ada):
    record = complete(title_de="Bauen")
    make_recommendation("sprache", title_de="Reden")
    challenge = Challenge.objects.get(slug="wohnraum")
    workflow.rename(challenge, ada, "wohnen")
    for query in ("challenge=wohnraum", "challenge=wohnen", "challenge=wohnraum&challenge=wohnen"):
        filter = client.get(f"/empfehlungen/?{query}").context["filter"]
        assert filter.ids == [record.pk]
        facet = next(facet for facet in filter.facets if facet.name == "challenge")
        assert (facet.chosen, facet.unknown) == (["wohnen"], [])
    both = client.get("/empfehlungen/?challenge=wohnraum&challenge=sprache").context["filter"]
    assert len(both.ids) == 2
    for rendering in ("csv", "xlsx"):
        rows = body(client.get(f"/daten/recommendations.{rendering}?challenge=wohnraum"))
        assert "Bauen" in rows
        assert "Reden" not in rows
    assert client.get("/herausforderungen/wohnraum/").headers["Location"] == "/herausforderungen/wohnen/"


def test_a_former_name_in_a_filter_does_not_give_the_new_one_of_a_hidden_challenge_away(client, ada):
    complete()
    challenge = Challenge.objects.get(slug="wohnraum")
    workflow.rename(challenge, ada, "geheimer-name")
    workflow.withdraw(challenge, ada, "Überholt")
    response = client.get("/empfehlungen/?challenge=wohnraum")
    facet = next(facet for facet in response.context["filter"].facets if facet.name == "challenge")
    assert facet.unknown == ["wohnraum"]
    assert "geheimer-name" not in body(response)


def test_a_working_copy_approved_before_a_new_name_keeps_the_new_name(clock, ada, bo):
    original = complete(slug="alt")
    approved(copy_of(original, ada, title_de="Neuer Titel"), ada, bo, at=FAR_AHEAD)
    workflow.rename(original, bo, "neu")
    clock(FAR_AHEAD)
    workflow.publish_due()
    record = Recommendation.objects.get()
    assert (record.slug, record.title_de) == ("neu", "Neuer Titel")


def test_long_pages_keep_their_address(client, ada):
    """Each is part of the portal: under another short name nobody would find it."""
    page = make_page("about")
    with pytest.raises(ValidationError):
        workflow.rename(page, ada, "wir")
    assert client.get("/ueber/").status_code == 200


def test_of_a_plan_that_was_given_up_readers_learn_nothing_even_at_its_date(client, clock, ada):
    record = complete(**SCHEDULED)
    workflow.withdraw(record, ada, "Doch nicht")
    clock(FAR_AHEAD + timedelta(days=1))
    assert client.get("/empfehlungen/bauen/").status_code == 404


def test_withdrawing_tells_readers_why_and_what_to_read_instead(client, ada):
    record, instead = complete(), complete("nachfolger", title_de="Nachfolger")
    workflow.withdraw(record, ada, "Das Gesetz ist neu.", instead)
    response = client.get("/empfehlungen/bauen/")
    assert response.status_code == 410
    assert "Das Gesetz ist neu." in body(response)
    assert "/empfehlungen/nachfolger/" in body(response)
    assert history(record)[-1].note == "Zurückgezogen: Das Gesetz ist neu."
    assert client.get("/empfehlungen/").context["page_obj"].paginator.count == 1


# -- mail


@pytest.fixture
def reachable():
    """Accounts with an address: an editor, two who publish, one who is gone, and one without a role."""
    accounts = {}
    for name, role in [
        ("ada", "Redaktion"),
        ("bo", "Freigabe"),
        ("cem", "Freigabe"),
        ("weg", "Freigabe"),
        ("da", "Beirat"),
    ]:
        user = accounts[name] = User.objects.create_user(name, f"{name}@example.org", is_active=name != "weg")
        user.groups.add(Group.objects.get(name=role))
    return accounts


def written():
    """(recipient, subject) of what was mailed."""
    return [(recipient, each.subject) for each in mail.outbox for recipient in each.to]


def test_whoever_may_publish_is_told_that_a_text_waits(reachable):
    record = complete(**DRAFT)
    workflow.submit(record, reachable["bo"], "Bitte auf die Quelle achten.")
    assert written() == [("cem@example.org", f"Zur Prüfung: {record}")]
    assert "Bitte auf die Quelle achten." in mail.outbox[0].body
    assert f"/admin/recommendations/recommendation/{record.pk}/change/" in mail.outbox[0].body


def test_a_title_in_two_lines_makes_a_mail_all_the_same(reachable):
    """A cell of a spreadsheet may hold a line end, the subject of a mail may not."""
    record = complete(**DRAFT, title_de="Bauen\nund wohnen")
    workflow.submit(record, reachable["bo"])
    assert written() == [("cem@example.org", f"Zur Prüfung: {record.number} Bauen und wohnen")]


def test_whoever_wrote_a_text_is_told_why_it_came_back_and_that_it_is_approved(reachable):
    ada, bo = reachable["ada"], reachable["bo"]
    record = complete(**DRAFT)
    apply({"summary_de": "Neu."}, record, ada)
    workflow.submit(record, bo)
    mail.outbox.clear()
    workflow.send_back(record, bo, "Es fehlt die Seite.")
    workflow.submit(record, bo)
    workflow.publish(record, bo, at=FAR_AHEAD)
    to_ada = [each for each in mail.outbox if each.to == ["ada@example.org"]]
    assert [each.subject for each in to_ada] == [f"Zurückgegeben: {record}", f"Freigegeben: {record}"]
    assert "Es fehlt die Seite." in to_ada[0].body
    assert "Geplant für 2. Januar 2099" in to_ada[1].body


def test_the_mail_leads_to_the_copy_that_came_back_and_to_the_record_that_it_replaced(reachable):
    ada, bo, original = reachable["ada"], reachable["bo"], complete()
    copy = copy_of(original, ada, title_de="Neu")
    workflow.submit(copy, ada)
    workflow.send_back(copy, bo, "Warum?")
    assert f"/recommendation/{copy.pk}/change/" in mail.outbox[-1].body
    workflow.submit(copy, ada)
    workflow.publish(copy, bo)
    assert f"/recommendation/{original.pk}/change/" in mail.outbox[-1].body


def test_nobody_is_told_of_what_they_did_themselves(reachable):
    record = complete(**DRAFT)
    apply({"summary_de": "Neu."}, record, reachable["bo"])
    workflow.submit(record, reachable["cem"])
    mail.outbox.clear()
    workflow.send_back(record, reachable["bo"], "Doch nicht.")
    assert written() == []


# -- at the same moment


def at_once(*jobs):
    """Run jobs in threads that start together; what each returned or raised."""
    gate, results = threading.Barrier(len(jobs)), [None] * len(jobs)

    def run(place, job):
        with translation.override("de"):
            try:
                gate.wait(timeout=10)
                results[place] = job()
            except Exception as error:
                results[place] = error
            finally:
                connections.close_all()

    threads = [threading.Thread(target=run, args=(n, job)) for n, job in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return results


@pytest.fixture
def threads(transactional_db):
    """A database that other threads see, too."""
    if connection.vendor == "sqlite" and connection.is_in_memory_db():
        pytest.skip("SQLite in memory can't be written by two threads; PostgreSQL can.")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_copy", [False, True], ids=["a draft", "a working copy"])
def test_of_parallel_approvals_one_publishes_and_mails_and_the_others_are_told_so(threads, is_copy, settings):
    settings.MAILERS = {"default": {"BACKEND": "portal.mail.OutboxBackend"}}  # the real one, in the transaction
    author = User.objects.create_user("ada", "ada@example.org")
    reviewers = [User.objects.create_user(f"freigabe{n}") for n in range(8)]
    original = complete(**(PUBLISHED if is_copy else DRAFT))
    record = copy_of(original, author, title_de="Neu") if is_copy else original
    apply({"summary_de": "Neu."}, record, author)
    workflow.submit(record, author)
    results = at_once(
        *(partial(workflow.publish, Recommendation.objects.get(pk=record.pk), each) for each in reviewers)
    )
    done = [each for each in results if isinstance(each, Recommendation)]
    refused = [each for each in results if isinstance(each, ValidationError)]
    assert (len(done), len(refused)) == (1, 7), results
    assert [each.status for each in history(original)].count("published") == 1
    assert Recommendation.objects.visible().get() == original
    assert OutgoingMail.objects.get().recipient == "ada@example.org"


@pytest.mark.django_db(transaction=True)
def test_two_who_begin_a_working_copy_at_once_get_the_same_one(threads):
    users = [User.objects.create_user(f"ada{n}") for n in range(4)]
    original = complete()
    results = at_once(*(partial(workflow.working_copy, original, user) for user in users))
    assert {each.pk for each in results} == {Recommendation.objects.get(replaces=original).pk}


@pytest.mark.django_db(transaction=True)
def test_withdrawing_and_replacing_at_once_leave_one_clear_outcome(threads, clock):
    """Withdrawn it is in the end; whether the copy came before or stays behind as a draft is a matter of luck."""
    ada, bo = User.objects.create_user("ada"), User.objects.create_user("bo")
    originals = [complete(slug=f"r{n}") for n in range(5)]
    for original in originals:
        approved(copy_of(original, ada, title_de="Neu"), ada, bo, at=FAR_AHEAD)
    clock(FAR_AHEAD + timedelta(days=1))
    withdrawals = [partial(workflow.withdraw, original, bo, "Falsch") for original in originals]
    results = at_once(workflow.publish_due, workflow.publish_due, *withdrawals)
    assert [each for each in results if isinstance(each, Exception)] == []
    assert not Recommendation.objects.visible().exists()
    assert not Recommendation.objects.due_copies().exists()
    assert results[0] + results[1] == 5 - Recommendation.objects.filter(replaces__isnull=False).count()


def test_every_kind_of_text_with_a_workflow_is_tested_here():
    assert set(COPIES) == set(Publishable.__subclasses__())
