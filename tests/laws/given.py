"""What the laws are tried on: every space, some densities, and short ways to build and march a problem."""

import numpy as np

from kinetic.attention.moments import MomentAttention, ScalarHead
from kinetic.attention.nodal import NodalAttention
from kinetic.harmonic import HarmonicFlow, harmonic_problem
from kinetic.initial import Component, InitialDensity, VonMisesFisher
from kinetic.kernels import ExponentialKernel
from kinetic.march import Row, Snapshot, march
from kinetic.problem import Problem, Schedule
from kinetic.spaces.circle import Circle
from kinetic.spaces.sphere import Sphere
from kinetic.spaces.zonal import Zonal

MAKERS = {
    "circle": Circle,
    "sphere": Sphere,
    "zonal d=2": lambda degree: Zonal(degree, 2),
    "zonal d=3": lambda degree: Zonal(degree, 3),
    "zonal d=8": lambda degree: Zonal(degree, 8),
    "zonal d=64": lambda degree: Zonal(degree, 64),
}
NORMALIZATIONS = ("none", "softmax")
SOMEWHERE = {"circle": np.array([-0.6, 0.8]), "sphere": np.array([2.0, -3.0, 6.0]) / 7.0, "zonal": 1.0}
ELSEWHERE = {"circle": np.array([0.28, 0.96]), "sphere": np.array([-6.0, 2.0, 3.0]) / 7.0, "zonal": -1.0}


def harmonics(space, degree):
    """Native unit vectors of all orthonormal harmonics of one degree, in a space that holds it."""
    places = {
        "zonal": [(degree,)],
        "circle": [(part, degree) for part in (0, 1)],
        "sphere": [(part, degree, m) for part in (0, 1) for m in range(part, degree + 1)],
    }[space.kind]
    if space.kind == "circle" and degree == 0:
        places = places[:1]
    for place in places:
        public = np.zeros_like(space.to_public(np.zeros(space.degrees.size)))
        public[place] = 1.0
        yield space.from_public(public)


def some_function(space, rng):
    """A random function with orthonormal coefficients of order one in every degree."""
    parts = [rng.normal() * h for degree in range(space.degree + 1) for h in harmonics(space, degree)]
    return np.sum(parts, axis=0)


def inner(space, left, right):
    """∫ f g dσ from native coefficients, by Parseval's theorem."""
    return float(np.sum(space.to_public(left) * space.to_public(right)))


def attention(space, beta, normalization):
    """One identity head."""
    if isinstance(space, Zonal):
        return MomentAttention(space, (ScalarHead(ExponentialKernel(beta, space.dimension)),), normalization)
    return NodalAttention(space, ExponentialKernel(beta, space.dimension), normalization)


def bump(space, concentration=1.0, axis=None):
    """A von Mises–Fisher density about a direction in general position."""
    where = SOMEWHERE[space.kind] if axis is None else axis
    return InitialDensity((Component(VonMisesFisher(concentration), where),))


def two_bumps(space, first=3.0, second=1.0):
    """Unequal bumps around two directions, on a flat background."""
    return InitialDensity(
        (
            Component(VonMisesFisher(first), SOMEWHERE[space.kind], 0.5),
            Component(VonMisesFisher(second), ELSEWHERE[space.kind], 0.3),
        ),
        uniform=0.2,
    )


def flow(space, beta, normalization, **bounds):
    """One identity head acting on densities of a space."""
    kernel = ExponentialKernel(beta, space.dimension)
    return HarmonicFlow(space, lambda at: attention(at, beta, normalization), (kernel,), **bounds)


def problem(
    space, beta, normalization, initial, end, rows=8, snapshots=1, tolerance=1e-11, scheme="dop853", max_degree=None
):
    """A problem with evenly spaced rows and snapshots, watched as a user's run is."""
    schedule = Schedule(end, end / rows, end / snapshots)
    given = flow(space, beta, normalization, max_degree=max_degree)
    return harmonic_problem(given, initial, schedule, tolerance, scheme)


def unwatched(space, beta, normalization, initial, end, rows=8, tolerance=1e-11):
    """The same problem with nobody to stop it when it is no longer resolved."""
    given = flow(space, beta, normalization, tail_bound=np.inf)
    state = given.equation.state(initial.coefficients(space))
    return Problem(given, state, Schedule(end, end / rows, end), tolerance)


def rows_of(events):
    """(times, {name: values in time}) of the rows among events."""
    rows = [event for event in events if isinstance(event, Row)]
    columns = {name: np.array([row.values[name] for row in rows]) for name in rows[0].values}
    return np.array([row.time for row in rows]), columns


def marched(given):
    """The rows of a whole run."""
    return rows_of(march(given))


def snapshots_of(events):
    """The densities among events, in order."""
    return [event for event in events if isinstance(event, Snapshot)]
