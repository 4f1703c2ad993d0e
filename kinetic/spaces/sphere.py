"""Densities on the sphere S² (d = 3) in spherical harmonics, with ducc0's transforms on Gauss–Legendre grids.

This is the one place that knows ducc0's conventions: complex coefficients a_lm for m ≥ 0, orthonormal for the area
4π, Condon–Shortley phase. The native vector holds c_lm = a_lm/√(4π), m-major, as pairs (Re, Im), so that c_00 is the
mass; the public layout is pyshtools' `cilm[2, L+1, L+1]` with its default convention (4π-normalised, no phase).
"""

import math
import os
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import ducc0
import numpy as np
from scipy import fft

from kinetic.geometry import colatitude_azimuth, from_angles
from kinetic.spaces.space import even_length
from kinetic.types import Array, ArrayLike, ComplexArray, Integers

if TYPE_CHECKING:
    from kinetic.spaces.fewer import FewerRings
    from kinetic.spaces.stacked import StackedSphereGrid

ROOT_4PI = math.sqrt(4 * math.pi)
"""Between harmonics that are orthonormal for the area, as ducc0 has them, and for the uniform probability."""

_THREADS_PAY_FROM = 127  # degree; below it, waking a second thread costs more than it saves (tests/benchmarks)


def threads(degree: int) -> int:
    """Return how many threads a transform of that degree should use (OMP_NUM_THREADS bounds it from above)."""
    if degree < _THREADS_PAY_FROM:
        return 1
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    limit = os.environ.get("OMP_NUM_THREADS", "")
    return min(available, int(limit)) if limit.isdigit() and int(limit) > 0 else available


@lru_cache(maxsize=16)
def degree_order(degree: int) -> tuple[Integers, Integers]:
    """Return (l, m) of each complex coefficient in m-major order."""
    order, l = np.triu_indices(degree + 1)
    return l, order


@lru_cache(maxsize=32)
def _positions(degree: int, target: int) -> Integers:
    """Return where the coefficients of degree ≤ target ≤ degree stand among those of degree ≤ `degree`."""
    l, order = degree_order(target)
    return order * (2 * degree + 1 - order) // 2 + l


