"""A table becomes entries and entries a table: what was exported comes back as it was."""

import io
import json
import os
import stat
from datetime import date
from io import StringIO

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from portal import imports, workflow
from portal.entries import apply, revise
from portal.exports import harmful, harmless, parts, plain, workbook_response
from portal.imports import TABLES, ContentChanged, Import
from portal.models import ContentChange, Revision, User
from portal.uploads import Refused
from recommendations.models import PracticeExample, Recommendation, Source
from tests.factories import (
    ARCHIVED,
    DRAFT,
    PUBLISHED,
    REVIEW,
    SCHEDULED,
    make_challenge,
    make_example,
    make_municipality,
    make_recommendation,
    make_source,
)
from tests.portal.test_entries import ENTRIES, named_by_entries  # noqa: F401  a fixture
from tests.portal.test_load_content import dump
from tests.tables import csv_text, table, xlsx

pytestmark = pytest.mark.django_db
SOURCES, EXAMPLES, RECOMMENDATIONS = TABLES["sources"], TABLES["practice-examples"], TABLES["recommendations"]


@pytest.fixture(autouse=True)
def data_of_its_own(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    with translation.override("en"):
        yield


def read(into, content, extension="csv", **options):
    content = content.encode() if isinstance(content, str) else content
    return Import.read(into, io.BytesIO(content), f"tabelle.{extension}", **options)


def planned(into, content, extension="csv", **options):
    """The plan of a file without problems: {key: {field: (old, new)}}."""
    found, problems = read(into, content, extension, **options)
    assert problems == []
    return {line["key"]: {name: (old, new) for name, old, new in line["diff"]} for line in changes(found)}


def changes(found):
    return [line for line in found.planned() if line["action"] != "unchanged"]


def problems(into, content, extension="csv", **options):
    before = dump()
    found, problems = read(into, content, extension, **options)
    assert found is None
    assert dump() == before
    assert not list(imports.folder().iterdir())
    return [(each.where, each.field, each.message) for each in problems]


def exported(client, name, extension):
    return b"".join(client.get(f"/daten/{name}.{extension}").streaming_content)


@pytest.mark.parametrize("extension", ["csv", "xlsx"])
def test_what_is_exported_and_handed_in_again_changes_nothing(client, extension):
    """The whole starter content, and texts that a spreadsheet would spoil or a careless reader misread."""
    call_command("load_content", verbosity=0)
    source = make_source("seltsam", title="'=1+1", authors="=A | B\n|\nC||D", note_de="a\r\nb\x07", isbn="0123")
    make_recommendation(
        "wohnraum", number="E901", slug="seltsam", title_de="-5 | Grad", summary_de="x" * 40_000,
        steps=["eins | zwei", "|", "=drei\nvier"], sources=[source], rationale_de="''@x",
    )  # fmt: skip
    make_example("wohnraum", number="P901", slug="seltsam", actors_de="Stadt | Land\n+49", sources=[source])
    for name, into in TABLES.items():
        content = exported(client, name, extension)
        assert planned(into, content, extension) == {}
        found, _problems = read(into, content, extension)
        assert found.meta["counts"] == {"unchanged": found.meta["total"]}
        assert found.meta["total"] >= 46
        before = dump()
        found.apply()
        assert dump() == before


@pytest.mark.parametrize("extension", ["csv", "xlsx"])
def test_links_to_drafts_survive_the_way_through_a_public_table(client, extension):
    """A public export names no draft. Handed in again, it must not take the draft away, whatever else has changed."""
    make_challenge("entwurf", **DRAFT)
    make_recommendation("wohnraum", "entwurf", slug="bauen")
    make_challenge("sprache")
    content = exported(client, "recommendations", "csv").decode()
    assert "entwurf" not in content
    assert planned(RECOMMENDATIONS, content) == {}
    assert planned(RECOMMENDATIONS, content.replace("wohnraum", "sprache"))["bauen"] == {
        "challenges": (["entwurf", "wohnraum"], ["entwurf", "sprache"])
    }


@given(data=st.data())
@pytest.mark.parametrize("name", TABLES)
def test_any_entry_comes_back_from_its_cells(named_by_entries, name, data):  # noqa: F811
    """Without help from the record: a new one made of an entry's cells is that entry."""
    into = TABLES[name]
    entry, found = into.kind.clean(data.draw(ENTRIES[name][1]), None, imports.Known())
    assert found == []
    for extension in ("csv", "xlsx"):
        cells = [imports.written(cell) for cell in into.row(entry)]
        rows = [into.columns, cells if extension == "xlsx" else [harmless(cell) for cell in cells]]
        content = table(extension, *rows) if extension == "csv" else text_cells(*rows)
        new, problems = read(into, content, extension)
        assert problems == []
        (line,) = new.planned()
        new.forget()
        new = {field: value for field, _old, value in line["diff"]}
        for field in set(entry) - {"examples"}:  # those come in YAML only
            assert normal(new.get(field)) == normal(entry[field]), field


def text_cells(*rows):
    response = workbook_response("x", {"a": rows})
    content = b"".join(response.streaming_content)
    response.file_to_stream.close()
    return content


def normal(value):
    """Line ends and control characters are not carried by every format."""
    if isinstance(value, str):
        return imports.normal(value)
    if isinstance(value, list):
        return [each for each in map(normal, value) if each != ""]
    return {name: normal(each) for name, each in value.items()} if isinstance(value, dict) else value


LINE = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=12).map(str.strip)


