"""Special functions of the sphere S^{d-1} for every d ≥ 2: dimensions, Gegenbauer polynomials, Bessel quotients.

Conventions. P_l is the Gegenbauer polynomial of the sphere normalised to P_l(1) = 1 (Chebyshev for d = 2,
Legendre for d = 3); N_l is the dimension of the harmonics of degree l; σ is the uniform probability measure, so
that √N_l P_l is orthonormal for σ and Σ_m Y_lm(x) Y_lm(y) = N_l P_l(<x, y>). The module knows nothing of attention.
"""

import math
from functools import lru_cache

import numpy as np

from kinetic.errors import DomainError
from kinetic.types import Array, ArrayLike, ComplexArray


def _constant(array: Array) -> Array:
    """Return the array, read-only: it is kept and handed out again."""
    array.setflags(write=False)
    return array


def laplace_eigenvalues(degree: int, dimension: int) -> Array:
    """Return λ_l = l(l + d − 2), l = 0 … degree: −Δ on harmonics of degree l of S^{d-1}."""
    degrees = np.arange(degree + 1.0)
    return degrees * (degrees + dimension - 2.0)


@lru_cache(maxsize=256)
def log_harmonic_dimensions(degree: int, dimension: int) -> Array:
    """Return ln N_l, l = 0 … degree, with N_l the number of independent harmonics of degree l on S^{d-1}.

    Accuracy
    --------
    Summed from the logarithms of N_{l+1}/N_l = (2l+d)(l+d−2)/((2l+d−2)(l+1)), so that the error is a few ε·ln N_l
    where differences of ln Γ would lose four digits at d = 4096 (test_special.py).
    """
    if dimension == 2:
        return _constant(np.where(np.arange(degree + 1) == 0, 0.0, math.log(2.0)))
    degrees = np.arange(1.0, degree)
    ratios = (2 * degrees + dimension) / (2 * degrees + dimension - 2) * (degrees + dimension - 2)
    logs = np.concatenate([[0.0, math.log(dimension)], np.log(ratios / (degrees + 1))])
    return _constant(np.cumsum(logs[: degree + 1]))


def jacobi_coefficients(degree: int, dimension: int) -> tuple[Array, Array]:
    """Return (α, γ) of the recurrence t P_l = α_l P_{l+1} + γ_l P_{l−1}, l = 0 … degree.

    α_l = (l+d−2)/(2l+d−2) and γ_l = l/(2l+d−2) are non-negative and add up to one.
    """
    degrees = np.arange(degree + 1.0)
    scale = 2 * degrees + dimension - 2
    with np.errstate(invalid="ignore"):
        gamma = np.where(degrees == 0, 0.0, degrees / scale)
    return 1.0 - gamma, gamma


def gegenbauer(degree: int, dimension: int, cosine: ArrayLike) -> Array:
    """Return p[l, ...] = P_l(t), l = 0 … degree, for t in [−1, 1], shape (degree + 1, *t.shape).

    Accuracy
    --------
    |P_l| ≤ 1; absolute error about l·ε for the t received. Where t itself is rounded near ±1, P_l changes by l²ε:
    `gegenbauer_mercator` avoids that.

    Cost
    ----
    O(degree · t.size) operations.
    """
    t = np.asarray(cosine, dtype=float)
    return _from_versine(degree, dimension, 1.0 - np.abs(t), np.sign(t))


def gegenbauer_mercator(degree: int, dimension: int, y: ArrayLike) -> Array:
    """Return p[l, ...] = P_l(−tanh y), y = ln tan(θ/2), accurate to l·ε however close to the poles."""
    y = np.asarray(y, dtype=float)
    return _from_versine(degree, dimension, 2.0 / (1.0 + np.exp(2.0 * np.abs(y))), -np.sign(y))


