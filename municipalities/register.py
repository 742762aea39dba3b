"""The official register of municipalities as Destatis publishes it: GV100AD (fixed width) and AuszugGV (XLSX).

A file is read whole or not at all: whatever is wrong is told with its line, nothing is guessed.
"""

import datetime
import io
import re
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from portal.entries import Problem
from portal.uploads import Refused, Unusable, cell_value, check_archive, check_size

from .models import Municipality, State

LENGTH = 220  # characters of a record of GV100AD; the bytes vary
STATE, REGION, SUBREGION, DISTRICT, ASSOCIATION, MUNICIPALITY = LEVELS = ("10", "20", "30", "40", "50", "60")
MARKS = {  # Textkennzeichen: what the register calls it
    "41": "Kreisfreie Stadt", "42": "Stadtkreis", "43": "Kreis", "44": "Landkreis", "45": "Regionalverband",
    "50": "verbandsfreie Gemeinde", "51": "Amt", "52": "Samtgemeinde", "53": "Verbandsgemeinde",
    "54": "Verwaltungsgemeinschaft", "55": "Kirchspielslandgemeinde", "56": "Verwaltungsverband",
    "57": "Verwaltungsgemeinschaft im Trägermodell", "58": "Erfüllende Gemeinde",
    "60": "Markt", "61": "Kreisfreie Stadt", "62": "Stadtkreis", "63": "Stadt", "64": "kreisangehörige Gemeinde",
    "65": "gemeindefreies Gebiet", "66": "gemeindefreies Gebiet", "67": "Große Kreisstadt",
}  # fmt: skip
UNINCORPORATED = ("65", "66")  # no municipality: forests, lakes, training areas
# A district that is one city, and an association of one municipality, are that municipality over again.
CITY_DISTRICTS, ALONE = ("41", "42"), "50"
CITIES = ("61", "62")
SHEET = "Onlineprodukt_Gemeinden"
MOST_PROBLEMS = 100
DATE = re.compile(r"(\d{2})\.(\d{2})\.(\d{4})")


@dataclass(slots=True)
class Row:
    """A record of the file in words of ours. Keys are texts with their leading zeros."""

    where: str
    level: str
    mark: str
    state: str
    district: str = ""
    association: str = ""
    municipality: str = ""
    name: str = ""
    population: int | None = None
    area_km2: Decimal | None = None
    postcode: str = ""
    lat: float | None = None
    lon: float | None = None
    degree: int | None = None

    @property
    def district_key(self):
        return self.state + self.district

    @property
    def association_key(self):
        return self.district_key + self.association

    @property
    def key(self):
        parts = {
            MUNICIPALITY: self.district_key + self.municipality,
            ASSOCIATION: self.association_key,
            DISTRICT: self.district_key,
        }
        return parts.get(self.level, "")


@dataclass
class Register:
    """What a file says. `records`: {key: {column of a municipality: value}}; `counts`: what it held, by level."""

    form: str
    as_of: datetime.date
    population_on: datetime.date
    population_day_deduced: bool
    records: dict = field(default_factory=dict)
    counts: dict = field(default_factory=dict)


def read(file, name):
    """The register in a binary file, and its problems. Raises `Refused` for what isn't a register at all."""
    check_size(file)
    problems = []
    with_coordinates = name.lower().endswith(".xlsx")
    register, rows = (read_extract if with_coordinates else read_gv100ad)(file, problems)
    if not problems:
        assemble(register, rows, problems)
    return register, problems


def everyday_name(official_name):
    """„Hanau, Brüder-Grimm-Stadt“ is called Hanau."""
    return official_name.partition(",")[0].strip()


def deduced_population_day(as_of):
    """GV100AD doesn't print it: the last figures that were out by then, of the end of a year."""
    return datetime.date(as_of.year - (1 if as_of.month >= 7 else 2), 12, 31)


# GV100AD


def read_gv100ad(file, problems):
    data = file.read()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Refused(_("Line %d is not UTF-8. Please fetch the register in UTF-8.") % line) from error
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    rows, dates = [], Counter()
    for number, line in enumerate(lines, start=1):
        where, line = _("line %d") % number, line.removesuffix("\r")
        try:
            row, date = fixed_width(where, line)
            rows.append(row)
            dates[date] += 1
            if len(dates) > 1:
                raise ValueError(_("Another territorial status than in the lines before: %s.") % line[2:10])
        except ValueError as error:
            problems.append(Problem(where, "", str(error)))
            if len(problems) >= MOST_PROBLEMS:
                break
    as_of = next(iter(dates), None) or datetime.date.min
    day = deduced_population_day(as_of) if dates else as_of
    return Register("GV100AD", as_of, day, True), rows


