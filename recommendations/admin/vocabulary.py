from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.entry_admin import ENGLISH_MISSING, Alphabetical, ChoicesField, EntryAdmin, MissingFilter, ask

from ..merging import NAMING, merge
from ..models import TargetGroup

REUSE = (
    _("Reuse"),
    {
        "fields": ["licence"],
        "description": _(
            "What we have written ourselves is CC BY 4.0. Choose another licence only if the text takes over so much "
            "of a work under that licence that it has to stay under it."
        ),
    },
)


class MergeForm(forms.Form):
    into = forms.ModelChoiceField(
        TargetGroup.objects.none(),
        label=_("Merge into"),
        help_text=_(
            "Groups with the same role only: what says who benefits can't become something that says who takes part."
        ),
    )

    def __init__(self, group, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["into"].queryset = TargetGroup.objects.filter(role=group.role).exclude(pk=group.pk)


@admin.register(TargetGroup)
class TargetGroupAdmin(EntryAdmin):
    list_display = ["label_de", "label_en", "role", "slug"]
    list_filter = ["role", MissingFilter]
    search_fields = ["label_de", "label_en", "slug"]
    missing = {"english": (ENGLISH_MISSING, Q(label_en=""))}
    permanent = ["slug"]
    slug_from = ("slug", "label_de")
    view_on_site = False
    actions = ["merge"]
    fieldsets = [
        (
            None,
            {
                "fields": [("label_de", "label_en"), "role", "slug"],
                "description": _(
                    "A few groups that readers recognise at once are better than many fine ones. "
                    "Name people as they would name themselves."
                ),
            },
        ),
    ]

    def get_urls(self):
        view = self.admin_site.admin_view(self.merge_view)
        merging = path("<int:pk>/zusammenlegen/", view, name="recommendations_targetgroup_merge")
        return [merging, *super().get_urls()]

    @admin.action(
        description=_("Merge into another group"),
        permissions=["delete"],
        location=[admin.ActionLocation.CHANGE_FORM],
    )
    def merge(self, request, queryset):
        return HttpResponseRedirect(reverse("admin:recommendations_targetgroup_merge", args=[queryset.get().pk]))

    def merge_view(self, request, pk):
        """Asks which group takes the records over, and says what moves. For who may delete: the group is gone then."""
        group = get_object_or_404(TargetGroup, pk=pk)
        if not self.has_delete_permission(request, group):
            raise PermissionDenied
        form = MergeForm(group, request.POST if request.method == "POST" else None)
        if form.is_valid():
            into = form.cleaned_data["into"]
            try:
                merge(group, into, request.user)
            except ValidationError as error:
                form.add_error(None, error)
            else:
                messages.success(
                    request, gettext("“%(group)s” is merged into “%(into)s”.") % {"group": group, "into": into}
                )
                return HttpResponseRedirect(reverse("admin:recommendations_targetgroup_change", args=[into.pk]))
        title = gettext("Merge “%s” into another group") % group
        return ask(self, request, group, title, self.moving(group), form, gettext("Merge"))

    def moving(self, group):
        """In words, what a merge moves."""
        names = {"group": group, "slug": group.slug}
        return [
            gettext("What names “%(group)s” will name the group that you choose instead, and only once:") % names,
            *(
                gettext("%(records)s: %(public)d public, %(hidden)d drafts, working copies and archived ones.")
                % {
                    "records": capfirst(model._meta.verbose_name_plural),
                    "public": model.objects.visible().filter(target_groups=group).count(),
                    "hidden": model.objects.filter(target_groups=group).exclude(pk__in=model.objects.visible()).count(),
                }
                for model in NAMING
            ),
            gettext(
                "Readers see the other name at once. Every record has this in its history. “%(group)s” is gone then; "
                "its short name “%(slug)s” means the other group from now on, in bookmarks as in files."
            ) % names,
        ]  # fmt: skip


class ByRole(Alphabetical):
    """Target groups under the heading of their role."""

    def __iter__(self):
        choices = list(super().__iter__())
        for role in TargetGroup.Role:
            yield role.label, [choice for choice in choices if choice[0].instance.role == role]


class TargetGroupsField(ChoicesField):
    iterator = ByRole
