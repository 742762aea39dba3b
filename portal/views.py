"""Generic views: a filtered list and a record."""

from django.conf import settings
from django.core import signing
from django.core.paginator import EmptyPage, Paginator
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.generic import DetailView, TemplateView

from . import citations, linked_data, missed, releases
from .current import current_index
from .entries import kind_of
from .exports import RENDERINGS
from .glossary import GlossaryFilter
from .history import with_changes
from .licences import Licence
from .models import FormerSlug, GlossaryTerm, PreviewLink, Revision
from .publishing import Publishable
from .snippets import with_snippets

PAGE_SIZE = 20
LONGEST_PAGE = 500  # with page=all
MOST_KEPT = 1_000  # records that a process keeps for its lists
MOST_NEAREST = 3
# Why something is empty: the sources don't speak of it, or we have not written it down.
NOT_DOCUMENTED, NOT_RECORDED = "not_documented", "not_recorded"


class FilteredListView(TemplateView):
    """A page of the results of a filter class. The subclass names these three."""

    filter_class = None
    table = search_label = ""
    feed = ""  # the name of the feed of what is new
    elsewhere = ()  # other lists in which to look for the same words: (filter class, name of the address, label)
    nearest = None  # the filter class of what to show instead where nothing is found

    def filter_set(self):
        return self.filter_class(self.request.GET)

    def rows(self, visible):
        """What a card needs beside the record."""
        return visible.with_card()

    def get(self, request, *args, **kwargs):
        try:
            return super().get(request, *args, **kwargs)
        except EmptyPage:
            filter_set = self.filter_set()
            pages = Paginator(filter_set.results, self.page_size(filter_set)).num_pages
            return render(request, "no_such_page.html", {"filter": filter_set, "pages": pages}, status=404)

    def page_size(self, filter_set):
        return PAGE_SIZE

    def found_elsewhere(self, q):
        if not q:
            return []
        found = [
            {
                "label": label,
                "count": current_index(filter_class).search(q).count_as_typed,
                "url": reverse(name, query={"q": q}),
            }
            for filter_class, name, label in self.elsewhere
        ]
        return [each for each in found if each["count"]]

    def get_context_data(self, **kwargs):
        filter_set = self.filter_set()
        page = self.page(filter_set)
        elsewhere = self.found_elsewhere(filter_set.q)
        if filter_set.q and not filter_set.hits and not elsewhere:
            missed.note(filter_set.q)
        return super().get_context_data(
            filter=filter_set,
            page_obj=page,
            page_links=self.page_links(filter_set, page),
            all_url=self.all_url(filter_set, page),
            table=self.table,
            search_label=self.search_label,
            downloads=downloads(self.table, filter_set.query(near=None)),  # the order is for reading
            feed_url=feed_url(self.feed, filter_set.query(near=None)),
            linked_data=self.linked_data(filter_set, page),
            # A page further on is a page of its own; of every selection, search engines need not know.
            canonical_query=f"?page={page.number}" if page.number > 1 and filter_set.query() == "?" else "",
            cite_url=releases.citable(self.table, filter_set.query(near=None)),
            found_elsewhere=elsewhere,
            nearest=[] if len(filter_set.results) else self.nearest_records(filter_set),
            explained=[] if len(filter_set.results) else self.explained(filter_set.q),
            **kwargs,
        )

    def linked_data(self, filter_set, page):
        """What the page says to machines: a list of nodes."""
        plural = self.filter_class._meta.model._meta.verbose_name_plural
        url = linked_data.full(self.request.path + self.page_url(filter_set, page.number).removesuffix("?"))
        return [
            linked_data.collection(url, capfirst(plural), page.object_list, page.paginator.count, page.start_index())
        ]

    def nearest_records(self, filter_set):
        """What comes closest to the words, or to one that may be meant."""
        if self.nearest is None or not filter_set.q:
            return []
        closest = self.nearest({"q": filter_set.q})
        if not closest.ids and closest.alternatives:
            closest = self.nearest({"q": closest.alternatives[0].label})
        pks = closest.ids[:MOST_NEAREST]
        found = self.nearest._meta.model.objects.visible().in_bulk(pks)
        return [found[pk] for pk in pks if pk in found]

    def explained(self, q):
        """The glossary's entries on what was looked for, if nothing had to be guessed."""
        index = current_index(GlossaryFilter)
        if not q or not (found := index.search(q)).count_as_typed:
            return []
        pks = index.ordered(found.complete, "", get_language() or "de", found.scores)[:MOST_NEAREST].tolist()
        terms = GlossaryTerm.objects.visible().in_bulk(pks)
        return [terms[pk] for pk in pks if pk in terms]

    def page(self, filter_set):
        ids, wanted = filter_set.results, self.request.GET.get("page") or "1"
        size = max(len(ids), 1) if wanted == "all" and len(ids) <= LONGEST_PAGE else self.page_size(filter_set)
        paginator = Paginator(ids, size)
        number = 1 if wanted == "all" else int(wanted[:9]) if wanted.isascii() and wanted.isdigit() else 0
        page = paginator.page(number)
        page.object_list = self.records(filter_set.index, page.object_list.tolist())
        if filter_set.found_words:
            page.object_list = with_snippets(page.object_list, self.filter_class, filter_set.found_words)
        if page.has_previous():
            page.previous_url = self.page_url(filter_set, page.previous_page_number())
        if page.has_next():
            page.next_url = self.page_url(filter_set, page.next_page_number())
        return page

    def records(self, index, pks):
        """The visible records in this order. What cards show is kept with the index; whether it is public is asked."""
        visible = self.filter_class._meta.model.objects.visible().filter(pk__in=pks)
        kept = index.records  # other threads put theirs in, and may begin it anew
        public = visible.values_list("pk", flat=True)
        shown = {pk: kept.get((type(self), pk)) for pk in public}
        if missing := [pk for pk, record in shown.items() if record is None]:
            new = {row.pk: row for row in self.rows(visible.filter(pk__in=missing))}
            shown |= new
            index.records = (kept if len(kept) < MOST_KEPT else {}) | {(type(self), pk): row for pk, row in new.items()}
        return [shown[pk] for pk in pks if shown.get(pk)]

    def page_url(self, filter_set, number):
        return filter_set.query(page=number if number != 1 else None)

    def page_links(self, filter_set, page):
        return [
            {"number": number, "url": self.page_url(filter_set, number), "current": number == page.number}
            if number != Paginator.ELLIPSIS
            else None
            for number in page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
        ]

    def all_url(self, filter_set, page):
        fits = page.paginator.num_pages > 1 and page.paginator.count <= LONGEST_PAGE
        return filter_set.query(page="all") if fits else None


