"""Claims about weights that change with depth, and about values that turn what they carry."""

import math
from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from kinetic.claims import instability
from kinetic.claims.claim import Claim, Finding, NotApplicable, reached, require
from kinetic.claims.collapse import require_positive_density
from kinetic.claims.evidence import Evidence
from kinetic.claims.exact import ROUNDING, beyond_steps, follow, positive
from kinetic.errors import DomainError
from kinetic.theory import depth, turning_cluster
from kinetic.theory.kernel_growth import Weight, kernel_growth_rates
from kinetic.types import Array, Normalization

LATE = 1e-3  # 1 − R below which a cluster is one, and its rate late
MOST_DEGREES = {True: 40, False: 8}  # up to dimension 8 and beyond: there quadrature has few digits of high degrees
LOW_DIMENSION = 8

RateLaw: TypeAlias = Callable[[int, float, float, Normalization], float]
"""(d, β, v, normalization) ↦ a rate."""

TurningLaw: TypeAlias = Callable[[float, float, Normalization], float]
"""(β, a, normalization) ↦ a rate."""


def _require_depth(evidence: Evidence) -> None:
    require(evidence.case.tables, "needs weights that change with time")
    require(evidence.case.layer_norm.scheme == "post", "needs tokens of norm one")
    require(evidence.case.perceptron is None, "needs attention alone, without a perceptron")
    require(evidence.case.attention.context_length is None, "needs infinitely many tokens")
    require(evidence.times.size > 0, "the record has no rows")


def _scalars(evidence: Evidence, time: float, since: float) -> list[tuple[Weight, float]]:
    """Return (g, v) of every head at a time, whose matrices must be multiples of the identity."""
    attention = evidence.case.at(time, since).attention
    found = []
    for head in attention.all_heads:
        require(head.multiples is not None, "needs query, key and value that are multiples of the identity")
        query, key, value = head.multiples or (1.0, 1.0, 1.0)
        more = (attention.power, attention.cutoff or 0.0, attention.coefficients or ())
        found.append((Weight(attention.kernel, head.beta, *more, query * key), value))
    return found


def _growth(evidence: Evidence, tolerance: float) -> Finding:
    """Compare the growth of each degree between two snapshots with the mean of its rate between them."""
    _require_depth(evidence)
    _scalars(evidence, 0.0, 0.0)

    def rates(count: int, time: float, since: float) -> Array:
        known = min(count, MOST_DEGREES[evidence.d <= LOW_DIMENSION] + 1)
        how = (evidence.normalization, evidence.diffusion)
        found = kernel_growth_rates(known, evidence.d, tuple(_scalars(evidence, time, since)), *how)
        return np.pad(found, (0, count - known), constant_values=np.nan)

    def means(count: int, start: float, end: float) -> Array:
        return depth.mean_over(lambda t, since: rates(count, t, since), evidence.case.knots, start, end)

    try:
        return instability.growth_finding(evidence, tolerance, lambda count: rates(count, 0.0, 0.0), means)
    except DomainError as error:
        raise NotApplicable(str(error)) from error


def _boost(evidence: Evidence, tolerance: float) -> Finding:
    """Compare R with that of the initial density, moved by the group's equations of motion under V(t)."""
    _require_depth(evidence)
    case = evidence.case
    attention = case.attention
    still = all(head.beta == 0 for stage in case.stages for head in stage.attention.all_heads)
    require(attention.kernel == "exponential" and still, "needs β = 0 in every head at all times")
    require(evidence.kind != "zonal", "needs circle or sphere")

    def value(time: float, since: float) -> Array:
        heads = case.at(time, since).attention.resolved_heads(evidence.d)
        return np.asarray(sum(np.array(head.value) for head in heads))

    density = evidence.density(0).as_series if evidence.snapshot_times.size else None
    require(density is not None, "needs snapshots in the harmonic chart")
    assert density is not None
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
    found = _scalars(evidence, time, since)
    require(len(found) == 1 and evidence.exponential, "needs one head with the exponential kernel")
    return found[0][0].beta * found[0][0].score, found[0][1]


