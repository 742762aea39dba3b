"""The register in the admin: hand in a file, see what would change, confirm."""

import json
import secrets
import shutil
from pathlib import Path

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.imports import expired, folder
from portal.uploads import LARGEST_FILE, MEGABYTE, Refused, too_large

from .models import Municipality
from .register_import import run

SHOWN = 100  # of each kind of change
PERMISSION = "municipalities.import_municipality"
UPLOAD, REVIEW = "municipalities_municipality_register", "municipalities_municipality_register_review"


class UploadForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("GV100AD (TXT), AuszugGV (XLSX), or types of the BBSR (CSV with key, code, year)."),
        widget=forms.FileInput(attrs={"accept": ".txt,.asc,.xlsx,.csv"}),
        error_messages={"empty": gettext_lazy("The file is empty.")},
    )
    many_may_end = forms.BooleanField(
        label=gettext_lazy("The file is complete, however many municipalities are missing from it"),
        help_text=gettext_lazy("Only after a reform of boundaries. Without this tick, such a file is refused."),
        required=False,
    )


def allowed(view):
    def inner(request, *args, **kwargs):
        if not request.user.has_perm(PERMISSION):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return inner


def page(request, template, status=200, **context):
    context |= {
        **admin.site.each_context(request),
        "title": _("Import the register of municipalities"),
        "plural": capfirst(Municipality._meta.verbose_name_plural),
        "changelist_url": reverse("admin:municipalities_municipality_changelist"),
        "largest": LARGEST_FILE // MEGABYTE,
    }
    return TemplateResponse(request, f"admin/{template}.html", context, status=status)


@allowed
def upload(request):
    if request.method != "POST":
        return page(request, "register_upload", form=UploadForm())
    form = UploadForm(request.POST, request.FILES)
    if getattr(request, "upload_too_large", False):
        return page(request, "register_upload", 413, form=UploadForm(), refused=str(too_large()))
    if not form.is_valid():
        return page(request, "register_upload", 400, form=form)
    file, many_may_end = form.cleaned_data["file"], form.cleaned_data["many_may_end"]
    try:
        plan, problems = run(file.file, file.name, many_may_end=many_may_end, dry_run=True)
    except Refused as error:
        return page(request, "register_upload", error.status, form=form, refused=str(error))
    if problems:
        return page(request, "register_upload", 400, form=form, problems=problems)
    kept = folder() / secrets.token_urlsafe(24)
    kept.mkdir(mode=0o700, parents=True)
    with (kept / "file").open("wb") as copy:
        file.seek(0)
        shutil.copyfileobj(file.file, copy)
    save(kept, {"user": request.user.pk, "name": Path(file.name).name, "many_may_end": many_may_end}, plan)
    return HttpResponseRedirect(reverse(f"admin:{REVIEW}", args=[kept.name]))


def label(name):
    return str(capfirst(Municipality._meta.get_field(name).verbose_name))


def shown(value):
    return "–" if value in (None, "") else str(value)


def save(kept, meta, plan):
    """Write down what the file would do, for the page that asks whether it shall."""
    summary = {
        "title": plan.title, "notes": plan.notes, "counts": plan.counts, "digest": plan.digest,
        "new": [f"{row['official_name']} ({row['key']})" for row in plan.new[:SHOWN]],
        "renumbered": [f"{old['name']}: {old['key']} → {key}" for old, key in plan.renumbered],
        "ended": [f"{row['official_name']} ({row['key']})" for row in plan.ended[:SHOWN]],
        "changed": [
            (
                f"{old['name']} ({old['key']})",
                [(label(name), shown(old[name]), shown(new)) for name, new in difference.items()],
            )
            for old, difference in plan.changed[:SHOWN]
        ],
    }  # fmt: skip
    (kept / "meta.json").write_text(json.dumps(meta | {"plan": summary}))


@allowed
def review(request, token):
    kept = folder() / token
    try:
        meta = json.loads((kept / "meta.json").read_text())
    except (OSError, ValueError) as error:
        raise Http404 from error
    if meta["user"] != request.user.pk or "plan" not in meta or expired(kept):
        raise Http404
    if request.method != "POST":
        return page(request, "register_review", meta=meta, shown=SHOWN)
    if "discard" in request.POST:
        shutil.rmtree(kept, ignore_errors=True)
        messages.info(request, _("The file was discarded. Nothing was changed."))
        return HttpResponseRedirect(reverse(f"admin:{UPLOAD}"))
    expected = request.POST.get("digest", "")
    try:
        with (kept / "file").open("rb") as file:
            plan, _problems = run(file, meta["name"], request.user, expected, meta["many_may_end"])
    except Refused as error:  # somebody has imported a newer register since
        return page(request, "register_upload", 409, form=UploadForm(), refused=str(error))
    if plan.digest != expected:
        save(kept, meta, plan)
        meta = json.loads((kept / "meta.json").read_text())
        return page(request, "register_review", 409, meta=meta, shown=SHOWN, changed_meanwhile=True)
    shutil.rmtree(kept, ignore_errors=True)
    messages.success(request, _("%s: the import is done.") % plan.title)
    return HttpResponseRedirect(reverse("admin:municipalities_municipality_changelist"))


def import_address(user):
    return reverse(f"admin:{UPLOAD}") if user.has_perm(PERMISSION) else None


def urls(admin_view):
    return [
        path("register/", admin_view(upload), name=UPLOAD),
        path("register/<slug:token>/", admin_view(review), name=REVIEW),
    ]
