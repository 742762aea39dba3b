"""From a file of the register into the database: first a plan of all that would change, then all of it or nothing."""

import csv
import hashlib
import io
import json
import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import batched

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import Max
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from portal.entries import TYPES, Problem, touch
from portal.fields import SortNameField
from portal.models import Revision
from portal.search import sort_key
from portal.uploads import Refused, check_size, encoding_of

from .models import Municipality, State
from .register import MOST_PROBLEMS, everyday_name, read

BATCH = 500
SUFFIXES = (".txt", ".asc", ".xlsx", ".csv")
MOST_ENDING = 0.05  # of a state's municipalities, districts and associations, before we ask whether the file is whole
COORDINATES = ("lat", "lon", "degree_of_urbanisation")
BBSR = ("bbsr_code", "bbsr_year")
COLUMNS = [
    each.name
    for each in Municipality._meta.concrete_fields
    if not each.generated and not isinstance(each, SortNameField)
]
# A city that a district has taken in, or let go, stays the same municipality.
FAMILY = {"town": "municipality", "city": "municipality", "district": "district", "association": "association"}


class Incomplete(Refused):
    """So much would end that the file is probably cut off."""


@dataclass
class Plan:
    """What an import would do. A row is {column: value} of a municipality; `changed` holds (row, {column: new value}).

    `renumbered`: (row, new key): it got another key and stays the same record. `ended`: rows that left the register.
    """

    title: str
    new: list = field(default_factory=list)
    changed: list = field(default_factory=list)
    renumbered: list = field(default_factory=list)
    ended: list = field(default_factory=list)
    unchanged: int = 0
    notes: list = field(default_factory=list)
    as_of: object = None  # the edition, if it is one that counts from now on

    def __bool__(self):
        return bool(self.new or self.changed or self.renumbered or self.ended)

    @property
    def digest(self):
        said = [self.new, self.changed, self.renumbered, self.ended, self.as_of]
        return hashlib.sha256(json.dumps(said, cls=DjangoJSONEncoder, sort_keys=True).encode()).hexdigest()

    @property
    def counts(self):
        return {
            "new": len(self.new), "changed": len(self.changed), "renumbered": len(self.renumbered),
            "ended": len(self.ended), "unchanged": self.unchanged,
        }  # fmt: skip


@transaction.atomic
def run(file, name, author=None, expected=None, many_may_end=False, dry_run=False, progress=None):
    """Read, plan and, unless it is a dry run, write. Returns (plan, problems); with problems nothing is written.

    `expected`: the digest of a plan that somebody has seen; if it isn't this one, nothing is written either.
    """
    if not name.lower().endswith(SUFFIXES):
        raise Refused(_("A file whose name ends with %s is needed.") % ", ".join(SUFFIXES))
    is_types = name.lower().endswith(".csv")
    source, problems = (read_types if is_types else read)(file, *(() if is_types else (name,)))
    if problems:
        return None, problems
    existing = {row["key"]: row for row in Municipality.objects.select_for_update().values(*COLUMNS)}
    plan = plan_types(source, existing) if is_types else plan_register(source, existing, many_may_end)
    if not dry_run and expected in (None, plan.digest):
        write(plan, author, progress or (lambda count, total: None))
    return plan, []


# The register


