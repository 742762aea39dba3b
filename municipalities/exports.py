from operator import attrgetter

from django.utils.translation import gettext_lazy as _

from portal.exports import Column, Empty, Table, address, attribute

from .filters import MunicipalityFilter
from .models import Municipality, Size, State

POINT = _("Of a point in it, in decimal degrees; of districts and associations the mean of their municipalities, "
          "weighted by population.")  # fmt: skip

MUNICIPALITIES = Table(
    "municipalities",
    _("Municipalities"),
    _("Municipalities, districts and associations that we have a practice example from, not all of the official "
      "register."),
    MunicipalityFilter,
    list,
    "key",
    (
        attribute("key", empty=Empty.NEVER,
                  description=_("8 digits for a municipality (AGS), 5 for a district, 9 for an association. A text: "
                                "leading zeros count.")),
        attribute("ars", _("Key with the association in it: 12 digits, 9 for an association. Districts have none.")),
        attribute("official_name", _("Name in the official register, such as “Altena, Stadt”."), empty=Empty.NEVER),
        attribute("name", _("Name in everyday use, without what kind of municipality it is."), empty=Empty.NEVER),
        attribute("display_name", title=_("Name as shown"), type="string", empty=Empty.NEVER,
                  description=_("The everyday name; of districts and associations with what they are, such as "
                                "“Landkreis Goslar”.")),
        attribute("kind", title=_("Kind of municipality"), vocabulary=Municipality.Kind, empty=Empty.NEVER,
                  description=_("One of four kinds of ours. An independent city is municipality and district in "
                                "one record: all districts are the different first five digits of the keys of towns "
                                "and cities.")),
        Column("kind_label", lambda record: record.get_kind_display(), of="kind", title=_("Kind of municipality"),
               empty=Empty.NEVER, label=True),
        attribute("register_kind", _("What the official register calls it, in German."), empty=Empty.NOT_RECORDED),
        attribute("state", _("The official two-digit code of the state; the key begins with it. A text."),
                  vocabulary=State, empty=Empty.NEVER),
        Column("state_label", lambda record: record.get_state_display(), of="state", empty=Empty.NEVER, label=True),
        attribute("district", empty=Empty.NOT_RECORDED,
                  description=_("Name of the district it belongs to. An independent city and a district name "
                                "themselves.")),
        attribute("population", empty=Empty.NOT_RECORDED,
                  description=_("Inhabitants according to the official register; of districts and associations the sum "
                                "of their municipalities.")),
        attribute("population_on", _("The day for which the number of inhabitants holds."), empty=Empty.NOT_RECORDED),
        attribute("population_day_is_ours", type="boolean", empty=Empty.NEVER,
                  title=_("Day of the population deduced by us"),
                  description=_("Whether we have deduced that day because the register does not print it.")),
        attribute("size", _("Class by population. Districts have none."), title=_("Size class"), type="string",
                  vocabulary=Size),
        Column("size_label", attrgetter("size_label"), of="size", type="string", title=_("Size class"), label=True),
        attribute("area_km2", empty=Empty.NOT_RECORDED,
                  description=_("Area according to the official register; of districts and associations the sum of "
                                "their municipalities.")),
        attribute("postcode_of_seat",
                  _("Where its administration has its seat. A text: leading zeros count. Districts and associations "
                    "have none.")),
        attribute("lat", POINT, empty=Empty.NOT_RECORDED),
        attribute("lon", POINT, empty=Empty.NOT_RECORDED),
        attribute("degree_of_urbanisation",
                  _("As in the official register: 1 densely, 2 medium, 3 thinly populated. Districts and associations "
                    "have none.")),
        attribute("valid_to", _("The last day on which the municipality existed. Empty: it exists."),
                  title=_("Existed until")),
        address("key"),
        attribute("example_count", _("How many public practice examples are from it."),
                  title=_("Number of practice examples"), type="integer", empty=Empty.NEVER),
    ),
    {"state": "state", "size": "size", "kind": "kind"},
)  # fmt: skip
