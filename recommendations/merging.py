"""Two target groups become one."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from portal.entries import delete, kind_of, revise_all
from portal.models import FormerSlug

from .models import PracticeExample, Recommendation, TargetGroup

NAMING = (Recommendation, PracticeExample)  # what names target groups


@transaction.atomic
def merge(group, into, author):
    """Every record of `group`, working copies included, names `into` instead, and so does its short name for ever."""
    # Records before groups, in the order in which saving a record locks them.
    for model in NAMING:
        list(model.objects.filter(target_groups=group).select_for_update(of=["self"]))
    locked = TargetGroup.objects.select_for_update().filter(pk__in=[group.pk, into.pk]).order_by("pk")
    if len(locked) < 2:
        raise ValidationError(_("Merging takes two different target groups; one of them is gone."))
    if group.role != into.role:
        raise ValidationError(
            _("“%(group)s” and “%(into)s” can't be merged: one says who benefits, the other who takes part.")
            % {"group": group, "into": into}
        )
    note = _("Target group “%(group)s” merged into “%(into)s”.") % {"group": group.label_de, "into": into.label_de}
    for model in NAMING:
        # Asked again: while we waited for the groups, a record may have got this one – by another merge, for example.
        records = list(model.objects.filter(target_groups=group))
        for record in records:
            record.target_groups.add(into)
            record.target_groups.remove(group)
        if records:
            revise_all(kind_of(model), [record.pk for record in records], author, note[:200])
    table = kind_of(TargetGroup).table
    FormerSlug.objects.filter(table=table, record_id=group.pk).update(record_id=into.pk)
    FormerSlug.objects.create(table=table, slug=group.slug, record_id=into.pk)
    delete(group, author, note[:200])
