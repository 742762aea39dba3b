"""The admin as a whole, with the starter content, and the portal's own records in it."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portal import workflow
from portal.entries import revise
from portal.models import (
    ContentChange,
    GlossaryTerm,
    MissedSearch,
    OutgoingMail,
    Page,
    PreviewLink,
    Release,
    Remark,
    Revision,
    SearchSynonym,
    User,
)
from portal.publishing import Publishable
from tests import factories
from tests.forms import form_data, press

MOST_QUERIES = {"changelist": 14, "add": 20, "change": 30}


def address(model, page, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def save(client, record, **changes):
    """Open a record's form, change it, save it."""
    url = address(type(record), "change", record.pk)
    page = client.get(url)
    assert page.context["has_change_permission"], f"{record} is not open for changes"
    data = form_data(page, f"{record._meta.model_name}_form") | {"_continue": "1"} | changes
    response = client.post(url, data)
    if response.status_code != 302:
        form = response.context["adminform"].form
        rows = [formset.formset.errors for formset in response.context["inline_admin_formsets"]]
        raise AssertionError(f"not saved: {form.errors} {rows}")
    return response


class StarterContent(TestCase):
    @classmethod
    def setUpTestData(cls):
        call_command("load_content", verbosity=0)
        cls.superuser = User.objects.create_superuser("leitung")

    def setUp(self):
        self.client.force_login(self.superuser)

    def assert_few_queries(self, kind, url):
        self.client.get(url)  # fills Django's own caches of content types
        with CaptureQueriesContext(
            connection,
        ) as queries:
            response = self.client.get(url)
        assert response.status_code == 200, url
        assert len(queries) <= MOST_QUERIES[kind], (url, len(queries))

    def test_every_list_and_form_opens_with_few_queries(self):
        """Lists, empty forms and the forms of the first and last record of every kind."""
        for model, model_admin in admin.site._registry.items():
            self.assert_few_queries("changelist", address(model, "changelist"))
            if model not in (MissedSearch, OutgoingMail, Page, PreviewLink, Release, Remark, Revision):
                self.assert_few_queries("add", address(model, "add"))
            assert model_admin.search_fields, model
            for record in {model.objects.order_by("pk").first(), model.objects.order_by("pk").last()} - {None}:
                self.assert_few_queries("change", address(model, "change", record.pk))

    def test_every_filter_of_every_list_works(self):
        for model, model_admin in admin.site._registry.items():
            for code in ["", *getattr(model_admin, "missing", {})]:
                parameters = {"q": "wohnen", "_facets": "True"} | ({"missing": code} if code else {})
                assert self.client.get(address(model, "changelist"), parameters).status_code == 200, (model, code)

    def test_saving_an_untouched_form_changes_nothing(self):
        """Every text, list and row comes back from the browser as it was: no revision, no new date.

        What has the workflow is saved as a draft and as a working copy.
        """
        kept = [model for model in admin.site._registry if hasattr(admin.site._registry[model], "slug_from")]
        assert len(kept) == 10
        for model in kept:
            records = list(model.objects.order_by("pk")[:10])
            if issubclass(model, Publishable):
                records += [workflow.working_copy(record, self.superuser) for record in records[:3]]
                model.objects.filter(pk__in=[record.pk for record in records]).update(status="draft")
                for record in records:
                    revise(record, self.superuser)
                records = list(model.objects.filter(status="draft"))
            before = Revision.objects.count()
            for record in records:
                save(self.client, record)
                after = model.objects.get(pk=record.pk)
                assert vars(after) | {"_state": 0} == vars(record) | {"_state": 0}
                assert Revision.objects.count() == before, record


@pytest.fixture
def editor(db):
    """An editor who may do everything but delete."""
    user = User.objects.create_user("redaktion", is_staff=True)
    user.user_permissions.set(Permission.objects.exclude(codename__startswith="delete_"))
    return user


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["anonymous", "reader"])
def test_outsiders_see_no_page_of_the_admin(client, kind):
    """Who has no account, or one without staff status, is sent to the log-in, whatever the address."""
    if kind == "reader":
        client.force_login(User.objects.create_user("leserin"))
    for model in admin.site._registry:
        for page, args in (("changelist", []), ("add", []), ("change", [1]), ("delete", [1]), ("history", [1])):
            response = client.get(address(model, page, *args))
            assert response.status_code == 302
            assert response.url.startswith(reverse("admin:login"))


