"""The interface for programs: what it answers, what it refuses and how, and that its description is true."""

import html
import json
import random
import re
from io import BytesIO
from urllib.parse import urlsplit

import jsonschema
import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openapi_spec_validator import validate

from municipalities.models import Municipality
from portal import workflow
from portal.models import FormerSlug, User
from portal.site.tables import TABLES
from recommendations.models import Challenge, Recommendation
from tests.factories import (
    ARCHIVED,
    DRAFT,
    make_challenge,
    make_example,
    make_municipality,
    make_recommendation,
    make_source,
)
from tests.site.world import RECORDS, body, make_world

pytestmark = pytest.mark.django_db
BASE = "/api/v1/"


@pytest.fixture
def world():
    make_world()


@pytest.fixture
def twenty():
    for n in range(20):
        make_recommendation("wohnraum", number=f"E{n + 500}", slug=f"r-{n:02}", effort="low" if n % 2 else "high")


def get(client, address, status=200, **headers):
    response = client.get(BASE + address, **headers)
    assert response.status_code == status, response.content
    return response.json()


def numbers(client, query):
    return [item["number"] for item in get(client, f"recommendations/?{query}")["results"]]


def refused(client, address, status, kind, parameter=None):
    """The problem that a request brings, which has to be of this kind."""
    response = client.get(BASE + address)
    problem = response.json()
    assert (response.status_code, problem["status"]) == (status, status), problem
    assert response.headers["Content-Type"] == "application/problem+json"
    assert problem["type"] == (kind if ":" in kind else f"http://testserver/api/v1/docs#{kind}")
    assert problem["title"]
    assert problem["detail"]
    assert problem.get("parameter") == parameter
    return problem


# Lists


@pytest.mark.parametrize("table", TABLES)
def test_a_list_holds_the_items_of_the_table(world, client, table):
    answer = get(client, f"{table}/")
    assert list(answer) == ["count", "next", "previous", "results"]
    ids = TABLES[table].filter_class({}).results
    assert answer["count"] == len(ids) > 0
    assert answer["results"] == json.loads(body(client.get(f"/daten/{table}.json")))


def test_items_have_both_languages_codes_and_lists(world, client):
    item = get(client, "recommendations/bauen/")
    assert item["title_de"] == "Bauen"
    assert item["title_en"] == ""
    assert item["horizon"] == "long"
    assert item["challenges"] == ["wohnraum"]
    assert item["steps_de"] == ["Flächen finden"]
    assert item["url"] == "http://testserver/empfehlungen/bauen/"
    assert not [name for name in item if name.endswith("_label")]


def test_the_pages_of_a_list_lead_to_each_other(twenty, client):
    address, seen, before = "recommendations/?sort=number&effort=low&page_size=4", [], None
    while address:
        response = client.get(BASE + address)
        answer = response.json()
        assert answer["count"] == 10
        assert answer["previous"] == before
        seen += [item["slug"] for item in answer["results"]]
        links = [
            f'<{answer[name]}>; rel="{rel}"' for name, rel in (("next", "next"), ("previous", "prev")) if answer[name]
        ]
        assert response.headers["Link"] == ", ".join(links)
        before = f"http://testserver{BASE}{address}"
        if "&page=" not in before:
            before += "&page=1"
        address = answer["next"] and answer["next"].removeprefix(f"http://testserver{BASE}")
    assert seen == [f"r-{n:02}" for n in range(1, 20, 2)]


def test_without_a_size_a_page_has_twenty_records_and_at_most_a_hundred(twenty, client):
    make_recommendation(number="E600")
    assert len(numbers(client, "sort=number")) == 20
    assert len(numbers(client, "sort=number&page_size=100")) == 21
    refused(client, "recommendations/?page_size=101", 400, "invalid-value", "page_size")


def test_an_empty_list_has_one_page(twenty, client):
    answer = get(client, "recommendations/?q=xylophon")
    assert answer == {"count": 0, "next": None, "previous": None, "results": []}
    refused(client, "recommendations/?q=xylophon&page=2", 404, "no-such-page", "page")


