"""The vocabulary of the content: which of its words answer a typed one – inflected, in a compound, or misspelt."""

from array import array
from bisect import bisect_left, bisect_right
from collections import Counter
from functools import wraps
from itertools import accumulate, pairwise

from rapidfuzz import process
from rapidfuzz.distance import OSA

from .search import STOP_WORDS, stemmed, stems, words

# How well a word of the content answers the typed one.
EXACT, SAME_STEM, IN_COMPOUND, INSIDE, ALIKE = 10, 9, 5, 3, 1
SHORTEST_PART, SHORTEST_WORD, LONGEST_WORD = 4, 3, 40
LONGEST_ENDING = 4  # of an inflection
# What German puts between the parts of a compound.
LINKS = ("", "s", "n", "en", "es", "er", "e")
# Syllables that make another word of what follows: „Ausbildung“ is not a kind of „Bildung“, „Ausland“ no „Land“.
SYLLABLES = """
    ab an auf aus bei be da dar durch ein ent er fort ge her hin mit nach ober um un unter ver vor weg wieder zer zu
    zusammen
"""
PREFIXES = frozenset(SYLLABLES.split())
NOUNS_OF_VERBS = ("ung", "ion")
# What a participle ends with is no part of it: „Flüchtende“ has nothing to do with „Ende“.
OF_PARTICIPLES = frozenset(["end", "ende", "endem", "enden", "ender", "endes"])
# What a compound can end with that tells little: who asks for „Beschwerdemöglichkeiten“ is served with „Beschwerden“.
GENERAL = """
    Angebot Anliegen Bereich Dienst Fall Form Frage Kosten Lage Management Maßnahme Möglichkeit Person Problem
    Problematik Projekt Situation Stelle Thematik Thema Vorhaben
"""
TELLS_LITTLE = frozenset().union(*map(stems, words(GENERAL)))
TYPOS_BY_LENGTH = ((4, 0), (8, 1), (LONGEST_WORD, 2))  # longest word: how many typos are mended
# Another letter makes another word of a short one („Hetze“, „Hitze“), unless it is the next key („Kinfer“); with two
# typos, of all but the longest.
SHORTEST_WITH_OTHER_LETTER, LONG = 7, 13
ROWS = ("qwertzuiop", "asdfghjkl", "yxcvbnm")
NEXT_KEYS = {frozenset(pair) for row in ROWS for pair in pairwise(row)}
MOST_NEAR = 6
MOST_ANSWERS, MOST_PARTS = 500, 10_000  # remembered; the answers to a short word are many
LAST = "\U0010ffff"  # sorts after every letter


def remembered(most):
    """For a method of one word: its answers are kept with the vocabulary, and go with it."""

    def remember(method):
        @wraps(method)
        def ask(self, word):
            known = self.memory.setdefault(method.__name__, {})
            answer = known.get(word)
            if answer is None:
                if len(known) >= most:  # other threads may still read the old ones
                    self.memory[method.__name__] = known = {}
                answer = known[word] = method(self, word)
            return answer

        return ask

    return remember


def is_slip(word, other, typos):
    """Whether so many typos explain that `word` was typed for `other`, and not that it is a word of its own.

    Hardly anybody mistypes the first letter, or leaves out several letters of a word that isn't long: „Religion“ is
    not „Region“. Nor do words mean the same that differ in their first syllable only: „Abmeldung“, „Anmeldung“.
    """
    if word[0] != other[0] and word[:2] != other[1::-1]:
        return False
    if abs(len(word) - len(other)) > 1 and len(word) < LONG:
        return False
    if differ_in_prefix(word, other):
        return False
    lacking, added = Counter(other) - Counter(word), Counter(word) - Counter(other)
    if not added or (not lacking and added.keys() <= set(other)):  # letters were left out, doubled or swapped
        return True
    if typos == 1 and len(word) == len(other) and frozenset(lacking | added) in NEXT_KEYS:
        return True
    return len(word) >= (SHORTEST_WITH_OTHER_LETTER if typos == 1 else LONG)


def differ_in_prefix(word, other):
    """Whether the rest after a prefix is the same, and the prefixes are two."""
    rests = {word.removeprefix(prefix) for prefix in PREFIXES if word.startswith(prefix)}
    return any(other.endswith(rest) and other.removesuffix(rest) in PREFIXES for rest in rests if rest)