def _late_mean(evidence: Evidence, observable: str, law: RateLaw, curvature: float) -> Finding:
    """Compare the decay of an observable over the last rows with the mean of a rate; 1 − R disturbs it by a factor."""
    times, values = evidence.times, evidence[observable]
    logs = values if observable.startswith("log") else np.log(np.maximum(values, 1e-300))
    late = np.flatnonzero(evidence["order_deficit"] < LATE)
    reached(late.size > 8, f"1 − R is {evidence['order_deficit'][-1]:.2g} at the end, the law needs {LATE:g}")
    first = int(late[late.size // 2])
    begin, end = float(times[first]), float(times[-1])

    def rate(time: float, since: float) -> float:
        return float(law(evidence.d, *_one(evidence, time, since), evidence.normalization))

    predicted = float(depth.mean_over(rate, evidence.case.knots, begin, end))
    measured = float(logs[first] - logs[-1]) / (end - begin)
    doubt = predicted * curvature * float(np.mean(evidence["order_deficit"][first:]))
    return Finding(predicted, measured, doubt, (begin, end), "a longer run would tell")


def _collapse(evidence: Evidence, _tolerance: float) -> Finding:
    """Compare the fall of 1 − R over the late half of the rows with 1 − R < 1e-3 with the mean of its rate."""
    _require_depth(evidence)
    require_positive_density(evidence)
    require(
        evidence.normalization == "softmax",
        "without softmax 1 − R follows ρ(−m) by a factor that changes with β(t): depth_antipode is about that",
    )
    stages = [_one(evidence, *stage.moment) for stage in evidence.case.stages]
    try:
        return _late_mean(evidence, "order_deficit", depth.collapse_rate, _curvature(stages))
    except DomainError as error:
        raise NotApplicable(str(error)) from error


def _antipode(evidence: Evidence, _tolerance: float) -> Finding:
    """Compare the fall of ln ρ at minus the mean direction, over the same rows, with the mean of its rate."""
    _require_depth(evidence)
    require_positive_density(evidence)
    stages = [_one(evidence, *stage.moment) for stage in evidence.case.stages]
    try:
        return _late_mean(evidence, "log_antipode_density", depth.antipode_rate, _curvature(stages))
    except DomainError as error:
        raise NotApplicable(str(error)) from error


def _curvature(stages: list[tuple[float, float]]) -> float:
    """Bound the relative change of an escape rate per 1 − R: that of e^{−βc} and of its slope."""
    largest = max(abs(beta) for beta, _ in stages)
    return math.exp(min(2.0 * largest, 600.0)) * (2.0 + 2.0 * largest)


def _rotation(evidence: Evidence) -> tuple[float, float]:
    """Return β and the angle of the value matrix of one head on the circle, whose other matrices are the identity."""
    case = evidence.case
    require(evidence.kind == "circle", "needs the circle")
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
    require(evidence.times.size > 0, "the record has no rows")
    return beta, math.atan2(s, c)


def _turning_speed(evidence: Evidence, _tolerance: float) -> Finding:
    """Compare the last local slope of the angle of the mean with the speed of the cluster."""
    beta, angle = _rotation(evidence)
    mean = evidence["mean"]
    turned = np.unwrap(np.arctan2(mean[:, 1], mean[:, 0]))
    return _late_slope(evidence, turned, beta, angle, turning_cluster.turning_speed, 1.0)


def _turning_rate(evidence: Evidence, _tolerance: float) -> Finding:
    """Compare the last local slope of ln(1 − R) with the rate beside a turning cluster."""
    beta, angle = _rotation(evidence)
    require_positive_density(evidence)
    logs = np.log(np.maximum(evidence["order_deficit"], 1e-300))
    return _late_slope(evidence, logs, beta, angle, turning_cluster.collapse_rate, -1.0)


def _late_slope(evidence: Evidence, values: Array, beta: float, angle: float, law: TurningLaw, sign: float) -> Finding:
    """Return the last slope, in doubt by its change over the last quarter of the run."""
    try:
        predicted = float(law(beta, angle, evidence.normalization))
    except DomainError as error:
        raise NotApplicable(str(error)) from error
    slopes = evidence.slopes(values)
    late = slopes.times >= 0.75 * evidence.times[-1] if slopes.times.size else slopes.times > 0
    reached(np.count_nonzero(late) > 3 and evidence["order_deficit"][-1] < LATE, "1 − R has not become small")
    found = sign * slopes.values[late]
    doubt = abs(float(found[-1] - found[0])) + float(slopes.uncertainties[late][-1])
    return Finding(predicted, float(found[-1]), doubt, (float(slopes.times[late][0]), float(slopes.times[late][-1])))


CLAIMS = (
    Claim("depth_growth", _growth, kernel_growth_rates, 1e-2, noisy=True, depth=True),
    Claim("depth_boost", _boost, depth.moebius_trajectory, 1e-8, depth=True),
    Claim("depth_rate", _collapse, depth.collapse_rate, 1e-3, depth=True),
    Claim("depth_antipode", _antipode, depth.antipode_rate, 1e-3, depth=True),
    Claim("turning_speed", _turning_speed, turning_cluster.turning_speed, 1e-3),
    Claim("turning_rate", _turning_rate, turning_cluster.collapse_rate, 1e-3),
)
