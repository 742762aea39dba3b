"""What people paste for an ISBN, a DOI, a page or a day becomes one form, or is refused with words that help."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone, translation

from portal.entries import apply, type_of
from portal.models import Revision, User
from recommendations.models import Source
from tests.factories import DRAFT, make_recommendation, make_source
from tests.forms import form_data

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def german():
    with translation.override("de"):
        yield


TAKEN = [
    ("isbn", "978-3-95861-835-0", "978-3-95861-835-0"),
    ("isbn", "ISBN 978 3 95861 835 0", "978-3-95861-835-0"),
    ("isbn", "ISBN-13: 978–3–95861–835–0", "978-3-95861-835-0"),
    ("isbn", "9783958618350", "9783958618350"),
    ("isbn", "3-16-148410-x", "3-16-148410-X"),
    ("isbn", "ISBN-10: 080442957X", "080442957X"),
    ("doi", "10.1787/9789264085350-en", "10.1787/9789264085350-en"),
    ("doi", "https://doi.org/10.1787/9789264085350-EN", "10.1787/9789264085350-en"),
    ("doi", "http://dx.doi.org/10.1787/9789264085350-en ", "10.1787/9789264085350-en"),
    ("doi", "doi:10.1787/9789264085350-en", "10.1787/9789264085350-en"),
    ("doi", "DOI: https://doi.org/10.1000.10/123", "10.1000.10/123"),
    ("seen_on", "6.5.2024", "2024-05-06"),
    ("seen_on", "2024-05-06", "2024-05-06"),
    ("isbn", "", ""), ("doi", "", ""), ("seen_on", "", None),
]  # fmt: skip
REFUSED = [
    ("isbn", "978-3-95861-835-1", "Prüfziffer"),
    ("isbn", "3-16-148410-1", "Prüfziffer"),
    ("isbn", "978-3-95861", "13 Ziffern"),
    ("isbn", "1234567890123", "978 oder 979"),
    ("isbn", "97X3958618350", "13 Ziffern"),
    ("doi", "9789264085350", "10."),
    ("doi", "10.1787", "Schrägstrich"),
    ("doi", "https://example.org/10.1787/x", "10."),
    ("year", 2098, "noch nicht"),
    ("year", 1, "1900"),
    ("seen_on", "2099-01-01", "noch nicht"),
    ("seen_on", "31.2.2024", "kein Tag"),
    ("seen_on", 2024, "kein Tag"),
]


@pytest.mark.parametrize(("name", "given", "kept"), TAKEN)
def test_what_is_meant_is_kept_in_one_form(name, given, kept):
    source = make_source()
    apply({name: given}, source)
    assert type_of(source).entry(Source.objects.get())[name] == kept


@pytest.mark.parametrize(("name", "given", "said"), REFUSED)
def test_what_cannot_be_right_is_refused_beside_its_field(name, given, said):
    with pytest.raises(ValidationError) as caught:
        apply({name: given}, make_source())
    (message,) = caught.value.messages
    assert message.startswith(f"{name}: ")
    assert said in message


PAGES = {
    "12": "12", "S. 12": "12", "S.12": "12", "S. S. 12": "12", "Seite 12": "12", "Seiten 12-15": "12–15",
    "p. 12": "12", "pp. 12 - 15": "12–15", "page 3 f.": "3 f.", "S. xii": "xii", "12–15": "12–15", "Kap. 3": "Kap. 3",
    "Seitenblick": "Seitenblick", "S. Anhang": "S. Anhang",
}  # fmt: skip


@pytest.mark.parametrize("given", PAGES)
def test_a_page_is_kept_without_the_word_that_the_page_prints_itself(given):
    make_source("studie")
    record = make_recommendation(**DRAFT)
    apply({"sources": [{"source": "studie", "page": given}]}, record)
    assert record.citations.get().page == PAGES[given]


def test_the_form_says_it_beside_the_field_and_keeps_what_was_meant(client):
    source = make_source("studie", doi="10.1000/x")
    other = make_source("andere")
    client.force_login(User.objects.create_superuser("chefin"))
    address = f"/admin/recommendations/source/{other.pk}/change/"
    data = form_data(client.get(address), "source_form")
    page = client.post(address, data | {"isbn": "978-3-95861-835-1", "doi": source.doi, "seen_on": "2099-01-01"})
    errors = page.context["adminform"].form.errors
    assert set(errors) == {"isbn", "doi", "seen_on"}
    assert errors["doi"] == ["Eine andere Quelle hat diese DOI schon."]
    pasted = {"isbn": "ISBN 978-3-95861-835-0", "doi": "https://doi.org/10.1000/Y"}
    assert client.post(address, data | pasted).status_code == 302
    assert Source.objects.filter(pk=other.pk, isbn="978-3-95861-835-0", doi="10.1000/y").exists()
    assert Revision.objects.get(table="sources", record_id=other.pk).entry["doi"] == "10.1000/y"


def test_a_short_name_that_is_taken_or_oddly_written_is_told_in_our_words(client):
    make_source("studie")
    client.force_login(User.objects.create_superuser("chefin"))
    data = form_data(client.get("/admin/recommendations/source/add/"), "source_form")
    for key, said in (("studie", "schon vergeben"), ("Studie_2", "Kleinbuchstaben")):
        page = client.post("/admin/recommendations/source/add/", data | {"key": key, "title": "T", "kind": "primary"})
        (message,) = page.context["adminform"].form.errors["key"]
        assert said in message


def test_this_year_and_today_are_not_still_to_come(monkeypatch):
    monkeypatch.setattr(timezone, "localdate", lambda: date(2026, 1, 1))
    apply({"year": 2027, "seen_on": "2026-01-01"}, make_source())
