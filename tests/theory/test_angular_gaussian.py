"""Angular central Gaussian densities under linear attention, against tokens that move and closed forms."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from kinetic.errors import DomainError
from kinetic.theory import angular_gaussian as theory


def test_second_moments_on_the_circle_are_the_roots():
    for s in ([3.0, 0.5], [1.0, 1.0], [1e10, 1.0]):
        root = np.sqrt(s)
        np.testing.assert_allclose(theory.second_moments(s), root / root.sum(), rtol=1e-13)


@pytest.mark.parametrize("d", [2, 3, 8, 512, 4096])
def test_second_moments_add_up_to_one(d):
    for ratio in (1e-6, 0.3, 1.0, 50.0, 1e8):
        assert theory.second_moments([ratio, 1.0], [1, d - 1]) @ [1, d - 1] == pytest.approx(1.0, rel=1e-12)


@pytest.mark.parametrize("d", [2, 3])
def test_tokens_under_random_heads_keep_the_predicted_second_moments(d):
    # equispaced directions (d = 2), a product rule (d = 3): exact moments of the uniform density; tokens then move
    rng = np.random.default_rng(d)
    heads = [tuple(rng.normal(size=(3, d, d)) / d) for _ in range(2)]
    if d == 2:
        angle = 2 * np.pi * np.arange(400) / 400
        points, masses = np.stack([np.cos(angle), np.sin(angle)], axis=1), np.full(400, 1 / 400)
    else:
        z, weight = np.polynomial.legendre.leggauss(40)
        angle, s = 2 * np.pi * np.arange(80) / 80, np.sqrt(1 - z**2)
        points = np.stack([np.outer(s, np.cos(angle)), np.outer(s, np.sin(angle)), np.outer(z, np.ones(80))], -1)
        points, masses = points.reshape(-1, 3), np.repeat(weight / 160, 80)

    def rate(_, flat):
        x = flat.reshape(-1, d)
        moments = (x * masses[:, None]).T @ x
        pull = sum(x @ (v @ moments @ k.T @ q).T for q, k, v in heads)
        return (pull - np.sum(pull * x, axis=1, keepdims=True) * x).ravel()

    times = [0.0, 1.0, 2.0]
    moved = solve_ivp(rate, (0, 2), points.ravel(), "DOP853", times, rtol=1e-12, atol=1e-12).y.T
    for flat, sigma in zip(moved, theory.covariances(np.eye(d), heads, times), strict=True):
        x = flat.reshape(-1, d)
        values, vectors = np.linalg.eigh(sigma)
        exact = (vectors * theory.second_moments(values)) @ vectors.T
        np.testing.assert_allclose((x * masses[:, None]).T @ x, exact, atol=1e-9)


def test_a_rotation_turns_the_second_harmonic_and_keeps_its_size():
    turn = np.array([[0.0, -1.0], [1.0, 0.0]])
    found = theory.covariances(np.diag([2.0, 1.0]), [(np.eye(2), np.eye(2), turn)], np.linspace(0, 10, 5))
    for sigma in found:
        s = theory.second_moments(np.linalg.eigvalsh(sigma))
        assert s[1] - s[0] == pytest.approx((np.sqrt(2) - 1) / (np.sqrt(2) + 1), rel=1e-10)


def test_opposite_values_collapse_a_density_off_the_axes():
    value, swap = np.diag([1.0, -1.0]), np.array([[0.0, 1.0], [-1.0, 0.0]])
    found = theory.covariances(np.diag([2.0, 1.0]), [(swap, np.eye(2), value)], [0.0, 12.0])
    s = theory.second_moments(np.linalg.eigvalsh(found[-1]))
    assert s[1] - s[0] > 0.99


@pytest.mark.parametrize("d", [2, 3, 8, 512])
def test_an_axis_is_a_special_case(d):
    times = np.array([0.0, 0.7, 2.0])
    ratios = theory.ratio_trajectory(d, 3.0, 1.5, times)
    if d <= 8:
        start = np.diag([3.0] + [1.0] * (d - 1))
        found = theory.covariances(start, [(1.5 * np.eye(d), np.eye(d), np.eye(d))], times)
        np.testing.assert_allclose(found[:, 0, 0] / found[:, 1, 1], ratios, rtol=1e-9)
        x = np.stack([[0.6, *([0.8 / np.sqrt(d - 1)] * (d - 1))], [0.0, *([1 / np.sqrt(d - 1)] * (d - 1))]])
        exact = theory.log_density(x, found[-1])
        np.testing.assert_allclose(theory.axisymmetric_log_density(x[:, 0], d, float(ratios[-1])), exact, atol=1e-8)
    assert np.all(np.diff(ratios) > 0)


def test_a_variance_that_is_not_positive_is_refused():
    with pytest.raises(DomainError, match="variances"):
        theory.second_moments([1.0, 0.0])
