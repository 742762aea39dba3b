"""The import in the admin: hand in a file, see every problem or every change, confirm."""

from itertools import chain

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .differences import Differences
from .entries import originals
from .entry_admin import BatchFilter
from .exports import file_name, rows_response, workbook_response
from .imports import TABLES, ContentChanged, Import, may_import
from .uploads import LARGEST_FILE, MEGABYTE, MOST_ROWS, Refused, too_large

SHOWN_PROBLEMS = 2_000
SHOWN_CHANGES = 100
# What happens to a row, in the order of the plan; %s is the number or short name of a record.
RECORDS = {
    "created": gettext_lazy("new"),
    "changed": gettext_lazy("changed"),
    "kept": gettext_lazy("kept: somebody has edited it here"),
    "unchanged": gettext_lazy("unchanged"),
}
TEXTS = {
    "created": gettext_lazy("new draft"),
    "changed": gettext_lazy("draft changed"),
    "copied": gettext_lazy("new working copy of %s"),
    "copy changed": gettext_lazy("working copy of %s changed"),
    "kept": gettext_lazy("kept: somebody has edited the draft here"),
    "unchanged": gettext_lazy("unchanged"),
}


class UploadForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("XLSX, CSV or YAML."),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv,.yaml,.yml"}),
        error_messages={"empty": gettext_lazy("The file is empty.")},
    )
    note = forms.CharField(
        label=gettext_lazy("What have you changed?"),
        help_text=gettext_lazy("A few words for your colleagues; they stand in the history and are not public."),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )
    overwrite = forms.BooleanField(
        label=gettext_lazy("Also replace what has been edited in the portal"),
        help_text=gettext_lazy(
            "Without this tick, records whose last change was made by an editor stay as they are. "
            "Tick it if your file is newer than those changes. You will see every change before it is made."
        ),
        required=False,
    )


def table_for(request, name):
    if name not in TABLES:
        raise Http404
    if not may_import(request.user, TABLES[name]):
        raise PermissionDenied
    return TABLES[name]


def page(request, template, table, status=200, **context):
    options = table.kind.model._meta
    context |= {
        **admin.site.each_context(request),
        "title": _("Import: %s") % table.title,
        "table": table,
        "plural": capfirst(options.verbose_name_plural),
        "changelist_url": reverse(f"admin:{options.app_label}_{options.model_name}_changelist"),
    }
    return TemplateResponse(request, f"admin/{template}.html", context, status=status)


def import_index(request):
    tables = [table for table in TABLES.values() if may_import(request.user, table)]
    if not tables:
        raise PermissionDenied
    context = {**admin.site.each_context(request), "title": _("Import"), "tables": tables}
    return TemplateResponse(request, "admin/import_index.html", context)


def upload(request, name):
    table = table_for(request, name)
    if request.method != "POST":
        return upload_page(request, table, UploadForm())
    form = UploadForm(request.POST, request.FILES)
    if getattr(request, "upload_too_large", False):
        return refusal(request, table, UploadForm(), too_large())
    if not form.is_valid():
        return upload_page(request, table, form, status=400)
    file = form.cleaned_data["file"]
    try:
        found, problems = Import.read(
            table, file.file, file.name, request.user, form.cleaned_data["note"], form.cleaned_data["overwrite"]
        )
    except Refused as error:
        return refusal(request, table, form, error)
    if problems:
        return upload_page(
            request, table, form, status=400, problems=problems[:SHOWN_PROBLEMS], problem_count=len(problems)
        )
    return HttpResponseRedirect(reverse("admin:import_review", args=[table.name, found.token]))


