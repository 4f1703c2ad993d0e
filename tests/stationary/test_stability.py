"""The rates of small perturbations: of the uniform density in closed form, of others by theory and by marching."""

import numpy as np
import pytest
from scipy.special import iv
from stationary.flows import equation, order, solved, text

from kinetic.assembly import build
from kinetic.case import Case
from kinetic.march import Row, march
from kinetic.stationary import leading_rates, stability
from kinetic.stationary.search import find
from kinetic.theory.stationary_phases import relaxation_rates, stationary_states


@pytest.mark.parametrize("normalization", ["none", "softmax"])
def test_rates_of_the_uniform_density_are_those_of_its_degrees(normalization):
    steady, c = equation(2, normalization, 3.0, 0.2)
    rates = leading_rates(steady, np.where(np.arange(c.size) == 0, c, 0.0), 6)
    l = np.arange(1, 20)
    gains = iv(l, 3.0) / 3.0 / (iv(0, 3.0) if normalization == "softmax" else 1.0)
    expected = np.sort(np.repeat(l**2 * (gains - 0.2), 2))[::-1]  # cosine and sine
    assert rates.real == pytest.approx(expected[:6], rel=1e-9)
    assert np.abs(rates.imag).max() < 1e-14


@pytest.mark.parametrize(
    "arguments",
    [(-2, "none", 1.0, 0.4), (-3, "softmax", 3.0, 0.15), (-3, "none", 2.5, 0.6), (-8, "softmax", 2.0, 0.09)],
)
def test_rates_of_axisymmetric_perturbations_are_those_of_theory(arguments):
    steady, found = solved(*arguments)
    d, normalization, beta, diffusion = arguments
    state = stationary_states(abs(d), beta, normalization, diffusion)[-1]
    # theory's accuracy is 1e-8
    assert leading_rates(steady, found.coefficients, 3).real == pytest.approx(relaxation_rates(state, 3), rel=1e-7)


@pytest.mark.parametrize(("d", "beta", "diffusion"), [(2, 3.0, 0.2), (3, 3.0, 0.15)])
def test_rotations_are_left_out_and_axisymmetric_rates_are_among_the_others(d, beta, diffusion):
    steady, found = solved(d, "softmax", beta, diffusion)
    axial, fixed = solved(-d, "softmax", beta, diffusion)
    rates = leading_rates(steady, found.coefficients, 8).real
    assert np.abs(rates).min() > 1e-3
    slowest = leading_rates(axial, fixed.coefficients, 1).real[0]
    assert np.abs(rates - slowest).min() < 1e-8


def test_a_density_approached_in_time_is_approached_at_the_leading_rate():
    arguments = (2, "softmax", 3.0, 0.2)
    steady, found = solved(*arguments)
    slowest = leading_rates(steady, found.coefficients, 1).real[0]
    made = text(*arguments, end=40.0).replace("observe_every = 40.0", "observe_every = 1.0")
    rows = [event for event in march(build(Case.parse(made))) if isinstance(event, Row)]
    R, t = (np.array(values) for values in zip(*[(r.values["order_parameter"], r.time) for r in rows], strict=True))
    distance = np.abs(R - order(steady, found.coefficients))
    inside = (distance < 1e-5) & (distance > 1e-8)  # beyond the quadratic terms, above rounding and the tolerance
    slope = np.polyfit(t[inside], np.log(distance[inside]), 1)[0]
    assert slope == pytest.approx(slowest, rel=1e-3)


def test_arnoldis_method_gives_the_rates_of_the_full_matrix(monkeypatch):
    steady, found = solved(3, "none", 1.0, 0.3, degree=15)
    full = leading_rates(steady, found.coefficients, 3)
    monkeypatch.setattr(stability, "LARGEST_DENSE", 10)
    assert leading_rates(steady, found.coefficients, 3).real == pytest.approx(full.real, rel=1e-6)


def test_a_stable_and_an_unstable_state_are_told_apart():
    stable, _ = find(Case.parse(text(-3, "none", 2.5, 0.56)))
    assert stable.stability == "stable"
    weak = Case.parse(text(-3, "none", 2.5, 0.56).replace("concentration = 2.0", "concentration = 1e-9"))
    unstable, _ = find(weak)
    assert unstable.order_parameter > 0.5 or unstable.stability == "unstable"
