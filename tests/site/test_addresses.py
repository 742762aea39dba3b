"""The table of addresses is permanent: people have bookmarked, printed and cited them."""

import re

import pytest
from django.urls import resolve, reverse
from django.utils import translation

from municipalities.models import Municipality
from recommendations.models import Challenge, PracticeExample, Recommendation
from tests.factories import make_recommendation
from tests.site.world import addresses, body, make_world, visit

ADDRESSES = [  # name, arguments, German, English
    ("home", {}, "/", "/en/"),
    ("recommendation_list", {}, "/empfehlungen/", "/en/recommendations/"),
    ("recommendation_detail", {"slug": "a-b"}, "/empfehlungen/a-b/", "/en/recommendations/a-b/"),
    ("practice_example_list", {}, "/praxisbeispiele/", "/en/practice-examples/"),
    ("practice_example_detail", {"slug": "a-b"}, "/praxisbeispiele/a-b/", "/en/practice-examples/a-b/"),
    ("map", {}, "/karte/", "/en/map/"),
    ("challenge_list", {}, "/herausforderungen/", "/en/challenges/"),
    ("challenge_detail", {"slug": "a-b"}, "/herausforderungen/a-b/", "/en/challenges/a-b/"),
    ("municipality_list", {}, "/kommunen/", "/en/municipalities/"),
    ("municipality_detail", {"key": "05962004"}, "/kommunen/05962004/", "/en/municipalities/05962004/"),
    ("glossary", {}, "/glossar/", "/en/glossary/"),
    ("suggestions", {}, "/vorschlaege/", "/en/suggestions/"),
    ("choose_municipality", {}, "/kommune-waehlen/", "/en/choose-municipality/"),
    ("feedback", {}, "/hinweis/", "/en/feedback/"),
    ("data", {}, "/daten/", "/en/data/"),
    ("release_list", {}, "/daten/releases/", "/en/data/releases/"),
    ("release", {"number": 3}, "/daten/releases/3/", "/en/data/releases/3/"),
    (
        "release_table",
        {"number": 3, "name": "recommendations"},
        "/daten/releases/3/recommendations/",
        "/en/data/releases/3/recommendations/",
    ),
    ("package", {}, *["/daten/paket.zip"] * 2),
    ("release_package", {"number": 3}, *["/daten/releases/3/paket.zip"] * 2),
    (
        "release_file",
        {"number": 3, "name": "recommendations", "extension": "csv"},
        *["/daten/releases/3/recommendations.csv"] * 2,
    ),
    ("release_citation", {"number": 3, "extension": "bib"}, *["/daten/releases/3/zitat.bib"] * 2),
    (
        "release_citation",
        {"number": 3, "name": "recommendations", "extension": "csl.json"},
        *["/daten/releases/3/recommendations/zitat.csl.json"] * 2,
    ),
    ("codebook", {}, "/daten/codebuch/", "/en/data/code-book/"),
    ("about", {}, "/ueber/", "/en/about/"),
    ("imprint", {}, "/impressum/", "/en/imprint/"),
    ("privacy", {}, "/datenschutz/", "/en/privacy/"),
    ("accessibility", {}, "/barrierefreiheit/", "/en/accessibility/"),
    ("preview", {"token": "t0k:en"}, "/vorschau/t0k:en/", "/en/preview/t0k:en/"),
    ("table", {"name": "recommendations", "extension": "csv"}, *["/daten/recommendations.csv"] * 2),
    ("table", {"name": "practice-examples", "extension": "xlsx"}, *["/daten/practice-examples.xlsx"] * 2),
    (
        "citation",
        {"table": "recommendations", "name": "E001", "extension": "bib"},
        *["/daten/recommendations/E001.bib"] * 2,
    ),
    (
        "citation",
        {"table": "practice-examples", "name": "P001", "extension": "ris"},
        *["/daten/practice-examples/P001.ris"] * 2,
    ),
    (
        "citation",
        {"table": "challenges", "name": "a-b", "extension": "csl.json"},
        *["/daten/challenges/a-b.csl.json"] * 2,
    ),
    ("citation", {"table": "sources", "name": "a-b", "extension": "txt"}, *["/daten/sources/a-b.txt"] * 2),
    ("portal_citation", {"extension": "csl.json"}, *["/daten/zitat.csl.json"] * 2),
    ("catalogue", {"extension": "ttl"}, *["/katalog.ttl"] * 2),
    ("catalogue", {"extension": "rdf"}, *["/katalog.rdf"] * 2),
    ("catalogue", {"extension": "jsonld"}, *["/katalog.jsonld"] * 2),
    ("picture", {"reference": "0a1b-1280x853", "size": 480}, *["/bilder/0a1b-1280x853-480.jpg"] * 2),
    ("feed", {"name": "empfehlungen"}, *["/feeds/empfehlungen.atom"] * 2),
    ("feed", {"name": "praxisbeispiele"}, *["/feeds/praxisbeispiele.atom"] * 2),
    ("feed", {"name": "herausforderungen"}, *["/feeds/herausforderungen.atom"] * 2),
    ("sitemap", {}, "/sitemap.xml", "/sitemap.xml"),
    ("api:start", {}, *["/api/v1/"] * 2),
    ("api:docs", {}, *["/api/v1/docs"] * 2),
    ("api:openapi", {}, *["/api/v1/openapi.json"] * 2),
    ("api:recommendations-list", {}, *["/api/v1/recommendations/"] * 2),
    ("api:recommendations-facets", {}, *["/api/v1/recommendations/facets/"] * 2),
    ("api:recommendations-record", {"key": "E001"}, *["/api/v1/recommendations/E001/"] * 2),
    ("api:practice-examples-record", {"key": "a-b"}, *["/api/v1/practice-examples/a-b/"] * 2),
    ("api:challenges-list", {}, *["/api/v1/challenges/"] * 2),
    ("api:municipalities-record", {"key": "05962004"}, *["/api/v1/municipalities/05962004/"] * 2),
    ("api:sources-list", {}, *["/api/v1/sources/"] * 2),
    ("api:target-groups-list", {}, *["/api/v1/target-groups/"] * 2),
    ("api:glossary-list", {}, *["/api/v1/glossary/"] * 2),
    ("livez", {}, "/livez", "/livez"),
    ("readyz", {}, "/readyz", "/readyz"),
    ("robots", {}, "/robots.txt", "/robots.txt"),
    ("admin:index", {}, "/admin/", "/admin/"),
    ("admin:picture", {"reference": "0a1b-1280x853", "size": 480}, *["/admin/bild/0a1b-1280x853-480.jpg"] * 2),
    ("admin:handbook", {}, "/admin/handbuch/", "/admin/handbuch/"),
    ("admin:import_index", {}, "/admin/import/", "/admin/import/"),
    ("admin:import_upload", {"name": "sources"}, *["/admin/import/sources/"] * 2),
    ("admin:import_review", {"name": "sources", "token": "t0k-en"}, *["/admin/import/sources/t0k-en/"] * 2),
    ("admin:municipalities_municipality_register", {}, *["/admin/municipalities/municipality/register/"] * 2),
    # The editors' accounts: their directory and their mails know these.
    ("openid_connect_callback", {"provider_id": "sso"}, *["/konto/sso/sso/zurueck/"] * 2),
    ("account_login", {}, "/konto/anmelden/", "/en/account/log-in/"),
    ("account_reset_password", {}, "/konto/passwort/vergessen/", "/en/account/password/forgotten/"),
    (
        "account_reset_password_from_key",
        {"uidb36": "a", "key": "b-c"},
        "/konto/passwort/neu/a/b-c/",
        "/en/account/password/new/a/b-c/",
    ),
]
TWO_LANGUAGES = [row for row in ADDRESSES if row[2] != row[3]]


