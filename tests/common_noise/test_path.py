"""One Brownian path at every step: halves add up, increments are independent, nothing depends on the order of draws."""

import numpy as np
import pytest
from scipy import stats

from kinetic.normed.common_noise import BrownianPath

SHAPE = (2, 2)


def drawn(step, count, seed=7, shape=SHAPE):
    path = BrownianPath(seed, step, shape)
    return np.array([path.increment(index) for index in range(count)])


@pytest.mark.parametrize("step", [1e-2, 0.75, 48.0])
def test_halving_refines_the_same_path(step):
    whole, halves, eighths = drawn(step, 24), drawn(step / 2, 48), drawn(step / 8, 192)
    size = np.sqrt(step)
    assert np.allclose(halves.reshape(24, 2, *SHAPE).sum(axis=1), whole, rtol=0, atol=1e-13 * size)
    assert np.allclose(eighths.reshape(24, 8, *SHAPE).sum(axis=1), whole, rtol=0, atol=1e-13 * size)


def test_increments_are_those_of_brownian_motion():
    step = 1e-3
    scaled = drawn(step, 1500).ravel() / np.sqrt(step)
    # 6000 numbers: both statistics have a p-value above 1e-4 unless variance or independence is off by some percent
    assert stats.kstest(scaled, "norm").pvalue > 1e-4
    neighbours = np.corrcoef(scaled[:-4], scaled[4:])[0, 1]
    assert abs(neighbours) < 4.5 / np.sqrt(scaled.size)


def test_an_increment_depends_on_seed_step_and_index_alone():
    path = BrownianPath(5, 0.01, SHAPE)
    backwards = [path.increment(index) for index in reversed(range(40))][::-1]
    assert np.array_equal(backwards, drawn(0.01, 40, seed=5))
    assert np.array_equal(BrownianPath(5, 0.01, SHAPE).increment(123_456), path.increment(123_456))
    assert not np.any(drawn(0.01, 8, seed=6) == drawn(0.01, 8, seed=5))


def test_the_shortest_and_the_longest_step_have_a_path():
    for step in (1e-12, 1e9):
        found = drawn(step, 4)
        assert np.all(np.isfinite(found))
        assert np.any(np.abs(found) > 0.01 * np.sqrt(step))
