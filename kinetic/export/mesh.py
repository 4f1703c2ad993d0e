"""Meshes on which densities are handed to other programs: regular in the angles, poles included.

Responsible for points, coordinates, cells and quadrature weights of one mesh for each kind of space. Refuses to know
densities and file formats.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from kinetic.errors import DomainError
from kinetic.geometry import from_angles, on_circle
from kinetic.types import Array, Integers

COARSEST, FINEST = 4, 2880
"""Allowed numbers of intervals from pole to pole; the finest is a mesh of sixteen million points."""


def require_resolution(intervals: int) -> None:
    """Raise `DomainError` unless a mesh of so many intervals from pole to pole is allowed."""
    if not COARSEST <= intervals <= FINEST:
        raise DomainError(
            f"resolution: received {intervals} intervals from pole to pole; needs {COARSEST} to {FINEST}; "
            "180 is one degree"
        )


@dataclass(frozen=True)
class Coordinate:
    """One axis of a mesh.

    Parameters
    ----------
    name : str
        In files; the axis of the arrays has it too.
    values : Array
    attributes : mapping
        What it means and its unit, by CF names.
    """

    name: str
    values: Array
    attributes: Mapping[str, str]


class Mesh(Protocol):
    """Points of a space's sphere, regular in its angles."""

    @property
    def sites(self) -> Array:
        """Where fields are asked for: unit vectors (*points, d); angles to the axis (n,) in zonal spaces."""

    @property
    def arguments(self) -> Array:
        """What `values` of a density takes: the sites, as cosines in zonal spaces."""

    @property
    def coordinates(self) -> tuple[Coordinate, ...]:
        """Its axes, one for each axis of an array of points."""

    @property
    def weights(self) -> Array:
        """Weights for σ along the first axis: Σ w_i f_i ≈ ∫ f dσ, over all points."""

    def components(self, drift: Array) -> dict[str, Array]:
        """Return a drift at the sites, shape (…, *points, components), along the coordinates; by name."""


@dataclass(frozen=True)
class CircleMesh:
    """Angles πj/N, j = 0 … 2N−1, on the circle.

    Parameters
    ----------
    intervals : int
        N, the number of intervals of half the circle.
    """

    intervals: int

    @cached_property
    def sites(self) -> Array:
        """Unit vectors, shape (2N, 2)."""
        angles = circle(self.intervals)
        return on_circle(angles)

    @property
    def arguments(self) -> Array:
        """The sites."""
        return self.sites

    @property
    def coordinates(self) -> tuple[Coordinate, ...]:
        """The angle."""
        attributes = {"long_name": "angle on the circle", "units": "radian"}
        return (Coordinate("angle", circle(self.intervals), attributes),)

    @property
    def weights(self) -> Array:
        """1/2N at every point."""
        return np.full(2 * self.intervals, 0.5 / self.intervals)

    def components(self, drift: Array) -> dict[str, Array]:
        """Return the drift along increasing angle."""
        along = np.stack([-self.sites[:, 1], self.sites[:, 0]], axis=-1)
        return {"drift": np.vecdot(drift, along)}


@dataclass(frozen=True)
class MeridianMesh:
    """Angles πi/N, i = 0 … N, to the axis of a zonal space.

    Parameters
    ----------
    intervals : int
        N.
    dimension : int
        Ambient dimension d.
    """

    intervals: int
    dimension: int

    @property
    def sites(self) -> Array:
        """Angles to the axis in radians, shape (N+1,)."""
        return meridian(self.intervals)

    @property
    def arguments(self) -> Array:
        """Their cosines."""
        return np.cos(self.sites)

    @property
    def coordinates(self) -> tuple[Coordinate, ...]:
        """The angle to the axis."""
        return (Coordinate("theta", self.sites, {"long_name": "angle to the axis of symmetry", "units": "radian"}),)

    @property
    def weights(self) -> Array:
        """Those of `latitude_weights`."""
        return latitude_weights(self.intervals, self.dimension)

    def components(self, drift: Array) -> dict[str, Array]:
        """Return the drift along increasing angle, the only component that it has."""
        return {"drift": drift[..., 0]}


