"""What may be meant while a reader is still typing: words of the content, and records by the words of their titles."""

import re
import unicodedata

from django.utils.translation import get_language
from pyroaring import BitMap

from . import search
from .current import current_index

SHORTEST = 2  # letters that a suggestion needs
LAST_WORD = re.compile(r"[^\W_]+\Z")
MOST_COMPARED = 30
# No word by itself, but what a hyphen leaves of „Wohnungs-“ or „Integrations-“.
LINKED = re.compile(r"(?:ung|heit|keit|schaft|tion|tat)s\Z")


def begun(typed):
    """(what stands before the word being typed, that word folded); no word after a space."""
    typed = unicodedata.normalize("NFC", typed)
    found = LAST_WORD.search(typed)
    word = search.fold(found[0]) if found else ""
    return (typed[: found.start()], word) if found and len(word) >= SHORTEST else (typed, "")


def completions(index, word, *, small=False):
    """Words of the page's language that begin so, those of titles first, then the most frequent.

    `small`: also „oder“, „an“ and the like: they narrow what stands before them, as in „Frankfurt (Oder)“.
    """
    lang, titles = get_language(), index.words[index.heaviest]
    found = index.vocabulary.beginning_with(word) if word else ()
    found = [each for each in found if (small or each not in search.STOP_WORDS) and not index.is_foreign(each, lang)]
    return sorted(found, key=lambda each: each not in titles)


def terms(filter_class, typed, most):
    """[(what was typed with its last word completed, how many records it finds)]; one inflection of a word."""
    index, (before, word) = current_index(filter_class), begun(typed)
    found, seen = [], set()
    for candidate in completions(index, word)[:MOST_COMPARED]:
        stem = search.stemmed((candidate,))
        if stem in seen or any(map(str.isdigit, candidate)) or len(found) == most:
            continue
        seen.add(stem)
        spelling = index.spellings.get(candidate, candidate)
        text = before + (spelling[:-1] if LINKED.search(candidate) and get_language() == "de" else spelling)
        if count := len(index.search(text).complete):
            found.append((text, count))
    return found


def records(filter_class, typed, most, order=""):
    """Visible records with the words in their titles, those first whose title begins with what was typed.

    `order`: by which they are taken if there are many; the very word comes before longer ones.
    """
    index, (before, word) = current_index(filter_class), begun(typed)
    titles = index.words[index.heaviest]
    telling = [other for other in search.words(before) if other not in search.STOP_WORDS]
    places = index.ids & union(titles, completions(index, word, small=bool(telling)))
    for other in telling if places else ():
        places &= union(titles, index.vocabulary.answers(other))
    if not places:
        return []
    exact, order = places & union(titles, [word]), order or next(iter(filter_class.orders))
    pks = [pk for some in (exact, places - exact) for pk in index.ordered(some, order, "de")[:MOST_COMPARED].tolist()]
    found = filter_class._meta.model.objects.visible().in_bulk(pks)
    beginning = search.fold(typed).lstrip()
    shown = [found[pk] for pk in pks if pk in found]
    return sorted(shown, key=lambda record: not search.fold(name(record)).startswith(beginning))[:most]


def union(titles, words):
    return BitMap.union(BitMap(), *(titles[word] for word in words if word in titles))


def name(record):
    """What a record is called, knowing its language if it has one."""
    return getattr(record, "title", None) or str(record)