@pytest.mark.parametrize(("name", "arguments", "german", "english"), ADDRESSES)
def test_the_table_of_addresses(name, arguments, german, english):
    for lang, path in (("de", german), ("en", english)):
        with translation.override(lang):
            assert reverse(name, kwargs=arguments) == path
            match = resolve(path)
            assert match.view_name == name
            assert match.kwargs.items() >= arguments.items()


@pytest.fixture
def world(db):
    make_world()


def test_a_record_knows_its_address_in_both_languages(world):
    paths = {
        Recommendation.objects.get(slug="bauen"): ("/empfehlungen/bauen/", "/en/recommendations/bauen/"),
        PracticeExample.objects.get(slug="lotsen"): ("/praxisbeispiele/lotsen/", "/en/practice-examples/lotsen/"),
        Challenge.objects.get(slug="wohnraum"): ("/herausforderungen/wohnraum/", "/en/challenges/wohnraum/"),
        Municipality.objects.get(name="Altena"): ("/kommunen/05962004/", "/en/municipalities/05962004/"),
    }
    for record, (german, english) in paths.items():
        with translation.override("de"):
            assert record.get_absolute_url() == german
        with translation.override("en"):
            assert record.get_absolute_url() == english


@pytest.mark.parametrize(
    "path", ["/recommendations/", "/en/empfehlungen/", "/de/empfehlungen/", "/en/daten/recommendations.csv"]
)
def test_an_address_of_one_language_does_not_answer_in_the_other(world, client, path):
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/empfehlungen", "/en/recommendations", "/empfehlungen/bauen", "/en"])
def test_a_forgotten_slash_is_added(world, client, path):
    response = client.get(path + "?challenge=wohnraum")
    assert response.status_code == 301
    assert response.headers["Location"] == path + "/?challenge=wohnraum"


