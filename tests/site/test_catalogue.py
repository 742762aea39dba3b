"""The catalogue of the data, as harvesters read it."""

import os
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.conf import settings as configured
from rdflib import DCTERMS, FOAF, RDF, SKOS, Graph, Literal, URIRef
from rdflib.compare import isomorphic

from portal import exports, releases
from portal.entries import revise, touch
from portal.exports import LinkTable
from portal.models import ContentChange, GlossaryTerm, Release, Revision, User
from portal.site.catalogue import DCAT, DCATDE, FOR_LINKS, SPDX, VCARD, catalogue, released
from portal.site.tables import ALL_TABLES, TABLES
from portal.workflow import discard, working_copy
from recommendations.models import Recommendation, Source
from tests.factories import DRAFT, PUBLISHED, make_recommendation, make_source
from tests.site.world import body, make_world

FORMATS = {
    "ttl": ("turtle", "text/turtle"),
    "rdf": ("xml", "application/rdf+xml"),
    "jsonld": ("json-ld", "application/ld+json"),
}
PORTAL = "http://testserver/daten/#"
EU = "http://publications.europa.eu/resource/authority/"
RELEASE = Release(
    number=3,
    created_at=datetime(2026, 3, 1, 12, tzinfo=UTC),
    tables={
        name: {"rows": rows, "sha256": sha256}
        for name, rows, sha256 in (
            ("recommendations", 120, "0a" * 32),
            ("recommendation-challenges", 150, "0b" * 32),
            ("municipalities", 41, "0c" * 32),
            ("once-a-table", 5, "0d" * 32),
        )
    },
)


# rdflib says so of itself when it reads JSON-LD.
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")


@pytest.fixture
def world(db):
    make_world()


def harvest(client, extension="ttl"):
    return Graph().parse(data=body(client.get(f"/katalog.{extension}")), format=FORMATS[extension][0])


def dataset(table):
    return URIRef(PORTAL + table)


def one(graph, subject, predicate):
    (value,) = graph.objects(subject, predicate)
    return value


@pytest.mark.parametrize("extension", FORMATS)
def test_every_serialisation_says_the_same(world, client, extension):
    response = client.get(f"/katalog.{extension}")
    assert response.headers["Content-Type"].split(";")[0] == FORMATS[extension][1]
    found = harvest(client, extension)
    assert len(found) > 500
    assert isomorphic(found, catalogue(released()))


@pytest.mark.parametrize("path", ["/katalog.csv", "/katalog.", "/katalog.ttl/", "/en/katalog.ttl", "/katalog"])
def test_there_is_no_other_catalogue(world, client, path):
    assert client.get(path).status_code == 404


def addresses(graph, subject):
    """Where its files are, without the portal."""
    files = graph.objects(subject, DCAT.distribution)
    return {str(one(graph, file, DCAT.downloadURL)).removeprefix("http://testserver") for file in files}


def test_the_whole_every_table_and_every_release_are_datasets_and_nothing_else_is(world, client):
    graph = harvest(client)
    (of,) = graph.subjects(RDF.type, DCAT.Catalog)
    whole, release = dataset("package"), URIRef("http://testserver/daten/releases/1/#dataset")
    listed = set(graph.objects(of, DCAT.dataset))
    assert listed == {whole, release, *map(dataset, TABLES)} == set(graph.subjects(RDF.type, DCAT.Dataset))
    assert addresses(graph, whole) == {"/daten/paket.zip"}
    assert addresses(graph, release) > {"/daten/releases/1/paket.zip", "/daten/releases/1/recommendations.jsonl"}


def test_a_table_has_every_rendering_and_the_tables_that_link_it_as_distributions(world, client):
    graph = harvest(client)
    for name, table in TABLES.items():
        links = [each.name for each in ALL_TABLES.values() if isinstance(each, LinkTable) and each.owner is table]
        assert addresses(graph, dataset(name)) == {
            *(f"/daten/{name}.{extension}" for extension in exports.RENDERINGS),
            *(f"/daten/{link}.{extension}" for link in links for extension in FOR_LINKS),
        }
    assert "/daten/recommendation-challenges.csv" in addresses(graph, dataset("recommendations"))


