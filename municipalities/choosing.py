"""Which municipality somebody means who types its name, or a part of it.

Whatever is printed of a municipality may be typed, whole or begun: name, district, state („Luckau D“, „Neustadt Sach“),
also its key and the postcode of its seat. Words that only say of what kind it is („LK“, „Stadt“) exclude nothing.
"""

import re
from dataclasses import dataclass

import numpy as np
from pyroaring import BitMap

from portal import search
from portal.current import current_index

from .filters import EveryMunicipality
from .models import Municipality
from .near import find

SHORTEST = 2  # characters
POSTCODE = re.compile("[0-9]{5}")
SAINT = ("st", "sankt")  # one word in two spellings
MOST_WORDS = 8
MOST_COMPARED = 60  # municipalities whose names are looked at
Kind = Municipality.Kind
# As people write them, folded: {word: kinds that are meant}.
KINDS = {
    word: kinds
    for words, kinds in (
        ("kr kreis landkreis lk lkr landratsamt kreisverwaltung", [Kind.DISTRICT]),
        ("amt gvv samtgemeinde sg verbandsgemeinde verwaltungsgemeinschaft verwaltungsverband vg vgem vwg",
         [Kind.ASSOCIATION]),
        ("flecken gde gem gemeinde markt mkt", [Kind.TOWN]),
        ("hansestadt kreisstadt landeshauptstadt st stadt stadtverwaltung", [Kind.TOWN, Kind.CITY]),
        ("kreisfrei kreisfreie stadtkreis", [Kind.CITY]),
    )
    for word in words.split()
}  # fmt: skip
BETWEEN = """
    a am an auf b bei d das dem den der des die district i im in municipality of ob sankt the town v vom von
"""
FILLERS = frozenset(BETWEEN.split())


@dataclass(frozen=True)
class Meant:
    """`municipalities`: the first of the `count` that are meant. `is_partial`: only some of the words fit them.
    `is_corrected`: they are spelt in another way. `is_postcode`: what was typed is none of those we know.
    """

    municipalities: list[Municipality]
    count: int
    is_partial: bool = False
    is_corrected: bool = False
    is_postcode: bool = False


def meant(typed, most):
    """The municipalities that may be meant, the likeliest first: of a kind that was named, so called, then large."""
    words = search.words(typed)[:MOST_WORDS]
    if len(typed.strip()) < SHORTEST or not words:
        return Meant([], 0)
    index = current_index(EveryMunicipality)
    telling = [word for word in words if word not in KINDS and word not in FILLERS]
    for some in (words, telling):
        if pks := named(index, some, kinds={kind for word in words for kind in KINDS.get(word, ())}):
            return Meant(beginning_first(shown(pks[:MOST_COMPARED]), some)[:most], len(pks))
    if one := find(typed.strip()):  # a key of the past
        return Meant([one], 1)
    found = searched(index, typed, most)
    return found if found.count or not POSTCODE.fullmatch(typed.strip()) else Meant([], 0, is_postcode=True)


def named(index, words, kinds):
    """Primary keys of those that all the words fit, at least one of them the name."""
    titles = index.words[index.heaviest]
    told = [word for word in words if word not in KINDS] or words
    begun = {word: index.vocabulary.beginning_with(word) if word.isalpha() else [word] for word in words}
    begun |= {word: {*begun[word], *SAINT} for word in words if word in SAINT}
    places = in_force(index)
    for word in words:
        places = places & union([index.words[weight] for weight in index.words], begun[word]) | places & states(
            index, word
        )
    in_title = {word: places & union([titles], begun[word]) for word in told}
    places = places & BitMap.union(BitMap(), *in_title.values())
    of_kind = BitMap.union(BitMap(), *(index.having["kind"].get(kind, BitMap()) for kind in kinds)) & places
    exact = BitMap.intersection(places, *(union([titles], [word]) for word in told))
    whole = BitMap.intersection(places, *in_title.values())
    order = index.ordered(places, "population", "de")[:]
    later = [~np.isin(order, index.pks[some.to_array()]) for some in (whole, exact, of_kind)]
    return order[np.lexsort(later)].tolist()


def union(columns, words):
    return BitMap.union(BitMap(), *(column[word] for word in words for column in columns if word in column))


def states(index, begun):
    """Where the state is called so."""
    labels = [(code, search.words(str(label))) for code, label in index.choices("state")]
    found = (code for code, words in labels if any(word.startswith(begun) for word in words))
    return BitMap.union(BitMap(), *(index.having["state"].get(code, BitMap()) for code in found))


def in_force(index):
    """All but those that have ended; made once for an index."""
    if in_force not in index.kept:
        ended = Municipality.objects.filter(valid_to__isnull=False).values_list("pk", flat=True)
        index.kept[in_force] = index.ids - BitMap([at for at in map(index.place, ended) if at is not None])
    return index.kept[in_force]


def shown(pks):
    rows = Municipality.objects.visible().filter(valid_to=None).in_bulk(pks)
    return [rows[pk] for pk in pks if pk in rows]


def beginning_first(municipalities, words):
    """Those first whose name begins with what was typed."""

    def written(words):
        return " ".join(SAINT[0] if word in SAINT else word for word in words)

    typed = written(words)
    return sorted(municipalities, key=lambda each: not written(search.words(each.name)).startswith(typed))


def searched(index, typed, most):
    """What the search makes of it: a mistyped word is mended, and some of the words may do. A hyphen may stand between
    a place and its part („Hamburg-Altona“).
    """
    words = [word for word in search.words(typed) if word not in KINDS and word not in FILLERS]
    found = EveryMunicipality({"q": " ".join(words), "all": "1"})
    if not found.q:
        return Meant([], 0)
    hits = found.found.complete & in_force(index)
    places = hits or found.hits & in_force(index)
    pks = index.ordered(places, "", "de", found.found.scores)[:].tolist()
    corrected = bool(hits and found.found.corrected)
    return Meant(shown(pks[:most]), len(pks), is_partial=bool(pks) and not hits, is_corrected=corrected)
