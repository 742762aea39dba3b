"""What others make of the files: pandas, a reader like R's, and our own import."""

import csv
import io
import json

import pandas
import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from portal import current, imports
from portal.codebook import fields
from portal.exports import harmful
from portal.imports import normal
from portal.site.tables import ALL_TABLES
from recommendations.models import Challenge, PracticeExample
from tests.factories import HIDDEN, PUBLISHED, make_example, make_recommendation, make_source

pytestmark = pytest.mark.django_db

# What a text may hold in a database; PostgreSQL takes no NUL.
TEXT = st.text(alphabet="a =+-@|;,\"'\t\r\n\x07\u2028\ufeff＝ä–漢🙂", max_size=12)


def download(address):
    response = Client().get(address)
    assert response.status_code == 200
    return b"".join(response.streaming_content)


@pytest.fixture(scope="module")
def files(django_db_setup, django_db_blocker):
    """{(table, rendering, query): content} of the starter content, with a record that is hard to read."""
    with django_db_blocker.unblock(), transaction.atomic():
        current.forget()
        call_command("load_content", verbosity=0)
        make_recommendation(
            "wohnraum", number="E901", slug="seltsam", title_de='=1+1; "zwei", drei', summary_de="eins\nzwei\r\ndrei",
            steps=["a | b", "\t-5"], sources=[make_source("seltsam", title="＝x")],
        )  # fmt: skip
        found = {
            (name, *kind): download(f"/daten/{name}.{kind[0]}{kind[1]}")
            for name in ALL_TABLES
            for kind in (("csv", ""), ("csv", "?dialect=comma"), ("jsonl", ""))
        }
        transaction.set_rollback(True)
    current.forget()
    return found


PANDAS_TYPES = {
    "string": "string",
    "uri": "string",
    "date": "string",
    "integer": "Int64",
    "number": "float64",
    "boolean": "boolean",
}


def types(table):
    """What the code book says, in words of pandas. A text stays a text: keys have leading zeros."""
    return {field.name: "string" if field.many else PANDAS_TYPES[field.type] for field in fields(table)}


@pytest.mark.parametrize("table", ALL_TABLES.values(), ids=ALL_TABLES)
def test_pandas_reads_both_dialects_without_a_warning(files, table):
    """Warnings are errors in this suite."""
    rows = [json.loads(line) for line in files[table.name, "jsonl", ""].splitlines()]
    options = {"dtype": types(table), "keep_default_na": False, "na_values": [""]}
    german = pandas.read_csv(io.BytesIO(files[table.name, "csv", ""]), sep=";", encoding="utf-8-sig", **options)
    english = pandas.read_csv(io.BytesIO(files[table.name, "csv", "?dialect=comma"]), **options)
    pandas.testing.assert_frame_equal(german, english)
    assert (list(german.columns), len(german)) == (table.header, len(rows))
    plain = pandas.read_csv(io.BytesIO(files[table.name, "csv", "?dialect=comma"]))  # as most people will
    assert plain.shape == german.shape
    for field in fields(table):
        if field.type in ("integer", "number", "boolean"):
            expected = [row[field.name] for row in rows]
            assert [None if pandas.isna(value) else value for value in german[field.name]] == expected


def read_like_r(content, separator):
    """As read.csv2(fileEncoding = "UTF-8-BOM") and read.csv() read: a quoted cell may hold lines; a row is never ragged."""
    text = content.decode("utf-8-sig")
    header, *rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    assert all(len(row) == len(header) for row in rows)
    # R makes names of what isn't one, and fills what is missing with a warning.
    assert all(name.isidentifier() for name in header) and len(set(header)) == len(header)
    assert "\x00" not in text and text.endswith("\r\n")  # "embedded nul", "incomplete final line"
    return [dict(zip(header, row, strict=True)) for row in rows]


