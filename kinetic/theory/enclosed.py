"""The mass that curves on S² enclose.

A density ρ has, about an axis n, the one-form G dφ, G the integral of ρ along the meridian from n to the point. Its
exterior derivative is ρ dσ everywhere but at −n, where meridians meet and the whole mass stands. So the mass on the
left of closed curves is ∮ G dφ, and one more where it contains −n: no region is ever meshed.

Knows curves and a density.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.interpolate import make_interp_spline

from kinetic.types import Array

_PLACES = 4000  # among which −n is looked for: 0.03 rad apart
_SPLINE = 7


@dataclass(frozen=True, eq=False)
class Border:
    """A curve between two regions.

    Parameters
    ----------
    parts : tuple of Array, each of shape (n, 3)
        Unit vectors, one part after the other; within each they follow a smooth parameter at equal steps. What is
        between two parts is taken to be straight.
    left, right : int
        Numbers of the regions.
    """

    parts: tuple[Array, ...]
    left: int
    right: int


def masses_between(
    borders: Sequence[Border], count: int, density: Callable[[Array], Array], every: int = 1, nodes: int = 32
) -> Array:
    """Return the mass of each of `count` regions that curves divide the sphere into; they sum to one.

    Parameters
    ----------
    borders : sequence of Border
    density : callable
        ρ at unit vectors of shape (n, k, 3), of mass one where σ has mass one.
    every : int
        Take every such point of each part.
    nodes : int
        Of Gauss's rule along a meridian. 32 carry a bump of concentration 100 to 1e-9.

    **Accuracy** The steps to the power eight; what is between parts counts with the cube of its length.
    """
    curves = [[part[::every] for part in border.parts] for border in borders]
    form = _Form.of(-_farthest(np.concatenate([part for curve in curves for part in curve])), density, nodes)
    found = np.zeros(count)
    for border, curve in zip(borders, curves, strict=True):
        mass = sum(form.along(part) for part in curve if len(part) > 1)
        for before, after in pairwise(curve):
            middle = before[-1:] + after[:1]
            mass += float(form.at(middle / np.linalg.norm(middle), after[:1] - before[-1:])[0])
        found[border.left] += mass
        found[border.right] -= mass
    found[np.argmin(found)] += 1.0  # where −n is
    return found


def _farthest(points: Array) -> Array:
    """Return a place far from all points."""
    k = np.arange(_PLACES) + 0.5
    height, turn = 1.0 - 2.0 * k / _PLACES, math.pi * (1.0 + math.sqrt(5.0)) * k
    across = np.sqrt(1.0 - height**2)
    places = np.stack([across * np.cos(turn), across * np.sin(turn), height], axis=1)
    return np.asarray(places[np.argmin((places @ points.T).max(axis=1))])


@dataclass(frozen=True, eq=False)
class _Form:
    """G dφ about the third row of a frame."""

    frame: Array
    density: Callable[[Array], Array]
    nodes: int

    @classmethod
    def of(cls, axis: Array, density: Callable[[Array], Array], nodes: int) -> "_Form":
        other = np.eye(3)[np.argmin(np.abs(axis))]
        first = np.cross(other, axis) / np.linalg.norm(np.cross(other, axis))
        return cls(np.stack([first, np.cross(axis, first), axis]), density, nodes)

    def along(self, points: Array) -> float:
        """Return the integral along a curve that follows its number smoothly."""
        number = np.arange(len(points), dtype=float)
        degree = min(_SPLINE, (len(points) - 1) // 2 * 2 - 1)
        speed = make_interp_spline(number, points, k=degree).derivative()(number)
        return float(make_interp_spline(number, self.at(points, speed), k=degree).integrate(0.0, number[-1]))

    def at(self, points: Array, steps: Array) -> Array:
        """Return G dφ of small steps at points."""
        x, d = points @ self.frame.T, steps @ self.frame.T
        across = np.maximum(np.hypot(x[:, 0], x[:, 1]), np.finfo(float).tiny)
        nodes, weights = np.polynomial.legendre.leggauss(self.nodes)
        angle = np.arctan2(across, x[:, 2])
        way = 0.5 * angle[:, None] * (1.0 + nodes)
        outward = (x[:, :2] / across[:, None]) @ self.frame[:2]
        places = np.cos(way)[..., None] * self.frame[2] + np.sin(way)[..., None] * outward[:, None, :]
        swept = 0.5 * angle * ((self.density(places) * np.sin(way)) @ weights) / (4.0 * math.pi)
        turn = (x[:, 0] * d[:, 1] - x[:, 1] * d[:, 0]) / across**2
        return np.asarray(swept * turn)
