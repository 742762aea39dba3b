"""Atom feeds (RFC 4287) of what is new or has seen a major change, of everything or of a filtered list."""

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import Http404, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.text import capfirst
from django.views.decorators.http import require_safe

from portal.about import SHORT_NAME
from portal.exports import CONTROL
from portal.facets import in_words
from portal.history import with_changes
from portal.index import READ_AT_ONCE
from portal.licences import Licence
from portal.linked_data import full
from portal.views import feed_url
from recommendations.filters import ChallengeFilter, PracticeExampleFilter, RecommendationFilter

MOST = 50
# Since when there are these addresses: a part of every id (RFC 4151), and when a feed without entries last changed.
SINCE = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Feed:
    """`page`: the name of the list's address. `template`: the whole text of a record."""

    filter_class: type
    page: str
    template: str


FEEDS = {
    "empfehlungen": Feed(RecommendationFilter, "recommendation_list", "feeds/recommendation.html"),
    "praxisbeispiele": Feed(PracticeExampleFilter, "practice_example_list", "feeds/example.html"),
    "herausforderungen": Feed(ChallengeFilter, "challenge_list", "feeds/challenge.html"),
}


@require_safe
def feed(request, name):
    """The same parameters as the page; `lang=en` for English."""
    if name not in FEEDS:
        raise Http404
    return HttpResponse(
        content(name, FEEDS[name], FEEDS[name].filter_class(request.GET)),
        content_type="application/atom+xml; charset=utf-8",
    )


def newest(filter_set):
    """At most MOST of the records that the filter finds, the newest first."""
    public, found = with_changes(filter_set._meta.model.objects.visible()), set(filter_set.ids)
    ordered = public.order_by("-news_at", "-pk").values_list("pk", flat=True)
    # A filter by many thousand keys would take the database longer than leaving out the others takes us.
    pks = list(islice((pk for pk in ordered.iterator(READ_AT_ONCE) if pk in found), MOST))
    return public.filter(pk__in=pks).with_relations().order_by("-news_at", "-pk")


def content(name, kind, filter_set):
    """What no XML can hold, whoever has typed it, is left out."""
    records = list(newest(filter_set))
    chosen = chosen_query(filter_set)
    choices = ", ".join(in_words(facet, label) for facet, label, _pair in filter_set.choices_made)
    plural = capfirst(filter_set._meta.model._meta.verbose_name_plural)
    context = {
        "id": tag(f"{name}/{translation.get_language()}{chosen}"),
        "title": f"{plural} – {choices}" if choices else plural,
        "unknown": filter_set.unknown,
        "updated": max((record.news_at for record in records), default=SINCE),
        "self_url": full(feed_url(name, chosen)),
        "page_url": full(reverse(kind.page)) + chosen,
        "home_url": full(reverse("home")),
        "author": settings.PUBLISHER or SHORT_NAME,
        "licence_url": Licence.CC_BY.url,
        "entries": [entry(name, kind, record) for record in records],
    }
    return CONTROL.sub("", render_to_string("feed.xml", context))


def chosen_query(filter_set):
    """The choices alone, in one order: two addresses of the same feed give it the same id."""
    pairs = sorted(pair for _facet, _label, pair in filter_set.choices_made)
    return f"?{urlencode(pairs)}" if pairs else ""


def entry(name, kind, record):
    number = getattr(record, "number", None) or record.pk  # never changes, as the address may
    return {
        "id": tag(f"{name}/{number}/{translation.get_language()}"),
        "record": record,
        "licence": Licence(record.licence),
        "url": full(record.get_absolute_url()),
        "html": render_to_string(kind.template, {"record": record, "object": record}),
    }


def tag(specific):
    """An id that stays the same whatever becomes of addresses."""
    return f"tag:{urlsplit(settings.SITE_ADDRESS).hostname},{SINCE.year}:{specific}"
