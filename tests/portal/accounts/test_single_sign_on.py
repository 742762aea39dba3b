"""Log-in through the operator's directory: off unless set, for invited accounts only, by verified address only."""

from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.core.management import call_command

from portal.models import User
from tests.portal.accounts import code, give_factor

ISSUER = "https://login.example"


class Directory:
    """Answers like an OpenID provider; `claims` are what it says of the person."""

    claims = {}

    def __enter__(self):
        return self

    def __exit__(self, *args):
        pass

    def answer(self, content):
        import requests

        response = requests.Response()
        response.status_code = 200
        response.json = lambda: content
        response.headers["content-type"] = "application/json"
        return response

    def get(self, url, **kwargs):
        if url.endswith("openid-configuration"):
            return self.answer(
                {
                    "issuer": ISSUER,
                    "authorization_endpoint": f"{ISSUER}/authorize",
                    "token_endpoint": f"{ISSUER}/token",
                    "userinfo_endpoint": f"{ISSUER}/userinfo",
                }
            )
        return self.answer(self.claims)

    def request(self, method, url, **kwargs):
        return self.answer({"access_token": "token", "token_type": "Bearer"})


@pytest.fixture
def directory(settings, monkeypatch):
    app = {
        "provider_id": "sso",
        "name": "Stadt",
        "client_id": "portal",
        "secret": "x",
        "settings": {"server_url": ISSUER},
    }
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}
    settings.OIDC = {"NAME": "Stadt"}
    directory = Directory()
    monkeypatch.setattr(DefaultSocialAccountAdapter, "get_requests_session", lambda self: directory)
    return directory


def come_back(client, directory, **claims):
    """Follows the link of the log-in page to the directory and comes back with what it claims."""
    directory.claims = {"sub": "4711", **claims}
    asked = urlsplit(client.get("/konto/sso/sso/?next=/admin/portal/page/").url)
    query = parse_qs(asked.query)
    assert f"{asked.scheme}://{asked.netloc}{asked.path}" == f"{ISSUER}/authorize"
    assert query["redirect_uri"] == ["http://testserver/konto/sso/sso/zurueck/"]
    assert query["code_challenge_method"] == ["S256"]
    return client.get("/konto/sso/sso/zurueck/", {"code": "c", "state": query["state"][0]})


def test_it_is_off_by_default(client, db, settings):
    assert settings.OIDC["NAME"] == ""
    assert client.get("/konto/sso/sso/").status_code == 404
    assert "/konto/sso/" not in client.get("/konto/anmelden/").content.decode()


def test_an_invited_account_gets_in_with_its_factor(client, directory):
    call_command("invite_editor", "grace@example.org", "--role", "Redaktion", verbosity=0)
    give_factor(User.objects.get())
    assert "Mit Stadt anmelden" in client.get("/konto/anmelden/").content.decode()
    response = come_back(client, directory, email="grace@example.org", email_verified=True)
    assert response.url == "/konto/anmelden/code/"
    assert client.post(response.url, {"code": code()}).url == "/admin/portal/page/"


def test_without_a_factor_it_opens_no_staff_page(client, directory):
    call_command("invite_editor", "grace@example.org", "--role", "Redaktion", verbosity=0)
    come_back(client, directory, email="grace@example.org", email_verified=True)
    assert client.get("/admin/").url == "/konto/"


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "eve@example.org", "email_verified": True},
        {"email": "grace@example.org", "email_verified": False},
        {"email": "grace@example.org", "email_verified": "false"},
        {"email": "grace@example.org"},
        {},
    ],
)
def test_nobody_else_gets_in_and_no_account_is_made(client, directory, claims):
    call_command("invite_editor", "grace@example.org", "--role", "Redaktion", verbosity=0)
    response = come_back(client, directory, **claims)
    assert "Für Sie gibt es hier kein Konto" in response.content.decode()
    assert "_auth_user_id" not in client.session
    assert User.objects.count() == 1