def test_fields_choose_columns_and_the_key_is_always_there(world, client):
    for query in ("fields=title_de,url", "fields=title_de&fields=url", "fields=title_de%2Curl"):
        (item, *_others) = get(client, f"recommendations/?{query}")["results"]
        assert list(item) == ["number", "url", "title_de"]
    assert list(get(client, "glossary/asyl/?fields=term_de")) == ["slug", "term_de"]


def test_near_orders_a_list_and_hides_nothing(client):
    places = {
        key: make_municipality(key, population=people) for key, people in (("05000001", 9_000), ("09000001", 900_000))
    }
    for n, key in enumerate(places):
        make_example("wohnraum", number=f"P90{n}", municipality=places[key])
    for n, key in enumerate(places):
        found = get(client, f"practice-examples/?near={key}&fields=number")["results"]
        assert [item["number"] for item in found] == [f"P90{n}", f"P90{1 - n}"]
    refused(client, "practice-examples/?near=05999999", 404, "no-such-value", "near")
    refused(client, "challenges/?near=05000001", 400, "unknown-parameter", "near")
    refused(client, "practice-examples/facets/?near=05000001", 400, "unknown-parameter", "near")


def test_all_municipalities_of_the_register_are_there_on_request(world, client):
    keys = [
        [item["key"] for item in get(client, f"municipalities/?{query}fields=key")["results"]]
        for query in ("", "all=1&")
    ]
    assert keys == [["05962004", "03153"], ["05962004", "05962008", "03153"]]


def test_the_language_changes_addresses_labels_and_orders_but_no_text(world, client):
    german, english = (client.get(f"{BASE}challenges/wohnraum/?lang={lang}") for lang in ("de", "en"))
    assert english.json() == german.json() | {"url": "http://testserver/en/challenges/wohnraum/"}
    assert (german.headers["Content-Language"], english.headers["Content-Language"]) == ("de", "en")
    facets = [get(client, f"recommendations/facets/?lang={lang}")["facets"][0] for lang in ("de", "en")]
    assert [(facet["label"], facet["options"][-1]["label"]) for facet in facets] == [
        ("Herausforderung", "Wohnraum"), ("Challenge", "Sprache"),
    ]  # fmt: skip


VALUES = {
    "challenge": ["wohnraum", "sprache"], "addressee": ["kommune", "land", "kommune-only"], "effort": ["low", "high"],
    "horizon": ["short", "long"], "target_group": ["frauen"], "q": ["bauen", "titel", "wohnraum schafen"],
    "sort": ["title", "number", "newest", "examples"],
}  # fmt: skip


def test_the_pages_of_the_interface_hold_what_the_pages_of_the_portal_hold(client):
    chance = random.Random(6)
    make_challenge("leer")
    for n in range(45):
        make_recommendation(
            *chance.sample(["wohnraum", "sprache"], chance.randint(0, 2)), slug=f"r-{n}", effort=chance.choice(["low", "high", ""]),
            title_de=chance.choice(["Bauen", "Titel", "Etwas anderes"]), addressees=chance.choice([["kommune"], ["land"], []]),
            target_groups=chance.choice([["frauen"], []]), horizon=chance.choice(["short", "long"]),
            **chance.choice([{}, {}, {}, DRAFT]),
        )  # fmt: skip
    for _n in range(40):
        chosen = chance.sample(list(VALUES), chance.randint(0, 3))
        query = "&".join(f"{name}={chance.choice(VALUES[name])}" for name in chosen)
        found, address = [], f"{BASE}recommendations/?{query}&page_size={chance.randint(1, 30)}&fields=slug"
        known = client.get(f"/empfehlungen/?{query}").context["filter"]
        if known.unknown:
            assert client.get(address).status_code == 404
            continue
        while address:
            answer = client.get(address).json()
            found += [item["slug"] for item in answer["results"]]
            address = answer["next"]
        slugs = dict(Recommendation.objects.values_list("pk", "slug"))
        assert found == [slugs[pk] for pk in known.ids], query


