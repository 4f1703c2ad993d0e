"""Where the field of one identity head gathers tokens: the maxima of its potential G(x) = ∫ W(<x, y>) dμ, W' = g.

X is ∇G, over a positive partition with softmax, whatever the kernel and the sign of β. All that is asked of the density
is its coefficients up to the kernel's significant degree, so that nothing here grows with the density's own.
"""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from kinetic.geometry import chord_angle
from kinetic.kernels import Kernel
from kinetic.spaces.circle import Circle
from kinetic.spaces.scattered import SpherePoints
from kinetic.spaces.sphere import Sphere
from kinetic.special import gegenbauer, laplace_eigenvalues, log_harmonic_dimensions, powers
from kinetic.types import Array, ComplexArray, Integers

LARGEST = 0.3
"""Largest radius of a cluster, radians."""

SHARE = 0.25
"""Radius of a cluster over the distance to the nearest point that repels; half of that to the next that attracts."""

_EPS = float(np.finfo(float).eps)
_ROUNDINGS = 64.0  # of a slope summed over degrees, below which it is none
_TO_A_WAVE = 4.4  # nodes of a grid
_NEWTON_STEPS = 3  # from an error of 1e-2 of a wave
_MOST_STEPS = 8  # three or four from a lattice's point; more on the way along a ridge
_CLOSE = 1e-8  # radians: after a step of that length the next is rounding
_FLAT = 1e-6  # of the largest curvature: below that a maximum is part of a ridge, which gathers at no point
_SAME = 1e-3  # radians
_LEAST = 1e-300  # what is divided by is no less


def degree_for(kernel: Kernel, largest: int) -> int:
    """Return the degree to which the potential is wanted, at most the largest that there is."""
    last = kernel.last_degree
    return max(1, largest if last is None else min(largest, kernel.significant_degree(last)))


@lru_cache(maxsize=16)
def _weights(kernel: Kernel, degree: int) -> Array:
    """Return W_l over the largest, W_0 left out: the potential's mean gathers nothing; 0 of a kernel that is flat."""
    logs = kernel.log_potential_eigenvalues(degree)
    logs[0] = -math.inf
    if logs.max() == -math.inf:
        return np.zeros(logs.size)
    return np.asarray(kernel.potential_signs(degree) * np.exp(logs - logs.max()))


def circle_points(kernel: Kernel, space: Circle, coefficients: Array) -> tuple[Array, Array]:
    """Return the angles, in [0, 2π), that attract, and those that repel.

    Parameters
    ----------
    kernel : Kernel
    space : Circle
    coefficients : Array
        Native, of the density.
    """
    degree = degree_for(kernel, space.degree)
    modes: ComplexArray = space.resize(coefficients, degree).view(complex)
    slopes = 1j * np.arange(degree + 1) * _weights(kernel, degree) * modes
    count = 8 * (degree + 16)
    values = np.fft.irfft(slopes, count, norm="forward")
    if not np.abs(values).max() > _ROUNDINGS * _EPS * float(np.arange(degree + 1) @ np.abs(_weights(kernel, degree))):
        return np.zeros(0), np.zeros(0)
    angles, falls = _crossings(slopes, values)
    return angles[falls], angles[~falls]


def _crossings(slopes: ComplexArray, values: Array) -> tuple[Array, NDArray[np.bool_]]:
    """Return the angles where a function passes zero, by Newton's steps between two nodes, and at which it falls.

    Eight nodes to the shortest wave leave a first error of a hundredth of a node's distance; steps stay between them.
    """
    ahead = np.concatenate([values[1:], values[:1]])
    at = np.flatnonzero((values > 0) != (ahead > 0))
    step, degree = 2.0 * math.pi / values.size, slopes.size - 1
    low, here = at * step, values[at]
    angles = low + here / (here - ahead[at]) * step
    both = np.stack([slopes, 1j * np.arange(degree + 1) * slopes])
    for _ in range(_NEWTON_STEPS if at.size else 0):
        value, bend = (both @ powers(np.exp(1j * angles), degree)).real
        move = np.divide(value, bend, out=np.zeros_like(value), where=bend != 0.0)
        angles = np.minimum(np.maximum(angles - move, low), low + step)
    return np.asarray(angles), np.asarray(here > 0)


def circle_radii(attracting: Array, repelling: Array) -> Array:
    """Return the radius of the cluster at each angle that attracts."""
    apart = np.abs(np.angle(np.exp(1j * (attracting[:, None] - repelling))))
    return np.asarray(np.minimum(LARGEST, SHARE * apart.min(axis=1, initial=math.pi)))


def sphere_points(kernel: Kernel, space: Sphere, coefficients: Array) -> Array:
    """Return the points of the sphere that attract, shape (c, 3): maxima over a grid, then Newton's steps.

    A ridge, whose points attract across it alone, is none.

    **Cost** One transform of the kernel's significant degree K at 10 (K + 3)² nodes, and some at a few points.
    """
    degree = degree_for(kernel, space.degree)
    low = space.at_degree(degree)
    potential = _weights(kernel, degree)[low.degrees] * space.resize(coefficients, degree)
    grid = low.grid_of(_scanning(degree))
    values = grid.values(potential)
    scale = float(np.abs(potential).max())
    if not values.max() - values.min() > _ROUNDINGS * _EPS * degree or scale == 0.0:
        return np.zeros((0, 3))
    return _distinct(_climbed(potential, degree, grid.points.reshape(-1, 3)[_tops(values)]))


