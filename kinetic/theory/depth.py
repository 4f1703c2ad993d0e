"""Laws of weights that change with depth: a flow that stays in the Möbius group, rates that become integrals.

**Derived here.** Let β(t) and V(t) change with time.

*Möbius.* At β = 0 every token moves by x′ = P_x b(t), b = V(t) m(t), m the mean: whatever V(t) is, b generates a boost
of the sphere, so that the flow from 0 to t is one boost after one rotation, for any data.

*Dirac.* Beside a Dirac mass a head with V = v(t)·1 draws tokens in at λ_c(t) = v e^β and lets them leave the antipode
at λ_a(t) = v e^{−β}; under softmax both are v, and β(t) is not seen at all. What is left at the antipode is
ρ(−e) ~ exp(−(d−1)∫λ_a). Under softmax the field beside a Dirac mass is v(t) times one that does not change, so that
1 − R falls like exp(−min(d−1, 2)∫v).

*Uniform.* A small perturbation of degree l grows to exp ∫σ_l(β(t), v(t)) of itself: degrees do not mix.
"""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

from kinetic.errors import DomainError
from kinetic.theory.boost_group import boost_rates, boost_tolerances, mean_and_deficit
from kinetic.theory.domain import increasing_times, normalized_masses, require_dimension, require_normalization
from kinetic.theory.panels import panels
from kinetic.theory.statement import statement
from kinetic.theory.trajectory import solution_at
from kinetic.types import Array, ArrayLike, Normalization

SOURCE = "derived here"

_NODES, _PANELS = 16, 8
"""Of each piece between two knots: 128 nodes, for e^{−β(t)} as β changes by some tens."""

Weight = Callable[[float, float], float | Array]
"""weight(t, since): what it is at t in the piece that begins at the knot `since`."""


@statement("derived", SOURCE, "β = 0: any V(t) moves any measure by one boost and one rotation")
def moebius_trajectory(
    points: ArrayLike,
    masses: ArrayLike,
    times: ArrayLike,
    value: Callable[[float, float], ArrayLike],
    knots: Sequence[float] = (),
) -> tuple[Array, Array]:
    """Return the mean and 1 − R at the times, with b(t) = V(t) m(t) in place of the mean in the group's equations.

    Parameters
    ----------
    points : array_like, shape (k, d)
        Unit vectors.
    masses : array_like, shape (k,)
        Non-negative weights; they are scaled to sum one.
    times : array_like, shape (n,)
        Increasing times from 0.
    value : callable
        value(t, since): V in the piece that begins at the knot `since`; of several heads the sum.
    knots : sequence of float
        Increasing times at which the law of V changes.

    Returns
    -------
    mean, order_deficit : ndarray, shapes (n, d) and (n,)
    """
    y, instants = np.atleast_2d(np.asarray(points, dtype=np.float64)), increasing_times(times)
    weights, d = normalized_masses(masses, y.shape[0]), y.shape[1]
    absolute = boost_tolerances(y, weights)
    state, rows, now, since = np.concatenate([np.zeros(d), np.eye(d).ravel()]), [], 0.0, 0.0
    for instant, is_row in _stops(instants, knots):
        if instant > now:

            def rate(t: float, u: Array, now: float = now, since: float = since) -> Array:
                return boost_rates(u, y, weights, np.asarray(value(now + t, since), dtype=np.float64))

            state, now = solution_at(rate, state, [instant - now], absolute)[0], instant
        if is_row:
            rows.append(mean_and_deficit(state, y, weights))
        if instant in knots:
            since = instant
    return np.array([mean for mean, _ in rows]), np.array([deficit for _, deficit in rows])


def _stops(times: Array, knots: Sequence[float]) -> list[tuple[float, bool]]:
    """Return (time, whether it is asked for) of all places to stop at, up to the last time asked for."""
    asked = [float(t) for t in times]
    inside = [knot for knot in knots if knot < asked[-1] and knot not in asked]
    return sorted([(t, True) for t in asked] + [(knot, False) for knot in inside])


def mean_over(rate: Weight, knots: Sequence[float], start: float, end: float) -> Array:
    """Return the mean of a rate, or of several, between two times.

    Parameters
    ----------
    rate : callable
        rate(t, since), smooth between knots.
    knots : sequence of float
        Increasing.
    start, end : float
        start < end.

    **Accuracy** Rounding where the rate has fewer than a hundred waves between two knots.
    """
    edges = [start, *(knot for knot in knots if start < knot < end), end]
    total = np.zeros(())
    for low, high in pairwise(edges):
        since = max([0.0, *(knot for knot in knots if knot <= low)])
        at, weights = panels(np.linspace(low, high, _PANELS + 1), _NODES)
        total = total + weights @ np.array([rate(float(t), since) for t in at])
    return np.asarray(total / (end - start))


@statement("derived", SOURCE, "−d/dt ln ρ(−e) → (d−1) v e^{−β(t)}; softmax: (d−1) v, whatever β(t)")
def antipode_rate(d: int, beta: float, value: float, normalization: Normalization) -> float:
    """Return (d−1)λ_a of one head with V = v·1 at one time.

    Raises
    ------
    DomainError
        Unless v > 0.
    """
    require_dimension(d)
    require_normalization(normalization)
    if not value > 0:
        raise DomainError(f"value {value:g}: a cluster is drawn together by v > 0 only")
    return (d - 1) * value * (math.exp(-beta) if normalization == "none" else 1.0)


@statement("derived", SOURCE, "softmax: 1 − R ~ exp(−min(d−1, 2) ∫v dt), whatever β(t)")
def collapse_rate(d: int, beta: float, value: float, normalization: Normalization) -> float:
    """Return min((d−1)λ_a, 2λ_c) = min(d−1, 2) v of one softmax head with V = v·1 at one time.

    Raises
    ------
    DomainError
        Unless v > 0 and attention is softmax, and in d = 3, where there is a factor t. Without softmax 1 − R is ρ(−e)
        times the extent of what has left −e and not yet arrived, which changes with β(t).
    """
    antipode = antipode_rate(d, beta, value, normalization)
    if normalization != "softmax" or d == 3:
        raise DomainError("needs softmax and a dimension other than 3, in which 1 − R has a factor t")
    return min(antipode, 2.0 * value)
