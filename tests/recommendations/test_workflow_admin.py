"""The workflow as editors meet it: steps on list and form, the page that asks first, working copies, two at one draft."""

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils import timezone

from portal import workflow
from portal.entries import apply, revise
from portal.models import Page, Remark, Revision, User
from portal.publishing import Publishable
from portal.workflow_admin import STEPS
from recommendations.models import Challenge, PracticeExample, Recommendation
from tests import factories
from tests.forms import form_data
from tests.portal.test_admin import address, save
from tests.portal.test_workflow import STATES, complete, copy_of, make_complete

pytestmark = pytest.mark.django_db


def member(role, name=None):
    user = User.objects.create_user(name or role.lower(), is_staff=True, first_name=role, last_name="Beispiel")
    user.groups.add(Group.objects.get(name=role))
    return user


@pytest.fixture
def editor(client):
    user = member("Redaktion")
    client.force_login(user)
    return user


@pytest.fixture
def publisher():
    return member("Freigabe")


def step_url(model, name, *records):
    url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_step", args=[name])
    return url + "?" + "&".join(f"pk={record.pk}" for record in records)


def take(client, name, *records, **answers):
    return client.post(step_url(type(records[0]), name, *records), answers, follow=True)


def offered(client, record):
    """Names of the steps that the form of a record offers."""
    form = client.get(address(type(record), "change", record.pk)).context["action_form"]
    return [name for name, _label in form.fields["action"].choices if name] if form else []


ANSWERS = {
    "send_back": {"reason": "Quelle fehlt"},
    "withdraw": {"reason": "Überholt."},
    "rename": {"slug": "neu"},
}
RESULTS = {  # {step: (state it is taken from, state afterwards)}
    "submit": ("draft", "review"),
    "send_back": ("review", "draft"),
    "publish": ("review", "published"),
    "working_copy": ("public", "published"),
    "confirm_checked": ("public", "published"),
    "withdraw": ("public", "archived"),
    "rename": ("public", "published"),
    "reopen": ("archived", "draft"),
}


def test_every_step_is_tested_here():
    assert {*RESULTS, "discard", "discard_draft"} == set(STEPS)


@pytest.mark.parametrize("name", RESULTS)
def test_a_step_asks_first_and_then_acts(client, publisher, name):
    """Opening the page changes nothing, whatever its address says; sending it does, and says so."""
    before, after = RESULTS[name]
    record = complete(**STATES[before])
    client.force_login(publisher)
    response = client.get(step_url(Recommendation, name, record), ANSWERS.get(name, {}))
    page = client.get(step_url(Recommendation, name, record)).content.decode()
    assert response.status_code == 404 or name not in ANSWERS  # its answers are no part of the address
    assert "Bauen" in page
    assert f'value="{STEPS[name].label}"' in page
    assert not Revision.objects.exists()
    assert Recommendation.objects.get().status == STATES[before]["status"]
    response = take(client, name, record, **ANSWERS.get(name, {}))
    assert [str(each.level_tag) for each in response.context["messages"]] == ["success"]
    assert Recommendation.objects.get(pk=record.pk).status == after
    assert Revision.objects.latest("pk").author == publisher


def test_a_step_of_a_working_copy_is_discarded_after_asking(client, editor):
    original = complete()
    copy = copy_of(original, editor, title_de="Verworfen")
    assert client.get(step_url(Recommendation, "discard", copy)).status_code == 200
    response = take(client, "discard", copy)
    assert response.redirect_chain[-1][0] == address(Recommendation, "change", original.pk)
    assert list(Recommendation.objects.all()) == [original]


@pytest.mark.parametrize("name", ["send_back", "withdraw", "rename"])
def test_what_a_step_needs_it_demands(client, publisher, name):
    record = complete(**STATES[RESULTS[name][0]])
    client.force_login(publisher)
    response = client.post(step_url(Recommendation, name, record), {})
    assert response.status_code == 200
    assert list(response.context["form"].errors)
    assert not Revision.objects.exists()


def test_a_moment_that_is_past_is_refused(client, publisher):
    record = complete(**factories.REVIEW)
    client.force_login(publisher)
    response = client.post(step_url(Recommendation, "publish", record), {"at": "2020-01-01T12:00"})
    assert "Vergangenheit" in response.content.decode()
    assert Recommendation.objects.get().status == "review"


def test_a_date_is_in_local_time_and_a_major_change_is_kept_as_such(client, publisher):
    record = complete(**factories.REVIEW)
    client.force_login(publisher)
    take(client, "publish", record, at="2099-01-02T13:00", major="on")
    assert Recommendation.objects.get().published_at == factories.FAR_AHEAD
    assert Revision.objects.get().is_major


