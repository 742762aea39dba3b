"""Words: how a text is folded, split and stemmed, and how a typed search is read. Pure functions, no records."""

import re
import threading
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import filterfalse

from Stemmer import Stemmer

# A word with gender mark or hyphen is one token: Bürger:innen, Kita-Plätze.
TOKEN = re.compile(r"\w+(?:[:*·]in\w*|[-\u2010\u2011]\w+)*")
GENDER_MARK = re.compile(r"(?<=\w)[:*·_](?=in)")
PART = re.compile(r"[^\W_]+")
# ae, oe, ue as spellings of ä, ö, ü – but not in "neue", "Bauer" or "Quelle", where the e stands for itself.
SPELT_OUT = re.compile(r"(?<![aeiouq])([aou])e")
# Syllables that a verb can lose: „melde … an“, „an|ge|meldet“, „an|zu|melden“.
SEPARABLE = """
    ab an auf aus bei durch ein fest her hin mit nach statt teil um unter vor weg weiter zu zuruck zusammen
"""
PARTICLES = frozenset(SEPARABLE.split())
PARTICLE = "|".join(SEPARABLE.split())
# What the stemmer leaves, and what stands in its place in the basic form: endings of women (Ärzt|innen), of the third
# case and weak plurals (Nachbar|n), of Latin plurals (Zentr|en, Them|en), of nouns and participles of verbs
# (Integr|ation, Koordin|ator, integr|iert, Qualifi|kation, überlast|et, befrag|t, ein|ge|bürger|t, an|zu|melden,
# Vermitt|lung, but not Mitt|ler, who has nothing to do with Mittel), of views and who holds them (Rass|ismus,
# rass|istisch).
ENDINGS = tuple(
    (re.compile(pattern), instead)
    for pattern, instead in (
        (r"(?:(?<=\w{5})|(?<=\w{3}t))in(?:nen)?$", ""),
        (r"(?<=\w{5}[lr])n$", ""),
        (r"(?<=\w{3}[ir])en$", "um"),
        (r"(?<=\w{2}m)en$", "a"),
        (r"(?<=\w{4})kation(?:en)?$", "zieren"),
        (r"(?<=\w{4})(?:ation(?:en)?|ator(?:en|in|innen)?|iert(?:e[mnrs]?)?|ierung(?:en)?)$", "ieren"),
        (r"^((?:be|ent|er|ver|uber|unter)\w{3,})t(?:e[mnrs]?)?$", r"\1en"),
        (r"(?<=\w{4}t)et(?:e[mnrs]?)?$", "en"),
        (rf"^((?:{PARTICLE})?)ge(\w{{4,}}?)e?t(?:e[mnrs]?)?$", r"\1\2en"),
        (rf"^({PARTICLE})zu(\w{{3,}}n)$", r"\1\2"),
        (r"(?<=\w{4}[b-df-hj-np-tv-z])l(?:ung(?:en)?|er(?:n|in|innen)?)$", "el"),
        (r"(?<=\w{3})is(?:m|mus|tisch(?:e[mnrs]?)?)$", "ist"),
        (r"(?<=^child)ren$", ""),
        (r"(?<=^wo)men$", "man"),
    )
)

SPELT_BRITISH = re.compile(r"(?<=\w{3})our|is(?=e[ds]?$|ing$|ations?$)")

# Where a German clause ends, and with it the first syllable of its verb: „Wie melde ich mein Kind an?“
CLAUSE = re.compile(r"[,;.?!]")
# Of verbs that change their vowel, those of which most separable ones are made.
INFINITIVES = {"gibt": "geben", "nimmt": "nehmen", "spricht": "sprechen", "tritt": "treten"}

PHRASE = re.compile(r"""(?:^|(?<=\s))(-?)[„“”"«»]([^„“”"«»]+)[„“”"«»]""")
EXCLUDED = re.compile(r"(?:^|(?<=\s))-(?=\w)(\S+)")

# Letters that Unicode doesn't take for a plain one with an accent, such as Sorbian ł.
WITHOUT_STROKE = str.maketrans(
    {"ł": "l", "đ": "d", "ð": "d", "ø": "o", "æ": "ae", "œ": "oe", "ħ": "h", "ı": "i", "þ": "th"}
)

