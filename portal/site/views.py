import re
from itertools import groupby

from django.conf import settings
from django.core.exceptions import BadRequest
from django.db import connection
from django.db.utils import DatabaseError
from django.http import Http404, HttpResponse, JsonResponse, QueryDict
from django.urls import resolve, reverse
from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django.views.generic import ListView, TemplateView

from municipalities.choosing import meant
from municipalities.filters import MunicipalityFilter
from municipalities.models import Municipality
from portal import suggestions as suggested
from portal.entries import TYPES
from portal.facets import LONGEST_SEARCH
from portal.linked_data import full
from portal.middleware import ACCOUNT_PATHS, STAFF_PATHS
from portal.models import GlossaryTerm, Page
from portal.search import alphabetical, sort_key
from portal.views import RecordView, read_preview_token
from recommendations.models import Challenge, PracticeExample, Recommendation, Source

from . import linked_data
from .tables import TABLES

# The lists with a search: {table: name of the address}.
SEARCHED = {
    "recommendations": "recommendation_list",
    "practice-examples": "practice_example_list",
    "municipalities": "municipality_list",
}


def counts():
    return {
        "recommendations": Recommendation.objects.visible().count(),
        "examples": PracticeExample.objects.visible().count(),
        "municipalities": Municipality.objects.with_examples().count(),
        "sources": Source.objects.visible().count(),
    }


class HomeView(TemplateView):
    template_name = "home.html"

    def get_context_data(self, **kwargs):
        challenges = alphabetical(Challenge.objects.visible().with_counts(), "title")
        chances = [challenge for challenge in challenges if challenge.opportunity]
        return super().get_context_data(
            challenges=challenges,
            chances=len(chances),
            editorial_chances=sum(challenge.opportunity_editorial for challenge in chances),
            counts=counts(),
            linked_data=linked_data.portal(),
            **kwargs,
        )


class PageView(RecordView):
    """A long page. What an editor has not written yet is 404."""

    model = Page
    template_name = "page.html"
    context_object_name = "page"

    def linked_data(self):
        return [linked_data.page(self.object)]

    def get_context_data(self, **kwargs):
        came_from = self.request.GET.get("from", "")[:500]
        own = re.match(r"/(?!/)", came_from)  # a path of this portal, not any text that somebody made a link of
        return super().get_context_data(from_path=came_from if own else "", **kwargs)


class GlossaryView(ListView):
    template_name = "glossary.html"
    context_object_name = "terms"

    def get_queryset(self):
        return alphabetical(GlossaryTerm.objects.prefetch_related("see_also"), "term")

    def get_context_data(self, **kwargs):
        letters = groupby(self.object_list, key=lambda term: sort_key(term.term)[:1].upper())  # Ä stands with A
        return super().get_context_data(
            letters=[(letter, list(terms)) for letter, terms in letters],
            linked_data=[linked_data.glossary(self.object_list)],
            **kwargs,
        )


# At most so many of each kind; of one kind alone as many as of all together.
SUGGESTED = {"terms": 5, "records": 3, "municipalities": 2}


@require_safe
def suggestions(request):
    """What may be meant by the letters typed so far, as JSON. `table`: whose words; `kind`: one of SUGGESTED only.

    With `kind=municipalities`, `all=1` offers every municipality of the register, to be chosen as one's own.
    """
    table, kind = request.GET.get("table") or "recommendations", request.GET.get("kind", "")
    if table not in SEARCHED or kind not in ("", *SUGGESTED):
        raise BadRequest("Unknown table or kind of suggestion")
    most = {kind: sum(SUGGESTED.values())} if kind else SUGGESTED
    if table == "municipalities" and not kind:
        most = {"municipalities": sum(SUGGESTED.values())}  # its words and its records are the same
    if kind == "municipalities" and request.GET.get("all") == "1":
        return suggestions_response(own_municipality(request.GET.get("q", "")[:LONGEST_SEARCH]))
    q, filter_class = request.GET.get("q", "")[:LONGEST_SEARCH], TABLES[table].filter_class
    found = []
    if "terms" in most:
        for text, count in suggested.terms(filter_class, q, most["terms"]):
            hits = ngettext("%(count)d entry", "%(count)d entries", count) % {"count": count}
            url = reverse(SEARCHED[table], query={"q": text})
            found.append({"kind": "terms", "text": text, "note": hits, "url": url})
    for name, records_class, label in (
        ("records", filter_class, capfirst(filter_class._meta.model._meta.verbose_name)),
        ("municipalities", MunicipalityFilter, _("Municipality")),
    ):
        for record in suggested.records(records_class, q, most[name]) if name in most else ():
            text = suggested.name(record)
            lang = getattr(text, "lang", get_language())
            found.append({"kind": name, "text": text, "note": label, "url": record.get_absolute_url(), "lang": lang})
    return suggestions_response(found)


