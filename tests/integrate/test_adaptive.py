"""Steps have the order they claim, the tolerance holds in the 2-norm, and the work is bounded."""

import numpy as np
import pytest
from integrate.closed_flow import START, flow, rate

from kinetic.errors import Blowup
from kinetic.integrate import adaptive
from kinetic.integrate.adaptive import _BEFORE, _LAST, ORDERS, AdaptiveStepper
from kinetic.integrate.pairs import METHODS

DENSE_ORDERS = {"dop853": 7, "rk45": 4}
HUGE = 1e6


def test_the_closed_flow_solves_the_equation():
    h = 1e-5
    np.testing.assert_allclose((flow(START, h) - flow(START, -h)) / (2 * h), rate(0.0, START), atol=1e-9)
    np.testing.assert_allclose(flow(flow(START, 0.7), 0.9), flow(START, 1.6), atol=1e-14)


def error_of(method, count, end=4.0):
    """Error after `count` equal steps."""
    h = end / count
    stepper = AdaptiveStepper(rate, 0.0, START, HUGE, method, step=h, longest=h)
    for _ in range(count):
        stepper.advance()
    assert stepper.time == pytest.approx(end, rel=1e-12)
    return np.linalg.norm(stepper.state - flow(START, end))


@pytest.mark.parametrize("method", METHODS)
def test_error_falls_with_the_order_of_the_method(method):
    counts = {"dop853": (4, 8, 16), "rk45": (16, 32, 64, 128)}[method]
    errors = np.array([error_of(method, count) for count in counts])
    orders = np.log2(errors[:-1] / errors[1:])
    print(method, errors, orders)
    # the last doubling is the most asymptotic; half an order separates neighbouring orders
    assert orders[-1] == pytest.approx(ORDERS[method], abs=0.5)
    assert errors[-1] > 1e-14  # not yet rounding


@pytest.mark.parametrize("method", METHODS)
def test_dense_output_has_its_order(method):
    errors = []
    for h in {"dop853": (0.8, 0.4, 0.2), "rk45": (0.2, 0.1, 0.05)}[method]:
        stepper = AdaptiveStepper(rate, 0.0, START, HUGE, method, step=h, longest=h)
        stepper.advance()
        solution = stepper.interpolant()
        errors.append(max(np.linalg.norm(solution(s * h) - flow(START, s * h)) for s in np.linspace(0.05, 0.95, 19)))
        np.testing.assert_allclose(solution(stepper.time), stepper.state, atol=1e-15)
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    print(method, errors, orders)
    # within one step from exact data the error is one order higher than over a fixed time
    assert orders[-1] == pytest.approx(DENSE_ORDERS[method] + 1, abs=0.5)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("tolerance", [1e-4, 1e-6, 1e-8, 1e-10, 1e-12])
@pytest.mark.parametrize("idle", [0, 1_000])
def test_every_step_errs_by_less_than_the_tolerance_however_many_unknowns_are_idle(method, tolerance, idle):
    def padded(t, y):
        return np.concatenate([rate(t, y[:3]), np.zeros(idle)])

    stepper = AdaptiveStepper(padded, 0.0, np.concatenate([START, np.zeros(idle)]), tolerance, method)
    while stepper.time < 5.0:
        time, state = stepper.time, stepper.state[:3]
        stepper.advance()
        error = np.linalg.norm(stepper.state[:3] - flow(state, stepper.time - time))
        # the bound is relative to max(1, |y|) with |y| < 1.5 here; atol and rtol add up: 1 + 1.5
        assert error <= 2.5 * tolerance + 1e-14


@pytest.mark.parametrize(
    ("method", "tolerance", "most"), [("dop853", 1e-9, 260), ("dop853", 1e-12, 500), ("rk45", 1e-6, 260)]
)
def test_work_is_bounded(method, tolerance, most):
    calls = 0

    def counted(t, y):
        nonlocal calls
        calls += 1
        return rate(t, y)

    stepper = AdaptiveStepper(counted, 0.0, START, tolerance, method)
    while stepper.time < 5.0:
        stepper.advance()
    # 5 units of time at angular velocity ≤ 1: about 10 steps of order 8, or 30 of order 5, at 12 or 6 calls each
    assert stepper.evaluations == calls <= most


def test_a_tighter_tolerance_costs_as_the_order_says():
    work = []
    for tolerance in (1e-4, 1e-12):
        stepper = AdaptiveStepper(rate, 0.0, START, tolerance)
        while stepper.time < 20.0:
            stepper.advance()
        work.append(stepper.evaluations)
    # steps shrink like tolerance^{1/8}: tenfold for eight decades
    assert work[1] < 12 * work[0]


def test_continuing_from_state_step_and_error_is_bit_for_bit():
    whole = AdaptiveStepper(rate, 0.0, START, 1e-9)
    for _ in range(4):
        whole.advance()
    part = AdaptiveStepper(rate, whole.time, whole.state, 1e-9, step=whole.next_step, error=whole.error)
    for _ in range(5):
        whole.advance()
        part.advance()
    assert whole.time == part.time
    np.testing.assert_array_equal(whole.state, part.state)
    assert whole.next_step == part.next_step


def advanced(stepper, end):
    """Advance the stepper to the end; return the number of its steps."""
    steps = 0
    while stepper.time < end:
        stepper.advance()
        steps += 1
    return steps


@pytest.mark.parametrize("method", METHODS)
def test_rejected_trial_steps_are_counted(method):
    stepper = AdaptiveStepper(rate, 0.0, START, 1e-9, method, step=50.0)
    began = stepper.evaluations
    steps = advanced(stepper, 5.0)
    stages = {"dop853": 12, "rk45": 6}[method]
    assert stepper.rejected == (stepper.evaluations - began) // stages - steps
    assert stepper.rejected > 0  # fifty is far too long


