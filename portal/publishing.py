from django.db import models
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


def count_of(related, by):
    """An annotation: how many rows of the queryset `related` name the outer row in their field `by`."""
    counted = related.filter(**{by: models.OuterRef("pk")}).order_by().values(by).annotate(count=models.Count("pk"))
    return Coalesce(models.Subquery(counted.values("count")), 0)


class PublishableQuerySet(models.QuerySet):
    def originals(self):
        """Without working copies."""
        return self.filter(replaces=None)

    def published(self):
        return self.originals().filter(status=Publishable.Status.PUBLISHED)

    def visible(self):
        """What a reader may see: published, and its date reached. The one rule; start every public query here."""
        return self.published().filter(published_at__lte=timezone.now())

    def scheduled(self):
        """Published with a date that is still to come; of a working copy: to replace its record then."""
        return self.filter(status=Publishable.Status.PUBLISHED, published_at__gt=timezone.now())

    def due_copies(self):
        """Approved working copies whose date is reached."""
        approved = self.filter(replaces__isnull=False, status=Publishable.Status.PUBLISHED)
        return approved.filter(published_at__lte=timezone.now())

    def review_due(self):
        """What readers see although its yearly check is overdue."""
        return self.visible().filter(review_due__lte=timezone.localdate())


class Publishable(models.Model):
    """A record that goes through the workflow. `replaces` makes it a working copy: a draft of what is public."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        REVIEW = "review", _("in review")
        PUBLISHED = "published", _("published")
        ARCHIVED = "archived", _("archived")

    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.DRAFT, db_index=True)
    published_at = models.DateTimeField(
        _("public from"),
        null=True,
        blank=True,
        help_text=_("Needed once the status is “published”. A later date schedules it."),
    )
    replaces = models.OneToOneField(
        "self", models.CASCADE, null=True, editable=False, related_name="working_copy", verbose_name=_("replaces")
    )
    once_public = models.BooleanField(
        _("was public before"), default=False, editable=False, help_text=_("Set when it is opened again as a draft.")
    )
    checked_on = models.DateField(
        _("last checked"),
        null=True,
        blank=True,
        help_text=_("The day on which someone last compared it with its sources."),
    )
    review_due = models.DateField(_("check again on"), null=True, blank=True)
    archive_note = models.TextField(
        _("why it was withdrawn"), blank=True, help_text=_("Readers of the old address see this. German.")
    )
    outdated_english = models.JSONField(
        _("English older than the German"), default=list, editable=False, help_text=_("Set whenever the text changes.")
    )
    superseded_by = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("read this instead")
    )

    objects = PublishableQuerySet.as_manager()

    class Meta:
        abstract = True
        default_permissions = ("add", "change", "delete", "view", "publish")
        constraints = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_published_has_date",
                condition=~models.Q(status="published") | models.Q(published_at__isnull=False),
                violation_error_message=_("A published record needs the date from which it is public."),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_status_known",
                condition=models.Q(status__in=["draft", "review", "published", "archived"]),
            ),
        ]

    @property
    def is_scheduled(self):
        return self.status == self.Status.PUBLISHED and self.published_at > timezone.now()

    @property
    def is_review_overdue(self):
        return self.review_due is not None and self.review_due <= timezone.localdate()

    def missing(self):
        """What still has to be written before it can be published, in words."""
        needed = {"title_de": _("the German title"), "summary_de": _("the German summary")}
        return [label for name, label in needed.items() if not getattr(self, name, True)]