def fixed_width(where, line):
    """A row and the day that it stands for; ValueError says what is wrong."""
    if len(line) != LENGTH:
        raise ValueError(
            _("The line has %(found)d characters; %(needed)d are needed. Is the file cut off?")
            % {"found": len(line), "needed": LENGTH}
        )
    level = line[0:2]
    if level not in LEVELS:
        raise ValueError(_("Unknown kind of record (Satzart) “%s”.") % level)
    try:
        date = datetime.datetime.strptime(line[2:10], "%Y%m%d").date()
    except ValueError as error:
        raise ValueError(_("“%s” is no day of a territorial status.") % line[2:10]) from error
    row = Row(where, level, line[122:124].strip(), line[10:12], name=line[22:72].strip())
    if level >= DISTRICT:
        row.district = line[12:15]
    if level >= ASSOCIATION:
        row.association = line[18:22]
    if level == MUNICIPALITY:
        row.municipality = line[15:18]
        row.population = digits(line[139:150], _("population"))
        row.area_km2 = Decimal(digits(line[128:139], _("area"))) / 100 or None  # hectares
        row.postcode = line[165:170].strip()
    check(row)
    return row, date


def digits(text, label):
    if not (text.isascii() and text.isdigit()):
        raise ValueError(_("%(label)s: “%(text)s” is not a number.") % {"label": label, "text": text.strip()})
    return int(text)


def check(row):
    key = row.state + row.district + row.association + row.municipality
    wanted = {DISTRICT: 5, ASSOCIATION: 9, MUNICIPALITY: 12}.get(row.level, 2)
    if not (key.isascii() and key.isdigit() and len(key) == wanted):
        raise ValueError(_("“%s” is no complete key.") % key)
    if row.state not in State.values:
        raise ValueError(_("There is no state “%s”.") % row.state)
    if not row.name:
        raise ValueError(_("The name is missing."))
    if row.level >= DISTRICT and (row.mark not in MARKS or row.mark[0] != row.level[0]):  # 41 belongs to 40
        raise ValueError(_("Unknown designation (Textkennzeichen) “%s”.") % row.mark)
    if row.postcode and not re.fullmatch(r"[0-9]{5}", row.postcode):
        raise ValueError(_("“%s” is no postcode.") % row.postcode)


# AuszugGV


def read_extract(file, problems):
    check_archive(file)
    file.seek(0)
    try:
        from openpyxl import load_workbook  # here: it takes 9 MB of memory, which most processes never need

        workbook = load_workbook(io.BytesIO(file.read()), read_only=True, keep_links=False)
        sheets = [sheet for sheet in workbook.worksheets if sheet.title.startswith(SHEET)]
    except Exception as error:  # a file that isn't what it says may fail anywhere in the library
        raise Refused(
            _("The file can't be read as XLSX. Please open it in your spreadsheet and save it anew.")
        ) from error
    if not sheets:
        raise Refused(_("No sheet is called “%s…”: this is not the quarterly extract of the register.") % SHEET)
    try:
        as_of = datetime.datetime.strptime(sheets[0].title.removeprefix(SHEET)[:8], "%d%m%Y").date()
    except ValueError as error:
        raise Refused(_("The sheet “%s” doesn't say of which day it is.") % sheets[0].title) from error
    rows, printed = [], None
    for number, cells in enumerate(sheets[0].iter_rows(max_col=20), start=1):
        texts = [cell_value(cell, number, column) for column, cell in enumerate(cells, start=1)]
        texts = [text if isinstance(text, Unusable) else str(text).strip() for text in texts]
        texts += [""] * (20 - len(texts))
        if not texts[0].isdigit():
            if rows and not texts[0]:  # below the table there are footnotes
                break
            printed = DATE.search(texts[9]) or printed
            continue
        try:
            rows.append(tabular(pgettext("spreadsheet", "row %d") % number, texts))
        except ValueError as error:
            problems.append(Problem(pgettext("spreadsheet", "row %d") % number, "", str(error)))
            if len(problems) >= MOST_PROBLEMS:
                break
    if printed:
        day, month, year = map(int, printed.groups())
        return Register("AuszugGV", as_of, datetime.date(year, month, day), False), rows
    return Register("AuszugGV", as_of, deduced_population_day(as_of), True), rows


def tabular(where, texts):
    for text in texts:
        if isinstance(text, Unusable):
            raise ValueError(text)
    level, mark, state, region, district, association, municipality, name = texts[:8]
    if level not in LEVELS:
        raise ValueError(_("Unknown kind of record (Satzart) “%s”.") % level)
    row = Row(where, level, mark, state, name=name)
    if level >= DISTRICT:
        row.district = region + district
    if level >= ASSOCIATION:
        row.association = association
    if level == MUNICIPALITY:
        row.municipality = municipality
        row.population = digits(texts[9], _("population"))
        row.area_km2 = number(texts[8], _("area")).quantize(Decimal("0.01")) or None
        row.postcode = texts[13]
        row.lon, row.lat = (float(round(number(text or "0", _("coordinates")), 5)) for text in texts[14:16])
        if not (row.lon and row.lat):
            row.lon = row.lat = None
        elif not (5 < row.lon < 16 and 47 < row.lat < 56):
            raise ValueError(_("The point lies outside Germany: %(lat)s, %(lon)s.") % {"lat": row.lat, "lon": row.lon})
        row.degree = int(texts[18]) if texts[18] else None
        if row.degree not in (None, 1, 2, 3):
            raise ValueError(_("Unknown degree of urbanisation “%s”.") % texts[18])
    check(row)
    return row


