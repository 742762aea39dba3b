"""The written form of a record – its entry – and the one door for writing.

An entry is a dict as in the YAML content: plain values, keys of other records, lists of rows. A key that an entry
leaves out keeps what the record has; `null` or an empty text empties it. Workflow (status, date) is not part of it.
"""

import datetime
import difflib
import math
import re
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from itertools import batched

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from .fields import CodesField, SortNameField
from .models import ContentChange, FormerSlug, GlossaryTerm, Page, Revision, SearchSynonym
from .publishing import Publishable

BATCH = 200  # records that are revised together
MOST_HELD = 10_000  # checks whose answer is remembered
GERMAN_DAY = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")


@dataclass(frozen=True)
class Problem:
    where: str
    field: str
    message: str

    def __str__(self):
        return f"{self.where}, {self.field}: {self.message}" if self.field else f"{self.where}: {self.message}"


def originals(model):
    """Every record of a model; a working copy is none, it stands for one."""
    records = model._default_manager.all()
    return records.originals() if issubclass(model, Publishable) else records


class Known:
    """Which keys of other records an entry may name: those in the database and those that are being loaded."""

    def __init__(self):
        self.loading, self.former = {}, {}

    def keys(self, model, key):
        if model not in self.loading:
            self.loading[model] = set(originals(model).values_list(key, flat=True))
        return self.loading[model]

    def require(self, model, key, value):
        """The key by which the record named `value` is called now: a former short name means the present one."""
        if not isinstance(value, str):
            raise ValidationError(_("“%s” must be text; put it in quotes.") % value)
        known = self.keys(model, key)
        if value in known:
            return value
        if model not in self.former:
            self.former[model] = former_names(model)
        if value not in self.former[model]:
            raise ValidationError(no_such(model, value, known))
        return self.former[model][value]


def former_names(model):
    """{short name that a record once had: the one it has now}"""
    former = FormerSlug.objects.filter(table=kind_of(model).table).values_list("slug", "record_id")
    present = (
        dict(originals(model).filter(pk__in=[pk for _slug, pk in former]).values_list("pk", "slug")) if former else {}
    )
    return {slug: present[pk] for slug, pk in former if pk in present}


def no_such(model, key, known):
    """What to say of a key that isn't among the known ones."""
    near = difflib.get_close_matches(str(key), known, n=1)
    hint = " " + _("Did you mean “%s”?") % near[0] if near else ""
    return _("There is no %(kind)s “%(key)s”.") % {"kind": model._meta.verbose_name, "key": key} + hint


def one_line(text):
    return " ".join(text.split())


class Plain:
    """A value in a column of the record's own table."""

    related = False

    def __init__(self, name, column=None):
        self.name = name
        self.column = column or name

    def bind(self, model):
        self.model_field = model._meta.get_field(self.column)

    def default(self):
        return self.canonical(self.model_field.get_default())

    def pinned(self, value, owner):
        """The value with records instead of their names, which change; `owner(model, key, name)` tells which it is."""
        return value

    def canonical(self, value):
        if isinstance(value, datetime.date):
            return value.isoformat()
        if isinstance(value, Decimal):
            return float(value)
        return value

    def read(self, record):
        return self.canonical(getattr(record, self.column))

    def clean(self, value, known):
        if isinstance(self.model_field, CodesField):
            value = [] if value is None else value
            if not isinstance(value, list):
                raise ValidationError(_("A list of codes is needed."))
        elif isinstance(self.model_field, models.CharField | models.TextField):
            value = self.clean_text(value)
        elif isinstance(self.model_field, models.BooleanField):
            if not isinstance(value, bool):
                raise ValidationError(_("true or false is needed."))
        elif isinstance(value, bool | list | dict):
            raise ValidationError(_("A single value is needed."))
        elif isinstance(value, float):
            if not math.isfinite(value):
                raise ValidationError(_("“%s” is not a number.") % value)
            if isinstance(self.model_field, models.IntegerField):  # 16.897 may be a German 16,897
                raise ValidationError(_("“%s” must be a whole number, without a point.") % value)
        if isinstance(self.model_field, models.DecimalField) and value is not None:
            value = str(value)  # a float would bring its binary digits along
        if isinstance(self.model_field, models.DateField):
            value = self.clean_day(value)
        return self.canonical(self.model_field.clean(value, None))

    def clean_day(self, value):
        text = "" if value is None else str(value).strip()
        if german := GERMAN_DAY.fullmatch(text):
            text = f"{german[3]}-{german[2]:0>2}-{german[1]:0>2}"
        try:
            return self.model_field.to_python(text or None)
        except ValidationError as error:
            raise ValidationError(_("“%s” is not a day; write it such as 2026-11-24 or 24.11.2026.") % value) from error

    def clean_text(self, value):
        if value is None:
            return ""
        if not isinstance(value, str):
            raise ValidationError(_("“%s” must be text; put it in quotes.") % value)
        if "\x00" in value:
            raise ValidationError(_("The text contains a NUL character; take it out."))
        return value.strip()

    def write(self, record, value):
        setattr(record, self.column, self.model_field.to_python(value))


