"""How alike two municipalities are, and why: pure arithmetic on facts of the register, all weights in one place.

Every point has a reason, so an order can be explained by what stands beside it; of two that say the same of the
population, the stronger one is printed. A fact that is missing
on either side gives no points and takes none. Many are compared at once, in columns: reading them is the slow part.
"""

from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .models import DISTRICT_KEY

SELF, SIZE, POPULATION, COMPARABLE, STATE, KIND, DENSITY, DISTRICT, DEGREE, BBSR, NEAR = (
    "self", "size", "population", "comparable", "state", "kind", "density", "district", "degree", "bbsr", "near"
)  # fmt: skip
# In the order in which reasons are printed. Why these numbers: docs/decisions.md.
WEIGHTS = {
    SELF: 1_000, SIZE: 20, POPULATION: 25, COMPARABLE: 15, STATE: 20, KIND: 30, DENSITY: 5, DISTRICT: 5, DEGREE: 5,
    BBSR: 5, NEAR: 10,
}  # fmt: skip
SIMILAR, UP_TO = 1.5, 3  # numbers are similar, or comparable, if the larger is at most so many times the smaller
REACH_KM = 60  # from here on, being near counts for nothing
EARTH_KM = 6_371.0
TEXTS = 5  # of the columns, the first ones

# Of kind more than the name counts: these have the same tasks under different names.
ALIKE_IN_KIND = {
    "town": gettext_lazy("both in a district"),
    "city": gettext_lazy("both without a district"),
    "district": gettext_lazy("both at the level of districts"),
    "association": gettext_lazy("both associations of municipalities"),
}
LABELS = {
    SELF: gettext_lazy("your municipality"),
    SIZE: gettext_lazy("same size class"),
    POPULATION: gettext_lazy("similar population"),
    COMPARABLE: gettext_lazy("comparable population (up to three times)"),
    STATE: gettext_lazy("same state (same state law)"),
    DENSITY: gettext_lazy("similar population density"),
    DISTRICT: gettext_lazy("same district"),
    DEGREE: gettext_lazy("same degree of urbanisation"),
    BBSR: gettext_lazy("same type of the BBSR"),
}


class Likeness(NamedTuple):
    """`reasons`: the codes that gave points, as they are printed; `km`: the distance, None if it is not known."""

    score: int
    reasons: tuple[str, ...]
    km: int | None

    @property
    def is_similar(self):
        """Whether more is alike than the kind, which nearly all towns share, from a village to Hannover."""
        return self.score > WEIGHTS[KIND]

    def words(self, here, there):
        """The reasons in words, without the distance."""
        weaker = {SIZE} if POPULATION in self.reasons else {COMPARABLE} if SIZE in self.reasons else set()
        printed = [code for code in self.reasons if code not in weaker and code != NEAR]
        return [same_kind(here, there) if code == KIND else str(LABELS[code]) for code in printed]

    @property
    def is_near(self):
        return NEAR in self.reasons


@dataclass(frozen=True)
class Facts:
    """What is compared, a column each: texts are empty and numbers NaN where we don't know."""

    key: np.ndarray
    kind: np.ndarray
    state: np.ndarray
    district: np.ndarray  # by its key: of names there are several
    bbsr: np.ndarray
    size: np.ndarray  # the class as a number
    population: np.ndarray
    density: np.ndarray  # inhabitants per km²
    degree: np.ndarray
    lat: np.ndarray
    lon: np.ndarray

    @classmethod
    def of(cls, municipalities):
        rows = [facts(each) for each in municipalities]
        columns = zip(*rows, strict=True) if rows else [()] * len(fields(cls))
        kinds = (np.str_ if n < TEXTS else np.float64 for n in range(len(fields(cls))))
        return cls(*(np.array(column, kind) for column, kind in zip(columns, kinds, strict=True)))


def facts(municipality):
    each = municipality
    return (
        each.key, each.kind, each.state, each.key[:DISTRICT_KEY],
        f"{each.bbsr_code} {each.bbsr_year}" if each.bbsr_code else "",
        number(each.size[1:] or None), number(each.population), number(density(each)),
        number(each.degree_of_urbanisation), number(each.lat), number(each.lon),
    )  # fmt: skip


def number(value):
    return np.nan if value is None else float(value)


def density(municipality):
    """Inhabitants per km², or None."""
    if municipality.population is None or not municipality.area_km2:
        return None
    return municipality.population / float(municipality.area_km2)


class Comparison:
    """One municipality compared with many; they are named by their numbers, their places in the columns.

    `order`: numbers, the most alike first. Of two that are equally alike, the one whose population is closer comes
    first, then the one with the lower number.
    """

    def __init__(self, municipality, others):
        one = Facts.of([municipality])
        self.km = kilometres(one, others)
        population = similar(one.population, others.population)
        near = np.where(self.km < REACH_KM, np.rint(WEIGHTS[NEAR] * (1 - self.km / REACH_KM)), 0)
        holds = {
            SELF: same(one.key, others.key),
            SIZE: one.size == others.size,
            POPULATION: population,
            COMPARABLE: similar(one.population, others.population, UP_TO) & ~population,
            STATE: same(one.state, others.state),
            KIND: same(one.kind, others.kind),
            DENSITY: similar(one.density, others.density),
            DISTRICT: same(one.district, others.district),
            DEGREE: one.degree == others.degree,
            BBSR: same(one.bbsr, others.bbsr),
        }
        self.points = {code: WEIGHTS[code] * there for code, there in holds.items()} | {NEAR: near.astype(int)}
        self.scores = sum(self.points.values())
        self.order = np.lexsort((apart(one.population, others.population), -self.scores))

    def likeness(self, number):
        found = tuple(code for code, points in self.points.items() if points[number])
        km = self.km[number]
        return Likeness(
            int(self.scores[number]), found[:1] if SELF in found else found, None if np.isnan(km) else round(km)
        )


def same_kind(here, there):
    if here.called == there.called:
        return _("same kind (%(kind)s)") % {"kind": here.called}
    return str(ALIKE_IN_KIND[here.kind])


def likeness(one, other):
    return Comparison(one, Facts.of([other])).likeness(0)


def same(one, others):
    return (one == others) & (others != "")


def similar(one, others, times=SIMILAR):
    return np.maximum(one, others) <= times * np.minimum(one, others)


def apart(one, others):
    """How far populations lie apart on a logarithmic scale: half as many is as far away as twice as many."""
    return np.abs(np.log1p(one) - np.log1p(others))


def kilometres(one, others):
    """Great circles between the points; NaN where one is missing."""
    lat, lat_of = np.radians(one.lat), np.radians(others.lat)
    across = np.sin((lat - lat_of) / 2) ** 2
    along = np.cos(lat) * np.cos(lat_of) * np.sin(np.radians(one.lon - others.lon) / 2) ** 2
    return 2 * EARTH_KM * np.arcsin(np.sqrt(np.minimum(across + along, 1)))