def number(text, label):
    """With a point or a decimal comma."""
    try:
        return Decimal(text.replace(",", "."))
    except InvalidOperation as error:
        raise ValueError(_("%(label)s: “%(text)s” is not a number.") % {"label": label, "text": text}) from error


# Of both


def assemble(register, rows, problems):
    """Join municipalities to district and association by key, and sum up what these consist of."""
    found = {level: {} for level in LEVELS}
    for row in rows:
        key = row.key or f"{row.state} {row.name}"
        first = found[row.level].setdefault(key, row)
        if first is not row:
            problems.append(Problem(row.where, "", _("The key %(key)s stands in %(where)s already.") % {
                "key": key, "where": first.where}))  # fmt: skip
    states = {row.state for row in found[STATE].values()}
    members = {}
    for row in found[MUNICIPALITY].values():
        for level, key in ((DISTRICT, row.district_key), (ASSOCIATION, row.association_key)):
            if key not in found[level] and row.mark not in UNINCORPORATED:  # waters belong to no district
                problems.append(Problem(row.where, "", _("The file has no record %(level)s with the key %(key)s.") % {
                    "level": level, "key": key}))  # fmt: skip
            members.setdefault(key, []).append(row)
    # In a file that was cut off between two lines, something is left without what belongs to it.
    end = rows[-1].where if rows else ""
    problems += [
        Problem(end, "", _("The file ends without the state %s. Is it cut off?") % State(code).label)
        for code in State.values if code not in states
    ]  # fmt: skip
    problems += [
        Problem(row.where, "", _("Nothing belongs to %s. Is the file cut off?") % row.name)
        for level in (DISTRICT, ASSOCIATION) for row in found[level].values() if row.key not in members
    ]  # fmt: skip
    if problems:
        return
    municipalities = [row for row in found[MUNICIPALITY].values() if row.mark not in UNINCORPORATED]
    cities = sum(row.mark in CITY_DISTRICTS for row in found[DISTRICT].values())
    register.counts = {
        "municipalities": len(municipalities),
        "districts": len(found[DISTRICT]),
        "own_districts": len(found[DISTRICT]) - cities,
        "city_districts": cities,
        "associations": sum(row.mark != ALONE for row in found[ASSOCIATION].values()),
        "population": sum(row.population for row in found[MUNICIPALITY].values()),
    }
    for row in municipalities:
        kind = Municipality.Kind.CITY if row.mark in CITIES else Municipality.Kind.TOWN
        register.records[row.key] = facts(
            register, row, kind, found[DISTRICT][row.district_key].name, ars=row.association_key + row.municipality,
            population=row.population, area_km2=row.area_km2, postcode_of_seat=row.postcode, lat=row.lat, lon=row.lon,
            degree_of_urbanisation=row.degree,
        )  # fmt: skip
    for row in found[DISTRICT].values():
        if row.mark not in CITY_DISTRICTS:
            register.records[row.key] = facts(register, row, Municipality.Kind.DISTRICT, row.name,
                                              **sums(members[row.key]))  # fmt: skip
    for row in found[ASSOCIATION].values():
        if row.mark != ALONE:
            district = found[DISTRICT][row.district_key].name
            register.records[row.key] = facts(register, row, Municipality.Kind.ASSOCIATION, district, ars=row.key,
                                              **sums(members[row.key]))  # fmt: skip


def facts(register, row, kind, district, **more):
    return {
        "key": row.key, "ars": "", "official_name": row.name, "kind": kind.value, "register_kind": MARKS[row.mark],
        "state": row.state, "district": district, "population_on": register.population_on,
        "population_day_deduced": register.population_day_deduced, "postcode_of_seat": "",
        "degree_of_urbanisation": None, "municipality_count": None, **more,
    }  # fmt: skip


def sums(rows):
    """Of a district or association: population, area, and the middle of its people."""
    own = [row for row in rows if row.mark not in UNINCORPORATED]
    weight = sum(row.population for row in own)
    point = {"lat": None, "lon": None}
    if weight and all(row.lat is not None for row in own):
        point = {name: round(sum(getattr(row, name) * row.population for row in own) / weight, 5) for name in point}
    return {
        "population": sum(row.population for row in rows),
        "area_km2": sum(row.area_km2 or 0 for row in rows) or None,
        "municipality_count": len(own),
        **point,
    }
