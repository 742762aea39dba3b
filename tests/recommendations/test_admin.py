"""How editors work on recommendations, practice examples, challenges and sources."""

from functools import partial

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from portal import workflow
from portal.entries import revise
from portal.models import ContentChange, Revision, User
from recommendations.models import Challenge, PracticeExample, Recommendation, Source, TargetGroup
from tests import factories
from tests.forms import form_data
from tests.portal.test_admin import address, save

pytestmark = pytest.mark.django_db


def account(name, *actions):
    """A member of staff who may do `actions` with everything."""
    user = User.objects.create_user(name, is_staff=True)
    for action in actions:
        user.user_permissions.add(*Permission.objects.filter(codename__startswith=f"{action}_"))
    return user


@pytest.fixture
def editor(client):
    """Logged in; may do everything but delete records."""
    user = account("redaktion", "view", "add", "change")
    client.force_login(user)
    return user


def new_data(client, model, **fields):
    page = client.get(address(model, "add"))
    return form_data(page, f"{model._meta.model_name}_form") | fields


def add(client, model, **fields):
    response = client.post(address(model, "add"), new_data(client, model, **fields))
    assert response.status_code == 302, response.context["adminform"].form.errors
    return model.objects.latest("pk")


def test_one_save_is_one_revision(client, editor):
    """Texts, links and rows together, with author and note; of a working copy no reader sees anything."""
    original = factories.make_recommendation("wohnraum", slug="bauen", steps=["Alter Schritt"])
    recommendation = workflow.working_copy(original, editor)
    sprache = factories.make_challenge("sprache")
    assert "Neuer Titel" not in client.get("/empfehlungen/?challenge=sprache").content.decode()  # builds the index
    save(
        client,
        recommendation,
        title_de="Neuer Titel",
        challenges=[sprache.pk],
        **{"steps-0-text_de": "Neuer Schritt", "change_note": "Nach Rückfrage geändert"},
    )
    _first, second = Revision.objects.filter(table="recommendations", record_id=recommendation.pk).order_by("number")
    assert (second.author, second.note, second.status) == (editor, "Nach Rückfrage geändert", "draft")
    assert second.entry["steps"][0]["text_de"] == "Neuer Schritt"
    assert second.entry["challenges"] == ["sprache"]
    client.logout()
    page = client.get("/empfehlungen/bauen/").content.decode()
    assert "Neuer" not in page
    assert "Alter Schritt" in page
    assert "Neuer Titel" not in client.get("/empfehlungen/?challenge=sprache").content.decode()


PUBLIC = {"public": factories.PUBLISHED, "scheduled": factories.SCHEDULED, "archived": factories.ARCHIVED}


@pytest.mark.parametrize("status", [*PUBLIC, "review"])
@pytest.mark.parametrize(
    "make", [factories.make_recommendation, factories.make_example, partial(factories.make_challenge, "neu")]
)
def test_only_drafts_are_edited(client, editor, make, status):
    """The form shows everything else without fields, and what is sent to it all the same changes nothing."""
    record = make(title_de="Bleibt", **(PUBLIC | {"review": factories.REVIEW})[status])
    form = client.get(address(type(record), "change", record.pk))
    assert form.status_code == 200
    assert not form.context["has_change_permission"]
    assert 'name="title_de"' not in form.content.decode()
    data = {"title_de": "Anders", "status": "draft", "change_note": "", "based_on": ""}
    assert client.post(address(type(record), "change", record.pk), data).status_code == 403
    record.refresh_from_db()
    assert record.title_de == "Bleibt"


def test_status_and_dates_are_no_fields(client, editor):
    """They change by steps only: sent with the form, they are left alone."""
    draft = factories.make_recommendation(**factories.DRAFT)
    save(client, draft, status="published", published_at="2024-01-01T12:00", review_due="2030-01-01", replaces="1")
    draft.refresh_from_db()
    assert (draft.status, draft.published_at, draft.review_due, draft.replaces) == ("draft", None, None, None)


def test_rows_are_put_in_the_order_that_their_numbers_ask_for(client, editor):
    """A row with another's number goes before it, a row without one to the end; then they count 1, 2, 3."""
    recommendation = factories.make_recommendation(steps=["eins", "zwei", "drei"], **factories.DRAFT)
    save(client, recommendation)
    rows = {"steps-TOTAL_FORMS": 5, "steps-2-position": 1}
    rows |= {"steps-3-text_de": "ans Ende", "steps-3-position": ""}
    rows |= {"steps-4-text_de": "vor zwei", "steps-4-position": 2}
    save(client, recommendation, **rows)
    steps = recommendation.steps.values_list("text_de", "position")
    assert list(steps) == [("drei", 1), ("eins", 2), ("vor zwei", 3), ("zwei", 4), ("ans Ende", 5)]
    save(client, recommendation, **{"steps-0-position": 3})
    texts = recommendation.steps.values_list("text_de", flat=True)
    assert list(texts) == ["eins", "vor zwei", "drei", "zwei", "ans Ende"]


