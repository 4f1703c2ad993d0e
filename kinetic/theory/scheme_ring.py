"""A measure spread evenly over one latitude, under every layer norm.

Responsible for ring data, the form in which a density sees equiangular tokens of cosine γ = h²: the latitude h and the
common norm r. Knows nothing of the ring's stability.

**Derived here** (schemes of arXiv:2510.22026). Uniform measure on {<x, e> = h} in S^{d−1}, x = he + √(1−h²)n, z =
β(1 − h²), a = I_{(d−1)/2}(z)/I_{(d−3)/2}(z). The attention's output is A = Z(he + a√(1−h²)n), Z = 1 (softmax) or
e^{βh²}Λ(z) (none), Λ(z) = Γ((d−1)/2)(2/z)^{(d−3)/2}I_{(d−3)/2}(z). Hence

    h′ = Zh(1−h²)(1−a)/s,    <x, A> = Z(h² + (1−h²)a),    |A| = Z√(h² + (1−h²)a²).

For Pre- and Peri-LN (ln((1−h²)r²))′ = 2Za/s, so that (1−γ)r² is constant where a = 0: at β = 0, and as d → ∞. In that
limit γ′ = 2γ(1−γ)/s (softmax), the equiangular law of infinitely many tokens.
"""

import math
from collections.abc import Callable

import numpy as np

from kinetic.theory.bessel import eigenvalue_ratio, log_eigenvalue, mean_and_partition
from kinetic.theory.domain import (
    increasing_times,
    normalized_masses,
    require_between,
    require_dimension,
    require_normalization,
)
from kinetic.theory.schemes import Norm, Scheme, rate_integral
from kinetic.theory.statement import statement
from kinetic.theory.trajectory import solution_at, solution_between
from kinetic.types import Array, ArrayLike, Normalization

SOURCE = "derived here; schemes of arXiv:2510.22026, equiangular limit of arXiv:2512.01868, section 6"


@statement("derived", SOURCE, "a ring under a layer norm: h′ = Zh(1−h²)(1−a)/s, r′ = <x,A> (over |A|)")
def ring_trajectory(
    norm: Norm, h0: float, times: ArrayLike, d: float, beta: float, normalization: Normalization
) -> tuple[Array, Array, Array]:
    """Return h(t), 1 − h(t) and r(t) of a ring.

    Parameters
    ----------
    h0 : float
        Initial cosine of the latitude, −1 < h₀ < 1 (not zero for ngpt and peri in d = ∞).
    d : int or inf
        Ambient dimension, d ≥ 2; inf for the equiangular law at γ = h².
    beta : float
        Inverse temperature, |β| ≤ 600.

    Returns
    -------
    cosine, deficit, norm : ndarray, shape (k,)
        h(t_i), 1 − h(t_i) and r(t_i); r = r₀ for the schemes without a norm.

    **Accuracy** Relative 1e-11 of 1 − h and of r.
    """
    require_between("latitude h0", h0, -1.0, 1.0)

    def stage(name: Scheme, state: Array, clock: Array) -> Array:
        return _stage(name, state, clock, (d, beta, normalization))

    states = _states(norm, increasing_times(times), np.array([math.atanh(h0), norm.radius]), stage)
    heights = states[:, 0]
    return np.tanh(heights), 2.0 * np.exp(-np.logaddexp(0.0, 2.0 * heights)), states[:, 1]


@statement("derived", SOURCE, "rings at several latitudes: u′ = (A_∥ − hA_⊥/√(1−h²))/s, u = artanh h")
def rings_trajectory(
    norm: Norm,
    starts: ArrayLike,
    masses: ArrayLike,
    times: ArrayLike,
    d: int,
    beta: float,
    normalization: Normalization,
) -> tuple[Array, Array]:
    """Return the latitudes and norms of several rings about one axis, each a share of the mass.

    The output of attention at ring i is A = A_∥e + A_⊥n, A_∥ = Σ_j w_ij h_j, A_⊥ = Σ_j w_ij a_ij √(1−h_j²), with
    w_ij = m_j e^{βh_ih_j}Λ(z_ij) (over their sum for softmax) and a_ij at z_ij = β√((1−h_i²)(1−h_j²)). With the nodes
    and weights of a Gauss rule as rings, this is the motion of a density of positive width.

    Parameters
    ----------
    starts, masses : array_like, shape (k,)
        Initial cosines, between −1 and 1, and masses that add up to one.
    norm, beta
        As for `ring_trajectory`; d is finite.

    Returns
    -------
    cosines, norms : ndarray, shape (n, k)
        h_j(t_i) and r_j(t_i).

    **Accuracy** Absolute 1e-11. **Cost** k² ratios of Bessel functions for each evaluation.
    """
    require_normalization(normalization)
    require_dimension(d)
    heights, weights = np.arctanh(starts), normalized_masses(masses, np.size(starts))

    def stage(name: Scheme, state: Array, clock: Array) -> Array:
        def rates(_: float, now: Array) -> Array:
            return _rings_rates(name, now.reshape(2, -1), weights, (d, beta, normalization)).ravel()

        return solution_between(rates, state, clock)

    start = np.concatenate([heights, np.full_like(heights, norm.radius)])
    states = _states(norm, increasing_times(times), start, stage)
    return np.tanh(states[:, : heights.size]), states[:, heights.size :]