def _from_versine(degree: int, dimension: int, versine: Array, sign: Array) -> Array:
    """Return P_l(sign·(1 − versine)) from α_l (P_{l+1} − P_l) = γ_l (P_l − P_{l−1}) − versine·P_l."""
    alpha, gamma = jacobi_coefficients(degree, dimension)
    values = np.empty((degree + 1, *versine.shape))
    values[0] = 1.0
    step = np.zeros(versine.shape)
    for l in range(degree):
        step = (gamma[l] * step - versine * values[l]) / alpha[l]
        values[l + 1] = values[l] + step
    values[1::2] *= np.where(sign < 0, -1.0, 1.0)
    return values


def gegenbauer_moments(degree: int, dimension: int, y: Array, weights: Array) -> Array:
    """Return Σ_i w_i P_l(−tanh y_i), l = 0 … degree, what a table of `gegenbauer_mercator` would give, without one.

    Parameters
    ----------
    degree, dimension : int
    y, weights : Array, shape (n,)
    """
    alpha, gamma = jacobi_coefficients(degree, dimension)
    found = np.zeros(degree + 1)
    for start in range(0, y.size, _BLOCK):
        block = slice(start, start + _BLOCK)
        either = weights[block], np.where(y[block] > 0, -weights[block], weights[block])  # parity
        versine = 2.0 / (1.0 + np.exp(2.0 * np.abs(y[block])))
        row, step, product = np.ones(versine.size), np.zeros(versine.size), np.empty(versine.size)
        found[0] += either[0].sum()
        for l in range(degree):
            step *= gamma[l]
            np.multiply(versine, row, out=product)
            step -= product
            step /= alpha[l]
            row += step
            found[l + 1] += either[(l + 1) % 2] @ row
    return found


_BLOCK = 16384
"""Points whose rows of the recurrence fit in a core's cache."""


def gauss_gegenbauer(count: int, dimension: int) -> tuple[Array, Array]:
    """Return the Gauss rule (t_i, w_i) for ∫ f(<x, e>) dσ(x), exact for polynomials of degree 2·count − 1.

    The weights are the Christoffel numbers 1/Σ_l N_l P_l(t_i)², positive, of sum one.

    Accuracy
    --------
    Relative accuracy of every weight that is a normal number, also far out in high dimension (test_special.py).
    """
    from scipy.linalg import eigh_tridiagonal

    alpha, gamma = jacobi_coefficients(count, dimension)
    nodes = eigh_tridiagonal(np.zeros(count), np.sqrt(alpha[: count - 1] * gamma[1:count]), eigvals_only=True)
    nodes = 0.5 * (nodes - nodes[::-1])
    previous, current = np.zeros(count), np.ones(count)
    total = np.ones(count)
    with np.errstate(over="ignore"):  # an overflowing sum is a weight below the smallest number: zero
        for l in range(count - 1):
            # orthonormal recurrence: t p_l = b_l p_{l+1} + b_{l−1} p_{l−1}, b_l = √(α_l γ_{l+1})
            up = math.sqrt(alpha[l] * gamma[l + 1])
            down = math.sqrt(alpha[l - 1] * gamma[l]) if l else 0.0
            previous, current = current, (nodes * current - down * previous) / up
            total += current * current
        weights = np.where(np.isfinite(total), 1.0 / total, 0.0)
    return nodes, weights / weights.sum()


@lru_cache(maxsize=1)
def _panel_rule() -> tuple[Array, Array]:
    """Return the 20 nodes and weights of one panel, [0, 1]."""
    import basix

    rule = basix.make_quadrature(basix.CellType.interval, 39)
    return np.asarray(rule[0], dtype=float)[:, 0], np.asarray(rule[1], dtype=float)


def gauss_panels(edges: ArrayLike) -> tuple[Array, Array]:
    """Return nodes and weights of Gauss rules with 20 nodes on each panel between ascending edges.

    Accuracy
    --------
    Exact for piecewise polynomials of degree 39; an oscillation of 16 radians across a panel is integrated to
    rounding (test_special.py).
    """
    corners = np.asarray(edges, dtype=float)
    nodes, weights = _panel_rule()
    widths = np.diff(corners)[:, None]
    return (corners[:-1, None] + widths * nodes).reshape(-1), (widths * weights).reshape(-1)


