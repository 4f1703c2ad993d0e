"""A branch changes from solid to dashed where the rate of its slowest perturbation is zero, not at a row beside it."""

from dataclasses import dataclass

import pytest

from kinetic.stationary.picture import _runs


@dataclass(frozen=True)
class Point:
    """Stands for a stationary point: R is twice the parameter."""

    parameter: float
    rate: float
    kind: str = "branch"

    @property
    def height(self):
        return 2 * self.parameter


def drawn(*points):
    return [(uniform, stable, run) for uniform, stable, run in _runs(points, lambda point: point.height)]


def test_the_change_is_where_the_rate_is_zero():
    kappa_c = 0.51579
    rows = [Point(kappa, kappa_c - kappa, "uniform") for kappa in (0.45, 0.494, 0.53, 0.56)]
    (_, first, unstable), (_, second, stable) = drawn(*rows)
    assert (first, second) == (False, True)
    assert unstable[-1] == stable[0]
    assert unstable[-1] == (pytest.approx(kappa_c, rel=1e-14), pytest.approx(2 * kappa_c, rel=1e-14), 0.0)
    assert [x for x, _, _ in stable[1:]] == [0.53, 0.56]


def test_at_a_fold_it_is_the_fold():
    fold = Point(5.3, 3e-9, "fold")
    (_, stable, before), (_, unstable, after) = drawn(Point(5.0, -0.2), fold, Point(5.2, 0.1), Point(5.1, 0.2))
    assert (stable, unstable) == (True, False)
    assert before[-1] == after[0] == (5.3, 10.6, 0.0)


def test_a_branch_of_one_stability_is_one_line_and_the_uniform_one_another():
    runs = drawn(Point(1.0, -0.2), Point(2.0, -0.1), Point(1.0, 0.3, "uniform"), Point(2.0, 0.2, "uniform"))
    assert [(uniform, stable, len(run)) for uniform, stable, run in runs] == [(False, True, 2), (True, False, 2)]