@pytest.mark.parametrize("table", ALL_TABLES.values(), ids=ALL_TABLES)
def test_r_reads_both_dialects_alike(files, table):
    german = read_like_r(files[table.name, "csv", ""], ";")
    assert german == read_like_r(files[table.name, "csv", "?dialect=comma"], ",")
    for field in fields(table):
        if field.type in ("integer", "number") and not field.many:
            assert all(float(row[field.name]) is not None for row in german if row[field.name])  # a point, no comma


def is_blank(value):
    return value in (None, False) or not normal("".join(value))


def keep_nothing(test):
    def wrapped(*args, **kwargs):
        with transaction.atomic():
            current.forget()
            test(*args, **kwargs)
            transaction.set_rollback(True)
        current.forget()

    return wrapped


@given(texts=st.lists(TEXT, min_size=4, max_size=4), steps=st.lists(TEXT.filter(normal), max_size=3))
@keep_nothing
def test_what_our_import_reads_in_a_csv_is_what_json_says(texts, steps):
    """But for line ends, control characters and white space around a text, which the import straightens out."""
    title, summary, rationale, author = texts
    source = make_source("quelle", title=title or "x", authors=author.replace("\n", " ") or "x")
    make_recommendation(
        "wohnraum", "sprache", title_de=title or "x", summary_de=summary, rationale_de=rationale, steps=steps,
        sources=[source], addressees=["land", "kommune"],
    )  # fmt: skip
    for name in ("recommendations", "sources"):
        into = imports.TABLES[name]
        (item,) = json.loads(download(f"/daten/{name}.json"))
        (row,) = csv.DictReader(
            io.StringIO(download(f"/daten/{name}.csv").decode("utf-8-sig"), newline=""), delimiter=";"
        )
        cells = {column: harmful(text) for column, text in row.items() if column in into.columns}
        raw, problems = into.raw(cells, None, into.hidden())
        assert problems == []
        for group in into.groups:
            said = [item[column] for column in group.columns]
            if group.field.name not in raw:
                assert all(is_blank(value) for value in said)
                continue
            (value, *_more), field = said, group.field.name
            if field == "steps":
                assert [(step["text_de"], step["editorial"]) for step in raw["steps"]] == [
                    (normal(text), origin == "editorial")
                    for text, origin in zip(item["steps_de"], item["steps_origin"], strict=True)
                ]
            elif field == "sources":
                assert [cited["source"] for cited in raw["sources"]] == item["sources"]
            elif isinstance(value, list):
                assert raw[field] == [normal(each) for each in value if normal(each)]
            elif isinstance(value, str):
                assert raw[field] == normal(value)
            else:
                assert raw[field] in (value, str(value))


def test_nothing_hidden_is_in_any_rendering_of_any_table():
    """Every text, name and key of a record that isn't public would give itself away by one word."""
    for n, state in enumerate([PUBLISHED, *HIDDEN.values()]):
        word = "geheim" if n else "offen"
        source = make_source(f"{word}-{n}", title=word, url=f"https://example.org/{word}")
        example = make_example(word, slug=f"p-{word}-{n}", title_de=word, actors_de=word, sources=[source], **state)
        record = make_recommendation(
            "wohnraum",
            word,
            slug=f"e-{word}-{n}",
            title_de=word,
            steps=[word],
            sources=[source],
            examples=[example],
            **state,
        )
        if state is PUBLISHED:  # it names something that isn't public
            record.illustrations.create(example=make_example(slug="q", title_de="geheim"), note_de="geheim", position=9)
    Challenge.objects.filter(slug="geheim").update(status="draft")
    PracticeExample.objects.filter(slug="q").update(status="review")
    current.forget()
    for name in ALL_TABLES:
        for extension in ("csv", "xlsx", "json", "jsonl"):
            content = download(f"/daten/{name}.{extension}")
            if extension == "xlsx":
                content = str(list(load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True))).encode()
            assert b"geheim" not in content, (name, extension)
            assert b"offen" in content or name not in ("recommendations", "recommendation-challenges", "sources")
