import ast
import re
import runpy
from pathlib import Path

import pytest
from django.conf import settings as configured
from django.core.checks import run_checks
from django.core.exceptions import BadRequest, ImproperlyConfigured, PermissionDenied
from django.test import Client
from django.urls import get_resolver, path
from django.views.generic import TemplateView

from portal import checks
from portal.site.management.commands import demo
from portal.site.release_views import CACHED
from recommendations.models import Recommendation
from tests.factories import make_recommendation
from tests.site.world import addresses, body, make_world, preview_address, visit

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; connect-src 'self'; form-action 'self'; "
    "img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


@pytest.fixture
def static_root(tmp_path, settings):
    """A collected static file, as WhiteNoise serves it in production."""
    (tmp_path / "site.0123456789ab.css").write_text("body { margin: 0 }")
    settings.STATIC_ROOT = tmp_path


def fail(request):
    raise RuntimeError("meant")


def refuse(request):
    raise PermissionDenied


def misunderstand(request):
    raise BadRequest


@pytest.fixture
def broken_addresses(monkeypatch):
    broken = [("kaputt/", fail), ("verboten/", refuse), ("unlesbar/", misunderstand)]
    patterns = [path(prefix + address, view) for address, view in broken for prefix in ("", "en/")]
    monkeypatch.setattr(get_resolver(), "url_patterns", [*patterns, *get_resolver().url_patterns])


RESPONSES = [
    ("/", 200),
    ("/en/recommendations/", 200),
    ("/empfehlungen/bauen/", 200),
    ("/static/site.0123456789ab.css", 200),
    ("/static/gibt-es-nicht.css", 404),
    ("/gibt-es-nicht/", 404),
    ("/en/no-such-page/", 404),
    ("/empfehlungen/?q=%00", 400),
    ("/unlesbar/", 400),
    ("/verboten/", 403),
    ("/kaputt/", 500),
    ("/daten/recommendations.csv", 200),
    ("/daten/recommendations.xlsx", 200),
    ("/empfehlungen", 301),
    ("/favicon.ico", 302),
    ("/robots.txt", 200),
    ("/livez", 200),
    ("/admin/", 302),
    ("/admin/login/", 302),
    ("/konto/anmelden/", 200),
    ("/en/account/log-in/", 200),
    ("/konto/", 302),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("address", "status"), RESPONSES)
def test_every_kind_of_answer_carries_the_whole_policy(static_root, broken_addresses, address, status):
    make_world()
    response, _text = visit(Client(raise_request_exception=False), address)
    assert response.status_code == status
    assert {name: response.headers.get(name) for name in HEADERS} == HEADERS


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["foreign host", "form without token", "preview", "maintenance"])
def test_rarer_answers_carry_it_too(settings, kind):
    client = Client(raise_request_exception=False, enforce_csrf_checks=True)
    if kind == "foreign host":
        response, status = client.get("/", headers={"host": "attacker.example"}), 400
    elif kind == "form without token":
        response, status = client.post("/konto/anmelden/", {"login": "x"}), 403
    elif kind == "preview":
        response, status = client.get(preview_address("recommendations", make_recommendation(status="draft"))), 200
    else:
        settings.MAINTENANCE = True
        response, status = client.get("/"), 503
    assert response.status_code == status
    assert response.headers["Content-Security-Policy"] == CSP


@pytest.mark.django_db
def test_an_error_page_says_nothing_of_what_went_wrong(broken_addresses):
    client = Client(raise_request_exception=False)
    for address in ("/kaputt/", "/verboten/", "/unlesbar/"):
        text = body(client.get(address))
        assert "RuntimeError" not in text
        assert "meant" not in text
        assert '<html lang="de">' in text


@pytest.mark.django_db
@pytest.mark.parametrize(("prefix", "lang", "home"), [("", "de", "/"), ("en/", "en", "/en/")])
def test_an_error_page_leads_to_the_home_page_in_the_language_of_the_address(broken_addresses, prefix, lang, home):
    client = Client(raise_request_exception=False)
    for address in ("kaputt/", "verboten/", "unlesbar/"):
        text = body(client.get(f"/{prefix}{address}"))
        assert f'<html lang="{lang}">' in text
        assert f'<p><a class="kern-link" href="{home}">' in text


