"""„Ähnliche Kommunen zuerst“: a list in the order of how alike its municipalities are to a chosen one, and why."""

from copy import copy
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

import numpy as np
from django.utils.formats import number_format
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from pyroaring import BitMap

from portal.current import current_index
from portal.facets import FacetedFilterSet
from portal.index import HIGHEST
from portal.views import FilteredListView

from . import fit
from .models import Municipality

NEAR = "near"
LONGEST_KEY = 9
MOST_AT_ONCE = 10
LABEL = gettext_lazy("My municipality")


class Near:
    """The municipality in `near`, if there is one by this key or one that came after it; `unknown`: what it said, by
    its name if the register knew it once.
    """

    def __init__(self, data):
        asked = data.get(NEAR, "")
        self.municipality = find(asked) if asked else None
        self.unknown = "" if self.municipality or not asked else name_of_ended(asked) or asked[:40]
        self.key = self.municipality.key if self.municipality else ""
        # What links carry along, alone or after other parameters.
        self.query = f"?{NEAR}={self.key}" if self.key else ""
        self.added = f"&{NEAR}={self.key}" if self.key else ""

    @property
    def in_district(self):
        """Whether some offices that a reader may have in mind are those of a district around it."""
        kinds = (Municipality.Kind.TOWN, Municipality.Kind.ASSOCIATION)
        return self.municipality is not None and self.municipality.kind in kinds

    @property
    def compared(self):
        return compared(self.municipality)

    def first(self, records, municipality):
        """Records in the order of likeness, each with `alike`, or as they are if none is chosen.

        `municipality`: of a record, the one it comes from.
        """
        if not self.municipality:
            return records
        records = list(records)
        places = [municipality(record) for record in records]
        comparison = fit.Comparison(self.municipality, fit.Facts.of(places))
        for number, record in enumerate(records):
            record.alike = Alike(self.municipality, places[number], comparison.likeness(number))
        return [records[number] for number in comparison.order]

    def groups(self, records):
        """Records in that order as [(heading, records)]."""
        return groups(records) if self.municipality else [("", records)]

    def first_of(self, filter_class, records, pk):
        """The same for records that may come from several municipalities. `pk`: of a record, the key in the index."""
        if not self.municipality:
            return records
        likenesses, records = Likenesses(current_index(filter_class), self.municipality), list(records)
        for record in records:
            record.alike = likenesses.of(pk(record))
        return sorted(records, key=lambda record: likenesses.rank(pk(record)))


def find(key):
    """The municipality of today; None where the key is unknown, or of one that has ended and led to no other."""
    if len(key) > LONGEST_KEY:
        return None
    record = Municipality.objects.filter(key=key).first()
    if record and record.is_ended:
        record = Municipality.objects.today(record)
    if record is None or record.is_ended:
        return None
    in_register = record.register_on is not None  # what a reader may see, without asking for examples
    return record if in_register or Municipality.objects.visible().filter(pk=record.pk).exists() else None


def name_of_ended(key):
    """What a municipality was called that stood in the register under this key."""
    known = Municipality.objects.filter(key=key[:LONGEST_KEY], register_on__isnull=False, valid_to__isnull=False)
    return "".join(str(each) for each in known if each.key == key)


class Stock:
    """The municipalities that the records of an index come from, as columns; by name, then key.

    Made once for an index. `places` and `numbers` stand side by side: this record, from that municipality.
    """

    def __init__(self, index):
        found = Municipality.objects.filter(key__in=list(index.origins)).order_by()
        self.municipalities = sorted(found, key=lambda each: (each.sort_name, each.key))
        self.facts = fit.Facts.of(self.municipalities)
        places = [index.origins[each.key].to_array() for each in self.municipalities]
        self.places = np.concatenate([np.zeros(0, np.uint32), *places])
        self.numbers = np.repeat(np.arange(len(places)), [len(some) for some in places])

    @classmethod
    def of(cls, index):
        if cls not in index.kept:
            index.kept[cls] = cls(index)
        return index.kept[cls]


@dataclass(frozen=True)
class Alike:
    """What a card says: the municipality that a record's likeness comes from, how alike it is to `here`, and why."""

    here: Municipality
    municipality: Municipality
    likeness: fit.Likeness

    @property
    def is_self(self):
        return fit.SELF in self.likeness.reasons

    @property
    def reasons(self):
        return self.likeness.words(self.here, self.municipality)

    @property
    def is_similar(self):
        return self.likeness.is_similar

    @property
    def away(self):
        """How far away it is, if that is a reason."""
        km = self.likeness.km
        if not self.likeness.is_near:
            return ""
        return _("%(km)d km away") % {"km": km} if km else _("less than 1 km away")


