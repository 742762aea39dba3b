from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class SiteConfig(AppConfig):
    name = "portal.site"
    label = "site"

    def ready(self):
        from . import entries  # noqa: F401  registers the entry types


class PortalAdminConfig(AdminConfig):
    default_site = "portal.site.admin.PortalAdminSite"