def test_a_request_that_is_refused_before_its_language_is_known_is_answered_in_german(client):
    response = client.get("/en/recommendations/?q=%00")
    assert response.status_code == 400
    assert '<html lang="de">' in body(response)
    assert 'href="/"' in body(response)


@pytest.mark.django_db
def test_an_expired_form_is_told_apart_from_a_page_one_may_not_see():
    response = Client(enforce_csrf_checks=True).post("/konto/anmelden/", {"login": "x"})
    assert response.status_code == 403
    assert "Das Formular ist abgelaufen" in body(response)
    assert "style" not in re.sub(r"<link[^>]*>", "", body(response))


@pytest.mark.django_db
def test_during_maintenance_readers_are_told_to_come_back_and_health_checks_answer(settings, client):
    settings.MAINTENANCE = True
    for address in ("/", "/en/recommendations/", "/daten/recommendations.csv"):
        response = client.get(address)
        assert response.status_code == 503
        assert int(response.headers["Retry-After"]) > 0
    assert client.get("/livez").status_code == 200
    assert client.get("/readyz").status_code == 200
    assert client.get("/konto/anmelden/").status_code == 200  # editors may go on


@pytest.mark.django_db
def test_no_public_page_sets_a_cookie_or_depends_on_one(client):
    make_world()
    client.cookies["sessionid"] = "x" * 32
    client.cookies["csrftoken"] = "y" * 32
    for address in addresses():
        response, text = visit(client, address)
        assert not response.cookies, address
        assert "Set-Cookie" not in response.headers
        assert "cookie" not in response.headers.get("Vary", "").lower(), address
        assert "csrfmiddlewaretoken" not in text, address


@pytest.mark.django_db
def test_no_page_loads_anything_from_elsewhere_or_has_code_or_style_of_its_own(client):
    make_world()
    for address in addresses():
        response, text = visit(client, address)
        if response.headers["Content-Type"].startswith("text/html"):
            loaded = re.findall(r'<(?:script|img|iframe|source|video|audio|embed)\b[^>]*\bsrc="([^"]*)"', text)
            loaded += re.findall(r'<link\b(?![^>]*(?:canonical|alternate))[^>]*\bhref="([^"]*)"', text)
            loaded += re.findall(r'<form\b[^>]*\baction="([^"]*)"', text)
            assert [url for url in loaded if not url.startswith("/") or url.startswith("//")] == [], address
            assert not checks.INLINE.search(text), address


@pytest.mark.django_db
def test_public_answers_may_be_kept_only_if_asked_for_again_and_the_admin_not_at_all(client):
    make_world()
    for address in addresses():
        # A picture never changes under its name; what shared caches don't keep is withdrawn at once.
        kept = "private, max-age=31536000, immutable" if address.startswith("/bilder/") else "public, no-cache"
        if re.match(r"/daten/releases/1/.*\.(csv|jsonl|zip)", address):
            kept = CACHED
        assert visit(client, address)[0].headers["Cache-Control"] == kept, address
    for address in ("/admin/", "/admin/login/", "/konto/", "/konto/anmelden/", "/en/account/log-in/"):
        assert {"private", "no-store"} <= set(client.get(address).headers["Cache-Control"].split(", "))


# The settings, read anew from an environment of the test's own.
SETTINGS = Path(configured.BASE_DIR, "portal", "settings.py")
NAMES = ("DEBUG", "DEMO", "SECRET_KEY", "ALLOWED_HOSTS", "DATA_DIR", "DATABASE_URL", "HTTPS", "MAINTENANCE", "SITE_ADDRESS",
         "DATABASE_POOL", "CSRF_TRUSTED_ORIGINS", "DEFAULT_FROM_EMAIL", "SMTP_HOST", "SMTP_PORT", "SMTP_SECURITY", "SMTP_USER",
         "SMTP_PASSWORD", "TRUSTED_PROXIES", "OIDC_NAME", "OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_SECRET",
         "PUBLISHER", "PUBLISHER_EMAIL", "CONTRIBUTOR_ID")  # fmt: skip
PRODUCTION = {
    "SECRET_KEY": "a long random text",
    "ALLOWED_HOSTS": "portal.example, www.portal.example",
    "DATABASE_URL": "postgresql://portal@db/portal?sslmode=verify-full",
}


@pytest.fixture
def read_settings(monkeypatch):
    def read(**environment):
        for name in NAMES:
            monkeypatch.delenv(name, raising=False)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(SETTINGS), run_name="portal.settings_under_test")

    return read