@given(st.lists(LINE, min_size=1).filter(any) | st.lists(st.text("|a ", max_size=5).map(str.strip)).filter(any))
def test_a_joined_list_is_taken_apart_again_pipes_and_all(items):
    assert parts(plain(items)) == items


@given(st.text("'=+-@\t\n a", max_size=6))
def test_the_apostrophe_before_a_formula_is_taken_off_again(text):
    assert harmful(harmless(text)) == text


def rows(*changes, header=("key", "title", "kind")):
    return csv_text(header, *changes)


def test_a_new_row_becomes_a_record_with_the_defaults_of_what_is_left_empty():
    make_municipality("05962004")
    content = csv_text(
        ["number", "slug", "municipality_key", "title_de", "summary_de", "period_status", "actors_de", "year_start"],
        ["P077", "neu", "05962004", "Neu", "Kurz.", "", "Stadt | Verein", "2015"],
    )
    found, _problems = read(EXAMPLES, content)
    author = User.objects.create_user("redaktion")
    found.meta["note"] = "aus der Sammlung"
    found.apply(author)
    example = PracticeExample.objects.get()
    assert (example.status, example.published_at, example.period_status) == ("draft", None, "unknown")
    assert (example.actors_de, example.year_start, example.title_en) == ("Stadt\nVerein", 2015, "")
    revision = Revision.objects.get()
    assert (revision.author, revision.note, revision.number) == (author, "aus der Sammlung", 1)
    assert ContentChange.objects.filter(table="practice-examples", record_id=example.pk).count() == 1


def test_a_column_left_out_keeps_its_field_and_an_empty_cell_empties_it():
    make_source("studie", publisher="Verlag", year=2020, title="Alt")
    assert planned(SOURCES, csv_text(["key", "title", "year"], ["studie", "Neu", ""])) == {
        "studie": {"title": ("Alt", "Neu"), "year": (2020, None)}
    }


def test_steps_and_citations_stand_side_by_side():
    make_source("eins"), make_source("zwei")
    make_recommendation(slug="bauen", number="E001", steps=["Alt"], **DRAFT)
    header = ["slug", "steps_de", "steps_en", "steps_origin", "steps_actors", "sources", "source_pages"]
    found, problems = read(RECOMMENDATIONS, csv_text(
        header, ["bauen", "Erst | Dann", " | Then", "source | Editorial", "land, kommune | ", "zwei | eins", "| 12"]))  # fmt: skip
    assert problems == []
    found.apply()
    recommendation = Recommendation.objects.get()
    steps = [(step.text_de, step.text_en, step.editorial, step.actors) for step in recommendation.steps.all()]
    assert steps == [("Erst", "", False, ["land", "kommune"]), ("Dann", "Then", True, [])]
    citations = [(each.source.key, each.page) for each in recommendation.citations.all()]
    assert citations == [("zwei", ""), ("eins", "12")]


def test_what_excel_makes_of_numbers_days_and_truths_is_understood():
    content = xlsx(["key", "title", "kind", "year", "isbn", "title_is_descriptive", "seen_on"],
                   ["a", 2024, "primary", 2020.0, 9783958618350, True, date(2024, 5, 6)])  # fmt: skip
    new = planned(SOURCES, content, "xlsx")["a"]
    assert [new[name][1] for name in ("title", "year", "isbn", "title_is_descriptive", "seen_on")] == [
        "2024", 2020, "9783958618350", True, "2024-05-06",
    ]  # fmt: skip
    header = ("key", "title", "kind", "title_is_descriptive", "seen_on")
    new = planned(SOURCES, rows(["a", "A", "primary", "FALSCH", "6.5.2024"], header=header))["a"]
    assert (new["title_is_descriptive"][1], new["seen_on"][1]) == (False, "2024-05-06")


