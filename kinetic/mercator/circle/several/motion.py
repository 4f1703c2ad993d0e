"""How fast everything moves: cells with X, clusters with X at their centers, tokens relative to those.

A token at r = e^{−η} q obeys q' = e^η (X(c + r) − X(c)) + η' q with η' = −X'(c). Knows states and fields.
"""

import math
from dataclasses import dataclass

import numpy as np

from kinetic.clusters.clouds import DEEPEST
from kinetic.geometry import on_circle
from kinetic.mercator.circle.several.cloud import ArcCloud
from kinetic.mercator.circle.several.field import Inside, Potential, kernel_weights, needed, rises, waves
from kinetic.mercator.circle.several.state import PAST, CircleClusterState
from kinetic.symmetry import Symmetry
from kinetic.types import Array, ComplexArray, Integers, Normalization

LINEAR = 1e-17
"""|r| below which q stands still: X is linear from there to c but for a relative β r, less than rounding would make it.

Rounding does not average out: it is the same in every step of a wait, which may take 1e9 units of time.
"""

ASYMMETRIC = Symmetry.none(2)
"""Of a density that nothing is known of."""

_EPSILON = float(np.finfo(float).eps)


@dataclass(frozen=True, eq=False)
class Offsets:
    """The tokens and the marks of all clusters, one cluster after the other, each its tokens first.

    Parameters
    ----------
    scaled : Array, shape (n,)
        q.
    r : Array, shape (n,)
        As `ArcCloud.angles` has them.
    masses : Array, shape (n,)
        0 for marks.
    owner : Integers, shape (n,)
        The cluster.
    height : Array, shape (clusters,)
        e^η, η at most `DEEPEST`.
    """

    scaled: Array
    r: Array
    masses: Array
    owner: Integers
    height: Array

    @classmethod
    def of(cls, clouds: tuple[ArcCloud, ...]) -> "Offsets":
        """Return those of some clusters."""
        none = np.zeros(0)
        scaled = [part for cloud in clouds for part in (cloud.offsets, cloud.marks)]
        masses = [part for cloud in clouds for part in (cloud.masses, 0.0 * cloud.marked)]
        owner = np.repeat(np.arange(len(clouds)), [cloud.size + cloud.marks.size for cloud in clouds])
        height = np.array([math.exp(min(cloud.contraction, DEEPEST)) for cloud in clouds])
        q = np.concatenate([none, *scaled])
        return cls(q, q / height[owner], np.concatenate([none, *masses]), owner, height)


@dataclass(frozen=True, eq=False)
class Sight:
    """What the head sees of a state.

    Parameters
    ----------
    state : CircleClusterState
    table : ComplexArray
        Waves at the cells' tokens.
    offsets : Offsets
    lifts : ComplexArray
        `rises` at the offsets.
    potential : Potential
    symmetry : Symmetry
    """

    state: CircleClusterState
    table: ComplexArray
    offsets: Offsets
    lifts: ComplexArray
    potential: Potential
    symmetry: Symmetry

    @classmethod
    def of(
        cls, state: CircleClusterState, beta: float, normalization: Normalization, symmetry: Symmetry = ASYMMETRIC
    ) -> "Sight":
        """Look at a state; as long as there are cells, at all its images under a symmetry."""
        offsets = Offsets.of(state.clouds)
        centers = np.array([cloud.center for cloud in state.clouds])
        totals = np.array([cloud.mass for cloud in state.clouds])
        size = state.arcs.mass + float(offsets.masses @ np.abs(offsets.r))
        weights = kernel_weights(beta)
        blank = Potential(beta, normalization, centers, totals, np.zeros(3, dtype=complex), 0.0)
        degree = needed(weights, size, max(blank.lowest, math.exp(-2.0 * beta)))
        degrees = np.arange(degree + 1)
        table = waves(state.arcs.angle.ravel(), degree)
        lifts = rises(offsets.r, degree)
        turns = np.exp(1j * degrees[:, None] * centers)
        sums = np.conj(table @ state.arcs.masses.ravel() + (turns[:, offsets.owner] * lifts) @ offsets.masses)
        series = np.asarray(weights[: degree + 1] * sums, dtype=complex)
        noise = _EPSILON * size * math.sqrt(degree)
        potential = Potential(beta, normalization, centers, totals, series, noise)
        if state.arcs.size and not symmetry.is_trivial:
            potential = potential.averaged(symmetry)
        return cls(state, table, offsets, lifts, potential, symmetry)

    def rate(self) -> tuple[Array, float]:
        """Return the derivative of the state's vector, and ∫ |X|² dμ."""
        state, offsets, arcs = self.state, self.offsets, self.state.arcs
        velocity, values = self.potential.velocity(arcs.angle.ravel(), self.table)
        centers = np.array([cloud.center for cloud in state.clouds])
        there = self.potential.inside(centers, offsets.owner, offsets.r, self.lifts)
        power = self._power(arcs.masses.ravel(), velocity, values)
        power += self._power(offsets.masses, there.velocity, there.values)
        square = float(arcs.masses.ravel() @ velocity**2 + offsets.masses @ there.velocity**2)
        entropy = -float(offsets.masses @ there.slope)
        moved = offsets.height[offsets.owner] * there.relative - there.center_slope[offsets.owner] * offsets.scaled
        moved[np.abs(offsets.r) < LINEAR] = 0.0
        drifts = there.center if arcs.size else there.center + self._kept(there)
        numbers = np.array([1.0, entropy, power, 0.0])
        lenient = (velocity.reshape(arcs.angle.shape) * arcs.leniency).ravel()
        blanks = np.zeros(PAST * len(state.mergers) + velocity.size)
        parts, at = [numbers, blanks, lenient], 0
        for k, cloud in enumerate(state.clouds):
            parts.append(np.array([drifts[k], -there.center_slope[k]]))
            for part in (cloud.masses, cloud.marked):
                parts += [moved[at : at + part.size], np.zeros(part.size)]
                at += part.size
        return np.concatenate(parts), square

    @property
    def power(self) -> float:
        """∫ <F, X> dμ."""
        return float(self.rate()[0][2])

    def _kept(self, there: Inside) -> Array:
        """Return what is added to the velocities of clusters, so that those of their means keep the symmetry."""
        if self.symmetry.is_trivial:
            return np.zeros_like(there.center)
        clouds, own = self.state.clouds, self.offsets.owner
        masses = np.array([cloud.mass for cloud in clouds])
        means = there.center + np.bincount(own, self.offsets.masses * there.relative, len(clouds)) / masses
        angles = np.array([cloud.center + cloud.shift for cloud in clouds])
        places, along = on_circle(angles), on_circle(angles + 0.5 * math.pi)
        return np.asarray(np.vecdot(self.symmetry.average(places, means[:, None] * along), along) - means)

    def _power(self, masses: Array, velocity: Array, values: Array) -> float:
        if self.potential.normalization == "none":
            return float(masses @ velocity**2)
        return math.exp(self.potential.beta) * float((masses * values) @ velocity**2)