# -- who may


@pytest.mark.parametrize("role", ["Redaktion", "Freigabe", "Beirat", "Administration", None])
@pytest.mark.parametrize("name", RESULTS)
def test_a_step_without_the_permission_is_refused_and_changes_nothing(client, role, name):
    record = complete(**STATES[RESULTS[name][0]])
    user = member(role) if role else User.objects.create_user("niemand", is_staff=True)
    client.force_login(user)
    may = {"change": ("Redaktion", "Freigabe", "Administration"), "publish": ("Freigabe", "Administration")}
    allowed = role in may[STEPS[name].permission]
    assert client.get(step_url(Recommendation, name, record)).status_code == (200 if allowed else 403)
    response = client.post(step_url(Recommendation, name, record), ANSWERS.get(name, {}))
    assert response.status_code == (302 if allowed else 403)
    if not allowed:
        assert not Revision.objects.exists()
        assert Recommendation.objects.get().status == STATES[RESULTS[name][0]]["status"]


OFFERED = {  # {(role, state): the steps on the form}; (…, "copy …"): of a working copy
    ("Redaktion", "draft"): ["submit"],
    ("Redaktion", "review"): [],
    ("Redaktion", "public"): ["working_copy", "confirm_checked"],
    ("Redaktion", "scheduled"): ["working_copy", "confirm_checked"],
    ("Redaktion", "archived"): [],
    ("Redaktion", "copy draft"): ["submit", "discard"],
    ("Redaktion", "copy review"): ["discard"],
    ("Freigabe", "draft"): ["submit", "rename"],
    ("Freigabe", "review"): ["send_back", "publish", "rename"],
    ("Freigabe", "public"): ["working_copy", "confirm_checked", "withdraw", "rename"],
    ("Freigabe", "scheduled"): ["working_copy", "confirm_checked", "withdraw", "rename", "reopen"],
    ("Freigabe", "archived"): ["rename", "reopen"],
    ("Freigabe", "copy draft"): ["submit", "discard"],
    ("Freigabe", "copy review"): ["send_back", "publish", "discard"],
    ("Freigabe", "copy scheduled"): ["discard", "reopen"],
    ("Beirat", "draft"): [],
    ("Beirat", "public"): [],
    ("Beirat", "copy review"): [],
}


@pytest.mark.parametrize(("role", "state"), OFFERED)
def test_the_form_offers_the_steps_that_are_possible_and_allowed(client, role, state):
    user = member(role)
    if state.startswith("copy "):
        record = copy_of(complete(), user)
        Recommendation.objects.filter(pk=record.pk).update(**STATES[state.removeprefix("copy ")])
    else:
        record = complete(**STATES[state])
    client.force_login(user)
    assert offered(client, record) == OFFERED[role, state]
    page = client.get(address(Recommendation, "change", record.pk)).content.decode()
    for name in STEPS:
        assert (f'value="{name}"' in page) == (name in OFFERED[role, state])


def test_a_button_of_the_form_leads_to_the_page_that_asks(client, editor):
    record = complete(**factories.DRAFT)
    response = client.get(address(Recommendation, "change", record.pk))
    data = form_data(response, "step_actions")
    name = response.context["action_form"]["action"].html_name
    response = client.post(address(Recommendation, "change", record.pk), data | {name: "submit"})
    assert response.status_code == 302
    assert response.url == step_url(Recommendation, "submit", record)
    for foreign in ("publish", "delete_selected", "gibt-es-nicht"):  # not possible, or not allowed
        response = client.post(address(Recommendation, "change", record.pk), data | {name: foreign})
        assert response.status_code == 302
        assert response.url == address(Recommendation, "change", record.pk)


def test_enter_in_a_field_saves_and_never_takes_a_step(client, editor):
    """The first button of the form is what a browser presses then."""
    record = complete(**factories.DRAFT)
    page = client.get(address(Recommendation, "change", record.pk)).content.decode()
    form = page[page.index('id="recommendation_form"') :]
    buttons = [each for each in form.replace("<input", "<button").split("<button")[1:] if 'type="submit"' in each]
    assert 'name="_save"' in next(each for each in buttons if 'form="' not in each.split(">")[0])