class Lines(Plain):
    """A list of texts, kept one a line in a text column."""

    def default(self):
        return []

    def read(self, record):
        return getattr(record, self.column).splitlines()

    def clean(self, value, known):
        value = value or []
        if not isinstance(value, list):
            raise ValidationError(_("A list of texts is needed."))
        lines = [line for line in (one_line(self.clean_text(line)) for line in value) if line]
        self.model_field.clean("\n".join(lines), None)
        return lines

    def write(self, record, value):
        setattr(record, self.column, "\n".join(value))


class Ref(Plain):
    """The key of one other record."""

    def __init__(self, name, to, key, column=None):
        super().__init__(name, column)
        self.to, self.key = to, key

    def default(self):
        return None

    def read(self, record):
        other = getattr(record, self.column)
        return getattr(other, self.key) if other else None

    def clean(self, value, known):
        if not value:
            if self.model_field.null:
                return None
            raise ValidationError(self.model_field.error_messages["blank"])
        return known.require(self.to, self.key, value)

    def pinned(self, value, owner):
        return owner(self.to, self.key, value) if value else value

    def write(self, record, value):
        setattr(record, self.column, self.to._default_manager.get(**{self.key: value}) if value else None)


class Refs:
    """The keys of several other records, sorted: the order carries no meaning."""

    related = True

    def __init__(self, name, to, key, column=None):
        self.name, self.to, self.key = name, to, key
        self.column = column or name

    def bind(self, model):
        self.prefetch = self.column

    def default(self):
        return []

    def read(self, record):
        return sorted(getattr(other, self.key) for other in getattr(record, self.column).all())

    def clean(self, value, known):
        value = value or []
        if not isinstance(value, list):
            raise ValidationError(_("A list of keys is needed."))
        keys, problems = set(), []  # two former names may have become one
        for key in value:
            try:
                keys.add(known.require(self.to, self.key, key))
            except ValidationError as error:
                problems.append(error)
        if len(set(map(str, value))) != len(value):
            problems.append(ValidationError(_("A key is named twice.")))
        if problems:
            raise ValidationError(problems)
        return sorted(keys)

    def pinned(self, value, owner):
        return sorted({str(owner(self.to, self.key, key)) for key in value})

    def write(self, record, value):
        getattr(record, self.column).set(self.to._default_manager.filter(**{f"{self.key}__in": value}))


