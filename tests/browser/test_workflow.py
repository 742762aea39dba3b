"""Two editors in two browsers take texts from the first draft to the reader and beyond, on the portal's own server."""

import json
import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from babel.dates import format_datetime

from tests.browser import live
from tests.browser.live import manage, move_clock
from tests.browser.test_smoke import examine

pytestmark = pytest.mark.browser

RECOMMENDATIONS = "/admin/recommendations/recommendation/"
BERLIN = ZoneInfo("Europe/Berlin")
OUTBOX = """
import json
from portal.models import OutgoingMail
print(json.dumps([[mail.recipient, mail.subject, mail.text] for mail in OutgoingMail.objects.order_by("pk")]))
"""


@pytest.fixture(scope="module")
def portal():
    """A portal of our own, whose clock can be moved and whose two editors have an e-mail address."""
    with live.serve(**live.MOVABLE_CLOCK) as address:
        addresses = "[user.__class__.objects.filter(pk=user.pk).update(email=f'{user}@example.org') for user in users]"
        manage(address, "shell", "-c", f"from portal.models import User; users = User.objects.all(); {addresses}")
        yield address


@pytest.fixture(scope="module")
def passwords(portal):
    return dict(re.findall(r"Account (\w+), password (\S+)", manage(portal, "demo", "--renew-passwords")))


@pytest.fixture
def editors(open_page, passwords):
    """(the one who writes, the one who publishes), each logged in in a browser of their own."""
    pages = []
    for account in ("redaktion", "freigabe"):
        page = open_page(viewport={"width": 1280, "height": 900})
        page.goto("/konto/anmelden/")
        page.get_by_label("Benutzername oder E-Mail-Adresse").fill(account)
        page.get_by_label("Passwort", exact=True).fill(passwords[account])
        page.get_by_role("button", name="Anmelden", exact=True).click()
        page.wait_for_url("**/admin/")
        pages.append(page)
    yield pages
    assert [complaint for page in pages for complaint in page.complaints] == []


@pytest.fixture
def reader(open_page):
    """A browser without an account."""
    return open_page()


SAVING = {"Zur Prüfung einreichen": "Sichern und einreichen"}  # {step: its button in the form, if that saves first}


def take(page, step, **answers):
    """Take a step on an open form: its button, what the next page asks, and the button there."""
    page.get_by_role("button", name=SAVING.get(step, step), exact=True).click()
    for label, answer in answers.items():
        page.get_by_label(label.replace("_", " ")).fill(answer)
    page.locator("#step_form").get_by_role("button", name=step, exact=True).click()


def save(page):
    page.get_by_role("button", name="Sichern und weiter bearbeiten").click()
    page.locator(".messagelist .success", has_text="ist gesichert.").wait_for()


def pile(page, name):
    """Go to a pile on the desk and open its only record."""
    page.goto("/admin/")
    page.locator(".desk").get_by_role("link", name=name, exact=True).click()
    page.locator("#result_list tbody th a").click()


def box(page):
    """What the form says of where the text stands."""
    return page.locator(".workflow").inner_text()


def notes(page):
    """The history of the record on the form, the oldest first: what was done, and by whom."""
    page.get_by_role("link", name="Verlauf").click()
    rows = page.locator("#result_list tbody tr")
    rows.first.wait_for()
    done = zip(rows.locator(".field-note").all_inner_texts(), rows.locator(".field-who").all_inner_texts(), strict=True)
    return list(done)[::-1]


def mail(portal):
    return json.loads(manage(portal, "shell", "-v", "0", "-c", OUTBOX))


def open_desk(page):
    page.goto("/admin/")
    return page.locator(".desk").inner_text()


def status(reader, address):
    return reader.request.get(address).status


