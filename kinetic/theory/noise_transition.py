"""What replaces the uniform density when the diffusion falls below its first threshold.

Responsible for the amplitude of the stationary state just below the threshold and for the β beyond which the
unnormalized transition is discontinuous. The threshold itself is `linear_stability.critical_diffusion` at
degree 1; nothing here knows how the stationary state is approached.

**Derived here.** Stationary densities satisfy ρ ∝ e^{Φ/κ} with Φ = (1/β)∫ e^{β<x,y>} dμ(y) (none), or ρ ∝
Z^{1/(βκ)} since the softmax drift is the gradient of (1/β) ln Z. Expanded to third order in the amplitude
of degree 1, with degree 2 slaved to its square. With q = w_2/w_1 and A = w_1/w_0 at β.
"""

import math

from scipy.optimize import brentq

from kinetic.theory.bessel import eigenvalue_ratio
from kinetic.theory.domain import require_dimension, require_normalization
from kinetic.theory.statement import statement
from kinetic.types import Normalization


@statement(
    status="theorem",
    source="Mun, Rosenzweig, arXiv:2606.05140",
    summary="without softmax the transition is continuous iff β ≤ β_*, I_{d/2+1}(β_*)/I_{d/2}(β_*) = 1/d",
)
def continuous_transition_ceiling(d: int) -> float:
    """Return β_*(d), above which the unnormalized uniform state is left discontinuously.

    I_{d/2+1}(β_*)/I_{d/2}(β_*) = 1/d.

    Parameters
    ----------
    d : int
        Ambient dimension, d ≥ 2.

    Returns
    -------
    float
        β_*: 2.4469 for d = 2, 1.8162 for d = 3; tends to 1 as d → ∞.
    """
    require_dimension(d)
    return float(brentq(lambda beta: d * eigenvalue_ratio(1, d + 2, beta) - 1.0, 0.5, 4.0, xtol=1e-14))


@statement(
    status="derived",
    source="derived here; bifurcation of arXiv:2510.20094 and arXiv:2606.05140",
    summary="just below the threshold |M|² ≈ slope · (κ_c/κ − 1)",
)
def amplitude_slope(d: int, beta: float, normalization: Normalization) -> float:
    """Return the limit of |M|²/(κ_c/κ − 1) as κ → κ_c from below, M = ∫ x dμ in the stationary state.

    none: (d+2)(1−q)/(d(1−dq)); softmax: (d+2) / ( d(1−A)[1 + Ad − q(1−A)(d−1)/(1−q)] ).

    Parameters
    ----------
    d : int
        Ambient dimension, d ≥ 2.
    beta : float
        Inverse temperature, 0 ≤ β.
    normalization : {"softmax", "none"}
        Softmax attention or the unnormalized sum.

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
