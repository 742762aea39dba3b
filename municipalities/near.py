"""„Ähnliche Kommunen zuerst“: a list in the order of how alike its municipalities are to a chosen one, and why."""

from copy import copy
from dataclasses import dataclass

import numpy as np
from django.utils.formats import number_format
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.facets import FacetedFilterSet
from portal.views import FilteredListView

from . import fit
from .models import Municipality

NEAR = "near"
LONGEST_KEY = 9
MOST_AT_ONCE = 10
LABEL = gettext_lazy("My municipality")


class Near:
    """The municipality in `near`, if there is one by this key or one that came after it; `unknown`: what it said."""

    def __init__(self, data):
        asked = data.get(NEAR, "")
        self.municipality = find(asked) if asked else None
        self.unknown = "" if self.municipality else asked[:40]
        self.key = self.municipality.key if self.municipality else ""
        self.query = f"?{NEAR}={self.key}" if self.key else ""  # what links to records carry along

    @property
    def in_district(self):
        """Whether some offices that a reader may have in mind are those of a district around it."""
        kinds = (Municipality.Kind.TOWN, Municipality.Kind.ASSOCIATION)
        return self.municipality is not None and self.municipality.kind in kinds


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
    """What a card says: the municipality that a record's likeness comes from, how alike it is, and why."""

    municipality: Municipality
    likeness: fit.Likeness

    @property
    def is_self(self):
        return fit.SELF in self.likeness.reasons

    @property
    def reasons(self):
        return self.likeness.words()


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
        return Alike(self.stock.municipalities[number], self.comparison.likeness(number))

    def of(self, pk):
        """Alike of the record with this primary key, or None if it comes from nowhere."""
        rank = self.ranks[self.index.place(pk)]
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
        """Primary keys in order; of records from one municipality the best match, or what the list has first anyway."""
        if self.sort != NEAR:
            return super().results
        scores = self.likenesses.without - self.likenesses.ranks
        if self.found:
            scores = scores * (1 << 16) + self.found.scores
        return self.index.ordered(self.index.find(self.chosen, self.hits), "", "de", scores)

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
        return page


@dataclass(frozen=True)
class Aspect:
    """One thing to compare two municipalities by, in words; `alike` is None where we don't know enough."""

    label: str
    there: str
    here: str
    alike: bool | None


def transfer(here, there):
    """What is alike and what differs between one's own municipality and another: [Aspect]."""
    points = fit.Comparison(here, fit.Facts.of([there])).points
    unknown = _("not recorded")

    def aspect(label, describe, *codes):
        words = [describe(each) for each in (there, here)]
        known = any(points[code][0] for code in codes) if all(words) else None
        return Aspect(label, words[0] or unknown, words[1] or unknown, known)

    return [
        aspect(_("Population"), population, fit.SIZE, fit.POPULATION, fit.COMPARABLE),
        aspect(_("State (state law)"), Municipality.get_state_display, fit.STATE),
        aspect(_("Kind"), Municipality.get_kind_display, fit.KIND),
        aspect(_("Inhabitants per km²"), per_km2, fit.DENSITY),
    ]


def population(municipality):
    if municipality.population is None:
        return ""
    people = number_format(municipality.population, use_l10n=True, force_grouping=True)
    return f"{people} ({municipality.size_label})" if municipality.size else people


def per_km2(municipality):
    density = fit.density(municipality)
    return "" if density is None else number_format(round(density), use_l10n=True, force_grouping=True)
