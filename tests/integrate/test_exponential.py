"""Decay is exact whatever its rate, the rest has the order that is claimed, and the tolerance holds."""

from itertools import pairwise

import numpy as np
import pytest
from integrate.closed_flow import START, flow, rate

from kinetic.errors import Blowup
from kinetic.integrate.exponential import ORDER, ExponentialStepper
from kinetic.integrate.ladder import EVALUATIONS, RUNGS, Exponentials, divided_differences, last_rung_remainders

HUGE = 1e6
STILL = np.zeros(3)


DECAY = -np.geomspace(1.0, 1e6, 25)


def path(t):
    """A smooth curve in every component, of size falling like that of a smooth function's coefficients."""
    return np.sin(t + np.arange(DECAY.size)) / (1 + np.arange(DECAY.size)) ** 2


def stiff(t, y):
    """y' − Λy of a system that has `path` as a solution, and couples all components nonlinearly about it."""
    k = np.arange(DECAY.size)
    slope = np.cos(t + k) / (1 + k) ** 2
    return slope - DECAY * path(t) + np.sin(np.roll(y, 1) + y[0]) - np.sin(np.roll(path(t), 1) + path(t)[0])


def equal_steps(decay, f, start, end, count):
    h = end / count
    stepper = ExponentialStepper(decay, f, 0.0, start, HUGE, step=h, longest=h)
    for _ in range(count):
        stepper.advance()
    assert stepper.time == pytest.approx(end, rel=1e-12)
    return stepper.state


def test_the_classical_order_is_eight():
    errors = np.array([np.linalg.norm(equal_steps(STILL, rate, START, 4.0, n) - flow(START, 4.0)) for n in (4, 8, 16)])
    orders = np.log2(errors[:-1] / errors[1:])
    print(errors, orders)
    assert orders[-1] == pytest.approx(ORDER, abs=0.3)
    assert errors[-1] > 1e-13  # not yet rounding


def test_a_split_into_decay_and_the_rest_changes_no_order():
    decay = np.array([-2.0, -1.0, 0.0])
    errors = [
        np.linalg.norm(equal_steps(decay, lambda t, y: rate(t, y) - decay * y, START, 4.0, n) - flow(START, 4.0))
        for n in (12, 24, 48)
    ]
    print(errors, np.log2(np.array(errors[:-1]) / errors[1:]))
    assert np.log2(errors[1] / errors[2]) == pytest.approx(ORDER, abs=0.4)  # 7.0, 7.5 at the coarser steps


def test_the_order_stays_near_six_however_stiff_the_decay():
    errors = np.array([np.linalg.norm(equal_steps(DECAY, stiff, path(0.0), 2.0, n) - path(2.0)) for n in (2, 4, 8, 16)])
    orders = np.log2(errors[:-1] / errors[1:])
    print(errors, orders)
    # the interpolation leaves h⁶/|z| = h⁵/|λ| in components with |z| ≫ 1 and h⁹ in those without: rates from 1 to 10⁶
    # put some components in between at every step, where it is h⁶ in a local sum of few terms
    assert np.all(orders > 5.5)
    assert errors[-1] > 1e-13


@pytest.mark.parametrize("step", [1e-3, 0.1, 3.0])
def test_pure_decay_is_exact(step):
    decay = -np.array([0.0, 1e-8, 1.0, 30.0, 1e3, 1e6])
    start = np.array([1.0, -1.0, 0.5, 2.0, 1.0, 1.0])
    state = equal_steps(decay, lambda _, y: np.zeros_like(y), start, 20 * step, 20)
    np.testing.assert_allclose(
        state, np.exp(20 * step * decay) * start, rtol=1e-13 + 40 * step * 1e-16 * 1e3, atol=1e-300
    )


def test_a_stationary_state_stays():
    decay = -np.geomspace(0.1, 1e6, 20)
    rest = np.cos(np.arange(20.0))
    # N is decreasing about the state, so that rounding is not amplified by growth
    state = equal_steps(decay, lambda _, y: -decay * rest - 0.5 * (y - rest) ** 3, rest, 50.0, 100)
    np.testing.assert_allclose(state, rest, atol=100 * 4 * np.finfo(float).eps)


