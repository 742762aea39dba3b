"""Where in its longer texts a record was found: one sentence for its card."""

import re
from copy import copy

from django.utils.translation import get_language

from . import search
from .localized import text_in

SHOWN = ("title", "summary")  # what every card shows anyway
LONGEST, BEFORE = 160, 60  # characters of a snippet, and before the found word
BULLET = re.compile(r"^\s*[-*•]\s+")
# The end of a sentence; an abbreviation such as „z. B.“ has fewer than three letters before its point.
SENTENCE_END = re.compile(r"(?<=\w{3}[.!?])\s")


def with_snippets(records, filter_class, words):
    """The records, each with a `snippet` of its other texts if title and summary hold none of the words, but these do.

    Copies, since every search has its own. Texts of a related table, such as steps, take one query for all records.
    """
    names = [column.removesuffix("_de") for column in filter_class.texts if column.endswith("_de")]
    if not set(SHOWN) <= set(names):
        return records
    own = [name for name in names if name not in SHOWN and "__" not in name]
    records, silent = [copy(record) for record in records], {}
    for record in records:
        record.snippet = None
        if not any(holds(getattr(record, name), words) for name in SHOWN):
            record.snippet = first(excerpt(getattr(record, name), words) for name in own)
            if record.snippet is None:
                silent[record.pk] = record
    for name in names if silent else ():
        if "__" in name:
            rows = filter_class._meta.model.objects.filter(pk__in=silent).order_by(name.rpartition("__")[0])
            for pk, german, english in rows.values_list("pk", f"{name}_de", f"{name}_en"):
                text = text_in("en", english) if get_language() == "en" and english else text_in("de", german or "")
                silent[pk].snippet = silent[pk].snippet or excerpt(text, words)
    return records


def first(candidates):
    return next((each for each in candidates if each), None)


def holds(text, words):
    return any(search.occurrences(text, words))


def excerpt(text, words):
    """The sentence with the first of the words, no longer than LONGEST; None if there is none."""
    for line in text.splitlines():
        for sentence in SENTENCE_END.split(BULLET.sub("", line)):
            if found := next(search.occurrences(sentence, words), None):
                return text_in(text.lang, cut(sentence, found.start(), found.end()))
    return None


def cut(sentence, start, end):
    """The part of a sentence around a place in it; dots stand for what is left out."""
    if len(sentence) <= LONGEST:
        return sentence.strip()
    begin = sentence.rfind(" ", 0, max(start - BEFORE, 0)) + 1 if start > BEFORE else 0
    stop = len(sentence)
    if stop - begin > LONGEST:
        stop = max(sentence.rfind(" ", 0, begin + LONGEST), end)
    return ("… " if begin else "") + sentence[begin:stop].strip() + (" …" if stop < len(sentence) else "")
