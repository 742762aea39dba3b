"""The interface for programs under /api/v1/: lists, records and facets of every table, made from their declarations.

What may be asked, parameters.py says; openapi.py describes it all.
"""

from dataclasses import replace
from functools import reduce
from math import ceil
from operator import or_

import numpy as np
from django.conf import settings
from django.db.models import Q
from django.http import HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from ninja import NinjaAPI, Query

from municipalities.models import Municipality
from municipalities.near import NEAR, Near, SimilarFirst
from municipalities.views import MunicipalityDetailView
from portal import problems
from portal.exports import json_bytes
from portal.facets import BoundFacet
from portal.index import flat
from portal.linked_data import work
from portal.problems import KINDS, Problem, misfit
from portal.views import RecordView

from . import context, openapi
from .parameters import check, expected, parameters
from .tables import TABLES

MOST_EXPECTED = 50  # values that an error lists


class Interface(NinjaAPI):
    """Every error as problem details."""

    def validation_error_from_error_contexts(self, error_contexts):
        context = error_contexts[0]
        error = context.pydantic_validation_error.errors(include_url=False)[0]
        _asked, name, *_place = error["loc"]
        return misfit(name, str(error["input"]), expected(context.model.model_fields["asked"].annotation, name))

    def on_exception(self, request, exc):
        return exc.response() if isinstance(exc, Problem) else super().on_exception(request, exc)


def answer(data):
    return HttpResponse(json_bytes(data), content_type="application/json")


def list_of(table):
    Asked = parameters(table, "list")

    def view(request, asked: Query[Asked]):
        check(Asked, request.GET)
        ids = filtered(table, request.GET).results
        pages = max(ceil(len(ids) / asked.page_size), 1)
        if asked.page > pages:
            detail = ngettext("The list has %d page.", "The list has %d pages.", pages) % pages
            raise Problem("no-such-page", detail, parameter="page", pages=pages)
        start = (asked.page - 1) * asked.page_size
        beside = {
            "next": page_address(request, asked.page + 1) if asked.page < pages else None,
            "prev": page_address(request, asked.page - 1) if asked.page > 1 else None,
        }
        results = list(with_fields(table, asked.fields).items(ids[start : start + asked.page_size]))
        response = answer({"count": len(ids), "next": beside["next"], "previous": beside["prev"], "results": results})
        if links := [f'<{url}>; rel="{rel}"' for rel, url in beside.items() if url]:
            response.headers["Link"] = ", ".join(links)
        return response

    return view


def page_address(request, number):
    query = request.GET.copy()
    query["page"] = number
    return f"{settings.SITE_ADDRESS}{request.path}?{query.urlencode()}"


def with_fields(table, names):
    """The table with these columns, and its key."""
    chosen = [column for column in table.columns if not names or column.name in (table.key, *names)]
    return replace(table, columns=tuple(chosen))


def filtered(table, data):
    """The filter set. A page reports values that don't exist beside their facet; a program would miss that."""
    extra = {}
    if issubclass(table.filter_class, SimilarFirst):
        extra["near"] = Near(data)
        if extra["near"].unknown:
            raise Problem("no-such-value", _("There is no municipality with this key."), parameter=NEAR)
    filter_set = table.filter_class(data, **extra)
    for name, facet in filter_set.facets_by_name().items():
        field = filter_set.form.fields[name]
        if field.unknown:
            expected = [code for code, _label in flat(field.choices)]
            more = {"expected": {"enum": expected}} if len(expected) <= MOST_EXPECTED else {}
            values = {"label": facet.label, "value": field.unknown[0]}
            raise Problem("no-such-value", _("%(label)s: there is no “%(value)s”.") % values, parameter=name, **more)
    return filter_set


def facets_of(table):
    Asked = parameters(table, "facets")

    def view(request, asked: Query[Asked]):
        check(Asked, request.GET)
        filter_set = filtered(table, request.GET)
        bound = [BoundFacet(filter_set, name) for name in filter_set.facets_by_name()]
        return answer({"count": len(filter_set.results), "facets": [described(facet) for facet in bound]})

    return view


