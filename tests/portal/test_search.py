import unicodedata

import pytest

from portal.search import alphabetical, fold, forms, marked, read, sort_key, stemmed, stems, synonyms, words


@pytest.mark.parametrize(
    ("typed", "written"),
    [("Blota", "Błota"), ("Chosebuz", "Chóśebuz"), ("lodz", "Łódź"), ("Dakovo", "Đakovo"), ("Ceske", "České"),
     ("Sonderborg", "Sønderborg"), ("Aero", "Ærø"), ("Izmir", "İzmir"), ("Diyarbakir", "Diyarbakır")],
)  # fmt: skip
def test_letters_with_strokes_are_found_by_plain_ones(typed, written):
    assert fold(typed) == fold(written)


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


def others(groups, typed):
    """What else a typed term finds."""
    return set(synonyms(groups).get(stemmed(tuple(words(typed))), ()))


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
        (("Jobcenter\nAgentur für Arbeit", "equivalent"), "Agenturen für Arbeit", {("jobcenter",)}),
        (("Amt\n!", "equivalent"), "Amt", set()),
        (("", "oneway"), "Amt", set()),
    ],
)
def test_equivalent_terms_find_each_other_and_one_way_terms_only_one_way(group, typed, expected):
    assert others([group], typed) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Kurs", "Kurse"),
        ("Kursen", "Kurs"),
        ("Bürger", "Bürgerinnen"),
        ("Migrant", "Migrant*innen"),
        ("labour", "labor"),
        ("organisation", "organization"),
        ("neighbours", "neighbor"),
        ("municipality", "municipalities"),
        ("Geflüchtete", "gefluechteten"),
        ("eingebürgert", "Einbürgerung"),
        ("zugewandert", "Zuwanderung"),
        ("gefördert", "Förderung"),
        ("unterstützte", "Unterstützung"),
        ("befragt", "Befragung"),
        ("Ärztinnen", "Arzt"),
        ("Migrantin", "Migrant"),
        ("Zentrum", "Zentren"),
        ("Thema", "Themen"),
        ("Rassismus", "rassistischer"),
        ("racism", "racist"),
        ("woman", "women"),
        ("children", "child"),
        ("Nachbar", "Nachbarn"),
        ("Anerkennung", "anerkennen"),
        ("Integration", "integrieren"),
        ("Qualifikationen", "qualifiziert"),
        ("Finanzierung", "finanzierte"),
        ("überlastet", "Überlastung"),
        ("anzumelden", "Anmeldung"),
        ("vermittelt", "Vermittlung"),
        ("vermitteln", "Vermittlerinnen"),
        ("Koordinatorin", "koordinieren"),
    ],
)
def test_inflections_and_spellings_of_a_word_have_a_stem_in_common(one, other):
    (one,), (other,) = words(one), words(other)
    assert stems(one) & stems(other)


@pytest.mark.parametrize("word", ["beginnen", "gewinnen", "innen", "hour", "ours", "protest", "proteste", "station"])
def test_words_that_only_look_inflected_keep_their_stem(word):
    assert not stems(word) & {"beg", "gew", "", "hor", "ors", "or", "prot", "stieren"}


@pytest.mark.parametrize(("word", "another"), [("nächste", "nach"), ("nächste", "Nachbarn"), ("Mittler", "Mittel")])
def test_words_that_only_look_related_have_no_stem_in_common(word, another):
    (one,), (other,) = words(word), words(another)
    assert not stems(one) & stems(other)


def test_a_hyphenated_word_is_filed_in_parts_and_as_a_whole():
    assert set(forms("Kita-Plätze")) == {"kita", "platze", "kitaplatze"}
    assert forms("Platz") == ("platz",)


