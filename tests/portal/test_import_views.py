"""The import in the admin, screen by screen."""

import html
import io
import re

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import load_workbook

from portal import import_views, imports, uploads
from portal.entries import revise
from portal.imports import TABLES
from portal.models import Revision, User
from recommendations.models import PracticeExample, Recommendation, Source
from tests.factories import DRAFT, PUBLISHED, make_example, make_recommendation, make_source
from tests.forms import form_data
from tests.portal.test_load_content import dump
from tests.tables import csv_text, repacked, xlsx

pytestmark = pytest.mark.django_db
SOURCES = "/admin/import/sources/"
HEADER = ["key", "title", "kind"]
GOOD = csv_text(HEADER, ["studie", "Neu", "primary"], ["neu", "Ganz neu", "primary"])


@pytest.fixture(autouse=True)
def data_of_its_own(settings, tmp_path):
    settings.DATA_DIR = tmp_path


def editor(name="redaktion", *actions):
    user = User.objects.create_user(name, is_staff=True)
    user.user_permissions.set(
        Permission.objects.filter(codename__regex=f"^({'|'.join(actions or ['view', 'add', 'change'])})_")
    )
    return user


@pytest.fixture
def redaktion(client):
    user = editor()
    client.force_login(user)
    return user


def hand_in(client, content, name="quellen.csv", address=SOURCES, **data):
    content = content.encode() if isinstance(content, str) else content
    return client.post(address, {"file": SimpleUploadedFile(name, content), **data})


def rows_without_sessions():
    return {name: rows for name, rows in dump().items() if not name.startswith("sessions.")}


def test_the_way_from_a_file_to_records_with_links_to_them(client, redaktion):
    make_source("studie", title="Alt")
    before = rows_without_sessions()
    answer = hand_in(client, GOOD, note="Liste der Bibliothek")
    assert answer.status_code == 302
    page = client.get(answer.url)
    text = page.content.decode()
    assert page.status_code == 200
    assert page.context["counts"] == {"created": 1, "changed": 1, "kept": 0, "unchanged": 0}
    assert "<del>Alt</del>" in text
    assert "<ins>Neu</ins>" in text
    assert "Ganz neu" in text
    assert rows_without_sessions() == before
    result = client.post(answer.url, form_data(page, "import_form") | {"apply": "1"}, follow=True)
    assert dict(Source.objects.values_list("key", "title")) == {"studie": "Neu", "neu": "Ganz neu"}
    for source in Source.objects.all():
        assert f'href="/admin/recommendations/source/{source.pk}/change/"' in result.content.decode()
    revisions = Revision.objects.filter(table="sources")
    assert {(revision.author, revision.note) for revision in revisions} == {(redaktion, "Liste der Bibliothek")}


def test_the_same_button_twice_writes_once(client, redaktion):
    answer = hand_in(client, GOOD)
    data = form_data(client.get(answer.url), "import_form") | {"apply": "1"}
    for _i in range(2):
        assert client.post(answer.url, data).status_code == 302 or _i
    assert Revision.objects.count() == 2


def test_new_records_are_drafts_that_no_reader_sees(client, redaktion):
    example = make_example("wohnraum", slug="alt", number="P001")
    content = csv_text(
        ["number", "slug", "municipality_key", "title_de", "summary_de"],
        ["P002", "neu", example.municipality.key, "Neu aus der Tabelle", "Kurz."],
    )
    answer = hand_in(client, content, address="/admin/import/practice-examples/")
    client.post(answer.url, form_data(client.get(answer.url), "import_form") | {"apply": "1"})
    assert PracticeExample.objects.get(slug="neu").status == "draft"
    assert "Neu aus der Tabelle" not in client.get("/praxisbeispiele/").content.decode()


def test_content_changed_between_the_screens_is_shown_anew_and_nothing_is_written(client, redaktion):
    source = make_source("studie", title="Alt")
    answer = hand_in(client, GOOD)
    data = form_data(client.get(answer.url), "import_form") | {"apply": "1"}
    Source.objects.filter(pk=source.pk).update(title="Inzwischen")
    before = rows_without_sessions()
    page = client.post(answer.url, data)
    assert page.status_code == 409
    assert "<del>Inzwischen</del>" in page.content.decode()
    assert rows_without_sessions() == before
    assert client.post(answer.url, data).status_code == 409  # the old page's button
    client.post(answer.url, form_data(client.get(answer.url), "import_form") | {"apply": "1"})
    assert Source.objects.get(pk=source.pk).title == "Neu"