def test_every_problem_is_told_at_once_by_row_and_column():
    make_recommendation("wohnraum", number="E001", slug="bauen")
    header = ["number", "slug", "title_de", "summary_de", "challenges", "horizon", "editorial_estimate"]
    found = problems(RECOMMENDATIONS, csv_text(
        header,
        ["E001", "bauen", "", "Kurz.", "wohnraun", "", "ja"],
        ["E002", "neu", "Neu", "Kurz.", "", "ever", "vielleicht"],
        ["E002", "auch-neu", "Neu", "Kurz.", "", "", ""],
        ["", "", "Ohne Namen", "", "", "", ""],
    ))  # fmt: skip
    assert {(where, column) for where, column, _message in found} == {
        ("row 2", "C: title_de"), ("row 2", "E: challenges"), ("row 3", "F: horizon"),
        ("row 3", "G: editorial_estimate"), ("row 4", "A: number"),
        ("row 5", "A: number"), ("row 5", "B: slug"), ("row 5", "D: summary_de"),
    }  # fmt: skip
    assert next(text for where, column, text in found if column == "E: challenges").endswith("Did you mean “wohnraum”?")
    assert next(text for where, column, text in found if where == "row 4") == "“E002” is taken already: row 3."


def test_formulas_and_other_cells_that_cannot_be_meant_are_told_with_all_else():
    content = xlsx(["key", "title", "kind"], ["a", "=1+1", "primary"], ["b", date(2024, 5, 6), ""],
                   ["c", "C", "primary", "zu viel"])  # fmt: skip
    assert [(where, column) for where, column, _message in problems(SOURCES, content, "xlsx")] == [
        ("row 2", "B: title"), ("row 3", "B: title"), ("row 4", "D"), ("row 3", "C: kind"),
    ]  # fmt: skip


HEADINGS = {
    "an unknown column": (["key", "titel"], "Did you mean “title”?"),
    "a column twice": (["key", "title", "title"], "named twice"),
    "a column without a name": (["key", "", "title"], "no name"),
    "no key": (["title", "kind"], "“key” is missing"),
}


@pytest.mark.parametrize("case", HEADINGS)
def test_a_mistake_in_the_headings_is_told(case):
    header, said = HEADINGS[case]
    found = problems(SOURCES, csv_text(header, ["a"] * len(header)))
    assert {where for where, _column, _message in found} == {"row 1"}
    assert any(said in message for _where, _column, message in found)


def test_columns_that_belong_together_come_together():
    """Steps without their actors would lose them."""
    found = problems(RECOMMENDATIONS, csv_text(["slug", "steps_de", "sources"], ["bauen", "Eins", ""]))
    assert {message.split("“")[1].split("”")[0] for _where, _column, message in found} == {
        "steps_en", "steps_origin", "steps_actors", "source_pages",
    }  # fmt: skip


def test_lists_that_do_not_correspond_and_rows_with_mistakes_are_told():
    make_recommendation(slug="bauen", number="E001")
    header = ["slug", "steps_de", "steps_en", "steps_origin", "steps_actors"]
    found = problems(RECOMMENDATIONS, csv_text(
        header, ["bauen", "Eins | Zwei", "One", "source | source | source", ""]))  # fmt: skip
    assert [column for _where, column, _message in found] == ["B: steps_de", "B: steps_de"]
    found = problems(RECOMMENDATIONS, csv_text(header, ["bauen", "Eins | ", "One | Two", "", "eu | "]))
    assert {message.split(":")[0] for _where, _column, message in found} == {"item 1, actors", "item 2, text_de"}


def test_a_text_that_a_spreadsheet_has_cut_off_is_not_taken_for_the_new_text():
    make_source("studie", note_de="x")
    found = problems(SOURCES, xlsx(["key", "note_de"], ["studie", "y" * 32_767]), "xlsx")
    assert "cut it off" in found[0][2]


