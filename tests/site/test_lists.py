"""Lists and records: a fixed number of queries, pages, and an answer to whatever a query string holds."""

import random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from tests.factories import DRAFT, make_challenge, make_example, make_municipality, make_recommendation, make_source
from tests.site.world import LISTS, body, visit

pytestmark = pytest.mark.django_db

MOST_QUERIES = 9


def many(n):
    """n recommendations and n examples, all tied to the ones whose pages are visited."""
    source = make_source("studie", year=2020)
    for slug in ("wohnraum", "sprache"):
        make_challenge(slug, title_en=slug.title())
    place = make_municipality("05962004", name="Altena")
    examples = [make_example("wohnraum", "sprache", slug=f"p-{i}", municipality=place if i % 2 else None,
                             sources=[source, make_source()], target_groups=["frauen"]) for i in range(n)]  # fmt: skip
    recommendations = [make_recommendation("wohnraum", "sprache", slug=f"r-{i}", sources=[source, make_source()],
                                           examples=examples[:5], steps=["eins", "zwei"]) for i in range(n)]  # fmt: skip
    for recommendation in recommendations[1:]:
        recommendation.illustrations.get_or_create(example=examples[0])
    wohnraum = make_challenge("wohnraum")
    for cited in (source, make_source(), make_source()):
        wohnraum.citations.create(source=cited)


PAGES = {
    "home": {},
    "recommendation_list": {},
    "recommendation_detail": {"slug": "r-0"},
    "practice_example_list": {},
    "map": {},
    "practice_example_detail": {"slug": "p-1"},
    "challenge_list": {},
    "challenge_detail": {"slug": "wohnraum"},
    "municipality_list": {},
    "municipality_detail": {"key": "05962004"},
    "data": {},
}


@pytest.mark.parametrize("n", [3, 60])
def test_a_page_takes_at_most_nine_queries_whatever_the_number_of_records(client, settings, n):
    many(n)
    settings.INDEX_CHECK_SECONDS = 60  # as in production, a page doesn't ask for changes once for each of its lists
    taken = {}
    for lang in ("de", "en"):
        for name, kwargs in PAGES.items():
            with translation.override(lang):
                address = reverse(name, kwargs=kwargs)
            visit(client, address)  # the index is warm
            with CaptureQueriesContext(connection) as queries:
                response, _text = visit(client, address)
            assert response.status_code == 200
            taken[address] = len(queries)
    assert {address: n for address, n in taken.items() if n > MOST_QUERIES} == {}


@pytest.mark.parametrize("name", LISTS)
def test_a_list_takes_the_same_queries_for_three_and_for_sixty_records(client, name):
    def queries(address):
        visit(client, address)
        with CaptureQueriesContext(connection) as captured:
            visit(client, address)
        return len(captured)

    with translation.override("de"):
        address = reverse(name) + "?challenge=wohnraum&state=05"
    many(3)
    few = queries(address)
    for i in range(60):
        make_recommendation("wohnraum", title_de=f"Noch ein Titel {i}", sources=[make_source()])
        make_example("wohnraum", title_de=f"Noch ein Titel {i}")
    assert queries(address) == few <= MOST_QUERIES


def test_a_recommendation_leads_to_the_examples_of_its_challenges(client):
    """Of those that have an example a reader may see, to be filtered there."""
    for slug in ("wohnraum", "sprache", "leer", "gesundheit"):
        make_challenge(slug, title_de=slug.title())
    make_example("wohnraum", "gesundheit")
    make_example("wohnraum")
    make_example("sprache", **DRAFT)
    make_recommendation("wohnraum", "sprache", "leer", slug="bauen")
    response = client.get("/empfehlungen/bauen/")
    assert [challenge.slug for challenge in response.context["challenges_with_examples"]] == ["wohnraum"]
    assert 'href="/praxisbeispiele/?challenge=wohnraum">Alle Praxisbeispiele zu „Wohnraum“' in body(response)


def test_a_filtered_file_takes_a_fixed_number_of_queries_per_batch(client):
    many(3)
    counts = []
    for _round in range(2):
        visit(client, "/daten/recommendations.csv")
        with CaptureQueriesContext(connection) as captured:
            visit(client, "/daten/recommendations.csv")
        counts.append(len(captured))
        for _i in range(40):
            make_recommendation("sprache", sources=[make_source()], steps=["eins"])
    assert counts[0] == counts[1]


@pytest.fixture
def three_pages():
    for i in range(45):
        make_recommendation("wohnraum", number=f"E{i + 500}", slug=f"r-{i:02}", effort="low" if i % 2 else "high")


def shown(client, query):
    page = client.get(f"/empfehlungen/?{query}").context["page_obj"]
    return [record.slug for record in page.object_list]