def test_what_is_offered_can_be_downloaded_in_the_media_type_that_is_named(world, client):
    graph = harvest(client)
    for file in graph.subjects(RDF.type, DCAT.Distribution):
        address = one(graph, file, DCAT.accessURL)
        assert address == one(graph, file, DCAT.downloadURL)
        response = client.get(address.removeprefix("http://testserver"))
        body(response)
        media_type = response.headers["Content-Type"].split(";")[0]
        assert str(one(graph, file, DCAT.mediaType)) == f"https://www.iana.org/assignments/media-types/{media_type}"


def test_a_new_rendering_appears_by_itself(world, monkeypatch):
    monkeypatch.setitem(exports.RENDERINGS, "ods", exports.RENDERINGS["csv"])
    graph = catalogue()
    files = list(graph.objects(dataset("sources"), DCAT.distribution))
    assert URIRef("http://testserver/daten/sources.ods") in [one(graph, file, DCAT.downloadURL) for file in files]


MANDATORY = {
    DCAT.Catalog: [DCTERMS.title, DCTERMS.description, DCTERMS.publisher, DCTERMS.license, DCAT.dataset],
    DCAT.Dataset: [
        DCTERMS.title, DCTERMS.description, DCTERMS.publisher, DCTERMS.creator, DCTERMS.identifier, DCTERMS.issued,
        DCTERMS.language, DCTERMS.spatial, DCTERMS.accrualPeriodicity, DCTERMS.accessRights, DCAT.contactPoint,
        DCAT.theme, DCAT.keyword, DCAT.landingPage, DCAT.distribution,
    ],
    DCAT.Distribution: [
        DCTERMS.title, DCTERMS.license, DCTERMS.format, DCTERMS.language, DCAT.accessURL, DCAT.downloadURL,
        DCAT.mediaType, DCATDE.licenseAttributionByText,
    ],
    FOAF.Agent: [FOAF.name],
    VCARD.Kind: [VCARD.fn, VCARD.hasURL],
    SPDX.Checksum: [SPDX.algorithm, SPDX.checksumValue],
}  # fmt: skip
SINGLE = [DCTERMS.publisher, DCTERMS.issued, DCTERMS.modified, DCTERMS.accrualPeriodicity, DCTERMS.license, VCARD.fn,
          DCTERMS.format, DCAT.mediaType, SPDX.checksum, SPDX.checksumValue, DCAT.version]  # fmt: skip


def test_nothing_that_the_profile_demands_is_missing_or_said_twice(world):
    graph = catalogue([RELEASE])
    for kind, predicates in MANDATORY.items():
        subjects = list(graph.subjects(RDF.type, kind))
        assert subjects, kind
        for subject in subjects:
            assert not [predicate for predicate in predicates if not list(graph.objects(subject, predicate))], subject
            assert not [predicate for predicate in SINGLE if len(list(graph.objects(subject, predicate))) > 1], subject
    assert not [term for triple in graph for term in triple if not isinstance(term, (URIRef, Literal))]  # stable names
    assert all(str(text).strip() for text in graph.objects() if isinstance(text, Literal))


def test_every_text_is_there_in_german_and_english(world):
    graph = catalogue([RELEASE])
    for kind in (DCAT.Catalog, DCAT.Dataset, DCAT.Distribution):
        for subject in graph.subjects(RDF.type, kind):
            for predicate in (DCTERMS.title, DCTERMS.description, DCATDE.licenseAttributionByText, DCAT.keyword):
                found = {text.language for text in graph.objects(subject, predicate)}
                assert found in ({"de", "en"}, set()), (subject, predicate)
    titles = {text.language: str(text) for text in graph.objects(dataset("practice-examples"), DCTERMS.title)}
    assert titles["de"].startswith("Praxisbeispiele (Migration als Chance")
    assert titles["en"].startswith("Practice examples (Migration as an opportunity")