class Likenesses:
    """The records of an index compared with a municipality: each by the most alike one that it comes from."""

    def __init__(self, index, municipality):
        self.index, self.stock, self.municipality = index, Stock.of(index), municipality
        self.comparison = fit.Comparison(municipality, self.stock.facts)

    @cached_property
    def ranks(self):
        """By place: the rank of that municipality, 0 for the most alike; `without` if the record has none."""
        ranks = np.empty(len(self.comparison.order), np.int64)
        ranks[self.comparison.order] = np.arange(len(ranks))
        best = np.full(len(self.index.pks), self.without, np.int64)
        np.minimum.at(best, self.stock.places, ranks[self.stock.numbers])
        return best

    @property
    def without(self):
        return len(self.stock.municipalities)

    def alike(self, rank):
        number = self.comparison.order[rank]
        return Alike(self.municipality, self.stock.municipalities[number], self.comparison.likeness(number))

    def rank(self, pk):
        """Of the record with this primary key; that of those from nowhere if it is not in the index."""
        place = self.index.place(pk)
        return self.without if place is None else self.ranks[place]

    def of(self, pk):
        """Alike of the record with this primary key, or None if it comes from nowhere."""
        rank = self.rank(pk)
        return self.alike(rank) if rank < self.without else None

    def first(self, most):
        """The most alike municipalities, without the municipality itself."""
        found = (self.alike(rank) for rank in range(min(most + 1, self.without)))
        return [each for each in found if not each.is_self][:most]

    def of_its_class(self, found):
        """How many of the places found come from its size class; where it has none, as a district, from its kind."""
        same = self.comparison.points[fit.SIZE if self.municipality.size else fit.KIND] > 0
        places = np.unique(self.stock.places[same[self.stock.numbers]])
        return int(np.isin(places, found.to_array()).sum())


class SimilarFirst(FacetedFilterSet):
    """A filter class whose list can be in the order of likeness. Only a page hands it `near`: an export never does."""

    def __init__(self, data, near=None):
        self.offers_near, self.near = near is not None, near or Near({})
        super().__init__(data)

    @cached_property
    def likenesses(self):
        return Likenesses(self.index, self.near.municipality) if self.near.municipality else None

    def chosen_sort(self):
        return NEAR if self.near.municipality and not self.asked_sort else super().chosen_sort()

    @cached_property
    def results(self):
        """Primary keys in order; with a search first what fits it well. Of records from one municipality the best match
        comes first, or what the list has first anyway.
        """
        if self.sort != NEAR:
            return super().results
        scores = self.likenesses.without - self.likenesses.ranks
        if self.found:
            scores = scores * (HIGHEST + 1) + self.found.scores
            scores[self.fitting.to_array()] += (self.likenesses.without + 1) * (HIGHEST + 1)
        return self.index.ordered(self.index.find(self.chosen, self.hits), "", "de", scores)

    @cached_property
    def fitting(self):
        """Places of the results that fit the search well: those with all the words, if there are any, and at least half
        the score of the best.
        """
        complete = self.index.find(self.chosen, self.found.complete)
        among = complete or self.index.find(self.chosen, self.hits)
        places = np.asarray(among.to_array())
        # The upper half of the scores is for having all the words. They are rounded down.
        scores = self.found.scores[places].astype(float) - (HIGHEST / 2 if complete else 0)
        scores = np.maximum(scores, 0)  # a search of exclusions alone has no scores: all fit alike
        return BitMap(places[scores >= scores.max(initial=0) / 2 - 1])

    def fits(self, pk):
        """Whether a result fits the search well; without a search all do."""
        return not self.found or self.index.place(pk) in self.fitting

    @property
    def is_grouped(self):
        """Whether headings part what fits from what doesn't."""
        return self.sort == NEAR

    @property
    def of_its_class(self):
        """How many of the results come from municipalities of the chosen one's size."""
        return self.likenesses.of_its_class(self.index.find(self.chosen, self.hits))

    @property
    def sorts(self):
        first = [(NEAR, _("Similar municipalities first"), self.sort == NEAR)] if self.near.municipality else []
        return first + super().sorts

    @property
    def unknown(self):
        return ([(LABEL, self.near.unknown)] if self.near.unknown else []) + super().unknown

    def query(self, *, without=None, **changes):
        near = None if without == (NEAR, self.near.key) else self.near.key
        return super().query(without=without, **{NEAR: near, **changes})

    @property
    def query_without_near(self):
        return self.query(near=None)

    @cached_property
    def choices_made(self):
        chosen = self.near.municipality
        return ([(LABEL, str(chosen), (NEAR, self.near.key))] if chosen else []) + super().choices_made


