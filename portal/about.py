"""What the portal says of itself wherever it is described: pages, citations, data package, interface, catalogue."""

from django.utils.translation import gettext_lazy as _

NAME = _("Migration as an opportunity – knowledge portal for municipalities")
SELECTION = _("The collection is a selection, not a census: frequencies do not show what municipalities do overall.")
# Where its facts about municipalities come from; they are not ours to license. The table holds nothing else.
OF_REGISTER = "municipalities"
REGISTER = _(
    "Facts about municipalities: Federal Statistical Office (Destatis), municipality register GV-ISys;"
    " our own preparation."
)
OUR_TEXTS = _("Our texts are licensed CC BY 4.0 unless the row names another licence.")
