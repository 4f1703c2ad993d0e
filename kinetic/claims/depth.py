"""Claims about weights that change with depth, and about values that turn what they carry."""

import math
from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from kinetic.claims import instability
from kinetic.claims.claim import BENT, CIRCLE, Claim, Finding, in_domain, reached, require, series_of
from kinetic.claims.collapse import GATHERED, last_slope, require_positive_density
from kinetic.claims.evidence import ROUNDED, Evidence
from kinetic.claims.exact import ROUNDING, beyond_steps, follow, positive
from kinetic.claims.kernels import degree_rates, weights_of
from kinetic.theory import depth, turning_cluster
from kinetic.theory.kernel_growth import kernel_growth_rates
from kinetic.types import Array, Normalization

RateLaw: TypeAlias = Callable[[int, float, float, Normalization], float]
"""(d, β, v, normalization) ↦ a rate."""

TurningLaw: TypeAlias = Callable[[float, float, Normalization], float]
"""(β, a, normalization) ↦ a rate."""


def _require_depth(evidence: Evidence) -> None:
    require(evidence.case.tables, "needs weights that change with time")
    require(evidence.case.layer_norm.scheme == "post", "needs tokens of norm one")
    require(evidence.case.perceptron is None, "needs attention alone, without a perceptron")
    require(evidence.case.attention.context_length is None, "needs infinitely many tokens")


def _growth(evidence: Evidence, tolerance: float) -> Finding:
    """Compare the growth of each degree between two snapshots with the mean of its rate between them."""
    _require_depth(evidence)

    def rates(count: int, time: float, since: float) -> Array:
        return degree_rates(evidence, weights_of(evidence.case.at(time, since).attention), count)

    def means(count: int, start: float, end: float) -> Array:
        return depth.mean_over(lambda t, since: rates(count, t, since), evidence.case.knots, start, end)

    return instability.growth_finding(evidence, tolerance, lambda count: rates(count, 0.0, 0.0), means)


def _boost(evidence: Evidence, tolerance: float) -> Finding:
    """Compare R with that of the initial density, moved by the group's equations of motion under V(t)."""
    _require_depth(evidence)
    case = evidence.case
    attention = case.attention
    still = all(head.beta == 0 for stage in case.stages for head in stage.attention.all_heads)
    require(attention.kernel == "exponential" and still, "needs β = 0 in every head at all times")

    def value(time: float, since: float) -> Array:
        heads = case.at(time, since).attention.resolved_heads(evidence.d)
        return np.asarray(sum(np.array(head.value) for head in heads))

    require(evidence.snapshot_times.size, "needs snapshots")
    density = series_of(evidence, 0)
    points, masses = density.quadrature(density.space.degree)
    deficit = depth.moebius_trajectory(points, positive(masses), evidence.times, value, case.knots)[1]
    start = float(evidence["order_parameter"][0])
    reached(start * tolerance > 2 * ROUNDING, f"the mean begins at R = {start:.2g}: its rounding would be followed")
    exact = 1.0 - deficit
    doubt = ROUNDING * np.maximum(1.0, np.abs(exact) / start) + case.time.tolerance * np.abs(exact)
    allowed, remedy = tolerance * np.abs(exact), "lower time.tolerance"
    beyond_steps(evidence, evidence["order_parameter"], exact, doubt + allowed)
    return follow(evidence, evidence["order_parameter"], exact, doubt, allowed, remedy)


def _one(evidence: Evidence, time: float, since: float) -> tuple[float, float]:
    """Return (b, v) of one head e^{b<x,y>} with V = v·1 at a time."""
    found = weights_of(evidence.case.at(time, since).attention)
    require(len(found) == 1 and evidence.exponential, "needs one head with the exponential kernel")
    return found[0][0].beta * found[0][0].score, found[0][1]


