"""Relative velocities about a pole against sums over all pairs of tokens, and their accuracy at the pole itself."""

import numpy as np
import pytest

from kinetic.attention.kernel import ExponentialKernel
from kinetic.mercator_sphere.field import SphereAttention
from kinetic.mercator_sphere.legendre import functions_of_order
from kinetic.mercator_sphere.tables import SphereTokens

HEADS = [(0.0, "none"), (1.0, "none"), (1.0, "softmax"), (-0.7, "softmax"), (4.0, "softmax")]


def tokens(count=300, center=-0.5, spread=1.0, seed=0):
    rng = np.random.default_rng(seed)
    y, phi = center + spread * rng.normal(size=count), rng.uniform(0, 2 * np.pi, count)
    return SphereTokens(y, np.exp(1j * phi), rng.dirichlet(np.ones(count)))


def dense(beta, normalization, given):
    """(ẏ, φ̇) in the frame that follows the pole, X(p), and the power, from every pair."""
    theta, phi, masses = 2 * np.arctan(np.exp(given.y)), np.angle(given.azimuth), given.masses
    x = np.stack([np.sin(theta) * np.cos(phi), np.sin(theta) * np.sin(phi), np.cos(theta)], axis=1)
    places = np.vstack([x, [0, 0, 1]])
    weights = masses * np.exp(beta * places @ x.T)
    pull, partition = weights @ x, weights.sum(axis=1)
    field = pull - np.sum(pull * places, axis=1)[:, None] * places
    if normalization == "softmax":
        field /= partition[:, None]
    relative = field[:-1] - np.cross(np.cross([0, 0, 1], field[-1]), x)
    south = np.stack([np.cos(theta) * np.cos(phi), np.cos(theta) * np.sin(phi), -np.sin(theta)], axis=1)
    east = np.stack([-np.sin(phi), np.cos(phi), 0 * phi], axis=1)
    parts = [np.sum(relative * way, axis=1) / np.sin(theta) for way in (south, east)]
    share = masses * (partition[:-1] if normalization == "softmax" else 1.0)
    return (*parts, field[-1, :2], float(share @ np.sum(field[:-1] ** 2, axis=1)))


@pytest.mark.parametrize(("beta", "normalization"), HEADS)
def test_velocities_are_those_of_all_pairs(beta, normalization):
    given = tokens()
    field = SphereAttention(ExponentialKernel(beta, 3), normalization).field(given)
    climb, turn, pole, power = dense(beta, normalization, given)
    # differences of velocities over sin θ > 0.05 lose twenty roundings of e^{2β} in the dense sums
    assert np.abs(field.climb - climb).max() < 1e-12
    assert np.abs(field.turn - turn).max() < 1e-12
    assert np.abs(field.pole_velocity - pole).max() < 1e-14
    assert field.power == pytest.approx(power, rel=1e-12)


@pytest.mark.parametrize(("beta", "normalization"), HEADS)
def test_near_the_pole_the_motion_is_linear_to_relative_accuracy(beta, normalization):
    given, attention = tokens(), SphereAttention(ExponentialKernel(beta, 3), normalization)
    probes = np.array([-12.0, -25.0, -60.0, -200.0])
    y = np.concatenate([given.y, probes])
    azimuth = np.concatenate([given.azimuth, np.full(4, np.exp(0.7j))])
    field = attention.field(SphereTokens(y, azimuth, np.concatenate([given.masses, np.zeros(4)])))
    # next order of the field: u = e^{−12} = 6e-6
    for rates in (field.climb[-4:], field.turn[-4:], field.gathering[-4:]):
        assert np.allclose(rates, rates[-1], rtol=0, atol=1e-4)
        assert rates[1] == pytest.approx(rates[-1], rel=1e-9, abs=1e-9)
        assert rates[2] == pytest.approx(rates[-1], rel=1e-13, abs=1e-13)


@pytest.mark.parametrize("center", [-6.0, -14.0, -40.0])
def test_a_cluster_that_nothing_else_feels_contracts_at_its_rate(center):
    cluster = tokens(center=center, spread=0.5)
    for beta, normalization in HEADS:
        field = SphereAttention(ExponentialKernel(beta, 3), normalization).field(cluster)
        rate = 1.0 if normalization == "softmax" else np.exp(beta)
        # ẏ relative to a member of the cluster differs from −rate by the cluster's own size
        assert np.abs(field.climb / rate + 1).max() < 40 * (1 + abs(beta)) * np.exp(center) + 1e-14


@pytest.mark.parametrize(("beta", "normalization"), HEADS[1:])
def test_gathering_is_minus_the_divergence_of_the_velocity(beta, normalization):
    given, step = tokens(seed=3), 1e-4
    attention = SphereAttention(ExponentialKernel(beta, 3), normalization)
    y, phi = given.y[:40], np.angle(given.azimuth[:40])

    def at(up, round_):
        probes = SphereTokens(
            np.concatenate([given.y, y + up]),
            np.concatenate([given.azimuth, np.exp(1j * (phi + round_))]),
            np.concatenate([given.masses, np.zeros(40)]),
        )
        field = attention.field(probes)
        return field.climb[-40:], field.turn[-40:], field.gathering[-40:]

    slope = (at(step, 0)[0] - at(-step, 0)[0] + at(0, step)[1] - at(0, -step)[1]) / (2 * step)
    climb, _, gathering = at(0, 0)
    # div v = ∂ẏ/∂y + ∂φ̇/∂φ + ẏ ∂ ln sech² y/∂y; a frame's rotation has none
    assert np.allclose(gathering, -(slope - 2 * np.tanh(y) * climb), rtol=0, atol=1e-6)


@pytest.mark.parametrize("order", [0, 1, 5])
def test_functions_of_one_order_add_up_to_legendres_by_the_addition_theorem(order):
    c = np.linspace(-0.9, 0.9, 7)
    total = np.zeros_like(c)
    degree = 6
    for m in range(degree + 1):
        this = functions_of_order(m, degree)
        values = this.norms[-1] * this.monic(c, degree)[-1]
        total += (2 - (m == 0)) * (1 - c * c) ** m * values**2
    assert np.allclose(total, 1, atol=1e-13)
    this = functions_of_order(order, degree)
    quotients = this.quotients(c, degree) * (1 - c)
    assert np.allclose(quotients, this.at_pole[:, None] - this.monic(c, degree), atol=1e-13)