def plan_register(register, existing, many_may_end):
    newest = max((row["register_on"] for row in existing.values() if row["register_on"]), default=None)
    day = date_format(register.as_of)
    if newest and register.as_of < newest:
        if register.form == "AuszugGV":
            return plan_coordinates(register, existing)
        raise Refused(_("The file is of %(day)s; the portal already holds the register of %(newest)s.") % {
            "day": day, "newest": date_format(newest)})  # fmt: skip
    plan = Plan(_("Municipality register of %s") % day, as_of=register.as_of)
    counts = {name: number_format(count, force_grouping=True) for name, count in register.counts.items()}
    plan.notes.append(
        _(
            "The file holds %(municipalities)s municipalities, %(districts)s districts (%(own_districts)s with a "
            "record of their own, %(city_districts)s in that of the city which is one), %(associations)s associations "
            "of several municipalities, and %(population)s inhabitants."
        )
        % counts
    )
    if register.population_day_deduced:
        plan.notes.append(
            _("The file doesn't say of which day its population is: %s is deduced and will be marked so.")
            % date_format(register.population_on)
        )
    missing = {key: row for key, row in existing.items() if key not in register.records and row["valid_to"] is None}
    added = {key: facts for key, facts in register.records.items() if key not in existing}
    successors = same_name(missing, added)
    for key, facts in register.records.items():
        old = existing.get(key)
        if key in successors:
            old = missing.pop(successors[key])
            plan.renumbered.append((old, key))
        if old is None:
            plan.new.append(facts | {"name": everyday_name(facts["official_name"])})
        else:
            compare(plan, old, new_values(old, facts, register.as_of))
    by_hand = [row for row in missing.values() if row["register_on"] is None]
    if by_hand:
        plan.notes.append(
            _("Not in the register, added by editors and left alone: %s.")
            % ", ".join(f"{row['name']} ({row['key']})" for row in by_hand)
        )
    plan.ended = [row for row in missing.values() if row["register_on"] is not None]
    if not many_may_end:
        refuse_many_endings(plan, existing)
    return plan


def new_values(old, facts, as_of):
    """What the register says of a record; what it doesn't say, and what editors call the place, stays."""
    new = facts | {"valid_to": None, "successor": None}
    if old["register_on"] is None:  # until now an editor's own
        new["register_on"] = as_of
    if old["name"] == everyday_name(old["official_name"]):
        new["name"] = everyday_name(facts["official_name"])
    for name in COORDINATES:
        if new.get(name) is None:
            new.pop(name, None)
    return new


def compare(plan, old, new):
    difference = {name: value for name, value in new.items() if name != "key" and old[name] != value}
    if difference:
        plan.changed.append((old, difference))
    else:
        plan.unchanged += 1


def same_name(missing, added):
    """{new key: old key} of what got another key: in one state, one of that name has gone and one has come."""

    def by_name(rows):
        names = {}
        for key, row in rows.items():
            name = sort_key(row.get("name") or everyday_name(row["official_name"]))
            names.setdefault((row["state"], FAMILY[row["kind"]], name), []).append(key)
        return {name: keys[0] for name, keys in names.items() if len(keys) == 1}

    gone, come = by_name(missing), by_name(added)
    return {key: gone[name] for name, key in come.items() if name in gone}


def refuse_many_endings(plan, existing):
    valid = Counter(row["state"] for row in existing.values() if row["register_on"] and not row["valid_to"])
    for state, count in Counter(row["state"] for row in plan.ended).items():
        if count > 1 and count > MOST_ENDING * valid[state]:
            raise Incomplete(
                _("In %(state)s, %(count)d of %(all)d records would end. Is the file complete?")
                % {"state": State(state).label, "count": count, "all": valid[state]}
            )


def plan_coordinates(register, existing):
    """From an extract that is older than the register we hold: only what the newer form doesn't say."""
    plan = Plan(_("Coordinates and degree of urbanisation of %s") % date_format(register.as_of))
    plan.notes.append(
        _("The portal holds a newer register: only coordinates and degree of urbanisation are taken from this file.")
    )
    for key, facts in register.records.items():
        if key in existing:
            compare(plan, existing[key], {name: facts[name] for name in COORDINATES if facts[name] is not None})
    return plan


# The types of the BBSR