class Rows:
    """Rows that belong to the record, in order; each is an entry of its own with the given fields.

    `once` names the field whose value may stand in one row only. `file` and `parent`: rows may also come in a file of
    their own, where `parent` names the record they belong to.
    """

    related = True

    def __init__(self, name, model, fields, column=None, once=None, file=None, parent=None):
        self.name, self.model, self.fields = name, model, fields
        self.column = column or name
        self.once, self.file, self.parent = once, file, parent

    def bind(self, model):
        for each in self.fields:
            each.bind(self.model)
        self.prefetch = models.Prefetch(self.column, with_refs(self.model._default_manager.all(), self.fields))
        self.owner = model._meta.get_field(self.column).remote_field.name

    def default(self):
        return []

    def written(self, row):
        return row

    def unwritten(self, row):
        return row

    def read(self, record):
        return [
            self.written({each.name: each.read(row) for each in self.fields})
            for row in getattr(record, self.column).all()
        ]

    def clean(self, value, known):
        value = value or []
        if not isinstance(value, list):
            raise ValidationError(_("A list is needed."))
        rows, problems = [], []
        for number, raw in enumerate(value, start=1):
            label = getattr(raw, "where", None) or _("row %d") % number
            cleaned, found = clean_fields(self.fields, self.unwritten(raw), known)
            problems += [
                ValidationError(f"{label}, {name}: {message}" if name else f"{label}: {message}")
                for name, message in found
            ]
            rows.append(cleaned)
        if self.once and not problems:
            times = Counter(row[self.once] for row in rows)
            problems += [ValidationError(_("“%s” is named twice.") % key) for key, count in times.items() if count > 1]
        if problems:
            raise ValidationError(problems)
        return [self.written(row) for row in rows]

    def pinned(self, value, owner):
        rows = [self.unwritten(row) for row in value]
        return [[each.pinned(row.get(each.name, each.default()), owner) for each in self.fields] for row in rows]

    def write(self, record, value):
        getattr(record, self.column).all().delete()
        rows = []
        for position, raw in enumerate(value, start=1):
            row = self.model(**{self.owner: record, "position": position})
            for each in self.fields:
                each.write(row, self.unwritten(raw)[each.name])
            rows.append(row)
        self.model._default_manager.bulk_create(rows)


def with_refs(queryset, fields):
    """The queryset with the other records that `fields` name."""
    refs = [each.column for each in fields if isinstance(each, Ref)]
    return queryset.select_related(*refs) if refs else queryset


def clean_fields(fields, raw, known, base=None):
    """`raw` in canonical form, with all its problems as (field name, message). `base` fills in what raw leaves out."""
    if not isinstance(raw, dict):
        return {}, [("", _("An entry is a list of fields with their values, not “%s”.") % raw)]
    cleaned, problems = {}, []
    names = [each.name for each in fields]
    for name in raw:
        if name not in names:
            near = difflib.get_close_matches(str(name), names, n=1)
            hint = " " + _("Did you mean “%s”?") % near[0] if near else ""
            problems.append((str(name), _("There is no such field.") + hint))
    for each in fields:
        if each.name not in raw and base is not None:
            cleaned[each.name] = base[each.name]
            continue
        try:
            cleaned[each.name] = each.clean(raw.get(each.name, each.default()), known)
        except ValidationError as error:
            problems += [(each.name, message) for message in error.messages]
    return cleaned, problems


