"""From draft to public and back: each step is one function in one transaction and leaves a revision.

draft → in review → published (now or at a date) → archived. What is public is changed through a working copy, which
goes the same way and then replaces it. A step that isn't possible raises ValidationError with the reason in words.
"""

from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import ProtectedError
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from .entries import TYPES, apply, delete, last_editor, naming, note_english, one_line, revise, touch, type_of
from .models import FormerSlug, Page, Revision, User
from .publishing import Publishable

Status = Publishable.Status
CHECK_AGAIN_AFTER = timedelta(days=365)


def locked(record, *expected):
    """The record as it is now, locked; refused unless its status is one of `expected`."""
    rows = type(record)._default_manager.select_for_update()
    if record.replaces_id:  # always before its working copy, so that two steps never wait for each other
        rows.filter(pk=record.replaces_id).first()
    found = rows.filter(pk=record.pk).first()
    if found is None:
        raise ValidationError(_("“%s” is gone: someone else has just published, discarded or deleted it.") % record)
    if found.status not in expected:
        raise ValidationError(
            _("“%(record)s” is “%(status)s”; this step is not possible.")
            % {"record": found, "status": found.get_status_display()}
        )
    return found


def refuse_copy(record):
    if record.replaces_id:
        raise ValidationError(_("“%s” is a working copy; this step is for what it is to replace.") % record)


def revisions(record):
    return Revision.objects.filter(table=type_of(record).table, record_id=record.pk)


def last_number(record):
    return revisions(record).order_by("-number").values_list("number", flat=True).first() or 0


def write_down(record, user, note, **more):
    """A revision of what happened to a record without changing its text."""
    kind = type_of(record)
    Revision.objects.create(
        table=kind.table, record_id=record.pk, number=last_number(record) + 1, entry=kind.entry(record),
        status=record.status, author=user, note=note, **more,
    )  # fmt: skip


@transaction.atomic
def submit(record, user, note=""):
    record = locked(record, Status.DRAFT)
    record.status = Status.REVIEW
    record.save()
    revise(record, user, note or _("Submitted for review."))
    tell_reviewers(record, user, note)
    return record


def tell_reviewers(record, user, note):
    """An e-mail to everybody who may publish it, but not to who has submitted it."""
    options = record._meta
    reviewers = User.objects.with_perm(f"{options.app_label}.publish_{options.model_name}", include_superusers=False)
    text = _("%(who)s has submitted “%(record)s” for review.") % {"who": user.name, "record": record}
    for reviewer in reviewers.exclude(pk=user.pk):
        tell(reviewer, _("For review: %s") % record, record, text, note)


def tell_editor(record, user, subject, *texts):
    """An e-mail to whoever last changed the text, so that nobody has to look whether something has come of it."""
    editor = last_editor(record)
    approved_copy = record.replaces_id and record.status == Status.PUBLISHED  # it goes, what it replaces stays
    if editor and editor != user and editor.is_active:
        tell(editor, subject, record.replaces if approved_copy else record, *texts)


def tell(recipient, subject, record, *texts):
    """An e-mail that ends with the record's address in the admin; to who has an address."""
    options = record._meta
    path = reverse(f"admin:{options.app_label}_{options.model_name}_change", args=[record.pk])
    body = "\n\n".join(filter(None, [*texts, settings.SITE_ADDRESS + path]))
    if recipient.email:
        send_mail(one_line(subject), body, None, [recipient.email])


@transaction.atomic
def send_back(record, user, reason):
    record = locked(record, Status.REVIEW)
    record.status = Status.DRAFT
    record.save()
    revise(record, user, _("Sent back: %s") % reason)
    text = _("%(who)s has sent “%(record)s” back.") % {"who": user.name, "record": record}
    tell_editor(record, user, _("Sent back: %s") % record, text, reason)
    return record


