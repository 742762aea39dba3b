"""The catalogue of the data for GovData and other harvesters: DCAT-AP.de 3.0, one graph in three serialisations.

Import it only where it is needed: rdflib takes 20 MB of memory.
Whatever is described has an address of its own; so it can be named from outside and is written alike every time.
"""

import json
from collections.abc import Callable
from urllib.parse import quote

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from rdflib import DCTERMS, FOAF, RDF, SKOS, XSD, Graph, Literal, Namespace, URIRef
from rdflib.plugins.serializers.jsonld import from_rdf

from portal.about import NAME, OF_REGISTER, OUR_TEXTS, REGISTER, SELECTION
from portal.exports import RENDERINGS, LinkTable
from portal.history import content_dates
from portal.licences import Licence
from portal.linked_data import full
from portal.models import Release
from portal.releases import FORMATS as RELEASE_FORMATS
from portal.releases import address, is_there

from .tables import ALL_TABLES, TABLES

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
FILE_TYPES = {"csv": "CSV", "xlsx": "XLSX", "json": "JSON", "jsonl": "JSON", "zip": "ZIP"}
# A table of links says what its owner's JSON says: it is there for programs that can't take lists in a cell.
FOR_LINKS = ("csv",)


def released():
    """Those that can be downloaded."""
    return list(filter(is_there, Release.objects.standing()))


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
        self.issued, self.modified = map(moment, content_dates(ALL_TABLES.values()))
        name = [Literal(settings.PUBLISHER)] if settings.PUBLISHER else in_both(NAME)
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
        }
        datasets = [self.add_whole(), *map(self.add_table, TABLES.values()), *map(self.add_release, releases)]
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
                DCTERMS.title: in_both(NAME),
                DCTERMS.description: in_both(description),
                DCTERMS.license: self.licence,
                DCTERMS.issued: self.issued,
                DCTERMS.modified: self.modified,
                FOAF.homepage: at("/"),
                DCAT.dataset: datasets,
            },
        )

    def add_today(self, subject, title, about, words, versions, files):
        """A data set that changes with the portal. `title`, `about`: functions; `words`: keywords of its own."""
        return self.add(
            subject,
            DCAT.Dataset,
            self.of_datasets
            | {
                DCTERMS.title: in_both(lambda: f"{title()} ({NAME})"),
                DCTERMS.description: in_both(about),
                DCTERMS.identifier: Literal(subject),
                DCTERMS.issued: self.issued,
                DCTERMS.modified: self.modified,
                DCTERMS.accrualPeriodicity: self.term(f"{EU}frequency", "IRREG"),
                DCAT.keyword: [*keywords(), *words],
                DCAT.landingPage: pages("data"),
                DCAT.hasVersion: list(map(version_of, versions)),
                DCAT.distribution: files,
            },
        )

    def add_whole(self):
        def about():
            what = _("All tables with their links, code book and licence, as one data package.")
            return f"{what} {SELECTION} {OUR_TEXTS}"

        return self.add_today(
            whole(),
            lambda: _("All data"),
            about,
            [],
            self.releases,
            [self.add_package(f"{whole()}-zip", at(reverse("package")))],
        )

    def add_table(self, table):
        dataset = dataset_of(table.name)
        about = [table.description, SELECTION]
        if "licence" in table.header:
            about.append(OUR_TEXTS)
        files = [
            self.add_file(f"{dataset_of(each.name)}-{extension}", each, each.title, extension,
                          at(reverse("table", args=[each.name, extension])))
            for each, extension in files_of(table, RENDERINGS)
        ]  # fmt: skip
        return self.add_today(
            dataset,
            lambda: table.title,
            lambda: " ".join(map(str, about)),
            in_both(table.title),
            [release for release in self.releases if table.name in release.tables],
            files,
        )

    def add_release(self, release):
        tables, page = [TABLES[name] for name in TABLES if name in release.tables], page_of(release)
        subject, day = version_of(release), timezone.localdate(release.created_at)

        def title():
            facts = {"release": release, "date": date_format(day), "portal": NAME}
            return _("%(release)s of %(date)s (%(portal)s)") % facts

        def description():
            counts = (f"{table.title}: {release.tables[table.name]['rows']}" for table in tables)
            facts = {"date": date_format(day), "rows": "; ".join(counts)}
            frozen = _(
                "The tables as they stood on %(date)s. The files do not change; they can be withdrawn for legal"
                " reasons. Rows – %(rows)s."
            )
            return f"{frozen % facts} {SELECTION} {OUR_TEXTS}"

        files = [self.add_package(f"{page}#zip", at(reverse("release_package", args=[release.number])))]
        for table in tables:
            for each, extension in files_of(table, RELEASE_FORMATS):
                if each.name in release.tables:
                    sha256 = release.tables[each.name]["sha256"] if extension == "jsonl" else ""
                    where = at(address(release, each.name, {}, extension))
                    name = f"{page}#{each.name}-{extension}"
                    files.append(self.add_file(name, each, each.title, extension, where, sha256))
        return self.add(
            subject,
            DCAT.Dataset,
            self.of_datasets
            | {
                DCTERMS.title: in_both(title),
                DCTERMS.description: in_both(description),
                DCTERMS.identifier: Literal(subject),
                DCTERMS.issued: Literal(day),
                DCTERMS.accrualPeriodicity: self.term(f"{EU}frequency", "NEVER"),
                DCAT.version: Literal(str(release.number)),
                DCAT.isVersionOf: [whole(), *(dataset_of(table.name) for table in tables)],
                DCAT.keyword: keywords(),
                DCAT.landingPage: page,
                DCAT.distribution: files,
            },
        )

    def add_package(self, subject, where):
        """All tables in one file."""
        return self.add_distribution(
            subject, lambda: _("Data package (ZIP)"), "zip", "application/zip", where, self.licence, [ours, REGISTER]
        )

    def add_file(self, subject, table, title, extension, where, sha256=""):
        owner = getattr(table, "owner", table).name
        licence, credit = self.licence, [ours, REGISTER] if owner == "practice-examples" else [ours]
        if owner == OF_REGISTER:  # it may be copied and spread if it is named
            licence, credit = self.term(f"{DCATDE_TERMS}licenses", "other-open"), [REGISTER]
        checksum = None
        if sha256:
            value = Literal(sha256, datatype=XSD.hexBinary, normalize=False)
            algorithm = self.add(SPDX.checksumAlgorithm_sha256, SPDX.ChecksumAlgorithm, {})
            checksum = self.add(
                URIRef(f"{subject}-sha256"), SPDX.Checksum, {SPDX.algorithm: algorithm, SPDX.checksumValue: value}
            )
        rendering = RENDERINGS[extension]
        return self.add_distribution(
            subject,
            lambda: f"{title}, {rendering.label}",
            extension,
            rendering.media_type,
            where,
            licence,
            credit,
            checksum,
        )

    def add_distribution(self, subject, title, extension, media_type, where, licence, credit, checksum=None):
        """A file. `credit`: texts, or functions that make one, on how to name whose it is."""
        file_type = FILE_TYPES.get(extension)
        return self.add(
            URIRef(subject),
            DCAT.Distribution,
            {
                DCTERMS.title: in_both(title),
                DCAT.accessURL: where,
                DCAT.downloadURL: where,
                DCAT.mediaType: IANA[media_type],
                DCTERMS.format: self.term(f"{EU}file-type", file_type) if file_type else None,
                DCTERMS.language: self.languages,
                DCTERMS.license: licence,
                DCATDE.licenseAttributionByText: in_both(lambda: " ".join(str(text_of(each)) for each in credit)),
                SPDX.checksum: checksum,
            },
        )