@lru_cache(maxsize=16)
def _scanning(degree: int) -> tuple[int, int]:
    """Return rings and longitudes some four of which make up the shortest wave."""
    rings = math.ceil(_TO_A_WAVE * (degree + 3) / 2.0)
    return rings, int(fft.next_fast_len(2 * rings, real=True))


def _tops(values: Array) -> Integers:
    """Return the nodes, by their places in a row, that lie no lower than the eight around them, five at a pole.

    Who climbs from the node next to a maximum, from neighbor to neighbor, ends at one of them. The ring about a pole
    needs no neighbors across it: its highest node is the one on the way up.
    """
    row = np.maximum(values, np.maximum(np.roll(values, 1, axis=1), np.roll(values, -1, axis=1)))
    high = values >= row
    high[1:] &= values[1:] >= row[:-1]
    high[:-1] &= values[:-1] >= row[1:]
    return np.flatnonzero(high)


def _climbed(potential: Array, degree: int, points: Array) -> Array:
    """Return where Newton's steps from points near maxima end, those on ridges left out.

    A step goes uphill along both axes of the Hessian: it is |H|⁻¹ slope. With H = h + r S, S² = 1, the eigenvalues are
    h ± r, and |H|⁻¹ is a + b S, a and b half of sum and difference of 1/|h ± r|.
    """
    if not len(points):
        return points
    widest = 3.0 / (degree + 3)
    for _ in range(_MOST_STEPS):
        frame, slopes, (level, skew, mixed) = SpherePoints(points).bends(potential, degree)
        size = np.maximum(np.hypot(skew, mixed), _LEAST)
        upper, lower = np.maximum(np.abs(level + size), _LEAST), np.maximum(np.abs(level - size), _LEAST)
        mean, rest = 0.5 / upper + 0.5 / lower, (0.5 / upper - 0.5 / lower) / size
        step = mean * slopes + rest * np.array(
            [skew * slopes[0] + mixed * slopes[1], mixed * slopes[0] - skew * slopes[1]]
        )
        length = np.hypot(*step)
        step *= np.minimum(1.0, widest / np.maximum(length, _LEAST))
        points = _unit(points + step[0, :, None] * frame[0] + step[1, :, None] * frame[1])
        if length.max() < _CLOSE:
            break
    return np.asarray(points[level + size < -_FLAT * np.maximum(lower, upper)])


def _unit(vectors: Array) -> Array:
    return np.asarray(vectors / np.sqrt(np.vecdot(vectors, vectors))[:, None])


def _distinct(points: Array) -> Array:
    """Return points, those that are one told once."""
    same = _chords(points) <= _SAME
    return points[same.argmax(axis=1) == np.arange(len(points))] if len(points) else points


def _chords(points: Array) -> Array:
    """Return |x_i − x_j|, shape (n, n)."""
    apart = points[:, None] - points
    return np.asarray(np.sqrt(np.vecdot(apart, apart)))


def sphere_radii(points: Array) -> Array:
    """Return the radius of the cluster at each point that attracts."""
    angles = chord_angle(_chords(points))
    np.fill_diagonal(angles, 2.0 * math.pi)
    return np.asarray(np.minimum(LARGEST, SHARE * 0.5 * angles.min(axis=1, initial=2.0 * math.pi)))


def latitude_points(kernel: Kernel, moments: Array) -> tuple[Array, Array]:
    """Return the polar angles that attract an axisymmetric density's tokens, poles among them, and those that repel.

    Parameters
    ----------
    kernel : Kernel
        Its dimension is that of the sphere.
    moments : Array
        M_l = ∫ P_l dμ.
    """
    dimension = kernel.dimension
    degree = degree_for(kernel, moments.size - 1)
    theta, table = _scanned(degree, dimension)
    sizes = _weights(kernel, degree) * np.exp(log_harmonic_dimensions(degree, dimension)) * moments[: degree + 1]
    climbs = sizes[1:] * laplace_eigenvalues(degree, dimension)[1:] / (dimension - 1.0)
    outward = -(climbs @ table)  # dG/dθ over sin θ
    if not np.abs(outward).max() > _ROUNDINGS * _EPS * float(np.abs(climbs).max()) * degree or not climbs.any():
        return np.zeros(0), np.zeros(0)
    signs = np.where(outward > 0, 1.0, -1.0)
    turns = np.flatnonzero(signs[:-1] != signs[1:])
    fraction = outward[turns] / (outward[turns] - outward[turns + 1])
    middles = theta[turns] + fraction * (theta[turns + 1] - theta[turns])
    falls = signs[turns] > 0
    poles = [angle for angle, sign in ((0.0, -signs[0]), (math.pi, signs[-1])) if sign > 0]
    return np.append(middles[falls], poles), np.asarray(middles[~falls])


@lru_cache(maxsize=4)
def _scanned(degree: int, dimension: int) -> tuple[Array, Array]:
    """Return polar angles, sixteen to the shortest wave, and P_{l−1} in dimension d + 2 there, l = 1 … degree."""
    theta = np.linspace(0.0, math.pi, 16 * (degree + 16) + 1)
    return theta, gegenbauer(degree - 1, dimension + 2, np.cos(theta))
