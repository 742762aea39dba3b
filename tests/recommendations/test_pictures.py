"""Pictures of practice examples: from the form to the reader, and never sooner."""

import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from portal import pictures, workflow
from portal.entries import apply, plan, type_of
from portal.imports import TABLES, Import
from portal.licences import Licence
from portal.models import PreviewLink, Revision
from portal.views import preview_token, shared_preview_token
from recommendations.models import PracticeExample
from tests import factories
from tests.forms import form_data
from tests.portal.test_admin import address
from tests.portal.test_exports import records
from tests.recommendations.test_workflow_admin import member

pytestmark = pytest.mark.django_db

GIVEN = {
    "picture_alt_de": "Zwei Lotsinnen vor dem Rathaus",
    "picture_alt_en": "Two guides in front of the town hall",
    "picture_credit": "Ada Beispiel",
    "picture_licence": "cc-by-4.0",
    "picture_consent": "on",
}
OTHER = "f" * 32 + "-1280x720"


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def editor(client):
    user = member("Redaktion")
    client.force_login(user)
    return user


@pytest.fixture
def reviewer():
    return member("Freigabe")


def upload(colour="red", size=(1600, 1200), kind="JPEG", name="bild.jpg"):
    data = io.BytesIO()
    Image.new("RGB", size, colour).save(data, kind)
    return SimpleUploadedFile(name, data.getvalue())


def draft(**fields):
    return factories.make_example("wohnraum", sources=[factories.make_source()], **factories.DRAFT | fields)


def send(client, example, **changes):
    """The example's form as it is, with changes; the response."""
    url = address(PracticeExample, "change", example.pk)
    data = form_data(client.get(url), "practiceexample_form") | {"_continue": "1"} | changes
    files_first = sorted(data, key=lambda name: name != "picture_file")  # a file must not swallow what comes after it
    return client.post(url, {name: data[name] for name in files_first if data[name] is not None})


def save(client, example, **changes):
    response = send(client, example, **changes)
    assert response.status_code == 302, response.context["adminform"].form.errors
    example.refresh_from_db()
    return example


def errors(response):
    assert response.status_code == 200
    return {name: list(found) for name, found in response.context["adminform"].form.errors.items()}


def public(reference, size=480):
    return reverse("picture", args=[reference, size])


def staff(reference, size=480):
    return reverse("admin:picture", args=[reference, size])


def status(client, url):
    return client.get(url).status_code


# In the form


def test_a_picture_is_handed_in_with_all_that_belongs_to_it(client, editor):
    example = save(client, draft(), picture_file=upload(), **GIVEN)
    assert pictures.exists(example.picture)
    entry = Revision.objects.get(table="practice-examples").entry
    assert {name: entry[name] for name in entry if name.startswith("picture")} == {
        **GIVEN, "picture": example.picture, "picture_consent": True,
    }  # fmt: skip
    page = client.get(address(PracticeExample, "change", example.pk)).content.decode()
    assert f'src="{staff(example.picture)}"' in page
    again = save(client, example, title_de="Anderer Titel")
    assert again.picture == example.picture


@pytest.mark.parametrize("missing", ["picture_alt_de", "picture_credit", "picture_licence", "picture_consent"])
def test_what_a_picture_needs_is_said_beside_the_field_and_the_picture_is_not_lost(client, editor, missing):
    """Nor are the other texts; nobody has to choose the file again."""
    example = draft()
    given = GIVEN | {missing: None if missing == "picture_consent" else ""}
    response = send(client, example, title_de="Mein Titel", picture_file=upload(), **given)
    assert list(errors(response)) == [missing]
    kept = form_data(response, "practiceexample_form")
    assert kept["title_de"] == "Mein Titel"
    page = response.content.decode()
    assert f'src="{staff(kept["picture"])}"' in page
    example.refresh_from_db()
    assert (example.title_de, example.picture) == ("Beispiel", "")
    response = client.post(address(PracticeExample, "change", example.pk), kept | GIVEN | {"_continue": "1"})
    assert response.status_code == 302
    example.refresh_from_db()
    assert example.picture == kept["picture"]


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (SimpleUploadedFile("bild.jpg", b'<svg xmlns="http://www.w3.org/2000/svg"/>'), "JPEG, PNG und WebP"),
        (SimpleUploadedFile("bild.jpg", b""), "Die Datei ist leer"),
        (upload(size=(5001, 5000)), "25 Millionen Pixel"),
        (SimpleUploadedFile("bild.jpg", b"\x00" * 16_000_000), "größer als 15 MB"),
        (SimpleUploadedFile("bild.jpg", b"\x00" * 31_000_000), "größer als 15 MB"),
    ],
    ids=["svg", "empty", "pixels", "16 MB", "31 MB"],
)
def test_a_file_that_can_not_be_used_is_refused_beside_its_field_and_no_text_is_lost(client, editor, file, words):
    example = draft()
    response = send(client, example, picture_file=file, basis_note="Steht hinter der Datei", **GIVEN)
    found = errors(response)
    assert list(found) == ["picture_file"]
    assert words in found["picture_file"][0]
    kept = form_data(response, "practiceexample_form")
    assert kept["basis_note"] == "Steht hinter der Datei"
    assert kept["picture_credit"] == "Ada Beispiel"
    assert kept["picture"] == ""


