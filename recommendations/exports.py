"""The tables of this app, column by column. Codes stand beside their label in the language of the export."""

from operator import attrgetter, itemgetter, methodcaller
from typing import NamedTuple

from django.conf import settings
from django.db.models import TextField
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from municipalities.models import Municipality, Size, State
from portal.exports import Column, Empty, LinkTable, Table, address, among, attribute, bare, dates, grouped, linked
from portal.history import with_changes
from portal.licences import Licence
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
    PracticeExample,
    Recommendation,
    RecommendationCitation,
    Source,
    Step,
    StepOrigin,
    TargetGroup,
)

# Lists stand in the order of short names, compared here: titles change, and databases sort texts in different ways.
BY_SLUG = attrgetter("slug")
MOMENTS = ("published_at", "changed_at")  # of a record: when it became public, when what readers see changed last


class Named(NamedTuple):
    """A challenge or a target group beside a record, with its label in the language of the export."""

    slug: str
    label: str


def challenges(model, pks):
    shown = sorted(Challenge.objects.visible().as_labels(), key=BY_SLUG)
    return linked(model, "challenges", pks, {each.pk: Named(each.slug, each.title) for each in shown})


def target_groups(model, pks):
    shown = sorted(TargetGroup.objects.visible(), key=BY_SLUG)
    return linked(model, "target_groups", pks, {each.pk: Named(each.slug, each.label) for each in shown})


def citations(model, pks):
    """{primary key of a record: [(source, page)]}"""
    rows = model.objects.filter(**{f"{model.owner}__in": pks})
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
    records = bare(with_changes(visible), *MOMENTS)
    if not records:
        return []
    pks = among(records)
    steps = Step.objects.filter(recommendation__in=pks).annotate(who=Cast("actors", TextField()))  # its words as stored
    steps = grouped(steps.values_list("recommendation_id", "text_de", "text_en", "editorial", "who"))
    illustrations = Illustration.objects.shown().filter(recommendation__in=pks)
    illustrations = grouped(illustrations.values_list("recommendation_id", "example__number", "note_de", "note_en"))
    shown, groups = challenges(Recommendation, pks), target_groups(Recommendation, pks)
    cited = citations(RecommendationCitation, pks)
    for pk, record in records.items():
        record.ordered_steps = steps.get(pk, ())
        record.shown_challenges = shown.get(pk, ())
        record.groups = groups.get(pk, ())
        record.cited = cited.get(pk, ())
        record.shown_illustrations = illustrations.get(pk, ())
    return list(records.values())


def example_rows(visible):
    records = bare(with_changes(visible), *MOMENTS)
    if not records:
        return []
    pks = among(records)
    places = bare(Municipality.objects.filter(pk__in={record.municipality_id for record in records.values()}))
    shown, groups = challenges(PracticeExample, pks), target_groups(PracticeExample, pks)
    cited = citations(ExampleCitation, pks)
    for pk, record in records.items():
        record.place = places[record.municipality_id]
        record.shown_challenges = shown.get(pk, ())
        record.groups = groups.get(pk, ())
        record.cited = cited.get(pk, ())
    return list(records.values())


def challenge_rows(visible):
    records = list(visible.with_counts())
    cited = citations(ChallengeCitation, [record.pk for record in records])
    for record in records:
        record.cited = cited.get(record.pk, ())
    return records


def both(name, description, empty=Empty.NOT_DOCUMENTED, english=Empty.NOT_RECORDED):
    """A text in both languages. `english`: what it means that there is none in English."""
    return (
        attribute(f"{name}_de", description, empty=empty),
        attribute(f"{name}_en", description, empty=english),
    )


def code(name, vocabulary, description, empty=Empty.NOT_RECORDED, title=""):
    """A closed vocabulary's code, and beside it its label."""
    shared = {"of": name, "title": title, "empty": empty}
    return (
        Column(name, attrgetter(name), description=description, vocabulary=vocabulary, **shared),
        Column(f"{name}_label", methodcaller(f"get_{name}_display"), label=True, **shared),
    )


