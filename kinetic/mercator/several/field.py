"""Attention of tokens on S² under one identity head: harmonics of the kernel's degrees summed over all tokens.

With weights e^{−|β|} all sums are of size one: f(x) = e^{−|β|} ∫ e^{β<x,y>} dμ(y) and G, whose gradient is
e^{−|β|} ∫ e^{β<x,y>} P_x y dμ(y); X = e^{|β|} ∇G (none) or ∇G/f (softmax). The module knows points and masses.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kinetic.kernels import ExponentialKernel
from kinetic.mercator.several.cells import normalized
from kinetic.spaces.averages import GroupAverage
from kinetic.spaces.scattered import SpherePoints
from kinetic.spaces.sphere import Sphere
from kinetic.symmetry import Symmetry
from kinetic.types import Array, Normalization

ROUNDING = 2e-14
"""Absolute error of f, whose largest value is one (tests/mercator/test_several.py)."""

ASYMMETRIC = Symmetry.none(3)
"""Of a density that nothing is known of."""

_SPARE = 400  # degrees offered beyond 4|β|; the kernel takes what it needs


@dataclass(frozen=True, eq=False)
class Motion:
    """What attention does to tokens.

    Parameters
    ----------
    velocity : Array, shape (n, 3)
        X.
    partition : Array, shape (n,)
        f.
    power : Array, shape (n,)
        <F, X>, F = Z X under softmax and F = X otherwise.
    divergence : Array, shape (n,)
        div X.
    """

    velocity: Array
    partition: Array
    power: Array
    divergence: Array


@dataclass(frozen=True)
class Head:
    """One head with Q = K = V = I on S².

    Parameters
    ----------
    beta : float
    normalization : {"none", "softmax"}
    symmetry : Symmetry
        Of the initial density, which the field is made to keep.
    """

    beta: float
    normalization: Normalization
    symmetry: Symmetry = ASYMMETRIC

    @cached_property
    def kernel(self) -> ExponentialKernel:
        """The kernel of dimension 3."""
        return ExponentialKernel(self.beta, 3)

    @cached_property
    def degree(self) -> int:
        """The highest degree that the drift can feel."""
        return max(1, self.kernel.significant_degree(4 * int(abs(self.beta)) + _SPARE))

    @property
    def largest_noise(self) -> float:
        """A bound of the relative error of f for any tokens: no value is below e^{−2|β|}."""
        return ROUNDING * math.exp(min(2.0 * abs(self.beta), 600.0))

    @property
    def unit_of_time(self) -> float:
        """Time in which a cluster of mass one contracts by e."""
        return 1.0 if self.normalization == "softmax" else math.exp(-self.beta)

    @cached_property
    def degrees(self) -> Array:
        """Degree of every native coefficient."""
        return np.asarray(Sphere(self.degree).degrees, dtype=float)

    @cached_property
    def weights(self) -> tuple[Array, Array]:
        """e^{−|β|} w_l and e^{−|β|} g_l for every native coefficient."""
        index = self.degrees.astype(int)
        logs = self.kernel.log_eigenvalues(self.degree), self.kernel.log_potential_eigenvalues(self.degree)
        signs = self.kernel.signs(self.degree), self.kernel.potential_signs(self.degree)
        w, g = (sign * np.exp(log - abs(self.beta)) for sign, log in zip(signs, logs, strict=True))
        return np.asarray(w[index]), np.asarray(g[index])

    def field(self, points: Array, masses: Array) -> "Field":
        """Return the field of tokens."""
        sums = SpherePoints(points).sums(masses, self.degree)
        return Field(self, sums if self.symmetry.is_trivial else self._average(sums))

    @cached_property
    def _average(self) -> GroupAverage:
        return GroupAverage.of(self.symmetry.elements, self.degree)


@dataclass(frozen=True, eq=False)
class Field:
    """The attention of a measure anywhere on the sphere.

    Parameters
    ----------
    head : Head
    sums : Array
        The measure's native coefficients, to the kernel's degree.
    """

    head: Head
    sums: Array

    def at(self, points: Array) -> Motion:
        """Return what a token at each point would do."""
        head, scattered = self.head, SpherePoints(points)
        w, g = head.weights
        curved = -head.degrees * (head.degrees + 1.0) * g
        partition, laplacian = scattered.values(np.stack([w, curved]) * self.sums, head.degree)
        gradient = scattered.gradients((g * self.sums)[None], head.degree)[0]
        scale = math.exp(abs(head.beta))
        if head.normalization == "none":
            velocity = scale * gradient
            return Motion(velocity, partition, np.vecdot(velocity, velocity), scale * laplacian)
        velocity = gradient / partition[:, None]
        square = np.vecdot(velocity, velocity)
        return Motion(velocity, partition, scale * partition * square, laplacian / partition - head.beta * square)

    def shift(self, points: Array) -> Array:
        """Return X of softmax, whatever the normalization: its zeros are those of the drift, its rate near one is 1."""
        scattered, degree = SpherePoints(points), self.head.degree
        w, g = (weights * self.sums for weights in self.head.weights)
        return np.asarray(scattered.gradients(g[None], degree)[0] / scattered.values(w[None], degree)[0][:, None])

    def energies(self, points: Array, masses: Array) -> tuple[float, float]:
        """Return E, and E of a Dirac mass minus E."""
        head = self.head
        g = head.weights[1]
        scale = math.exp(abs(head.beta))
        potential = float(masses @ SpherePoints(points).values((g * self.sums)[None], head.degree)[0])
        mass = float(masses.sum())
        top = math.exp(head.kernel.log_constant) / head.beta if head.beta else 0.0
        top_degree = np.arange(head.degree + 1)
        largest = float(g[: 2 * head.degree + 2 : 2] @ (2.0 * top_degree + 1.0)) * mass**2  # order 0 comes first
        return 0.5 * (top * mass**2 + scale * potential), 0.5 * scale * (largest - potential)


_SEEDS, _SHIFTS, _STILL, _APART = 96, 400, 1e-9, 0.2


def attracting(field: Field) -> Array:
    """Return the points that a field gathers tokens at, shape (c, 3): where steps from all over the sphere end.

    Points nearer than 0.2 rad are one. A basin narrower than the distance of the seeds, 0.36 rad, may be missed.
    """
    return gathering(field, np.zeros((0, 3)))[0]


def gathering(field: Field, points: Array) -> tuple[Array, Array]:
    """Return the same, and where steps from given points end, shape (n, 3), NaN where they go on for too long."""
    k = np.arange(_SEEDS) + 0.5
    height = 1.0 - 2.0 * k / _SEEDS
    turn = math.pi * (1.0 + math.sqrt(5.0)) * k
    seeds = np.stack([np.sqrt(1.0 - height**2) * np.cos(turn), np.sqrt(1.0 - height**2) * np.sin(turn), height], axis=1)
    x = np.concatenate([seeds, points])
    moved = np.zeros_like(x)
    for _ in range(_SHIFTS):
        moved = field.shift(x)
        x = normalized(x + 0.9 * moved)
        if float(np.linalg.norm(moved, axis=1).max()) < _STILL:
            break
    still = np.linalg.norm(moved, axis=1) < 1e-4
    found: list[Array] = []
    for place in x[:_SEEDS][still[:_SEEDS]]:
        if all(np.linalg.norm(place - other) > _APART for other in found):
            found.append(place)
    return np.array(found).reshape(-1, 3), np.where(still[_SEEDS:, None], x[_SEEDS:], np.nan)