def test_who_uses_facts_of_the_register_is_told_to_name_it(world):
    graph = catalogue()
    named = {
        table for table in ALL_TABLES
        for text in graph.objects(URIRef(f"{PORTAL}{table}-csv"), DCATDE.licenseAttributionByText)
        if text.language == "de" and "CC BY 4.0. Angaben zu Kommunen: Statistisches Bundesamt (Destatis)" in text
    }  # fmt: skip
    links = [name for name, table in ALL_TABLES.items() if getattr(table, "owner", table).name == "practice-examples"]
    assert named == set(links)


def test_facts_of_the_register_alone_are_not_put_under_our_licence(world):
    graph = catalogue([RELEASE])
    of_register = {f"municipalities-{extension}" for extension in exports.RENDERINGS}
    licences = {
        str(file).removeprefix(PORTAL): str(one(graph, file, DCTERMS.license)).rpartition("licenses/")[2]
        for file in graph.subjects(RDF.type, DCAT.Distribution)
        if str(file).startswith(PORTAL)
    }
    assert {name for name, licence in licences.items() if licence == "other-open"} == of_register
    assert {licence for name, licence in licences.items() if name not in of_register} == {"cc-by/4.0"}
    file = URIRef("http://testserver/daten/releases/3/#municipalities-csv")
    assert str(one(graph, file, DCTERMS.license)).endswith("/other-open")
    credit = {text.language: str(text) for text in graph.objects(file, DCATDE.licenseAttributionByText)}
    assert credit["de"].startswith("Angaben zu Kommunen: Statistisches Bundesamt (Destatis)")
    package = {str(text) for text in graph.objects(URIRef(f"{PORTAL}package-zip"), DCATDE.licenseAttributionByText)}
    assert all("CC BY 4.0" in text and "Destatis" in text for text in package)


def test_without_settings_nobody_is_made_up(world):
    graph = catalogue()
    (publisher,) = graph.subjects(RDF.type, FOAF.Agent)
    assert {str(name) for name in graph.objects(publisher, FOAF.name)} == {
        "Migration als Chance – Wissensportal für Kommunen",
        "Migration as an opportunity – knowledge portal for municipalities",
    }
    (contact,) = graph.subjects(RDF.type, VCARD.Kind)
    assert list(graph.objects(contact, VCARD.hasEmail)) == []
    assert URIRef("http://testserver/hinweis/") in graph.objects(contact, VCARD.hasURL)
    assert list(graph.objects(None, DCATDE.contributorID)) == []


def test_the_settings_name_publisher_contact_and_contributor(world, settings):
    settings.PUBLISHER, settings.PUBLISHER_EMAIL = "Stadt Musterstadt", "daten+portal@musterstadt.example"
    settings.CONTRIBUTOR_ID = "http://dcat-ap.de/def/contributors/musterstadt"
    graph = catalogue([RELEASE])
    (publisher,) = graph.subjects(RDF.type, FOAF.Agent)
    assert one(graph, publisher, FOAF.name) == Literal("Stadt Musterstadt")
    (contact,) = graph.subjects(RDF.type, VCARD.Kind)
    assert one(graph, contact, VCARD.hasEmail) == URIRef("mailto:daten%2Bportal@musterstadt.example")
    for subject in graph.subjects(RDF.type, DCAT.Dataset):
        assert one(graph, subject, DCATDE.contributorID) == URIRef(settings.CONTRIBUTOR_ID)
    texts = set(map(str, graph.objects(None, DCATDE.licenseAttributionByText)))
    ours = [text for text in texts if "CC BY 4.0" in text]
    assert ours
    assert all(text.startswith("Stadt Musterstadt: Migration a") for text in ours)


def test_a_release_that_lacks_files_is_not_described(world, client):
    (releases.path(1) / "paket.zip").unlink()
    graph = harvest(client)
    assert set(graph.subjects(RDF.type, DCAT.Dataset)) == {dataset("package"), *map(dataset, TABLES)}


