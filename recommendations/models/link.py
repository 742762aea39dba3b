from django.db import models
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _


class LinkCheck(models.Model):
    """What became of asking an address that records link to. One row per address, however many records share it."""

    class State(models.TextChoices):
        """From harmless to urgent."""

        OK = "ok", pgettext_lazy("link", "works")
        MOVED = "moved", pgettext_lazy("link", "has moved")
        REFUSED = "refused", _("answers people only")
        UNREACHABLE = "unreachable", _("failed once")
        BROKEN = "broken", pgettext_lazy("link", "broken")

    url = models.URLField(_("address"), max_length=500, unique=True)
    state = models.CharField(_("state"), max_length=12, choices=State)
    status = models.PositiveSmallIntegerField(_("status code"), null=True)
    reason = models.TextField(_("reason"), blank=True)
    checked_at = models.DateTimeField(_("checked at"))
    first_failed_at = models.DateTimeField(_("failing since"), null=True)

    class Meta:
        verbose_name = _("link check")
        verbose_name_plural = _("link checks")
        constraints = [
            models.CheckConstraint(
                name="linkcheck_state_known",
                condition=models.Q(state__in=["ok", "moved", "refused", "unreachable", "broken"]),
            ),
        ]

    def __str__(self):
        return self.url

    @property
    def report(self):
        """State, reason and day in one line."""
        parts = [self.get_state_display()]
        if self.state == self.State.BROKEN:
            parts[0] = gettext("%(state)s since %(day)s") % {"state": parts[0], "day": day(self.first_failed_at)}
        return f"{': '.join([*parts, *filter(None, [self.reason])])} ({day(self.checked_at)})"


def day(moment):
    return date_format(timezone.localtime(moment), "DATE_FORMAT")
