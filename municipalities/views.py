from django.views.generic import DetailView

from portal.views import FilteredListView

from .filters import MunicipalityFilter
from .models import REGISTER_AS_OF, Municipality


class MunicipalityListView(FilteredListView):
    filter_class = MunicipalityFilter
    table = "municipalities"
    template_name = "municipalities/municipality_list.html"

    def rows(self, visible):
        return visible


class MunicipalityDetailView(DetailView):
    slug_field = slug_url_kwarg = "key"

    def get_queryset(self):
        return Municipality.objects.visible()

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            examples=self.object.practice_examples.visible().with_card(), register_as_of=REGISTER_AS_OF, **kwargs
        )
