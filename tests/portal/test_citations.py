"""Citations as reference managers read them: whatever a title holds, they get it whole."""

import json
import re
from datetime import date

import pytest
import rispy
from django.utils import translation
from hypothesis import example, given
from hypothesis import strategies as st
from pybtex.database import parse_string

from portal.citations import Kind, Work, bibtex, csl_json, name_parts, ours, plain_text, ris, the_portal

ODD = 'Ein {Haus} für 100 % & $5_#~^ \\ "alle"\nüberall 🏡, @ }{'
REPORT = Work(
    key="bericht-2024",
    kind=Kind.BOOK,
    title="Ankommen in Städten",
    url="https://example.org/a_b?x=1&y=%20",
    authors=("Beispiel, Ada", "von Muster, Bodo", "Deutsches Institut für Städte and Dörfer"),
    publisher="Verlag & Söhne",
    year=2024,
    isbn="978-3-16-148410-0",
    doi="10.1000/x_1",
    language="de",
)
QUERY = Work(
    key="wissensportal-daten-3-abfrage",
    kind=Kind.DATASET,
    title="Empfehlungen",
    url="https://portal.example/daten/releases/3/recommendations.csv?challenge=wohnraum",
    container="Das Portal",
    publisher="Stadt Musterhausen",
    date=date(2026, 5, 2),
    version="3",
    licence="CC BY 4.0",
    note="Herausforderung: Wohnraum (12 Zeilen)",
    sha256="ab" * 32,
    language="de",
    accessed=date(2026, 5, 3),
)

# What LaTeX prints for what we write; every character that has a meaning there is among them.
PRINTED = {
    r"{\textbackslash}": "\\", r"{\textbraceleft}": "{", r"{\textbraceright}": "}", r"{\textasciicircum}": "^",
    r"{\textasciitilde}": "~", r"\&": "&", r"\%": "%", r"\$": "$", r"\#": "#", r"\_": "_",
}  # fmt: skip
WRITTEN = re.compile("|".join(map(re.escape, PRINTED)))


def printed(latex, protected=True):
    """Braces around a whole value keep its capitals and are not printed."""
    if protected and latex:
        assert latex.startswith("{") and latex.endswith("}")
        latex = latex[1:-1]
    rest = WRITTEN.sub("", latex)
    assert not set(rest) & set("\\{}^~&%$#_"), latex
    return WRITTEN.sub(lambda found: PRINTED[found[0]], latex)


def from_bibtex(work):
    (entry,) = parse_string(bibtex(work), "bibtex").entries.values()
    return entry


def from_ris(work):
    (record,) = rispy.loads(ris(work))
    return record


def from_csl(work):
    (item,) = json.loads(csl_json(work))
    return item


def test_a_book_in_bibtex():
    entry = from_bibtex(REPORT)
    assert (entry.key, entry.type) == ("bericht-2024", "book")
    assert dict(entry.fields) == {
        "title": "{Ankommen in Städten}",
        "publisher": r"{Verlag \& Söhne}",
        "year": "2024",
        "isbn": "978-3-16-148410-0",
        "doi": "10.1000/x_1",
        "url": "https://example.org/a_b?x=1&y=%20",
        "langid": "ngerman",
    }
    ada, bodo, institute = entry.persons["author"]
    assert (ada.last_names, ada.first_names) == (["Beispiel"], ["Ada"])
    assert (bodo.prelast_names, bodo.last_names) == (["von"], ["Muster"])
    assert str(institute) == "{Deutsches Institut für Städte and Dörfer}"


def test_a_book_in_ris():
    assert from_ris(REPORT) == {
        "type_of_reference": "BOOK",
        "id": "bericht-2024",
        "authors": ["Beispiel, Ada", "von Muster, Bodo", "Deutsches Institut für Städte and Dörfer"],
        "title": "Ankommen in Städten",
        "publisher": "Verlag & Söhne",
        "year": "2024",
        "issn": "978-3-16-148410-0",
        "doi": "10.1000/x_1",
        "urls": ["https://example.org/a_b?x=1&y=%20"],
        "language": "de",
    }