@pytest.mark.parametrize("tolerance", [1e-6, 1e-8, 1e-10, 1e-12])
@pytest.mark.parametrize("idle", [0, 10_000])
def test_every_step_errs_by_less_than_the_tolerance_however_many_unknowns_are_idle(tolerance, idle):
    def padded(t, y):
        return np.concatenate([rate(t, y[:3]), np.zeros(idle)])

    start = np.concatenate([START, np.zeros(idle)])
    stepper = ExponentialStepper(np.zeros(start.size), padded, 0.0, start, tolerance)
    while stepper.time < 5.0:
        time, state = stepper.time, stepper.state[:3]
        stepper.advance()
        error = np.linalg.norm(stepper.state[:3] - flow(state, stepper.time - time))
        # the bound is relative to 1 + |y| in each component, |y| < 1.5
        assert error <= 2.5 * tolerance + 1e-14


@pytest.mark.parametrize("tolerance", [1e-6, 1e-8, 1e-10])
def test_every_step_errs_by_less_than_the_tolerance_where_stiff_components_have_a_transient(tolerance):
    decay = -np.geomspace(1.0, 1e5, 21)

    def coupled(_, y):
        return np.sin(np.roll(y, 1)) + 0.3 * np.cos(y[0]) * np.roll(y, -1)

    state = np.ones(21)  # all components begin far from where the stiff ones will be
    stepper = ExponentialStepper(decay, coupled, 0.0, state, tolerance)
    worst = 0.0
    for _ in range(12):
        time, state = stepper.time, stepper.state
        stepper.advance()
        fine, h = state, stepper.time - time
        for k in range(16):
            one = ExponentialStepper(decay, coupled, time + k * h / 16, fine, HUGE, step=h / 16, longest=h / 16)
            one.advance()
            fine = one.state
        worst = max(worst, np.linalg.norm(stepper.state - fine))
    print(tolerance, worst / tolerance, stepper.time)
    # each component errs relatively to 1 + |y|, |y| < 1.5
    assert worst <= 2.5 * tolerance


def test_steps_are_those_of_the_slow_part():
    stepper = ExponentialStepper(DECAY, stiff, 0.0, path(0.0), 1e-9)
    while stepper.time < 5.0:
        stepper.advance()
    # rates up to 10⁶, 25 of them a decade apart: explicit steps would number 10⁶; those of the curve are a fifth of a
    # radian, and a few more are rejected
    assert stepper.evaluations <= 35 * EVALUATIONS
    assert np.linalg.norm(stepper.state - path(stepper.time)) < 1e-8


def test_the_work_is_counted():
    calls = 0

    def counted(t, y):
        nonlocal calls
        calls += 1
        return rate(t, y)

    stepper = ExponentialStepper(STILL, counted, 0.0, START, 1e-10)
    while stepper.time < 5.0:
        stepper.advance()
        stepper.interpolant()
    assert stepper.evaluations == calls


def test_dense_output_has_order_six_and_meets_the_steps():
    errors = []
    for h in (0.8, 0.4, 0.2):
        stepper = ExponentialStepper(STILL, rate, 0.0, START, HUGE, step=h, longest=h)
        stepper.advance()
        solution = stepper.interpolant()
        errors.append(max(np.linalg.norm(solution(s * h) - flow(START, s * h)) for s in np.linspace(0.05, 0.95, 19)))
        np.testing.assert_allclose(solution(stepper.time), stepper.state, atol=1e-15)
        np.testing.assert_allclose(solution(0.0), START, atol=1e-15)
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    print(errors, orders)
    # within one step from exact data the error is one order higher than over a fixed time
    assert orders[-1] == pytest.approx(7, abs=0.5)


def test_dense_output_is_within_the_tolerance_of_the_steps():
    stepper = ExponentialStepper(DECAY, stiff, 0.0, path(0.0), 1e-10)
    worst = 0.0
    while stepper.time < 5.0:
        before = stepper.time
        stepper.advance()
        solution = stepper.interpolant()
        times = np.linspace(before, stepper.time, 9)
        worst = max(worst, *(np.linalg.norm(solution(t) - path(t)) for t in times))
    # the steps' own errors add up to a few tolerances over 20 steps; output within a step has an order less than they
    assert worst < 2e-9