@lru_cache(maxsize=256)
def bessel_quotients(count: int, order: float, argument: float) -> Array:
    """Return q_l = I_{ν+l+1}(x) / (x I_{ν+l}(x)), l = 0 … count − 1: even and positive in x, q_l(0) = 1/(2(ν+l+1)).

    Backward recurrence q_{l−1} = 1/(2(ν+l) + x² q_l) from an order so high that the start is forgotten: the
    recurrence contracts errors by (x q)² a step, below one half once ν + l exceeds |x|.

    Parameters
    ----------
    count : int
    order : float
        ν ≥ 0 (ν = d/2 − 1 on S^{d-1}).
    argument : float
        x, any sign, also zero.

    Accuracy
    --------
    A few ε, relative, for every ν, l and x: only positive numbers are added (test_special.py).
    """
    if order < 0:
        raise DomainError(f"order of the Bessel quotient: received {order}; it must not be negative")
    square = argument * argument
    top = count + int(abs(argument)) + 60
    quotient = 1.0 / (2.0 * (order + top + 1.0))
    quotients = np.empty(count)
    for l in range(top - 1, -1, -1):
        quotient = 1.0 / (2.0 * (order + l + 1.0) + square * quotient)
        if l < count:
            quotients[l] = quotient
    return _constant(quotients)


def log_hypergeometric_0f1(parameter: float, argument: float) -> float:
    """Return ln ₀F₁(; a; x) for a > 0, x ≥ 0 by a nested sum of positive terms, rescaled so that it cannot overflow.

    Accuracy
    --------
    Relative accuracy of ₀F₁ about √k·ε after k ≈ √x + 60 terms (test_special.py).
    """
    if parameter <= 0 or argument < 0:
        raise DomainError(f"0F1(; {parameter}; {argument}): needs a positive parameter and no negative argument")
    terms = int(2 * math.sqrt(argument)) + 60
    total, exponent = 1.0, 0.0
    for k in range(terms, 0, -1):
        factor = argument / (k * (parameter + k - 1))
        # `total` stands for total·e^exponent; the added 1 has to be brought to the same scale
        total = math.exp(-exponent) + factor * total
        if total > 1e200:
            exponent += math.log(total)
            total = 1.0
    return math.log(total) + exponent


def log_gamma_ratio(argument: float, step: float) -> float:
    """Return ln Γ(a + s)/Γ(a) for a > 0, s ≥ 0.

    Accuracy
    --------
    A few ε, absolutely, for steps of order one and every a, where the difference of two ln Γ would lose the digits of
    their size: whole steps are factors, and the fraction that is left is Stirling's series beyond 30
    (test_special.py).
    """
    whole = int(step)
    total = sum(math.log(argument + k) for k in range(whole))
    a, s = argument + whole, step - whole
    while a < 30:
        total += math.log(a) - math.log(a + s)
        a += 1
    tail = sum(b * ((a + s) ** -n - a**-n) for b, n in ((1 / 12, 1), (-1 / 360, 3), (1 / 1260, 5), (-1 / 1680, 7)))
    return total + (a - 0.5) * math.log1p(s / a) + s * math.log(a + s) - s + tail


def powers(points: ComplexArray, degree: int) -> ComplexArray:
    """Return z^k, k = 0 … degree, by doubling: errors of k^{1/2} ε."""
    table = np.empty((degree + 1, points.size), dtype=complex)
    table[0] = 1.0
    table[1:2] = points
    filled = 2
    while filled <= degree:
        count = min(filled - 1, degree + 1 - filled)
        np.multiply(table[1 : count + 1], table[filled - 1], out=table[filled : filled + count])
        filled += count
    return table
