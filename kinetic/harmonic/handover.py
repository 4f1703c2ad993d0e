"""From harmonics to the Mercator chart: until when, and who takes over.

The Mercator chart follows ln ρ at every token, so that it needs ρ where it is smallest. Harmonics tell ρ up to an
error of one size everywhere; once that is no longer small against the smallest ρ, the last density whose values are
known is handed over. The harmonic chart alone would go on until R and E are no longer known, which is later: then the
values between clusters are lost.

The module knows harmonics and flows; it does not know what takes over.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np

from kinetic.clusters import Clusters
from kinetic.density import Density
from kinetic.density.observing import value_doubt
from kinetic.harmonic.flow import HarmonicFlow
from kinetic.observables import Observation
from kinetic.problem import Flow
from kinetic.types import Array

TIGHTEST, LOOSEST = 1e-12, 1e-8
"""Least and largest error of ln ρ between which the Mercator chart's cells follow a tolerance."""

SHARE = 0.1
"""Of that error, what harmonics may have: cells that are asked to resolve the rounding of ln ρ are halved in vain."""

LEAD = 1e-2
"""Of what is trusted, where a space that may grow does: steps that have to be taken again are then few."""

Taking: TypeAlias = Callable[[Density, float, float], tuple[Flow, Array]]
"""From a density, the work done and the time: the flow that takes over and its first state."""


@dataclass(frozen=True)
class HandingFlow:
    """A density in harmonics that becomes one in another chart where harmonics no longer tell its values.

    Parameters
    ----------
    flow : HarmonicFlow
        In its present space; `max_degree` where it may grow.
    taking : callable
        Makes the flow that takes over.
    bodies : callable
        The flow of that chart with the sizes of a layout, for layouts that are not of harmonics.
    trusted : float
        Largest error of ρ anywhere, relative to the smallest ρ.
    """

    flow: HarmonicFlow
    taking: Taking
    bodies: Callable[[Mapping[str, int]], Flow]
    trusted: float

    def __call__(self, time: float, state: Array) -> Array:
        """Return dy/dt."""
        return self.flow(time, state)

    def traced(self, time: float, state: Array) -> tuple[Array, float]:
        """Return dy/dt and ∫ |X|² dμ."""
        return self.flow.traced(time, state)

    def density(self, state: Array) -> Any:
        """Return the density that a state holds."""
        return self.flow.density(state)

    def observe(self, time: float, state: Array) -> Observation:
        """Return every observable of a state."""
        return self.flow.observe(time, state)

    def clusters(self, time: float, state: Array) -> Clusters | None:
        """Return the clusters of a state."""
        return self.flow.clusters(time, state)

    def verify(self, time: float, state: Array) -> None:
        """Raise what harmonics raise."""
        self.flow.verify(time, state)

    def trusts(self, state: Array) -> bool:
        """Return whether ρ is known relative to its smallest value."""
        return bool(np.all(np.isfinite(state))) and doubt(self.flow.density(state)) <= self.trusted

    def handed_over(self, time: float, state: Array) -> tuple[Flow, Array]:
        """Return the flow in a larger space, or where there is none the other chart's, and the state in it."""
        return self._larger(state) or self.taking(self.flow.density(state), self.flow.equation.work(state), time)

    def adapt(self, state: Array) -> "tuple[HandingFlow, Array] | None":
        """Return the flow in a larger space before values are lost in this one, or None."""
        if not self.flow.may_grow or doubt(self.flow.density(state)) <= LEAD * self.trusted:
            return None
        return self._larger(state)

    def _larger(self, state: Array) -> "tuple[HandingFlow, Array] | None":
        """Return the flow in the next larger space, and the state in it; None where it is not to grow."""
        found = self.flow.larger(state)
        return None if found is None else (replace(self, flow=found[0]), found[1])

    @property
    def layout(self) -> Mapping[str, int]:
        """The degree."""
        return self.flow.layout

    def at_layout(self, layout: Mapping[str, int]) -> Flow:
        """Return the flow at another degree, or the other chart's where the layout is not of harmonics."""
        return replace(self, flow=self.flow.at_layout(layout)) if "degree" in layout else self.bodies(layout)


def doubt(density: Density) -> float:
    """Return how far rounding and truncation may move ρ, relative to its smallest value at the nodes of a 3/2 grid."""
    space = density.space
    smallest = float(np.min(space.grid(3 * space.degree // 2).values(density.native)))
    return value_doubt(density) / smallest if smallest > 0 else np.inf


def trusted_doubt(tolerance: float) -> float:
    """Return the largest `doubt` for a tolerance of the run."""
    return SHARE * min(max(tolerance, TIGHTEST), LOOSEST)
