"""Claims about the rest of the block: kernels other than e^{βt}, and perceptrons."""

from collections.abc import Callable

import numpy as np

from kinetic.case import AngularGaussian, Attention, Uniform
from kinetic.claims import instability
from kinetic.claims.claim import Claim, Finding, in_domain, known, reached, require, require_usual, series_of
from kinetic.claims.collapse import last_slope
from kinetic.claims.environment import first_covariance
from kinetic.claims.evidence import Evidence
from kinetic.density import Density
from kinetic.geometry import from_angles, on_circle
from kinetic.theory import angular_gaussian, dark_cap, perceptron
from kinetic.theory.kernel_growth import Weight, kernel_growth_rates
from kinetic.types import Array

MOST_DEGREES = {True: 40, False: 8}  # up to dimension 8 and beyond: there quadrature has few digits of high degrees
LOW_DIMENSION = 8
BULK = 3.0  # standard deviations d^{−1/2} of the cosine within which the density is looked at in high dimension
DARK_FROM = 0.75  # dark masses are compared over the last quarter of the run
STEPS_TO_POINTS = 1e-4  # the stepper bounds an error in the mean square; at a point between steps it is larger
SERIES_ROUNDING = 1e-12  # of the largest value: a density from its coefficients


def weights_of(attention: Attention) -> tuple[tuple[Weight, float], ...]:
    """Return (g, v) of every head, whose matrices must be multiples of the identity."""
    found = []
    for head in attention.all_heads:
        multiples = known(head.multiples, "needs heads with query, key and value that are multiples of the identity")
        query, key, value = multiples
        more = (attention.power, attention.cutoff or 0.0, attention.coefficients or ())
        found.append((Weight(attention.kernel, head.beta, *more, query * key), value))
    return tuple(found)


def degree_rates(evidence: Evidence, weights: tuple[tuple[Weight, float], ...], count: int) -> Array:
    """Return the predicted rates of the degrees 0 … count − 1, NaN beyond those that theory's quadrature resolves."""
    resolved = min(count, MOST_DEGREES[evidence.d <= LOW_DIMENSION] + 1)
    with in_domain():
        found = kernel_growth_rates(resolved, evidence.d, weights, evidence.normalization, evidence.diffusion)
    return np.pad(found, (0, count - resolved), constant_values=np.nan)


def _rates(evidence: Evidence, count: int) -> Array:
    """Return the predicted rates of the degrees 0 … count − 1 under another kernel."""
    require_usual(evidence)
    require(not evidence.exponential, "the kernel is exponential: linear_growth and most_unstable_degree are about it")
    return degree_rates(evidence, weights_of(evidence.case.attention), count)


def _kernel_growth(evidence: Evidence, tolerance: float) -> Finding:
    return instability.growth_finding(evidence, tolerance, lambda count: _rates(evidence, count))


def _first_degree(evidence: Evidence, _tolerance: float) -> Finding:
    return instability.winner_finding(evidence, lambda count: _rates(evidence, count))


_NUMBERS = np.arange(60) + 0.5
_PLACES: dict[str, Callable[[int], Array]] = {
    "circle": lambda _: on_circle(0.1 + _NUMBERS * np.pi / 30),
    "sphere": lambda _: from_angles(np.arccos(1.0 - _NUMBERS / 30), _NUMBERS * np.pi * (1 + 5**0.5)),
    "zonal": lambda d: min(1.0, BULK / d**0.5) * np.cos(np.linspace(0.0, np.pi, 41)),
}
"""Where densities are compared, by kind of space: points, or cosines to the axis."""


def _angular_gaussian(evidence: Evidence, tolerance: float) -> Finding:
    """Compare ρ at points of every snapshot with the family that linear attention keeps; report the farthest."""
    require_usual(evidence)
    attention = evidence.case.attention
    require(attention.kernel == "linear", "needs the linear kernel")
    require(attention.normalization == "none", 'needs normalization = "none"')
    initial = evidence.initial
    require(isinstance(initial, Uniform | AngularGaussian), "needs initial data uniform or angular Gaussian")
    require(evidence.snapshot_times.size > 1, "needs two snapshots")
    steps = STEPS_TO_POINTS * tolerance
    reached(evidence.case.time.tolerance <= steps, f"the steps' error would be seen: lower time.tolerance to {steps:g}")
    points, exact = _PLACES[evidence.kind](evidence.d), _exact_logarithms(evidence)
    worst = (-1.0, 1.0, 1.0, 0.0)
    for i in range(evidence.snapshot_times.size):
        predicted, found = np.exp(exact(i, points)), np.asarray(evidence.density(i).values(points))
        j = int(np.argmax(np.abs(found / predicted - 1.0)))
        miss = abs(float(found[j] / predicted[j]) - 1.0)
        rounding = SERIES_ROUNDING * float(predicted.max() / predicted[j])
        worst = max(worst, (miss, float(predicted[j]), float(found[j]), rounding))
    _, predicted_there, found_there, rounding = worst
    window = (float(evidence.snapshot_times[0]), float(evidence.snapshot_times[-1]))
    return Finding(predicted_there, found_there, rounding * predicted_there, window, "raise space.degree")


def _exact_logarithms(evidence: Evidence) -> Callable[[int, Array], Array]:
    """Return the function of (snapshot, points) that gives ln ρ."""
    initial, d, times = evidence.initial, evidence.d, evidence.snapshot_times
    if evidence.density(0).axisymmetric:
        ratio = initial.ratio if isinstance(initial, AngularGaussian) else 1.0
        strength = sum(value * weight.score for weight, value in weights_of(evidence.case.attention))
        ratios = angular_gaussian.ratio_trajectory(d, ratio, strength, times)
        return lambda i, points: angular_gaussian.axisymmetric_log_density(points, d, float(ratios[i]))
    heads = [(query, key, value) for _, query, key, value in evidence.heads]
    found = angular_gaussian.covariances(first_covariance(initial, d), heads, times)
    return lambda i, points: angular_gaussian.log_density(points, found[i])