def without(name):
    return {key: value for key, value in PRODUCTION.items() if key != name}


DEMO = {"DEMO": "true", "SECRET_KEY": "x"}
MAIL = {"SMTP_HOST": "mail.portal.example", "DEFAULT_FROM_EMAIL": "portal@portal.example"}


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({}, "SECRET_KEY"),
        (without("SECRET_KEY"), "SECRET_KEY"),
        ({**PRODUCTION, "SECRET_KEY": ""}, "SECRET_KEY"),
        (without("ALLOWED_HOSTS"), "ALLOWED_HOSTS"),
        ({**PRODUCTION, "ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS"),
        ({**PRODUCTION, "ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS"),
        ({**PRODUCTION, "ALLOWED_HOSTS": "portal.example,*"}, "ALLOWED_HOSTS"),
        (without("DATABASE_URL"), "DATABASE_URL"),
        ({**PRODUCTION, "ALLOWED_HOSTS": ".portal.example"}, "SITE_ADDRESS"),
        ({"DEBUG": "true", **DEMO}, "DEBUG and DEMO"),
        ({"DEMO": "true"}, "SECRET_KEY"),
        ({**DEMO, "DATABASE_URL": "postgresql://portal@db/portal"}, "DATABASE_URL"),
        ({**DEMO, "DATABASE_URL": "sqlite:////elsewhere/portal.sqlite3"}, "DATABASE_URL"),
        ({**DEMO, "HTTPS": "true"}, "HTTPS"),
        ({**DEMO, "ALLOWED_HOSTS": "portal.example"}, "ALLOWED_HOSTS"),
        ({**DEMO, "ALLOWED_HOSTS": "127.0.0.1,portal.example"}, "ALLOWED_HOSTS"),
        ({**DEMO, "ALLOWED_HOSTS": "0.0.0.0"}, "ALLOWED_HOSTS"),
        ({**DEMO, **MAIL}, "SMTP_HOST"),
        ({**PRODUCTION, **MAIL, "DEFAULT_FROM_EMAIL": ""}, "DEFAULT_FROM_EMAIL"),
        ({**PRODUCTION, **MAIL, "SMTP_SECURITY": "none", "SMTP_USER": "portal"}, "SMTP_SECURITY"),
        ({**PRODUCTION, "TRUSTED_PROXIES": "2"}, "TRUSTED_PROXIES"),
        ({**PRODUCTION, "OIDC_NAME": "Stadt", "OIDC_ISSUER": "https://login.example"}, "OIDC_CLIENT_ID, OIDC_SECRET"),
    ],
)
def test_the_process_refuses_to_start_with_unsafe_settings_and_names_them(read_settings, environment, named):
    with pytest.raises(ImproperlyConfigured, match=named):
        read_settings(**environment)


@pytest.mark.parametrize(
    ("name", "value"),
    [("PUBLISHER_EMAIL", "Redaktion"), ("PUBLISHER_EMAIL", "a@b c"), ("CONTRIBUTOR_ID", "musterstadt"),
     ("CONTRIBUTOR_ID", "https://portal.example/musterstadt")],
)  # fmt: skip
def test_a_publisher_that_the_catalogue_could_not_name_is_refused(read_settings, name, value):
    with pytest.raises(ImproperlyConfigured, match=name):
        read_settings(**PRODUCTION, **{name: value})


@pytest.mark.parametrize("name", ["DEBUG", "DEMO", "HTTPS", "MAINTENANCE"])
def test_a_switch_that_is_neither_on_nor_off_is_refused(read_settings, name):
    with pytest.raises(Exception, match=name):
        read_settings(**PRODUCTION, **{name: "vielleicht"})


@pytest.mark.parametrize(
    ("environment", "debug", "https"),
    [
        (PRODUCTION, False, True),
        ({**PRODUCTION, "HTTPS": "true"}, False, True),
        ({**PRODUCTION, "HTTPS": "false"}, False, False),
        (DEMO, False, False),
        ({"DEBUG": "true"}, True, False),
        ({"DEBUG": "true", "HTTPS": "true"}, True, True),
    ],
)
def test_one_switch_drives_cookies_redirect_and_strict_transport(read_settings, environment, debug, https):
    read = read_settings(**environment)
    assert read["DEBUG"] is debug
    for name in ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_SSL_REDIRECT", "SECURE_HSTS_PRELOAD",
                 "SECURE_HSTS_INCLUDE_SUBDOMAINS"):  # fmt: skip
        assert read[name] is https
    assert bool(read["SECURE_HSTS_SECONDS"]) is https
    assert bool(read["SECURE_PROXY_SSL_HEADER"]) is https
    assert read["SITE_ADDRESS"].startswith("https://" if https else "http://")


