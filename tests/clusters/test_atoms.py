"""Clusters that are points: against the exact law of two, angles of three, and what no chart may lose."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from kinetic.clusters.clouds import Clouds, reduced, united
from kinetic.clusters.clusters import TOUCHING
from kinetic.theory.merging import cosine_trajectory
from tests.clusters.atoms import at_angles, cloud, column, marched


@pytest.mark.parametrize(
    ("dimension", "beta", "normalization", "angle", "end"),
    [
        (2, 5.0, "softmax", 1.6, 100.0),
        (3, 6.0, "softmax", 1.7, 120.0),
        (64, 2.0, "none", 2.0, 20.0),
        (2, 0.0, "softmax", 2.0, 40.0),
        (3, -1.0, "none", 2.0, 30.0),
    ],
)
def test_two_clusters_follow_the_exact_law_to_any_depth(dimension, beta, normalization, angle, end):
    first, second = 0.3, 0.7
    state = at_angles([0.0, angle], [first, second], dimension)
    rows, *_ = marched(state, beta, normalization, end, end / 20)
    times = np.array([row.time for row in rows])
    _, apart = cosine_trajectory(np.cos(angle), times, beta, first, second, normalization)
    product = 2 * first * second * apart
    exact = product / (1 + np.sqrt(1 - product))
    # 1e-9: errors of 1e-11 a step are magnified until the two meet; the smallest number is 1e-35 to 1e-122
    np.testing.assert_allclose(column(rows, "order_deficit"), exact, rtol=1e-9)
    energy, work = column(rows, "energy"), column(rows, "work")
    np.testing.assert_allclose(energy, energy[0] + work, rtol=1e-11)


def test_the_merger_is_dated_where_the_angle_is_that_of_touching():
    beta, first, second, angle = 5.0, 0.4, 0.6, 1.6
    _, flow, last, _ = marched(at_angles([0.0, angle], [first, second]), beta, "softmax", 40.0, 40.0)
    (merger,) = flow.clusters(last.time, last.state).mergers

    def rate(_, phi):
        far = np.exp(beta * (np.cos(phi) - 1))
        return -np.sin(phi) * (second * far / (first + second * far) + first * far / (second + first * far))

    def touching(_, phi):
        return phi[0] - TOUCHING

    touching.terminal = True
    exact = solve_ivp(rate, (0, 50), [angle], method="DOP853", rtol=1e-12, atol=1e-14, events=touching)
    assert merger.time == pytest.approx(float(exact.t_events[0][0]), rel=1e-9)
    np.testing.assert_allclose(merger.masses, [0.6, 0.4], rtol=1e-14)


def test_three_clusters_merge_as_their_angles_say():
    beta, masses, angles = 4.0, np.array([0.5, 0.3, 0.2]), np.array([0.0, 1.0, 2.2])
    rows, flow, last, _ = marched(at_angles(angles, masses), beta, "softmax", 100.0, 5.0)

    def rate(_, theta):
        weights = masses * np.exp(beta * np.cos(theta - theta[:, None]))
        return (weights * np.sin(theta - theta[:, None])).sum(axis=1) / weights.sum(axis=1)

    times = np.array([row.time for row in rows])
    exact = solve_ivp(rate, (0, 100), angles, method="DOP853", rtol=1e-12, atol=1e-13, t_eval=times)
    order = np.abs(np.exp(1j * exact.y.T) @ masses)
    np.testing.assert_allclose(column(rows, "order_parameter"), order, rtol=0, atol=1e-9)
    assert [len(m.masses) for m in flow.clusters(last.time, last.state).mergers] == [2, 2]


def test_a_wait_of_a_million_units_takes_few_steps():
    _, flow, last, steps = marched(at_angles([0.0, 2.6], [0.5, 0.5], 3), 9.0, "softmax", 1e9, 1e9)
    (merger,) = flow.clusters(last.time, last.state).mergers
    assert 1e6 < merger.time < 1e7
    assert steps < 1000


def test_clusters_that_symmetry_holds_apart_stay_apart_and_narrow():
    _, flow, last, _ = marched(at_angles([0.0, np.pi], [0.5, 0.5], 2, 1e-3), 1.0, "softmax", 20.0, 20.0)
    found = flow.clusters(last.time, last.state)
    # two equal clusters opposite to each other contract at X' = −tanh β
    np.testing.assert_allclose(found.spread, 1e-3 * np.exp(-last.time * np.tanh(1.0)), rtol=1e-5)
    assert found.count == 2


def test_uniting_loses_nothing_and_reducing_keeps_two_moments():
    pair = [cloud([1.0, 0.0, 0.0], 0.4, 1e-3), cloud([1.0, 0.02, 0.01], 0.6, 2e-3)]
    points = np.concatenate([c.center + c.steps for c in pair])
    whole = united(pair)
    np.testing.assert_allclose(whole.center + whole.steps, points, atol=1e-15)
    assert whole.members == (4, 4)
    few = reduced(whole)
    assert few.size == 4
    for tokens in (whole, few):
        offsets, masses = tokens.tangents, tokens.masses
        np.testing.assert_allclose(masses.sum(), 1.0, rtol=1e-14)
        np.testing.assert_allclose(masses @ offsets, whole.masses @ whole.tangents, atol=1e-14)
        np.testing.assert_allclose((offsets.T * masses) @ offsets, (whole.tangents.T * whole.masses) @ whole.tangents)


def test_a_state_comes_back_from_its_vector():
    state = at_angles([0.0, 0.05, 2.0], [0.2, 0.3, 0.5], 3)
    state = Clouds((united(state.clouds[:2]), state.clouds[2]), 3.0, -1.0, 0.5, 1e-36)
    back = Clouds.of(state.vector(), 3, state.members, 0)
    np.testing.assert_array_equal(back.vector(), state.vector())
    assert [c.parts[0].size for c in back.clouds] == [4, 4]
    assert back.observed().count == 3


@pytest.mark.parametrize("normalization", ["none", "softmax"])
def test_the_way_of_a_pair_has_a_length_in_w2(normalization):
    """Without softmax the share of the angle that each travels is the other's mass: φ √(m₁ m₂/(m₁ + m₂)).

    With softmax it is ∫ √(m₁ v₁² + m₂ v₂²) dt of the two angles' own equation.
    """
    beta, first, second, angle = 3.0, 0.3, 0.7, 1.4
    rows, *_ = marched(at_angles([0.0, angle], [first, second], 3), beta, normalization, 60.0, 20.0)

    def rate(_, y):
        kernel = np.exp(beta * (np.cos(y[0]) - 1.0)) * np.sin(y[0])
        near = np.exp(beta * (np.cos(y[0]) - 1.0))
        one, other = second * kernel / (first + second * near), first * kernel / (second + first * near)
        return [-one - other, np.sqrt(first * one**2 + second * other**2)]

    exact = angle * np.sqrt(first * second)
    if normalization == "softmax":
        exact = solve_ivp(rate, (0.0, 60.0), [angle, 0.0], method="DOP853", rtol=1e-12, atol=1e-14).y[1, -1]
    assert column(rows, "arc_length")[-1] == pytest.approx(exact, rel=1e-9)