class EntryType:
    """How the records of one model are written down. `table` is its name in addresses, exports and revisions."""

    def __init__(
        self,
        table,
        model,
        fields,
        key="slug",
        file=None,
        permanent=(),
        ignored=(),
        prepare=None,
        kept_elsewhere=None,
        former_keys=None,
    ):
        self.table, self.model, self.fields, self.key = table, model, fields, key
        self.kept_elsewhere = kept_elsewhere or (lambda record: False)  # whether files are no longer its source
        self.former_keys = former_keys or dict  # of records that another one has taken the place of: {key: its key}
        self.file = file or f"{table}.yaml"
        self.permanent, self.ignored = permanent, ignored
        self.prepare = prepare or (lambda raw: raw)
        self.held = set()
        for each in fields:
            each.bind(model)

    @property
    def publishable(self):
        return issubclass(self.model, Publishable)

    @cached_property
    def unique(self):
        """Names of the fields whose value, unless it is empty, only one record may have."""
        alone = {
            constraint.fields[0]
            for constraint in self.model._meta.constraints
            if isinstance(constraint, models.UniqueConstraint) and len(constraint.fields) == 1
        }
        own = [each for each in self.fields if not each.related]
        return [each.name for each in own if each.model_field.unique or each.column in alone]

    @cached_property
    def rows_in_files(self):
        return [each for each in self.fields if isinstance(each, Rows) and each.file]

    def records(self, keys=None, by=None, lock=False):
        """Every record by its key, or those with one of `keys`, with all that its entry needs. `by`: another column."""
        by = by or self.key_column
        prefetches = [each.prefetch for each in self.fields if each.related]
        if by == self.key_column:
            records = originals(self.model)
        else:
            records = self.model._default_manager.all()
            records = records.select_related("replaces") if self.publishable else records
        records = with_refs(records.prefetch_related(*prefetches), self.fields)
        if keys is not None:
            records = records.filter(**{f"{by}__in": keys})
        if lock:
            records = records.select_for_update(of=["self"])
        return {getattr(record, by): record for record in records}

    def copies(self, records, lock=False):
        """The working copies of those `records` that are published, by the id of what they are to replace."""
        if not self.publishable:
            return {}
        public = [record.pk for record in records if record.status == Publishable.Status.PUBLISHED]
        return self.records(public, by="replaces_id", lock=lock) if public else {}

    @cached_property
    def key_column(self):
        return self.column_of(self.key)

    def column_of(self, name):
        return next(each.column for each in self.fields if each.name == name)

    def entry(self, record):
        """The record as an entry; a working copy has the name and number of the record that it will replace."""
        original = getattr(record, "replaces", None) or record
        return {each.name: each.read(original if each in self.identity else record) for each in self.fields}

    @cached_property
    def identity(self):
        """Fields that say which record it is: no working copy has its own."""
        return [each for each in self.fields if each.name in (self.key, *self.permanent)]

    def key_of(self, raw):
        value = raw.get(self.key) if isinstance(raw, dict) else None
        if isinstance(value, list):
            return "\n".join(filter(None, (one_line(str(line)) for line in value if line)))
        return value.strip() if isinstance(value, str) else None

    def clean(self, raw, record, known):
        """The canonical entry after `raw` is applied to `record` (None: a new one), and its (field, message) pairs."""
        if isinstance(raw, dict):
            raw = self.prepare({name: value for name, value in raw.items() if name not in self.ignored})
        base = self.entry(record) if record else None
        entry, problems = clean_fields(self.fields, raw, known, base)
        if record:
            problems += [
                (name, _("“%s” is permanent and can't be changed.") % base[name])
                for name in self.permanent if entry.get(name, base[name]) != base[name]
            ]  # fmt: skip
        if not problems and entry != base:
            problems = self.constraint_problems(entry, record)
        return entry, problems

    def constraint_problems(self, entry, record):
        instance = self.model(pk=record.pk if record else None)
        for each in self.fields:
            if not each.related and not isinstance(each, Ref):
                each.write(instance, entry[each.name])
        problems = []
        for constraint in self.model._meta.constraints:
            if isinstance(constraint, models.UniqueConstraint) and column_of(constraint) in map(
                self.column_of, self.unique
            ):
                continue  # who calls this knows better: it can say which other record or entry has the value
            checked = self.checked_values(constraint, instance)
            if checked in self.held:
                continue
            try:
                constraint.validate(self.model, instance)
            except ValidationError as error:
                column = column_of(constraint)
                name = next((each.name for each in self.fields if getattr(each, "column", "") == column), "")
                problems += [(name, message) for message in error.messages]
            else:
                if len(self.held) > MOST_HELD:
                    self.held.clear()
                if checked:
                    self.held.add(checked)
        return problems

    def checked_values(self, constraint, instance):
        """All that a check depends on: for the same values the database need not be asked again. None: ask it."""
        if not isinstance(constraint, models.CheckConstraint):
            return None
        fields = [self.model._meta.get_field(name) for name in sorted(constraint.condition.referenced_base_fields)]
        return constraint.name, *(repr(each.get_prep_value(each.value_from_object(instance))) for each in fields)

    def new_copy(self, original):
        """An empty working copy, not saved yet: a name of its own only because every row needs one."""
        return self.model(replaces=original, slug=f"arbeitskopie-{original.pk}")

    def write_own(self, entry, record):
        """Write the columns that the entry speaks of, and no others: another process may have changed those."""
        own = [each for each in self.fields if not each.related]
        if getattr(record, "replaces_id", None):  # a working copy has no name or number of its own
            own = [each for each in own if each not in self.identity]
        for each in own:
            each.write(record, entry[each.name])
        if record.pk:
            derived = [column.name for column in self.model._meta.fields if isinstance(column, SortNameField)]
            record.save(update_fields=[each.column for each in own] + derived)
        else:
            record.save()

    def write_related(self, entry, record, new=False):
        before = {each.name: each.default() for each in self.fields} if new else self.entry(record)
        for each in self.fields:
            if each.related and entry[each.name] != before[each.name]:
                each.write(record, entry[each.name])