def test_texts_without_a_picture_ask_for_it(client, editor):
    response = send(client, draft(), picture_credit="Ada Beispiel")
    assert list(errors(response)) == ["picture_file"]


def test_a_picture_can_be_removed_with_all_that_was_said_of_it(client, editor):
    example = draft(**factories.make_picture())
    save(client, example, picture_removed="on")
    assert [example.picture, example.picture_alt_de, example.picture_credit, example.picture_licence] == [""] * 4
    assert not example.picture_consent


def test_consent_is_asked_for_again_with_another_picture(client, editor):
    """It was given for one picture; a tick that is still there says nothing of the next."""
    example = draft(**factories.make_picture())
    response = send(client, example, picture_file=upload())
    assert list(errors(response)) == ["picture_consent"]
    kept = form_data(response, "practiceexample_form")
    assert "picture_consent" not in kept
    client.post(address(PracticeExample, "change", example.pk), kept | {"picture_consent": "on"})
    example.refresh_from_db()
    assert example.picture == kept["picture"] != ""


@pytest.mark.parametrize("reference", [OTHER, "../../portal.sqlite3", "<script>"])
def test_a_made_up_reference_is_refused(client, editor, reference):
    example = draft()
    assert "picture_file" in errors(send(client, example, picture=reference, **GIVEN))
    example.refresh_from_db()
    assert example.picture == ""


def test_the_file_input_says_what_it_takes_and_is_no_more_than_an_input(client, editor):
    page = client.get(address(PracticeExample, "change", draft(**factories.make_picture()).pk)).content.decode()
    assert page.count('type="file"') == 1
    assert 'accept="image/jpeg,image/png,image/webp"' in page
    assert "picture_file-clear" not in page
    assert 'enctype="multipart/form-data"' in page


def test_who_may_only_look_sees_the_picture_and_no_input(client):
    client.force_login(member("Beirat"))
    page = client.get(address(PracticeExample, "change", draft(**factories.make_picture()).pk)).content.decode()
    assert "/admin/bild/" in page
    assert 'type="file"' not in page


def test_whoever_may_not_edit_hands_in_nothing(client):
    client.force_login(member("Beirat"))
    example = draft()
    data = {"picture_file": upload(), **GIVEN}
    assert client.post(address(PracticeExample, "change", example.pk), data).status_code == 403
    assert not pictures.folder().exists()


# What readers see


def test_the_page_of_an_example_shows_it_with_credit_and_licence(client):
    fields = factories.make_picture() | {"picture_alt_de": "Lotsen & Gäste", "picture_alt_en": ""}
    example = factories.make_example(slug="lotsen", **fields)
    page = client.get("/praxisbeispiele/lotsen/").content.decode()
    assert 'alt="Lotsen &amp; Gäste"' in page
    assert 'width="1280" height="720" loading="lazy"' in page
    assert f"{public(example.picture, 480)} 480w, {public(example.picture, 1280)} 1280w" in page
    assert "Ada Beispiel" in page
    assert 'href="https://creativecommons.org/licenses/by/4.0/" rel="license"' in page
    assert 'alt="Lotsen &amp; Gäste" lang="de"' in client.get("/en/practice-examples/lotsen/").content.decode()


def test_without_a_picture_there_is_none(client):
    factories.make_example(slug="lotsen")
    page = client.get("/praxisbeispiele/lotsen/").content.decode()
    assert "<figure" not in page
    assert "<img" not in page


