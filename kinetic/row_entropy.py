"""Entropy of a density's attention rows: H(x) = −∫ p ln p dμ(y), p = e^{β<Qx, Ky>}/Z(x), averaged over x.

Relative to μ it is minus a Kullback–Leibler divergence: 0 where a token attends to all others alike, as at a Dirac
mass, and below 0 everywhere else. With s(x, y) = β<Ax, y − p>, A = KᵀQ and p any point,

    ln p = s − ln ∫ e^s dμ,      −H(x) = ∫ (e^L L − e^L + 1) dμ(y),  L = ln p,

a sum of non-negative terms that are small where tokens are close: with p the mean direction, and y − p in a frame
whose first vector is p, it is accurate relative to itself however small it is. An axisymmetric density is summed over
pairs of rings, the azimuth between them by Gauss's rule of the sphere across the axis. Where there are too many tokens
for pairs, Z and ∫ K y dμ come from harmonics, and

    H = ln Z − β<Ax, ∫ K y dμ>/Z,

which cancels near a Dirac mass and is not given there. The module refuses to know charts and time.
"""

import math
from collections.abc import Sequence

import numpy as np
from scipy.special import roots_gegenbauer

from kinetic.attention.anywhere import Anywhere
from kinetic.attention.heads import Head
from kinetic.charts.latitude import latitude as latitude_of
from kinetic.charts.latitude import log_cosh, versine
from kinetic.density import Body
from kinetic.spaces.scattered import scattered
from kinetic.spaces.zonal import MOMENT_DIMENSION
from kinetic.types import Array

MOST_TOKENS = 1500
"""Tokens of circle or sphere up to which all pairs are summed."""

_TRUSTED = 1e-6  # as in `density.observing`
_BLOCK = 2**20  # pairs at a time
_SMALL = 0.1  # |L| below which e^L L − e^L + 1 cancels
_STEEP = 50.0  # exponent from which on a sum is taken from its largest term


def row_entropies(density: Body, heads: Sequence[Head]) -> Array:
    """Return ∫ H_h dμ of every head.

    Parameters
    ----------
    density : density of any body
        On circle or sphere, or axisymmetric with heads that keep the axis.
    heads : sequence of Head
        Of the kernel e^{βt}.

    Returns
    -------
    Array, shape (heads,)
        ≤ 0; NaN where rounding exceeds 1e-6 of it: more than `MOST_TOKENS` tokens close to a Dirac mass. NaN as well
        for axisymmetric series in dimension above 8, which give no masses.

    **Accuracy** Up to `MOST_TOKENS` tokens ε/θ relative to itself, θ the width of the density.

    **Cost** Pairs of tokens; axisymmetric: times some ten; above `MOST_TOKENS` a transform.

    Source: H of arXiv:2605.04279, relative to μ.
    """
    if density.axisymmetric:
        return _of_rings(density, heads)
    reach = max(head.reach for head in heads)
    points, masses = density.quadrature(math.ceil(2.0 * reach) + 16)
    if masses.size > MOST_TOKENS:
        return _of_harmonics(points, masses, heads)
    pole = points[0] if density.direction is None else density.direction
    frame = _frame(pole)
    apart = (points - pole) @ frame.T
    apart[:, 0] = -0.5 * np.vecdot(points - pole, points - pole)
    tokens = apart + np.eye(pole.size)[0]
    exponents = [head.beta * _turned(head.form, frame) for head in heads]
    return np.array([_of_pairs(tokens @ exponent.T, masses, apart, masses) for exponent in exponents])


