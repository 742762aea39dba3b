"""What pages say follows from the records: nothing is claimed that a record contradicts."""

from datetime import date

import pytest

from recommendations.models.source import DEZIM_REPORT
from tests.factories import make_challenge, make_example, make_municipality, make_recommendation, make_source
from tests.site.world import body

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
    recommendation = make_recommendation(sources=[make_source(key, authors="Ada Beispiel") for key in keys], **fields)
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
