"""Every public address, and a small portal in which each of them has something to show."""

import json
import re
import shutil
import zipfile
from datetime import date
from io import BytesIO

from django.urls import get_resolver, reverse
from django.utils import translation
from openpyxl import load_workbook

from portal import pictures, releases
from portal.citations import RENDERINGS as CITATIONS
from portal.exports import RENDERINGS
from portal.site.tables import ALL_TABLES
from portal.views import preview_token
from tests.factories import (
    LONG_PAGES,
    make_challenge,
    make_example,
    make_municipality,
    make_page,
    make_picture,
    make_recommendation,
    make_source,
    make_target_group,
    make_term,
)

PICTURE = "0123456789abcdef0123456789abcdef-1280x720"
# {name of the address: the arguments of those that show something}; a new address must find its place in one of them.
IN_TWO_LANGUAGES = {
    "home": [{}],
    "recommendation_list": [{}],
    "recommendation_detail": [{"slug": "bauen"}],
    "practice_example_list": [{}],
    "practice_example_detail": [{"slug": "lotsen"}],
    "map": [{}],
    "challenge_list": [{}],
    "challenge_detail": [{"slug": "wohnraum"}],
    "municipality_list": [{}],
    "municipality_detail": [{"key": "05962004"}, {"key": "05962008"}],
    "glossary": [{}],
    "data": [{}],
    "release_list": [{}],
    "release": [{"number": 1}],
    "release_table": [{"number": 1, "name": name} for name in ("recommendations", "practice-example-sources")],
    "codebook": [{}],
    "suggestions": [{}],
    "choose_municipality": [{}],
    "feedback": [{}],
    "about": [{}],
    "imprint": [{}],
    "privacy": [{}],
    "accessibility": [{}],
}
RECORDS = {  # one of each table
    "recommendations": "bauen",
    "practice-examples": "lotsen",
    "challenges": "wohnraum",
    "municipalities": "05962004",
    "sources": "studie-2020",
    "target-groups": "frauen",
    "glossary": "asyl",
}
IN_ONE_ADDRESS = {
    "table": [{"name": name, "extension": extension} for name in ALL_TABLES for extension in RENDERINGS],
    "citation": [
        {"table": table, "name": name, "extension": extension}
        for table, name in (
            ("recommendations", "E001"),
            ("practice-examples", "P001"),
            ("challenges", "wohnraum"),
            ("sources", "studie-2020"),
        )
        for extension in CITATIONS
    ],
    "portal_citation": [{"extension": extension} for extension in CITATIONS],
    "catalogue": [{"extension": extension} for extension in ("ttl", "rdf", "jsonld")],
    "package": [{}],
    "release_package": [{"number": 1}],
    "release_file": [
        {"number": 1, "name": name, "extension": extension}
        for name in ("recommendations", "practice-example-sources")
        for extension in ("csv", "jsonl")
    ],
    "release_citation": [
        {"number": 1, **of, "extension": extension}
        for of in ({}, {"name": "recommendations"}, {"name": "practice-example-sources"})
        for extension in CITATIONS
    ],
    "picture": [{"reference": PICTURE, "size": size} for size in pictures.SIZES],
    "feed": [{"name": "empfehlungen"}, {"name": "praxisbeispiele"}, {"name": "herausforderungen"}],
    "sitemap": [{}],
    **{f"api:{name}-{purpose}": [{}] for name in RECORDS for purpose in ("list", "facets")},
    **{f"api:{name}-record": [{"key": key}] for name, key in RECORDS.items()},
    "api:start": [{}],
    "api:docs": [{}],
    "api:openapi": [{}],
    "livez": [{}],
    "readyz": [{}],
    "robots": [{}],
    "favicon": [{}],
}
# Not for everybody: what they show is tested where it belongs.
NOT_PUBLIC = {
    "preview", "keep_alive", "openid_connect_login", "openid_connect_callback", "socialaccount_login_cancelled",
    "socialaccount_login_error", "account_login", "account_logout", "account_inactive", "account_reauthenticate",
    "account_change_password", "account_set_password", "account_reset_password", "account_reset_password_done",
    "account_reset_password_from_key", "account_reset_password_from_key_done", "mfa_index", "mfa_authenticate",
    "mfa_reauthenticate", "mfa_reauthenticate_webauthn", "mfa_login_webauthn", "mfa_activate_totp",
    "mfa_deactivate_totp", "mfa_list_webauthn", "mfa_add_webauthn", "mfa_remove_webauthn", "mfa_view_recovery_codes",
    "mfa_generate_recovery_codes", "mfa_download_recovery_codes",
}  # fmt: skip

