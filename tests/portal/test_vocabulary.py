import gc
import weakref

import pytest

from portal.search import words
from portal.vocabulary import EXACT, IN_COMPOUND, INSIDE, MOST_ANSWERS, SAME_STEM, Vocabulary

TEXT = """Wohnung Wohnungen Wohnungslosigkeit Sozialwohnung Wohnraum Wohnraummangel Mangel Sprachkurs Sprachkurse Sprache Kurs
    Integrationskurse Integration Kommune Kommunen kommunal Haus Häuser Hauses Rathaus Rat Beratung beraten Lehrkräfte municipality
    municipalities Ehrenamt Ehre Amt Jugendamt Jugend gesamt Bürger:innen Ausländerbehörde Behörde Behörden Ausländer Land Ausland
    Kinderbetreuungsplätze Kinderbetreuung Betreuung Kinder Plätze Stadt Stadtfest Heidelberg Diskurs Raum Anmeldungen"""
FREQUENCY = dict.fromkeys(words(TEXT), 1) | {"wohnung": 5, "synonym": 0}
VOCABULARY = Vocabulary(FREQUENCY)


def answers(typed):
    (word,) = words(typed)
    return VOCABULARY.answers(word)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("Wohnungen", {"wohnung", "wohnungen", "wohnungslosigkeit", "sozialwohnung"}),
        ("wohnung", {"wohnung", "wohnungen", "wohnungslosigkeit", "sozialwohnung"}),
        ("Wohnraum", {"wohnraum", "wohnraummangel"}),
        ("Betreuung", {"betreuung", "kinderbetreuung", "kinderbetreuungsplatze"}),
        ("sprachkursen", {"sprachkurs", "sprachkurse"}),
        ("Kurs", {"kurs", "sprachkurs", "sprachkurse", "integrationskurse"}),
        ("häuser", {"haus", "hauser", "hauses", "rathaus"}),
        ("municipality", {"municipality", "municipalities"}),
        ("amt", {"amt", "ehrenamt", "jugendamt"}),
        ("Rat", {"rat", "rathaus"}),
        ("Land", {"land"}),
        ("Bürgerinnen", {"burgerinnen"}),
        ("Bürger", {"burgerinnen"}),
        ("xylophon", set()),
    ],
)
def test_a_word_finds_its_inflections_and_compounds_but_not_the_same_letters_elsewhere(typed, found):
    assert set(answers(typed)) == found


def test_a_word_with_a_prefix_is_another_word():
    known = Vocabulary(dict.fromkeys(["abstimmung", "stimmung", "grundstimmung", "grund"], 1))
    assert set(known.answers("stimmung")) == {"stimmung", "grundstimmung"}


def test_a_verb_finds_the_compounds_of_its_noun():
    known = Vocabulary(dict.fromkeys(["diskriminierung", "schutz", "schutzdiskriminierungsstelle", "stelle"], 1))
    assert "schutzdiskriminierungsstelle" in known.answers("diskriminiert")


def test_an_adjective_finds_no_longer_word_that_begins_like_its_basic_form():
    known = Vocabulary(dict.fromkeys(["offen", "offene", "offentlich"], 1))
    assert set(known.answers("offenen")) == {"offen", "offene"}


def test_the_end_of_a_participle_is_no_part_of_a_compound():
    known = Vocabulary(dict.fromkeys(["ende", "flucht", "fehl", "fehlende", "jahr", "endphase", "phase"], 1))
    assert set(known.answers("ende")) == {"ende", "endphase"}
    assert known.split("fluchtende") == ()


def test_the_word_itself_answers_better_than_an_inflection_and_that_better_than_a_compound():
    found = answers("Wohnung")
    assert found["wohnung"] == EXACT
    assert found["wohnungen"] == SAME_STEM
    assert found["sozialwohnung"] == IN_COMPOUND
    assert answers("Betreuung")["kinderbetreuungsplatze"] == INSIDE


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("wohnraummangel", ("wohnraum", "mangel")),
        ("kinderbetreuungskurs", ("kinderbetreuung", "kurs")),
        ("sprachmangel", ("sprach", "mangel")),
        ("jugendhauswohnung", ("jugend", "haus", "wohnung")),
        ("wohnungsproblematik", ("wohnung", "problematik")),
        ("wohnung", ()),
        ("xylophonkurs", ()),
        ("xylophonproblematik", ()),
        ("x" * 5000, ()),
    ],
)
def test_a_compound_is_split_where_all_of_its_parts_are_known(word, parts):
    assert VOCABULARY.split(word) == parts


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("wonung", "wohnung"),
        ("wohnugn", "wohnung"),
        ("heidelbreg", "heidelberg"),
        ("kinderbetreungsplaze", "kinderbetreuungsplatze"),
        ("synonim", "synonym"),
        ("owhnung", "wohnung"),
        ("wohnnung", "wohnung"),
        ("wohnungslosigkait", "wohnungslosigkeit"),
        ("wohnumgslosigkait", "wohnungslosigkeit"),
        ("wohnumg", "wohnung"),
        ("kibder", "kinder"),  # the next key
        ("hus", None),
        ("2023", None),
        ("xylophon", None),
        ("w" * 5000, None),
    ],
)
def test_a_misspelt_word_is_corrected_from_our_own_words(typed, meant):
    assert next(iter(VOCABULARY.corrected(typed)), None) == meant