class RecordView(DetailView):
    """A record's page, of what a reader may see – or, as a preview, of whatever has not been withdrawn."""

    preview = False
    cited_by = ""  # the field that names it in the addresses of its citation; none: it has no such files

    def linked_data(self):
        """What the page says to machines, once the record is there: a list of nodes."""
        return []

    def get_queryset(self):
        if self.preview:
            return self.model.objects.exclude(status=Publishable.Status.ARCHIVED)
        return with_changes(self.model.objects.visible())

    def get_object(self, queryset=None):
        """As it will look: a working copy under the name and number of what it will replace."""
        record = super().get_object(queryset)
        if getattr(record, "replaces_id", None):
            for name in ("number", "slug"):
                if hasattr(record, name):
                    setattr(record, name, getattr(record.replaces, name))
        return record

    def get(self, request, *args, **kwargs):
        try:
            return super().get(request, *args, **kwargs)
        except Http404:
            name = self.kwargs.get(self.slug_url_kwarg)
            if record := self.moved(name):
                return HttpResponsePermanentRedirect(self.path(record))
            if record := self.withdrawn(name):
                return self.tombstone(record)
            raise

    def path(self, record):
        """Where the view shows this record."""
        return record.get_absolute_url()

    def moved(self, name):
        """The record that was once called so, if its present address answers."""
        slug = name if self.slug_field == "slug" else None
        former = FormerSlug.objects.filter(table=kind_of(self.model).table, slug=slug).first()
        answering = self.model.objects.visible() | self.gone()
        return former and answering.filter(pk=former.record_id).first()

    def gone(self):
        """What readers once saw and is withdrawn."""
        if not issubclass(self.model, Publishable):
            return self.model.objects.none()
        once_public = self.model.objects.originals().filter(published_at__lte=timezone.now())
        return once_public.filter(status=Publishable.Status.ARCHIVED)

    def reopened(self, name):
        """What readers once saw under this name and is a draft again, at whatever step: not public until it is."""
        if not issubclass(self.model, Publishable):
            return self.model.objects.none()
        once_public = self.model.objects.originals().filter(once_public=True)
        history = Revision.objects.filter(table=kind_of(self.model).table, record_id__in=once_public.values("pk"))
        withdrawn = history.filter(
            record_id=OuterRef("record_id"), number__gte=OuterRef("number"), status=Publishable.Status.ARCHIVED
        )
        # A name that it got since it was withdrawn is nobody's to know.
        named = history.filter(Exists(withdrawn), **{f"entry__{self.slug_field}": name})
        seen = named.exclude(status=Publishable.Status.DRAFT)
        return once_public.filter(pk__in=seen.values("record_id"))

    def withdrawn(self, name):
        """What readers once saw under this name and see no more."""
        return self.gone().filter(**{self.slug_field: name}).first() or self.reopened(name).first()

    def instead(self, record):
        """What to read instead of a withdrawn record, if there is something."""
        return self.model.objects.visible().filter(pk=record.superseded_by_id).first()

    def tombstone(self, record):
        """That it is gone, why, and what to read instead. Nothing of its text."""
        context = {"note": record.archive_note, "instead": self.instead(record)}
        return render(self.request, "withdrawn.html", context, status=410)

    def get_context_data(self, **kwargs):
        public = self.preview and self.model.objects.visible().filter(pk=self.object.pk).exists()
        return super().get_context_data(
            citation=self.citation(),
            linked_data=[] if self.preview else self.linked_data(),
            preview=self.preview,
            public_url=self.address() if public else None,
            **kwargs,
        )

    def title(self):
        """What the record is called in a citation."""
        number = getattr(self.object, "number", "")
        return f"{self.object.title} ({number})" if number else self.object.title

    def address(self):
        return settings.SITE_ADDRESS + self.object.get_absolute_url()

    def work(self):
        """This page of the portal as something to cite."""
        record, table = self.object, kind_of(self.model).table
        published_at = getattr(record, "published_at", None)
        cited = getattr(record, "citations", None)  # long pages have none
        first = cited and next(iter(cited.all()), None)
        named = getattr(record, kind_of(self.model).key)
        return citations.ours(
            key=f"wissensportal-{getattr(record, 'number', None) or f'{table}-{named}'}",
            kind=citations.Kind.PAGE,
            title=self.title(),
            url=self.address(),
            date=timezone.localdate(published_at) if published_at else None,
            note=_("Based on %s") % first.source.short if first else "",
            language=getattr(getattr(record, "title", ""), "lang", get_language()),
            licence=Licence(record.licence).label if hasattr(record, "licence") else "",
        )

    def citation(self):
        """How to cite it. A draft has no files for reference managers: it can't be cited."""
        name = getattr(self.object, self.cited_by) if self.cited_by and not self.preview else None
        return citations.citation(self.work(), name and citations.address_of(kind_of(self.model).table, name))


