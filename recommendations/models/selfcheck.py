from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.localized import Localized

from .challenge import Challenge
from .recommendation import Recommendation


class SelfCheckQuestion(models.Model):
    """A question with which a municipality sees where it stands with a challenge. Answers: `Answer`."""

    key = models.SlugField(_("short name"), max_length=80, unique=True)
    challenge = models.ForeignKey(
        Challenge,
        models.PROTECT,
        related_name="self_check_questions",
        verbose_name=_("challenge"),
        limit_choices_to={"replaces__isnull": True},
    )
    position = models.PositiveSmallIntegerField(
        _("order"), default=0, help_text=_("Among the questions of the challenge, the smallest number first.")
    )
    question_de = models.TextField(_("question (German)"))
    question_en = models.TextField(_("question (English)"), blank=True)
    help_de = models.TextField(
        _("what is meant (German)"),
        blank=True,
        help_text=_("One sentence: what counts as well, or with what a small administration can begin."),
    )
    help_en = models.TextField(_("what is meant (English)"), blank=True)
    question = Localized()
    help = Localized()

    class Meta:
        verbose_name = _("self-check question")
        verbose_name_plural = _("self-check questions")
        ordering = ["challenge__slug", "position", "key"]
        constraints = [
            models.CheckConstraint(
                name="selfcheckquestion_key_format", condition=Q(key__regex=r"^[a-z0-9]+(-[a-z0-9]+)*\Z")
            ),
        ]

    def __str__(self):
        return self.question


class SelfCheckReading(models.Model):
    """Where to read on if the answer is “not yet” or “being planned”."""

    question = models.ForeignKey(SelfCheckQuestion, models.CASCADE, related_name="readings")
    recommendation = models.ForeignKey(
        Recommendation,
        models.PROTECT,
        related_name="+",
        verbose_name=_("recommendation"),
        limit_choices_to={"replaces__isnull": True},
    )
    position = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("recommendation to read")
        verbose_name_plural = _("recommendations to read")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="selfcheckreading_once",
                fields=["question", "recommendation"],
                violation_error_message=_("This recommendation is named already."),
            ),
        ]

    def __str__(self):
        return f"{self.question.key}: {self.recommendation}"