def of_municipality(name, field, vocabulary, description, title, empty):
    """The same of an example's municipality."""
    of = f"place.{field}"
    shared = {"of": of, "title": title, "empty": empty, "type": "string"}
    return (
        Column(name, attrgetter(of), description=description, vocabulary=vocabulary, **shared),
        Column(f"{name}_label", lambda record: label_of(vocabulary, getattr(record.place, field)), label=True,
               **shared),
    )  # fmt: skip


def label_of(vocabulary, code):
    return vocabulary(code).label if code else ""


def named(name, records, refers, description, empty):
    """Challenges or target groups by their short names, and beside them their labels.

    `records`: the attribute that holds them as a list.
    """
    held = attrgetter(records)
    shared = {"type": "string", "many": True, "empty": empty}
    return (
        Column(name, lambda record: [other.slug for other in held(record)],
               refers=refers, description=description, **shared),
        Column(f"{name}_label", lambda record: [other.label for other in held(record)], label=True, **shared),
    )  # fmt: skip


def lines(name, description, empty=Empty.NOT_DOCUMENTED):
    return Column(
        name, lambda record: getattr(record, name).splitlines(), many=True, description=description, empty=empty
    )


def beside(values):
    """A list whose items belong to those of another column, one by one; nothing if all of them are empty."""
    return values if any(values) else []


def picture_address(example):
    return settings.SITE_ADDRESS + rendition(example.picture).src if example.picture else ""


ORIGIN = {False: StepOrigin.SOURCE.value, True: StepOrigin.EDITORIAL.value}  # of what is editorial
# What holds of several tables.
SLUG = _("Short name in the address of its page. If it changes, the former address still leads there.")
TARGET_GROUPS_OF = _("Whom it benefits and who takes part, by their short names; the table of the "
                     "target groups says which of the two.")  # fmt: skip
STEPS_IN_ORDER = _("What it means in practice, step by step.")
WHAT_THEY_SHOW = _("For each of these examples, what of the recommendation it shows.")
WHO_TOOK_PART = _("Who took part, one item for each.")
ONE_STEP = _("What is to be done.")
WHAT_IT_SHOWS = _("What of the recommendation the example shows.")
SOURCES = (
    Column(
        "sources", lambda record: [source.key for source, _page in record.cited],
        title=_("Sources"), type="string", many=True, refers="sources.key", empty=Empty.NOT_RECORDED,
        description=_("The sources it rests on, by their short names. The first is the one it was taken from."),
    ),
    Column(
        "source_titles", lambda record: [source.title for source, _page in record.cited],
        title=_("Titles of the sources"), type="string", many=True, empty=Empty.NOT_RECORDED,
        description=_("The titles of these sources, in the same order."),
    ),
    Column(
        "source_kinds", lambda record: [source.kind for source, _page in record.cited],
        title=_("What we have seen of the sources"), type="string", many=True, vocabulary=Source.Kind,
        empty=Empty.NOT_RECORDED,
        description=_("For each of these sources, whether we have seen the publication itself or only something about "
                      "it."),
    ),
    Column(
        "source_pages", lambda record: beside([page for _source, page in record.cited]),
        title=_("Pages in the sources"), type="string", many=True, empty=Empty.NOT_RECORDED,
        description=_("For each of these sources, where in it. An empty item: page not recorded yet."),
    ),
    Column(
        "source_urls", lambda record: [source.url for source, _page in record.cited],
        title=_("Addresses of the sources"), type="uri", many=True, empty=Empty.NOT_RECORDED,
        description=_("For each of these sources, its address on the web. An empty item: it has none."),
    ),
)  # fmt: skip

