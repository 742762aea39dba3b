from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RecommendationsConfig(AppConfig):
    name = "recommendations"
    verbose_name = _("Content")

    def ready(self):
        from . import entries, imports  # noqa: F401  register the entry types and what can be imported