def nearest(typed, known):
    """Of words, or of stems, those that were meant if this one is misspelt."""
    typos = next((typos for length, typos in TYPOS_BY_LENGTH if len(typed) <= length), 0)
    near = process.extract(typed, known.keys(), scorer=OSA.distance, score_cutoff=typos, limit=20) if typos else ()
    near = [
        (other, distance)
        for other, distance, _key in near
        if distance and other not in STOP_WORDS and is_slip(typed, other, distance)
    ]
    best = min((distance for _other, distance in near), default=0)
    return [other for other, distance in near if distance == best]


def tells_little(part):
    """Whether a compound that ends with this is mainly about what comes before."""
    return not TELLS_LITTLE.isdisjoint(stems(part))


class Vocabulary:
    """`frequency`: {folded word: in how many records it stands}; words of synonyms alone stand in none.

    Numbers are no words: they answer to themselves only.
    """

    def __init__(self, frequency, older=None):
        self.frequency = frequency
        self.by_stem = dict(older.by_stem) if older else {}
        known = older.frequency.keys() if older else set()
        for word in frequency.keys() - known:
            for stem in stems(word):
                self.by_stem[stem] = (*self.by_stem.get(stem, ()), word)
        for word in known - frequency.keys():
            for stem in stems(word):
                if others := tuple(other for other in self.by_stem[stem] if other != word):
                    self.by_stem[stem] = others
                else:
                    del self.by_stem[stem]
        self.prepare()

    def prepare(self):
        """What is derived: all stems in one text, and an empty memory of what was asked."""
        self.ordered = sorted(self.by_stem)
        self.text = "\n" + "\n".join(self.ordered) + "\n"
        self.alphabetical = sorted(self.frequency)
        lengths = (len(stem) + 1 for stem in self.ordered)
        self.starts = array("I", accumulate(lengths, initial=1))
        self.memory = {}

    def __getstate__(self):
        return self.frequency, self.by_stem

    def __setstate__(self, state):
        self.frequency, self.by_stem = state
        self.prepare()

    def may_be_misspelt(self, word):
        """Whether a long word is none of the content, though its letters make parts of a compound by chance."""
        return len(word) >= LONG and not self.knows(word) and not self.is_compound(word)

    def knows(self, word):
        return word in self.frequency or any(stem in self.by_stem for stem in stems(word))

    def inflections(self, word):
        """{word of the content: how well it answers}: the word itself and those of the same stem."""
        if not word.isalpha():
            return {word: EXACT}
        found = {other: SAME_STEM for stem in stems(word) for other in self.by_stem.get(stem, ())}
        if word in self.frequency:
            found[word] = EXACT
        return found

    @remembered(MOST_ANSWERS)
    def answers(self, word):
        """Those, and the compounds of which the word is a part, or of a verb its noun.

        „diskriminiert“ is found in „Antidiskriminierungsstelle“, through „Diskriminierung“.
        """
        found = self.inflections(word)
        if not word.isalpha():
            return found
        shortest = max(SHORTEST_WORD, len(word) - LONGEST_ENDING)
        nouns = (other for other in found if other.endswith(NOUNS_OF_VERBS))
        for part in {part for part in (word, *stems(word), *nouns) if len(part) >= shortest}:
            for stem in self.containing(part):
                if quality := self.as_part(part, stem):
                    for other in self.by_stem[stem]:
                        found[other] = max(quality, found.get(other, 0))
        return found

    def containing(self, part):
        """Stems that contain `part`, found by one search through all of them."""
        at = self.text.find(part)
        while at >= 0:
            stem = self.ordered[bisect_right(self.starts, at) - 1]
            yield stem
            at = self.text.find(part, self.text.find("\n", at))

    def as_part(self, part, stem):
        """How well `part` answers as a part of a longer stem; 0 where it is no more than the same letters."""
        if stem == part:
            return 0
        if stem.startswith(part) and (len(part) >= SHORTEST_PART or self.is_part(stem[len(part) :])):
            return IN_COMPOUND
        left, _part, right = stem.rpartition(part)
        if left in PREFIXES:
            return 0
        if not right and part in OF_PARTICIPLES:
            return 0
        if not right and (len(part) > SHORTEST_PART or self.is_part(left)):
            return IN_COMPOUND
        return INSIDE if right and self.is_part(left) and self.is_part(right.removeprefix("s")) else 0

    @remembered(MOST_PARTS)
    def is_part(self, letters):
        """Whether letters beside a part are a word too, perhaps with what links them."""
        if letters in self.frequency:
            return len(letters) >= SHORTEST_WORD and letters not in PREFIXES
        candidates = {cut(link) for link in LINKS for cut in (letters.removesuffix, letters.removeprefix)}
        return any(len(rest) >= SHORTEST_PART and self.knows(rest) for rest in candidates)

    @remembered(MOST_ANSWERS)
    def split(self, word):
        """The known words that a compound is made of, long first parts preferred; () if it is none."""
        if len(word) > LONGEST_WORD:
            return ()
        for at in range(len(word) - SHORTEST_PART, SHORTEST_PART - 1, -1):
            left, right = word[:at], word[at:]
            if right in OF_PARTICIPLES:
                continue
            first = [
                rest for link in LINKS if len(rest := left.removesuffix(link)) >= SHORTEST_PART and self.knows(rest)
            ]
            if first:
                first.sort(key=lambda rest: rest not in self.frequency)
                if self.knows(right) or tells_little(right):
                    return first[0], right
                if rest := self.split(right):
                    return first[0], *rest
        return ()

    def is_compound(self, word):
        """Whether it is made of words of the content, and not only of what has a stem in common with them.

        „Migratenorganisation“ is not: no word begins with „Migraten“.
        """
        parts = self.split(word)
        begun = (any(other.startswith(part.removesuffix("s")) for other in self.inflections(part)) for part in parts)
        return bool(parts) and all(begun)

    @remembered(MOST_ANSWERS)
    def corrected(self, word):
        """The likeliest words of the content if `word` is misspelt, the likeliest first; () if nothing is near.

        A compound of such words is not misspelt, but another one: „Flüchtlingsbeirat“ is no „Flüchtlingsberatung“.
        """
        if not word.isalpha() or word in STOP_WORDS or self.is_compound(word):
            return ()
        likely = nearest(word, self.frequency)
        if not likely:  # „Krisse“ is near to no word where only „Krisen“ is known; of a stem, a letter more or less
            (stem,) = stemmed((word,))
            near = (other for other in nearest(stem, self.by_stem) if len(other) != len(stem))
            likely = {other for each in near for other in self.by_stem[each]}
        return tuple(sorted(likely, key=lambda other: (-self.frequency[other], other))[:3])

    @remembered(MOST_ANSWERS)
    def near(self, word):
        """Some words of the content that may be meant where no correction is sure enough to be made unasked.

        Similar ones first, then the parts of a compound, then longer words: „Notfallkapazität“ for „Not“.
        """
        if len(word) > LONGEST_WORD or word.isdigit():
            return ()
        typos = max(1, len(word) // 5)
        similar = process.extract(word, self.frequency.keys(), scorer=OSA.distance, score_cutoff=typos, limit=20)
        similar = [found for found in similar if found[1] == 1 or found[0][0] == word[0]]
        similar.sort(key=lambda found: (found[1], found[0][0] != word[0], -self.frequency[found[0]], found[0]))
        parts = self.split(word) or self.edges(word)
        longer = self.beginning_with(word) if len(word) >= SHORTEST_WORD else ()
        candidates = dict.fromkeys([*(other for other, _distance, _key in similar), *parts, *longer])
        telling = (each for each in candidates if len(each) >= SHORTEST_WORD and each not in STOP_WORDS)
        different = {}  # one inflection of each
        for each in telling:
            if each != word and not each.isdigit():
                different.setdefault(stemmed((each,)), each)
        return tuple(different.values())[:MOST_NEAR]

    def edges(self, word):
        """The longest known beginning and end, if they are long enough to be parts of a compound."""
        edges = range(len(word) - 1, SHORTEST_PART, -1)
        beginning = next((word[:at] for at in edges if word[:at] in self.frequency), "")
        if beginning.removesuffix("s") in self.frequency:
            beginning = beginning.removesuffix("s")
        return beginning, next((word[-at:] for at in edges if word[-at:] in self.frequency), "")

    def beginning_with(self, typed):
        """Words that begin with the typed letters, the most frequent first, those of synonyms alone last."""
        first, end = bisect_left(self.alphabetical, typed), bisect_left(self.alphabetical, typed + LAST)
        return sorted(self.alphabetical[first:end], key=lambda word: (-self.frequency[word], word))