@pytest.mark.parametrize("licence", Licence)
def test_every_licence_has_a_name_and_an_address_or_none(client, licence):
    factories.make_example(slug="lotsen", **factories.make_picture() | {"picture_licence": licence})
    page = client.get("/praxisbeispiele/lotsen/").content.decode()
    caption = re.search("<figcaption.*?</figcaption>", page, re.DOTALL)[0]
    assert str(licence.label) in caption
    assert ('rel="license"' in caption) == bool(licence.url) == (licence not in ("public-domain", "permission"))


def test_a_file_is_a_jpeg_that_a_browser_may_keep_and_take_for_nothing_else(client):
    example = factories.make_example(**factories.make_picture())
    response = client.get(public(example.picture, 1280))
    assert response.content == pictures.content(example.picture, 1280)
    assert response.headers["Content-Type"] == "image/jpeg"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "immutable" in response.headers["Cache-Control"]
    assert "private" in response.headers["Cache-Control"]  # no shared cache keeps what may be withdrawn
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert not response.cookies
    assert client.post(public(example.picture)).status_code == 405
    assert status(client, public(example.picture, 481)) == 404


@pytest.mark.parametrize("hidden", factories.HIDDEN)
def test_a_picture_is_public_only_as_long_as_its_example(client, hidden):
    example = factories.make_example(**factories.make_picture(), **factories.HIDDEN[hidden])
    assert status(client, public(example.picture)) == 404
    factories.make_example(**factories.make_picture())  # the same picture elsewhere
    assert status(client, public(example.picture)) == 200


def test_a_withdrawn_picture_is_gone_at_once(client, reviewer):
    example = factories.make_example(**factories.make_picture())
    assert status(client, public(example.picture)) == 200
    workflow.withdraw(example, reviewer, "Einwilligung zurückgezogen.")
    assert status(client, public(example.picture)) == 404
    assert status(client, f"{public(example.picture)}?vorschau={preview_token('practice-examples', example)}") == 404


def test_an_english_page_speaks_of_it_in_english(client):
    fields = {"picture_alt_en": "Guides", "picture_licence": "public-domain"}
    factories.make_example(slug="lotsen", **factories.make_picture() | fields)
    page = client.get("/en/practice-examples/lotsen/").content.decode()
    assert 'alt="Guides">' in page
    assert "Picture: Ada Beispiel, public domain" in " ".join(page.split())


# Before it is public


def test_staff_see_any_picture_and_strangers_none(client, editor):
    example = draft(**factories.make_picture())
    response = client.get(staff(example.picture))
    assert response.status_code == 200
    assert "no-store" in response.headers["Cache-Control"]
    assert status(client, public(example.picture)) == 404  # the public address knows nobody
    assert status(client, staff(OTHER)) == 404
    client.logout()
    assert status(client, staff(example.picture)) == 302


@pytest.mark.parametrize("lang", ["de", "en"])
def test_a_preview_shows_the_picture_to_whoever_has_its_address(client, lang):
    from django.utils import translation

    example = draft(**factories.make_picture())
    with translation.override(lang):
        page = client.get(reverse("preview", args=[preview_token("practice-examples", example)])).content.decode()
    src = page.split('<img src="')[1].split('"')[0]
    response = client.get(src)
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "private, no-store"
    assert status(client, src.split("?")[0]) == 404
    assert status(client, src.replace("vorschau=", "vorschau=x")) == 404


def test_a_token_opens_the_picture_of_its_own_record_only(client):
    mine, other = draft(**factories.make_picture()), draft(**factories.make_picture(OTHER))
    token = preview_token("practice-examples", mine)
    assert status(client, f"{public(mine.picture)}?vorschau={token}") == 200
    assert status(client, f"{public(other.picture)}?vorschau={token}") == 404
    foreign = preview_token("recommendations", other)  # the same number in another table
    assert status(client, f"{public(other.picture)}?vorschau={foreign}") == 404


def test_with_a_revoked_preview_the_picture_is_gone_too(client, reviewer):
    from django.utils import timezone

    example = draft(**factories.make_picture())
    link = PreviewLink.objects.create(table="practice-examples", record_id=example.pk, reviewer="Bo",
                                      created_by=reviewer, expires_at=factories.FAR_AHEAD)  # fmt: skip
    url = f"{public(example.picture)}?vorschau={shared_preview_token(link)}"
    assert status(client, url) == 200
    link.revoked_at = timezone.now()
    link.save()
    assert status(client, url) == 404


# Through the workflow


