import re
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.utils import translation

from portal import workflow
from portal.entries import TYPES, apply, delete, plan, revise
from portal.models import ContentChange, Revision, SearchSynonym, User
from portal.yaml import read_directory
from recommendations.models import Challenge, PracticeExample, Recommendation, SelfCheckQuestion
from tests import content

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def messages_in_english():
    with translation.override("en"):
        yield


@pytest.fixture
def directory(tmp_path):
    return content.write(tmp_path)


def load(directory=None, **options):
    """What the command prints; of a refusal, the message and all problems."""
    out, err = StringIO(), StringIO()
    try:
        call_command("load_content", *([directory] if directory else []), stdout=out, stderr=err, **options)
    except CommandError as error:
        raise CommandError(f"{err.getvalue()}\n{error}") from error
    return out.getvalue()


def dump():
    """Every row of every table, link tables included."""
    models = apps.get_models(include_auto_created=True)
    return {model._meta.label: list(model._base_manager.order_by("pk").values()) for model in models}


def change(directory, file, old, new):
    path = directory / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def refused(directory, **options):
    before = dump()
    with pytest.raises(CommandError) as caught:
        load(directory, **options)
    assert dump() == before
    return str(caught.value)


def test_a_load_writes_every_record_with_its_links_and_one_revision_each(directory):
    load(directory)
    recommendation = Recommendation.objects.visible().get()
    assert [step.text_de for step in recommendation.steps.all()] == ["Flächen finden", "Bauen"]
    assert [step.editorial for step in recommendation.steps.all()] == [False, True]
    assert recommendation.addressees == ["land", "kommune"]
    assert [challenge.slug for challenge in recommendation.challenges.all()] == ["wohnraum"]
    assert [each.example.slug for each in recommendation.illustrations.all()] == ["lotsen"]
    example = PracticeExample.objects.visible().get()
    assert (example.municipality.name, example.actors_de) == ("Altena", "Stadt\nVerein")
    assert [citation.page for citation in example.citations.all()] == ["12"]
    for kind in TYPES.values():
        ids = set(kind.model.objects.values_list("pk", flat=True))
        revisions = Revision.objects.filter(table=kind.table)
        assert {revision.record_id for revision in revisions} == ids
        assert {revision.number for revision in revisions} == {1}
        assert {change.record_id for change in ContentChange.objects.filter(table=kind.table)} == ids


def test_a_second_load_of_the_same_files_changes_no_row(directory):
    load(directory)
    before = dump()
    printed = load(directory)
    assert dump() == before
    assert "recommendations: 1 unchanged" in printed
    assert "created" not in printed


def test_a_changed_text_is_written_and_only_its_record_gets_a_revision(directory):
    load(directory)
    revisions = Revision.objects.count()
    change(directory, "recommendations.yaml", "Mehr bauen.", "Viel mehr bauen.")
    assert "recommendations: 1 changed" in load(directory)
    assert Recommendation.objects.get().summary_de == "Viel mehr bauen."
    assert Revision.objects.count() == revisions + 1
    assert Revision.objects.get(table="recommendations", number=2).entry["summary_de"] == "Viel mehr bauen."


def test_a_field_that_an_entry_leaves_out_keeps_its_value_and_an_empty_one_empties_it(directory):
    load(directory)
    change(directory, "recommendations.yaml", "  horizon: long\n", "")
    load(directory)
    assert Recommendation.objects.get().horizon == "long"
    change(directory, "recommendations.yaml", "  sources: [studie-2020]\n", "  horizon: ''\n  sources:\n")
    load(directory)
    assert Recommendation.objects.get().horizon == ""
    assert not Recommendation.objects.get().citations.exists()


