"""In high dimension a von Mises–Fisher density of concentration d is nearly a ring, and becomes one at the rate 1/d."""

import time

import numpy as np
import pytest
from laws.given import NORMALIZATIONS, attention, bump, marched, problem, two_bumps
from oracles.series import bessel_ratio
from scipy.integrate import DOP853, solve_ivp

from kinetic.spaces.zonal import Zonal

DIMENSIONS = (64, 128, 256, 512)
TIMES = np.linspace(0, 0.4, 7)  # c from 0.62 to 0.73 (softmax) and to 0.85
BETA = 1.0


def ring(d, c, normalization):
    """c' for the uniform measure on the latitude c."""
    s2, D = 1 - c * c, d - 1
    z = np.array(BETA * s2)
    level = float(bessel_ratio(D / 2, z))
    q = float(bessel_ratio(D / 2 + 1, z)) / D  # Γ(D/2)(2/z)^{D/2−1} I_{D/2}(z)/z
    force = level - BETA * s2 * q
    return s2 * c * (force / level if normalization == "softmax" else np.exp(BETA * c * c) * force)


@pytest.mark.parametrize("normalization", NORMALIZATIONS)
def test_the_mean_follows_the_ring_law_at_rate_one_over_d(normalization):
    differences = []
    for d in DIMENSIONS:
        space = Zonal(96, d)
        _, rows = marched(problem(space, BETA, normalization, bump(space, float(d)), TIMES[-1], rows=6))
        R = rows["order_parameter"]
        law = solve_ivp(
            lambda _, c, d=d: [ring(d, c[0], normalization)],
            (0, TIMES[-1]),
            R[:1],
            DOP853,
            TIMES,
            rtol=1e-11,
            atol=1e-13,
        )
        differences.append(np.abs(law.y[0] - R).max())
    orders = np.log2(np.array(differences[:-1]) / differences[1:])
    print(normalization, differences, orders)
    # the spread of latitudes is of variance 1/d: first order, corrections of relative order 1/d·κ at d = 64
    np.testing.assert_allclose(orders, 1.0, atol=0.15)
    assert abs(orders[-1] - 1) < 0.05


def test_the_number_of_evaluations_and_sizes_do_not_grow_with_the_dimension():
    sizes = {}
    for d in (3, 4096):
        space = Zonal(64, d)
        acts = attention(space, BETA, "softmax")
        sizes[d] = (two_bumps(space).coefficients(space).size, acts.heads[0].degree)
    assert sizes[3][0] == sizes[4096][0] == 65
    assert sizes[4096][1] <= 1.5 * sizes[3][1]


@pytest.mark.benchmark
def test_cost_of_a_right_hand_side_in_high_dimension():
    spent = {}
    for d in (3, 4096):
        space = Zonal(128, d)
        acts, state = attention(space, BETA, "softmax"), two_bumps(space).coefficients(space)
        rounds = []
        for _ in range(7):
            start = time.perf_counter()
            for _ in range(50):
                acts.transport(state)
            rounds.append(time.perf_counter() - start)
        spent[d] = min(rounds)
    print(f"right-hand side at d = 4096 over d = 3, degree 128: {spent[4096] / spent[3]:.2f}")
