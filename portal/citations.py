"""How to cite something – the portal, a page, a data set, a source – in the forms that reference managers read.

A `Work` says what is known of it; what is unknown is left out, never made up. Texts may hold anything.
"""

import datetime
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from urllib.parse import quote

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from .about import NAME
from .licences import Licence

BABEL = {"de": "ngerman", "en": "english"}
# Braces count for BibTeX even behind a backslash, so they need a name, as what has a meaning in LaTeX does.
LATEX = str.maketrans(
    {
        **{character: "\\" + character for character in "&%$#_"},
        "\\": r"{\textbackslash}",
        "{": r"{\textbraceleft}",
        "}": r"{\textbraceright}",
        "^": r"{\textasciicircum}",
        "~": r"{\textasciitilde}",
    }
)
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
UNSAFE_IN_ADDRESS = re.compile(r"[\\{}^`|\"<>\s]")
ENDS_SENTENCE = (".", "?", "!", "…")


class Kind(Enum):
    """What it is, in the words of BibTeX, RIS and CSL."""

    PAGE = "online", "ELEC", "webpage"
    DATASET = "dataset", "DATA", "dataset"
    BOOK = "book", "BOOK", "book"
    DOCUMENT = "misc", "GEN", "document"


@dataclass(frozen=True)
class Work:
    """`key`: for ever the same, of ASCII letters, digits and hyphens; `container`: what it is a part of.

    `year`: where the day is unknown. `licence`: its name. `note`: whatever else belongs to the citation, such as the
    filters of a query. `accessed`: left out if nobody has looked.
    """

    key: str
    kind: Kind
    title: str
    url: str = ""
    authors: tuple[str, ...] = ()
    publisher: str = ""
    container: str = ""
    date: datetime.date | None = None
    year: int | None = None
    version: str = ""
    doi: str = ""
    isbn: str = ""
    licence: str = ""
    note: str = ""
    sha256: str = ""
    language: str = ""
    accessed: datetime.date | None = None

    @property
    def in_year(self):
        return self.date.year if self.date else self.year

    @property
    def notes(self):
        """What the forms have no field for, each as a sentence of the page's language."""
        licence = _("Licence: %s") % self.licence if self.licence else ""
        hashed = f"SHA-256: {self.sha256}" if self.sha256 else ""
        return [one_line(note) for note in (self.note, licence, hashed) if note]


def ours(**fields):
    """A work of the portal, a part of it, as somebody cites it today: by who answers for it, or the portal."""
    key = fields.pop("key")
    known = {
        "key": f"{key}-en" if get_language() == "en" else key,  # each language is a page of its own
        "container": str(NAME),
        "authors": (settings.PUBLISHER or str(NAME),),
        "publisher": settings.PUBLISHER,
        "licence": Licence.CC_BY.label,
        "language": get_language(),
        "accessed": timezone.localdate(),
    }
    return Work(**known | fields)


def files(name, *arguments):
    """The address `name` of the files in which a citation stands, up to their ending."""
    return reverse(name, args=[*arguments, "bib"]).removesuffix(".bib")


def address_of(table, name):
    """Of the files of a record."""
    return files("citation", table, name)


def the_portal(year):
    """As a whole, as its content has been since `year`; not all that it shows is under one licence."""
    address = settings.SITE_ADDRESS + reverse("home")
    authors = tuple(filter(None, [settings.PUBLISHER]))
    return ours(key="wissensportal", kind=Kind.PAGE, title=str(NAME), url=address, year=year, authors=authors,
                container="", licence="")  # fmt: skip


def one_line(text):
    return " ".join(CONTROL.sub(" ", text).split())


def name_parts(name):
    """(family name, given names) of a person, who is written “Family, Given”; of whatever else (its name, "")."""
    family, *given = map(str.strip, name.split(","))
    return (family, given[0]) if len(given) == 1 and family and given[0] else (name, "")


# Plain text


def plain_text(work):
    """One line in the language of the page."""
    who = one_line("; ".join(work.authors) or work.container or work.publisher)
    opening = " ".join(filter(None, [who, when(work)]))
    title = one_line(work.title)
    version = _("Version %s") % work.version if work.version else ""
    container, publisher = (name if name != who else "" for name in (work.container, work.publisher))
    isbn = f"ISBN {work.isbn}" if work.isbn else ""
    hashed = f"SHA-256: {work.sha256}" if work.sha256 else ""
    said = [f"{opening}: {title}" if who else f"{title} {opening}".strip()]
    said += [container, publisher, version, work.note, isbn, work.licence, hashed]
    sentences = [sentence(one_line(text)) for text in said if text]
    url = f"https://doi.org/{work.doi}" if work.doi else one_line(work.url)
    if url and work.accessed:
        day = date_format(work.accessed, "DATE_FORMAT")
        sentences.append(_("%(address)s, accessed %(date)s.") % {"address": url, "date": day})
    elif url:
        sentences.append(url)
    return " ".join(sentences)


def when(work):
    """In brackets: the day, else the year, else of a publication that none is stated."""
    if work.date:
        return f"({date_format(work.date, 'DATE_FORMAT')})"
    if work.year:
        return f"({work.year})"
    return f"({_('no year')})" if work.kind in (Kind.BOOK, Kind.DOCUMENT) else ""


def sentence(text):
    return text if text.endswith(ENDS_SENTENCE) else f"{text}."