PROBLEMS = {  # name: (file, old text, new text, what the message must say)
    "malformed YAML": ("challenges.yaml", "title_de: Wohnraum", "title_de: [Wohn", ["challenges.yaml, line 3", "YAML"]),
    "a tab as indentation": ("challenges.yaml", "  title_en", "\ttitle_en", ["challenges.yaml, line 3", "YAML"]),
    "a key twice in one entry": (
        "challenges.yaml", "title_en: Housing", "title_de: Wohnen",
        ["challenges.yaml, line 1", "“title_de” is named twice in one entry"],
    ),
    "a key that is a list": ("challenges.yaml", "title_en:", "? [a, b]\n  :", ["challenges.yaml, line"]),
    "a day that doesn't exist": (
        "municipalities.yaml", "'2024-12-31'", "2024-02-30", ["municipalities.yaml, line 1, entry 1 (05962004), population_on", "2024-02-30"],
    ),
    "a quoted day that doesn't exist": (
        "municipalities.yaml", "'2024-12-31'", "'2024-02-30'",
        ["municipalities.yaml, line 1, entry 1 (05962004), population_on", "2024-02-30"],
    ),
    "a file that isn't a list": (
        "challenges.yaml", content.FILES["challenges.yaml"], "wohnraum: {}\n", ["challenges.yaml", "list of entries"],
    ),
    "an empty file": ("challenges.yaml", content.FILES["challenges.yaml"], "", ["challenges.yaml", "list of entries"]),
    "an entry that is a text": (
        "glossary.yaml", "- slug: asyl", "- Asyl\n- slug: asyl", ["glossary.yaml, entry 1", "list of fields"],
    ),
    "an unknown challenge": (
        "recommendations.yaml", "[wohnraum]", "[wohnraun]",
        ["recommendations.yaml, line 1, entry 1 (E001), challenges", "no challenge “wohnraun”", "mean “wohnraum”?"],
    ),
    "an unknown source": (
        "challenges.yaml", "[studie-2020]", "[studie-2021]",
        ["challenges.yaml, line 1, entry 1 (wohnraum), sources", "row 1, source", "“studie-2021”", "“studie-2020”?"],
    ),
    "an unknown municipality": (
        "practice_examples.yaml", "'05962004'", "'09999999'",
        ["practice_examples.yaml, line 1, entry 1 (P001), municipality_key", "no municipality “09999999”"],
    ),
    "a slug twice": (
        "glossary.yaml", "slug: duldung\n  term", "slug: asyl\n  term",
        ["glossary.yaml, line 5, entry 2 (asyl), slug", "“asyl” is taken already", "glossary.yaml, line 1, entry 1"],
    ),
    "an empty text": (
        "recommendations.yaml", "title_de: Bauen", "title_de: ''",
        ["recommendations.yaml, line 1, entry 1 (E001), title_de"],
    ),
    "a missing key": ("challenges.yaml", "- slug: wohnraum\n  title_de", "- title_de",
        ["challenges.yaml, line 1, entry 1, slug"],
    ),
    "a number where a key is needed": (
        "practice_examples.yaml", "municipality_key: '05962004'", "municipality_key: 5962004",
        ["practice_examples.yaml, line 1, entry 1 (P001), municipality_key", "“5962004” must be text; put it in quotes"],
    ),
    "a number as a record's own key": (
        "municipalities.yaml", "key: '05962004'", "key: 5962004",
        ["municipalities.yaml, line 1, entry 1 (5962004), key", "must be text; put it in quotes"],
    ),
    "a mapping as key": ("challenges.yaml", "slug: wohnraum", "slug: {a: b}",
        ["challenges.yaml, line 1, entry 1", "slug", "must be text"],
    ),
    "a mapping where rows belong": (
        "illustrations.yaml", "recommendation: bauen", "recommendation: [bauen]",
        ["illustrations.yaml, line 1, entry 1", "recommendation"],
    ),
    "a text where a number is needed": (
        "practice_examples.yaml", "year_start: 2015", "year_start: um 2015",
        ["practice_examples.yaml, line 1, entry 1 (P001), year_start"],
    ),
    "a list where a text is needed": (
        "recommendations.yaml", "title_de: Bauen", "title_de: [Bauen]",
        ["recommendations.yaml, line 1, entry 1 (E001), title_de", "must be text"],
    ),
    "a text where true or false is needed": (
        "recommendations.yaml", "editorial: true", "editorial: ja", ["(E001), steps", "row 2, editorial", "true or false"],
    ),
    "a text where a list is needed": (
        "recommendations.yaml", "[wohnraum]", "wohnraum", ["(E001), challenges", "list of keys"],
    ),
    "an unknown field": (
        "recommendations.yaml", "horizon: long", "horizont: long",
        ["recommendations.yaml, line 1, entry 1 (E001), horizont", "no such field", "mean “horizon”?"],
    ),
    "an unknown field of a row": (
        "recommendations.yaml", "editorial: true", "editoral: true",
        ["(E001), steps", "row 2, editoral", "no such field", "mean “editorial”?"],
    ),
    "an unknown code in a list": (
        "recommendations.yaml", "[kommune, land]", "[kommune, eu]",
        ["(E001), addressees", "eu", "bund, land, kommune, zivilgesellschaft"],
    ),
    "an unknown code": ("recommendations.yaml", "horizon: long", "horizon: ever", ["(E001), horizon", "ever"]),
    "years in the wrong order": (
        "practice_examples.yaml", "year_end: 2018", "year_end: 2014",
        ["practice_examples.yaml, line 1, entry 1 (P001)", "last year is before the first"],
    ),
    "a year out of the world": (
        "practice_examples.yaml", "year_start: 2015", "year_start: 15", ["(P001)", "between 1900 and 2100"],
    ),
    "a key that doesn't fit the kind": (
        "municipalities.yaml", "kind: town", "kind: district",
        ["municipalities.yaml, line 1, entry 1 (05962004)", "8 digits", "5 for a district"],
    ),
    "a state that the key doesn't begin with": (
        "municipalities.yaml", "state: '05'", "state: '06'", ["(05962004)", "two digits of the state"],
    ),
    "a number in the wrong form": (
        "recommendations.yaml", "number: E001", "number: R1", ["recommendations.yaml, line 1, entry 1 (R1)"],
    ),
    "an illustration of an unknown recommendation": (
        "illustrations.yaml", "recommendation: bauen", "recommendation: baun",
        ["illustrations.yaml, line 1, entry 1", "recommendation", "no recommendation “baun”", "mean “bauen”?"],
    ),
    "an illustration by an unknown example": (
        "illustrations.yaml", "example: lotsen", "example: loten",
        ["illustrations.yaml, line 1, entry 1", "example", "no practice example “loten”", "mean “lotsen”?"],
    ),
    "an illustration twice": (
        "illustrations.yaml", "- recommendation", "- {recommendation: bauen, example: lotsen}\n- recommendation",
        ["“lotsen” is named twice"],
    ),
    "a reference twice": ("recommendations.yaml", "[wohnraum]", "[wohnraum, wohnraum]", ["(E001), challenges", "twice"]),
    "a text too long for its column": (
        "challenges.yaml", "title_de: Wohnraum", f"title_de: {'W' * 121}", ["(wohnraum), title_de", "120"],
    ),
    "a NUL character": ("challenges.yaml", "title_de: Wohnraum", 'title_de: "Wohn\\0raum"', ["(wohnraum), title_de", "NUL"]),
    "half a character": ("challenges.yaml", "title_de: Wohnraum", 'title_de: "Wohn\\uD800"', ["challenges.yaml, line 2"]),
    "no number at all": ("municipalities.yaml", "area_km2: 44.42", "area_km2: .nan", ["(05962004), area_km2"]),
    "an endless number": (
        "municipalities.yaml", "area_km2: 44.42", "lat: .inf\n  lon: 7.0", ["(05962004)"],
    ),
    "a page for sources that are no list": (
        "recommendations.yaml", "sources: [studie-2020]", "sources: 5\n  source_page: 3", ["(E001), sources", "list"],
    ),
}  # fmt: skip


