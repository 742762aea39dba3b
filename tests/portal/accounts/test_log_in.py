"""The log-in: two steps, one answer for every mistake, limits that stop guessing and never lock an editor out for long."""

from collections import Counter

import pytest
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.hashers import MD5PasswordHasher
from django.contrib.sessions.models import Session
from django.core import mail
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver, reverse

from portal.models import User
from tests.portal.accounts import code, give_factor
from tests.portal.accounts.conftest import PASSWORD
from tests.site.world import addresses, make_world, visit

WRONG = "Benutzername oder Passwort stimmt nicht."
TOO_MANY = "Zu viele Fehlversuche. Bitte versuchen Sie es in 15 Minuten noch einmal."


def staff_pages():
    """An address of every page of the admin, with the records 1."""

    def walk(patterns, prefix):
        for pattern in patterns:
            path = prefix + str(pattern.pattern)
            if hasattr(pattern, "url_patterns"):
                yield from walk(pattern.url_patterns, path)
            elif pattern.name:
                yield pattern.name, path

    (site,) = (each for each in get_resolver().url_patterns if getattr(each, "namespace", None) == "admin")
    fill = {"<path:object_id>": "1", "<id>": "1", "<int:content_type_id>/<path:object_id>": "1/1"}
    for _name, path in walk(site.url_patterns, "/admin/"):
        for gap, value in fill.items():
            path = path.replace(gap, value)
        yield path


def is_logged_in(browser):
    return "_auth_user_id" in browser.session


def test_password_and_code_open_the_admin(client, log_in, editor):
    give_factor(editor)
    response = log_in(next="/admin/portal/page/")
    assert response.url == "/konto/anmelden/code/"
    assert not is_logged_in(client)
    assert client.get("/admin/").status_code == 302
    response = client.post("/konto/anmelden/code/", {"code": code()})
    assert response.url == "/admin/portal/page/"
    assert client.get("/admin/portal/page/").status_code == 200


def test_a_wrong_code_opens_nothing(client, log_in, editor):
    give_factor(editor)
    log_in()
    response = client.post("/konto/anmelden/code/", {"code": "000000"})
    assert "Der Code stimmt nicht oder ist abgelaufen." in response.content.decode()
    assert not is_logged_in(client)


def test_a_recovery_code_replaces_the_factor_once(client, log_in, editor, other_browser):
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes

    give_factor(editor)
    spare = RecoveryCodes.activate(editor).get_unused_codes()[0]
    for browser, opens in ((client, True), (other_browser, False)):
        log_in(browser=browser)
        browser.post("/konto/anmelden/code/", {"code": spare})
        assert is_logged_in(browser) is opens
    assert client.get("/admin/").status_code == 200


def test_the_session_gets_a_new_key_at_log_in(client, log_in, editor):
    """A key that somebody has planted before is worth nothing afterwards."""
    give_factor(editor)
    client.get("/konto/anmelden/")
    session = client.session
    session["planted"] = True
    session.save()
    planted = session.session_key
    client.cookies["sessionid"] = planted
    log_in()
    client.post("/konto/anmelden/code/", {"code": code()})
    assert is_logged_in(client)
    assert client.session.session_key != planted
    assert not Session.objects.filter(session_key=planted).exists()


def test_a_session_with_a_password_only_reaches_no_staff_page(client, log_in, editor):
    editor.is_superuser = True
    editor.save()
    log_in()
    assert is_logged_in(client)
    pages = list(staff_pages())
    assert len(pages) > 5 * len(admin.site._registry)
    for path in pages:
        for method in (client.get, client.post):
            response = method(path)
            assert (response.status_code, response.headers.get("Location")) == (302, "/konto/"), path
    assert "Bitte richten Sie einen zweiten Faktor ein" in client.get("/konto/").content.decode()


def test_setting_up_an_app_opens_the_admin_and_gives_recovery_codes(client, log_in, editor, monkeypatch):
    monkeypatch.setattr(transaction, "on_commit", lambda function, **options: function())  # tests commit nothing
    log_in()
    page = client.get("/konto/app/")
    secret = page.context["form"].secret
    text = page.content.decode()
    assert secret in text
    assert 'src="data:image/svg+xml;base64,' in text
    assert "<svg" not in text
    response = client.post("/konto/app/", {"code": code(secret)}, follow=True)
    assert response.redirect_chain[-1][0] == "/konto/ersatzcodes/"
    assert len(response.context["unused_codes"]) == 10
    assert client.get("/admin/").status_code == 200
    assert mail.outbox[-1].to == [editor.email]
    assert "An Ihrem Redaktionskonto hat sich etwas geändert" in mail.outbox[-1].body
    assert client.get("/konto/ersatzcodes/datei/").content.decode().split() == response.context["unused_codes"]


def test_a_session_from_before_the_factor_ends_with_it(client, log_in, editor):
    """Who has got hold of the password alone must not keep a way in, let alone to the factor."""
    log_in()
    give_factor(editor)
    assert client.get("/konto/app/entfernen/").status_code == 302
    assert not is_logged_in(client)