TYPES: dict[str, EntryType] = {}


def register(*types):
    """Called by each app with its entry types, in an order in which a type comes after those it names."""
    TYPES.update({each.table: each for each in types})


def column_of(constraint):
    """The one column that a constraint is about; "" if there are several."""
    if isinstance(constraint, models.UniqueConstraint):
        columns = constraint.fields
    else:
        columns = constraint.condition.referenced_base_fields
    return next(iter(columns)) if len(columns) == 1 else ""


def kind_of(model) -> EntryType:
    return next(each for each in TYPES.values() if each.model is model)


def type_of(record) -> EntryType:
    return kind_of(type(record))


def both(name):
    """A text in German and English."""
    return [Plain(f"{name}_de"), Plain(f"{name}_en")]


# The portal's own; they name no table of an app, and every app that has entries imports this module.
register(
    EntryType("pages", Page, [Plain("slug"), *both("title"), *both("body")]),
    EntryType(
        "glossary",
        GlossaryTerm,
        [Plain("slug"), *both("term"), *both("definition"), Refs("see_also", GlossaryTerm, "slug")],
    ),
    EntryType("synonyms", SearchSynonym, [Lines("terms"), Plain("kind"), Plain("note")], key="terms"),
)


def diff(old, new):
    """What differs between two entries: a list of (field, old value, new value)."""
    old = old or {}
    return [(name, old.get(name), value) for name, value in new.items() if old.get(name) != value]


def touch(table, record_id=None):
    """Tell every process that what readers see has changed."""
    ContentChange.objects.create(table=table, record_id=record_id)


def revise(record, author=None, note="", major=False):
    """Append the record's present state to its history, if it differs from the last one, and announce the change."""
    return revise_all(type_of(record), [record.pk], author, note, major)[record.pk]


@transaction.atomic
def revise_all(kind, ids, author=None, note="", major=False, batch=""):
    """Do so for several records of a kind, in few queries. Returns {id: its last revision}."""
    # Read anew: what the caller holds may carry prefetched rows from before the change.
    records = kind.records(ids, by="pk", lock=True)
    revisions = Revision.objects.filter(table=kind.table, record_id__in=ids).order_by("number")
    newest = revisions.filter(
        number=models.Subquery(
            Revision.objects.filter(table=kind.table, record_id=models.OuterRef("record_id"))
            .order_by("-number").values("number")[:1]
        )
    )  # fmt: skip
    last = {revision.record_id: revision for revision in newest}
    ContentChange.objects.bulk_create(ContentChange(table=kind.table, record_id=pk) for pk in ids)
    for pk in ids:
        entry, status = kind.entry(records[pk]), getattr(records[pk], "status", "")
        old = last.get(pk)
        if not old or old.entry != entry or old.status != status:
            last[pk] = Revision.objects.create(
                table=kind.table, record_id=pk, number=old.number + 1 if old else 1,
                entry=entry, status=status, author=author, note=note, is_major=major, batch=batch,
            )  # fmt: skip
            if old:
                note_english(records[pk])
    return last


