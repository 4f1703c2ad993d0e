import numpy as np
import pytest

from kinetic.errors import DomainError
from kinetic.theory.domain import normalized_masses
from kinetic.theory.trajectory import solution_at


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


@pytest.mark.parametrize("times", [[1.0, 0.5], [-1.0, 0.0], [0.0, np.nan], [[0.0, 1.0]], [np.inf]])
def test_times_that_do_not_increase_from_zero_are_refused(times: list[float]) -> None:
    with pytest.raises(DomainError, match="increase"):
        solution_at(lambda _, u: u, [1.0], times)


@pytest.mark.parametrize("masses", [[1.0], [1.0, -1.0], [0.0, 0.0], [np.nan, 1.0]])
def test_masses_that_weight_nothing_are_refused(masses: list[float]) -> None:
    with pytest.raises(DomainError, match="weight"):
        normalized_masses(masses, 2)
