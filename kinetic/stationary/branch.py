"""A branch of stationary densities along one parameter, followed by arclength through the folds where it turns back.

Knows the steady equation at every value of the parameter; not which parameter that is.

Points are found on planes normal to the line through the last two (arclength s is measured in (c, u), u the parameter
over its range). Between them the branch is tabulated at the values asked for, each found anew at that value; where u
turns back, the fold is the point at which the parabola through three neighbors has u′(s) = 0.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import numpy as np

from kinetic.errors import Unresolved
from kinetic.stationary.equation import SteadyEquation
from kinetic.stationary.newton import Family, correct
from kinetic.stationary.state import StationaryPoint, describe
from kinetic.types import Array

LONGEST_STEP = 0.06
"""In the 2-norm of (coefficients, u): R changes by no more."""

SHORTEST_STEP = 1e-5
MOST_STEPS = 600
UNIFORM = 0.02
"""Size of ρ − 1, in the 2-norm of the coefficients, below which a branch has come back to the uniform density."""

NEAR_ENDS = (0.01, 0.06, 0.25, 0.6)
"""Distances from folds and from the uniform density, in spacings of the values asked for, that are tabulated as well:
R changes there like their square root."""

_FOLD_ROUNDS = 2
_QUICK, _GROW, _SHRINK = 4, 1.5, 0.5


Tell: TypeAlias = Callable[[float | None, str], None]


@dataclass(frozen=True)
class Place:
    """A point of a branch: coefficients and the parameter over its range."""

    c: Array
    u: float

    def __sub__(self, other: "Place") -> "Place":
        return Place(self.c - other.c, self.u - other.u)

    def moved(self, by: "Place", length: float) -> "Place":
        """Return the place at a multiple of a change from here."""
        return Place(self.c + length * by.c, self.u + length * by.u)

    @property
    def length(self) -> float:
        """2-norm."""
        return math.hypot(float(np.linalg.norm(self.c)), self.u)


@dataclass(frozen=True)
class Branch:
    """Stationary points along a parameter.

    Parameters
    ----------
    points : tuple of StationaryPoint
        In the order of the branch: at the values asked for, at the folds, near them and near its end.
    end : str
        Why it ends.
    """

    points: tuple[StationaryPoint, ...]
    end: str

    @property
    def folds(self) -> tuple[StationaryPoint, ...]:
        """The points at which the branch turns back."""
        return tuple(point for point in self.points if point.kind == "fold")


def told_to_nobody(_share: float | None, _text: str) -> None:
    """Tell nobody."""


def follow(
    at: Callable[[float], SteadyEquation],
    values: Sequence[float],
    coefficients: Array,
    tell: Tell = told_to_nobody,
) -> Branch:
    """Follow a branch from the first value to the last, through folds, until it leaves the range or becomes uniform.

    Parameters
    ----------
    at : callable
        `at(value)` is the steady equation at one value of the parameter; all in the same space.
    values : sequence of float
        Two or more, ascending or descending: where every sheet of the branch is tabulated.
    coefficients : Array
        A stationary density at the first value.
    tell : callable
        `tell(share, text)` is told how far it is: no share while the branch is followed, whose length is not known;
        then that of the table.

    Raises
    ------
    Unresolved
        If the branch cannot be followed, or not be carried by the degree.

    Accuracy
    --------
    At every value as `relax`. A fold: the parameter to 1e-9 relative (tests/stationary/test_branch.py).

    Cost
    ----
    Some twenty to sixty points, each of three to five Newton steps; at the tabulated ones the leading rates.
    """
    family = Family(at, float(values[0]), float(values[-1]))
    grid = [(value - family.start) / (family.stop - family.start) for value in values]
    trace, end = _trace(family, Place(coefficients, 0.0), grid[1], tell)
    points: list[StationaryPoint] = []
    sheets = list(_sheets(trace, lambda near: _fold(family, near)))
    for number, sheet in enumerate(sheets):
        ends = [place.u for place in (sheet[0], sheet[-1]) if _inside(place) and place is not trace[0]]
        tell(number / len(sheets), f"sheet {number + 1} of {len(sheets)}")
        points += _tabulated(family, _refined(grid, ends), sheet, number)
        if number < len(sheets) - 1:
            points.append(_described(family, sheet[-1], "fold", number))
        elif _inside(sheet[-1]):
            points.append(_described(family, sheet[-1], "branch", number))
    return Branch(tuple(points), end)


def _inside(place: Place) -> bool:
    """Whether the parameter is in its range."""
    return 0.0 <= place.u <= 1.0


def _refined(grid: Sequence[float], ends: Sequence[float]) -> list[float]:
    """Return the values asked for, in ascending order, and some near the ends of a sheet."""
    spacing = 1.0 / (len(grid) - 1)
    near = [u + sign * share * spacing for u in ends for share in NEAR_ENDS for sign in (-1, 1)]
    return sorted({*grid, *(u for u in near if 0.0 <= u <= 1.0)})


def _trace(family: Family, start: Place, spacing: float, tell: Tell) -> tuple[list[Place], str]:
    """Return neighboring places along a branch, the last beyond the range unless the branch ends within."""
    held = np.zeros_like(start.c)
    c, u, _, _ = correct(family, (start.c, 0.25 * spacing), (held, 1.0))
    trace, step = [start, Place(c, u)], LONGEST_STEP
    for _ in range(MOST_STEPS):
        here, size = trace[-1], _departure(family, trace[-1])
        tell(None, f"{len(trace)} places of the branch")
        if not _inside(here):
            return trace, "the parameter leaves its range"
        if size < UNIFORM:
            return trace, "the branch comes back to the uniform density"
        found, step = _advance(family, trace, min(step, 0.5 * size))
        trace.append(found)
    raise Unresolved(f"branch: {MOST_STEPS} points and no end; ask for a smaller range")


def _departure(family: Family, place: Place) -> float:
    """Return the 2-norm of the coefficients of ρ − 1."""
    return float(np.linalg.norm(family.equation(place.u).departure(place.c)))


def _advance(family: Family, trace: Sequence[Place], step: float) -> tuple[Place, float]:
    """Return the next place, and the step to try after it."""
    last = trace[-1] - trace[-2]
    along = Place(last.c / last.length, last.u / last.length)
    while step > SHORTEST_STEP:
        guess = trace[-1].moved(along, step)
        try:
            c, u, _, steps = correct(family, (guess.c, guess.u), (along.c, along.u))
        except Unresolved:
            step *= _SHRINK
            continue
        found = Place(c, u)
        if (found - guess).length < 0.5 * step:
            return found, min(LONGEST_STEP, step * _GROW if steps <= _QUICK else step)
        step *= _SHRINK
    value = family.value(trace[-1].u)
    raise Unresolved(f"branch: no next point from {value:.9g} on; raise space.degree, or ask for another range")


def _sheets(trace: Sequence[Place], fold: Callable[[Sequence[Place]], Place]) -> Iterator[list[Place]]:
    """Yield the places of every sheet, from one fold to the next."""
    sheet = [trace[0]]
    for i in range(1, len(trace) - 1):
        if (trace[i].u - trace[i - 1].u) * (trace[i + 1].u - trace[i].u) >= 0:
            sheet.append(trace[i])
            continue
        turn = fold(trace[i - 1 : i + 2])
        yield [*sheet, turn]
        sheet = [turn]
    yield [*sheet, trace[-1]]


def _fold(family: Family, near: Sequence[Place]) -> Place:
    """Return the place where u turns back, between three neighbors that are drawn nearer twice."""
    for _ in range(_FOLD_ROUNDS):
        found, tangent, length = _turn(family, near)
        near = [_beside(family, found, tangent, -0.1 * length), found, _beside(family, found, tangent, 0.1 * length)]
    return _turn(family, near)[0]


def _turn(family: Family, near: Sequence[Place]) -> tuple[Place, tuple[Array, float], float]:
    """Return the place where the parabola through three neighbors turns, their direction and their distance."""
    first, middle, last = near
    s = np.cumsum([0.0, (middle - first).length, (last - middle).length])
    u = np.array([place.u for place in near])
    weights = _lagrange(s, _extremum(s, u))
    c = np.asarray(weights @ np.stack([place.c for place in near]))
    span = last - first
    tangent = span.c / span.length, span.u / span.length
    return Place(*correct(family, (c, float(weights @ u)), tangent)[:2]), tangent, span.length


def _beside(family: Family, place: Place, tangent: tuple[Array, float], length: float) -> Place:
    """Return the place of a branch at a distance from one of its places."""
    guess = (place.c + length * tangent[0], place.u + length * tangent[1])
    return Place(*correct(family, guess, tangent)[:2])


def _extremum(s: Array, u: Array) -> float:
    """Return where the parabola through three points has slope zero."""
    rise, fall = (u[1] - u[0]) / (s[1] - s[0]), (u[2] - u[1]) / (s[2] - s[1])
    bend = (fall - rise) / (s[2] - s[0])
    top = 0.5 * (s[0] + s[1]) - 0.5 * rise / bend if bend else s[1]
    return float(np.clip(top, s[0], s[2]))


def _lagrange(s: Array, at: float) -> Array:
    """Return the weights of interpolation at a point from three."""
    a, b, c = s
    return np.array(
        [(at - b) * (at - c) / ((a - b) * (a - c)), (at - a) * (at - c) / ((b - a) * (b - c)),
         (at - a) * (at - b) / ((c - a) * (c - b))]
    )  # fmt: skip


def _tabulated(family: Family, grid: Sequence[float], sheet: Sequence[Place], number: int) -> Iterator[StationaryPoint]:
    """Yield the points of a sheet at the values of an ascending grid, in the order of the sheet."""
    upward = sheet[-1].u > sheet[0].u
    held = np.zeros_like(sheet[0].c)
    for u in grid if upward else grid[::-1]:
        guess = _between(sheet, u)
        if guess is not None:
            c, u_found, _, _ = correct(family, (guess, u), (held, 1.0))
            yield _described(family, Place(c, u_found), "branch", number)


def _between(sheet: Sequence[Place], u: float) -> Array | None:
    """Return coefficients at u between two neighbors of a sheet; u is quadratic at its ends, which may be folds."""
    for i, (a, b) in enumerate(pairwise(sheet)):
        if not min(a.u, b.u) <= u <= max(a.u, b.u) or a.u == b.u:
            continue
        share = (u - a.u) / (b.u - a.u)
        if i == len(sheet) - 2:
            share = 1 - math.sqrt(1 - share)
        elif i == 0:
            share = math.sqrt(share)
        return np.asarray(a.c + share * (b.c - a.c))
    return None


def _described(family: Family, place: Place, kind: str, sheet: int) -> StationaryPoint:
    """Return the row of a place."""
    return describe(family.equation(place.u), place.c, parameter=family.value(place.u), kind=kind, sheet=sheet)
