"""Pre-LN without temperature, exactly: every token is carried by the same translation.

Responsible for β = 0 under θ′ = P_θm/r, r′ = <θ, m>, m = ∫θ dμ: then y = rθ has y′ = m, the same for all tokens, so
that y(t) = r₀θ₀ + Y(t) through and beyond the passage of tokens through the origin. Knows nothing of β ≠ 0.

**Derived here** (the scheme is that of arXiv:2510.22026):

    Y′ = ∫ (r₀θ₀ + Y)/|r₀θ₀ + Y| dμ₀,     Y(0) = 0.

Uniform directions of common norm r₀, moved by S = |Y|/r₀: R = d/dS E|Se + x| over uniform x, and

    E|Se + x| = ₂F₁(−½, (1−d)/2; d/2; S²) for S ≤ 1,     S ₂F₁(−½, (1−d)/2; d/2; S^{−2}) for S ≥ 1.

A seed ρ₀ = 1 + ε<x, e> adds ε d/dS E[<x, e>|Se + x|], and

    E[<x, e>|Se + x|] = (S/d) ₂F₁(½, (1−d)/2; d/2+1; S²) for S ≤ 1,     (1/d) ₂F₁(½, (1−d)/2; d/2+1; S^{−2}) for S ≥ 1,

the second from the first by |Se + x| = S|e + x/S| and the symmetry of <x, e>, |Se + x| in the two unit vectors.
"""

import math

import numpy as np
from scipy.special import hyp2f1

from kinetic.errors import DomainError
from kinetic.theory.domain import increasing_times, normalized_masses, require_between, require_dimension
from kinetic.theory.statement import statement
from kinetic.theory.trajectory import monotone_solution_at, solution_at
from kinetic.types import Array, ArrayLike

SOURCE = "derived here; Pre-LN of arXiv:2510.22026"
LARGEST_DIMENSION = 512


@statement("derived", SOURCE, "β = 0, Pre-LN: all tokens move by one vector, Y′ = ∫(r₀θ₀+Y)/|r₀θ₀+Y| dμ₀")
def translation_trajectory(
    points: ArrayLike, masses: ArrayLike, times: ArrayLike, radii: ArrayLike = 1.0
) -> tuple[Array, Array, Array]:
    """Return Y(t), the mean direction and 1 − R of any measure given as weighted points.

    Parameters
    ----------
    points : array_like, shape (k, d)
        Unit vectors θ₀, e.g. the nodes of a quadrature of the initial density.
    masses : array_like, shape (k,)
        Non-negative weights; they are scaled to sum one.
    radii : array_like, shape (k,) or a number
        Initial norms r₀ > 0.

    Returns
    -------
    translation, mean, order_deficit : ndarray, shapes (n, d), (n, d), (n,)
        Y(t_i), m(t_i) = ∫θ dμ and 1 − |m| = Σ m_i|θ_i − m|²/(1 + |m|).

    Raises
    ------
    DomainError
        If a norm is not positive.

    **Accuracy** 1e-12 for the given points as long as none passes closer to the origin than 1e-3; the quadrature error
    of a density near that passage is the caller's: the integrand has a jump of direction at one point.
    **Cost** Twelve passes over the points a step.
    """
    directions = np.atleast_2d(np.asarray(points, dtype=np.float64))
    weights = normalized_masses(masses, directions.shape[0])
    norms = np.broadcast_to(np.asarray(radii, dtype=np.float64), weights.shape)
    if not np.all(norms > 0.0):
        raise DomainError(f"the smallest initial norm is {float(np.min(norms))!r}; allowed: positive norms")
    start = norms[:, None] * directions / np.linalg.norm(directions, axis=1, keepdims=True)

    def tokens(shift: Array) -> Array:
        moved = start + shift
        return np.asarray(moved / np.linalg.norm(moved, axis=1, keepdims=True))

    shifts = solution_at(lambda _, shift: np.asarray(weights @ tokens(shift)), np.zeros(directions.shape[1]), times)
    means = np.array([weights @ tokens(shift) for shift in shifts])
    spreads = [weights @ np.sum((tokens(shift) - m) ** 2, axis=1) for shift, m in zip(shifts, means, strict=True)]
    return shifts, means, np.array(spreads) / (1.0 + np.linalg.norm(means, axis=1))


@statement("derived", SOURCE, "β = 0, Pre-LN, uniform directions: R(S), 2S/3 then 1 − 1/(3S²) for d = 3")
def uniform_order_parameter(S: float, d: int) -> float:
    """Return R = E[(S + c)/|Se + x|], x uniform on S^{d−1}, c = <x, e>.

    S ≤ 1: ((d−1)/d) S ₂F₁(½, (3−d)/2; d/2+1; S²); S ≥ 1: 1 − `uniform_order_deficit`. d = 3: 2S/3, then 1 − 1/(3S²).

    Parameters
    ----------
    S : float
        Translation in units of the norm r₀, S ≥ 0.
    d : int
        Ambient dimension, 2 ≤ d ≤ 512.

    Returns
    -------
    float
        The order parameter in [0, 1).

    **Accuracy** Relative 1e-12 (tested against quadrature), but 1e-9 for |S − 1| < 1e-3 in d = 2, where R has a
    logarithm.
    """
    _checked(S, d)
    if S > 1.0:
        return 1.0 - uniform_order_deficit(S, d)
    return (d - 1) / d * S * (1.0 + _hypergeometric_excess(0.5 * (3 - d), 0.5 * d + 1.0, S * S))


