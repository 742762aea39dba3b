"""The map of Germany: outlines of the states and where on it a place lies. One unit is one kilometre."""

import json
from functools import cache
from math import cos, hypot, pi, radians, sin, tan
from pathlib import Path

CONTENT = Path(__file__).parent / "content" / "laender.json"
# Lambert's conformal conic projection on a sphere, with the parameters of EPSG:4839: true to shape all over Germany.
CONE, FACTOR, RHO_0, EARTH = 0.7792208405, 1.8118099992, 0.8068632349, 6371
MERIDIAN, ORIGIN = 10.5, (340, 465)
GAP = 1  # between two circles
MOST_MOVED = 30
ROUNDS = 40


def project(lat, lon):
    """Degrees → (x, y) on the map, y growing southwards."""
    rho = FACTOR / tan(pi / 4 + radians(lat) / 2) ** CONE
    theta = CONE * radians(lon - MERIDIAN)
    return ORIGIN[0] + EARTH * rho * sin(theta), ORIGIN[1] - EARTH * (RHO_0 - rho * cos(theta))


@cache
def outlines():
    """{code of a state: its outline, as the path of an SVG}."""
    return {state["code"]: state["path"] for state in json.loads(CONTENT.read_text())["features"]}


@cache
def view_box():
    return json.loads(CONTENT.read_text())["viewBox"]


def spread(circles):
    """Where to draw circles (x, y, radius) so that they don't hide one another: [(x, y)].

    They push each other aside, none by more than MOST_MOVED; where very many meet, some still overlap.
    """
    places = [(x, y) for x, y, _radius in circles]
    widest = max((radius for _x, _y, radius in circles), default=0)
    for _round in range(ROUNDS):
        moved = False
        order = sorted(range(len(places)), key=lambda i: places[i][0])
        for at, i in enumerate(order):
            for j in order[at + 1 :]:
                (x, y), (other_x, other_y) = places[i], places[j]
                if other_x - x > circles[i][2] + widest + GAP:
                    break
                distance = hypot(other_x - x, other_y - y)
                overlap = circles[i][2] + circles[j][2] + GAP - distance
                if overlap > 0.01:
                    # Two at the very same place part to the west and the east.
                    right, down = ((other_x - x) / distance, (other_y - y) / distance) if distance else (1, 0)
                    places[i] = within(circles[i], x - right * overlap / 2, y - down * overlap / 2)
                    places[j] = within(circles[j], other_x + right * overlap / 2, other_y + down * overlap / 2)
                    moved = True
        if not moved:
            break
    return places


def within(circle, x, y):
    """The place nearest to (x, y) that is no more than MOST_MOVED away from where the circle belongs."""
    home_x, home_y, _radius = circle
    distance = hypot(x - home_x, y - home_y)
    shorter = min(1, MOST_MOVED / distance) if distance else 1
    return home_x + (x - home_x) * shorter, home_y + (y - home_y) * shorter
