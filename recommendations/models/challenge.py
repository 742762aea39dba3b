from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal.licences import LicenceField, licence_check
from portal.localized import Localized
from portal.publishing import Publishable, PublishableQuerySet, count_of

from .source import Citation


class ChallengeQuerySet(PublishableQuerySet):
    def as_labels(self):
        """With the columns only that a label or a code beside a record needs."""
        return self.only("slug", "title_de", "title_en")

    def with_counts(self):
        """Adds `recommendation_count` and `example_count`: the records a reader may see."""
        for name, relation in (("recommendation_count", "recommendations"), ("example_count", "practice_examples")):
            related = self.model._meta.get_field(relation).related_model.objects.visible()
            self = self.annotate(**{name: count_of(related, "challenges")})
        return self

    def with_relations(self):
        """Everything its own page shows of other tables, but the lists of records."""
        return self.prefetch_related(models.Prefetch("citations", ChallengeCitation.objects.select_related("source")))


class Challenge(Publishable):
    """A field in which municipalities are challenged (Handlungsfeld), and the chance in it."""

    slug = models.SlugField(_("short name"), max_length=80, unique=True, help_text=_("Part of the address; permanent."))
    title_de = models.CharField(_("title (German)"), max_length=120)
    title_en = models.CharField(_("title (English)"), max_length=120, blank=True)
    summary_de = models.TextField(_("summary (German)"))
    summary_en = models.TextField(_("summary (English)"), blank=True)
    opportunity_de = models.TextField(_("the chance (German)"), blank=True)
    opportunity_en = models.TextField(_("the chance (English)"), blank=True)
    opportunity_editorial = models.BooleanField(_("the chance is our own text"), default=True)
    dezim_confirmed = models.BooleanField(
        _("named in material about the DeZIM report"), default=False, help_text=_("Only if that was seen.")
    )
    licence = LicenceField(_("licence of the text"))
    title = Localized()
    summary = Localized()
    opportunity = Localized()

    objects = ChallengeQuerySet.as_manager()

    class Meta(Publishable.Meta):
        verbose_name = _("challenge")
        verbose_name_plural = _("challenges")
        ordering = ["title_de"]
        constraints = [*Publishable.Meta.constraints, licence_check()]

    def __str__(self):
        return f"{_('Working copy:')} {self.title}" if self.replaces_id else self.title

    def missing(self):
        return super().missing() + ([] if self.citations.exists() else [_("a source")])

    def get_absolute_url(self):
        return reverse("challenge_detail", args=[self.slug])


class ChallengeCitation(Citation):
    owner = "challenge"
    challenge = models.ForeignKey(Challenge, models.CASCADE, related_name="citations")

    class Meta(Citation.Meta):
        constraints = [
            models.UniqueConstraint(
                name="challengecitation_once",
                fields=["challenge", "source"],
                violation_error_message=_("This source is cited already."),
            ),
        ]