class SimilarFirstListView(FilteredListView):
    def filter_set(self):
        return self.filter_class(self.request.GET, near=Near(self.request.GET))

    def page_size(self, filter_set):
        """Who has similar ones first needs the first ones; on a telephone, twenty cards with reasons are long."""
        return MOST_AT_ONCE if filter_set.sort == NEAR else super().page_size(filter_set)

    def page(self, filter_set):
        """Copies, since rows are kept for everybody: each with `alike`, if a municipality is chosen."""
        page = super().page(filter_set)
        if filter_set.near.municipality:
            page.object_list = [copy(record) for record in page.object_list]
            for record in page.object_list:
                record.alike = filter_set.likenesses.of(record.pk)
        page.groups = [("", page.object_list)]
        if filter_set.is_grouped:
            page.groups = groups(page.object_list, lambda record: filter_set.fits(record.pk))
        return page


def groups(records, fits=lambda _record: True):
    """[(heading, records)]: what stands above those that fit a search less or are hardly alike, once for all."""
    found = groupby(records, key=lambda record: (fits(record), closeness(record.alike)))
    return [(heading(*key), list(some)) for key, some in found]


SIMILAR, HARDLY, NOT_AT_ALL, NOTHING = range(4)


def closeness(alike):
    if alike is None:
        return NOTHING
    if alike.is_self or alike.is_similar:
        return SIMILAR
    return HARDLY if alike.likeness.score else NOT_AT_ALL


def heading(fits, close):
    parts = [
        "" if fits else _("fits your search less well"),
        {
            SIMILAR: "",
            HARDLY: _("hardly comparable with your municipality"),
            NOT_AT_ALL: _("nothing we compare matches your municipality"),
            NOTHING: _("no example yet that your municipality could be compared with"),
        }[close],
    ]
    return capfirst("; ".join(filter(None, parts)))


@dataclass(frozen=True)
class Aspect:
    """One thing to compare two municipalities by, in words; `alike` is None where we don't know enough. Without `here`
    it says something of both.
    """

    label: str
    there: str
    here: str = ""
    alike: bool | None = None


def transfer(here, there):
    """What is alike and what differs between one's own municipality and another, whatever may be a reason: [Aspect]."""
    comparison = fit.Comparison(here, fit.Facts.of([there]))
    unknown = _("not recorded")
    aspects = []
    for label, describe, *codes in ASPECTS:
        words = [describe(each) for each in (there, here)]
        known = any(comparison.points[code][0] for code in codes) if all(words) else None
        if any(words) if codes[0] in ALWAYS else all(words):
            aspects.append(Aspect(str(label), words[0] or unknown, words[1] or unknown, known))
    km = comparison.likeness(0).km
    return aspects if km is None or here == there else [*aspects, Aspect(str(DISTANCE), f"{km} km")]


def compared(municipality):
    """What likeness to a municipality is made of: the labels of what we know of it. The class is of its population."""
    known = [str(label) for label, describe, *codes in ASPECTS if describe(municipality) and fit.SIZE not in codes]
    known += [str(DISTANCE)] * (municipality.lat is not None)
    return known if get_language() == "de" else [within_sentence(label) for label in known]


def within_sentence(label):
    return label if label[:2].isupper() else label[:1].lower() + label[1:]


def population(municipality):
    return "" if municipality.population is None else grouped(municipality.population)


def kind(municipality):
    return capfirst(municipality.called)


def per_km2(municipality):
    density = fit.density(municipality)
    return "" if density is None else grouped(round(density))


def grouped(number):
    return number_format(number, use_l10n=True, force_grouping=True)


def district(municipality):
    """The one it is in, or is."""
    is_one = municipality.kind == Municipality.Kind.DISTRICT
    return municipality.display_name if is_one else municipality.within_district


def degree(municipality):
    code = municipality.degree_of_urbanisation
    return {1: _("densely populated"), 2: _("medium density"), 3: _("thinly populated")}.get(code, "")


def bbsr(municipality):
    return f"{municipality.bbsr_code} ({municipality.bbsr_year})" if municipality.bbsr_code else ""


# What two municipalities are compared by, and the codes of its points.
ASPECTS = [
    (gettext_lazy("Population"), population, fit.POPULATION, fit.COMPARABLE),
    (gettext_lazy("Size class"), attrgetter("size_label"), fit.SIZE),
    (gettext_lazy("State (state law)"), Municipality.get_state_display, fit.STATE),
    (gettext_lazy("Kind"), kind, fit.KIND),
    (gettext_lazy("Inhabitants per km²"), per_km2, fit.DENSITY),
    (gettext_lazy("District"), district, fit.DISTRICT),
    (gettext_lazy("Degree of urbanisation"), degree, fit.DEGREE),
    (gettext_lazy("Type of the BBSR"), bbsr, fit.BBSR),
]
DISTANCE = gettext_lazy("Distance")
ALWAYS = (fit.POPULATION, fit.STATE, fit.KIND, fit.DENSITY)  # also where one of the two is not known