def test_columns_of_the_portals_own_making_are_not_read_and_one_is_told_so():
    make_source("studie", title="Alt")
    found, _problems = read(SOURCES, csv_text(["key", "title", "kind_label"], ["studie", "Neu", "Unsinn"]))
    assert list(found.planned())[0]["diff"] == [["title", "Alt", "Neu"]]
    assert "kind_label" in found.meta["notes"][0]


YAML = """\
- number: E001
  slug: bauen
  title_de: Bauen
  summary_de: Mehr bauen.
  steps:
    - text_de: Flächen finden
      actors: [kommune]
  examples:
    - example: lotsen
"""


def test_yaml_is_read_as_in_the_content_with_everything_an_entry_may_hold():
    make_example(slug="lotsen")
    found, problems = read(RECOMMENDATIONS, YAML, "yaml")
    assert problems == []
    found.apply()
    recommendation = Recommendation.objects.get()
    assert [each.example.slug for each in recommendation.illustrations.all()] == ["lotsen"]
    assert recommendation.steps.get().actors == ["kommune"]
    assert problems == read(RECOMMENDATIONS, YAML, "yml")[1]


def test_a_mistake_in_yaml_is_told_with_its_line():
    found = problems(RECOMMENDATIONS, YAML.replace("title_de", "titel_de"), "yaml")
    assert all(where.startswith("tabelle.yaml, line 1, entry 1 (E001)") for where, _field, _message in found)
    assert {field for _where, field, _message in found} == {"titel_de", "title_de", "examples"}


