"""Reading the register: both layouts, every edition's way of writing them, and what is refused."""

import io
import os
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from municipalities import register
from portal.uploads import Refused
from tests.register import ASSOCIATIONS, INHABITANTS, NEUDORF, encoded, extract, gv100ad
from tests.tables import repacked


def read(content, name="GV100AD.txt"):
    return register.read(io.BytesIO(content), name)


@pytest.mark.parametrize("bom", [True, False])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_every_edition_reads_alike(bom, end):
    found, problems = read(encoded(gv100ad(), bom, end))
    assert problems == []
    assert found.counts == {
        "municipalities": 5, "districts": 3, "own_districts": 2, "city_districts": 1, "associations": 1,
        "population": INHABITANTS,
    }  # fmt: skip
    assert (found.as_of, found.population_on) == (date(2025, 8, 31), date(2024, 12, 31))
    assert found.population_day_deduced
    assert found.records["12071002"] == {
        "key": "12071002", "ars": "120710050002", "official_name": "Lübben (Spreewald) / Lubin (Błota), Stadt",
        "kind": "town", "register_kind": "kreisangehörige Gemeinde", "state": "12", "district": "Seenland",
        "population": 14_000, "population_on": date(2024, 12, 31), "population_day_deduced": True,
        "area_km2": Decimal("120.85"), "postcode_of_seat": "15907", "lat": None, "lon": None,
        "degree_of_urbanisation": None, "municipality_count": None,
    }  # fmt: skip


def test_a_municipality_belongs_to_the_association_of_its_key_not_to_the_one_before_it():
    found, _problems = read(encoded(gv100ad()))
    seenamt = found.records["120710050"]
    assert (seenamt["population"], seenamt["area_km2"], seenamt["municipality_count"]) == (14_900, Decimal("130.86"), 2)
    assert (seenamt["kind"], seenamt["district"]) == ("association", "Seenland")


def test_a_city_is_one_record_and_unincorporated_land_is_none():
    found, _problems = read(encoded(gv100ad()))
    assert sorted(found.records) == [
        "01001000", "06435", "06435014", "12071", "12071001", "12071002", "12071003", "120710050",
    ]  # fmt: skip
    assert found.records["01001000"]["kind"] == "city"
    assert found.records["06435"]["municipality_count"] == 1
    assert len({key[:5] for key in found.records if len(key) == 8}) == found.counts["districts"]


@pytest.mark.parametrize(
    ("official", "everyday"),
    [
        ("Cottbus/Chóśebuz, Stadt", "Cottbus/Chóśebuz"),
        ("Lübben (Spreewald) / Lubin (Błota), Stadt", "Lübben (Spreewald) / Lubin (Błota)"),
        ("Hanau, Brüder-Grimm-Stadt", "Hanau"),
        ("Binz, Seebad , Stadt", "Binz"),
        ("Neudorf", "Neudorf"),
    ],
)
def test_a_place_is_called_what_stands_before_the_comma(official, everyday):
    assert register.everyday_name(official) == everyday


@pytest.mark.parametrize(
    ("as_of", "day"),
    [("20250831", "2024-12-31"), ("20211130", "2020-12-31"), ("20230331", "2021-12-31"), ("20260630", "2024-12-31")],
)
def test_the_day_of_the_population_is_the_last_year_end_whose_figures_were_out(as_of, day):
    found, _problems = read(encoded(gv100ad(as_of)))
    assert found.population_on.isoformat() == day


POINTS = {"12071002": ("13,896595", "51,942032", "02"), "12071003": ("14,0", "52,0", "03"), "12071001": ("0", "0", "")}


def test_the_extract_adds_points_and_the_degree_of_urbanisation():
    found, problems = read(extract(points=POINTS), "AuszugGV.xlsx")
    assert problems == []
    lubin, amt = found.records["12071002"], found.records["120710050"]
    assert (lubin["lat"], lubin["lon"], lubin["degree_of_urbanisation"]) == (51.94203, 13.8966, 2)
    assert lubin["area_km2"] == Decimal("120.85")
    assert found.records["12071001"]["lat"] is None
    assert (amt["lat"], amt["lon"]) == (51.94553, 13.90285)  # the middle of its people
    assert found.records["12071"]["lat"] is None  # one of its municipalities has no point
    assert (found.as_of, found.population_on) == (date(2023, 3, 31), date(2021, 12, 31))
    assert not found.population_day_deduced


LINES = gv100ad()
LAST = len(LINES)
NEUDORFS = next(number for number, line in enumerate(LINES, start=1) if "Neudorf" in line)


def changed(number, change):
    lines = list(LINES)
    lines[number - 1] = change(lines[number - 1])
    return encoded(lines)


def at(position, text):
    return lambda line: line[: position - 1] + text + line[position - 1 + len(text) :]