def test_a_file_that_does_not_fit_any_more_is_told_so(client, redaktion):
    make_source("studie", title="Alt")
    answer = hand_in(client, csv_text(["key", "title"], ["studie", "Neu"]))
    data = form_data(client.get(answer.url), "import_form") | {"apply": "1"}
    Source.objects.all().delete()
    page = client.post(answer.url, data)
    assert page.status_code == 409
    assert [(each.where, each.field) for each in page.context["problems"]] == [("Zeile 2", "kind")]
    assert not Source.objects.exists()


def test_kept_records_can_be_shown_again_to_be_replaced(client, redaktion):
    answer = hand_in(client, GOOD)
    client.post(answer.url, form_data(client.get(answer.url), "import_form") | {"apply": "1"})
    answer = hand_in(client, GOOD.replace("Ganz neu", "Ganz anders"))
    page = client.get(answer.url)
    assert page.context["counts"] == {"created": 0, "changed": 0, "kept": 1, "unchanged": 1}
    assert "apply" not in form_data(page, "import_form")
    client.post(answer.url, {"overwrite": "1"})
    page = client.get(answer.url)
    assert page.context["counts"]["changed"] == 1
    client.post(answer.url, form_data(page, "import_form") | {"apply": "1"})
    assert Source.objects.get(key="neu").title == "Ganz anders"


def test_a_discarded_file_is_gone(client, redaktion):
    answer = hand_in(client, GOOD)
    assert client.post(answer.url, {"discard": "1"}, follow=True).status_code == 200
    assert client.get(answer.url).status_code == 404
    assert not list(imports.folder().iterdir())
    assert not Source.objects.exists()


def test_every_problem_is_on_one_screen_by_row_and_column(client, redaktion):
    content = csv_text([*HEADER, "year"], ["a", "", "primary", "bald"], ["b", "B", "tertiary", ""])
    page = hand_in(client, content)
    assert page.status_code == 400
    assert [(each.where, each.field) for each in page.context["problems"]] == [
        ("Zeile 2", "B: title"), ("Zeile 2", "D: year"), ("Zeile 3", "C: kind"),
    ]  # fmt: skip
    text = html.unescape(page.content.decode())
    assert all(each.message in text for each in page.context["problems"])
    assert "3 Probleme" in text


def test_a_long_plan_is_shown_page_by_page_and_nothing_is_left_out(client, redaktion, monkeypatch):
    monkeypatch.setattr(import_views, "SHOWN_CHANGES", 3)
    answer = hand_in(client, csv_text(HEADER, *[[f"q-{n}", f"Titel {n}", "primary"] for n in range(8)]))
    pages = [client.get(answer.url, {"page": number}).content.decode() for number in (1, 2, 3)]
    assert [len(set(re.findall(r"Titel \d", page))) for page in pages] == [3, 3, 2]
    assert len(set(re.findall(r"Titel \d", "".join(pages)))) == 8


