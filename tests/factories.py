"""Plain functions that make valid records, visible unless you say otherwise, and tell the index about them."""

from datetime import UTC, datetime
from itertools import count

from municipalities.models import Municipality
from portal import pictures
from portal.entries import touch
from portal.models import GlossaryTerm, Page, SearchSynonym
from recommendations.models import (
    Challenge,
    PracticeExample,
    Recommendation,
    SelfCheckQuestion,
    Source,
    TargetGroup,
)

LONG_AGO = datetime(2024, 1, 2, 12, tzinfo=UTC)
FAR_AHEAD = datetime(2099, 1, 2, 12, tzinfo=UTC)
# How a record of each status looks in the database; only the first is for readers.
PUBLISHED = {"status": "published", "published_at": LONG_AGO}
DRAFT = {"status": "draft", "published_at": None}
REVIEW = {"status": "review", "published_at": LONG_AGO}
SCHEDULED = {"status": "published", "published_at": FAR_AHEAD}
ARCHIVED = {"status": "archived", "published_at": LONG_AGO}
HIDDEN = {"draft": DRAFT, "review": REVIEW, "scheduled": SCHEDULED, "archived": ARCHIVED}

# Far from the numbers that tests choose themselves, and of one length, so that they sort as they count.
number = count(10_000)


def make_challenge(slug, **fields):
    fields = {"title_de": slug.title(), "summary_de": "Kurz.", **PUBLISHED, **fields}
    challenge, _created = Challenge.objects.get_or_create(slug=slug, defaults=fields)
    touch("challenges", challenge.pk)
    return challenge


def make_target_group(slug, role="beneficiary", **fields):
    group, _created = TargetGroup.objects.get_or_create(
        slug=slug, defaults={"label_de": slug.title(), "role": role, **fields}
    )
    touch("target-groups", group.pk)
    return group


def make_source(key=None, **fields):
    n = next(number)
    source = Source.objects.create(**{"key": key or f"quelle-{n}", "title": "Bericht", "kind": "primary", **fields})
    touch("sources", source.pk)
    return source


def make_municipality(key=None, **fields):
    """A town of 12,000 in North Rhine-Westphalia; the state follows from the key."""
    key = key or f"05{next(number):06}"
    names = {"name": f"Ort {key}", "official_name": f"Ort {key}, Stadt"}
    fields = {"kind": "town", "state": key[:2], "district": "Kreis Mitte", "population": 12_000, **names, **fields}
    municipality = Municipality.objects.create(key=key, **fields)
    touch("municipalities", municipality.pk)
    return municipality


def make_recommendation(*challenges, target_groups=(), sources=(), examples=(), steps=(), year=None, **fields):
    """`challenges` and `target_groups` by slug, `year` of a first source, `steps` by their German text."""
    n = next(number)
    fields = {"number": f"E{n}", "slug": f"r{n}", "title_de": "Titel", "summary_de": "Kurz.", **PUBLISHED, **fields}
    recommendation = Recommendation.objects.create(**fields)
    recommendation.challenges.set([make_challenge(slug) for slug in challenges])
    recommendation.target_groups.set([make_target_group(slug) for slug in target_groups])
    for position, source in enumerate([make_source(year=year)] if year else sources):
        recommendation.citations.create(source=source, position=position)
    for position, text in enumerate(steps):
        recommendation.steps.create(text_de=text, position=position)
    for position, example in enumerate(examples):
        recommendation.illustrations.create(example=example, position=position)
    touch("recommendations", recommendation.pk)
    return recommendation


def make_example(*challenges, municipality=None, target_groups=(), sources=(), **fields):
    """`challenges` and `target_groups` by slug; a municipality of its own unless one is given."""
    n = next(number)
    fields = {
        "number": f"P{n}",
        "slug": f"p{n}",
        "title_de": "Beispiel",
        "summary_de": "Kurz.",
        **PUBLISHED,
        **fields,
    }
    example = PracticeExample.objects.create(municipality=municipality or make_municipality(), **fields)
    example.challenges.set([make_challenge(slug) for slug in challenges])
    example.target_groups.set([make_target_group(slug) for slug in target_groups])
    for position, source in enumerate(sources):
        example.citations.create(source=source, position=position)
    touch("practice-examples", example.pk)
    return example


def make_picture(reference="0123456789abcdef0123456789abcdef-1280x720"):
    """The fields of an example with this picture; its files are kept, too, and hold nothing but their name."""
    pictures.folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    for size in pictures.SIZES:
        pictures.path(reference, size).write_bytes(f"JPEG {reference} {size}".encode())
    return {
        "picture": reference,
        "picture_alt_de": "Lotsen vor dem Rathaus",
        "picture_credit": "Ada Beispiel",
        "picture_licence": "cc-by-4.0",
        "picture_consent": True,
    }


def make_question(key, *recommendations, challenge="wohnraum", **fields):
    """Of a challenge, by its slug; with `recommendations` to read on."""
    fields = {"challenge": make_challenge(challenge), "question_de": f"Gibt es {key}?", **fields}
    question = SelfCheckQuestion.objects.create(key=key, **fields)
    for position, recommendation in enumerate(recommendations, start=1):
        question.readings.create(recommendation=recommendation, position=position)
    return question


def make_page(slug, **fields):
    page = Page.objects.create(slug=slug, **{"title_de": slug.title(), "body_de": "Text.", **PUBLISHED, **fields})
    touch("pages", page.pk)
    return page


def make_term(slug, **fields):
    return GlossaryTerm.objects.create(
        slug=slug, **{"term_de": slug.title(), "definition_de": "Was es heißt.", **fields}
    )


def make_synonym(*terms, kind="equivalent"):
    synonym = SearchSynonym.objects.create(terms="\n".join(terms), kind=kind)
    touch("synonyms", synonym.pk)
    return synonym


LONG_PAGES = ("about", "imprint", "privacy", "accessibility", "feedback")
