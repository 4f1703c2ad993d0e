"""The identity dE/dt = dissipation, for weighted points and symmetric heads.

Responsible for the energy and its rate of change in the cases in which attention is a gradient flow (every head
with one symmetric matrix A = KᵀQ and V = cA), and for which cases these are. Knows nothing of heads without that
structure, for which no such identity holds, and nothing of the density: points and masses may be a quadrature
of one.

E = Σ_h (1/2β_h) ∬ e^{β_h <x, A_h y>} dμ dμ (β_h = 0: ½<m, A_h m>); dE/dt = ∫ |X|² dμ (none), and for one
softmax head ∫ Z|X|² dμ, for several ∫ <Σ_h Z_h X_h, X> dμ. Sources: arXiv:2312.10794 (one head); sums over
heads derived here.
"""

from collections.abc import Sequence

import numpy as np

from kinetic.errors import DomainError
from kinetic.theory.domain import normalized_masses, require_normalization
from kinetic.theory.statement import statement
from kinetic.types import Array, ArrayLike, Normalization

SOURCE = "Geshkovski, Letrouit, Polyanskiy, Rigollet, arXiv:2312.10794; several heads derived here"


@statement("theorem", SOURCE, "the interaction energy, which attention never decreases")
def energy(points: ArrayLike, masses: ArrayLike, heads: Sequence[tuple[float, ArrayLike]]) -> float:
    """Return E = Σ_h (1/2β_h) Σ_ij m_i m_j e^{β_h <x_i, A_h x_j>}.

    Parameters
    ----------
    points : array_like, shape (n, d)
        Unit vectors.
    masses : array_like, shape (n,)
        Non-negative weights; they are scaled to sum one.
    heads : sequence of (float, array_like of shape (d, d))
        (β_h, A_h), A_h symmetric, serving as score matrix and as value.

    **Cost** n² exponentials for each head.
    """
    x, weights, matrices = _read(points, masses, heads)
    total = 0.0
    for (beta, _), matrix in zip(heads, matrices, strict=True):
        scores = x @ matrix @ x.T
        kernel = 0.5 * scores if beta == 0.0 else np.exp(beta * scores) / (2.0 * beta)
        total += float(weights @ kernel @ weights)
    return total


@statement("theorem", SOURCE, "dE/dt = ∫|X|² dμ (none), ∫Z|X|² dμ (softmax)")
def dissipation(
    points: ArrayLike,
    masses: ArrayLike,
    heads: Sequence[tuple[float, ArrayLike]],
    normalization: Normalization,
) -> float:
    """Return dE/dt along the flow, as an integral over the points.

    ∫ |P_x Σ_h F_h|² dμ (none) or ∫ <P_x Σ_h F_h, P_x Σ_h F_h/Z_h> dμ (softmax), F_h = A_h ∫ e^{β_h<x,A_h
    y>} y dμ(y).

    Parameters
    ----------
    points, masses, heads
        As for `energy`.

    Returns
    -------
    float
        A rate of energy; non-negative for one head, and for any number of heads without softmax.
    """
    require_normalization(normalization)
    x, weights, matrices = _read(points, masses, heads)
    force, drift = np.zeros_like(x), np.zeros_like(x)
    for (beta, _), matrix in zip(heads, matrices, strict=True):
        kernel = np.exp(beta * (x @ matrix @ x.T)) * weights
        part = kernel @ x @ matrix
        force += part
        drift += part if normalization == "none" else part / np.sum(kernel, axis=1, keepdims=True)
    drift -= np.sum(drift * x, axis=1, keepdims=True) * x
    return float(weights @ np.sum(force * drift, axis=1))


Head = tuple[float, ArrayLike, ArrayLike, ArrayLike]

_ROUNDING = 1e-13  # of a product of two matrices, relative to their sizes


