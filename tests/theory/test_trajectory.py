import math

import numpy as np
import pytest

from kinetic.errors import Blowup, DomainError
from kinetic.theory.domain import normalized_masses
from kinetic.theory.trajectory import monotone_solution_at, solution_at, solution_between


def test_the_solution_is_exact_at_every_requested_time() -> None:
    times = np.array([0.0, 0.0, 0.3, 0.3, 1.7, 30.0])
    rows = solution_at(lambda _, u: np.array([u[1], -u[0]]), [1.0, 0.0], times)
    # A rotation keeps errors: at most some 300 steps of 1e-13 each.
    assert np.max(np.abs(rows - np.stack([np.cos(times), -np.sin(times)], axis=1))) < 3e-11


def test_many_requested_times_cost_about_one_step_each() -> None:
    calls = []

    def rate(_: float, u: np.ndarray) -> np.ndarray:
        calls.append(1)
        return -u

    solution_at(rate, [1.0], np.linspace(0.0, 1.0, 101))
    assert len(calls) < 100 * (12 + 3)


def test_many_times_within_a_step_cost_next_to_nothing_and_two_digits() -> None:
    calls = []

    def rate(_: float, u: np.ndarray) -> np.ndarray:
        calls.append(1)
        return np.array([u[1], -u[0]])

    times = np.array([0.0, 0.0, *np.linspace(0.0, 6.0, 301)])
    rows = solution_between(rate, [1.0, 0.0], times)
    assert np.max(np.abs(rows - np.stack([np.cos(times), -np.sin(times)], axis=1))) < 1e-11
    assert len(calls) < 700  # 300 steps of twelve where each time ends one
    assert np.array_equal(solution_between(rate, [1.0, 0.0], [0.0]), [[1.0, 0.0]])


def test_a_rate_that_becomes_infinite_is_reported() -> None:
    with pytest.raises(Blowup, match="lost"):
        solution_at(lambda _, u: u * u, [1.0], [2.0])


@pytest.mark.parametrize("start", [1e-9, -1e-9])
def test_one_autonomous_equation_is_solved_by_inverting_its_time(start: float) -> None:
    times = np.array([0.0, 0.0, 1e-3, 5.0, 5.0, 40.0])
    values = monotone_solution_at(lambda u: u, start, times)
    # Errors of the time of 1e-13 relative, at t = 40, are relative errors of the exponential of 4e-12.
    assert np.allclose(values, start * np.exp(times), rtol=1e-11, atol=0.0)


def test_rates_may_pass_through_a_hundred_decades_in_one_run() -> None:
    # u′ = e^u until u = 200, constant after: t = 1 − e^{−u}, so that u(1) is anything above 34 and u(2) = e^{200}.
    values = monotone_solution_at(lambda u: math.exp(min(u, 200.0)), 0.0, [0.5, 2.0])
    assert values[0] == pytest.approx(math.log(2.0), rel=1e-11)
    assert values[1] == pytest.approx(math.exp(200.0), rel=1e-11)


def test_inverting_the_time_costs_some_evaluations_for_each_requested_time() -> None:
    calls = []

    def rate(u: float) -> float:
        calls.append(1)
        return math.exp(-u)

    times = np.linspace(0.0, 5.0, 201)
    # u′ = e^{−u}: u = ln(1 + t), whose error is that of the time
    assert np.allclose(monotone_solution_at(rate, 0.0, times), np.log1p(times), rtol=1e-11, atol=1e-14)
    # a step of twelve, a slope, one or two to begin with, and the steps of t(u) themselves
    assert len(calls) < 201 * 17


def test_a_stationary_start_stays() -> None:
    assert np.all(monotone_solution_at(lambda _: 0.0, 0.3, [0.0, 7.0]) == 0.3)


@pytest.mark.parametrize("times", [[1.0, 0.5], [-1.0, 0.0], [0.0, np.nan], [[0.0, 1.0]], [np.inf]])
def test_times_that_do_not_increase_from_zero_are_refused(times: list[float]) -> None:
    with pytest.raises(DomainError, match="increase"):
        solution_at(lambda _, u: u, [1.0], times)


@pytest.mark.parametrize("masses", [[1.0], [1.0, -1.0], [0.0, 0.0], [np.nan, 1.0]])
def test_masses_that_weight_nothing_are_refused(masses: list[float]) -> None:
    with pytest.raises(DomainError, match="weight"):
        normalized_masses(masses, 2)
