"""The questions of the self-check: loaded with the content, kept by editors, not public yet."""

import pytest
import yaml
from django.conf import settings
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.test import TestCase
from django.urls import reverse
from django.utils import translation

from portal.models import Revision, User
from recommendations.models import Answer, SelfCheckQuestion
from tests.factories import make_challenge, make_question, make_recommendation
from tests.portal.test_admin import address, save


class StarterContent(TestCase):
    @classmethod
    def setUpTestData(cls):
        call_command("load_content", verbosity=0)

    def test_every_question_is_there_in_the_order_of_the_file(self):
        """With challenge, both languages, help, and what to read first and second."""
        written = yaml.safe_load((settings.CONTENT_DIR / "self_check.yaml").read_text())
        assert len(written) == SelfCheckQuestion.objects.count() == 51
        for each in written:
            question = SelfCheckQuestion.objects.get(key=each["key"])
            assert question.challenge.slug == each["challenge"]
            for name in ("question_de", "question_en", "help_de", "help_en"):
                assert getattr(question, name) == each[name] != ""
            readings = [reading.recommendation.slug for reading in question.readings.all()]
            assert readings == each["recommendations"] != []
        for slug in {each["challenge"] for each in written}:
            found = SelfCheckQuestion.objects.filter(challenge__slug=slug)
            assert [each.key for each in found] == [each["key"] for each in written if each["challenge"] == slug]


def test_the_answers_are_a_closed_vocabulary_in_both_languages():
    assert Answer.values == ["not_yet", "planned", "partly", "done", "not_applicable"]
    with translation.override("de"):
        labels = [str(label) for label in Answer.labels]
    assert labels == ["noch nicht", "in Planung", "teilweise", "umgesetzt", "trifft nicht zu"]
    with translation.override("en"):
        assert [str(label) for label in Answer.labels][:2] == ["not yet", "being planned"]


@pytest.fixture
def editor(client, db):
    user = User.objects.create_user("bo", is_staff=True)
    user.groups.add(Group.objects.get(name="Redaktion"))
    client.force_login(user)
    return user


def test_an_editor_adds_a_question_with_what_to_read(client, editor):
    recommendation, challenge = make_recommendation(), make_challenge("wohnraum")
    data = {
        "challenge": challenge.pk, "position": "1", "question_de": "Gibt es Absprachen?", "question_en": "",
        "help_de": "", "help_en": "", "key": "", "change_note": "Neu",
        "readings-TOTAL_FORMS": "1", "readings-INITIAL_FORMS": "0",
        "readings-0-recommendation": recommendation.pk, "readings-0-position": "",
    }  # fmt: skip
    response = client.post(address(SelfCheckQuestion, "add"), data)
    assert response.status_code == 302, response.context["adminform"].form.errors
    question = SelfCheckQuestion.objects.get()
    assert question.key == "gibt-es-absprachen"
    revision = Revision.objects.get(table="self-check")
    assert (revision.author, revision.note, revision.record_name) == (editor, "Neu", "Gibt es Absprachen?")
    assert revision.entry["recommendations"] == [recommendation.slug]


def test_what_an_editor_changes_is_in_the_history_with_the_order_of_reading(client, editor):
    first, second = make_recommendation(slug="a"), make_recommendation(slug="b")
    question = make_question("partner", first, second)
    save(client, question)  # the first revision
    save(client, question, **{"readings-1-position": "1", "position": "3"})
    old, new = Revision.objects.filter(table="self-check").order_by("number")
    assert (old.entry["recommendations"], new.entry["recommendations"]) == (["a", "b"], ["b", "a"])
    assert new.entry["position"] == 3
    history = client.get(address(SelfCheckQuestion, "history", question.pk), follow=True)
    assert history.context["cl"].result_count == 2


def test_the_form_says_which_answers_there_are(client, editor):
    page = client.get(address(SelfCheckQuestion, "add")).content.decode()
    assert "noch nicht, in Planung, teilweise, umgesetzt, trifft nicht zu" in page


def test_a_recommendation_or_challenge_that_a_question_names_is_not_deleted(client, db):
    recommendation = make_recommendation()
    question = make_question("partner", recommendation)
    client.force_login(User.objects.create_superuser("leitung"))
    for record in (recommendation, question.challenge):
        page = client.post(address(type(record), "delete", record.pk), {"post": "yes"})
        assert page.status_code == 200
        assert "partner: " in page.content.decode() or "Gibt es partner?" in page.content.decode()
    assert client.post(address(SelfCheckQuestion, "delete", question.pk), {"post": "yes"}).status_code == 302


def test_no_reader_sees_the_questions_yet(client, db):
    make_question("partner", make_recommendation("wohnraum", slug="bauen"))
    for path in ("/", "/empfehlungen/bauen/", "/herausforderungen/wohnraum/", "/daten/"):
        assert "Gibt es partner?" not in client.get(path).content.decode()
    assert "self-check" not in client.get(reverse("data")).content.decode()