def _of_rings(density: Body, heads: Sequence[Head]) -> Array:
    """Return the same of a density that has an axis."""
    if density.as_series is None:
        latitude, masses = density.polar_quadrature()
    elif density.dimension <= MOMENT_DIMENSION:
        cosines, masses = density.quadrature(math.ceil(2.0 * max(head.reach for head in heads)) + 16)
        latitude = latitude_of(cosines)
    else:
        return np.full(len(heads), math.nan)
    latitude = latitude if float(density.mean[0]) >= 0 else -latitude
    gap, across = versine(latitude), np.exp(-log_cosh(latitude))
    tokens, found = np.stack([1.0 - gap, across], axis=1), []
    for head in heads:
        along, beside = head.beta * head.form[0, 0], head.beta * head.form[-1, -1]
        azimuth, shares = _azimuths(density.dimension, abs(beside) * float(across.max()) ** 2)
        apart = np.stack([np.repeat(-gap, azimuth.size), np.outer(across, azimuth).ravel()], axis=1)
        felt = tokens * [along, beside]
        found.append(_of_pairs(felt, masses, apart, np.outer(masses, shares).ravel()))
    return np.array(found)


def _azimuths(dimension: int, exponent: float) -> tuple[Array, Array]:
    """Return cosines of the azimuth between two rings and their shares, for e^{exponent · cosine} to rounding."""
    if dimension == 2:
        return np.array([1.0, -1.0]), np.array([0.5, 0.5])
    count = 8 + math.ceil(exponent)
    if dimension == 3:
        return np.cos(np.pi * (np.arange(count) + 0.5) / count), np.full(count, 1.0 / count)
    nodes, weights = roots_gegenbauer(count, 0.5 * (dimension - 3))
    return np.asarray(nodes), np.asarray(weights / weights.sum())


def _of_pairs(felt: Array, outer: Array, apart: Array, inner: Array) -> float:
    """Return ∫ H dμ from βAx of tokens with masses `outer`, and y − p of tokens with masses `inner`."""
    outer, inner = outer / outer.sum(), inner / inner.sum()
    count = max(1, _BLOCK // inner.size)
    total = 0.0
    for first in range(0, outer.size, count):
        part = slice(first, first + count)
        exponents = felt[part] @ apart.T
        logs = exponents - _log_mean(exponents, inner)[:, None]
        total += float(outer[part] @ (_divergence(logs) @ inner))
    return -total


def _log_mean(exponents: Array, masses: Array) -> Array:
    """Return ln ∫ e^s dμ of each row, relative to itself where s is small."""
    top = exponents.max(axis=1)
    steep = np.where(top > _STEEP, top, 0.0)
    moved = np.expm1(exponents - steep[:, None]) @ masses
    with np.errstate(invalid="ignore"):
        return np.asarray(steep + np.log1p(moved))


def _divergence(logs: Array) -> Array:
    """Return e^L L − e^L + 1 = Σ_{k≥2} (k−1) L^k/k!."""
    small = np.abs(logs) < _SMALL
    found = np.exp(logs) * logs - np.expm1(logs)
    near = logs[small]
    series = np.zeros(near.size)
    for k in range(12, 1, -1):
        series = series * near + (k - 1) / math.factorial(k)
    found[small] = series * near**2
    return np.asarray(found)


def _frame(pole: Array) -> Array:
    """Return an orthonormal basis, as rows, whose first vector is a unit vector."""
    basis = np.linalg.qr(np.column_stack([pole, np.eye(pole.size)]))[0].T
    basis[0] = pole
    return np.asarray(basis)


def _turned(form: Array, frame: Array) -> Array:
    """Return a matrix in a frame; multiples of the identity stay what they are."""
    multiple = form[0, 0] * np.eye(len(form))
    return multiple if np.array_equal(form, multiple) else np.asarray(frame @ form @ frame.T)


def _of_harmonics(points: Array, masses: Array, heads: Sequence[Head]) -> Array:
    """Return the same from sums over harmonics, NaN where they do not tell it."""
    places = scattered(points)
    found = []
    for head in heads:
        anywhere = Anywhere((head,), "softmax")
        ((partition, log_scale, means, noise),) = anywhere.rows(anywhere.of_points(places, masses), places)
        asked = head.beta * points @ head.form.T
        with np.errstate(all="ignore"):
            rows = log_scale + np.log(partition) - np.vecdot(asked, means)
        doubt = float(np.abs(masses) @ noise) * (1.0 + head.reach)
        entropy = float(masses @ rows)
        found.append(entropy if doubt < _TRUSTED * abs(entropy) else math.nan)
    return np.array(found)
