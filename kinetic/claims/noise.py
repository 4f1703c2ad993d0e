"""Claims about noise: when the uniform density gives way, to what, and how narrow a noisy cluster is.

What a run ends in is measured on its last row; how far that may still be from where it leads is told by its last change
and the rate at which theory lets the state relax.
"""

import math

import numpy as np

from kinetic.claims.claim import Claim, Finding, known, reached, require
from kinetic.claims.evidence import Evidence
from kinetic.errors import KineticError
from kinetic.theory import noise_transition, stationary_phases
from kinetic.theory.linear_stability import critical_diffusion
from kinetic.theory.stationary import StationaryState
from kinetic.types import Array

UNIMODAL = ("linear", "von_mises_fisher", "poisson")
"""Initial densities with one bump, which are not drawn to stationary densities of several."""

BORDER = 0.1  # share of the unstable state's R by which a start must differ from it
WIDEST = 0.05  # variance of a cluster for which a law of narrow ones is of use
_ROUNDING = 1e-12
CONCENTRATED = 0.6  # R above which a density is one cluster
ONE_CLUSTER = 0.8
"""Variance of the Gaussian of the same entropy over a density's own: 1 for one narrow cluster, which it leaves by terms
of the order of its variance squared; 0.66 for two equal Gaussians four standard deviations apart."""


def _require_noise(evidence: Evidence) -> float:
    """Return β of a noisy run of one identity head, or say that it is none."""
    needs = "needs one head with Q = K = V = I, β ≥ 0, noise, and infinitely many tokens of norm one"
    beta = known(evidence.beta, needs)
    require(beta >= 0 and evidence.usual and evidence.diffusion > 0, needs)
    require(evidence.times.size > 1, "needs two rows")
    return beta


def _end(evidence: Evidence) -> tuple[float, float]:
    """Return the window of what is measured at the end."""
    return float(evidence.times[-2]), float(evidence.times[-1])


def _remaining(evidence: Evidence, values: Array, rate: float, leaving: float = 0.0) -> float:
    """Return how much a number will still change; refuse where it changes ever faster.

    A run is slow at rest and before it has begun to leave an unstable state: there its changes grow. Those of a run
    that comes to rest at a rate λ fall, more slowly than e^{−λt} as long as it is far away, so that their own rate of
    decay, or λ if that is less, bounds what is left. A number that grows at the rate `leaving` out of an unstable state
    at zero must have become so large that this growth exceeds the steps' tolerance; before, it shows nothing.
    """
    reached(rate > 0 and values.size > 2, "the state that it should come to is not stable, or there are too few rows")
    times = evidence.times
    # neighboring rows may differ by rounding alone
    lag = max(min(0.25 / rate, 0.25 * float(times[-1] - times[0])), (1 + 1e-9) * float(np.diff(times[-3:]).max()))
    chosen = np.searchsorted(times, times[-1] - lag * np.array([2.0, 1.0, 0.0]))
    reached(np.all(np.diff(chosen) > 0), "too few rows to tell whether the run is at rest")
    spacings, changes = np.diff(times[chosen]), np.abs(np.diff(values[chosen]))
    end, spacing, value = float(times[-1]), float(spacings[1]), abs(float(values[-1]))
    seen = value * math.expm1(min(leaving * spacing, 600.0)) > evidence.case.time.tolerance
    reached(leaving <= 0 or seen, f"by t = {end:.4g} the run has not begun to leave the uniform density")
    rounding = _ROUNDING * max(1.0, value)
    if np.all(changes <= rounding):
        return rounding / math.expm1(min(rate * spacing, 600.0)) + rounding
    speeds = changes / spacings
    reached(speeds[1] < speeds[0], f"not at rest: at t = {end:.4g} it changes ever faster, away from an unstable state")
    decay = math.log(speeds[0] / speeds[1]) / float(spacings.mean()) if speeds[1] > 0 else rate
    return float(changes[1]) / math.expm1(min(min(rate, decay) * spacing, 600.0)) + rounding


