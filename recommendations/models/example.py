from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from municipalities.models import Municipality
from portal.licences import Licence, LicenceField, licence_check
from portal.localized import Localized
from portal.pictures import PictureField
from portal.publishing import Publishable, PublishableQuerySet

from .challenge import Challenge
from .source import YEARS, Citation
from .vocabulary import TargetGroup


class PracticeExampleQuerySet(PublishableQuerySet):
    def with_card(self):
        """Everything a card or a row of a table shows, in a fixed number of queries; lists, as for recommendations."""
        return self.select_related("municipality").prefetch_related(
            models.Prefetch("challenges", Challenge.objects.visible().as_labels(), to_attr="shown_challenges"),
            models.Prefetch("citations", ExampleCitation.objects.in_brief(), to_attr="cited"),
        )

    def with_relations(self):
        """Everything its own page shows of other tables."""
        return self.select_related("municipality").prefetch_related(
            models.Prefetch("challenges", Challenge.objects.visible()),
            models.Prefetch("citations", ExampleCitation.objects.select_related("source")),
            "target_groups",
        )


class PracticeExample(Publishable):
    """What a municipality did, from public sources. An empty text means: the sources we saw say nothing about it."""

    class PeriodStatus(models.TextChoices):
        ONGOING = "ongoing", _("ongoing")
        ENDED = "ended", _("ended")
        UNKNOWN = "unknown", _("unknown")

    number = models.CharField(  # noqa: DJ001  a working copy has none of its own
        _("number"), max_length=6, unique=True, null=True, help_text=_("P001 and so on; permanent.")
    )
    slug = models.SlugField(_("short name"), max_length=80, unique=True, help_text=_("Part of the address; permanent."))
    municipality = models.ForeignKey(
        Municipality, models.PROTECT, related_name="practice_examples", verbose_name=_("municipality")
    )
    title_de = models.CharField(_("title (German)"), max_length=150)
    title_en = models.CharField(_("title (English)"), max_length=150, blank=True)
    summary_de = models.TextField(_("summary (German)"))
    summary_en = models.TextField(_("summary (English)"), blank=True)
    situation_de = models.TextField(_("situation (German)"), blank=True)
    situation_en = models.TextField(_("situation (English)"), blank=True)
    approach_de = models.TextField(_("approach (German)"), blank=True)
    approach_en = models.TextField(_("approach (English)"), blank=True)
    result_de = models.TextField(_("result (German)"), blank=True)
    result_en = models.TextField(_("result (English)"), blank=True)
    transfer_de = models.TextField(_("what others can learn (German)"), blank=True)
    transfer_en = models.TextField(_("what others can learn (English)"), blank=True)
    actors_de = models.TextField(_("who took part (German)"), blank=True, help_text=_("One per line."))
    actors_en = models.TextField(_("who took part (English)"), blank=True, help_text=_("One per line."))
    year_start = models.PositiveSmallIntegerField(_("first year"), null=True, blank=True)
    year_end = models.PositiveSmallIntegerField(_("last year"), null=True, blank=True)
    period_status = models.CharField(
        _("still going on?"), max_length=10, choices=PeriodStatus, default=PeriodStatus.UNKNOWN
    )
    info_url = models.URLField(_("address for more information"), max_length=500, blank=True)
    basis_note = models.TextField(
        _("what the sources support"), blank=True, help_text=_("For editors and readers, German.")
    )
    picture = PictureField(_("picture"))
    picture_alt_de = models.CharField(
        _("what the picture shows (German)"),
        max_length=300,
        blank=True,
        help_text=_(
            "One or two sentences for people who can't see it: who does what where. Without “The picture shows”."
        ),
    )
    picture_alt_en = models.CharField(_("what the picture shows (English)"), max_length=300, blank=True)
    picture_credit = models.CharField(
        _("credit"),
        max_length=200,
        blank=True,
        help_text=_("Whoever made it, and who provides it, in the form they ask for: “Ada Beispiel / Stadt Altena”."),
    )
    picture_licence = models.CharField(_("licence of the picture"), max_length=20, choices=Licence, blank=True)
    picture_consent = models.BooleanField(
        _("rights and consent are in hand"),
        default=False,
        help_text=_(
            "I have it in writing that the portal may show the picture, and everyone recognisable in it agrees, "
            "for children also their parents."
        ),
    )
    licence = LicenceField(_("licence of the text"))
    challenges = models.ManyToManyField(
        Challenge,
        related_name="practice_examples",
        verbose_name=_("challenges"),
        blank=True,
        limit_choices_to={"replaces__isnull": True},
    )
    target_groups = models.ManyToManyField(
        TargetGroup, related_name="practice_examples", verbose_name=_("target groups"), blank=True
    )
    title = Localized()
    summary = Localized()
    situation = Localized()
    approach = Localized()
    result = Localized()
    transfer = Localized()
    actors = Localized()
    picture_alt = Localized()

    objects = PracticeExampleQuerySet.as_manager()

    class Meta(Publishable.Meta):
        verbose_name = _("practice example")
        verbose_name_plural = _("practice examples")
        ordering = ["number"]
        constraints = [
            *Publishable.Meta.constraints,
            models.CheckConstraint(
                name="practiceexample_number_format",
                condition=Q(number__regex=r"^P[0-9]{3,5}\Z"),
                violation_error_message=_("The number is P and three to five digits, such as P046."),
            ),
            models.CheckConstraint(
                name="practiceexample_number_unless_copy", condition=Q(number__isnull=False) | Q(replaces__isnull=False)
            ),
            models.CheckConstraint(
                name="practiceexample_years_plausible",
                condition=(Q(year_start__isnull=True) | Q(year_start__range=YEARS))
                & (Q(year_end__isnull=True) | Q(year_end__range=YEARS)),
                violation_error_message=_("A year lies between 1900 and 2100."),
            ),
            models.CheckConstraint(
                name="practiceexample_years_in_order",
                condition=Q(year_start__isnull=True) | Q(year_end__isnull=True) | Q(year_end__gte=F("year_start")),
                violation_error_message=_("The last year is before the first."),
            ),
            models.CheckConstraint(
                name="practiceexample_period_known", condition=Q(period_status__in=["ongoing", "ended", "unknown"])
            ),
            models.CheckConstraint(
                name="practiceexample_picture_complete",
                condition=Q(picture="")
                | (~Q(picture_alt_de="") & ~Q(picture_credit="") & ~Q(picture_licence="") & Q(picture_consent=True)),
                violation_error_message=_("A picture needs a German alternative text, credit, licence and consent."),
            ),
            models.CheckConstraint(
                name="practiceexample_picture_licence_known", condition=Q(picture_licence__in=["", *Licence.values])
            ),
            licence_check(),
        ]

    def __str__(self):
        return f"{self.number or _('Working copy:')} {self.title}"

    def missing(self):
        needed = {
            _("a challenge"): self.challenges.exists(),
            _("a source"): self.citations.exists(),
        }
        return super().missing() + [label for label, there in needed.items() if not there]

    def get_absolute_url(self):
        return reverse("practice_example_detail", args=[self.slug])

    def shown_illustrations(self):
        """Its illustrations whose recommendation a reader may see."""
        recommendations = self.illustrations.model._meta.get_field("recommendation").related_model.objects.visible()
        illustrations = (self.replaces or self).illustrations
        return illustrations.filter(recommendation__in=recommendations).select_related("recommendation")


class ExampleCitation(Citation):
    owner = "example"
    example = models.ForeignKey(PracticeExample, models.CASCADE, related_name="citations")

    class Meta(Citation.Meta):
        constraints = [
            models.UniqueConstraint(
                name="examplecitation_once",
                fields=["example", "source"],
                violation_error_message=_("This source is cited already."),
            ),
        ]