def test_the_list_offers_steps_for_several_texts_at_once(client, editor):
    records = [complete(slug=slug, **factories.DRAFT) for slug in ("eins", "zwei")]
    data = {"action": "submit", "_selected_action": [record.pk for record in records]}
    response = client.post(address(Recommendation, "changelist"), data)
    assert response.status_code == 200
    assert {row["record"] for row in response.context["rows"]} == set(records)
    asked = form_data(response, "step_form")
    response = client.post(response.context["address"], asked | {"note": "Beide zusammen"}, follow=True)
    assert "2 Texte zur Prüfung eingereicht." in response.content.decode()
    assert set(Recommendation.objects.values_list("status", flat=True)) == {"review"}


def test_a_step_is_taken_for_more_texts_than_an_address_can_name(client, publisher):
    """All that a filtered list holds: shown are the first of them, taken is the step for each."""
    client.force_login(publisher)
    numbers = range(10_000, 10_600)
    fields = {"title_de": "Titel", "summary_de": "Kurz.", **factories.PUBLISHED}
    Recommendation.objects.bulk_create(Recommendation(number=f"E{n}", slug=f"r{n}", **fields) for n in numbers)
    some = list(Recommendation.objects.values_list("pk", flat=True)[:2])
    data = {"action": "confirm_checked", "select_across": "1", "_selected_action": some}
    page = client.post(address(Recommendation, "changelist"), data)
    assert page.status_code == 200
    assert len(page.context["rows"]) + page.context["more"] == len(numbers)
    assert "und 550 weitere" in page.content.decode()
    response = client.post(page.context["address"], form_data(page, "step_form"), follow=True)
    assert "600 Texte als geprüft vermerkt." in response.content.decode()
    assert not Recommendation.objects.filter(checked_on=None).exists()
    page = client.post(address(Recommendation, "changelist"), data | {"action": "send_back"})
    refused = client.post(page.context["address"], form_data(page, "step_form") | {"reason": "Nein"}, follow=True)
    assert len(refused.context["messages"]) == 51
    again = client.post(page.context["address"], form_data(page, "step_form") | {"reason": ""})
    assert again.context["more"] == 550  # a mistake forgets none of them


def test_a_step_from_the_form_saves_what_was_typed_first(client, editor):
    draft = complete(**factories.DRAFT)
    url = address(Recommendation, "change", draft.pk)
    page = client.get(url)
    assert "Sichern und einreichen" in page.content.decode()
    data = form_data(page, "recommendation_form") | {"_step": "submit", "title_de": "Gerade getippt"}
    response = client.post(url, data | {"title_de": ""})
    assert response.status_code == 200
    assert response.context["adminform"].form.errors
    response = client.post(url, data)
    assert response.url == step_url(Recommendation, "submit", draft)
    draft.refresh_from_db()
    assert (draft.title_de, draft.status) == ("Gerade getippt", "draft")
    assert "ist gesichert" in client.get(response.url).content.decode()
    for foreign in ("publish", "gibt-es-nicht"):
        data = form_data(client.get(url), "recommendation_form") | {"_step": foreign}
        assert client.post(url, data).url == address(Recommendation, "changelist")


def test_what_cannot_be_edited_has_steps_without_saving(client, publisher):
    client.force_login(publisher)
    record = complete(**factories.REVIEW)
    page = client.get(address(Recommendation, "change", record.pk)).content.decode()
    assert 'name="_step"' not in page
    assert 'value="publish"' in page


def begun_by(user, **fields):
    record = complete(**factories.DRAFT, **fields)
    revise(record, user)
    return record


def test_a_draft_of_one_s_own_is_discarded_and_its_history_stays(client, editor):
    draft = begun_by(editor)
    assert "discard_draft" in offered(client, draft)
    assert client.get(step_url(Recommendation, "discard_draft", draft)).status_code == 200
    response = take(client, "discard_draft", draft)
    assert response.redirect_chain[-1][0] == address(Recommendation, "changelist")
    assert "1 Entwurf verworfen." in response.content.decode()
    assert not Recommendation.objects.exists()
    assert Revision.objects.latest("pk").note == "Gelöscht."


@pytest.mark.parametrize("case", ["someone else's", "once public", "submitted", "a working copy", "from files"])
def test_other_drafts_are_not_discarded(client, editor, publisher, case):
    draft = begun_by(publisher if case == "someone else's" else None if case == "from files" else editor)
    if case == "once public":
        workflow.submit(draft, editor)
        workflow.publish(draft, publisher)
        workflow.withdraw(draft, publisher, "Überholt")
        workflow.reopen(draft, publisher)
    elif case == "submitted":
        workflow.submit(draft, editor)
    elif case == "a working copy":
        Recommendation.objects.update(**factories.PUBLISHED)
        draft = workflow.working_copy(draft, editor)
    assert "discard_draft" not in offered(client, draft)
    response = take(client, "discard_draft", draft)
    assert [str(each.level_tag) for each in response.context["messages"]] == ["error"]
    assert Recommendation.objects.filter(pk=draft.pk).exists()


