"""The content index: which visible records carry which facet value and which words. Sets of places, no rows.

Every record has a place, a small number; sets of records are bitmaps of places and a sort order is an array of them.
An index never changes: a newer one takes its place. The rows of a page are always fetched through `visible()`, so an
index that is a moment old can't leak.
"""

import re
from array import array
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from functools import partial, reduce
from itertools import batched, chain, count, islice
from math import log

import numpy as np
from django.utils import translation
from django.utils.translation import get_language
from pyroaring import BitMap

from . import search
from .entries import TYPES
from .models import FormerSlug, SearchSynonym
from .vocabulary import ALIKE, EXACT, SAME_STEM, Vocabulary, tells_little

READ_AT_ONCE = 10_000
LONGEST_SORT_KEY = 40  # bytes that texts are sorted by; of 100,000 titles, whole ones would take 10 MB more
EMPTY = b"\xff"  # as a sort key: after every text and number
MIDDLE = 1 << 63  # makes a positive number of every one
MOST_WAITING = 1_000_000  # words and their places, while texts are read
LEADING_ZEROS = re.compile(r"(?<![0-9])0+(?=[0-9])")
PLACE = (1 << 32) - 1  # the half of such a pair that is a place
# With fewer records that match every word, those that match only some are shown too, after them.
FEW = 5
ENOUGH = 0.3  # how much of what was typed such a record must match, rare words counting more …
MOST_TELLING = 2  # … and of a long question only so many: somebody who explains more must not find less
# Words side by side are looked for in the texts themselves, which takes time: in so many records, the best ones, for so
# many phrases of a search. Of more phrases, the words only need to be in the same record.
MOST_COMPARED, MOST_PHRASES = 300, 2
MOST_REMEMBERED = 200  # phrases
MOST_WEIGHED = 20  # words whose evidence is remembered: while somebody types, most of a search stays the same
MOST_TERMS = 12  # of a search; what is behind them is told and not looked for
MOST_CORRECTED = 5  # words of a search; each takes a look at the whole vocabulary
AS_SYNONYM, AS_PARTS, AS_CORRECTED = 0.6, 0.5, 0.6
BESIDE = 0.2  # how much it adds where the one and the other holds
HIGHEST = 65_535


@dataclass
class Found:
    """What a search found. `scores`: by place, 0 to HIGHEST. `complete`: those that match every word."""

    hits: BitMap
    scores: np.ndarray
    complete: BitMap
    corrected: dict[str, str] = field(default_factory=dict)  # a word as typed: what was looked for instead
    missing: list[str] = field(default_factory=list)  # words as typed that nothing matches
    ignored: list[str] = field(default_factory=list)  # words as typed that were too many
    words: set[str] = field(default_factory=set)  # folded words by which records were found
    phrases: int = 0  # how many have been looked for
    unknown: int = 0  # how many terms nothing matches as typed

    @property
    def count_as_typed(self):
        """How many records match every word; none where a word was corrected, since it is another that they match."""
        return 0 if self.corrected else len(self.complete)


class Evidence:
    """Where one term was found and how well. `scores` stand beside the places of the hits; `size`: of all places."""

    def __init__(self, hits, scores, words, size):
        self.hits, self.scores, self.words, self.size = hits, scores, words, size

    def at(self, places):
        """The scores at these places; 0 where nothing was found."""
        scores = np.zeros(self.size, np.float32)
        scores[self.hits.to_array()] = self.scores
        return scores[places]

    def or_else(self, other, quality=1, most=np.inf):
        """Where this or the other holds; the other counts for less, never more than `most`, and adds a little where
        both do.
        """
        hits = self.hits | other.hits
        places = hits.to_array()
        mine, others = self.at(places), np.minimum(quality * other.at(places), most)
        scores = np.maximum(mine, others) + BESIDE * np.minimum(mine, others)
        return Evidence(hits, scores, self.words | other.words, self.size)

    def within(self, hits):
        hits = self.hits & hits
        return Evidence(hits, self.at(hits.to_array()), self.words, self.size)


