"""The content index: which visible records carry which facet value and which words. Sets of ids, no rows, no templates.

Every process keeps its own and builds it anew when content has changed or a scheduled date is reached. The rows of a
page are always fetched through `visible()`, so an index that is a moment old can't leak.
"""

import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field

from django.conf import settings
from django.db.models import Count, Max
from django.utils import timezone
from django.utils.translation import get_language

from . import search
from .entries import TYPES
from .models import ContentChange, FormerSlug, SearchSynonym
from .publishing import Publishable


class Index:
    def __init__(self, filter_class):
        # Ties are broken by the model's own order (its numbers), which is the same wherever the content is loaded.
        self.place = {pk: place for place, pk in enumerate(filter_class.rows().values_list("pk", flat=True))}
        self.ids = set(self.place)
        rows = filter_class.rows().order_by()
        self.having = {name: defaultdict(set) for name in filter_class.facets_by_name()}
        for name, facet in filter_class.facets_by_name().items():
            for pk, value in rows.values_list("pk", facet.field_name):
                for code in facet.codes(value):
                    self.having[name][code].add(pk)
        self.words = defaultdict(dict)
        for column, weight in filter_class.texts.items():
            for pk, text in rows.values_list("pk", column):
                for word in search.words(text or ""):
                    self.words[word][pk] = max(weight, self.words[word].get(pk, 0))
        self.labelled = {}
        self.former = former_slugs()
        self.synonyms = search.synonyms(SearchSynonym.objects.values_list("terms", "kind"))
        self.ranks = {}
        for name, order in filter_class.orders.items():
            for lang in ("de", "en"):
                self.ranks[name, lang] = self.ranked(rows, order, lang)

    def ranked(self, rows, order, lang):
        """{id: rank}. Texts sort alike on every database; empty values come last."""
        column = order.column.format(lang=lang)
        fallback = order.column.format(lang="de")
        found = {pk: value or other for pk, value, other in rows.values_list("pk", column, fallback)}
        # In the model's order, for ties; a record may have come or gone since `place` was read.
        values = {pk: found.get(pk) for pk in self.place}
        known = {
            pk: search.sort_key(value) if isinstance(value, str) else value for pk, value in values.items() if value
        }
        ids = sorted(known, key=known.get, reverse=order.descending)
        return {pk: rank for rank, pk in enumerate(ids + [pk for pk in self.place if pk not in known])}

    def choices(self, facet, choices):
        """The facet's values with their labels in the active language; they too change only with the content."""
        key = facet, get_language()
        if key not in self.labelled:
            self.labelled[key] = list(choices() if callable(choices) else choices)
        return self.labelled[key]

    def find(self, chosen, scores=None, *, skip=None):
        """Ids that carry, in every facet but `skip`, one of its chosen values: OR inside a facet, AND between."""
        found = self.ids if scores is None else self.ids & scores.keys()
        for facet, values in chosen.items():
            if values and facet != skip:
                found = found & set().union(*(self.having[facet].get(value, ()) for value in values))
        return found

    def counts(self, facet, chosen, scores=None):
        """Records per value of a facet, given what is chosen in the other facets."""
        found = self.find(chosen, scores, skip=facet)
        return {value: len(ids & found) for value, ids in self.having[facet].items()}

    def search(self, text):
        """{id: weight} of the records in which every word of `text` is found, or a synonym of it."""
        total = None
        for term in search.words(text):
            weights = defaultdict(int)
            synonyms = [other for stem in search.stems(term) for other in self.synonyms.get(stem, ())]
            for alternative in dict.fromkeys([(term,), *synonyms]):
                for pk, weight in self.all_of(alternative).items():
                    weights[pk] = max(weights[pk], weight)
            total = weights if total is None else {pk: total[pk] + weights[pk] for pk in total.keys() & weights.keys()}
        return total or {}

    def all_of(self, terms):
        total = None
        for term in terms:
            weights = defaultdict(int)
            for word in search.matches(term, self.words):
                for pk, weight in self.words[word].items():
                    weights[pk] = max(weights[pk], 2 * weight if word == term else weight)
            total = weights if total is None else {pk: total[pk] + weights[pk] for pk in total.keys() & weights.keys()}
        return total

    def ordered(self, ids, sort, lang, scores=None):
        """`ids` as a list: by `sort`, or with `sort` empty the best match first."""
        if not sort:
            return sorted(ids, key=lambda pk: (-scores[pk], self.place[pk]))
        return sorted(ids, key=self.ranks[sort, lang].__getitem__)


NEVER = float("-inf")  # on the monotonic clock, whose zero may be close when a machine has just started


@dataclass
class State:
    token: tuple | None = None
    checked: float = NEVER
    next_appearance: object = None
    indexes: dict = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)


_state = State()


def content_token():
    """Moves on with every content change. Ids may commit out of order, hence the count beside the largest."""
    return tuple(ContentChange.objects.aggregate(last=Max("pk"), count=Count("pk")).values())


def former_slugs():
    """{table: {a record's former short name: its present one}}."""
    found = defaultdict(dict)
    former = list(FormerSlug.objects.all())
    for table in {each.table for each in former}:
        here = [each for each in former if each.table == table]
        ids = [each.record_id for each in here]
        present = dict(TYPES[table].model._default_manager.filter(pk__in=ids).values_list("pk", "slug"))
        found[table] = {each.slug: present[each.record_id] for each in here if each.record_id in present}
    return found


def next_appearance():
    moments = [model._default_manager.next_appearance() for model in Publishable.__subclasses__()]
    return min((moment for moment in moments if moment), default=None)


def current_index(filter_class):
    """The index behind a filter class, at most INDEX_CHECK_SECONDS older than the database."""
    with _state.lock:
        reached = _state.next_appearance is not None and timezone.now() >= _state.next_appearance
        if reached or time.monotonic() - _state.checked >= settings.INDEX_CHECK_SECONDS:
            token, _state.checked = content_token(), time.monotonic()
            if reached or token != _state.token:
                _state.token, _state.indexes, _state.next_appearance = token, {}, next_appearance()
        if filter_class not in _state.indexes:
            _state.indexes[filter_class] = Index(filter_class)
        return _state.indexes[filter_class]


def forget():
    """Drop what this process knows; the next request builds anew."""
    _state.token, _state.checked, _state.next_appearance, _state.indexes = None, NEVER, None, {}
