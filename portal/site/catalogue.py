"""The catalogue of the data for GovData and other harvesters: DCAT-AP.de 3.0, one graph in three serialisations.

Import it only where it is needed: rdflib takes 20 MB of memory.
Whatever is described has an address of its own; so it can be named from outside and is written alike every time.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from urllib.parse import quote

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rdflib import DCTERMS, FOAF, RDF, SKOS, XSD, Graph, Literal, Namespace, URIRef
from rdflib.plugins.serializers.jsonld import from_rdf

from portal import models
from portal import releases as frozen
from portal.exports import RENDERINGS
from portal.history import content_dates
from portal.linked_data import full

from .tables import ALL_TABLES

DCAT = Namespace("http://www.w3.org/ns/dcat#")  # rdflib's own lacks the terms of DCAT 3
DCATDE = Namespace("http://dcat-ap.de/def/dcatde/")
SPDX = Namespace("http://spdx.org/rdf/terms#")
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")
EU = "http://publications.europa.eu/resource/authority/"
DCATDE_TERMS = "http://dcat-ap.de/def/"
IANA = Namespace("https://www.iana.org/assignments/media-types/")
PREFIXES = {
    "rdf": RDF, "dcat": DCAT, "dct": DCTERMS, "foaf": FOAF, "dcatde": DCATDE, "spdx": SPDX, "vcard": VCARD, "xsd": XSD,
    "skos": SKOS,
}  # fmt: skip

KEYWORDS = {
    "de": ["Migration", "Integration", "Teilhabe", "Kommunen"],
    "en": ["migration", "integration", "participation", "municipalities"],
}
# In the vocabulary of the EU, which has no other name for lines of JSON.
FILE_TYPES = {"csv": "CSV", "xlsx": "XLSX", "json": "JSON", "jsonl": "JSON"}
# The tables that hold facts of the register of municipalities.
WITH_REGISTER = ("municipalities", "practice-examples")

PORTAL = gettext_lazy("Migration as an opportunity – knowledge portal for municipalities")
SELECTION = gettext_lazy(
    "The collection is a selection, not a census: frequencies do not show what municipalities do overall."
)
EACH_LICENCE = gettext_lazy("Our texts are licensed CC BY 4.0 unless the row names another licence.")


@dataclass(frozen=True)
class ReleaseFile:
    """A table of a release in one format. `address`: in full; `sha256`: of its bytes, if known."""

    table: str
    extension: str
    address: str
    rows: int
    sha256: str = ""


@dataclass(frozen=True)
class Release:
    """The tables as they stood on one day. `address`: of its page, in full."""

    number: int
    date: date
    address: str
    files: tuple[ReleaseFile, ...]

    @property
    def tables(self):
        """{name: number of rows}"""
        return {file.table: file.rows for file in self.files}


def released():
    """[Release] of those that can be downloaded."""
    with translation.override("de"):
        return [described(release) for release in models.Release.objects.standing()]


def described(release):
    files = [
        ReleaseFile(
            name,
            extension,
            full(frozen.address(release, name, {}, extension)),
            release.tables[name]["rows"],
            release.tables[name]["sha256"] if extension == "jsonl" else "",
        )
        for name in ALL_TABLES
        if name in release.tables
        for extension in frozen.FORMATS
    ]
    page = full(release.get_absolute_url())
    return Release(release.number, timezone.localdate(release.created_at), page, tuple(files))


def catalogue(releases=()):
    """The graph of everything that is offered: each table as it is today, and each of the releases."""
    return ordered(Description(releases).triples)


def ordered(triples):
    """A graph that is always written alike."""
    graph = Graph("SimpleMemory", bind_namespaces="none")  # the store that keeps the order
    for prefix, namespace in PREFIXES.items():
        graph.bind(prefix, namespace)
    for triple in sorted(triples, key=lambda triple: [term.n3() for term in triple]):
        graph.add(triple)
    return graph


class Description:
    """Collects the triples."""

    def __init__(self, releases):
        self.triples, self.releases = [], releases
        # The same for all tables, since the rows of one name records of others: labels, counts, sources.
        self.issued, self.modified = map(moment, content_dates({table.filter_class for table in ALL_TABLES.values()}))
        name = [Literal(settings.PUBLISHER)] if settings.PUBLISHER else in_both(PORTAL)
        mail = URIRef(f"mailto:{quote(settings.PUBLISHER_EMAIL, safe='@')}") if settings.PUBLISHER_EMAIL else None
        publisher = self.add(at("/#publisher"), FOAF.Agent, {FOAF.name: name, FOAF.homepage: at("/")})
        contact = self.add(
            at("/#contact"),
            VCARD.Kind,
            {VCARD.fn: name[0], VCARD.hasEmail: mail, VCARD.hasURL: pages("feedback")},
        )
        self.languages = [self.term(f"{EU}language", code) for code in ("DEU", "ENG")]
        self.licence = self.term(f"{DCATDE_TERMS}licenses", "cc-by/4.0")
        self.common = {
            DCTERMS.publisher: publisher,
            DCTERMS.creator: publisher,
            DCTERMS.language: self.languages,
            DCTERMS.spatial: self.add(self.term(f"{EU}country", "DEU"), DCTERMS.Location, {}),
        }
        self.of_datasets = self.common | {
            DCAT.contactPoint: contact,
            DCAT.theme: [self.term(f"{EU}data-theme", code) for code in ("SOCI", "GOVE", "REGI")],
            DCTERMS.accessRights: self.term(f"{EU}access-right", "PUBLIC"),
            DCATDE.contributorID: self.term(*settings.CONTRIBUTOR_ID.rsplit("/", 1))
            if settings.CONTRIBUTOR_ID
            else None,
            # Of the area: all of Germany.
            DCATDE.politicalGeocodingLevelURI: self.term(f"{DCATDE_TERMS}politicalGeocoding/Level", "federal"),
        }
        datasets = [*map(self.add_table, ALL_TABLES.values()), *map(self.add_release, releases)]
        self.add_catalogue(datasets)

    def add(self, subject, kind, properties):
        """`properties`: {predicate: a value, a list of values, or None for none}. Returns the subject."""
        self.triples.append((subject, RDF.type, kind))
        for predicate, values in properties.items():
            for value in values if isinstance(values, list) else [values]:
                if value is not None:
                    self.triples.append((subject, predicate, value))
        return subject

    def term(self, vocabulary, code):
        """A term, and to which vocabulary it belongs: so that can be checked without having the vocabularies."""
        found = URIRef(f"{vocabulary}/{code}")
        self.triples.append((found, SKOS.inScheme, URIRef(vocabulary)))
        return found

    def add_catalogue(self, datasets):
        def description():
            what = _("What municipalities can do about migration, integration and participation, as data.")
            return f"{what} {SELECTION}"

        self.add(
            at("/daten/#catalogue"),
            DCAT.Catalog,
            self.common
            | {
                DCTERMS.title: in_both(PORTAL),
                DCTERMS.description: in_both(description),
                DCTERMS.license: self.licence,
                DCTERMS.issued: self.issued,
                DCTERMS.modified: self.modified,
                FOAF.homepage: at("/"),
                DCAT.dataset: datasets,
            },
        )

    def add_table(self, table):
        dataset = dataset_of(table.name)
        owner = getattr(table, "owner", None)  # of a table of links
        about = [table.description, SELECTION]
        if "licence" in table.header:
            about.append(EACH_LICENCE)
        files = [
            self.add_file(
                f"{dataset}-{extension}", table.name, extension, at(reverse("table", args=[table.name, extension]))
            )
            for extension in RENDERINGS
        ]
        return self.add(
            dataset,
            DCAT.Dataset,
            self.of_datasets
            | {
                DCTERMS.title: in_both(lambda: f"{table.title} ({PORTAL})"),
                DCTERMS.description: in_both(lambda: " ".join(map(str, about))),
                DCTERMS.identifier: Literal(dataset),
                DCTERMS.issued: self.issued,
                DCTERMS.modified: self.modified,
                DCTERMS.accrualPeriodicity: self.term(f"{EU}frequency", "IRREG"),
                DCTERMS.relation: dataset_of(owner.name) if owner else None,
                DCAT.keyword: [*keywords(), *in_both(table.title)],
                DCAT.landingPage: pages("data"),
                DCAT.hasVersion: [version_of(release) for release in self.releases if table.name in release.tables],
                DCAT.distribution: files,
            },
        )

    def add_release(self, release):
        def title():
            facts = {"number": release.number, "date": date_format(release.date), "portal": PORTAL}
            return _("Release %(number)d of %(date)s (%(portal)s)") % facts

        def description():
            counts = (f"{title_of(name)}: {rows}" for name, rows in release.tables.items())
            facts = {"date": date_format(release.date), "rows": "; ".join(counts)}
            frozen = _("The tables as they stood on %(date)s. This release never changes. Rows – %(rows)s.") % facts
            return f"{frozen} {SELECTION} {EACH_LICENCE}"

        return self.add(
            version_of(release),
            DCAT.Dataset,
            self.of_datasets
            | {
                DCTERMS.title: in_both(title),
                DCTERMS.description: in_both(description),
                DCTERMS.identifier: Literal(version_of(release)),
                DCTERMS.issued: Literal(release.date),
                DCTERMS.accrualPeriodicity: self.term(f"{EU}frequency", "NEVER"),
                DCAT.version: Literal(str(release.number)),
                DCAT.isVersionOf: [dataset_of(name) for name in release.tables if name in ALL_TABLES],
                DCAT.keyword: keywords(),
                DCAT.landingPage: URIRef(release.address),
                DCAT.distribution: [
                    self.add_file(
                        f"{release.address}#{file.table}-{file.extension}",
                        file.table, file.extension, URIRef(file.address), file.sha256,
                    )
                    for file in release.files
                ],
            },
        )  # fmt: skip

    def add_file(self, subject, table, extension, address, sha256=""):
        rendering, file_type = RENDERINGS[extension], FILE_TYPES.get(extension)
        checksum = None
        if sha256:
            value = Literal(sha256, datatype=XSD.hexBinary, normalize=False)
            algorithm = self.add(SPDX.checksumAlgorithm_sha256, SPDX.ChecksumAlgorithm, {})
            checksum = self.add(
                URIRef(f"{subject}-sha256"), SPDX.Checksum, {SPDX.algorithm: algorithm, SPDX.checksumValue: value}
            )
        return self.add(
            URIRef(subject),
            DCAT.Distribution,
            {
                DCTERMS.title: in_both(lambda: f"{title_of(table)}, {rendering.label}"),
                DCAT.accessURL: address,
                DCAT.downloadURL: address,
                DCAT.mediaType: IANA[rendering.media_type],
                DCTERMS.format: self.term(f"{EU}file-type", file_type) if file_type else None,
                DCTERMS.language: self.languages,
                DCTERMS.license: self.licence,
                DCATDE.licenseAttributionByText: in_both(lambda: attribution(table)),
                SPDX.checksum: checksum,
            },
        )


def attribution(table):
    """How to name us, and the register where the table holds its facts."""
    name = f"{settings.PUBLISHER}: {PORTAL}" if settings.PUBLISHER else PORTAL
    ours = f"{name}, {settings.SITE_ADDRESS}/, CC BY 4.0."
    if table not in WITH_REGISTER:
        return ours
    register = _(
        "Facts about municipalities: Federal Statistical Office (Destatis), municipality register GV-ISys;"
        " our own preparation."
    )
    return f"{ours} {register}"


def moment(at):
    return at and Literal(timezone.localtime(at).isoformat(timespec="seconds"), datatype=XSD.dateTime)


def in_both(text: str | Callable):
    """A lazy text, or a function that makes one, in German and in English."""
    found = []
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            found.append(Literal(str(text() if callable(text) else text), lang=code))
    return found


def title_of(table):
    """A release outlives the name of a table."""
    return ALL_TABLES[table].title if table in ALL_TABLES else table


def keywords():
    return [Literal(word, lang=code) for code, words in KEYWORDS.items() for word in words]


def at(path):
    return URIRef(full(path))


def dataset_of(table):
    return at(f"/daten/#{table}")


def version_of(release):
    return URIRef(f"{release.address}#dataset")


def pages(name):
    """The addresses of a page in both languages."""
    found = []
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            found.append(at(reverse(name)))
    return found


def turtle(graph):
    return graph.serialize(format="turtle", encoding="utf-8")


def rdf_xml(graph):
    return graph.serialize(format="xml", encoding="utf-8")


def json_ld(graph):
    written = from_rdf(graph, auto_compact=True)
    written["@graph"].sort(key=lambda node: node["@id"])  # rdflib goes through a set
    return json.dumps(written, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"


# {extension: (how it is written, media type)}
SERIALISATIONS = {
    "ttl": (turtle, "text/turtle; charset=utf-8"),
    "rdf": (rdf_xml, "application/rdf+xml; charset=utf-8"),
    "jsonld": (json_ld, "application/ld+json"),
}