def check_refusal(directory, mistake):
    file, old, new, said = PROBLEMS[mistake]
    change(directory, file, old, new)
    message = refused(directory)
    for part in said:
        assert part in message
    assert "Nothing was changed." in message


@pytest.mark.parametrize("mistake", PROBLEMS)
def test_a_mistake_is_refused_with_its_place_and_what_to_do(directory, mistake):
    check_refusal(directory, mistake)


@pytest.mark.parametrize(
    "mistake",
    [
        "malformed YAML",
        "an unknown challenge",
        "an illustration of an unknown recommendation",
        "an illustration by an unknown example",
        "a slug twice",
        "an empty text",
        "years in the wrong order",
        "a mapping as key",
    ],
)
def test_a_mistake_in_a_later_load_leaves_what_was_loaded_before(directory, mistake):
    load(directory)
    check_refusal(directory, mistake)


def test_a_new_record_without_a_needed_text_is_refused(directory):
    change(directory, "recommendations.yaml", "  summary_de: Mehr bauen.\n", "")
    assert "recommendations.yaml, line 1, entry 1 (E001), summary_de" in refused(directory)


def test_bytes_that_are_no_text_are_refused_with_the_name_of_the_file(directory):
    (directory / "challenges.yaml").write_bytes(b"- slug: wohnraum\n  title_de: Wohnr\xe4ume\n")
    assert "challenges.yaml" in refused(directory)


