from django.conf import settings
from django.utils.translation import gettext_lazy as _

from portal.exports import Column, Table, attribute

from .filters import MunicipalityFilter

MUNICIPALITIES = Table(
    "municipalities",
    _("Municipalities"),
    MunicipalityFilter,
    lambda visible: visible,
    (
        attribute("key"),
        attribute("ars"),
        attribute("official_name"),
        attribute("name"),
        attribute("display_name"),
        attribute("kind"),
        Column("kind_label", lambda record: record.get_kind_display()),
        attribute("register_kind"),
        attribute("state"),
        Column("state_label", lambda record: record.get_state_display()),
        attribute("district"),
        attribute("population"),
        attribute("population_on"),
        attribute("size"),
        attribute("size_label"),
        attribute("area_km2"),
        attribute("postcode_of_seat"),
        attribute("lat"),
        attribute("lon"),
        attribute("degree_of_urbanisation"),
        Column("url", lambda record: settings.SITE_ADDRESS + record.get_absolute_url()),
        attribute("example_count"),
    ),
)
