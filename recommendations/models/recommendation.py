from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal.fields import CodesField, codes_check
from portal.licences import LicenceField, licence_check
from portal.localized import Localized
from portal.publishing import Publishable, PublishableQuerySet, count_of

from .challenge import Challenge
from .example import PracticeExample
from .source import DEZIM_REPORT, Citation
from .vocabulary import Addressee, Effort, Evidence, Horizon, Level, TargetGroup


class RecommendationQuerySet(PublishableQuerySet):
    def with_example_count(self):
        """Adds `example_count`: how many examples that a reader may see illustrate the recommendation."""
        return self.annotate(example_count=count_of(Illustration.objects.shown(), "recommendation"))

    def with_source_year(self):
        """Adds `source_year`: the year of the first source, or None."""
        first = RecommendationCitation.objects.filter(recommendation=models.OuterRef("pk")).order_by("position", "pk")
        return self.annotate(source_year=models.Subquery(first.values("source__year")[:1]))

    def with_card(self):
        """Everything a card or a row of a table shows, in a fixed number of queries.

        `shown_challenges` and `cited` are lists: asking a relation costs more than all else in a card.
        """
        steps = Step.objects.all()
        counts = {"step_count": steps, "editorial_step_count": steps.filter(editorial=True)}
        counted = self.annotate(**{name: count_of(rows, "recommendation") for name, rows in counts.items()})
        return counted.with_example_count().prefetch_related(
            models.Prefetch("challenges", Challenge.objects.visible().as_labels(), to_attr="shown_challenges"),
            models.Prefetch("citations", RecommendationCitation.objects.in_brief(), to_attr="cited"),
        )

    def with_relations(self):
        """Everything its own page shows of other tables."""
        return self.prefetch_related(
            models.Prefetch("challenges", Challenge.objects.visible()),
            models.Prefetch("citations", RecommendationCitation.objects.select_related("source")),
            "steps",
            "target_groups",
        )


class Recommendation(Publishable):
    """What municipalities, Länder, Bund or civil society are advised to do, made in its first source."""

    class Kind(models.TextChoices):
        GUIDANCE = "guidance", _("guidance")
        DEMAND = "demand", _("call on federal and state government")

    number = models.CharField(  # noqa: DJ001  a working copy has none of its own
        _("number"), max_length=6, unique=True, null=True, help_text=_("E001 and so on; permanent.")
    )
    slug = models.SlugField(_("short name"), max_length=80, unique=True, help_text=_("Part of the address; permanent."))
    kind = models.CharField(
        _("kind"), max_length=10, choices=Kind, default=Kind.GUIDANCE,
        help_text=_("A call is mainly a matter for Bund and Länder; a municipality can only support it."),
    )  # fmt: skip
    municipal_level = CodesField(
        _("level"),
        vocabulary=Level,
        blank=True,
        help_text=_("Whose task it typically is locally; both where unclear."),
    )
    title_de = models.CharField(_("title (German)"), max_length=150)
    title_en = models.CharField(_("title (English)"), max_length=150, blank=True)
    summary_de = models.TextField(_("summary (German)"))
    summary_en = models.TextField(_("summary (English)"), blank=True)
    rationale_de = models.TextField(_("why (German)"), blank=True)
    rationale_en = models.TextField(_("why (English)"), blank=True)
    challenges = models.ManyToManyField(
        Challenge,
        related_name="recommendations",
        verbose_name=_("challenges"),
        blank=True,
        limit_choices_to={"replaces__isnull": True},
    )
    addressees = CodesField(_("who should act"), vocabulary=Addressee, blank=True)
    target_groups = models.ManyToManyField(
        TargetGroup, related_name="recommendations", verbose_name=_("target groups"), blank=True
    )
    horizon = models.CharField(_("can be done in"), max_length=10, choices=Horizon, blank=True)
    effort = models.CharField(_("effort"), max_length=10, choices=Effort, blank=True)
    editorial_estimate = models.BooleanField(_("horizon and effort are our estimate"), default=True)
    evidence = models.CharField(_("what does the source say?"), max_length=15, choices=Evidence, blank=True)
    evidence_note_de = models.TextField(_("note on the evidence (German)"), blank=True)
    evidence_note_en = models.TextField(_("note on the evidence (English)"), blank=True)
    law_note_de = models.TextField(
        _("note on the law (German)"), blank=True, help_text=_("If the law has changed since the source was written.")
    )
    law_note_en = models.TextField(_("note on the law (English)"), blank=True)
    licence = LicenceField(_("licence of the text"))
    title = Localized()
    summary = Localized()
    rationale = Localized()
    evidence_note = Localized()
    law_note = Localized()

    objects = RecommendationQuerySet.as_manager()

    class Meta(Publishable.Meta):
        verbose_name = _("recommendation")
        verbose_name_plural = _("recommendations")
        ordering = ["number"]
        constraints = [
            *Publishable.Meta.constraints,
            models.CheckConstraint(
                name="recommendation_number_format",
                condition=Q(number__regex=r"^E[0-9]{3,5}\Z"),
                violation_error_message=_("The number is E and three to five digits, such as E046."),
            ),
            models.CheckConstraint(
                name="recommendation_number_unless_copy", condition=Q(number__isnull=False) | Q(replaces__isnull=False)
            ),
            models.CheckConstraint(name="recommendation_kind_known", condition=Q(kind__in=["guidance", "demand"])),
            models.CheckConstraint(name="recommendation_horizon_known", condition=Q(horizon__in=["", *Horizon.values])),
            models.CheckConstraint(name="recommendation_effort_known", condition=Q(effort__in=["", *Effort.values])),
            models.CheckConstraint(
                name="recommendation_evidence_known", condition=Q(evidence__in=["", *Evidence.values])
            ),
            codes_check("addressees", Addressee),
            codes_check("municipal_level", Level),
            licence_check(),
        ]

    def __str__(self):
        return f"{self.number or _('Working copy:')} {self.title}"

    def get_absolute_url(self):
        return reverse("recommendation_detail", args=[self.slug])

    def missing(self):
        needed = {
            _("a challenge"): self.challenges.exists(),
            _("an addressee"): self.addressees,
            _("a source"): self.citations.exists(),
        }
        return super().missing() + [label for label, there in needed.items() if not there]

    def get_addressees_display(self):
        return [Addressee(code).label for code in self.addressees]

    def get_municipal_level_display(self):
        return [Level(code).label for code in self.municipal_level]

    @property
    def from_dezim_report(self):
        """Whether the DeZIM report itself is among its sources."""
        return any(citation.source.key == DEZIM_REPORT for citation in self.citations.all())

    def shown_illustrations(self):
        """Its illustrations whose example a reader may see."""
        return self.illustrations.shown().select_related("example__municipality")


