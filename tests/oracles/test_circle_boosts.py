"""The Möbius maps of the circle against many points, against ninety digits, and against themselves."""

import numpy as np
import pytest

from oracles import moebius, poisson_mixture
from oracles.circle_boosts import Boosts

CENTERS = np.array([[0.5, 0.0], [-0.18, 0.24], [0.0, -0.6]])
WEIGHTS = np.array([0.5, 0.3, 0.2])


def lopsided(angle):
    return 1.0 + 0.5 * np.cos(angle - 0.3) + 0.2 * np.sin(2 * angle) + 0.1 * np.cos(3 * angle)


def poisson(angle):
    x = np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    squares = np.sum(CENTERS**2, axis=1)
    return ((1 - squares) / np.sum((x[..., None, :] - CENTERS) ** 2, axis=-1)) @ WEIGHTS


def test_early_on_many_points_do_the_same():
    times = np.array([0.0, 1.0, 2.5])
    exact = Boosts(lopsided, times)
    angle = 2 * np.pi * np.arange(400) / 400
    points = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    masses = lopsided(angle) / 400
    moved = moebius.solve(points, masses, times)
    for i in range(3):
        images = moved.move(i, points)
        assert exact.order_deficit(i) == pytest.approx(moebius.order_deficit(images, masses), rel=1e-11)
        mean = masses @ images
        np.testing.assert_allclose(exact.mean(i), mean, atol=1e-12)
        away = np.arctan2(images[:, 1], images[:, 0]) - np.arctan2(mean[1], mean[0])
        away -= 2 * np.pi * np.round(away / (2 * np.pi))
        # a sum over 400 points of a function with a kink errs by their spacing squared
        assert exact.w2_to_dirac(i) == pytest.approx(np.sqrt(masses @ away**2), rel=1e-3)


def test_late_the_deficit_is_that_of_ninety_digits():
    times = np.arange(0.0, 71.0, 10.0)
    exact = Boosts(poisson, times)
    for i, (_, mean, deficit) in enumerate(poisson_mixture.trajectory(CENTERS, WEIGHTS, times)):
        assert exact.order_deficit(i) == pytest.approx(deficit, rel=3e-12)  # both march with some 1e-12
        np.testing.assert_allclose(exact.mean(i), mean, atol=1e-12)
    # a Cauchy density about the mean: θ² = π²/3 + 4 Σ (−1)^l cos lθ/l² gives W₂² = 4 ln 2 (1 − R)
    assert exact.w2_to_dirac(-1) ** 2 / exact.order_deficit(-1) == pytest.approx(4 * np.log(2), rel=1e-11)


def test_the_density_has_mass_one_and_the_mean_it_should():
    exact = Boosts(lopsided, [0.0, 3.0])
    angle = 2 * np.pi * np.arange(4000) / 4000
    _, axis, _ = exact.frame(1)
    values = np.exp(exact.log_density(1, angle - np.pi)) / 4000
    assert values.sum() == pytest.approx(1, abs=1e-12)
    mean = np.array([values @ np.cos(axis + angle - np.pi), values @ np.sin(axis + angle - np.pi)])
    np.testing.assert_allclose(mean, exact.mean(1), atol=1e-12)
