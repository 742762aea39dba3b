"""Editors' accounts in a browser: from the invitation to the admin, passkeys, and no text lost with a session."""

import re
import time

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

from tests.browser.live import manage
from tests.browser.test_smoke import AXE, examine

pytestmark = pytest.mark.browser

COOKIES = ("sessionid", "csrftoken", "messages")
PASSWORD = "vier lange Wörter genügen"
GLOSSARY = "/admin/portal/glossaryterm/"


def submit(page):
    page.locator("main form").first.locator("button[type=submit]").click()


def invitation(portal, email):
    return manage(portal, "invite_editor", email, "--role", "Redaktion", "--print").strip()


def set_password(page, portal, email):
    page.goto(invitation(portal, email))
    page.fill("[name=password1]", PASSWORD)
    page.fill("[name=password2]", PASSWORD)


def totp(secret):
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


@pytest.mark.parametrize("address", ["/konto/anmelden/", "/en/account/log-in/", "/konto/passwort/vergessen/"])
def test_pages_before_the_log_in(open_page, address):
    page = open_page()
    page.goto(address)
    examine(page, COOKIES)


def test_from_the_invitation_to_the_admin(open_page, portal):
    """Every page on the way is accessible and fits a phone; the second visit asks for a code."""
    page = open_page()
    set_password(page, portal, "grace@example.org")
    examine(page, COOKIES)
    submit(page)
    page.wait_for_url("**/konto/")
    examine(page, COOKIES)
    page.get_by_role("link", name="App einrichten").click()
    examine(page, COOKIES)
    secret = page.locator(".account__code").inner_text()
    page.fill("[name=code]", "000000")
    submit(page)
    assert page.locator("#id_code_error").is_visible()
    secret = page.locator(".account__code").inner_text()
    examine(page, COOKIES)
    page.fill("[name=code]", totp(secret))
    submit(page)
    page.wait_for_url("**/konto/ersatzcodes/")
    examine(page, COOKIES)
    spare = page.locator(".account__codes .account__code").all_inner_texts()
    page.get_by_role("link", name="Zu den Seiten der Redaktion").click()
    page.wait_for_url("**/admin/")
    page.get_by_role("link", name="Ihr Konto").click()
    examine(page, COOKIES)
    for address in ("/konto/passwort/", "/konto/passkeys/neu/", "/konto/passkeys/", "/konto/app/entfernen/",
                    "/konto/ersatzcodes/neu/", "/konto/bestaetigen/", "/konto/bestaetigen/code/", "/konto/abmelden/"):  # fmt: skip
        page.goto(address)
        examine(page, COOKIES)
    submit(page)
    page.wait_for_url("**/konto/anmelden/**")
    page.fill("[name=login]", "grace@example.org")
    page.fill("[name=password]", PASSWORD)
    submit(page)
    page.wait_for_url("**/konto/anmelden/code/")
    examine(page, COOKIES)
    page.fill("[name=code]", spare[0])
    submit(page)
    page.wait_for_url("**/admin/")


def test_a_passkey_opens_the_admin_alone_and_as_second_factor(browser, portal):
    """The browser's script works under the policy: an authenticator of Chromium's own stands in for a finger."""
    local = str(portal).replace("127.0.0.1", "localhost")  # browsers know no passkeys of a bare address
    context = browser.new_context(base_url=local)
    page = context.new_page()
    complaints = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    devices = context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
               "isUserVerified": True}  # fmt: skip
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    set_password(page, local_portal(portal, local), "ada@example.org")
    submit(page)
    page.wait_for_url("**/konto/")
    page.get_by_role("link", name="Passkey hinzufügen").click()
    page.fill("[name=name]", "Laptop")
    page.check("[name=passwordless]")
    submit(page)
    page.wait_for_url("**/konto/ersatzcodes/")
    page.goto("/konto/passkeys/")
    assert page.get_by_role("link", name="„Laptop“ entfernen").is_visible()

    context.clear_cookies()
    page.goto("/konto/anmelden/?next=/konto/passkeys/")
    page.get_by_role("button", name="Mit Passkey anmelden").click()
    page.wait_for_url(f"{local}/konto/passkeys/")

    context.clear_cookies()
    page.goto("/konto/anmelden/")
    page.fill("[name=login]", "ada@example.org")
    page.fill("[name=password]", PASSWORD)
    submit(page)
    page.get_by_role("button", name="Passkey oder Sicherheitsschlüssel benutzen").click()
    page.wait_for_url("**/admin/")
    page.goto("/konto/bestaetigen/passkey/?next=/konto/passkeys/")
    page.get_by_role("button", name="Mit Passkey bestätigen").click()
    page.wait_for_url(f"{local}/konto/passkeys/")
    assert not complaints
    context.close()


