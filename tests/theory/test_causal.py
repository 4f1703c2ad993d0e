"""Hardy's operator: its impulse response against its definition, and profiles against the published table."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import iv

from kinetic.theory import causal
from kinetic.theory.masked_boost import Stretch, masked_means, prefix_front

DEGREES = np.arange(1, 41)
WEIGHTS = np.exp(-((np.pi * DEGREES) ** 2) / 200)  # one token among M = 10

TABLE = [
    (1, 0.5, 1.39242, 0.8440, 1.99709, 3.38230, 2.00129, 0.107),
    (1, 2.0, 2.24353, 0.2869, 3.99718, 5.55199, 5.68297, 4.06),
    (1, 5.0, 2.24353, 0.0826, 1.42873, 1.47647, 11.46807, 27.5),
    (2, 2.0, 0.46010, 0.2385, 3.40910, 4.38437, 5.55120, 5.21),
    (5, 0.5, 0.00846, 0.6859, 2.09909, 3.19741, 2.13137, 0.252),
    (5, 5.0, 0.01364, 0.0745, 1.19163, 1.21568, 12.01452, 35.0),
]


@pytest.mark.parametrize(("decay", "growth"), [(0.0, 0.99), (2.0, 0.99), (2.0, -1.5)])
def test_the_impulse_response_solves_its_equation(decay, growth):
    """∂_τ g = k(s, s') + ∫_{s'}^s k(s, r) g(r, s') dr at τ = at, by Gauss's rule in r."""
    s, before, step = 0.9, 0.2, 1e-5
    x, w = np.polynomial.legendre.leggauss(40)
    r, weights = before + (s - before) * (x + 1) / 2, (s - before) * w / 2
    kernel = np.exp(-decay * (s - r)) * (decay / -np.expm1(-decay * s) if decay else 1 / s)
    first = np.exp(-decay * (s - before)) * (decay / -np.expm1(-decay * s) if decay else 1 / s)
    rate = np.diff([causal.impulse_response(growth + d, s, before, decay) for d in (-step, step)])[0] / (2 * step)
    known = first + weights @ (kernel * causal.impulse_response(growth, r, before, decay))
    assert rate == pytest.approx(known, rel=1e-9)


@pytest.mark.parametrize(("decay", "growth"), [(0.0, 1.1), (3.0, 1.1), (3.0, -0.7)])
def test_responses_of_powers_and_constants_are_closed(decay, growth):
    assert causal.response(growth, 0.8, np.ones_like, decay, 1e-9) == pytest.approx(np.exp(growth), rel=1e-12)
    if decay == 0:
        found = causal.response(growth, 0.8, lambda s: s**1.5, decay, 1e-12) / 0.8**1.5
        assert found == pytest.approx(causal.power_growth(growth, 1.5), rel=1e-12)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row[0]}-{row[1]}")
def test_the_profile_has_the_published_minimum(row):
    beta, decay, time, place, least, early, late, slope = row
    rates = DEGREES**2 * iv(DEGREES, beta)
    latest = min(3 - np.sqrt(3), 2 * (1 - np.exp(-decay))) / rates.max()
    assert latest == pytest.approx(time, abs=1e-5)
    growths = latest * rates
    found = minimize_scalar(lambda s: causal.retrieval_profile(growths, WEIGHTS, [s], decay)[0], bounds=(0.01, 1.0))
    assert found.x == pytest.approx(place, abs=1e-4)
    profile = causal.retrieval_profile(growths, WEIGHTS, [place, 0.05, 0.95, 1 - 1e-6, 1.0], decay)
    assert profile[:3] == pytest.approx([least, early, late], rel=3e-5)
    assert (profile[4] - profile[3]) / 1e-6 == pytest.approx(slope, rel=6e-3)


def test_fronts_behind_a_dirac_prefix():
    assert [prefix_front(ratio) for ratio in (1, 2, 3, 4, 5, 6)] == pytest.approx(
        [1.95614, 2.77987, 3.53675, 4.24525, 4.92032, 5.57129], abs=1e-5
    )


def test_narrow_prefixes_have_that_front_in_the_limit():
    """By the Möbius group, a method of its own: prefixes of two tokens 2θ apart, R = 1/2 where the limit says."""
    theta = 2 * np.pi * np.arange(48) / 48
    uniform = Stretch(1.0, np.stack([np.cos(theta), np.sin(theta)], axis=1), np.ones(48))
    time = prefix_front(1.0)
    found = []
    for angle in (0.1, 0.05):
        pair = np.array([[np.cos(angle), np.sin(angle)], [np.cos(angle), -np.sin(angle)]])
        stretches = [Stretch(np.exp(-1.0), pair, np.ones(2)), uniform]
        found.append(np.linalg.norm(masked_means(stretches, 0.0, [time], 1.0)[0, 0]))
    assert (4 * found[1] - found[0]) / 3 == pytest.approx(0.5, abs=1e-6)


def test_without_softmax_a_mask_of_any_decay_moves_equal_data_alike():
    theta = 2 * np.pi * np.arange(32) / 32
    data = Stretch(0.2, np.stack([np.cos(theta), np.sin(theta)], axis=1), 1 + 0.5 * np.cos(theta))
    stretches = [data, Stretch(1.0, data.points, data.masses)]
    found = masked_means(stretches, 7.0, [0.5, 1.0], [0.1, 0.6, 1.0])
    assert np.abs(found - found[:, :1]).max() < 1e-12