@pytest.mark.parametrize(
    "hint", [{"HTTP_ACCEPT_LANGUAGE": "en"}, {"HTTP_ACCEPT_LANGUAGE": "de"}, {"HTTP_COOKIE": "django_language=en"}]
)
def test_the_address_alone_decides_the_language(world, client, hint):
    for address in addresses():
        response, text = visit(client, address, **hint)
        chooses = address.startswith("/api/") or not address.split("?")[0].endswith("/")
        is_english = address.startswith("/en/") or (chooses and "lang=en" in address)
        lang = "en" if is_english else "de"
        assert response.headers["Content-Language"] == lang
        vary = response.headers.get("Vary", "").lower()
        assert "accept-language" not in vary
        assert "cookie" not in vary
        if response.headers["Content-Type"].startswith("text/html") and response.status_code == 200:
            assert f'<html lang="{lang}">' in text


def test_an_english_label_of_one_request_does_not_stay_for_the_next(world, client):
    first = body(client.get("/empfehlungen/"))
    visit(client, "/en/recommendations/")
    visit(client, "/daten/recommendations.csv?lang=en")
    assert body(client.get("/empfehlungen/")) == first


@pytest.mark.parametrize(
    ("name", "arguments", "german", "english"),
    [row for row in TWO_LANGUAGES if not row[1] and "account" not in row[0] and row[0] != "suggestions"],
)
@pytest.mark.parametrize("query", ["", "?challenge=wohnraum&q=%C3%A4&page=1"])
def test_the_language_switch_leads_to_the_same_page_with_the_same_choices(
    world, client, name, arguments, german, english, query
):
    for here, there, lang in ((german, english, "en"), (english, german, "de")):
        response = client.get(here + query)
        assert response.status_code == 200
        languages = {language["code"]: language for language in response.context["languages"]}
        assert languages[lang]["url"] == there + query
        assert [code for code, language in languages.items() if language["current"]] == [{"en": "de", "de": "en"}[lang]]
        href = (there + query).replace("&", "&amp;")
        (link,) = (tag for tag in re.findall(r"<a\b[^>]*>", body(response)) if f'hreflang="{lang}"' in tag)
        assert f'href="{href}"' in link
        assert f'lang="{lang}"' in link


@pytest.mark.parametrize(
    ("german", "english"),
    [
        ("/empfehlungen/bauen/", "/en/recommendations/bauen/"),
        ("/praxisbeispiele/lotsen/", "/en/practice-examples/lotsen/"),
        ("/herausforderungen/wohnraum/", "/en/challenges/wohnraum/"),
        ("/kommunen/03153/", "/en/municipalities/03153/"),
    ],
)
def test_the_language_switch_of_a_record_leads_to_the_same_record(world, client, german, english):
    for here, there in ((german, english), (english, german)):
        assert there in [language["url"] for language in client.get(here).context["languages"]]


