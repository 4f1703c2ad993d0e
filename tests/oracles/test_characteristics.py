"""Axisymmetric characteristics against closed forms (β = 0), dense attention, conservation laws and themselves."""

from functools import lru_cache

import numpy as np
import pytest
from scipy.integrate import quad

from oracles import densities
from oracles.characteristics import Attention, log_marginal, quadrature, quadrature_edges, solve
from oracles.dense_attention import zonal_motion
from oracles.series import gauss_panels

BOTH = pytest.mark.parametrize("normalization", ["none", "softmax"])


@lru_cache
def uniform_quadrature(d):
    """Nodes and masses fit for boosts up to s = 8."""
    return quadrature(d, densities.uniform(), quadrature_edges(d, densities.uniform(), 8.0))


def boosted_deficit(d, s):
    """1 − R of the boosted uniform density: ∫ (1−T)(1−c)/(1+cT) dσ, T = tanh s, by quadrature in y."""
    y, masses = uniform_quadrature(d)
    return masses @ densities.distance(y - s)


def time_to_boost(d, start, end):
    """∫ ds / R(s): β = 0 moves the uniform density's orbit with s' = R(s)."""
    return quad(lambda s: 1.0 / (1.0 - boosted_deficit(d, s)), start, end, epsabs=1e-14, epsrel=1e-13)[0]


def test_boosted_uniform_deficits_have_their_closed_forms():
    for s in (0.5, 3.0, 8.0):
        w = np.tanh(s / 2)
        assert boosted_deficit(2, s) == pytest.approx(2.0 / (1.0 + np.exp(s)), rel=1e-14)
        assert boosted_deficit(4, s) == pytest.approx((1 - w) ** 2 * (2 + w) / 2, rel=1e-11 if s > 5 else 1e-13)
    assert boosted_deficit(3, 2.0) == pytest.approx(1 - 1 / np.tanh(2.0) + 2.0 / np.sinh(2.0) ** 2, rel=1e-13)


@BOTH
@pytest.mark.parametrize("d", [2, 3, 8, 64, 512])
def test_beta_zero_is_the_boost_of_the_uniform_density(d, normalization):
    """1 − R, ln ρ along the paths and at the antipode, from s = 0.5 to 4."""
    start, end = 0.5, 4.0
    time = time_to_boost(d, start, end)
    run = solve(d, 0.0, normalization, densities.boosted_uniform(d, start), [0.0, time])
    # the stepper's 1e-13 a step, some hundred steps, half of it in the end's own exponential
    assert run.order_deficit[-1] == pytest.approx(boosted_deficit(d, end), rel=1e-12)
    assert run.order_parameter[-1] + run.order_deficit[-1] == pytest.approx(1.0, abs=1e-14)
    assert run.energy_gap[-1] == pytest.approx(0.5 * (1 - run.order_parameter[-1] ** 2), rel=1e-10)
    expected = densities.boosted_uniform(d, end)
    tolerance = 2e-12 * d
    np.testing.assert_allclose(run.log_density[-1], expected(run.nodes[-1]), rtol=0, atol=tolerance)
    assert run.log_antipode_density[-1] == pytest.approx(-(d - 1) * end, abs=tolerance)


def test_the_distance_to_the_dirac_has_its_closed_form_on_the_circle():
    """∫ θ² dμ = π²/3 + 4 Li₂(−w), which is −4 Σ (−1)^k (1 − w^k)/k² for the Poisson kernel of radius w."""
    w = 0.9
    k = np.arange(1, 400_001)
    terms = -4.0 * (-1.0) ** k * -np.expm1(k * np.log(w)) / k**2
    series = np.sum(terms[:-1]) + 0.5 * terms[-1]  # alternating: the error is below 1/k³
    log_density = densities.boosted_uniform(2, 2.0 * np.arctanh(w))
    run = solve(2, 0.0, "none", log_density, [0.0, 0.1])
    assert run.w2_to_dirac[0] ** 2 == pytest.approx(series, rel=1e-12)