def test_continuing_from_state_and_step_is_bit_for_bit():
    whole = ExponentialStepper(DECAY, stiff, 0.0, path(0.0), 1e-9)
    for _ in range(4):
        whole.advance()
    part = ExponentialStepper(DECAY, stiff, whole.time, whole.state, 1e-9, step=whole.next_step)
    for _ in range(5):
        whole.advance()
        part.advance()
    assert whole.time == part.time
    np.testing.assert_array_equal(whole.state, part.state)
    assert whole.next_step == part.next_step


def test_interpolants_do_not_steer_the_steps():
    plain, watched = (ExponentialStepper(DECAY, stiff, 0.0, path(0.0), 1e-9) for _ in range(2))
    for _ in range(6):
        plain.advance()
        watched.advance()
        watched.interpolant()(watched.time)
    np.testing.assert_array_equal(plain.state, watched.state)
    assert plain.next_step == watched.next_step


def test_a_linear_invariant_is_kept_by_steps_and_interpolants():
    def exchange(_, y):
        moved = np.sin(5 * y[0]) * y[1]
        return np.array([moved, -moved])

    stepper = ExponentialStepper(np.zeros(2), exchange, 0.0, np.array([0.25, 0.75]), 1e-6)
    for _ in range(20):
        before = stepper.time
        stepper.advance()
        middle = stepper.interpolant()(0.5 * (before + stepper.time))
        # a step adds nineteen products of one weight with two opposite numbers, each rounded
        assert middle.sum() == pytest.approx(1.0, abs=2e-14)
        assert stepper.state.sum() == pytest.approx(1.0, abs=2e-14)


def advance_for_long(stepper):
    for _ in range(10_000):
        stepper.advance()


def test_an_explosion_is_reported():
    stepper = ExponentialStepper(np.zeros(1), lambda _, y: y * y, 0.0, np.array([1.0]), 1e-6)
    with pytest.raises(Blowup, match=r"no step from t = 1"):
        advance_for_long(stepper)


def test_an_undefined_rate_is_reported():
    def undefined(t, y):
        return np.where(t < 0.5, y, np.nan)

    stepper = ExponentialStepper(np.zeros(1), undefined, 0.0, np.array([1.0]), 1e-6)
    with pytest.raises(Blowup, match="time step"):
        advance_for_long(stepper)


@pytest.mark.parametrize("z", [0.0, -0.4, -6.0, -1e3])
def test_weights_integrate_polynomials_against_the_exponential(z):
    nodes = RUNGS[-1]
    exponentials = Exponentials(np.array([z]))
    s, w = np.polynomial.legendre.leggauss(40)
    for c in (1.0, nodes[0]):
        # ∫_0^c e^{(c−s)z} s^p ds by Gauss's rule on panels that shrink towards s = c
        edges = c * (1 - np.concatenate([[1.0], 2.0 ** -np.arange(1.0, 14), [0.0]]))
        x = np.concatenate([0.5 * (b - a) * s + 0.5 * (a + b) for a, b in pairwise(edges)])
        v = np.concatenate([0.5 * (b - a) * w for a, b in pairwise(edges)])
        for power in range(1, len(nodes) + 1):
            found = exponentials.weights(nodes, c)[:, 0] @ np.array(nodes) ** power
            assert found == pytest.approx(v @ (np.exp((c - x) * z) * x**power), rel=1e-12)


def test_what_the_last_rung_leaves_out_gains_three_orders_without_stiffness():
    remainders = last_rung_remainders(Exponentials(np.array([0.0, -1.0, -100.0])))
    # sums of six terms of size below one
    assert np.all(remainders[:3, 0] < 1e-16)
    assert remainders[3, 0] > 1e-6
    assert np.all(remainders[:, 1:] > 0)


def test_divided_differences_of_a_polynomial():
    nodes = (0.0, 0.2, 0.5, 0.9)
    found = divided_differences([np.array([3 * x**3 - x]) for x in nodes], nodes)
    assert found[0] == pytest.approx(3.0, rel=1e-13)
    assert found[1] == pytest.approx(3 * 1.6, rel=1e-13)  # 3 (x_1 + x_2 + x_3) for the cube
