"""Density, potential and drift of a snapshot at the points of a mesh.

    ρ = dμ/dσ,    G(x) = Σ_h v_h ∫ (e^{b_h<x,y>} − w_0)/b_h dμ(y),    X(x) = P_x Σ_h v_h ∫ y e^{b_h<x,y>} dμ(y) / N_h(x)

with N_h = 1 without normalization; with softmax N_h is the partition ∫ e^{b_h<x,y>} dμ, and G is divided by the
kernel's mean w_0. Drift and potential are sums over the kernel's few significant degrees, whatever the density's own.

Responsible for these three fields and for refusing densities that do not give them. Refuses to know files.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kinetic.attention.kernel import ExponentialKernel
from kinetic.density import Density
from kinetic.export.mesh import SphereMesh
from kinetic.mercator.circle import CircleTokenDensity
from kinetic.mercator.sphere import SphereMercatorDensity
from kinetic.pointwise import Rings, latitudes, ring_points, rings, zonal_values
from kinetic.spaces.circle import Circle
from kinetic.spaces.sphere import Sphere
from kinetic.special import gegenbauer, gegenbauer_mercator, log_harmonic_dimensions
from kinetic.types import Array, Normalization

_MOST_DEGREES = 8192
_MASS_ERROR = 1e-6  # of a density known by values only: above it the projection grid misses part of it


@dataclass(frozen=True)
class Heads:
    """Heads whose matrices are multiples of the identity.

    Parameters
    ----------
    heads : tuple of (float, float)
        (b, v) of each: what multiplies <x, y> in the exponent, and what multiplies the values.
    normalization : {"none", "softmax"}
    """

    heads: tuple[tuple[float, float], ...]
    normalization: Normalization


@dataclass(frozen=True)
class Fields:
    """What is known at the points of a mesh.

    Parameters
    ----------
    density : Array, shape (*points)
        ρ.
    potential : Array, shape (*points), optional
        G; None where the attention of the case is not a sum of scalar heads.
    drift : Array, shape (*points, components), optional
        X in the Cartesian components of the circle or the sphere; for zonal densities its one component along θ.
    """

    density: Array
    potential: Array | None = None
    drift: Array | None = None


def sphere_fields(density: Any, heads: Heads | None, mesh: SphereMesh) -> Fields:
    """Return the fields of a density of S² at every point (i, j) of a mesh.

    **Accuracy** Rounding for densities in harmonics (tests/export/test_fields.py: against quadrature).

    **Cost** One transform of the density's degree, and 4 of the kernel's for each head.
    """
    values = _on_rows(density, mesh)
    if heads is None:
        return Fields(values)
    return _with_attention(density, heads, mesh.points, values, lambda low: _on_rows(low, mesh))


def circle_fields(density: Any, heads: Heads | None, angles: Array) -> Fields:
    """Return the fields of a density of S¹ at angles in radians."""
    points = np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    values = np.asarray(density.values(points))
    if heads is None:
        return Fields(values)
    return _with_attention(density, heads, points, values, lambda low: low.values(points))


def zonal_fields(density: Any, heads: Heads | None, angles: Array, dimension: int) -> Fields:
    """Return the fields of an axisymmetric density of S^{d−1} at angles θ to its axis.

    The drift along θ is dG/dθ = −sin θ Σ_l g_l N_l M_l P_l'(cos θ), P_l' = l(l+d−2)/(d−1) P_{l−1} of dimension d + 2.

    Raises
    ------
    DomainError
        Where rounding hides ρ everywhere (high dimension); where it does so at some angles, ρ is NaN there.
    """
    values = zonal_values(density, angles)
    if heads is None:
        return Fields(values)
    t, potential, drift = np.cos(angles), np.zeros(angles.shape), np.zeros(angles.shape)
    for b, value in heads.heads:
        kernel, degree = _kernel(b, dimension)
        moments = _zonal_moments(density, degree, dimension)
        shift = kernel.log_constant if heads.normalization == "softmax" else 0.0
        sizes = log_harmonic_dimensions(degree, dimension) - shift
        sign = kernel.signs(degree)
        slopes = sign * (-1.0 if b < 0 else 1.0) * np.exp(kernel.log_potential_eigenvalues(degree) + sizes) * moments
        polynomials = gegenbauer(degree, dimension, t)
        l = np.arange(1.0, degree + 1)
        climb = l * (l + dimension - 2) / (dimension - 1)
        force = -np.sin(angles) * ((climb * slopes[1:]) @ gegenbauer(degree - 1, dimension + 2, t))
        if heads.normalization == "softmax":
            force /= (sign * np.exp(kernel.log_eigenvalues(degree) + sizes) * moments) @ polynomials
        potential += value * (slopes @ polynomials)
        drift += value * force
    return Fields(values, potential, drift[..., None])


def _kernel(b: float, dimension: int) -> tuple[ExponentialKernel, int]:
    """Return the kernel of a head and the highest degree that its drift can feel."""
    kernel = ExponentialKernel(b, dimension)
    return kernel, max(2, kernel.significant_degree(min(_MOST_DEGREES, 4 * int(abs(b)) + 400)))


def _zonal_moments(density: Any, degree: int, dimension: int) -> Array:
    """Return M_l about the axis e, l = 0 … degree, from the series or from the masses about the mean direction."""
    if isinstance(density, Density):
        return density.space.resize(density.native, degree)
    y, masses = latitudes(density, _MASS_ERROR)
    side = float(np.sign(np.asarray(density.mean).reshape(-1)[0])) or 1.0
    return np.asarray(gegenbauer_mercator(degree, dimension, side * y) @ masses)


def _with_attention(density: Any, heads: Heads, points: Array, values: Array, sample: Any) -> Fields:
    """Add potential and drift, from the scalar fields e^{b<x,y>} dμ and y_i e^{b<x,y>} dμ in harmonics."""
    potential, drift = np.zeros(points.shape[:-1]), np.zeros(points.shape)
    for b, value in heads.heads:
        dimension = points.shape[-1]
        kernel, degree = _kernel(b, dimension)
        shift = kernel.log_constant if heads.normalization == "softmax" else 0.0
        weights = kernel.signs(degree) * np.exp(kernel.log_eigenvalues(degree) - shift)
        slopes = kernel.signs(degree) * np.exp(kernel.log_potential_eigenvalues(degree) - shift)
        slopes *= -1.0 if b < 0 else 1.0
        low = _low_degrees(density, degree + 1)
        space, coefficients = low.space.at_degree(degree), low.space.resize(low.native, degree)
        components = [weights[space.degrees] * c for c in _first_moments(low, degree)]
        ambient = np.stack([sample(Density(space, c)) for c in components], axis=-1)
        if heads.normalization == "softmax":
            ambient /= sample(Density(space, weights[space.degrees] * coefficients))[..., None]
        potential += value * sample(Density(space, slopes[space.degrees] * coefficients))
        drift += value * (ambient - points * np.vecdot(ambient, points)[..., None])
    return Fields(values, potential, drift)


def _first_moments(low: Density, degree: int) -> Sequence[Array]:
    """Return the coefficients of y_i μ up to a degree, exact for densities known to one degree more."""
    grid: Any = low.space.grid(1)
    values = grid.values(low.native)
    products = [values * component for component in np.moveaxis(np.asarray(grid.points), -1, 0)]
    return [low.space.resize(grid.analysis(product), degree) for product in products]


def _low_degrees(density: Any, degree: int) -> Density:
    """Return the harmonics of a density up to a degree.

    Those of tokens are sums over tokens, exact. Those of a density that is known by its values are sums Σ p Y_lm over
    rings about its mean direction, taken in a frame that has this direction as its pole, and turned back by evaluating
    them there.

    Raises
    ------
    DomainError
        If the density is too concentrated even for rings, or has no mean direction.
    """
    if isinstance(density, Density):
        return Density(density.space.at_degree(degree), density.space.resize(density.native, degree))
    if isinstance(density, CircleTokenDensity):
        return Density(Circle(degree), density.coefficients_in(Circle(degree)))
    if isinstance(density, SphereMercatorDensity):
        return Density(Sphere(degree), density.coefficients_in(Sphere(degree)))
    found = rings(density, _MASS_ERROR)
    theta = 2.0 * np.arctan(np.exp(found.latitudes))
    if found.frame.shape[0] == 2:
        return Density(Circle(degree), _circle_coefficients(found, theta, degree))
    body = Density(Sphere(degree), _sphere_coefficients(found, theta, degree))
    grid: Any = body.space.grid(0)
    return Density(body.space, grid.analysis(body.values(np.asarray(grid.points) @ found.frame.T)))


def _circle_coefficients(found: Rings, theta: Array, degree: int) -> Array:
    """Return Σ p e^{−ikφ} over the points of a circle, as pairs of real and imaginary part."""
    points = ring_points(found.frame, theta)
    angle = np.arctan2(points[..., 1], points[..., 0]).ravel()
    phases = np.exp(-1j * np.outer(np.arange(degree + 1), angle))
    return np.ascontiguousarray(phases @ found.masses.ravel()).view(float)


def _sphere_coefficients(found: Rings, theta: Array, degree: int) -> Array:
    """Return Σ p Y_lm over the points of the rings, in the frame whose pole is the mean direction."""
    import pyshtools

    around = np.fft.fft(found.masses, axis=1)
    l, order = np.tril_indices(degree + 1)
    carried = order < around.shape[1] // 2  # higher orders are more than the azimuths tell
    sums = np.zeros(l.size, dtype=complex)
    for cosine, ring in zip(np.cos(theta), around, strict=True):
        sums[carried] += pyshtools.legendre.PlmBar(degree, cosine)[carried] * ring[order[carried]]
    cilm = np.zeros((2, degree + 1, degree + 1))
    cilm[0, l, order], cilm[1, l, order] = sums.real, np.where(order > 0, -sums.imag, 0.0)
    return Sphere(degree).from_public(cilm)


def _on_rows(density: Any, mesh: SphereMesh) -> Array:
    """Return ρ at every point of a mesh of S², shape (N+1, 2N).

    A density in harmonics is padded with zeros to a degree whose own regular grid contains the mesh.
    """
    if not isinstance(density, Density):
        return np.asarray(density.values(mesh.points))
    every = 1
    while every * mesh.intervals % 2 or every * mesh.intervals // 2 - 1 < density.space.degree:
        every += 1
    degree = every * mesh.intervals // 2 - 1
    _, values = Density(density.space.at_degree(degree), density.space.resize(density.native, degree)).grid()
    return np.asarray(values[::every, :-1:every])