def test_a_draft_is_refused_mended_scheduled_and_public_at_its_minute(editors, reader, portal):
    ada, bo = editors
    ada.goto(RECOMMENDATIONS)
    ada.get_by_role("link", name="Handlungsempfehlung hinzufügen").click()
    ada.get_by_label("Titel (Deutsch)").fill("Sprachcafés mit Kinderbetreuung öffnen")
    ada.get_by_label("Zusammenfassung (Deutsch)").fill("Wer Kinder betreut, kann trotzdem Deutsch üben.")
    ada.get_by_role("button", name="Sichern und weiter bearbeiten").click()
    address = "/empfehlungen/sprachcafes-mit-kinderbetreuung-oeffnen/"
    assert "Entwurf" in box(ada)
    take(ada, "Zur Prüfung einreichen", Hinweis_für_die_Prüfung="Bitte auf die Quelle achten.")
    assert "Der Text wartet auf seine Prüfung." in box(ada)
    (recipient, subject, text) = mail(portal)[0]
    assert (recipient, subject[:11]) == ("freigabe@example.org", "Zur Prüfung")
    assert "Bitte auf die Quelle achten." in text

    bo.goto(re.search(r"http\S+", text)[0])
    pile(bo, "Wartet auf Ihre Prüfung: Handlungsempfehlungen")
    assert "Zuletzt: Bitte auf die Quelle achten. (redaktion" in box(bo)
    bo.get_by_role("button", name="Freigeben").click()
    assert "Herausforderung, wer gefordert ist, Quelle" in bo.locator(".errornote").inner_text()
    bo.locator("#step_form").get_by_role("button", name="Freigeben").click()
    assert "kann noch nicht freigegeben werden" in bo.locator(".messagelist .error").inner_text()
    pile(bo, "Wartet auf Ihre Prüfung: Handlungsempfehlungen")
    take(bo, "Zurückgeben", Grund="Woher stammt das?")
    assert mail(portal)[1][0] == "redaktion@example.org"

    pile(ada, "Entwürfe: Handlungsempfehlungen")
    assert "Zuletzt: Zurückgegeben: Woher stammt das? (freigabe" in box(ada)
    ada.get_by_role("group", name="Wer ist gefordert?").get_by_label("Kommunen").check()
    ada.get_by_label("Sprache und Sprachförderung").check()
    ada.get_by_text("Schritt hinzufügen").click()
    ada.locator("[name=steps-0-text_de]").fill("Räume am Vormittag öffnen")
    ada.get_by_text("Beleg hinzufügen").click()
    with ada.expect_popup() as search:
        ada.locator("#lookup_id_citations-0-source").click()
    search.value.locator("#result_list tbody th a").first.click()
    ada.wait_for_function("document.querySelector('[name=citations-0-source]').value")
    ada.get_by_label("Was haben Sie geändert?").fill("Quelle und Schritt ergänzt")
    save(ada)
    take(ada, "Zur Prüfung einreichen")

    pile(bo, "Wartet auf Ihre Prüfung: Handlungsempfehlungen")
    at = (datetime.now(BERLIN) + timedelta(minutes=15)).replace(second=0, microsecond=0)
    take(bo, "Freigeben", Öffentlich_ab=at.strftime("%Y-%m-%dT%H:%M"))
    assert "Freigegeben, geplant für" in box(bo)
    assert status(reader, address) == 404
    assert "Geplant: Handlungsempfehlungen" in open_desk(ada)

    until = (at - datetime.now(BERLIN)).total_seconds()
    move_clock(portal, until - 60)
    assert status(reader, address) == 404
    move_clock(portal, until + 1)
    assert status(reader, address) == 200
    reader.goto("/empfehlungen/?q=Sprachcafés")
    assert reader.get_by_role("link", name="Sprachcafés mit Kinderbetreuung öffnen").is_visible()

    bo.reload()
    assert notes(bo) == [
        ("-", "redaktion"),
        ("Bitte auf die Quelle achten.", "redaktion"),
        ("Zurückgegeben: Woher stammt das?", "freigabe"),
        ("Quelle und Schritt ergänzt", "redaktion"),
        ("Zur Prüfung eingereicht.", "redaktion"),
        (f"Geplant für {format_datetime(at, 'd. MMMM yyyy HH:mm', locale='de')}.", "freigabe"),
    ]
    assert [(recipient, subject.split(":")[0]) for recipient, subject, _text in mail(portal)] == [
        ("freigabe@example.org", "Zur Prüfung"),
        ("redaktion@example.org", "Zurückgegeben"),
        ("freigabe@example.org", "Zur Prüfung"),
        ("redaktion@example.org", "Freigegeben"),
    ]


