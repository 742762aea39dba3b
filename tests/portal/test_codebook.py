"""What the declarations of the tables say is true of the starter content, and of any other."""

import random

import orjson
import pytest
from django.core.management import call_command
from django.db import transaction
from django.utils import translation

from portal.codebook import fields
from portal.entries import touch
from portal.exports import Empty, json_bytes
from portal.site.tables import ALL_TABLES
from tests.factories import (
    HIDDEN,
    PUBLISHED,
    make_challenge,
    make_example,
    make_recommendation,
    make_source,
    make_target_group,
    make_term,
)

pytestmark = pytest.mark.django_db
TYPES = {"string": str, "integer": int, "number": (int, float), "boolean": bool, "date": str, "uri": str}

of_every_table = pytest.mark.parametrize("table", ALL_TABLES.values(), ids=ALL_TABLES)


def rows_of(table):
    return list(table.items(table.filter_class({}).results))


@pytest.fixture(scope="module")
def rows(django_db_setup, django_db_blocker):
    """{table: rows} of the starter content, read once for all tests of this file."""
    with django_db_blocker.unblock(), transaction.atomic():
        call_command("load_content", verbosity=0)
        found = {name: rows_of(table) for name, table in ALL_TABLES.items()}
        transaction.set_rollback(True)
    return found


def both(text):
    """German and English."""
    with translation.override("de"):
        german = str(text)
    with translation.override("en"):
        return german, str(text)


@of_every_table
def test_table_and_columns_are_described_in_two_languages(table):
    texts = {table.name: table.description} | {field.name: field.description for field in fields(table)}
    for name, text in texts.items():
        german, english = both(text)
        assert german and english and german != english, name
        assert german.endswith(".") and english.endswith("."), name
    described = fields(table)
    assert len({field.name for field in described}) == len(described) == len(table.header)
    for field in described:
        german, english = both(field.title)
        assert german and english, field.name
        assert field.description != field.title
        assert field.label == german.endswith("(Bezeichnung)"), field.name


@of_every_table
def test_a_label_stands_beside_its_code_and_is_empty_when_that_is(table):
    described = {field.name: field for field in fields(table)}
    for field in described.values():
        if field.label:
            code = described[field.name.removesuffix("_label")]
            assert (field.empty, field.many, field.vocabulary) == (code.empty, code.many, None)
            assert code.vocabulary or code.refers


def values(rows, field):
    """Single values; those of lists one by one."""
    return [each for row in rows for each in (row[field.name] if field.many else [row[field.name]])]


@of_every_table
def test_columns_hold_what_is_said_of_them(rows, table):
    for field in fields(table):
        if field.label:
            continue
        found = [value for value in values(rows[table.name], field) if value not in ("", None)]
        assert all(isinstance(orjson.loads(json_bytes(value)), TYPES[field.type]) for value in found), field.name
        if field.type == "uri":
            assert all(value.startswith(("https://", "http://")) for value in found), field.name
        if field.vocabulary:
            assert set(found) <= set(field.vocabulary.values), field.name
        if field.empty is Empty.NEVER:
            assert "" not in (each := [row[field.name] for row in rows[table.name]]), field.name
            assert None not in each and [] not in each, field.name


def check_references(rows):
    for name, table in ALL_TABLES.items():
        for field in fields(table):
            if field.refers:
                owner, column = field.refers.split(".")
                assert set(values(rows[name], field)) <= {row[column] for row in rows[owner]}, f"{name}.{field.name}"


def test_what_a_row_refers_to_stands_in_the_other_table(rows):
    assert any(rows.values())
    check_references(rows)


@pytest.mark.parametrize("seed", range(6))
def test_no_row_refers_to_anything_hidden_whatever_is_public(seed):
    """The files of one moment fit together: a foreign key never leads nowhere, and never says that there is a draft."""
    chance = random.Random(seed)

    def status(slug):
        """Hidden things have names that give them away."""
        is_public = chance.random() < 0.6
        state = PUBLISHED if is_public else HIDDEN[chance.choice(list(HIDDEN))]
        return (slug if is_public else f"geheim-{slug}"), state

    def some(things):
        return chance.sample(things, chance.randint(0, len(things)))

    sources = [make_source(f"quelle-{n}") for n in range(6)]
    challenges = []
    for n in range(4):
        slug, state = status(f"feld-{n}")
        challenge = make_challenge(slug, title_de=slug, **state)
        for position, source in enumerate(some(sources[:4])):
            challenge.citations.create(source=source, position=position)
        touch("challenges", challenge.pk)
        challenges.append(slug)
    groups = [make_target_group(f"gruppe-{n}").slug for n in range(2)]
    examples = []
    for n in range(5):
        slug, state = status(f"beispiel-{n}")
        examples.append(
            make_example(
                *some(challenges), slug=slug, title_de=slug, sources=some(sources), target_groups=some(groups), **state
            )
        )
    for n in range(5):
        slug, state = status(f"rat-{n}")
        make_recommendation(
            *some(challenges), slug=slug, title_de=slug, sources=some(sources), examples=some(examples),
            target_groups=some(groups), steps=["eins", "zwei"][: chance.randint(0, 2)], **state
        )  # fmt: skip
    one, two = make_term("asyl"), make_term("duldung")
    one.see_also.add(two)
    rows = {name: rows_of(table) for name, table in ALL_TABLES.items()}
    check_references(rows)
    assert b"geheim" not in json_bytes(rows)
    assert rows["recommendations"] or rows["practice-examples"]