# Facets


def test_facets_count_as_on_the_page(twenty, client):
    answer = get(client, "recommendations/facets/?effort=low&challenge=wohnraum")
    assert answer["count"] == 10
    facets = {facet["name"]: facet for facet in answer["facets"]}
    assert list(facets) == ["challenge", "addressee", "target_group", "horizon", "effort", "evidence", "since"]
    assert facets["effort"]["options"] == [
        {"value": "low", "label": "mit vorhandenem Personal", "group": "", "count": 10, "chosen": True},
        {"value": "high", "label": "neue Strukturen oder hohe Mittel", "group": "", "count": 10, "chosen": False},
    ]
    assert [facet["name"] for facet in answer["facets"] if facet["single"]] == ["since"]


def test_every_value_that_facets_name_is_allowed_and_brings_its_number(world, client):
    for table in TABLES:
        for facet in get(client, f"{table}/facets/")["facets"]:
            for option in facet["options"]:
                found = get(client, f"{table}/?{facet['name']}={option['value']}")
                assert found["count"] == option["count"] > 0


# Records


@pytest.mark.parametrize(("table", "key"), RECORDS.items())
def test_a_record_is_the_item_of_the_list(world, client, table, key):
    item = get(client, f"{table}/{key}/")
    assert item in get(client, f"{table}/?page_size=100")["results"]
    assert get(client, f"{table}/{item[TABLES[table].key]}/") == item
    refused(client, f"{table}/gibt-es-nicht/", 404, "not-found")


def test_a_former_name_leads_to_the_present_one(world, client):
    FormerSlug.objects.create(table="challenges", slug="wohnen", record_id=Challenge.objects.get(slug="wohnraum").pk)
    make_municipality("05000001", register_on="2025-08-31", valid_to="2025-01-01",
                      successor=Municipality.objects.get(key="05962008"))  # fmt: skip
    for former, present in (
        ("challenges/wohnen/?fields=slug&lang=en", "challenges/wohnraum/?fields=slug&lang=en"),
        ("municipalities/05000001/", "municipalities/05962008/"),
    ):
        response = client.get(BASE + former)
        assert (response.status_code, response.headers["Location"]) == (301, BASE + present)
        assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_of_a_withdrawn_record_only_the_reason_is_left(world, client):
    instead = Recommendation.objects.get(slug="reden")
    make_recommendation(
        number="E907", slug="alt", title_de="Geheim", archive_note="Ist überholt.", superseded_by=instead, **ARCHIVED
    )
    make_recommendation(number="E908", slug="weg", title_de="Geheim", **ARCHIVED)
    make_municipality("05000001", register_on="2025-08-31", valid_to="2025-01-01")
    for key in ("E907", "alt"):
        problem = refused(client, f"recommendations/{key}/", 410, "withdrawn")
        assert problem["detail"] == "Ist überholt."
        assert problem["instead"] == f"http://testserver{BASE}recommendations/{instead.number}/"
        assert "Geheim" not in str(problem)
    assert refused(client, "recommendations/E908/", 410, "withdrawn")["instead"] is None
    refused(client, "municipalities/05000001/", 410, "withdrawn")


def test_a_record_that_is_a_draft_again_is_withdrawn_and_one_that_was_never_public_is_unknown(client):
    ada = User.objects.create_user("ada")
    record = make_recommendation(
        "wohnraum", number="E907", slug="wieder", addressees=["kommune"], sources=[make_source()]
    )
    workflow.withdraw(record, ada, "Das Gesetz ist neu.")
    workflow.reopen(record, ada)
    for key in ("E907", "wieder"):
        assert refused(client, f"recommendations/{key}/", 410, "withdrawn")["detail"] == "Das Gesetz ist neu."
    make_recommendation(number="E908", slug="nie", **DRAFT)
    make_recommendation(number="E909", slug="aufgegeben", status="archived", published_at=None)
    for key in ("E908", "nie", "E909", "aufgegeben"):
        problem = refused(client, f"recommendations/{key}/", 404, "not-found")
        assert problem == {**refused(client, "recommendations/E404/", 404, "not-found"), "detail": problem["detail"]}


