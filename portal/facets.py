"""Facets on django-filter: every public parameter is declared in a filter class, hence a whitelist.

A facet sets a filter: OR inside a facet, AND between facets. Counts are given the other facets.
"""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

import django_filters
from django import forms
from django.utils.functional import cached_property
from django.utils.translation import get_language, gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from . import search
from .current import current_index
from .entries import kind_of
from .index import flat
from .search import STOP_WORDS

LONGEST_SEARCH = 200
BEST = "best"  # of `sort`, with a search: what is the first order unless something else is asked for
MOST_ALTERNATIVES = 3


def in_words(label, *values):
    """A facet and what was chosen of it. Some facets are called by a question."""
    return f"{label}{'' if str(label).endswith('?') else ':'} {', '.join(map(str, values))}"


@dataclass(frozen=True)
class Option:
    value: str
    label: str
    count: int
    chosen: bool


@dataclass(frozen=True)
class Chip:
    """One choice of the reader's, and the list without it."""

    facet_label: str
    label: str
    url: str
    count: int | None = None


@dataclass(frozen=True)
class Order:
    """A sort order by a column (`{lang}` stands for the active language), with the order of the model as tie-break."""

    label: str
    column: str
    descending: bool = False


class FacetField(forms.MultipleChoiceField):
    """Keeps the known values and remembers the unknown ones, so that one stale bookmark doesn't undo a filter."""

    former: dict[str, str] = {}  # a record's former short name: the present one

    def clean(self, value):
        # An empty value is what a form sends for "any": no choice, and nothing to report.
        present = {item: self.former.get(item, item) for item in self.to_python(value) if item}
        self.unknown = [item for item in present if not self.valid_value(present[item])]
        return super().clean(list(dict.fromkeys(present[item] for item in present if item not in self.unknown)))


class Facet(django_filters.MultipleChoiceFilter):
    """A filter by the values of one column.

    `choices` are fixed, or a function of {code: the records that carry it}. `expand` turns a column's value into the
    codes it stands for. A `single` facet is a choice of one value. A `quiet` one is shown only when it is chosen.
    `table`: whose short names its values are, if they are any's. `weight` of its labels in a search; 0: not searched.
    """

    field_class = FacetField

    def __init__(
        self, *args, choices, expand: Callable | None = None, single=False, quiet=False, table="", weight=0,
        help_text="", **kwargs,
    ):  # fmt: skip
        self.choices, self.expand, self.single, self.quiet = choices, expand, single, quiet
        self.table, self.weight, self.help_text = table, weight, help_text
        super().__init__(*args, choices=(), **kwargs)

    def labelled(self, carried):
        """Its values with their labels in the active language, given {code: the records that carry it}."""
        return list(self.choices(carried) if callable(self.choices) else self.choices)

    def codes(self, value):
        if value is None or value == "":
            return ()
        if self.expand:
            return self.expand(value)
        return value if isinstance(value, list) else (value,)


class SearchField(forms.CharField):
    def clean(self, value):
        self.unknown = [value] if len(value or "") > LONGEST_SEARCH else []
        return super().clean((value or "")[:LONGEST_SEARCH])


class Search(django_filters.CharFilter):
    field_class = SearchField


class SortField(forms.ChoiceField):
    def clean(self, value):
        self.unknown = [value] if value and not self.valid_value(value) else []
        return value if value and not self.unknown else ""


class Sort(django_filters.Filter):
    field_class = SortField


class BoundFacet:
    """A facet of one request, as a template needs it."""

    def __init__(self, filter_set, name):
        self.filter, self.name = filter_set, name
        self.facet, self.field = filter_set.filters[name], filter_set.form.fields[name]
        self.label, self.help, self.single = self.facet.label, self.facet.help_text, self.facet.single
        self.chosen, self.unknown = filter_set.chosen[name], self.field.unknown
        self.open = bool(self.chosen or self.unknown)

    @cached_property
    def groups(self):
        """[(group label or "", options)]; values that nothing carries are left out unless chosen."""
        counts = self.filter.index.counts(self.name, self.filter.chosen, self.filter.hits)
        groups = []
        for value, label in self.field.choices:
            entries = label if isinstance(label, list | tuple) else [(value, label)]
            options = [Option(code, text, counts.get(code, 0), code in self.chosen) for code, text in entries]
            options = [option for option in options if option.count or option.chosen]
            if options and isinstance(label, list | tuple):
                groups.append((value, options))
            elif options:
                if not groups or groups[-1][0]:
                    groups.append(("", []))
                groups[-1][1].extend(options)
        return groups

    @property
    def options(self):
        return [option for _label, options in self.groups for option in options]

    def label_of(self, code):
        return next((label for value, label in flat(self.field.choices) if value == code), code)