# Words that a question or a complaint is made of, folded: alone they say nothing about what is looked for.
QUESTION_WORDS = {
    "de": """
    aber alle allem allen aller alles als also am an andere anderem anderen anderer anderes anders auch auf aus bei
    beim beispiel bekommen bekommt bereits besser bin bis bisher bitte bleiben bleibt brauche brauchen braucht bringen
    bringt da dabei dafur dagegen daher dahinter damit dann daran darauf daraus darf darin darum das dass davon dazu
    dazwischen dem den denen denn der deren derer des deshalb dessen deswegen die dies diese diesem diesen dieser
    dieses doch dort du durch durfen eben ebenfalls ebenso eher ein einander eine einem einen einer eines einfach
    einige einigen einiger einiges einmal endlich entweder er es etwa etwas fast fehlen fehlt finde finden findet fur
    gab ganz gar geben gebracht gegen gegenuber gehen geht gekommen gelingen gelingt gemacht genau genug genugend
    gerade gern gerne gibt gute guten hab habe haben habt halt hat hatte hatten hattest helfen heute hier hilft ich
    ihm ihn ihnen ihr ihre ihrem ihren ihrer im immer in innen ins irgendwie ist ja jede jedem jeden jeder jedes
    jedoch jemand jene jener jetzt kann kannst kaum kein keine keinem keinen keiner kommen konnen konnt konnte konnten
    kriegen kriegt lassen lasst leider machen machst macht man manche manchen mancher manches mehr mehrere mehreren
    mein meine meinem meinen meiner meist meistens mich mir mit mochte mochten muss mussen musste mussten nach
    naturlich neben nehmen nehmt nicht nichts nie niemand niemanden nimmt noch nun nur ob oder oft ohne per pro sagen
    sagt schaffen schon sehe sehen sehr sein seine seinen seiner seit selber selbst sich sie sieht sind so sogar
    solche solchen solcher soll sollen sollte sollten sonst sowie standig statt stattdessen stehen steht suche suchen
    tipp tipps trotz trotzdem tue tun tut uber uberhaupt um umgang umgehen und uns unser unsere unserem unseren
    unserer unter viel viele vielem vielen vieler vieles vielleicht vom von vor wahrend wann war waren wart warum was
    weder wegen weil weiss weiter weiterhin welche welchem welchen welcher welches wem wen wenig wenige wenigem
    wenigen weniger weniges wenigstens wenn wer werden wessen wie wieder wieso will wir wird wirst wo woher wohin wohl
    wollen wollt wollte wollten wozu wurde wurden zu zum zur zuviel zuviele zuwenig zwar zwischen
    """,
    "en": """
    a about against all am an and another any are as at be because been being bring but by can cannot could did do
    does done down else enough every few find for from get getting give go going good got had has have he help her
    here him his how i if into is it its just keep less let like little lot lots make making many may me might more
    most much must my need never no not nothing of off often on only or other others our out over own put really
    same say see shall she should so some someone something still such take than that the their them there these
    they this those to too under until us use very want wants was we were what when where which who why will with
    without would yet you your
    """,
}
STOP_WORDS_IN = {lang: frozenset(some.split()) for lang, some in QUESTION_WORDS.items()}
STOP_WORDS = frozenset().union(*STOP_WORDS_IN.values())


class Stemmers(threading.local):
    """One pair per thread: a stemmer keeps the word it is working on."""

    def __init__(self):
        self.both = [Stemmer("german", 0), Stemmer("english", 0)]  # 0: `stems` remembers, once for all threads


_stemmers = Stemmers()