def test_a_book_in_csl():
    assert from_csl(REPORT) == {
        "id": "bericht-2024",
        "type": "book",
        "title": "Ankommen in Städten",
        "author": [
            {"family": "Beispiel", "given": "Ada"},
            {"family": "von Muster", "given": "Bodo"},
            {"literal": "Deutsches Institut für Städte and Dörfer"},
        ],
        "publisher": "Verlag & Söhne",
        "issued": {"date-parts": [[2024]]},
        "ISBN": "978-3-16-148410-0",
        "DOI": "10.1000/x_1",
        "URL": "https://example.org/a_b?x=1&y=%20",
        "language": "de",
    }


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        (
            "de",
            "Das Portal (2. Mai 2026): Empfehlungen. Stadt Musterhausen. Version 3. "
            f"Herausforderung: Wohnraum (12 Zeilen). CC BY 4.0. SHA-256: {'ab' * 32}. "
            f"{QUERY.url}, abgerufen am 3. Mai 2026.",
        ),
        (
            "en",
            "Das Portal (2 May 2026): Empfehlungen. Stadt Musterhausen. Version 3. "
            f"Herausforderung: Wohnraum (12 Zeilen). CC BY 4.0. SHA-256: {'ab' * 32}. "
            f"{QUERY.url}, accessed 3 May 2026.",
        ),
    ],
)
def test_a_query_of_a_release_in_plain_text(lang, text):
    """The same work is enough for a release: what it doesn't have is left out."""
    with translation.override(lang):
        assert plain_text(QUERY) == text


@pytest.mark.parametrize(("lang", "licence"), [("de", "Lizenz"), ("en", "Licence")])
def test_what_a_form_has_no_field_for_is_a_note(lang, licence):
    with translation.override(lang):
        notes = ["Herausforderung: Wohnraum (12 Zeilen)", f"{licence}: CC BY 4.0", f"SHA-256: {'ab' * 32}"]
        assert from_ris(QUERY)["notes"] == notes
        assert from_csl(QUERY)["note"] == ". ".join(notes)
        assert printed(from_bibtex(QUERY).fields["note"], protected=False) == ". ".join(notes)


def test_days_and_version_of_a_query():
    fields, record, item = from_bibtex(QUERY).fields, from_ris(QUERY), from_csl(QUERY)
    assert [fields[name] for name in ("date", "year", "urldate", "version")] == [
        "2026-05-02",
        "2026",
        "2026-05-03",
        "3",
    ]
    assert [record[name] for name in ("date", "year", "access_date", "edition")] == [
        "2026/05/02",
        "2026",
        "2026/05/03",
        "3",
    ]
    assert (item["issued"], item["accessed"]) == ({"date-parts": [[2026, 5, 2]]}, {"date-parts": [[2026, 5, 3]]})
    assert (from_bibtex(QUERY).type, record["type_of_reference"], item["type"]) == ("dataset", "DATA", "dataset")


def test_a_publication_without_a_year_says_so_and_one_without_an_author_names_its_publisher():
    work = Work(
        key="a", kind=Kind.DOCUMENT, title="Wie geht das?", publisher="Stadt Altena", url="https://example.org/"
    )
    with translation.override("de"):
        assert plain_text(work) == "Stadt Altena (ohne Jahr): Wie geht das? https://example.org/"
    with translation.override("en"):
        assert plain_text(work) == "Stadt Altena (no year): Wie geht das? https://example.org/"


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Beispiel, Ada B.", ("Beispiel", "Ada B.")),
        ("von Beispiel,Anne-Kathrin", ("von Beispiel", "Anne-Kathrin")),
        ("Deutscher Städtetag", ("Deutscher Städtetag", "")),
        ("Robert Bosch Stiftung", ("Robert Bosch Stiftung", "")),
        ("Berliner Institut für Migration", ("Berliner Institut für Migration", "")),
        ("Amt für Bildung, Jugend, Familie", ("Amt für Bildung, Jugend, Familie", "")),
        ("Destatis", ("Destatis", "")),
        ("Stadt, ", ("Stadt,", "")),
    ],
)
def test_family_and_given_names(name, parts):
    assert name_parts(name.strip()) == parts