def files_of(table, formats):
    """[(table, extension)]: its own in every format, and the tables that link it to others."""
    links = [each for each in ALL_TABLES.values() if isinstance(each, LinkTable) and each.owner is table]
    found = [(table, extension) for extension in formats]
    return found + [(link, extension) for link in links for extension in FOR_LINKS]


def ours():
    """How to name us."""
    name = f"{settings.PUBLISHER}: {NAME}" if settings.PUBLISHER else NAME
    return f"{name}, {settings.SITE_ADDRESS}/, {Licence.CC_BY.label}."


def moment(at):
    return at and Literal(timezone.localtime(at).isoformat(timespec="seconds"), datatype=XSD.dateTime)


def in_both(text: str | Callable):
    """A lazy text, or a function that makes one, in German and in English."""
    found = []
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            found.append(Literal(str(text_of(text)), lang=code))
    return found


def text_of(text):
    return text() if callable(text) else text


def keywords():
    return [Literal(word, lang=code) for code, words in KEYWORDS.items() for word in words]


def at(path):
    return URIRef(full(path))


def whole():
    """The data set that the package holds."""
    return at("/daten/#package")


def dataset_of(table):
    return at(f"/daten/#{table}")


def page_of(release):
    with translation.override("de"):
        return at(release.get_absolute_url())


def version_of(release):
    return URIRef(f"{page_of(release)}#dataset")


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
