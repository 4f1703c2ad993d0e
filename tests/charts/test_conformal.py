"""The boost is the conformal map it claims to be, its frame's motion its derivative, and its nodes suit both sides."""

import numpy as np
import pytest

from kinetic.charts.conformal import (
    FrameMotion,
    barycentric_rapidity,
    into_frame,
    latitude_rule,
    log_factor,
    out_of_frame,
    sine,
    versine,
)
from kinetic.charts.pose import axis, pointing, rotation, spin
from kinetic.special import gegenbauer_mercator
from kinetic.theory.exact_mobius import order_deficit

RAPIDITIES = (0.0, 0.3, 1.0, 3.0, 5.0, 9.0, 30.0, 70.0)


def sphere_points(count, d=3, seed=1):
    """Random unit vectors."""
    x = np.random.default_rng(seed).normal(size=(count, d))
    return x / np.linalg.norm(x, axis=1, keepdims=True)


@pytest.mark.parametrize("rapidity", [-2.0, 0.0, 0.7, 3.0])
def test_leaving_the_frame_undoes_entering_it_and_factors_cancel(rapidity):
    x = sphere_points(50)
    y, log_f = into_frame(x, rapidity)
    back, log_again = out_of_frame(y, rapidity)
    # rounding of y, enlarged by f ≤ e^3
    np.testing.assert_allclose(back, x, atol=1e-14)
    np.testing.assert_allclose(log_again, log_f, atol=1e-13)


@pytest.mark.parametrize("rapidity", [0.7, 3.0])
def test_distances_scale_with_the_factors_of_both_points(rapidity):
    y, z = sphere_points(20), sphere_points(20, seed=2)
    (a, log_f), (b, log_g) = out_of_frame(y, rapidity), out_of_frame(z, rapidity)
    expected = np.exp(log_f + log_g) * (1 - np.sum(y * z, axis=1))
    np.testing.assert_allclose(1 - np.sum(a * b, axis=1), expected, atol=4e-15)
    latitude = np.arctanh(-y[:, -1])
    np.testing.assert_allclose(log_factor(latitude, rapidity), log_f, atol=1e-13)


def test_the_frames_motion_is_the_derivative_of_boosts_and_rotations():
    rapidity, step = 1.3, 1e-6
    y = sphere_points(30)
    latitude, azimuth = np.arctanh(-y[:, -1]), np.arctan2(y[:, 1], y[:, 0])
    motion = FrameMotion(latitude, rapidity)
    turn = np.array([0.6, -0.8])  # b across the axis
    angle = step / np.sinh(rapidity)
    carried, _ = out_of_frame(y, rapidity)
    # the rotation of e towards `turn`, seen in the frame
    across = carried[:, :2] @ turn
    moved = carried * 1.0
    moved[:, :2] += ((np.cos(angle) - 1) * across + np.sin(angle) * carried[:, 2])[:, None] * turn
    moved[:, 2] = np.cos(angle) * carried[:, 2] - np.sin(angle) * across
    seen = (into_frame(moved, rapidity)[0] - y) / step
    out = np.stack([np.cos(azimuth), np.sin(azimuth)], axis=1)
    theta_hat = np.column_stack([out * y[:, 2:], -sine(latitude)])
    phi_hat = np.column_stack([-out[:, 1], out[:, 0], np.zeros(30)])
    field = theta_hat * (motion.meridional * (out @ turn))[:, None]
    field += phi_hat * (motion.azimuthal * (phi_hat[:, :2] @ turn))[:, None]
    np.testing.assert_allclose(seen, field, atol=1e-5)  # first difference: step times second derivatives
    stretched = (into_frame(out_of_frame(y, rapidity + step)[0], rapidity)[0] - y) / step
    np.testing.assert_allclose(stretched, theta_hat * motion.along[:, None], atol=1e-5)


@pytest.mark.parametrize("d", [2, 3, 4, 8])
@pytest.mark.parametrize("degree", [8, 40, 160])
def test_nodes_integrate_physical_harmonics_at_every_boost(d, degree):
    for rapidity in RAPIDITIES:
        rule = latitude_rule(degree, 3 * degree, 24, rapidity, d)
        y = rule.latitude - rapidity
        jacobian = np.exp((d - 1) * log_factor(rule.latitude, rapidity))
        integrals = gegenbauer_mercator(24, d, y) @ (rule.weight * jacobian)
        # weights of mass one, rounded, with logarithms of size (d−1)η
        rounding = 2e-14 * (1 + (d - 1) * rapidity)
        np.testing.assert_allclose(integrals, np.eye(25)[0], atol=rounding)


@pytest.mark.parametrize("d", [2, 3, 8])
@pytest.mark.parametrize("degree", [8, 40, 160])
def test_nodes_integrate_products_of_frame_harmonics_at_every_boost(d, degree):
    for rapidity in (*RAPIDITIES, -3.0, -30.0):
        rule = latitude_rule(degree, 3 * degree, 24, rapidity, d)
        values = gegenbauer_mercator(degree, d, rule.latitude)
        products = (values * rule.weight * values[degree]) @ np.ones(rule.weight.size)
        assert np.abs(products[:-1]).max() < 3e-14


@pytest.mark.parametrize("d", [2, 3, 4, 8])
def test_nodes_give_the_deficit_of_a_boosted_uniform_density_relatively(d):
    for rapidity in RAPIDITIES[1:]:
        rule = latitude_rule(40, 120, 24, rapidity, d)
        deficit = float(np.sum(rule.weight * versine(rule.latitude - rapidity)))
        assert deficit == pytest.approx(order_deficit(d, rapidity), rel=1e-12)


@pytest.mark.parametrize("d", [2, 3])
def test_the_barycentric_boost_centres_the_points(d):
    rng = np.random.default_rng(3)
    x = sphere_points(200, d) + 2.0 * np.eye(d)[0]
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    masses = rng.uniform(size=200)
    masses /= masses.sum()
    momentum = barycentric_rapidity(x, masses)
    size = float(np.linalg.norm(momentum))
    pose = pointing(momentum / size, float(np.arcsinh(size)))
    y, _ = into_frame(x @ rotation(pose), float(pose[0]))
    assert np.abs(masses @ y).max() < 1e-13


def test_points_of_mean_zero_need_no_boost():
    assert not np.any(barycentric_rapidity(np.concatenate([np.eye(3), -np.eye(3)]), np.full(6, 1 / 6)))


def test_poses_are_rotations_and_spin_is_their_derivative():
    for direction in (*sphere_points(5), np.array([0.0, 0.0, -1.0])):
        pose = pointing(direction, 1.0)
        R = rotation(pose)
        # R holds products of two normalised numbers, wrong by six roundings each, then a product, a sum, a difference;
        # the direction has a length of its own, to three; R Rᵀ has twice the error of R and three roundings more, times
        # Σ_k |R_ik R_jk| ≤ 1
        np.testing.assert_allclose(axis(pose), direction, atol=18 * 2.0**-53)
        np.testing.assert_allclose(R @ R.T, np.eye(3), atol=33 * 2.0**-53)
        turn, step = np.array([0.3, -0.7]), 1e-7
        later = rotation(np.append(pose[0], pose[1:] + step * spin(pose, turn)))
        u = np.append(turn, 0.0)
        expected = np.outer(R @ u, [0, 0, 1.0]) - np.outer(R @ [0, 0, 1.0], u)
        np.testing.assert_allclose((later - R) / step, expected, atol=1e-6)
