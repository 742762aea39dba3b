"""The tables of this app, column by column. Codes stand beside their label in the language of the export."""

from operator import attrgetter, itemgetter
from typing import NamedTuple

from django.conf import settings
from django.db.models import TextField
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from municipalities.models import Municipality, Size, State
from portal.exports import Address, Column, Empty, LinkTable, Table, among, attribute, bare, grouped, linked
from portal.pictures import rendition

from .filters import ChallengeFilter, PracticeExampleFilter, RecommendationFilter, SourceFilter, TargetGroupFilter
from .models import (
    Addressee,
    Challenge,
    ChallengeCitation,
    Effort,
    Evidence,
    ExampleCitation,
    Horizon,
    Illustration,
    Level,
    Licence,
    PracticeExample,
    Recommendation,
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
    shown_illustrations = Illustration.objects.shown().filter(recommendation__in=pks)
    illustrations = grouped(
        shown_illustrations.values_list("recommendation_id", "example__number", "note_de", "note_en", named=True)
    )
    shown, groups, cited = challenges(records), target_groups(records), citations(RecommendationCitation, records)
    for record in records:
        pk = record.pk
        record.ordered_steps = steps.get(pk, ())
        record.shown_challenges = shown.get(pk, ())
        record.groups = groups.get(pk, ())
        record.cited = cited.get(pk, ())
        record.shown_illustrations = illustrations.get(pk, ())
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


def both(name, description="", empty=Empty.NOT_DOCUMENTED):
    return (
        attribute(f"{name}_de", description, empty=empty),
        attribute(f"{name}_en", description, empty=Empty.NOT_RECORDED),
    )


def code(name, vocabulary, description="", empty=Empty.NOT_RECORDED):
    """A closed vocabulary's code, and beside it its label."""
    label = Column(f"{name}_label", lambda record: getattr(record, f"get_{name}_display")(), of=name, label=True)
    return Column(name, attrgetter(name), of=name, vocabulary=vocabulary, description=description, empty=empty), label


def slugs(name, records, refers):
    """`records`: the attribute that holds them as a list."""
    return Column(
        name, lambda record: [other.slug for other in getattr(record, records)], type="string", many=True, refers=refers
    )


def labels(name, records):
    """What `slugs` names, in the language of the export."""
    return Column(
        f"{name}_label", lambda record: [other.label for other in getattr(record, records)],
        type="string", many=True, label=True,
    )  # fmt: skip


def lines(name, empty=Empty.NOT_DOCUMENTED):
    return Column(name, lambda record: getattr(record, name).splitlines(), many=True, empty=empty)


def beside(values):
    """A list whose items belong to those of another column, one by one; nothing if all of them are empty."""
    return values if any(values) else []


def picture_address(example):
    return settings.SITE_ADDRESS + rendition(example.picture).src if example.picture else ""


ADDRESS = Address("url", attrgetter("slug"), title=_("Address"), type="uri", empty=Empty.NEVER)


SOURCES = (
    Column(
        "sources", lambda record: [source.key for source, _page in record.cited],
        title=_("Sources"), type="string", many=True, refers="sources.key",
    ),
    Column(
        "source_titles", lambda record: [source.title for source, _page in record.cited],
        title=_("Titles of the sources"), type="string", many=True,
    ),
    Column(
        "source_kinds", lambda record: [source.kind for source, _page in record.cited],
        title=_("What we have seen of the sources"), type="string", many=True, vocabulary=Source.Kind,
    ),
    Column(
        "source_pages", lambda record: beside([page for _source, page in record.cited]),
        title=_("Pages in the sources"), type="string", many=True, empty=Empty.NOT_RECORDED,
    ),
    Column(
        "source_urls", lambda record: [source.url for source, _page in record.cited],
        title=_("Addresses of the sources"), type="uri", many=True,
    ),
)  # fmt: skip

RECOMMENDATIONS = Table(
    "recommendations",
    _("Recommendations"),
    "",
    RecommendationFilter,
    recommendation_rows,
    "number",
    (
        attribute("number", empty=Empty.NEVER),
        attribute("slug", empty=Empty.NEVER),
        ADDRESS,
        *code("kind", Recommendation.Kind, empty=Empty.NEVER),
        *code("municipal_level", Level),
        *both("title", empty=Empty.NEVER),
        *both("summary", empty=Empty.NEVER),
        *both("rationale"),
        Column(
            "steps_de", lambda record: [step.text_de for step in record.ordered_steps],
            title=_("Steps (German)"), type="string", many=True, empty=Empty.NOT_DOCUMENTED,
        ),
        Column(
            "steps_en", lambda record: beside([step.text_en for step in record.ordered_steps]),
            title=_("Steps (English)"), type="string", many=True, empty=Empty.NOT_RECORDED,
        ),
        Column(
            "steps_origin",
            lambda record: ["editorial" if step.editorial else "source" for step in record.ordered_steps],
            title=_("Whose steps"), type="string", many=True,
        ),
        Column(
            "steps_actors", lambda record: beside([step.who for step in record.ordered_steps]),
            title=_("Who takes the steps"), type="string", many=True, empty=Empty.NOT_RECORDED,
        ),
        Column("step_count", lambda record: len(record.ordered_steps),
               title=_("Number of steps"), type="integer", empty=Empty.NEVER),
        Column("editorial_step_count", lambda record: sum([step.editorial for step in record.ordered_steps]),
               title=_("Number of steps by us"), type="integer", empty=Empty.NEVER),
        slugs("challenges", "shown_challenges", "challenges.slug"),
        labels("challenges", "shown_challenges"),
        *code("addressees", Addressee),
        slugs("target_groups", "groups", "target-groups.slug"),
        labels("target_groups", "groups"),
        *code("horizon", Horizon),
        *code("effort", Effort),
        attribute("editorial_estimate", empty=Empty.NEVER),
        *code("evidence", Evidence),
        *both("evidence_note"),
        *both("law_note"),
        *SOURCES,
        Column("source_year", lambda record: record.cited[0][0].year if record.cited else None,
               title=_("Year of the first source"), type="integer", empty=Empty.NOT_DOCUMENTED),
        Column("examples", lambda record: [each.example__number for each in record.shown_illustrations],
               title=_("Practice examples"), type="string", many=True, refers="practice-examples.number",
               empty=Empty.NOT_RECORDED),
        Column("example_notes_de", lambda record: beside([each.note_de for each in record.shown_illustrations]),
               title=_("What the examples show (German)"), type="string", many=True, empty=Empty.NOT_RECORDED),
        Column("example_notes_en", lambda record: beside([each.note_en for each in record.shown_illustrations]),
               title=_("What the examples show (English)"), type="string", many=True, empty=Empty.NOT_RECORDED),
        Column("example_count", lambda record: len(record.shown_illustrations),
               title=_("Number of practice examples"), type="integer", empty=Empty.NEVER),
    ),
)  # fmt: skip

PRACTICE_EXAMPLES = Table(
    "practice-examples",
    _("Practice examples"),
    "",
    PracticeExampleFilter,
    example_rows,
    "number",
    (
        attribute("number", empty=Empty.NEVER),
        attribute("slug", empty=Empty.NEVER),
        ADDRESS,
        Column("municipality_key", attrgetter("municipality.key"), title=_("Key of the municipality"), type="string",
               refers="municipalities.key", empty=Empty.NEVER),
        Column("municipality", attrgetter("municipality.display_name"), empty=Empty.NEVER, type="string"),
        Column("state", attrgetter("municipality.state"), title=_("State"), type="string", vocabulary=State,
               empty=Empty.NEVER),
        Column("state_label", lambda record: record.municipality.get_state_display(), title=_("State"), type="string",
               label=True),
        Column("population", attrgetter("municipality.population"), title=_("Population"), type="integer",
               empty=Empty.NOT_RECORDED),
        Column("size", attrgetter("municipality.size"), title=_("Size class"), type="string", vocabulary=Size),
        Column("municipality_kind", attrgetter("municipality.kind"), title=_("Kind of municipality"), type="string",
               vocabulary=Municipality.Kind, empty=Empty.NEVER),
        *both("title", empty=Empty.NEVER),
        *both("summary", empty=Empty.NEVER),
        *both("situation"),
        *both("approach"),
        *both("result"),
        *both("transfer"),
        lines("actors_de"),
        lines("actors_en", Empty.NOT_RECORDED),
        attribute("year_start", empty=Empty.NOT_DOCUMENTED),
        attribute("year_end", empty=Empty.NOT_DOCUMENTED),
        *code("period_status", PracticeExample.PeriodStatus, empty=Empty.NEVER),
        slugs("challenges", "shown_challenges", "challenges.slug"),
        slugs("target_groups", "groups", "target-groups.slug"),
        *SOURCES,
        attribute("info_url", empty=Empty.NOT_RECORDED),
        attribute("basis_note"),
        Column("picture_url", picture_address, title=_("Address of the picture"), type="uri"),
        *both("picture_alt", empty=Empty.NOT_APPLICABLE),
        attribute("picture_credit"),
        *code("picture_licence", Licence, empty=Empty.NOT_APPLICABLE),
    ),
)  # fmt: skip

CHALLENGES = Table(
    "challenges",
    _("Challenges"),
    "",
    ChallengeFilter,
    challenge_rows,
    "slug",
    (
        attribute("slug", empty=Empty.NEVER),
        ADDRESS,
        *both("title", empty=Empty.NEVER),
        *both("summary", empty=Empty.NEVER),
        *both("opportunity", empty=Empty.NOT_RECORDED),
        attribute("opportunity_editorial", empty=Empty.NEVER),
        attribute("dezim_confirmed", empty=Empty.NEVER),
        *SOURCES,
        attribute("recommendation_count", title=_("Number of recommendations"), type="integer", empty=Empty.NEVER),
        attribute("example_count", title=_("Number of practice examples"), type="integer", empty=Empty.NEVER),
    ),
)

SOURCES_TABLE = Table(
    "sources",
    _("Sources"),
    "",
    SourceFilter,
    list,
    "key",
    (
        attribute("key", empty=Empty.NEVER),
        attribute("title", empty=Empty.NEVER),
        attribute("title_is_descriptive", empty=Empty.NEVER),
        lines("authors"),
        attribute("publisher", empty=Empty.NOT_DOCUMENTED),
        attribute("year", empty=Empty.NOT_DOCUMENTED),
        attribute("url"),
        attribute("catalogue_url"),
        attribute("isbn"),
        attribute("doi"),
        *code("kind", Source.Kind, empty=Empty.NEVER),
        attribute("note_de"),
        attribute("seen_on", empty=Empty.NOT_RECORDED),
    ),
)

TARGET_GROUPS = Table(
    "target-groups",
    _("Target groups"),
    "",
    TargetGroupFilter,
    list,
    "slug",
    (
        attribute("slug", empty=Empty.NEVER),
        *both("label", empty=Empty.NEVER),
        *code("role", TargetGroup.Role, empty=Empty.NEVER),
    ),
)


def link(name, column, title, **declared):
    """A column of a link table: the items of the owner's column `column`."""
    return Column(name, itemgetter(column), title=title, **{"type": "string", "empty": Empty.NEVER} | declared)


TO_CHALLENGES = (link("challenge", "challenges", _("Challenge"), refers="challenges.slug"),)
TO_TARGET_GROUPS = (link("target_group", "target_groups", _("Target group"), refers="target-groups.slug"),)
TO_SOURCES = (
    link("source", "sources", _("Source"), refers="sources.key"),
    link("page", "source_pages", _("Page"), empty=Empty.NOT_RECORDED),
)
STEPS = (
    link("text_de", "steps_de", _("Step (German)")),
    link("text_en", "steps_en", _("Step (English)"), empty=Empty.NOT_RECORDED),
    link("origin", "steps_origin", _("Whose step")),
    Column("actors", lambda item: [who.split() for who in item["steps_actors"]], title=_("Who takes the step"),
           type="string", many=True, vocabulary=Addressee, empty=Empty.NOT_RECORDED),
)  # fmt: skip
TO_EXAMPLES = (
    link("example", "examples", _("Practice example"), refers="practice-examples.number"),
    link("note_de", "example_notes_de", _("What it shows (German)"), empty=Empty.NOT_RECORDED),
    link("note_en", "example_notes_en", _("What it shows (English)"), empty=Empty.NOT_RECORDED),
)

LINK_TABLES = (
    LinkTable("recommendation-steps", _("Steps of the recommendations"), "", RECOMMENDATIONS, STEPS),
    LinkTable("recommendation-challenges", _("Challenges of the recommendations"), "", RECOMMENDATIONS, TO_CHALLENGES),
    LinkTable(
        "recommendation-addressees", _("Who should act on the recommendations"), "", RECOMMENDATIONS,
        (link("addressee", "addressees", _("Who should act"), vocabulary=Addressee),),
    ),
    LinkTable(
        "recommendation-target-groups", _("Target groups of the recommendations"), "", RECOMMENDATIONS, TO_TARGET_GROUPS
    ),
    LinkTable("recommendation-sources", _("Sources of the recommendations"), "", RECOMMENDATIONS, TO_SOURCES),
    LinkTable(
        "recommendation-examples", _("Practice examples of the recommendations"), "", RECOMMENDATIONS, TO_EXAMPLES
    ),
    LinkTable(
        "practice-example-challenges", _("Challenges of the practice examples"), "", PRACTICE_EXAMPLES, TO_CHALLENGES
    ),
    LinkTable(
        "practice-example-target-groups", _("Target groups of the practice examples"), "", PRACTICE_EXAMPLES,
        TO_TARGET_GROUPS,
    ),
    LinkTable("practice-example-sources", _("Sources of the practice examples"), "", PRACTICE_EXAMPLES, TO_SOURCES),
    LinkTable("challenge-sources", _("Sources of the challenges"), "", CHALLENGES, TO_SOURCES),
)  # fmt: skip