@transaction.atomic
def publish(record, user, at=None, note="", major=False):
    """Approve: public now or `at` a moment to come. Returns the record that readers see (then)."""
    record = locked(record, Status.REVIEW)
    if missing := record.missing():
        raise ValidationError(
            _("“%(record)s” can't be published yet. Missing: %(missing)s.")
            % {"record": record, "missing": ", ".join(map(str, missing))}
        )
    if not settings.ONE_PERSON_MODE and last_editor(record) == user:
        raise ValidationError(_("You made the last change to “%s” yourself. Someone else has to publish it.") % record)
    now = timezone.now()
    record.status, record.published_at = Status.PUBLISHED, max(at or now, now)
    record.checked_on = timezone.localdate(record.published_at)
    record.review_due = record.checked_on + CHECK_AGAIN_AFTER
    record.save()
    planned = (
        _("Planned for %s.") % date_format(timezone.localtime(at), "DATETIME_FORMAT") if record.is_scheduled else ""
    )
    revise(record, user, note or planned or _("Published."), major)
    text = _("%(who)s has approved “%(record)s”.") % {"who": user.name, "record": record}
    tell_editor(record, user, _("Approved: %s") % record, text, planned or _("It is public now."))
    return replace(record) if record.replaces_id and not record.is_scheduled else record


@transaction.atomic
def replace(copy):
    """Put an approved working copy in the place of its record; number, address and history stay, the copy goes."""
    kind, original = type_of(copy), locked(copy.replaces, Status.PUBLISHED)
    steps = list(revisions(copy).order_by("number"))
    for number, step in enumerate(steps, start=last_number(original) + 1):
        step.record_id, step.number = original.pk, number
        step.save()
    copy.replaces = original  # as it is now: it may have got another short name
    entry = kind.entry(copy)
    kind.write_own(entry, original)
    kind.write_related(entry, original)
    original.status, original.checked_on, original.review_due = Status.PUBLISHED, copy.checked_on, copy.review_due
    original.save()
    note_english(original)
    copy.delete()
    touch(kind.table, original.pk)
    return original


@transaction.atomic
def withdraw(record, user, reason, superseded_by=None):
    """Take from readers what is public, scheduled or not; the old address says why and what to read instead."""
    record = locked(record, Status.PUBLISHED)
    refuse_copy(record)
    if record.is_scheduled:
        record.published_at = None  # no reader has ever seen it: at its date, too, its address says nothing
    record.status, record.archive_note, record.superseded_by = Status.ARCHIVED, reason, superseded_by
    record.save()
    stop_copy(record, user)
    revise(record, user, _("Withdrawn: %s") % reason)
    return record


def stop_copy(record, user):
    """An approved working copy of what isn't public any more must not bring it back at its date."""
    approved = type(record)._default_manager.select_for_update().filter(replaces=record, status=Status.PUBLISHED)
    for copy in approved:
        copy.status, copy.published_at = Status.DRAFT, None
        copy.save()
        revise(copy, user, _("A draft again: what it was to replace is no longer public."))


@transaction.atomic
def reopen(record, user):
    """Make a draft of something withdrawn, or of a plan that is to change."""
    record = locked(record, Status.ARCHIVED, Status.PUBLISHED)
    if record.status == Status.PUBLISHED and not record.is_scheduled:
        raise ValidationError(_("“%s” is public; revise it in a working copy.") % record)
    if record.status == Status.ARCHIVED and record.published_at and record.published_at <= timezone.now():
        record.once_public = True  # its old address still says that it was withdrawn
    record.status, record.published_at = Status.DRAFT, None
    record.save()
    stop_copy(record, user)
    revise(record, user, _("Opened again as a draft."))
    return record


@transaction.atomic
def working_copy(record, user):
    """The working copy of something public; a new one unless there is one."""
    record = locked(record, Status.PUBLISHED)
    refuse_copy(record)
    if copy := type(record)._default_manager.filter(replaces=record).first():
        return copy
    kind = type_of(record)
    copy, entry = kind.new_copy(record), kind.entry(record)
    kind.write_own(entry, copy)
    kind.write_related(entry, copy)
    revise(copy, user, _("Working copy begun."))
    return copy


@transaction.atomic
def restore(revision, user):
    """Write an earlier state again: to something public in a working copy, to all else at once. Returns the record."""
    kind = TYPES[revision.table]
    record = kind.model._default_manager.filter(pk=revision.record_id).first() or original_of(revision)
    if record is None:
        raise ValidationError(_("The record has been deleted; it can't be restored here."))
    if kind.publishable:
        record = locked(record if record.status == Status.DRAFT else working_copy(record, user), Status.DRAFT)
    identity = {each.name for each in kind.identity}
    entry = {name: value for name, value in revision.entry.items() if name not in identity}
    apply(entry, record, user, _("Restored: revision %d.") % revision.number)
    return record