@dataclass(frozen=True)
class SphereMesh:
    """Colatitudes θ_i = πi/N, i = 0 … N, and longitudes φ_j = πj/N, j = 0 … 2N−1, on S².

    Parameters
    ----------
    intervals : int
        N, the number of intervals from pole to pole.
    """

    intervals: int

    @property
    def colatitudes(self) -> Array:
        """θ_i in radians, shape (N+1,), both poles included."""
        return meridian(self.intervals)

    @property
    def longitudes(self) -> Array:
        """φ_j in radians, shape (2N,), 2π left out."""
        return circle(self.intervals)

    @cached_property
    def points(self) -> Array:
        """Unit vectors, shape (N+1, 2N, 3); a pole is as often there as there are longitudes."""
        return from_angles(self.colatitudes[:, None], self.longitudes[None, :])

    @property
    def southward(self) -> Array:
        """Unit vectors along increasing colatitude, shape (N+1, 2N, 3); at a pole, along the meridian of the column."""
        theta, phi = self.colatitudes[:, None], self.longitudes[None, :]
        down = -np.sin(theta) * np.ones_like(phi)
        return np.stack([np.cos(theta) * np.cos(phi), np.cos(theta) * np.sin(phi), down], axis=-1)

    @property
    def eastward(self) -> Array:
        """Unit vectors along increasing longitude, shape (1, 2N, 3)."""
        phi = self.longitudes[None, :]
        return np.stack([-np.sin(phi), np.cos(phi), np.zeros_like(phi)], axis=-1)

    @cached_property
    def weights(self) -> Array:
        """Clenshaw–Curtis weights w_i of a point in row i for σ, shape (N+1,): Σ_ij w_i f_ij ≈ ∫ f dσ.

        **Accuracy** Exact for harmonics of degree at most N (tests/export/test_mesh.py).
        """
        return latitude_weights(self.intervals, 3) / (2 * self.intervals)

    @property
    def sites(self) -> Array:
        """The points."""
        return self.points

    @property
    def arguments(self) -> Array:
        """The points."""
        return self.points

    @property
    def coordinates(self) -> tuple[Coordinate, ...]:
        """Latitude from the north and longitude from 0, in degrees."""
        north = {"standard_name": "latitude", "long_name": "latitude", "units": "degrees_north", "axis": "Y"}
        east = {"standard_name": "longitude", "long_name": "longitude", "units": "degrees_east", "axis": "X"}
        latitudes = np.degrees(0.5 * np.pi - self.colatitudes)
        return Coordinate("lat", latitudes, north), Coordinate("lon", np.degrees(self.longitudes), east)

    def components(self, drift: Array) -> dict[str, Array]:
        """Return the drift along increasing longitude and along increasing latitude."""
        return {
            "drift_eastward": np.vecdot(drift, self.eastward),
            "drift_northward": -np.vecdot(drift, self.southward),
        }

    def surface(self, values: Array) -> Array:
        """Return values at the points of the closed surface from values at the rows.

        Parameters
        ----------
        values : Array, shape (N+1, 2N, ...)

        Returns
        -------
        Array, shape (2N(N−1) + 2, ...)
            Row by row from the north, a pole once, as its first longitude has it.
        """
        inner = values[1:-1].reshape(-1, *values.shape[2:])
        return np.concatenate([values[:1, 0], inner, values[-1:, 0]])

    @cached_property
    def cells(self) -> tuple[Integers, Integers]:
        """Return (connectivity, offsets) of the closed surface: triangles at the poles, quadrangles between rows.

        Cell c has the points connectivity[offsets[c]:offsets[c + 1]], counterclockwise as seen from outside.
        """
        rows, around = self.intervals - 1, 2 * self.intervals
        ring = 1 + np.arange(around)
        ahead = 1 + (np.arange(around) + 1) % around
        last, south = (rows - 1) * around, rows * around + 1
        north_cap = np.stack([np.zeros_like(ring), ring, ahead], axis=-1)
        row = around * np.arange(rows - 1)[:, None]
        quads = np.stack([ring + row, ring + row + around, ahead + row + around, ahead + row], axis=-1)
        south_cap = np.stack([ring + last, np.full_like(ring, south), ahead + last], axis=-1)
        connectivity = np.concatenate([north_cap.ravel(), quads.ravel(), south_cap.ravel()])
        sizes = np.concatenate([np.full(around, 3), np.full((rows - 1) * around, 4), np.full(around, 3)])
        return connectivity, np.concatenate([[0], np.cumsum(sizes)])


MESHES: dict[str, Callable[[int, int], Mesh]] = {
    "circle": lambda intervals, _: CircleMesh(intervals),
    "sphere": lambda intervals, _: SphereMesh(intervals),
    "zonal": MeridianMesh,
}
"""Meshes by the kind of space, made from the number of intervals from pole to pole and the dimension."""


def latitude_weights(intervals: int, dimension: int) -> Array:
    """Return w_i with Σ_i w_i f(πi/N) = ∫ f dσ for functions of the angle to an axis of S^{d−1}; Σ w_i = 1.

    Clenshaw and Curtis's rule for the weight sin^{d−2}θ: the cosine series through the points, integrated term by term,
    w_i = (2c_i/N) Σ''_{k ≤ N} m_k cos(πik/N), where c_i = ½ at the ends, the terms k = 0 and k = N are halved, and
    m_k = ∫ cos kθ dσ: m_0 = 1, m_k = 0 for odd k, m_k/m_{k−2} = (k − d)/(k + d − 2) by partial integration.

    **Accuracy** Exact where f is a polynomial in cos θ of degree at most N (tests/export/test_mesh.py).
    """
    k = np.arange(2, intervals + 1, 2)
    terms = np.cumprod(np.append(1.0, (k - dimension) / (k + dimension - 2.0)))
    terms[0] *= 0.5
    if intervals % 2 == 0:
        terms[-1] *= 0.5
    phases = 2 * np.pi / intervals * np.outer(np.arange(intervals + 1), np.arange(terms.size))
    weights = np.cos(phases) @ terms * (2.0 / intervals)
    weights[[0, -1]] *= 0.5
    return np.asarray(weights)


def meridian(intervals: int) -> Array:
    """Return N+1 equidistant angles from 0 to π."""
    return np.asarray(np.linspace(0.0, np.pi, intervals + 1))


def circle(intervals: int) -> Array:
    """Return 2N equidistant angles from 0 on, 2π left out."""
    return np.asarray(np.arange(2 * intervals) * (np.pi / intervals))
