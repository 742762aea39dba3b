"""Data releases: frozen for ever, citable by facets, ended only by a take-down, and without a trace of what isn't public."""

import csv
import dataclasses
import hashlib
import io
import json
import os
import random
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from html import unescape
from urllib.parse import urlencode

import pytest
import yaml
from django.conf import settings as django_settings
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.http import QueryDict
from django.test import Client
from django.utils import timezone, translation

from portal import current, due, releases
from portal.entries import touch
from portal.models import ContentChange, Release, User
from portal.site import jobs
from portal.site.tables import ALL_TABLES, TABLES
from recommendations.models import Addressee, Challenge, PracticeExample, Recommendation, Source, TargetGroup
from tests.factories import (
    DRAFT,
    HIDDEN,
    make_challenge,
    make_example,
    make_municipality,
    make_picture,
    make_recommendation,
    make_source,
    make_target_group,
)
from tests.site.test_datapackage import opened
from tests.site.world import body, linked_data, make_world, visit

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def data_of_its_own(settings, tmp_path):
    settings.DATA_DIR = tmp_path


def make(note=""):
    release, is_new = releases.make(ALL_TABLES, note)
    assert is_new
    return release


def fetch(client, address):
    response = client.get(address)
    assert response.status_code == 200, address
    return b"".join(response.streaming_content)


def items(client, table, query="", number=1):
    return [json.loads(line) for line in fetch(client, f"/daten/releases/{number}/{table}.jsonl{query}").splitlines()]


def changed(table, queryset, **fields):
    """Change public records as an editor's step does, so that everybody learns of it."""
    pks = list(queryset.values_list("pk", flat=True))
    queryset.update(**fields)
    for pk in pks:
        touch(table, pk)


# Making


def test_a_release_holds_every_table_as_it_is_exported(client):
    make_world()
    release = Release.objects.get()
    assert (release.number, set(release.counts)) == (1, set(ALL_TABLES))
    for table in ALL_TABLES:
        frozen = fetch(client, f"/daten/releases/1/{table}.jsonl")
        assert sorted(frozen.splitlines()) == sorted(fetch(client, f"/daten/{table}.jsonl").splitlines())
        assert hashlib.sha256(frozen).hexdigest() == release.tables[table]["sha256"]
        assert frozen.count(b"\n") == release.counts[table] == release.tables[table]["rows"]


def test_its_csv_has_commas_and_masks_formulas(client):
    make_recommendation("wohnraum", "sprache", number="E801", title_de="=1+1")
    make()
    content = fetch(client, "/daten/releases/1/recommendations.csv").decode()
    (row,) = csv.DictReader(io.StringIO(content, newline=""))
    assert (row["title_de"], row["challenges"]) == ("'=1+1", "sprache | wohnraum")
    assert "challenges_label" not in row


def test_it_has_the_data_package_of_its_day(client):
    make_world()
    package = fetch(client, "/daten/releases/1/paket.zip")
    frozen, today = opened(package), opened(b"".join(client.get("/daten/paket.zip").streaming_content))
    assert set(frozen) == set(today)
    assert {name for name in frozen if frozen[name] != today[name]} == {"README.md", "CITATION.cff", "datapackage.json"}
    changed("recommendations", Recommendation.objects.filter(slug="bauen"), title_de="Anders")
    assert fetch(client, "/daten/releases/1/paket.zip") == package
    assert package != b"".join(client.get("/daten/paket.zip").streaming_content)


def test_wherever_its_package_lies_it_says_which_release_it_is(client, settings):
    settings.SITE_ADDRESS = "https://portal.example"
    make_recommendation(number="E801")
    make()
    changed("recommendations", Recommendation.objects.all(), title_de="Neu")
    release = make()
    day, address = f"{timezone.localdate(release.created_at)}", "https://portal.example/daten/releases/2/"
    files = opened(fetch(client, "/daten/releases/2/paket.zip"))
    package = json.loads(files["datapackage.json"])
    assert (package["version"], package["id"], package["homepage"]) == ("2", address, address)
    assert package["name"] == "wissensportal-release-2"
    assert "Datenstand 2 / " in package["title"]
    assert package["created"] == release.created_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    citation = yaml.safe_load(files["CITATION.cff"])
    assert (citation["version"], citation["date-released"], citation["url"]) == ("2", day, address)
    assert "Datenstand 2" in citation["title"]
    german, english = files["README.md"].decode().split("\n---\n")
    assert f"Datenstand 2, {day}, {address}" in german
    assert f"Data release 2, {day}, https://portal.example/en/data/releases/2/" in english
    with translation.override("en"):  # whoever makes it, in whatever language
        changed("recommendations", Recommendation.objects.all(), title_de="Noch neuer")
        make()
    assert json.loads(opened(fetch(client, "/daten/releases/3/paket.zip"))["datapackage.json"])["id"] == (
        "https://portal.example/daten/releases/3/"
    )


def test_the_same_content_is_released_once(capsys):
    make_recommendation(number="E801")
    call_command("release_dataset", note="Erster Stand")
    assert "Datenstand 1" in capsys.readouterr().out
    call_command("release_dataset")
    assert "hat sich nichts geändert" in capsys.readouterr().out
    make_recommendation(**DRAFT)
    call_command("release_dataset")
    assert Release.objects.count() == 1
    assert Release.objects.get().note == "Erster Stand"
    changed("recommendations", Recommendation.objects.filter(number="E801"), title_de="Neu")
    call_command("release_dataset")
    assert list(Release.objects.values_list("number", flat=True)) == [2, 1]


def test_it_counts_what_has_changed_since_the_one_before():
    for number in ("E801", "E802", "E803"):
        make_recommendation("wohnraum", number=number)
    assert make().changes == {}
    changed("recommendations", Recommendation.objects.filter(number="E801"), title_de="Neu")
    changed("recommendations", Recommendation.objects.filter(number="E802"), status="archived")
    make_recommendation("wohnraum", number="E804")
    make_recommendation("wohnraum", number="E805")
    changes = make().changes
    assert changes["since"] == 1
    assert changes["tables"]["recommendations"] == {"added": 2, "removed": 1, "changed": 1}
    assert changes["tables"]["sources"] == {"added": 0, "removed": 0, "changed": 0}
    assert changes["tables"]["recommendation-challenges"] == {"added": 2, "removed": 1, "changed": 0}


def test_a_link_that_only_moves_in_its_list_is_no_change():
    record = make_recommendation("wohnraum", "sprache", number="E801")
    make()
    record.challenges.set([make_challenge("arbeit"), *record.challenges.all()])
    touch("recommendations", record.pk)
    assert make().changes["tables"]["recommendation-challenges"] == {"added": 1, "removed": 0, "changed": 0}


