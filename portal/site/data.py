"""What there is to download, and what its columns hold."""

from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from itertools import pairwise

from django.conf import settings
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django.views.generic import TemplateView

from portal import citations, codebook, kept, releases
from portal.current import content_version, once_a_version
from portal.exports import DIALECTS, RENDERINGS, file_name
from portal.facets import LONGEST_SEARCH
from portal.history import content_dates
from portal.problems import check_names, misfit
from portal.views import citation_response, downloads

from . import linked_data
from .tables import ALL_TABLES, TABLES

SAMPLE = 50  # rows in which to look for an example of what a column holds
LONGEST_EXAMPLE = 80


@dataclass(frozen=True)
class Bar:
    label: str
    count: int
    percent: float  # of the longest bar
    url: str = ""


def bars(rows):
    """[Bar] of [(label, count, url)]"""
    most = max((count for _label, count, _url in rows), default=0)
    return [Bar(label, count, round(100 * count / most, 1), url) for label, count, url in rows if count]


def bars_of(filter_set, name, address):
    """A bar for each value of a facet."""
    facet = next((facet for facet in filter_set.facets if facet.name == name), None)
    options = facet.options if facet else ()
    return bars([(each.label, each.count, reverse(address, query={name: each.value})) for each in options])


def bars_by_year(filter_set):
    """How many recommendations rest on a source of each year: the facet counts „from this year on“."""
    facet = next((facet for facet in filter_set.facets if facet.name == "since"), None)
    since = [(each.value, each.count) for each in facet.options] if facet else []
    rows = [(year, count - later, "") for (_later, later), (year, count) in pairwise([("", 0), *since])]
    without = len(filter_set.results) - (since[-1][1] if since else 0)
    return bars([*rows, (_("year not stated"), without, "")])


def described(table, filter_set=None):
    return {
        "name": table.name,
        "title": table.title,
        "description": table.description,
        "count": len(filter_set.results) if filter_set else None,
        "downloads": downloads(table.name),
        **everything(table),
    }


def everything(table):
    """Of a table that holds a part unless it is asked for all: links to all of it."""
    declared = table.filter_class.base_filters.get("all")
    return {"everything": downloads(table.name, "?all=1"), "everything_label": declared.label} if declared else {}


class DataView(TemplateView):
    template_name = "data.html"

    def get_context_data(self, **kwargs):
        filter_sets = {name: table.filter_class({}) for name, table in TABLES.items()}
        recommendations, examples = filter_sets["recommendations"], filter_sets["practice-examples"]
        tables = [described(table, filter_sets[name]) for name, table in TABLES.items()]
        since, changed = dates_of_content()
        return super().get_context_data(
            tables=tables,
            citation=citations.citation(the_portal(), citations.files("portal_citation")),
            linked_data=[linked_data.catalogue(tables)],
            link_tables=[described(table) for name, table in ALL_TABLES.items() if name not in TABLES],
            since=since,
            changed=changed,
            by_challenge=bars_of(recommendations, "challenge", "recommendation_list"),
            by_state=bars_of(examples, "state", "practice_example_list"),
            by_year=bars_by_year(recommendations),
            release=releases.newest(),
            json_address=settings.SITE_ADDRESS + reverse("table", args=["recommendations", "json"]),
            **kwargs,
        )


@once_a_version
def dates_of_content():
    """(since when there is something public, when what readers see last changed)"""
    return content_dates(TABLES.values())


def the_portal():
    """To cite: its year is that of the last change."""
    _since, changed = dates_of_content()
    return citations.the_portal(changed and timezone.localtime(changed).year)


@require_safe
def citation(request, extension):
    """How to cite the portal as a whole. `lang=en` for English."""
    return citation_response(the_portal(), extension)


class CodeBookView(TemplateView):
    template_name = "codebook.html"

    def get_context_data(self, **kwargs):
        samples = {name: sample_of(table) for name, table in TABLES.items()}
        found = {
            name: examples_of(table, samples[getattr(table, "owner", table).name]) for name, table in ALL_TABLES.items()
        }
        return super().get_context_data(
            tables=[
                {"table": table, "fields": [(field, found[name].get(field.name)) for field in codebook.fields(table)]}
                for name, table in ALL_TABLES.items()
            ],
            vocabularies=[
                (name, codebook.labels_in_both_languages(vocabulary))
                for name, vocabulary in codebook.vocabularies(ALL_TABLES.values()).items()
            ],
            linked_data=[linked_data.codebook()],
            **kwargs,
        )


def sample_of(table):
    """Its first records, in which to look for examples; those of a link table are its owner's."""
    return next(table.batches(table.filter_class({}).results[:SAMPLE]), [])


def examples_of(table, records):
    """{column: a value as it stands in the file}, from the first rows that have one."""
    found = {}
    for row in zip(*table.cells(records), strict=True) if records else ():
        for name, value in zip(table.header, row, strict=True):
            if name not in found and value not in ("", None):
                text = str(value)
                found[name] = text if len(text) <= LONGEST_EXAMPLE else text[: LONGEST_EXAMPLE - 1] + "…"
    return found


@require_safe
def table(request, name, extension):
    """A table as a file, of everything or of a filtered list: the same parameters as the page, without `page`.

    `lang=en` for labels and addresses; `dialect=comma` for a CSV with commas.
    """
    if name not in ALL_TABLES or extension not in RENDERINGS:
        raise Http404
    exported, own = ALL_TABLES[name], {"lang": [code for code, _label in settings.LANGUAGES]}
    if extension == "csv":
        own["dialect"] = [dialect for dialect in DIALECTS if dialect]
    filter_set = understood(exported.filter_class, own, request.GET)
    options = {"dialect": request.GET.get("dialect", "")} if extension == "csv" else {}
    rendering, file, ids = RENDERINGS[extension], file_name(exported, filter_set, extension), filter_set.results
    of_what = name, extension, options, get_language(), sha256(ids[:].tobytes()).hexdigest()
    make = partial(rendering.respond, exported, ids, file, **options)
    return kept.answer(content_version(), of_what, file, rendering.content_type, make)


def understood(filter_class, own, data):
    """The filter set of a file's parameters; `own`: {further parameter: its values}.

    Raises Problem: a file can't report a typing error beside its facet as a page does, and would pass for a whole list.
    """
    check_names(data, [*filter_class.base_filters, *own], filter_class.facets_by_name())
    filter_set = filter_class(data)
    wrong = [(name, data[name], values) for name, values in own.items() if data.get(name, "") not in ("", *values)]
    for name, value, possible in [*filter_set.not_understood, *wrong]:
        too_long = {"type": "string", "maxLength": LONGEST_SEARCH} if name == "q" else {}
        raise misfit(name, value, {"enum": possible} if possible else too_long)
    return filter_set


@require_safe
def catalogue(request, extension):
    """What is offered as data, for GovData and other harvesters."""
    from . import catalogue as described  # not above: only a process that is asked has rdflib in its memory

    if extension not in described.SERIALISATIONS:
        raise Http404
    write, content_type = described.SERIALISATIONS[extension]
    return HttpResponse(write(described.catalogue(described.released())), content_type=content_type)
