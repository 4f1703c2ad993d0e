"""A flow seen by another clock: schemes that change how fast tokens move, and nothing else.

If dy/ds = f(y), then dy/dt = f(y) ds/dt. LN-scaling divides the drift by √(t + 1), so that s = 2(√(t + 1) − 1); nGPT
multiplies it by α(t). The state, work included, is that of the flow itself, at its own time s; the dissipation is per
unit of t. The module knows times, not what moves.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from kinetic.clusters import ClusteredFlow, Clusters
from kinetic.density import Body
from kinetic.observables import Observation
from kinetic.problem import Flow, Problem, VaryingFlow, traced
from kinetic.types import Array


class Clock(Protocol):
    """How fast the flow's own time goes."""

    def pace(self, time: float) -> float:
        """Return ds/dt ≥ 0."""


@dataclass(frozen=True)
class SquareRootClock:
    """ds/dt = 1/√(t + 1): LN-scaling, the drift of layer t over the root of its number (arXiv:2510.22026)."""

    def pace(self, time: float) -> float:
        """Return 1/√(t + 1)."""
        return float(1.0 / np.sqrt(time + 1.0))


@dataclass(frozen=True)
class RateClock:
    """ds/dt = α(t): linear between given times, constant before the first and after the last.

    Parameters
    ----------
    times, rates : tuple of float
        Ascending times, and α ≥ 0 there; one of each for a constant.
    """

    times: tuple[float, ...]
    rates: tuple[float, ...]

    def pace(self, time: float) -> float:
        """Return α(t)."""
        return float(np.interp(time, self.times, self.rates))


@dataclass(frozen=True)
class ClockedFlow:
    """A flow whose own time is s(t), for flows that do not ask for the time.

    Parameters
    ----------
    flow : Flow
        Of any chart.
    clock : Clock
    """

    flow: Flow
    clock: Clock

    def __call__(self, time: float, state: Array) -> Array:
        """Return dy/dt = (dy/ds) (ds/dt)."""
        return self.flow(time, state) * self.clock.pace(time)

    def traced(self, time: float, state: Array) -> tuple[Array, float]:
        """Return dy/dt and ∫ |dx/dt|² dμ."""
        rate, square = traced(self.flow, time, state)
        pace = self.clock.pace(time)
        return rate * pace, square * pace**2

    def density(self, state: Array) -> Body:
        """Return the density that a state holds."""
        return self.flow.density(state)

    def observe(self, time: float, state: Array) -> Observation:
        """Return every observable of a state; the dissipation, where there is one, is dE/dt."""
        seen = self.flow.observe(time, state)
        if "dissipation" not in seen:
            return seen
        return {**seen, "dissipation": seen["dissipation"] * self.clock.pace(time)}

    def clusters(self, time: float, state: Array) -> Clusters | None:
        """Return the clusters of a state, if the flow tells them."""
        return self.flow.clusters(time, state) if isinstance(self.flow, ClusteredFlow) else None

    def verify(self, time: float, state: Array) -> None:
        """Raise what the flow raises."""
        self.flow.verify(time, state)

    def adapt(self, state: Array) -> "tuple[ClockedFlow, Array] | None":
        """Return the finer flow by the same clock, if the state asks for one."""
        finer = self.flow.adapt(state)
        return None if finer is None else (replace(self, flow=finer[0]), finer[1])

    def after(self, time: float) -> "ClockedFlow":
        """Return the flow of the piece that begins at a knot, by the same clock."""
        return replace(self, flow=self._varying.after(time))

    def crossed(self, time: float, state: Array) -> Array:
        """Return the state beyond a knot."""
        return self._varying.crossed(time, state)

    @property
    def _varying(self) -> VaryingFlow:
        assert isinstance(self.flow, VaryingFlow)
        return self.flow

    @property
    def layout(self) -> Mapping[str, int]:
        """That of the flow."""
        return self.flow.layout

    def at_layout(self, layout: Mapping[str, int]) -> "ClockedFlow":
        """Return the flow of another layout by the same clock."""
        return replace(self, flow=self.flow.at_layout(layout))


def clocked(problem: Problem, clock: Clock) -> Problem:
    """Return a problem, and its companion or witness, by another clock."""
    companion = None if problem.companion is None else clocked(problem.companion, clock)
    half = problem.witness
    witness = None if half is None else replace(half, flow=ClockedFlow(half.flow, clock))
    return replace(problem, flow=ClockedFlow(problem.flow, clock), companion=companion, witness=witness)