def test_a_portal_that_moves_to_another_address_changes_no_row(client, settings):
    settings.SITE_ADDRESS = "https://alt.example"
    example = make_example(
        "wohnraum",
        number="P801",
        municipality=make_municipality(),
        info_url="https://alt.example/mehr",
        **make_picture(),
    )
    make_recommendation("wohnraum", number="E801", examples=[example])
    make()
    settings.SITE_ADDRESS = "https://alt.example.org"
    changes = make().changes["tables"]
    assert set(changes) == set(ALL_TABLES)
    assert [name for name, counts in changes.items() if any(counts.values())] == []
    for name in ("recommendations", "practice-examples"):
        for number in (1, 2):
            since = client.get(f"/daten/releases/{number}/{name}/").context["since"]
            assert set(since.values()) == {0}, name


def test_nothing_published_is_no_release():
    make_recommendation(**DRAFT)
    Challenge.objects.all().delete()
    with pytest.raises(CommandError, match="noch nichts veröffentlicht"):
        call_command("release_dataset")
    assert not Release.objects.exists()


@pytest.mark.parametrize("status", HIDDEN)
def test_hidden_records_are_in_no_file_and_no_list_of_values(client, status):
    make_challenge("verborgen", title_de="Xgeheimx", **HIDDEN[status])
    place = make_municipality("09000001", name="Xgeheimx")
    source = make_source("xgeheimx", title="Xgeheimx")
    example = make_example("verborgen", title_de="Xgeheimx", municipality=place, sources=[source], **HIDDEN[status])
    make_recommendation("wohnraum", "verborgen", examples=[example], sources=[make_source("offen")])
    make_recommendation("wohnraum", title_de="Xgeheimx", sources=[source], **HIDDEN[status])
    release = make()
    for file in releases.path(1).iterdir():
        content = file.read_bytes()
        assert b"geheimx" not in content.lower()
        assert b"verborgen" not in content
    assert "verborgen" not in json.dumps(release.tables)
    assert client.get("/daten/releases/1/recommendations.csv?challenge=verborgen").status_code == 400