def read_types(file):
    """({key: (code, year)}, problems) of a CSV with the columns key, code and year."""
    check_size(file)
    text = io.TextIOWrapper(file, encoding=encoding_of(file), newline="")
    try:
        dialect = ";" if ";" in text.readline() else ","
        text.seek(0)
        reader = csv.DictReader(text, delimiter=dialect, strict=True)
        if not {"key", "code", "year"} <= set(reader.fieldnames or ()):
            raise Refused(_("The first line must name the columns key, code and year."))
        types, problems = {}, []
        for row in reader:
            key, code, year = ((row[name] or "").strip() for name in ("key", "code", "year"))
            where = _("line %d") % reader.line_num
            if not re.fullmatch(r"[0-9]{8}", key):
                problems.append(Problem(where, "key", _("“%s” is not a key of eight digits.") % key))
            elif key in types:
                problems.append(Problem(where, "key", _("“%s” is named twice.") % key))
            if not re.fullmatch(r"\w{1,20}", code):
                problems.append(Problem(where, "code", _("“%s” is no code of a type.") % code))
            if not re.fullmatch(r"(19|20)[0-9]{2}", year):
                problems.append(Problem(where, "year", _("“%s” is no year.") % year))
            if len(problems) >= MOST_PROBLEMS:
                break
            if not problems:
                types[key] = code, int(year)
    except csv.Error as error:
        raise Refused(_("The file can't be read as CSV: %s.") % error) from error
    finally:
        text.detach()
    if not types and not problems:
        raise Refused(_("The file is empty."))
    return types, problems


def plan_types(types, existing):
    plan = Plan(_("Types of the BBSR"))
    unknown = [key for key in types if key not in existing]
    if unknown:
        plan.notes.append(
            _("%(count)d keys are not in the portal and are left out, %(first)s for example.")
            % {"count": len(unknown), "first": unknown[0]}
        )
    for key, values in types.items():
        if key in existing:
            compare(plan, existing[key], dict(zip(BBSR, values, strict=True)))
    return plan


# Into the database


def write(plan, author, progress):
    """One change for every process to notice, whatever the number of records; nothing at all if nothing changes."""
    edition = Municipality.objects.filter(register_on__lt=plan.as_of, valid_to=None) if plan.as_of else None
    if not plan and not (edition and edition.exists()):
        return
    stamp = {"register_on": plan.as_of} if plan.as_of else {}
    for old, key in plan.renumbered:
        Municipality.objects.filter(pk=old["id"]).update(key=key)
    renumbered = {old["id"]: key for old, key in plan.renumbered}
    rows = [row | stamp for row in plan.new]
    rows += [
        old | difference | stamp | {"key": renumbered.get(old["id"], old["key"])} for old, difference in plan.changed
    ]
    rows += [row | {"valid_to": plan.as_of} for row in plan.ended]
    rows += [
        old | {"valid_to": plan.as_of, "register_on": old["register_on"] or plan.as_of, "successor": old["id"]}
        for old, _key in plan.renumbered
    ]  # fmt: skip
    for batch in batched(rows, BATCH):
        upsert(batch)
        progress(len(batch), len(rows))
    if edition is not None:
        edition.update(register_on=plan.as_of)
    remember({old["id"] for old, _difference in plan.changed}, author, plan.title)
    touch("municipalities")


def upsert(rows):
    """Write rows by their key. The names of columns are the fields'; a successor is given by its id."""
    columns = {name: "successor_id" if name == "successor" else name for name in COLUMNS if name != "id"}
    records = [Municipality(**{columns[name]: value for name, value in row.items() if name in columns}) for row in rows]
    written = [name for name in (*columns, "sort_name") if name != "key"]
    Municipality.objects.bulk_create(records, update_conflicts=True, unique_fields=["key"], update_fields=written)


def remember(ids, author, note):
    """The history of those records that have one; what only the register has written is told by its editions."""
    kind = TYPES["municipalities"]
    numbers = dict(
        Revision.objects.filter(table=kind.table, record_id__in=ids).values_list("record_id").annotate(Max("number"))
    )
    records = kind.records(list(numbers), by="pk")
    Revision.objects.bulk_create(
        Revision(
            table=kind.table, record_id=pk, number=number + 1, entry=kind.entry(records[pk]), author=author, note=note
        )
        for pk, number in numbers.items()
    )
