"""Densities of the circle without symmetry, and how the tests of its Mercator chart run them."""

import math

import numpy as np

from kinetic.attention.heads import Head
from kinetic.initial import Component, InitialDensity, VonMisesFisher
from kinetic.march import Row, Snapshot, Step, march
from kinetic.mercator.circle import InitialLogDensity, circle_mercator_problem
from kinetic.problem import Schedule

TOLERANCE = 1e-11


def toward(angle):
    """The unit vector at an angle."""
    return np.array([math.cos(angle), math.sin(angle)])


def identity(beta):
    """A head with Q = K = V = 1."""
    return Head.of(beta, 1.0, 1.0, 1.0, 2)


def mixture(turn=0.0, uniform=0.3):
    """Two bumps of different width that are not opposite to each other, on a background."""
    parts = ((3.0, 0.3, 0.5), (8.0, 2.2, 0.2))
    return InitialDensity(
        tuple(Component(VonMisesFisher(k), toward(turn + at), w) for k, at, w in parts), uniform=uniform
    )


def problem(heads, normalization, initial, end, rows=8, tolerance=TOLERANCE, snapshots=1, **sizes):
    """A problem with evenly spaced rows and snapshots."""
    logarithm = InitialLogDensity(initial) if isinstance(initial, InitialDensity) else initial
    schedule = Schedule(end, end / rows, end / snapshots)
    return circle_mercator_problem(heads, normalization, logarithm, schedule, tolerance, **sizes)


def follow(given):
    """(times, rows as columns, snapshots, steps) of a march."""
    events = list(march(given))
    rows = [event for event in events if isinstance(event, Row)]
    columns = {name: np.array([row.values[name] for row in rows]) for name in rows[0].values}
    snapshots = [event for event in events if isinstance(event, Snapshot)]
    return np.array([row.time for row in rows]), columns, snapshots, [e for e in events if isinstance(e, Step)]


def run(*args, **kwargs):
    """`follow` a `problem`."""
    return follow(problem(*args, **kwargs))
