"""What the link check has found, in the admin of the records that link."""

from django.contrib import admin
from django.db.models import Case, OuterRef, Subquery, Value, When
from django.utils.html import format_html_join
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..models import LinkCheck

State = LinkCheck.State
URGENCY = Case(*[When(state=state, then=Value(place)) for place, state in enumerate(State)])


class LinkFilter(admin.SimpleListFilter):
    """By the most urgent state of a record's links."""

    title = _("links")
    parameter_name = "links"

    def lookups(self, request, model_admin):
        return [
            (State.BROKEN, _("broken links")),
            (State.UNREACHABLE, _("links that failed once")),
            (State.REFUSED, _("links that only people can check")),
            (State.MOVED, _("links that have moved")),
        ]

    def queryset(self, request, queryset):
        return queryset.filter(link_state=self.value()) if self.value() in State.values else queryset


class WithLinks:
    """For an admin class whose `link_columns` hold addresses: a column for the list, a report for the form."""

    link_columns = ()

    def get_queryset(self, request):
        return with_link_state(super().get_queryset(request), self.link_columns)

    @admin.display(description=_("links"), ordering="link_state")
    def links(self, record):
        return capfirst(State(record.link_state).label) if record.link_state else None

    @admin.display(description=_("link check"))
    def link_report(self, record):
        """What was found last, address by address."""
        found = LinkCheck.objects.filter(url__in=[getattr(record, column) for column in self.link_columns])
        reports = [(check.url, check.report) for check in found]
        return format_html_join("\n", "<p>{}<br>{}</p>", reports) or gettext("Not checked yet.")


def with_link_state(queryset, columns):
    """The most urgent state of a record's links as `link_state`; None: nothing was checked yet."""
    asked = LinkCheck.objects.filter(url__in=[OuterRef(column) for column in columns]).order_by(URGENCY.desc())
    return queryset.annotate(link_state=Subquery(asked.values("state")[:1]))