def logarithmic_slopes(method, direction):
    """(C_R, C_E): d ln|R|/d ln|z| and d ln|E|/d ln|z| where |R(z)| = 1 is crossed outwards for good."""
    pair = METHODS[method]
    stages = pair.n_stages
    matrix = np.zeros((stages + 1, stages + 1))  # the last stage is the rate at the step's end
    matrix[:stages, : pair.A.shape[1]] = pair.A
    matrix[stages, :stages] = pair.B

    def rates(radius):
        return np.linalg.solve(np.eye(stages + 1) - radius * direction * matrix, np.ones(stages + 1))

    def growth(radius):
        return abs(1 + radius * direction * (pair.B @ rates(radius)[:stages]))

    def estimate(radius):
        if method == "rk45":
            return radius * abs(pair.E @ rates(radius))
        fifth, third = (radius * abs(weights @ rates(radius)) for weights in (pair.E5, pair.E3))
        return fifth**2 / np.hypot(fifth, 0.1 * third)

    radii = np.linspace(1.0, 8.0, 701)
    edge = radii[np.flatnonzero(np.array([growth(r) for r in radii]) <= 1)[-1]]
    return [np.diff(np.log([f(0.999 * edge), f(1.001 * edge)]))[0] / np.log(1.001 / 0.999) for f in (growth, estimate)]


def largest_multiplier(method, slopes, last, before):
    """max |q| with q (q−1)² + (a q − b)/k · (C_E (q−1) + C_R) = 0."""
    growing, estimated = slopes
    order = METHODS[method].error_estimator_order + 1
    memory = np.polymul([last / order, -before / order], [estimated, growing - estimated])
    return np.abs(np.roots(np.polyadd([1.0, -2.0, 1.0, 0.0], memory))).max()


@pytest.mark.parametrize(("method", "most"), [("dop853", 1.02), ("rk45", 0.95)])
def test_the_step_settles_at_the_boundary_of_stability_and_without_memory_it_would_not(method, most):
    # every other degree from just left of the imaginary axis, along which order 5 has no boundary of its own
    slopes = [logarithmic_slopes(method, np.exp(1j * np.radians(angle))) for angle in range(92, 181, 2)]
    settled = [largest_multiplier(method, pair, _LAST, _BEFORE) for pair in slopes]
    plain = [largest_multiplier(method, pair, 1.0, 0.0) for pair in slopes]
    print(method, max(settled), max(plain), np.mean(np.array(plain) > 1))
    assert max(settled) < most
    assert max(plain) > 1.2
    assert np.mean(np.array(plain) > 1) > 0.6


def test_few_trials_are_rejected_where_stability_bounds_the_step(monkeypatch):
    # damped waves of all lengths, 140 degrees from the growing direction: the boundary is at |z| = 6.46
    waves = np.linspace(1.0, 200.0, 60) * np.exp(1j * np.radians(140))

    def waving(_, y):
        moved = waves * (y[:60] + 1j * y[60:])
        return np.concatenate([moved.real, moved.imag])

    def spent():
        stepper = AdaptiveStepper(waving, 0.0, np.ones(120), 1e-9)
        return advanced(stepper, 10.0), stepper.rejected

    steps, rejected = spent()
    monkeypatch.setattr(adaptive, "_LAST", 1.0)
    monkeypatch.setattr(adaptive, "_BEFORE", 0.0)
    plain_steps, plain_rejected = spent()
    print(steps, rejected, plain_steps, plain_rejected)
    # a tenth more than at the boundary all along, and a few for the time before the short waves have died
    assert steps < 1.1 * 10.0 * 200.0 / 6.46 + 50
    assert rejected < 0.03 * steps
    assert plain_rejected > 5 * rejected


def test_interpolants_do_not_steer_the_steps():
    plain, watched = (AdaptiveStepper(rate, 0.0, START, 1e-9) for _ in range(2))
    for _ in range(6):
        plain.advance()
        watched.advance()
        watched.interpolant()(watched.time)
    np.testing.assert_array_equal(plain.state, watched.state)
    assert plain.next_step == watched.next_step


@pytest.mark.parametrize("method", METHODS)
def test_a_linear_invariant_is_kept_by_steps_and_interpolants(method):
    def exchange(_, y):
        moved = np.sin(5 * y[0]) * y[1]
        return np.array([moved, -moved])

    stepper = AdaptiveStepper(exchange, 0.0, np.array([0.25, 0.75]), 1e-6, method)
    for step in range(1, 21):
        before = stepper.time
        stepper.advance()
        middle = stepper.interpolant()(0.5 * (before + stepper.time))
        # what is exchanged is rounded alike; each step rounds two numbers below 2, the interpolant eight sums of them
        rounding = (2 * step + 1) * 2.0**-53
        assert stepper.state.sum() == pytest.approx(1.0, abs=rounding)
        assert middle.sum() == pytest.approx(1.0, abs=rounding + 16 * 2.0**-53)


def advance_for_long(stepper):
    for _ in range(10_000):
        stepper.advance()


@pytest.mark.parametrize("method", METHODS)
def test_an_explosion_is_reported(method):
    stepper = AdaptiveStepper(lambda _, y: y * y, 0.0, np.array([1.0]), 1e-6, method)
    with pytest.raises(Blowup, match=r"no step from t = 1"):
        advance_for_long(stepper)


def test_an_undefined_rate_is_reported():
    def undefined(t, y):
        return np.where(t < 0.5, y, np.nan)

    stepper = AdaptiveStepper(undefined, 0.0, np.array([1.0]), 1e-6)
    with pytest.raises(Blowup, match="time step"):
        advance_for_long(stepper)
