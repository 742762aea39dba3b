from django.db import models
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


def count_of(related, by):
    """An annotation: how many rows of the queryset `related` name the outer row in their field `by`."""
    counted = related.filter(**{by: models.OuterRef("pk")}).order_by().values(by).annotate(count=models.Count("pk"))
    return Coalesce(models.Subquery(counted.values("count")), 0)


class PublishableQuerySet(models.QuerySet):
    def visible(self):
        """What a reader may see: published, and its date reached. The one rule; start every public query here."""
        return self.filter(status=Publishable.Status.PUBLISHED, published_at__lte=timezone.now())

    def next_appearance(self):
        """When the next scheduled record becomes visible, or None: until then `visible()` changes only by writing."""
        scheduled = self.filter(status=Publishable.Status.PUBLISHED, published_at__gt=timezone.now())
        return scheduled.aggregate(next=models.Min("published_at"))["next"]


class Publishable(models.Model):
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

    objects = PublishableQuerySet.as_manager()

    class Meta:
        abstract = True
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
