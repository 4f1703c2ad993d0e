"""Clusters as observers see them, and how a flow says which it has."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from kinetic.types import Array

TOUCHING = 1e-3
"""Angle between two clusters, radians, at which they count as merged: the time of a merger is that of this angle."""


@dataclass(frozen=True, eq=False)
class Merger:
    """Two clusters that have become one.

    Parameters
    ----------
    time : float
        When their angle fell to `TOUCHING`.
    masses : Array, shape (2,)
        Of the two, the larger first.
    position : Array, shape (d,)
        Their common center of mass then, a unit vector.
    """

    time: float
    masses: Array
    position: Array

    @property
    def numbers(self) -> Array:
        """Time, the two masses, the position."""
        return np.concatenate([[self.time], self.masses, self.position])

    @classmethod
    def of(cls, numbers: Array) -> "Merger":
        """Return the merger of such numbers."""
        return cls(float(numbers[0]), numbers[1:3], numbers[3:])


@dataclass(frozen=True, eq=False)
class Clusters:
    """The clusters of one time, the heaviest first.

    Parameters
    ----------
    position : Array, shape (c, d)
        Unit vectors (zonal: ±1, shape (c, 1)).
    mass : Array, shape (c,)
        What has come within the cluster's radius.
    spread : Array, shape (c,)
        Root-mean-square angle of that mass about its center, radians, in relative accuracy; NaN where not known.
    mergers : tuple of Merger
        Those up to now, in the order of time.
    tail : float
        Mass between clusters that was left out, or followed by single tokens: 1 − R and the spreads are not known below
        what it has become.
    followed : float
        Mass in clusters that are followed by tokens of their own. Their mergers are told; where two points that attract
        become one before, no cluster has merged.
    """

    position: Array
    mass: Array
    spread: Array
    mergers: tuple[Merger, ...] = ()
    tail: float = 0.0
    followed: float = 0.0

    @classmethod
    def ordered(
        cls,
        position: Array,
        mass: Array,
        spread: Array,
        mergers: tuple[Merger, ...] = (),
        tail: float = 0.0,
        followed: float = 0.0,
    ) -> "Clusters":
        """Return clusters by mass, equal ones in the order in which they are given."""
        order = np.argsort(-mass, kind="stable")
        return cls(position[order], mass[order], spread[order], mergers, tail, followed)

    @property
    def count(self) -> int:
        """How many there are."""
        return int(self.mass.size)


@runtime_checkable
class ClusteredFlow(Protocol):
    """A flow that knows its clusters."""

    def clusters(self, time: float, state: Array) -> Clusters | None:
        """Return the clusters of a state, None where it does not tell them."""