def test_the_picture_of_a_working_copy_is_public_when_the_copy_is_published(client, editor, reviewer):
    example = factories.make_example("wohnraum", slug="lotsen", sources=[factories.make_source()],
                                     **factories.make_picture())  # fmt: skip
    old = example.picture
    copy = workflow.working_copy(example, editor)
    assert copy.picture == old
    response = send(client, copy, picture_file=upload("blue"))
    kept = form_data(response, "practiceexample_form") | {"picture_consent": "on"}
    client.post(address(PracticeExample, "change", copy.pk), kept)
    copy.refresh_from_db()
    new = copy.picture
    assert new not in ("", old)
    page = client.get(address(PracticeExample, "change", copy.pk)).content.decode()
    before, after = page.index(f"<del><img class=\"picture\" src=\"{staff(old)}"), page.index(f"<ins><img class=\"picture\" src=\"{staff(new)}")  # fmt: skip
    assert before < after  # what changes for readers
    assert [status(client, public(name)) for name in (old, new)] == [200, 404]
    assert old in client.get("/praxisbeispiele/lotsen/").content.decode()
    workflow.submit(copy, editor)
    assert [status(client, public(name)) for name in (old, new)] == [200, 404]
    workflow.publish(copy, reviewer)
    assert [status(client, public(name)) for name in (old, new)] == [404, 200]
    assert new in client.get("/praxisbeispiele/lotsen/").content.decode()


def test_an_old_picture_is_restored_with_all_that_was_said_of_it(client, editor):
    example = draft()
    apply(factories.make_picture(), example, editor)
    first = Revision.objects.filter(record_id=example.pk).latest("number")
    apply({**factories.make_picture(OTHER), "picture_credit": "Bo Muster"}, example, editor)
    pictures.forget_unused()
    workflow.restore(first, editor)
    example.refresh_from_db()
    assert (example.picture, example.picture_credit) == (first.entry["picture"], "Ada Beispiel")


def test_the_english_text_of_a_picture_can_become_older_than_the_german(editor):
    example = draft()
    apply(factories.make_picture() | {"picture_alt_en": "Guides"}, example, editor)
    apply({"picture_alt_de": "Etwas anderes"}, example, editor)
    example.refresh_from_db()
    assert example.outdated_english == ["picture_alt"]


# Written down


def problems(**fields):
    return [problem.field for problem in plan({"practice-examples": [("Datei", fields)]})[1]]


def test_an_entry_names_a_picture_that_is_here_with_all_that_belongs_to_it():
    example = draft(slug="lotsen")
    base = {"slug": "lotsen", "number": example.number}
    given = factories.make_picture()
    assert problems(**base, **given) == []
    assert problems(**base, **given | {"picture": OTHER}) == ["picture"]
    assert problems(**base, **given | {"picture_licence": "beerware"}) == ["picture_licence"]
    for name, empty in (("alt_de", ""), ("credit", ""), ("licence", ""), ("consent", False)):
        assert problems(**base, **given | {f"picture_{name}": empty}) == [""], name


def test_exports_name_the_picture_and_its_licence(client, settings):
    settings.SITE_ADDRESS = "https://portal.example"
    example = factories.make_example(number="P001", **factories.make_picture())
    factories.make_example(number="P002")
    with_picture, without = records(client, "practice-examples")
    assert with_picture["picture_url"] == f"https://portal.example{public(example.picture, 1280)}"
    assert with_picture["picture_alt_de"] == "Lotsen vor dem Rathaus"
    assert with_picture["picture_credit"] == "Ada Beispiel"
    assert (with_picture["picture_licence"], with_picture["picture_licence_label"]) == ("cc-by-4.0", "CC BY 4.0")
    assert {without[name] for name in without if name.startswith("picture")} == {""}


def test_a_table_leaves_pictures_alone(client, editor):
    """The columns of the export are read past, whatever is in them."""
    example = factories.make_example(**factories.make_picture())
    before = type_of(example).entry(example)
    content = b"".join(client.get("/daten/practice-examples.csv").streaming_content)
    changed = (
        content.replace(b"Ada Beispiel", b"").replace(b"cc-by-4.0;", b";", 1).replace(b"Beispiel;", b"Neuer Titel;")
    )
    table = TABLES["practice-examples"]
    assert not [column for column in table.columns if column.startswith("picture")]
    found, wrong = Import.read(table, io.BytesIO(changed), "beispiele.csv", editor)
    assert wrong == []
    found.apply(editor)
    copy = PracticeExample.objects.get(replaces=example)
    after = type_of(copy).entry(copy)
    assert after == before | {"title_de": "Neuer Titel"}
