"""Words: how a text is folded, split and stemmed, the same for content and for what a reader types."""

import re
import threading
import unicodedata
from functools import lru_cache

import snowballstemmer

WORD = re.compile(r"\w+")
# ae, oe, ue as spellings of ä, ö, ü – but not in "neue", "Bauer" or "Quelle", where the e stands for itself.
SPELT_OUT = re.compile(r"(?<![aeiouq])([aou])e")
SHORTEST_PART = 4


class Stemmers(threading.local):
    """One pair per thread: a stemmer keeps the word it is working on."""

    def __init__(self):
        self.both = [snowballstemmer.stemmer("german"), snowballstemmer.stemmer("english")]


_stemmers = Stemmers()


def sort_key(text: str) -> str:
    """Lower case, ß as ss, no accents: sorts ä beside a (DIN 5007-1), alike on every database."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def fold(text: str) -> str:
    """The sort key with ae as a: „Unterkünfte“ and "Unterkuenfte" become the same."""
    return SPELT_OUT.sub(r"\1", sort_key(text))


def alphabetical(records, name):
    """Records sorted by a text in the active language."""
    return sorted(records, key=lambda record: sort_key(getattr(record, name)))


def words(text: str) -> list[str]:
    """The folded words of a text. Gender marks inside a word don't split it: „Bürger:innen“ is one word."""
    return WORD.findall(re.sub(r"(?<=\w)[:*·_](?=in)", "", fold(text)))


@lru_cache(maxsize=50_000)
def stems(word: str) -> frozenset[str]:
    """The stems of a folded word, German and English: texts of both languages stand side by side."""
    return frozenset(stemmer.stemWord(word) for stemmer in _stemmers.both)


def matches(term: str, vocabulary) -> set[str]:
    """Words of the vocabulary that a typed word finds: the same stem, or the typed word as part of a longer one."""
    wanted = stems(term)
    found = {word for word in vocabulary if wanted & stems(word)}
    if len(term) >= SHORTEST_PART:
        parts = {stem for stem in wanted if len(stem) >= SHORTEST_PART}
        found |= {word for word in vocabulary if any(part in word for part in parts)}
    return found


def synonyms(groups) -> dict[str, list[tuple[str, ...]]]:
    """What else a typed word finds: {stem: [words that must all be found, …]}, so that every inflection finds it.

    `groups`: (terms, one a line; "equivalent" or "oneway") – oneway: only the first term finds the others.
    """
    found: dict[str, list[tuple[str, ...]]] = {}
    for text, kind in groups:
        terms = [tuple(words(line)) for line in text.splitlines()]
        for term in terms if kind == "equivalent" else terms[:1]:
            if len(term) == 1:
                for stem in stems(term[0]):
                    found.setdefault(stem, []).extend(other for other in terms if other and other != term)
    return found
