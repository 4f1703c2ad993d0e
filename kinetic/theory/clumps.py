"""Equal clumps spaced evenly round the circle: whether they stay, and where synchronization is known to fail.

Responsible for the linear rates of the clump centres under unnormalized attention on S¹, and for the
thresholds in β at which several clumps stop or start to be stable. Knows nothing of the clumps' widths.

**Derived here.** Centres obey θ_i′ = −(1/K) Σ_j g(θ_i − θ_j), g(x) = e^{β cos x} sin x. Linearized at
2πj/K, the circulant matrix has the Fourier modes as eigenvectors.
"""

import math

import numpy as np

from kinetic.errors import DomainError
from kinetic.theory.domain import require_finite
from kinetic.theory.statement import statement

SOURCE = "derived here; the threshold −2/3 is that of arXiv:2507.22857"


@statement(
    status="derived",
    source=SOURCE,
    summary="Fourier mode k of K equal clumps grows at a circulant eigenvalue",
)
def growth_rate(k: int, K: int, beta: float) -> float:
    """Return the growth rate of Fourier mode k of K equal clumps on the circle, unnormalized attention.

    −(1/K) Σ_j g′(2πj/K)(1 − cos(2πjk/K)), g′(x) = e^{β cos x}(cos x − β sin² x). K = 2, k = 1: e^{−β};
    K = 3, k = 1: e^{−β/2}(½ + ¾β).

    Parameters
    ----------
    k : int
        Mode, any integer; k ≡ 0 (mod K) is the rotation, with rate zero.
    K : int
        Number of clumps, K ≥ 1.
    beta : float
        Inverse temperature, any sign.

    Returns
    -------
    float
        A rate per unit of time; positive, the arrangement breaks.
    """
    require_finite("beta", beta)
    if int(K) != K or K < 1 or k != int(k):
        raise DomainError(f"mode k = {k!r} of K = {K!r} clumps is not possible; allowed: integers, K ≥ 1")
    angles = 2.0 * math.pi * np.arange(K) / K
    slopes = np.exp(beta * np.cos(angles)) * (np.cos(angles) - beta * np.sin(angles) ** 2)
    return float(-np.sum(slopes * 2.0 * np.sin(0.5 * k * angles) ** 2) / K)


@statement(
    status="theorem",
    source="arXiv:2507.22857",
    summary="on the circle synchronization is not global for β < −2/3",
)
def three_clump_threshold() -> float:
    """Return −2/3, below which three equal clumps at 120° are stable on the circle.

    Their growth rate e^{−β/2}(½ + ¾β) changes sign there.
    """
    return -2.0 / 3.0


@statement(
    status="theorem",
    source="arXiv:2507.22857",
    summary="on the circle almost all data synchronize for β ≥ −0.16",
)
def synchronization_floor() -> float:
    """Return −0.16: for β ≥ −0.16 tokens on the circle are proved to synchronize, softmax or not."""
    return -0.16
