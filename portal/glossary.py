"""The glossary as a table, like every other."""

from django.utils.translation import gettext_lazy as _

from .exports import Column, Empty, Table, address, attribute
from .facets import FacetedFilterSet, Order
from .models import GlossaryTerm


class GlossaryFilter(FacetedFilterSet):
    texts = {"term_de": 6, "term_en": 6, "definition_de": 1, "definition_en": 1}
    orders = {"term": Order(_("Term A–Z"), "term_{lang}")}

    class Meta:
        model = GlossaryTerm
        fields = ()


TERM = _("The word that is explained.")
DEFINITION = _("What the word means, in a few sentences.")

GLOSSARY = Table(
    "glossary",
    _("Glossary"),
    _("The terms of the portal, explained in plain words."),
    GlossaryFilter,
    lambda visible: list(visible.prefetch_related("see_also")),
    "slug",
    (
        attribute("slug", _("Short name: in the address of the entry, and where others refer to it."),
                  empty=Empty.NEVER),
        address("slug"),
        attribute("term_de", TERM, empty=Empty.NEVER),
        attribute("term_en", TERM, empty=Empty.NOT_RECORDED),
        attribute("definition_de", DEFINITION, empty=Empty.NEVER),
        attribute("definition_en", DEFINITION, empty=Empty.NOT_RECORDED),
        Column(
            "see_also", lambda term: [other.slug for other in term.see_also.all()],
            type="string", many=True, refers="glossary.slug",
            description=_("Other entries that help to understand this one, by their short names."),
        ),
    ),
)  # fmt: skip
