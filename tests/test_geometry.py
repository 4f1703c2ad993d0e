"""Vectors and angles keep their relative accuracy where it is easily lost."""

import numpy as np
import pytest

from kinetic.errors import DomainError
from kinetic.geometry import colatitude_azimuth, from_angles, unit

EPS = np.finfo(float).eps


@pytest.mark.parametrize("vector", [[3.0, 4.0], [1e-300, -1e-300, 0], [1e300, 1e300], [0.0, -2.0], [[1, 2], [3, 4]]])
def test_unit_vectors_have_length_one_whatever_their_size(vector):
    u = unit(vector)
    np.testing.assert_allclose(np.linalg.norm(u, axis=-1), 1.0, rtol=4 * EPS)
    assert np.all(np.sign(u) == np.sign(vector))


@pytest.mark.parametrize("vector", [[0.0, 0.0], [np.nan, 1.0], [np.inf, 1.0], [[1.0, 0.0], [0.0, 0.0]]])
def test_a_vector_without_direction_is_refused(vector):
    with pytest.raises(DomainError, match="direction"):
        unit(vector)


def test_angles_and_points_are_inverse():
    rng = np.random.default_rng(0)
    theta, phi = rng.uniform(0, np.pi, 50), rng.uniform(0, 2 * np.pi, 50)
    points = from_angles(theta, phi)
    back_theta, back_phi = colatitude_azimuth(points)
    np.testing.assert_allclose(back_theta, theta, rtol=1e-14)
    np.testing.assert_allclose(back_phi, phi, rtol=1e-14)
    assert np.all((back_phi >= 0) & (back_phi < 2 * np.pi))


@pytest.mark.parametrize("angle", [1e-3, 1e-8, 1e-12])
def test_small_angles_keep_their_relative_accuracy(angle):
    point = from_angles(angle, 1.0)
    assert colatitude_azimuth(point)[0] == pytest.approx(angle, rel=4 * EPS)
