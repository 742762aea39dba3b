"""Citations of the portal, its records and their sources: files, and what the pages offer."""

import json
import re
from datetime import UTC, date, datetime

import pytest
import rispy
from django.urls import reverse
from django.utils import timezone
from pybtex.database import parse_string

from portal import releases, workflow
from portal.citations import RENDERINGS
from portal.models import Release, User
from portal.site.tables import ALL_TABLES
from recommendations.models import Challenge, PracticeExample, Recommendation
from tests.factories import (
    HIDDEN,
    make_challenge,
    make_example,
    make_municipality,
    make_recommendation,
    make_source,
)
from tests.site.world import body, preview_address

pytestmark = pytest.mark.django_db

FILES = {
    "recommendations": "/daten/recommendations/E001",
    "practice-examples": "/daten/practice-examples/P001",
    "challenges": "/daten/challenges/wohnraum",
}
MAKERS = {
    "recommendations": lambda **fields: make_recommendation(number="E001", slug="bauen", **fields),
    "practice-examples": lambda **fields: make_example(number="P001", slug="lotsen", **fields),
    "challenges": lambda **fields: make_challenge("wohnraum", **fields),
}


@pytest.fixture(autouse=True)
def portal(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    settings.SITE_ADDRESS, settings.PUBLISHER = "https://portal.example", "Stadt Musterhausen"


@pytest.fixture
def source():
    return make_source(
        "studie-2020", title="Wohnen & Ankommen", authors="Beispiel, Ada", publisher="Verlag", year=2020,
        url="https://example.org/studie", seen_on=date(2026, 4, 2),
    )  # fmt: skip


def test_a_recommendation_in_every_form(client, source):
    make_recommendation(
        number="E001", slug="bauen", title_de="Bauen", title_en="Build", sources=[source], licence="cc-by-sa-4.0",
        published_at=datetime(2025, 3, 1, 23, 30, tzinfo=UTC),
    )  # fmt: skip
    today = timezone.localdate()
    (entry,) = parse_string(body(client.get("/daten/recommendations/E001.bib")), "bibtex").entries.values()
    assert (entry.key, entry.type) == ("wissensportal-E001", "online")
    assert [str(person) for person in entry.persons["author"]] == ["{Stadt Musterhausen}"]
    assert dict(entry.fields) == {
        "title": "{Bauen (E001)}",
        "organization": "{Migration als Chance – Wissensportal für Kommunen}",
        "publisher": "{Stadt Musterhausen}",
        "date": "2025-03-02",  # in Berlin
        "year": "2025",
        "url": "https://portal.example/empfehlungen/bauen/",
        "urldate": str(today),
        "langid": "ngerman",
        "note": "Nach: Beispiel 2020. Lizenz: CC BY-SA 4.0",
    }
    (record,) = rispy.loads(body(client.get("/daten/recommendations/E001.ris?lang=en")))
    assert record["title"] == "Build (E001)"
    assert record["urls"] == ["https://portal.example/en/recommendations/bauen/"]
    assert record["language"] == "en"
    assert record["notes"] == ["Based on Beispiel 2020", "Licence: CC BY-SA 4.0"]
    (item,) = json.loads(body(client.get("/daten/recommendations/E001.csl.json")))
    assert record["id"] == "wissensportal-E001-en"  # another page than the German one
    assert (item["id"], item["type"], item["issued"]) == (entry.key, "webpage", {"date-parts": [[2025, 3, 2]]})
    text = body(client.get("/daten/recommendations/E001.txt"))
    assert text.startswith(
        "Stadt Musterhausen (2. März 2025): Bauen (E001). Migration als Chance – Wissensportal für Kommunen. "
        "Nach: Beispiel 2020. CC BY-SA 4.0. https://portal.example/empfehlungen/bauen/, abgerufen am "
    )


def test_the_sources_own_citation_names_nothing_of_ours(client, source):
    make_recommendation(sources=[source])
    (entry,) = parse_string(body(client.get("/daten/sources/studie-2020.bib")), "bibtex").entries.values()
    assert (entry.key, entry.type, str(entry.persons["author"][0])) == ("studie-2020", "misc", "Beispiel, Ada")
    assert dict(entry.fields) == {
        "title": r"{Wohnen \& Ankommen}",
        "publisher": "{Verlag}",
        "year": "2020",
        "url": "https://example.org/studie",
        "urldate": "2026-04-02",
        "langid": "ngerman",
    }
    text = "Beispiel, Ada (2020): Wohnen & Ankommen. Verlag. https://example.org/studie, abgerufen am 2. April 2026.\n"
    assert body(client.get("/daten/sources/studie-2020.txt")) == text


def test_of_a_source_seen_second_hand_the_citation_says_so_and_takes_no_address_for_its_own(client):
    seen = make_source(
        "bericht", title="Das Ankommen", kind="secondary", url="https://example.org/ueber", title_is_descriptive=True
    )
    named = make_source(
        "name", kind="secondary", url="https://example.org/ueber", doi="10.1000/x", seen_on=date(2026, 4, 2)
    )
    make_recommendation(sources=[seen, named])
    (record,) = rispy.loads(body(client.get("/daten/sources/bericht.ris?lang=en")))
    assert record["notes"] == ["The title is ours. Seen second-hand: the address leads to what we have seen."]
    (record,) = rispy.loads(body(client.get("/daten/sources/name.ris")))
    assert "urls" not in record
    assert "notes" not in record
    assert body(client.get("/daten/sources/name.txt")).endswith(" https://doi.org/10.1000/x\n")


def test_the_portal_as_a_whole(client):
    make_recommendation(published_at=datetime(2024, 12, 31, 23, 30, tzinfo=UTC))
    (entry,) = parse_string(body(client.get("/daten/zitat.bib?lang=en")), "bibtex").entries.values()
    assert (entry.key, entry.fields["year"]) == ("wissensportal-en", "2025")  # in Berlin
    assert entry.fields["url"] == "https://portal.example/en/"
    assert entry.fields["title"] == "{Migration as an opportunity – knowledge portal for municipalities}"
    page = client.get("/daten/")
    assert body(client.get("/daten/zitat.txt")).strip() in body(page)
    for _label, url in page.context["citation"]["files"]:
        assert client.get(url).status_code == 200


@pytest.mark.parametrize(
    ("ending", "content_type"),
    [
        ("bib", "application/x-bibtex; charset=utf-8"),
        ("ris", "application/x-research-info-systems; charset=utf-8"),
        ("csl.json", "application/vnd.citationstyles.csl+json"),
        ("txt", "text/plain; charset=utf-8"),
    ],
)
def test_a_file_has_a_type_a_name_and_is_not_sent_twice(client, ending, content_type):
    make_recommendation(number="E001", title_de="Ä")
    response = client.get(f"/daten/recommendations/E001.{ending}")
    assert response.headers["Content-Type"] == content_type
    assert response.headers["Content-Disposition"] == f'attachment; filename="wissensportal-E001.{ending}"'
    assert response.headers["Cache-Control"] == "public, no-cache"
    again = client.get(f"/daten/recommendations/E001.{ending}", headers={"If-None-Match": response.headers["ETag"]})
    assert again.status_code == 304
    assert client.post(f"/daten/recommendations/E001.{ending}").status_code == 405


@pytest.mark.parametrize(
    "address",
    [
        "/daten/recommendations/E999.bib",
        "/daten/recommendations/bauen.bib",
        "/daten/recommendations/E001.pdf",
        "/daten/recommendations/E001.json",
        "/daten/municipalities/05962004.bib",
        "/daten/sources/E001.bib",
        "/daten/zitat.csv",
        "/en/data/recommendations/E001.bib",
    ],
)
def test_what_does_not_exist_is_not_found(client, address):
    make_recommendation(number="E001", slug="bauen")
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("table", FILES)
@pytest.mark.parametrize("ending", RENDERINGS)
@pytest.mark.parametrize("status", HIDDEN)
def test_a_record_that_is_not_public_has_no_citation(client, table, ending, status):
    source = make_source("nur-hier", title="Xgeheimx")
    record = MAKERS[table](title_de="Xgeheimx", **HIDDEN[status])
    record.citations.create(source=source)
    response = client.get(f"{FILES[table]}.{ending}")
    assert (
        response.status_code
        == client.get(record.get_absolute_url()).status_code
        == (410 if status == "archived" else 404)
    )
    assert "Xgeheimx" not in body(response)
    hidden = client.get(f"/daten/sources/nur-hier.{ending}")
    assert hidden.status_code == 404
    assert "Xgeheimx" not in body(hidden)


@pytest.mark.parametrize("table", FILES)
def test_of_a_withdrawn_record_the_citation_is_gone_also_when_it_is_a_draft_again(client, table):
    user = User.objects.create(username="ada")
    record = MAKERS[table](title_de="Xgeheimx")
    workflow.revise(record, user)
    record = workflow.withdraw(record, user, "Ist überholt.")
    response = client.get(f"{FILES[table]}.bib")
    assert response.status_code == 410
    assert response.json()["detail"] == "Ist überholt."
    workflow.reopen(record, user)
    response = client.get(f"{FILES[table]}.bib")
    assert response.status_code == 410
    assert "Xgeheimx" not in body(response)


def test_the_citation_of_a_renamed_challenge_moves_with_it_and_that_of_a_recommendation_stays(client):
    user = User.objects.create(username="ada")
    for record, new in ((MAKERS["challenges"](), "wohnen"), (MAKERS["recommendations"](), "neu-bauen")):
        workflow.revise(record, user)
        workflow.rename(record, user, new)
    moved = client.get("/daten/challenges/wohnraum.csl.json?lang=en")
    assert (moved.status_code, moved.headers["Location"]) == (301, "/daten/challenges/wohnen.csl.json?lang=en")
    assert client.get(moved.headers["Location"]).status_code == 200
    assert "/empfehlungen/neu-bauen/" in body(client.get("/daten/recommendations/E001.txt"))


def test_reference_managers_read_in_the_head_of_a_page_how_to_cite_it(client, source):
    recommendation = make_recommendation(
        number="E001", slug="bauen", title_de="<Bauen>", sources=[source],
        published_at=datetime(2025, 3, 1, 12, tzinfo=UTC),
    )  # fmt: skip
    releases.make(ALL_TABLES)
    Release.objects.update(created_at=datetime(2026, 3, 1, 12, tzinfo=UTC))

    def read(address):
        head = body(client.get(address)).partition("</head>")[0]
        return dict(re.findall(r'<meta name="(citation_\w+)" content="([^"]*)">', head))

    assert read("/empfehlungen/bauen/") == {
        "citation_title": "&lt;Bauen&gt; (E001)",
        "citation_author": "Stadt Musterhausen",
        "citation_publisher": "Stadt Musterhausen",
        "citation_publication_date": "2025/03/01",
        "citation_public_url": "https://portal.example/empfehlungen/bauen/",
        "citation_language": "de",
    }
    release = read("/en/data/releases/1/")
    assert (release["citation_title"], release["citation_publication_date"]) == ("Data release 1", "2026/03/01")
    assert read("/daten/") == read("/") == {}
    assert read(preview_address("recommendations", recommendation)) == {}


@pytest.mark.parametrize("lang", ["de", "en"])
def test_a_page_keeps_our_citation_and_those_of_its_sources_apart(client, source, lang):
    make_recommendation("wohnraum", number="E001", slug="bauen", title_de="Bauen", sources=[source])
    query, address = ("", "/empfehlungen/bauen/") if lang == "de" else ("?lang=en", "/en/recommendations/bauen/")
    key = "wissensportal-E001" if lang == "de" else "wissensportal-E001-en"
    mark = "" if lang == "de" else ' lang="de"'
    page = body(client.get(address))
    sources, ours = page.split('aria-labelledby="cite"')
    own = re.search(rf'id="citation-studie-2020"{mark}>([^<]*)<', sources)[1]
    said = "Beispiel, Ada (2020): Wohnen & Ankommen. Verlag. https://example.org/studie, "
    assert own.replace("&amp;", "&").startswith(said)
    assert "wissensportal-E001" not in sources
    assert body(client.get(f"/daten/recommendations/E001.txt{query}")).strip() in ours
    for ending in RENDERINGS:
        assert f'href="/daten/sources/studie-2020.{ending}{query}" download' in sources
        assert f'href="/daten/recommendations/E001.{ending}{query}" download' in ours
    buttons = re.findall(r'data-copy="([^"]*)"', page)
    assert buttons == ["citation-studie-2020", f"citation-{key}"]
    assert all(page.count(f'id="{target}"') == 1 for target in buttons)
    assert page.count("data-script hidden") == len(buttons)  # shown by the script that makes them work


@pytest.mark.parametrize(
    ("table", "model"),
    [("recommendations", Recommendation), ("practice-examples", PracticeExample), ("challenges", Challenge)],
)
def test_the_preview_of_a_draft_offers_no_file_to_cite(client, table, model):
    record = MAKERS[table](**HIDDEN["draft"])
    record.citations.create(source=make_source())
    page = body(client.get(preview_address(table, record)))
    assert 'class="kern-body cite__text"' in page
    assert not [ending for ending in RENDERINGS if f'.{ending}"' in page]


def test_a_municipality_is_cited_by_its_page_and_has_no_file(client):
    make_municipality("05962004", name="Altena", register_on="2025-08-31")
    page = body(client.get("/kommunen/05962004/"))
    assert "https://portal.example/kommunen/05962004/, abgerufen am" in page
    assert "cite__files" not in page


def test_the_file_of_a_recommendation_needs_few_queries(client, source, django_assert_max_num_queries):
    make_recommendation("wohnraum", "sprache", number="E001", sources=[source, make_source()], steps=["Eins", "Zwei"])
    address = reverse("citation", args=["recommendations", "E001", "bib"])
    client.get(address)
    with django_assert_max_num_queries(5):
        client.get(address)
