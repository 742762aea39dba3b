"""What pages say follows from the records: nothing is claimed that a record contradicts."""

import re
from datetime import date

import pytest

from recommendations.models.source import DEZIM_REPORT
from tests.factories import (
    DRAFT,
    make_challenge,
    make_example,
    make_municipality,
    make_page,
    make_recommendation,
    make_source,
    make_target_group,
    make_term,
)  # fmt: skip
from tests.site.world import body, linked_data

pytestmark = pytest.mark.django_db

NOT_THE_REPORT = "stammt nicht aus dem DeZIM-Bericht"
WHERE_FROM = 'id="evidence"'


@pytest.mark.parametrize(
    ("keys", "fields", "denied", "has_section"),
    [
        (["studie"], {}, True, True),
        ([DEZIM_REPORT], {}, False, True),
        (["studie", DEZIM_REPORT], {}, False, True),
        ([], {}, False, False),
        ([], {"evidence": "derived"}, False, True),
        ([], {"evidence_note_de": "Anmerkung."}, False, True),
    ],
)
def test_a_recommendation_denies_the_report_only_if_it_cites_others(client, keys, fields, denied, has_section):
    recommendation = make_recommendation(sources=[make_source(key, authors="Beispiel, Ada") for key in keys], **fields)
    assert recommendation.from_dezim_report == (DEZIM_REPORT in keys)
    text = body(client.get(recommendation.get_absolute_url()))
    assert (NOT_THE_REPORT in text) is denied
    assert (WHERE_FROM in text) is has_section
    assert ("stammt aus: Beispiel" in text) == (DEZIM_REPORT in keys)


@pytest.mark.parametrize(
    ("editorial", "sentence"),
    [
        ([True, True], "Die Chancen hat die Redaktion formuliert."),
        ([True, False], "Einige der Chancen hat die Redaktion formuliert."),
        ([False, False], None),
        ([], None),
    ],
)
def test_the_home_page_says_whose_the_chances_are(client, editorial, sentence):
    for number, ours in enumerate(editorial):
        make_challenge(f"feld-{number}", opportunity_de="Eine Chance.", opportunity_editorial=ours)
    make_challenge("ohne-chance")
    text = body(client.get("/"))
    assert sentence in text if sentence else "Redaktion formuliert" not in text


@pytest.mark.parametrize(("english", "noted"), [("Housing", False), ("", True)])
def test_german_passages_in_an_english_page_are_announced_but_not_the_title_of_a_report(client, english, noted):
    make_challenge("wohnraum", opportunity_de="Eine Chance.", opportunity_en="An opportunity.", title_en=english)
    text = client.get("/en/").text
    assert '“<span lang="de-DE">Chancen statt ‚Krise‘</span>”' in text
    assert ("exist only in German" in text) is noted


@pytest.mark.parametrize(("slugs", "label"), [(["a"], "Herausforderung"), (["a", "b"], "Herausforderungen")])
def test_the_facts_of_a_record_count_its_challenges(client, slugs, label):
    for record in make_recommendation(*slugs), make_example(*slugs):
        assert f'key">{label}</dt>' in client.get(record.get_absolute_url()).text


@pytest.mark.parametrize(
    ("day", "shown", "ours"),
    [
        (date(2024, 12, 31), "31. Dezember 2024", True),
        (date(2022, 5, 15), "15. Mai 2022", False),
        (None, None, False),
    ],
)
def test_a_deduced_day_of_population_is_marked(client, day, shown, ours):
    municipality = make_municipality("05962004", population_on=day)
    make_example(municipality=municipality)
    text = body(client.get("/kommunen/05962004/"))
    assert ("von uns erschlossen" in text) is ours
    assert shown is None or shown in text
    assert "Gebietsstand 31. August 2025" in text


@pytest.mark.parametrize(
    ("address", "german", "english"),
    [
        ("/empfehlungen/bauen/", "<cite>Bericht</cite>", '<cite lang="en">Report</cite>'),
        ("/en/recommendations/bauen/", '<cite lang="de">Bericht</cite>', "<cite>Report</cite>"),
    ],
)
def test_the_title_of_a_source_is_marked_if_it_is_not_in_the_language_of_the_page(client, address, german, english):
    sources = [make_source(title="Bericht"), make_source(title="Report", language="en")]
    make_recommendation(slug="bauen", sources=sources)
    text = body(client.get(address))
    assert german in text
    assert english in text


def test_the_designation_in_the_register_is_marked_as_german_on_an_english_page(client):
    make_example(municipality=make_municipality("05962004", register_kind="Stadt"))
    assert ' lang="de">Stadt</dd>' in body(client.get("/en/municipalities/05962004/"))
    assert 'value">Stadt</dd>' in body(client.get("/kommunen/05962004/"))


