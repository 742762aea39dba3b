"""„Auf Ihrem Schreibtisch“: what waits for an editor, and the weekly mail that says so."""

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import admin
from django.core import mail
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from portal.models import MissedSearch, OutgoingMail, Remark, User
from portal.publishing import Publishable
from portal.workflow_admin import BegunByMeFilter, begun_by
from recommendations.admin.link import LinkFilter, with_link_state


@dataclass(frozen=True)
class Pile:
    """Records that wait for the same: how many, and the filtered list that shows them."""

    label: str
    count: int
    address: str


def pile(label, model, queryset, **query):
    """The pile of a model's records; `query` makes its changelist show the same as `queryset`."""
    options = model._meta
    name = capfirst(options.verbose_name_plural)
    address = reverse(f"admin:{options.app_label}_{options.model_name}_changelist", query=query)
    return Pile(f"{label}: {name}", queryset.count(), address)


def lists_of(user, condition):
    """(model, its admin) of every list that the user may see and that meets the condition."""
    for model, model_admin in admin.site._registry.items():
        name = f"{model._meta.app_label}.{{}}_{model._meta.model_name}"
        if condition(model, model_admin) and any(user.has_perm(name.format(action)) for action in ("view", "change")):
            yield model, model_admin


def publishable(model, model_admin):
    return issubclass(model, Publishable)


def may(user, model, action):
    return user.has_perm(f"{model._meta.app_label}.{action}_{model._meta.model_name}")


def to_review(user):
    for model, _admin in lists_of(user, publishable):
        if may(user, model, "publish"):
            waiting = model.objects.filter(status=Publishable.Status.REVIEW)
            yield pile(_("Waiting for your review"), model, waiting, status__exact="review")


def my_drafts(user):
    for model, _admin in lists_of(user, publishable):
        waiting = begun_by(user, model.objects.filter(status=Publishable.Status.DRAFT))
        yield pile(_("Your drafts"), model, waiting, status__exact="draft", **{BegunByMeFilter.parameter_name: "me"})


def drafts(user):
    for model, _admin in lists_of(user, publishable):
        yield pile(_("Drafts"), model, model.objects.filter(status=Publishable.Status.DRAFT), status__exact="draft")


def check_due(user):
    """What readers see although its yearly check is due."""
    for model, _admin in lists_of(user, publishable):
        today = timezone.localdate().isoformat()
        query = {"status__exact": "published", "review_due__lte": today}
        yield pile(_("Yearly check due"), model, model.objects.review_due(), **query)


def remarks(user):
    for model, _admin in lists_of(user, lambda model, model_admin: model is Remark):
        if may(user, model, "change"):
            yield pile(_("To be answered"), model, model.objects.filter(done=False), done__exact=0)


def scheduled(user):
    now = timezone.now()
    for model, _admin in lists_of(user, publishable):
        waiting = model.objects.filter(status=Publishable.Status.PUBLISHED, published_at__gt=now)
        query = {"status__exact": "published", "published_at__gt": now.isoformat()}
        yield pile(_("Scheduled"), model, waiting, **query)


def broken_links(user):
    for model, model_admin in lists_of(user, lambda model, model_admin: hasattr(model_admin, "link_columns")):
        broken = with_link_state(model.objects.all(), model_admin.link_columns).filter(link_state="broken")
        yield pile(_("Broken links"), model, broken, **{LinkFilter.parameter_name: "broken"})


def missing(user, code):
    """Of every list that can show what is missing in this respect."""
    for model, model_admin in lists_of(user, lambda model, each: code in getattr(each, "missing", {})):
        label, condition = model_admin.missing[code]
        found = model.objects.filter(pk__in=model.objects.filter(condition).values("pk"))
        yield pile(
            capfirst(label if code == "english_outdated" else _("%s missing") % label), model, found, missing=code
        )


def english_missing(user):
    yield from missing(user, "english")
    yield from missing(user, "english_outdated")


def to_find_out(user):
    """What we could still find out."""
    for code in ("page", "primary", "year", "open_items"):
        yield from missing(user, code)


def to_fill_in(user):
    """What only the operator knows, on the long pages."""
    yield from missing(user, "operator")


def undelivered_mail(user):
    for model, _admin in lists_of(user, lambda model, model_admin: model is OutgoingMail):
        yield pile(_("Not delivered"), model, model.objects.filter(given_up_at__isnull=False), state="given-up")


def searches_in_vain(user):
    for model, _admin in lists_of(user, lambda model, model_admin: model is MissedSearch):
        week = timezone.localdate() - timedelta(days=7)
        recent = model.objects.filter(day__gte=week)
        yield pile(_("Looked for and not found in seven days"), model, recent, day__gte=week.isoformat())


TO_DO = [to_review, my_drafts, drafts, scheduled, remarks, check_due, broken_links, undelivered_mail]
TO_COMPLETE = [english_missing, to_find_out, to_fill_in, searches_in_vain]  # there is no hurry


def desk(user, kinds=(*TO_DO, *TO_COMPLETE)):
    """What waits for the user: the piles that aren't empty, in the order of `kinds`."""
    return [each for piles in kinds for each in piles(user) if each.count]


def letter(user):
    """(subject, text) of the weekly mail to an editor, or None if the desk is empty."""
    piles = desk(user)
    if not piles:
        return None
    rows = [f"- {each.label}: {each.count}\n  {settings.SITE_ADDRESS}{each.address}" for each in piles]
    return _("Knowledge portal: on your desk"), "\n\n".join([
        _("Hello %s,") % user.name,
        _("this is on your desk in the knowledge portal:"),
        "\n".join(rows),
        _("You get this mail on Mondays, and only if something is waiting for you."),
    ])  # fmt: skip


@transaction.atomic
def send():
    """The job: the weekly mail to every active editor with an address. Within a week nobody gets it twice."""
    year, week, _day = timezone.localdate().isocalendar()
    editors = User.objects.filter(is_active=True, is_staff=True).exclude(email="").order_by("pk")
    with translation.override("de"):
        for user in editors:
            if written := letter(user):
                subject, text = written
                once = f"<desk.{year}-{week}.{user.pk}@{urlsplit(settings.SITE_ADDRESS).hostname}>"
                mail.EmailMessage(subject, text, to=[user.email], headers={"Message-ID": once}).send()
