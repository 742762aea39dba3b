"""The data package and the data releases: their pages, and their files at addresses without a language."""

import hashlib

from django.http import FileResponse, Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.formats import date_format
from django.utils.text import slugify
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django.views.generic import TemplateView

from portal import citations, datapackage, problems, releases
from portal.exports import LONGEST_NAME
from portal.models import Release
from portal.problems import Problem
from portal.snapshot import RestlessError
from portal.views import citation_response

from . import linked_data
from .tables import ALL_TABLES
from .views import SEARCHED

# Of a release's files. They never change, but a take-down has to end them: shared caches keep none, a browser asks
# again after a day.
CACHED = f"private, max-age={24 * 60 * 60}, immutable"


@require_safe
def package(request):
    """Everything published, as a data package of this moment."""
    try:
        file = datapackage.current(ALL_TABLES)
    except RestlessError:
        wait = HttpResponse(status=503, headers={"Retry-After": "30"})  # seconds
        return problems.describe(wait, _("The content is being changed at this moment. Please try again soon."))
    name = f"wissensportal-paket-{timezone.localdate():%Y-%m-%d}.zip"
    return FileResponse(file, as_attachment=True, filename=name)


def standing(number):
    """The release, for a file of it."""
    release = get_object_or_404(Release, number=number)
    if release.withdrawn_at:
        said = _("%(release)s was withdrawn on %(date)s and its files are deleted. Reason: %(reason)s")
        day = date_format(timezone.localtime(release.withdrawn_at), "DATE_FORMAT")
        raise Problem("withdrawn", said % {"release": release, "date": day, "reason": release.reason})
    return release


def query_of(data, release, name):
    if name not in release.tables:
        raise Http404
    return releases.Query(release, name, releases.check(release, name, data))


def kept(request, what, respond):
    """A file of a release: kept by browsers, and not sent again to whoever has it."""
    etag = f'"{hashlib.sha256(repr(what).encode()).hexdigest()[:32]}"'
    response = get_conditional_response(request, etag=etag)
    if response is None:
        try:
            response = respond()
        except FileNotFoundError as error:
            raise Http404(_("The files of this data release are missing on the server.")) from error
    response.headers["ETag"], response.headers["Cache-Control"] = etag, CACHED
    return response


@require_safe
def release_package(request, number):
    release = standing(number)
    file = releases.path(number) / releases.PACKAGE
    name = f"paket-release-{number}.zip"
    return kept(
        request,
        [release.content_hash, name],
        lambda: FileResponse(file.open("rb"), as_attachment=True, filename=name),
    )


@require_safe
def release_file(request, number, name, extension):
    """A frozen table, or the part of it that its facets choose: the same bytes as long as the release exists."""
    release = standing(number)
    if extension not in releases.FORMATS:
        raise Http404
    query = query_of(request.GET, release, name)

    def respond():
        choices = slugify(query.parameters.replace("=", "-").replace("&", "-"))[:LONGEST_NAME].strip("-")
        file = "-".join(filter(None, (name, f"release-{number}", choices)))
        response = StreamingHttpResponse(query.answer(extension), content_type=releases.FORMATS[extension].content_type)
        response.headers["Content-Disposition"] = f'attachment; filename="{file}.{extension}"'
        return response

    return kept(request, [release.content_hash, name, extension, query.parameters], respond)


@require_safe
def release_citation(request, number, extension, name=""):
    """How to cite a release, or what facets choose of one of its tables. `lang=en` for English."""
    release, data = standing(number), request.GET.copy()
    data.pop("lang", None)
    if extension not in citations.RENDERINGS:
        raise Http404
    try:
        work = cited(query_of(data, release, name)) if name else releases.work(release)
    except FileNotFoundError as error:
        raise Http404(_("The files of this data release are missing on the server.")) from error
    return citation_response(work, extension)


def cited(query):
    rows, hashes, _since = query.read()
    return query.work(rows, hashes["jsonl"])


