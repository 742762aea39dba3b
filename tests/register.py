"""Small files in the layouts of the official register, with places of our own."""

import io

from openpyxl import Workbook

from municipalities.models import State

# (key of the district, designation, name), (key of the association, designation, name),
# (key of the municipality, its association, designation, name, inhabitants, hectares, postcode)
DISTRICTS = [("01001", "41", "Förde, Stadt"), ("12071", "44", "Seenland"), ("06435", "44", "Mainkreis")]
ASSOCIATIONS = [
    ("010010000", "50", "Förde, Stadt"), ("120710050", "51", "Seenamt"), ("120710000", "50", "Chóśebuz"),
    ("064350014", "50", "Hanau, Brüder-Grimm-Stadt"), ("064359999", "50", "Wald"),
]  # fmt: skip
CHOSEBUZ = ("12071001", "0000", "63", "Cottbus/Chóśebuz, Stadt", 90_000, 16_500, "03046")
LUBIN = ("12071002", "0050", "64", "Lübben (Spreewald) / Lubin (Błota), Stadt", 14_000, 12_085, "15907")
NEUDORF = ("12071003", "0050", "64", "Neudorf", 900, 1_001, "15907")
HANAU = ("06435014", "0014", "63", "Hanau, Brüder-Grimm-Stadt", 97_959, 7_628, "63450")
MUNICIPALITIES = [
    ("01001000", "0000", "61", "Förde, Stadt", 96_000, 5_673, "24937"), CHOSEBUZ, LUBIN, NEUDORF, HANAU,
    ("06435200", "9999", "66", "Wald, gemfr. Gebiet", 0, 5_000, ""),
]  # fmt: skip
INHABITANTS = sum(row[4] for row in MUNICIPALITIES)
# Hanau leaves its district: another key, another designation.
FREE_HANAU = {
    "districts": [*DISTRICTS[:2], ("06415", "41", "Hanau, Stadt"), ("06435", "44", "Mainkreis")],
    "associations": [*ASSOCIATIONS[:3], ("064150000", "50", "Hanau"), ("064350001", "50", "Rest"), ASSOCIATIONS[4]],
    "municipalities": [
        *[row for row in MUNICIPALITIES if row is not HANAU],
        ("06415000", "0000", "61", *HANAU[3:]),
        ("06435001", "0001", "64", "Rest", 1_000, 700, "63500"),
    ],
}


def record(level, day, place, name, mark="", numbers=""):
    """One line: `place` is what stands in positions 11 to 22."""
    line = f"{level}{day}{place:<12}{name:<50}{'':<50}{mark:<2}{'':<4}{numbers}"
    return f"{line:<220}"


def gv100ad(day="20250831", districts=DISTRICTS, associations=ASSOCIATIONS, municipalities=MUNICIPALITIES):
    """The lines of a file, sorted as the office does: in a district all associations before all municipalities."""
    lines = [(f"{state.value}", record("10", day, state.value, state.name)) for state in State]
    lines += [(key, record("40", day, key, name, mark)) for key, mark, name in districts]
    lines += [(f"{key[:5]}0{key[5:]}", record("50", day, f"{key[:5]}   {key[5:]}", name, mark))
              for key, mark, name in associations]  # fmt: skip
    for key, association, mark, name, people, hectares, postcode in municipalities:
        numbers = f"{hectares:011}{people:011}{people // 2:011}{'':<4}{postcode:<5}"
        lines.append((f"{key[:5]}1{key[5:]}", record("60", day, key + association, name, mark, numbers)))
    return [line for _place, line in sorted(lines)]


def encoded(lines, bom=True, end="\n"):
    return ("\ufeff" * bom + "".join(line + end for line in lines)).encode()


def extract(day="31032023", districts=DISTRICTS, associations=ASSOCIATIONS, municipalities=MUNICIPALITIES,
            points=None, printed="am 31.12.2021 (Jahr)"):  # fmt: skip
    """An AuszugGV as bytes. `points`: {key: (longitude, latitude, degree of urbanisation)}, as texts."""
    workbook, points = Workbook(), points or {}
    workbook.active.title = "Inhalt"
    sheet = workbook.create_sheet(f"Onlineprodukt_Gemeinden{day}")
    for row in (["Gemeinden in Deutschland"], [], ["Satz-art"], [], [*[""] * 9, printed], []):
        sheet.append(row)
    for state in State:
        sheet.append(["10", None, state.value, None, None, None, None, state.name])
    for key, mark, name in districts:
        sheet.append(["40", mark, key[:2], key[2], key[3:], None, None, name])
    for key, mark, name in associations:
        sheet.append(["50", mark, key[:2], key[2], key[3:5], key[5:], None, name])
    for key, association, mark, name, people, hectares, postcode in municipalities:
        lon, lat, degree = points.get(key, (None, None, None))
        sheet.append(["60", mark, key[:2], key[2], key[3:5], association, key[5:], name, hectares / 100, people, 0, 0, 0,
                      postcode or None, lon, lat, None, None, degree, None])  # fmt: skip
    sheet.append([])
    sheet.append(["1) Fußnote"])
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()