# What is refused


@pytest.mark.parametrize(
    ("address", "kind", "parameter"),
    [
        ("recommendations/?chalenge=wohnraum", "unknown-parameter", "chalenge"),
        ("recommendations/?state=05", "unknown-parameter", "state"),
        ("recommendations/?all=1", "unknown-parameter", "all"),
        ("recommendations/?=", "unknown-parameter", ""),
        ("recommendations/bauen/?q=a", "unknown-parameter", "q"),
        ("recommendations/facets/?sort=title", "unknown-parameter", "sort"),
        ("recommendations/?effort=tiny", "invalid-value", "effort"),
        ("recommendations/?effort=low&effort=", "invalid-value", "effort"),
        ("recommendations/?challenge=ä", "invalid-value", "challenge"),
        ("recommendations/?sort=random", "invalid-value", "sort"),
        ("recommendations/?page=0", "invalid-value", "page"),
        ("recommendations/?page=-1", "invalid-value", "page"),
        ("recommendations/?page=%2B1", "invalid-value", "page"),
        ("recommendations/?page=1_0", "invalid-value", "page"),
        ("recommendations/?page=1.0", "invalid-value", "page"),
        ("recommendations/?page=٣", "invalid-value", "page"),
        ("recommendations/?page=", "invalid-value", "page"),
        ("recommendations/?page=all", "invalid-value", "page"),
        ("recommendations/?page=1&page=1", "invalid-value", "page"),
        (f"recommendations/?page={'9' * 5000}", "invalid-value", "page"),
        ("recommendations/?page_size=0", "invalid-value", "page_size"),
        (f"recommendations/?q={'x' * 201}", "invalid-value", "q"),
        ("recommendations/?fields=title", "invalid-value", "fields"),
        ("recommendations/?fields=horizon_label", "invalid-value", "fields"),
        ("recommendations/?fields=", "invalid-value", "fields"),
        ("recommendations/?lang=fr", "invalid-value", "lang"),
        ("recommendations/?near=x", "invalid-value", "near"),
        ("municipalities/?all=0", "invalid-value", "all"),
    ],
)
def test_what_is_not_as_described_is_a_bad_request_that_names_the_parameter(world, client, address, kind, parameter):
    refused(client, address, 400, kind, parameter)


def test_a_value_that_does_not_exist_is_not_found_and_what_exists_is_named(world, client):
    problem = refused(
        client, "recommendations/?challenge=wohnraum&challenge=frueher", 404, "no-such-value", "challenge"
    )
    assert problem["expected"] == {"enum": ["sprache", "wohnraum"]}
    assert "frueher" in problem["detail"]
    refused(client, "practice-examples/?municipality=05962008", 404, "no-such-value", "municipality")
    refused(client, "recommendations/?since=1999", 404, "no-such-value", "since")


def test_a_problem_says_what_would_be_allowed(world, client):
    assert refused(client, "recommendations/?page_size=500", 400, "invalid-value", "page_size")["expected"] == {
        "type": "integer", "minimum": 1, "maximum": 100,
    }  # fmt: skip
    assert "page_size" in refused(client, "challenges/?size=1", 400, "unknown-parameter", "size")["known"]
    assert refused(client, "recommendations/?page=3", 404, "no-such-page", "page")["pages"] == 1


@pytest.mark.parametrize(
    ("parameter", "value", "said"),
    [
        ("page", "%2B1", "„page“ lässt „+1“ nicht zu."),
        ("page", "9" * 5000, f"„{'9' * 80}“"),
        ("fields", "number,titel", "„fields“ lässt „titel“ nicht zu."),
    ],
)
def test_a_problem_quotes_the_value_as_it_was_written(world, client, parameter, value, said):
    problem = refused(client, f"recommendations/?{parameter}={value}", 400, "invalid-value", parameter)
    assert said in problem["detail"]