def upload_page(request, table, form, **context):
    limits = {"most_rows": MOST_ROWS, "largest": LARGEST_FILE // MEGABYTE}
    return page(request, "import_upload", table, form=form, **limits, **context)


def refusal(request, table, form, error):
    return upload_page(request, table, form, status=error.status, refused=str(error))


def review(request, name, token):
    table = table_for(request, name)
    found = Import.open(table, token, request.user)
    if found is None:
        raise Http404
    if request.method == "POST" and not found.meta["applied"]:
        return decide(request, table, found)
    return review_page(request, table, found)


def decide(request, table, found):
    here = HttpResponseRedirect(reverse("admin:import_review", args=[table.name, found.token]))
    if "discard" in request.POST:
        found.forget()
        messages.info(request, _("The file was discarded. Nothing was changed."))
        return HttpResponseRedirect(reverse("admin:import_upload", args=[table.name]))
    if "overwrite" in request.POST:
        found.meta["overwrite"] = True
        problems = found.plan()
        return upload_again(request, table, found, problems) if problems else here
    try:
        if request.POST.get("digest") != found.meta["digest"]:
            raise ContentChanged
        found.apply(request.user)
    except ContentChanged:
        return shown_anew(request, table, found)
    except Refused as error:
        return review_page(request, table, found, status=error.status, refused=str(error))
    return here


def shown_anew(request, table, found):
    """Somebody has changed the content since: the diff is made again, and nothing is written before it is seen."""
    latest = Import.open(table, found.token, request.user)
    if latest is None or latest.meta["applied"]:  # the same button, twice
        return HttpResponseRedirect(reverse("admin:import_review", args=[table.name, found.token]))
    if problems := latest.plan():
        return upload_again(request, table, latest, problems)
    return review_page(request, table, latest, status=409, changed_meanwhile=True)


def upload_again(request, table, found, problems):
    """The file fitted when it was handed in and doesn't any more."""
    found.forget()
    return upload_page(
        request, table, UploadForm(), status=409, problems=problems[:SHOWN_PROBLEMS], problem_count=len(problems)
    )


def review_page(request, table, found, status=200, **context):
    counts, labels_of = found.meta["counts"], TEXTS if table.kind.publishable else RECORDS
    pages = Paginator(range(sum(counts.values())), SHOWN_CHANGES)
    shown = pages.get_page(request.GET.get("page"))
    lines = list(found.planned(max(shown.start_index() - 1, 0), SHOWN_CHANGES))
    options, records = table.kind.model._meta, originals(table.kind.model)
    keys = {line["key"] for line in lines}
    ids = dict(records.filter(**{f"{table.kind.key_column}__in": keys}).values_list(table.kind.key_column, "pk"))
    copies = {}
    if table.kind.publishable:
        made = table.kind.model._default_manager.filter(replaces__in=ids.values())
        copies = dict(made.values_list("replaces", "pk"))
    differences = Differences(table.kind, [line["diff"] for line in lines])
    for line in lines:
        line["label"] = capfirst(labels_of[line["action"]])
        if "%s" in line["label"]:
            line["label"] %= line["number"] or f"“{line['key']}”"
        if pk := ids.get(line["key"]):
            pk = copies.get(pk, pk) if line["action"] in ("copied", "copy changed") else pk
            line["url"] = reverse(f"admin:{options.app_label}_{options.model_name}_change", args=[pk])
        line["changes"] = differences.as_list(line["diff"], new=line["action"] == "created")
    return page(
        request, "import_review", table, status=status, found=found, meta=found.meta, lines=lines, shown=shown,
        counts={action: counts.get(action, 0) for action in labels_of}, copies=counts.get("copied", 0) + counts.get(
            "copy changed", 0), writes=sum(counts.values()) - counts.get("unchanged", 0) - counts.get("kept", 0),
        written_url=reverse(f"admin:{options.app_label}_{options.model_name}_changelist",
                            query={BatchFilter.parameter_name: found.meta["batch"]}) if table.kind.publishable else "",
        **context,
    )  # fmt: skip


def download(request, name, content, extension):
    """The empty table with its explanation, or the table with all records, drafts included."""
    table = table_for(request, name)
    if content not in ("template", "all") or extension not in ("csv", "xlsx"):
        raise Http404
    stem = {"template": f"{table.name}-vorlage.{extension}", "all": file_name(table, None, extension)}[content]
    rows = table.rows() if content == "all" else iter(())
    if extension == "csv":
        return rows_response(stem, table.columns, rows)
    sheets = {table.name: chain([table.columns], rows), _("Explanation"): explanation(table)}
    return workbook_response(stem, sheets)


def explanation(table):
    yield [_("Column"), _("Meaning"), _("How to fill it in")]
    for row in table.explanations():
        yield [str(cell) for cell in row]


def urls(admin_view):
    return [
        path("import/", admin_view(import_index), name="import_index"),
        path("import/<slug:name>/", admin_view(upload), name="import_upload"),
        path("import/<slug:name>/<slug:content>.<slug:extension>", admin_view(download), name="import_download"),
        path("import/<slug:name>/<slug:token>/", admin_view(review), name="import_review"),
    ]