def test_a_list_has_twenty_records_a_page(three_pages, client):
    pages = [shown(client, f"sort=number&page={page}") for page in (1, 2, 3)]
    assert [len(page) for page in pages] == [20, 20, 5]
    assert pages[0] + pages[1] + pages[2] == [f"r-{i:02}" for i in range(45)]
    assert shown(client, "sort=number") == pages[0]


def test_links_to_other_pages_keep_the_choices(three_pages, client):
    context = client.get("/empfehlungen/?challenge=wohnraum&sort=number&page=2&x=y").context
    assert context["page_obj"].previous_url == "?challenge=wohnraum&sort=number"
    assert context["page_obj"].next_url == "?challenge=wohnraum&sort=number&page=3"
    assert [(link["number"], link["current"]) for link in context["page_links"]] == [(1, False), (2, True), (3, False)]
    assert context["page_links"][2]["url"] == "?challenge=wohnraum&sort=number&page=3"
    assert context["all_url"] == "?challenge=wohnraum&sort=number&page=all"


def test_everything_fits_on_one_page_for_printing_up_to_a_limit(three_pages, client, monkeypatch):
    assert len(shown(client, "page=all")) == 45
    assert client.get("/empfehlungen/?page=all").context["page_obj"].paginator.num_pages == 1
    monkeypatch.setattr("portal.views.LONGEST_PAGE", 44)
    assert len(shown(client, "page=all")) == 20
    assert client.get("/empfehlungen/").context["all_url"] is None
    assert client.get("/empfehlungen/?effort=low").context["all_url"] == "?effort=low&page=all"


@pytest.mark.parametrize(
    ("page", "status"),
    [
        ("1", 200), ("3", 200), ("4", 404), ("0", 404), ("-1", 404), ("abc", 404), ("1.5", 404), ("²", 404),
        ("٣", 404), ("", 200), ("9" * 5000, 404), ("1e3", 404), ("ALL", 404), (" 1", 404), ("all", 200),
    ],
)  # fmt: skip
def test_a_page_that_does_not_exist_is_not_found(three_pages, client, page, status):
    assert client.get("/empfehlungen/", {"page": page}).status_code == status


def test_the_first_page_of_an_empty_list_exists_and_says_what_helps(three_pages, client):
    response = client.get("/empfehlungen/", {"q": "xylophon", "effort": "low"})
    assert response.status_code == 200
    assert response.context["page_obj"].paginator.count == 0
    assert [drop.count for drop in response.context["filter"].dropped] == [22]
    assert 'href="?effort=low"' in body(response)


NUL_ADDRESSES = [
    "/empfehlungen/?q=a%00b",
    "/empfehlungen/?challenge=%00",
    "/en/recommendations/?%00=1",
    "/empfehlungen/a%00b/",
    "/kommunen/%00/",
    "/daten/recommendations.csv?q=%00",
    "/hinweis/?from=%00",
    "/vorschau/%00/",
    "/%00",
    "/api/v1/recommendations/?q=%00",
    "/api/v1/challenges/%00/",
]


@pytest.mark.parametrize("address", NUL_ADDRESSES)
def test_a_nul_byte_is_a_bad_request(client, address):
    assert client.get(address).status_code == 400


def test_a_nul_byte_in_a_cookie_is_a_bad_request(client):
    assert client.get("/empfehlungen/", headers={"cookie": 'sessionid="a\\000b"'}).status_code == 400


def test_too_many_parameters_are_a_bad_request(client):
    assert client.get("/empfehlungen/?" + "challenge=x&" * 2000).status_code == 400


NAMES = ["q", "challenge", "addressee", "target_group", "horizon", "effort", "evidence", "since", "sort", "page", "state",
         "size", "kind", "municipality", "all", "lang", "from", "near", "csrfmiddlewaretoken", "", "q[]", "ä", "__proto__"]  # fmt: skip
VALUES = [
    "", "wohnraum", "titel", "kommune-only", "all", "0", "-1", "1", "2", "9" * 40, "9" * 5000, "1e999", "NaN", "٣", "2020",
    "%", "_", "\\", "'", '"', "';--", "%' OR 1=1", "(", "[", "*", "?", "+", ".*", "(a+)+$", "\\d", "^", "{", "${7*7}", "{{7*7}}",
    "<script>", "&amp;", "#", "/../..", "😀", "👩‍👩‍👧", "ä", "a\u0308", "\u202e", "\ufeff", "ß", "İ", "ﬁ", "\ud7ff",
    "x" * 4096, "ä" * 4096, "wohnung " * 500, "a-" * 2000, "\t\r\n", "true", "null", "[]", "{}", "E001", "05962004",
]  # fmt: skip
RAW = [
    "%00",
    "%ff",
    "%c3",
    "%ed%a0%80",
    "%",
    "%zz",
    "%u1234",
    "+",
    "%2500",
    "%f4%90%80%80",
    "%0a",
    "%1f",
    "&&",
    "=",
    ";",
    "=&=",
]
TARGETS = ["/empfehlungen/", "/en/recommendations/", "/praxisbeispiele/", "/en/practice-examples/", "/karte/", "/kommunen/", "/herausforderungen/",
           "/daten/recommendations.csv", "/daten/practice-examples.csv", "/daten/municipalities.xlsx", "/daten/challenges.csv",
           "/hinweis/", "/", "/glossar/", "/api/v1/recommendations/", "/api/v1/practice-examples/facets/"]  # fmt: skip


