"""Kuramoto's thresholds, the order at rest and on its way, against each other and against direct sums."""

import numpy as np
import pytest

from kinetic.label.rates import rates
from kinetic.theory import kuramoto


@pytest.mark.parametrize(
    ("law", "known"), [("lorentz", 2.0), ("gauss", 2 * np.sqrt(2 / np.pi)), ("uniform", 4 / np.pi)]
)
def test_order_appears_at_two_over_pi_g_of_zero(law, known):
    critical = kuramoto.critical_coupling(law, 1.0)
    assert critical == pytest.approx(known, rel=1e-14)
    # coupling 1 and width 1/K_c is the threshold; σ_1 = 1/2
    below, above = 1.001 / critical, 0.999 / critical
    assert np.isnan(kuramoto.growth_among_rates(law, below, 1, 0.5))
    assert 0 < kuramoto.growth_among_rates(law, above, 1, 0.5) < 1e-2
    assert kuramoto.order_at_rest(law, below) == 0
    assert kuramoto.order_at_rest(law, above) > 0.03


@pytest.mark.parametrize("law", ["gauss", "uniform", "lorentz"])
def test_little_noise_changes_the_order_little(law):
    without, little = kuramoto.order_at_rest(law, 0.3), kuramoto.order_at_rest(law, 0.3, 1e-4)
    assert little == pytest.approx(without, abs=2e-3)
    assert little < without
    if law == "lorentz":
        assert without == pytest.approx(np.sqrt(1 - 0.6), abs=1e-12)


def test_with_noise_tokens_of_equal_rates_are_those_of_the_noise_transition():
    """Width → 0: R = I_1(R/κ)/I_0(R/κ)."""
    from scipy.special import ive

    found = kuramoto.order_at_rest("gauss", 1e-4, 0.3)
    assert found == pytest.approx(ive(1, found / 0.3) / ive(0, found / 0.3), rel=1e-6)


def test_a_law_of_lorentz_in_closed_form_is_that_of_many_rates():
    times = [0.0, 0.5, 1.0]
    known = kuramoto.lorentz_order(0.3, 0.2, times)
    errors = []
    for count in (16, 32):
        found = kuramoto.poisson_order(0.3, *rates("lorentz", 0.0, 0.2, count), times)
        errors.append(np.abs(found - known).max())
    assert errors[1] < 0.6 * errors[0] < 1e-2
    assert kuramoto.lorentz_order(0.3, 0.5, [0, 2.0])[1] == pytest.approx(0.3 / np.sqrt(1 + 2.0 * 0.09))


def test_many_boosts_of_the_circle_keep_poisson_densities():
    theta = 2 * np.pi * np.arange(64) / 64
    points = np.stack([np.cos(theta), np.sin(theta)], axis=1)
    masses = (1 - 0.09) / (1 + 0.09 - 0.6 * np.cos(theta))
    omega, weights = np.array([-0.7, 0.1, 1.3]), np.array([0.2, 0.5, 0.3])
    spins = omega[:, None, None] * np.array([[0.0, -1.0], [1.0, 0.0]])
    means = kuramoto.turning_means(points, masses, spins, weights, [0.0, 1.0])
    known = kuramoto.poisson_order(0.3, omega, weights, [0.0, 1.0])
    assert np.linalg.norm(means, axis=1) == pytest.approx(known, abs=1e-11)


@pytest.mark.parametrize("rates", [[0.0], [0.3, 0.5], [3.0], [0.2, 8.0], [200.0]])
def test_rest_among_axes_is_where_lorentz_boosts_attract(rates):
    """x′ = m − <m,x>x + Ω × x moves null vectors (1, x) by [[0, mᵀ], [m, Ω]], whose leading eigenvector attracts."""
    shares = np.full(len(rates), 1.0 / len(rates))
    (order,) = kuramoto.order_among_axes(rates, shares)
    node, weight = np.polynomial.legendre.leggauss(60)
    cosine, weight = 0.5 * (1 + node), 0.5 * weight  # a and −a are mirror images
    sine = np.sqrt(1 - cosine**2)
    mean = 0.0
    for rate, share in zip(rates, shares, strict=True):
        fields = np.zeros((cosine.size, 4, 4))
        fields[:, 0, 3] = fields[:, 3, 0] = order
        fields[:, 1, 2], fields[:, 2, 1] = -rate * cosine, rate * cosine
        fields[:, 2, 3], fields[:, 3, 2] = -rate * sine, rate * sine
        values, vectors = np.linalg.eig(fields)
        leading = np.take_along_axis(vectors, np.argmax(values.real, axis=1)[:, None, None], axis=2)[:, :, 0]
        mean += share * float(weight @ (leading[:, 3] / leading[:, 0]).real)
    assert mean == pytest.approx(order, abs=1e-8)
    if rates == [200.0]:
        assert order == pytest.approx(0.5, abs=1e-5)


@pytest.mark.parametrize(("law", "width"), [("lorentz", 0.4), ("uniform", 1e4)])
def test_growth_among_axes(law, width):
    """A law of Lorentz leaves a quadratic equation; rates that are nearly all fast leave a third of the growth."""
    found = kuramoto.growth_among_axes(law, width, 0.6, 0.1) + 0.2
    if law == "lorentz":  # z(z + Δ) = 0.2(3z + Δ)
        assert found == pytest.approx(max(np.roots([1.0, width - 0.6, -0.2 * width])), rel=1e-12)
    else:
        assert found == pytest.approx(0.2, rel=2e-4)


def test_without_rotation_all_tokens_meet_and_slow_rotation_is_no_half():
    assert kuramoto.order_among_axes([0.0], [1.0]) == pytest.approx([1.0], abs=1e-12)
    assert kuramoto.order_among_axes([0.5], [1.0])[0] > 0.85
