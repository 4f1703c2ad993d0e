"""The oracles' special functions against scipy and against what their sums must be."""

import numpy as np
import pytest
from scipy.special import gamma, ive

from oracles.series import (
    bessel_ratio,
    gauss_panels,
    gegenbauer,
    gegenbauer_chords,
    gegenbauer_slopes,
    kernel_amplitudes,
    log_bessel_ratio,
    marginal_factor,
    resolving_edges,
)

DIMENSIONS = pytest.mark.parametrize("d", [2, 3, 8, 64, 512, 4096])


@pytest.mark.parametrize("b", [0.5, 1.0, 1.5, 4.0, 32.0])
def test_bessel_ratio_is_scipys(b):
    z = np.array([1e-3, 0.5, 3.0, 20.0, 60.0])
    expected = gamma(b) * (2.0 / z) ** (b - 1) * ive(b - 1, z) * np.exp(z)
    # scipy's ive keeps about 13 digits, and z ** (b − 1) loses b units of round-off
    np.testing.assert_allclose(bessel_ratio(b, z), expected, rtol=1e-12)
    assert [log_bessel_ratio(b, x) for x in z] == pytest.approx(np.log(bessel_ratio(b, z)), rel=1e-13, abs=1e-15)


def test_the_logarithm_holds_where_the_function_overflows():
    z = 5000.0
    expected = np.log(gamma(1.5)) + 0.5 * np.log(2.0 / z) + np.log(ive(0.5, z)) + z
    assert log_bessel_ratio(1.5, z) == pytest.approx(expected, rel=1e-14)


@DIMENSIONS
def test_the_uniform_marginal_has_mass_one(d):
    y, weights = gauss_panels(np.linspace(-38.0, 38.0, 2001))
    assert marginal_factor(d) * weights @ np.cosh(y) ** -(d - 1.0) == pytest.approx(1.0, abs=2e-13)


@DIMENSIONS
@pytest.mark.parametrize("beta", [-0.5, 0.0, 1.0, 4.0])
def test_the_kernel_is_the_sum_of_its_degrees(d, beta):
    t = np.linspace(-1.0, 1.0, 41)
    amplitudes, constant = kernel_amplitudes(d, beta)
    top = len(amplitudes) - 1
    rounding = 1e-14 * np.exp(abs(beta))
    kernel = constant + beta * amplitudes @ gegenbauer(d, top, t)
    np.testing.assert_allclose(kernel, np.exp(beta * t), rtol=0, atol=rounding)
    slope = amplitudes @ gegenbauer_slopes(d, top, t)
    np.testing.assert_allclose(slope, np.exp(beta * t), rtol=0, atol=rounding)


@DIMENSIONS
def test_chords_are_the_missing_part_of_the_polynomials(d):
    t = np.linspace(-1.0, 0.9, 40)
    chords = gegenbauer_chords(d, 20, t)
    np.testing.assert_allclose(1.0 - (1.0 - t) * chords, gegenbauer(d, 20, t), rtol=0, atol=1e-12)
    degrees = np.arange(21)
    limit = gegenbauer_chords(d, 20, np.array([1.0]))[:, 0]
    np.testing.assert_allclose(limit, degrees * (degrees + d - 2) / (d - 1), rtol=1e-12)


def test_bisection_resolves_a_narrow_peak():
    width = 1e-4
    edges = resolving_edges(np.linspace(-1.0, 1.0, 3), lambda y: -np.log1p((y / width) ** 2), np.zeros_like)
    y, weights = gauss_panels(edges)
    assert weights @ (1.0 / (1.0 + (y / width) ** 2)) == pytest.approx(2.0 * width * np.arctan(1.0 / width), rel=1e-12)
