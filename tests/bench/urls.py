"""The portal's addresses, and the two floors that no page can get below.

bench/hello     a trivial answer through every middleware
bench/floor/    the list of recommendations, rendered every time with a context made once for its query string
"""

from django.db import connection
from django.http import HttpResponse
from django.urls import path

from portal.site.urls import urlpatterns as portal_urls
from recommendations.views.recommendation import RecommendationListView


def hello(request):
    return HttpResponse("hello")


def refuse(execute, sql, *rest):
    raise AssertionError(f"The context is not ready, it asks: {sql}")


class Floor(RecommendationListView):
    ready = {}

    def get(self, request, *args, **kwargs):
        key = request.META["QUERY_STRING"]
        if key not in self.ready:
            context = self.get_context_data(**kwargs)
            self.render_to_response(context).render()  # what the template asks for is computed, and kept, now
            self.ready[key] = context
        with connection.execute_wrapper(refuse):
            return self.render_to_response(self.ready[key]).render()


urlpatterns = [path("bench/hello", hello), path("bench/floor/", Floor.as_view(), name="bench_floor"), *portal_urls]
