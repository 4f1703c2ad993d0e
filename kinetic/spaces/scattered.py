"""Harmonics at points that are given one by one: their sums over points, and their values there.

Responsible for transforms between coefficients in a space's own layout and scattered points, at a cost of a few
operations a point and no memory beyond the answer's. Refuses to know what the points are.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Protocol

import ducc0
import numpy as np

from kinetic.geometry import colatitude_azimuth
from kinetic.spaces.circle import Circle
from kinetic.spaces.space import Space
from kinetic.spaces.sphere import ROOT_4PI, Sphere, degree_order, threads
from kinetic.special import gegenbauer, laplace_eigenvalues, log_harmonic_dimensions, powers
from kinetic.types import Array, ComplexArray

SUM_ACCURACY = 8.0 * float(np.finfo(float).eps)
"""Of sums of powers: the k-th is known to k^{1/2} ε."""

NUFFT_ACCURACY = 1e-13
"""Asked of the non-uniform transforms; what they leave is 2e-14 of the largest value (tests/normed/test_field.py)."""

_POWERS = int((NUFFT_ACCURACY / SUM_ACCURACY) ** 2)
"""Degree up to which sums of powers on the circle are the more accurate, some three thousand."""

_JOB = {"epsilon": NUFFT_ACCURACY, "nthreads": 1}  # grids begin with the lowest frequency: fft_order is off

_FEW = 64
"""Points of the sphere whose values are summed ring by ring.

A non-uniform transform takes 0.2 ms before its first point (degree 10 to 30; one at 5 points 0.02 to 0.06 ms): both are
equal at some 200 points of degree 16 and 100 of degree 60.
"""

_BLOCK = 4096  # points whose powers, some tens of complex numbers each, fit in a core's cache
_TABLE = 2**22  # numbers of a table of powers, 64 MB


class Scattered(Protocol):
    """Points of a space, ready for transforms of any degree."""

    @property
    def accuracy(self) -> float:
        """Error of a transform relative to the sum of the sizes of what is added up."""

    def sums(self, weights: Array, degree: int) -> Array:
        """Return the native coefficients Σ_i weights_i Y(x_i) of a space of that degree, from weights (n,)."""

    def values(self, coefficients: Array, degree: int) -> Array:
        """Return f_k(x_i), shape (k, n), from native coefficients of shape (k, size)."""

    def gradients(self, coefficients: Array, degree: int) -> Array:
        """Return ∇f_k(x_i), shape (k, n, components), Cartesian."""


@dataclass(frozen=True, eq=False)
class CirclePoints:
    """Points of the circle as complex numbers.

    Parameters
    ----------
    points : Array, shape (n, 2)
        Unit vectors.

    **Accuracy** Powers by doubling have errors of k^{1/2} ε; degrees for which that would be more than
    `NUFFT_ACCURACY` are left to a non-uniform transform.

    **Cost** A table of K complex powers a point, block by block of 4096, and a matrix product with it; beyond some
    three thousand degrees a fast transform.
    """

    points: Array
    accuracy = SUM_ACCURACY

    @cached_property
    def _z(self) -> ComplexArray:
        return np.ascontiguousarray(self.points, dtype=float).reshape(-1, 2).view(complex)[:, 0]

    def sums(self, weights: Array, degree: int) -> Array:
        """Return Σ_i weights_i z_i^{−k} as pairs (Re, Im)."""
        total = np.zeros(degree + 1, dtype=complex)
        if degree > _POWERS:
            given = np.ascontiguousarray(weights, dtype=complex)
            out = np.empty(2 * degree + 2, dtype=complex)
            ducc0.nufft.nu2u(points=given, coord=self._angles, forward=False, out=out, **_JOB)
            total[:] = out[degree + 1 :]
        low = min(degree, _POWERS)
        total[: low + 1] = 0.0
        for block in _blocks(self._z.size, low):
            total[: low + 1] += powers(self._z[block], low) @ weights[block]
        return np.conj(total).view(float)

    @property
    def _angles(self) -> Array:
        return np.angle(self._z)[:, None]

    def values(self, coefficients: Array, degree: int) -> Array:
        """Return c_0 + 2 Re Σ_{k ≥ 1} c_k z_i^k."""
        modes = np.ascontiguousarray(coefficients).view(complex)[:, : degree + 1] * np.append(1.0, np.full(degree, 2.0))
        found = np.empty((len(modes), self._z.size))
        if degree > _POWERS:
            for row, given in zip(found, modes, strict=True):
                grid = np.concatenate([np.zeros(degree + 1), given])
                row[:] = ducc0.nufft.u2nu(grid=grid, coord=self._angles, forward=False, **_JOB).real
            return found
        for block in _blocks(self._z.size, degree):
            table = powers(self._z[block], degree)
            found[:, block] = modes.real @ table.real - modes.imag @ table.imag
        return found

    def gradients(self, coefficients: Array, degree: int) -> Array:
        """Return f_k'(θ_i) (−sin θ_i, cos θ_i)."""
        modes = 1j * np.arange(degree + 1) * np.ascontiguousarray(coefficients).view(complex)
        along = np.stack([-self._z.imag, self._z.real], axis=1)
        return self.values(modes.view(float), degree)[..., None] * along


