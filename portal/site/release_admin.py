"""Data releases in the admin: to look at, to publish a new one, to withdraw one."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal import releases
from portal.models import Release

from .tables import ALL_TABLES


class PublishForm(forms.Form):
    note = forms.CharField(
        label=gettext_lazy("Note"),
        help_text=gettext_lazy("Readers see this. German; a sentence about what is new, or nothing."),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )


class WithdrawForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Why is it withdrawn?"),
        help_text=gettext_lazy("Readers see this. German; without what must not be public."),
        widget=forms.Textarea(attrs={"rows": 4, "class": "vLargeTextField"}),
    )


@admin.register(Release)
class ReleaseAdmin(admin.ModelAdmin):
    change_list_template = "admin/release_list.html"
    change_form_template = "admin/release_form.html"
    list_display = ["__str__", "created_at", "note", "state"]
    search_fields = ["=number", "note"]
    ordering = ["-number"]
    fields = ["number", "created_at", "note", "state", "reason", "content_hash", "rows", "page"]

    class Media:
        css = {"all": ["admin.css"]}

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("publish/", view(self.publish), name="portal_release_publish"),
            path("<int:pk>/withdraw/", view(self.withdraw), name="portal_release_withdraw"),
            *super().get_urls(),
        ]

    @admin.display(description=gettext_lazy("status"))
    def state(self, release):
        if release.withdrawn_at:
            return _("withdrawn on %s") % date_format(release.withdrawn_at, "DATE_FORMAT")
        return _("public")

    @admin.display(description=gettext_lazy("rows"))
    def rows(self, release):
        return ", ".join(f"{name}: {count}" for name, count in sorted(release.counts.items()))

    @admin.display(description=gettext_lazy("public page"))
    def page(self, release):
        return format_html('<a href="{0}">{0}</a>', release.get_absolute_url())

    def changelist_view(self, request, extra_context=None):
        allowed = request.user.has_perm("portal.publish_release")
        address = reverse("admin:portal_release_publish") if allowed else None
        return super().changelist_view(request, {"publish_url": address} | (extra_context or {}))

    def change_view(self, request, object_id, form_url="", extra_context=None):
        standing = Release.objects.standing().filter(pk=object_id).exists() if object_id.isdigit() else False
        allowed = standing and request.user.has_perm("portal.withdraw_release")
        address = reverse("admin:portal_release_withdraw", args=[object_id]) if allowed else None
        return super().change_view(request, object_id, form_url, {"withdraw_url": address} | (extra_context or {}))

    def publish(self, request):
        if not request.user.has_perm("portal.publish_release"):
            raise PermissionDenied
        back = reverse("admin:portal_release_changelist")
        form = PublishForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            try:
                release, is_new = releases.make(ALL_TABLES, form.cleaned_data["note"])
            except ValidationError as error:
                messages.error(request, " ".join(error.messages))
                return HttpResponseRedirect(back)
            if is_new:
                self.log_addition(request, release, _("published"))
                messages.success(request, _("%s is public.") % release)
            else:
                messages.info(
                    request, _("Nothing has changed since %s: no new one was made.") % releases.dated(release)
                )
            return HttpResponseRedirect(back)
        words = [
            _("Everything that is public now is frozen under the next number. It stays as it is and can be cited."),
            _(
                "Drafts, scheduled and withdrawn texts are not in it. "
                "If nothing has changed since the last data release, no new one is made."
            ),
        ]
        return self.ask(request, _("Publish a data release"), words, form, back)

    def withdraw(self, request, pk):
        if not request.user.has_perm("portal.withdraw_release"):
            raise PermissionDenied
        release = get_object_or_404(Release.objects.standing(), pk=pk)
        form = WithdrawForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            releases.withdraw(release, form.cleaned_data["reason"])
            self.log_change(request, release, _("withdrawn"))
            messages.success(request, _("%s is withdrawn; its files are deleted.") % release)
            return HttpResponseRedirect(reverse("admin:portal_release_changelist"))
        words = [
            _(
                "Only if something in it must not be public: a right of somebody, an order of a court or an authority. "
                "Mistakes are mended in the portal and stand right in the next data release."
            ),
            _(
                "Its files are deleted at once and for good. Every address of it then says that it was withdrawn, "
                "when and why; whoever has cited it loses the data."
            ),
            _(
                "First withdraw the text in the portal, and every other data release that has it, too. "
                "Then publish a new data release."
            ),
        ]
        back = reverse("admin:portal_release_change", args=[release.pk])
        return self.ask(request, _("Withdraw %s") % release.in_sentence, words, form, back, _("Withdraw for good"))

    def ask(self, request, title, words, form, back, button=""):
        context = {
            **self.admin_site.each_context(request), "opts": self.opts, "title": title, "words": words,
            "address": request.path, "form": form, "button": button, "back": back,
        }  # fmt: skip
        return TemplateResponse(request, "admin/step.html", context)
