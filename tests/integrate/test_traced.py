"""The length of a path beside its steps: exact, relative, without steering, and whole where steps outgrow the speed."""

import math

import numpy as np
import pytest

from kinetic.integrate.adaptive import AdaptiveStepper
from kinetic.integrate.traced import TracedStepper


def turning(_, y):
    """A circle that is drawn ever more slowly: |y'| = e^{-t}, y = (cos s, sin s, t), s = 1 − e^{-t}."""
    speed = np.exp(-y[2])
    return np.array([-speed * y[1], speed * y[0], 1.0]), speed**2


def falling(_, y):
    """What a collapse is in its own variables: y grows evenly, and the speed e^{-y} is seen by no step."""
    return np.ones_like(y), float(np.exp(-2.0 * y[0]))


def test_the_length_is_exact_and_steers_nothing():
    plain = AdaptiveStepper(lambda t, y: turning(t, y)[0], 0.0, np.array([1.0, 0.0, 0.0]), 1e-10)
    stepper = TracedStepper(turning, 0.0, np.array([1.0, 0.0, 0.0]), 1e-10)
    for _ in range(8):
        plain.advance()
        stepper.advance()
        assert stepper.time == pytest.approx(plain.time, rel=1e-3)  # errors near rounding steer
        assert stepper.length == pytest.approx(-np.expm1(-stepper.time), rel=1e-9)


def test_a_step_too_long_for_the_speed_is_measured_again():
    stepper = TracedStepper(falling, 0.0, np.array([0.5]), 1e-9, step=2e4)
    stepper.advance()
    assert stepper.time == 2e4
    exact = np.exp(-0.5)
    assert stepper.length == pytest.approx(exact, rel=1e-9)
    assert stepper.length_at(1.25) == pytest.approx(exact * -np.expm1(-1.25), rel=1e-9)
    assert stepper.evaluations < 2000
    before = stepper.length
    stepper.advance()
    assert stepper.length == pytest.approx(before, rel=1e-14)


def test_it_goes_on_bit_for_bit_and_stays_unknown_once_it_is():
    whole = TracedStepper(turning, 0.0, np.array([1.0, 0.0, 0.0]), 1e-10)
    for _ in range(3):
        whole.advance()
    begun = (whole.time, whole.state.copy(), 1e-10, "dop853", whole.next_step)
    part, lost = (TracedStepper(turning, *begun, error=whole.error, length=length) for length in (whole.length, np.nan))
    whole.advance()
    part.advance()
    lost.advance()
    assert whole.length == part.length
    assert np.isnan(lost.length)
    blind = TracedStepper(lambda t, y: (turning(t, y)[0], np.nan), 0.0, np.array([1.0, 0.0, 0.0]), 1e-10)
    blind.advance()
    assert np.isnan(blind.length)
    assert np.isnan(blind.length_at(0.0))


def test_a_speed_of_rounding_alone_is_not_resolved_for_ever():
    noise = np.random.default_rng(4)
    rest = TracedStepper(lambda *_: (np.zeros(1), 1e-34 * noise.random()), 0.0, np.ones(1), 1e-10, step=1.0)
    for _ in range(20):
        rest.advance()
    assert 0.0 <= rest.length < 1e-17 * rest.time
    assert rest.evaluations < 20 * 1000


def test_a_nearly_constant_speed_with_rounding_is_not_halved_without_end():
    """Random parts of a speed fall with no panel: their mean over a step is all that can be had of them."""
    noise = np.random.default_rng(1)
    calls = 0

    def traced(time, y):
        nonlocal calls
        calls += 1
        assert calls < 5000
        return -y, (1e-11 * (1 + 0.5 * time) * (1 + 1e-8 * noise.standard_normal())) ** 2

    stepper = TracedStepper(traced, 0.0, np.ones(1), 1e-10)
    while stepper.time < 1.0:
        stepper.advance()
    t = stepper.time
    assert stepper.length == pytest.approx(1e-11 * (t + 0.25 * t * t), rel=1e-8)


def resting(square, most):
    """A state at rest beside a path whose speed's square is a function of time; NaN is a state that has none.

    Asked more often than `most` times it fails: halving that never ends would.
    """
    calls = 0

    def traced(time, state):
        nonlocal calls
        calls += 1
        assert calls < most
        found = square(time)
        return (np.full_like(state, found) if math.isnan(found) else np.zeros_like(state)), found

    return traced


def test_a_step_with_states_that_have_no_speed_ends_and_its_length_is_not_known():
    # none of DOP853's stages lies between 0.4 and 0.5 of a step; halving towards NaN would never end
    traced = resting(lambda t: math.nan if 0.4 < t < 0.5 else (1.0 + 0.5 * math.sin(30.0 * t)) ** 2, 10_000)
    stepper = TracedStepper(traced, 0.0, np.array([1.0]), 1e-9, step=1.0, until=1.0)
    stepper.advance()
    assert stepper.time == 1.0
    assert math.isnan(stepper.length)
    assert math.isnan(stepper.length_at(0.2))


def test_panels_are_not_halved_below_what_time_can_tell_apart():
    # a speed that jumps late in a short step: half a panel of 1e-13 steps is less than the clock's spacing
    traced = resting(lambda t: 1.0 if t < 1000.0 + 0.37e-4 else 4.0, 100_000)
    stepper = TracedStepper(traced, 1000.0, np.array([1.0]), 1e-9, step=1e-4, until=1000.0 + 1e-4, length=1e-6)
    stepper.advance()
    assert stepper.length - 1e-6 == pytest.approx(0.37e-4 + 2 * 0.63e-4, rel=1e-8)