class Words(MutableMapping):
    """{word: its places}. Most words are rare, and a bitmap takes several times the bytes in which it is written."""

    def __init__(self, written=()):
        self.written = dict(written)

    def __contains__(self, word):
        return word in self.written

    def __getitem__(self, word):
        return BitMap.deserialize(self.written[word])

    def __setitem__(self, word, places):
        self.written[word] = places.serialize()

    def __delitem__(self, word):
        del self.written[word]

    def __iter__(self):
        return iter(self.written)

    def __len__(self):
        return len(self.written)

    def without(self, gone):
        """A copy without these places, and without the words that stand nowhere else."""
        new = Words(self.written)
        for word, places in self.items():
            if places.intersect(gone):
                new[word] = places - gone
                if not new[word]:
                    del new[word]
        return new


class Ordered:
    """Primary keys in order, looked up only for the part that is asked for.

    Of 100,000 records all of them would take 0.8 MB a request, until its garbage is collected.
    """

    def __init__(self, pks, places):
        self.pks, self.places = pks, places

    def __len__(self):
        return len(self.places)

    def __getitem__(self, part):
        return self.pks[self.places[part]]


class Index:
    def __init__(self, filter_class):
        self.filter_class = filter_class
        # By place: the primary key, and what breaks ties. Arrays of bytes: a hundred thousand texts would take ten
        # times the memory. `by_pk`: all places in the order of primary keys.
        self.pks, self.ties, self.by_pk = np.zeros(0, np.int64), np.zeros(0, "S1"), np.zeros(0, np.uint32)
        self.ids = BitMap()
        self.facets = filter_class.facets_by_name()
        self.having = {name: {} for name in self.facets}
        self.words = {weight: Words() for weight in filter_class.texts.values()}
        self.heaviest = max(self.words)
        self.names, self.named = np.zeros(0, "S1"), np.zeros(0, np.uint32)  # records' own numbers, sorted; their places
        self.spellings = {}
        self.spoken = {"de": set(), "en": set()}  # words of the texts in each language
        sorts = [(name, lang) for name in filter_class.orders for lang in ("de", "en")]
        self.keys = {sort: np.zeros(0, "S1") for sort in sorts}
        self.orders = {sort: np.zeros(0, np.uint32) for sort in sorts}
        self.vocabulary = None
        self.origins = {}  # {key of what records come from: their places}
        self.__dict__ |= self.begun()
        self.read(filter_class.rows())

    @staticmethod
    def begun():
        """What is read or worked out while an index is the present one: rows for lists, where phrases and words were
        found, and what filter classes keep.
        """
        return {"records": {}, "phrases": {}, "evidence": {}, "kept": {}}

    def __getstate__(self):
        """What a file or a newer index takes over."""
        return self.__dict__ | self.begun()

    def updated(self, pks, *, beside=True):
        """The index after records with these primary keys have changed, come or gone, and perhaps what stands beside
        them: labels, former short names, synonyms.
        """
        new, gone = Index.__new__(Index), BitMap(place for place in map(self.place, pks) if place is not None)
        new.__dict__ |= self.__dict__ | self.begun()
        if not pks and not beside:
            return new
        staying = ~np.isin(self.named, gone.to_array())
        new.names, new.named = self.names[staying], self.named[staying]
        new.ids = self.ids - gone
        new.having = {name: without(values, gone) for name, values in self.having.items()}
        new.origins = without(self.origins, gone)
        new.words = {weight: words.without(gone) for weight, words in self.words.items()}
        new.spellings = self.spellings.copy()
        new.spoken = {lang: words.copy() for lang, words in self.spoken.items()}
        new.keys = self.keys.copy()
        new.orders = {sort: order[~np.isin(order, gone.to_array())] for sort, order in self.orders.items()}
        new.read(self.filter_class.rows().filter(pk__in=pks))
        return new

    def place(self, pk):
        """The place of a primary key, or None."""
        at = bisect_left(self.by_pk, pk, key=self.pks.__getitem__)
        return int(self.by_pk[at]) if at < len(self.by_pk) and self.pks[self.by_pk[at]] == pk else None

    def called(self, word):
        """The places of the records whose own number this is."""
        word = bare(word).encode()
        return BitMap(self.named[bisect_left(self.names, word) : bisect_right(self.names, word)].tolist())

    # Reading

    def read(self, rows):
        """Take up these rows, and everything beside them that a list shows."""
        places = self.take_places(rows)
        rows = rows.order_by()
        self.read_columns(rows, places)
        by_key = defaultdict(lambda: array("I"))
        for pk, key in self.filter_class.origins(rows):
            if pk in places:
                by_key[key].append(places[pk])
        merge(self.origins, by_key)
        self.read_texts(rows, places)
        self.read_labels()
        former = former_slugs()
        self.former = {table: former[table] for table in self.filter_class.beside() if table in former}
        groups = list(SearchSynonym.objects.values_list("terms", "kind"))
        self.synonyms = search.synonyms(groups)
        self.words_of_synonyms = set()
        for terms, _kind in groups:
            self.words_of_synonyms.update(form for token in search.tokens(terms) for form in search.forms(token))
            self.know_spellings(terms)
        self.know_words()

    def take_places(self, rows):
        """{primary key: place} of the rows. The first to be read stand in the model's order, which breaks ties."""
        ordering = [name.removeprefix("-") for name in self.filter_class._meta.model._meta.ordering]
        names = self.filter_class.identifiers
        read = []
        for pk, *columns in rows.order_by().values_list("pk", *names, *ordering).iterator(READ_AT_ONCE):
            tie = b"\0".join(map(as_bytes, columns[len(names) :]))
            read.append((tie, pk, [word for name in columns[: len(names)] for word in search.words(name or "")]))
        read.sort()
        places, new, named = {}, [], []
        for _tie, pk, known in read:
            place = self.place(pk)
            if place is None:
                place = len(self.pks) + len(new)
                new.append(pk)
            places[pk] = place
            named += [(bare(word).encode(), place) for word in known]
        self.pks = np.append(self.pks, np.array(new, np.int64))
        self.by_pk = np.argsort(self.pks).astype(np.uint32)
        self.ties = put(self.ties, len(self.pks), list(places.values()), [tie for tie, _pk, _known in read])
        self.ids = self.ids | BitMap(array("I", places.values()))
        if named:
            words, where = zip(*named, strict=True)
            names = np.append(self.names, np.array(words))
            order = np.argsort(names, kind="stable")
            self.names, self.named = names[order], np.append(self.named, np.array(where, np.uint32))[order]
        return places

    def read_columns(self, rows, places):
        """Facets and sort orders. What each row has one of takes one query; columns of other tables have their own."""
        tasks = [((facet.field_name,), partial(self.take_facet, name)) for name, facet in self.facets.items()]
        for name, order in self.filter_class.orders.items():
            for lang in ("de", "en") if "{lang}" in order.column else ("de",):
                columns = order.column.format(lang=lang), order.column.format(lang="de")
                tasks.append((columns, partial(self.take_keys, name, lang)))
        own = [task for task in tasks if "__" not in task[0][0]]
        for some in [own, *([task] for task in tasks if task not in own)]:
            columns = list(dict.fromkeys(column for names, _take in some for column in names))
            for found in batched(rows.values_list("pk", *columns).iterator(READ_AT_ONCE), READ_AT_ONCE, strict=False):
                found = [row for row in found if row[0] in places]
                pks, *values = zip(*found, strict=True) if found else [()] * (len(columns) + 1)
                by_column, at = dict(zip(columns, values, strict=True)), [places[pk] for pk in pks]
                for names, take in some:
                    take(at, *(by_column[name] for name in names))
        for name, lang in self.orders:
            known = lang if "{lang}" in self.filter_class.orders[name].column else "de"
            if known == lang:
                keys = self.keys[name, lang] = put(self.keys[name, lang], len(self.pks), [], [])
                self.orders[name, lang] = self.sorted_in(self.orders[name, lang], keys, list(places.values()))
            else:
                self.keys[name, lang], self.orders[name, lang] = self.keys[name, known], self.orders[name, known]

    def take_facet(self, name, at, values):
        by_value, by_code = defaultdict(lambda: array("I")), defaultdict(lambda: array("I"))
        for place, value in zip(at, values, strict=True):
            by_value[tuple(value) if isinstance(value, list) else value].append(place)
        for value, some in by_value.items():
            for code in self.facets[name].codes(list(value) if isinstance(value, tuple) else value):
                by_code[code].extend(some)
        merge(self.having[name], by_code)

    def take_keys(self, name, lang, at, values, others):
        """Values to sort by; where one is empty, that in German."""
        descending = self.filter_class.orders[name].descending
        keys = [sortable(value or other, descending) for value, other in zip(values, others, strict=True)]
        self.keys[name, lang] = put(self.keys[name, lang], len(self.pks), at, keys)

    def sorted_in(self, order, keys, places):
        """An order with more places in it."""
        places = np.array(places, np.uint32)
        new = places[np.lexsort((places, self.ties[places], keys[places]))]
        if not len(order):
            return new

        def rank(place):
            return keys[place], self.ties[place]

        return np.insert(order, [bisect_right(order, rank(place), key=rank) for place in new], new)

    def read_texts(self, rows, places):
        """Which words stand in which texts. Each different token has a number while texts are read.

        Those that only make up sentences are filed with their language: English "not" is no German „Not“.
        """
        numbers, forms, same, spoken = defaultdict(count().__next__), [], {}, defaultdict(set)
        for columns, several in self.texts(rows):
            found = {(self.filter_class.texts[column], column.rpartition("_")[2]): [] for column in columns}
            for some in batched(several, READ_AT_ONCE, strict=False):
                some = [row for row in some if row[0] in places]
                at = np.array([places[row[0]] for row in some], np.int64)
                for column, texts in zip(columns, list(zip(*some, strict=True))[1:], strict=False):
                    tokens = [search.tokens(text) if text else () for text in texts]
                    lengths = [len(each) for each in tokens]
                    of = np.fromiter(map(numbers.__getitem__, chain.from_iterable(tokens)), np.int64, sum(lengths))
                    lang = column.rpartition("_")[2]
                    found[self.filter_class.texts[column], lang].append(of << 32 | np.repeat(at, lengths))
                    spoken[lang].update(distinct(of).tolist())
                forms += [self.file(token, same) for token in islice(numbers, len(forms), None)]
                for (weight, lang), pairs in found.items():
                    if sum(map(len, pairs)) >= MOST_WAITING:
                        self.take_words(weight, lang, pairs, forms)
                        pairs.clear()
            for (weight, lang), pairs in found.items():
                if pairs:
                    self.take_words(weight, lang, pairs, forms)
        for lang, words in self.spoken.items():
            words.update(word for number in spoken[lang] for word in forms[number])

    def file(self, token, same):
        """The words under which a token is filed; their spelling is remembered. `same`: one object for each word."""
        forms, spellings = tuple(same.setdefault(word, word) for word in search.forms(token)), search.spellings(token)
        for word in forms:
            if word.isalpha() and word not in self.spellings:
                self.spellings[word] = spellings.get(word, word)
        return forms

    def take_words(self, weight, lang, pairs, forms):
        """Put tokens with their places, as one number each, under the words they are filed under."""
        pairs, by_word = distinct(np.concatenate(pairs)), defaultdict(lambda: array("I"))
        places, numbers = array("I", (pairs & PLACE).astype(np.uint32).tobytes()), pairs >> 32
        different = distinct(numbers)
        starts, ends = (np.searchsorted(numbers, different, side).tolist() for side in ("left", "right"))
        for number, start, end in zip(different.tolist(), starts, ends, strict=True):
            for word in forms[number]:
                by_word[word].extend(places[start:end])
        for word in by_word.keys() & search.STOP_WORDS_IN.get(lang, set()):
            by_word[spoken_in(lang, word)] = by_word.pop(word)
        merge(self.words[weight], by_word)

    def texts(self, rows):
        """The texts that are searched, as (columns, rows of primary key and texts): one query for the model's own."""
        own, related = [], []
        for column in self.filter_class.texts:
            (related if "__" in column else own).append(column)
        for columns in [own, *([column] for column in related)]:
            yield columns, rows.values_list("pk", *columns).iterator(READ_AT_ONCE)

    def read_labels(self):
        """The facets' values with their labels, and the words by which these find the records that carry them."""
        self.labels, self.label_words = {}, defaultdict(list)
        for lang in ("de", "en"):
            with translation.override(lang):
                for name, facet in self.facets.items():
                    self.labels[name, lang] = facet.labelled(self.having[name])
                    for value, label in flat(self.labels[name, lang]) if facet.weight else ():
                        self.know_spellings(str(label))
                        for word in search.words(str(label)):
                            self.label_words[word].append((name, value, facet.weight))

    def know_spellings(self, text):
        """How the words of a label or a synonym are written, where no record's text has told."""
        for token in search.tokens(text):
            for word, spelling in search.spellings(token).items():
                self.spellings.setdefault(word, spelling)

    def know_words(self):
        frequency = defaultdict(int)
        for words in self.words.values():
            for word, where in words.items():
                word = word.rpartition(":")[2]
                if word.isalpha():
                    frequency[word] = max(len(where), frequency[word])
        for word, labels in self.label_words.items():
            frequency[word] += max(len(self.having[name].get(value, ())) for name, value, _weight in labels)
        for word in self.words_of_synonyms:
            frequency[word] += 0  # known, though perhaps in no record
        # With the same words the old one will do: how frequent they are only ranks what is suggested.
        if self.vocabulary is None or self.vocabulary.frequency.keys() != frequency.keys():
            self.vocabulary = Vocabulary(dict(frequency), self.vocabulary)

    # Finding

    def is_foreign(self, word, lang):
        """Whether a word stands only in texts of the other language."""
        return word in self.spoken["en" if lang == "de" else "de"] and word not in self.spoken[lang]

    def choices(self, facet):
        """The facet's values with their labels in the active language."""
        return self.labels[facet, get_language() or "de"]

    def find(self, chosen, hits=None, *, skip=None):
        """Places that carry, in every facet but `skip`, one of its chosen values: OR inside a facet, AND between."""
        found = self.ids if hits is None else hits
        for facet, values in chosen.items():
            if values and facet != skip:
                found = found & BitMap.union(*(self.having[facet].get(value, BitMap()) for value in values))
        return found

    def counts(self, facet, chosen, hits=None):
        """Records per value of a facet, given what is chosen in the other facets."""
        found = self.find(chosen, hits, skip=facet)
        return {value: found.intersection_cardinality(places) for value, places in self.having[facet].items()}

    def ordered(self, found, sort, lang, scores=None):
        """Primary keys of places: by `sort`, or with `sort` empty the best match first."""
        order = self.orders[sort or next(iter(self.filter_class.orders)), lang]
        if len(found) < len(order):
            wanted = np.zeros(len(self.pks), bool)
            wanted[found.to_array()] = True
            order = order[wanted[order]]
        if not sort:
            order = order[np.argsort(HIGHEST - scores[order], kind="stable")]
        return Ordered(self.pks, order)

    def search(self, text):
        query = search.read(text, self.synonyms, self.vocabulary.knows)
        found = Found(self.ids, np.zeros(len(self.pks), np.uint16), self.ids)  # everything, until a term narrows it
        terms, excluded = query.terms[:MOST_TERMS], query.excluded[:MOST_TERMS]
        found.ignored = [term.typed for term in query.terms[MOST_TERMS:] + query.excluded[MOST_TERMS:]]
        weights, evidence = [], []
        for term in terms:
            each = self.look_for(term, found)
            found.words |= each.words
            found.complete = found.complete & each.hits
            if each.hits:
                evidence.append(each)
                weights.append(self.rarity(each))
            else:
                found.missing.append(term.typed)
        found.hits = found.complete
        if not query.terms and not query.excluded:  # nothing but punctuation
            found.hits = found.complete = BitMap()
        if evidence:
            places = BitMap.union(*(each.hits for each in evidence)).to_array()
            # The root: that a word stands in the title makes up for less than that it tells little.
            total = sum(weight * np.sqrt(each.at(places)) for weight, each in zip(weights, evidence, strict=True))
            if len(terms) > 1 and len(found.complete) < FEW:
                covered = sum(weight * (each.at(places) > 0) for weight, each in zip(weights, evidence, strict=True))
                enough = ENOUGH * sum(sorted(weights)[-MOST_TELLING:])
                found.hits = found.complete | BitMap(array("I", np.asarray(places)[covered >= enough]))
            scores, highest = np.zeros(len(self.pks), np.float32), total.max(initial=0) or 1
            scores[places] = total
            scores[found.complete.to_array()] += highest
            found.scores = np.clip(scores * (HIGHEST / 2 / highest), 0, HIGHEST).astype(np.uint16)
        for term in excluded:
            several = len(term.words) > 1
            away = (self.phrase(term, found) if several else self.weigh(self.vocabulary.answers(*term.words))).hits
            found.hits, found.complete = found.hits - away, found.complete - away
        return found

    def rarity(self, evidence):
        """How much a term tells among several: hardly anything where most records match it."""
        there = len(evidence.hits)
        return log(1 + (len(self.ids) - there + 0.5) / (there + 0.5))

    def look_for(self, term, found):
        """Evidence for a term in any of its forms, and what had to be corrected for it."""
        if term.phrase and len(term.words) > 1:
            return self.phrase(term, found)
        evidence = self.or_synonyms(term.words)
        if len(term.words) > 1:  # hyphenated: the word without the hyphen, too
            evidence = evidence.or_else(self.or_synonyms(("".join(term.words),)))
        elif len(evidence.hits) < FEW and (parts := self.vocabulary.split(term.words[0])):
            each = [self.or_synonyms((part,)) for part in parts]
            evidence = evidence.or_else(self.of_parts(parts, each), AS_PARTS)
        doubtful = len(evidence.hits) < FEW and len(term.words) == 1 and self.vocabulary.may_be_misspelt(*term.words)
        if (doubtful or not evidence.hits) and not term.phrase and found.unknown < MOST_CORRECTED:
            found.unknown += 1
            words = tuple(map(self.corrected, term.words))
            if words != term.words:
                found.corrected[term.typed] = " ".join(self.spellings.get(word, word) for word in words)
                evidence = evidence.or_else(self.or_synonyms(words), AS_CORRECTED)
        return evidence

    def corrected(self, word):
        """The likeliest word of the page's language if this one is misspelt; else the word itself.

        One of a search synonym is known, even if nothing is found by it.
        """
        if self.vocabulary.knows(word):
            return word
        lang = get_language() or "de"
        likely = self.vocabulary.corrected(word)
        return next((other for other in likely if not self.is_foreign(other, lang)), word)

    def or_synonyms(self, words):
        """Evidence for words or their synonyms, which together count for less than the word itself in a title."""
        evidence = self.all_of(words)
        if others := [self.all_of(other) for other in self.synonyms.get(search.stemmed(words), ())]:
            evidence = evidence.or_else(reduce(Evidence.or_else, others), AS_SYNONYM, self.heaviest * SAME_STEM)
        return evidence

    def all_of(self, some):
        telling = [word for word in some if word not in search.STOP_WORDS] or some
        if len(telling) == 1 < len(some):
            return self.side_by_side(some)
        return self.every([self.word(word) for word in telling])

    def word(self, word):
        """Evidence for a word; where there is none, for the parts of a compound together."""
        known, key = self.evidence, (word, get_language())
        if key not in known:
            evidence = self.weigh(self.vocabulary.answers(word))
            if not evidence.hits and (parts := self.vocabulary.split(word)):
                each = [self.weigh(self.vocabulary.answers(part)) for part in parts]
                evidence = evidence.or_else(self.of_parts(parts, each), AS_PARTS)
            if len(known) >= MOST_WEIGHED:  # other threads may still read the old ones
                self.evidence = known = {}
            known[key] = evidence
        return known[key]

    def of_parts(self, parts, evidence):
        """Evidence for the parts of a compound together, or else for those that tell something."""
        together = self.every(evidence)
        return together if together.hits or not tells_little(parts[-1]) else self.every(evidence[:-1])

    @staticmethod
    def every(evidence):
        """Where all of it holds."""
        hits = BitMap.intersection(*(each.hits for each in evidence))
        places = hits.to_array()
        scores = sum(each.at(places) for each in evidence) / np.float32(len(evidence))
        return Evidence(hits, scores, set().union(*(each.words for each in evidence)), evidence[0].size)

    def weigh(self, answers):
        """Evidence for any of some words. `answers`: {word: how well it answers}.

        A record counts as much as the best answer in each of its more and less important texts, all of them together.
        """
        weights = {*self.words, *(facet.weight for facet in self.facets.values())}
        tiers = {weight: defaultdict(list) for weight in weights}
        lang = get_language() or "de"
        for word, quality in answers.items():
            if quality < EXACT and self.is_foreign(word, lang):  # „Protestant“ in an English text is no „Protest“
                quality = ALIKE
            for weight, words in self.words.items():
                for key in (word, spoken_in(lang, word)):
                    if key in words:
                        tiers[weight][quality].append(words[key])
            if quality == EXACT and (named := self.called(word)):
                tiers[self.heaviest][quality].append(named)
            for facet, value, weight in self.label_words.get(word, ()):
                if value in self.having[facet]:
                    tiers[weight][quality].append(self.having[facet][value])
        found, hits = [], BitMap()
        for weight, by_quality in tiers.items():
            counted = BitMap()
            for quality in sorted(by_quality, reverse=True):
                places = (BitMap.union(*by_quality[quality]) & self.ids) - counted
                found.append((weight * quality, places))
                counted |= places
            hits |= counted
        scores = np.zeros(len(self.pks), np.float32)
        for score, places in found:
            scores[places.to_array()] += score
        return Evidence(hits, scores[hits.to_array()], set(answers), len(self.pks))

    def phrase(self, term, found):
        found.phrases += 1
        return self.side_by_side(term.words) if found.phrases <= MOST_PHRASES else self.together(term.words)

    def together(self, words):
        """Evidence for words, inflected or not, that stand in the same record."""
        telling = [word for word in words if word not in search.STOP_WORDS] or words
        return self.every([self.weigh(self.vocabulary.inflections(word)) for word in telling])

    def side_by_side(self, words):
        """Evidence for words that stand one after the other; the database knows the texts."""
        if known := self.phrases.get((words, get_language())):
            return known
        evidence = self.together(words)
        best = np.argsort(-evidence.scores, kind="stable")[:MOST_COMPARED]
        compared = np.asarray(evidence.hits.to_array())[best]
        at = dict(zip(self.pks[compared].tolist(), compared.tolist(), strict=True))
        sought, places = f" {' '.join(words)} ", BitMap()
        for _columns, rows in self.texts(self.filter_class.rows().order_by().filter(pk__in=at)) if at else ():
            for pk, *texts in rows:
                if any(sought in f" {' '.join(search.words(text))} " for text in texts if text):
                    places.add(at[pk])
        if len(self.phrases) >= MOST_REMEMBERED:
            self.phrases = {}
        self.phrases[words, get_language()] = found = evidence.within(places)
        return found