@pytest.mark.parametrize(
    ("typed", "terms", "excluded"),
    [
        ("Wohnung Kita", ["Wohnung", "Kita"], []),
        ("Wie finde ich Wohnungen für Geflüchtete?", ["Wohnungen", "Geflüchtete"], []),
        ("how to find a flat", ["flat"], []),
        ("Was tun gegen Vorurteile?", ["Vorurteile"], []),
        ("zu wenig Kitaplätze", ["Kitaplätze"], []),
        ("Nachbarn sind dagegen", ["Nachbarn"], []),
        ("Es fehlen viele Wohnungen", ["Wohnungen"], []),
        ("Warum bekommt niemand einen Termin?", ["Termin"], []),
        ("there are too few flats", ["flats"], []),
        ("für", ["für"], []),
        ("„Leben in Deutschland“ Kurs", ["Leben in Deutschland", "Kurs"], []),
        ('"frühe Hilfen"', ["frühe Hilfen"], []),
        ('offen " gelassen', ["offen", "gelassen"], []),
        ("App -Ukraine", ["App"], ["Ukraine"]),
        ("App -„aus der Ukraine“", ["App"], ["aus der Ukraine"]),
        ("Kita-Platz", ["Kita-Platz"], []),
        ("2020 - 2023", ["2020", "2023"], []),
        ("-", [], []),
        ("-Kita", [], ["Kita"]),
        ("Kita Kita", ["Kita"], []),
        ("… ?!", [], []),
        ("", [], []),
    ],
)
def test_a_search_is_read_as_terms_phrases_and_exclusions(typed, terms, excluded):
    query = read(typed)
    assert [term.typed for term in query.terms] == terms
    assert [term.typed for term in query.excluded] == excluded


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("Wie melde ich mein Kind in der Kita an?", ["anmelde", "kind", "kita"]),
        ("Was hält Familien davon ab, ein Kind anzumelden?", ["abhalt", "familien", "kind", "anzumelden"]),
        ("Wer bringt Geflüchtete unter", ["unterbringen", "gefluchtete"]),
        ("Wer nimmt Familien auf?", ["aufnehmen", "familien"]),
        ("Baut das Amt Hürden ab!", ["abbauen", "amt", "hurden"]),
        ("Was führt die Verwaltung zurück?", ["fuhrt", "verwaltung", "zuruck"]),
        ("Kita an", ["kita"]),
        ("an", ["an"]),
        ("Hand in Hand mit", ["hand"]),
    ],
)
def test_a_separable_verb_is_one_word_where_the_content_knows_it(typed, words):
    known = {"anmelde", "abhalt", "unterbringen", "aufnehmen", "abbauen", "zuruckgeben"}
    assert (
        list(dict.fromkeys(word for term in read(typed, knows=known.__contains__).terms for word in term.words))
        == words
    )


def test_words_that_together_are_a_synonym_are_one_term():
    known = synonyms([("Jobcenter\nAgentur für Arbeit", "equivalent")])
    assert [term.typed for term in read("Agentur für Arbeit Bonn", known).terms] == ["Agentur für Arbeit", "Bonn"]
    assert [term.typed for term in read("Agentur Bonn", known).terms] == ["Agentur", "Bonn"]


def test_found_words_are_marked_as_they_are_written():
    text = "Kita-Plätze für Bürger:innen, sofort."
    assert marked(text, {"platze", "burgerinnen"}) == [
        ("", "Kita-Plätze"), (" für ", "Bürger:innen"), (", sofort.", ""),
    ]  # fmt: skip
    assert "".join(before + hit for before, hit in marked(text, {"sofort"})) == text
    assert marked(text, set()) == [(text, "")]
    assert marked("", {"x"}) == [("", "")]


def test_sorts_umlauts_beside_their_vowel_and_spelt_out_ones_as_they_are_spelt():
    class Place:
        def __init__(self, name):
            self.name = name

    names = ["Zell", "Öhringen", "Altena", "Ahlen", "Aerzen", "Ämter", "Offenbach", "Straße", "Strasse"]
    expected = ["Aerzen", "Ahlen", "Altena", "Ämter", "Offenbach", "Öhringen", "Straße", "Strasse", "Zell"]
    assert [place.name for place in alphabetical([Place(name) for name in names], "name")] == expected
