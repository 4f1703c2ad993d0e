"""Branches along κ and β: through the fold at the spinodal, down to the threshold; with softmax there is no fold."""

from dataclasses import replace

import numpy as np
import pytest
from stationary.flows import equation, text

from kinetic.case import Case
from kinetic.stationary import SteadyEquation, follow, relax
from kinetic.stationary.search import Path, follow_case
from kinetic.theory.linear_stability import critical_diffusion
from kinetic.theory.noise_transition import amplitude_slope
from kinetic.theory.stationary_phases import binodal, spinodal, stationary_states


def branch(d, normalization, beta, values, degree=31, concentration=3.0):
    """The branch along κ."""
    steady, start = equation(d, normalization, beta, values[0], concentration, degree)

    def at(diffusion):
        return SteadyEquation(replace(steady.flow, diffusion=diffusion), steady.quadratic)

    return follow(at, values, relax(at(values[0]), start).coefficients)


@pytest.mark.parametrize(("d", "beta", "concentration"), [(-3, 2.5, 4.0), (2, 5.0, 4.0), (-8, 2.0, 20.0)])
def test_the_branch_of_a_first_order_transition_folds_at_the_spinodal(d, beta, concentration):
    theory = spinodal(abs(d), beta)
    span = 0.98 * critical_diffusion(1, abs(d), beta, "none"), 1.02 * theory.diffusion
    found = branch(d, "none", beta, list(np.linspace(*span, 4)), 23 if d == 2 else 40, concentration)
    (fold,) = found.folds
    assert fold.parameter == pytest.approx(theory.diffusion, rel=1e-9)
    assert fold.order_parameter == pytest.approx(theory.order, abs=1e-5)  # κ is quadratic in it
    assert fold.stability == "neutral"
    # stable above the fold, unstable below it
    for point in found.points:
        assert point.stability == ("neutral" if point is fold else "unstable" if point.sheet else "stable")
        assert point.residual < 1e-11
    assert found.end == "the branch comes back to the uniform density"


def test_every_sheet_is_tabulated_at_the_values_asked_for_and_agrees_with_theory():
    values = list(np.linspace(0.6, 0.619, 3))
    found = branch(-3, "none", 2.5, [*values, 0.64], degree=40)
    for value in values:
        at = [point for point in found.points if point.parameter == pytest.approx(value, abs=1e-14)]
        theory = stationary_states(3, 2.5, "none", value)
        assert [point.sheet for point in at] == [0, 1]
        # theory's own accuracy is 1e-10, here seen through dM/dκ ≈ 10
        assert [p.order_parameter for p in at] == pytest.approx([t.order for t in theory[::-1]], abs=2e-9)


def test_free_energies_cross_at_the_binodal():
    theory = binodal(3, 2.5)
    near = [theory.diffusion * (1 - 1e-4), theory.diffusion, theory.diffusion * (1 + 1e-4)]
    case = Case.parse(text(-3, "none", 2.5, near[0], degree=40))
    found = follow_case(case, Path("noise.diffusion", near[0], near[2], 3))
    uniform = {p.parameter: p.free_energy for p in found.points if p.kind == "uniform"}
    gaps = [p.free_energy - uniform[p.parameter] for p in found.points if p.kind == "branch" and p.sheet == 0][:3]
    assert gaps[0] < 0 < gaps[2]
    assert abs(gaps[1]) < 1e-9


@pytest.mark.parametrize(("d", "beta"), [(2, 0.5), (2, 8.0), (-3, 3.0), (-8, 1.0), (-8, 10.0)])
def test_with_softmax_the_branch_comes_down_to_the_threshold_without_a_fold(d, beta):
    critical = critical_diffusion(1, abs(d), beta, "softmax")
    found = branch(d, "softmax", beta, list(np.linspace(0.7 * critical, 1.02 * critical, 5)), degree=47)
    assert found.folds == ()
    assert found.end == "the branch comes back to the uniform density"
    kappa = np.array([p.parameter for p in found.points])
    order = np.array([p.order_parameter for p in found.points])
    assert np.all(np.diff(kappa) > 0)
    assert np.all(np.diff(order) < 0)
    assert all(p.stability == "stable" for p in found.points)
    assert kappa.max() < critical
    # the last point has M below 0.02: Landau's law leaves out a share of M², times at most 30 for these
    slope = order[-1] ** 2 / (critical / kappa[-1] - 1)
    assert slope == pytest.approx(amplitude_slope(abs(d), beta, "softmax"), rel=30 * order[-1] ** 2)


def test_a_branch_can_be_followed_in_beta():
    case = Case.parse(text(2, "none", 0.0, 0.6, heads="beta = 3.0"))
    found = follow_case(case, Path("attention.beta", 3.0, 2.0, 5))
    sheet = [p for p in found.points if p.kind == "branch" and p.parameter in (3.0, 2.5, 2.0)]
    for point in sheet:
        (state,) = stationary_states(2, point.parameter, "none", 0.6)
        assert point.order_parameter == pytest.approx(state.order, abs=1e-9)
    assert len(sheet) == 3
    assert found.end == "the parameter leaves its range"
    assert {p.parameter for p in found.points if p.kind == "uniform"} >= {3.0, 2.75, 2.5, 2.25, 2.0}
