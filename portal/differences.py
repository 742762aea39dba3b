"""What differs between two entries, as editors read it: labels and titles instead of codes and keys, word by word."""

import difflib
import re

from django.db import models
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .entries import Lines, Ref, Refs, Rows, diff
from .fields import CodesField
from .pictures import SIZES, picture_fields, staff_rendition

WORD = re.compile(r"\n|\S+[^\S\n]*|[^\S\n]+")  # with the spaces behind it, or a line end
CONTEXT = 8  # words that are shown around a change
MOST_WORDS = 3_000  # of a passage that is compared word by word
ALIKE = 0.3  # less than this share in common, and two passages are shown one after the other


def field_labels(kind):
    return {
        each.name: each.model._meta.verbose_name_plural
        if isinstance(each, Rows)
        else kind.model._meta.get_field(each.column).verbose_name
        for each in kind.fields
    }


def changes(kind, old, new):
    """Field by field, what an entry was before and what became of it, as HTML; empty if nothing changed."""
    differing = diff(old, new)
    return Differences(kind, [differing]).as_list(differing)


class Differences:
    """Writes differences of records of one kind; of `diffs` together, so that few queries find all titles."""

    def __init__(self, kind, diffs):
        self.fields = {each.name: each for each in kind.fields}
        self.labels, self.pictures = field_labels(kind), picture_fields(kind)
        self.keys = {}  # (model, name of its key): keys that occur
        for differing in diffs:
            for name, *values in differing:
                for value in values:
                    self.collect(self.fields.get(name), value)
        self.titles = {
            (model, column): {
                getattr(record, column): str(record)
                for record in model._default_manager.filter(**{f"{column}__in": keys})
            }
            for (model, column), keys in self.keys.items()
        }

    def collect(self, each, value):
        if isinstance(each, Ref | Refs):
            found = value if isinstance(value, list) else [value]
            self.keys.setdefault((each.to, each.key), set()).update(key for key in found if isinstance(key, str))
        elif isinstance(each, Rows):
            for row in value or []:
                for column in each.fields:
                    self.collect(column, each.unwritten(row).get(column.name))

    def as_list(self, differing, new=False):
        """A list of definitions, of a new record with what it says and nothing else; empty if nothing differs."""
        rows = []
        for name, before, after in differing:
            each = self.fields.get(name)
            if name in self.pictures and (before or after):
                marks = [(marked(tag, picture_tag(kept)),) for tag, kept in (("del", before), ("ins", after)) if kept]
                rows.append((capfirst(self.labels[name]), format_html_join(" ", "{}", marks)))
                continue
            said = [self.said(each, value) for value in (before, after)]
            if new and said[1] in ("", []):
                continue
            shown = self.plain(said[1]) if new else compared(*said)
            rows.append((capfirst(self.labels.get(name, name)), shown))
        entries = format_html_join("", "<dt>{}</dt><dd>{}</dd>", rows)
        return format_html('<dl class="changes">{}</dl>', entries) if rows else ""

    def plain(self, said):
        return as_items(said) if isinstance(said, list) else said

    def said(self, each, value):
        """A value in words: a text, or of what has several a list of texts."""
        if value in (None, "", []):
            return [] if isinstance(each, Lines | Refs | Rows) else ""
        if isinstance(each, Rows):
            return [self.row(each, row) for row in value]
        if isinstance(each, Refs):
            return [self.title(each, key) for key in value]
        if isinstance(each, Ref):
            return self.title(each, value)
        if isinstance(each, Lines):
            return [str(line) for line in value]
        return self.label(each and each.model_field, value)

    def label(self, field, value):
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        if isinstance(field, CodesField):
            labels = dict(field.vocabulary.choices)
            return ", ".join(str(labels.get(code, code)) for code in value)
        if isinstance(field, models.DateField) and isinstance(value, str) and (day := parse_date(value)):
            return date_format(day, "DATE_FORMAT")
        if isinstance(value, list):
            return ", ".join(map(str, value))
        return str(dict(getattr(field, "flatchoices", None) or ()).get(value, value))

    def title(self, each, key):
        return self.titles.get((each.to, each.key), {}).get(key, str(key))

    def row(self, each, row):
        """A row as one text: its own words first, then what else is said of it, by name."""
        row, texts, others = each.unwritten(row), [], []
        for column in each.fields:
            said = self.said(column, row.get(column.name))
            if not said or row[column.name] is False:
                continue
            named = not isinstance(column, Ref) and not isinstance(column.model_field, models.TextField)
            label = str(capfirst(column.model_field.verbose_name))
            colon = "" if label.endswith("?") else ":"
            if row[column.name] is True:
                others.append(label)
            else:
                (others if named else texts).append(f"{label}{colon} {said}" if named else said)
        return "\n".join([*texts, *others])


