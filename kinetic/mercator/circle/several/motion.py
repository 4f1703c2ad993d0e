"""How fast everything moves: cells with X, clusters with X at their centers, tokens relative to those.

A token at r = e^{−η} q obeys q' = e^η (X(c + r) − X(c)) + η' q with η' = −X'(c). Knows states and fields.
"""

import math
from dataclasses import dataclass

import numpy as np

from kinetic.clusters.clouds import DEEPEST
from kinetic.mercator.circle.several.cloud import ArcCloud
from kinetic.mercator.circle.several.field import Potential, kernel_weights, needed, rises, waves
from kinetic.mercator.circle.several.state import CircleClusterState
from kinetic.types import Array, ComplexArray, Normalization

_EPSILON = float(np.finfo(float).eps)


@dataclass(frozen=True, eq=False)
class Sight:
    """What the head sees of a state.

    Parameters
    ----------
    state : CircleClusterState
    table : ComplexArray
        Waves at the cells' tokens.
    inner : tuple of ComplexArray
        `rises` at the tokens and marks of every cluster.
    potential : Potential
    """

    state: CircleClusterState
    table: ComplexArray
    inner: tuple[ComplexArray, ...]
    potential: Potential

    @classmethod
    def of(cls, state: CircleClusterState, beta: float, normalization: Normalization) -> "Sight":
        """Look at a state."""
        centers = np.array([cloud.center for cloud in state.clouds])
        totals = np.array([cloud.mass for cloud in state.clouds])
        blank = Potential(beta, normalization, centers, totals, np.zeros(3, dtype=complex), 0.0)
        size = state.arcs.mass + sum(float(cloud.masses @ np.abs(cloud.angles)) for cloud in state.clouds)
        weights = kernel_weights(beta)
        degree = needed(weights, size, max(blank.lowest, math.exp(-2.0 * beta)))
        weights = weights[: degree + 1]
        degrees = np.arange(degree + 1)
        table = waves(state.arcs.angle.ravel(), degree)
        sums = np.conj(table @ state.arcs.masses.ravel())
        inner = tuple(rises(_scaled(cloud), degree) for cloud in state.clouds)
        for cloud, lifts in zip(state.clouds, inner, strict=True):
            sums += np.exp(-1j * degrees * cloud.center) * np.conj(lifts[:, : cloud.size] @ cloud.masses)
        series = np.asarray(weights * sums, dtype=complex)
        noise = _EPSILON * size * math.sqrt(degree)
        return cls(state, table, inner, Potential(beta, normalization, centers, totals, series, noise))

    def rate(self) -> Array:
        """Return the derivative of the state's vector."""
        state, potential = self.state, self.potential
        velocity, _, values = potential.drift(state.arcs.angle.ravel(), self.table)
        lenient = (velocity.reshape(state.arcs.angle.shape) * state.arcs.leniency).ravel()
        moved = [np.zeros(velocity.size), lenient]
        power, entropy = self._power(state.arcs.masses.ravel(), velocity, values), 0.0
        for cloud, lifts in zip(state.clouds, self.inner, strict=True):
            relative, speed, slope, height = potential.inside(cloud.center, _scaled(cloud), lifts)
            here = slice(1, cloud.size + 1)
            power += self._power(cloud.masses, speed[here], height[here])
            entropy -= float(cloud.masses @ slope[here])
            moved += _cloud_rate(cloud, relative, float(speed[0]), float(slope[0]))
        return np.concatenate([[1.0, entropy, power, 0.0], np.zeros(5 * len(state.mergers)), *moved])

    @property
    def power(self) -> float:
        """∫ <F, X> dμ."""
        return float(self.rate()[2])

    def _power(self, masses: Array, velocity: Array, values: Array) -> float:
        if self.potential.normalization == "none":
            return float(masses @ velocity**2)
        return math.exp(self.potential.beta) * float((masses * values) @ velocity**2)


def _scaled(cloud: ArcCloud) -> Array:
    """R of a cluster's tokens and marks, as `ArcCloud.angles` has them."""
    return np.asarray(np.concatenate([cloud.offsets, cloud.marks]) * math.exp(-min(cloud.contraction, DEEPEST)))


def _cloud_rate(cloud: ArcCloud, relative: Array, speed: float, slope: float) -> list[Array]:
    """Return the derivatives of what the vector holds of a cluster."""
    q = np.concatenate([cloud.offsets, cloud.marks])
    offsets = math.exp(min(cloud.contraction, DEEPEST)) * relative - slope * q
    still = np.zeros(cloud.size)
    parts = [np.array([speed, -slope]), offsets[: cloud.size], still]
    return [*parts, offsets[cloud.size :], np.zeros(cloud.marked.size)]