def test_releases_move_the_content_on_so_that_pages_show_them(client):
    make_world(released=False)
    first = client.get("/daten/releases/")
    make()
    again = client.get("/daten/releases/", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 200
    assert "Datenstand 1" in body(again)


def test_a_number_that_somebody_else_has_taken_is_refused(monkeypatch):
    make_recommendation(title_de="Zuerst")
    make()
    changed("recommendations", Recommendation.objects.all(), title_de="Neu")
    monkeypatch.setattr(releases, "next_number", lambda: 1)
    with pytest.raises(ValidationError, match="anderer Datenstand"):
        releases.make(ALL_TABLES)
    assert Release.objects.count() == 1
    (row,) = releases.rows_of(releases.path(1) / "recommendations.jsonl")
    assert row["title_de"] == "Zuerst"


@pytest.mark.parametrize("step", ["freeze", "datapackage.write", "sync", "touch", "os.rename"])
def test_one_that_is_broken_off_leaves_nothing_to_see(client, monkeypatch, step):
    class KilledError(BaseException):
        pass

    def killed(*_args, **_kwargs):
        raise KilledError

    make_recommendation("wohnraum")
    with monkeypatch.context() as broken:
        target, _, name = f"portal.releases.{step}".rpartition(".")
        if step == "os.rename":
            broken.setattr("pathlib.Path.rename", killed)
        else:
            broken.setattr(f"{target}.{name}", killed)
        with pytest.raises(KilledError):
            releases.make(ALL_TABLES)
    assert not Release.objects.exists()
    assert client.get("/daten/releases/1/").status_code == 404
    assert client.get("/daten/releases/1/recommendations.csv").status_code == 404
    assert make().number == 1
    assert {path.name for path in releases.folder().iterdir()} == {"1", "lock"}


def test_files_that_a_killed_process_left_are_never_served(client):
    """Its folder stood there before its row was written: nobody can tell it from a release that was cited, so it stays
    and its number is skipped. Another one was unfinished."""
    make_recommendation(title_de="Neu")
    for left in (releases.path(1), releases.folder() / "unfinished-x"):
        left.mkdir(parents=True)
        (left / "recommendations.jsonl").write_bytes(b'{"number": "alt"}\n')
    assert client.get("/daten/releases/1/recommendations.jsonl").status_code == 404
    assert make().number == 2
    assert client.get("/daten/releases/1/recommendations.jsonl").status_code == 404
    assert [item["title_de"] for item in items(client, "recommendations", number=2)] == ["Neu"]
    assert {path.name for path in releases.folder().iterdir()} == {"1", "2", "lock"}


def test_after_an_older_database_was_restored_no_file_of_a_later_release_is_touched(client):
    make_recommendation(number="E801", title_de="Zuerst")
    make()
    changed("recommendations", Recommendation.objects.all(), title_de="Zitiert")
    make()
    cited = {file.name: file.read_bytes() for file in releases.path(2).iterdir()}
    Release.objects.get(number=2).delete()  # as the older database has it
    changed("recommendations", Recommendation.objects.all(), title_de="Später")
    assert make().number == 3
    assert {file.name: file.read_bytes() for file in releases.path(2).iterdir()} == cited
    assert [item["title_de"] for item in items(client, "recommendations", number=3)] == ["Später"]


def test_the_number_of_a_withdrawn_release_is_not_given_again_after_an_older_database_was_restored():
    make_recommendation(number="E801")
    make()
    call_command("withdraw_release", 1, reason="Grund.")
    Release.objects.all().delete()
    changed("recommendations", Recommendation.objects.all(), title_de="Neu")
    assert make().number == 2


def test_a_release_is_made_though_the_files_of_the_last_one_are_lost(client, caplog):
    make_recommendation(number="E801")
    make()
    shutil.rmtree(releases.path(1))
    changed("recommendations", Recommendation.objects.all(), title_de="Neu")
    assert make().changes == {}
    assert "Datenstand 1" in caplog.text or "release 1" in caplog.text
    assert client.get("/daten/releases/2/").status_code == 200
    for address in ("/daten/releases/1/", "/en/data/releases/1/", "/daten/releases/1/paket.zip"):
        assert client.get(address).status_code == 404


@pytest.mark.parametrize("lost", ["sources.jsonl", "paket.zip"])
def test_a_release_that_lacks_a_file_shows_no_page_that_offers_it(client, lost):
    make_world()
    (releases.path(1) / lost).unlink()
    assert client.get("/daten/releases/1/").status_code == 404


def test_names_of_challenges_and_target_groups_are_in_an_order_that_no_title_and_no_database_changes():
    titles = {"wohnen-land": "A", "wohnen": "C", "wohnenb": "B", "arbeit": "D"}
    for slug, title in titles.items():
        make_challenge(slug, title_de=title)
        make_target_group(slug, label_de=title)
    make_recommendation(*titles, number="E801", target_groups=list(titles))
    make_example(*titles, number="P801", municipality=make_municipality(), target_groups=list(titles))
    first = make()
    for name in ("recommendations", "practice-examples"):
        (row,) = releases.rows_of(releases.path(1) / f"{name}.jsonl")
        assert row["challenges"] == row["target_groups"] == sorted(titles)
    table = ALL_TABLES["recommendations"]
    (row,) = table.values(table.filter_class({}).results)
    cells = dict(zip(table.header, row, strict=True))
    assert cells["challenges_label"] == " | ".join(titles[slug] for slug in sorted(titles))
    changed("challenges", Challenge.objects.filter(slug="wohnen"), title_de="Zuletzt")
    TargetGroup.objects.filter(slug="wohnen").update(label_de="Zuletzt")
    touch("target-groups")
    changes = make().changes["tables"]
    nothing = {"added": 0, "removed": 0, "changed": 0}
    assert first.tables["recommendations"]["sha256"] == Release.objects.first().tables["recommendations"]["sha256"]
    assert changes["recommendations"] == changes["practice-examples"] == nothing
    assert changes["challenges"]["changed"] == 1


# Asking


def test_every_facet_of_a_table_reads_a_column_of_it():
    for table in TABLES.values():
        assert set(table.facets) == set(table.filter_class.facets_by_name())
        assert set(table.facets.values()) <= {column.name for column in table.columns if not column.label}


def test_an_answer_is_the_same_for_ever_whatever_becomes_of_records_and_vocabularies(client):
    make_world()
    addresses = [
        f"/daten/releases/1/{table}.{extension}{query}"
        for table, query in [
            ("recommendations", "?challenge=wohnraum&addressee=kommune-only&since=2020"),
            ("recommendations", "?target_group=frauen"),
            ("practice-examples", "?state=05&size=s3&kind=town"),
            ("municipalities", "?state=03"),
            ("recommendation-steps", "?challenge=wohnraum"),
            ("glossary", ""),
        ]
        for extension in ("csv", "jsonl")
    ]
    before = {address: fetch(client, address) for address in addresses}
    assert all(len(content.splitlines()) >= 1 for content in before.values())
    changed("challenges", Challenge.objects.filter(slug="wohnraum"), slug="wohnen", title_de="Wohnen")
    changed("recommendations", Recommendation.objects.all(), status="archived", addressees=["bund"])
    changed("practice-examples", PracticeExample.objects.all(), status="archived")
    Recommendation.objects.all().delete()
    PracticeExample.objects.all().delete()
    current.forget()
    assert {address: fetch(client, address) for address in addresses} == before


def test_an_answer_is_the_same_whatever_becomes_of_the_facets_and_tables_of_the_portal(client, monkeypatch):
    make_world()
    addresses = [
        f"/daten/releases/1/{table}.{extension}?{query}"
        for table in ("recommendations", "recommendation-steps")
        for extension in ("csv", "jsonl")
        for query in ("", "challenge=wohnraum&since=2020", "addressee=kommune-only", "target_group=frauen")
    ]
    before = {address: fetch(client, address) for address in addresses}
    assert all(len(content.splitlines()) >= 1 for content in before.values())
    table, pages = ALL_TABLES["recommendations"], ["/daten/releases/1/"]
    pages += [f"/daten/releases/1/{name}/?challenge=wohnraum" for name in ("recommendations", "recommendation-steps")]
    for facets in ({}, table.facets | {"challenge": "target_groups", "since": "horizon"}):
        monkeypatch.setitem(ALL_TABLES, table.name, dataclasses.replace(table, facets=facets))
        assert {address: fetch(client, address) for address in addresses} == before
        assert [client.get(page).status_code for page in pages] == [200] * len(pages)
    filters = {**table.filter_class.base_filters, "since": table.filter_class.base_filters["horizon"]}
    monkeypatch.setattr(table.filter_class, "base_filters", filters)
    assert {address: fetch(client, address) for address in addresses} == before
    monkeypatch.delitem(filters, "challenge")
    assert client.get(pages[1]).context["since"] is None  # today, nobody could ask that
    for name in ("recommendations", "recommendation-steps"):
        monkeypatch.delitem(ALL_TABLES, name)
    current.forget()
    assert {address: fetch(client, address) for address in addresses} == before
    assert [client.get(page).status_code for page in pages] == [200] * len(pages)
    assert "/daten/releases/1/recommendations/" in body(client.get(pages[0]))


# What the rows of this release are, and what they answer, must never change: somebody has cited it.
FROZEN = """\
{"number":"E001","challenges":["wohnraum"],"addressees":["kommune"],"source_year":2021,"title_de":"=A | \\u00e4"}
{"number":"E002","challenges":["sprache","wohnraum"],"addressees":["kommune","land"],"source_year":null,"title_de":"B"}
{"number":"E003","challenges":[],"addressees":[],"source_year":2024,"title_de":"C, \\"D\\""}
"""
ANSWERS = {
    "csv?challenge=wohnraum": 'number,challenges,addressees,source_year,title_de\r\nE001,wohnraum,kommune,2021,\'=A | ä\r\n'
    "E002,sprache | wohnraum,kommune | land,,B\r\n",
    "csv?addressee=kommune-only": "number,challenges,addressees,source_year,title_de\r\nE001,wohnraum,kommune,2021,'=A | ä\r\n",
    "csv?since=2020": "number,challenges,addressees,source_year,title_de\r\nE001,wohnraum,kommune,2021,'=A | ä\r\n"
    'E003,,,2024,"C, ""D"""\r\n',
    "jsonl?challenge=sprache&addressee=land": FROZEN.splitlines()[1] + "\n",
    "jsonl?addressee=bund": "",
    "jsonl": FROZEN,
}  # fmt: skip


def frozen_release():
    releases.path(7).mkdir(parents=True)
    (releases.path(7) / "recommendations.jsonl").write_text(FROZEN)
    values = {
        "challenge": ["wohnraum", "sprache"], "addressee": ["bund", "kommune", "land", "kommune-only"],
        "since": ["2020", "2021", "2024"],
    }  # fmt: skip
    columns = {"challenge": "challenges", "addressee": "addressees", "since": "source_year"}
    facets = {
        name: {"column": columns[name], "labels": [name, name], "values": {code: [code, code] for code in codes}}
        for name, codes in values.items()
    }
    facets["addressee"]["expanded"] = {
        '["kommune"]': ["kommune", "kommune-only"],
        '["kommune","land"]': ["kommune", "land"],
    }
    facets["since"]["expanded"] = {"2021": ["2021", "2020"], "2024": ["2024", "2021", "2020"]}
    described = {
        "title_de": "E", "site": "https://alt.example", "title_en": "R", "rows": 3, "key": "number", "owner": "recommendations", "facets": facets,
        "columns": ["number", "challenges", "addressees", "source_year", "title_de"], "sha256": "x",
    }  # fmt: skip
    return Release.objects.create(number=7, content_hash="x", tables={"recommendations": described})


@pytest.mark.parametrize("query", ANSWERS)
def test_a_release_of_long_ago_answers_with_these_very_bytes(client, query):
    frozen_release()
    assert fetch(client, f"/daten/releases/7/recommendations.{query}").decode() == ANSWERS[query]


def test_the_order_in_which_one_asks_makes_no_difference(client):
    make_world()
    one = client.get("/daten/releases/1/recommendations.csv?challenge=wohnraum&challenge=sprache&addressee=kommune")
    other = client.get(
        "/daten/releases/1/recommendations.csv?addressee=kommune&challenge=sprache&challenge=wohnraum&challenge=sprache&since="
    )
    assert b"".join(one.streaming_content) == b"".join(other.streaming_content)
    assert one.headers["ETag"] == other.headers["ETag"]
    assert one.headers["Content-Disposition"] == other.headers["Content-Disposition"] == (
        'attachment; filename="recommendations-release-1-addressee-kommune-challenge-sprache-challenge-wohnraum.csv"'
    )  # fmt: skip


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("q=bauen", "„q“ ist kein Filter"),
        ("sort=title", "„sort“ ist kein Filter"),
        ("near=05962004", "„near“ ist kein Filter"),
        ("page=2", "„page“ ist kein Filter"),
        ("lang=fr", "„lang“ ist kein Filter"),
        ("dialect=comma", "„dialect“ ist kein Filter"),
        ("challenge=gibtsnicht", "keinen Wert „gibtsnicht“"),
        ("challenge=wohnraum&challenge=gibtsnicht", "keinen Wert „gibtsnicht“"),
        ("since=1066", "keinen Wert „1066“"),
        ("%3Cb%3E=1", "„<b>“ ist kein Filter"),
    ],
)
@pytest.mark.parametrize(
    "form", ["recommendations/", "recommendations.csv", "recommendations.jsonl", "recommendation-steps.csv"]
)
def test_what_a_release_cannot_answer_it_refuses_and_says_why(client, query, said, form):
    make_world()
    response = client.get(f"/daten/releases/1/{form}?{query}")
    assert response.status_code == 400
    text = unescape(body(response)) if form.endswith("/") else response.json()["detail"]
    assert said in text
    assert "Möglich sind" in text