def test_a_release_is_a_version_of_its_tables_with_counts_and_checksum(world):
    graph = catalogue([RELEASE])
    release = URIRef("http://testserver/daten/releases/3/#dataset")
    assert release in graph.objects(None, DCAT.dataset)
    assert one(graph, release, DCAT.version) == Literal("3")
    assert one(graph, release, DCTERMS.issued) == Literal(date(2026, 3, 1))
    assert set(graph.objects(release, DCAT.isVersionOf)) == set(
        map(dataset, ["package", "recommendations", "municipalities"])
    )
    assert set(graph.subjects(DCAT.hasVersion, release)) == set(
        map(dataset, ["package", "recommendations", "municipalities"])
    )
    texts = {text.language: str(text) for text in graph.objects(release, DCTERMS.description)}
    assert "1. März 2026" in texts["de"]
    assert "Handlungsempfehlungen: 120; Kommunen: 41." in texts["de"]
    titles = {text.language: str(text) for text in graph.objects(release, DCTERMS.title)}
    assert titles["de"].startswith("Datenstand 3 vom 1. März 2026 (Migration als Chance")
    assert titles["en"].startswith("Data release 3 of 1 March 2026 (Migration as an opportunity")
    assert "1 March 2026" in texts["en"]
    file = URIRef("http://testserver/daten/releases/3/#recommendations-jsonl")
    assert file in graph.objects(release, DCAT.distribution)
    checksum = one(graph, file, SPDX.checksum)
    assert str(one(graph, checksum, SPDX.checksumValue)) == "0a" * 32
    assert one(graph, checksum, SPDX.algorithm) == URIRef("http://spdx.org/rdf/terms#checksumAlgorithm_sha256")
    assert list(graph.objects(URIRef("http://testserver/daten/releases/3/#municipalities-csv"), SPDX.checksum)) == []


def dates(graph):
    """issued, modified; each dataset says the same"""
    found = {
        (*graph.objects(each, DCTERMS.issued), *graph.objects(each, DCTERMS.modified))
        for each in map(dataset, ["package", *TABLES])
    }
    assert len(found) == 1
    return [str(value) for value in found.pop()]


def test_an_empty_portal_has_a_catalogue_too(db):
    assert dates(catalogue()) == []


def revised(record, day):
    """Its present state, written down on that day of 2025."""
    revision = revise(record)
    Revision.objects.filter(pk=revision.pk).update(created_at=datetime(2025, 6, day, 10, tzinfo=UTC))


def test_the_dates_are_those_of_the_public_content(world):
    assert dates(catalogue()) == ["2024-01-02T13:00:00+01:00"] * 2
    revised(Source.objects.get(key="studie-2020"), 1)
    assert dates(catalogue()) == ["2024-01-02T13:00:00+01:00", "2025-06-01T12:00:00+02:00"]
    revised(GlossaryTerm.objects.get(), 2)
    assert dates(catalogue())[1] == "2025-06-02T12:00:00+02:00"
    hidden = make_recommendation(sources=[make_source()], **DRAFT)
    revised(hidden, 3)
    revised(hidden.citations.get().source, 3)
    assert dates(catalogue())[1] == "2025-06-02T12:00:00+02:00"
    Recommendation.objects.filter(pk=hidden.pk).update(
        **PUBLISHED | {"published_at": datetime(2025, 7, 1, 10, tzinfo=UTC)}
    )
    assert dates(catalogue())[1] == "2025-07-01T12:00:00+02:00"


def test_a_new_edition_of_the_register_is_a_change(world):
    touch("municipalities")
    ContentChange.objects.filter(record_id=None).update(created_at=datetime(2025, 8, 1, 10, tzinfo=UTC))
    assert dates(catalogue())[1] == "2025-08-01T12:00:00+02:00"


def test_a_working_copy_changes_nothing_not_even_when_it_is_given_up(world, client):
    before = body(client.get("/katalog.ttl"))
    editor = User.objects.create(username="ada")
    copy = working_copy(Recommendation.objects.get(slug="bauen"), editor)
    assert body(client.get("/katalog.ttl")) == before
    discard(copy, editor)
    assert body(client.get("/katalog.ttl")) == before