@pytest.mark.parametrize("query", ["effort=tiny", "sort=x", "lang=fr", "sort=title&sort=title"])
def test_interface_and_files_refuse_a_value_in_the_same_words(world, client, query):
    assert (
        client.get(f"{BASE}recommendations/?{query}").json()
        == client.get(f"/daten/recommendations.json?{query}").json()
    )


@pytest.mark.parametrize(
    ("address", "status"),
    [("recommendations/?q=%00", 400), ("challenges/%00/", 400), ("recommendations/?" + "challenge=x&" * 2000, 400),
     ("nichts/", 404), ("nichts", 404), ("../v2/", 404), ("recommendations/bauen/mehr/", 404)],
)  # fmt: skip
def test_whatever_goes_wrong_below_api_is_a_problem_for_programs(world, client, address, status):
    refused(client, address, status, "about:blank")


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "trace"])
@pytest.mark.parametrize("address", ["recommendations/", "recommendations/bauen/", "docs", "openapi.json", ""])
def test_nothing_is_taken_in(world, client, method, address):
    response = getattr(client, method)(BASE + address)
    assert response.status_code == 405
    assert "GET" in response.headers["Allow"]
    assert response.headers["Content-Type"] == "application/problem+json"


def test_during_maintenance_programs_are_told_when_to_come_back(world, client, settings):
    settings.MAINTENANCE = True
    from portal import middleware

    response = middleware.interface(middleware.maintenance(None))(client.get(BASE).wsgi_request)
    assert (response.status_code, response.headers["Retry-After"]) == (503, "600")
    assert json.loads(response.content)["status"] == 503


def test_problems_are_written_in_the_language_that_was_asked_for(client):
    details = [
        client.get(f"{BASE}recommendations/{query}").json()["detail"]
        for query in ("x/", "x/?lang=en", "?page=2", "?page=2&lang=en")
    ]
    assert len(set(details)) == 4
    assert client.get("/api/?lang=en").json()["detail"] == "There is nothing at this address."


# How it answers


def test_an_unchanged_answer_is_not_sent_again(world, client):
    first = client.get(f"{BASE}recommendations/")
    again = client.get(f"{BASE}recommendations/", headers={"if-none-match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["Access-Control-Allow-Origin"] == "*"
    make_recommendation()
    assert client.get(f"{BASE}recommendations/", headers={"if-none-match": first.headers["ETag"]}).status_code == 200


def test_scripts_of_other_sites_may_read(world, client):
    for address in ("recommendations/", "recommendations/nix/", "openapi.json", "recommendations"):
        response = client.get(BASE + address, headers={"origin": "https://example.org"})
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert response.headers["Access-Control-Expose-Headers"] == "ETag, Link"
    asked = {
        "origin": "https://example.org",
        "access-control-request-method": "GET",
        "access-control-request-headers": "if-none-match",
    }
    response = client.options(f"{BASE}recommendations/", headers=asked)
    assert response.status_code == 204
    assert response.headers["Access-Control-Allow-Methods"] == "GET, HEAD"
    assert response.headers["Access-Control-Allow-Headers"] == "*"
    assert "Access-Control-Allow-Origin" not in client.get("/empfehlungen/").headers


# The same of files


@pytest.mark.parametrize("accept", ["text/html,*/*;q=0.8", "*/*"])
@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/daten/recommendations.csv?q=%00", 400),
        ("/daten/nichts.csv", 404),
        ("/daten/recommendations.pdf", 404),
        ("/daten/releases/9/paket.zip", 404),
        ("/daten/releases/9/recommendations.csv", 404),
        ("/daten/releases/1/nichts.csv", 404),
        ("/daten/releases/1/recommendations.xlsx", 404),
        ("/daten/releases/1/zitat.pdf", 404),
        ("/daten/releases/1/recommendations.csv?challenge=%00", 400),
        ("/daten/recommendations/E999.bib", 404),
        ("/daten/zitat.csv", 404),
        ("/katalog.xml", 404),
    ],
)
def test_whatever_goes_wrong_with_a_file_is_a_problem_for_programs_and_scripts_may_read_it(
    world, client, address, status, accept
):
    response = client.get(address, headers={"accept": accept})
    assert (response.status_code, response.headers["Content-Type"]) == (status, "application/problem+json")
    assert response.json()["status"] == status
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "accept" not in response.headers.get("Vary", "").lower()  # the address alone decides