def test_a_public_text_is_revised_shown_to_a_reviewer_and_replaced(editors, reader, open_page):
    ada, bo = editors
    address, new = "/empfehlungen/aktive-wohnungs-und-bodenpolitik/", "Wohnungen bezahlbar machen"
    reader.goto(address)
    title = reader.locator("h1").inner_text()
    ada.goto(f"{RECOMMENDATIONS}?q=E001")
    ada.locator("#result_list tbody th a").click()
    take(ada, "In einer Arbeitskopie überarbeiten")
    assert "Dies ist eine Arbeitskopie." in box(ada)
    ada.get_by_label("Titel (Deutsch)").fill(new)
    ada.get_by_label("Was haben Sie geändert?").fill("Kürzerer Titel")
    save(ada)
    form = ada.url

    ada.get_by_role("link", name="Vorschau teilen").click()
    ada.get_by_label("für wen").fill("Dr. Ada Beispiel, Hochschule Beispielstadt")
    ada.get_by_role("button", name="Sichern", exact=True).click()
    assert "schicken Sie sie an: Dr. Ada Beispiel" in ada.locator(".messagelist").inner_text()
    shared = ada.locator(".field-address a").inner_text()
    outsider = open_page()
    answer = outsider.goto(shared)
    assert outsider.locator("h1").inner_text() == new
    assert answer.headers["cache-control"] == "private, no-store"
    assert "noindex" in answer.headers["x-robots-tag"]
    reader.reload()
    assert reader.locator("h1").inner_text() == title
    ada.get_by_role("button", name="Widerrufen").click()
    ada.locator(".field-state", has_text="widerrufen").wait_for()
    assert outsider.goto(shared).status == 404

    ada.goto(form)
    take(ada, "Zur Prüfung einreichen")
    pile(bo, "Wartet auf Ihre Prüfung: Handlungsempfehlungen")
    assert "Was sich für Leserinnen und Leser ändert\nTitel (Deutsch)" in re.sub(r"\n+", "\n", box(bo))
    reader.reload()
    assert reader.locator("h1").inner_text() == title
    take(bo, "Freigeben")
    reader.reload()
    assert reader.locator("h1").inner_text() == new
    assert reader.url.endswith(address)
    done = [note for note, _who in notes(bo)]
    assert done[-4:] == ["Arbeitskopie begonnen.", "Kürzerer Titel", "Zur Prüfung eingereicht.", "Freigegeben."]

    bo.locator("#result_list tbody tr").last.locator("th a").click()
    bo.get_by_role("button", name="Diesen Stand wiederherstellen").click()
    assert "Als Entwurf wiederhergestellt." in bo.locator(".messagelist").inner_text()
    assert bo.get_by_label("Titel (Deutsch)").input_value() == title
    reader.reload()
    assert reader.locator("h1").inner_text() == new


def test_the_handbook_is_at_hand_on_every_page(editors):
    """Its pictures are there, its table of contents leads somewhere, and everybody can read it."""
    ada, _bo = editors
    ada.goto(RECOMMENDATIONS)
    ada.get_by_role("link", name="Handbuch").click()
    ada.wait_for_url("**/admin/handbuch/")
    pictures = ada.locator(".handbook img")
    assert pictures.count() > 5
    assert pictures.evaluate_all("all => all.every(image => image.complete && image.naturalWidth > 900)")
    dead = "links => links.map(link => link.hash.slice(1)).filter(id => id && !document.getElementById(id))"
    assert ada.locator(".handbook a").evaluate_all(dead) == []
    examine(ada, cookies=("sessionid", "csrftoken", "messages"))