def picture_tag(reference):
    """A kept picture, small, for editors."""
    if not reference:
        return "–"
    shown = staff_rendition(reference)
    return format_html(
        '<img class="picture" src="{}" width="{}" height="{}" alt="{}">',
        shown.address(SIZES[0]), shown.width, shown.height, _("Picture"),
    )  # fmt: skip


def marked(tag, text):
    """What came or went, for the eye, and in words for who listens."""
    words = {"del": _("removed:"), "ins": _("added:")}[tag]
    mark = {"del": "<del>{}</del>", "ins": "<ins>{}</ins>"}[tag]
    hidden = '<span class="visually-hidden">'
    return format_html(f"{hidden}({{}} </span>{mark}{hidden})</span>", words, text)


def compared(before, after):
    """Two values in words, side by side in one text or list."""
    if isinstance(before, list) or isinstance(after, list):
        return compared_lists(before or [], after or [])
    return compared_texts(before, after)


def compared_lists(before, after):
    """Item by item; what stayed as it was is only counted."""
    items = []
    for tag, a, b, c, d in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            items.append(format_html("<em>{}</em>", ngettext("… %d unchanged", "… %d unchanged", b - a) % (b - a)))
        else:
            items += [compared_texts(old, new) for old, new in pairs(before[a:b], after[c:d])]
    return as_items(items)


def pairs(before, after):
    """Which of the items in `before` became which in `after`, in order; "": none."""
    start = 0
    for new in after:
        likeness = [compare(WORD.findall(old), WORD.findall(new)).ratio() for old in before[start:]]
        if likeness and max(likeness) >= ALIKE:
            found = start + likeness.index(max(likeness))
            yield from ((old, "") for old in before[start:found])
            yield before[found], new
            start = found + 1
        else:
            yield "", new
    yield from ((old, "") for old in before[start:])


def as_items(items):
    return format_html("<ul>{}</ul>", format_html_join("", "<li>{}</li>", ((item,) for item in items)))


def compared_texts(before, after):
    """Word by word; long passages without a change are left out."""
    if not before or not after:
        return whole(before, after)
    parts, lines = [], [text.splitlines(keepends=True) for text in (before, after)]
    passages = compare(*lines).get_opcodes()
    for number, (tag, a, b, c, d) in enumerate(passages):
        old, new = "".join(lines[0][a:b]), "".join(lines[1][c:d])
        if tag == "equal":
            parts.append(abbreviated(max(old, new, key=len), number == 0, number == len(passages) - 1))
        else:
            parts.append(compared_passages(old, new, number == 0, number == len(passages) - 1))
    return format_html_join("", "{}", ((part,) for part in parts))


def compared_passages(before, after, first, last):
    old, new = WORD.findall(before), WORD.findall(after)
    if not old or not new or len(old) + len(new) > MOST_WORDS:
        return whole(before, after)
    matcher = compare(old, new)
    steps = matcher.get_opcodes()
    if matcher.ratio() < ALIKE or all(tag == "equal" for tag, *_places in steps):
        return whole(before, after)
    parts = []
    for number, (tag, a, b, c, d) in enumerate(steps):
        if tag == "equal":
            parts.append(abbreviated("".join(new[c:d]), first and number == 0, last and number == len(steps) - 1))
        else:
            parts.append(whole("".join(old[a:b]), "".join(new[c:d])))
    return format_html_join("", "{}", ((part,) for part in parts))


def compare(before, after):
    """Whatever spaces stand at the end of a line or word."""
    return difflib.SequenceMatcher(
        None, [part.rstrip(" \t\r\n") or part for part in before], [part.rstrip(" \t\r\n") or part for part in after],
        autojunk=False,
    )  # fmt: skip


def whole(before, after):
    """What went and what came, spaces at their ends outside the marks."""
    marks = []
    for tag, text in (("del", before), ("ins", after)):
        if text.strip():
            marks.append(marked(tag, text.strip()))
        elif text:
            marks.append(marked(tag, "¶" if "\n" in text else "␣"))
    end = re.search(r"\s*\Z", after or before)[0]
    return format_html("{}{}", format_html_join(" ", "{}", ((mark,) for mark in marks)), end)


def abbreviated(text, first, last):
    """A passage that stayed: its ends next to a change, if it is long."""
    words = WORD.findall(text)
    head, tail = 0 if first else CONTEXT, 0 if last else CONTEXT
    if len(words) <= head + tail + CONTEXT:
        return text
    return f"{''.join(words[:head]).rstrip()} … {''.join(words[-tail:]) if tail else ''}".lstrip()