def query_string(chance):
    """A query string as only a fuzzer or a broken client sends it."""
    from urllib.parse import quote, quote_plus

    pairs = []
    for _i in range(chance.choice([1, 1, 2, 3, 8])):
        value = chance.choice(VALUES)
        encoded = chance.choice([quote, quote_plus])(value)
        if chance.random() < 0.3:
            encoded = "".join([encoded[:50], chance.choice(RAW), encoded[50:]])
        pairs.append(f"{quote(chance.choice(NAMES))}={encoded}" if chance.random() < 0.9 else chance.choice(RAW))
    return "&".join(pairs * chance.choice([1, 1, 1, 2, 30]))


def check_generated_query_strings(client, n, seed):
    many(3)
    client.raise_request_exception = False
    chance, statuses = random.Random(seed), {}
    for _i in range(n):
        address = f"{chance.choice(TARGETS)}?{query_string(chance)}"
        response, _text = visit(client, address)
        assert response.status_code < 500, address
        statuses[response.status_code] = statuses.get(response.status_code, 0) + 1
    assert set(statuses) <= {200, 400, 404}
    assert statuses[200] > n / 4


def test_no_query_string_breaks_a_page_or_file(client):
    check_generated_query_strings(client, 500, seed=1)


@pytest.mark.slow
def test_none_of_ten_thousand_query_strings_breaks_a_page_or_file(client):
    check_generated_query_strings(client, 10_000, seed=2)


@pytest.mark.parametrize("path", ["/empfehlungen/%ff/", "/kommunen/%F0%9F%98%80/", "/kommunen/" + "9" * 5000 + "/",
                                  "/vorschau/%ff/", "/daten/x.csv", "/daten/recommendations.exe", "/daten/.csv", "/%ff",
                                  "/empfehlungen/..%2f..%2fetc/", "/static/../manage.py"])  # fmt: skip
def test_a_path_that_does_not_exist_is_not_found(client, path):
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_a_public_page_takes_nothing_in(client, method):
    assert getattr(client, method)("/empfehlungen/").status_code == 405


@pytest.mark.parametrize("address", ["/", "/empfehlungen/", "/kommunen/", "/daten/recommendations.csv"])
def test_a_request_for_the_headers_alone_is_answered(client, address):
    response = client.head(address)
    assert response.status_code == 200
    response.close()


def test_a_stale_bookmark_does_not_pass_for_a_full_list(three_pages, client):
    response = client.get("/empfehlungen/?challenge=wohnraum&challenge=früher")
    assert [value for _label, value in response.context["filter"].unknown] == ["früher"]
    assert "früher" in body(response)


def test_a_page_beyond_the_end_offers_the_list_with_the_same_choices(three_pages, client):
    response = client.get("/empfehlungen/?effort=low&page=9")
    assert response.status_code == 404
    assert 'href="/empfehlungen/?effort=low"' in body(response)


def test_a_search_without_result_names_the_other_lists_that_have_one(three_pages, client):
    make_example(title_de="Xylophon", municipality=make_municipality(name="Altena"))
    found = client.get("/empfehlungen/?q=xylophon").context["found_elsewhere"]
    assert [(each["count"], each["url"]) for each in found] == [(1, "/praxisbeispiele/?q=xylophon")]
    assert client.get(found[0]["url"]).context["page_obj"].paginator.count == 1
    assert client.get("/empfehlungen/?q=unauffindbar").context["found_elsewhere"] == []
    assert client.get("/empfehlungen/").context["found_elsewhere"] == []


def test_another_list_that_has_only_a_corrected_word_or_some_of_the_words_is_not_named(three_pages, client):
    make_example(title_de="Xylophon", municipality=make_municipality(name="Altena"))
    for q in ("Xylophom", "Xylophon unauffindbar"):
        assert client.get("/praxisbeispiele/", {"q": q}).context["page_obj"].paginator.count == 1
        assert client.get("/empfehlungen/", {"q": q}).context["found_elsewhere"] == []