@pytest.mark.parametrize(
    ("environment", "proxies"),
    [(PRODUCTION, 1), ({**PRODUCTION, "TRUSTED_PROXIES": "0"}, 0), (DEMO, 0), ({"DEBUG": "true"}, 0)],
)
def test_one_proxy_is_trusted_in_production_and_none_on_ones_own_machine(read_settings, environment, proxies):
    assert read_settings(**environment)["ALLAUTH_TRUSTED_PROXY_COUNT"] == proxies


def test_only_the_demos_own_accounts_may_do_without_a_second_factor(read_settings):
    assert set(read_settings(**DEMO)["WITHOUT_SECOND_FACTOR"]) == set(demo.ACCOUNTS)
    for environment in (PRODUCTION, {"DEBUG": "true"}):
        assert read_settings(**environment)["WITHOUT_SECOND_FACTOR"] == []


def test_production_keeps_its_data_where_it_is_told(read_settings, tmp_path):
    read = read_settings(**without("DATABASE_URL"), DATA_DIR=str(tmp_path))
    assert Path(read["DATABASES"]["default"]["NAME"]) == tmp_path / "portal.sqlite3"
    assert read["MEDIA_ROOT"] == tmp_path / "media"
    read = read_settings(**PRODUCTION)
    assert read["ALLOWED_HOSTS"] == ["portal.example", "www.portal.example"]
    assert read["DATABASES"]["default"]["OPTIONS"]["sslmode"] == "verify-full"
    assert read["DATABASES"]["default"]["CONN_HEALTH_CHECKS"]
    assert read["DATABASES"]["default"]["ENGINE"] == "django.db.backends.postgresql"
    assert read["DATABASES"]["default"]["OPTIONS"]["pool"]["timeout"] == 2


@pytest.mark.parametrize(
    ("environment", "port", "tls", "ssl"),
    [
        ({}, 587, True, False),
        ({"SMTP_SECURITY": "starttls"}, 587, True, False),
        ({"SMTP_SECURITY": "tls"}, 465, False, True),
        ({"SMTP_SECURITY": "none"}, 25, False, False),
        ({"SMTP_PORT": "2525"}, 2525, True, False),
    ],
)
def test_mail_goes_through_the_outbox_to_a_server_that_is_encrypted_unless_told_otherwise(
    read_settings, environment, port, tls, ssl
):
    mailers = read_settings(**PRODUCTION, **MAIL, **environment)["MAILERS"]
    assert mailers["default"] == {"BACKEND": "portal.mail.OutboxBackend"}
    options = mailers["smtp"]["OPTIONS"]
    assert (options["host"], options["port"], options["use_tls"], options["use_ssl"]) == (
        "mail.portal.example",
        port,
        tls,
        ssl,
    )


def test_an_unknown_way_to_secure_mail_is_refused(read_settings):
    with pytest.raises(Exception, match="SMTP_SECURITY"):
        read_settings(**PRODUCTION, **MAIL, SMTP_SECURITY="ssl")


@pytest.mark.parametrize("environment", [PRODUCTION, DEMO, {"DEBUG": "true"}])
def test_without_a_mail_server_there_is_an_outbox_only(read_settings, environment):
    assert set(read_settings(**environment)["MAILERS"]) == {"default"}


def test_the_check_for_production_misses_a_publisher(db, settings):
    assert "portal.W004" in [problem.id for problem in run_checks(include_deployment_checks=True)]
    settings.PUBLISHER = "Stadt Musterstadt"
    assert "portal.W004" not in [problem.id for problem in run_checks(include_deployment_checks=True)]


def test_the_check_for_production_misses_a_mail_server(db, settings):
    settings.MAILERS = {"default": {"BACKEND": "portal.mail.OutboxBackend"}}
    assert "portal.W003" in [problem.id for problem in run_checks(include_deployment_checks=True)]
    settings.MAILERS |= {"smtp": {"OPTIONS": {"host": "mail.portal.example"}}}
    assert "portal.W003" not in [problem.id for problem in run_checks(include_deployment_checks=True)]