@pytest.mark.parametrize("d", [2, 3, 8])
def test_beta_zero_boosts_any_density(d):
    """Linear data: the rapidity s grows with s' = Σ p (−tanh(y − s))."""
    log_density = densities.linear(0.8)
    y, masses = quadrature(d, log_density, quadrature_edges(d, log_density, 6.0))
    time = quad(lambda s: 1.0 / (masses @ -np.tanh(y - s)), 0.0, 6.0, epsabs=1e-14, epsrel=1e-13)[0]
    run = solve(d, 0.0, "none", log_density, [0.0, time])
    assert run.order_deficit[-1] == pytest.approx(masses @ densities.distance(y - 6.0), rel=1e-12)


@BOTH
@pytest.mark.parametrize(("d", "beta"), [(2, 1.0), (3, 1.5), (3, -0.5), (8, 2.0), (64, 1.0), (512, 2.0), (4096, 1.0)])
def test_the_motion_is_dense_attentions(d, beta, normalization):
    log_density = densities.von_mises_fisher(d, 0.4 * d)
    y, masses = quadrature(d, log_density, quadrature_edges(d, log_density, 1.0))
    places = np.linspace(-10.0, 10.0, 41)
    found = Attention(d, beta, normalization).motion(np.append(y, places), np.append(masses, np.zeros(41)))[0]
    expected = zonal_motion(places, y, masses, d, beta, normalization)
    np.testing.assert_allclose(found[len(y) :], expected, rtol=1e-14 * (5.0 + np.exp(2 * abs(beta))))


CASES = [
    (2, 1.0, "softmax", densities.linear(0.8), 4.0),
    (2, 1.0, "none", densities.linear(0.8), 4.0),
    (3, -0.5, "softmax", densities.von_mises_fisher(3, 1.0), 3.0),
    (8, 1.0, "none", densities.von_mises_fisher(8, 2.0), 3.0),
    (64, 1.0, "softmax", densities.von_mises_fisher(64, 20.0), 4.0),
    (512, 1.0, "none", densities.von_mises_fisher(512, 200.0), 2.0),
]


@pytest.mark.slow  # the oracle checks itself: tens of seconds
@pytest.mark.parametrize(("d", "beta", "normalization", "log_density", "end"), CASES)
def test_finer_panels_and_steps_change_nothing(d, beta, normalization, log_density, end):
    """Self-convergence: halved panels, and three times stricter steps, to 1e-12 of every observable."""
    times = [0.0, 0.5 * end, end]
    run = solve(d, beta, normalization, log_density, times)
    for other in (
        solve(d, beta, normalization, log_density, times, refine=2),
        solve(d, beta, normalization, log_density, times, tolerance=3e-14),
    ):
        for name in ("order_deficit", "energy_gap", "w2_to_dirac", "dissipation"):
            np.testing.assert_allclose(getattr(run, name), getattr(other, name), rtol=1e-12)
        np.testing.assert_allclose(run.log_antipode_density, other.log_antipode_density, rtol=0, atol=2e-13 * d)


@pytest.mark.parametrize(("d", "beta", "normalization", "log_density", "end"), CASES)
def test_the_energy_grows_by_what_is_dissipated(d, beta, normalization, log_density, end):
    """E(T) − E(0) = ∫ dissipation dt by Gauss–Legendre panels in time; the energy gap falls by the same."""
    inner, weights = gauss_panels(np.linspace(0.0, end, 4))
    run = solve(d, beta, normalization, log_density, np.concatenate([[0.0], inner, [end]]), tolerance=1e-12)
    spent = weights @ run.dissipation[1:-1]
    # E changes at rates up to 2 (1 + β) e^β = 11: singularities some π/11 off the axis, panels of half-width h = 2/3,
    # hence a Bernstein ellipse above 1.5 and an error below 1.5^−32 = 2e-6 of the part that varies so fast; what is
    # that fast is the density's far end, and the loose bound is still 1e-9
    assert run.energy[-1] - run.energy[0] == pytest.approx(spent, rel=1e-9)
    assert run.energy_gap[0] - run.energy_gap[-1] == pytest.approx(spent, rel=1e-9)


