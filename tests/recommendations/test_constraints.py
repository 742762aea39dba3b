"""What the database itself refuses, whatever writes to it: one bad row per constraint."""

import pytest
from django.apps import apps
from django.db import IntegrityError, models, transaction

from municipalities.models import Municipality
from portal.models import GlossaryTerm, Page, Release, Revision, SearchSynonym, User
from recommendations.models import (
    Challenge,
    ChallengeCitation,
    ExampleCitation,
    Illustration,
    LinkCheck,
    OpenItem,
    PracticeExample,
    Recommendation,
    RecommendationCitation,
    SelfCheckQuestion,
    SelfCheckReading,
    Source,
    Step,
    TargetGroup,
)
from tests.factories import DRAFT, LONG_AGO

pytestmark = pytest.mark.django_db

RECORDS = {
    User: {"username": "redaktion"},
    Municipality: {
        "key": "05962004",
        "kind": "town",
        "state": "05",
        "name": "Altena",
        "official_name": "Altena, Stadt",
    },
    TargetGroup: {"slug": "frauen", "label_de": "Frauen", "role": "actor"},
    Source: {"key": "studie-2020", "title": "Studie", "kind": "primary"},
    Challenge: {"slug": "wohnraum", "title_de": "Wohnraum", "summary_de": "Kurz."},
    PracticeExample: {"number": "P001", "slug": "lotsen", "title_de": "Lotsen", "summary_de": "Kurz."},
    Recommendation: {"number": "E001", "slug": "bauen", "title_de": "Bauen", "summary_de": "Kurz."},
    Step: {"text_de": "Schritt"},
    ChallengeCitation: {},
    ExampleCitation: {},
    RecommendationCitation: {},
    Illustration: {},
    OpenItem: {"kind": "municipality", "text": "Altena"},
    SelfCheckQuestion: {"key": "wohnraum-partner", "question_de": "Gibt es Absprachen?"},
    SelfCheckReading: {},
    LinkCheck: {"url": "https://bericht.example/", "state": "ok", "checked_at": LONG_AGO},
    Page: {"slug": "about", "title_de": "Über", "body_de": "Text"},
    GlossaryTerm: {"slug": "asyl", "term_de": "Asyl", "definition_de": "Schutz."},
    SearchSynonym: {"terms": "a\nb", "kind": "equivalent"},
    Release: {"number": 1},
    Revision: {"table": "pages", "record_id": 1, "number": 1, "entry": {}},
}


def create(model, **fields):
    """A row of the model with everything it must have, and what that refers to; `fields` replace."""
    needed = {}
    for field in model._meta.get_fields():
        if isinstance(field, models.ForeignKey) and not field.null and field.name not in fields:
            needed[field.name] = field.related_model.objects.first() or create(field.related_model)
    return model.objects.create(**{**RECORDS[model], **needed, **fields})


