import numpy as np
import pytest
from mercator.sphere_runs import mixture, problem

from kinetic.density.common import required
from kinetic.density.tokens import ascending, tensor_moment
from kinetic.errors import DomainError

POINTS = np.array([[1.0, 0.0], [0.0, 1.0], [0.6, 0.8]])
MASSES = np.array([0.5, 0.2, 0.3])


def test_moments_are_sums_of_products():
    assert tensor_moment(POINTS, MASSES, 0) == pytest.approx(1.0)
    assert np.allclose(tensor_moment(POINTS, MASSES, 1), [0.68, 0.44])
    assert np.allclose(tensor_moment(POINTS, MASSES, 2), np.einsum("i,ia,ib->ab", MASSES, POINTS, POINTS))
    third = np.einsum("i,ia,ib,ic->abc", MASSES, POINTS, POINTS, POINTS)
    assert np.allclose(tensor_moment(POINTS, MASSES, 3), third)
    assert tensor_moment(POINTS[:, 0], MASSES, 2) == pytest.approx(0.608)
    with pytest.raises(DomainError, match="order -1"):
        tensor_moment(POINTS, MASSES, -1)


def test_latitudes_ascend_with_their_masses():
    y, masses = ascending(np.array([2.0, -1.0, 0.5]), MASSES)
    assert y.tolist() == [-1.0, 0.5, 2.0]
    assert masses.tolist() == [0.2, 0.3, 0.5]


def test_a_direction_that_is_not_there_is_refused():
    assert required(POINTS[0]) is not None
    with pytest.raises(DomainError, match="mean direction"):
        required(None)


def test_a_density_of_tokens_says_that_it_has_no_coefficients():
    given = problem(1.0, "softmax", mixture(), 1.0)
    with pytest.raises(DomainError, match="not a finite sum of harmonics"):
        _ = given.flow.density(given.state).coefficients
