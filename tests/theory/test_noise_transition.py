import math

import numpy as np
import pytest
from theory.zonal_field import azimuth_rule

from kinetic.theory import noise_transition
from kinetic.theory.linear_stability import critical_diffusion
from kinetic.theory.stationary_phases import stationary_states


def amplitude(d: int, beta: float, normalization: str, share: float) -> float:
    """Return M²/(κ_c/κ − 1) of the axisymmetric stationary state at κ = (1 − share)κ_c, by fixed-point iteration."""
    y = np.arange(-120, 121) * 0.15 / math.sqrt(d - 1)
    weights = np.exp(-(d - 1) * np.logaddexp(y, -y))
    weights /= np.sum(weights)
    c, s = -np.tanh(y), 1.0 / np.cosh(y)
    u, probability = azimuth_rule(d)
    kernel = np.exp(beta * np.outer(c, c)) * sum(
        p * np.cosh(beta * node * np.outer(s, s)) for node, p in zip(u, probability, strict=True)
    )
    kappa = (1.0 - share) * critical_diffusion(1, d, beta, normalization)
    rho = 1.0 + 0.3 * c
    for _ in range(round(14 / share)):  # the iteration converges like e^{−2·share} a step
        field = kernel @ (weights * rho) / beta
        potential = field if normalization == "none" else np.log(beta * field) / beta
        rho = np.exp((potential - np.max(potential)) / kappa)
        rho /= np.sum(weights * rho)
    return float(np.sum(weights * rho * c)) ** 2 / (share / (1.0 - share))


@pytest.mark.parametrize(("d", "beta", "normalization"), [
    (2, 0.5, "none"), (3, 1.2, "none"), (2, 2.0, "softmax"), (3, 1.5, "softmax"),
])  # fmt: skip
def test_the_stationary_state_grows_from_the_threshold_with_the_predicted_slope(
    d: int, beta: float, normalization: str
) -> None:
    values = [amplitude(d, beta, normalization, share) for share in (0.02, 0.01)]
    # The next order is linear in the distance: one extrapolation leaves its square.
    limit = 2.0 * values[1] - values[0]
    expected = noise_transition.amplitude_slope(d, beta, normalization)
    assert limit == pytest.approx(expected, rel=0.2 * abs(values[1] / values[0] - 1.0) + 1e-5)


def test_the_transition_turns_discontinuous_at_the_published_temperatures() -> None:
    for d, expected in {2: 2.446918, 3: 1.816155, 8: 1.266553, 64: 1.031494}.items():
        ceiling = noise_transition.continuous_transition_ceiling(d)
        assert ceiling == pytest.approx(expected, abs=1e-6)
        assert noise_transition.amplitude_slope(d, ceiling + 1e-6, "none") == math.inf
        assert 1e4 < noise_transition.amplitude_slope(d, ceiling - 1e-6, "none") < math.inf


def test_with_softmax_the_transition_is_continuous() -> None:
    for d in (2, 3, 10, 4096):
        for beta in (0.0, 1.0, 20.0, 100.0):
            assert 0.0 < noise_transition.amplitude_slope(d, beta, "softmax") < math.inf


def test_without_temperature_both_normalizations_agree() -> None:
    for normalization in ("softmax", "none"):
        assert noise_transition.amplitude_slope(5, 0.0, normalization) == pytest.approx(7 / 5, rel=1e-14)


def test_without_temperature_the_order_parameter_solves_its_equation() -> None:
    for d, kappa in ((2, 0.3), (3, 0.2), (2, 0.499999), (8, 0.05)):
        order = noise_transition.small_beta_order(d, kappa)
        y = np.arange(-800, 801) * 0.05
        weights = np.exp(-(d - 1) * np.logaddexp(y, -y) - order / kappa * (1.0 + np.tanh(y)))
        assert np.sum(weights * -np.tanh(y)) / np.sum(weights) == pytest.approx(order, rel=1e-9)
        assert order > 0.0
    assert noise_transition.small_beta_order(2, 0.5) == 0.0


def test_small_temperatures_tend_to_the_limit_without() -> None:
    limit = noise_transition.small_beta_order(3, 0.25)
    gaps = [stationary_states(3, beta, "softmax", 0.25)[0].order - limit for beta in (0.02, 0.01)]
    assert gaps[0] / gaps[1] == pytest.approx(2.0, rel=0.05)  # regular in β


def test_a_narrow_cluster_has_the_predicted_variance() -> None:
    # The sphere's curvature enters at the relative order of the variance itself, halved with it.
    for normalization, beta in (("softmax", 8.0), ("none", 0.5)):
        misses = []
        for kappa in (0.016, 0.008):
            state = stationary_states(2, beta, normalization, kappa)[0]
            measured = -2.0 * math.log(state.order)  # Gaussian on the circle: M = e^{−s²/2}
            misses.append(measured / noise_transition.cluster_variance(beta, normalization, kappa) - 1.0)
        assert abs(misses[0]) < 0.03
        assert misses[0] / misses[1] == pytest.approx(2.0, rel=0.25)