def _threshold(evidence: Evidence, tolerance: float) -> Finding:
    """Measure κ + σ/(d−1), σ the rate of R between the first and the last row at which ρ − 1 is small.

    Degree one changes at (d−1)(κ_c − κ): the sum is κ_c, on either side of it. Products of two amplitudes change the
    rate by a share of the size ε of ρ − 1, which is √(2∫ρ ln ρ dσ); the steps' errors change R by their tolerance.
    """
    beta = _require_noise(evidence)
    order, size = evidence["order_parameter"], np.sqrt(2 * np.maximum(evidence["entropy"], 0.0))
    small = np.flatnonzero((size < 0.1 * tolerance) & (order > 0))
    require(small.size > 1, f"ρ − 1 is below {0.1 * tolerance:.1g} at fewer than two rows with a mean")
    first, last = int(small[0]), int(small[-1])
    elapsed, scale = float(evidence.times[last] - evidence.times[first]), evidence.d - 1
    predicted = critical_diffusion(1, evidence.d, beta, evidence.normalization)
    measured = evidence.diffusion + math.log(order[last] / order[first]) / elapsed / scale
    amplitude = math.sqrt(evidence.d) * float(order[small].min())
    rate = abs(math.log(order[last] / order[first])) / elapsed
    steps = evidence.step_error(amplitude, rate, elapsed) / elapsed / scale
    uncertainty = predicted * float(size[small].max()) + steps
    window = (float(evidence.times[first]), float(evidence.times[last]))
    return Finding(predicted, float(measured), uncertainty, window, "lower time.tolerance, or a longer run, would tell")


def _states(evidence: Evidence, beta: float) -> tuple[StationaryState, ...]:
    """Return theory's stationary states at the κ of a run."""
    try:
        return stationary_phases.stationary_states(evidence.d, beta, evidence.normalization, evidence.diffusion)
    except KineticError as error:
        require(False, f"theory has no state here: {error}")
        raise


def _amplitude(evidence: Evidence, _tolerance: float) -> Finding:
    """Measure R²/(κ_c/κ − 1) at the end; what the law leaves out at this κ is told by the whole branch."""
    beta = _require_noise(evidence)
    how = (evidence.d, beta, evidence.normalization)
    kappa, critical = evidence.diffusion, critical_diffusion(1, *how)
    slope = noise_transition.amplitude_slope(*how)
    require(math.isfinite(slope), "the transition is discontinuous: without softmax the law needs β < β_*")
    require(0.98 * critical < kappa < critical, f"the law holds just below κ_c = {critical:.6g}")
    (state,) = _states(evidence, beta)
    distance = critical / kappa - 1
    order = evidence["order_parameter"]
    leaving = (evidence.d - 1) * (critical - kappa)
    left = _remaining(evidence, order, -float(stationary_phases.relaxation_rates(state, 1)[0]), leaving)
    measured = float(order[-1]) ** 2 / distance
    left_out = abs(state.order**2 / distance - slope)
    uncertainty = left_out + (2 * float(order[-1]) + left) * left / distance
    return Finding(slope, measured, uncertainty, _end(evidence), "κ nearer to κ_c, and a longer run, would tell")


def _phase(evidence: Evidence, _tolerance: float) -> Finding:
    """Compare R at the end with that of the state to which theory lets the initial density go.

    Below κ_c everything leaves the uniform density for the one other state. Above it, where there are two others, the
    unstable one is the border: from a larger R a run goes to the concentrated state, from a smaller one to the uniform.
    """
    beta = _require_noise(evidence)
    require(evidence.initial.kind in UNIMODAL, f"needs an initial density of one bump: {', '.join(UNIMODAL)}")
    order = evidence["order_parameter"]
    states = _states(evidence, beta)
    critical = critical_diffusion(1, evidence.d, beta, evidence.normalization)
    if len(states) == 2:
        border = states[0].order
        apart = abs(float(order[0]) - border) > BORDER * border
        require(apart, f"R = {order[0]:.3g} at the start is too near to that of the unstable state, {border:.3g}")
    require(order[0] > 0 or evidence.diffusion > critical, "the uniform density stays where it is, however unstable")
    concentrated = bool(states) and (len(states) == 1 or float(order[0]) > states[0].order)
    if concentrated:
        predicted, rate = states[-1].order, -float(stationary_phases.relaxation_rates(states[-1], 1)[0])
    else:
        predicted, rate = 0.0, (evidence.d - 1) * (evidence.diffusion - critical)
    left = _remaining(evidence, order, rate, (evidence.d - 1) * (critical - evidence.diffusion))
    return Finding(predicted, float(order[-1]), left, _end(evidence), "a longer run would tell")