def test_a_page_that_does_not_exist_offers_the_home_page_in_the_other_language(world, client):
    response = client.get("/gibt-es-nicht/")
    assert response.status_code == 404
    assert [language["url"] for language in response.context["languages"]] == ["/", "/en/"]


def test_the_canonical_address_leaves_the_parameters_out(world, client, settings):
    settings.SITE_ADDRESS = "https://portal.example"
    response = client.get("/empfehlungen/?challenge=wohnraum&page=1")
    assert '<link rel="canonical" href="https://portal.example/empfehlungen/">' in body(response)
    assert '<meta property="og:url" content="https://portal.example/empfehlungen/">' in body(response)
    for code, path in (("de", "/empfehlungen/"), ("x-default", "/empfehlungen/"), ("en", "/en/recommendations/")):
        assert f'<link rel="alternate" hreflang="{code}" href="https://portal.example{path}">' in body(response)


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("page=2", "?page=2"),
        ("page=1", ""),
        ("page=all", ""),
        ("page=2&challenge=wohnraum", ""),
        ("page=2&sort=title", ""),
    ],
)
def test_a_page_further_on_in_a_list_is_a_page_of_its_own(db, client, settings, query, kept):
    settings.SITE_ADDRESS = "https://portal.example"
    for _n in range(21):
        make_recommendation("wohnraum")
    text = body(client.get(f"/empfehlungen/?{query}"))
    assert f'<link rel="canonical" href="https://portal.example/empfehlungen/{kept}">' in text
    assert f'hreflang="en" href="https://portal.example/en/recommendations/{kept}">' in text


def test_every_page_leads_to_feedback_that_knows_where_one_came_from(world, client):
    assert (
        client.get("/empfehlungen/?q=%C3%A4").context["feedback_url"]
        == "/hinweis/?from=%2Fempfehlungen%2F%3Fq%3D%25C3%25A4"
    )
    assert "/empfehlungen/?q=&lt;b&gt;" in body(client.get("/hinweis/", {"from": "/empfehlungen/?q=<b>"}))


def test_the_menu_has_at_most_five_entries_and_marks_where_one_is(world, client):
    menu = client.get("/empfehlungen/bauen/").context["menu"]
    assert len(menu) <= 5
    assert [entry["url"] for entry in menu if entry["current"]] == ["/empfehlungen/"]


def test_every_link_of_every_page_leads_somewhere(world, client):
    found = {}
    for address in addresses():
        response, text = visit(client, address)
        if response.headers["Content-Type"].startswith("text/html"):
            for href in re.findall(r'<a\b[^>]*\bhref="([^"#]+)', text):
                href = href.replace("&amp;", "&")
                target = (
                    href if href.startswith("/") else address.split("?")[0] + href if href.startswith("?") else None
                )
                if target:
                    found.setdefault(target, address)
    broken = {target: origin for target, origin in found.items() if visit(client, target)[0].status_code >= 400}
    assert broken == {}
    assert len(found) > 50


@pytest.mark.django_db
def test_robots_stay_out_of_the_admin_and_of_previews(client):
    lines = body(client.get("/robots.txt")).splitlines()
    assert lines[0] == "User-agent: *"
    assert {"Disallow: /admin/", "Disallow: /konto/", "Disallow: /vorschau/", "Disallow: /en/preview/"} <= set(lines)
    assert lines[-1] == "Sitemap: http://testserver/sitemap.xml"


def test_the_health_checks_say_whether_the_process_and_its_database_are_there(client, db, monkeypatch):
    assert body(client.get("/livez")) == "ok"
    assert body(client.get("/readyz")) == "ok"
    from django.db import OperationalError

    from portal.models import Page

    def fail():
        raise OperationalError

    monkeypatch.setattr(Page.objects, "visible", fail)
    assert client.get("/livez").status_code == 200
    assert client.get("/readyz").status_code == 503
