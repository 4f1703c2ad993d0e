"""What replaces the uniform density when the diffusion falls below its first threshold.

Responsible for the amplitude of the stationary state just below the threshold, for the β
beyond which the unnormalized transition is discontinuous, and for the limits of small β and of a narrow cluster.
The threshold itself is `linear_stability.critical_diffusion` at degree 1; the whole branch is `stationary`.

**Derived here.** Stationary densities satisfy ρ ∝ e^{Φ/κ} with Φ = (1/β)∫ e^{β<x,y>} dμ(y) (none), or ρ ∝
Z^{1/(βκ)} since the softmax drift is the gradient of (1/β) ln Z. Expanded to third order in the amplitude
of degree 1, with degree 2 slaved to its square. With q = w_2/w_1 and A = w_1/w_0 at β.
"""

import math

from scipy.optimize import brentq

from kinetic.theory.bessel import LARGEST_ARGUMENT, eigenvalue_ratio
from kinetic.theory.domain import require_between, require_dimension, require_normalization
from kinetic.theory.statement import statement
from kinetic.types import Normalization


@statement(
    "theorem",
    "Mun, Rosenzweig, arXiv:2606.05140",
    "without softmax the transition is continuous iff β ≤ β_*, I_{d/2+1}(β_*)/I_{d/2}(β_*) = 1/d",
)
def continuous_transition_ceiling(d: int) -> float:
    """Return β_*(d), above which the unnormalized uniform state is left discontinuously.

    I_{d/2+1}(β_*)/I_{d/2}(β_*) = 1/d.

    Returns
    -------
    float
        β_*: 2.4469 for d = 2, 1.8162 for d = 3; tends to 1 as d → ∞.
    """
    require_dimension(d)
    return float(brentq(lambda beta: d * eigenvalue_ratio(1, d + 2, beta) - 1.0, 0.5, 4.0, xtol=1e-14))


@statement(
    "derived",
    "derived here; bifurcation of arXiv:2510.20094 and arXiv:2606.05140",
    "just below the threshold |M|² ≈ slope · (κ_c/κ − 1)",
)
def amplitude_slope(d: int, beta: float, normalization: Normalization) -> float:
    """Return the limit of |M|²/(κ_c/κ − 1) as κ → κ_c from below, M = ∫ x dμ in the stationary state.

    none: (d+2)(1−q)/(d(1−dq)); softmax: (d+2) / ( d(1−A)[1 + Ad − q(1−A)(d−1)/(1−q)] ).

    Parameters
    ----------
    beta : float
        Inverse temperature, 0 ≤ β.

    Returns
    -------
    float
        A positive number; inf for the unnormalized sum with β ≥ β_*, where the transition is discontinuous.
        With softmax it is finite for every β and d tried, so that the transition is continuous.
    """
    require_dimension(d)
    require_normalization(normalization)
    A, q = eigenvalue_ratio(1, d, beta), eigenvalue_ratio(1, d + 2, beta)
    if normalization == "none":
        return (d + 2) * (1.0 - q) / (d * (1.0 - d * q)) if d * q < 1.0 else math.inf
    bracket = 1.0 + A * d - q * (1.0 - A) * (d - 1) / (1.0 - q)
    return (d + 2) / (d * (1.0 - A) * bracket)


@statement(
    "derived",
    "Rigollet, arXiv:2512.01868, section 7 (d = 2), any d derived here",
    "β → 0: M = I_{d/2}(M/κ)/I_{d/2−1}(M/κ), nonzero iff κ < 1/d",
)
def small_beta_order(d: int, diffusion: float) -> float:
    """Return M = |∫ x dμ| of the stationary state at β = 0, the root of M = A_d(M/κ).

    The potential is <M e, x>, so that ρ ∝ e^{M<x,e>/κ}, a von Mises–Fisher density of mean A_d(M/κ).

    Parameters
    ----------
    diffusion : float
        κ > 1/600.

    Returns
    -------
    float
        The positive root for κ < 1/d, else 0.

    **Accuracy** 1e-12 absolute.
    """
    require_dimension(d)
    require_between("diffusion", diffusion, 1.0 / LARGEST_ARGUMENT, math.inf)
    if d * diffusion >= 1.0:
        return 0.0

    def excess(order: float) -> float:
        return eigenvalue_ratio(1, d, order / diffusion) / order - 1.0

    # A_d(z) ≥ (z/d)(1 − z²/(d(d+2))), so that the root is not below κ√((1 − dκ)d(d+2)).
    low = diffusion * math.sqrt((1.0 - d * diffusion) * d * (d + 2))
    return float(brentq(excess, min(0.99 * low, 0.5), 1.0, xtol=1e-15, rtol=1e-14))


@statement(
    "derived",
    "derived here",
    "a narrow noisy cluster has variance κ/(1−βκ) per tangential dimension (softmax), κe^{−β} (none)",
)
def cluster_variance(beta: float, normalization: Normalization, diffusion: float) -> float:
    """Return the variance of a narrow stationary cluster, per tangential dimension.

    Softmax, on the tangent space: a Gaussian of variance s² seen through e^{−β|x−y|²/2} gives Z ∝
    e^{−|x|²/(2(s²+1/β))}; with ρ ∝ Z^{1/(βκ)}, s² = κ(1 + βs²). Without softmax the potential is e^{β cos θ}/β,
    of curvature e^β at the cluster, to leading order in βs².

    Parameters
    ----------
    beta : float
        Inverse temperature, β ≥ 0.
    diffusion : float
        κ > 0; βκ < 1 for softmax.

    Returns
    -------
    float
        A squared angle; the sphere's curvature changes it by a share of order of the number itself (d = 2, β = 10, κ =
        0.02: 0.02500 against 0.02482).
    """
    require_normalization(normalization)
    require_between("diffusion", diffusion, 0.0, math.inf)
    if normalization == "none":
        return diffusion * math.exp(-beta)
    require_between("beta·diffusion", beta * diffusion, -math.inf, 1.0)
    return diffusion / (1.0 - beta * diffusion)
