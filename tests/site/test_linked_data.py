"""What pages say to machines: schema.org, Open Graph; true, complete and never of what isn't public."""

import re
from html import unescape

import pytest
from django.utils import translation

from portal import workflow
from portal.entries import revise
from portal.linked_data import filled
from portal.site.tables import ALL_TABLES
from portal.templatetags.portal import opening
from recommendations.models import PracticeExample, Source
from tests.factories import (
    ARCHIVED,
    DRAFT,
    make_challenge,
    make_example,
    make_municipality,
    make_page,
    make_recommendation,
    make_source,
    make_term,
)
from tests.site.world import LINKED_DATA, addresses, body, linked_data, make_world, preview_address, visit

pytestmark = pytest.mark.django_db

KINDS = [  # German address, English address, type of the page's main thing
    ("/", "/en/", "WebSite"),
    ("/empfehlungen/", "/en/recommendations/", "CollectionPage"),
    ("/empfehlungen/bauen/", "/en/recommendations/bauen/", "HowTo"),
    ("/empfehlungen/reden/", "/en/recommendations/reden/", "Article"),
    ("/praxisbeispiele/", "/en/practice-examples/", "CollectionPage"),
    ("/praxisbeispiele/lotsen/", "/en/practice-examples/lotsen/", "Article"),
    ("/karte/", "/en/map/", "CollectionPage"),
    ("/herausforderungen/", "/en/challenges/", "DefinedTermSet"),
    ("/herausforderungen/wohnraum/", "/en/challenges/wohnraum/", "WebPage"),
    ("/kommunen/", "/en/municipalities/", "CollectionPage"),
    ("/kommunen/05962004/", "/en/municipalities/05962004/", "AdministrativeArea"),
    ("/kommunen/05962008/", "/en/municipalities/05962008/", "AdministrativeArea"),
    ("/glossar/", "/en/glossary/", "DefinedTermSet"),
    ("/daten/", "/en/data/", "DataCatalog"),
    ("/daten/codebuch/", "/en/data/code-book/", "TechArticle"),
    ("/daten/releases/", "/en/data/releases/", "DataCatalog"),
    ("/daten/releases/1/", "/en/data/releases/1/", "Dataset"),
    *((f"/daten/releases/1/{table}/", f"/en/data/releases/1/{table}/", "Dataset") for table in ALL_TABLES),
    ("/api/v1/docs", "/api/v1/docs?lang=en", "TechArticle"),
    ("/ueber/", "/en/about/", "AboutPage"),
    ("/hinweis/", "/en/feedback/", "ContactPage"),
    ("/impressum/", "/en/imprint/", "WebPage"),
    ("/datenschutz/", "/en/privacy/", "WebPage"),
    ("/barrierefreiheit/", "/en/accessibility/", "WebPage"),
]
NOT_FOR_SEARCH_ENGINES = ("/kommune-waehlen/", "/en/choose-municipality/")


def tags(text):
    """{property of Open Graph: content}"""
    found = re.findall(r'<meta property="og:([a-z:_]+)" content="([^"]*)">', text)
    assert len(dict(found)) == len(found)
    return {name: unescape(content) for name, content in found}


def empty(value):
    return filled(value) != value


@pytest.fixture
def world(settings):
    settings.SITE_ADDRESS = "https://portal.example"
    make_world()


@pytest.mark.parametrize(("german", "english", "kind"), KINDS)
def test_a_page_says_what_it_is(world, client, german, english, kind):
    for address, lang in ((german, "de"), (english, "en")):
        text = body(client.get(address))
        found = linked_data(text)
        assert found[kind]["url"] == f"https://portal.example{address}"
        assert not any(map(empty, found.values()))
        if kind not in ("WebSite", "AdministrativeArea"):
            ours = "https://creativecommons.org/licenses/by/4.0/"
            assert found[kind].get("license") == (None if "releases/1/municipalities" in address else ours)
            assert found[kind]["inLanguage"] in (lang, "de")
            assert found[kind]["isPartOf"]["@id"] == "https://portal.example/#website"
        assert ("BreadcrumbList" in found) == ('class="breadcrumb"' in text)


def test_every_public_page_is_among_them(world, client):
    known = {address for german, english, _kind in KINDS for address in (german, english)}
    for address in addresses():
        response, text = visit(client, address)
        if response.status_code == 200 and response.headers["Content-Type"].startswith("text/html"):
            path = address.split("?")[0]
            assert path in known or path in NOT_FOR_SEARCH_ENGINES
            assert linked_data(text), address


def test_the_breadcrumb_is_the_one_that_readers_see(world, client):
    for address in ("/en/recommendations/bauen/", "/karte/", "/glossar/", "/daten/releases/1/recommendations/"):
        text = body(client.get(address))
        shown = re.search(r'<nav class="breadcrumb".*?</ol>', text, re.DOTALL)[0]
        items = linked_data(text)["BreadcrumbList"]["itemListElement"]
        assert [item["name"] for item in items] == [
            unescape(each) for each in re.findall(r">([^<>\n]+)</(?:a|span)>", shown)
        ]
        links = [*re.findall(r'href="([^"]+)"', shown), address]
        assert [item["item"] for item in items] == [f"https://portal.example{link}" for link in links]
        assert [item["position"] for item in items] == list(range(1, len(items) + 1))


