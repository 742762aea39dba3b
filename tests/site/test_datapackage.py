"""The data package: what it says of itself is true, programs read it, and it holds what is published, no more."""

import csv
import hashlib
import io
import json
import zipfile

import orjson
import pytest
import yaml
from django.utils import translation
from frictionless import Package

from municipalities.models import Municipality
from portal import datapackage, workflow
from portal.entries import touch
from portal.exports import parts
from portal.models import ContentChange, User
from portal.site.tables import ALL_TABLES
from portal.snapshot import RestlessError
from recommendations.models import Recommendation
from tests.factories import DRAFT, make_challenge, make_example, make_municipality, make_recommendation, make_source
from tests.site.world import make_world

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def data_of_its_own(settings, tmp_path):
    settings.DATA_DIR = tmp_path


def fetch(client):
    response = client.get("/daten/paket.zip")
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/zip"
    return b"".join(response.streaming_content)


def opened(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def rows(files, table):
    return list(csv.DictReader(io.StringIO(files[f"data/{table}.csv"].decode(), newline="")))


def exported(client, table):
    content = b"".join(client.get(f"/daten/{table}.jsonl").streaming_content)
    return [orjson.loads(line) for line in content.splitlines()]


def test_frictionless_finds_no_mistake_in_it(client, tmp_path):
    make_world(released=False)
    make_recommendation("wohnraum", title_de="=1+1", summary_de='Mit "Anführung";\r\nund | Zeile', steps=["a|b", "c"])
    (tmp_path / "package").mkdir()
    with zipfile.ZipFile(io.BytesIO(fetch(client))) as archive:
        archive.extractall(tmp_path / "package")
    package = Package(tmp_path / "package/datapackage.json")
    report = package.validate()
    assert report.valid, report.flatten(["title", "rowNumber", "fieldName", "message"])
    assert len(report.tasks) == len(ALL_TABLES) + 1
    assert {(key["reference"]["resource"]) for each in package.resources for key in each.schema.foreign_keys} >= {
        "recommendations", "practice-examples", "challenges", "municipalities", "sources", "target-groups",
    }  # fmt: skip


def test_frictionless_would_find_a_relation_that_leads_nowhere(client, tmp_path):
    make_world(released=False)
    with zipfile.ZipFile(io.BytesIO(fetch(client))) as archive:
        archive.extractall(tmp_path / "package")
    path = tmp_path / "package/data/recommendation-challenges.csv"
    path.write_bytes(path.read_bytes().replace(b"wohnraum", b"wohnreim"))
    assert not Package(tmp_path / "package/datapackage.json").validate().valid


def test_it_describes_every_file_with_its_hash_size_and_rows(client):
    make_world(released=False)
    files = opened(fetch(client))
    package = json.loads(files["datapackage.json"])
    assert package["$schema"] == "https://datapackage.org/profiles/2.0/datapackage.json"
    assert [each["name"] for each in package["resources"]] == [*ALL_TABLES, "vocabularies"]
    for each in package["resources"]:
        content = files[each["path"]]
        assert each["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
        assert each["bytes"] == len(content)
        assert each["rows"] == len(rows(files, each["name"]))
    assert package["licenses"][0]["name"] == "CC-BY-4.0"
    assert {"title": "Bericht", "path": "https://example.org/studie"} in package["sources"]
    assert set(files) - {each["path"] for each in package["resources"]} == {
        "datapackage.json", "README.md", "CODEBOOK.md", "LICENSE.md", "CITATION.cff",
    }  # fmt: skip


def test_it_names_who_answers_for_the_portal(client, settings):
    make_recommendation()
    settings.PUBLISHER, settings.SITE_ADDRESS = "Beispielstadt: „Amt“ # 1", "https://portal.example"
    files = opened(fetch(client))
    contributor = json.loads(files["datapackage.json"])["contributors"][0]
    assert (contributor["title"], contributor["path"]) == ("Beispielstadt: „Amt“ # 1", "https://portal.example")
    citation = yaml.safe_load(files["CITATION.cff"])
    assert citation["authors"] == [{"name": "Beispielstadt: „Amt“ # 1"}]
    assert (citation["cff-version"], citation["type"], citation["license"]) == ("1.2.0", "dataset", "CC-BY-4.0")
    assert "Beispielstadt" in files["README.md"].decode()


def test_without_a_publisher_it_is_the_portal_that_is_cited_never_a_host(client, settings):
    make_recommendation()
    settings.PUBLISHER, settings.SITE_ADDRESS = "", "http://127.0.0.1:8000"
    files = opened(fetch(client))
    (author,) = yaml.safe_load(files["CITATION.cff"])["authors"]
    assert author["name"].startswith("Migration als Chance – Wissensportal für Kommunen")
    assert json.loads(files["datapackage.json"])["contributors"][0]["title"] == author["name"]


def test_it_says_what_is_not_under_our_licence(client):
    make_recommendation(licence="cc-by-sa-4.0")
    files = opened(fetch(client))
    for name in ("README.md", "LICENSE.md"):
        german, english = files[name].decode().split("\n---\n")
        assert "CC BY 4.0, wenn die Zeile keine andere Lizenz nennt" in german
        assert "unless the row names another licence" in english
        assert "Destatis" not in german + english
    make_example(municipality=make_municipality("05962004"))
    files = opened(fetch(client))
    for name in ("README.md", "LICENSE.md"):
        german, english = files[name].decode().split("\n---\n")
        assert "Statistisches Bundesamt (Destatis)" in german
        assert "Federal Statistical Office (Destatis)" in english
    assert any("GV-ISys" in source["title"] for source in json.loads(files["datapackage.json"])["sources"])


def test_readme_and_code_book_speak_german_and_english_and_name_every_column(client):
    make_recommendation()
    files = opened(fetch(client))
    for name in ("README.md", "CODEBOOK.md", "LICENSE.md"):
        text = files[name].decode()
        assert text.count("\n---\n") == 1
        german, english = text.split("\n---\n")
        assert german.strip() != english.strip()
    for half in files["CODEBOOK.md"].decode().split("\n---\n"):
        for table in ALL_TABLES.values():
            for column in table.columns:
                assert column.label or f"- `{column.name}` (" in half


def test_every_cell_holds_its_text_as_it_is(client):
    texts = ["=1+1", "'=1", "+49", "\tTab", "Glocke\x07", "Zeile\r\neins", "a | b", "ä" * 40_000]
    for number, text in enumerate(texts):
        make_recommendation(
            "wohnraum", number=f"E80{number}", title_de=text[:150], summary_de=text, steps=[text, "zwei|drei"]
        )
    found = rows(opened(fetch(client)), "recommendations")
    assert [row["title_de"] for row in found] == [text[:150] for text in texts]
    assert [row["summary_de"] for row in found] == texts
    for row, text in zip(found, texts, strict=True):
        if "\n" not in text and not text.startswith("\t"):
            assert parts(row["steps_de"]) == [text, "zwei|drei"]
    steps = rows(opened(fetch(client)), "recommendation-steps")
    assert [row["text_de"] for row in steps] == [step for text in texts for step in (text, "zwei|drei")]


def test_its_rows_are_those_of_the_exports(client):
    make_world(released=False)
    files = opened(fetch(client))
    for table in ALL_TABLES:
        items, found = exported(client, table), rows(files, table)
        cells = [{name: datapackage.cell(value) for name, value in item.items()} for item in items]
        cells = [{name: "" if value is None else str(value) for name, value in row.items()} for row in cells]
        assert sorted(map(str, cells)) == sorted(map(str, found))


def test_the_codes_stand_in_the_vocabularies_in_both_languages(client):
    make_recommendation("wohnraum", addressees=["kommune"], horizon="long")
    vocabularies = rows(opened(fetch(client)), "vocabularies")
    found = {(row["vocabulary"], row["code"]): (row["label_de"], row["label_en"]) for row in vocabularies}
    assert found["addressee", "kommune"] == ("Kommunen", "Municipalities")


def test_the_same_content_gives_the_same_bytes_whenever_and_in_whatever_language(client, settings, tmp_path):
    make_world(released=False)
    first = fetch(client)
    for lang in ("de", "en"):
        settings.DATA_DIR = tmp_path / lang
        with translation.override(lang), datapackage.current(ALL_TABLES) as file:
            assert file.read() == first


def test_a_draft_changes_no_byte_though_it_is_newer(client):
    make_world(released=False)
    first = fetch(client)
    make_recommendation("wohnraum", **DRAFT)
    make_challenge("verborgen", **DRAFT)
    make_example("wohnraum", municipality=make_municipality(), sources=[make_source()], **DRAFT)
    assert fetch(client) == first


def test_a_working_copy_given_up_changes_no_byte(client):
    make_world(released=False)
    first = fetch(client)
    editor = User.objects.create_user("ada")
    workflow.discard(workflow.working_copy(Recommendation.objects.get(slug="bauen"), editor), editor)
    assert fetch(client) == first


def test_an_import_of_the_register_is_a_change_of_its_date(client):
    """It changes many at once and leaves no revisions."""
    make_world(released=False)
    first = json.loads(opened(fetch(client))["datapackage.json"])
    Municipality.objects.update(population=12_345)
    touch("municipalities")
    last = json.loads(opened(fetch(client))["datapackage.json"])
    assert last["created"] == ContentChange.objects.latest("pk").created_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert first["created"] <= last["created"]
    assert first["version"] != last["version"]


def test_it_is_built_once_for_a_content_and_what_is_withdrawn_is_gone_at_once(client, monkeypatch, settings):
    built = []
    write = datapackage.write
    monkeypatch.setattr(datapackage, "write", lambda *args: built.append(1) or write(*args))
    record = make_recommendation(title_de="Geht")
    assert b"Geht" in opened(fetch(client))["data/recommendations.csv"]
    fetch(client)
    assert len(built) == 1
    Recommendation.objects.update(status="archived")
    touch("recommendations", record.pk)
    assert b"Geht" not in opened(fetch(client))["data/recommendations.csv"]
    assert len(list((settings.DATA_DIR / "package").glob("*.zip"))) == 1


def test_what_a_process_left_that_was_killed_while_building_is_cleared_away(client, settings):
    left = settings.DATA_DIR / "package/unfinished-x"
    left.mkdir(parents=True)
    (left / "paket.zip").write_bytes(b"half")
    make_recommendation()
    opened(fetch(client))
    assert not left.exists()


def test_an_empty_portal_has_a_package_too(client):
    files = opened(fetch(client))
    assert rows(files, "recommendations") == []
    assert "sources" not in json.loads(files["datapackage.json"])


def test_content_that_changes_while_it_is_read_is_read_again(client, monkeypatch):
    make_recommendation(number="E801", title_de="vorher")
    items, calls = type(ALL_TABLES["recommendations"]).items, []

    def changing(table, ids):
        yield from items(table, ids)
        if table.name == "glossary" and not calls:  # the last one: recommendations have been read
            calls.append(1)
            Recommendation.objects.update(title_de="nachher")
            touch("recommendations")

    monkeypatch.setattr(type(ALL_TABLES["recommendations"]), "items", changing)
    assert rows(opened(fetch(client)), "recommendations")[0]["title_de"] == "nachher"


def test_while_the_content_keeps_changing_one_is_asked_to_come_back(client, monkeypatch):
    make_recommendation()

    def restless(*_args):
        raise RestlessError

    monkeypatch.setattr(datapackage, "freeze", restless)
    response = client.get("/daten/paket.zip")
    assert (response.status_code, response.headers["Retry-After"]) == (503, "30")
    assert "ETag" not in response.headers
    assert "gerade geändert" in response.json()["detail"]
