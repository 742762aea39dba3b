"""The glossary as a table, like every other."""

from operator import attrgetter

from django.utils.translation import gettext_lazy as _

from .exports import Address, Column, Empty, Table, attribute
from .facets import FacetedFilterSet, Order
from .models import GlossaryTerm


class GlossaryFilter(FacetedFilterSet):
    texts = {"term_de": 6, "term_en": 6, "definition_de": 1, "definition_en": 1}
    orders = {"term": Order(_("Term A–Z"), "term_{lang}")}

    class Meta:
        model = GlossaryTerm
        fields = ()


GLOSSARY = Table(
    "glossary",
    _("Glossary"),
    "",
    GlossaryFilter,
    lambda visible: list(visible.prefetch_related("see_also")),
    "slug",
    (
        attribute("slug", empty=Empty.NEVER),
        Address("url", attrgetter("slug"), title=_("Address"), type="uri", empty=Empty.NEVER),
        attribute("term_de", empty=Empty.NEVER),
        attribute("term_en", empty=Empty.NOT_RECORDED),
        attribute("definition_de", empty=Empty.NEVER),
        attribute("definition_en", empty=Empty.NOT_RECORDED),
        Column(
            "see_also", lambda term: [other.slug for other in term.see_also.all()],
            type="string", many=True, refers="glossary.slug",
        ),
    ),
)  # fmt: skip
