"""The licence of each text: as a rule CC BY 4.0, said on its page, in print, in its history and in every table."""

import importlib
import re
from pkgutil import iter_modules

import pytest
from django.apps import apps
from django.utils import translation

from portal.differences import changes
from portal.entries import TYPES, apply, plan, revise
from portal.imports import TABLES, Import
from portal.licences import OF_TEXTS, Licence
from portal.models import Revision
from recommendations import migrations
from recommendations.models import Challenge, PracticeExample, Recommendation
from tests import factories
from tests.portal.test_differences import seen
from tests.portal.test_exports import records
from tests.recommendations.test_admin import account, add, address

pytestmark = pytest.mark.django_db

MAKERS = {
    "recommendations": lambda **fields: factories.make_recommendation(slug="bauen", **fields),
    "practice-examples": lambda **fields: factories.make_example(slug="bauen", **fields),
    "challenges": lambda **fields: factories.make_challenge("bauen", **fields),
}


@pytest.mark.parametrize("table", MAKERS)
def test_an_entry_may_leave_it_out_and_a_changed_one_is_part_of_history_and_difference(table):
    record = MAKERS[table]()
    kind, before = TYPES[table], revise(record).entry
    assert before["licence"] == "cc-by-4.0"
    apply({"title_de": "Anders"}, record)
    assert kind.entry(record)["licence"] == "cc-by-4.0"
    after = apply({"licence": "cc0-1.0"}, record).entry
    assert after["licence"] == "cc0-1.0"
    with translation.override("de"):
        assert "Lizenz des Textes" in changes(kind, before, after)
        assert "CC BY 4.0" in seen(changes(kind, before, after))
        assert "CC0 1.0" in seen(changes(kind, before, after))
    apply({"title_de": "Noch anders"}, record)
    assert kind.entry(record)["licence"] == "cc0-1.0"


@pytest.mark.parametrize("licence", ["permission", "CC-BY-4.0", "", None])
def test_what_is_no_licence_for_a_text_is_a_problem(licence):
    entry = {"slug": "neu", "title_de": "Neu", "summary_de": "Kurz.", "licence": licence}
    _changes, problems = plan({"challenges": [("challenges.yaml, neu", entry)]})
    assert [problem.field for problem in problems] == ["licence"]


@pytest.mark.parametrize("table", MAKERS)
@pytest.mark.parametrize("licence", OF_TEXTS)
@pytest.mark.parametrize(("lang", "label"), [("de", "Lizenz dieses Textes:"), ("en", "Licence of this text:")])
def test_the_page_names_it_and_leads_to_its_text(client, table, licence, lang, label):
    record = MAKERS[table](licence=licence.value)
    with translation.override(lang):
        page = client.get(record.get_absolute_url()).content.decode()
    link = f'<a class="kern-link" href="{licence.url}" rel="license" title="{licence.full_name}">{licence.label}</a>'
    assert f"{label} {link}" in page
    printed = re.search('<p class="print-only.*?</p>', page)[0]
    assert "CC BY" not in printed  # what is printed says it once: with the text


def test_machines_are_told_the_same(client):
    """In the page's linked data and in the feed."""
    factories.make_recommendation(slug="bauen", licence="cc0-1.0")
    address = "https://creativecommons.org/publicdomain/zero/1.0/"
    assert f'"license": "{address}"' in client.get("/empfehlungen/bauen/").content.decode()
    feed = client.get("/feeds/empfehlungen.atom").content.decode()
    entry = feed[feed.index("<entry>") :]
    assert f'<link rel="license" href="{address}"/>' in entry
    assert "CC0 1.0</rights>" in entry
    assert "data-copy" not in feed


def test_other_pages_say_what_holds_as_a_rule(client):
    printed = re.search('<p class="print-only.*?</p>', client.get("/empfehlungen/").content.decode())[0]
    assert "Unsere Texte stehen unter CC BY 4.0, wenn nichts anderes dabeisteht." in printed


@pytest.mark.parametrize("table", MAKERS)
def test_it_stands_in_the_table_as_code_and_label(client, table):
    MAKERS[table](licence="cc-by-sa-4.0")
    (row,) = records(client, table)
    told = [(name, value) for name, value in row.items() if name.startswith("licence")]
    assert told == [("licence", "cc-by-sa-4.0"), ("licence_label", "CC BY-SA 4.0")]


def test_an_imported_table_changes_it(tmp_path, client):
    recommendation = factories.make_recommendation(slug="bauen", **factories.DRAFT)
    file = tmp_path / "tabelle.csv"
    file.write_text("number;slug;licence\n" + f"{recommendation.number};bauen;cc0-1.0\n")
    user = account("redaktion", "view", "add", "change")
    with file.open("rb") as opened:
        found, problems = Import.read(TABLES["recommendations"], opened, file.name, user)
    assert problems == []
    found.apply(user)
    recommendation.refresh_from_db()
    assert recommendation.licence == "cc0-1.0"


@pytest.mark.parametrize("model", [Challenge, PracticeExample, Recommendation])
def test_the_form_offers_what_a_text_can_have_and_begins_with_the_rule(client, model):
    client.force_login(account("redaktion", "view", "add", "change"))
    page = client.get(address(model, "add")).content.decode()
    select = re.search('<select name="licence".*?</select>', page, re.DOTALL)[0]
    assert re.findall('<option value="([^"]*)"', select) == ["cc-by-4.0", "cc-by-sa-4.0", "cc0-1.0"]
    assert 'value="cc-by-4.0" selected' in select


def test_a_new_challenge_has_the_licence_chosen_in_its_form(client):
    client.force_login(account("redaktion", "view", "add", "change"))
    challenge = add(client, Challenge, title_de="Neu", summary_de="Kurz.", licence="cc0-1.0")
    assert (challenge.licence, Revision.objects.get().entry["licence"]) == ("cc0-1.0", "cc0-1.0")


def test_the_history_from_before_there_were_licences_says_what_held():
    """So that the next change does not look as if it had changed the licence, too."""
    record = factories.make_challenge("bauen")
    old = revise(record)
    del old.entry["licence"]
    old.save()
    (name,) = (found.name for found in iter_modules(migrations.__path__) if found.name.endswith("_licences"))
    importlib.import_module(f"{migrations.__name__}.{name}").say_what_held_before(apps, None)
    new = apply({"title_de": "Anders"}, record)
    old.refresh_from_db()
    assert [name for name in new.entry if new.entry[name] != old.entry.get(name)] == ["title_de"]


def test_every_licence_has_a_full_name_and_texts_of_ours_an_address():
    with translation.override("de"):
        assert all(licence.full_name for licence in Licence)
    assert all(licence.url.startswith("https://") for licence in OF_TEXTS)