def test_a_demo_answers_on_this_machine_only(read_settings):
    assert set(read_settings(**DEMO)["ALLOWED_HOSTS"]) == {"127.0.0.1", "localhost", "[::1]"}


@pytest.mark.django_db
def test_with_https_a_plain_request_is_sent_to_the_safe_address_and_health_checks_are_not(settings, client):
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_HSTS_SECONDS = 3600
    response = client.get("/empfehlungen/?q=a")
    assert (response.status_code, response.headers["Location"]) == (301, "https://testserver/empfehlungen/?q=a")
    assert response.headers["Content-Security-Policy"] == CSP
    assert client.get("/livez").status_code == 200
    assert "max-age=3600" in client.get("/robots.txt", secure=True).headers["Strict-Transport-Security"]


# What may import what.
APPS = ("municipalities", "recommendations")
MAY_IMPORT = {"portal": set(), "municipalities": {"portal"}, "recommendations": {"portal", "municipalities"},
              "portal.site": {"portal", "municipalities", "recommendations"}}  # fmt: skip


def imports(source):
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def wrong_imports(folder, root):
    """(file, what it imports) of each import against the direction."""
    for file in sorted((root / folder).rglob("*.py")):
        parts = file.relative_to(root).parts
        package = "portal.site" if parts[:2] == ("portal", "site") else parts[0]
        for name in imports(file.read_text()):
            to = "portal.site" if (name + ".").startswith("portal.site.") else name.split(".")[0]
            if to in ("portal", "portal.site", *APPS) and to not in {package, *MAY_IMPORT[package]}:
                yield "/".join(parts), name


def test_imports_run_one_way():
    root = Path(configured.BASE_DIR)
    found = [wrong for folder in ("portal", *APPS) for wrong in wrong_imports(folder, root)]
    assert found == []


def test_an_import_against_the_direction_is_noticed(tmp_path):
    for file, text in {
        "portal/index.py": "from recommendations.models import Source",
        "portal/views.py": "def view():\n    import municipalities.models",
        "portal/site/urls.py": "import recommendations, municipalities\nfrom portal import views",
        "municipalities/views.py": "from recommendations import filters",
        "recommendations/views/a.py": "from portal.site import urls",
        "recommendations/filters.py": "from municipalities.models import State",
    }.items():
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(text)
    found = {file for folder in ("portal", *APPS) for file, _name in wrong_imports(folder, tmp_path)}
    assert found == {"portal/index.py", "portal/views.py", "municipalities/views.py", "recommendations/views/a.py"}


# What `manage.py check` refuses.
@pytest.mark.parametrize(
    ("template", "refused"),
    [
        ("<p>Text</p>", False),
        ('<script src="/static/site.js" defer></script>', False),
        ('<p data-style="x" class="style=">onclick=</p>', False),
        ("<script>alert(1)</script>", True),
        ("<SCRIPT type='module'>x</SCRIPT>", True),
        ('<script type="application/ld+json">{}</script>', False),
        ('<script type="application/ld+json" id="x">{}</script>', True),  # none but the plain one is known to be data
        ("<style>p { margin: 0 }</style>", True),
        ('<p style="margin: 0">', True),
        ("<p\nstyle='margin: 0'>", True),
        ('<button onclick="go()">', True),
        ('<body onload="go()">', True),
    ],
)
def test_the_check_refuses_inline_code_and_style_in_a_template(settings, tmp_path, template, refused):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "page.html").write_text(f"<!doctype html>\n{template}\n")
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    found = [problem for problem in run_checks() if problem.id == "portal.E001"]
    assert bool(found) is refused
    if refused:
        assert "page.html:" in found[0].msg


@pytest.mark.django_db
def test_the_check_refuses_a_list_whose_clock_is_frozen(monkeypatch):
    class FrozenView(TemplateView):
        queryset = Recommendation.objects.visible()

    class LivingView(TemplateView):
        queryset = None

    patterns = [path("a/", FrozenView.as_view()), path("b/", LivingView.as_view())]
    monkeypatch.setattr(get_resolver(), "url_patterns", [*patterns, *get_resolver().url_patterns])
    found = [problem for problem in run_checks() if problem.id == "portal.E002"]
    assert len(found) == 1
    assert "FrozenView.queryset" in found[0].msg


@pytest.mark.django_db
def test_the_project_itself_passes_all_checks():
    assert run_checks() == []
