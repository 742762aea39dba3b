from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps


class SiteConfig(AppConfig):
    name = "portal.site"
    label = "site"

    def ready(self):
        from . import release_admin  # noqa: F401  the releases' admin knows all tables


class PortalAdminConfig(admin_apps.AdminConfig):
    default = False  # not for "portal.site"
    default_site = "portal.site.admin.PortalAdminSite"
