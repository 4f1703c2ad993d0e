"""Funk–Hecke eigenvalues of e^{β<x,y>} against quadrature, scipy's Bessel functions and their limits."""

import numpy as np
import pytest
from oracles.series import kernel_amplitudes
from scipy.special import gammaln, ive

from kinetic.kernels import ExponentialKernel
from kinetic.special import gauss_gegenbauer, gegenbauer, laplace_eigenvalues, log_harmonic_dimensions

EPS = np.finfo(float).eps
DIMENSIONS = (2, 3, 4, 8, 64, 512, 4096)
BETAS = (1e-8, 0.1, 1.0, 9.0, 40.0, -0.5, -9.0)


@pytest.mark.parametrize("d", DIMENSIONS)
@pytest.mark.parametrize("beta", BETAS)
def test_eigenvalues_are_integrals_of_the_kernel(d, beta):
    degree = 12
    nodes, weights = gauss_gegenbauer(90, d)
    integrals = gegenbauer(degree, d, nodes) @ (weights * np.exp(beta * (nodes - np.sign(beta)))) * np.exp(abs(beta))
    # the quadrature cancels: absolute accuracy, in units of the largest value of the kernel that has any weight
    size = ExponentialKernel(beta, d).eigenvalues(0)[0]
    np.testing.assert_allclose(ExponentialKernel(beta, d).eigenvalues(degree), integrals, rtol=1e-12, atol=1e-12 * size)


@pytest.mark.parametrize("d", [2, 3, 5, 8, 20, 64, 100])
@pytest.mark.parametrize("beta", [0.01, 0.1, 1.0, 9.0, 40.0, 300.0, -1.0, -20.0])
def test_eigenvalues_are_bessel_functions(d, beta):
    l, nu, size = np.arange(25), d / 2 - 1, abs(beta)
    scaled = ive(l + nu, size)
    usable = scaled > 1e-280
    with np.errstate(divide="ignore"):
        logs = gammaln(d / 2) + nu * np.log(2 / size) + size + np.log(scaled)
    kernel = ExponentialKernel(beta, d)
    # ln Γ and ln(2/β) of size 300 cancel in the reference
    np.testing.assert_allclose(kernel.log_eigenvalues(24)[usable], logs[usable], rtol=0, atol=1e-12)
    np.testing.assert_array_equal(kernel.signs(24), np.sign(beta) ** l)


@pytest.mark.parametrize("d", DIMENSIONS)
@pytest.mark.parametrize("beta", [*BETAS, 0.0])
def test_potential_eigenvalues_are_those_of_a_power_series(d, beta):
    amplitudes, constant = kernel_amplitudes(d, beta)
    degree = amplitudes.size - 1
    kernel = ExponentialKernel(beta, d)
    logs = kernel.log_potential_eigenvalues(degree) + log_harmonic_dimensions(degree, d)
    signs = kernel.signs(degree) * (-1.0 if beta < 0 else 1.0)
    # ln N_l is a sum of l ≤ 120 logarithms and up to 600: each addition rounds by 600ε, at random √120 of that
    np.testing.assert_allclose(signs * np.exp(logs), amplitudes, rtol=4e-12, atol=0)
    assert np.exp(kernel.log_constant) == pytest.approx(constant, rel=1e-13)


@pytest.mark.parametrize("d", DIMENSIONS)
def test_small_beta_is_continuous_with_zero(d):
    zero = ExponentialKernel(0.0, d)
    np.testing.assert_array_equal(zero.eigenvalues(5), [1, 0, 0, 0, 0, 0])
    np.testing.assert_allclose(zero.potential_eigenvalues(5), [0, 1 / d, 0, 0, 0, 0], rtol=4 * EPS)
    for beta in (1e-5, -1e-5, 1e-12, -1e-300):
        g = ExponentialKernel(beta, d).potential_eigenvalues(3)
        # w_1/β = 1/d + β²/(2d(d+2)) …, w_2/β = β/(d(d+2))
        logs = EPS * (10 - np.log(abs(beta)) + 2 * np.log(d))  # the numbers come from logarithms of that size
        assert g[1] == pytest.approx(1 / d, rel=beta * beta + logs)
        assert g[2] == pytest.approx(beta / (d * (d + 2)), rel=beta * beta + logs, abs=0)


