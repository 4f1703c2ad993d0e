"""The state of a circle with clusters as one vector for the stepper, and its sizes by name.

The vector holds, in this order: time, the entropy of what is in the clusters, the work done, the mass left out; of each
past merger its time, the two masses and the place; at the points of all cells ln dμ/dξ, and φ times the cell's
leniency, which makes the stepper's one tolerance that of each cell; of each cluster c, η, the
offsets and masses of its tokens, the offsets and masses of its marks. With the sizes nothing else enters the next step.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from kinetic.charts.patches import Cell
from kinetic.clusters import Merger
from kinetic.mercator.circle.several.arcs import Arcs
from kinetic.mercator.circle.several.cloud import ArcCloud
from kinetic.types import Array

PAST = 5
"""Numbers of a merger."""


@dataclass(frozen=True)
class Counts:
    """Sizes of a state.

    Parameters
    ----------
    cells : int
    mergers : int
        How many there have been.
    tokens, marks : tuple of int
        Of each cluster.
    """

    cells: int
    mergers: int
    tokens: tuple[int, ...]
    marks: tuple[int, ...]

    def numbers(self) -> Mapping[str, int]:
        """Return the sizes by name."""
        tokens = {f"tokens_{k}": size for k, size in enumerate(self.tokens)}
        marks = {f"marks_{k}": size for k, size in enumerate(self.marks)}
        return {"cells": self.cells, "clouds": len(self.tokens), "mergers": self.mergers, **tokens, **marks}

    @classmethod
    def of(cls, layout: Mapping[str, int]) -> "Counts":
        """Return the sizes from their names."""
        clusters = range(layout["clouds"])
        tokens = tuple(layout[f"tokens_{k}"] for k in clusters)
        return cls(layout["cells"], layout["mergers"], tokens, tuple(layout[f"marks_{k}"] for k in clusters))


@dataclass(frozen=True, eq=False)
class CircleClusterState:
    """Cells and clusters.

    Parameters
    ----------
    arcs : Arcs
    clouds : tuple of ArcCloud
    time : float
        The clock that runs beside the state.
    entropy : float
        ∫ ρ ln ρ dσ of what is in the clusters.
    work : float
        ∫ ∫ <F, X> dμ dt since the start.
    tail : float
        Mass that was left out.
    mergers : tuple of Merger
    """

    arcs: Arcs
    clouds: tuple[ArcCloud, ...]
    time: float
    entropy: float = 0.0
    work: float = 0.0
    tail: float = 0.0
    mergers: tuple[Merger, ...] = ()

    @property
    def mass(self) -> float:
        """∫ dμ of what is followed."""
        return self.arcs.mass + sum(cloud.mass for cloud in self.clouds)

    @property
    def counts(self) -> Counts:
        """The sizes."""
        tokens, marks = tuple(c.size for c in self.clouds), tuple(int(c.marks.size) for c in self.clouds)
        return Counts(self.arcs.size, len(self.mergers), tokens, marks)

    def vector(self) -> Array:
        """Return the vector that steppers see."""
        parts = [np.array([self.time, self.entropy, self.work, self.tail])]
        parts += [merger.numbers for merger in self.mergers]
        parts += [self.arcs.log_mass.ravel(), (self.arcs.angle * self.arcs.leniency).ravel()]
        for cloud in self.clouds:
            parts += [np.array([cloud.center, cloud.contraction]), cloud.offsets, cloud.masses]
            parts += [cloud.marks, cloud.marked]
        return np.concatenate(parts)

    @classmethod
    def of(cls, vector: Array, cell: Cell, counts: Counts) -> "CircleClusterState":
        """Return the state that a vector holds."""
        reader = _Reader(vector)
        time, entropy, work, tail = (float(number) for number in reader.take(4))
        mergers = tuple(Merger.of(reader.take(PAST)) for _ in range(counts.mergers))
        log_mass, scaled = (reader.take(counts.cells * cell.size).reshape(-1, cell.size) for _ in range(2))
        arcs = Arcs(cell, scaled, log_mass)
        arcs = replace(arcs, angle=scaled / arcs.leniency)
        clouds = []
        for size, marks in zip(counts.tokens, counts.marks, strict=True):
            center, contraction = (float(number) for number in reader.take(2))
            fields = [reader.take(count) for count in (size, size, marks, marks)]
            clouds.append(ArcCloud(center, contraction, *fields))
        return cls(arcs, tuple(clouds), time, entropy, work, tail, mergers)


class _Reader:
    """Hands out a vector piece by piece."""

    def __init__(self, vector: Array) -> None:
        self.vector, self.at = vector, 0

    def take(self, count: int) -> Array:
        """Return the next numbers."""
        self.at += count
        return self.vector[self.at - count : self.at]
