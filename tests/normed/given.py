"""Short ways to build and march tokens with norms."""

import numpy as np
from laws.given import ELSEWHERE, SOMEWHERE

from kinetic.assembly.profiles import LOG_DENSITIES
from kinetic.initial import Component, InitialDensity, VonMisesFisher
from kinetic.march import Row, Step, march
from kinetic.normed import normed_problem, token_space
from kinetic.problem import Schedule

PLACES = {"circle": 2, "sphere": 3, "zonal": 3}
"""Kinds of space, and a dimension for each."""


def bump(kind, concentration=1.0):
    """A von Mises–Fisher density about a direction in general position."""
    return InitialDensity((Component(VonMisesFisher(concentration), SOMEWHERE[kind]),))


def two_sides(kind, share, concentration=20.0):
    """Two clumps, one of them at the antipode of the other, on a weak background that takes no side."""
    axis = np.asarray(SOMEWHERE[kind])
    clumps = [Component(VonMisesFisher(concentration), side * axis, w) for side, w in ((1, 1 - share), (-1, share))]
    return InitialDensity(tuple(clumps))


def tokens(kind, dimension, beta, scheme, initial, end, rows=4, normalization="softmax", tolerance=1e-9, **sizes):
    """A problem with evenly spaced rows."""
    schedule = Schedule(end, end / rows, end)
    values = LOG_DENSITIES[kind](initial, dimension)
    sizes = {"degree": 8, **sizes}
    head = token_space(kind, dimension, beta, normalization, sizes["degree"])
    return normed_problem(kind, head, scheme, values, schedule, tolerance=tolerance, **sizes)


def marched(problem):
    """(times, {name: values}) of the rows, and the steps, of a whole run."""
    events = list(march(problem))
    rows = [event for event in events if isinstance(event, Row)]
    columns = {name: np.array([row.values[name] for row in rows]) for name in rows[0].values}
    return np.array([row.time for row in rows]), columns, [event for event in events if isinstance(event, Step)]


__all__ = ["ELSEWHERE", "PLACES", "SOMEWHERE", "bump", "marched", "tokens", "two_sides"]