def test_a_compound_of_known_words_is_no_misspelling_of_another():
    known = Vocabulary(dict.fromkeys(["fluchtlinge", "beirat", "fluchtlingsberatung"], 1))
    assert known.corrected("fluchtlingsbeirat") == ()
    assert known.corrected("fluchtlingsberatnug") == ("fluchtlingsberatung",)


def test_a_long_word_that_only_shares_stems_with_known_ones_may_be_misspelt():
    known = Vocabulary(dict.fromkeys(["migration", "organisation", "migrantenorganisation"], 1))
    assert known.split("migratenorganisation")
    assert known.may_be_misspelt("migratenorganisation")
    assert not known.may_be_misspelt("migrationsorganisation")
    assert not known.may_be_misspelt("migrantenorganisation")


def test_a_misspelt_word_is_corrected_from_the_stems_where_only_another_inflection_is_known():
    known = Vocabulary({"krisen": 2, "vorhandene": 1})
    assert known.corrected("krisse") == ("krisen",)
    assert known.corrected("vorhang") == ()  # another letter of a stem makes another word


def test_of_two_corrections_the_more_frequent_word_comes_first():
    assert Vocabulary({"stadter": 1, "starter": 9}).corrected("stater") == ("starter", "stadter")


@pytest.mark.parametrize(
    ("typed", "other"),
    [
        ("abwanderung", "zuwanderung"),  # another first letter, and more
        ("religion", "region"),  # two letters more
        ("moschee", "mochte"),  # a word that questions are made of
        ("anfeindungen", "anmeldungen"),  # three letters, as a word of this length has no three typos
        ("stimmung", "stiftung"),  # two other letters
        ("bewegungen", "begegnungen"),  # another letter and one more
        ("hetze", "hitze"),  # another letter of a short word
        ("hetze", "netze"),  # another first letter
        ("ermittlungen", "vermittlungen"),  # without the first letter
        ("abmeldung", "anmeldung"),  # another prefix
        ("ausnahme", "aufnahme"),
    ],
)
def test_another_word_is_no_misspelling(typed, other):
    assert Vocabulary({other: 9}).corrected(typed) == ()


def test_a_vocabulary_goes_with_all_its_answers_when_nobody_needs_it():
    vocabulary = Vocabulary(FREQUENCY)
    assert vocabulary.answers("wohnung") and vocabulary.split("wohnraummangel") and vocabulary.near("amd")
    gone = weakref.ref(vocabulary)
    gc.disable()  # at once, not when the collector comes by
    try:
        del vocabulary
        assert gone() is None
    finally:
        gc.enable()


def test_only_the_last_answers_are_remembered():
    vocabulary = Vocabulary(FREQUENCY)
    for n in range(MOST_ANSWERS + 1):
        vocabulary.answers(f"wort{chr(97 + n % 26)}{'x' * (n // 26)}")
    assert len(vocabulary.memory["answers"]) <= MOST_ANSWERS


def test_words_are_suggested_by_their_beginning_the_frequent_ones_first():
    assert VOCABULARY.beginning_with("wohnu")[:2] == ["wohnung", "wohnungen"]
    assert VOCABULARY.beginning_with("syn") == ["synonym"]
    assert VOCABULARY.beginning_with("xyz") == []


@pytest.mark.parametrize(
    ("typed", "near"),
    [
        ("wohnungsgeberbestatigung", "wohnung"),  # its beginning
        ("grosstadtbetreuung", "betreuung"),  # its end
        ("amd", "amt"),  # too short to be corrected unasked
        ("kurshaus", "haus"),  # a part
        ("wohnra", "wohnraum"),  # its beginning only
        ("kundarbetrauung", "kinderbetreuung"),
    ],
)
def test_words_that_may_be_meant_are_offered(typed, near):
    assert VOCABULARY.corrected(typed) == ()
    assert near in VOCABULARY.near(typed)


@pytest.mark.parametrize("typed", ["xylophon", "12345", "w" * 200, "", "trauma", "anfeindungen"])
def test_nothing_is_offered_for_what_resembles_nothing(typed):
    assert VOCABULARY.near(typed) == ()
