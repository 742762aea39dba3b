"""The register in the admin: hand in, look, confirm."""

import html

import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile

from municipalities.models import Municipality
from portal import imports, uploads
from portal.models import Revision, User
from tests.factories import make_municipality
from tests.forms import form_data
from tests.register import encoded, gv100ad

pytestmark = pytest.mark.django_db
ADDRESS = "/admin/municipalities/municipality/register/"
FILE = encoded(gv100ad())


@pytest.fixture(autouse=True)
def data_of_its_own(settings, tmp_path):
    settings.DATA_DIR = tmp_path


def log_in(client, role, name="ada"):
    user = User.objects.create_user(name, is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client.force_login(user)
    return user


@pytest.fixture
def administrator(client):
    return log_in(client, "Administration")


def hand_in(client, content=FILE, name="GV100AD.txt", **data):
    return client.post(ADDRESS, {"file": SimpleUploadedFile(name, content), **data})


def confirm(client, answer):
    page = client.get(answer.url)
    return client.post(answer.url, form_data(page, "import_form") | {"apply": "1"}, follow=True)


def test_the_way_from_a_file_to_the_register(client, administrator):
    place = make_municipality("06435014", name="Hanau", official_name="Hanau, Stadt", population=5)
    Revision.objects.create(table="municipalities", record_id=place.pk, number=1, entry={})
    answer = hand_in(client)
    assert answer.status_code == 302
    text = client.get(answer.url).content.decode()
    assert "<del>5</del>" in text
    assert "Lübben (Spreewald) / Lubin (Błota), Stadt (12071002)" in text
    assert Municipality.objects.count() == 1
    page = confirm(client, answer)
    assert "Gemeindeverzeichnis vom 31. August 2025: Der Import ist fertig." in page.content.decode()
    assert Municipality.objects.count() == 8
    assert Revision.objects.get(number=2).author == administrator
    assert client.get(answer.url).status_code == 404
    assert not list(imports.folder().iterdir())


def test_content_changed_between_the_screens_is_shown_anew_and_nothing_is_written(client, administrator):
    place = make_municipality("06435014", population=5)
    answer = hand_in(client)
    data = form_data(client.get(answer.url), "import_form") | {"apply": "1"}
    Municipality.objects.filter(pk=place.pk).update(population=6)
    page = client.post(answer.url, data)
    assert page.status_code == 409
    assert "<del>6</del>" in page.content.decode()
    assert Municipality.objects.count() == 1
    assert client.post(answer.url, data).status_code == 409  # the old page's button
    confirm(client, answer)
    assert Municipality.objects.count() == 8


def test_a_register_that_has_been_overtaken_is_refused(client, administrator):
    older, newer = hand_in(client), hand_in(client, encoded(gv100ad("20260630")))
    confirm(client, newer)
    data = {"apply": "1", "digest": "x"}
    assert client.post(older.url, data).status_code == 409
    assert not Municipality.objects.filter(register_on__lt="2026-06-30").exists()


def test_a_discarded_file_is_gone(client, administrator):
    answer = hand_in(client)
    assert client.post(answer.url, {"discard": "1"}, follow=True).status_code == 200
    assert client.get(answer.url).status_code == 404
    assert not Municipality.objects.exists()


@pytest.mark.parametrize(
    ("content", "name", "status", "said"),
    [
        (FILE[:-30], "a.txt", 400, f"Zeile {len(gv100ad())}: Die Zeile hat"),
        (b"x", "a.docx", 400, "endet"),
        (b"PK", "a.xlsx", 400, "keine XLSX-Datei"),
        (b"<script>alert(1)</script>\n", "a.txt", 400, "Zeile 1"),
        (b"key;code;year\n1;2;3\n", "a.csv", 400, "Zeile 2"),
    ],
)
def test_a_file_that_is_wrong_is_told_so_and_changes_nothing(client, administrator, content, name, status, said):
    page = hand_in(client, content, name)
    assert page.status_code == status
    assert said in html.unescape(page.content.decode())
    assert "<script>alert" not in page.content.decode()
    assert "Es wurde nichts geändert" in page.content.decode()
    assert not Municipality.objects.exists()
    assert not imports.folder().exists()


def test_an_upload_that_is_too_large_is_cut_off_on_its_way(client, administrator, monkeypatch):
    monkeypatch.setattr(uploads, "LARGEST_FILE", 1_000_000)
    assert hand_in(client, b"x" * 3_000_000).status_code == 413


def test_a_file_belongs_to_who_handed_it_in_and_only_the_administration_imports(client, administrator):
    theirs = hand_in(client).url
    assert ADDRESS in client.get("/admin/municipalities/municipality/").content.decode()
    log_in(client, "Administration", "bo")
    assert client.get(theirs).status_code == 404
    log_in(client, "Freigabe", "cem")
    for address in (ADDRESS, theirs):
        assert client.get(address).status_code == 403
        assert client.post(address).status_code == 403
    assert ADDRESS not in client.get("/admin/municipalities/municipality/").content.decode()