@dataclass(frozen=True, eq=False)
class SpherePoints:
    """Points of S² by colatitude and azimuth.

    Parameters
    ----------
    points : Array, shape (n, 3)
        Unit vectors.

    **Accuracy** `NUFFT_ACCURACY` of the largest value; few points have that of direct sums.

    **Cost** A non-uniform fast transform of 0.1 µs a point for each function; few points O(K²) each.
    """

    points: Array
    accuracy = NUFFT_ACCURACY

    @cached_property
    def _places(self) -> Array:
        return np.stack(colatitude_azimuth(self.points.reshape(-1, 3)), axis=1)

    def sums(self, weights: Array, degree: int) -> Array:
        """Return Σ_i weights_i conj Y_lm(x_i), in the layout of the sphere."""
        alm = ducc0.sht.adjoint_synthesis_general(map=weights[None], **self._job(degree))
        return np.asarray(ROOT_4PI * alm[0]).view(float)

    def values(self, coefficients: Array, degree: int) -> Array:
        """Return Σ_lm f_lm Y_lm(x_i)."""
        modes = ROOT_4PI * np.ascontiguousarray(coefficients).view(complex)
        if len(self._places) <= _FEW:
            waves = self._waves(degree)
            return np.stack([self._summed(alm, waves, spin=0)[0] for alm in modes])
        job = self._job(degree)
        return np.stack([ducc0.sht.synthesis_general(alm=alm[None], **job)[0] for alm in modes])

    def gradients(self, coefficients: Array, degree: int) -> Array:
        """Return the gradients of functions with native coefficients of shape (k, size), Cartesian, (k, n, 3)."""
        modes = ROOT_4PI * np.ascontiguousarray(coefficients).view(complex)
        job = {**self._job(degree), "spin": 1, "mode": "DERIV1"}
        theta, phi = self._places.T
        cosine, sine = np.cos(phi), np.sin(phi)
        found = np.empty((len(modes), phi.size, 3))
        for gradient, alm in zip(found, modes, strict=True):
            down, east = ducc0.sht.synthesis_general(alm=alm[None], **job)
            level = np.cos(theta) * down
            gradient[:, 0], gradient[:, 1] = level * cosine - east * sine, level * sine + east * cosine
            gradient[:, 2] = -np.sin(theta) * down
        return found

    def bends(self, coefficients: Array, degree: int) -> tuple[Array, Array, Array]:
        """Return the gradient and the Hessian of one function at few points.

        Parameters
        ----------
        coefficients : Array, shape (size,)
            Native.
        degree : int

        Returns
        -------
        frame : Array, shape (2, n, 3)
            Unit vectors to the south and to the east.
        slopes : Array, shape (2, n)
            The gradient along them.
        bends : Array, shape (3, n)
            (h, s, m) of the Hessian [[h + s, m], [m, h − s]]: h is half the Laplacian, and 2 (s + i m) is ð²f, a sum of
            harmonics of spin 2.
        """
        modes = ROOT_4PI * np.ascontiguousarray(coefficients).view(complex)
        halves, roots = _second_derivatives(degree)
        waves = self._waves(degree)
        slopes = self._summed(modes, waves, spin=1, mode="DERIV1")
        level = self._summed(halves * modes, waves, spin=0)
        turning = np.zeros_like(slopes)
        if degree > 1:
            turning = self._summed(roots * modes, waves, spin=2, mode="GRAD_ONLY")
        (high, near), (low, far) = np.cos(self._places.T), np.sin(self._places.T)
        frame = np.zeros((2, len(far), 3))
        frame[0, :, 0], frame[0, :, 1], frame[0, :, 2] = high * near, high * far, -low
        frame[1, :, 0], frame[1, :, 1] = -far, near
        return frame, slopes, np.concatenate([level, turning])

    def _waves(self, degree: int) -> ComplexArray:
        """Return e^{−imφ}, shape (n, degree + 1)."""
        return np.ascontiguousarray(powers(np.exp(-1j * self._places[:, 1]), degree).T)

    def _summed(self, alm: Array | ComplexArray, waves: ComplexArray, **kind: object) -> Array:
        """Return what a transform of that kind gives at points on rings of their own, shape (components, n)."""
        theta = np.ascontiguousarray(self._places[:, 0])
        orders = ducc0.sht.alm2leg(alm=alm[None], lmax=waves.shape[1] - 1, theta=theta, **kind)
        return np.asarray(2.0 * np.vecdot(orders, waves).real - orders[:, :, 0].real)

    def _job(self, degree: int) -> dict[str, object]:
        return {
            "spin": 0,
            "loc": self._places,
            "lmax": degree,
            "epsilon": NUFFT_ACCURACY,
            "nthreads": threads(degree),
        }


