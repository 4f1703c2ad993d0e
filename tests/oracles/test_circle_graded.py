"""Characteristics seen from the repelling point against those that are not, and against the exact solution."""

import numpy as np
import pytest

from oracles import circle_characteristics
from oracles.circle_boosts import Boosts
from oracles.circle_graded import solve
from oracles.dense_attention import Head

GENERAL = Head(1.0, [[1.0, 0.3], [-0.2, 0.8]], [[0.9, 0.0], [0.4, 1.0]], [[1.0, -0.2], [0.3, 0.7]])
FAST = {"passes": (1e-6, 1e-9), "tolerance": 1e-11, "width": 1.0}


def lopsided(theta):
    return np.log(1.0 + 0.5 * np.cos(theta - 0.3) + 0.2 * np.sin(2 * theta) + 0.1 * np.cos(3 * theta))


@pytest.mark.parametrize("normalization", ["none", "softmax"])
def test_early_on_the_two_methods_agree(normalization):
    times = [0.0, 0.6]
    heads = [GENERAL, Head(0.5)]
    graded = solve(heads, normalization, lopsided, times, **FAST)
    plain = circle_characteristics.solve(heads, normalization, lopsided, times, tolerance=1e-10)
    np.testing.assert_allclose(graded.order_deficit, plain.order_deficit, rtol=1e-9)
    np.testing.assert_allclose(graded.mean, plain.mean, atol=1e-9)


def test_without_interaction_it_carries_the_deficit_below_1e_6():
    times = np.array([0.0, 7.0, 16.0])
    graded = solve([Head(0.0)], "none", lopsided, times, **FAST)
    exact = Boosts(lambda angle: np.exp(lopsided(angle)), times)
    deficits = [exact.order_deficit(i) for i in range(3)]
    assert deficits[-1] < 1e-6
    np.testing.assert_allclose(graded.order_deficit, deficits, rtol=1e-8)  # 15 units at 1e-11 a step of 0.02