def test_what_a_release_cannot_answer_it_tells_programs_as_other_files_do(client):
    make_world()
    for query, kind, more in (
        ("q=bauen", "unknown-parameter", {"parameter": "q"}),
        ("challenge=x", "invalid-value", {"parameter": "challenge", "expected": {"enum": ["sprache", "wohnraum"]}}),
    ):
        for file in ("recommendations.csv", "recommendations/zitat.bib"):
            response = client.get(f"/daten/releases/1/{file}?{query}")
            assert response.headers["Content-Type"] == "application/problem+json"
            problem = response.json()
            assert problem["type"].endswith(f"/api/v1/docs#{kind}")
            assert problem == problem | more


@pytest.mark.parametrize(
    "path",
    ["2/", "2/recommendations.csv", "2/paket.zip", "1/nichts/", "1/nichts.csv", "1/recommendations.xlsx",
     "1/recommendations.json", "99999999999999999999/", "1/recommendations.csv/"],
)  # fmt: skip
def test_what_there_is_not_is_not_found(client, path):
    make_world()
    assert client.get(f"/daten/releases/{path}").status_code == 404


def test_a_link_table_answers_for_the_records_that_fit(client):
    make_world()
    number = Recommendation.objects.get(slug="reden").number
    rows = items(client, "recommendation-challenges", "?challenge=sprache")
    assert [(row["number"], row["challenge"]) for row in rows] == [(number, "sprache"), (number, "wohnraum")]


def test_on_its_day_a_release_finds_what_the_portal_finds(client):
    """For random content and random choices of every facet."""
    chance = random.Random(3)
    slugs, groups = ["wohnraum", "sprache", "arbeit"], ["frauen", "vereine"]
    for _ in range(30):
        make_recommendation(
            *chance.sample(slugs, chance.randint(0, 3)),
            target_groups=chance.sample(groups, chance.randint(0, 2)),
            addressees=[code for code in Addressee.values if chance.random() < 0.4],
            horizon=chance.choice(["", "short", "long"]),
            effort=chance.choice(["", "low", "high"]),
            evidence=chance.choice(["", "stated", "derived"]),
            sources=[make_source(year=chance.choice([None, 2018, 2021, 2024])) for _ in range(chance.randint(0, 2))],
            **chance.choice([{}, {}, {}, DRAFT]),
        )
    places = [
        make_municipality(key, kind=kind, population=population)
        for key, kind, population in [
            ("05962004", "town", 4_999), ("11000000", "city", 3_700_000), ("03153", "district", 130_000),
            ("010585822", "association", None),
        ]
    ]  # fmt: skip
    for _ in range(30):
        make_example(
            *chance.sample(slugs, chance.randint(0, 3)),
            target_groups=chance.sample(groups, chance.randint(0, 2)),
            municipality=chance.choice(places),
            **chance.choice([{}, {}, {}, DRAFT]),
        )
    release = make()
    asked = 0
    for table in (each for each in TABLES.values() if each.facets):
        values = {name: list(facet["values"]) for name, facet in release.tables[table.name]["facets"].items()}
        for _ in range(60):
            chosen = {
                name: chance.sample(codes, min(len(codes), chance.randint(1, 2)))
                for name, codes in values.items()
                if codes and chance.random() < 0.35
            }
            data = QueryDict(urlencode(chosen, doseq=True))
            query = releases.Query(release, table.name, releases.check(release, table.name, data))
            filter_set = table.filter_class(data)
            assert filter_set.unknown == []
            keys = table.filter_class._meta.model.objects.filter(pk__in=filter_set.ids)
            assert sorted(item[table.key] for item in query.items()) == sorted(keys.values_list(table.key, flat=True))
            asked += bool(filter_set.ids) and bool(chosen)
    assert asked > 50


# Pages


