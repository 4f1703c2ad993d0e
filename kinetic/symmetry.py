"""Symmetries of a density: rotations and reflections that leave it unchanged, and places that are made to keep them.

A density that a group G leaves unchanged keeps G for ever, clusters in unstable balance included. Rounding does not
keep G, and grows by e^{λt}: two equal antipodal clusters (β = 2, λ = 0.05) would merge at t = 689 out of nothing. The
part of their places that has the symmetry,

    c_k  →  |G|⁻¹ Σ_g gᵀ c_{g(k)},     g(k) the cluster that g carries the k-th to,

cannot. The module knows functions of points and matrices; it knows no time and no charts.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kinetic.types import Array, Integers

LARGEST = 120
"""Elements of a group: as many as the full one of the icosahedron has. Of an infinite one, a finite part is kept."""

_MOST_FOLDS = 48  # on the circle; on the sphere about each axis that is looked at: up to 8
_PROBES, _FEW = 400, 8
_SMALL = 1e-3  # radians, across which slopes are measured
_EPSILON = float(np.finfo(float).eps)
_THERE = 1e-3  # radians: an image and its cluster are as near as steps leave them, other clusters far away
_ROUNDING = 1e-14  # of places that have been carried along
_SAME = 1e-9  # matrices nearer than that are one: elements of the groups kept are 0.03 apart at least


@dataclass(frozen=True, eq=False)
class Symmetry:
    """A finite group of rotations and reflections.

    Parameters
    ----------
    elements : Array, shape (g, d, d)
        Orthogonal matrices, the identity first.
    """

    elements: Array

    @classmethod
    def none(cls, dimension: int) -> "Symmetry":
        """Return the identity alone."""
        return cls(np.eye(dimension)[None])

    @property
    def is_trivial(self) -> bool:
        """Whether there is the identity only."""
        return len(self.elements) == 1

    def average(self, places: Array, vectors: Array) -> Array:
        """Return |G|⁻¹ Σ_g gᵀ v_{g(k)}, shape (k, d): the part of vectors at some clusters that has the symmetry.

        Parameters
        ----------
        places : Array, shape (k, d)
            Unit vectors.
        vectors : Array, shape (k, d)

        Notes
        -----
        Nothing is evaluated at an image, whose rounding would pull for as long as clusters wait. A cluster one of whose
        images is not there, because clusters have not formed alike, keeps its own vector.
        """
        if self.is_trivial or len(places) == 0:
            return vectors
        image, there = self._images(places)
        carried = np.einsum("gij,gki->gkj", self.elements, vectors[image])
        return np.asarray(np.where(there[:, None], carried.mean(axis=0), vectors))

    def shared(self, places: Array, masses: Array) -> Array:
        """Return the mean mass of each cluster's images, shape (k,): equal for clusters that the group exchanges."""
        image, there = self._images(places)
        return np.asarray(np.where(there, masses[image].mean(axis=0), masses))

    def _images(self, places: Array) -> tuple[Integers, NDArray[np.bool_]]:
        """Return to which cluster every element carries each, shape (g, k), and whether all images are there."""
        images = np.einsum("gij,kj->gki", self.elements, places)
        apart = np.linalg.norm(images[:, :, None] - places, axis=3)
        return np.argmin(apart, axis=2), np.asarray((apart.min(axis=2) < _THERE).all(axis=0))

    def kept(self, places: Array) -> Array | None:
        """Return the part of places that has the symmetry, unit vectors; None where they have it to rounding."""
        found = self.average(places, places)
        if np.abs(found - places).max(initial=0.0) <= _ROUNDING:
            return None
        return np.asarray(found / np.linalg.norm(found, axis=1)[:, None])

    @property
    def folds(self) -> int:
        """How many of its elements turn the circle: the group of the K-fold density has K of them."""
        return int(np.count_nonzero(self.of_angles[0] > 0))

    @property
    def of_angles(self) -> tuple[Array, Array]:
        """±1 and a of every element φ → ±φ + a of a group of the circle."""
        first = self.elements[:, :, 0]
        return np.linalg.det(self.elements), np.arctan2(first[:, 1], first[:, 0])