BOMB = "- &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"- &{b} [{', '.join([f'*{a}'] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)
STRANGE_YAML = {
    "nothing": ("", "empty"),
    "a text": ("hallo", "list of entries"),
    "a mapping": ("slug: bauen", "list of entries"),
    "no YAML": ("- a: [b", "line"),
    "a bomb of aliases": (BOMB, "line 1: anchors and aliases are not allowed"),
    "an anchor": ("- slug: &a bauen", "line 1: anchors"),
    "an anchor on the list": ("&a\n- slug: b", "anchors"),
    "an alias": ("- slug: *a", "anchors"),
    "a merge": ("- <<: *a", "anchors"),
    "an object": ("- !!python/object/apply:os.system [ls]", "YAML"),
    "two documents": ("- slug: a\n---\n- slug: b\n", "list of entries"),
    "a depth without end": ("- " + "[" * 5000, "YAML"),
    "a NUL": ("- slug: a\0", "YAML"),
    "a key twice": ("- slug: a\n  slug: b\n", "named twice"),
    "an XLSX": (xlsx(["slug"]), "YAML"),
}


@pytest.mark.parametrize("case", STRANGE_YAML)
def test_strange_yaml_is_refused_and_nothing_stays_behind(case):
    content, said = STRANGE_YAML[case]
    with pytest.raises(Refused) as caught:
        read(RECOMMENDATIONS, content, "yaml")
    assert said in str(caught.value)
    assert not list(imports.folder().iterdir())


def test_a_value_that_yaml_knows_and_we_do_not_is_a_problem():
    found = problems(SOURCES, "- key: !!set {a, b}\n  title: x\n", "yaml")
    assert any("texts, numbers" in message for _where, _field, message in found)


@pytest.mark.parametrize("name", ["tabelle.docx", "tabelle", "tabelle.xlsx.exe", "xlsx"])
def test_only_names_of_known_kinds_are_taken(name):
    with pytest.raises(Refused, match=r"\.xlsx, \.csv"):
        Import.read(SOURCES, io.BytesIO(b"key\r\na"), name)


def test_what_an_editor_has_changed_since_is_kept_unless_one_says_otherwise():
    source = make_source("studie", title="Alt")
    content = rows(["studie", "Aus der Datei", "primary"])
    apply({"title": "Von Hand"}, source, author=User.objects.create_user("redaktion"))
    found, _problems = read(SOURCES, content)
    assert found.meta["counts"] == {"kept": 1}
    found.apply()
    assert Source.objects.get().title == "Von Hand"
    found, _problems = read(SOURCES, content, overwrite=True)
    found.apply()
    assert Source.objects.get().title == "Aus der Datei"


def test_nothing_is_written_if_the_content_has_changed_since_the_plan():
    source = make_source("studie", title="Alt")
    found, _problems = read(SOURCES, rows(["studie", "Neu", "primary"], ["neu", "Neu", "primary"]))
    source.title = "Inzwischen"
    source.save()
    before = dump()
    with pytest.raises(ContentChanged):
        found.apply()
    assert dump() == before
    assert found.plan() == []
    assert next(found.planned())["diff"] == [["title", "Inzwischen", "Neu"]]
    found.apply()
    assert set(Source.objects.values_list("key", "title")) == {("studie", "Neu"), ("neu", "Neu")}


def test_two_rows_with_the_same_doi_are_a_problem_not_an_error():
    header = ("key", "title", "kind", "doi")
    found = problems(
        SOURCES, rows(["a", "A", "primary", "10.1000/x"], ["b", "B", "primary", "10.1000/X"], header=header)
    )
    assert found == [("row 3", "D: doi", "“10.1000/x” is taken already: row 2.")]
    make_source("studie", doi="10.1000/x")
    found = problems(SOURCES, rows(["a", "A", "primary", "doi:10.1000/x"], header=header))
    assert found == [("row 2", "D: doi", "“10.1000/x” is taken already: the record “studie”.")]
    assert planned(SOURCES, rows(["a", "A", "primary", ""], ["b", "B", "primary", ""], header=header)).keys() == {
        "a",
        "b",
    }


def test_a_failure_in_the_last_batch_takes_back_the_first(monkeypatch):
    monkeypatch.setattr(imports, "BATCH", 2)
    found, _problems = read(SOURCES, rows(*[[f"q-{n}", "Q", "primary"] for n in range(7)]))
    before, writes, calls = dump(), imports.carry_out, []

    def fail(*args, **kwargs):
        calls.append(1)
        if len(calls) == 4:
            raise RuntimeError
        return writes(*args, **kwargs)

    monkeypatch.setattr(imports, "carry_out", fail)
    with pytest.raises(RuntimeError):
        found.apply()
    assert dump() == before
    assert len(calls) == 4


def test_batches_find_what_belongs_together(monkeypatch):
    """A number taken in one batch is taken in the next."""
    monkeypatch.setattr(imports, "BATCH", 1)
    make_municipality("05962004")
    header = ["number", "slug", "municipality_key", "title_de", "summary_de"]
    same = [["P001", slug, "05962004", "Titel", "Kurz."] for slug in ("eins", "zwei")]
    assert [where for where, _column, _message in problems(EXAMPLES, csv_text(header, *same))] == ["row 3"]


def test_a_file_waits_where_nobody_else_can_read_it_and_not_for_ever(settings):
    mine, other = User.objects.create_user("eins"), User.objects.create_user("zwei")
    found, _problems = read(SOURCES, rows(["a", "A", "primary"]), user=mine)
    assert stat.S_IMODE(os.stat(imports.folder()).st_mode) == 0o700
    assert stat.S_IMODE(os.stat(found.path).st_mode) == 0o700
    assert settings.MEDIA_ROOT not in found.path.parents
    assert len(found.token) >= 32
    assert Import.open(SOURCES, found.token, mine).meta == json.loads(json.dumps(found.meta))
    assert Import.open(SOURCES, found.token, other) is None
    assert Import.open(EXAMPLES, found.token, mine) is None
    os.utime(found.path, (0, 0))
    assert Import.open(SOURCES, found.token, mine) is None
    read(SOURCES, rows(["b", "B", "primary"]), user=mine)
    assert not found.path.exists()


def test_an_import_of_many_rows_holds_few_of_them(monkeypatch, django_assert_max_num_queries):
    """Of a new row the database is asked two things, each in a savepoint; all else is asked once a batch."""
    monkeypatch.setattr(imports, "BATCH", 50)
    content = rows(*[[f"q-{n}", f"Q {n}", "primary"] for n in range(200)])
    with django_assert_max_num_queries(200 * 2 * 3 + 60):
        found, _problems = read(SOURCES, content)
    assert found.meta["counts"] == {"created": 200}


# The command


def command(*arguments, **options):
    out, err = StringIO(), StringIO()
    try:
        call_command("import_entries", *arguments, stdout=out, stderr=err, **options)
    except CommandError as error:
        raise CommandError(f"{err.getvalue()}\n{error}") from error
    return out.getvalue()


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "quellen.csv"
    path.write_text(rows(["studie", "Neu", "primary"], ["neu", "Neu", "primary"]))
    return path


def test_the_command_shows_writes_and_finds_nothing_more_to_do(file):
    make_source("studie", title="Alt")
    author = User.objects.create_user("redaktion")
    before = dump()
    printed = command("sources", str(file), "--dry-run")
    assert dump() == before
    assert "+ neu" in printed
    assert "~ studie, title:\n  - Alt\n  + Neu" in printed
    assert "sources: 1 created, 1 changed" in command("sources", str(file), "--author", "redaktion")
    assert {revision.author for revision in Revision.objects.filter(table="sources")} == {author}
    assert "sources: 2 unchanged" in command("sources", str(file))
    assert not list(imports.folder().iterdir())


def test_the_command_refuses_with_every_problem(file, tmp_path):
    file.write_text(rows(["a", "", "primary"], ["b", "B", "tertiary"]))
    before = dump()
    with pytest.raises(CommandError) as caught:
        command("sources", str(file))
    for part in ("row 2, B: title", "row 3, C: kind", "2 problems. Nothing was changed."):
        assert part in str(caught.value)
    with pytest.raises(CommandError, match="no account “niemand”"):
        command("sources", str(file), "--author", "niemand")
    with pytest.raises(CommandError, match="can't be read"):
        command("sources", str(tmp_path / "fehlt.csv"))
    (tmp_path / "leer.xlsx").write_bytes(b"")
    with pytest.raises(CommandError, match="empty"):
        command("sources", str(tmp_path / "leer.xlsx"))
    assert dump() == before


def test_the_command_draws_a_bar_on_a_terminal_only(file, monkeypatch):
    class Terminal(StringIO):
        def isatty(self):
            return True

    for stream, drawn in ((Terminal(), True), (StringIO(), False)):
        monkeypatch.setattr("sys.stderr", stream)
        err = StringIO()
        call_command("import_entries", "sources", str(file), "--dry-run", stdout=StringIO(), stderr=err)
        assert ("[########################################] 2/2" in err.getvalue()) is drawn


# Texts with a workflow: nothing public is written


SUMMARIES = ["number", "slug", "title_de", "summary_de"]
BAUEN = csv_text(SUMMARIES, ["E001", "bauen", "Bauen", "Aus der Tabelle."])


@pytest.fixture
def ada():
    return User.objects.create_user("ada", first_name="Ada", last_name="Beispiel")


@pytest.fixture
def bo():
    return User.objects.create_user("bo")


def bauen(**fields):
    fields = {"title_de": "Bauen", "addressees": ["kommune"], "steps": ["Eins"], **fields}
    record = make_recommendation("wohnraum", slug="bauen", number="E001", year=2020, **fields)
    revise(record)
    return record


def imported(content, user=None, into=RECOMMENDATIONS, **options):
    """Read and write a file; {key: what was done}."""
    found, problems = read(into, content, user=user, **options)
    assert problems == []
    done = {line["key"]: line["action"] for line in found.planned()}
    found.apply(user)
    return done


def test_a_published_text_is_changed_in_a_working_copy_that_goes_through_review(ada, bo):
    record = bauen()
    assert imported(BAUEN, ada) == {"bauen": "copied"}
    record.refresh_from_db()
    assert (record.summary_de, record.status) == ("Kurz.", "published")
    copy = record.working_copy
    assert (copy.status, copy.summary_de, copy.number) == ("draft", "Aus der Tabelle.", None)
    assert [step.text_de for step in copy.steps.all()] == ["Eins"]
    workflow.submit(copy, ada)
    with pytest.raises(ValidationError):
        workflow.publish(copy, ada)
    workflow.publish(copy, bo)
    record.refresh_from_db()
    assert (record.summary_de, record.slug) == ("Aus der Tabelle.", "bauen")


def test_a_draft_is_written_and_a_scheduled_text_gets_a_working_copy():
    bauen(**DRAFT)
    assert imported(BAUEN) == {"bauen": "changed"}
    assert Recommendation.objects.get().summary_de == "Aus der Tabelle."
    Recommendation.objects.update(**SCHEDULED)
    assert imported(BAUEN.replace("Tabelle", "Liste")) == {"bauen": "copied"}
    assert Recommendation.objects.originals().get().summary_de == "Aus der Tabelle."


@pytest.mark.parametrize("state", [PUBLISHED, REVIEW, ARCHIVED, SCHEDULED, DRAFT])
def test_an_unchanged_row_makes_nothing_whatever_the_state(state):
    bauen(**state)
    before = dump()
    assert imported(BAUEN.replace("Aus der Tabelle.", "Kurz.")) == {"bauen": "unchanged"}
    assert dump() == before


def test_the_second_import_changes_the_copy_of_the_first_and_leaves_alone_what_it_does_not_change(ada):
    record = bauen()
    imported(BAUEN, ada)
    apply({"title_de": "Bauen und mieten"}, record.working_copy, ada)
    assert imported(BAUEN, ada) == {"bauen": "unchanged"}
    assert imported(BAUEN.replace("Tabelle", "Liste"), ada) == {"bauen": "copy changed"}
    copy = Recommendation.objects.get(replaces=record)
    assert (copy.title_de, copy.summary_de) == ("Bauen und mieten", "Aus der Liste.")


def in_review(record, ada, bo):
    workflow.submit(workflow.reopen(record, bo), ada)


def copy_in_review(record, ada, bo):
    workflow.submit(workflow.working_copy(record, ada), ada)


def copy_by_somebody_else(record, ada, bo):
    apply({"title_de": "Bo baut"}, workflow.working_copy(record, bo), bo)


OBSTACLES = {
    "in review": (in_review, "is in review"),
    "withdrawn": (lambda record, ada, bo: workflow.withdraw(record, bo, "Überholt"), "was withdrawn"),
    "a copy in review": (copy_in_review, "is in review or approved"),
    "a copy by somebody else": (copy_by_somebody_else, "bo has last changed the working copy of “E001 Bauen”"),
}


@pytest.mark.parametrize("case", OBSTACLES)
def test_what_cannot_be_changed_now_is_told_with_what_to_do(ada, bo, case):
    prepare, said = OBSTACLES[case]
    record = bauen(**(SCHEDULED if case == "in review" else PUBLISHED))
    prepare(record, ada, bo)
    ((where, column, message),) = problems(RECOMMENDATIONS, BAUEN, user=ada, overwrite=True)
    assert (where, column) == ("row 2", "")
    assert said in message
    assert message.endswith("or take the row out of the file.")


def test_a_public_table_handed_in_again_makes_no_copy_of_anything(client):
    """The whole starter content, published, with one change in one row: one working copy."""
    call_command("load_content", verbosity=0)
    for name in ("recommendations", "practice-examples"):
        content, into = exported(client, name, "csv").decode(), TABLES[name]
        assert set(imported(content, into=into).values()) == {"unchanged"}
        assert not into.kind.model.objects.exclude(replaces=None).exists()
        title = into.kind.model.objects.first().title_de
        done = imported(content.replace(title, "Ein anderer Titel", 1), into=into)
        assert sorted(done.values())[:2] == ["copied", "unchanged"]
        assert into.kind.model.objects.exclude(replaces=None).count() == 1


@pytest.mark.parametrize("change", [
    lambda record, user: type(record).objects.update(**PUBLISHED),
    lambda record, user: workflow.submit(record, user),
])  # fmt: skip
def test_a_draft_that_is_no_draft_any_more_is_not_what_was_confirmed(ada, change):
    record = bauen(**DRAFT)
    found, _problems = read(RECOMMENDATIONS, BAUEN, user=ada)
    change(record, ada)
    before = dump()
    with pytest.raises(ContentChanged):
        found.apply(ada)
    assert dump() == before


def test_a_copy_begun_by_somebody_else_meanwhile_is_not_written_to(ada, bo):
    record = bauen()
    found, _problems = read(RECOMMENDATIONS, BAUEN, user=ada)
    apply({"title_de": "Bo baut"}, workflow.working_copy(record, bo), bo)
    before = dump()
    with pytest.raises(ContentChanged):
        found.apply(ada)
    assert dump() == before


def test_copies_of_many_texts_are_written_a_batch_at_a_time(monkeypatch, django_assert_max_num_queries):
    """The second batch knows nothing of the first; no query is asked per copy but those that write it."""
    monkeypatch.setattr(imports, "BATCH", 10)
    for n in range(20):
        revise(make_recommendation("wohnraum", slug=f"r-{n}", number=f"E{n:03}", steps=["Eins"]))
    content = csv_text(SUMMARIES, *[[f"E{n:03}", f"r-{n}", "Titel", f"Neu {n}."] for n in range(20)])
    found, _problems = read(RECOMMENDATIONS, content)
    with django_assert_max_num_queries(20 * 9 + 60):
        found.apply()
    copies = Recommendation.objects.exclude(replaces=None)
    assert {copy.summary_de for copy in copies} == {f"Neu {n}." for n in range(20)}