def note_english(record):
    """Write down which English texts of a record are older than the German, as its history shows."""
    if not isinstance(record, Publishable):
        return
    revisions = Revision.objects.filter(table=type_of(record).table, record_id=record.pk).order_by("-number")
    record.outdated_english = outdated_english(list(revisions.values_list("entry", flat=True)))
    record.save(update_fields=["outdated_english"])


def in_language(entry, lang):
    """What an entry says in one language, by field; rows as the list of their texts."""
    suffix, said = f"_{lang}", {}
    for name, value in entry.items():
        if name.endswith(suffix):
            said[name.removesuffix(suffix)] = value
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            texts = [[text for field, text in row.items() if field.endswith(suffix)] for row in value]
            if any(map(any, texts)):
                said[name] = texts
    return said


def outdated_english(entries):
    """Fields whose English was written for another German text. `entries`: a record's history, the newest first."""
    german, english = in_language(entries[0], "de"), in_language(entries[0], "en")
    outdated = []
    for name, text in english.items():
        if not text:
            continue
        written_for = german.get(name)
        for entry in entries:
            if in_language(entry, "en").get(name) != text:
                break
            written_for = in_language(entry, "de").get(name)
        if written_for != german.get(name):
            outdated.append(name)
    return outdated


def last_editor(record):
    """Who last changed the text; None if it came from files.

    Steps of the workflow don't count, nor do other names: of the record itself and of those that it names.
    """
    kind, newer = type_of(record), None
    revisions = Revision.objects.filter(table=kind.table, record_id=record.pk).select_related("author")
    for revision in revisions.order_by("-number"):
        if newer and not same_text(kind, newer, revision):
            break
        newer = revision
    return newer and newer.author


def same_text(kind, newer, older):
    if newer.entry == older.entry:
        return True
    identity = {each.name for each in kind.identity}
    for each in kind.fields:
        if each.name not in identity:
            new, old = (revision.entry.get(each.name, each.default()) for revision in (newer, older))
            if each.pinned(new, owner_at(newer)) != each.pinned(old, owner_at(older)):
                return False
    return True


def owner_at(moment):
    """A function that tells which record a name meant when the revision `moment` was written: its id, or the name.

    Of a record that was merged into another one, that is the other one.
    """

    def owner(model, key, name):
        table = kind_of(model).table
        until = Revision.objects.filter(table=table, pk__lte=moment.pk)
        ids = until.filter(**{f"entry__{key}": name}).values_list("record_id", flat=True).distinct()
        former = FormerSlug.objects.filter(table=table, slug=name).values_list("record_id", flat=True)
        for pk in sorted(ids):  # the record before its working copies, which bear its name
            if until.filter(record_id=pk).latest("pk").entry.get(key) == name:
                return pk if model._default_manager.filter(pk=pk).exists() else former.first() or pk
        present = originals(model).filter(**{key: name}).values_list("pk", flat=True)
        return former.first() or present.first() or name

    return owner


def naming(records):
    """What names one of `records` in a list of its own and would lose it without a word if it were deleted."""
    found = []
    for relation in records[0]._meta.related_objects if records else []:
        if relation.many_to_many:
            others = relation.related_model._default_manager
            found += others.filter(**{f"{relation.field.name}__in": records}).distinct()
    return found


@transaction.atomic
def delete(record, author=None, note=""):
    """Delete a record; its history stays and ends with this."""
    kind = type_of(record)
    last = revise(record, author)
    Revision.objects.create(
        table=kind.table,
        record_id=record.pk,
        number=last.number + 1,
        entry=last.entry,
        author=author,
        note=note or _("Deleted."),
    )
    touch(kind.table, record.pk)
    record.delete()


