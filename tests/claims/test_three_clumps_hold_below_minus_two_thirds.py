"""Three equal clumps at 120° on the circle grow apart at e^{−β/2}(½ + ¾β): stable iff β < −2/3 (arXiv:2507.22857)."""

import math
from functools import cache

import numpy as np
import pytest
from claims.records import case, falsified, judged, made, run

from kinetic.theory.clumps import effect_of_variance, growth_rate


def clumps(count=3, concentration=2000.0, displaced=0.02, last_weight=1.0):
    angles = 2 * math.pi * np.arange(count) / count + displaced * (np.arange(count) == count - 1)
    weights = [1.0] * (count - 1) + [last_weight]
    parts = [
        f"{{mean = [{math.cos(a)!r}, {math.sin(a)!r}], concentration = {concentration}, weight = {w}}}"
        for a, w in zip(angles, weights, strict=True)
    ]
    return f'kind = "mixture"\ncomponents = [{", ".join(parts)}]'


def text(beta, normalization="none", initial=None, end=2.0):
    return case("circle", 2, normalization, beta, initial or clumps(), end, degree=400)


@cache
def moving(beta):
    return run(text(beta, end=0.6))


def growing(rate, beta, quadratic=0.3, end=2.0):
    """R = R₀ e^{rate t}, with the relative error ∝ R that a second-order law has."""
    t = np.linspace(0, end, 81)
    R = 0.006 * np.exp(rate * t)
    return made(text(beta, end=end), {"time": t, "order_parameter": R + quadratic * R**2})


@pytest.mark.parametrize("beta", [-1.0, -0.4, 0.5])
def test_clumps_of_a_run_move_at_the_predicted_rate_and_the_uncertainty_covers_the_rest(beta):
    row = judged("clump_growth", moving(beta))
    assert row.verdict == "pass"
    assert row.predicted == pytest.approx(math.exp(-beta / 2) * (0.5 + 0.75 * beta), rel=1e-12)
    assert abs(row.measured - row.predicted) <= row.uncertainty


def test_at_the_threshold_a_rate_of_rounding_is_not_called_wrong():
    row = judged("clump_growth", moving(-0.6667))
    assert row.verdict == "not applicable"
    assert abs(row.measured - row.predicted) <= row.uncertainty


@pytest.mark.parametrize("beta", [-1.0, -0.4])
@pytest.mark.parametrize("factor", [0.9, 1.1, -1.0])
def test_another_rate_fails(beta, factor):
    rate = factor * math.exp(-beta / 2) * (0.5 + 0.75 * beta)
    assert judged("clump_growth", growing(rate, beta)).verdict == "fail"


@pytest.mark.parametrize("end", [1.0, 4.0, 8.0])
def test_how_long_the_clumps_were_watched_does_not_matter(end):
    # R grows up to 0.04: its second-order part then bends the slope by ten percent
    rate = math.exp(0.2) * 0.2
    assert judged("clump_growth", growing(rate, -0.4, 0.9, end)).verdict == "pass"


def test_a_record_of_another_beta_fails():
    assert judged("clump_growth", falsified(moving(-1.0), text=text(-0.4))).verdict == "fail"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"normalization": "softmax"}, "unnormalised attention"),
        ({"initial": clumps(2)}, "three or more equal bumps"),
        ({"initial": clumps(last_weight=0.9)}, "three or more equal bumps"),
        ({"initial": clumps(concentration=50.0)}, "three or more equal bumps"),
        ({"initial": 'kind = "uniform"'}, "equal bumps on the circle"),
    ],
)
def test_other_arrangements_are_not_meant(changed, reason):
    row = judged("clump_growth", falsified(moving(-1.0), text=text(-1.0, **changed)))
    assert row.verdict == "not applicable"
    assert reason in row.reason


def test_a_large_displacement_is_not_meant():
    record = falsified(moving(-1.0), order_parameter=lambda R: 40 * R)
    row = judged("clump_growth", record)
    assert row.verdict == "not applicable"
    assert "a little displaced" in row.reason


def rate_with_width(count, beta, variance, displaced=1e-5):
    """d ln R/dt at the start of normal clumps, one of them displaced: R = |Z|, Z = ∫ e^{ix} dμ, by quadrature."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(50)
    angles = 2 * math.pi * np.arange(count) / count
    angles[0] += displaced
    x = (angles[:, None] + math.sqrt(variance) * nodes).ravel()
    masses = np.tile(weights / weights.sum(), count) / count
    away = x[:, None] - x
    velocity = -(np.exp(beta * np.cos(away)) * np.sin(away)) @ masses
    phases = np.exp(1j * x) * masses
    return ((1j * velocity) @ phases / phases.sum()).real


@pytest.mark.parametrize(("count", "beta"), [(3, -1.0), (3, 3.0), (3, -0.6667), (6, 8.0), (12, 8.0), (5, -4.0)])
@pytest.mark.parametrize("variance", [1e-4, 5e-3])
def test_the_uncertainty_covers_what_the_width_of_the_clumps_adds(count, beta, variance):
    change = abs(rate_with_width(count, beta, variance) - growth_rate(1, count, beta))
    bar = variance * effect_of_variance(1, count, beta) * (1 + (1 + abs(beta)) ** 2 * variance)
    assert change <= bar <= 20 * change


def test_clumps_of_low_temperature_are_not_called_wrong_for_their_width():
    # twelve at β = 8: e^β is 3000, and a width of 0.05 changes the rate by six percent
    rate = 0.94 * growth_rate(1, 12, 8.0)
    end = 1 / abs(rate)
    record = falsified(growing(rate, 8.0, end=end), text=text(8.0, initial=clumps(12, 400.0), end=end))
    assert judged("clump_growth", record).verdict == "not applicable"
