"""Every page worth finding, for search engines: in both languages, with the moment of its last change."""

from collections import defaultdict
from xml.sax.saxutils import escape

from django.conf import settings
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils import translation
from django.views.decorators.http import require_safe

from municipalities.models import Municipality
from portal import releases
from portal.history import public_revisions, with_changes
from portal.linked_data import full
from portal.models import GlossaryTerm, Page, Release
from recommendations.models import Challenge, PracticeExample, Recommendation

LIMIT = 50_000  # addresses in one file, by the protocol
LANGUAGES = [code for code, _name in settings.LANGUAGES]
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
SCHEMA = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
XHTML = 'xmlns:xhtml="http://www.w3.org/1999/xhtml"'


@require_safe
def sitemap(request):
    """All pages; if they are too many, an index of the files that hold them: the same address with `page`."""
    found, size = pages(), LIMIT // len(LANGUAGES)
    numbers, wanted = range(1, -(-len(found) // size) + 1), request.GET.get("page")
    if wanted is None and len(numbers) > 1:
        return answer("sitemapindex", SCHEMA, (f"<sitemap>{loc(address_of_file(n))}</sitemap>" for n in numbers))
    if wanted not in (None, *map(str, numbers)):
        raise Http404
    start = (int(wanted or 1) - 1) * size
    return answer("urlset", f"{SCHEMA} {XHTML}", (urls(*page) for page in found[start : start + size]))


def answer(element, attributes, parts):
    text = "".join([HEAD, f"<{element} {attributes}>\n", *(f"{part}\n" for part in parts), f"</{element}>\n"])
    return HttpResponse(text, content_type="application/xml; charset=utf-8")


def address_of_file(number):
    return f"{full(reverse('sitemap'))}?page={number}"


def loc(address):
    return f"<loc>{escape(address)}</loc>"


def urls(addresses, changed_at):
    """One page in every language, each naming all."""
    others = "".join(
        f'<xhtml:link rel="alternate" hreflang="{code}" href="{escape(address)}"/>'
        for code, address in [*zip(LANGUAGES, addresses, strict=True), ("x-default", addresses[0])]
    )
    last = f"<lastmod>{changed_at.isoformat(timespec='seconds')}</lastmod>" if changed_at else ""
    return "\n".join(f"<url>{loc(address)}{last}{others}</url>" for address in addresses)


def pages():
    """[(the address in each language, moment of the last change or None)]"""
    records = {
        "recommendation_detail": changes(Recommendation, "slug"),
        "practice_example_detail": changes(PracticeExample, "slug"),
        "challenge_detail": changes(Challenge, "slug"),
        "municipality_detail": municipality_changes(),
        "release": {each.number: each.created_at for each in releases.available()},
    }
    long_pages = changes(Page, "slug")
    last = {name: latest(found.values()) for name, found in records.items()}
    lists = {
        "recommendation_list": last["recommendation_detail"],
        "practice_example_list": last["practice_example_detail"],
        "map": last["practice_example_detail"],
        "challenge_list": last["challenge_detail"],
        "municipality_list": last["municipality_detail"],
        "glossary": latest(public_revisions(GlossaryTerm).values_list("created_at", flat=True)),
        "home": latest(last.values()),
        "data": latest(last.values()),
        "codebook": None,  # it changes with the code
        "release_list": latest(Release.objects.values_list("created_at", flat=True)),
    }
    found = [(in_each_language(name), changed_at) for name, changed_at in (lists | long_pages).items()]
    for name, of_records in records.items():
        # Addresses differ in their last part alone; to make each by itself would take long.
        starts = [address.removesuffix("1/") for address in in_each_language(name, "1")]
        found += [([f"{start}{part}/" for start in starts], changed_at) for part, changed_at in of_records.items()]
    return found


def in_each_language(name, *arguments):
    addresses = []
    for code in LANGUAGES:
        with translation.override(code):
            addresses.append(full(reverse(name, args=arguments)))
    return addresses


def changes(model, part):
    """{last part of the address: when it last changed} of what readers see."""
    return dict(with_changes(model.objects.visible()).order_by("pk").values_list(part, "changed_at"))


def municipality_changes():
    """Of those that we have practice examples from: a page changes with them, too."""
    examples = defaultdict(list)
    dated = with_changes(PracticeExample.objects.visible()).values_list("municipality__key", "changed_at")
    for key, changed_at in dated:
        examples[key].append(changed_at)
    shown = with_changes(Municipality.objects.with_examples()).order_by("pk").values_list("key", "changed_at")
    return {key: latest([changed_at, *examples[key]]) for key, changed_at in shown}


def latest(moments):
    return max(filter(None, moments), default=None)