def _late_mean(evidence: Evidence, observable: str, law: RateLaw) -> Finding:
    """Compare the decay of an observable over the last rows with the mean of a rate; 1 − R disturbs it by a factor."""
    curvature = _curvature(evidence)
    times, values = evidence.times, evidence[observable]
    logs = values if observable.startswith("log") else np.log(np.maximum(values, 1e-300))
    late = np.flatnonzero(evidence["order_deficit"] < GATHERED)
    reached(late.size > 8, f"1 − R is {evidence['order_deficit'][-1]:.2g} at the end, the law needs {GATHERED:g}")
    first = int(late[late.size // 2])
    begin, end = float(times[first]), float(times[-1])

    def rate(time: float, since: float) -> float:
        return float(law(evidence.d, *_one(evidence, time, since), evidence.normalization))

    with in_domain():
        predicted = float(depth.mean_over(rate, evidence.case.knots, begin, end))
    measured = float(logs[first] - logs[-1]) / (end - begin)
    doubt = predicted * curvature * float(np.mean(evidence["order_deficit"][first:]))
    doubt += (1e-14 + ROUNDED * float(np.abs(logs[[first, -1]]).max())) / (end - begin)
    return Finding(predicted, measured, doubt, (begin, end), "a longer run would tell")


def _collapse(evidence: Evidence, _tolerance: float) -> Finding:
    """Compare the fall of 1 − R over the late half of the rows with 1 − R < 1e-3 with the mean of its rate."""
    _require_depth(evidence)
    require_positive_density(evidence)
    require(
        evidence.normalization == "softmax",
        "without softmax 1 − R follows ρ(−m) by a factor that changes with β(t): depth_antipode is about that",
    )
    return _late_mean(evidence, "order_deficit", depth.collapse_rate)


def _antipode(evidence: Evidence, _tolerance: float) -> Finding:
    """Compare the fall of ln ρ at minus the mean direction, over the same rows, with the mean of its rate."""
    _require_depth(evidence)
    require_positive_density(evidence)
    return _late_mean(evidence, "log_antipode_density", depth.antipode_rate)


def _curvature(evidence: Evidence) -> float:
    """Bound the relative change of an escape rate per 1 − R: that of e^{−βc} and of its slope."""
    largest = max(abs(_one(evidence, *stage.moment)[0]) for stage in evidence.case.stages)
    return math.exp(min(2.0 * largest, 600.0)) * (2.0 + 2.0 * largest)


def _rotation(evidence: Evidence) -> tuple[float, float]:
    """Return β and the angle of the value matrix of one head on the circle, whose other matrices are the identity."""
    case = evidence.case
    require(
        case.perceptron is None and case.layer_norm.scheme == "post", "needs attention alone and tokens of norm one"
    )
    require(evidence.exponential and case.attention.context_length is None, "needs e^{βt} and infinitely many tokens")
    require(len(evidence.heads) == 1, "needs one head")
    beta, query, key, value = evidence.heads[0]
    require(np.array_equal(query, np.eye(2)) and np.array_equal(key, np.eye(2)), "needs query and key = identity")
    c, s = float(value[0, 0]), float(value[1, 0])
    rotates = np.abs(value - np.array([[c, -s], [s, c]])).max() <= 1e-12 and abs(math.hypot(c, s) - 1.0) <= 1e-12
    require(rotates and s != 0, "needs a value matrix that rotates")
    return beta, math.atan2(s, c)


def _turning_speed(evidence: Evidence, _tolerance: float) -> Finding:
    """Compare the last local slope of the angle of the mean with the speed of the cluster."""
    predicted = _turning(evidence, turning_cluster.turning_speed)
    mean = evidence["mean"]
    slopes = evidence.slopes(np.unwrap(np.arctan2(mean[:, 1], mean[:, 0])))
    return last_slope(evidence, slopes, predicted, 1.0)


def _turning_rate(evidence: Evidence, _tolerance: float) -> Finding:
    """Compare the last local slope of ln(1 − R) with the rate beside a turning cluster."""
    predicted = _turning(evidence, turning_cluster.collapse_rate)
    require_positive_density(evidence)
    logs = np.log(np.maximum(evidence["order_deficit"], 1e-300))
    return last_slope(evidence, evidence.slopes(logs), predicted)


def _turning(evidence: Evidence, law: TurningLaw) -> float:
    """Return what a law says of a run on the circle whose value matrix rotates."""
    beta, angle = _rotation(evidence)
    with in_domain():
        return float(law(beta, angle, evidence.normalization))


CLAIMS = (
    Claim("depth_growth", _growth, kernel_growth_rates, 1e-2, noisy=True, depth=True),
    Claim("depth_boost", _boost, depth.moebius_trajectory, 1e-8, depth=True, spaces=BENT),
    Claim("depth_rate", _collapse, depth.collapse_rate, 1e-3, depth=True),
    Claim("depth_antipode", _antipode, depth.antipode_rate, 1e-3, depth=True),
    Claim("turning_speed", _turning_speed, turning_cluster.turning_speed, 1e-3, spaces=CIRCLE),
    Claim("turning_rate", _turning_rate, turning_cluster.collapse_rate, 1e-3, spaces=CIRCLE),
)