def described(facet):
    options = [
        {"value": option.value, "label": str(option.label), "group": str(group), "count": option.count,
         "chosen": option.chosen}
        for group, options in facet.groups
        for option in options
    ]  # fmt: skip
    return {"name": facet.name, "label": str(facet.label), "help": str(facet.help), "single": facet.single,
            "options": options}  # fmt: skip


def record_of(table):
    Asked = parameters(table, "record")
    model = table.filter_class._meta.model

    def view(request, key: str, asked: Query[Asked]):
        check(Asked, request.GET)
        called = reduce(or_, (Q(**{name: key}) for name in names_of(table)))
        pks = np.array(model.objects.visible().filter(called).values_list("pk", flat=True)[:1], np.int64)
        for item in with_fields(table, asked.fields).items(pks):
            return answer(item)
        return missing(table, key, request)

    return view


def missing(table, key, request):
    """Where a record is now that was called so, or that it was withdrawn; otherwise there never was one."""
    model = table.filter_class._meta.model
    # The pages of records know what has become of one that is gone.
    page = MunicipalityDetailView() if model is Municipality else RecordView(model=model)
    for page.slug_field in names_of(table):
        if record := page.moved(key):
            query = f"?{request.GET.urlencode()}" if request.GET else ""
            return HttpResponsePermanentRedirect(record_address(table, record) + query)
        if record := page.withdrawn(key):
            raise withdrawn(table, record, page)
    raise Problem("not-found", _("There is no public record “%s”.") % key[:100])


def withdrawn(table, record, page):
    if isinstance(record, Municipality):
        return Problem("withdrawn", _("This municipality is no longer in the register."))
    instead = page.instead(record)
    return problems.withdrawn(record.archive_note, instead and settings.SITE_ADDRESS + record_address(table, instead))


def names_of(table):
    """The fields by which a record is found."""
    return (table.key, "slug") if table.key == "number" else (table.key,)


def record_address(table, record):
    return reverse(f"api:{table.name}-record", args=[getattr(record, table.key)])


api = Interface(title="", version="1", urls_namespace="api", openapi_url=None, docs_url=None)
PURPOSES = {  # in this order: "facets" is no record
    "list": ("/{name}/", list_of),
    "facets": ("/{name}/facets/", facets_of),
    "record": ("/{name}/{{key}}/", record_of),
}
for table in TABLES.values():
    for purpose, (address, make) in PURPOSES.items():
        route, view, name = address.format(name=table.name), make(table), f"{table.name}-{purpose}"
        api.api_operation(["GET"], route, operation_id=name, url_name=name, tags=[table.name])(view)
        api.api_operation(["HEAD"], route, url_name=name, include_in_schema=False)(view)


@require_safe
def document(request):
    response = answer(openapi.document(api))
    response.headers["Content-Type"] = "application/vnd.oai.openapi+json;version=3.1"
    return response


@require_safe
def docs(request):
    """The description for reading, in both languages at one address."""
    address, description = settings.SITE_ADDRESS + request.path, openapi.document(api)
    own = {language["code"]: language for language in context.languages(request)}
    for code, query in (("de", ""), ("en", "?lang=en")):
        own[code] |= {"url": request.path + query, "address": address + query}
    return render(
        request,
        "api.html",
        {
            "languages": own.values(),
            "canonical_url": own[get_language()]["address"],
            "linked_data": [work("TechArticle", own[get_language()]["address"], _("Data for programs"))],
            "base": settings.SITE_ADDRESS + reverse("api:start"),
            "description": description,
            "tables": openapi.reading(description),
            "problems": KINDS,
        },
    )


@require_safe
def start(request):
    return redirect("api:docs")


urlpatterns = [
    path("", start, name="start"),
    path("openapi.json", document, name="openapi"),
    path("docs", docs, name="docs"),
    *api.urls[0][:-1],  # without django-ninja's own start
]