def spoken_in(lang, word):
    """What a word is filed under that has a meaning of its own in one language and only makes up sentences in this."""
    return f"{lang}:{word}"


def bare(number):
    """A record's number without leading zeros: E007 is found as e7, too."""
    return LEADING_ZEROS.sub("", number)


def merge(bitmaps, found):
    for value, places in found.items():
        bitmaps[value] = bitmaps.get(value, BitMap()) | BitMap(places)


def without(bitmaps, gone):
    kept = {value: places - gone if places.intersect(gone) else places for value, places in bitmaps.items()}
    return {value: places for value, places in kept.items() if places}


def distinct(numbers):
    """Sorted, each once; np.unique is many times slower."""
    numbers = np.sort(numbers)
    return numbers[np.diff(numbers, prepend=-1) > 0]


def as_bytes(value):
    """A text or a number as bytes that sort as it does."""
    return value.encode() if isinstance(value, str) else (MIDDLE + value).to_bytes(8)


def sortable(value, descending):
    """What a value is sorted by; what is empty comes last."""
    if not value:
        return EMPTY
    if isinstance(value, str):
        return as_bytes(search.sort_key(value[:LONGEST_SORT_KEY]))[:LONGEST_SORT_KEY]
    return as_bytes(-value if descending else value)


def put(column, size, places, values):
    """A copy of a column that is `size` long, with these values at these places."""
    values = np.array(values, "S")
    new = np.full(size, EMPTY, np.promote_types(column.dtype, values.dtype))
    new[: len(column)] = column
    new[places] = values
    return new


def flat(choices):
    for value, label in choices:
        yield from label if isinstance(label, list | tuple) else [(value, label)]


def former_slugs():
    """{table: {a record's former short name or key: its present one}}."""
    found = defaultdict(dict, {table: kind.former_keys() for table, kind in TYPES.items()})
    former = list(FormerSlug.objects.all())
    for table in {each.table for each in former}:
        here = [each for each in former if each.table == table]
        ids = [each.record_id for each in here]
        present = dict(TYPES[table].model._default_manager.filter(pk__in=ids).values_list("pk", "slug"))
        found[table] |= {each.slug: present[each.record_id] for each in here if each.record_id in present}
    return found