def test_a_draft_that_others_name_is_not_discarded(client, editor):
    """Neither by a reference that the database protects nor by one that would go without a word."""
    example = factories.make_example("wohnraum", **factories.DRAFT)
    challenge = factories.make_challenge("sprache", **factories.DRAFT)
    factories.make_recommendation("sprache", examples=[example], number="E777")
    for record in (example, challenge):
        revise(record, editor)
        assert "E777" in take(client, "discard_draft", record).content.decode()
        assert type(record).objects.filter(pk=record.pk).exists()


def test_what_is_not_possible_for_one_of_several_leaves_it_as_it_is(client, publisher):
    """The page names it beforehand, a message afterwards; the others are done."""
    ready, public = complete(slug="eins", **factories.REVIEW), complete(slug="zwei", title_de="Schon öffentlich")
    bare = factories.make_recommendation(title_de="Unfertig", **factories.REVIEW)
    client.force_login(publisher)
    page = client.get(step_url(Recommendation, "publish", ready, public, bare))
    rows = {row["record"]: row for row in page.context["rows"]}
    assert [rows[each]["possible"] for each in (ready, public, bare)] == [True, False, True]
    assert "Vor der Freigabe fehlt noch: Herausforderung, wer gefordert ist, Quelle" in page.content.decode()
    response = take(client, "publish", ready, public, bare)
    page = response.content.decode()
    assert "1 Text freigegeben." in page
    assert "Schon öffentlich" in page
    assert "Es fehlt: Herausforderung, wer gefordert ist, Quelle." in page
    assert dict(Recommendation.objects.values_list("pk", "status")) == {
        ready.pk: "published", public.pk: "published", bare.pk: "review",
    }  # fmt: skip


def test_the_steps_of_originals_are_not_taken_with_a_copy(client, publisher):
    """Nor the other way round, even when somebody writes the address by hand."""
    original = complete()
    copy = copy_of(original, publisher)
    Recommendation.objects.filter(pk=copy.pk).update(**factories.SCHEDULED)
    client.force_login(publisher)
    for name in ("withdraw", "confirm_checked", "working_copy", "rename"):
        take(client, name, copy, **ANSWERS.get(name, {}))
        copy.refresh_from_db()
        assert (copy.status, copy.slug) == ("published", f"arbeitskopie-{original.pk}")
    take(client, "discard", original)
    assert Recommendation.objects.count() == 2


def test_one_s_own_change_is_not_published_and_the_message_says_why(client, publisher):
    record = complete(**factories.DRAFT)
    apply({"summary_de": "Von mir."}, record, publisher)
    workflow.submit(record, publisher)
    client.force_login(publisher)
    page = take(client, "publish", record).content.decode()
    assert "Freigeben muss jemand anderes." in page
    assert Recommendation.objects.get().status == "review"


@pytest.mark.parametrize("query", ["", "?pk=", "?pk=abc", "?pk=4711", "?pk=-1", "?pk=²", "?pk=" + "9" * 40])
def test_a_step_on_nothing_is_not_found(client, editor, query):
    url = reverse("admin:recommendations_recommendation_step", args=["submit"])
    assert client.get(url + query).status_code == 404
    assert client.post(url + query).status_code == 404


def test_a_step_that_does_not_exist_is_not_found(client, editor):
    record = complete(**factories.DRAFT)
    assert client.get(step_url(Recommendation, "gibt-es-nicht", record)).status_code == 404
    assert client.get(step_url(Page, "rename", factories.make_page("about"))).status_code == 404


def test_an_editor_and_a_publisher_take_a_text_all_the_way(client, editor, publisher):
    """Draft, review, refused with a reason, mended, approved for a date; each step is in the history."""
    record = complete(**factories.DRAFT)
    save(client, record, summary_de="Erste Fassung.", change_note="Angelegt")
    take(client, "submit", record, note="Bitte ansehen")
    client.force_login(publisher)
    take(client, "send_back", record, reason="Zu lang")
    client.force_login(editor)
    save(client, record, summary_de="Kurz.", change_note="Gekürzt")
    take(client, "submit", record, note="")
    client.force_login(publisher)
    take(client, "publish", record, at="2099-01-02T13:00")
    record.refresh_from_db()
    assert record.is_scheduled
    page = client.get(address(Recommendation, "history", record.pk), follow=True).content.decode()
    for note in ("Angelegt", "Bitte ansehen", "Zurückgegeben: Zu lang", "Gekürzt", "Geplant für"):
        assert note in page
    assert workflow.revisions(record).count() == 6


