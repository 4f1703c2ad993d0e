"""Equal clumps spaced evenly round the circle: whether they stay, and where synchronization is known to fail.

Responsible for the linear rates of the clump centres under unnormalized attention on S¹, and for what the width of
the clumps changes. Knows nothing of large displacements.

**Derived here.** Centres obey θ_i′ = −(1/K) Σ_j g(θ_i − θ_j), g(x) = e^{β cos x} sin x. Linearized at
2πj/K, the circulant matrix has the Fourier modes as eigenvectors.
"""

import math

import numpy as np

from kinetic.errors import DomainError
from kinetic.theory.domain import require_finite
from kinetic.theory.statement import statement

SOURCE = "derived here; the threshold −2/3 is that of arXiv:2507.22857"


@statement("derived", SOURCE, "Fourier mode k of K equal clumps grows at a circulant eigenvalue")
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


@statement("derived", SOURCE, "the width of clumps changes the growth of R in proportion to v")
def effect_of_variance(k: int, K: int, beta: float) -> float:
    """Bound how much the variance v of the clumps changes the growth rate of |∫ e^{ikx} dμ|, per unit of v.

    A distance between two clumps of variance v has the variance 2v: g′ becomes g′ + v g‴. Within a clump tokens
    contract at w = −(1/K) Σ_j g′, which changes e^{−v/2} at −wv; a displaced clump's at another w, by g″ times the
    change of its distances, which moves its mean by v of that. With c = cos x, s = sin x,

        g″ = e^{βc} s (β²s² − 3βc − 1),
        g‴ = e^{βc} (6β²cs² + 4βs² − β³s⁴ − 3βc² − c);

    absolute values are summed.

    Parameters
    ----------
    k, K, beta
        As of `growth_rate`.

    Returns
    -------
    float
        A rate per square radian, ≥ 0.
    """
    angles = 2.0 * math.pi * np.arange(K) / K
    c, s, shape = np.cos(angles), np.sin(angles), np.abs(np.sin(0.5 * k * angles))
    first = np.exp(beta * c) * (c - beta * s**2)
    second = np.exp(beta * c) * s * (beta**2 * s**2 - 3 * beta * c - 1)
    third = np.exp(beta * c) * (6 * beta**2 * c * s**2 + 4 * beta * s**2 - beta**3 * s**4 - 3 * beta * c**2 - c)
    changes = np.abs(third) * 2 * shape**2 + np.abs(second) * 2 * shape
    return float(np.mean(changes) + abs(np.mean(first)))


@statement("derived", SOURCE, "the variance of K equal clumps changes at −(2/K) Σ_j g′(2πj/K)")
def variance_factor(K: int, beta: float, time: float) -> float:
    """Return by what the variance of the clumps has grown at most up to a time, ≥ 1.

    Within a clump a token at the offset x moves at −(x/K) Σ_j g′(2πj/K); clumps that contract are widest at first.

    Parameters
    ----------
    K : int
        Number of clumps.

    Returns
    -------
    float
        Infinite beyond e^{700}.
    """
    angles = 2.0 * math.pi * np.arange(K) / K
    slopes = np.exp(beta * np.cos(angles)) * (np.cos(angles) - beta * np.sin(angles) ** 2)
    exponent = -2.0 * float(np.mean(slopes)) * time
    return math.exp(max(0.0, exponent)) if exponent < 700.0 else math.inf
