"""Products of measures and polynomials in moments, against Gauss's rule, whichever way they are computed."""

import numpy as np
import pytest

from kinetic.attention import moments
from kinetic.attention.moments import MomentAttention, Products, ScalarHead
from kinetic.initial import Component, InitialDensity, VonMisesFisher
from kinetic.kernels import ExponentialKernel
from kinetic.spaces.zonal import Zonal
from kinetic.special import gegenbauer, jacobi_coefficients

SIZES = [(5, 2), (5, 5), (12, 3), (40, 16), (40, 1), (7, 0)]


def nodal_product(degree, band, dimension, polynomial, measure):
    """∫ P_l p dμ, l = 0 … L + 1, for a measure on random nodes, and its moments 0 … L + K + 1."""
    nodes, weights = measure
    everything = gegenbauer(degree + band + 1, dimension, nodes)
    return everything[: degree + 2] @ (weights * (polynomial @ everything[: band + 1])), everything @ weights


@pytest.mark.parametrize("dimension", [2, 3, 17, 4096])
@pytest.mark.parametrize(("degree", "band"), SIZES)
@pytest.mark.parametrize("most", [0, 10**9], ids=["recurrence", "bands"])
def test_a_product_has_the_moments_of_the_measure_times_the_polynomial(monkeypatch, dimension, degree, band, most):
    monkeypatch.setattr(moments, "_MOST_BY_BANDS", most)
    random = np.random.default_rng(7)
    measure = random.uniform(-1, 1, 9), random.dirichlet(np.ones(9))
    polynomial = random.standard_normal(band + 1)
    expected, given = nodal_product(degree, band, dimension, polynomial, measure)
    found = Products(degree, band, dimension).apply(polynomial, given[: degree + 1])
    # moments beyond L count as zero: rows that would need them are not those of this measure
    exact = slice(0, degree + 1 - band) if band else slice(0, degree + 1)
    np.testing.assert_allclose(found[exact], expected[exact], atol=1e-14 * np.abs(polynomial).sum())


@pytest.mark.parametrize(("degree", "band"), SIZES)
def test_both_ways_to_multiply_agree_in_every_row(monkeypatch, degree, band):
    random = np.random.default_rng(3)
    polynomial, given = random.standard_normal(band + 1), random.standard_normal(degree + 1)
    results = []
    for most in (0, 10**9):
        monkeypatch.setattr(moments, "_MOST_BY_BANDS", most)
        results.append(Products(degree, band, 5).apply(polynomial, given))
    assert results[0].shape == (degree + 2,)
    # entries are at most one, sums have at most K terms of at most four
    np.testing.assert_allclose(results[0], results[1], atol=1e-14 * np.abs(polynomial).sum())


def test_bands_are_those_of_the_polynomial_of_the_tridiagonal_matrix():
    degree, band, dimension = 9, 4, 6
    size = degree + 1 + band
    alpha, gamma = jacobi_coefficients(size, dimension)
    tridiagonal = np.diag(alpha[: size - 1], 1) + np.diag(gamma[1:size], -1)
    powers = [np.eye(size), tridiagonal]
    for k in range(1, band):
        powers.append((tridiagonal @ powers[k] - gamma[k] * powers[k - 1]) / alpha[k])
    polynomial = np.array([0.3, -1.0, 0.7, 2.0, -0.4])
    whole = np.tensordot(polynomial, powers, 1)
    bands = Products(degree, band, dimension).bands(polynomial)
    for column in range(degree + 1):
        for b in range(2 * band + 1):
            row = column + b - band
            assert bands[b, column] == pytest.approx(whole[row, column] if row >= 0 else 0.0, abs=1e-14)


@pytest.mark.parametrize("dimension", [2, 3, 64])
def test_division_undoes_multiplication_by_the_partition(dimension):
    space = Zonal(48, dimension)
    given = InitialDensity((Component(VonMisesFisher(3.0), 1.0),), 0.3).coefficients(space)
    head = MomentAttention(space, (ScalarHead(ExponentialKernel(2.0, space.dimension)),), "softmax").heads[0]
    partition = head.partition * given[: head.degree + 1]
    back = head.products.apply(partition, head.divide(given, given))
    # within degree L the quotient solves the truncated system exactly
    np.testing.assert_allclose(back[: space.degree + 1], given, atol=1e-13)
