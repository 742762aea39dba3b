"""Municipalities that a search of the content names, though no record does: a reader may look for their own."""

from dataclasses import dataclass

from municipalities.choosing import meant
from municipalities.models import Municipality
from portal import search

MOST_OFFERED = 3


@dataclass(frozen=True)
class Named:
    """`near_url`: the list with similar municipalities first, without the words that name this one."""

    municipality: Municipality
    near_url: str


def named(filter_set, list_url=""):
    """[Named] by the whole search if it finds nothing, or else by those of its words that nothing matches.

    `list_url`: of the list to go to, where the page is none.
    """
    if filter_set.found is None:
        return []
    missing = filter_set.found.missing
    typed = ([filter_set.q] if not filter_set.hits else []) + [" ".join(missing), *missing]  # „Bad Saulgau“ is one
    for name in dict.fromkeys(typed):
        if name in filter_set.q and (called := so_called(name)):
            rest = " ".join(filter_set.q.replace(name, " ", 1).split())
            return [
                Named(one, list_url + filter_set.query(without=("q", filter_set.q), q=rest, sort=None, near=one.key))
                for one in called
            ]
    return []


def so_called(name):
    """The first municipalities whose name begins with these very words: „Halle“ is Halle (Saale), no Hallerndorf."""
    words = search.words(name)
    if not words or search.STOP_WORDS.issuperset(words):
        return []
    found = meant(name, MOST_OFFERED).municipalities
    return [each for each in found if search.words(each.name)[: len(words)] == words]
