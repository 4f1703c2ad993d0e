"""The claim about the masses that clusters come to have: the initial mass of their basins."""

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from kinetic.claims.claim import BENT, Claim, Finding, reached, require, require_plain
from kinetic.claims.evidence import Evidence
from kinetic.claims.plateaus import waiting
from kinetic.geometry import on_circle
from kinetic.special import gauss_panels
from kinetic.theory import basins, enclosed, sphere_potential
from kinetic.types import Array

SPLINE = 7  # degree of the splines in time through the snapshots' fields
_PIECES, _NODES = 64, 40


def _masses(evidence: Evidence, _tolerance: float) -> Finding:
    """Compare clusters' masses with integrals of the initial density over their basins, found by a pass of their own.

    The field is that of the snapshots, between them splines in time; the separatrices of the first snapshot at which
    clusters stand are carried back. Splines of lower degree, fewer markers, and the snapshot after it, tell how well
    they are known.
    """
    beta = require_plain(evidence)
    require(beta > 0, "needs β > 0")
    part = waiting(evidence)[0]
    saved = evidence.snapshot_times
    late = np.flatnonzero(saved >= part.times[0])
    reached(late.size > 1 and saved[late[1]] <= part.times[-1], "two snapshots while clusters wait are needed")
    last = int(late[0])
    few = f"{SPLINE + 2} snapshots before clusters stand are needed, there are {last + 1}; lower output.save_every"
    reached(last > SPLINE, few)
    row = part.readings[0]
    carried = _PASSES[evidence.kind](evidence, last + 1, beta)
    best, coarse, later = (
        carried.masses(end + 1, degree, every, part.places[row])
        for end, degree, every in ((last, SPLINE, 1), (last, SPLINE - 2, 2), (last + 1, SPLINE, 2))
    )
    reached(best.size == part.count == coarse.size == later.size, "the field has other basins than clusters")
    measured = part.masses[row]
    doubt = np.abs(best - coarse) + np.abs(best - later) + float(max(1.0 - measured.sum(), 0.0))
    worst = int(np.argmax(np.abs(measured - best)))
    window = (float(saved[0]), float(part.times[row]))
    remedy = "smaller output.save_every would tell"
    return Finding(float(best[worst]), float(measured[worst]), float(doubt[worst]), window, remedy)


class _Carried(Protocol):
    """Separatrices of a record, which are carried back through the field of its first snapshots."""

    def masses(self, count: int, degree: int, every: int, places: Array) -> Array:
        """Return the initial masses of the basins that clusters at some places lie in.

        From so many snapshots, by splines in time of a degree, by every such piece or marker. Nothing where there are
        more or fewer basins than clusters.
        """


class _OfTheCircle:
    """Points, from the waves of the snapshots."""

    def __init__(self, evidence: Evidence, last: int, beta: float) -> None:
        self.evidence, self.beta = evidence, beta
        degree = 8 + math.ceil(4.0 * beta + 10.0 * math.sqrt(beta))  # so high that the kernel's sum has all digits
        self.waves = np.array([_waves(evidence, index, degree) for index in range(last + 1)])

    def masses(self, count: int, degree: int, every: int, places: Array) -> Array:
        """Return integrals of the initial density from point to point."""
        times, waves = self.evidence.snapshot_times[:count], self.waves[:count]
        first, last = basins.basins_of_the_circle(times, waves, self.beta, self.evidence.normalization, degree)
        if first.size < 2:
            return np.zeros(0)
        angles = np.mod(np.arctan2(places[:, 1], places[:, 0]) - last[:1], 2.0 * math.pi)
        own = np.searchsorted(last - last[:1], angles, side="right") - 1
        if not np.array_equal(np.sort(own), np.arange(first.size)):
            return np.zeros(0)
        ends = np.append(first, first[0] + 2.0 * math.pi)
        found = [self._between(float(low), float(high), _PIECES // every) for low, high in pairwise(ends)]
        return np.array(found)[own]

    def _between(self, low: float, high: float, pieces: int) -> float:
        """Return the initial mass between two angles, by Gauss's rule on pieces."""
        angles, weights = gauss_panels(np.linspace(low, high, pieces + 1))
        values = self.evidence.density(0).values(on_circle(angles))
        return float(values @ weights) / (2.0 * math.pi)


def _waves(evidence: Evidence, index: int, degree: int) -> NDArray[np.complex128]:
    """Return ∫ e^{−ilφ} dμ of a snapshot, l = 0 … degree."""
    points, masses = evidence.density(index).quadrature(2 * degree)
    turned = np.exp(-1j * np.outer(np.arange(degree + 1), np.arctan2(points[:, 1], points[:, 0])))
    return np.asarray(turned @ masses)


class _OfTheSphere:
    """Curves, from the moments of the snapshots."""

    def __init__(self, evidence: Evidence, last: int, beta: float) -> None:
        self.evidence, self.beta = evidence, beta
        degree = sphere_potential.significant_degree(beta)
        rules = (evidence.density(index).quadrature(2 * degree) for index in range(last + 1))
        self.moments = np.array([sphere_potential.moments(points, masses, degree) for points, masses in rules])

    def masses(self, count: int, degree: int, every: int, places: Array) -> Array:
        """Return integrals of the initial density's form along the curves."""
        times, moments = self.evidence.snapshot_times[:count], self.moments[:count]
        found = basins.basins_of_the_sphere(times, moments, self.beta, self.evidence.normalization, degree)
        own = np.argmax(places @ found.places.T, axis=1) if len(found.places) else np.zeros(0)
        if not found.borders or not np.array_equal(np.sort(own), np.arange(len(found.places))):
            return np.zeros(0)
        values = self.evidence.density(0).values
        masses = enclosed.masses_between(found.borders, own.size, values, every, _NODES - 8 * every)
        return np.asarray(masses[own])


_PASSES: dict[str, Callable[[Evidence, int, float], _Carried]] = {"circle": _OfTheCircle, "sphere": _OfTheSphere}

CLAIMS = (Claim("cluster_masses", _masses, basins.basins_of_the_circle, 1e-5, absolute=True, spaces=BENT),)