PUBLISHABLE = (Recommendation, PracticeExample, Challenge, Page)
PICTURE = {
    "picture": "x",
    "picture_alt_de": "x",
    "picture_credit": "x",
    "picture_licence": "permission",
    "picture_consent": True,
}
BAD_ROWS = [  # name of the constraint, model, what makes the row a bad one
    ("openitem_kind_known", OpenItem, {"kind": "rumour"}),
    ("selfcheckquestion_key_format", SelfCheckQuestion, {"key": "Wohnraum"}),
    ("selfcheckquestion_key_format", SelfCheckQuestion, {"key": "wohnraum-"}),
    *[
        (f"{model._meta.app_label}_{model._meta.model_name}_published_has_date", model, {"status": "published"})
        for model in PUBLISHABLE
    ],
    *[
        (f"{model._meta.app_label}_{model._meta.model_name}_status_known", model, {"status": "secret"})
        for model in PUBLISHABLE
    ],
    ("municipality_key_fits_kind", Municipality, {"key": "05962"}),
    ("municipality_key_fits_kind", Municipality, {"key": "05962004", "kind": "district"}),
    ("municipality_key_fits_kind", Municipality, {"key": "05962004", "kind": "association"}),
    ("municipality_key_fits_kind", Municipality, {"key": "0596200x"}),
    ("municipality_key_fits_kind", Municipality, {"key": "05962004\n"}),
    ("municipality_key_fits_kind", Municipality, {"kind": "village"}),
    ("municipality_key_begins_with_state", Municipality, {"state": "06"}),
    ("municipality_state_known", Municipality, {"key": "17000000", "state": "17"}),
    ("municipality_ars_format", Municipality, {"ars": "0596"}),
    ("municipality_point_complete_and_on_earth", Municipality, {"lat": 51.0}),
    ("municipality_point_complete_and_on_earth", Municipality, {"lon": 7.0}),
    ("municipality_point_complete_and_on_earth", Municipality, {"lat": 91.0, "lon": 7.0}),
    ("municipality_point_complete_and_on_earth", Municipality, {"lat": 51.0, "lon": -181.0}),
    ("municipality_degree_known", Municipality, {"degree_of_urbanisation": 4}),
    ("municipality_area_positive", Municipality, {"area_km2": 0}),
    ("municipality_validity_in_order", Municipality, {"valid_from": "2020-01-02", "valid_to": "2020-01-01"}),
    ("targetgroup_role_known", TargetGroup, {"role": "owner"}),
    ("source_year_plausible", Source, {"year": 1899}),
    ("source_year_plausible", Source, {"year": 2101}),
    ("source_kind_known", Source, {"kind": "tertiary"}),
    ("source_language_known", Source, {"language": "fr"}),
    ("source_key_format", Source, {"key": "Studie"}),
    ("source_key_format", Source, {"key": "a--b"}),
    ("recommendation_number_format", Recommendation, {"number": "P001"}),
    ("recommendation_number_format", Recommendation, {"number": "E01"}),
    ("recommendation_number_format", Recommendation, {"number": "e001"}),
    ("recommendation_number_unless_copy", Recommendation, {"number": None}),
    ("recommendation_kind_known", Recommendation, {"kind": "wish"}),
    ("recommendation_horizon_known", Recommendation, {"horizon": "soon"}),
    ("recommendation_effort_known", Recommendation, {"effort": "none"}),
    ("recommendation_evidence_known", Recommendation, {"evidence": "felt"}),
    ("recommendations_recommendation_addressees_codes", Recommendation, {"addressees": ["eu"]}),
    ("recommendations_recommendation_addressees_codes", Recommendation, {"addressees": ["kommune", "eu"]}),
    ("recommendations_recommendation_municipal_level_codes", Recommendation, {"municipal_level": ["bezirk"]}),
    ("recommendations_step_actors_codes", Step, {"actors": ["eu"]}),
    ("practiceexample_number_format", PracticeExample, {"number": "E001"}),
    ("practiceexample_number_unless_copy", PracticeExample, {"number": None}),
    ("practiceexample_years_plausible", PracticeExample, {"year_start": 1899}),
    ("practiceexample_years_plausible", PracticeExample, {"year_end": 2101}),
    ("practiceexample_years_in_order", PracticeExample, {"year_start": 2020, "year_end": 2019}),
    ("practiceexample_period_known", PracticeExample, {"period_status": "paused"}),
    ("practiceexample_picture_licence_known", PracticeExample, {"picture_licence": "beerware"}),
    *[
        ("practiceexample_picture_complete", PracticeExample, PICTURE | {f"picture_{name}": missing})
        for name, missing in (("alt_de", ""), ("credit", ""), ("licence", ""), ("consent", False))
    ],
    *[
        (f"recommendations_{model.__name__.lower()}_licence_known", model, {"licence": licence})
        for model in (Challenge, PracticeExample, Recommendation)
        for licence in ("", "permission")
    ],
    ("linkcheck_state_known", LinkCheck, {"state": "tired"}),
    ("portal_searchsynonym_kind_known", SearchSynonym, {"kind": "both"}),
    ("portal_release_withdrawn_with_reason", Release, {"withdrawn_at": "2026-01-01T00:00Z"}),
]
GOOD_ROWS = [
    (Municipality, {"key": "05962", "kind": "district"}),
    (Municipality, {"key": "010585822", "kind": "association", "state": "01"}),
    (Municipality, {"key": "11000000", "kind": "city", "state": "11", "ars": "110000000000", "lat": 52.5, "lon": 13.4}),
    (Municipality, {"ars": "059620004", "degree_of_urbanisation": 3, "area_km2": "0.01"}),
    (Municipality, {"valid_from": "2020-01-01", "valid_to": "2020-01-01"}),
    (Recommendation, {"number": "E99999", "addressees": ["kommune", "bund"], "horizon": "long", "kind": "demand"}),
    (PracticeExample, {"year_start": 1900, "year_end": 1900, "period_status": "ended"}),
    (PracticeExample, {"year_start": 2100}),
    (Source, {"year": 2100, "key": "a-1-b", "language": "en"}),
    *[(model, {"status": "published", "published_at": LONG_AGO}) for model in PUBLISHABLE],
    *[(model, DRAFT) for model in PUBLISHABLE],
]
TWICE = [  # model, what a second row shares with the first, what tells them apart
    (Municipality, {}, {"name": "Anders"}),
    (TargetGroup, {}, {"label_de": "Anders"}),
    (Source, {}, {"title": "Anders"}),
    (Source, {"doi": "10.1/x"}, {"key": "andere"}),
    (LinkCheck, {}, {"state": "broken"}),
    (Challenge, {}, {"title_de": "Anders"}),
    (PracticeExample, {}, {"slug": "anders"}),
    (PracticeExample, {}, {"number": "P002"}),
    (Recommendation, {}, {"slug": "anders"}),
    (Recommendation, {}, {"number": "E002"}),
    (Page, {}, {"title_de": "Anders"}),
    (GlossaryTerm, {}, {"term_de": "Anders"}),
    (SearchSynonym, {}, {"kind": "oneway"}),
    (ChallengeCitation, {}, {"page": "2"}),
    (ExampleCitation, {}, {"page": "2"}),
    (RecommendationCitation, {}, {"page": "2"}),
    (Illustration, {}, {"note_de": "Anders"}),
    (SelfCheckQuestion, {}, {"question_de": "Anders?"}),
    (SelfCheckReading, {}, {"position": 2}),
    (Revision, {}, {"note": "anders"}),
]