# -- working copies


@pytest.mark.parametrize("model", [Recommendation, PracticeExample, Challenge, Page])
def test_what_is_public_is_revised_in_a_working_copy(client, editor, publisher, model):
    """From the button to the published text, for every kind of text; the form shows both sides of it."""
    original = make_complete(model)
    response = take(client, "working_copy", original)
    copy = model.objects.get(replaces=original)
    assert response.redirect_chain[-1][0] == address(model, "change", copy.pk)
    assert response.context["has_change_permission"]
    assert not response.context["has_absolute_url"]
    save(client, copy, title_de="Neu <b>gefasst</b>")
    form = client.get(address(model, "change", copy.pk))
    page = form.content.decode()
    assert "<del>Bauen</del>" in page
    assert "<ins>Neu &lt;b&gt;gefasst&lt;/b&gt;</ins>" in page
    assert "<b>gefasst" not in page
    assert address(model, "change", original.pk) in page
    assert address(model, "change", copy.pk) in client.get(address(model, "change", original.pk)).content.decode()
    take(client, "submit", copy)
    client.force_login(publisher)
    assert "<del>Bauen</del>" in client.get(step_url(model, "publish", copy)).content.decode()
    response = take(client, "publish", copy)
    assert response.redirect_chain[-1][0] == address(model, "change", original.pk)
    assert model.objects.get().title_de == "Neu <b>gefasst</b>"
    assert response.context["absolute_url"] == original.get_absolute_url()


def test_every_row_and_link_of_a_copy_is_edited_in_its_form(client, editor):
    example = factories.make_example()
    original = complete(examples=[example], target_groups=["frauen"])
    copy = workflow.working_copy(original, editor)
    sprache = factories.make_challenge("sprache")
    save(client, copy, challenges=[sprache.pk], **{"steps-0-text_de": "Anders", "citations-0-page": "9"})
    kind_of_changes = client.get(address(Recommendation, "change", copy.pk)).context["changes_of_copy"]
    for text in ("Anders", "Flächen finden", "Sprache", "Wohnraum", "9"):
        assert text in kind_of_changes
    assert [step.text_de for step in original.steps.all()] == ["Flächen finden"]


def test_a_copy_without_changes_says_so(client, editor):
    copy = workflow.working_copy(complete(), editor)
    assert "Noch nichts." in client.get(address(Recommendation, "change", copy.pk)).content.decode()


def test_a_copy_is_no_choice_in_other_forms(client, editor):
    """Neither among the challenges nor in the search for examples, which its magnifier opens."""
    challenge, example = factories.make_challenge("wohnraum"), factories.make_example(title_de="Lotsen")
    workflow.working_copy(challenge, editor)
    workflow.working_copy(example, editor)
    page = client.get(address(Recommendation, "add"))
    form = page.context["adminform"].form
    assert [value.instance for value, _label in form.fields["challenges"].choices] == [challenge]
    inline = next(each for each in page.context["inline_admin_formsets"] if each.formset.prefix == "illustrations")
    related = inline.formset.empty_form.fields["example"].widget.get_context("x", None, {})["related_url"]
    response = client.get(related)
    assert response.status_code == 200
    assert list(response.context["cl"].result_list) == [example]


def test_the_next_number_is_counted_without_copies(client, editor):
    workflow.working_copy(complete(number="E007"), editor)
    assert 'value="E008"' in client.get(address(Recommendation, "add")).content.decode()


def test_a_short_name_that_a_record_once_had_is_not_given_again(client, editor):
    """Its old address leads to that record for ever."""
    workflow.rename(complete(slug="wohnen"), editor, "neu")
    data = form_data(client.get(address(Recommendation, "add")), "recommendation_form")
    data |= {"title_de": "Wohnen", "summary_de": "Kurz.", "_save": "1"}
    response = client.post(address(Recommendation, "add"), data | {"slug": "wohnen"})
    assert "seine alte Adresse" in response.content.decode()
    assert client.post(address(Recommendation, "add"), data).status_code == 302
    assert Recommendation.objects.latest("pk").slug == "wohnen-2"


