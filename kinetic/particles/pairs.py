"""Sums over all pairs of tokens: what attention is, written out, and as slow as that.

Responsible for the attention and the velocity of N weighted tokens under heads with any matrices. Refuses to know
harmonics, spaces and time: it is what fast sums are held against, and what replaces them where they carry no digits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from kinetic.errors import DomainError
from kinetic.types import Array, ArrayLike, Normalization


class Weight(Protocol):
    """How much a token at cosine t weighs, in place of e^{βt}."""

    def values(self, cosine: ArrayLike) -> Array:
        """Return g(t)."""


_BLOCK_ENTRIES = 2**17  # of a block of the N×N kernel: 1 MB, which stays in a core's cache
_LARGEST_EXPONENT = 700.0  # e^709 is the largest double


@dataclass(frozen=True, eq=False)
class TokenHead:
    """One attention head, x ↦ V Σ_j m_j e^{β<Qx, Kx_j>} x_j, or with another weight g(<Qx, Kx_j>).

    Parameters
    ----------
    beta : float
        β, any real number; 0 means that every token attends to all alike.
    query, key, value : array_like or None
        Q, K, V: a number (multiple of the identity), d numbers (diagonal), a d×d matrix; None: identity.
    weight : Weight, optional
        g, which then has a β of its own.
    """

    beta: float
    query: ArrayLike | None = None
    key: ArrayLike | None = None
    value: ArrayLike | None = None
    weight: Weight | None = None

    @property
    def reach(self) -> float:
        """|β| ‖Q‖ ‖K‖ in spectral norms: no exponent between two tokens is larger.

        For another weight its largest change over a tenth of the range of cosines, relative to its largest value.
        """
        size = _norm(self.query) * _norm(self.key)
        if self.weight is None:
            return abs(self.beta) * size
        values = self.weight.values(size * np.linspace(-1.0, 1.0, 201))
        largest = float(np.max(np.abs(values)))
        return float(np.max(np.abs(values[10:] - values[:-10]))) / (0.1 * largest) if largest else 0.0


def velocity(points: ArrayLike, masses: ArrayLike, heads: Sequence[TokenHead], normalization: Normalization) -> Array:
    """Return the velocity of every token.

    ``velocity[i] = (I − x_i x_iᵀ) Σ_h V_h (Σ_j m_j e^{β_h <Q_h x_i, K_h x_j>} x_j) / N_h(x_i)`` with N_h = 1
    ("none") or N_h(x_i) = Σ_j m_j e^{β_h <Q_h x_i, K_h x_j>} ("softmax").

    Parameters
    ----------
    points : (N, d) array_like
        Tokens x_i, unit vectors.
    masses : (N,) array_like
        Masses m_j ≥ 0.
    heads : sequence of TokenHead
        The heads; their drifts add up.
    normalization : {"none", "softmax"}

    Returns
    -------
    (N, d) array
        Tangent vectors.

    Raises
    ------
    DomainError
        Shapes that do not match, an unknown normalization, or e^{β<Qx,Ky>} beyond double precision ("none").

    **Accuracy**: round-off relative to Σ_h |V_h| Σ_j m_j e^{…} / N_h; softmax is formed with each token's
    largest exponent taken out, so it neither over- nor underflows. β = 0 is exact.

    **Cost**: N² exponentials and 4 N² d flops a head, in blocks of rows of 1 MB.
    """
    cloud, weights = cloud_of(points, masses)
    force = attention(cloud, weights, heads, normalization)
    # x/|x| replaces x, whose distance from the sphere would otherwise grow like e^{2 λ_a t} at the antipode
    radial: Array = np.sum(force * cloud, axis=1) / np.sum(cloud**2, axis=1)
    return force - radial[:, None] * cloud


def attention(
    points: ArrayLike,
    masses: ArrayLike,
    heads: Sequence[TokenHead],
    normalization: Normalization,
    context_length: float = np.inf,
    sources: ArrayLike | None = None,
) -> Array:
    """Return the attention output at every token, before any projection.

    ``attention[i] = Σ_h V_h (Σ_j m_ij e^{β_h <Q_h x_i, K_h x_j>} x_j) / N_h(x_i)``; m_ij = m_j, or with a context of n
    tokens (softmax) ``m_ij = (1 − 1/n) m_j + δ_ij/n``, so that the weight 1/n of a token's attention to itself is kept.

    Parameters
    ----------
    points, masses, heads, normalization
        As in `velocity`.
    context_length : float
        n ≥ 1, infinite by default.
    sources : (M, d) array_like, optional
        Where the masses (M,) are that tokens attend to: other places than the tokens' own, in an infinite context.

    Returns
    -------
    (N, d) array

    Raises
    ------
    DomainError
        As `velocity`.
    """
    source, weights = cloud_of(points if sources is None else sources, masses)
    cloud = source if sources is None else np.asarray(points, dtype=float)
    if normalization not in ("none", "softmax"):
        raise DomainError(f'normalization is "{normalization}"; allowed are "none" and "softmax"')
    total = np.zeros_like(cloud)
    for head in heads:
        total += _apply(head.value, _averages(cloud, source, weights, head, normalization, 1.0 / context_length))
    return total


def _averages(
    cloud: Array, source: Array, masses: Array, head: TokenHead, normalization: Normalization, own: float
) -> Array:
    """``averages[i] = Σ_j m_ij e^{β<Qx_i, Kx_j>} x_j / N(x_i)``, block of rows by block of rows."""
    softmax = normalization == "softmax"
    if head.beta == 0 and head.weight is None:
        moment = masses @ source / (np.sum(masses) if softmax else 1.0)
        return np.asarray((1.0 - own) * moment + own * cloud)
    queries = (head.beta if head.weight is None else 1.0) * _apply(head.query, cloud)
    keys = np.ascontiguousarray(_apply(head.key, source).T)
    columns = np.column_stack([masses[:, None] * source, masses])
    averages = np.empty_like(cloud)
    rows = max(1, _BLOCK_ENTRIES // len(source))
    for start in range(0, len(cloud), rows):
        block = slice(start, start + rows)
        scores = queries[block] @ keys
        kernel = _exponentials(scores, softmax) if head.weight is None else head.weight.values(scores)
        sums = (1.0 - own) * (kernel @ columns)
        if own:
            itself = own * np.diagonal(kernel, start)[:, None]
            sums += itself * np.column_stack([cloud[block], np.ones(len(itself))])
        with np.errstate(all="ignore"):  # of a weight without sign or reach the partition may vanish
            averages[block] = sums[:, :-1] / sums[:, -1:] if softmax else sums[:, :-1]
    return averages


def _exponentials(exponents: Array, shifted: bool) -> Array:
    """Overwrite the exponents by their exponentials, each row divided by its largest if ``shifted``."""
    if shifted:
        exponents -= np.max(exponents, axis=1, keepdims=True)
    elif np.max(exponents) > _LARGEST_EXPONENT:
        raise DomainError(
            f"the kernel reaches e^{np.max(exponents):.4g}, beyond double precision; without normalization "
            f'|β| |Q| |K| must stay below {_LARGEST_EXPONENT:.0f}: lower β or use "softmax"'
        )
    return np.exp(exponents, out=exponents)


def _apply(factor: ArrayLike | None, points: Array) -> Array:
    """``result[i] = F x_i`` for F a matrix, a diagonal, a number or (None) the identity."""
    if factor is None:
        return points
    matrix = np.asarray(factor, dtype=float)
    d = points.shape[1]
    if matrix.shape not in ((), (d,), (d, d)):
        raise DomainError(f"a head's matrix has shape {matrix.shape}; allowed are a number, ({d},) and ({d}, {d})")
    product: Array = points @ matrix.T if matrix.ndim == 2 else points * matrix
    return product


def cloud_of(points: ArrayLike, masses: ArrayLike) -> tuple[Array, Array]:
    """Check the shapes of tokens and masses."""
    cloud, weights = np.asarray(points, dtype=float), np.asarray(masses, dtype=float)
    if cloud.ndim != 2 or cloud.shape[1] < 2 or len(cloud) == 0:
        raise DomainError(f"tokens have shape {cloud.shape}; allowed is (N, d) with N ≥ 1 and d ≥ 2")
    if weights.shape != cloud.shape[:1]:
        raise DomainError(f"masses have shape {weights.shape}; {len(cloud)} tokens need ({len(cloud)},)")
    return cloud, weights


def _norm(factor: ArrayLike | None) -> float:
    """Return the spectral norm of a matrix, a diagonal or a number."""
    matrix = np.asarray(1.0 if factor is None else factor, dtype=float)
    return float(np.linalg.norm(matrix, 2)) if matrix.ndim == 2 else float(np.max(np.abs(matrix)))
