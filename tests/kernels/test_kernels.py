"""Every kernel by degree against quadrature that is broken at its kink, and by the identities that all kernels obey."""

import numpy as np
import pytest
from scipy.special import gammaln

from kinetic.errors import DomainError
from kinetic.kernels import KERNELS, Choice, ExponentialKernel, PolynomialKernel, PowerKernel
from kinetic.kernels.truncated import TruncatedKernel, truncated_kernel
from kinetic.special import gauss_panels, gegenbauer, jacobi_coefficients, log_harmonic_dimensions

EPS = np.finfo(float).eps
DIMENSIONS = (2, 3, 8, 64, 512, 4096)
KINKS = {
    "relu": (lambda d: PowerKernel(1.0, d), 0.0),
    "square of relu": (lambda d: PowerKernel(2.0, d), 0.0),
    "the other hemisphere": (lambda d: PowerKernel(3.0, d, 2.0, -1), 0.0),
    "step": (lambda d: TruncatedKernel(0.0, 0.1, d), 0.1),
    "truncated": (lambda d: TruncatedKernel(5.0, 0.05, d), 0.05),
    "truncated, repelling": (lambda d: TruncatedKernel(-3.0, -0.3, d, -1), 0.3),
    "truncated, nearly a step": (lambda d: TruncatedKernel(1e-6, 0.05, d), 0.05),
    "truncated, sharp": (lambda d: TruncatedKernel(40.0, 0.02, d), 0.02),
    "polynomial": (lambda d: PolynomialKernel((0.3, -1.0, 0.5, 0.7), d), 0.0),
    "exponential": (lambda d: ExponentialKernel(2.0, d), 0.0),
}