class ReleasesView(TemplateView):
    template_name = "releases/list.html"

    def get_context_data(self, **kwargs):
        found, there = Release.objects.defer("tables", "changes"), list(releases.available())
        counted = [
            (each, each in there, each.counts.get("recommendations", 0), each.counts.get("practice-examples", 0))
            for each in found
        ]
        return super().get_context_data(releases=counted, linked_data=[linked_data.releases(there)], **kwargs)


class ReleasePage(TemplateView):
    """A page about one release, or that it was withdrawn."""

    def get(self, request, *args, number, **kwargs):
        self.release = get_object_or_404(Release, number=number)
        if self.release.withdrawn_at:
            return self.said("withdrawn", 410)
        try:
            return super().get(request, *args, number=number, **kwargs)
        except releases.NotPossibleError as error:
            return self.said("refused", 400, problems=error.problems)
        except FileNotFoundError as error:
            raise Http404(_("The files of this data release are missing on the server.")) from error

    def said(self, what, status, **more):
        return render(self.request, f"releases/{what}.html", {"release": self.release, **more}, status=status)


class ReleaseView(ReleasePage):
    template_name = "releases/detail.html"

    def get_context_data(self, **kwargs):
        release, lang = self.release, get_language()
        if not releases.is_there(release):
            raise FileNotFoundError
        changes = release.changes.get("tables", {})
        order = {name: place for place, name in enumerate(ALL_TABLES)}  # the database doesn't keep one
        names = sorted(release.tables, key=lambda name: (order.get(name, len(order)), name))
        tables = [
            {
                "name": name,
                "title": release.tables[name][f"title_{lang}"],
                "rows": release.tables[name]["rows"],
                "is_link": release.tables[name]["owner"] != name,
                "sha256": release.tables[name]["sha256"],
                "changes": changes.get(name),
                "url": releases.address(release, name, {}),
                "files": [
                    {"label": rendering.label, "url": releases.address(release, name, {}, extension)}
                    for extension, rendering in releases.FORMATS.items()
                ],
            }
            for name in names
        ]
        package = {"type": "application/zip", "url": reverse("release_package", args=[release.number])}
        compared = Release.objects.filter(number=release.changes["since"]).first() if changes else None
        return super().get_context_data(
            release=release,
            tables=tables,
            withdrawn=compared if compared and compared.withdrawn_at else None,
            citation=citations.citation(releases.work(release), citations.files("release_citation", release.number)),
            linked_data=[linked_data.release(release, release.get_absolute_url(), str(release), [package])],
            trail=[(_("Data"), reverse("data"))],
            **kwargs,
        )


class ReleaseTableView(ReleasePage):
    """A table of a release, or a part of it: what it was, how to cite it, and what has become of it since."""

    template_name = "releases/table.html"

    def get_context_data(self, name, **kwargs):
        query = query_of(self.request.GET, self.release, name)
        rows, hashes, since = query.read(ALL_TABLES.get(name))
        title = query.described[f"title_{get_language()}"]
        files = [
            {
                "label": rendering.label,
                "type": rendering.media_type,
                "url": query.address(extension),
                "sha256": hashes[extension],
            }
            for extension, rendering in releases.FORMATS.items()
        ]
        return super().get_context_data(
            release=self.release,
            query=query,
            title=title,
            linked_data=[
                linked_data.release(self.release, query.address(), f"{title}, {self.release.in_sentence}", files, name)
            ],
            trail=[(_("Data"), reverse("data")), (_("Data releases"), reverse("release_list"))],
            choices=query.words(),
            rows=rows,
            files=files,
            since=since.counts if since else None,
            named=since.named if since else {},
            more=since.more if since else {},
            citation=citations.citation(
                query.work(rows, hashes["jsonl"]),
                citations.files("release_citation", self.release.number, name),
                query.parameters,
            ),
            list_url=reverse(SEARCHED[name], query=query.chosen) if since and name in SEARCHED else None,
            canonical_query=f"?{query.parameters}" if query.chosen else "",
            **kwargs,
        )