def test_a_filtered_list_offers_its_address_against_the_newest_release(client):
    make_world()
    changed("recommendations", Recommendation.objects.filter(slug="reden"), title_de="Neu")
    make()
    page = client.get("/empfehlungen/?challenge=wohnraum&sort=title&near=05962008")
    address = "/daten/releases/2/recommendations/?challenge=wohnraum"
    assert page.context["cite_url"] == address
    assert f'href="{address}"' in body(page)
    english = client.get("/en/recommendations/?challenge=wohnraum&addressee=kommune").context["cite_url"]
    assert english == "/en/data/releases/2/recommendations/?addressee=kommune&challenge=wohnraum"
    assert visit(client, english)[0].status_code == 200


@pytest.mark.parametrize("lost", ["sources.jsonl", "paket.zip", ""])
def test_a_release_that_lacks_files_is_not_offered_but_the_newest_that_is_whole(client, lost):
    make_world()
    changed("recommendations", Recommendation.objects.filter(slug="reden"), title_de="Neu")
    make()
    for number, left in ((2, "/daten/releases/1/recommendations/?challenge=wohnraum"), (1, None)):
        if lost:
            (releases.path(number) / lost).unlink()
        else:
            shutil.rmtree(releases.path(number))
        page = client.get("/empfehlungen/?challenge=wohnraum")
        assert page.context["cite_url"] == left
        assert ("Diese Auswahl zitieren" in body(page)) == bool(left)


def test_a_release_whose_files_are_lost_is_in_no_catalogue_and_the_list_says_so_without_a_link(client):
    make_world()
    changed("recommendations", Recommendation.objects.filter(slug="reden"), title_de="Neu")
    make()
    shutil.rmtree(releases.path(1))
    text = body(client.get("/daten/releases/"))
    assert "Datenstand 1" in text
    assert text.count("Die Dateien dieses Datenstands fehlen auf dem Server.") == 1
    assert 'href="/daten/releases/1/"' not in text
    assert 'href="/daten/releases/2/"' in text
    for address in ("/katalog.ttl", "/katalog.rdf", "/katalog.jsonld", "/sitemap.xml"):
        listed = client.get(address).content
        assert b"/daten/releases/2/" in listed, address
        assert b"/daten/releases/1/" not in listed, address


def test_a_release_says_that_the_one_it_is_compared_with_was_withdrawn(client):
    make_world()
    changed("recommendations", Recommendation.objects.filter(slug="reden"), title_de="Neu")
    make()
    assert "zurückgezogen" not in body(client.get("/daten/releases/2/"))
    call_command("withdraw_release", 1, reason="Grund.")
    text = body(client.get("/daten/releases/2/"))
    assert '<a class="kern-link" href="/daten/releases/1/">Datenstand 1</a>, mit dem die Tabellen verglichen' in text
    assert '<a class="kern-link" href="/en/data/releases/1/">' in body(client.get("/en/data/releases/2/"))


def test_programs_are_told_of_the_releases_that_can_be_had(client):
    make_world()
    for title in ("Neu", "Noch neuer"):
        changed("recommendations", Recommendation.objects.filter(slug="reden"), title_de=title)
        make()
    shutil.rmtree(releases.path(1))
    call_command("withdraw_release", 2, reason="Grund.")
    (told,) = linked_data(body(client.get("/daten/releases/")))["DataCatalog"]["dataset"]
    assert told["url"].endswith("/daten/releases/3/")


@pytest.mark.parametrize(
    "address",
    ["/empfehlungen/", "/empfehlungen/?sort=title", "/empfehlungen/?q=bauen", "/empfehlungen/?q=bauen&challenge=wohnraum",
     "/empfehlungen/?challenge=neu", "/kommunen/?all=1&state=05", "/herausforderungen/"],
)  # fmt: skip
def test_what_a_release_cannot_answer_is_not_offered(client, address):
    make_world()
    make_recommendation("neu")
    assert not client.get(address).context.get("cite_url")


def test_without_a_release_nothing_is_offered(client):
    make_world(released=False)
    assert client.get("/empfehlungen/?challenge=wohnraum").context["cite_url"] is None
    assert "noch keinen Datenstand" in body(client.get("/daten/"))
    assert "noch keinen Datenstand" in body(client.get("/daten/releases/"))


def test_the_page_of_a_selection_says_what_it_is_and_how_to_cite_it(client, settings):
    settings.SITE_ADDRESS = "https://portal.example"
    make_world()
    Release.objects.update(created_at=datetime(2026, 3, 1, 12, tzinfo=UTC))
    address = "/daten/releases/1/recommendations/?challenge=wohnraum"
    page = client.get(address)
    text = body(page)
    rows = fetch(client, "/daten/releases/1/recommendations.jsonl?challenge=wohnraum")
    digest = hashlib.sha256(rows).hexdigest()
    assert "2 Zeilen im Datenstand 1 vom 1. März 2026" in text
    assert "<li>Herausforderung: Wohnraum</li>" in text
    assert digest in text
    assert hashlib.sha256(fetch(client, "/daten/releases/1/recommendations.csv?challenge=wohnraum")).hexdigest() in text
    citation = page.context["citation"]["text"]
    assert citation.endswith(f"SHA-256: {digest}. https://portal.example{address}")
    assert "(1. März 2026): Handlungsempfehlungen, Datenstand 1." in citation
    assert "Herausforderung: Wohnraum; 2 Zeilen." in citation
    assert f'<link rel="canonical" href="https://portal.example{address}">' in text
    assert page.context["list_url"] == "/empfehlungen/?challenge=wohnraum"
    english = body(client.get("/en/data/releases/1/recommendations/?challenge=wohnraum"))
    assert "<li>Challenge: Housing</li>" in english
    assert "Recommendations, data release 1. Challenge: Housing; 2 rows." in english


def test_a_release_and_a_selection_of_it_can_be_cited_in_a_reference_manager(client, settings):
    settings.SITE_ADDRESS, settings.PUBLISHER = "https://portal.example", "Stadt Musterhausen"
    make_world()
    Release.objects.update(created_at=datetime(2026, 3, 1, 12, tzinfo=UTC))
    for page, base, query in (
        ("/daten/releases/1/", "/daten/releases/1/zitat", ""),
        (
            "/daten/releases/1/recommendations/?addressee=kommune&challenge=wohnraum",
            "/daten/releases/1/recommendations/zitat",
            "addressee=kommune&challenge=wohnraum",
        ),
    ):
        for prefix, address, language in (("", page, ""), ("/en", page.replace("daten", "data"), "lang=en")):
            shown = client.get(prefix + address).context["citation"]
            parameters = "&".join(filter(None, [query, language]))
            files = [f"{base}.{ending}{parameters and '?'}{parameters}" for ending in ("bib", "ris", "csl.json", "txt")]
            assert [url for _label, url in shown["files"]] == files
            assert body(client.get(files[-1])).strip() == shown["text"]
    (item,) = json.loads(body(client.get("/daten/releases/1/recommendations/zitat.csl.json?challenge=wohnraum")))
    assert item["id"] == "wissensportal-release-1-recommendations-wohnraum"
    assert item["title"] == "Handlungsempfehlungen, Datenstand 1"
    assert item["issued"] == {"date-parts": [[2026, 3, 1]]}
    assert item["URL"] == "https://portal.example/daten/releases/1/recommendations/?challenge=wohnraum"
    rows = fetch(client, "/daten/releases/1/recommendations.jsonl?challenge=wohnraum")
    assert "Herausforderung: Wohnraum; 2 Zeilen" in item["note"]
    asked = body(client.get("/daten/releases/1/recommendations/zitat.txt?addressee=kommune"))
    assert "Wer ist gefordert? Kommunen; " in asked
    assert hashlib.sha256(rows).hexdigest() in item["note"]