@pytest.mark.parametrize("extension", FORMATS)
def test_who_has_the_catalogue_is_told_that_it_is_the_same(world, client, extension):
    first = client.get(f"/katalog.{extension}")
    again = client.get(f"/katalog.{extension}", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get(f"/katalog.{extension}").content == first.content


# rdflib goes through sets, whose order differs from process to process.
IN_ANOTHER_PROCESS = """
import sys, django
django.setup()
import portal.site.urls
assert "rdflib" not in sys.modules, "loaded before anybody has asked for the catalogue"
from rdflib import Graph
from portal.site.catalogue import SERIALISATIONS, ordered
graph = ordered(Graph().parse(sys.stdin.buffer, format="turtle"))
for write, _media_type in SERIALISATIONS.values():
    sys.stdout.buffer.write(write(graph))
"""


def test_another_process_writes_the_same_bytes_and_loads_rdflib_only_when_asked(world, client):
    written = [client.get(f"/katalog.{extension}").content for extension in FORMATS]
    child = subprocess.run(
        [sys.executable, "-c", IN_ANOTHER_PROCESS], input=written[0], cwd=configured.BASE_DIR, check=True,
        capture_output=True, env={**os.environ, "PYTHONHASHSEED": "1", "DJANGO_SETTINGS_MODULE": "tests.settings"},
    )  # fmt: skip
    assert child.stdout == b"".join(written)


def test_the_data_page_leads_to_the_catalogue(world, client):
    for address in ("/daten/", "/en/data/"):
        page = body(client.get(address))
        for extension, (_name, media_type) in FORMATS.items():
            assert f'<link rel="alternate" type="{media_type}" href="/katalog.{extension}">' in page
            assert f'<a class="kern-link" href="/katalog.{extension}">' in page


# Taken from the lists of the EU and of GovData.
VOCABULARIES = {
    EU + "language": {"DEU", "ENG"},
    EU + "country": {"DEU"},
    EU + "data-theme": {"SOCI", "GOVE", "REGI"},
    EU + "frequency": {"IRREG", "NEVER"},
    EU + "access-right": {"PUBLIC"},
    EU + "file-type": {"CSV", "XLSX", "JSON", "ZIP"},
    "http://dcat-ap.de/def/licenses": {"cc-by/4.0", "other-open"},
    "http://dcat-ap.de/def/contributors": {"musterstadt"},
}


def test_terms_are_those_of_the_vocabularies(world, settings):
    settings.CONTRIBUTOR_ID = "http://dcat-ap.de/def/contributors/musterstadt"
    graph = catalogue([RELEASE])
    assert {str(scheme): {str(term).removeprefix(f"{scheme}/") for term in graph.subjects(SKOS.inScheme, scheme)}
            for scheme in graph.objects(None, SKOS.inScheme)} == VOCABULARIES  # fmt: skip


# The official shapes are not ours to keep here: DCAT_SHAPES_DIR says where they are.
DIRECTORY = os.environ.get("DCAT_SHAPES_DIR")


@pytest.mark.skipif(not DIRECTORY, reason="DCAT_SHAPES_DIR names no directory with the shapes of DCAT-AP.de")
def test_the_official_shapes_find_nothing_and_would_find_something(world, settings):
    import pyshacl

    shapes = Graph()
    for file in sorted(Path(DIRECTORY).glob("dcat-ap*.ttl")):
        shapes.parse(file)

    def found(described):
        conforms, _graph, text = pyshacl.validate(Graph() + described, shacl_graph=shapes, inference="none")
        return "" if conforms else text

    assert found(catalogue([RELEASE])) == ""
    settings.PUBLISHER, settings.PUBLISHER_EMAIL = "Stadt Musterstadt", "daten@musterstadt.example"
    settings.CONTRIBUTOR_ID = "http://dcat-ap.de/def/contributors/musterstadt"
    graph = catalogue([RELEASE])
    assert found(graph) == ""
    graph.remove((dataset("sources"), DCTERMS.publisher, None))
    graph.remove((URIRef(f"{PORTAL}sources-csv"), DCTERMS.license, None))
    graph.set((dataset("challenges"), DCTERMS.accrualPeriodicity, URIRef(EU + "frequency/NOW_AND_THEN")))
    assert "Results (3)" in found(graph)
