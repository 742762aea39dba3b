"""When what readers see of a record has changed, by its history."""

from functools import reduce
from operator import or_

from django.db.models import DateTimeField, F, Max, Min, OuterRef, Subquery
from django.db.models.functions import Coalesce, Greatest

from .entries import kind_of
from .models import ContentChange, Revision
from .publishing import Publishable


def public_revisions(model):
    """The revisions of its records that readers see. A working copy given up is one more, and changes nothing."""
    seen = Revision.objects.filter(table=kind_of(model).table, discarded=None)
    return seen.filter(status=Publishable.Status.PUBLISHED if issubclass(model, Publishable) else "")


def content_dates(tables):
    """Since when these tables have something public, and when that last changed; None if there is nothing.

    It counts what readers see now, so neither a draft nor what is withdrawn changes it.
    """
    filter_classes = {table.filter_class for table in tables}  # a table of links has that of its owner
    lists = [(each._meta.model, each.rows().order_by()) for each in filter_classes]
    # The register changes many at once and leaves no revisions.
    at_once = ContentChange.objects.filter(table__in=[kind_of(model).table for model, _rows in lists], record_id=None)
    revisions = (public_revisions(model).filter(record_id__in=rows.values("pk")) for model, rows in lists)
    last = [each.aggregate(at=Max("created_at"))["at"] for each in (at_once, reduce(or_, revisions))]
    published = [
        rows.aggregate(first=Min("published_at"), last=Max("published_at"))
        for model, rows in lists
        if issubclass(model, Publishable)
    ]
    first = [dates["first"] for dates in published]
    last += [dates["last"] for dates in published]
    return min(filter(None, first), default=None), max(filter(None, last), default=None)


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