@statement("derived", SOURCE, "β = 0, Pre-LN, uniform directions: 1 − R ≈ (d−1)/(2dS²) for large S")
def uniform_order_deficit(S: float, d: int) -> float:
    """Return 1 − R = 1 − ₂F₁(½, (1−d)/2; d/2; S^{−2}) for S ≥ 1; asymptotically (d−1)/(2dS²).

    With F(u) = ₂F₁(−½, (1−d)/2; d/2; u) = Σ f_ku^k and u = S^{−2}, R = F − 2uF′ = Σ (1−2k) f_ku^k, and (1−2k)(−½)_k =
    (½)_k.

    Parameters
    ----------
    S, d
        As for `uniform_order_parameter`.

    Returns
    -------
    float
        A number in (0, 1].

    **Accuracy** Relative 1e-12 for every S > 1, also where it is tiny.
    """
    _checked(S, d)
    if S <= 1.0:
        return 1.0 - uniform_order_parameter(S, d)
    return -_hypergeometric_excess(0.5 * (1 - d), 0.5 * d, S**-2)


@statement("derived", SOURCE, "β = 0, Pre-LN, ρ₀ = 1 + ε<x,e>: 1 − R = 1/(3S²) − 2ε/(15S³) for d = 3, S ≥ 1")
def seeded_order_deficit(S: float, d: int, epsilon: float) -> float:
    """Return 1 − R for directions of density 1 + ε<x, e>, of common norm r₀, moved by S r₀ e.

    d = 3: R = 2S/3 + ε(1/3 − S²/5) for S ≤ 1; 1 − R = 1/(3S²) − 2ε/(15S³) for S ≥ 1.

    Parameters
    ----------
    S : float
        Translation in units of the norm r₀, S ≥ 0.
    d : int
        Ambient dimension, 2 ≤ d ≤ 512.
    epsilon : float
        Amplitude of the seed, |ε| ≤ 1; R(0) = ε/d.

    Returns
    -------
    float
        1 − R.

    **Accuracy** Relative 1e-12 (tested against quadrature); for d = 2 R has a logarithm at S = 1.
    """
    require_between("epsilon", abs(epsilon), -1.0, 1.0 + 1e-15)
    _checked(S, d)
    u = S * S if S <= 1.0 else S**-2
    slope = 0.5 * (1 - d) / (d + 2) * (1.0 + _hypergeometric_excess(0.5 * (3 - d), 0.5 * d + 2.0, u, 1.5))
    if S > 1.0:
        return uniform_order_deficit(S, d) + 2.0 * epsilon * slope / (d * S**3)
    value = 1.0 + _hypergeometric_excess(0.5 * (1 - d), 0.5 * d + 1.0, u)
    return uniform_order_deficit(S, d) - epsilon * (value + 2.0 * u * slope) / d


@statement("derived", SOURCE, "β = 0, Pre-LN, ρ₀ = 1 + ε<x,e>, equal norms: S′ = R(S)/r₀ from S = 0")
def seeded_translation(epsilon: float, times: ArrayLike, d: int, radius: float = 1.0) -> tuple[Array, Array]:
    """Return S(t) = |Y|/r₀ and 1 − R(t) for directions of density 1 + ε<x, e> and norm r₀ at t = 0.

    Parameters
    ----------
    epsilon : float
        Amplitude of the seed, 0 < ε ≤ 1.
    d : int
        Ambient dimension, 2 ≤ d ≤ 512.
    radius : float
        r₀ > 0.

    Returns
    -------
    S, order_deficit : ndarray, shape (k,)
        S(t_i) and 1 − R(t_i).

    **Accuracy** Relative 1e-11 for d ≥ 3; the passage through the origin at S = 1 is a derivative's jump of R.
    """
    require_between("epsilon", epsilon, 0.0, 1.0 + 1e-15)
    require_between("radius", radius, 0.0, math.inf)

    def rate(S: float) -> float:
        return 1.0 - seeded_order_deficit(S, d, epsilon)

    S = monotone_solution_at(rate, 0.0, increasing_times(times) / radius)
    return S, np.array([seeded_order_deficit(float(value), d, epsilon) for value in S])


def _hypergeometric_excess(b: float, c: float, u: float, a: float = 0.5) -> float:
    """Return ₂F₁(a, b; c; u) − 1 for 0 ≤ u ≤ 1, by its series where that converges fast.

    The terms are at most those of (1 + u)^{−a} as long as k < −b, and fall beyond like a power k^{a+b−c−1}.
    """
    if u > 0.1 and c < 15.0:
        return float(hyp2f1(a, b, c, u)) - 1.0
    k = np.arange(400.0)
    return float(np.sum(np.cumprod(u * (k + a) * (k + b) / ((k + c) * (k + 1.0)))))


def _checked(S: float, d: int) -> None:
    """Refuse what the hypergeometric function does not carry."""
    require_dimension(d)
    require_between("S", S, -1e-300, math.inf)
    require_between("d", d, 1, LARGEST_DIMENSION + 1)
