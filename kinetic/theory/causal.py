"""Tokens in a row, each attending to those before it: how small differences between positions travel on.

Responsible for the linear response about the uniform density under the causal mask with decay λ, and for the profile of
what the last token retrieves. Knows nothing of large differences.

**Variable.** With u(s) = (e^{λs} − 1)/λ (s at λ = 0) the mask is k(s, s') ds' = du'/u, and with Y = ln(u/u') it is
e^{−Y} dY whatever λ. A degree of growth rate a on the uniform density obeys ∂_t c(s) = a ∫ k(s, s') c(s') ds', Hardy's
operator, whose powers have the kernels e^{−Y} Y^{j−1}/(j−1)!; their exponential series sums up to

    c(t, s) = c_0(s) + ∫ g_a(t, s; s') c_0(s') ds',
    g_a = k(s, s') at ₀F₁(2; atY),      at ₀F₁(2; atY) = √(at/Y) I_1(2√(atY)).
"""

import math
from collections.abc import Callable
from itertools import pairwise

import numpy as np
from scipy.special import hyp0f1

from kinetic.theory.panels import panels
from kinetic.theory.statement import statement
from kinetic.types import Array, ArrayLike

SOURCE = "arXiv:2605.09213, linear response of the causal mask"
_FARTHEST = 60.0  # in Y, beyond which e^{−Y} leaves nothing of what constant profiles contribute
_NODES = 32


def log_ratio(s: ArrayLike, before: ArrayLike, decay: float) -> Array:
    """Return Y = ln(u(s)/u(s')), u = (e^{λs} − 1)/λ; positions in (0, 1], λ ≥ 0."""
    late, early = np.asarray(s, dtype=np.float64), np.asarray(before, dtype=np.float64)
    if decay == 0:
        return np.asarray(np.log(late / early))
    return np.asarray(decay * (late - early) + np.log(np.expm1(-decay * late) / np.expm1(-decay * early)))


def earlier(s: float, ratio: ArrayLike, decay: float) -> Array:
    """Return the s' with Y(s, s') = ratio ≥ 0."""
    shrunk = np.exp(-np.asarray(ratio, dtype=np.float64))
    return np.asarray(s * shrunk if decay == 0 else np.log1p(np.expm1(decay * s) * shrunk) / decay)


def weight(s: ArrayLike, before: ArrayLike, decay: float) -> Array:
    """Return k(s, s') = λ e^{−λ(s−s')}/(1 − e^{−λs}); 1/s at λ = 0."""
    late, early = np.asarray(s, dtype=np.float64), np.asarray(before, dtype=np.float64)
    if decay == 0:
        return np.broadcast_to(1 / late, np.broadcast_shapes(late.shape, early.shape))
    return np.asarray(-decay * np.exp(-decay * (late - early)) / np.expm1(-decay * late))


@statement("theorem", SOURCE, "response at s to an impulse at s': k(s, s') √(at/Y) I₁(2√(atY))")
def impulse_response(growth: float, s: ArrayLike, before: ArrayLike, decay: float) -> Array:
    """Return g_a(t, s; s') of a degree that has grown by e^{at} in all.

    Parameters
    ----------
    growth : float
        at, of either sign.
    s, before : array_like
        Positions 0 < s' ≤ s ≤ 1.
    decay : float
        λ ≥ 0.

    Returns
    -------
    ndarray
        Per unit of s'.
    """
    ratio = log_ratio(s, before, decay)
    return np.asarray(weight(s, before, decay) * growth * hyp0f1(2.0, growth * ratio))


@statement("theorem", SOURCE, "response of a degree at s to what it is at all positions before")
def response(
    growth: float, s: float, profile: Callable[[Array], Array], decay: float, first: float, places: ArrayLike = ()
) -> float:
    """Return c(t, s) that began as c_0 = profile.

    Parameters
    ----------
    growth : float
        at.
    s : float
        Position in (0, 1].
    profile : callable
        c_0 at positions; constant below `first`.
    decay : float
        λ ≥ 0.
    first : float
        Position below which c_0 is constant.
    places : array_like
        Positions between which c_0 is smooth: Gauss panels end there.

    **Accuracy** Absolute 1e-12 of the largest |c_0| e^{|at|} where panels resolve the profile.
    """
    ends = [float(place) for place in np.atleast_1d(np.asarray(places, dtype=np.float64)) if first < place < s]
    corners = log_ratio(s, np.array([s, *sorted(ends, reverse=True), min(first, s)]), decay)
    fine = [np.linspace(a, b, 2 + int(b - a), endpoint=False) for a, b in pairwise(corners)]
    beyond = corners[-1] + np.linspace(0.0, _FARTHEST, 13)
    y, weights = panels(np.unique(np.concatenate([*fine, beyond])), _NODES)
    before = np.maximum(earlier(s, y, decay), min(first, s))
    kernel = growth * hyp0f1(2.0, growth * y) * np.exp(-y)
    return float(profile(np.array([max(s, first)]))[0] + (weights * kernel) @ profile(before))


@statement("derived", "derived here, from " + SOURCE, "amplitude s^p grows by e^{at/(1+p)}")
def power_growth(growth: float, power: float) -> float:
    """Return e^{at/(1+p)}: at λ = 0 the mask takes s^p to s^p/(1 + p).

    Parameters
    ----------
    growth : float
        at.
    power : float
        p ≥ 0; 0 is what all positions share, whose growth is that without a mask.
    """
    return math.exp(growth / (1 + power))


@statement("theorem", SOURCE, "S(s') = Σ_n w_n g_n(t, 1; s'): what the last token retrieves")
def retrieval_profile(growths: ArrayLike, weights: ArrayLike, before: ArrayLike, decay: float) -> Array:
    """Return S_t(s') = Σ_n w_n g_{a_n}(t, 1; s').

    Parameters
    ----------
    growths : array_like, shape (n,)
        a_n t of the degrees.
    weights : array_like, shape (n,)
        Weights of the degrees; e^{−π²n²/(2M²)} for a token that is told apart from M others.
    before : array_like
        Positions s' in (0, 1].
    decay : float
        λ ≥ 0.

    Returns
    -------
    ndarray, of the shape of `before`
    """
    s = np.asarray(before, dtype=np.float64)
    total = np.zeros_like(s)
    pairs = zip(np.atleast_1d(np.asarray(growths)), np.atleast_1d(np.asarray(weights)), strict=True)
    for growth, share in pairs:
        total = total + share * impulse_response(float(growth), 1.0, s, decay)
    return total
