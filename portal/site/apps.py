from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "portal.site"
    label = "site"

    def ready(self):
        from . import entries  # noqa: F401  registers the entry types