def quadrature(d, degree, kink):
    """Nodes, weights and P_l for means over the sphere, with an edge at the kink."""
    edges = np.linspace(0, np.pi, 40 + d // 10 + degree // 3)
    theta, weights = gauss_panels(np.unique(np.append(edges, np.arccos(kink))))
    area = weights * np.exp((d - 2) * np.log(np.sin(theta)))
    return np.cos(theta), area / area.sum(), gegenbauer(degree, d, np.cos(theta))


@pytest.mark.parametrize("name", KINKS)
@pytest.mark.parametrize("d", DIMENSIONS)
def test_eigenvalues_are_those_of_quadrature(d, name):
    make, kink = KINKS[name]
    kernel, degree = make(d), (30 if d < 10 else 6)  # beyond, quadrature loses √N_l of its digits
    sizes = np.exp(0.5 * log_harmonic_dimensions(degree, d))
    t, weights, table = quadrature(d, degree, kink)
    for found, values in (
        (kernel.eigenvalues(degree), kernel.values(t)),
        (np.append(kernel.potential_mean, kernel.potential_eigenvalues(degree)[1:]), kernel.potential(t)),
    ):
        exact = table @ (weights * values)
        assert np.abs((found - exact) * sizes).max() < 2e-13 * np.abs(exact * sizes).max()


@pytest.mark.parametrize("name", KINKS)
@pytest.mark.parametrize("d", DIMENSIONS)
def test_the_derivative_of_w_is_g_by_degree(d, name):
    # (2l+d−2) W_l = g_{l−1} − g_{l+1}
    kernel, degree = KINKS[name][0](d), 40
    half = 0.5 * log_harmonic_dimensions(degree, d)
    scaled = kernel.signs(degree) * np.exp(kernel.log_eigenvalues(degree) + half)
    steps = np.exp(np.diff(half))
    difference = scaled[:-2] * steps[:-1] - scaled[2:] / steps[1:]
    l = np.arange(1, degree)
    potential = kernel.potential_signs(degree) * np.exp(kernel.log_potential_eigenvalues(degree) + half)
    np.testing.assert_allclose((2 * l + d - 2) * potential[1:-1], difference, atol=1e-12 * np.abs(difference).max())


@pytest.mark.parametrize(("name", "order"), [("relu", 1.0), ("square of relu", 2.0), ("step", 0.0)])
@pytest.mark.parametrize("d", [2, 3, 8])
def test_a_kink_of_order_p_leaves_coefficients_that_fall_like_a_power(d, name, order):
    # |g_l| ~ l^{−p−d/2} times an oscillation: the order measured between the root-mean-squares of two octaves
    sizes = KINKS[name][0](d).eigenvalues(4095) ** 2
    low, high = sizes[1024:2048].mean(), sizes[2048:].mean()
    assert 0.5 * np.log2(low / high) == pytest.approx(order + d / 2, abs=0.02)


@pytest.mark.parametrize("d", [2, 3, 8, 4096])
def test_relu_has_the_closed_form(d):
    # 2^{−2} Γ(d/2)/(Γ((3−l)/2) Γ((1+l+d)/2)); g_0 = 1/π on the circle, 1/4 on the sphere
    kernel, even = PowerKernel(1.0, d), np.arange(0, 9, 2)
    inverse = np.array([1 / 0.886226925452758, 1 / 1.772453850905516, -0.5 / 1.772453850905516])
    closed = 0.25 * inverse * np.exp(gammaln(d / 2) - gammaln((1 + even[:3] + d) / 2))
    np.testing.assert_allclose(kernel.eigenvalues(8)[even[:3]], closed, rtol=1e-14 if d < 100 else 1e-11)
    assert np.all(kernel.eigenvalues(9)[3::2] == 0)
    assert kernel.eigenvalues(1)[1] == pytest.approx(0.5 / d, rel=4 * EPS)


@pytest.mark.parametrize("d", [2, 3, 64])
@pytest.mark.parametrize("beta", [-800.0, -2.0, 0.0, 1e-9, 3.0, 900.0])
def test_a_cutoff_beyond_the_far_pole_is_the_exponential_kernel(d, beta):
    assert truncated_kernel(beta, -1.0, d) == ExponentialKernel(beta, d)
    near, whole = TruncatedKernel(beta, -1 + 1e-13, d), ExponentialKernel(beta, d)
    degree = 20
    half = 0.5 * log_harmonic_dimensions(degree, d) - whole.log_constant
    found = near.signs(degree) * np.exp(near.log_eigenvalues(degree) + half)
    exact = whole.signs(degree) * np.exp(whole.log_eigenvalues(degree) + half)
    # what is missing is a cap of angle 4.5e-7, where the kernel is at most (1 + |β|)^{(d−1)/2} times its mean
    allowed = (5e-7 * np.sqrt(1 + abs(beta))) ** (d - 1) + 1e-12
    assert np.abs(found - exact).max() < allowed * np.abs(exact).max()


@pytest.mark.parametrize("name", ["relu", "truncated", "truncated, repelling", "polynomial", "exponential"])
@pytest.mark.parametrize("factor", [0.7, -1.3, 1e-3, 25.0])
def test_a_scaled_kernel_is_the_kernel_at_scaled_cosines(name, factor):
    kernel, t = KINKS[name][0](3), np.linspace(-1, 1, 41) + 1e-4
    scaled = kernel.scaled(factor)
    np.testing.assert_allclose(scaled.values(t), kernel.values(factor * t), rtol=1e-13)
    factor_of, function = kernel.antiderivative()
    other = function.scaled(factor)
    np.testing.assert_allclose(factor_of * other.values(t), kernel.potential(factor * t), rtol=1e-11, atol=1e-300)
    # g(f t) by degree, W(f t) by degree: (2l+d−2) of the latter is f times the difference of the former
    g, W = scaled.eigenvalues(12), factor_of * other.eigenvalues(12)
    l = np.arange(1, 12)
    np.testing.assert_allclose(
        (2 * l + 1) * W[1:-1], factor * (g[:-2] - g[2:]), atol=1e-12 * np.abs(g).max() * abs(factor)
    )


@pytest.mark.parametrize("name", ["relu", "truncated", "polynomial", "exponential"])
def test_slopes_are_derivatives(name):
    kernel, t, h = KINKS[name][0](3), np.array([-0.81, -0.13, 0.07, 0.6]), 1e-6
    np.testing.assert_allclose(
        kernel.slopes(t), (kernel.values(t + h) - kernel.values(t - h)) / (2 * h), rtol=1e-8, atol=1e-8
    )


def test_energy_of_a_dirac_mass_and_its_gap():
    # all moments one: ½ W(1), and no gap, whether or not the kernel's degrees end
    for make, _ in KINKS.values():
        kernel = make(3)
        degree = 60 if kernel.last_degree is None else kernel.significant_degree(kernel.last_degree)
        uniform = np.zeros(degree + 1)
        uniform[0] = 1.0
        gap = kernel.energy_gap(1.0 - uniform)
        assert kernel.energy(uniform) == pytest.approx(0.5 * kernel.potential_mean, rel=1e-15)
        size = abs(float(kernel.potential(1.0))) + abs(kernel.potential_mean)
        assert abs(gap - 0.5 * float(kernel.potential(1.0)) + kernel.energy(uniform)) < 1e-13 * size


def test_a_cap_that_doubles_do_not_hold_is_refused():
    with pytest.raises(DomainError, match=r"attention\.cutoff"):
        TruncatedKernel(1.0, 0.9, 4096)


def test_every_kernel_has_a_name():
    for name in KERNELS:
        kernel = Choice(name, 2.0, (1.0, 2.0), 0.3).of(1.5, 3)
        assert kernel.dimension == 3
        assert kernel.spectrum("softmax", 10).potential[0] == 0
        alpha, _ = jacobi_coefficients(1, 3)
        assert alpha[0] == 1


@pytest.mark.parametrize("coefficients", [(1.2, 0.5, 0.3), (1.0, 0.9), (1.0, 0.0, -0.5, 0.3)])
def test_quotients_of_a_positive_polynomial_end_where_it_says(coefficients):
    kernel = PolynomialKernel(coefficients, 2)
    degree, angles = kernel.logarithmic_degree(), 2 * np.pi * np.arange(1024) / 1024
    # Dirac masses, singly and against each other, are the sharpest densities
    for places, masses in (((0.3,), (1.0,)), ((0.0, 2.5), (0.9, 0.1)), ((0.0, 2.0, 4.0), (0.5, 0.3, 0.2))):
        away = angles - np.array(places)[:, None]
        Z, F = (
            np.array(masses) @ kernel.values(np.cos(away)),
            np.array(masses) @ (kernel.values(np.cos(away)) * np.sin(away)),
        )
        series = np.abs(np.fft.rfft(F / Z, norm="forward"))
        assert series[degree + 1 :].max() < 1e-15 * series.max() + 1e-17
    assert PolynomialKernel((0.5, 1.0), 3).logarithmic_degree() is None


def test_a_power_of_a_factor_below_all_normal_numbers_keeps_its_shape():
    kernel = PowerKernel(1.0, 3, 5e-324)
    t = np.array([-1.0, 0.25, 1.0])
    np.testing.assert_allclose(kernel.values(t, kernel.log_largest), [0.0, 0.25, 1.0], rtol=1e-12)
