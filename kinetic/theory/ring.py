"""A measure spread evenly over one circle of latitude: it stays so, and only the latitude moves.

Responsible for the uniform measure on {<x, e> = c} of S^{d−1}, the only form in which an axisymmetric
density sees equiangular tokens (c² = ρ as d → ∞, with n = ∞). Knows nothing of the ring's stability: at
large β it breaks up in azimuth.

**Derived here.** With D = d − 1, s² = 1 − c², z = βs², the average of e^{zt} over S^{D−1} is
Λ(z) = Γ(D/2)(2/z)^{D/2−1} I_{D/2−1}(z), the average of t e^{zt} is Λ A_D(z), A_D = I_{D/2}/I_{D/2−1}, and

    softmax: c′ = c s² (1 − A_D(z)),        none: c′ = c s² e^{βc²} Λ(z) (1 − A_D(z)).

In u = artanh c the factor s² drops out, which keeps 1 − c relatively accurate.
"""

import math

import numpy as np

from kinetic.theory.bessel import log_eigenvalue, mean_length_deficit
from kinetic.theory.domain import require_between, require_dimension, require_normalization
from kinetic.theory.statement import statement
from kinetic.theory.trajectory import monotone_solution_at
from kinetic.types import Array, ArrayLike, Normalization

SOURCE = "derived here; counterpart of the equiangular tokens of arXiv:2312.10794"


@statement("derived", SOURCE, "a ring's latitude obeys c′ = c(1−c²)(1−A(β(1−c²))) (times Z)")
def latitude_rate(c: float, d: int, beta: float, normalization: Normalization) -> float:
    """Return c′ for the uniform measure on the latitude of cosine c.

    Parameters
    ----------
    c : float
        Cosine of the latitude, −1 < c < 1.
    d : int
        Ambient dimension, d ≥ 2 (d = 2: two points).
    beta : float
        Inverse temperature, |β| ≤ 600.

    Returns
    -------
    float
        A rate per unit of time, with the sign of c.

    **Accuracy** Relative 1e-12 for |β| ≤ 100.
    """
    require_between("latitude c", c, -1.0, 1.0)
    square = (1.0 - c) * (1.0 + c)
    return square * _stretched_rate(c, square, d, beta, normalization)


@statement("derived", SOURCE, "a ring's latitude obeys c′ = c(1−c²)(1−A(β(1−c²))) (times Z)")
def latitude_trajectory(
    c0: float, times: ArrayLike, d: int, beta: float, normalization: Normalization
) -> tuple[Array, Array]:
    """Return c(t) and 1 − c(t) of a ring that starts at the latitude of cosine c₀.

    Parameters
    ----------
    c0 : float
        Initial cosine, −1 < c₀ < 1; its sign is kept and c₀ = 0 is stationary.
    d, beta
        As for `latitude_rate`.

    Returns
    -------
    cosine, deficit : ndarray, shape (n,)
        c(t_i) and 1 − c(t_i).

    **Accuracy** Relative 1e-11 of 1 − |c|.
    """
    require_between("latitude c0", c0, -1.0, 1.0)

    def rate(height: float) -> float:
        ratio = math.exp(-2.0 * abs(height))
        square = 4.0 * ratio / (1.0 + ratio) ** 2
        return _stretched_rate(math.tanh(height), square, d, beta, normalization)

    heights = monotone_solution_at(rate, math.atanh(c0), times)
    return np.tanh(heights), 2.0 * np.exp(-np.logaddexp(0.0, 2.0 * heights))


def _stretched_rate(c: float, square: float, d: int, beta: float, normalization: Normalization) -> float:
    """Return c′/(1 − c²) at cosine c with 1 − c² given separately."""
    require_dimension(d)
    require_normalization(normalization)
    z = beta * square
    rate = c * mean_length_deficit(d - 1, z)
    if normalization == "softmax":
        return rate
    return rate * math.exp(beta * c * c + log_eigenvalue(0, d - 1, z))