@pytest.mark.django_db
def test_staff_without_permissions_see_no_history(client, editor):
    """A revision holds a record's texts: who may not see the record may not see its revisions."""
    term = factories.make_term("kommune")
    client.force_login(editor)
    save(client, term, term_de="Die Kommune")
    assert client.get(address(Revision, "changelist")).status_code == 200
    editor.user_permissions.clear()
    revision = Revision.objects.get()
    assert client.get(address(Revision, "changelist")).status_code == 403
    assert client.get(address(Revision, "change", revision.pk)).status_code in (302, 403)


@pytest.mark.django_db
def test_history_tells_what_a_change_has_changed(client, editor):
    term = factories.make_term("kommune", definition_de="Alt.")
    client.force_login(editor)
    save(client, term)
    save(client, term, definition_de="Neu.", change_note="Auf den Stand gebracht")
    response = client.get(address(GlossaryTerm, "history", term.pk), follow=True)
    assert "Auf den Stand gebracht" in response.content.decode()
    last = Revision.objects.get(number=2)
    page = client.get(address(Revision, "change", last.pk)).content.decode()
    assert "Kommune, Fassung 2" in page
    assert "<del>Alt.</del>" in page
    assert "<ins>Neu.</ins>" in page
    assert client.post(address(Revision, "change", last.pk), {"note": "x"}).status_code == 403


@pytest.mark.django_db
def test_history_shows_the_record_it_was_opened_from_only(client, editor):
    client.force_login(editor)
    for slug in ("kommune", "integration"):
        save(client, factories.make_term(slug))
    response = client.get(address(GlossaryTerm, "history", GlossaryTerm.objects.get(slug="kommune").pk), follow=True)
    assert [revision.entry["slug"] for revision in response.context["cl"].result_list] == ["kommune"]
    assert response.context["title"] == "Verlauf: Kommune"
    for unknown in ("x", "0", "9" * 30):
        page = client.get(address(Revision, "changelist"), {"table": "glossary", "record_id": unknown})
        assert page.status_code in (200, 302)


@pytest.mark.django_db
def test_history_is_found_by_the_number_of_a_record_or_a_revision(client, editor):
    client.force_login(editor)
    for number in ("E046", "E047"):
        revise(factories.make_recommendation(number=number), editor)
    term = factories.make_term("kommune")
    for text in ("Eins.", "Zwei.", "Drei."):
        save(client, term, definition_de=text)

    def found(q, **filters):
        result = client.get(address(Revision, "changelist"), {"q": q} | filters).context["cl"].result_list
        return [(revision.table, revision.number) for revision in result]

    assert found("e046") == [("recommendations", 1)]
    assert found("2", table="glossary", record_id=term.pk) == [("glossary", 2)]


@pytest.mark.django_db
def test_history_shows_nothing_of_records_that_the_user_may_not_see(client, editor):
    client.force_login(editor)
    save(client, factories.make_term("kommune"))
    save(client, factories.make_page("imprint", **factories.DRAFT))
    editor.user_permissions.set(Permission.objects.filter(codename="view_glossaryterm"))
    response = client.get(address(Revision, "changelist"))
    assert [revision.table for revision in response.context["cl"].result_list] == ["glossary"]


@pytest.mark.django_db
def test_a_long_page_has_a_preview_before_readers_see_it(client, editor):
    page = factories.make_page("imprint", body_de="Noch geheim.", **factories.DRAFT)
    client.force_login(editor)
    preview = client.get(address(Page, "change", page.pk)).context["preview_url"]
    client.logout()
    assert client.get("/impressum/").status_code == 404
    response = client.get(preview)
    assert "Noch geheim." in response.content.decode()
    assert response.headers["Cache-Control"] == "private, no-store"


@pytest.mark.django_db
def test_what_the_operator_has_to_fill_in_is_counted_in_the_list_and_on_the_desk(client, editor):
    factories.make_page("imprint", body_de="⟦Name⟧, ⟦Anschrift⟧", body_en="⟦name⟧")
    factories.make_page("about")
    client.force_login(editor)
    piles = client.get(reverse("admin:index")).context["to_complete"]
    (pile,) = [each for each in piles if "missing=operator" in each.address]
    assert pile.count == 1
    page = client.get(pile.address)
    assert [each.slug for each in page.context["cl"].result_list] == ["imprint"]
    assert '<td class="field-blanks">3</td>' in page.content.decode()


