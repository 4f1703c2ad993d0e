"""Clusters as observers see them in the charts that follow one: how many, how heavy, how wide."""

import math

import numpy as np
import pytest
from circle_data import identity, mixture, problem

from kinetic.initial import Component, InitialDensity, VonMisesFisher
from kinetic.kernels import ExponentialKernel
from kinetic.march import Row, march
from kinetic.mercator.zonal import InitialLogarithm, mercator_problem
from kinetic.problem import Schedule


def rows_of(given):
    return [event for event in march(given) if isinstance(event, Row)]


@pytest.mark.slow  # forty units of time; the zonal poles below show the same
def test_one_cluster_of_the_circle_holds_all_mass_in_the_end_and_its_spread_is_relatively_known():
    rows = rows_of(problem([identity(1.0)], "softmax", mixture(), 40.0, rows=8, tolerance=1e-9))
    last = rows[-1].clusters
    assert last.count == 1
    assert last.mass[0] > 1 - 1e-12
    # mass of the far side arrives at e^{−t}: within r_c the square of the spread is of its order
    earlier = rows[-2].clusters
    assert math.log(earlier.spread[0] / last.spread[0]) / (rows[-1].time - rows[-2].time) > 0.45
    np.testing.assert_allclose(np.linalg.norm(last.position, axis=1), 1.0)


def poles(north, beta, normalization, end, dimension=3, concentration=6.0):
    parts = tuple(
        Component(VonMisesFisher(concentration), np.array(side), share)
        for side, share in ((1.0, north), (-1.0, 1 - north))
    )
    initial = InitialLogarithm(InitialDensity(parts), dimension)
    schedule = Schedule(end, end / 6, end)
    return rows_of(
        mercator_problem(ExponentialKernel(beta, dimension), normalization, initial, schedule, 1e-9, "dop853")
    )


def test_two_poles_stay_where_their_weights_let_them_and_leak_where_they_do_not():
    # tanh β against 1 − 2m, m the smaller mass: theory/core A4
    stays = poles(0.7, 1.0, "softmax", 24.0)[-1].clusters
    assert stays.count == 2
    np.testing.assert_allclose(np.sort(stays.position.ravel()), [-1.0, 1.0])
    assert stays.mass.sum() > 1 - 1e-6
    leaks = poles(0.9, 0.6, "softmax", 24.0)[-1].clusters
    assert leaks.mass[0] > 1 - 1e-9
    assert leaks.position[0, 0] == 1.0


def test_even_densities_keep_two_equal_poles_whose_spread_falls_at_half_the_rate():
    # κ = min(β, 2 tanh β) = 2 tanh 3 at β = 3: the spread is the clusters' own, e^{−t tanh 3}
    rows = poles(0.5, 3.0, "softmax", 12.0, dimension=8, concentration=20.0)
    first, last = rows[-2].clusters, rows[-1].clusters
    np.testing.assert_allclose(last.mass, [0.5, 0.5], rtol=1e-8)
    rate = np.log(first.spread / last.spread) / (rows[-1].time - rows[-2].time)
    np.testing.assert_allclose(rate, math.tanh(3.0), rtol=2e-3)
