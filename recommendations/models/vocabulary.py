"""The vocabularies. A code is the value in address, database and export, for ever."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.localized import Localized


class Addressee(models.TextChoices):
    BUND = "bund", _("Federal government")
    LAND = "land", _("States")
    KOMMUNE = "kommune", _("Municipalities")
    ZIVILGESELLSCHAFT = "zivilgesellschaft", _("Civil society")


class Horizon(models.TextChoices):
    SHORT = "short", _("up to 1 year")
    MEDIUM = "medium", _("1 to 3 years")
    LONG = "long", _("more than 3 years")


class Effort(models.TextChoices):
    LOW = "low", _("with existing staff")
    MEDIUM = "medium", _("extra funds or part of a post")
    HIGH = "high", _("new structures or large funds")


class Evidence(models.TextChoices):
    STATED = "stated", _("stated in the source")
    DERIVED = "derived", _("derived from the source")
    OUTLINE_ONLY = "outline_only", _("seen only as a heading or short description")


class StepOrigin(models.TextChoices):
    """Whose a step is, in words; in the database it is either ours or not."""

    SOURCE = "source", _("from the source")
    EDITORIAL = "editorial", _("our addition")


class Level(models.TextChoices):
    GEMEINDE = "gemeinde", _("town or municipality")
    KREIS = "kreis", _("district (county)")


class Answer(models.TextChoices):
    """How a municipality answers a question of the self-check."""

    NOT_YET = "not_yet", _("not yet")
    PLANNED = "planned", _("being planned")
    PARTLY = "partly", _("partly")
    DONE = "done", _("in place")
    NOT_APPLICABLE = "not_applicable", _("not applicable")


class TargetGroupQuerySet(models.QuerySet):
    def visible(self):
        """What a reader may see: all of them."""
        return self.all()


class TargetGroup(models.Model):
    class Role(models.TextChoices):
        BENEFICIARY = "beneficiary", _("Who benefits?")
        ACTOR = "actor", _("Who takes part?")

    slug = models.SlugField(_("short name"), max_length=80, unique=True)
    label_de = models.CharField(_("label (German)"), max_length=80)
    label_en = models.CharField(_("label (English)"), max_length=80, blank=True)
    role = models.CharField(_("role"), max_length=12, choices=Role)
    label = Localized()

    objects = TargetGroupQuerySet.as_manager()

    class Meta:
        verbose_name = _("target group")
        verbose_name_plural = _("target groups")
        ordering = ["-role", "label_de"]
        constraints = [
            models.CheckConstraint(
                name="targetgroup_role_known", condition=models.Q(role__in=["beneficiary", "actor"])
            ),
        ]

    def __str__(self):
        return self.label
