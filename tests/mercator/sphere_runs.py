"""Problems of the Mercator chart on the sphere, and what their runs give."""

from functools import lru_cache

import numpy as np

from kinetic.attention.heads import Head
from kinetic.geometry import unit
from kinetic.initial import Component, InitialDensity, VonMisesFisher, random_harmonics
from kinetic.march import Row, Snapshot, Step, march
from kinetic.mercator.sphere import InitialSphereLogarithm, sphere_mercator_problem
from kinetic.problem import Schedule

BUMPS = ((0.5, 4.0, (1.0, 0.3, 0.2)), (0.3, 6.0, (-0.2, 1.0, 0.5)), (0.2, 2.0, (0.0, 0.1, -1.0)))
UNIFORM = 0.2


def mixture(turn=None):
    """Three unequal bumps on a flat background, no two in line; turned, if asked."""
    turn = np.eye(3) if turn is None else turn
    parts = tuple(Component(VonMisesFisher(k), turn @ unit(axis), share) for share, k, axis in BUMPS)
    return InitialDensity(parts, uniform=UNIFORM)


def log_mixture(points):
    """ln ρ of the mixture from the closed form of its bumps."""
    total = UNIFORM + sum(share for share, _, _ in BUMPS)
    rho = np.full(points.shape[:-1], UNIFORM)
    for share, k, axis in BUMPS:
        rho = rho + share * k / np.sinh(k) * np.exp(k * (points @ unit(axis)))
    return np.log(rho / total)


def random_waves():
    """Noise in all harmonics up to degree 6, positive."""
    waves = random_harmonics("sphere", 0.2, 6, np.random.default_rng(5))
    return InitialDensity(uniform=1.0, harmonics=waves)


def problem(beta, normalization, initial, end, rows=8, tolerance=1e-9, snapshots=1, **sizes):
    """A problem with evenly spaced rows and snapshots, of the identity head of one β or of given heads."""
    logarithm = InitialSphereLogarithm(initial) if isinstance(initial, InitialDensity) else initial
    schedule = Schedule(end, end / rows, end / snapshots)
    heads = beta if isinstance(beta, tuple) else (Head.of(beta, 1.0, 1.0, 1.0, 3),)
    return sphere_mercator_problem(heads, normalization, logarithm, schedule, tolerance, "dop853", **sizes)


def run(*args, **kwargs):
    """Times and columns of the rows, snapshots, and steps."""
    return collected(march(problem(*args, **kwargs)))


def collected(events):
    """The same of any events."""
    events = list(events)
    rows = [event for event in events if isinstance(event, Row)]
    columns = {name: np.array([row.values[name] for row in rows]) for name in rows[0].values}
    kept = [event.density for event in events if isinstance(event, Snapshot)]
    return np.array([row.time for row in rows]), columns, kept, [e for e in events if isinstance(e, Step)]


@lru_cache(maxsize=4)
def long_run(beta, normalization, end, rows):
    """A run of the mixture that several tests look at."""
    return run(beta, normalization, mixture(), end, rows=rows, tolerance=1e-8)