def local_portal(portal, address):
    other = type(portal)(address)
    other.data_dir = portal.data_dir
    return other


# Unsaved text. The demo's account may do without a factor, which makes these tests short.


@pytest.fixture(scope="module")
def passwords(portal):
    return dict(re.findall(r"Account (\w+), password (\S+)", manage(portal, "demo", "--renew-passwords")))


@pytest.fixture
def editing(open_page, passwords):
    """A page on which the demo's editor is logged in, and a function that logs in again."""
    page = open_page(viewport={"width": 1280, "height": 900})

    def log_in(leads_to="**/admin/", account="redaktion"):
        page.fill("[name=login]", account)
        page.fill("[name=password]", passwords[account])
        submit(page)
        page.wait_for_url(leads_to)

    page.goto("/konto/anmelden/")
    log_in()
    return page, log_in


def end_sessions(portal):
    manage(portal, "shell", "-c", "from django.contrib.sessions.models import Session; Session.objects.all().delete()")


def open_first(page, section):
    page.goto(section)
    page.locator("#result_list tbody th a, #result_list tbody td a").first.click()
    page.wait_for_load_state("load")


def save(page, button="_continue"):
    page.locator(f"[name={button}]").first.click()
    page.wait_for_load_state("load")


def offered(page):
    return page.locator("[data-unsaved-offer]")


def kept(page):
    return page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('unsaved:'))")


def test_text_of_an_expired_session_comes_back_after_the_log_in(editing, portal):
    """Typed, the session gone, saved in vain, logged in again: offered, put back on request, saved, forgotten."""
    page, log_in = editing
    open_first(page, GLOSSARY)
    before = page.input_value("[name=definition_de]")
    page.fill("[name=definition_de]", "Mühsam geschrieben.\nÜber zwei Zeilen.")
    form = page.url
    end_sessions(portal)
    save(page)
    page.wait_for_url("**/konto/anmelden/**")
    log_in(form)
    assert page.input_value("[name=definition_de]") == before  # not silently
    assert offered(page).is_visible()
    page.evaluate(AXE.read_text())
    assert page.evaluate("async () => (await axe.run('[data-unsaved]')).violations.map(({id}) => id)") == []
    page.get_by_role("button", name="Text wieder einsetzen").click()
    assert page.input_value("[name=definition_de]") == "Mühsam geschrieben.\nÜber zwei Zeilen."
    assert not offered(page).is_visible()
    save(page)
    assert page.input_value("[name=definition_de]") == "Mühsam geschrieben.\nÜber zwei Zeilen."
    assert not offered(page).is_visible()
    assert kept(page) == []
    assert not page.complaints


def test_new_rows_and_checkboxes_come_back_too(editing, portal):
    page, _log_in = editing
    page.goto("/admin/recommendations/recommendation/add/")
    rows = page.locator("[name=steps-TOTAL_FORMS]").input_value()
    page.locator("#steps-group .add-row a").click()
    page.fill(f"[name=steps-{rows}-text_de]", "Ein neuer Schritt")
    box = page.locator("[name=addressees]").first
    chosen = box.is_checked()
    box.set_checked(not chosen)
    page.wait_for_timeout(400)
    page.goto("/admin/")
    page.go_back()
    page.reload()
    assert page.locator("[name=steps-TOTAL_FORMS]").input_value() == rows
    page.get_by_role("button", name="Text wieder einsetzen").click()
    assert page.input_value(f"[name=steps-{rows}-text_de]") == "Ein neuer Schritt"
    assert page.locator("[name=addressees]").first.is_checked() is not chosen


