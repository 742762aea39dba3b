"""The tables of this app, column by column. Codes stand beside their label in the language of the export."""

from django.conf import settings
from django.db.models import Prefetch
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from portal.exports import Column, Table, attribute, plain
from portal.pictures import rendition

from .filters import ChallengeFilter, PracticeExampleFilter, RecommendationFilter, SourceFilter
from .models import ChallengeCitation


def both(name):
    return attribute(f"{name}_de"), attribute(f"{name}_en")


def code(name):
    """A closed vocabulary's code, and beside it its label, which is looked up once per language."""
    known = {}

    def label(record):
        key = get_language(), str(getattr(record, name))
        if key not in known:
            known[key] = plain(getattr(record, f"get_{name}_display")())
        return known[key]

    return attribute(name), Column(f"{name}_label", label)


def slugs(name, records):
    """`records`: the attribute that holds them as a list."""
    return Column(name, lambda record: [other.slug for other in getattr(record, records)])


def labels(name, records, text):
    """What `slugs` names, in the language of the export."""
    return Column(f"{name}_label", lambda record: [getattr(other, text) for other in getattr(record, records)])


def lines(name):
    return Column(name, lambda record: getattr(record, name).splitlines())


def beside(values):
    """A list whose items belong to those of another column, one by one; nothing if all of them are empty."""
    return values if any(values) else []


def picture_address(example):
    return settings.SITE_ADDRESS + rendition(example.picture).src if example.picture else ""


ADDRESS = Column("url", lambda record: settings.SITE_ADDRESS + record.get_absolute_url())


SOURCES = (
    Column("sources", lambda record: [citation.source.key for citation in record.cited]),
    Column("source_titles", lambda record: [citation.source.title for citation in record.cited]),
    Column("source_kinds", lambda record: [citation.source.kind for citation in record.cited]),
    Column("source_pages", lambda record: beside([citation.page for citation in record.cited])),
    Column("source_urls", lambda record: [citation.source.url for citation in record.cited]),
)

RECOMMENDATIONS = Table(
    "recommendations",
    _("Recommendations"),
    RecommendationFilter,
    lambda visible: (
        visible.with_card()
        .with_source_year()
        .prefetch_related(Prefetch("steps", to_attr="ordered_steps"), Prefetch("target_groups", to_attr="groups"))
    ),
    (
        attribute("number"),
        attribute("slug"),
        ADDRESS,
        *code("kind"),
        *code("municipal_level"),
        *both("title"),
        *both("summary"),
        *both("rationale"),
        Column("steps_de", lambda record: [step.text_de for step in record.ordered_steps]),
        Column("steps_en", lambda record: beside([step.text_en for step in record.ordered_steps])),
        Column(
            "steps_origin",
            lambda record: ["editorial" if step.editorial else "source" for step in record.ordered_steps],
        ),
        Column("steps_actors", lambda record: beside([" ".join(step.actors) for step in record.ordered_steps])),
        attribute("step_count"),
        attribute("editorial_step_count"),
        slugs("challenges", "shown_challenges"),
        labels("challenges", "shown_challenges", "title"),
        *code("addressees"),
        slugs("target_groups", "groups"),
        labels("target_groups", "groups", "label"),
        *code("horizon"),
        *code("effort"),
        attribute("editorial_estimate"),
        *code("evidence"),
        *both("evidence_note"),
        *both("law_note"),
        *SOURCES,
        attribute("source_year"),
        attribute("example_count"),
    ),
)

PRACTICE_EXAMPLES = Table(
    "practice-examples",
    _("Practice examples"),
    PracticeExampleFilter,
    lambda visible: visible.with_card().prefetch_related(Prefetch("target_groups", to_attr="groups")),
    (
        attribute("number"),
        attribute("slug"),
        ADDRESS,
        Column("municipality_key", lambda record: record.municipality.key),
        Column("municipality", lambda record: record.municipality.display_name),
        Column("state", lambda record: record.municipality.state),
        Column("state_label", lambda record: record.municipality.get_state_display()),
        Column("population", lambda record: record.municipality.population),
        Column("size", lambda record: record.municipality.size),
        Column("municipality_kind", lambda record: record.municipality.kind),
        *both("title"),
        *both("summary"),
        *both("situation"),
        *both("approach"),
        *both("result"),
        *both("transfer"),
        lines("actors_de"),
        lines("actors_en"),
        attribute("year_start"),
        attribute("year_end"),
        *code("period_status"),
        slugs("challenges", "shown_challenges"),
        slugs("target_groups", "groups"),
        *SOURCES,
        attribute("info_url"),
        attribute("basis_note"),
        Column("picture_url", picture_address),
        *both("picture_alt"),
        attribute("picture_credit"),
        *code("picture_licence"),
    ),
)

CHALLENGES = Table(
    "challenges",
    _("Challenges"),
    ChallengeFilter,
    lambda visible: visible.with_counts().prefetch_related(
        Prefetch("citations", ChallengeCitation.objects.select_related("source"), to_attr="cited")
    ),
    (
        attribute("slug"),
        ADDRESS,
        *both("title"),
        *both("summary"),
        *both("opportunity"),
        attribute("opportunity_editorial"),
        attribute("dezim_confirmed"),
        *SOURCES,
        attribute("recommendation_count"),
        attribute("example_count"),
    ),
)

SOURCES_TABLE = Table(
    "sources",
    _("Sources"),
    SourceFilter,
    lambda visible: visible,
    (
        attribute("key"),
        attribute("title"),
        attribute("title_is_descriptive"),
        lines("authors"),
        attribute("publisher"),
        attribute("year"),
        attribute("url"),
        attribute("catalogue_url"),
        attribute("isbn"),
        attribute("doi"),
        *code("kind"),
        attribute("note_de"),
        attribute("seen_on"),
    ),
)