def test_a_recommendation_names_its_sources_and_its_steps(client, settings):
    settings.PUBLISHER = "Stadt Beispiel"
    first = make_source("a", title="Eine Studie", authors="Beispiel, Ada\nMuster, Bo", publisher="Verlag", year=2020,
                        url="https://example.org/studie", isbn="978-3-16-148410-0", doi="10.1000/182")  # fmt: skip
    second = make_source("b", title="Was darüber zu lesen war", title_is_descriptive=True, language="en",
                         kind=Source.Kind.SECONDARY, url="https://example.org/bericht")  # fmt: skip
    make_recommendation("wohnraum", slug="bauen", number="E007", sources=[first, second], steps=["Suchen", "Finden"])
    found = linked_data(body(client.get("/empfehlungen/bauen/")))["HowTo"]
    assert found["identifier"] == "E007"
    assert found["publisher"]["name"] == "Stadt Beispiel"
    assert [(step["position"], step["text"]) for step in found["step"]] == [(1, "Suchen"), (2, "Finden")]
    assert found["isBasedOn"] == [
        {"@type": "Book", "name": "Eine Studie", "inLanguage": "de", "creditText": "Beispiel, Ada; Muster, Bo",
         "publisher": {"@type": "Organization", "name": "Verlag"}, "datePublished": "2020",
         "url": "https://example.org/studie", "sameAs": "https://doi.org/10.1000/182", "isbn": "978-3-16-148410-0"},
        {"@type": "CreativeWork", "description": "Was darüber zu lesen war", "inLanguage": "en"},
    ]  # fmt: skip
    assert [term["termCode"] for term in found["about"]] == ["wohnraum"]


def test_without_a_publisher_none_is_made_up(world, client, settings):
    assert "publisher" not in linked_data(body(client.get("/")))["WebSite"]
    assert '"publisher"' not in "".join(LINKED_DATA.findall(body(client.get("/ueber/"))))
    settings.PUBLISHER = "Stadt Beispiel"
    found = linked_data(body(client.get("/")))
    assert found["Organization"]["name"] == found["WebSite"]["publisher"]["name"] == "Stadt Beispiel"
    assert found["WebSite"]["publisher"]["@id"] == found["Organization"]["@id"]


def test_the_search_that_the_home_page_offers_finds(world, client):
    target = linked_data(body(client.get("/en/")))["WebSite"]["potentialAction"]["target"]["urlTemplate"]
    address = target.removeprefix("https://portal.example").replace("{search_term_string}", "bauen")
    assert [record.slug for record in client.get(address).context["page_obj"].object_list] == ["bauen"]


def test_a_list_names_what_it_shows(db, client):
    for n in range(23):
        make_recommendation("wohnraum", slug=f"r-{n}", number=f"E{100 + n}")
    make_recommendation("sprache")
    found = linked_data(body(client.get("/empfehlungen/?challenge=wohnraum&sort=number&page=2")))["CollectionPage"]
    assert found["url"] == "http://testserver/empfehlungen/?challenge=wohnraum&sort=number&page=2"
    assert found["mainEntity"]["numberOfItems"] == 23
    items = [(item["position"], item["url"]) for item in found["mainEntity"]["itemListElement"]]
    assert items == [(n + 1, f"http://testserver/empfehlungen/r-{n}/") for n in (20, 21, 22)]


def test_terms_belong_to_their_set(world, client):
    make_challenge("arbeit", summary_de="Worum es geht.")
    listed = linked_data(body(client.get("/herausforderungen/")))["DefinedTermSet"]
    page = linked_data(body(client.get("/herausforderungen/arbeit/")))["WebPage"]
    assert page["mainEntity"]["inDefinedTermSet"] == listed["url"]
    assert page["mainEntity"]["@id"] in [term["@id"] for term in listed["hasDefinedTerm"]]
    assert page["mainEntity"]["description"] == "Worum es geht."
    make_term("flucht", definition_de="Was es ist.")
    terms = linked_data(body(client.get("/glossar/")))["DefinedTermSet"]["hasDefinedTerm"]
    assert {"@type": "DefinedTerm", "@id": "https://portal.example/glossar/#flucht", "name": "Flucht",
            "url": "https://portal.example/glossar/#flucht", "description": "Was es ist.", "termCode": "flucht"} in terms  # fmt: skip


def test_every_file_that_the_data_page_names_is_there(world, client):
    found = linked_data(body(client.get("/en/data/")))["DataCatalog"]
    assert len(found["dataset"]) >= 5
    for dataset in found["dataset"]:
        for file in dataset["distribution"]:
            response, _text = visit(client, file["contentUrl"].removeprefix("https://portal.example"))
            assert response.headers["Content-Type"].split(";")[0] == file["encodingFormat"]


