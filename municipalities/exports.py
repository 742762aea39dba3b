from operator import attrgetter

from django.utils.translation import gettext_lazy as _

from portal.exports import Address, Column, Empty, Table, attribute

from .filters import MunicipalityFilter
from .models import Municipality, Size, State

MUNICIPALITIES = Table(
    "municipalities",
    _("Municipalities"),
    "",
    MunicipalityFilter,
    list,
    "key",
    (
        attribute("key", empty=Empty.NEVER),
        attribute("ars", empty=Empty.NOT_RECORDED),
        attribute("official_name", empty=Empty.NEVER),
        attribute("name", empty=Empty.NEVER),
        attribute("display_name", title=_("Name as shown"), type="string", empty=Empty.NEVER),
        attribute("kind", vocabulary=Municipality.Kind, empty=Empty.NEVER),
        Column("kind_label", lambda record: record.get_kind_display(), of="kind", label=True),
        attribute("register_kind", empty=Empty.NOT_RECORDED),
        attribute("state", vocabulary=State, empty=Empty.NEVER),
        Column("state_label", lambda record: record.get_state_display(), of="state", label=True),
        attribute("district", empty=Empty.NOT_RECORDED),
        attribute("population", empty=Empty.NOT_RECORDED),
        attribute("population_on", empty=Empty.NOT_RECORDED),
        attribute("size", type="string", vocabulary=Size),
        Column("size_label", attrgetter("size_label"), of="size", type="string", title=_("Size class"), label=True),
        attribute("area_km2", empty=Empty.NOT_RECORDED),
        attribute("postcode_of_seat", empty=Empty.NOT_RECORDED),
        attribute("lat", empty=Empty.NOT_RECORDED),
        attribute("lon", empty=Empty.NOT_RECORDED),
        attribute("degree_of_urbanisation", empty=Empty.NOT_RECORDED),
        Address("url", attrgetter("key"), title=_("Address"), type="uri", empty=Empty.NEVER),
        attribute("example_count", title=_("Number of practice examples"), type="integer", empty=Empty.NEVER),
    ),
)
