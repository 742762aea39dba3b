"""The register in the database: what comes, changes, moves and ends, all of it or nothing."""

import io
from datetime import date
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Count, Sum

from municipalities import register_import
from municipalities.models import Municipality
from portal.entries import apply, plan
from portal.models import ContentChange, Revision, User
from portal.uploads import Refused
from tests.factories import make_example, make_municipality
from tests.municipalities.test_register import DIRECTORY, real
from tests.portal.test_load_content import dump
from tests.register import (
    ASSOCIATIONS,
    CHOSEBUZ,
    FREE_HANAU,
    HANAU,
    LUBIN,
    MUNICIPALITIES,
    NEUDORF,
    encoded,
    extract,
    gv100ad,
)

pytestmark = pytest.mark.django_db
POINTS = {"12071002": ("13,896595", "51,942032", "02")}


def run(content, name="GV100AD.txt", **options):
    found, problems = register_import.run(io.BytesIO(content), name, **options)
    assert problems == []
    return found


def counts(found):
    return {name: count for name, count in found.counts.items() if count}


def register(day="20250831", **rows):
    return encoded(gv100ad(day, **rows))


def without(*gone):
    return [row for row in MUNICIPALITIES if row not in gone]


NO_SEENAMT = {
    "municipalities": without(NEUDORF, LUBIN),
    "associations": [row for row in ASSOCIATIONS if row[0] != "120710050"],
}


def test_a_first_import_brings_everything_and_a_second_changes_nothing():
    assert counts(run(register())) == {"new": 8}
    assert ContentChange.objects.count() == 1
    hanau = Municipality.objects.get(key="06435014")
    assert (hanau.name, hanau.official_name, hanau.sort_name) == ("Hanau", "Hanau, Brüder-Grimm-Stadt", "hanau")
    assert (hanau.place, hanau.size, hanau.register_on) == ("Mainkreis, Hessen", "s5", date(2025, 8, 31))
    before = dump()
    assert counts(run(register())) == {"unchanged": 8}
    assert dump() == before


@real
def test_the_real_register_is_imported_whole_in_every_way_of_writing_it_and_a_second_time_changes_nothing(client):
    """With it: counting its 400 districts by key, an older extract after it, an older edition, and a short one."""
    content = (Path(DIRECTORY) / "GV100AD_31082025.txt").read_bytes()
    assert counts(run(content)) == {"new": 10_751 + 294 + 1_203}
    people = Municipality.objects.filter(kind__in=["city", "district"]).aggregate(Sum("population"))
    assert people["population__sum"] == 83_577_140  # districts with the 917 who live in unincorporated areas
    kinds = dict(Municipality.objects.order_by().values_list("kind").annotate(Count("pk")))
    assert (kinds["town"] + kinds["city"], kinds["district"], kinds["association"]) == (10_751, 294, 1_203)
    keys = Municipality.objects.filter(kind__in=["town", "city"]).values_list("key", flat=True)
    assert len({key[:5] for key in keys}) == 400
    extract = (Path(DIRECTORY) / "AuszugGV_31032023.xlsx").read_bytes()
    assert counts(run(extract, "AuszugGV.xlsx"))["changed"] > 12_000
    located = Municipality.objects.filter(kind__in=["town", "city"], lat__isnull=False).count()
    assert located == 10_748
    bare, lines = content.decode("utf-8-sig").encode(), content.count(b"\n")
    before = dump()
    for other in (content, bare, bare.replace(b"\n", b"\r\n"), bare.removesuffix(b"\n")):
        assert counts(run(other)) == {"unchanged": 12_248}
    assert dump() == before
    with pytest.raises(Refused, match="2021"):
        run(bare.replace(b"20250831", b"20211130"))
    without_its_end = b"\n".join(bare.split(b"\n")[: lines - 300])
    _found, problems = register_import.run(io.BytesIO(without_its_end), "GV100AD.txt")
    assert problems
    assert dump() == before
    assert client.get("/kommunen/12061316/").status_code == 200


@real
def test_the_real_extract_alone_is_a_register_and_a_newer_gv100ad_ends_what_has_gone():
    extract = (Path(DIRECTORY) / "AuszugGV_31032023.xlsx").read_bytes()
    assert counts(run(extract, "AuszugGV.xlsx")) == {"new": 10_773 + 294 + 1_206}
    with (Path(DIRECTORY) / "GV100AD_31082025.txt").open("rb") as file:
        found, problems = register_import.run(file, file.name)
    assert problems == []
    assert len(found.ended) > 20
    assert Municipality.objects.filter(valid_to=None).count() == 12_248
    assert Municipality.objects.filter(valid_to=None, lat=None).count() < 30