def test_facts_of_the_register_are_cited_as_its_own_not_under_our_licence(client):
    make_world()
    for table, ours in (("municipalities", False), ("recommendations", True)):
        page = client.get(f"/daten/releases/1/{table}/")
        assert ("CC BY 4.0" in page.context["citation"]["text"]) == ours
        assert ("Destatis" in page.context["citation"]["text"]) != ours
        assert bool(linked_data(body(page))["Dataset"].get("license")) == ours


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/daten/releases/1/recommendations/zitat.bib?challenge=nichts", 400),
        ("/daten/releases/1/recommendations/zitat.bib?q=bauen&lang=en", 400),
        ("/daten/releases/1/nichts/zitat.bib", 404),
        ("/daten/releases/1/zitat.pdf", 404),
        ("/daten/releases/2/zitat.bib", 404),
        (f"/daten/releases/{'9' * 5000}/zitat.bib", 404),
        ("/en/data/releases/1/zitat.bib", 404),
    ],
)
def test_what_a_release_does_not_have_cannot_be_cited(client, address, status):
    make_world()
    assert client.get(address).status_code == status


def breadcrumb(text):
    trail = re.search(r'<nav class="breadcrumb".*?</nav>', text, re.DOTALL)[0]
    return [re.sub("<[^>]+>", "", step) for step in re.findall(r"<li>(.*?)</li>", trail)]


def test_pages_say_where_they_belong(client):
    make_world()
    way = ["Startseite", "Daten", "Datenstände", "Datenstand 1", "Handlungsempfehlungen"]
    addresses = ["/daten/", "/daten/releases/", "/daten/releases/1/", "/daten/releases/1/recommendations/"]
    for length, address in enumerate(addresses, start=2):
        text = body(client.get(address))
        assert breadcrumb(text) == way[:length]
    assert re.search("<h1[^>]*>(.*?)</h1>", text)[1] == "Handlungsempfehlungen, Datenstand 1"


def test_how_to_cite_a_release_stands_before_its_tables(client):
    make_world()
    text = body(client.get("/daten/releases/1/"))
    assert 0 < text.index('id="cite"') < text.index('href="/daten/releases/1/recommendations/"')


def test_what_is_printed_names_the_address_with_its_choices(client):
    make_world()
    text = body(client.get("/daten/releases/1/recommendations/?challenge=wohnraum&challenge=sprache"))
    printed = re.search('data-live="address">(.*?) – ', text)[1]
    address = "/daten/releases/1/recommendations/?challenge=sprache&amp;challenge=wohnraum"
    assert printed == f"{django_settings.SITE_ADDRESS}{address}"


@pytest.mark.parametrize("path", ["", "recommendations/", "recommendations.csv", "paket.zip"])
def test_a_number_is_written_in_one_way(client, path):
    make_world()
    assert visit(client, f"/daten/releases/1/{path}")[0].status_code == 200
    assert client.get(f"/daten/releases/01/{path}").status_code == 404


def test_the_page_of_a_selection_says_what_has_changed_until_today(client):
    for number in range(801, 806):
        make_recommendation("wohnraum", number=f"E{number}")
    make()
    address = "/daten/releases/1/recommendations/?challenge=wohnraum"
    nothing = {"added": 0, "removed": 0, "changed": 0, "unpublished": 0}
    assert client.get(address).context["since"] == nothing
    assert client.get("/en/data/releases/1/recommendations/?challenge=wohnraum").context["since"] == nothing
    changed("recommendations", Recommendation.objects.filter(number="E801"), title_de="Neu")
    changed("recommendations", Recommendation.objects.filter(number="E802"), status="archived")
    Recommendation.objects.get(number="E803").challenges.clear()
    touch("recommendations", Recommendation.objects.get(number="E803").pk)
    make_recommendation("wohnraum", number="E806")
    make_recommendation("wohnraum", number="E807", **DRAFT)
    page = client.get(address)
    assert page.context["since"] == {"added": 1, "removed": 2, "changed": 1, "unpublished": 1}
    text = " ".join(re.sub("<[^>]+>", " ", body(page)).split())
    assert "1 Zeile ist hinzugekommen" in text
    assert "2 Zeilen gehören nicht mehr dazu, davon 1 nicht mehr öffentlich" in text
    Challenge.objects.update(status="archived")
    touch("challenges")
    current.forget()
    assert client.get(address).context["since"] == {"added": 0, "removed": 5, "changed": 0, "unpublished": 1}


def test_the_page_of_a_selection_names_what_has_changed_and_leads_to_what_is_public(client):
    for number in range(801, 804):
        make_recommendation("wohnraum", number=f"E{number}", slug=f"e{number}", title_de=f"Titel <{number}>")
    make()
    changed("recommendations", Recommendation.objects.filter(number="E801"), title_de="Neuer Name")
    changed("recommendations", Recommendation.objects.filter(number="E802"), status="archived")
    Recommendation.objects.get(number="E803").challenges.clear()
    touch("recommendations", Recommendation.objects.get(number="E803").pk)
    make_recommendation("wohnraum", number="E804", slug="e804", title_de="Hinzu")
    page = client.get("/daten/releases/1/recommendations/?challenge=wohnraum")
    assert {kind: [tuple(entry) for entry in entries] for kind, entries in page.context["named"].items()} == {
        "added": [("E804", "Hinzu", "/empfehlungen/e804/")],
        "removed": [("E803", "Titel <803>", "/empfehlungen/e803/")],
        "changed": [("E801", "Titel <801>", "/empfehlungen/e801/")],
    }  # fmt: skip
    text = body(page)
    assert '<a class="kern-link" href="/empfehlungen/e803/">E803: Titel &lt;803&gt;</a>' in text
    assert "E802" not in text  # what is withdrawn is counted only
    english = body(client.get("/en/data/releases/1/recommendations/?challenge=wohnraum"))
    assert (
        '<a class="kern-link" href="/en/recommendations/e803/">E803: <span lang="de">Titel &lt;803&gt;</span></a>'
        in english
    )


