"""The map of the practice examples, and the list that says the same."""

from dataclasses import dataclass, field
from math import sqrt

from django.core.paginator import Paginator
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from municipalities.geometry import outlines, project, spread, view_box
from municipalities.models import Municipality, State
from portal.linked_data import full, work

from .example import PracticeExampleListView

RADIUS, WIDEST = 10, 36  # of the circle of one example, and of any; the area grows with the number


@dataclass
class MappedMunicipality:
    municipality: Municipality
    count: int
    url: str
    # Of its circle; whole numbers, which look the same in every language. None: no coordinates.
    x: int | None = None
    y: int | None = None
    radius: int = RADIUS
    is_own: bool = False

    @property
    def is_on_the_map(self):
        return self.x is not None


@dataclass
class MappedState:
    code: str
    label: str
    outline: str
    count: int
    url: str
    municipalities: list[MappedMunicipality] = field(default_factory=list)


class MapView(PracticeExampleListView):
    """Everything the list of practice examples finds, by state and municipality on one page."""

    search_label = gettext_lazy("Search the map")
    template_name = "recommendations/map.html"

    def page(self, filter_set):
        """The one page there is. Its objects are the states in which something was found."""
        ids = filter_set.results
        page = Paginator(ids, max(len(ids), 1)).page(1)
        page.object_list = mapped(filter_set)
        return page

    def linked_data(self, filter_set, page):
        url = full(self.request.path + filter_set.query().removesuffix("?"))
        return [work("CollectionPage", url, _("Map of the practice examples"))]

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        states = context["page_obj"].object_list
        places = [place for state in states for place in state.municipalities]
        found = {state.code for state in states}
        for place in places:
            place.is_own = place.municipality == context["filter"].near.municipality
        return context | {
            "view_box": view_box(),
            "empty_states": [
                {"label": label, "outline": outlines()[code]} for code, label in State.choices if code not in found
            ],
            # Small circles last, so that none lies hidden under a large one.
            "points": sorted((place for place in places if place.is_on_the_map), key=lambda place: -place.radius),
            "own_point": any(place.is_own and place.is_on_the_map for place in places),
            "without_point": [place for place in places if not place.is_on_the_map],
        }


def mapped(filter_set):
    """The states in which something was found, with its municipalities."""
    index, found = filter_set.index, filter_set.index.find(filter_set.chosen, filter_set.hits)
    examples = reverse("practice_example_list")

    def counts(facet):
        numbers = {code: found.intersection_cardinality(places) for code, places in index.having[facet].items()}
        return {code: number for code, number in numbers.items() if number}

    by_state, by_key = counts("state"), counts("municipality")
    states = {
        code: MappedState(code, label, outlines()[code], by_state[code], examples + filter_set.query(state=code))
        for code, label in State.choices
        if code in by_state
    }
    for municipality in Municipality.objects.with_examples().filter(key__in=by_key):
        url = examples + filter_set.query(municipality=municipality.key)
        place = MappedMunicipality(municipality, by_key[municipality.key], url)
        states[municipality.state].municipalities.append(place)
    put_on_the_map([place for state in states.values() for place in state.municipalities])
    return list(states.values())


def put_on_the_map(places):
    known = [place for place in places if place.municipality.lat is not None]
    for place in known:
        place.radius = min(round(RADIUS * sqrt(place.count)), WIDEST)
    circles = [(*project(place.municipality.lat, place.municipality.lon), place.radius) for place in known]
    for place, (x, y) in zip(known, spread(circles), strict=True):
        place.x, place.y = round(x), round(y)