@pytest.mark.parametrize("beta", [0.5, 2.0, -2.0])
def test_high_dimension_tends_to_the_gaussian_limit(beta):
    # √d <x, e> tends to a normal variable: w_0 → e^{β²/2d}, w_l d^l/β^l → 1, corrections of relative order 1/d
    d = 4096
    kernel = ExponentialKernel(beta, d)
    assert kernel.log_constant == pytest.approx(beta * beta / (2 * d), rel=2 * (1 + beta**2) / d)
    scaled = kernel.eigenvalues(3) * (d / beta) ** np.arange(4)
    np.testing.assert_allclose(scaled, 1.0, rtol=10 * (1 + beta**2) / d)


@pytest.mark.parametrize("d", DIMENSIONS)
@pytest.mark.parametrize("beta", [1.0, 9.0, 40.0, 1000.0, -1000.0])
def test_nothing_over_or_underflows(d, beta):
    kernel = ExponentialKernel(beta, d)
    logs = kernel.log_eigenvalues(500) + log_harmonic_dimensions(500, d)
    assert np.all(np.isfinite(logs))
    # ratios below one: w_l falls with l
    assert np.all(np.diff(kernel.log_eigenvalues(500)) < 0)
    # Σ_l N_l w_l = e^β
    if 0 < beta <= 40:  # beyond, 500 degrees do not hold the sum in high dimension
        assert np.logaddexp.reduce(logs) == pytest.approx(beta, rel=1e-12)


@pytest.mark.parametrize(("d", "beta", "degree"), [
    (3, 1.0, 15), (3, 9.0, 31), (3, 25.0, 47), (64, 1.0, 17), (64, 9.0, 38), (64, 25.0, 61), (4096, 1.0, 18),
    (4096, 9.0, 42), (4096, 25.0, 73),
])  # fmt: skip
def test_significant_degree_is_what_the_slope_can_feel(d, beta, degree):
    kernel = ExponentialKernel(beta, d)
    significant = kernel.significant_degree(500)
    # those degrees reach 1e-14 of the sum; one rounding error, 1e-16, takes a few more
    assert degree <= significant <= 1.2 * degree + 3
    slopes = np.exp(kernel.log_potential_eigenvalues(500) + log_harmonic_dimensions(500, d))
    slopes *= laplace_eigenvalues(500, d)
    assert slopes[significant + 1 :].sum() <= EPS * slopes.sum() < slopes[significant - 1 :].sum() * 4
    assert kernel.significant_degree(5) == 5
    assert kernel.significant_degree(0) == 0


@pytest.mark.parametrize("beta", [0.5, 1.0, 4.0, 9.0, -2.0])
def test_logarithmic_degree_bounds_the_drift_of_any_density(beta):
    # ∇ ln Z on the circle for a measure of a few atoms, the least smooth of all
    degree = ExponentialKernel(beta, 2).logarithmic_degree()
    rng = np.random.default_rng(3)
    theta = 2 * np.pi * np.arange(8 * degree) / (8 * degree)
    for count in (1, 2, 5):
        atoms, masses = rng.uniform(0, 2 * np.pi, count), rng.dirichlet(np.ones(count))
        offsets = theta[:, None] - atoms
        kernel = np.exp(beta * (np.cos(offsets) - 1)) * masses
        drift = -(kernel * np.sin(offsets)).sum(axis=1) / kernel.sum(axis=1)
        modes = np.abs(np.fft.rfft(drift, norm="forward"))
        assert modes[degree:].max() < 8 * EPS
    assert ExponentialKernel(0.0, 2).logarithmic_degree() == 1