def test_a_page_reads_its_rows_and_those_of_today_once_until_the_content_changes(client, monkeypatch):
    make_recommendation("wohnraum", number="E801", title_de="Alt")
    make()
    changed("recommendations", Recommendation.objects.filter(number="E801"), title_de="Neu")
    read, anew = [], releases.Query.read_anew
    monkeypatch.setattr(releases.Query, "read_anew", lambda self, today: read.append(today) or anew(self, today))
    addresses = [
        f"{path}{query}"
        for path in ("/daten/releases/1/recommendations/", "/en/data/releases/1/recommendations/")
        for query in ("", "?challenge=wohnraum")
    ]
    client.get("/empfehlungen/")  # with it, the process has an index
    first = [body(client.get(address)) for address in addresses]
    assert len(read) == len(set(first)) == len(addresses)
    assert [body(client.get(address)) for address in addresses] == first
    assert len(read) == len(addresses)
    assert "E801" in first[0]
    changed("recommendations", Recommendation.objects.filter(number="E801"), status="archived")
    assert not any("E801" in body(client.get(address)) for address in addresses)
    (releases.path(1) / "recommendations.jsonl").unlink()
    assert [client.get(address).status_code for address in addresses] == [404] * len(addresses)


def test_a_process_knows_only_so_many_answers_by_heart(client, monkeypatch):
    monkeypatch.setattr(releases, "MOST_KEPT", 2)
    make_world()
    for query in ("", "?challenge=wohnraum", "?challenge=sprache", "?horizon=long"):
        assert client.get(f"/daten/releases/1/recommendations/{query}").status_code == 200
        assert len(releases._read) <= 2


def test_a_source_that_has_changed_is_named_without_a_page_and_its_address_is_part_of_what_it_says(client):
    source = make_source("studie-2020", title="Studie", url="https://example.org/alt")
    make_recommendation("wohnraum", sources=[source])
    make()
    changed("sources", Source.objects.filter(pk=source.pk), url="https://example.org/neu")
    page = client.get("/daten/releases/1/sources/")
    assert page.context["since"]["changed"] == 1
    assert page.context["named"]["changed"] == [("", "Studie", "")]
    make()
    assert Release.objects.get(number=2).changes["tables"]["sources"]["changed"] == 1


def test_many_changes_are_folded_and_too_many_are_counted(client, monkeypatch):
    monkeypatch.setattr(releases, "MOST_ENTRIES", 12)
    make_recommendation("wohnraum", number="E801")
    make()
    address = "/daten/releases/1/recommendations/"
    make_recommendation("wohnraum", number="E802")
    assert "<details" not in body(client.get(address)).partition('id="since"')[2]
    for _ in range(13):
        make_recommendation("wohnraum")
    page = client.get(address)
    assert len(page.context["named"]["added"]) == 12
    text = body(page).partition('id="since"')[2]
    assert "<details" in text
    assert "und 2 weitere" in text


def test_every_table_has_a_name_for_its_rows():
    make_world()
    for name in TABLES:
        for item in releases.rows_of(releases.path(1) / f"{name}.jsonl"):
            assert releases.title_of(item), name


def test_a_page_reads_its_file_once(client, monkeypatch):
    make_world()
    read, opened = [], releases.Query.lines_of
    monkeypatch.setattr(releases.Query, "lines_of", lambda query, file: read.append(file.name) or opened(query, file))
    client.get("/daten/releases/1/recommendations/?challenge=wohnraum")
    assert read == ["recommendations.jsonl"]


def test_the_list_of_releases_and_the_data_page_name_them(client):
    make_world()
    changed("recommendations", Recommendation.objects.filter(slug="reden"), title_de="Neu")
    make("Mit neuem Titel")
    text = body(client.get("/daten/releases/"))
    assert text.index("Datenstand 2") < text.index("Datenstand 1")
    assert "Mit neuem Titel" in text
    assert "Datenstand 2 vom" in body(client.get("/daten/"))
    detail = body(client.get("/daten/releases/2/"))
    assert "seit Datenstand 1: 0 neu, 0 entfallen, 1 geändert" in detail
    assert "wie in Datenstand 1" in detail