@transaction.atomic
def apply(entry, record, author=None, note="", major=False):
    """Write a raw entry to a record (saved or new): validate, write, append a revision. Raises ValidationError."""
    kind = type_of(record)
    cleaned, problems = kind.clean(entry, record if record.pk else None, Known())
    for name in kind.unique:
        value = kind.key_of({kind.key: cleaned[name]}) if name == kind.key and name in cleaned else cleaned.get(name)
        others = originals(kind.model).exclude(pk=getattr(record, "replaces_id", None) or record.pk)
        if value not in ("", None) and others.filter(**{kind.column_of(name): value}).exists():
            problems.append((name, _("“%s” is taken already.") % cleaned[name]))
    if problems:
        raise ValidationError([ValidationError(f"{name}: {message}") for name, message in problems])
    kind.write_own(cleaned, record)
    kind.write_related(cleaned, record)
    return revise(record, author, note, major)


@dataclass
class Change:
    """What one entry does. `copied`: it makes a working copy of `record`; `copy changed`: it changes the one there."""

    where: str
    kind: EntryType
    key: str
    record: models.Model | None
    entry: dict
    action: str  # created, changed, copied, copy changed, unchanged, kept
    diff: list = field(default_factory=list)

    @property
    def writes(self):
        return self.action not in ("unchanged", "kept")


class Planner:
    """Plans the entries of one table, one after the other. `keys` are those of all entries that will come.

    A record whose last change is an editor's is kept, and one that an editor has deleted stays so, unless `overwrite`.
    `draft`: nothing that is public is written; it is changed in working copies, in nobody's but those of `author`.
    """

    def __init__(self, kind, keys, known, overwrite=False, draft=False, author=None):
        self.kind, self.known, self.overwrite = kind, known, overwrite
        self.through_copies, self.author = draft and kind.publishable, author
        self.edited = set() if overwrite else edited_ids(kind.table)
        self.gone = set() if overwrite else former_keys(kind)
        known.keys(kind.model, kind.key_column).update(key for key in keys - self.gone if key is not None)
        self.taken = {name: {} for name in kind.unique}
        unique = [each for each in kind.fields if each.name in self.taken]
        for record in originals(kind.model).only(*(each.column for each in unique)).iterator():
            if (key := getattr(record, kind.key_column)) not in keys:
                for each in unique:
                    self.taken[each.name][str(each.read(record))] = _("the record “%s”") % key.replace("\n", ", ")

    def change(self, where, raw, record, copy=None):
        """What applying `raw` to `record` (None: a new one) would do, or to `copy`, its working copy.

        Returns (change or None, problems).
        """
        kind, key = self.kind, self.kind.key_of(raw)
        if key in self.gone:
            return Change(where, kind, key, None, {}, "kept"), []
        in_copy = self.through_copies and record is not None and record.status != Publishable.Status.DRAFT
        protected = record is not None and not self.overwrite
        protected = protected and (record.pk in self.edited or kind.kept_elsewhere(record))
        entry, found = kind.clean(raw, record, self.known)
        if protected and found:
            return Change(where, kind, key, record, {}, "kept"), []
        for name, taken in self.taken.items():
            value = str(entry.get(name) or "")
            if not value:
                continue
            if value in taken:
                found.append((name, _("“%(value)s” is taken already: %(where)s.") % {
                    "value": value.replace("\n", ", "), "where": taken[value]}))  # fmt: skip
            taken[value] = where
        if found:
            return None, [Problem(where, name, message) for name, message in found]
        old = kind.entry(record) if record else None
        if old == entry:
            action = "unchanged"
        elif record is None:
            action = "created"
        elif protected:
            action = "kept"
        elif in_copy:
            return self.change_of_public(where, key, record, copy, entry, diff(old, entry))
        else:
            action = "changed"
        return Change(where, kind, key, record, entry, action, diff(old, entry)), []

    def change_of_public(self, where, key, record, copy, entry, changed):
        """What becomes of a change of something that isn't a draft: only what `changed` goes into the working copy."""
        kind = self.kind
        if obstacle := obstacle_to_copy(record, copy):
            return None, [Problem(where, "", obstacle)]
        if copy is None:
            return Change(where, kind, key, record, entry, "copied", changed), []
        now = kind.entry(copy)
        entry = now | {name: value for name, _old, value in changed}
        if entry == now:
            return Change(where, kind, key, copy, entry, "unchanged"), []
        editor = last_editor(copy)
        if editor != self.author:
            obstacle = _("%(who)s has last changed the working copy of “%(record)s”. %(advice)s") % {
                "who": editor.name if editor else _("A file"), "record": record,
                "advice": _("Publish or discard it first, or take the row out of the file."),
            }  # fmt: skip
            return None, [Problem(where, "", obstacle)]
        if found := kind.constraint_problems(entry, copy):
            return None, [Problem(where, name, message) for name, message in found]
        return Change(where, kind, key, copy, entry, "copy changed", diff(now, entry)), []