def test_a_number_in_the_wrong_form_is_refused_with_the_right_one(directory):
    change(directory, "recommendations.yaml", "number: E001", "number: R1")
    assert "such as E046" in refused(directory)


def test_a_number_taken_by_another_record_is_refused(directory):
    load(directory)
    change(directory, "recommendations.yaml", "slug: bauen", "slug: planen")
    change(directory, "illustrations.yaml", "recommendation: bauen", "recommendation: planen")
    assert re.search(r"entry 1 \(E001\), number: .*“E001” is taken already: the record “bauen”", refused(directory))


def test_two_entries_with_one_number_are_refused(directory):
    text = content.FILES["recommendations.yaml"]
    (directory / "recommendations.yaml").write_text(text + text.replace("slug: bauen", "slug: planen"))
    message = refused(directory)
    assert re.search(
        r"entry 2 \(E001\), number: “E001” is taken already: recommendations.yaml, line 1, entry 1", message
    )


def test_the_number_of_a_record_can_not_be_changed(directory):
    load(directory)
    change(directory, "recommendations.yaml", "number: E001", "number: E002")
    assert re.search(r"\(E002\), number: “E001” is permanent", refused(directory))


def test_two_entries_with_one_doi_are_refused_even_though_only_the_database_knows(directory):
    text = content.FILES["sources.yaml"] + "  doi: 10.1000/x\n"
    (directory / "sources.yaml").write_text(text + text.replace("studie-2020", "studie-2021"))
    assert re.search(
        r"sources.yaml, line 7, entry 2 \(studie-2021\), doi: “10.1000/x” is taken already: sources.yaml, line 1, entry 1",
        refused(directory),
    )


def test_a_former_short_name_in_a_file_means_the_record_as_it_is_called_now(directory):
    """In lists of keys, in illustrations and for the record that they belong to; a second load changes nothing."""
    load(directory)
    editor = User.objects.create(username="freigabe")
    workflow.rename(Challenge.objects.get(), editor, "wohnen")
    workflow.rename(PracticeExample.objects.get(), editor, "lotsinnen")
    change(directory, "recommendations.yaml", "Mehr bauen.", "Viel mehr bauen.")
    load(directory)
    recommendation = Recommendation.objects.get()
    assert recommendation.summary_de == "Viel mehr bauen."
    assert [each.slug for each in recommendation.challenges.all()] == ["wohnen"]
    assert [each.example.slug for each in recommendation.illustrations.all()] == ["lotsinnen"]
    assert "recommendations: 1 unchanged" in load(directory)
    workflow.rename(recommendation, editor, "neu-bauen")
    for name in set(content.FILES) - {"illustrations.yaml"}:
        (directory / name).unlink()
    change(directory, "illustrations.yaml", "Zeigt es.", "Zeigt es gut.")
    load(directory, overwrite=True)
    assert recommendation.illustrations.get().note_de == "Zeigt es gut."


def test_a_name_that_nothing_has_or_had_is_refused_and_two_names_of_one_record_count_once(directory):
    """Two groups may have become one: what named both can still be loaded and restored."""
    load(directory)
    workflow.rename(Challenge.objects.get(), User.objects.create(username="freigabe"), "wohnen")
    (directory / "challenges.yaml").unlink()
    change(directory, "recommendations.yaml", "challenges: [wohnraum]", "challenges: [wohnraum, wohnen]")
    assert "recommendations: 1 unchanged" in load(directory)
    change(directory, "recommendations.yaml", "[wohnraum, wohnen]", "[wohnen, wohnen]")
    assert "(E001), challenges: A key is named twice." in refused(directory)
    change(directory, "recommendations.yaml", "[wohnen, wohnen]", "[wohnrau]")
    assert "There is no challenge “wohnrau”." in refused(directory)