LISTS = ("recommendation_list", "practice_example_list", "map", "municipality_list")
QUERIES = {  # by the name of the address, or for one path of it alone
    "recommendation_list": [
        "",
        "q=bauen",
        "challenge=wohnraum",
        "addressee=kommune&since=2020",
        "sort=title",
        "page=all",
        "q=nichts",
        "near=05962008",
        "near=09000000&sort=best",
    ],
    "practice_example_list": [
        "",
        "q=altena",
        "state=05&size=s3",
        "challenge=wohnraum&kind=district",
        "municipality=05962004",
        "near=05962008",
        "near=05962004&q=lotsen",
        "near=09000000",
    ],
    "map": ["", "q=altena", "state=05&size=s3", "municipality=05962004", "q=nichts"],
    "suggestions": [
        "",
        "q=ba",
        "q=wohn",
        "q=xg",
        "q=ver",
        "q=alt&table=practice-examples",
        "q=gos&kind=municipalities",
        "q=bal&kind=municipalities&all=1",
        "q=xg&kind=municipalities&all=1",
    ],
    "choose_municipality": ["", "q=balve&list=recommendations&back=challenge%3Dwohnraum", "q=xg"],
    "practice_example_detail": ["", "near=05962008", "near=09000000"],
    "recommendation_detail": ["", "near=05962008"],
    "municipality_list": ["", "q=altena", "state=05", "kind=district", "sort=population", "all=1", "all=1&q=balve"],
    "/daten/recommendations.csv": ["", "q=bauen", "challenge=wohnraum", "lang=en"],
    "/daten/practice-examples.json": ["", "q=altena", "state=05&lang=en"],
    "/daten/recommendation-challenges.jsonl": ["", "challenge=wohnraum"],
    "/daten/municipalities.xlsx": ["", "all=1"],
    "feed": ["", "q=bauen", "challenge=wohnraum", "lang=en", "challenge=nichts&lang=en"],
    "sitemap": ["", "page=1"],
    "citation": ["", "lang=en"],
    "portal_citation": ["", "lang=en"],
    "api:recommendations-list": [
        "",
        "q=bauen",
        "challenge=wohnraum&lang=en",
        "near=05962008",
        "near=09000000",
        "q=xgeheimx",
    ],
    "api:recommendations-facets": ["", "challenge=wohnraum&addressee=kommune&lang=en"],
    "api:practice-examples-list": ["", "q=altena&fields=title_de", "page_size=1", "municipality=09000000"],
    "api:practice-examples-facets": ["", "state=05"],
    "api:municipalities-list": ["", "all=1&sort=population"],
    "api:municipalities-facets": ["", "all=1"],
    "api:docs": ["", "lang=en"],
    "api:openapi": ["", "lang=en"],
    "release_table": ["", "challenge=wohnraum"],
    "release_file": ["", "challenge=sprache"],
    "release_citation": ["", "lang=en"],
    "/daten/releases/1/recommendations/zitat.bib": ["", "challenge=wohnraum", "challenge=wohnraum&lang=en"],
}


def names_of_addresses():
    """Names of all addresses of the portal but the admin's."""

    def walk(patterns, before=""):
        for pattern in patterns:
            namespace = getattr(pattern, "namespace", None)
            if namespace == "admin":
                continue
            if hasattr(pattern, "url_patterns"):
                yield from walk(pattern.url_patterns, f"{namespace}:" if namespace else before)
            else:
                yield before + pattern.name

    return set(walk(get_resolver().url_patterns))


def addresses():
    """Every public address with the queries that belong to it, German and English."""
    for lang, group in (("de", IN_TWO_LANGUAGES), ("en", IN_TWO_LANGUAGES), ("de", IN_ONE_ADDRESS)):
        with translation.override(lang):
            paths = [
                (name, reverse(name, kwargs=kwargs)) for name, all_kwargs in group.items() for kwargs in all_kwargs
            ]
        for name, path in paths:
            for query in QUERIES.get(path) or QUERIES.get(name, [""]):
                yield f"{path}?{query}" if query else path


def body(response):
    """What a response says, as text: a page, a file of either kind."""
    content = b"".join(response.streaming_content) if response.streaming else response.content
    if "spreadsheetml" in response.headers["Content-Type"]:
        return "\n".join(str(row) for row in load_workbook(BytesIO(content)).active.iter_rows(values_only=True))
    if response.headers["Content-Type"] == "application/zip":
        with zipfile.ZipFile(BytesIO(content)) as archive:
            return "\n".join(archive.read(name).decode() for name in archive.namelist())
    return content.decode()


LINKED_DATA = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)


def linked_data(text):
    """{type: the node of a page's linked data}"""
    documents = [json.loads(block) for block in LINKED_DATA.findall(text)]
    return {node["@type"]: node for document in documents for node in document.get("@graph", [document])}


def visit(client, address, **headers):
    """The response and what it says; a file is read to its end, which closes it."""
    response = client.get(address, **headers)
    return response, body(response)


def make_world(*, released=True):
    """`released`: with a data release of it, which takes as long as all the rest."""
    make_challenge("wohnraum", title_en="Housing", opportunity_de="Eine Chance.")
    make_challenge("sprache")
    make_target_group("frauen")
    source = make_source("studie-2020", authors="Beispiel, Ada", year=2020, url="https://example.org/studie")
    altena = make_municipality("05962004", name="Altena", official_name="Altena, Stadt", population=16_000)
    district = make_municipality("03153", name="Goslar", official_name="Landkreis Goslar", kind="district")
    # Stands in the register; of what happens there we have nothing to tell.
    make_municipality("05962008", name="Balve", population=11_000, register_on=date(2025, 8, 31))
    example = make_example(
        "wohnraum", number="P001", slug="lotsen", title_de="Lotsen", municipality=altena, sources=[source],
        **make_picture(PICTURE),
    )  # fmt: skip
    make_example("sprache", slug="kurse", title_de="Kurse", municipality=district)
    make_recommendation(
        "wohnraum", number="E001", slug="bauen", title_de="Bauen", sources=[source], examples=[example], steps=["Flächen finden"],
        addressees=["kommune"], target_groups=["frauen"], horizon="long",
    )  # fmt: skip
    make_recommendation("wohnraum", "sprache", slug="reden", title_de="Reden", year=2022)
    make_term("asyl")
    for slug in LONG_PAGES:
        make_page(slug)
    if released:
        shutil.rmtree(releases.folder(), ignore_errors=True)  # of another test: they know the numbers that were given
        releases.make(ALL_TABLES)


def preview_address(table, record, lang="de"):
    with translation.override(lang):
        return reverse("preview", args=[preview_token(table, record)])
