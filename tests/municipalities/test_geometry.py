"""Where places lie on the map, and how circles make room for one another."""

import re
from itertools import combinations
from math import hypot

import pytest
from hypothesis import given
from hypothesis import strategies as st

from municipalities.geometry import GAP, MOST_MOVED, outlines, project, spread, view_box
from municipalities.models import State

BERLIN, COLOGNE, MUNICH, FLENSBURG = (52.52, 13.405), (50.94, 6.96), (48.1372, 11.5755), (54.78252, 9.43751)


@pytest.mark.parametrize(
    ("place", "x", "y"), [(BERLIN, 536.37, 292.25), (MUNICH, 419.84, 782.60), (FLENSBURG, 271.80, 44.04)]
)
def test_a_place_lies_where_the_makers_of_the_outlines_say(place, x, y):
    assert project(*place) == pytest.approx((x, y), abs=0.01)


def polygons(path):
    """The corners of an outline, which is made of absolute M, relative l and z only."""
    assert not re.search(r"[^Mlz0-9 .\-]", path)
    found = []
    for part in path.split("z"):
        numbers = [float(number) for number in re.findall(r"-?(?:\d+\.?\d*|\.\d+)", part)]
        corners, at = [], (0, 0)
        for right, down in zip(numbers[::2], numbers[1::2], strict=True):
            at = (at[0] + right, at[1] + down)
            corners.append(at)
        found.append(corners)
    return [corners for corners in found if corners]


def inside(point, path):
    """Whether a line from the point to the east crosses the outline an odd number of times."""
    x, y = point
    crossed = 0
    for corners in polygons(path):
        for (x1, y1), (x2, y2) in zip(corners, corners[1:] + corners[:1], strict=True):
            crossed += (y1 > y) != (y2 > y) and x < x1 + (y - y1) * (x2 - x1) / (y2 - y1)
    return crossed % 2 == 1


@pytest.mark.parametrize(
    ("place", "state"), [(BERLIN, State.BE), (COLOGNE, State.NW), (MUNICH, State.BY), (FLENSBURG, State.SH)]
)
def test_a_place_lies_inside_its_state_and_no_other(place, state):
    assert [code for code, path in outlines().items() if inside(project(*place), path)] == [state]


def test_every_state_has_an_outline_and_all_fit_into_the_picture():
    assert set(outlines()) == set(State.values)
    _left, _top, width, height = (int(number) for number in view_box().split())
    corners = [corner for path in outlines().values() for polygon in polygons(path) for corner in polygon]
    assert all(0 <= x <= width and 0 <= y <= height for x, y in corners)


def overlaps(circles, places):
    return [
        (i, j)
        for i, j in combinations(range(len(circles)), 2)
        if hypot(places[i][0] - places[j][0], places[i][1] - places[j][1]) < circles[i][2] + circles[j][2]
    ]


def test_circles_that_do_not_touch_stay_where_they_belong():
    circles = [(100, 100, 9), (130, 100, 9), (100, 130, 13)]
    assert spread(circles) == [(100, 100), (130, 100), (100, 130)]
    assert spread([]) == []


def test_two_circles_at_the_same_place_part():
    ((x1, y1), (x2, y2)) = spread([(100, 100, 9), (100, 100, 13)])
    assert hypot(x2 - x1, y2 - y1) == pytest.approx(22 + GAP, abs=0.1)


def test_a_handful_of_close_neighbours_can_all_be_seen():
    ruhr = [(150 + 6 * i, 400 + 4 * (i % 3), 9) for i in range(7)]
    assert overlaps(ruhr, spread(ruhr)) == []


circles = st.lists(st.tuples(st.floats(0, 670), st.floats(0, 885), st.sampled_from([9, 13, 36])), max_size=40)


@given(circles)
def test_no_circle_is_moved_far_and_the_same_ones_always_alike(circles):
    places = spread(circles)
    assert all(
        hypot(x - home_x, y - home_y) <= MOST_MOVED + 0.001
        for (x, y), (home_x, home_y, _radius) in zip(places, circles, strict=True)
    )
    assert spread(circles) == places
