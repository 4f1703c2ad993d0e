"""Clusters that come together: from two clouds to one, from two members to one, and when that was.

Nothing is lost where two clouds become one, as all tokens stay; what is narrower than rounding of the distance between
them is forgotten. The time of a merger is that at which the angle falls to `TOUCHING`, found by going back from the
end of the step.
"""

import math
from collections.abc import Callable
from dataclasses import replace
from itertools import combinations

import numpy as np

from kinetic.clusters.clouds import Cloud, Clouds, reduced, united
from kinetic.clusters.clusters import TOUCHING, Merger
from kinetic.geometry import chord_angle
from kinetic.types import Array

MEETING = 0.1
"""Angle, radians, at which two clouds become one: their distance is then known to 1e-15 of itself from here on."""

POINTLIKE = 1e-9
"""Radius below which a cloud is as good as its second moments: relative errors of that size."""

_BACK = 60.0  # how far a merger may lie behind the end of a step, in units of time


def met(state: Clouds) -> Clouds:
    """Return the state with clouds nearer than `MEETING` made one; itself where there are none."""
    clouds = list(state.clouds)
    while pair := _nearest(clouds):
        first, second = pair
        merged = united([clouds[first], clouds[second]])
        clouds = [cloud for index, cloud in enumerate(clouds) if index not in pair] + [merged]
    return state if len(clouds) == len(state.clouds) else replace(state, clouds=tuple(clouds))


def _nearest(clouds: list[Cloud]) -> tuple[int, int] | None:
    """Return the indices of the nearest two clouds, if they meet."""
    pairs = list(combinations(range(len(clouds)), 2))
    if not pairs:
        return None
    places = [cloud.position for cloud in clouds]
    distances = [float(np.linalg.norm(places[i] - places[j])) for i, j in pairs]
    best = int(np.argmin(distances))
    return pairs[best] if distances[best] < MEETING else None


def touched(state: Clouds, rate: Callable[[float, Array], Array], rebuilt: Callable[[Array], Clouds]) -> Clouds:
    """Return the state with members nearer than `TOUCHING` made one and their merger remembered; itself where none are.

    Parameters
    ----------
    state : Clouds
    rate : callable
        dy/dt of its vector.
    rebuilt : callable
        The clouds that a vector of its layout holds.
    """
    for index, cloud in enumerate(state.clouds):
        pair = _touching(cloud)
        if pair is not None:
            time = _time_of_touch(state, index, pair, rate, rebuilt)
            masses = np.sort([cloud.parts[member].mass for member in pair])[::-1]
            whole = _fused(cloud, pair)
            clouds = (*state.clouds[:index], whole, *state.clouds[index + 1 :])
            mergers = (*state.mergers, Merger(time, masses, whole.parts[-1].position))
            return replace(state, clouds=clouds, mergers=mergers)
    return state


def _touching(cloud: Cloud) -> tuple[int, int] | None:
    for pair in combinations(range(len(cloud.parts)), 2):
        if separation(cloud, pair) < TOUCHING:
            return pair
    return None


def separation(cloud: Cloud, pair: tuple[int, int]) -> float:
    """Return the angle between two members of a cloud, in relative accuracy."""
    first, second = (cloud.parts[member].shift for member in pair)
    return float(chord_angle(np.linalg.norm(first - second)))


def _time_of_touch(
    state: Clouds,
    index: int,
    pair: tuple[int, int],
    rate: Callable[[float, Array], Array],
    rebuilt: Callable[[Array], Clouds],
) -> float:
    """Go back until the two are `TOUCHING` apart; the present time where they never were farther."""

    def apart(_: float, vector: Array) -> float:
        return math.log(separation(rebuilt(vector).clouds[index], pair) / TOUCHING)

    apart.terminal = True  # type: ignore[attr-defined]
    span = (0.0, -min(_BACK, state.time))
    if separation(state.clouds[index], pair) == 0.0 or span[1] == 0.0:
        return state.time
    from scipy.integrate import solve_ivp  # loading it takes longer than many a run, and few need it

    way = solve_ivp(rate, span, state.vector(), method="DOP853", rtol=1e-11, atol=1e-13, events=apart)
    found = way.t_events[0]
    return state.time + float(found[0]) if found.size else state.time


def _fused(cloud: Cloud, pair: tuple[int, int]) -> Cloud:
    """Return the cloud with two of its members made one, which comes last."""
    ends = np.cumsum(cloud.members)
    spans = [np.arange(end - size, end) for size, end in zip(cloud.members, ends, strict=True)]
    others = [span for member, span in enumerate(spans) if member not in pair]
    joint = np.concatenate([spans[member] for member in pair])
    order = np.concatenate([*others, joint])
    members = (*(span.size for span in others), joint.size)
    return replace(cloud, offsets=cloud.offsets[order], masses=cloud.masses[order], members=members)


def pointlike(state: Clouds) -> Clouds:
    """Return the state with clouds of one member and next to no extent reduced to few tokens; itself where none are."""
    small = [len(c.parts) == 1 and c.radius < POINTLIKE and c.size > 2 * (state.dimension - 1) for c in state.clouds]
    if not any(small):
        return state
    clouds = tuple(reduced(c) if tiny else c for c, tiny in zip(state.clouds, small, strict=True))
    return replace(state, clouds=clouds)