def sort_key(text: str) -> str:
    """Lower case, ß as ss, no accents: sorts ä beside a (DIN 5007-1), alike on every database."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    if decomposed.isascii():
        return decomposed
    return "".join(filterfalse(unicodedata.combining, decomposed.translate(WITHOUT_STROKE)))


def fold(text: str) -> str:
    """The sort key with ae as a: „Unterkünfte“ and "Unterkuenfte" become the same."""
    return SPELT_OUT.sub(r"\1", sort_key(text))


def alphabetical(records, name):
    """Records sorted by a text in the active language."""
    return sorted(records, key=lambda record: sort_key(getattr(record, name)))


def tokens(text: str) -> list[str]:
    """The words of a text as they are written, those with a hyphen or a gender mark in one piece."""
    return TOKEN.findall(unicodedata.normalize("NFC", text).replace("\u00ad", ""))


@lru_cache(maxsize=5_000)
def parts(token: str) -> tuple[str, ...]:
    """The folded words of a token: „Kita-Plätze“ are two, „Bürger:innen“ is one."""
    return tuple(PART.findall(fold(GENDER_MARK.sub("", token))))


def words(text: str) -> list[str]:
    return [word for token in tokens(text) for word in parts(token)]


@lru_cache(maxsize=5_000)
def forms(token: str) -> tuple[str, ...]:
    """Under which folded words a token is filed: a hyphenated one also under the word written without the hyphen."""
    found = parts(token)
    return (*found, "".join(found)) if len(found) > 1 else found


def spellings(token: str) -> dict[str, str]:
    """{each of the token's forms: as it is written}."""
    if len(parts(token)) == 1:
        return {parts(token)[0]: token}
    written = PART.findall(GENDER_MARK.sub("", token))
    return {"".join(parts(token)): token} | dict(zip(parts(token), written, strict=False))


@lru_cache(maxsize=5_000)
def stems(word: str) -> frozenset[str]:
    """The stems of a folded word, German and English: texts of both languages stand side by side.

    German twice, because „Kurse“ becomes „Kurs“, but „Kurs“ becomes „Kur“. English with one spelling of labour, labor.
    """
    if not word.isalpha():
        return frozenset([word])
    once = german_stem(word)
    found = {once, german_stem(once), _stemmers.both[1].stemWord(SPELT_BRITISH.sub(american, word))}
    basic = {ending.sub(instead, word) for ending, instead in ENDINGS} - {word}
    found.update(map(german_stem, basic))
    if word not in STOP_WORDS:  # „nächste“ has nothing to do with „nach“
        found = (found - STOP_WORDS_IN["de"]) or {word}
    return frozenset(found)


def german_stem(word):
    """As the stemmer has it, but for nouns that only look like a superlative: „Protest“ is not the most „Prot“."""
    stem = _stemmers.both[0].stemWord(word)
    return f"{stem}est" if word.startswith(f"{stem}est") else stem


def forget():
    """Drop what was remembered of words: after reading many texts, those of the last ones."""
    for remembered in (parts, forms, stems, stemmed):
        remembered.cache_clear()


def american(match):
    return "or" if match[0] == "our" else match[0].replace("s", "z")


@dataclass(frozen=True)
class Term:
    """One thing that is looked for. `words` of a phrase stand side by side, others in the same record."""

    typed: str
    words: tuple[str, ...]
    phrase: bool = False


@dataclass(frozen=True)
class Query:
    terms: tuple[Term, ...] = ()
    excluded: tuple[Term, ...] = ()


def read(text: str, synonyms=None, knows=None) -> Query:
    """What a reader typed. Quotes make a phrase, a minus excludes; words that only make up a question are left out.

    `knows`: whether a word is one of the content, so that the two parts of a separable verb become that word.
    """
    terms, excluded = [], []

    def take(match):
        term = Term(match[2].strip(), tuple(words(match[2])), phrase=True)
        if term.words:
            (excluded if match[1] else terms).append(term)
        return " "

    def leave(match):
        term = Term(match[1], tuple(words(match[1])), phrase=True)
        if term.words:
            excluded.append(term)
        return " "

    text = unicodedata.normalize("NFC", text)
    text = EXCLUDED.sub(leave, PHRASE.sub(take, text))
    plain = []
    for clause in CLAUSE.split(text):
        some = [Term(token, parts(token)) for token in tokens(clause) if parts(token)]
        plain += verb_joined(some, knows) if knows else some
    plain = joined(plain, synonyms or {})
    telling = [term for term in plain if not STOP_WORDS.issuperset(term.words)]
    return Query(tuple(dict.fromkeys(terms + (telling or ([] if terms else plain)))), tuple(dict.fromkeys(excluded)))


def verb_joined(terms, knows):
    """The words of a clause, with a separable verb in one piece: „Wie bauen wir Hürden ab“ asks for „abbauen“."""
    *others, last = terms or [None]
    if not others or (particle := fold(last.typed)) not in PARTICLES:
        return terms
    for at, term in enumerate(others):
        if len(term.words) > 1 or (at and not term.typed.islower()):  # a noun
            continue
        word = term.words[0]
        for verb in (INFINITIVES.get(word, word), f"{word.removesuffix('t')}en"):
            if knows(particle + verb):
                others[at] = Term(f"{last.typed}{term.typed.lower()}", (particle + verb,))
                return others
    return terms


def joined(terms, synonyms):
    """Several words that together are a term of the editors' synonyms become one term."""
    found, longest = [], max(map(len, synonyms), default=1)
    while terms:
        for count in range(min(longest, len(terms)), 0, -1):
            together = tuple(word for term in terms[:count] for word in term.words)
            if count == 1 or stemmed(together) in synonyms:
                break
        found.append(Term(" ".join(term.typed for term in terms[:count]), together) if count > 1 else terms[0])
        terms = terms[count:]
    return found


@lru_cache(maxsize=5_000)
def stemmed(some: tuple[str, ...]) -> tuple[str, ...]:
    """Words as their shortest stems: the same for every inflection, in either language."""
    return tuple(min(stems(word), key=lambda stem: (len(stem), stem)) for word in some)


def synonyms(groups) -> dict[tuple[str, ...], list[tuple[str, ...]]]:
    """What else a term finds: {its stems: [words that must all be found, …]}, so that every inflection finds it.

    `groups`: (terms, one a line; "equivalent" or "oneway") – oneway: only the first term finds the others.
    """
    found: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
    for text, kind in groups:
        terms = [tuple(words(line)) for line in text.splitlines()]
        for term in filter(None, terms if kind == "equivalent" else terms[:1]):
            found.setdefault(stemmed(term), []).extend(other for other in terms if other and other != term)
    return found


def occurrences(text: str, found):
    """Where found words stand in a text, as matches. `found`: folded words."""
    return (token for token in TOKEN.finditer(text) if not found.isdisjoint(forms(token[0])))


def marked(text: str, found) -> list[tuple[str, str]]:
    """A text in pieces: (what comes before a found word, the word as it is written). `found`: folded words."""
    pieces, end = [], 0
    for token in occurrences(text, found):
        pieces.append((text[end : token.start()], token[0]))
        end = token.end()
    return [*pieces, (text[end:], "")] if text[end:] or not pieces else pieces