def test_deleting_what_is_public_takes_its_working_copy_along_and_says_so(client):
    administrator = member("Administration")
    original = complete()
    copy_of(original, administrator, title_de="Kopie dazu")
    client.force_login(administrator)
    assert "Kopie dazu" in client.get(address(Recommendation, "delete", original.pk)).content.decode()
    client.post(address(Recommendation, "delete", original.pk), {"post": "yes"})
    assert not Recommendation.objects.exists()


# -- two at one draft


@pytest.mark.parametrize("with_original", [False, True], ids=["the copy alone", "with what it was to replace"])
def test_working_copies_deleted_from_the_list_are_given_up_like_any_other(client, with_original):
    """What somebody has written in them stays in the history, and can be restored from there."""
    boss = member("Administration")
    client.force_login(boss)
    original = complete()
    revise(original)
    copy = copy_of(original, boss, title_de="Neu")
    chosen = [copy.pk, *([original.pk] if with_original else [])]
    sent = {"action": "delete_selected", "_selected_action": chosen, "post": "yes"}
    client.post(address(Recommendation, "changelist"), sent)
    assert Recommendation.objects.count() == (0 if with_original else 1)
    trace = Revision.objects.get(discarded__isnull=False)
    assert (trace.record_id, trace.discarded.entry["title_de"]) == (original.pk, "Neu")


@pytest.fixture
def two_windows(client, editor):
    """A draft with rows that Ada and the editor have open at the same time; Ada saves first."""
    draft = complete(**factories.DRAFT)
    draft.steps.create(text_de="Zweiter Schritt", position=2)
    save(client, draft)
    mine = form_data(client.get(address(Recommendation, "change", draft.pk)), "recommendation_form")
    ada = member("Redaktion", "ada")
    User.objects.filter(pk=ada.pk).update(first_name="Ada", last_name="<Lovelace>")

    def ada_saves(**changes):
        client.force_login(ada)
        save(client, draft, **changes)
        client.force_login(editor)

    return draft, mine | {"_save": "1"}, ada_saves


def test_a_save_upon_a_change_of_someone_else_s_shows_it_and_keeps_one_s_own_text(client, two_windows):
    draft, mine, ada_saves = two_windows
    ada_saves(summary_de="Von <i>Ada</i>.", **{"steps-0-text_de": "Adas Schritt"})
    mine |= {"title_de": "Mein Titel", "steps-0-text_de": "Mein Schritt", "citations-0-page": "77"}
    url = address(Recommendation, "change", draft.pk)
    response = client.post(url, mine)
    page = response.content.decode()
    assert response.status_code == 200
    assert "Ada &lt;Lovelace&gt; hat diesen Datensatz geändert" in page
    assert "<ins>Von &lt;i&gt;Ada&lt;/i&gt;.</ins>" in page
    assert "<i>Ada" not in page
    assert "Adas Schritt" in page
    again = form_data(response, "recommendation_form")
    assert (again["title_de"], again["steps-0-text_de"], again["citations-0-page"]) == (
        "Mein Titel",
        "Mein Schritt",
        "77",
    )
    draft.refresh_from_db()
    assert (draft.title_de, draft.summary_de) == ("Bauen", "Von <i>Ada</i>.")
    assert client.post(url, again | {"_save": "1"}).status_code == 302
    draft.refresh_from_db()
    assert (draft.title_de, draft.summary_de) == ("Mein Titel", "Kurz.")
    assert [step.text_de for step in draft.steps.all()] == ["Mein Schritt", "Zweiter Schritt"]
    assert [each.author.username for each in workflow.revisions(draft)] == ["redaktion", "ada", "redaktion"]


def test_rows_that_someone_else_has_removed_come_back_with_the_second_save(client, two_windows):
    """Their text isn't lost: the second editor still sees it, and the second save wins."""
    draft, mine, ada_saves = two_windows
    ada_saves(**{"steps-0-DELETE": "on"})
    assert draft.steps.count() == 1
    mine |= {"steps-0-text_de": "Mein erster", "steps-1-text_de": "Mein zweiter"}
    url = address(Recommendation, "change", draft.pk)
    response = client.post(url, mine)
    assert response.status_code == 200
    assert "Von jemand anderem entfernt, während Sie geschrieben haben." in response.content.decode()
    again = form_data(response, "recommendation_form")
    assert {again["steps-0-text_de"], again["steps-1-text_de"]} == {"Mein erster", "Mein zweiter"}
    assert client.post(url, again | {"_save": "1"}).status_code == 302
    assert {step.text_de for step in draft.steps.all()} == {"Mein erster", "Mein zweiter"}


