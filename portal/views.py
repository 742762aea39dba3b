"""Generic views: a filtered list and a record."""

from django.conf import settings
from django.core import signing
from django.core.paginator import EmptyPage, Paginator
from django.http import Http404, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.generic import DetailView, TemplateView

from .entries import kind_of
from .models import FormerSlug
from .publishing import Publishable

PAGE_SIZE = 20
LONGEST_PAGE = 500  # with page=all


class FilteredListView(TemplateView):
    """A page of the results of a filter class. The subclass names `filter_class` and `table`."""

    filter_class = None
    table = ""

    def rows(self, visible):
        """What a card needs beside the record."""
        return visible.with_card()

    def get_context_data(self, **kwargs):
        filter_set = self.filter_class(self.request.GET)
        page = self.page(filter_set)
        return super().get_context_data(
            filter=filter_set,
            page_obj=page,
            page_links=self.page_links(filter_set, page),
            all_url=self.all_url(filter_set, page),
            downloads=downloads(self.table, filter_set.query()),
            **kwargs,
        )

    def page(self, filter_set):
        ids, wanted = filter_set.ids, self.request.GET.get("page", "1")
        size = max(len(ids), 1) if wanted == "all" and len(ids) <= LONGEST_PAGE else PAGE_SIZE
        paginator = Paginator(ids, size)
        try:
            number = 1 if wanted == "all" else int(wanted[:9]) if wanted.isascii() and wanted.isdigit() else 0
            page = paginator.page(number)
        except EmptyPage:
            raise Http404(_("This list has no page “%s”.") % wanted[:20]) from None
        visible = self.filter_class._meta.model.objects.visible()
        found = {row.pk: row for row in self.rows(visible.filter(pk__in=list(page.object_list)))}
        page.object_list = [found[pk] for pk in page.object_list if pk in found]
        if page.has_previous():
            page.previous_url = self.page_url(filter_set, page.previous_page_number())
        if page.has_next():
            page.next_url = self.page_url(filter_set, page.next_page_number())
        return page

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
    """A record's page, of what a reader may see – or, as a preview, of a record that nobody else sees yet."""

    preview = False

    def get_queryset(self):
        return self.model.objects.all() if self.preview else self.model.objects.visible()

    def get_object(self, queryset=None):
        """As it will look: a working copy under the name and number of what it will replace."""
        record = super().get_object(queryset)
        if record.replaces_id:
            for name in ("number", "slug"):
                if hasattr(record, name):
                    setattr(record, name, getattr(record.replaces, name))
        return record

    def get(self, request, *args, **kwargs):
        try:
            return super().get(request, *args, **kwargs)
        except Http404:
            if found := self.moved() or self.withdrawn():
                return found
            raise

    def moved(self):
        """To the present address, if the record was once called so."""
        slug, kind = self.kwargs.get("slug"), kind_of(self.model)
        former = FormerSlug.objects.filter(table=kind.table, slug=slug).first()
        answering = self.model.objects.visible() | self.gone()
        record = former and answering.filter(pk=former.record_id).first()
        return HttpResponsePermanentRedirect(record.get_absolute_url()) if record else None

    def gone(self):
        """What readers once saw and is withdrawn."""
        once_public = self.model.objects.originals().filter(published_at__lte=timezone.now())
        return once_public.filter(status=Publishable.Status.ARCHIVED)

    def withdrawn(self):
        """Of what readers once saw: that it is gone, why, and what to read instead. Nothing of its text."""
        record = self.gone().filter(slug=self.kwargs.get("slug")).first()
        if record is None:
            return None
        instead = self.model.objects.visible().filter(pk=record.superseded_by_id).first()
        return render(self.request, "withdrawn.html", {"note": record.archive_note, "instead": instead}, status=410)

    def get_context_data(self, **kwargs):
        return super().get_context_data(citation=self.citation(), preview=self.preview, **kwargs)

    def citation(self):
        """How to cite this page of the portal, as plain text."""
        number = getattr(self.object, "number", "")
        return _("%(site)s: %(title)s. %(address)s, accessed %(date)s.") % {
            "site": _("Migration as an opportunity – knowledge portal for municipalities"),
            "title": f"{self.object.title} ({number})" if number else self.object.title,
            "address": settings.SITE_ADDRESS + self.object.get_absolute_url(),
            "date": date_format(timezone.localdate(), "DATE_FORMAT"),
        }


def preview_token(table, record):
    """A signed text that stands for one record, valid for PREVIEW_AGE."""
    return signing.dumps([table, record.pk], salt="preview")


def read_preview_token(token):
    """(table, primary key) of a valid token, else None."""
    try:
        table, pk = signing.loads(token, salt="preview", max_age=settings.PREVIEW_AGE)
    except signing.BadSignature:
        return None
    return table, pk


def downloads(table, query="?"):
    """Links to a table in every rendering, with the parameters of a list and the language of the page."""
    parameters = query.removeprefix("?")
    if get_language() == "en":
        parameters = f"{parameters}&lang=en".removeprefix("&")
    return [
        {
            "label": extension.upper(),
            "url": reverse("table", args=[table, extension]) + (f"?{parameters}" if parameters else ""),
        }
        for extension in ("csv", "xlsx")
    ]