WRONG = {
    "a line too short": (changed(4, lambda line: line[:-1]), ["Zeile 4: Die Zeile hat 219 Zeichen"]),
    "a line too long": (changed(4, lambda line: line + " "), ["Zeile 4: Die Zeile hat 221 Zeichen"]),
    "cut off in a line": (encoded(LINES)[:-100], [f"Zeile {LAST}: Die Zeile hat"]),
    "an empty line": (changed(2, lambda line: ""), ["Zeile 2: Die Zeile hat 0 Zeichen"]),
    "an unknown level": (changed(3, at(1, "70")), ["Zeile 3: Unbekannte Satzart „70“"]),
    "no date": (changed(3, at(3, "20251331")), ["Zeile 3: „20251331“"]),
    "another date": (changed(3, at(3, "20240831")), ["Zeile 3: Ein anderer Gebietsstand"]),
    "no key": (changed(NEUDORFS, at(16, "0 3")), [f"Zeile {NEUDORFS}: „1207100500 3“ ist kein vollständiger Schlüssel"]),
    "letters for people": (changed(NEUDORFS, at(140, "     abc   ")), [f"Zeile {NEUDORFS}: Einwohnerzahl: „abc“"]),
    "a key twice": (encoded([*LINES, LINES[1]]), [f"Zeile {LAST + 1}: Der Schlüssel 01001 steht schon in Zeile 2"]),
    "cut off between lines": (encoded([line for line in LINES if not line.startswith("10202508311")]),
                              ["Die Datei endet ohne das Land"]),
    "a district without anything": (encoded([line for line in LINES if "Hanau" not in line and "Wald" not in line]),
                                    ["Zu Mainkreis gehört nichts"]),
    "an unknown association": (encoded(gv100ad(associations=[row for row in ASSOCIATIONS if row[0] != "120710050"])),
                               ["keinen Satz 50 mit dem Schlüssel 120710050"]),
    "an unknown designation": (encoded(gv100ad(municipalities=[(*NEUDORF[:2], "69", *NEUDORF[3:])])),
                               ["Textkennzeichen „69“"]),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_told_with_its_line(case):
    content, expected = WRONG[case]
    _found, problems = read(content)
    assert problems
    said = "\n".join(map(str, problems))
    assert [text for text in expected if text not in said] == [], said


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [
        ("\n".join(LINES).encode("latin-1", "replace"), "a.txt", "Zeile 2 ist nicht UTF-8"),
        ("\n".join(LINES).encode("utf-16"), "a.txt", "Zeile 1 ist nicht UTF-8"),
        (b"", "a.txt", "leer"),
        (b"x", "a.xlsx", "keine XLSX-Datei"),
        (repacked(extract(), {"xl/a.xml": bytes(10_000_000)}), "a.xlsx", "viel zu groß"),
        (extract(day=""), "a.xlsx", "von welchem Tag"),
        (repacked(extract(), {"xl/workbook.xml": lambda data: data.replace(b"Onlineprodukt", b"Anderes")}), "a.xlsx",
         "Kein Blatt"),
    ],
)  # fmt: skip
def test_what_is_no_register_at_all_is_refused(content, name, message):
    with pytest.raises(Refused, match=message):
        read(content, name)


def test_a_row_of_the_extract_that_is_wrong_is_told_with_its_number():
    row = 6 + 16 + 3 + 5 + 3
    _found, problems = read(extract(points={"12071002": ("1,0", "51,9", "02")}), "a.xlsx")
    assert [str(problem) for problem in problems] == [
        f"Zeile {row}: Der Punkt liegt außerhalb Deutschlands: 51.9, 1.0."
    ]
    _found, problems = read(extract(points={"12071002": ("13,9", "51,9", "=1+1")}), "a.xlsx")
    assert f"S{row}" in str(problems[0])


# The files of the statistical offices are not ours to keep here: REGISTER_DIR says where they are.
DIRECTORY = os.environ.get("REGISTER_DIR")
real = pytest.mark.skipif(not DIRECTORY, reason="REGISTER_DIR names no directory with files of the register")


@real
def test_the_real_register_of_august_2025_is_read_whole():
    with (Path(DIRECTORY) / "GV100AD_31082025.txt").open("rb") as file:
        found, problems = register.read(file, file.name)
    assert problems == []
    assert found.counts == {
        "municipalities": 10_751, "districts": 400, "own_districts": 294, "city_districts": 106,
        "associations": 1_203, "population": 83_577_140,
    }  # fmt: skip
    assert len({key[:5] for key in found.records if len(key) == 8}) == 400
    names = {key: found.records[key]["official_name"] for key in ("12052000", "12061316", "06435014")}
    assert names == {
        "12052000": "Cottbus/Chóśebuz, Stadt", "12061316": "Lübben (Spreewald) / Lubin (Błota), Stadt",
        "06435014": "Hanau, Brüder-Grimm-Stadt",
    }  # fmt: skip


@real
def test_the_real_extract_of_march_2023_is_read_whole():
    with (Path(DIRECTORY) / "AuszugGV_31032023.xlsx").open("rb") as file:
        found, problems = register.read(file, file.name)
    assert problems == []
    assert (found.counts["municipalities"], found.counts["districts"]) == (10_773, 400)
    assert sum(record["lat"] is None for record in found.records.values() if len(record["key"]) == 8) == 0