def test_rows_that_someone_else_has_added_are_shown_and_stay_unless_they_are_deleted(client, two_windows):
    """Beside one's own new row; with the next save one decides about each of them."""
    draft, mine, ada_saves = two_windows
    source = factories.make_source("adas", title="Adas Quelle")
    ada_saves(**{
        "steps-TOTAL_FORMS": 3, "steps-2-text_de": "Adas Schritt", "steps-2-position": "", "steps-2-actors": ["land"],
        "steps-2-editorial": "on",
        "citations-TOTAL_FORMS": 2, "citations-1-source": source.pk, "citations-1-page": "5",
    })  # fmt: skip
    mine |= {"steps-TOTAL_FORMS": 3, "steps-2-text_de": "Mein neuer", "steps-2-position": "", "title_de": "Meins"}
    url = address(Recommendation, "change", draft.pk)
    response = client.post(url, mine)
    assert response.status_code == 200
    page = response.content.decode()
    assert page.count("Von jemand anderem hinzugefügt, während Sie geschrieben haben.") == 2
    again = form_data(response, "recommendation_form")
    assert [again[f"steps-{n}-text_de"] for n in range(4)] == [
        "Flächen finden", "Zweiter Schritt", "Adas Schritt", "Mein neuer",
    ]  # fmt: skip
    assert (again["citations-1-source"], again["citations-1-page"]) == (str(source.pk), "5")
    assert draft.steps.count() == 3
    deciding = {"_save": "1", "citations-1-DELETE": "on"}
    assert client.post(url, again | deciding).status_code == 302
    assert [step.text_de for step in draft.steps.all()] == [
        "Flächen finden", "Zweiter Schritt", "Adas Schritt", "Mein neuer",
    ]  # fmt: skip
    adas = draft.steps.get(text_de="Adas Schritt")
    assert (adas.actors, adas.editorial) == (["land"], True)
    assert not draft.citations.filter(source=source).exists()


def test_a_third_change_while_one_compares_is_shown_again(client, two_windows):
    draft, mine, ada_saves = two_windows
    url = address(Recommendation, "change", draft.pk)
    ada_saves(summary_de="Eins.")
    again = form_data(client.post(url, mine), "recommendation_form") | {"_save": "1"}
    ada_saves(summary_de="Zwei.")
    response = client.post(url, again)
    assert response.status_code == 200
    assert "<ins>Zwei.</ins>" in response.content.decode()


def test_one_s_own_second_save_is_no_conflict(client, editor):
    draft = complete(**factories.DRAFT)
    for title in ("Eins", "Zwei"):
        save(client, draft, title_de=title)
    draft.refresh_from_db()
    assert draft.title_de == "Zwei"


def test_a_draft_that_was_submitted_meanwhile_is_not_overwritten(client, two_windows, publisher):
    draft, mine, _ada_saves = two_windows
    workflow.submit(draft, publisher)
    assert client.post(address(Recommendation, "change", draft.pk), mine | {"title_de": "Zu spät"}).status_code == 403
    draft.refresh_from_db()
    assert (draft.title_de, draft.status) == ("Bauen", "review")


def test_marking_as_checked_moves_the_next_check(client, editor):
    record = complete(review_due="2025-01-01")
    take(client, "confirm_checked", record)
    record.refresh_from_db()
    assert record.checked_on == timezone.localdate()
    assert (record.review_due - record.checked_on).days == 365


def test_every_kind_of_text_has_its_steps(client, publisher):
    client.force_login(publisher)
    for model in Publishable.__subclasses__():
        assert {"submit", "publish", "withdraw"} <= set(
            dict(client.get(address(model, "changelist")).context["action_form"].fields["action"].choices)
            if make_complete(model)
            else {}
        )


def test_the_list_says_what_is_a_working_copy_and_what_is_scheduled_and_finds_it_by_the_number(client):
    client.force_login(User.objects.create_superuser("leitung"))
    original = factories.make_recommendation(number="E901")
    factories.make_recommendation(**factories.SCHEDULED)
    workflow.working_copy(original, User.objects.get())
    address = reverse("admin:recommendations_recommendation_changelist")
    shown = client.get(address).content.decode()
    assert "Arbeitskopie von E901: Entwurf" in shown
    assert "geplant" in shown
    assert client.get(address, {"q": "E901"}).context["cl"].result_count == 2


def test_the_form_and_the_question_show_why_a_text_came_back(client, editor, publisher):
    record = complete(**factories.DRAFT)
    workflow.submit(record, editor)
    workflow.send_back(record, publisher, "Woher stammt das?")
    shown = "Zuletzt: Zurückgegeben: Woher stammt das? (Freigabe Beispiel, "
    assert shown in client.get(address(Recommendation, "change", record.pk)).content.decode()
    assert shown in client.get(step_url(Recommendation, "submit", record)).content.decode()