RECOMMENDATIONS = Table(
    "recommendations",
    _("Recommendations"),
    _("What municipalities, states, the federal government or civil society are advised to do, each taken from a "
      "source that is named. A selection, not a census."),
    RecommendationFilter,
    recommendation_rows,
    "number",
    (
        attribute("number", _("E and three to five digits. It stays with the recommendation for good."),
                  empty=Empty.NEVER),
        attribute("slug", SLUG, empty=Empty.NEVER),
        address("slug"),
        *code("kind", Recommendation.Kind, empty=Empty.NEVER,
              description=_("Guidance that a municipality can follow, or a call on the federal and state governments "
                            "that it can only support. Classified by us.")),
        *code("municipal_level", Level,
              _("Whose task it typically is locally; both where that is unclear or differs by state. Classified by "
                "us.")),
        *both("title", _("What is recommended, in one line."), empty=Empty.NEVER),
        *both("summary", _("What is recommended and by whom, in our own words."), empty=Empty.NEVER),
        *both("rationale", _("The reasons for it.")),
        Column(
            "steps_de", lambda record: [text for _pk, text, _en, _ours, _who in record.ordered_steps],
            title=_("Steps (German)"), type="string", many=True, empty=Empty.NOT_DOCUMENTED,
            description=STEPS_IN_ORDER,
        ),
        Column(
            "steps_en", lambda record: beside([text for _pk, _de, text, _ours, _who in record.ordered_steps]),
            title=_("Steps (English)"), type="string", many=True, empty=Empty.NOT_RECORDED,
            description=STEPS_IN_ORDER,
        ),
        Column(
            "steps_origin", lambda record: [ORIGIN[ours] for _pk, _de, _en, ours, _who in record.ordered_steps],
            title=_("Whose steps"), type="string", many=True, vocabulary=StepOrigin,
            description=_("For each step, whether the source names it or we have added it."),
        ),
        Column(
            "steps_actors", lambda record: beside([who for _pk, _de, _en, _ours, who in record.ordered_steps]),
            title=_("Who takes the steps"), type="string", many=True, empty=Empty.NOT_RECORDED,
            description=_("For each step, who acts: codes of the addressees with spaces between. Classified by us."),
        ),
        Column("step_count", lambda record: len(record.ordered_steps),
               title=_("Number of steps"), type="integer", empty=Empty.NEVER,
               description=_("How many steps it has in all.")),
        Column("editorial_step_count", lambda record: sum([ours for _pk, _de, _en, ours, _who in record.ordered_steps]),
               title=_("Number of steps added by us"), type="integer", empty=Empty.NEVER,
               description=_("How many of the steps we have added; the source does not name them.")),
        *named("challenges", "shown_challenges", "challenges.slug", empty=Empty.NOT_APPLICABLE,
               description=_("The challenges it helps with, by their short names. Assigned by us.")),
        *code("addressees", Addressee, _("Who is called upon to act.")),
        *named("target_groups", "groups", "target-groups.slug", TARGET_GROUPS_OF, Empty.NOT_RECORDED),
        *code("horizon", Horizon, _("How long it takes to put into practice.")),
        *code("effort", Effort, _("What it takes in staff and money.")),
        attribute("editorial_estimate", empty=Empty.NEVER,
                  description=_("Whether we have estimated horizon and effort. If not, the source states them.")),
        *code("evidence", Evidence, _("How closely it follows what its first source says.")),
        *both("evidence_note", _("A remark of ours on what the sources say and what of them we have seen."),
              Empty.NOT_APPLICABLE, Empty.NOT_APPLICABLE),
        *both("law_note", _("How the law has changed since the source was written, as far as we have noticed."),
              Empty.NOT_APPLICABLE, Empty.NOT_APPLICABLE),
        *SOURCES,
        Column("source_year", lambda record: record.cited[0][0].year if record.cited else None,
               title=_("Year of the first source"), type="integer", empty=Empty.NOT_DOCUMENTED,
               description=_("The year in which the source it was taken from was published.")),
        Column("examples", lambda record: [number for _pk, number, _de, _en in record.shown_illustrations],
               title=_("Practice examples"), type="string", many=True, refers="practice-examples.number",
               empty=Empty.NOT_RECORDED,
               description=_("Practice examples that show it, or a part of it, at work, by their numbers. Assigned by "
                             "us: it does not mean that a municipality followed the recommendation.")),
        Column("example_notes_de",
               lambda record: beside([note for _pk, _number, note, _en in record.shown_illustrations]),
               title=_("What the examples show (German)"), type="string", many=True, empty=Empty.NOT_RECORDED,
               description=WHAT_THEY_SHOW),
        Column("example_notes_en",
               lambda record: beside([note for _pk, _number, _de, note in record.shown_illustrations]),
               title=_("What the examples show (English)"), type="string", many=True, empty=Empty.NOT_RECORDED,
               description=WHAT_THEY_SHOW),
        Column("example_count", lambda record: len(record.shown_illustrations),
               title=_("Number of practice examples"), type="integer", empty=Empty.NEVER,
               description=_("How many public practice examples show it, or a part of it, at work.")),
        *code("licence", Licence, empty=Empty.NEVER,
              description=_("Under which the text may be used; what it cites remains under the terms of its sources.")),
        *dates(*MOMENTS),
    ),
    {
        "challenge": "challenges", "addressee": "addressees", "target_group": "target_groups", "horizon": "horizon",
        "effort": "effort", "evidence": "evidence", "since": "source_year",
    },
)  # fmt: skip

