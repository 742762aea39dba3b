"""The tables of this app, column by column. Codes stand beside their label in the language of the export."""

from operator import attrgetter
from typing import NamedTuple

from django.conf import settings
from django.db.models import Count, TextField
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from portal.exports import Address, Column, Table, among, attribute, bare, grouped, linked
from portal.pictures import rendition

from .filters import ChallengeFilter, PracticeExampleFilter, RecommendationFilter, SourceFilter
from .models import (
    Challenge,
    ChallengeCitation,
    ExampleCitation,
    Illustration,
    RecommendationCitation,
    Source,
    Step,
    TargetGroup,
)


class Named(NamedTuple):
    """A challenge or a target group beside a record, with its label in the language of the export."""

    slug: str
    label: str


def challenges(records):
    shown = Challenge.objects.visible().as_labels()
    return linked(records, "challenges", {each.pk: Named(each.slug, each.title) for each in shown})


def target_groups(records):
    return linked(
        records, "target_groups", {each.pk: Named(each.slug, each.label) for each in TargetGroup.objects.all()}
    )


def citations(model, records):
    """{primary key of a record: [(source, page)]}"""
    rows = model.objects.filter(**{f"{model.owner}__in": among([record.pk for record in records])})
    rows = grouped(rows.values_list(f"{model.owner}_id", "source_id", "page"))
    named = Source.objects.filter(pk__in={source for cited in rows.values() for _owner, source, _page in cited})
    named = named.values_list("pk", "key", "title", "kind", "url", "year", named=True)
    sources = {source.pk: source for source in named}
    return {
        pk: [(sources[source], page) for _owner, source, page in cited if source in sources]
        for pk, cited in rows.items()
    }


def recommendation_rows(visible):
    """What a card shows, read with one query for each kind of thing; making records of them all takes too long."""
    records = bare(visible)
    if not records:
        return records
    pks = among([record.pk for record in records])
    steps = Step.objects.filter(recommendation__in=pks).annotate(who=Cast("actors", TextField()))  # its words as stored
    steps = grouped(steps.values_list("recommendation_id", "text_de", "text_en", "editorial", "who", named=True))
    illustrations = Illustration.objects.shown().filter(recommendation__in=pks).order_by()
    example_counts = dict(illustrations.values_list("recommendation_id").annotate(Count("pk")))
    shown, groups, cited = challenges(records), target_groups(records), citations(RecommendationCitation, records)
    for record in records:
        pk = record.pk
        record.ordered_steps = steps.get(pk, ())
        record.shown_challenges = shown.get(pk, ())
        record.groups = groups.get(pk, ())
        record.cited = cited.get(pk, ())
        record.example_count = example_counts.get(pk, 0)
    return records


def example_rows(visible):
    records = list(visible.select_related("municipality"))
    if records:
        shown, groups, cited = challenges(records), target_groups(records), citations(ExampleCitation, records)
        for record in records:
            record.shown_challenges = shown.get(record.pk, ())
            record.groups = groups.get(record.pk, ())
            record.cited = cited.get(record.pk, ())
    return records


def challenge_rows(visible):
    records = list(visible.with_counts())
    cited = citations(ChallengeCitation, records)
    for record in records:
        record.cited = cited.get(record.pk, ())
    return records


def both(name):
    return attribute(f"{name}_de"), attribute(f"{name}_en")


def code(name):
    """A closed vocabulary's code, and beside it its label."""
    label = Column(f"{name}_label", lambda record: getattr(record, f"get_{name}_display")(), of=name)
    return Column(name, attrgetter(name), of=name), label


def slugs(name, records):
    """`records`: the attribute that holds them as a list."""
    return Column(name, lambda record: [other.slug for other in getattr(record, records)])


def labels(name, records):
    """What `slugs` names, in the language of the export."""
    return Column(f"{name}_label", lambda record: [other.label for other in getattr(record, records)])


def lines(name):
    return Column(name, lambda record: getattr(record, name).splitlines())


def beside(values):
    """A list whose items belong to those of another column, one by one; nothing if all of them are empty."""
    return values if any(values) else []


def picture_address(example):
    return settings.SITE_ADDRESS + rendition(example.picture).src if example.picture else ""


ADDRESS = Address("url", attrgetter("slug"))


SOURCES = (
    Column("sources", lambda record: [source.key for source, _page in record.cited]),
    Column("source_titles", lambda record: [source.title for source, _page in record.cited]),
    Column("source_kinds", lambda record: [source.kind for source, _page in record.cited]),
    Column("source_pages", lambda record: beside([page for _source, page in record.cited])),
    Column("source_urls", lambda record: [source.url for source, _page in record.cited]),
)

RECOMMENDATIONS = Table(
    "recommendations",
    _("Recommendations"),
    RecommendationFilter,
    recommendation_rows,
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
        Column("steps_actors", lambda record: beside([step.who for step in record.ordered_steps])),
        Column("step_count", lambda record: len(record.ordered_steps)),
        Column("editorial_step_count", lambda record: sum([step.editorial for step in record.ordered_steps])),
        slugs("challenges", "shown_challenges"),
        labels("challenges", "shown_challenges"),
        *code("addressees"),
        slugs("target_groups", "groups"),
        labels("target_groups", "groups"),
        *code("horizon"),
        *code("effort"),
        attribute("editorial_estimate"),
        *code("evidence"),
        *both("evidence_note"),
        *both("law_note"),
        *SOURCES,
        Column("source_year", lambda record: record.cited[0][0].year if record.cited else None),
        attribute("example_count"),
    ),
)

PRACTICE_EXAMPLES = Table(
    "practice-examples",
    _("Practice examples"),
    PracticeExampleFilter,
    example_rows,
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
    challenge_rows,
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
    list,
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