def symmetry_of(log_values: Callable[[Array], Array], dimension: int, features: Array) -> Symmetry:
    """Return the group that leaves a density of the circle or the sphere unchanged, to the rounding of its values.

    Parameters
    ----------
    log_values : callable
        ln ρ at unit vectors of shape (n, d).
    dimension : int
        2 or 3.
    features : Array, shape (k, d)
        Points near which ρ may be narrow, axes of bumps among them; planes of reflection and axes of rotation are
        looked for between them, and along the coordinates.

    Notes
    -----
    The identity where nothing is found. Of an infinite group (densities with an axis) a part is kept, as large as
    `LARGEST` allows.
    """
    probe = _Probe.of(log_values, dimension, features)
    elements = np.eye(dimension)[None]
    generators: list[Array] = []
    if not np.all(np.isfinite(probe.values)):
        return Symmetry(elements)
    for candidate in _on_circle(probe) if dimension == 2 else _on_sphere(features):
        if 2 * len(elements) > LARGEST:
            break
        if not _holds(elements, candidate) and probe.keeps(candidate):
            grown = _generated([*generators, candidate])
            if grown is not None:
                elements, generators = grown, [*generators, candidate]
    return Symmetry(elements)


@dataclass(frozen=True, eq=False)
class _Probe:
    """Values of ln ρ at scattered points and at its features, with what rounding does to them."""

    log_values: Callable[[Array], Array]
    points: Array
    values: Array
    rounding: float

    @classmethod
    def of(cls, log_values: Callable[[Array], Array], dimension: int, features: Array) -> "_Probe":
        scattered = np.random.default_rng(1).standard_normal((_PROBES, dimension))
        points = np.concatenate([scattered / np.linalg.norm(scattered, axis=1)[:, None], features])
        turned = points + _SMALL * np.roll(points, 1, axis=1) * np.resize([1.0, -1.0], dimension)
        values = log_values(points)
        steep = np.abs(log_values(turned / np.linalg.norm(turned, axis=1)[:, None]) - values).max() / _SMALL
        return cls(log_values, points, values, 32 * _EPSILON * float(1.0 + np.abs(values).max() + steep))

    def keeps(self, element: Array) -> bool:
        """Whether an element leaves ρ unchanged: at few points first, of which the last are features."""
        few = slice(-_FEW, None)
        return self._agrees(element, few) and all(self._agrees(g, slice(None)) for g in (element, element.T))

    def _agrees(self, element: Array, where: slice) -> bool:
        there = self.log_values(self.points[where] @ element.T)
        return bool(np.abs(there - self.values[where]).max() <= self.rounding)


def _on_circle(probe: _Probe) -> Iterator[Array]:
    """Yield rotations by 1/K of a turn, the smallest first, and the reflections that the phases of waves suggest."""
    for folds in range(_MOST_FOLDS, 1, -1):
        yield _turn(2.0 * np.pi / folds)
    count = 8 * _PROBES
    angles = 2.0 * np.pi * np.arange(count) / count
    waves = np.fft.rfft(probe.log_values(np.stack([np.cos(angles), np.sin(angles)], axis=1)))[1:]
    k = 1 + int(np.argmax(np.abs(waves)))
    phase = -float(np.angle(waves[k - 1]))
    for j in range(k):
        axis = (phase + np.pi * j) / k
        yield np.array([[np.cos(2 * axis), np.sin(2 * axis)], [np.sin(2 * axis), -np.cos(2 * axis)]])


def _on_sphere(features: Array) -> Iterator[Array]:
    """Yield the point reflection, and reflections and rotations about directions that features suggest."""
    yield -np.eye(3)
    first = features[: min(len(features), 12)]
    pairs = [(a, b) for i, a in enumerate(first) for b in first[:i]]
    found = [*np.eye(3), *first, *(a - b for a, b in pairs), *(a + b for a, b in pairs)]
    found += [np.cross(a, b) for a, b in pairs]
    directions = [v / np.linalg.norm(v) for v in found if np.linalg.norm(v) > _SAME]
    for n in directions:
        yield np.eye(3) - 2.0 * np.outer(n, n)
    for folds in (4, 3, 2, 5, 6, 7, 8):
        for n in directions:
            yield _about(n, 2.0 * np.pi / folds)


def _turn(angle: float) -> Array:
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


def _about(n: Array, angle: float) -> Array:
    """Rotate about an axis (Rodrigues)."""
    across = np.cross(np.eye(3), n).T
    return np.asarray(np.eye(3) + np.sin(angle) * across + (1.0 - np.cos(angle)) * across @ across)


def _holds(elements: Array, candidate: Array) -> bool:
    return bool(np.abs(elements - candidate).max(axis=(1, 2)).min() < _SAME)


def _generated(generators: Sequence[Array]) -> Array | None:
    """Return the group of some matrices, the identity first; None where it is larger than `LARGEST`."""
    known = np.eye(len(generators[0]))[None]
    new = known
    while len(new):
        found = []
        for product in (g @ x for x in new for g in generators):
            if not _holds(known, product):
                known = np.concatenate([known, product[None]])
                found.append(product)
            if len(known) > LARGEST:
                return None
        new = np.array(found)
    return known