def test_the_publisher_is_who_answers_for_the_portal_and_nobody_if_that_is_not_known(settings):
    settings.SITE_ADDRESS = "https://portal.example"
    with translation.override("de"):
        nobody = the_portal(2026)
        assert nobody.publisher == ""
        assert plain_text(nobody).startswith(
            "Migration als Chance – Wissensportal für Kommunen (2026). https://portal.example/, "
        )
        settings.PUBLISHER = "Stadt Musterhausen"
        assert plain_text(the_portal(2026)).startswith(
            "Stadt Musterhausen (2026): Migration als Chance – Wissensportal für Kommunen."
        )
        assert (
            printed(from_bibtex(ours(key="a", kind=Kind.PAGE, title="A")).fields["publisher"]) == "Stadt Musterhausen"
        )


texts = st.text(max_size=40) | st.text(alphabet="{}\\&%$#_^~\"'@,\r\n\t -\u2028aäß😀TYER", max_size=20)
works = st.builds(
    Work,
    key=st.just("key-1"),
    kind=st.sampled_from(Kind),
    title=texts,
    url=texts,
    authors=st.lists(texts, max_size=3).map(tuple),
    publisher=texts,
    container=texts,
    note=texts,
    version=texts,
)


def shown(text):
    return " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f]", " ", text).split())


@given(works)
@example(
    Work(
        key="key-1",
        kind=Kind.PAGE,
        title=ODD,
        container=ODD,
        publisher=ODD,
        note=ODD,
        url=ODD,
        authors=(ODD, "{", "\\"),
    )
)
def test_whatever_texts_hold_bibtex_gives_them_back(work):
    entry = from_bibtex(work)
    assert entry.key == "key-1"
    fields = {"title": work.title, "organization": work.container, "publisher": work.publisher}
    for name, text in fields.items():
        assert printed(entry.fields.get(name, "")) == shown(text)
    for name, text in {"version": work.version, "note": work.note}.items():
        assert printed(entry.fields.get(name, ""), protected=False) == shown(text)
    assert not set(entry.fields.get("url", "")) & set('{}\\" ')
    assert len(entry.persons.get("author", [])) == len([author for author in work.authors if shown(author)])


@given(works)
@example(Work(key="key-1", kind=Kind.PAGE, title="ER  - \r\nTY  - BOOK", authors=("a\nER  - ",)))
def test_whatever_texts_hold_ris_is_one_record_with_one_line_for_each_value(work):
    text = ris(work)
    assert all(re.fullmatch(r"[A-Z][A-Z0-9]  - .*", line) for line in text.removesuffix("\r\n").split("\r\n"))
    record = from_ris(work)
    assert record.get("title", "") == shown(work.title)
    assert record.get("secondary_title", "") == shown(work.container)
    assert record.get("publisher", "") == shown(work.publisher)
    assert record.get("notes", []) == [note for note in [shown(work.note)] if note]
    assert len(record.get("authors", [])) == len([author for author in work.authors if shown(author)])


@given(works)
def test_whatever_texts_hold_csl_has_what_it_must_and_plain_text_is_one_line(work):
    item = from_csl(work)
    assert {"id", "type", "title"} <= item.keys()
    assert item["title"] == shown(work.title)
    with translation.override("de"):
        text = plain_text(work)
    assert text == shown(text)
    assert shown(work.title) in text
