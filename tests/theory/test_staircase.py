"""The staircase of the energy from pairs alone, against tokens that all move, and the figure of its authors."""

import math

import numpy as np
import pytest

from kinetic.errors import DomainError
from kinetic.theory import merging, staircase

PAPER = np.array([0.0, 0.04249, 0.16996, 0.33992, 0.59486])  # radians, five equal masses, β = 2000
BUNDLED = np.array([0.0, 0.622, 1.284, 2.734, 4.021])


def on_circle(angles):
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


def test_the_five_tokens_of_the_paper_climb_at_sums_of_pair_lengths():
    steps = staircase.staircase(on_circle(PAPER), np.ones(5), 2000.0, "none")
    levels = [step.level for step in steps] + [steps[-1].level + steps[-1].gain]
    assert levels == pytest.approx([0.2, 0.28, 0.44, 0.52, 1.0], abs=1e-14)
    # by hand: 0 and 1 meet at 0.021245, 2 joins at 0.070817, 3 and 4 meet at 0.46739
    pairs = [0.04249 * math.sqrt(0.1), 0.148715 * math.sqrt(0.08 / 0.6), 0.25494 * math.sqrt(0.1)]
    whole = np.cumsum([*pairs, (0.46739 - 0.0708167) * math.sqrt(0.24)])
    assert [step.length for step in steps] == pytest.approx(whole, rel=1e-6)
    order = [step.pair for step in steps]
    assert np.array(order) == pytest.approx(np.array([[0.2, 0.2], [0.4, 0.2], [0.2, 0.2], [0.6, 0.4]]))


@pytest.mark.parametrize("normalization", ["none", "softmax"])
def test_tokens_that_all_move_come_as_far_in_the_end(normalization):
    """The share that pairs alone miss falls with β: what others pull meanwhile is e^{−β(…)} of a pair's own speed."""
    points, masses = on_circle(np.array([0.0, 0.7, 2.3])), np.array([0.5, 0.2, 0.3])
    missed = []
    for beta in (10.0, 20.0):
        steps = staircase.staircase(points, masses, beta, normalization)
        unit = 1.0 if normalization == "softmax" else math.exp(-beta)
        times = [0.0, *(3.0 * unit * math.exp(step.log_time) for step in steps)]
        lengths = merging.token_lengths(points, masses, times, beta, normalization)[1:]
        missed.append(abs(lengths[-1] / steps[-1].length - 1.0))
    assert missed[1] < 0.3 * missed[0]
    assert missed[1] < 0.01


def test_a_pair_waits_as_long_as_its_exact_equation_says():
    for normalization, unit in (("softmax", 0.0), ("none", 7.0)):
        time = math.exp(staircase.log_waiting_time(0.8, 7.0, 0.3, 0.6, normalization) - unit)
        _, deficit = merging.cosine_trajectory(0.2, [0.0, time], 7.0, 0.3, 0.6, normalization)
        assert deficit[1] == pytest.approx(0.4, rel=1e-8)


def test_a_pair_climbs_as_two_masses_at_its_angle_do():
    masses, beta = np.array([0.6, 0.4]), 5.0
    (step,) = staircase.staircase(on_circle(np.array([0.0, 1.5])), masses, beta, "softmax")
    lengths, energies = staircase.climb(step, beta, "softmax", 16)
    assert (lengths[0], lengths[-1]) == pytest.approx((0.0, step.length), abs=1e-12)
    apart = np.linspace(1.5, 0.0, 16)
    pairs = np.exp(beta * (np.cos(apart) - 1.0))
    assert energies == pytest.approx(0.36 + 0.16 + 2 * 0.24 * pairs, rel=1e-13)


def test_steps_by_the_logarithmic_clock_go_to_zero_as_beta_grows():
    lengths = [0.1, 0.3]
    slow, fast = (staircase.steps_by_logarithmic_clock(lengths, beta) for beta in (10.0, 1e6))
    assert slow == pytest.approx(np.array(lengths) / math.log(10.0))
    assert fast == pytest.approx(slow / 6.0)


def test_what_has_no_staircase_is_refused():
    points = on_circle(np.array([0.0, 1.0]))
    with pytest.raises(DomainError, match="must be > 0"):
        staircase.staircase(points, np.ones(2), 0.0, "none")
    with pytest.raises(DomainError, match="between −1 and 1"):
        staircase.staircase(np.array([[1.0, 0.0], [-1.0, 0.0]]), np.ones(2), 3.0, "none")
    with pytest.raises(DomainError, match="ln β"):
        staircase.steps_by_logarithmic_clock([0.1], 1.0)
