"""Stationary densities found directly: where marching ends, what theory knows, and quadratic convergence."""

import numpy as np
import pytest
from stationary.flows import equation, order, solved, text

from kinetic.assembly import build
from kinetic.case import Case
from kinetic.errors import Unresolved
from kinetic.march import Row, Snapshot, march
from kinetic.stationary import leading_rates, relax
from kinetic.theory.stationary_phases import stationary_states

CASES = [
    (2, "none", 1.0, 0.4),
    (2, "softmax", 3.0, 0.2),
    (3, "none", 1.0, 0.3),
    (3, "softmax", 3.0, 0.15),
    (-3, "none", 2.5, 0.6),
    (-8, "softmax", 2.0, 0.09),
]


@pytest.mark.parametrize("arguments", CASES)
def test_the_density_is_the_one_of_theory(arguments):
    steady, found = solved(*arguments)
    d, normalization, beta, diffusion = arguments
    assert order(steady, found.coefficients) == pytest.approx(
        stationary_states(abs(d), beta, normalization, diffusion)[-1].order, abs=2e-10  # theory's own accuracy
    )  # fmt: skip


@pytest.mark.parametrize("arguments", CASES)
def test_convergence_ends_quadratically_at_rounding(arguments):
    residuals = np.array(solved(*arguments)[1].residuals)
    assert residuals[-1] < 1e-12
    late = np.flatnonzero((residuals[:-1] < 1e-2) & (residuals[1:] > 1e-12))
    # r′ ≤ C r²: the worst constant of these cases is 8, an exponent of 1.5 would need 10⁴
    constants = residuals[late + 1] / residuals[late] ** 2
    assert late.size > 0
    assert constants[-1] < 1e3
    assert len(residuals) < 30


@pytest.mark.parametrize(("arguments", "end"), [(CASES[0], 70.0), (CASES[3], 60.0), (CASES[5], 60.0)])
def test_marching_ends_where_the_direct_route_does(arguments, end):
    steady, found = solved(*arguments)
    problem = build(Case.parse(text(*arguments, end=end)))
    *_, last = (event.density for event in march(problem) if isinstance(event, Snapshot))
    # e^{−λt} of the start is left, λ ≥ 0.4: 1e-10; the steps add their tolerance, 1e-12
    assert np.abs(last.native - found.coefficients).max() < 1e-9
    assert steady.residual(last.native) < 1e-9


def test_a_density_that_is_found_does_not_move_when_it_is_marched():
    steady, found = solved(*CASES[1])
    problem = build(Case.parse(text(*CASES[1], end=20.0)))
    start = steady.flow.equation.state(found.coefficients)
    held = problem.__class__(problem.flow, start, problem.schedule, problem.tolerance, problem.scheme)
    rows = [event.values["order_parameter"] for event in march(held) if isinstance(event, Row)]
    assert abs(rows[-1] - rows[0]) < 1e-12


def test_weak_means_are_carried_away_from_the_unstable_uniform_density():
    steady, start = equation(2, "none", 1.0, 0.4, concentration=1e-3)
    assert order(steady, relax(steady, start).coefficients) == pytest.approx(
        order(*_pair(solved(2, "none", 1.0, 0.4))), abs=1e-12
    )


def _pair(found):
    return found[0], found[1].coefficients


def test_above_the_threshold_the_uniform_density_is_found():
    steady, start = equation(3, "none", 1.0, 0.4)
    found = relax(steady, start)
    assert np.linalg.norm(steady.departure(found.coefficients)) < 1e-12


def test_near_an_unstable_density_that_one_is_found():
    states = stationary_states(3, 2.5, "none", 0.6)
    steady, _ = equation(-3, "none", 2.5, 0.6)
    moments = np.zeros(steady.flow.space.degree + 1)
    moments[: states[0].moments.size] = states[0].moments[: moments.size]
    assert order(steady, relax(steady, moments).coefficients) == pytest.approx(states[0].order, abs=1e-9)


def test_the_direction_of_the_start_is_kept():
    steady, found = solved(3, "softmax", 3.0, 0.15)
    mean = steady.flow.space.mean(found.coefficients)
    assert mean / np.linalg.norm(mean) == pytest.approx([0.48, 0.6, 0.64], abs=1e-9)


def test_heads_without_a_gradient_have_stationary_densities_too():
    heads = "heads = [{beta = 2.0, value = [[1.0, 0.1], [-0.1, 0.7]], key = [[1.0, 0.2], [0.0, 1.0]]}]"
    steady, start = equation(2, "softmax", 0.0, 0.1, heads=heads)
    found = relax(steady, start)
    assert len(steady.symmetries) == 0
    assert found.residual < 1e-12
    # the slowest perturbation decays at 0.22: e^{−0.22 t} of the start is left
    problem = build(Case.parse(text(2, "softmax", 0.0, 0.1, heads=heads, end=140.0)))
    assert leading_rates(steady, found.coefficients, 1)[0].real < -0.2
    *_, last = (event.density for event in march(problem) if isinstance(event, Snapshot))
    assert np.abs(last.native - found.coefficients).max() < 1e-9


def test_a_density_that_only_rotates_is_not_called_stationary():
    heads = "heads = [{beta = 1.0, value = [[1.0, 1.0], [-1.0, 1.0]]}]"
    steady, start = equation(2, "softmax", 0.0, 0.1, heads=heads)
    assert len(steady.symmetries) == 1
    with pytest.raises(Unresolved, match="no convergence"):
        relax(steady, start)