@pytest.mark.parametrize(
    ("address", "status"),
    [("/daten/?q=%00", 400), ("/daten/nichts/", 404), ("/daten/recommendations.csv/", 404), ("/nichts.csv", 404),
     ("/daten/releases/9/", 404)],
)  # fmt: skip
def test_a_page_that_is_not_there_is_answered_by_a_page(world, client, address, status):
    response = client.get(address, headers={"accept": "*/*"})
    assert (response.status_code, response.headers["Content-Type"]) == (status, "text/html; charset=utf-8")


def test_a_withdrawn_record_has_no_citation_and_the_one_to_cite_instead_is_named(client):
    user = User.objects.create(username="ada")
    new, old = make_recommendation(number="E901"), make_recommendation(number="E902")
    workflow.withdraw(old, user, "Ist überholt.", superseded_by=new)
    response = client.get("/daten/recommendations/E902.bib?lang=en")
    assert (response.status_code, response.json()["detail"]) == (410, "Ist überholt.")
    assert response.json()["instead"].endswith("/daten/recommendations/E901.bib?lang=en")


@pytest.mark.parametrize(
    "address", ["recommendations/", "recommendations/facets/", "recommendations/bauen/", "docs", "openapi.json"]
)
def test_the_headers_alone_are_those_of_the_whole_answer(world, client, address):
    whole, alone = client.get(BASE + address), client.head(BASE + address)
    assert (alone.status_code, alone.content) == (200, b"")
    assert alone.headers == whole.headers
    assert not whole.cookies


def test_a_full_page_takes_the_same_queries_as_a_short_one(client):
    def taken(address):
        client.get(BASE + address)
        with CaptureQueriesContext(connection) as captured:
            client.get(BASE + address)
        return len(captured)

    def make(n):
        for _i in range(n):
            make_recommendation("wohnraum", sources=[make_source()], steps=["eins"], target_groups=["frauen"],
                                examples=[make_example("wohnraum", sources=[make_source()])])  # fmt: skip

    make(3)
    number = Recommendation.objects.first().number
    addresses = [f"{table}/?page_size=100" for table in TABLES] + [
        f"recommendations/{number}/",
        "recommendations/facets/",
    ]
    few = {address: taken(address) for address in addresses}
    make(97)
    assert {address: taken(address) for address in addresses} == few
    assert max(few.values()) <= 14


# How it is described


@pytest.fixture
def described(world, client):
    return client.get(f"{BASE}openapi.json").json()


def test_the_description_is_valid_openapi(described, client):
    validate(described)
    assert described["openapi"].startswith("3.1")
    assert described["servers"] == [{"url": "http://testserver"}]
    assert described["info"]["license"]["name"] == "CC BY 4.0"
    assert described["info"]["contact"]["url"] == "http://testserver/hinweis/"
    validate(client.get(f"{BASE}openapi.json?lang=en").json())