def test_a_factor_is_removed_only_by_somebody_who_confirms_who_it_is(client, log_in, editor, clock):
    give_factor(editor)
    log_in()
    client.post("/konto/anmelden/code/", {"code": code()})
    clock(minutes=16)
    response = client.post("/konto/app/entfernen/")
    assert response.url.startswith("/konto/bestaetigen/")
    assert Authenticator.objects.filter(user=editor).exists()
    response = client.post(response.url, {"password": PASSWORD, "next": "/konto/app/entfernen/"}, follow=True)
    assert not Authenticator.objects.filter(user=editor).exists()
    assert client.get("/admin/").url == "/konto/"


def test_only_the_two_accounts_of_the_demo_may_do_without(client, log_in, editor, settings, other_browser):
    assert settings.WITHOUT_SECOND_FACTOR == []
    settings.WITHOUT_SECOND_FACTOR = ["redaktion", "freigabe"]
    User.objects.create_user("redaktion", password=PASSWORD, is_staff=True)
    log_in("redaktion")
    assert client.get("/admin/").status_code == 200
    log_in(browser=other_browser)
    assert other_browser.get("/admin/").url == "/konto/"


def test_the_admins_log_in_is_the_portals(client, log_in, editor):
    response = client.get("/admin/portal/page/", follow=True)
    assert response.redirect_chain[-1][0] == "/konto/anmelden/?next=%2Fadmin%2Fportal%2Fpage%2F"
    assert client.post("/admin/login/", {"username": editor.username, "password": PASSWORD}).status_code == 302
    assert not is_logged_in(client)


def test_who_is_no_editor_is_told_so_and_not_sent_in_circles(client):
    client.force_login(User.objects.create_user("leserin"))
    assert client.get("/admin/", follow=True).status_code == 403


def test_the_log_in_leads_to_no_other_site(client, log_in, editor, settings):
    settings.WITHOUT_SECOND_FACTOR = [editor.username]
    assert log_in(next="https://attacker.example/").url == "/admin/"


def test_an_account_that_is_switched_off_does_not_get_in(client, log_in, editor):
    editor.is_active = False
    editor.save()
    log_in()
    assert not is_logged_in(client)


def test_logging_out_ends_the_session(client, editor):
    client.force_login(editor)
    key = client.session.session_key
    assert client.post("/admin/logout/", follow=True).redirect_chain[-1][0] == "/konto/anmelden/"
    assert not Session.objects.filter(session_key=key).exists()


def test_nobody_can_sign_up(client):
    names = {pattern.name for pattern in get_resolver().url_patterns if hasattr(pattern, "name")}
    assert not {name for name in get_resolver().reverse_dict if isinstance(name, str) and "signup" in name}
    assert "account_signup" not in names
    for path in ("/konto/signup/", "/accounts/signup/", "/en/account/signup/"):
        assert client.get(path).status_code == 404


@pytest.mark.parametrize("kind", ["unknown", "wrong password", "without password", "switched off"])
def test_every_failure_gets_the_same_answer_after_the_same_work(log_in, editor, monkeypatch, kind):
    """One password is hashed, whoever is asked for: neither words nor time tell which accounts there are."""
    if kind == "without password":
        editor.set_unusable_password()
    editor.is_active = kind != "switched off"
    editor.save()
    hashed = []
    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(MD5PasswordHasher, "encode", lambda *args: (hashed.append(args), encode(*args))[1])
    response = log_in("eve@example.org" if kind == "unknown" else editor.username, "falsch geraten")
    assert response.status_code == 200
    assert response.context["form"].errors == {"__all__": [WRONG]}
    assert len(hashed) == 1


def test_a_forgotten_password_gets_the_same_answer_and_a_mail_in_either_case(client, editor):
    pages = []
    for email in ("ada@example.org", "eve@example.org"):
        response = client.post("/konto/passwort/vergessen/", {"email": email}, follow=True)
        pages.append((response.redirect_chain, response.content))
        assert mail.outbox[-1].to == [email]
    assert pages[0] == pages[1]
    known, unknown = mail.outbox
    assert known.subject == unknown.subject
    assert "/konto/passwort/neu/" in known.body
    assert "http" not in unknown.body


def test_a_link_for_a_new_password_works_once_and_asks_for_the_factor(client, editor, other_browser):
    give_factor(editor)
    client.post("/konto/passwort/vergessen/", {"email": editor.email})
    (link,) = (line for line in mail.outbox[-1].body.splitlines() if line.startswith("http"))
    path = link.removeprefix("http://testserver")
    form = client.get(path, follow=True)
    data = {"password1": "vier andere lange Wörter", "password2": "vier andere lange Wörter"}
    response = client.post(form.request["PATH_INFO"], data)
    assert response.url == "/konto/anmelden/code/"
    assert not is_logged_in(client)
    assert "Dieser Link gilt nicht mehr" in other_browser.get(path).content.decode()