def test_a_dry_run_says_the_same_and_writes_nothing():
    before = dump()
    assert counts(run(register(), dry_run=True)) == {"new": 8}
    assert dump() == before


def test_a_later_edition_changes_what_it_says_differently_and_dates_everything():
    run(register())
    ContentChange.objects.all().delete()
    more = [*without(NEUDORF), (*NEUDORF[:4], 950, *NEUDORF[5:])]
    found = run(register("20251130", municipalities=more))
    assert {old["key"]: set(difference) for old, difference in found.changed} == {
        "12071003": {"population"}, "12071": {"population"}, "120710050": {"population"},
    }  # fmt: skip
    assert set(Municipality.objects.values_list("register_on", flat=True)) == {date(2025, 11, 30)}
    assert ContentChange.objects.count() == 1


def test_what_has_left_the_register_is_ended_never_deleted():
    run(register())
    example = make_example(municipality=Municipality.objects.get(key="12071003"))
    found = run(register("20251130", **NO_SEENAMT), many_may_end=True)
    assert [row["key"] for row in found.ended] == ["12071002", "12071003", "120710050"]
    ended = Municipality.objects.get(key="12071003")
    assert (ended.valid_to, ended.successor, ended.register_on) == (date(2025, 11, 30), None, date(2025, 8, 31))
    assert list(ended.practice_examples.all()) == [example]
    assert counts(run(register("20251130", **NO_SEENAMT))) == {"unchanged": 5}
    run(register("20260228"))
    ended.refresh_from_db()
    assert ended.valid_to is None


def test_another_key_is_the_same_municipality_with_its_examples(client):
    """Hanau leaves its district: 06435014 becomes 06415000, and the old address leads to the new one."""
    run(register())
    before = Municipality.objects.get(key="06435014")
    example = make_example(municipality=before)
    found = run(register("20260630", **FREE_HANAU))
    assert [(old["key"], key) for old, key in found.renumbered] == [("06435014", "06415000")]
    assert found.ended == []
    hanau = Municipality.objects.get(key="06415000")
    assert (hanau.pk, hanau.kind, hanau.valid_to) == (before.pk, "city", None)
    assert list(hanau.practice_examples.all()) == [example]
    former = Municipality.objects.get(key="06435014")
    assert (former.successor, former.valid_to) == (hanau, date(2026, 6, 30))
    for language, address in (("", "/kommunen/"), ("/en", "/municipalities/")):
        answer = client.get(f"{language}{address}06435014/")
        assert (answer.status_code, answer.url) == (301, f"{language}{address}06415000/")
    assert counts(run(register("20260630", **FREE_HANAU))) == {"unchanged": 9}


def test_two_of_one_name_are_not_taken_for_each_other():
    double = ("12071004", *NEUDORF[1:])
    run(register(municipalities=[*MUNICIPALITIES, double]))
    found = run(register("20251130", municipalities=[*without(NEUDORF), ("12071005", *NEUDORF[1:])]), many_may_end=True)
    assert found.renumbered == []
    assert [row["key"] for row in found.ended] == ["12071003", "12071004"]


def test_a_file_in_which_much_is_missing_is_refused_unless_somebody_says_that_it_is_complete():
    run(register())
    before = dump()
    with pytest.raises(register_import.Incomplete, match="Brandenburg"):
        run(register("20251130", **NO_SEENAMT))
    assert dump() == before
    assert len(run(register("20251130", **NO_SEENAMT), many_may_end=True).ended) == 3


def test_an_older_register_is_refused_but_an_older_extract_adds_its_points():
    run(register())
    with pytest.raises(Refused, match=r"31\. August 2025"):
        run(register("20241130"))
    found = run(extract(points=POINTS), "AuszugGV.xlsx")
    assert counts(found) == {"changed": 1, "unchanged": 7}
    lubin = Municipality.objects.get(key="12071002")
    assert (lubin.lat, lubin.degree_of_urbanisation, lubin.population) == (51.94203, 2, 14_000)
    assert lubin.register_on == date(2025, 8, 31)
    run(register("20251130"))  # has no points, and takes none away
    lubin.refresh_from_db()
    assert lubin.lat == 51.94203


def test_a_newer_extract_is_a_register_like_any_other():
    assert counts(run(extract(points=POINTS), "AuszugGV.xlsx")) == {"new": 8}
    lubin = Municipality.objects.get(key="12071002")
    assert (lubin.population_on, lubin.population_day_is_ours) == (date(2021, 12, 31), False)
    assert counts(run(register()))["changed"] == 8
    lubin.refresh_from_db()
    assert (lubin.population_on, lubin.population_day_is_ours) == (date(2024, 12, 31), True)


