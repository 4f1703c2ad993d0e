"""Sums by moments are the sums over pairs, pairs take over where moments carry no digits, and a step is O(N)."""

import tracemalloc

import numpy as np
import pytest

from kinetic.normed import Post
from kinetic.particles import TokenHead, attention
from kinetic.tokens.field import CloudAttention
from kinetic.tokens.model import TokenModel

BOTH = pytest.mark.parametrize("normalization", ["none", "softmax"])
TOLERANCE = 1e-6


def model(dimension, heads, normalization="softmax", context_length=np.inf):
    return TokenModel(dimension, tuple(heads), normalization, context_length, Post(), None, 1.0, 0.0)


def cloud(dimension, count=200, pull=0.7):
    rng = np.random.default_rng(dimension)
    points = rng.normal(size=(count, dimension)) + pull * np.eye(dimension)[0]
    return points / np.linalg.norm(points, axis=1)[:, None], rng.dirichlet(np.ones(count))


def both_ways(given, points, masses):
    fast = CloudAttention(given, masses, TOLERANCE)
    plain = attention(points, masses, given.heads, given.normalization, given.context_length)
    return fast(points), plain, fast


@BOTH
@pytest.mark.parametrize("beta", [-3.0, 0.0, 1e-9, 1.0, 6.0])
@pytest.mark.parametrize("dimension", [2, 3])
def test_moments_are_the_sums_over_pairs(dimension, beta, normalization):
    points, masses = cloud(dimension)
    found, plain, fast = both_ways(model(dimension, [TokenHead(beta)], normalization), points, masses)
    assert not fast.by_pairs
    largest = np.abs(plain).max()
    # the bound that the field gives itself, and the 1e-13 that its transforms are asked for
    np.testing.assert_allclose(found, plain, rtol=0, atol=min(fast.error, 1e-13) * largest)


@BOTH
@pytest.mark.parametrize("dimension", [2, 3])
def test_heads_with_matrices(dimension, normalization):
    rng = np.random.default_rng(1)
    matrices = [rng.normal(size=(dimension, dimension)) for _ in range(3)]
    heads = [TokenHead(0.7, *matrices), TokenHead(-1.0, 0.5, None, 2.0), TokenHead(0.0, matrices[0], None, matrices[1])]
    points, masses = cloud(dimension)
    found, plain, fast = both_ways(model(dimension, heads, normalization), points, masses)
    assert not fast.by_pairs
    np.testing.assert_allclose(found, plain, rtol=0, atol=1e-13 * np.abs(plain).max())


@pytest.mark.parametrize("dimension", [2, 3, 5])
def test_a_finite_context_keeps_a_tokens_attention_to_itself(dimension):
    points, masses = cloud(dimension, 60)
    found, plain, _ = both_ways(model(dimension, [TokenHead(2.0)], context_length=5), points, masses)
    kernel = np.exp(2.0 * points @ points.T) * (0.8 * masses + 0.2 * np.eye(60))
    expected = kernel @ points / kernel.sum(axis=1)[:, None]
    np.testing.assert_allclose(plain, expected, rtol=0, atol=1e-14)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-13)


@pytest.mark.parametrize("dimension", [2, 3])
def test_where_moments_carry_no_digits_pairs_are_added_up(dimension):
    """β = 60 on clouds at both poles of an axis and a token between: Z there is e^{−60} of what it is at the poles."""
    poles = np.repeat([np.eye(dimension)[0], -np.eye(dimension)[0]], 20, axis=0)
    points = np.vstack([poles, np.eye(dimension)[1:2]])
    masses = np.append(np.full(40, (1 - 1e-30) / 40), 1e-30)
    found, plain, fast = both_ways(model(dimension, [TokenHead(60.0)]), points, masses)
    assert fast.by_pairs
    assert fast.moments is not None
    np.testing.assert_array_equal(found, plain)


@pytest.mark.parametrize("dimension", [2, 3])
@pytest.mark.parametrize("beta", [-30.0, 5.0, 12.0, 20.0, 40.0])
def test_what_is_not_by_pairs_is_within_the_tolerance(dimension, beta):
    points, masses = cloud(dimension, pull=2.0)
    found, plain, fast = both_ways(model(dimension, [TokenHead(beta)]), points, masses)
    assert np.abs(found - plain).max() <= fast.error * np.abs(plain).max() <= TOLERANCE * np.abs(plain).max()


def test_a_head_whose_matrix_would_be_too_large_goes_by_pairs():
    head = TokenHead(100.0, [1.0, 0.5, 0.2])
    given = model(3, [head])
    assert CloudAttention(given, np.full(5, 0.2), TOLERANCE).moments is None


@pytest.mark.parametrize("dimension", [2, 3])
def test_twice_the_tokens_are_at_most_twice_the_work(dimension):
    """No array has more than a constant number of entries a token, beside blocks of a fixed size."""

    def peak(count):
        points = np.random.default_rng(0).normal(size=(count, dimension))
        points /= np.linalg.norm(points, axis=1)[:, None]
        given = CloudAttention(model(dimension, [TokenHead(1.0)]), np.full(count, 1 / count), TOLERANCE)
        tracemalloc.start()
        given(points)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    # twelve arrays of d numbers a token are held at once at most
    assert peak(200_000) - peak(100_000) < 12 * dimension * 8 * 100_000