@dataclass(frozen=True, eq=False)
class ZonalPoints:
    """Points (cos θ, sin θ) in a half-plane about the axis of symmetry.

    Parameters
    ----------
    points : Array, shape (n, 2)
    dimension : int
        Ambient dimension d.

    **Accuracy** ε Σ_l N_l |M_l|, as `Zonal.evaluate`.
    """

    points: Array
    dimension: int
    accuracy = SUM_ACCURACY

    def sums(self, weights: Array, degree: int) -> Array:
        """Return the moments Σ_i weights_i P_l(cos θ_i)."""
        return np.asarray(gegenbauer(degree, self.dimension, self.points[:, 0]) @ weights)

    def values(self, coefficients: Array, degree: int) -> Array:
        """Return Σ_l N_l M_l P_l(cos θ_i)."""
        sizes = coefficients * np.exp(log_harmonic_dimensions(degree, self.dimension))
        return np.asarray(sizes @ gegenbauer(degree, self.dimension, self.points[:, 0]))

    def gradients(self, coefficients: Array, degree: int) -> Array:
        """Return −sin θ df/d cos θ along (−sin θ, cos θ), by the slopes of P_l, a multiple of P_{l−1} of d + 2."""
        climbs = laplace_eigenvalues(degree, self.dimension) / (self.dimension - 1.0)
        sizes = (climbs * coefficients * np.exp(log_harmonic_dimensions(degree, self.dimension)))[:, 1:]
        slopes = sizes @ gegenbauer(degree - 1, self.dimension + 2, self.points[:, 0])
        cosine, sine = self.points.T
        return np.asarray((-sine * slopes)[..., None] * np.stack([-sine, cosine], axis=1))


@lru_cache(maxsize=8)
def _second_derivatives(degree: int) -> tuple[Array, Array]:
    """Return −l(l+1)/2 and −√((l+2)!/(l−2)!)/2 of each mode; ducc0's spin 2 has the sign of polarised light."""
    l = degree_order(degree)[0].astype(float)
    return -0.5 * l * (l + 1.0), -0.5 * np.sqrt((l - 1.0) * l * (l + 1.0) * (l + 2.0))


def _blocks(count: int, degree: int) -> Iterator[slice]:
    """Yield slices of points whose table of powers is not too large."""
    size = min(_BLOCK, _TABLE // (degree + 1))
    return (slice(start, start + size) for start in range(0, count, size))


def scattered(points: Array) -> Scattered:
    """Return points of the circle (…, 2) or the sphere (…, 3) for transforms, in the order of their rows."""
    return CirclePoints(points) if points.shape[-1] == 2 else SpherePoints(points)


def scattered_in(space: Space, points: Array) -> Scattered:
    """Return points (n, components) of a space for transforms; about an axis (cos θ, sin θ)."""
    return ZonalPoints(points, space.dimension) if space.axisymmetric else scattered(points)


def space_of(dimension: int, degree: int) -> Circle | Sphere:
    """Return the circle or the sphere by its ambient dimension."""
    return Circle(degree) if dimension == 2 else Sphere(degree)