def test_browsers_keep_a_file_for_a_day_and_shared_caches_keep_none(client):
    make_world()
    for name in ("recommendations.csv", "recommendations.jsonl?challenge=wohnraum", "paket.zip"):
        response = client.get(f"/daten/releases/1/{name}")
        list(response.streaming_content)
        assert response.headers["Cache-Control"] == "private, max-age=86400, immutable"
        again = client.get(f"/daten/releases/1/{name}", headers={"If-None-Match": response.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b"")


def test_an_answer_is_sent_as_it_is_read(client, monkeypatch):
    monkeypatch.setattr(releases, "BATCH", 2)
    for _ in range(5):
        make_recommendation("wohnraum")
    make()
    response = client.get("/daten/releases/1/recommendations.jsonl?challenge=wohnraum")
    assert response.streaming
    assert [part.count(b"\n") for part in response.streaming_content] == [2, 2, 1]


def test_a_reader_writes_nothing(client, django_assert_num_queries):
    make_world()
    changes = ContentChange.objects.count()
    list(client.get("/daten/releases/1/recommendations.csv").streaming_content)
    with django_assert_num_queries(2):  # whether the content has moved on; the release
        list(client.get("/daten/releases/1/recommendations.csv?challenge=wohnraum").streaming_content)
    assert ContentChange.objects.count() == changes


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_files_are_only_read(client, method):
    make_world()
    for name in ("releases/1/recommendations.csv", "releases/1/paket.zip", "paket.zip"):
        assert getattr(client, method)(f"/daten/{name}").status_code == 405


def test_files_that_are_missing_on_the_server_are_said_to_be_missing(client):
    make_world()
    (releases.path(1) / "recommendations.jsonl").unlink()
    for path in ("recommendations.csv", "recommendations/"):
        assert client.get(f"/daten/releases/1/{path}").status_code == 404


# Taking down

ADDRESSES = [
    "/daten/releases/1/", "/en/data/releases/1/", "/daten/releases/1/recommendations/?challenge=wohnraum",
    "/daten/releases/1/recommendations.csv", "/daten/releases/1/recommendations.jsonl?challenge=wohnraum",
    "/daten/releases/1/paket.zip", "/daten/releases/1/recommendations/?q=unbekannt", "/daten/releases/1/nichts.csv",
    "/daten/releases/1/zitat.bib", "/daten/releases/1/recommendations/zitat.ris?challenge=wohnraum&lang=en",
]  # fmt: skip


def test_a_withdrawn_release_says_everywhere_that_it_is_gone_since_when_and_why(client, capsys):
    make_world()
    etag = client.get("/daten/releases/1/recommendations.csv").headers["ETag"]
    page = client.get("/daten/releases/1/").headers["ETag"]
    call_command("withdraw_release", 1, reason="Ein Name darf <nicht> genannt werden.")
    assert "zurückgezogen" in capsys.readouterr().out
    for address in ADDRESSES:
        for headers in ({}, {"If-None-Match": etag}, {"If-None-Match": page}):
            response = client.get(address, headers=headers)
            assert response.status_code == 410, address
            if address.split("?")[0].endswith("/"):
                assert "Ein Name darf &lt;nicht&gt; genannt werden." in body(response)
            else:
                assert response.headers["Content-Type"] == "application/problem+json"
                assert "Ein Name darf <nicht> genannt werden." in response.json()["detail"]
            assert "no-cache" in response.headers["Cache-Control"]
    assert list(releases.path(1).iterdir()) == []
    release = Release.objects.get()
    assert release.tables == {}
    text = body(client.get("/daten/releases/"))
    assert "Datenstand 1" in text
    assert "Ein Name darf &lt;nicht&gt; genannt werden." in text
    assert client.get("/empfehlungen/?challenge=wohnraum").context["cite_url"] is None
    assert "noch keinen Datenstand" in body(client.get("/daten/"))


def test_what_was_withdrawn_does_not_come_back_with_the_next_release(client):
    make_world()
    call_command("withdraw_release", 1, reason="Grund.")
    with pytest.raises(CommandError, match="hatte denselben Inhalt und wurde zurückgezogen"):
        call_command("release_dataset")
    changed("recommendations", Recommendation.objects.filter(slug="reden"), title_de="Ohne Namen")
    call_command("release_dataset")
    assert Release.objects.standing().get().number == 2
    assert Release.objects.standing().get().changes == {}


def test_a_take_down_needs_a_reason_and_a_release(client):
    make_world()
    with pytest.raises(CommandError, match="Grund"):
        call_command("withdraw_release", 1, reason="  ")
    with pytest.raises(CommandError, match="keinen Datenstand 5"):
        call_command("withdraw_release", 5, reason="Grund.")
    assert visit(client, "/daten/releases/1/")[0].status_code == 200


def test_a_take_down_that_was_broken_off_is_completed(client, monkeypatch):
    make_world()

    def killed(*_args, **_kwargs):
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr("shutil.rmtree", killed)
        with pytest.raises(KeyboardInterrupt):
            call_command("withdraw_release", 1, reason="Grund.")
    assert releases.path(1).exists()
    assert client.get("/daten/releases/1/recommendations.csv").status_code == 410
    call_command("withdraw_release", 1, reason="Ein anderer Grund.")
    assert list(releases.path(1).iterdir()) == []
    assert Release.objects.get().reason == "Grund."


# In the admin, and by the clock


def log_in(client, role):
    user = User.objects.create_user(role, is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client.force_login(user)


def test_whoever_publishes_texts_publishes_releases(client):
    make_world(released=False)
    log_in(client, "Freigabe")
    assert "Datenstand veröffentlichen" in body(client.get("/admin/portal/release/"))
    assert "Entwürfe" in body(client.get("/admin/portal/release/publish/"))
    page = client.post("/admin/portal/release/publish/", {"note": "Neu"}, follow=True)
    assert "Datenstand 1 ist öffentlich." in body(page)
    assert Release.objects.get().note == "Neu"
    page = client.post("/admin/portal/release/publish/", {}, follow=True)
    assert "Es ist kein neuer Datenstand entstanden." in body(page)
    release = Release.objects.get()
    assert "withdraw/" not in body(client.get(f"/admin/portal/release/{release.pk}/change/"))


def test_the_administration_withdraws_a_release_and_has_to_say_why(client):
    make_world()
    log_in(client, "Administration")
    release = Release.objects.get()
    address = f"/admin/portal/release/{release.pk}/withdraw/"
    assert address in body(client.get(f"/admin/portal/release/{release.pk}/change/"))
    assert client.post(address, {"reason": " "}).status_code == 200
    assert Release.objects.standing().exists()
    page = client.post(address, {"reason": "Ein Grund."}, follow=True)
    assert "Datenstand 1 ist zurückgezogen, die Dateien sind gelöscht." in body(page)
    assert client.get(address).status_code == 404
    assert Client().get("/daten/releases/1/").status_code == 410
    page = client.post("/admin/portal/release/publish/", {}, follow=True)
    assert "hatte denselben Inhalt" in body(page)


def test_the_clock_makes_a_release_and_is_content_with_nothing_new(caplog):
    make_recommendation()
    for _ in range(2):
        jobs.release()
    assert Release.objects.count() == 1
    call_command("withdraw_release", 1, reason="Grund.")
    assert due.run_due([due.Job("release", due.first_of_months(1, 4), jobs.release)]) == []
    assert "denselben Inhalt" in caplog.text
    assert Release.objects.count() == 1


@pytest.mark.parametrize(
    ("every", "moment", "expected"),
    [
        ("monthly", datetime(2026, 1, 31, 23, 30, tzinfo=UTC), "2026-03-01 04:00:00+01:00"),
        ("monthly", datetime(2026, 3, 1, 3, tzinfo=UTC), "2026-04-01 04:00:00+02:00"),
        ("monthly", datetime(2026, 12, 5, tzinfo=UTC), "2027-01-01 04:00:00+01:00"),
        ("quarterly", datetime(2026, 1, 1, 3, tzinfo=UTC), "2026-04-01 04:00:00+02:00"),
        ("quarterly", datetime(2026, 11, 25, tzinfo=UTC), "2027-01-01 04:00:00+01:00"),
    ],
)
def test_the_next_release_is_due_on_the_first_of_a_month_or_quarter(every, moment, expected):
    assert str(due.first_of_months(jobs.MONTHS[every], hour=4)(moment)) == expected


@pytest.mark.parametrize(("value", "there"), [("", False), ("none", False), ("monthly", True), ("quarterly", True)])
def test_the_clock_makes_releases_only_if_the_operator_says_so(value, there):
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"}
    environment.pop("RELEASE_EVERY", None)
    if value:
        environment["RELEASE_EVERY"] = value
    program = "import django; django.setup(); from portal.site.jobs import JOBS; print('release' in {job.name for job in JOBS})"
    found = subprocess.run(
        [sys.executable, "-c", program],
        cwd=django_settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.strip() == str(there)