def test_an_editor_may_remove_a_step_without_being_allowed_to_delete_records(client, editor):
    recommendation = factories.make_recommendation(steps=["bleibt", "geht"], **factories.DRAFT)
    save(client, recommendation, **{"steps-1-DELETE": "on"})
    assert [step.text_de for step in recommendation.steps.all()] == ["bleibt"]
    assert client.get(address(Recommendation, "delete", recommendation.pk)).status_code == 403


def test_a_new_record_gets_the_next_number_and_a_short_name_with_umlauts_spelt_out(client, editor):
    factories.make_recommendation(number="E045")
    factories.make_recommendation(number="E009")
    made = [add(client, Recommendation, title_de="Größere Räume öffnen", summary_de="Kurz.") for _ in range(2)]
    assert [each.number for each in made] == ["E046", "E047"]
    assert [each.slug for each in made] == ["groessere-raeume-oeffnen", "groessere-raeume-oeffnen-2"]
    assert made[0].status == "draft"
    assert Revision.objects.filter(table="recommendations").count() == 2


def test_number_and_short_name_are_permanent(client, editor):
    recommendation = factories.make_recommendation(number="E007", slug="bleibt", **factories.DRAFT)
    save(client, recommendation, number="E008", slug="anders")
    recommendation.refresh_from_db()
    assert (recommendation.number, recommendation.slug) == ("E007", "bleibt")


def test_publishing_without_a_date_means_now_and_a_given_date_is_kept(client):
    client.force_login(account("freigabe", "view", "publish"))
    now, later = (factories.make_example("x", sources=[factories.make_source()], **factories.REVIEW) for _ in range(2))
    publish = partial(reverse, "admin:recommendations_practiceexample_step", args=["publish"])
    assert client.post(publish(query={"pk": now.pk}), {"at": ""}).status_code == 302
    assert client.post(publish(query={"pk": later.pk}), {"at": "2099-01-02T13:00"}).status_code == 302
    assert (timezone.now() - PracticeExample.objects.get(pk=now.pk).published_at).total_seconds() < 120
    assert PracticeExample.objects.get(pk=later.pk).published_at == factories.FAR_AHEAD
    assert client.get(now.get_absolute_url()).status_code == 200
    assert client.get(later.get_absolute_url()).status_code == 404


@pytest.mark.parametrize(
    "make", [factories.make_recommendation, factories.make_example, partial(factories.make_challenge, "neu")]
)
def test_a_draft_has_a_preview_and_no_public_page(client, editor, make):
    """The form links to the preview; only what readers see has a link to the website."""
    draft = make(title_de="Noch im Entwurf", **factories.DRAFT)
    form = client.get(address(type(draft), "change", draft.pk))
    assert not form.context["has_absolute_url"]
    assert form.context["preview_url"] in form.content.decode()
    client.logout()
    assert "Noch im Entwurf" in client.get(form.context["preview_url"]).content.decode()
    assert client.get(draft.get_absolute_url()).status_code == 404
    type(draft).objects.update(**factories.PUBLISHED)
    client.force_login(editor)
    assert client.get(address(type(draft), "change", draft.pk)).context["absolute_url"] == draft.get_absolute_url()


def test_mistakes_are_explained_in_plain_german(client, editor):
    url = address(PracticeExample, "change", factories.make_example(**factories.DRAFT).pk)
    data = form_data(client.get(url), "practiceexample_form")
    page = client.post(url, data | {"year_start": 2020, "year_end": 2010, "_save": "1"}).content.decode()
    assert "Das letzte Jahr liegt vor dem ersten." in page
    data = new_data(client, Recommendation, number="R1", title_de="Titel", summary_de="Kurz.")
    page = client.post(address(Recommendation, "add"), data).content.decode()
    assert "Die Nummer besteht aus E und drei bis fünf Ziffern" in page


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"year_start": 2020, "year_end": 2010}, "year_end"),
        ({"year_start": 1066}, "year_start"),
    ],
)
def test_a_constraint_speaks_beside_its_field(client, editor, changes, field):
    url = address(PracticeExample, "change", factories.make_example(**factories.DRAFT).pk)
    response = client.post(url, form_data(client.get(url), "practiceexample_form") | changes)
    form = response.context["adminform"].form
    assert list(form.errors) == [field]
    assert f'id="id_{field}_error"' in response.content.decode()