@pytest.mark.parametrize(("constraint", "model", "fields"), BAD_ROWS)
def test_the_database_refuses_a_bad_row(constraint, model, fields):
    """By exactly this constraint: everything else in the row is in order."""
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        create(model, **fields)
    assert not model.objects.exists()


@pytest.mark.parametrize(("model", "fields"), GOOD_ROWS)
def test_the_database_takes_a_good_row(model, fields):
    assert create(model, **fields).pk


def test_every_check_constraint_of_the_portal_has_a_bad_row_here():
    ours = [
        model
        for app in ("portal", "municipalities", "recommendations")
        for model in apps.get_app_config(app).get_models()
    ]
    names = {
        check.name for model in ours for check in model._meta.constraints if isinstance(check, models.CheckConstraint)
    }
    assert names == {name for name, _model, _fields in BAD_ROWS}


@pytest.mark.parametrize(("model", "shared", "different"), TWICE)
def test_the_database_refuses_a_second_row_of_the_same_identity(model, shared, different):
    create(model, **shared)
    with pytest.raises(IntegrityError), transaction.atomic():
        create(model, **shared, **different)
    assert model.objects.count() == 1


def test_two_sources_without_a_doi_are_two_sources():
    create(Source)
    assert create(Source, key="andere")


@pytest.mark.parametrize("named", [Municipality, Source, PracticeExample])
def test_what_a_record_names_can_not_be_deleted(named):
    create(Illustration)
    create(ExampleCitation)
    with pytest.raises(models.ProtectedError):
        named.objects.get().delete()