def test_all_problems_of_all_files_are_told_at_once(directory):
    change(directory, "challenges.yaml", "title_de: Wohnraum", "title_de: ''")
    change(directory, "recommendations.yaml", "[wohnraum]", "[sprache]")
    change(directory, "recommendations.yaml", "horizon: long", "horizon: ever")
    change(directory, "glossary.yaml", "see_also: [asyl]", "see_also: [abschiebung]")
    (directory / "synonyms.yaml").write_text("[")
    message = refused(directory)
    for part in ("challenges.yaml", "(E001), challenges", "(E001), horizon", "(duldung), see_also", "synonyms.yaml"):
        assert part in message
    assert "5 problems. Nothing was changed." in message


def test_a_directory_that_is_missing_or_holds_no_content_is_refused(tmp_path):
    assert "no directory" in refused(tmp_path / "nirgends")
    assert "recommendations.yaml" in refused(tmp_path)


def test_a_dry_run_shows_what_is_new_and_what_differs_and_writes_nothing(directory):
    before = dump()
    printed = load(directory, dry_run=True)
    assert "+ recommendations bauen" in printed
    assert "nothing was written" in printed
    assert dump() == before
    load(directory)
    before = dump()
    change(directory, "recommendations.yaml", "Mehr bauen.", "Viel mehr bauen.")
    printed = load(directory, dry_run=True)
    assert "~ recommendations bauen, summary_de:\n  - Mehr bauen.\n  + Viel mehr bauen." in printed
    assert dump() == before


def edit(record, **entry):
    apply(entry, record, author=User.objects.get_or_create(username="redaktion")[0])


def test_what_an_editor_has_changed_since_is_kept_and_named(directory):
    load(directory)
    edit(Recommendation.objects.get(), summary_de="Von der Redaktion.")
    change(directory, "recommendations.yaml", "Mehr bauen.", "Aus der Datei.")
    printed = load(directory)
    assert Recommendation.objects.get().summary_de == "Von der Redaktion."
    assert "Kept: recommendations bauen. --overwrite replaces it." in printed
    assert "= recommendations bauen, summary_de" in load(directory, dry_run=True)


def test_overwrite_replaces_what_an_editor_has_changed_and_keeps_the_history(directory):
    load(directory)
    edit(Recommendation.objects.get(), summary_de="Von der Redaktion.")
    load(directory, overwrite=True)
    assert Recommendation.objects.get().summary_de == "Mehr bauen."
    entries = [each.entry["summary_de"] for each in Revision.objects.filter(table="recommendations").order_by("number")]
    assert entries == ["Mehr bauen.", "Von der Redaktion.", "Mehr bauen."]


def test_what_an_editor_has_deleted_does_not_come_back_unless_asked(directory):
    """An entry removed after a complaint must not return with the next load."""
    load(directory)
    freigabe = User.objects.create(username="freigabe")
    delete(SelfCheckQuestion.objects.get(), freigabe)  # names the recommendation
    delete(Recommendation.objects.get(), freigabe)
    assert "Kept: recommendations bauen" in load(directory)
    assert not Recommendation.objects.exists()
    load(directory, overwrite=True)
    assert Recommendation.objects.get().summary_de == "Mehr bauen."


def test_a_synonym_that_an_editor_has_changed_is_not_loaded_beside_its_old_self(directory):
    """Its key is its terms: the old ones are in the history, so the file's group is known to be this one."""
    load(directory)
    synonym = SearchSynonym.objects.get()
    apply({"terms": ["Neu", "Anders"]}, synonym, User.objects.create(username="redaktion"))
    load(directory)
    assert SearchSynonym.objects.get().terms == "Neu\nAnders"