def original_of(revision):
    """What a working copy that was given up was to replace."""
    trace = Revision.objects.filter(table=revision.table, discarded__record_id=revision.record_id).first()
    return trace and TYPES[trace.table].model._default_manager.filter(pk=trace.record_id).first()


@transaction.atomic
def discard(copy, user):
    """Give a working copy up; what is public stays as it is, and its history says who gave up what."""
    copy = locked(copy, Status.DRAFT, Status.REVIEW, Status.PUBLISHED)
    if not copy.replaces_id:
        raise ValidationError(_("“%s” is no working copy.") % copy)
    original, given_up = copy.replaces, revise(copy, user)
    write_down(original, user, _("Working copy discarded."), discarded=given_up)
    copy.delete()
    touch(type_of(original).table, original.pk)
    return original


def may_discard_draft(record, user):
    """Whether the user began it and readers never saw it."""
    if record.status != Status.DRAFT or record.replaces_id or record.once_public:
        return False
    history = revisions(record)
    first = history.order_by("number").first()
    seen = history.filter(status__in=[Status.PUBLISHED, Status.ARCHIVED])
    return first is not None and first.author_id == user.pk and not seen.exists()


@transaction.atomic
def discard_draft(record, user):
    """Delete a draft of one's own that never was public; its history stays."""
    record = locked(record, Status.DRAFT)
    refuse_copy(record)
    if not may_discard_draft(record, user):
        raise ValidationError(
            _("“%s” was begun by someone else or was public before: only an administrator can delete it.") % record
        )
    try:
        others = naming([record])
        if not others:
            delete(record, user)
    except ProtectedError as error:
        others = error.protected_objects
    if others:
        raise ValidationError(
            _("“%(record)s” can't be discarded; it is named by: %(others)s.")
            % {"record": record, "others": "; ".join(sorted(map(str, others)))}
        )
    return record


@transaction.atomic
def rename(record, user, slug):
    """Give a record another short name; its old address leads to the new one for ever."""
    record, kind = locked(record, *Status), type_of(record)
    refuse_copy(record)
    if isinstance(record, Page):
        raise ValidationError(_("The address of a long page is part of the portal and stays."))
    others = FormerSlug.objects.filter(table=kind.table, slug=slug).exclude(record_id=record.pk)
    if others.exists() or type(record)._default_manager.exclude(pk=record.pk).filter(slug=slug).exists():
        raise ValidationError(_("The short name “%s” is or was another record's.") % slug)
    FormerSlug.objects.filter(table=kind.table, slug=slug).delete()
    # A draft may have been public before it was opened again.
    was_public = (
        record.published_at or revisions(record).filter(status__in=[Status.PUBLISHED, Status.ARCHIVED]).exists()
    )
    if record.slug != slug and was_public:
        FormerSlug.objects.get_or_create(table=kind.table, slug=record.slug, record_id=record.pk)
    old, record.slug = record.slug, slug
    record.save()
    revise(record, user, _("Short name changed from “%s”.") % old)
    return record


@transaction.atomic
def confirm_checked(record, user):
    """Someone has compared it with its sources and it still holds."""
    record = locked(record, Status.PUBLISHED)
    refuse_copy(record)
    record.checked_on = timezone.localdate()
    record.review_due = record.checked_on + CHECK_AGAIN_AFTER
    record.save()
    write_down(record, user, _("Checked: it still holds."))
    touch(type_of(record).table, record.pk)
    return record


def publish_due():
    """Replace what approved working copies whose date is reached are to replace. Returns how many.

    Raises an ExceptionGroup if some could not, after all others have been.
    """
    count, failures = 0, []
    for model in Publishable.__subclasses__():
        for due in model._default_manager.due_copies():
            try:
                with transaction.atomic():
                    copy = locked(due, Status.PUBLISHED)
                    if not copy.is_scheduled:
                        original = replace(copy)
                        approval = revisions(original).latest("number")
                        # The history says since when readers see it, not only when it was approved.
                        write_down(original, None, _("Public as planned."), is_major=approval.is_major)
                        count += 1
            except ValidationError:  # someone else was faster: it is done, or must not be done any more
                continue
            except Exception as error:  # one that is broken keeps no other from its minute
                error.add_note(str(due))
                failures.append(error)
    if failures:
        raise ExceptionGroup("working copies that could not be published", failures)
    return count