# Limits.


def test_after_five_failures_an_address_must_wait_with_this_account(client, log_in, editor, clock):
    for _ in range(5):
        log_in(password="falsch")
    assert log_in().context["form"].errors == {"__all__": [TOO_MANY]}
    clock(minutes=15, seconds=1)
    assert log_in().status_code == 302
    assert is_logged_in(client)


def test_a_stranger_locks_nobody_out_who_comes_from_elsewhere(client, log_in, editor):
    for _ in range(10):
        log_in(password="falsch", address="203.0.113.66")
    assert log_in(address="198.51.100.7").status_code == 302
    assert is_logged_in(client)


def test_an_unknown_account_is_limited_like_a_known_one(log_in):
    for _ in range(5):
        log_in("eve@example.org", "falsch")
    assert log_in("eve@example.org", "falsch").context["form"].errors == {"__all__": [TOO_MANY]}


def test_an_address_that_tries_many_accounts_must_wait(log_in, editor, clock):
    for n in range(30):
        if n == 20:
            clock(minutes=1, seconds=1)  # the pace of log-ins is limited, too
        log_in(f"a{n}@example.org", "falsch")
    assert log_in().context["form"].errors == {"__all__": [TOO_MANY]}


def test_guessing_from_everywhere_locks_an_account_for_15_minutes_only(client, log_in, editor, clock):
    """The attack never stops; the editor gets in after 15 minutes, and stays able to."""

    def attack(n):
        for i in range(60):
            log_in(password="falsch", address=f"203.0.113.{i}" if n % 2 else f"192.0.2.{i}")

    attack(0)
    assert log_in().context["form"].errors == {"__all__": [TOO_MANY]}
    for n in range(1, 4):
        clock(minutes=15, seconds=1)
        attack(n)
        assert log_in().status_code == 302, n
        client.logout()
    clock(minutes=15, seconds=1)
    attack(4)
    assert log_in().context["form"].errors == {"__all__": [TOO_MANY]}


@pytest.mark.parametrize(
    ("proxies", "headers", "locked"),
    [
        (1, ["203.0.113.66", "203.0.113.66"], True),
        (1, ["203.0.113.66", "198.51.100.7"], False),
        (1, ["1.1.1.1, 203.0.113.66", "2.2.2.2, 203.0.113.66"], True),  # what a stranger claims does not count
        (1, ["203.0.113.66, 1.1.1.1", "203.0.113.66, 2.2.2.2"], False),
        (0, ["203.0.113.66", "198.51.100.7"], True),  # the connection's own address, whatever the header says
    ],
)
def test_an_address_is_what_the_one_trusted_proxy_has_seen(log_in, editor, settings, proxies, headers, locked):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    for _ in range(5):
        log_in(password="falsch", address=headers[0])
    assert (log_in(address=headers[1]).status_code == 200) is locked


def test_addresses_are_forgotten_once_they_no_longer_count(log_in, clock):
    def rows():
        with connection.cursor() as cursor:
            cursor.execute("SELECT COUNT(*) FROM portal_cache WHERE cache_key LIKE %s", ["%203.0.113.66%"])
            return cursor.fetchone()[0]

    log_in("eve@example.org", "falsch", address="203.0.113.66")
    assert rows() > 0
    clock(hours=1, seconds=1)
    log_in("mallory@example.org", "falsch", address="198.51.100.7")
    assert rows() == 0


def test_codes_are_limited_too(client, log_in, editor):
    give_factor(editor)
    log_in()
    for _ in range(5):
        client.post("/konto/anmelden/code/", {"code": "000000"})
    from django.core.cache import cache

    kept = cache.clear
    cache.clear = lambda: None
    try:
        client.post("/konto/anmelden/code/", {"code": code()})
    finally:
        cache.clear = kept
    assert not is_logged_in(client)


# Public pages.


def test_the_log_in_costs_public_pages_nothing(client):
    """Whoever reads, with or without a cookie: no session, no account, no limit is looked up."""
    make_world()
    client.cookies["sessionid"] = "x" * 32
    asked = Counter()
    for address in addresses():
        with CaptureQueriesContext(connection) as queries:
            response, _text = visit(client, address)
        assert not response.cookies, address
        asked.update(query["sql"] for query in queries)
    tables = ("django_session", "portal_user", "portal_cache", "account_", "mfa_", "socialaccount_")
    assert asked
    assert [sql for sql in asked if any(table in sql for table in tables)] == []


def test_every_page_of_the_account_is_kept_by_nobody_and_found_by_no_search_engine(client, log_in, editor):
    log_in()
    for name in ("mfa_index", "account_change_password", "mfa_activate_totp", "mfa_add_webauthn", "account_logout"):
        response = client.get(reverse(name))
        assert response.status_code == 200, name
        assert {"private", "no-store"} <= set(response.headers["Cache-Control"].split(", "))
        assert '<meta name="robots" content="noindex">' in response.content.decode()
