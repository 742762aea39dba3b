"""When what readers see of a record has changed, by its history."""

from django.db.models import DateTimeField, F, Max, OuterRef, Subquery
from django.db.models.functions import Coalesce, Greatest

from .entries import kind_of
from .models import Revision
from .publishing import Publishable


def public_revisions(model):
    """The revisions of its records that readers see. A working copy given up is one more, and changes nothing."""
    seen = Revision.objects.filter(table=kind_of(model).table, discarded=None)
    return seen.filter(status=Publishable.Status.PUBLISHED if issubclass(model, Publishable) else "")


def with_changes(records):
    """Visible records with `changed_at`: when what readers see of each changed last, or None if we don't know.

    Those with a workflow get `news_at` too: when they became public or last saw a major change.
    """
    revisions = public_revisions(records.model).filter(record_id=OuterRef("pk"))

    def last(some):
        latest = some.order_by().values("record_id").annotate(at=Max("created_at")).values("at")
        return Subquery(latest, output_field=DateTimeField())

    if not issubclass(records.model, Publishable):
        return records.annotate(changed_at=last(revisions))
    public = F("published_at")
    return records.annotate(
        changed_at=Greatest(public, Coalesce(last(revisions), public)),
        news_at=Greatest(public, Coalesce(last(revisions.filter(is_major=True)), public)),
    )
