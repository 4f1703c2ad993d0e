"""The drift that one head with general matrices makes on the uniform density.

Responsible for the closed form of the instantaneous velocity at ρ = 1, which vanishes only for special (Q,
K, V). Knows nothing of how the density then moves.

**Derived here.** With x′ = KᵀQx, ∫ y e^{β<x′,y>} dσ(y) = (x′/|x′|) w_1(β|x′|) (Funk–Hecke), and the
partition is w_0(β|x′|).
"""

import math

import numpy as np

from kinetic.errors import DomainError
from kinetic.theory.bessel import eigenvalue_ratio, log_eigenvalue_over_argument, parity_sign
from kinetic.theory.domain import require_normalization
from kinetic.theory.statement import statement
from kinetic.types import Array, ArrayLike, Normalization


@statement(
    status="derived",
    source="derived here",
    summary="drift at the uniform density: P_x V x̂′ A_d(β|x′|), x′ = KᵀQx",
)
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
    normalization : {"softmax", "none"}
        Softmax attention or the unnormalized sum.

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


def _mean_factor(length: float, d: int, beta: float, normalization: Normalization) -> float:
    """Return the number c in ∫ y e^{β<x′,y>} dσ = c x′ (over the partition for softmax), |x′| = length."""
    argument = beta * length
    if normalization == "softmax" and argument != 0.0:
        return eigenvalue_ratio(1, d, argument) / length
    return beta * parity_sign(1, argument) * math.exp(log_eigenvalue_over_argument(1, d, argument))