def test_the_groups_of_a_facet_are_named_by_their_heading(client):
    make_target_group("frauen")
    make_target_group("vereine", role="actor")
    make_recommendation(target_groups=["frauen", "vereine"])
    text = body(client.get("/empfehlungen/"))
    for number, heading in ((1, "Wem kommt es zugute?"), (2, "Wer wirkt mit?")):
        assert f'role="group" aria-labelledby="group_target_group_{number}"' in text
        assert re.search(rf'id="group_target_group_{number}">{re.escape(heading)}<', text)
    assert set(re.findall(r'aria-labelledby="(group_[^"]*)"', text)) == set(re.findall(r'id="(group_[^"]*)"', text))


def test_an_umlaut_stands_with_its_letter_in_the_glossary(client):
    for slug, term in (("asyl", "Asyl"), ("aerztin", "Ärztin"), ("amt", "Amt"), ("duldung", "Duldung")):
        make_term(slug, term_de=term)
    response = client.get("/glossar/")
    letters = [(letter, [term.term for term in terms]) for letter, terms in response.context["letters"]]
    assert letters == [("A", ["Amt", "Ärztin", "Asyl"]), ("D", ["Duldung"])]
    assert re.findall(r'id="letter-(.)"', body(response)) == ["A", "D"]


EMPTY = re.compile(r"<(ul|ol|dl|dt|dd)\b[^>]*>\s*</\1>")


def test_a_bare_record_has_no_empty_lists(client):
    """Neither on its page nor on its card: it has a challenge that nobody sees, and nothing else."""
    make_challenge("verborgen", **DRAFT)
    pages = [make_recommendation("verborgen"), make_example("verborgen"), make_challenge("leer")]
    for address in [record.get_absolute_url() for record in pages] + ["/empfehlungen/", "/praxisbeispiele/"]:
        text = body(client.get(address))
        assert EMPTY.findall(text) == [], address
        assert "verborgen" not in text


@pytest.mark.parametrize(
    ("address", "current"),
    [
        ("/empfehlungen/", "page"),
        ("/empfehlungen/?challenge=wohnraum", "page"),
        ("/empfehlungen/bauen/", "true"),
        ("/en/recommendations/bauen/", "true"),
        ("/glossar/", None),
    ],
)
def test_the_menu_says_whether_one_is_on_its_page_or_below_it(client, address, current):
    make_recommendation("wohnraum", slug="bauen")
    response = client.get(address)
    assert [entry["current"] for entry in response.context["menu"] if entry["current"]] == (
        [current] if current else []
    )
    menu = body(response).split('class="menu"')[1].split("</nav>")[0]
    assert re.findall(r'aria-current="(\w+)"', menu) == ([current] if current else [])


@pytest.mark.parametrize(
    ("where", "shown"),
    [
        ("/empfehlungen/?q=a", True),
        ("/", True),
        ("//attacker.example/", False),
        ("https://attacker.example/", False),
        ("Rufen Sie 0190 an", False),
        ("", False),
    ],
)
def test_the_feedback_page_repeats_only_a_path_of_the_portal(client, where, shown):
    make_page("feedback")
    response = client.get("/hinweis/", {"from": where})
    assert response.context["from_path"] == (where if shown else "")
    assert ("Sie kommen von der Seite" in body(response)) is shown


def test_an_example_says_to_machines_where_it_took_place(client):
    place = make_municipality("05962004", name="Altena", lat=51.29, lon=7.67)
    make_example("wohnraum", slug="lotsen", title_de="Lotsen </script>", municipality=place)
    page = client.get("/praxisbeispiele/lotsen/").content.decode()
    data = linked_data(page)["Article"]
    assert data["headline"] == "Lotsen </script>"
    assert data["spatialCoverage"]["name"] == "Altena"
    assert data["spatialCoverage"]["geo"]["latitude"] == 51.29


def test_the_page_of_a_municipality_ends_like_that_of_any_record(client, settings):
    settings.SITE_ADDRESS = "https://portal.example"
    full = make_municipality("05962004", name="Altena", population_on=date(2024, 12, 31), area_km2=44.42)
    bare = make_municipality("05962005", name="Balve", population=None)
    for municipality in (full, bare):
        make_example(municipality=municipality)
    response = client.get("/kommunen/05962004/")
    assert "Altena (Kreis Mitte, Nordrhein-Westfalen). https://portal.example/kommunen/05962004/" in body(response)
    assert 'data-copy="citation-wissensportal-municipalities-05962004"' in body(response)
    assert "CC BY 4.0. https" not in body(response)  # its facts aren't ours
    assert response.context["gaps"] == []
    response = client.get("/kommunen/05962005/")
    gaps = ["Einwohnerzahl", "Stichtag der Einwohnerzahl", "Fläche"]
    assert [gap["label"] for gap in response.context["gaps"]] == gaps
    assert "Fläche (noch nicht erfasst)." in body(response)
    assert "„Nicht belegt“ heißt" not in body(response)
