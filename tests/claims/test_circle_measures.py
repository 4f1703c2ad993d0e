"""Masses, quantiles, distances and clusters of densities on the circle against closed forms."""

import math

import numpy as np
import pytest

from kinetic.claims.circle import clusters, cumulative, distance_to_quantiles, median_slope
from kinetic.density import Density
from kinetic.initial import Component, Harmonic, InitialDensity, Poisson, VonMisesFisher
from kinetic.spaces.circle import Circle

TURN = 2 * np.pi


def density(*terms, degree=16, parts=(), uniform=1.0):
    data = InitialDensity(tuple(parts), uniform, tuple(Harmonic(*term) for term in terms))
    return Density(Circle(degree), data.coefficients(Circle(degree)))


def bump(angle, k, weight=1.0):
    return Component(VonMisesFisher(k), np.array([math.cos(angle), math.sin(angle)]), weight)


def test_masses_of_a_cosine_and_a_sine():
    theta = np.linspace(-1.0, 9.0, 57)
    found = cumulative(density((1, 1, 0.3), (2, -2, 0.1)), theta)
    wanted = theta / TURN + math.sqrt(2) / TURN * (0.3 * np.sin(theta) + 0.05 * (1 - np.cos(2 * theta)))
    assert np.allclose(found, wanted, rtol=0, atol=1e-14)


@pytest.mark.parametrize("l", [1, 3])
def test_distance_of_a_wave_from_the_uniform_density(l):
    # F − G = a sin(lθ)/(2πl), whose best constant is 0: ∫|F − G| = 4a/(2πl); quantiles of the uniform density are θ/2π
    n = 4096
    angles = TURN * np.arange(n) / n
    found = distance_to_quantiles(density((l, l, 0.5 / math.sqrt(2))), angles, angles / TURN + 0.123)
    # the trapezoidal rule at 2l corners errs by at most h²/4 times the slope a/2π at each
    assert found == pytest.approx(0.5 * 2 / (math.pi * l), abs=l * (TURN / n) ** 2)


@pytest.mark.parametrize("shift", [0.03, 1.0, 2.5])
def test_a_turned_bump_is_as_far_as_it_was_turned(shift):
    # the quantile function of a bump is that of the turned one, less the shift
    turned = density(degree=127, parts=[bump(1.0 + shift, 200.0)], uniform=0.0)
    theta = TURN * np.arange(8192) / 8192
    masses = cumulative(turned, theta + shift)
    # at the two corners of |F − G − c| the rule errs by h²/4 times the largest density over 2π
    allowed = (TURN / 8192) ** 2 * math.sqrt(200 / TURN)
    assert distance_to_quantiles(turned, theta, masses) == pytest.approx(min(shift, TURN - shift), abs=allowed)


def test_clusters_have_their_masses_means_and_spreads():
    parts = [bump(0.4 + 0.02, 2000.0, 0.6), bump(0.4 + math.pi - 0.01, 500.0, 0.4)]
    near, far = clusters(density(degree=383, parts=parts, uniform=0.0), np.array([math.cos(0.4), math.sin(0.4)]))
    assert (near.mass, far.mass) == pytest.approx((0.6, 0.4), abs=1e-12)
    # <sin θ> about the center is 0 and <cos θ> is A = I₁/I₀ ≈ 1 − 1/2k; <sin²θ> = A/k
    assert near.mean == pytest.approx(math.sin(0.02) * (1 - 1 / 4000), abs=1e-7)
    assert far.mean == pytest.approx(math.sin(0.01) * (1 - 1 / 1000), abs=1e-7)
    assert (near.spread, far.spread) == pytest.approx((2000**-0.5, 500**-0.5), rel=2e-3)


@pytest.mark.parametrize("w", [0.0, 0.4])
def test_the_median_slope_of_symmetric_densities(w):
    # of |tan θ|: 1 for the uniform density; (1−w²)/(1+w²) for the even part of a Poisson density along the axis, whose
    # double-angle density is Poisson of radius w²
    axis = np.array([0.6, 0.8])
    parts = [Component(Poisson(w), axis, 1.0), Component(Poisson(w), -axis, 1.0)]
    found = median_slope(density(degree=63, parts=parts, uniform=0.0), axis)
    assert found == pytest.approx((1 - w * w) / (1 + w * w), abs=1e-5)