# BibTeX


def bibtex(work):
    """An entry for BibTeX and BibLaTeX. What is German keeps its capitals."""
    fields = {
        "author": " and ".join(filter(None, map(bibtex_name, work.authors))),
        "title": protected(work.title),
        "organization": protected(work.container),
        "publisher": protected(work.publisher),
        "date": str(work.date or ""),
        "year": str(work.in_year or ""),
        "version": latex(work.version),
        "isbn": latex(work.isbn),
        "doi": address(work.doi),
        "url": address(work.url),
        "urldate": str(work.accessed or ""),
        "langid": BABEL.get(work.language, ""),
        "note": latex(". ".join(work.notes)),
    }
    lines = [f"  {name} = {{{value}}},\n" for name, value in fields.items() if value]
    return f"@{work.kind.value[0]}{{{work.key},\n{''.join(lines)}}}\n"


def latex(text):
    return one_line(text).translate(LATEX)


def protected(text):
    return f"{{{latex(text)}}}" if one_line(text) else ""


def bibtex_name(name):
    family, given = name_parts(one_line(name))
    parts = [family, given] if given else [family]
    plain = given and not re.search(r"\band\b|,", name.replace(", ", " ", 1), re.IGNORECASE)
    return ", ".join(latex(part) if plain else protected(part) for part in parts)


def address(url):
    """As it stands in a file whose braces have a meaning; it isn't escaped there."""
    return UNSAFE_IN_ADDRESS.sub(lambda found: quote(found[0]), one_line(url))


# RIS


def ris(work):
    """A record of RIS: a tag a line, lines end as on Windows."""
    lines = [
        ("TY", work.kind.value[1]),
        ("ID", work.key),
        *(("AU", ", ".join(filter(None, name_parts(one_line(name))))) for name in work.authors),
        ("TI", work.title),
        ("T2", work.container),
        ("PB", work.publisher),
        ("PY", str(work.in_year or "")),
        ("DA", f"{work.date:%Y/%m/%d}" if work.date else ""),
        ("ET", work.version),
        ("SN", work.isbn),
        ("DO", work.doi),
        ("UR", work.url),
        ("Y2", f"{work.accessed:%Y/%m/%d}" if work.accessed else ""),
        ("LA", work.language),
        *(("N1", note) for note in work.notes),
    ]
    written = [f"{tag}  - {one_line(value)}\r\n" for tag, value in lines if one_line(value)]
    return "".join(written) + "ER  - \r\n"


# CSL-JSON


def csl_json(work):
    """A list of one item, as reference managers export and import it."""
    item = {
        "id": work.key,
        "type": work.kind.value[2],
        "title": one_line(work.title),
        "author": [csl_name(one_line(name)) for name in work.authors],
        "container-title": one_line(work.container),
        "publisher": one_line(work.publisher),
        "issued": date_parts(work.date, work.year),
        "version": one_line(work.version),
        "ISBN": work.isbn,
        "DOI": work.doi,
        "URL": one_line(work.url),
        "accessed": date_parts(work.accessed),
        "language": work.language,
        "note": ". ".join(work.notes),
    }
    known = {name: value for name, value in item.items() if value}
    return json.dumps([{"title": "", **known}], ensure_ascii=False, indent=2) + "\n"


def csl_name(name):
    family, given = name_parts(name)
    return {"family": family, "given": given} if given else {"literal": name}


def date_parts(day, year=None):
    parts = [day.year, day.month, day.day] if day else [year] if year else []
    return {"date-parts": [parts]} if parts else None


@dataclass(frozen=True)
class Rendering:
    label: str
    content_type: str
    write: Callable[[Work], str]


RENDERINGS = {  # by the ending of the address
    "bib": Rendering("BibTeX", "application/x-bibtex; charset=utf-8", bibtex),
    "ris": Rendering("RIS", "application/x-research-info-systems; charset=utf-8", ris),
    "csl.json": Rendering("CSL-JSON", "application/vnd.citationstyles.csl+json", csl_json),
    "txt": Rendering("Text", "text/plain; charset=utf-8", lambda work: plain_text(work) + "\n"),
}


def citation(work, base="", parameters=""):
    """What `citation.html` shows, and what `base.html` tells programs of a page.

    `base`: the address of its files up to the ending; none: it has no files. `parameters`: of these addresses.
    """
    query = "&".join(filter(None, [parameters, "lang=en" if get_language() == "en" else ""]))
    query = query and f"?{query}"
    files = [(rendering.label, f"{base}.{ending}{query}") for ending, rendering in RENDERINGS.items()] if base else []
    lang = "" if work.container or work.language == get_language() else work.language  # ours is in the page's language
    return {"key": work.key, "text": plain_text(work), "files": files, "lang": lang, "meta": meta(work)}


def meta(work):
    """[(name, content)] of the meta elements that Zotero and Google Scholar read on the page of a work of ours."""
    if not work.container:  # the portal as a whole is no page
        return []
    known = {
        "citation_title": one_line(work.title),
        "citation_author": one_line("; ".join(work.authors)),
        "citation_publisher": one_line(work.publisher),
        "citation_publication_date": f"{work.date:%Y/%m/%d}" if work.date else "",
        "citation_public_url": work.url,
        "citation_language": work.language,
    }
    return [(name, content) for name, content in known.items() if content]
