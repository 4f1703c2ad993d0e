"""The drift that one head with general matrices makes on the uniform density.

Responsible for the closed form of the instantaneous velocity at ρ = 1, which vanishes only for special (Q,
K, V), and for the rates at which it begins to change the moments. Knows nothing of how the density then moves.

**Derived here.** With x′ = KᵀQx, ∫ y e^{β<x′,y>} dσ(y) = (x′/|x′|) w_1(β|x′|) (Funk–Hecke), and the
partition is w_0(β|x′|).
"""

import math
from collections.abc import Sequence

import numpy as np

from kinetic.errors import DomainError
from kinetic.theory.bessel import eigenvalue_ratio, log_eigenvalue_over_argument, parity_sign
from kinetic.theory.domain import require_degree, require_normalization
from kinetic.theory.statement import statement
from kinetic.types import Array, ArrayLike, Normalization


@statement("derived", "derived here", "drift at the uniform density: P_x V x̂′ A_d(β|x′|), x′ = KᵀQx")
def uniform_drift(
    points: ArrayLike,
    query: ArrayLike,
    key: ArrayLike,
    value: ArrayLike,
    beta: float,
    normalization: Normalization,
) -> Array:
    """Return the tangent velocity at given points when the density is uniform.

    X(x) = P_x V x̂′ A_d(β|x′|) (softmax), times w_0(β|x′|) (none), with x′ = KᵀQx, x̂′ = x′/|x′|, A_d =
    w_1/w_0, P_x = I − xxᵀ.

    Parameters
    ----------
    points : array_like, shape (n, d)
        Unit vectors.
    query, key, value : array_like, shape (d, d)
        Q, K, V of the one head.
    beta : float
        Inverse temperature; |β||x′| ≤ 600.

    Returns
    -------
    ndarray, shape (n, d)
        `X[i]` = X(x_i), a rate per unit of time, orthogonal to x_i.

    Raises
    ------
    DomainError
        If the shapes do not fit each other.
    """
    require_normalization(normalization)
    x = np.atleast_2d(np.asarray(points, dtype=np.float64))
    matrices = [np.asarray(matrix, dtype=np.float64) for matrix in (query, key, value)]
    if any(matrix.shape != (x.shape[1], x.shape[1]) for matrix in matrices):
        shapes = ", ".join(str(matrix.shape) for matrix in matrices)
        raise DomainError(f"matrices of shapes {shapes} do not act on points in dimension {x.shape[1]}; give d×d ones")
    scores = x @ (matrices[1].T @ matrices[0]).T
    moments = np.array([_mean_factor(float(np.linalg.norm(s)), x.shape[1], beta, normalization) for s in scores])
    pulled = (moments[:, None] * scores) @ matrices[2].T
    return np.asarray(pulled - np.sum(pulled * x, axis=1, keepdims=True) * x, dtype=np.float64)


@statement("derived", "derived here", "a uniform density's moments begin to change at k Sym ∫ X ⊗ x^{k−1} dσ")
def uniform_moment_rate(
    order: int, heads: Sequence[tuple[float, ArrayLike, ArrayLike, ArrayLike]], d: int, normalization: Normalization
) -> Array:
    """Return d/dt ∫ x^{⊗k} dμ at the uniform density, k Sym ∫ X ⊗ x^{⊗(k−1)} dσ, X summed over heads.

    X is odd in x, so that the rate vanishes for odd k. Diffusion does not change it: the uniform density is at rest
    under it.

    Parameters
    ----------
    order : int
        k ≥ 1.
    heads : sequence of (float, array_like, array_like, array_like)
        (β_h, Q_h, K_h, V_h), matrices of shape (d, d).
    d : int
        2 or 3.

    Returns
    -------
    ndarray, shape (d,) * k
        Rates per unit of time, symmetric in all indices.

    Raises
    ------
    DomainError
        If d is neither 2 nor 3, or if the heads are too anisotropic for 1536 nodes on a great circle.

    **Accuracy** Quadratures that double their nodes until two agree to 1e-10, so that the finer one is far better.
    """
    require_degree(order)
    if order < 1 or d not in (2, 3):
        raise DomainError(f"order {order} in dimension {d}: allowed are order ≥ 1 and d = 2 or 3")
    previous = np.full((d,) * order, math.inf)
    for count in (24, 48, 96, 192, 384, 768, 1536)[: 7 if d == 2 else 5]:
        points, weights = _nodes(count + order, d)
        drift = sum(uniform_drift(points, q, k, v, beta, normalization) for beta, q, k, v in heads)
        rate = _moment_rate(points, weights, np.asarray(drift), order)
        if float(np.max(np.abs(rate - previous))) <= 1e-10 * max(float(np.max(np.abs(rate))), 1e-3):
            return rate
        previous = rate
    raise DomainError("the quadrature of the drift does not converge: the heads are too anisotropic; lower |β||KᵀQ|")


def _moment_rate(points: Array, weights: Array, drift: Array, order: int) -> Array:
    """Return k Sym Σ_i w_i X_i ⊗ x_i^{⊗(k−1)}: the index of X takes each of the k places."""
    product = weights[:, None] * drift
    for _ in range(order - 1):
        product = product[..., None] * points.reshape(-1, *[1] * (product.ndim - 1), points.shape[1])
    once = np.sum(product, axis=0)
    return np.asarray(sum(np.moveaxis(once, 0, place) for place in range(order)))


def _nodes(count: int, d: int) -> tuple[Array, Array]:
    """Return points and probability weights: equidistant on the circle, Gauss–Legendre × equidistant on the sphere."""
    turn = 2.0 * math.pi * (np.arange(count) + 0.5) / count
    circle = np.stack([np.cos(turn), np.sin(turn)], axis=-1)
    if d == 2:
        return circle, np.full(count, 1.0 / count)
    heights, shares = np.polynomial.legendre.leggauss(count // 2 + 1)
    radii = np.sqrt(1.0 - heights * heights)
    around = radii[:, None, None] * circle
    points = np.concatenate([around, np.broadcast_to(heights[:, None, None], (*around.shape[:2], 1))], axis=-1)
    return points.reshape(-1, 3), np.repeat(0.5 * shares / count, count)


def _mean_factor(length: float, d: int, beta: float, normalization: Normalization) -> float:
    """Return the number c in ∫ y e^{β<x′,y>} dσ = c x′ (over the partition for softmax), |x′| = length."""
    argument = beta * length
    if normalization == "softmax" and argument != 0.0:
        return eigenvalue_ratio(1, d, argument) / length
    return beta * parity_sign(1, argument) * math.exp(log_eigenvalue_over_argument(1, d, argument))
