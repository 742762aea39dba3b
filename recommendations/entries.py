"""How the records of this app are written down: the fields of an entry in editorial order."""

from municipalities.models import Municipality
from portal.entries import EntryType, Lines, Plain, Ref, Refs, Rows, both, register

from .models import (
    Challenge,
    ChallengeCitation,
    ExampleCitation,
    Illustration,
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


class Citations(Rows):
    """Sources in order. A source without a page is written as its key alone, else as {source, page}."""

    def __init__(self, model):
        fields = [Ref("source", Source, "key"), Plain("page")]
        super().__init__("sources", model, fields, column="citations", once="source")

    def written(self, row):
        return row if row.get("page") else row.get("source")

    def unwritten(self, row):
        return row if isinstance(row, dict) else {"source": row, "page": ""}


class Readings(Rows):
    """Recommendations in order, each written as its short name alone."""

    def __init__(self):
        field = Ref("recommendation", Recommendation, "slug")
        super().__init__("recommendations", SelfCheckReading, [field], column="readings", once="recommendation")

    def written(self, row):
        return row.get("recommendation")

    def unwritten(self, row):
        return {"recommendation": row}


def page_of_first_source(raw):
    """`source_page: 12` is short for the page of the first source."""
    page, sources = raw.pop("source_page", None), raw.get("sources")
    if page is not None and sources and isinstance(sources, list):
        first, *others = sources
        raw["sources"] = [{"source": first, "page": str(page)}, *others]
    return raw


register(
    EntryType("target-groups", TargetGroup, [Plain("slug"), *both("label"), Plain("role")], file="target_groups.yaml"),
    EntryType(
        "sources",
        Source,
        key="key",
        fields=[
            Plain("key"),
            Plain("title"),
            Plain("language"),
            Plain("title_is_descriptive"),
            Lines("authors"),
            Plain("publisher"),
            Plain("year"),
            Plain("url"),
            Plain("catalogue_url"),
            Plain("archive_url"),
            Plain("isbn"),
            Plain("doi"),
            Plain("kind"),
            Plain("note_de"),
            Plain("seen_on"),
            Rows("open_items", OpenItem, [Plain("kind"), Plain("text"), Plain("page"), Plain("taken_as")]),
        ],
    ),
    EntryType(
        "challenges",
        Challenge,
        fields=[
            Plain("slug"),
            *both("title"),
            *both("summary"),
            *both("opportunity"),
            Plain("opportunity_editorial"),
            Plain("dezim_confirmed"),
            Citations(ChallengeCitation),
            Plain("licence"),
        ],
    ),
    EntryType(
        "practice-examples",
        PracticeExample,
        file="practice_examples.yaml",
        permanent=("number",),
        fields=[
            Plain("number"),
            Plain("slug"),
            Ref("municipality_key", Municipality, "key", column="municipality"),
            *both("title"),
            *both("summary"),
            Refs("challenges", Challenge, "slug"),
            Refs("target_groups", TargetGroup, "slug"),
            *both("situation"),
            *both("approach"),
            *both("result"),
            *both("transfer"),
            Lines("actors", column="actors_de"),
            Lines("actors_en"),
            Plain("year_start"),
            Plain("year_end"),
            Plain("period_status"),
            Plain("info_url"),
            Citations(ExampleCitation),
            Plain("basis_note"),
            Plain("picture"),
            *both("picture_alt"),
            Plain("picture_credit"),
            Plain("picture_licence"),
            Plain("picture_consent"),
            Plain("licence"),
        ],
    ),
    EntryType(
        "recommendations",
        Recommendation,
        permanent=("number",),
        prepare=page_of_first_source,
        fields=[
            Plain("number"),
            Plain("slug"),
            Plain("kind"),
            Plain("municipal_level"),
            *both("title"),
            *both("summary"),
            *both("rationale"),
            Rows("steps", Step, [*both("text"), Plain("editorial"), Plain("actors")]),
            Refs("challenges", Challenge, "slug"),
            Plain("addressees"),
            Refs("target_groups", TargetGroup, "slug"),
            Plain("horizon"),
            Plain("effort"),
            Plain("editorial_estimate"),
            Plain("evidence"),
            *both("evidence_note"),
            *both("law_note"),
            Citations(RecommendationCitation),
            Rows(
                "examples",
                Illustration,
                [Ref("example", PracticeExample, "slug"), *both("note")],
                column="illustrations",
                once="example",
                file="illustrations.yaml",
                parent="recommendation",
            ),
            Plain("licence"),
        ],
    ),
    EntryType(
        "self-check",
        SelfCheckQuestion,
        key="key",
        file="self_check.yaml",
        fields=[
            Plain("key"),
            Ref("challenge", Challenge, "slug"),
            Plain("position"),
            *both("question"),
            *both("help"),
            Readings(),
        ],
    ),
)
