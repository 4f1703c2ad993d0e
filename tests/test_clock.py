"""A clock changes when things happen, in any chart, and nothing else."""

import numpy as np
import pytest
from laws.given import MAKERS, SOMEWHERE, bump, marched, problem

from kinetic.clock import RateClock, SquareRootClock, clocked
from kinetic.conformal import conformal_problem
from kinetic.initial import Component, InitialDensity, VonMisesFisher
from kinetic.kernels import ExponentialKernel
from kinetic.march import Step, march
from kinetic.mercator.zonal import InitialLogarithm, mercator_problem
from kinetic.problem import Schedule

NAMES = ("order_parameter", "order_deficit", "energy", "work", "entropy")


@pytest.mark.parametrize(
    "clock", [SquareRootClock(), RateClock((0.0, 2.0), (0.5, 1.5))], ids=lambda c: type(c).__name__
)
@pytest.mark.parametrize("name", ["circle", "zonal d=8"])
def test_the_flow_at_its_own_time_is_what_the_clock_shows(name, clock):
    space, end = MAKERS[name](48), 1.0
    own = {SquareRootClock: 2 * (np.sqrt(2.0) - 1), RateClock: 0.75}[type(clock)]
    _, seen = marched(clocked(problem(space, 1.0, "softmax", bump(space), end, rows=1), clock))
    _, plain = marched(problem(space, 1.0, "softmax", bump(space), own, rows=1))
    for key in NAMES:
        assert np.allclose(seen[key][-1], plain[key][-1], rtol=0, atol=1e-9), key  # steppers at 1e-11
    assert seen["dissipation"][-1] == pytest.approx(plain["dissipation"][-1] * clock.pace(end), rel=1e-9)


def test_work_is_the_gain_of_energy_by_any_clock():
    space = MAKERS["circle"](48)
    _, rows = marched(clocked(problem(space, 1.0, "none", bump(space), 1.0), SquareRootClock()))
    assert np.allclose(rows["energy"] - rows["energy"][0], rows["work"], rtol=0, atol=1e-10)


def test_scaling_empties_the_antipode_of_the_circle_like_the_root_of_time():
    # 1 − R ~ e^{−s} on the circle, s = 2(√(t + 1) − 1): corrections fall like e^{−s}
    schedule = Schedule(400.0, 40.0, 400.0)
    initial = InitialLogarithm(InitialDensity((Component(VonMisesFisher(0.5), 1.0),)), 2)
    given = mercator_problem(ExponentialKernel(1.0, 2), "softmax", initial, schedule, 1e-10, "dop853")
    times, rows = marched(clocked(given, SquareRootClock()))
    rates = np.diff(np.log(rows["order_deficit"])) / np.diff(2 * np.sqrt(times + 1))
    assert rates[-1] == pytest.approx(-1, abs=1e-8)
    assert rows["order_deficit"][-1] < 1e-15


def test_charts_agree_by_the_same_clock():
    space, schedule = MAKERS["circle"](96), Schedule(3.0, 1.0, 3.0)
    axis = SOMEWHERE["circle"]
    boosted = conformal_problem(space, 1.0, "softmax", bump(space, axis=axis), schedule, 1e-11)
    _, left = marched(clocked(boosted, SquareRootClock()))
    _, right = marched(clocked(problem(space, 1.0, "softmax", bump(space), 3.0, rows=3), SquareRootClock()))
    # the frame's antipode lets amplitudes converge algebraically: 1e-6 at this degree, and early on far better
    assert np.allclose(left["order_parameter"], right["order_parameter"], rtol=0, atol=1e-6)


def test_a_clocked_run_goes_on_bit_for_bit_and_grows():
    space = MAKERS["circle"](96)
    given = clocked(problem(space, 1.0, "softmax", bump(space), 4.0, max_degree=96), SquareRootClock())
    steps = [event.checkpoint for event in march(given) if isinstance(event, Step)]
    assert steps[-1].layout["degree"] > given.flow.layout["degree"]
    middle = steps[len(steps) // 2]
    again = [event.checkpoint for event in march(given, middle) if isinstance(event, Step)]
    assert np.array_equal(again[-1].state, steps[-1].state)


def test_a_rate_is_linear_between_its_times_and_constant_beyond():
    clock = RateClock((1.0, 2.0), (3.0, 5.0))
    assert [clock.pace(t) for t in (0.0, 1.0, 1.5, 2.0, 9.0)] == [3.0, 3.0, 4.0, 5.0, 5.0]
    assert RateClock((0.0,), (2.0,)).pace(7.0) == 2.0
    assert SquareRootClock().pace(3.0) == 0.5