def citation_response(work, ending):
    """The citation as a file."""
    rendering = citations.RENDERINGS[ending]
    response = HttpResponse(rendering.write(work), content_type=rendering.content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{work.key}.{ending}"'
    response.headers["Content-Language"] = get_language()
    return response


def feed_url(name, query="?"):
    """The feed of that name with the parameters of a list and the language of the page."""
    if not name:
        return ""
    return reverse("feed", args=[name]) + with_language(query)


def with_language(query):
    """A query string for an address that has no language of its own."""
    parameters = query.removeprefix("?")
    if get_language() == "en":
        parameters = f"{parameters}&lang=en".removeprefix("&")
    return f"?{parameters}" if parameters else ""


def preview_token(table, record):
    """A signed text that stands for one record, for an editor's own eyes: valid for PREVIEW_AGE."""
    return signing.dumps([table, record.pk], salt="preview")


def shared_preview_token(link):
    """A signed text that stands for a shared preview; how long it is valid, the link says."""
    return signing.dumps(link.pk, salt="shared preview")


def read_preview_token(token):
    """(table, primary key) of a valid token, else None."""
    try:
        table, pk = signing.loads(token, salt="preview", max_age=settings.PREVIEW_AGE)
    except signing.BadSignature:
        return read_shared_preview_token(token)
    return table, pk


def read_shared_preview_token(token):
    try:
        link = PreviewLink.objects.filter(pk=signing.loads(token, salt="shared preview")).first()
    except signing.BadSignature:
        return None
    return (link.table, link.record_id) if link and link.is_open else None


def downloads(table, query="?"):
    """Links to a table in every rendering, with the parameters of a list and the language of the page."""
    return [
        {
            "label": rendering.label,
            "type": rendering.media_type,
            "url": reverse("table", args=[table, extension]) + with_language(query),
        }
        for extension, rendering in RENDERINGS.items()
    ]
