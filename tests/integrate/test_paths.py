"""Many systems with steps of their own: each as accurate as asked, and no dearer for its neighbors."""

import numpy as np
import pytest

from kinetic.errors import Blowup
from kinetic.integrate.paths import paths

STARTS = -np.geomspace(1e-3, 3.0, 13)


def leaving(t, q):
    """Systems q' = −k (1 − e^q) that leave a point where they rest, for a speed k; k is an unknown that stays."""
    return np.stack([q[1] * np.expm1(q[0]), 0 * t])


def left(starts, pace, t):
    return -np.log1p(np.expm1(-starts) * np.exp(pace * t))


def test_each_system_is_followed_to_the_accuracy_asked_at_all_times():
    times, pace = np.linspace(0.0, 10.0, 31), 1.0
    start = np.stack([STARTS, np.full(STARTS.size, pace)])
    exact = left(STARTS, pace, times[:, None])
    for allowed in (1e-6, 1e-9, 1e-12):
        off = np.abs(paths(leaving, start, times, allowed)[:, 0] - exact).max()
        # an error near the point of rest grows by 1/|q| on the way out, and there are ten steps at most on the way
        assert off < 10 * allowed / np.abs(STARTS).min()


def test_a_system_at_rest_takes_one_step_beside_one_that_rushes():
    looked = np.zeros(2, dtype=int)

    def rate(t, q):
        looked[0] += np.count_nonzero(q[1] < 1)
        looked[1] += np.count_nonzero(q[1] > 1)
        return leaving(t, q)

    paths(rate, np.array([[-1.0, -1e-4], [0.0, 50.0]]), np.array([0.0, 10.0]), 1e-10)
    assert looked[0] <= 13  # the first rate and the twelve others of one step
    assert looked[1] > 10 * looked[0]


def test_a_rate_that_is_no_number_is_refused():
    with pytest.raises(Blowup, match="own step"):
        paths(lambda _, y: np.full_like(y, np.nan), np.zeros((1, 3)), np.array([0.0, 1.0]), 1e-9)