@pytest.mark.slow  # the oracle checks itself: tens of seconds
def test_late_rates_are_those_of_the_antipode():
    """d = 2: 1 − R ~ e^{−t} with softmax and e^{−t/e} without at β = 1; corrections are O(t (1 − R))."""
    for normalization, rate, end in (("softmax", 1.0, 20.0), ("none", np.exp(-1.0), 30.0)):
        run = solve(2, 1.0, normalization, densities.linear(0.8), [0.0, end - 1.0, end], tolerance=1e-12)
        bound = 10.0 * end * run.order_deficit[1]
        assert bound < 2e-3
        assert -np.diff(np.log(run.order_deficit))[1] == pytest.approx(rate, abs=bound)
        assert -np.diff(run.log_antipode_density)[1] == pytest.approx(rate, abs=bound)


@pytest.mark.slow  # the oracle checks itself: tens of seconds
def test_a_heavy_antipodal_clump_recondenses_above_its_threshold_and_leaks_below():
    """ln ρ at the antipode grows iff tanh β > 1 − 2m, m the antipodal mass; tanh 0.5 = 0.462."""
    for share, grows in ((0.2, False), (0.3, True)):
        clumps = densities.mixture(
            [1.0 - share, share], [densities.von_mises_fisher(2, side * 400.0) for side in (1, -1)]
        )
        run = solve(2, 0.5, "softmax", clumps, [0.0, 2.0])
        assert (np.diff(run.log_antipode_density)[0] > 0) == grows


def test_the_mean_may_point_to_the_other_pole():
    there = solve(3, 1.0, "softmax", densities.von_mises_fisher(3, 0.5), [0.0, 2.0], tolerance=1e-12)
    here = solve(3, 1.0, "softmax", densities.von_mises_fisher(3, -0.5), [0.0, 2.0], tolerance=1e-12)
    np.testing.assert_allclose(here.mean, -there.mean, rtol=1e-11)
    for name in ("order_deficit", "energy_gap", "w2_to_dirac", "log_antipode_density"):
        np.testing.assert_allclose(getattr(here, name), getattr(there, name), rtol=1e-11)


def test_a_density_that_vanishes_at_the_antipode_like_the_square_loses_its_bottleneck():
    """d = 2, softmax: ρ ~ ψ² at the antipode makes 1 − R ~ e^{−min(3, 2)t} in place of e^{−t}."""
    run = solve(2, 1.0, "softmax", densities.linear(1.0), [0.0, 9.0, 10.0], tolerance=1e-12)
    # the next exponent is 3: corrections are O(e^{−t}) of the rate, and of order t with it
    assert -np.diff(np.log(run.order_deficit))[1] == pytest.approx(2.0, abs=10 * np.exp(-9.0))
    assert run.log_antipode_density[1] == -np.inf


@pytest.mark.parametrize("d", [2, 3, 64, 4096])
def test_every_density_has_mass_one(d):
    kinds = [
        densities.uniform(),
        densities.linear(-1.0),
        densities.von_mises_fisher(d, 3.0 * d),
        densities.von_mises_fisher(d, -7.0),
        densities.boosted_uniform(d, -0.4),
        densities.mixture([0.9, 0.1], [densities.von_mises_fisher(d, 1e3), densities.uniform()]),
    ]
    for log_density in kinds:
        y, weights = gauss_panels(quadrature_edges(d, log_density, 0.0))
        # ln ρ and (d−1) ln cosh y carry round-off of their own size: a few times d, and the concentration 1e3
        assert weights @ np.exp(log_marginal(d, log_density, y)) == pytest.approx(1.0, abs=1e-14 * (5 + d) + 1e-12)
