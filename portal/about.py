"""What the portal says of itself wherever it is described: pages, citations, data package, interface, catalogue.

Templates say it by the tag `about`.
"""

from django.utils.translation import gettext_lazy as _

SHORT_NAME = _("Migration as an opportunity")
NAME = _("Migration as an opportunity – knowledge portal for municipalities")
SELECTION = _("The collection is a selection, not a census: frequencies do not show what municipalities do overall.")
# Where its facts about municipalities come from; they are not ours to license. The table holds nothing else.
OF_REGISTER = "municipalities"
REGISTER = _(
    "Facts about municipalities: Federal Statistical Office (Destatis), municipality register GV-ISys;"
    " our own preparation."
)
# Of the same licence, where it is said of rows, of pages and feeds, and to who takes data along.
OUR_TEXTS = _("Our texts are licensed CC BY 4.0 unless the row names another licence.")
OUR_TEXTS_ON_PAGES = _("Our texts are licensed CC BY 4.0 unless stated otherwise.")
OUR_TEXTS_TO_CITE = _("Our texts are licensed CC BY 4.0; please cite the portal and the access date.")
