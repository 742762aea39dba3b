from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RecommendationsConfig(AppConfig):
    name = "recommendations"
    verbose_name = _("Content")

    def ready(self):
        from . import entries  # noqa: F401  registers the entry types