def test_deleting_is_announced_and_keeps_the_history(client):
    """Of one record and of several; what readers see changes at once."""
    client.force_login(account("leitung", "view", "change", "delete"))
    one, two, three = (
        factories.make_recommendation("wohnraum", title_de=f"Kaum bemerkt {n}", steps=["x"]) for n in range(3)
    )
    revise(one)
    last = ContentChange.objects.latest("pk").pk
    assert client.post(address(Recommendation, "delete", one.pk), {"post": "yes"}).status_code == 302
    selected = {"action": "delete_selected", "_selected_action": [two.pk, three.pk], "post": "yes"}
    client.post(address(Recommendation, "changelist"), selected)
    announced = ContentChange.objects.filter(pk__gt=last, table="recommendations").values_list("record_id", flat=True)
    assert set(announced) == {one.pk, two.pk, three.pk}
    assert not Recommendation.objects.exists()
    assert Revision.objects.filter(table="recommendations", record_id=one.pk).exists()
    assert "Kaum bemerkt" not in client.get("/empfehlungen/").content.decode()


@pytest.mark.parametrize("model", [Challenge, TargetGroup, Source])
def test_what_a_record_rests_on_is_not_deleted(client, model):
    """Neither alone nor in a list of others; the page names the record."""
    client.force_login(account("leitung", "view", "change", "delete"))
    factories.make_recommendation("wohnraum", target_groups=["familien"], year=2020, title_de="Braucht es noch")
    used = model.objects.get()
    assert "Braucht es noch" in client.get(address(model, "delete", used.pk)).content.decode()
    client.post(address(model, "delete", used.pk), {"post": "yes"})
    selected = {"action": "delete_selected", "_selected_action": [used.pk], "post": "yes"}
    client.post(address(model, "changelist"), selected)
    assert model.objects.get() == used


def test_who_may_only_look_finds_everything_and_changes_nothing(client):
    client.force_login(account("beirat", "view"))
    recommendation = factories.make_recommendation("wohnraum", steps=["Ein Schritt"])
    page = client.get(address(Recommendation, "change", recommendation.pk))
    assert "Ein Schritt" in page.content.decode()
    assert "change_note" not in page.content.decode()
    assert client.post(address(Recommendation, "change", recommendation.pk), {"title_de": "x"}).status_code == 403


@pytest.mark.parametrize("make", [factories.make_recommendation, factories.make_example])
def test_a_longer_list_asks_no_more_queries(client, editor, make):
    def queries():
        client.get(address(model, "changelist"))  # fills Django's own caches
        with CaptureQueriesContext(connection) as captured:
            client.get(address(model, "changelist"))
        return len(captured)

    model = type(make("wohnraum", "sprache"))
    few = queries()
    for _ in range(10):
        make("wohnraum", "sprache")
    assert queries() == few


def test_list_of_what_is_missing(client, editor):
    """One filter value a line: the records that lack it."""
    complete = factories.make_recommendation(
        "wohnraum", title_en="Title", summary_en="Short.", addressees=["kommune"], steps=["x"],
        examples=[factories.make_example()], year=2020,
    )  # fmt: skip
    complete.citations.update(page="12")
    factories.make_recommendation(number="E900", sources=[factories.make_source(kind="secondary")])
    for code in ("english", "challenge", "addressee", "page", "primary", "steps", "example"):
        found = client.get(address(Recommendation, "changelist"), {"missing": code}).context["cl"].result_list
        assert [each.number for each in found] == ["E900"], code
    found = client.get(address(Recommendation, "changelist"), {"missing": "source"}).context["cl"].result_list
    assert list(found) == []


def test_target_groups_stand_under_their_role_in_alphabetical_order(client, editor):
    Role = TargetGroup.Role
    factories.make_target_group("verwaltung", role=Role.ACTOR)
    for slug in ("frauen", "ältere", "zugewanderte"):
        factories.make_target_group(slug, role=Role.BENEFICIARY)
    form = client.get(address(Recommendation, "add")).context["adminform"].form
    labels = [(group, [label for _value, label in choices]) for group, choices in form.fields["target_groups"].choices]
    assert labels == [
        (Role.BENEFICIARY.label, ["Ältere", "Frauen", "Zugewanderte"]),
        (Role.ACTOR.label, ["Verwaltung"]),
    ]


def test_an_example_names_the_recommendations_it_illustrates(client, editor):
    example = factories.make_example()
    recommendation = factories.make_recommendation(examples=[example])
    page = client.get(address(PracticeExample, "change", example.pk)).content.decode()
    assert reverse("admin:recommendations_recommendation_change", args=[recommendation.pk]) in page