@pytest.mark.django_db
def test_long_pages_are_neither_added_nor_deleted(client):
    """Each has an address of its own in the site's urls."""
    page = factories.make_page("imprint")
    client.force_login(User.objects.create_superuser("leitung"))
    assert client.get(address(Page, "add")).status_code == 403
    assert client.get(address(Page, "delete", page.pk)).status_code == 403


@pytest.mark.django_db
def test_lists_of_terms_are_kept_one_a_line(client, editor):
    """Blank lines, spaces and the browser's line ends don't get into the entry."""
    client.force_login(editor)
    data = {"terms": "Wohnung \r\n\r\n  bezahlbare   Wohnung\r\n", "kind": "equivalent", "note": "", "change_note": ""}
    assert client.post(address(SearchSynonym, "add"), data).status_code == 302
    assert SearchSynonym.objects.get().terms == "Wohnung\nbezahlbare Wohnung"


@pytest.mark.django_db
def test_a_term_that_another_names_is_not_deleted(client):
    """Django protects foreign keys only; a list of links would lose its entry without a word."""
    kommune, amt = factories.make_term("kommune"), factories.make_term("amt")
    amt.see_also.add(kommune)
    client.force_login(User.objects.create_superuser("leitung"))
    response = client.post(address(GlossaryTerm, "delete", kommune.pk), {"post": "yes"})
    assert "Amt" in response.content.decode()
    assert client.post(address(GlossaryTerm, "delete", amt.pk), {"post": "yes"}).status_code == 302
    assert list(GlossaryTerm.objects.all()) == [kommune]
    assert ContentChange.objects.filter(table="glossary", record_id=amt.pk).exists()


@pytest.mark.django_db
def test_who_forgets_the_title_is_asked_for_the_title_only(client, editor):
    """A short name is made of it: that none can be made yet is not another mistake."""
    client.force_login(editor)
    response = client.post(address(GlossaryTerm, "add"), {"definition_de": "Ein Satz."})
    assert list(response.context["adminform"].form.errors) == ["term_de"]


@pytest.mark.django_db
def test_the_start_page_begins_with_what_editors_work_on(client, editor):
    client.force_login(editor)
    response = client.get(reverse("admin:index"))
    names = [model["object_name"] for app in response.context["app_list"] for model in app["models"]]
    assert names[:4] == ["Recommendation", "PracticeExample", "Challenge", "Source"]
    assert response.headers["Content-Language"] == "de"


@pytest.mark.django_db
def test_buttons_above_a_form_work_where_there_is_nothing_to_save(client):
    """They belong to a form of their own, which every page of the admin has."""
    ada = User.objects.create_superuser("leitung")
    client.force_login(ada)
    record = factories.make_recommendation(**factories.DRAFT)
    about = {"table": "recommendations", "record_id": record.pk}
    link = PreviewLink.objects.create(**about, reviewer="Bo", created_by=ada, expires_at=factories.FAR_AHEAD)
    press(client, address(PreviewLink, "change", link.pk), "revoke")
    link.refresh_from_db()
    assert link.revoked_at
    assert 'value="revoke"' not in client.get(address(PreviewLink, "change", link.pk)).content.decode()
    revision = revise(record)
    response = press(client, address(Revision, "change", revision.pk), "restore")
    assert response.url == address(type(record), "change", record.pk)


@pytest.mark.django_db
def test_restoring_says_whether_readers_see_it(client):
    """What has no workflow is changed at once; a promise that it isn't would be a lie."""
    client.force_login(User.objects.create_superuser("chefin"))
    for record, said in [
        (factories.make_term("asyl", definition_de="Alt"), "ab sofort"),
        (factories.make_recommendation(**factories.DRAFT), "Als Entwurf"),
    ]:
        revise(record)
        first = Revision.objects.latest("pk")
        response = press(client, address(Revision, "change", first.pk), "restore")
        assert said in " ".join(map(str, client.get(response.url).context["messages"]))


def test_accounts_are_edited_with_checkboxes(client, editor):
    """Django's selector with two lists can't be worked with a keyboard."""
    client.force_login(User.objects.create_superuser("leitung"))
    save(client, editor, first_name="Ada")
    editor.refresh_from_db()
    assert editor.first_name == "Ada"
    assert "selectfilter" not in client.get(address(User, "change", editor.pk)).content.decode()