def obstacle_to_copy(record, copy):
    """Why something that isn't a draft can't be changed in a working copy now, in words; "" if it can."""
    Status = Publishable.Status
    if record.status == Status.REVIEW:
        return _("“%s” is in review. Have it published or sent back first, or take the row out of the file.") % record
    if record.status == Status.ARCHIVED:
        return _("“%s” was withdrawn. Open it again as a draft first, or take the row out of the file.") % record
    if copy is None or copy.status == Status.DRAFT:
        return ""
    return _(
        "The working copy of “%s” is in review or approved. "
        "Have it published or sent back first, or take the row out of the file."
    ) % record  # fmt: skip


def plan(documents, overwrite=False, draft=False):
    """What loading would do. `documents`: {table: [(where, raw entry)]}. Returns (changes, problems), all of them."""
    known, changes, problems = Known(), [], []
    keys = {table: {kind.key_of(raw) for _where, raw in documents.get(table, [])} for table, kind in TYPES.items()}
    # All of them first: entries name records of other tables that are loaded with them.
    planners = {
        table: Planner(kind, keys[table], known, overwrite, draft) for table, kind in TYPES.items() if keys[table]
    }
    for table, planner in planners.items():
        records = planner.kind.records()
        copies = planner.kind.copies(records.values()) if draft else {}
        for where, raw in documents[table]:
            record = records.get(planner.kind.key_of(raw))
            change, found = planner.change(where, raw, record, record and copies.get(record.pk))
            changes += [change] if change else []
            problems += found
    return changes, problems


def former_keys(kind):
    """Keys that a record once had and none has now: it was deleted or is called something else."""
    entries = Revision.objects.filter(table=kind.table).values_list(f"entry__{kind.key}", flat=True)
    once = {kind.key_of({kind.key: value}) for value in entries}
    return once - set(originals(kind.model).values_list(kind.key_column, flat=True))


def edited_ids(table):
    """Ids of the records whose last revision is an editor's; to have given a working copy up changes nothing."""
    last = Revision.objects.filter(table=table, record_id=models.OuterRef("record_id"), discarded=None)
    last = last.order_by("-number")
    revisions = Revision.objects.filter(
        table=table, author__isnull=False, number=models.Subquery(last.values("number")[:1])
    )
    return set(revisions.values_list("record_id", flat=True))


@transaction.atomic
def carry_out(changes, note="", draft=False, progress=iter, author=None, batch=""):
    """Write what was planned, all or nothing. New records become public at once, unless `draft`.

    Afterwards a change's `record` is the one that was written: of a `copied` one, the working copy.
    """
    this_minute = timezone.now().replace(second=0, microsecond=0)
    for kind in TYPES.values():
        writing = [change for change in changes if change.kind is kind and change.writes]
        for change in writing:  # first every record, then what they name: glossary terms name each other
            if change.action == "copied":
                change.record = kind.new_copy(change.record)
            elif change.record is None:
                change.record = kind.model()
                if kind.publishable and not draft:
                    change.record.status, change.record.published_at = Publishable.Status.PUBLISHED, this_minute
            kind.write_own(change.entry, change.record)
        for some in batched(progress(writing), BATCH):
            for change in some:
                kind.write_related(change.entry, change.record, new=change.action in ("created", "copied"))
            revise_all(kind, [change.record.pk for change in some], author, note, batch=batch)