def test_what_editors_call_a_place_and_what_they_have_added_stays():
    place = make_municipality("06435014", name="Hanau am Main", official_name="Hanau, Stadt", lat=50.1, lon=8.9)
    own = make_municipality("06435777", name="Eigenes")
    found = run(register())
    place.refresh_from_db()
    assert (place.name, place.official_name, place.lat) == ("Hanau am Main", "Hanau, Brüder-Grimm-Stadt", 50.1)
    own.refresh_from_db()
    assert (own.valid_to, own.register_on) == (None, None)
    assert any("Eigenes (06435777)" in note for note in found.notes)


def test_an_everyday_name_that_nobody_has_changed_follows_the_register():
    run(register())
    renamed = [*without(NEUDORF), (*NEUDORF[:3], "Bad Neudorf, Kurort", *NEUDORF[4:])]
    run(register("20251130", municipalities=renamed))
    assert Municipality.objects.get(key="12071003").name == "Bad Neudorf"


def test_the_history_of_a_record_that_has_one_goes_on():
    user = User.objects.create_user("ada")
    place = make_municipality("06435014", name="Hanau", official_name="Hanau")
    apply({"population": 5}, place, author=user)
    run(register(), author=user)
    last = Revision.objects.filter(table="municipalities", record_id=place.pk).order_by("-number").first()
    assert (last.number, last.entry["population"], last.author) == (2, 97_959, user)
    assert "31. August 2025" in last.note
    assert Revision.objects.count() == 2


def test_files_of_ours_do_not_turn_the_register_back():
    run(register())
    raw = [("municipalities.yaml", {"key": "06435014", "population": 5})]
    assert [change.action for change in plan({"municipalities": raw})[0]] == ["kept"]
    assert [change.action for change in plan({"municipalities": raw}, overwrite=True)[0]] == ["changed"]


TYPES = "key;code;year\n12071001;40;2022\n12071003;70;2022\n99999999;10;2022\n"


def test_types_of_the_bbsr_come_as_csv_and_stay():
    run(register())
    found = run(TYPES.encode(), "bbsr.csv")
    assert counts(found) == {"changed": 2}
    assert "99999999" in found.notes[0]
    assert Municipality.objects.filter(bbsr_code="40", bbsr_year=2022).get().key == "12071001"
    assert counts(run(TYPES.encode(), "bbsr.csv")) == {"unchanged": 2}
    run(register("20251130"))
    assert Municipality.objects.filter(bbsr_code="70").exists()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("1207100;40;2022", "Zeile 2, key"), ("12071001;;2022", "Zeile 2, code"), ("12071001;40;22", "Zeile 2, year"),
        ("12071001;40;2022\n12071001;50;2022", "Zeile 3, key"),
    ],
)  # fmt: skip
def test_a_wrong_line_of_types_is_told_and_nothing_is_written(line, expected):
    run(register())
    before = dump()
    _found, problems = register_import.run(io.BytesIO(f"key;code;year\n{line}\n".encode()), "bbsr.csv")
    assert [str(problem).startswith(expected) for problem in problems] == [True]
    assert dump() == before


# The command


def test_the_command_sums_up_and_refuses_with_the_line(tmp_path, capsys):
    path = tmp_path / "GV100AD.txt"
    path.write_bytes(register())
    call_command("import_municipalities", path, "--dry-run")
    assert "8 neu" in capsys.readouterr().out
    assert not Municipality.objects.exists()
    call_command("import_municipalities", path)
    assert "5 Gemeinden, 3 Kreise" in capsys.readouterr().out
    assert Municipality.objects.count() == 8
    before = dump()
    path.write_bytes(register("20251130")[:-50])
    with pytest.raises(CommandError, match="1 Problem"):
        call_command("import_municipalities", path)
    assert f"Zeile {len(gv100ad())}: " in capsys.readouterr().err
    for name, content in {"a.txt": "ä".encode("latin-1"), "b.txt": b"", "c.pdf": b"x"}.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(CommandError, match="Es wurde nichts geändert"):
            call_command("import_municipalities", tmp_path / name)
    with pytest.raises(CommandError, match="nicht lesen"):
        call_command("import_municipalities", tmp_path / "fehlt.txt")
    assert dump() == before


def test_a_failure_half_way_leaves_everything_as_it_was(monkeypatch):
    run(register())
    before, upsert = dump(), register_import.upsert
    monkeypatch.setattr(register_import, "BATCH", 2)

    def fail(rows):
        upsert(rows)
        if any(row["key"] == CHOSEBUZ[0] for row in rows):
            raise ConnectionError

    monkeypatch.setattr(register_import, "upsert", fail)
    richer = [(*row[:4], row[4] + 1, *row[5:]) for row in MUNICIPALITIES if row is not HANAU] + [HANAU]
    with pytest.raises(ConnectionError):
        run(register("20251130", municipalities=richer))
    assert dump() == before
