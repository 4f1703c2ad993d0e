"""How tokens with norms are laid on each kind of space: the first cells, and the mass at their points."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from kinetic.charts.latitude import latitude_of_angle, log_circumference
from kinetic.charts.patches import Labels, cell_of_order, circle_labels, sphere_labels
from kinetic.geometry import on_circle
from kinetic.types import Array


class InitialLogDensity(Protocol):
    """An initial density as a function on the sphere, by its logarithm: in high dimension ρ itself is no number."""

    def __call__(self, points: Array) -> Array:
        """Return ln ρ, −∞ where ρ = 0, at unit vectors (…, d); axisymmetric: at angles θ to the axis, of any shape."""

    def breaks(self) -> tuple[float, ...]:
        """Return the angles (circle: azimuths; axisymmetric: θ) at which cells should end; none on the sphere."""


class Ground(Protocol):
    """One kind of space under the labels."""

    def first_labels(self, degree: int, order: int, breaks: tuple[float, ...] = ()) -> Labels:
        """Return cells with at least four points to a wave of harmonics of a degree, 4L on a great circle.

        Gauss's rule needs π points a wave to see a wave at all, and errs by less than 1e-10 with five in cells of
        twelve; where more are needed the criterion asks for them.
        """

    def laid(self, labels: Labels, initial: InitialLogDensity) -> tuple[Array, Array]:
        """Return the directions of labels, (cells, n, components), and dμ/dξ there."""


class OnCircle:
    """Labels on the circle."""

    def first_labels(self, degree: int, order: int, breaks: tuple[float, ...] = ()) -> Labels:
        """Return arcs, equal ones where nothing jumps."""
        length = 2.0 * math.pi
        count, inner = _count(degree, order, length), _inside(breaks, length)
        return _between(length, count, inner, order) if inner.size else circle_labels(count, order)

    def laid(self, labels: Labels, initial: InitialLogDensity) -> tuple[Array, Array]:
        """Return unit vectors, and ρ dσ/dξ."""
        points, areas = labels.points_and_areas()
        return points, np.exp(initial(points)) * areas


class OnSphere(OnCircle):
    """Labels on the sphere, by the faces of a cube."""

    def first_labels(self, degree: int, order: int, breaks: tuple[float, ...] = ()) -> Labels:  # noqa: ARG002
        """Return equal parts of the faces; what jumps is left to the criterion."""
        return sphere_labels(math.ceil(degree / (order + 1)), order)


@dataclass(frozen=True)
class AboutAxis:
    """Labels by their angle to an axis.

    Parameters
    ----------
    dimension : int
        Ambient dimension d.
    """

    dimension: int

    def first_labels(self, degree: int, order: int, breaks: tuple[float, ...] = ()) -> Labels:
        """Return intervals of angles from 0 to π."""
        return _between(math.pi, _count(degree, order, math.pi), _inside(breaks, math.pi), order)

    def laid(self, labels: Labels, initial: InitialLogDensity) -> tuple[Array, Array]:
        """Return (cos θ, sin θ), and ρ dσ/dξ from dσ/dθ = (dσ/dy)/sin θ, y = ln tan(θ/2)."""
        angle = labels.coordinates[..., 0]
        area = log_circumference(latitude_of_angle(angle), self.dimension) - np.log(np.sin(angle))
        points = on_circle(angle)
        return points, np.exp(initial(angle) + (area + np.log(labels.sizes)))


GROUNDS: dict[str, Callable[[int], Ground]] = {
    "circle": lambda _: OnCircle(),
    "sphere": lambda _: OnSphere(),
    "zonal": AboutAxis,
}
"""By the kind of space, made from the dimension."""


def _count(degree: int, order: int, length: float) -> int:
    """Return the number of cells on a line of angles."""
    return max(4, math.ceil(4 * degree * length / (2 * math.pi * (order + 1))))


def _inside(breaks: tuple[float, ...], length: float) -> Array:
    return np.array([angle for angle in breaks if 1e-9 < angle < length - 1e-9])


def _between(length: float, count: int, inner: Array, order: int) -> Labels:
    """Return equal cells of a line of angles, divided at some of them."""
    edges = np.unique(np.concatenate([np.linspace(0.0, length, count + 1), inner]))
    edges = edges[np.append(True, np.diff(edges) > 1e-12)]
    sizes = np.diff(edges)[:, None]
    return Labels(cell_of_order(order, 1), edges[:-1, None], sizes, np.zeros(sizes.size, dtype=np.intp))