class Step(models.Model):
    recommendation = models.ForeignKey(Recommendation, models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    text_de = models.TextField(_("step (German)"))
    text_en = models.TextField(_("step (English)"), blank=True)
    editorial = models.BooleanField(_("added by us"), default=False, help_text=_("Not stated in the source."))
    actors = CodesField(_("who acts"), vocabulary=Addressee, blank=True)
    text = Localized()

    class Meta:
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        ordering = ["position", "pk"]
        constraints = [codes_check("actors", Addressee)]

    def __str__(self):
        return self.text

    def get_actors_display(self):
        return [Addressee(code).label for code in self.actors]


class RecommendationCitation(Citation):
    owner = "recommendation"
    recommendation = models.ForeignKey(Recommendation, models.CASCADE, related_name="citations")

    class Meta(Citation.Meta):
        constraints = [
            models.UniqueConstraint(
                name="recommendationcitation_once",
                fields=["recommendation", "source"],
                violation_error_message=_("This source is cited already."),
            ),
        ]


class IllustrationQuerySet(models.QuerySet):
    def shown(self):
        """Those whose example a reader may see."""
        examples = PracticeExample.objects.visible().filter(pk=models.OuterRef("example"))
        return self.filter(models.Exists(examples))  # asked by key; IN is slow on SQLite


class Illustration(models.Model):
    """An example that shows a recommendation, or a part of it, at work. The assignment is ours."""

    recommendation = models.ForeignKey(Recommendation, models.CASCADE, related_name="illustrations")
    example = models.ForeignKey(
        PracticeExample,
        models.PROTECT,
        related_name="illustrations",
        verbose_name=_("practice example"),
        limit_choices_to={"replaces__isnull": True},
    )
    note_de = models.TextField(_("what it shows (German)"), blank=True)
    note_en = models.TextField(_("what it shows (English)"), blank=True)
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    note = Localized()

    objects = IllustrationQuerySet.as_manager()

    class Meta:
        verbose_name = _("illustrating example")
        verbose_name_plural = _("illustrating examples")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="illustration_once",
                fields=["recommendation", "example"],
                violation_error_message=_("This example is named already."),
            )
        ]

    def __str__(self):
        return f"{self.recommendation.number} – {self.example.number}"
