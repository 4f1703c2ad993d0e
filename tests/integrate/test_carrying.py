"""Steps of sources that carry unknowns: exact solutions, errors that follow the tolerance, work that does not grow."""

import math
from dataclasses import dataclass, field

import numpy as np
import pytest

from kinetic.errors import Blowup
from kinetic.integrate.carrying import CarryingStepper

WEIGHTS = np.array([0.2, 0.3, 0.5])
START = np.array([0.5, 1.0, 2.0])
MEAN = float(WEIGHTS @ START)


@dataclass
class Drawn:
    """y_i' = −m², m = Σ w_i y_i, so that m = m_0/(1 + m_0 t) and y_i = y_i(0) + m − m_0; the speed is m."""

    longest: float = math.inf
    wrong_rates: bool = False
    accuracies: list = field(default_factory=list)

    def sources(self, _, state):
        return np.array([(WEIGHTS @ state) ** 2])

    def source_rates(self, _, state):
        return np.array([(1.0 if self.wrong_rates else -2.0) * (WEIGHTS @ state) ** 3])

    def carried(self, state, course, times, accuracy):
        self.accuracies.append(accuracy)
        moved = course.integral(0, times)
        return state - (moved - moved[0])[:, None]

    def reach(self, *_):
        return self.longest

    def speed(self, sources):
        return np.sqrt(sources[..., 0])


def exact(t):
    return START + MEAN / (1 + MEAN * t) - MEAN


def run(flow, end, tolerance, **options):
    stepper = CarryingStepper(flow, 0.0, START, tolerance, 0.1, until=end, length=0.0, **options)
    off = 0.0
    while stepper.time < end:
        before = stepper.time
        stepper.advance()
        inside = stepper.interpolant()
        for t in np.linspace(before, stepper.time, 5):
            off = max(off, float(np.abs(inside(float(t)) - exact(t)).max()))
    return stepper, off


@pytest.mark.parametrize("tolerance", [1e-5, 1e-8, 1e-11])
def test_the_error_follows_the_tolerance_within_steps_too(tolerance):
    stepper, off = run(Drawn(), 20.0, tolerance)
    assert stepper.time == 20.0
    assert off < 10 * tolerance
    assert np.abs(stepper.state - exact(20.0)).max() <= off
    assert stepper.length == pytest.approx(math.log1p(20.0 * MEAN), rel=100 * tolerance)


def test_the_length_is_known_within_the_last_step():
    stepper, _ = run(Drawn(), 3.0, 1e-10)
    assert stepper.length_at(2.9) == pytest.approx(math.log1p(2.9 * MEAN), rel=1e-8)


def test_a_guess_that_is_wrong_costs_rounds_and_no_digits():
    good, off = run(Drawn(), 5.0, 1e-10)
    bad, other = run(Drawn(wrong_rates=True), 5.0, 1e-10)
    assert max(off, other) < 1e-9
    assert bad.evaluations >= good.evaluations


def test_the_last_round_of_each_step_is_the_accurate_one():
    flow = Drawn()
    run(flow, 1.0, 1e-9)
    assert max(flow.accuracies) == 1e-3
    assert min(flow.accuracies) == pytest.approx(1e-10)


def test_no_step_is_longer_than_the_flow_allows():
    flow = Drawn(longest=0.25)
    stepper = CarryingStepper(flow, 0.0, START, 1e-9, 5.0)
    for _ in range(4):
        before = stepper.time
        stepper.advance()
        assert stepper.time - before <= 0.25


def test_sources_that_are_no_number_later_are_not_stepped_into():
    class Ending(Drawn):
        def sources(self, time, state):
            return super().sources(time, state) if time <= 1.0 else np.array([np.nan])

    stepper = CarryingStepper(Ending(), 0.0, START, 1e-9, 0.1)

    def go():
        for _ in range(1000):
            stepper.advance()

    with pytest.raises(Blowup, match="no step from"):
        go()
    assert 0.999 < stepper.time <= 1.0
    assert np.abs(stepper.state - exact(stepper.time)).max() < 1e-7