@statement(
    "theorem",
    "Pendharkar, arXiv:2605.04279, and arXiv:2312.10794",
    "attention raises cE if KᵀQ is symmetric and V = cKᵀQ in every head, one c for all",
)
def gradient_factor(heads: Sequence[Head]) -> float | None:
    """Return c if every head has A_h = K_hᵀQ_h symmetric and V_h = cA_h; None if there is no such number.

    Then F_h = cA_h∫e^{β_h<x,A_hy>}y dμ(y) is the gradient in x of (c/β_h)∫e^{β_h<x,A_hy>}dμ(y), the first variation of
    cE_h: d(cE)/dt = ∫<Σ_hF_h, X>dμ. Without softmax X = P_xΣ_hF_h, so that this is ∫|X|²dμ ≥ 0; with noise the free
    energy κ∫ρ ln ρ dσ − cE falls at ∫|X − κ∇ln ρ|²dμ.

    Parameters
    ----------
    heads : sequence of (float, array_like, array_like, array_like)
        (β_h, Q_h, K_h, V_h), matrices of shape (d, d).

    Returns
    -------
    float or None
        c; 1 for KᵀQ = V. None says that E, with the weights that it has, is no such energy.
    """
    factors = []
    for _, query, key, value in heads:
        q, k, v = (np.asarray(matrix, dtype=np.float64) for matrix in (query, key, value))
        score, size = k.T @ q, float(np.linalg.norm(k) * np.linalg.norm(q))
        square = float(np.sum(score * score))
        if square <= (_ROUNDING * size) ** 2:  # no score: a constant kernel, the gradient of nothing
            if np.any(v):
                return None
            continue
        factor = float(np.sum(v * score)) / square
        off = max(float(np.abs(v - factor * score).max()), abs(factor) * float(np.abs(score - score.T).max()))
        if off > _ROUNDING * (float(np.linalg.norm(v)) + abs(factor) * size):
            return None
        factors.append(factor)
    if not factors or any(abs(other - factors[0]) > _ROUNDING * abs(factors[0]) for other in factors):
        return None
    return factors[0]


@statement(
    "theorem",
    "Pendharkar, arXiv:2605.04279, and arXiv:2312.10794",
    "that rate is never negative without softmax, or if all softmax heads have one kernel",
)
def rises_monotonically(heads: Sequence[Head], normalization: Normalization) -> bool:
    """Return whether cE of `gradient_factor` is known never to fall without noise.

    Without softmax its rate is ∫|X|²dμ, with one softmax kernel ∫Z|X|²dμ; several partitions Z_h leave
    ∫<Σ_hZ_hX_h, X>dμ, of no sign.

    Parameters
    ----------
    heads
        As for `gradient_factor`.

    Returns
    -------
    bool
        False means that it may fall, not that it does.
    """
    require_normalization(normalization)
    if gradient_factor(heads) is None:
        return False
    exponents = [beta * np.asarray(key, np.float64).T @ np.asarray(query, np.float64) for beta, query, key, _ in heads]
    return normalization == "none" or all(np.array_equal(other, exponents[0]) for other in exponents)


def _read(
    points: ArrayLike, masses: ArrayLike, heads: Sequence[tuple[float, ArrayLike]]
) -> tuple[Array, Array, list[Array]]:
    """Return points, normalized masses and matrices, refused unless the matrices are symmetric."""
    x = np.atleast_2d(np.asarray(points, dtype=np.float64))
    matrices = [np.asarray(matrix, dtype=np.float64) for _, matrix in heads]
    for matrix in matrices:
        if matrix.shape != (x.shape[1], x.shape[1]) or not np.allclose(matrix, matrix.T, rtol=0.0, atol=1e-12):
            raise DomainError(
                f"a head's matrix of shape {matrix.shape} is not symmetric {x.shape[1]}×{x.shape[1]}; "
                "the energy identity needs KᵀQ = V = Vᵀ"
            )
    return x, normalized_masses(masses, x.shape[0]), matrices