def _dark_cap(evidence: Evidence, _tolerance: float) -> Finding:
    """Compare the mass beyond the kernel's reach of the mean direction at three quarters and at the end of a run."""
    require_usual(evidence)
    weights = weights_of(evidence.case.attention)
    require(len(weights) == 1 and weights[0][1] > 0, "needs one attracting head")
    with in_domain():
        cutoff, rate = dark_cap.dark_mass_rate(weights[0][0])
    times = evidence.snapshot_times
    late = np.flatnonzero(times >= DARK_FROM * times[-1])
    require(late.size > 1, "needs two snapshots in the last quarter of the run")
    ends = [series_of(evidence, int(i)) for i in (late[0], late[-1])]
    told = min(float(np.linalg.norm(density.mean)) for density in ends) > SERIES_ROUNDING
    reached(told, "the mean is rounding: it has no direction from which a cap could be dark")
    first, last = (dark_mass(density, cutoff) for density in ends)
    reached(first > 0 and last > 0, "there is no mass in the dark cap")
    window = (float(times[late[0]]), float(times[late[-1]]))
    measured = float(np.log(last / first)) / (window[1] - window[0])
    return Finding(rate, measured, 0.0, window)


def dark_mass(density: Density, cutoff: float) -> float:
    """Return the mass of a density in harmonics whose cosine to the mean direction is below a cutoff."""
    points, masses = density.quadrature(4 * density.space.degree)
    direction = density.mean / np.linalg.norm(density.mean)
    cosines = points * direction[0] if density.axisymmetric else points @ direction
    return float(masses[cosines < cutoff].sum())


def _linear_neurons(evidence: Evidence) -> tuple[float, float, Array]:
    """Return β, the strength w_p − w_k of a linear perceptron along its axis p nearest to the mean, and p."""
    case, without = evidence.case, 'needs a perceptron with activation = "identity"'
    given = known(case.perceptron, without)
    require(given.activation == "identity", without)
    require(all(neuron.bias == 0 for neuron in given.neurons), "needs neurons without bias")
    require(evidence.diffusion == 0 and case.layer_norm.scheme == "post", "needs tokens of norm one without noise")
    plain = case.attention.context_length is None and evidence.exponential
    head = case.attention.identity_head if plain else None
    beta = known(head, "needs one identity head with the exponential kernel, infinitely many tokens").beta
    if evidence.case.space.axisymmetric:
        return beta, sum(neuron.weight for neuron in given.neurons), np.ones(1)
    axes = np.array([neuron.direction for neuron in given.neurons], dtype=float)
    levels, vectors = np.linalg.eigh(axes.T @ (np.array([neuron.weight for neuron in given.neurons])[:, None] * axes))
    nearest = int(np.argmax(np.abs(evidence["mean"][-1] @ vectors)))
    gaps = levels[nearest] - np.delete(levels, nearest)
    alike = np.ptp(gaps) <= 1e-12 * np.abs(gaps).max()
    require(alike, "needs neurons that act alike in all directions across one axis")
    return beta, float(gaps[0]), vectors[:, nearest]


def _perceptron_rate(evidence: Evidence, _tolerance: float) -> Finding:
    """Compare the last local slope of ln(1 − R) with the rate of one cluster beside a perceptron of linear neurons.

    How far the rate still is from its limit is told by its change over the last quarter of the run.
    """
    beta, strength, _ = _linear_neurons(evidence)
    with in_domain():
        rate = perceptron.collapse_rate(evidence.d, beta, strength, evidence.normalization)
    return last_slope(evidence, evidence.log_slopes("order_deficit"), rate)


def _perceptron_left(evidence: Evidence, _tolerance: float) -> Finding:
    """Compare 1 − R at the end, beyond the threshold of one cluster, with twice the initial mass of the far basin."""
    beta, strength, axis = _linear_neurons(evidence)
    require(evidence.d == 2, "needs the circle, or a zonal space of dimension 2")
    begin = evidence.density(0)

    def density(theta: Array) -> Array:
        if begin.axisymmetric:
            return np.asarray(begin.values_at_angle(np.abs(np.angle(np.exp(1j * theta)))))
        turned = theta + np.arctan2(axis[1], axis[0])
        return np.asarray(begin.values(on_circle(turned)))

    with in_domain():
        limit, doubt = perceptron.left_behind(density, beta, strength, evidence.normalization)
    deficit, times = evidence["order_deficit"], evidence.times
    late = times >= 0.75 * times[-1]
    moved = abs(float(deficit[-1] - deficit[late][0]))
    return Finding(limit, float(deficit[-1]), doubt + moved, (float(times[late][0]), float(times[-1])))


CLAIMS = (
    Claim("kernel_growth", _kernel_growth, kernel_growth_rates, 1e-2, noisy=True),
    Claim("kernel_first_degree", _first_degree, kernel_growth_rates, 1e-9, absolute=True, noisy=True),
    Claim("angular_gaussian", _angular_gaussian, angular_gaussian.covariances, 1e-8),
    Claim("perceptron_rate", _perceptron_rate, perceptron.collapse_rate, 1e-3),
    Claim("perceptron_left", _perceptron_left, perceptron.left_behind, 1e-4),
    Claim("dark_cap", _dark_cap, dark_cap.dark_mass_rate, 2e-2, absolute=True, relation=">="),
)
