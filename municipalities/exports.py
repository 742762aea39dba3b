from django.conf import settings
from django.utils.translation import gettext_lazy as _

from portal.exports import Column, Table

from .filters import MunicipalityFilter


def text(name):
    return Column(name, lambda record: getattr(record, name))


MUNICIPALITIES = Table(
    "municipalities",
    _("Municipalities"),
    MunicipalityFilter,
    lambda visible: visible,
    (
        text("key"),
        text("ars"),
        text("official_name"),
        text("name"),
        text("kind"),
        Column("kind_label", lambda record: record.get_kind_display()),
        text("register_kind"),
        text("state"),
        Column("state_label", lambda record: record.get_state_display()),
        text("district"),
        text("population"),
        text("population_on"),
        text("size"),
        text("size_label"),
        Column("area_km2", lambda record: None if record.area_km2 is None else float(record.area_km2)),
        text("postcode_of_seat"),
        text("lat"),
        text("lon"),
        text("degree_of_urbanisation"),
        Column("url", lambda record: settings.SITE_ADDRESS + record.get_absolute_url()),
        Column("practice_examples", lambda record: record.example_count),
    ),
)
