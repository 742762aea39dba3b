import unicodedata

import pytest

from portal.search import alphabetical, fold, matches, sort_key, stems, synonyms, words


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Unterkünfte", "unterkunfte"),
        ("Unterkuenfte", "unterkunfte"),
        ("UNTERKÜNFTE", "unterkunfte"),
        ("Ämter", "amter"),
        ("Aemter", "amter"),
        ("Öffnung", "offnung"),
        ("Oeffnung", "offnung"),
        ("Straße", "strasse"),
        ("STRASSE", "strasse"),
        ("STRAẞE", "strasse"),
        ("Café", "cafe"),
        ("Quelle", "quelle"),
        ("neue", "neue"),
        ("Steuer", "steuer"),
        ("Bauer", "bauer"),
        ("Feuerwehr", "feuerwehr"),
        ("ﬁnden", "finden"),
        ("Straße 3²", "strasse 32"),
        ("", ""),
    ],
)
def test_spellings_of_one_word_fold_to_one_form_and_an_e_of_its_own_stays(text, folded):
    assert fold(text) == folded


@pytest.mark.parametrize("text", ["Unterkünfte", "Ä Ö Ü ß", "São Paulo", "Ångström"])
def test_composed_and_decomposed_letters_are_the_same(text):
    composed, decomposed = unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text)
    assert composed != decomposed or text == "Ä Ö Ü ß"
    assert fold(composed) == fold(decomposed)
    assert sort_key(composed) == sort_key(decomposed)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Bürger:innen", ["burgerinnen"]),
        ("Bürger*innen", ["burgerinnen"]),
        ("Bürger_innen", ["burgerinnen"]),
        ("Bürger·innen", ["burgerinnen"]),
        ("BürgerInnen", ["burgerinnen"]),
        ("Vertreter:in gesucht", ["vertreterin", "gesucht"]),
        ("Ziel: innen und außen", ["ziel", "innen", "und", "aussen"]),
        ("Kita-Plätze, 2-mal!", ["kita", "platze", "2", "mal"]),
        ("§ 24 SGB II", ["24", "sgb", "ii"]),
        ("… ?!", []),
        ("", []),
    ],
)
def test_a_text_is_split_into_words_and_gender_marks_do_not_split(text, expected):
    assert words(text) == expected


VOCABULARY = {word for text in (
    "Wohnung Wohnungen Wohnungslosigkeit Sozialwohnung Sprachkurs Sprachkurse Kommune Kommunen kommunal Haus Häuser Hauses "
    "Rathaus Beratung beraten Lehrkräfte municipality municipalities Ehrenamt Amt Bürger:innen"
).split() for word in words(text)}  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("Wohnungen", {"wohnung", "wohnungen", "wohnungslosigkeit", "sozialwohnung"}),
        ("wohnung", {"wohnung", "wohnungen", "wohnungslosigkeit", "sozialwohnung"}),
        ("sprachkursen", {"sprachkurs", "sprachkurse"}),
        ("häuser", {"haus", "hauser", "hauses", "rathaus"}),
        ("haus", {"haus", "hauser", "hauses", "rathaus"}),
        ("municipality", {"municipality", "municipalities"}),
        ("amt", {"amt"}),
        ("Bürgerinnen", {"burgerinnen"}),
        ("xylophon", set()),
    ],
)
def test_a_word_finds_its_inflections_and_longer_words_that_contain_it(typed, found):
    (term,) = words(typed)
    assert matches(term, VOCABULARY) == found


def others(groups, typed):
    """What else a typed word finds."""
    found = synonyms(groups)
    (term,) = words(typed)
    return {other for stem in stems(term) for other in found.get(stem, ())}


@pytest.mark.parametrize(
    ("group", "typed", "expected"),
    [
        (("Unterkunft\nWohnung", "equivalent"), "Unterkunft", {("wohnung",)}),
        (("Unterkunft\nWohnung", "equivalent"), "Wohnung", {("unterkunft",)}),
        (("Unterkunft\nWohnung", "equivalent"), "Wohnungen", {("unterkunft",)}),
        (("Unterkunft\nWohnung", "equivalent"), "Haus", set()),
        (("Amt\nBehörde\nRathaus", "oneway"), "Amt", {("behorde",), ("rathaus",)}),
        (("Amt\nBehörde\nRathaus", "oneway"), "Rathaus", set()),
        (("Jobcenter\nAgentur für Arbeit", "equivalent"), "Jobcenter", {("agentur", "fur", "arbeit")}),
        (("Jobcenter\nAgentur für Arbeit", "equivalent"), "Agentur", set()),
        (("Amt\n!", "equivalent"), "Amt", set()),
        (("", "oneway"), "Amt", set()),
    ],
)
def test_equivalent_terms_find_each_other_and_one_way_terms_only_one_way(group, typed, expected):
    assert others([group], typed) == expected


def test_sorts_umlauts_beside_their_vowel_and_spelt_out_ones_as_they_are_spelt():
    class Place:
        def __init__(self, name):
            self.name = name

    names = ["Zell", "Öhringen", "Altena", "Ahlen", "Aerzen", "Ämter", "Offenbach", "Straße", "Strasse"]
    expected = ["Aerzen", "Ahlen", "Altena", "Ämter", "Offenbach", "Öhringen", "Straße", "Strasse", "Zell"]
    assert [place.name for place in alphabetical([Place(name) for name in names], "name")] == expected