def test_a_date_is_that_of_what_readers_see(client):
    record = make_recommendation(slug="bauen")
    revise(record)
    found = linked_data(body(client.get("/empfehlungen/bauen/")))["Article"]
    assert found["datePublished"] == "2024-01-02T12:00:00Z"
    assert found["dateModified"][:10] == f"{workflow.revisions(record).get().created_at:%Y-%m-%d}"


@pytest.mark.parametrize(("licence", "shown"), [("cc-by-4.0", True), ("public-domain", True), ("permission", False)])
def test_a_picture_is_offered_to_others_only_if_they_may_show_it(world, client, licence, shown):
    PracticeExample.objects.filter(slug="lotsen").update(picture_licence=licence)
    text = body(client.get("/praxisbeispiele/lotsen/"))
    image = linked_data(text)["Article"].get("image", {})
    assert tags(text).get("image") == image.get("contentUrl")
    assert bool(image) is shown
    if shown:
        assert image["creditText"] == "Ada Beispiel"
        assert client.get(image["contentUrl"].removeprefix("https://portal.example")).status_code == 200
    assert "image" not in tags(body(client.get("/praxisbeispiele/kurse/")))


HOSTILE = '</script><b>&"\u2028'


def test_no_text_ends_the_block_or_an_attribute(client):
    place = make_municipality("05962004", name=HOSTILE)
    make_challenge("wohnraum", title_de=HOSTILE, summary_de=HOSTILE)
    make_example("wohnraum", slug="a", title_de=HOSTILE, summary_de=HOSTILE, municipality=place)
    make_recommendation("wohnraum", slug="a", title_de=HOSTILE, summary_de=HOSTILE, steps=[HOSTILE])
    make_term("asyl", term_de=HOSTILE, definition_de=HOSTILE)
    make_page("about", title_de=HOSTILE, body_de=HOSTILE)
    for address in ("/empfehlungen/", "/empfehlungen/a/", "/praxisbeispiele/a/", "/herausforderungen/",
                    "/herausforderungen/wohnraum/", "/kommunen/05962004/", "/glossar/", "/ueber/"):  # fmt: skip
        text = body(client.get(address))
        assert LINKED_DATA.findall(text)
        assert not set("<>&") & set("".join(LINKED_DATA.findall(text)))
        assert "</script><b>" not in text
        head = text.split("</head>")[0]
        for content in re.findall(r'<meta (?:name|property)="[a-z:_]+" content="([^"]*)">', head):
            assert "<" not in content
        assert head.count("<meta ") == len(re.findall(r'<meta [a-z]+="[^"]*"(?: content="[^"]*")?>', head))
    assert linked_data(body(client.get("/empfehlungen/a/")))["HowTo"]["name"] == HOSTILE


@pytest.mark.parametrize("make", [make_recommendation, make_example])
def test_a_preview_says_nothing_to_machines(client, make):
    record = make(title_de="Noch geheim", **DRAFT)
    table = "recommendations" if make is make_recommendation else "practice-examples"
    text = body(client.get(preview_address(table, record)))
    assert not LINKED_DATA.findall(text)
    assert "canonical" not in text
    assert 'rel="alternate"' not in text


def test_what_is_gone_or_never_was_says_nothing_to_machines(client):
    make_recommendation(slug="alt", **ARCHIVED)
    for address in ("/empfehlungen/alt/", "/empfehlungen/nie/", "/empfehlungen/?page=9", "/gibt-es-nicht/"):
        text = body(client.get(address))
        assert not LINKED_DATA.findall(text)
        assert "canonical" not in text


def test_what_a_shared_link_shows(world, client):
    assert tags(body(client.get("/en/recommendations/bauen/"))) == {
        "title": "Bauen",
        "description": "Kurz.",
        "type": "article",
        "url": "https://portal.example/en/recommendations/bauen/",
        "locale": "en_GB",
        "locale:alternate": "de_DE",
        "site_name": "Migration as an opportunity",
    }
    found = tags(body(client.get("/empfehlungen/?challenge=wohnraum")))
    assert (found["title"], found["type"]) == ("Wohnraum: Handlungsempfehlungen", "website")


def test_every_page_for_search_engines_has_a_title_and_a_description(world, client):
    for german, english, _kind in KINDS:
        for address in (german, english):
            text = body(client.get(address))
            found = tags(text)
            assert found["title"], address
            assert found["description"], address
            assert f'<meta name="description" content="{found["description"]}">' in unescape(text)
            assert f"<title>{found['title']} – {found['site_name']}</title>" in unescape(text)


@pytest.mark.parametrize(
    ("markdown", "start"),
    [
        ("## Kopf\n\nEin **fetter**\n[Link](/x/) und `Code`.\n\nZweiter.", "Ein fetter Link und Code."),
        ("⟦Name eintragen⟧\n\nDann das.", "Dann das."),
        ("- nur\n- Liste", "nur"),
        ("## Nur Kopf", ""),
        ("", ""),
    ],
)
def test_the_opening_of_a_long_page_is_its_description(markdown, start):
    with translation.override("de"):
        assert opening(markdown) == start
