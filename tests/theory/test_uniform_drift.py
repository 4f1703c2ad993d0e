import numpy as np
import pytest

from kinetic.errors import DomainError
from kinetic.theory.uniform_drift import uniform_drift, uniform_moment_rate


def quadrature(d: int) -> tuple[np.ndarray, np.ndarray]:
    """Product rule of the uniform measure on the circle or the sphere, exact far beyond the kernel's degree."""
    azimuth = 2 * np.pi * np.arange(64) / 64
    if d == 2:
        return np.stack([np.cos(azimuth), np.sin(azimuth)], axis=1), np.full(64, 1 / 64)
    t, weights = np.polynomial.legendre.leggauss(40)
    s = np.sqrt(1 - t**2)
    points = np.stack([np.outer(s, np.cos(azimuth)), np.outer(s, np.sin(azimuth)), np.outer(t, np.ones(64))], axis=-1)
    return points.reshape(-1, 3), np.repeat(weights / 2 / 64, 64)


@pytest.mark.parametrize("d", [2, 3])
@pytest.mark.parametrize("normalization", ["softmax", "none"])
@pytest.mark.parametrize("beta", [-1.5, 0.0, 1e-9, 2.0])
def test_the_drift_of_general_matrices_is_the_quadrature_of_attention(d: int, normalization: str, beta: float) -> None:
    rng = np.random.default_rng(5)
    Q, K, V = rng.normal(size=(3, d, d))
    x = rng.normal(size=(6, d))
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    y, weights = quadrature(d)
    kernel = np.exp(beta * (x @ Q.T) @ (y @ K.T).T) * weights
    moment = kernel @ y @ V.T
    if normalization == "softmax":
        moment /= np.sum(kernel, axis=1, keepdims=True)
    expected = moment - np.sum(moment * x, axis=1, keepdims=True) * x
    drift = uniform_drift(x, Q, K, V, beta, normalization)
    assert np.allclose(drift, expected, rtol=0.0, atol=1e-13 * np.max(kernel / weights))


def test_the_drift_vanishes_for_the_identity_head() -> None:
    x = np.eye(4)
    assert np.allclose(uniform_drift(x, np.eye(4), np.eye(4), np.eye(4), 3.0, "softmax"), 0.0, atol=1e-16)


def test_a_query_that_annihilates_a_point_leaves_it_at_rest() -> None:
    Q = np.diag([0.0, 1.0])
    assert np.all(uniform_drift([[1.0, 0.0]], Q, np.eye(2), np.ones((2, 2)), 2.0, "softmax") == 0.0)


def test_matrices_of_another_dimension_are_refused() -> None:
    with pytest.raises(DomainError, match="dimension 3"):
        uniform_drift(np.eye(3), np.eye(2), np.eye(3), np.eye(3), 1.0, "none")


@pytest.mark.parametrize("d", [2, 3])
@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_moments_begin_to_change_as_those_of_many_tokens_that_take_a_small_step(d: int, order: int) -> None:
    rng = np.random.default_rng(7 * d)
    heads = [(beta, *0.8 * rng.normal(size=(3, d, d))) for beta in (1.2, -0.6)]
    points, masses = quadrature(d)
    step = 1e-5
    moments = []
    for sign in (1.0, -1.0):
        x = points + sign * step * sum(uniform_drift(points, q, k, v, beta, "softmax") for beta, q, k, v in heads)
        x /= np.linalg.norm(x, axis=1, keepdims=True)
        tensor = masses
        for _ in range(order):
            tensor = tensor[..., None] * x.reshape(-1, *[1] * (tensor.ndim - 1), d)
        moments.append(tensor.sum(axis=0))
    found = uniform_moment_rate(order, heads, d, "softmax")
    # central differences: step² times a third derivative, and the quadrature of 64 nodes
    assert found == pytest.approx((moments[0] - moments[1]) / (2 * step), abs=1e-8)
    assert (np.abs(found).max() > 1e-2) == (order % 2 == 0)


def test_moments_of_no_order_or_in_high_dimension_are_refused() -> None:
    one = [(1.0, np.eye(4), np.eye(4), np.eye(4))]
    with pytest.raises(DomainError, match="d = 2 or 3"):
        uniform_moment_rate(2, one, 4, "softmax")
    with pytest.raises(DomainError, match="order ≥ 1"):
        uniform_moment_rate(0, one, 2, "softmax")


def test_heads_too_anisotropic_for_the_quadrature_are_refused() -> None:
    thin = [(1e6, np.diag([1.0, 1e-6]), np.eye(2), np.diag([1.0, 0.3]))]
    with pytest.raises(DomainError):
        uniform_moment_rate(2, thin, 2, "softmax")
