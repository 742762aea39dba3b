from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.views import NOT_RECORDED, FilteredListView, RecordView

from .filters import MunicipalityFilter
from .models import REGISTER_AS_OF, Municipality


class MunicipalityListView(FilteredListView):
    filter_class = MunicipalityFilter
    table = "municipalities"
    search_label = gettext_lazy("Search the municipalities")
    template_name = "municipalities/municipality_list.html"

    def rows(self, visible):
        return visible


class MunicipalityDetailView(RecordView):
    model = Municipality
    slug_field = slug_url_kwarg = "key"

    def title(self):
        return str(self.object)

    def get_context_data(self, **kwargs):
        facts = {
            "population": _("population"),
            "population_on": _("day of the population figure"),
            "area_km2": _("area"),
        }
        return super().get_context_data(
            examples=self.object.practice_examples.visible().with_card(),
            register_as_of=REGISTER_AS_OF,
            gaps=[
                {"label": label, "kind": NOT_RECORDED}
                for name, label in facts.items()
                if getattr(self.object, name) is None
            ],
            **kwargs,
        )