def test_whoever_waits_for_a_review_is_told_that_the_text_rests(client, editor):
    record = complete(**factories.REVIEW)
    assert (
        "Der Text wartet auf seine Prüfung."
        in client.get(address(Recommendation, "change", record.pk)).content.decode()
    )


def test_a_planned_text_is_not_called_published(client, editor):
    record = complete(**factories.SCHEDULED)
    page = client.get(address(Recommendation, "change", record.pk)).content.decode()
    assert "<strong>Freigegeben</strong>, geplant für 2. Januar 2099" in page


def test_a_withdrawn_text_is_not_called_public(client, editor):
    record = complete(**factories.ARCHIVED)
    page = client.get(address(Recommendation, "change", record.pk)).content.decode()
    assert "<strong>Archiviert</strong></p>" in page


def test_a_refused_step_leads_to_the_text_where_it_can_be_mended(client, publisher):
    record = factories.make_recommendation(**factories.REVIEW)
    client.force_login(publisher)
    response = take(client, "publish", record)
    assert response.redirect_chain[-1][0] == address(Recommendation, "change", record.pk)
    assert "kann noch nicht freigegeben werden" in response.content.decode()


@pytest.mark.parametrize("slug", ["Neuer Name", "NEU", "neu_er", "straße"])
def test_a_short_name_that_fits_no_address_is_refused_in_plain_words(client, publisher, slug):
    record = complete(slug="wohnen")
    client.force_login(publisher)
    assert "Bitte nur Kleinbuchstaben" in take(client, "rename", record, slug=slug).content.decode()
    record.refresh_from_db()
    assert record.slug == "wohnen"


@pytest.mark.parametrize(
    "make", [complete, lambda: factories.make_challenge("ruhe"), lambda: factories.make_page("about")]
)
def test_a_working_copy_is_called_so_and_shows_no_number_or_short_name(client, editor, make):
    """They would be its own: a reader never meets them."""
    copy = workflow.working_copy(make(), editor)
    page = client.get(address(type(copy), "change", copy.pk))
    assert "Arbeitskopie: " in page.context["subtitle"]
    assert "field-slug" not in page.content.decode()
    assert "field-number" not in page.content.decode()


@pytest.mark.parametrize("page", ["remark", "previewlink"])
def test_what_is_about_a_text_names_it_before_anything_is_written(client, editor, page):
    record = complete(title_de="Räume öffnen", **factories.DRAFT)
    url = reverse(f"admin:portal_{page}_add") + "?table=recommendations&record_id="
    shown = client.get(f"{url}{record.pk}").content.decode()
    assert "Räume öffnen" in shown
    assert "_addanother" not in shown
    for unknown in ("", "x", record.pk + 1, 10**30):
        assert client.get(f"{url}{unknown}").status_code == 404
        assert client.post(f"{url}{unknown}", {"text": "Seite fehlt"}).status_code == 404


def test_a_remark_leads_back_to_its_text_and_stands_there(client, editor):
    record = complete(**factories.DRAFT)
    about = f"?table=recommendations&record_id={record.pk}"
    response = client.post(reverse("admin:portal_remark_add") + about, {"text": "Seite fehlt"}, follow=True)
    assert response.redirect_chain[-1][0] == address(Recommendation, "change", record.pk)
    assert "Seite fehlt" in response.content.decode()


def test_a_remark_names_field_and_person_in_words(client, editor):
    record = complete(**factories.DRAFT)
    remark = Remark.objects.create(
        table="recommendations",
        record_id=record.pk,
        record_name="E1",
        field="summary_de",
        text="Kürzer?",
        author=editor,
    )
    form = client.get(address(Recommendation, "change", record.pk)).content.decode()
    assert "Kürzer?</a> (Redaktion Beispiel, Zusammenfassung (Deutsch))" in form
    for page in (address(Remark, "change", remark.pk), address(Remark, "changelist")):
        text = client.get(page).content.decode()
        assert "Redaktion Beispiel" in text and "Zusammenfassung (Deutsch)" in text and "summary_de" not in text


@pytest.mark.parametrize("record", ["abc", "0", "", "9" * 30])
def test_a_remark_on_nothing_is_not_found(client, editor, record):
    url = reverse("admin:portal_remark_add", query={"table": "recommendations", "record_id": record})
    assert client.post(url, {"text": "Woher?", "field": ""}).status_code == 404