def _small_beta(evidence: Evidence, _tolerance: float) -> Finding:
    beta = _require_noise(evidence)
    require(beta == 0, "needs β = 0")
    order = evidence["order_parameter"]
    require(evidence.diffusion * evidence.d < 1, "for κ ≥ 1/d the uniform density is the only stationary one")
    require(order[0] > 0, "the uniform density stays where it is, however unstable")
    (state,) = _states(evidence, beta)
    rate = -float(stationary_phases.relaxation_rates(state, 1)[0])
    predicted = noise_transition.small_beta_order(evidence.d, evidence.diffusion)
    left = _remaining(evidence, order, rate, (evidence.d - 1) * (1 / evidence.d - evidence.diffusion))
    return Finding(predicted, float(order[-1]), left, _end(evidence), "a longer run would tell")


def _width(evidence: Evidence, _tolerance: float) -> Finding:
    """Measure ∫ θ² dμ/(d−1) at the end.

    The law is of first order in the variance s². With softmax the curvature of the sphere changes it by a share s².
    Without, the smoothing of the potential e^{β cos θ}/β by the cluster, and the flattening of its sides, each add
    (d+1)βs²/2.
    Relaxation: the variance v of a Gaussian has v′ = 2κ − 2v/(1 + βv), or 2κ − 2e^β v.
    """
    beta = _require_noise(evidence)
    softmax = evidence.normalization == "softmax"
    require(not softmax or beta * evidence.diffusion < 1, "with softmax a narrow cluster needs βκ < 1")
    predicted = noise_transition.cluster_variance(beta, evidence.normalization, evidence.diffusion)
    require(predicted < WIDEST, f"the cluster's variance {predicted:.2g} is not below {WIDEST}")
    reached(evidence["order_parameter"][-1] > CONCENTRATED, "the density is not one cluster at the end")
    variance = evidence["w2_to_dirac"] ** 2 / (evidence.d - 1)
    gaussian = _gaussian_variance(evidence) / float(variance[-1])
    reached(
        not gaussian < ONE_CLUSTER,
        f"the density is several clusters at the end, each of {gaussian:.2g} of its variance",
    )
    rate = 2 * (1 - beta * evidence.diffusion) ** 2 if softmax else 2 * math.exp(beta)
    share = predicted if softmax else (1 + beta) * (evidence.d + 1) * predicted
    uncertainty = share * predicted + _remaining(evidence, variance, rate)
    return Finding(
        predicted, float(variance[-1]), uncertainty, _end(evidence), "less noise, or a longer run, would tell"
    )


def _gaussian_variance(evidence: Evidence) -> float:
    """Return the variance of the Gaussian that has the density's entropy at the end: no variance is smaller."""
    dimension = evidence.d - 1
    log_area = math.log(2) + 0.5 * evidence.d * math.log(math.pi) - math.lgamma(0.5 * evidence.d)
    entropy = float(evidence["entropy"][-1])
    return math.exp(2 * (log_area - entropy) / dimension - 1) / (2 * math.pi)


CLAIMS = (
    Claim("noise_threshold", _threshold, critical_diffusion, 1e-4, noisy=True),
    Claim("noise_amplitude", _amplitude, noise_transition.amplitude_slope, 1e-2, noisy=True),
    Claim("noise_order", _phase, stationary_phases.stationary_states, 1e-6, absolute=True, noisy=True),
    Claim("small_beta_state", _small_beta, noise_transition.small_beta_order, 1e-8, noisy=True),
    Claim("cluster_width", _width, noise_transition.cluster_variance, 3e-2, noisy=True),
)