def _rings_rates(scheme: Scheme, state: Array, masses: Array, ring: tuple[int, float, Normalization]) -> Array:
    """Return u′ and r′ of several rings, state and result of shape (2, k)."""
    d, beta, normalization = ring
    heights, norms = state
    h, s = np.tanh(heights), 1.0 / np.cosh(np.clip(heights, -350.0, 350.0))
    shares, logs = np.reshape(mean_and_partition(d - 1, beta * np.outer(s, s).ravel()), (2, h.size, h.size))
    logs += beta * np.outer(h, h)
    if normalization == "softmax":
        weights = np.exp(logs - logs.max(axis=1, keepdims=True)) * masses
        weights = weights / weights.sum(axis=1, keepdims=True)
    else:
        weights = np.exp(logs) * masses
    axial, across = weights @ h, (weights * shares) @ s
    pull, along, length = axial - h * across / s, h * axial + s * across, np.hypot(axial, across)
    if scheme == "pre":
        return np.array([pull / norms, along])
    if scheme == "peri":
        return np.array([pull / (norms * length), along / length])
    return np.array([pull / length if scheme == "ngpt" else pull, np.zeros_like(h)])


def _share(z: float, order: int) -> float:
    """Return a = I_{order/2}(z)/I_{order/2−1}(z)."""
    return math.tanh(z) if order == 1 else eigenvalue_ratio(1, order, z)


@statement("derived", SOURCE, "Pre- and Peri-LN: (ln((1−h²)r²))′ = 2Za/s, zero as d → ∞ and at β = 0")
def invariant_drift(scheme: Scheme, h: float, r: float, d: float, beta: float, normalization: Normalization) -> float:
    """Return d/dt ln((1 − h²)r²) of a ring under Pre- or Peri-LN.

    2Za/r (pre), 2a/(r√(h² + (1−h²)a²)) (peri); a ≈ β(1−h²)/(d−1) for large d.

    Parameters
    ----------
    scheme : {"pre", "peri"}
        A layer norm that carries r; any other gives h′ alone, −2hh′/(1−h²).
    h : float
        Cosine of the latitude.
    r : float
        Norm.
    beta
        As for `ring_trajectory`.

    Returns
    -------
    float
        A rate per unit of time, not negative for pre and peri.
    """
    slope, growth = _rates(scheme, math.atanh(h), r, d, beta, normalization)
    return 2.0 * (growth / r - h * slope)


def ring_field(h: float, d: float, beta: float, normalization: Normalization) -> tuple[float, float]:
    """Return a and ln Z of the attention's output A = Z(he + a√(1−h²)n) on a ring; a = 0, Z = e^{βh²} for d = ∞.

    Parameters as for `ring_trajectory`; Z = 1 for softmax.
    """
    require_normalization(normalization)
    z = beta * (1.0 - h) * (1.0 + h)
    if d == math.inf:
        return 0.0, 0.0 if normalization == "softmax" else beta * h * h
    require_dimension(int(d))
    order = int(d) - 1
    return _share(z, order), 0.0 if normalization == "softmax" else beta * h * h + log_eigenvalue(0, order, z)


def _rates(
    scheme: Scheme, height: float, r: float, d: float, beta: float, normalization: Normalization
) -> tuple[float, float]:
    """Return h′/(1−h²) and r′ in the scheme's clock (t; ∫α for ngpt; 2(√(t+1)−1) for ln_scaling)."""
    h = math.tanh(height)
    share, log_partition = ring_field(h, d, beta, normalization)
    square = 1.0 / math.cosh(height) ** 2 if abs(height) < 350.0 else 0.0
    pull = h * (1.0 - share)
    along = h * h + square * share
    length = math.sqrt(h * h + square * share * share)
    partition = math.exp(log_partition)
    if scheme == "pre":
        return partition * pull / r, partition * along
    if scheme == "peri":
        return pull / (r * length), along / length
    return (pull / length if scheme == "ngpt" else partition * pull), 0.0


def _stage(scheme: Scheme, start: Array, clock: Array, ring: tuple[float, float, Normalization]) -> Array:
    """Return (artanh h, r) at the clock times."""
    return solution_at(lambda _, u: np.array(_rates(scheme, float(u[0]), float(u[1]), *ring)), start, clock)


def _states(norm: Norm, t: Array, start: Array, stage: Callable[[Scheme, Array, Array], Array]) -> Array:
    """Return the states at the times; stage(scheme, start, clock) moves one on, by the clock of autonomous equations.

    Mix is post until the switch, then pre.
    """
    if norm.scheme != "mix":
        return stage(norm.scheme, start, _clock(norm, t))
    early = t <= norm.switch_time
    before = stage("post", start, np.append(t[early], norm.switch_time))
    return np.concatenate([before[:-1], stage("pre", before[-1], t[~early] - norm.switch_time)])


def _clock(norm: Norm, t: Array) -> Array:
    """Return the clock in which the scheme's equations are autonomous."""
    if norm.scheme == "ngpt":
        return rate_integral(norm.rate, t)
    return np.asarray(2.0 * t / (np.sqrt(t + 1.0) + 1.0)) if norm.scheme == "ln_scaling" else t