def own_municipality(q):
    """Municipalities that may be meant, with what `near` says. Those that only some of the words fit are none."""
    found = meant(q, sum(SUGGESTED.values()))
    mended = [_("spelt similarly")] if found.is_corrected else []
    return [
        {
            "kind": "near",
            "text": each.display_name,
            "note": " · ".join([each.place or capfirst(each.called), *mended]),
            "url": each.get_absolute_url(),
            "near": each.key,
        }
        for each in (() if found.is_partial else found.municipalities)
    ]


def suggestions_response(found):
    status = ngettext("%(count)d suggestion", "%(count)d suggestions", len(found)) % {"count": len(found)}
    return JsonResponse({"suggestions": found, "status": status if found else _("No suggestions")})


MOST_KEPT_OF_QUERY = 2_000  # characters of a list's choices

# The lists that can have similar municipalities first: {table: name of the address}.
COMPARED = {name: SEARCHED[name] for name in ("practice-examples", "recommendations")}


class ChooseMunicipalityView(TemplateView):
    """Looks for one's own municipality, also without JavaScript, and leads to a list with it.

    `list`: which one; `back`: its choices, a query string. `q`: what to look for.
    """

    template_name = "municipalities/choose.html"
    most, at_once = 50, 10

    def get_context_data(self, **kwargs):
        data = self.request.GET
        table = data.get("list") or next(iter(COMPARED))
        if table not in COMPARED:
            raise BadRequest("A list without municipalities")
        target = TABLES[table].filter_class(QueryDict(data.get("back", "")[:MOST_KEPT_OF_QUERY].removeprefix("?")))
        q = data.get("q", "").strip()[:LONGEST_SEARCH]
        address, found = reverse(COMPARED[table]), meant(q, self.most)
        choices = [{"record": each, "url": address + target.query(near=each.key)} for each in found.municipalities]
        return super().get_context_data(
            q=q,
            table=table,
            back=target.query(),
            list_url=address + target.query(),
            most=self.most,
            found=found,
            municipalities=choices[: self.at_once],
            more=choices[self.at_once :],
            **kwargs,
        )


def preview(request, token):
    """A record as it will look, for whoever has the signed address. Never cached, never indexed."""
    table, pk = read_preview_token(token) or (None, None)
    kind = TYPES.get(table)
    record = kind.model.objects.filter(pk=pk).first() if kind and kind.publishable else None
    if record is None:
        raise Http404(_("This preview has expired. Ask the editors for a new address."))
    view = resolve(record.get_absolute_url()).func.view_class.as_view(preview=True)
    response = view(request, pk=pk, token=token)
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def livez(request):
    return HttpResponse("ok", content_type="text/plain")


def readyz(request):
    try:
        connection.ensure_connection()
        Page.objects.visible().exists()
    except DatabaseError:
        return HttpResponse("no database", content_type="text/plain", status=503)
    return HttpResponse("ok", content_type="text/plain")


def robots(request):
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in STAFF_PATHS + ACCOUNT_PATHS)]
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            lines.append(f"Disallow: {reverse('preview', args=['x']).removesuffix('x/')}")
    lines.append(f"Sitemap: {full(reverse('sitemap'))}")
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain")