PRACTICE_EXAMPLES = Table(
    "practice-examples",
    _("Practice examples"),
    _("What municipalities have done, in our own words and from public sources. A selection, not a census."),
    PracticeExampleFilter,
    example_rows,
    "number",
    (
        attribute("number", _("P and three to five digits. It stays with the practice example for good."),
                  empty=Empty.NEVER),
        attribute("slug", SLUG, empty=Empty.NEVER),
        address("slug"),
        Column("municipality_key", attrgetter("place.key"), title=_("Key of the municipality"), type="string",
               refers="municipalities.key", empty=Empty.NEVER,
               description=_("Official key of the municipality, district or association it is from. A text: leading "
                             "zeros count.")),
        Column("municipality", attrgetter("place.display_name"), type="string", empty=Empty.NEVER,
               description=_("Its name as the portal shows it.")),
        *of_municipality("state", "state", State, title=_("State"), empty=Empty.NEVER,
                         description=_("The state it lies in, by the official two-digit code. A text.")),
        Column("population", attrgetter("place.population"), title=_("Population"), type="integer",
               empty=Empty.NOT_RECORDED,
               description=_("Inhabitants of the municipality according to the official register, today and not when "
                             "the example began.")),
        *of_municipality("size", "size", Size, title=_("Size class"), empty=Empty.NOT_APPLICABLE,
                         description=_("Class by that population. Districts have none.")),
        *of_municipality("municipality_kind", "kind", Municipality.Kind, title=_("Kind of municipality"),
                         empty=Empty.NEVER, description=_("One of four kinds that the portal distinguishes.")),
        *both("title", _("What was done, in one line."), empty=Empty.NEVER),
        *both("summary", _("What it is about, in a few sentences."), empty=Empty.NEVER),
        *both("situation", _("What the municipality was faced with.")),
        *both("approach", _("What was done, and how.")),
        *both("result", _("What has come of it, according to the sources.")),
        *both("transfer", _("What other municipalities can learn from it, according to the sources.")),
        lines("actors_de", WHO_TOOK_PART),
        lines("actors_en", WHO_TOOK_PART, Empty.NOT_RECORDED),
        attribute("year_start", _("The year in which it began."), empty=Empty.NOT_DOCUMENTED),
        attribute("year_end", _("The year in which it ended. Also empty while it goes on."),
                  empty=Empty.NOT_DOCUMENTED),
        *code("period_status", PracticeExample.PeriodStatus, empty=Empty.NEVER,
              description=_("Whether it still went on according to the latest source.")),
        *named("challenges", "shown_challenges", "challenges.slug", empty=Empty.NOT_APPLICABLE,
               description=_("The challenges it responds to, by their short names. Assigned by us.")),
        *named("target_groups", "groups", "target-groups.slug", TARGET_GROUPS_OF, Empty.NOT_RECORDED),
        *SOURCES,
        attribute("info_url", _("Where there is more about it on the web, apart from the sources."),
                  empty=Empty.NOT_RECORDED),
        attribute("basis_note", _("Which statements the sources support, and which they leave open. In German only.")),
        Column("picture_url", picture_address, title=_("Address of the picture"), type="uri",
               description=_("Full address of a picture on the portal.")),
        *both("picture_alt", _("What there is to see, for people who can't see it."),
              Empty.NOT_APPLICABLE, Empty.NOT_APPLICABLE),
        attribute("picture_credit", _("Who made the picture and who provides it, in the form they ask for."),
                  title=_("Credit of the picture")),
        *code("picture_licence", Licence, empty=Empty.NOT_APPLICABLE,
              description=_("Under which the picture may be used; the licence of the texts does not cover it.")),
        *code("licence", Licence, empty=Empty.NEVER,
              description=_("Under which the text may be used; what it cites remains under the terms of its sources.")),
        *dates(*MOMENTS),
    ),
    {
        "challenge": "challenges", "target_group": "target_groups", "state": "state", "size": "size",
        "kind": "municipality_kind", "municipality": "municipality_key",
    },
)  # fmt: skip