HOSTILE = {
    "no file": (None, "", 400),
    "nothing in it": (b"", "quellen.csv", 400),
    "a DOCX by another name": (
        repacked(xlsx(HEADER), {"xl/workbook.xml": lambda _data: b"<document/>"}),
        "a.xlsx",
        400,
    ),
    "another kind": (b"x", "quellen.docx", 400),
    "a formula": (xlsx(HEADER, ["a", "=1+1", "primary"]), "quellen.xlsx", 400),
    "a zip bomb": (repacked(xlsx(HEADER), {"xl/a.xml": bytes(10_000_000)}), "quellen.xlsx", 413),
    "a page for a browser": (b"<script>alert(1)</script>", "<script>.csv", 400),
    "a bomb of aliases": (b"- &a [x]\n- [*a, *a]\n", "quellen.yaml", 400),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_file_gets_a_clear_answer_and_changes_nothing(client, redaktion, case):
    content, name, status = HOSTILE[case]
    before = rows_without_sessions()
    page = client.post(SOURCES, {}) if content is None else hand_in(client, content, name)
    assert page.status_code == status
    text = page.content.decode()
    assert 'class="errornote"' in text
    assert "<script>alert" not in text
    assert rows_without_sessions() == before
    assert not imports.folder().exists() or not list(imports.folder().iterdir())


def test_an_upload_that_is_too_large_is_cut_off_on_its_way(client, redaktion, monkeypatch):
    monkeypatch.setattr(uploads, "LARGEST_FILE", 1_000_000)
    page = hand_in(client, b"x" * 3_000_000)
    assert page.status_code == 413
    assert "1 MB" in page.content.decode()


def test_many_files_at_once_count_together(rf, monkeypatch):
    """Whoever sends them and wherever to, no more reaches the disk than one file may hold."""
    monkeypatch.setattr(uploads, "LARGEST_FILE", 500_000)
    files = {f"file{n}": SimpleUploadedFile(f"{n}.csv", b"x" * 300_000) for n in range(5)}
    request = rf.post("/", files)
    assert list(request.FILES) == ["file0"]
    assert request.upload_too_large


@pytest.mark.parametrize("actions", [["view"], ["view", "change"], ["view", "add"]])
def test_whoever_may_not_both_add_and_change_may_not_import(client, actions):
    owner = editor()
    client.force_login(owner)
    theirs = hand_in(client, GOOD).url
    client.force_login(editor("gast", *actions))
    for address in ("/admin/import/", SOURCES, f"{SOURCES}template.xlsx", f"{SOURCES}all.csv", theirs):
        assert client.get(address).status_code == 403, address
        assert client.post(address).status_code == 403, address
    assert SOURCES not in client.get("/admin/recommendations/source/").content.decode()


def test_a_file_belongs_to_who_handed_it_in(client, redaktion):
    theirs = hand_in(client, GOOD).url
    client.force_login(editor("freigabe"))
    assert client.get(theirs).status_code == 404
    assert client.post(theirs, {"apply": "1"}).status_code == 404
    assert not Source.objects.exists()


def test_outsiders_are_sent_to_the_log_in(client):
    client.force_login(User.objects.create_user("leserin"))
    for address in ("/admin/import/", SOURCES, f"{SOURCES}template.xlsx", f"{SOURCES}token/"):
        answer = client.get(address)
        assert answer.status_code == 302
        assert answer.url.startswith(reverse("admin:login"))


@pytest.mark.parametrize(
    "address",
    ["/admin/import/users/", "/admin/import/challenges/", f"{SOURCES}template.pdf", f"{SOURCES}alles.csv",
     f"{SOURCES}gibtsnicht/", f"{SOURCES}../../secret/"],
)  # fmt: skip
def test_what_does_not_exist_is_not_found(client, redaktion, address):
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("model", [Recommendation, PracticeExample, Source])
def test_the_lists_of_the_three_models_lead_to_the_import(client, redaktion, model):
    (table,) = (table for table in TABLES.values() if table.kind.model is model)
    address = reverse(f"admin:recommendations_{model._meta.model_name}_changelist")
    assert f'href="/admin/import/{table.name}/"' in client.get(address).content.decode()
    assert f'href="/admin/import/{table.name}/"' in client.get("/admin/import/").content.decode()
    assert client.get(f"/admin/import/{table.name}/").status_code == 200


def content_of(response):
    return b"".join(response.streaming_content)


@pytest.mark.parametrize("name", TABLES)
def test_the_template_names_every_column_and_explains_it_in_german(client, redaktion, name):
    book = load_workbook(io.BytesIO(content_of(client.get(f"/admin/import/{name}/template.xlsx"))))
    first, second = book.worksheets
    assert list(first.iter_rows(values_only=True)) == [tuple(TABLES[name].columns)]
    header, *explained = second.iter_rows(values_only=True)
    assert header == ("Spalte", "Bedeutung", "So füllen Sie sie aus")
    assert [row[0] for row in explained] == TABLES[name].columns
    assert all(row[1] and row[2] for row in explained)
    text = content_of(client.get(f"/admin/import/{name}/template.csv")).decode("utf-8-sig")
    assert text == ";".join(TABLES[name].columns) + "\r\n"


@pytest.mark.parametrize("extension", ["csv", "xlsx"])
@pytest.mark.parametrize("name", TABLES)
def test_all_records_drafts_included_come_back_without_a_change(client, redaktion, name, extension):
    source = make_source("studie", title="=1+1", authors="A | B\nC", seen_on="2024-05-06")
    example = make_example("wohnraum", slug="lotsen", number="P001", sources=[source], **DRAFT)
    make_recommendation(
        "wohnraum", slug="bauen", number="E001", steps=["Eins", "Zwei"], sources=[source], examples=[example],
        addressees=["land", "kommune"], **DRAFT,
    )  # fmt: skip
    content = content_of(client.get(f"/admin/import/{name}/all.{extension}"))
    answer = hand_in(client, content, f"alles.{extension}", f"/admin/import/{name}/")
    page = client.get(answer.url)
    counts = page.context["counts"]
    assert counts.pop("unchanged") == 1
    assert not any(counts.values())
    assert "unverändert" in page.content.decode()
    assert "apply" not in page.content.decode().split("import_form")[1].split("</form>")[0]


RECOMMENDATIONS = "/admin/import/recommendations/"


def take_step(client, address, step, records):
    """Choose records in a list, choose the step, confirm it."""
    asked = client.post(address, {"action": step, "_selected_action": records})
    client.post(asked.context["address"], form_data(asked, "step_form"))


def test_editors_import_reviewers_approve_all_of_it_from_one_list(client):
    """Redaktion hands in a public table with changes; Freigabe finds what became of it and publishes it at once."""
    editors, reviewers = User.objects.create_user("ada", is_staff=True), User.objects.create_user("bo", is_staff=True)
    editors.groups.add(Group.objects.get(name="Redaktion"))
    reviewers.groups.add(Group.objects.get(name="Freigabe"))
    for number in ("E001", "E002", "E003"):
        revise(make_recommendation("wohnraum", number=number, slug=number.lower(), year=2020, addressees=["kommune"]))
    revise(make_recommendation("wohnraum", number="E004", slug="e004", **DRAFT))
    client.force_login(editors)
    content = csv_text(
        ["number", "slug", "title_de", "summary_de"],
        ["E001", "e001", "Titel", "Neu eins."], ["E002", "e002", "Titel", "Neu zwei."], ["E003", "e003", "Titel", "Kurz."],
        ["E004", "e004", "Titel", "Neu vier."], ["E005", "e005", "Titel", "Neu fünf."],
    )  # fmt: skip
    answer = hand_in(client, content, address=RECOMMENDATIONS, note="Durchsicht")
    page = client.get(answer.url)
    said = html.unescape(page.content.decode())
    for words in ("Neue Arbeitskopie zu E001", "Neue Arbeitskopie zu E002", "E003 Titel", "Unverändert",
                  "Entwurf geändert", "Neuer Entwurf"):  # fmt: skip
        assert words in said
    done = client.post(answer.url, form_data(page, "import_form") | {"apply": "1"}, follow=True)
    assert Recommendation.objects.filter(replaces=None, status="published", summary_de="Kurz.").count() == 3
    address = done.context["written_url"]
    assert html.escape(address) in done.content.decode()
    listed = client.get(address).context["cl"].queryset
    assert {each.summary_de for each in listed} == {"Neu eins.", "Neu zwei.", "Neu vier.", "Neu fünf."}
    copies = [each.pk for each in listed if each.replaces_id]
    take_step(client, address, "submit", copies)
    client.force_login(reviewers)
    assert "Durchsicht" in client.get("/admin/recommendations/recommendation/").content.decode()
    take_step(client, address, "publish", copies)
    texts = dict(Recommendation.objects.visible().values_list("number", "summary_de"))
    assert texts == {"E001": "Neu eins.", "E002": "Neu zwei.", "E003": "Kurz."}
    assert len(client.get(address).context["cl"].queryset) == 4


def test_a_text_published_between_the_screens_is_shown_anew_as_a_working_copy(client, redaktion):
    record = make_recommendation("wohnraum", number="E001", slug="e001", **DRAFT)
    content = csv_text(["number", "slug", "summary_de"], ["E001", "e001", "Neu."])
    answer = hand_in(client, content, address=RECOMMENDATIONS)
    data = form_data(client.get(answer.url), "import_form") | {"apply": "1"}
    Recommendation.objects.filter(pk=record.pk).update(**PUBLISHED)
    page = client.post(answer.url, data)
    assert page.status_code == 409
    assert "Neue Arbeitskopie zu E001" in page.content.decode()
    assert not Recommendation.objects.exclude(replaces=None).exists()
