"""What recommendations, practice examples, challenges and their sources are in the words of schema.org."""

from django.urls import reverse

from municipalities.linked_data import place
from portal.licences import Licence
from portal.linked_data import dates, full, work
from portal.pictures import rendition

from .models import Source


def recommendation(record):
    """Of ordered steps, a HowTo; without any, an Article. Horizon and effort are estimates: no `totalTime`."""
    steps = [
        {"@type": "HowToStep", "position": position, "text": step.text}
        for position, step in enumerate(record.steps.all(), 1)
    ]
    return text_of_ours("HowTo" if steps else "Article", record, step=steps)


def example(record):
    return text_of_ours("Article", record, spatialCoverage=place(record.municipality), image=picture(record))


def challenge(record):
    """The page is our text and has a licence; what it is about is a term."""
    term = term_of(record) | {"description": record.summary, "inDefinedTermSet": full(reverse("challenge_list"))}
    return work(
        "WebPage", full(record.get_absolute_url()), record.title,
        **dates(record), isBasedOn=sources(record), mainEntity=term, license=Licence(record.licence).url,
    )  # fmt: skip


def challenges(records):
    """The list of challenges: a set of terms."""
    return [term_of(record) for record in records]


def term_of(record):
    """A challenge where it is only named."""
    url = full(record.get_absolute_url())
    return {"@type": "DefinedTerm", "@id": f"{url}#term", "url": url, "name": record.title, "termCode": record.slug}


def text_of_ours(kind, record, **more):
    return work(
        kind, full(record.get_absolute_url()), record.title, headline=record.title, description=record.summary,
        identifier=record.number, **dates(record), about=challenges(record.challenges.all()), isBasedOn=sources(record),
        license=Licence(record.licence).url, **more,
    )  # fmt: skip


def sources(record):
    return [source(citation.source) for citation in record.citations.all()]


def source(record):
    """A publication. Its authors are credited as they stand: not everybody without a comma is an institution.

    Of one seen second-hand the address is not its own. A title of ours is no `name`.
    """
    own_address = record.url if record.kind == Source.Kind.PRIMARY else ""
    return {
        "@type": "Book" if record.isbn else "CreativeWork",
        "description" if record.title_is_descriptive else "name": record.title,
        "inLanguage": record.language,
        "creditText": "; ".join(record.author_list),
        "publisher": {"@type": "Organization", "name": record.publisher} if record.publisher else {},
        "datePublished": str(record.year or ""),
        "url": own_address,
        "archivedAt": record.archive_url if own_address else "",
        "sameAs": f"https://doi.org/{record.doi}" if record.doi else "",
        "isbn": record.isbn,
    }


def picture(record):
    """The picture of an example, unless it may be shown by us alone."""
    if not record.picture or record.picture_licence == Licence.PERMISSION:
        return {}
    return {
        "@type": "ImageObject",
        "contentUrl": full(rendition(record.picture).src),
        "caption": record.picture_alt,
        "creditText": record.picture_credit,
        "license": Licence(record.picture_licence).url,
    }