CHALLENGES = Table(
    "challenges",
    _("Challenges"),
    _("The fields in which migration, integration and participation challenge municipalities, "
      "and the opportunity in each."),
    ChallengeFilter,
    challenge_rows,
    "slug",
    (
        attribute("slug", _("Short name: in the address of its page, as the value of a filter, and in other tables."),
                  empty=Empty.NEVER),
        address("slug"),
        *both("title", _("The name of the field."), empty=Empty.NEVER),
        *both("summary", _("What municipalities are faced with in this field."), empty=Empty.NEVER),
        *both("opportunity", _("The opportunity it offers."), empty=Empty.NOT_RECORDED),
        attribute("opportunity_editorial", empty=Empty.NEVER,
                  description=_("Whether the text about the opportunity is our own. If not, it follows the sources.")),
        attribute("dezim_confirmed", empty=Empty.NEVER,
                  description=_("Whether material about the DeZIM report of 2024 that we have seen names the field.")),
        *SOURCES,
        attribute("recommendation_count", _("How many public recommendations name it."),
                  title=_("Number of recommendations"), type="integer", empty=Empty.NEVER),
        attribute("example_count", _("How many public practice examples name it."),
                  title=_("Number of practice examples"), type="integer", empty=Empty.NEVER),
        *code("licence", Licence, empty=Empty.NEVER,
              description=_("Under which the text may be used; what it cites remains under the terms of its sources.")),
    ),
)  # fmt: skip

SOURCES_TABLE = Table(
    "sources",
    _("Sources"),
    _("The publications that public recommendations, practice examples and challenges rest on, each once."),
    SourceFilter,
    list,
    "key",
    (
        attribute("key", _("Short name by which other tables refer to the source."), empty=Empty.NEVER),
        attribute("title", _("Title of the publication, in its own language."), empty=Empty.NEVER),
        *code("language", Source.Language, _("The language that the title is in."), empty=Empty.NEVER),
        attribute("title_is_descriptive", empty=Empty.NEVER,
                  description=_("Whether the title is worded by us because we know of none that the publication has.")),
        lines("authors",
              _("Persons (family name, given names) or bodies named as authors, in the order of the publication.")),
        attribute("publisher", _("Who has published it."), empty=Empty.NOT_DOCUMENTED),
        attribute("year", _("The year in which it was published."), empty=Empty.NOT_DOCUMENTED),
        attribute("url", _("Where it is published, or presented, on the web.")),
        attribute("catalogue_url", _("Where a library describes it.")),
        attribute("archive_url", _("A copy in a web archive.")),
        attribute("isbn", _("International standard number of the book, with hyphens.")),
        attribute("doi", _("Digital object identifier, without the address of a resolver.")),
        *code("kind", Source.Kind, _("Whether we have seen the publication itself or only something about it."),
              empty=Empty.NEVER),
        attribute("note_de", _("What the address leads to, and what of the publication we have seen. In German only.")),
        attribute("seen_on", _("The day on which we saw it."), empty=Empty.NOT_RECORDED),
    ),
)  # fmt: skip

TARGET_GROUPS = Table(
    "target-groups",
    _("Target groups"),
    _("Whom recommendations and practice examples are to benefit, and who takes part in them."),
    TargetGroupFilter,
    list,
    "slug",
    (
        attribute("slug", _("Short name: as the value of a filter, and in other tables."), empty=Empty.NEVER),
        *both("label", _("What the group is called."), empty=Empty.NEVER),
        *code("role", TargetGroup.Role, _("Whether the group benefits or takes part."), empty=Empty.NEVER),
    ),
)


