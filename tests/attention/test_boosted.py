"""Drifts seen from a material pole are the plain sums of attention, less the turn that carries the pole."""

import numpy as np
import pytest

from kinetic.attention.boosted import AxialAttention, CircleAttention
from kinetic.attention.boosted_sphere import SphereAttention
from kinetic.kernels import ExponentialKernel
from kinetic.spaces.latitudes import SphereLatitudes
from kinetic.spaces.sphere import Sphere

BETAS = (-0.7, 0.0, 1.0, 6.0)
NORMALIZATIONS = ("none", "softmax")


def plain(points, masses, beta, normalization):
    """X at the points, by definition, and Z."""
    kernel = np.exp(beta * points @ points.T) * masses
    partition = kernel.sum(axis=1, keepdims=True)
    field = kernel @ points
    field -= np.sum(field * points, axis=1, keepdims=True) * points
    return (field / partition if normalization == "softmax" else field), partition[:, 0]


@pytest.mark.parametrize("normalization", NORMALIZATIONS)
@pytest.mark.parametrize("beta", BETAS)
def test_the_circle_agrees_with_plain_sums(beta, normalization):
    rng = np.random.default_rng(1)
    y = np.append(-20.0, np.sort(rng.normal(size=12)))  # the first node is the pole
    masses = rng.uniform(size=(2, 13)) / 26
    masses[:, 0] = 0.0
    theta = np.array([[1.0], [-1.0]]) * 2 * np.arctan(np.exp(y))
    points = np.stack([np.sin(theta), np.cos(theta)], axis=-1).reshape(-1, 2)
    field, partition = plain(points, masses.reshape(-1), beta, normalization)
    speed = np.sum(field * np.stack([np.cos(theta), -np.sin(theta)], axis=-1).reshape(-1, 2), axis=1).reshape(2, -1)
    drift = CircleAttention(ExponentialKernel(beta, 2).spectrum(normalization)).drift(y[None], masses)
    assert drift.pole[0] == pytest.approx(speed[0, 0], abs=1e-7)  # that node is e^-20 from the pole
    seen = drift.pole[0] + np.sin(theta) * drift.latitude_rate
    np.testing.assert_allclose(seen, speed, atol=1e-12 * np.exp(abs(beta)))
    power = masses.reshape(-1) @ (np.sum(field**2, axis=1) * (partition if normalization == "softmax" else 1.0))
    assert drift.power == pytest.approx(power, rel=1e-11)


@pytest.mark.parametrize("normalization", NORMALIZATIONS)
@pytest.mark.parametrize("beta", BETAS)
def test_the_sphere_agrees_with_plain_sums(beta, normalization):
    rng = np.random.default_rng(2)
    # enough longitudes for the aliases of the kernel's own degree to vanish: 2·40 > K of β = 6
    longitudes, spectrum = 80, ExponentialKernel(beta, 3).spectrum(normalization)
    y = np.append(-20.0, np.sort(rng.normal(size=5)))
    rings = SphereLatitudes(Sphere(4), y, np.append(0.0, np.full(5, 0.2)), (longitudes,) * 6)
    azimuth = np.tile(2 * np.pi * np.arange(longitudes) / longitudes, 6)
    values = 1 + 0.4 * np.cos(azimuth - 0.3) + 0.2 * np.sin(2 * azimuth) * rings.spread(np.tanh(y))
    theta = rings.spread(2 * np.arctan(np.exp(y)))
    out = np.stack([np.cos(azimuth), np.sin(azimuth)])
    points = np.stack([np.sin(theta) * out[0], np.sin(theta) * out[1], np.cos(theta)], axis=-1)
    field, partition = plain(points, values * rings.weights, beta, normalization)
    view = SphereAttention(spectrum).look(rings, values, y)
    drift = view.drift
    assert drift.azimuth_rate is not None
    pole = drift.pole @ out
    around = drift.pole @ np.stack([-out[1], out[0]])
    seen_theta = np.sin(theta) * drift.latitude_rate + pole
    seen_phi = np.sin(theta) * drift.azimuth_rate + np.cos(theta) * around
    theta_hat = np.stack([np.cos(theta) * out[0], np.cos(theta) * out[1], -np.sin(theta)], axis=-1)
    phi_hat = np.stack([-out[1], out[0], np.zeros_like(theta)], axis=-1)
    bound = 1e-12 * np.exp(abs(beta))
    np.testing.assert_allclose(seen_theta, np.sum(field * theta_hat, axis=1), atol=bound)
    np.testing.assert_allclose(seen_phi, np.sum(field * phi_hat, axis=1), atol=bound)
    shares = partition if normalization == "softmax" else 1.0
    power = np.sum(values * rings.weights * np.sum(field**2, axis=1) * shares)
    assert drift.power == pytest.approx(power, rel=1e-11)


@pytest.mark.parametrize("normalization", NORMALIZATIONS)
@pytest.mark.parametrize("d", [2, 3, 5, 64])
def test_a_dirac_mass_draws_everything_at_the_known_rate(d, normalization):
    beta, y = 1.0, np.array([-40.0, -1.0, 0.5, 3.0])
    drift = AxialAttention(ExponentialKernel(beta, d).spectrum(normalization)).drift(
        y[None], np.array([[1.0, 0.0, 0.0, 0.0]])
    )
    # θ' = −e^{β cos θ} sin θ, with softmax −sin θ
    expected = -np.exp(-beta * np.tanh(y)) if normalization == "none" else -np.ones(4)
    np.testing.assert_allclose(drift.latitude_rate[0], expected, rtol=1e-12)