def test_text_that_is_discarded_is_gone(editing):
    page, _log_in = editing
    page.goto(f"{GLOSSARY}add/")
    page.fill("[name=term_de]", "Versuch")
    page.goto("/admin/")
    page.goto(f"{GLOSSARY}add/")
    page.get_by_role("button", name="Text verwerfen").click()
    assert kept(page) == []
    page.reload()
    assert not offered(page).is_visible()


def test_logging_out_leaves_nothing_in_the_browser(editing):
    page, _log_in = editing
    page.goto(f"{GLOSSARY}add/")
    page.fill("[name=term_de]", "Vertraulich")
    page.wait_for_timeout(400)
    assert len(kept(page)) == 1
    page.locator("#logout-form button").click()
    page.wait_for_url("**/konto/anmelden/")
    assert kept(page) == []


def test_a_mistake_in_the_form_keeps_the_text(editing):
    """Not saved is not saved, even if another page reports a success afterwards."""
    page, log_in = editing
    page.locator("#logout-form button").click()
    page.wait_for_url("**/konto/anmelden/")
    log_in(account="freigabe")
    page.goto(f"{GLOSSARY}add/")
    page.fill("[name=term_de]", "Ohne Erklärung")
    save(page, "_save")
    assert page.locator(".errornote").is_visible()
    open_first(page, "/admin/portal/searchsynonym/")
    save(page, "_save")
    page.locator(".messagelist .success").wait_for()
    page.goto(f"{GLOSSARY}add/")
    assert offered(page).is_visible()


def test_a_password_is_never_kept(editing, portal):
    page, _log_in = editing
    manage(portal, "shell", "-c",
           "from portal.models import User; User.objects.filter(username='redaktion').update(is_superuser=True)")  # fmt: skip
    page.goto("/admin/portal/user/?q=freigabe")
    page.locator("#result_list tbody th a").click()
    page.goto(page.url.replace("/change/", "/password/"))
    page.fill("[name=password1]", "streng geheim")
    page.wait_for_timeout(400)
    manage(portal, "shell", "-c",
           "from portal.models import User; User.objects.filter(username='redaktion').update(is_superuser=False)")  # fmt: skip
    stored = page.evaluate("JSON.stringify({...localStorage, ...sessionStorage})")
    assert "geheim" not in stored


def test_another_editor_is_not_offered_the_text(editing, portal):
    """A browser that several people use: the session of one ended, another one logs in."""
    page, log_in = editing
    page.goto(f"{GLOSSARY}add/")
    page.fill("[name=term_de]", "Nur für mich")
    page.wait_for_timeout(400)
    end_sessions(portal)
    for account, visible in (("freigabe", False), ("redaktion", True)):
        page.context.clear_cookies()
        page.goto(f"/konto/anmelden/?next={GLOSSARY}add/")
        log_in(f"{portal}{GLOSSARY}add/", account)
        assert offered(page).is_visible() is visible


def test_the_session_is_kept_alive_only_while_something_is_unsaved(editing, portal):
    page, _log_in = editing
    asked = []
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith("/konto/aktiv/") else None)
    page.clock.install()
    page.goto(f"{GLOSSARY}add/")
    page.clock.run_for(20 * 60 * 1000)
    assert asked == []
    page.fill("[name=term_de]", "Wird lange bedacht")
    page.clock.run_for(20 * 60 * 1000)
    assert len(asked) == 5
    end_sessions(portal)
    page.clock.run_for(6 * 60 * 1000)
    notice = page.locator("[data-unsaved-ended]")
    notice.wait_for(state="visible")
    assert "Ihre Sitzung ist abgelaufen." in notice.inner_text()
