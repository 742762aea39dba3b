from operator import attrgetter

from django.utils.translation import gettext_lazy as _

from portal.exports import Address, Column, Table, attribute

from .filters import MunicipalityFilter

MUNICIPALITIES = Table(
    "municipalities",
    _("Municipalities"),
    MunicipalityFilter,
    list,
    (
        attribute("key"),
        attribute("ars"),
        attribute("official_name"),
        attribute("name"),
        attribute("display_name"),
        attribute("kind"),
        Column("kind_label", lambda record: record.get_kind_display(), of="kind"),
        attribute("register_kind"),
        attribute("state"),
        Column("state_label", lambda record: record.get_state_display(), of="state"),
        attribute("district"),
        attribute("population"),
        attribute("population_on"),
        attribute("size"),
        Column("size_label", attrgetter("size_label"), of="size"),
        attribute("area_km2"),
        attribute("postcode_of_seat"),
        attribute("lat"),
        attribute("lon"),
        attribute("degree_of_urbanisation"),
        Address("url", attrgetter("key")),
        attribute("example_count"),
    ),
)