def link(name, column, title, description, **declared):
    """A column of a link table: the items of the owner's column `column`."""
    declared = {"type": "string", "empty": Empty.NEVER} | declared
    return Column(name, itemgetter(column), title=title, description=description, **declared)


TO_CHALLENGES = (
    link("challenge", "challenges", _("Challenge"), _("A challenge, by its short name."), refers="challenges.slug"),
)
TO_TARGET_GROUPS = (
    link("target_group", "target_groups", _("Target group"), _("A target group, by its short name."),
         refers="target-groups.slug"),
)  # fmt: skip
TO_SOURCES = (
    link("source", "sources", _("Source"), refers="sources.key",
         description=_("A source, by its short name. The record was taken from the one in first place.")),
    link("page", "source_pages", _("Page"), _("Where in the source: one page or several."), empty=Empty.NOT_RECORDED),
)  # fmt: skip
STEPS = (
    link("text_de", "steps_de", _("Step (German)"), ONE_STEP),
    link("text_en", "steps_en", _("Step (English)"), ONE_STEP, empty=Empty.NOT_RECORDED),
    link("origin", "steps_origin", _("Whose step"), vocabulary=StepOrigin,
         description=_("Whether the source names the step or we have added it.")),
    Column("actors", lambda item: [who.split() for who in item["steps_actors"]], title=_("Who takes the step"),
           type="string", many=True, vocabulary=Addressee, empty=Empty.NOT_RECORDED,
           description=_("Who acts. Classified by us.")),
)  # fmt: skip
TO_EXAMPLES = (
    link("example", "examples", _("Practice example"), refers="practice-examples.number",
         description=_("A practice example that shows the recommendation, or a part of it, at work, by its number. "
                       "Assigned by us.")),
    link("note_de", "example_notes_de", _("What it shows (German)"), WHAT_IT_SHOWS, empty=Empty.NOT_RECORDED),
    link("note_en", "example_notes_en", _("What it shows (English)"), WHAT_IT_SHOWS, empty=Empty.NOT_RECORDED),
)  # fmt: skip

LINK_TABLES = (
    LinkTable(
        "recommendation-steps", _("Steps of the recommendations"),
        _("What a recommendation means in practice, one row per step."), RECOMMENDATIONS, STEPS,
    ),
    LinkTable(
        "recommendation-challenges", _("Challenges of the recommendations"),
        _("Which recommendation helps with which challenge, one row per pair."), RECOMMENDATIONS, TO_CHALLENGES,
    ),
    LinkTable(
        "recommendation-addressees", _("Who should act on the recommendations"),
        _("Who is called upon by which recommendation, one row per pair."), RECOMMENDATIONS,
        (link("addressee", "addressees", _("Who should act"), _("Who is called upon to act."), vocabulary=Addressee),),
    ),
    LinkTable(
        "recommendation-target-groups", _("Target groups of the recommendations"),
        _("Which recommendation is about which target group, one row per pair."), RECOMMENDATIONS, TO_TARGET_GROUPS,
    ),
    LinkTable(
        "recommendation-sources", _("Sources of the recommendations"),
        _("Which recommendation rests on which source, one row per pair."), RECOMMENDATIONS, TO_SOURCES,
    ),
    LinkTable(
        "recommendation-examples", _("Practice examples of the recommendations"),
        _("Which practice example shows which recommendation at work, one row per pair."), RECOMMENDATIONS, TO_EXAMPLES,
    ),
    LinkTable(
        "practice-example-challenges", _("Challenges of the practice examples"),
        _("Which practice example responds to which challenge, one row per pair."), PRACTICE_EXAMPLES, TO_CHALLENGES,
    ),
    LinkTable(
        "practice-example-target-groups", _("Target groups of the practice examples"),
        _("Which practice example is about which target group, one row per pair."), PRACTICE_EXAMPLES, TO_TARGET_GROUPS,
    ),
    LinkTable(
        "practice-example-sources", _("Sources of the practice examples"),
        _("Which practice example rests on which source, one row per pair."), PRACTICE_EXAMPLES, TO_SOURCES,
    ),
    LinkTable(
        "challenge-sources", _("Sources of the challenges"),
        _("Which challenge rests on which source, one row per pair."), CHALLENGES, TO_SOURCES,
    ),
)  # fmt: skip
