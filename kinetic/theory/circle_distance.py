"""The Wasserstein distance W₁ between two measures on the circle, exactly.

Responsible for min over c of ∫|F − G − c| dθ, F and G the cumulative masses from a common angle, which is W₁ for the
geodesic distance on the circle. Knows nothing of where the measures come from.

That the minimum over the constant (a flow round the whole circle) gives W₁ is the duality of optimal transport in
one dimension: a flux j with j′ = f − g is F − G − c, its cost is ∫|j|, and the best c is a median.
"""

import math

import numpy as np

from kinetic.errors import DomainError
from kinetic.theory.statement import statement
from kinetic.types import Array, ArrayLike


@statement("derived", "derived here", "W₁ on the circle is min_c ∫|F − G − c| dθ")
def wasserstein(angles: ArrayLike, difference: ArrayLike) -> float:
    """Return W₁ from the difference of two cumulative masses at given angles.

    W₁ = min_c Σ_i h_i |D_i − c|, D = F − G, h_i = (θ_{i+1} − θ_{i−1})/2 round the circle; c is a weighted median of D.
    Angles may be quantiles of one of the measures: θ_i = F^{−1}(u_i), D_i = u_i − G(θ_i).

    Parameters
    ----------
    angles : array_like, shape (n,)
        Increasing angles within one turn, θ_n < θ_1 + 2π.
    difference : array_like, shape (n,)
        D_i at them, periodic.

    Returns
    -------
    float
        A distance in radians.

    Raises
    ------
    DomainError
        If the angles do not increase within one turn.

    **Accuracy** Second order in the spacing for smooth densities, spectral where D − c keeps its sign.
    """
    theta = np.asarray(angles, dtype=np.float64)
    closed = np.append(theta, theta[0] + 2.0 * math.pi)
    gaps = np.diff(closed)
    if np.any(gaps < 0.0):
        raise DomainError("angles do not increase within one turn of 2π; sort them, or unwrap them")
    return median_deviation(np.asarray(difference, dtype=np.float64), 0.5 * (gaps + np.roll(gaps, 1)))


def median_deviation(values: Array, weights: Array) -> float:
    """Return min_c Σ_i w_i |v_i − c|, reached at a weighted median.

    Parameters
    ----------
    values, weights : ndarray, shape (n,)
        v_i, and w_i ≥ 0.

    Returns
    -------
    float
        The least weighted deviation.
    """
    order = np.argsort(values)
    below = np.cumsum(weights[order])
    median = values[order[int(np.searchsorted(below, 0.5 * below[-1]))]]
    return float(weights @ np.abs(values - median))
