"""In high dimension a von Mises–Fisher density of concentration d is nearly a ring, and becomes one at the rate 1/d."""

import time
from functools import cache

import numpy as np
import pytest
from laws.given import NORMALIZATIONS, attention, bump, marched, problem, rows_of, two_bumps
from oracles.series import bessel_ratio
from scipy.integrate import DOP853, solve_ivp

from kinetic.density import Density
from kinetic.density.observing import spectral_tail
from kinetic.errors import Unresolved
from kinetic.initial import Component, InitialDensity, VonMisesFisher
from kinetic.kernels import ExponentialKernel
from kinetic.march import Row, march
from kinetic.mercator.zonal import InitialLogarithm, mercator_problem
from kinetic.problem import Schedule
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


TWO_SIDED = InitialDensity(
    (Component(VonMisesFisher(40.0), 1.0, 0.5), Component(VonMisesFisher(60.0), -1.0, 0.2)), uniform=0.3
)


@cache
def order_of_two_sided_data():
    """R at 21 times, from the chart that divides at points."""
    schedule = Schedule(2.0, 0.1, 2.0)
    kernel = ExponentialKernel(3.0, 64)
    exact = mercator_problem(kernel, "softmax", InitialLogarithm(TWO_SIDED, 64), schedule, 1e-11, "dop853")
    return [event.values["order_parameter"] for event in march(exact) if isinstance(event, Row)]


@pytest.mark.parametrize("degree", [24, 48, 96, 200])
def test_two_sided_data_under_softmax_are_stopped_before_the_mean_is_wrong(degree):
    """What division cuts off, and rounding in high degrees, come back at low ones: no tail shows it."""
    expected = order_of_two_sided_data()
    stream, found = march(problem(Zonal(degree, 64), 3.0, "softmax", TWO_SIDED, 2.0, rows=20)), []

    def follow():
        found.extend(event.values["order_parameter"] for event in stream if isinstance(event, Row))

    with pytest.raises(Unresolved, match=r"softmax divided in moments|the resolution changes"):
        follow()
    assert np.all(np.abs(np.array(found) / expected[: len(found)] - 1) < 1e-6)


def test_one_sided_data_under_softmax_are_not_stopped():
    space = Zonal(48, 64)
    given = problem(space, 3.0, "softmax", bump(space, 40.0), 0.8, rows=4)
    assert given.companion is not None
    times, _ = rows_of(list(march(given)))
    assert times[-1] == 0.8


def test_values_beyond_the_range_of_numbers_are_none():
    space = Zonal(200, 4096)
    mass = space.dirac(1.0)
    assert np.isnan(space.evaluate(mass, [0.5, 1.0])).all()
    grid = space.grid_of(8)
    assert np.isnan(grid.values(mass)).all()
    assert np.isnan(grid.gradient(mass)).all()


def test_a_kernel_that_has_most_of_what_the_density_has_nothing_of_leaves_the_tail_a_number():
    space = Zonal(255, 1000)
    uniform, bump = np.zeros(256), np.ones(256)
    uniform[0] = 1.0
    bump *= np.exp(-np.arange(256.0))
    kernel = ExponentialKernel(600.0, 1000)
    assert spectral_tail(Density(space, uniform), kernel) == 0.0
    assert 0.0 < spectral_tail(Density(space, bump), kernel) <= 1.0