class FacetedFilterSet(django_filters.FilterSet):
    """The parameters of a list: its facets, `q` and `sort`. The subclass names the texts to search and the orders.

    `texts`: {column: weight}, searched for `q`; `identifiers`: columns of one word that no other record has.
    `orders`: {value of `sort`: Order}, the first one is the default.
    `related`: {table: path from the model to its records} whose changes change the rows too; "": all of them.
    """

    q = Search(label=pgettext_lazy("chip", "Search"))
    sort = Sort(label=_("Sort by"))

    texts: dict[str, int] = {}
    identifiers: tuple[str, ...] = ()
    orders: dict[str, Order] = {}
    related: dict[str, str] = {}

    def __init__(self, data):
        super().__init__(data, self.rows())
        self.index = current_index(type(self))
        self.form.fields["sort"].choices = [*((value, order.label) for value, order in self.orders.items()), (BEST, "")]
        for name in self.facets_by_name():
            self.form.fields[name].choices = self.index.choices(name)
            self.form.fields[name].former = self.index.former.get(self.filters[name].table, {})
        self.form.is_valid()
        self.q = self.form.cleaned_data.get("q", "")
        self.asked_sort = self.form.cleaned_data.get("sort", "")
        self.sort = self.chosen_sort()

    def chosen_sort(self):
        """What was asked for; with a search the best match first (empty); else the default."""
        asked = "" if self.asked_sort == BEST else self.asked_sort
        return asked or ("" if self.q else next(iter(self.orders)))

    @classmethod
    def origins(cls, rows):
        """[(primary key, key of what the record comes from)] of these rows, for lists that are ordered by that."""
        return ()

    @classmethod
    def rows(cls):
        """The rows the index is built from, with the annotations that facets and orders read."""
        return cls._meta.model.objects.visible()

    @classmethod
    def facets_by_name(cls):
        return {name: facet for name, facet in cls.base_filters.items() if isinstance(facet, Facet)}

    @cached_property
    def chosen(self):
        return {name: self.form.cleaned_data.get(name, []) for name in self.facets_by_name()}

    @classmethod
    def touched(cls, changed):
        """Primary keys of the rows that depend on changed records ({table: ids}); None: too many to tell."""
        pks = set(changed.get(kind_of(cls._meta.model).table, ()))
        for table, path in cls.related.items():
            if ids := changed.get(table):
                if not path:
                    return None
                pks |= set(cls._meta.model.objects.filter(**{f"{path}__in": ids}).values_list("pk", flat=True))
        return pks

    @classmethod
    def beside(cls):
        """The tables whose labels and synonyms the index reads beside its rows."""
        return {"synonyms", *(facet.table for facet in cls.facets_by_name().values() if facet.table)}

    @cached_property
    def found(self):
        """What `q` finds, or None without a search."""
        return self.index.search(self.q) if self.q else None

    @property
    def hits(self):
        return self.found.hits if self.found else None

    # What the search did, for a page that says so.

    @cached_property
    def found_words(self):
        """The folded words to mark in what was found."""
        words = self.found.words if self.found else set()
        return frozenset(words - STOP_WORDS or words)

    @property
    def corrections(self):
        """[(word as typed, what was looked for instead)]. Nothing is found by what was typed: that needs no link."""
        corrected = self.found.corrected if self.found else {}
        return [(typed, instead) for typed, instead in corrected.items() if typed not in self.found.missing]

    @property
    def missing(self):
        """The words that nothing matches, to be put in quotation marks."""
        return gettext("”, “").join(self.found.missing) if self.found else ""

    @property
    def ignored(self):
        """The words that were too many, to be put in quotation marks."""
        return gettext("”, “").join(self.found.ignored) if self.found else ""

    @cached_property
    def complete_count(self):
        """How many of the results match every word."""
        return len(self.index.find(self.chosen, self.found.complete)) if self.found else 0

    @property
    def is_partial(self):
        return self.found is not None and self.complete_count < len(self.results)

    @cached_property
    def alternatives(self):
        """For an empty list: searches with another word in place of an unknown one that bring results."""
        found = []
        lang = get_language() or "de"
        for typed in self.found.missing[:MOST_ALTERNATIVES] if self.found else ():
            near = self.index.vocabulary.near("".join(search.words(typed)))
            for word in (word for word in near if not self.index.is_foreign(word, lang)):
                if len(found) == MOST_ALTERNATIVES:
                    return found
                q = self.q.replace(typed, self.index.spellings.get(word, word), 1)
                if count := len(self.index.find(self.chosen, self.index.search(q).hits)):
                    found.append(Chip(self.filters["q"].label, q, self.query(without=("q", self.q), q=q), count))
        return found

    @cached_property
    def results(self):
        """Primary keys of all results in order; a part of them is an array."""
        found = self.index.find(self.chosen, self.hits)
        return self.index.ordered(found, self.sort, get_language() or "de", self.found and self.found.scores)

    @cached_property
    def ids(self):
        """Primary keys of all results in order, as a list."""
        return self.results[:].tolist()

    @property
    def sorts(self):
        best = [(BEST, _("Best match"), self.sort == "")] if self.q else []
        return best + [(value, order.label, value == self.sort) for value, order in self.orders.items()]

    @cached_property
    def facets(self):
        bound = [BoundFacet(self, name) for name in self.facets_by_name()]
        return [facet for facet in bound if facet.open or (not facet.facet.quiet and facet.groups)]

    @property
    def unknown(self):
        """Values that no facet has, as (facet label, value): a stale bookmark must not pass for a full list."""
        return [(facet.label, value) for facet in self.facets for value in facet.unknown]

    @property
    def not_understood(self):
        """[(parameter, value, possible values)] of what is ignored here, for whom no page tells so."""
        return [
            (name, value, [code for code, _label in flat(getattr(field, "choices", ()))])
            for name, field in self.form.fields.items()
            for value in field.unknown
        ]

    def query(self, *, without=None, **changes):
        """The query string of this list, `without` one (facet, value); nothing unknown survives.

        `changes` replace what is chosen.
        """
        pairs = [("q", self.q)] if self.q and without != ("q", self.q) else []
        kept = {name: values for name, values in self.chosen.items() if name not in changes}
        pairs += [(name, value) for name, values in kept.items() for value in values if (name, value) != without]
        if self.asked_sort and "sort" not in changes:
            pairs.append(("sort", self.asked_sort))
        pairs += [(name, value) for name, value in changes.items() if value]
        return "?" + urlencode(pairs) if pairs else "?"

    @property
    def reset_url(self):
        return "?"

    @cached_property
    def choices_made(self):
        """Every single choice of the reader's as (facet label, label, (parameter, value))."""
        made = [(self.filters["q"].label, self.q, ("q", self.q))] if self.q else []
        for facet in self.facets:
            made += [(facet.label, facet.label_of(value), (facet.name, value)) for value in facet.chosen]
        return made

    @property
    def chips(self):
        return [Chip(facet, label, self.query(without=pair)) for facet, label, pair in self.choices_made]

    @property
    def dropped(self):
        """For an empty list: each choice whose removal brings results, the most helpful first."""
        chips = [
            Chip(facet, label, self.query(without=pair), self.count_without(*pair))
            for facet, label, pair in self.choices_made
        ]
        return sorted((chip for chip in chips if chip.count), key=lambda chip: -chip.count)

    def count_without(self, name, value):
        chosen = {facet: [v for v in values if (facet, v) != (name, value)] for facet, values in self.chosen.items()}
        return len(self.index.find(chosen, None if name == "q" else self.hits))