def test_every_answer_is_what_the_description_says(client):
    call_command("load_content", verbosity=0)
    described = client.get(f"{BASE}openapi.json").json()
    make_municipality("05000001", population=None)
    make_example("wohnraum", municipality=make_municipality("05003", population=None, kind="district"))

    def fits(schema, value):
        whole = schema | {"components": described["components"]}
        jsonschema.Draft202012Validator(whole, format_checker=jsonschema.FormatChecker()).validate(value)

    for path, methods in described["paths"].items():
        content = methods["get"]["responses"]["200"]["content"]["application/json"]
        address = path.replace("{key}", methods["get"]["parameters"][0].get("example", ""))
        while address:
            answer = client.get(address).json()
            fits(content["schema"], answer)
            address = answer.get("next")
    for table in TABLES.values():
        name = table.filter_class._meta.model.__name__
        (item, *_others) = get(client, f"{table.name}/?page_size=1")["results"]
        properties = described["components"]["schemas"][name]["properties"]
        assert list(properties) == list(item)
        assert all(each["title"] and each["description"] for each in properties.values())
    fits(
        described["components"]["schemas"]["Problem"],
        refused(client, "challenges/?page=9", 404, "no-such-page", "page"),
    )


def test_parameters_and_fields_name_their_codes_and_what_these_mean(described, client):
    parameters = {each["name"]: each for each in described["paths"][f"{BASE}recommendations/"]["get"]["parameters"]}
    assert parameters["effort"]["schema"]["items"]["enum"] == ["low", "medium", "high"]
    assert "`low`: mit vorhandenem Personal" in parameters["effort"]["description"]
    fields = described["components"]["schemas"]["Recommendation"]["properties"]
    assert fields["horizon"]["enum"] == ["short", "medium", "long", ""]
    assert fields["source_year"]["type"] == ["integer", "null"]
    assert fields["addressees"]["items"]["enum"] == ["bund", "land", "kommune", "zivilgesellschaft"]
    english = client.get(f"{BASE}openapi.json?lang=en").json()["components"]["schemas"]["Recommendation"]["properties"]
    assert "`short`: up to 1 year" in english["horizon"]["description"]


def test_the_start_leads_to_the_page_that_describes_it(world, client):
    response = client.get(BASE)
    assert (response.status_code, response.headers["Location"]) == (302, f"{BASE}docs")


@pytest.mark.parametrize("lang", ["de", "en"])
def test_the_page_describes_every_table_field_and_error(described, client, lang):
    response = client.get(f"{BASE}docs?lang={lang}")
    page = body(response)
    assert f'<html lang="{lang}">' in page
    assert "script-src 'self'" in response.headers["Content-Security-Policy"]
    for schema in described["components"]["schemas"].values():
        for name in schema["properties"] if "title" in schema else ():
            assert f"<code>{name}</code>" in page
    for kind in ("unknown-parameter", "invalid-value", "no-such-value", "no-such-page", "not-found", "withdrawn"):
        assert f'id="{kind}"' in page
    assert [(each["code"], each["url"], each["current"]) for each in response.context["languages"]] == [
        ("de", f"{BASE}docs", lang == "de"), ("en", f"{BASE}docs?lang=en", lang == "en"),
    ]  # fmt: skip
    canonical = f"http://testserver{BASE}docs" + ("?lang=en" if lang == "en" else "")
    assert f'<link rel="canonical" href="{canonical}">' in page


def test_the_example_in_python_runs(twenty, client, monkeypatch, capsys):
    page = body(client.get(f"{BASE}docs"))
    example = html.unescape(re.search(r'<pre[^>]* id="python"><code>(.*?)</code></pre>', page, re.DOTALL)[1])
    monkeypatch.setattr("urllib.request.urlopen", lambda address: BytesIO(client.get(address).content))
    exec(example, {})
    assert len(capsys.readouterr().out.splitlines()) == 10


def test_the_data_page_leads_there(world, client):
    assert f'href="{BASE}docs"' in body(client.get("/daten/"))
    assert f'href="{BASE}docs?lang=en"' in body(client.get("/en/data/"))
    assert not re.search(r"Disallow: /api", body(client.get("/robots.txt")))
    assert urlsplit(client.get(BASE).headers["Location"]).path == f"{BASE}docs"
