from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

HANDBOOK = settings.BASE_DIR / "docs/redaktion.md"
# What editors work with every day comes first; what is not named here comes last.
ORDER = [
    "Recommendation", "PracticeExample", "Challenge", "Source", "TargetGroup", "Municipality",
    "SelfCheckQuestion", "Page", "GlossaryTerm", "SearchSynonym", "MissedSearch", "Remark", "PreviewLink",
    "Revision", "Release", "OutgoingMail", "User", "Group",
]  # fmt: skip

# Texts of the stock admin that Django's own German catalogue lacks or words awkwardly; ours says them.
NOT_IN_DJANGOS_CATALOGUE = [
    gettext_noop("History"),
    gettext_noop("Select %s to change"),
    gettext_noop("Select %s to view"),
    gettext_noop("The {name} “{obj}” was added successfully."),
    gettext_noop("The {name} “{obj}” was changed successfully."),
    gettext_noop("The {name} “{obj}” was changed successfully. You may edit it again below."),
    gettext_noop("You may edit it again below."),
    gettext_noop("- Select an option -"),
    gettext_noop("Run"),
    gettext_noop("Search %(name)s"),
    gettext_noop("Pagination %(name)s"),
    gettext_noop(
        "Are you sure you want to delete the %(object_name)s “%(escaped_object)s”? "
        "All of the following related items will be deleted:"
    ),
    gettext_noop(
        "Deleting the %(object_name)s “%(escaped_object)s” would result in deleting related objects, "
        "but your account doesn't have permission to delete the following types of objects:"
    ),
    gettext_noop(
        "Deleting the %(object_name)s “%(escaped_object)s” would require deleting the following "
        "protected related objects:"
    ),
    gettext_noop("After you’ve created a user, you’ll be able to edit more user options."),
    gettext_noop("Raw passwords are not stored, so there is no way to see the user’s password."),
    gettext_noop("Reset password"),
    gettext_noop("Set password: %s"),
    gettext_noop("Password-based authentication"),
    gettext_noop("Enable password-based authentication"),
    gettext_noop("Disable password-based authentication"),
    gettext_noop("This action will <strong>enable</strong> password-based authentication for this user."),
    gettext_noop("Enable password-based authentication for this user by setting a password."),
    gettext_noop("Password-based authentication was disabled."),
    gettext_noop(
        "Whether the user will be able to authenticate using a password or not. "
        "If disabled, they may still be able to authenticate using other backends, "
        "such as Single Sign-On or LDAP."
    ),
]


class PortalAdminSite(admin.AdminSite):
    site_header = _("Editing the knowledge portal")
    site_title = _("Editing")
    index_title = _("What would you like to work on?")

    def index(self, request, extra_context=None):
        """The start page says first what waits."""
        from .desk import TO_COMPLETE, TO_DO, desk  # reads the admin classes, which are registered after this module

        piles = {"to_do": desk(request.user, TO_DO), "to_complete": desk(request.user, TO_COMPLETE)}
        return super().index(request, piles | (extra_context or {}))

    def get_urls(self):
        from portal import import_views  # it needs the admin, which needs this class

        picture = path("bild/<slug:reference>-<int:size>.jpg", self.admin_view(self.picture), name="picture")
        handbook = path("handbuch/", self.admin_view(self.handbook), name="handbook")
        return [picture, handbook, *import_views.urls(self.admin_view), *super().get_urls()]

    def picture(self, request, reference, size):
        """Any picture that is kept, for whoever may see the drafts."""
        from portal import pictures  # reads the models

        if not pictures.may_see_all(request.user):
            raise PermissionDenied
        data = pictures.content(reference, size)
        if data is None:
            raise Http404
        return HttpResponse(data, content_type="image/jpeg")

    def handbook(self, request):
        """docs/redaktion.md as a page; its first line is the page's title."""
        title, text = HANDBOOK.read_text().split("\n", 1)
        context = {**self.each_context(request), "title": title.removeprefix("# "), "text": text}
        return TemplateResponse(request, "admin/handbook.html", context)

    def login(self, request, extra_context=None):
        """The one log-in is the portal's; the admin's own knows neither limits nor a second factor."""
        if request.user.is_authenticated and not self.has_permission(request):
            raise PermissionDenied
        return redirect(reverse("account_login", query={"next": request.GET.get("next") or reverse("admin:index")}))

    def password_change(self, request, extra_context=None):
        return redirect("account_change_password")

    def get_app_list(self, request, app_label=None):
        apps = super().get_app_list(request, app_label)
        for app in apps:
            app["models"].sort(key=self.place)
        return sorted(apps, key=lambda app: min(map(self.place, app["models"])))

    def place(self, model):
        return ORDER.index(model["object_name"]) if model["object_name"] in ORDER else len(ORDER)