@dataclass(frozen=True)
class Sphere:
    """Functions f = Σ_{l ≤ L, |m| ≤ l} f_lm Y_lm on S², Y_lm real and orthonormal for the uniform probability σ.

    Parameters
    ----------
    degree : int
        L ≥ 1.
    """

    degree: int
    kind = "sphere"
    dimension = 3
    axes = ("part", "degree", "order")
    axisymmetric = False
    components = 3
    poles = np.array([[0.0, 0.0, 1.0], [0.0, 0.0, -1.0]])

    @property
    def _count(self) -> int:
        return (self.degree + 1) * (self.degree + 2) // 2

    @cached_property
    def degrees(self) -> Integers:
        """Degree of each native entry, shape (size,)."""
        return np.repeat(degree_order(self.degree)[0], 2)

    @cached_property
    def _multiplicity(self) -> Array:
        """1 for m = 0, 2 for m > 0 (which stands for ±m), divided by N_l: the weights of `by_degree`, one a mode."""
        l, order = degree_order(self.degree)
        return np.asarray(np.where(order == 0, 1.0, 2.0) / (2 * l + 1.0))

    def at_degree(self, degree: int) -> "Sphere":
        """Return the sphere with another highest degree."""
        return self if degree == self.degree else Sphere(degree)

    def dirac(self, axis: ArrayLike) -> Array:
        """Return the coefficients Y_lm(axis) of the Dirac mass at a point."""
        ring = self._rings(np.asarray(axis, dtype=float)[None])
        alm = ducc0.sht.adjoint_synthesis(map=np.ones((1, 1)), spin=0, **ring)
        return np.asarray(ROOT_4PI * alm[0]).view(float)

    def by_degree(self, left: Array, right: Array) -> Array:
        """Return s[l] = (1/(2l+1)) Σ_m left_lm right_lm, shape (L+1,)."""
        products = left * right
        modes = products[..., 0::2] + products[..., 1::2]
        modes *= self._multiplicity
        degrees = degree_order(self.degree)[0]
        if modes.ndim > 1:
            return np.stack([self._by_degree(row, degrees) for row in modes.reshape(-1, modes.shape[-1])]).reshape(
                *modes.shape[:-1], -1
            )
        return self._by_degree(modes, degrees)

    def _by_degree(self, modes: Array, degrees: Integers) -> Array:
        """Return the sum of the modes of each degree."""
        return np.asarray(np.bincount(degrees, weights=modes, minlength=self.degree + 1), dtype=float)

    def orders(self, degree: int) -> tuple[int, ...]:
        """Return −l … l."""
        return tuple(range(-degree, degree + 1))

    def place(self, degree: int, order: int) -> tuple[int, ...]:
        """Return (part, degree, |order|)."""
        return int(order < 0), degree, abs(order)

    def vectors(self, points: Array) -> Array:
        """Return the points."""
        return points

    def spread(self, points: Array, masses: Array) -> tuple[Array, Array]:
        """Return both as rows."""
        return points.reshape(-1, 3), masses.reshape(-1)

    def meridian(self, angle: Array, azimuth: float) -> Array:
        """Return the points of that colatitude and azimuth."""
        return from_angles(angle, azimuth)

    def pole_last(self, vectors: Array) -> Array:
        """Return the vectors: the z axis goes through the poles."""
        return vectors

    def raster(self, coefficients: Array) -> tuple[Array, Array]:
        """Return 2L+3 rings of colatitudes, closed in longitude, shape (rings, longitudes, 3), and f there."""
        import pyshtools

        harmonics: Any = pyshtools.SHCoeffs.from_array(self.to_public(coefficients))
        raster = harmonics.expand(grid="DH2", lmax_calc=self.degree, extend=True)
        theta, phi = np.radians(90.0 - raster.lats()), np.radians(raster.lons())
        return from_angles(theta[:, None], phi[None, :]), np.asarray(raster.data)

    def mean(self, coefficients: Array) -> Array:
        """Return ∫ (x, y, z) dμ from the coefficients of degree one."""
        # native (Re, Im) of (l, m) = (0,0), (1,0), (1,1): cosine and sine of m = 1 are −√2 Re and √2 Im
        low = self.resize(coefficients, 1)
        across = math.sqrt(2.0) * np.stack([-low[..., 4], low[..., 5]], axis=-1)
        return np.asarray(np.concatenate([across, low[..., 2:3]], axis=-1) / math.sqrt(3.0))

    def resize(self, coefficients: Array, degree: int) -> Array:
        """Return the coefficients cut or padded with zeros to another degree."""
        modes = coefficients.view(complex)
        if degree <= self.degree:
            return np.ascontiguousarray(modes[..., _positions(self.degree, degree)]).view(float)
        larger = np.zeros((*modes.shape[:-1], (degree + 1) * (degree + 2) // 2), dtype=complex)
        larger[..., _positions(degree, self.degree)] = modes
        return larger.view(float)

    def _rings(self, points: Array) -> dict[str, object]:
        """Describe scattered points to ducc0 as rings of one pixel each."""
        theta, phi = colatitude_azimuth(points)
        count = theta.size
        return {
            "theta": theta,
            "phi0": phi,
            "nphi": np.ones(count, dtype=np.uint64),
            "ringstart": np.arange(count, dtype=np.uint64),
            "lmax": self.degree,
        }

    def evaluate(self, coefficients: Array, points: ArrayLike) -> Array:
        """Return f at points of shape (..., 3).

        Accuracy
        --------
        Direct summation, a few ε·Σ|f_lm| (not the non-uniform FFT, whose error floor is higher).

        Cost
        ----
        O(L²) operations per point.
        """
        x = np.asarray(points, dtype=float)
        if x.size == 0:  # the transform wants a ring
            return np.zeros(x.shape[:-1])
        rings = self._rings(x.reshape(-1, 3))
        alm = (ROOT_4PI * coefficients.view(complex))[None]
        values = ducc0.sht.synthesis(alm=alm, spin=0, nthreads=threads(self.degree), **rings)
        return np.asarray(values[0]).reshape(x.shape[:-1])

    def on_rings(self, coefficients: Array, colatitude: Array, count: int) -> Array:
        """Return f on rings about the pole, at azimuths 2πj/count, shape (rings, count).

        **Accuracy** As `evaluate`.

        **Cost** O(L²) operations a ring.
        """
        alm = (ROOT_4PI * coefficients.view(complex))[None]
        values = ducc0.sht.synthesis(alm=alm, **self._even_rings(colatitude, count))
        return np.asarray(values[0]).reshape(colatitude.size, count)

    def sums_on_rings(self, weights: Array, colatitude: Array) -> Array:
        """Return Σ weights conj Y_lm over the points of `on_rings`, weights of shape (rings, count)."""
        places = self._even_rings(colatitude, weights.shape[1])
        alm = ducc0.sht.adjoint_synthesis(map=weights.reshape(1, -1), **places)
        return np.asarray(ROOT_4PI * alm[0]).view(float)

    def _even_rings(self, colatitude: Array, count: int) -> dict[str, object]:
        """Describe rings of evenly spaced points to ducc0."""
        rings = colatitude.size
        return {
            "spin": 0,
            "lmax": self.degree,
            "theta": colatitude,
            "phi0": np.zeros(rings),
            "nphi": np.full(rings, count, dtype=np.uint64),
            "ringstart": np.arange(0, rings * count, count, dtype=np.uint64),
            "nthreads": threads(self.degree),
        }

    def turned(self, coefficients: Array, rotation: Array) -> Array:
        """Return the coefficients of x → f(Rᵀx), R a rotation matrix: of the function that is carried along."""
        sine = math.hypot(rotation[0, 2], rotation[1, 2])
        last = math.atan2(rotation[1, 2], rotation[0, 2]) if sine > 0 else 0.0
        tilt = math.atan2(sine, rotation[2, 2])
        cosine, sine = math.cos(last), math.sin(last)
        # what is left of R once it has been turned back about the last axis; its own second row does not see the tilt
        first = math.atan2(
            cosine * rotation[1, 0] - sine * rotation[0, 0], cosine * rotation[1, 1] - sine * rotation[0, 1]
        )
        return np.asarray(ducc0.sht.rotate_alm(coefficients.view(complex), self.degree, first, tilt, last)).view(float)

    @cached_property
    def _signed_root(self) -> ComplexArray:
        """(−1)^m √2, or 1 for m = 0: from c_lm to cosine and −sine coefficients."""
        order = degree_order(self.degree)[1]
        return np.asarray(np.where(order == 0, 1.0, math.sqrt(2.0) * (-1.0) ** order))

    def to_public(self, coefficients: Array) -> Array:
        """Return pyshtools' array cilm[0, l, m] (cosine) and cilm[1, l, m] (sine), shape (2, L+1, L+1)."""
        l, order = degree_order(self.degree)
        modes = self._signed_root * coefficients.view(complex)
        cilm = np.zeros((2, self.degree + 1, self.degree + 1))
        cilm[0, l, order] = modes.real
        cilm[1, l, order] = -modes.imag
        cilm[1, :, 0] = 0.0
        return cilm

    def from_public(self, array: Array) -> Array:
        """Return native coefficients from cilm[2, L+1, L+1]."""
        l, order = degree_order(self.degree)
        sine = np.where(order == 0, 0.0, array[1, l, order])
        return np.asarray((array[0, l, order] - 1j * sine) / self._signed_root).view(float)

    def grid(self, product_degree: int) -> "SphereGrid":
        """Return the Gauss–Legendre grid that projects products with a function of `product_degree` exactly."""
        rings = self.degree + product_degree // 2 + 1
        return self.grid_of((rings, fft.next_fast_len(2 * self.degree + product_degree + 1, real=True)))

    def even_grid(self, product_degree: int) -> "SphereGrid":
        """Return the grid for products with a function of `product_degree`, closed under x → −x."""
        rings, longitudes = self.grid(product_degree).shape
        return self.grid_of((rings, even_length(longitudes)))

    @property
    def fewer_nodes(self) -> "tuple[FewerRings, ...]":
        """Grids of fewer rings than `grid(degree)`, the smallest first."""
        from kinetic.spaces.fewer import fewer_rings

        return fewer_rings(self)

    def grid_of(self, shape: tuple[int, int]) -> "SphereGrid":
        """Return the grid of that many rings and longitudes."""
        return _grid(self, shape)


@dataclass(frozen=True)
class SphereGrid:
    """Spherical harmonics on a Gauss–Legendre grid of (rings, longitudes), rings from the north pole southward.

    Cost
    ----
    O(rings · L²) operations a transform; `threads(L)` threads. Several functions at once, of shape (count, size), go
    through tables of `stacked` as matrix products.
    """

    space: Sphere
    shape: tuple[int, int]

    @cached_property
    def _together(self) -> "StackedSphereGrid":
        """The transforms of several functions at once."""
        from kinetic.spaces.stacked import StackedSphereGrid

        return StackedSphereGrid(self)

    @property
    def exact_to(self) -> int:
        """Highest degree of a function that the rule integrates exactly."""
        return min(2 * self.shape[0] - 1, self.shape[1] - 1)

    @cached_property
    def colatitudes(self) -> Array:
        """θ of the rings, shape (rings,)."""
        return np.asarray(ducc0.misc.GL_thetas(self.shape[0]))

    @cached_property
    def points(self) -> Array:
        """The nodes, shape (rings, longitudes, 3)."""
        phi = 2 * np.pi * np.arange(self.shape[1]) / self.shape[1]
        return from_angles(self.colatitudes[:, None], phi[None, :])

    @property
    def antipodes(self) -> Integers:
        """Flat index of −x for each node x of an even grid, shape (rings · longitudes,)."""
        places = np.arange(math.prod(self.shape)).reshape(self.shape)
        return np.roll(places[::-1], self.shape[1] // 2, axis=1).reshape(-1)

    @cached_property
    def frame(self) -> Array:
        """Unit vectors southward and eastward, in which tangent fields have their components, shape (2, 3, *nodes)."""
        theta = self.colatitudes[:, None] + np.zeros(self.shape[1])
        phi = 2 * np.pi * np.arange(self.shape[1]) / self.shape[1] + np.zeros((self.shape[0], 1))
        south = np.stack([np.cos(theta) * np.cos(phi), np.cos(theta) * np.sin(phi), -np.sin(theta)])
        return np.stack([south, np.stack([-np.sin(phi), np.cos(phi), np.zeros_like(phi)])])

    @property
    def rotations(self) -> Array:
        """About the three coordinate axes: (<e_k, e_φ>, −<e_k, e_θ>), shape (3, 2, *nodes)."""
        south, east = self.frame
        return np.stack([east, -south], axis=1)

    @cached_property
    def weights(self) -> Array:
        """Weight of every node of a ring for σ, shape (rings, 1)."""
        rings, longitudes = self.shape
        return np.asarray(ducc0.sht.get_gridweights("GL", rings))[:, None] / (4 * np.pi * longitudes)

    @cached_property
    def _adjoint_weights(self) -> Array:
        return np.ascontiguousarray(ROOT_4PI * self.weights[:, 0])

    @cached_property
    def _layout(self) -> dict[str, object]:
        return {"lmax": self.space.degree, "geometry": "GL", "nthreads": threads(self.space.degree)}

    @cached_property
    def _extent(self) -> dict[str, object]:
        return {"ntheta": self.shape[0], "nphi": self.shape[1], **self._layout}

    def values(self, coefficients: Array) -> Array:
        """Return f at the nodes, shape (rings, longitudes)."""
        if coefficients.ndim == 2:
            return self._together.values(coefficients)
        alm = (ROOT_4PI * coefficients.view(complex))[None]
        return np.asarray(ducc0.sht.synthesis_2d(alm=alm, spin=0, **self._extent)[0])

    def analysis(self, values: Array) -> Array:
        """Return the coefficients of degree ≤ L of a function given at the nodes."""
        if values.ndim == 3:
            return self._together.analysis(values)
        alm = ducc0.sht.adjoint_synthesis_2d(map=values[None], spin=0, ringfactor=self._adjoint_weights, **self._layout)
        return np.asarray(alm[0]).view(float)

    def gradient(self, coefficients: Array) -> Array:
        """Return (∂_θ f, ∂_φ f / sin θ) at the nodes, shape (2, rings, longitudes)."""
        if coefficients.ndim == 2:
            return self._together.gradient(coefficients)
        alm = (ROOT_4PI * coefficients.view(complex))[None]
        return np.asarray(ducc0.sht.synthesis_2d_deriv1(alm=alm, **self._extent))

    def weak_divergence(self, field: Array) -> Array:
        """Return ∫ <v, ∇Y_lm> dσ, the adjoint of `gradient`: one vector transform, no curl part computed."""
        if field.ndim == 4:
            return self._together.weak_divergence(field)
        alm = ducc0.sht.adjoint_synthesis_2d(
            map=field, spin=1, mode="DERIV1", ringfactor=self._adjoint_weights, **self._layout
        )
        return np.asarray(alm[0]).view(float)

    def integrate(self, values: Array) -> float:
        """Return ∫ f dσ."""
        return float(values.sum(axis=1) @ self.weights[:, 0])

    def inner(self, left: Array, right: Array) -> float:
        """Return ∫ <u, v> dσ of two tangent fields."""
        return float(np.vecdot(left, right).sum(axis=0) @ self.weights[:, 0])


@lru_cache(maxsize=8)
def _grid(space: Sphere, shape: tuple[int, int]) -> SphereGrid:
    """Grids are kept, because nodes and weights of a large one take as long as a transform."""
    return SphereGrid(space, shape)