def test_a_number_with_a_point_is_refused_where_a_whole_one_is_needed(directory):
    """In German, 16.897 is sixteen thousand; read as a fraction it would become 16 without a word."""
    change(directory, "municipalities.yaml", "population: 16543", "population: 16.543")
    assert "population: “16.543” must be a whole number" in refused(directory)


def test_what_an_editor_has_renamed_does_not_come_back_under_its_old_name(directory):
    load(directory)
    edit(Challenge.objects.get(), slug="wohnen")
    change(directory, "recommendations.yaml", "[wohnraum]", "[wohnen]")
    change(directory, "practice_examples.yaml", "[wohnraum]", "[wohnen]")
    change(directory, "self_check.yaml", "challenge: wohnraum", "challenge: wohnen")
    load(directory)
    assert [challenge.slug for challenge in Challenge.objects.all()] == ["wohnen"]


def test_nothing_public_is_written_if_one_asks_for_drafts(directory):
    load(directory)
    text = content.FILES["recommendations.yaml"].replace("E001", "E002").replace("slug: bauen", "slug: planen")
    (directory / "recommendations.yaml").write_text(content.FILES["recommendations.yaml"] + text)
    change(directory, "recommendations.yaml", "Mehr bauen.", "Viel mehr bauen.")
    load(directory, draft=True)
    texts = {each.slug: (each.status, each.summary_de) for each in Recommendation.objects.originals()}
    assert texts == {"bauen": ("published", "Mehr bauen."), "planen": ("draft", "Viel mehr bauen.")}
    copy = Recommendation.objects.get(replaces__slug="bauen")
    assert (copy.status, copy.summary_de) == ("draft", "Viel mehr bauen.")
    assert "1 in existing" not in load(directory, draft=True)


def test_a_load_does_not_publish_what_an_editor_has_withdrawn(directory):
    load(directory)
    recommendation = Recommendation.objects.get()
    recommendation.status = "archived"
    recommendation.save()
    revise(recommendation, author=User.objects.create(username="freigabe"))
    change(directory, "recommendations.yaml", "Mehr bauen.", "Viel mehr bauen.")
    load(directory, overwrite=True)
    assert Recommendation.objects.get().status == "archived"


def test_illustrations_alone_may_be_loaded_for_records_that_exist(directory):
    load(directory)
    for file in directory.iterdir():
        if file.name != "illustrations.yaml":
            file.unlink()
    change(directory, "illustrations.yaml", "Zeigt es.", "Zeigt es gut.")
    load(directory)
    assert Recommendation.objects.get().illustrations.get().note_de == "Zeigt es gut."
    assert Recommendation.objects.get().steps.count() == 2


def test_a_file_that_no_table_takes_is_named(directory):
    (directory / "recomendations.yaml").write_text("[]")
    assert "recomendations.yaml" in load(directory)


def test_spaces_around_a_key_or_a_term_do_not_make_another_record(directory):
    change(directory, "challenges.yaml", "slug: wohnraum", "slug: ' wohnraum '")
    change(directory, "synonyms.yaml", "Unterkunft,", "'Unterkunft  ', '',")
    load(directory)
    assert "challenges: 1 unchanged" in (printed := load(directory))
    assert "synonyms: 1 unchanged" in printed


def test_the_starter_content_loads_and_a_second_run_finds_nothing_to_do():
    load()
    for kind in TYPES.values():
        assert kind.model.objects.exists()
        for record in kind.records().values():
            if kind.publishable:
                assert record.status == "published"
    revisions, changes = Revision.objects.count(), ContentChange.objects.count()
    printed = load()
    assert "created" not in printed
    assert "changed" not in printed.replace("unchanged", "")
    assert (Revision.objects.count(), ContentChange.objects.count()) == (revisions, changes)


def test_every_record_of_the_starter_content_survives_being_written_down_and_applied(settings):
    load()
    documents, _problems, _unread = read_directory(settings.CONTENT_DIR)
    written = {
        kind.table: [("entry", kind.entry(record)) for record in kind.records().values()] for kind in TYPES.values()
    }
    assert {table: len(entries) for table, entries in written.items()} == {
        table: len(entries) for table, entries in documents.items()
    }
    changes, problems = plan(written)
    assert problems == []
    assert {change.action for change in changes} == {"unchanged"}
