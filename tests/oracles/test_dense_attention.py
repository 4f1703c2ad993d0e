"""Dense attention against the one density whose attention is known in closed form, von Mises–Fisher.

For ρ ∝ e^{κ<y,e>} the integral of e^{β<x,y>} is Λ(|w|)/Λ(κ) with w = βx + κe and Λ = Λ_{d/2}, and that of
e^{β<x,y>} y its gradient with respect to w, w (Λ_{d/2+1}(|w|)/d)/Λ(κ).
"""

import numpy as np
import pytest

from oracles import densities
from oracles.characteristics import quadrature, quadrature_edges
from oracles.dense_attention import (
    Head,
    circle_nodes,
    dissipation,
    drift,
    energy,
    log_partition,
    sphere_nodes,
    zonal_log_partition,
    zonal_motion,
)
from oracles.series import bessel_ratio, log_bessel_ratio

BOTH = pytest.mark.parametrize("normalization", ["none", "softmax"])


def closed_form(points, axis, kappa, beta):
    """ln Z and the tangential part of ∫ e^{β<x,y>} y dμ divided by Z."""
    d = len(axis)
    w = beta * points + kappa * axis
    size = np.linalg.norm(w, axis=1)
    log_z = np.array([log_bessel_ratio(d / 2, s) for s in size]) - log_bessel_ratio(d / 2, kappa)
    ratio = bessel_ratio(d / 2 + 1, size) / bessel_ratio(d / 2, size) / d
    tangent = kappa * (axis - (points @ axis)[:, None] * points)
    return log_z, ratio[:, None] * tangent


def measure(d, axis, kappa):
    points, weights = circle_nodes(400) if d == 2 else sphere_nodes(60)
    return points, weights * np.exp(kappa * points @ axis - log_bessel_ratio(d / 2, kappa))


@pytest.mark.parametrize("d", [2, 3])
@pytest.mark.parametrize("beta", [0.0, 1.0, -2.0, 25.0])
def test_drift_and_partition_of_von_mises_fisher_to_round_off_of_every_value(d, beta):
    axis = np.full(d, d**-0.5)
    nodes, masses = measure(d, axis, 3.0)
    points = nodes[:: len(nodes) // 37] @ np.diag([-1.0] * d)
    log_z, average = closed_form(points, axis, 3.0, beta)
    # exponents up to |β| + κ carry that many units of round-off, sums of 10⁴ positive terms a few dozen more
    bound = 1e-14 * (5.0 + abs(beta))
    found = log_partition(points, nodes, masses, Head(beta))
    np.testing.assert_allclose(found, log_z, rtol=0, atol=bound)
    softmax = drift(points, nodes, masses, [Head(beta)], "softmax")
    np.testing.assert_allclose(softmax, average, rtol=0, atol=bound)
    none = drift(points, nodes, masses, [Head(beta)], "none") / np.exp(log_z)[:, None]
    np.testing.assert_allclose(none, average, rtol=0, atol=2 * bound)


@BOTH
def test_explicit_identity_matrices_change_nothing(normalization):
    nodes, masses = measure(3, np.array([0.0, 0.6, 0.8]), 2.0)
    points, one = nodes[::301], np.eye(3)
    plain = drift(points, nodes, masses, [Head(1.3)], normalization)
    matrices = drift(points, nodes, masses, [Head(1.3, one, one, one)], normalization)
    np.testing.assert_allclose(matrices, plain, rtol=0, atol=1e-13)
    absorbed = drift(points, nodes, masses, [Head(0.65, 2.0 * one)], normalization)
    np.testing.assert_allclose(absorbed, plain, rtol=0, atol=1e-13)


def test_the_drift_of_a_cluster_is_accurate_in_units_of_its_width():
    """Two tokens a distance δ apart attract with force δ/2 (1 + O(δ²)), however small δ is."""
    delta = 1e-9
    nodes = np.array([[1.0, 0.0], [1.0, delta]])
    found = drift(nodes, nodes, np.array([0.5, 0.5]), [Head(1.0)], "softmax")
    assert found[0, 1] == pytest.approx(0.5 * delta, rel=1e-14)


def test_energy_and_dissipation_belong_together():
    """dE/dε along x → x + εX (retracted to the sphere) is the dissipation, without normalization."""
    nodes, masses = circle_nodes(64)
    masses = masses * (1.0 + 0.5 * nodes[:, 0] + 0.3 * nodes[:, 0] * nodes[:, 1])
    for beta in (0.0, 1.5):
        X, step = drift(nodes, nodes, masses, [Head(beta)], "none"), 1e-4

        def moved(size, X=X, beta=beta):
            shifted = nodes + size * X
            return energy(shifted / np.linalg.norm(shifted, axis=1, keepdims=True), masses, [Head(beta)])

        slope = (moved(step) - moved(-step)) / (2 * step)
        assert slope == pytest.approx(dissipation(nodes, masses, [Head(beta)], "none"), rel=1e-6)  # step² = 1e-8


@pytest.mark.parametrize(("d", "kappa"), [(2, 1.0), (3, 5.0), (8, 2.0), (64, 40.0), (512, 512.0), (4096, 2000.0)])
@pytest.mark.parametrize("beta", [0.0, -0.5, 1.0, 9.0])
def test_zonal_motion_of_von_mises_fisher(d, kappa, beta):
    """The tangent e − t x of the closed form has length s = sin θ and points to smaller θ: ẏ = θ̇/s = −κ ratio."""
    log_density = densities.von_mises_fisher(d, kappa)
    nodes, masses = quadrature(d, log_density, quadrature_edges(d, log_density, 0.0))
    y = np.linspace(-6.0, 6.0, 25)
    size = np.sqrt(beta**2 + kappa**2 - 2.0 * beta * kappa * np.tanh(y))
    log_z = np.array([log_bessel_ratio(d / 2, s) for s in size]) - log_bessel_ratio(d / 2, kappa)
    ratio = np.exp([log_bessel_ratio(d / 2 + 1, s) - log_bessel_ratio(d / 2, s) for s in size]) / d
    # ln ρ is a difference of numbers of size κ, whose round-off the masses share but for their normalization
    bound = 1e-14 * (10.0 + abs(beta)) + 1e-15 * kappa
    np.testing.assert_allclose(zonal_log_partition(y, nodes, masses, d, beta), log_z, rtol=0, atol=bound)
    softmax = zonal_motion(y, nodes, masses, d, beta, "softmax")
    np.testing.assert_allclose(softmax, -kappa * ratio, rtol=bound)
    none = zonal_motion(y, nodes, masses, d, beta, "none")
    np.testing.assert_allclose(none, -kappa * ratio * np.exp(log_z), rtol=2 * bound)


@BOTH
def test_zonal_motion_is_the_sphere_and_the_circle(normalization):
    beta, kappa = 2.0, 1.5
    for d in (2, 3):
        axis = np.eye(d)[-1]
        nodes, masses = measure(d, axis, kappa)
        y = np.linspace(-2.0, 2.0, 9)
        points = np.zeros((9, d))
        points[:, 0], points[:, -1] = 1.0 / np.cosh(y), -np.tanh(y)
        along = drift(points, nodes, masses, [Head(beta)], normalization) @ axis
        log_density = densities.von_mises_fisher(d, kappa)
        panels = quadrature(d, log_density, quadrature_edges(d, log_density, 0.0))
        expected = -along * np.cosh(y) ** 2  # d cos θ/dt = −sin²θ ẏ
        np.testing.assert_allclose(zonal_motion(y, *panels, d, beta, normalization), expected, rtol=1e-12)
