from django.contrib import admin
from django.utils.translation import gettext_lazy as _

# What editors work with every day comes first; what is not named here comes last.
ORDER = [
    "Recommendation", "PracticeExample", "Challenge", "Source", "TargetGroup", "Municipality",
    "Page", "GlossaryTerm", "SearchSynonym", "Revision", "User", "Group",
]  # fmt: skip


class PortalAdminSite(admin.AdminSite):
    site_header = _("Editing the knowledge portal")
    site_title = _("Editing")
    index_title = _("What would you like to work on?")

    def get_app_list(self, request, app_label=None):
        apps = super().get_app_list(request, app_label)
        for app in apps:
            app["models"].sort(key=self.place)
        return sorted(apps, key=lambda app: min(map(self.place, app["models"])))

    def place(self, model):
        return ORDER.index(model["object_name"]) if model["object_name"] in ORDER else len(ORDER)
