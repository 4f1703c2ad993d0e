"""Special functions against exact arithmetic, scipy where scipy is right, and the identities that define them."""

from decimal import Decimal, localcontext
from fractions import Fraction
from math import comb, lgamma, log

import numpy as np
import pytest
from scipy.special import eval_chebyt, eval_legendre, ive, roots_gegenbauer

from kinetic.errors import DomainError
from kinetic.special import (
    bessel_quotients,
    gauss_gegenbauer,
    gegenbauer,
    gegenbauer_mercator,
    gegenbauer_moments,
    jacobi_coefficients,
    laplace_eigenvalues,
    log_harmonic_dimensions,
    log_hypergeometric_0f1,
)

EPS = np.finfo(float).eps
DIMENSIONS = (2, 3, 4, 8, 64, 512, 4096)


def dimension_of_harmonics(l, d):
    """N_l, exactly: polynomials of degree l less those of degree l − 2."""
    return comb(l + d - 1, d - 1) - (comb(l + d - 3, d - 1) if l >= 2 else 0)


@pytest.mark.parametrize("d", DIMENSIONS)
def test_dimensions_of_harmonics_are_the_exact_integers(d):
    logs = log_harmonic_dimensions(200, d)
    exact = np.array([log(dimension_of_harmonics(l, d)) for l in range(201)])
    # 200 logarithms are added, each rounded relative to the sum so far
    np.testing.assert_allclose(logs, exact, rtol=0, atol=200 * EPS * max(1.0, exact[-1]) / 8)


@pytest.mark.parametrize("d", DIMENSIONS)
@pytest.mark.parametrize("degree", [0, 1, 2])
def test_short_tables_are_short(d, degree):
    assert log_harmonic_dimensions(degree, d).shape == (degree + 1,)
    assert gegenbauer(degree, d, [0.5]).shape == (degree + 1, 1)
    assert laplace_eigenvalues(degree, d).shape == (degree + 1,)


@pytest.mark.parametrize("d", DIMENSIONS)
def test_recurrence_coefficients_are_probabilities(d):
    alpha, gamma = jacobi_coefficients(50, d)
    np.testing.assert_allclose(alpha + gamma, 1.0, rtol=EPS)
    assert alpha[0] == 1.0
    assert gamma[0] == 0.0
    assert np.all(alpha > 0)
    assert np.all(gamma >= 0)


def exact_gegenbauer(degree, d, t):
    """P_0 … P_degree at a rational t, in rational arithmetic."""
    values = [Fraction(1), t]
    for l in range(1, degree):
        values.append(((2 * l + d - 2) * t * values[l] - l * values[l - 1]) / (l + d - 2))
    return values[: degree + 1]


@pytest.mark.parametrize("d", DIMENSIONS)
@pytest.mark.parametrize("t", [0.0, 0.5, -0.75, 1 - 2.0**-30, -1 + 2.0**-30, 1.0, -1.0])
def test_gegenbauer_polynomials_are_those_of_rational_arithmetic(d, t):
    exact = np.array([float(p) for p in exact_gegenbauer(60, d, Fraction(t))])
    np.testing.assert_allclose(gegenbauer(60, d, t), exact, rtol=0, atol=60 * EPS)


def test_gegenbauer_is_chebyshev_and_legendre():
    t = np.linspace(-1, 1, 41)
    for l in range(30):
        np.testing.assert_allclose(gegenbauer(30, 2, t)[l], eval_chebyt(l, t), atol=1e-13)
        np.testing.assert_allclose(gegenbauer(30, 3, t)[l], eval_legendre(l, t), atol=1e-13)


@pytest.mark.parametrize("d", [2, 3, 64])
@pytest.mark.parametrize("y", [-40.0, -12.0, -3.0, 0.0, 5.0, 18.0])
def test_mercator_argument_is_accurate_at_the_poles(d, y):
    degree = 400
    values = gegenbauer_mercator(degree, d, y)
    # |y| large: 1 − |P_l| = l(l+d−2)/(d−1)·(1 − |t|), next order its square
    versine = 2.0 / (1.0 + np.exp(2 * abs(y)))
    slope = laplace_eigenvalues(degree, d) / (d - 1) * versine
    sign = np.where((np.arange(degree + 1) % 2 == 1) & (y > 0), -1.0, 1.0)
    mild = slope < 1e-6
    np.testing.assert_allclose(values[mild], (sign * (1 - slope))[mild], rtol=0, atol=1e-12 + 4 * EPS)
    np.testing.assert_allclose(values[:60], gegenbauer(60, d, -np.tanh(y))[:60], atol=60**2 * EPS)


@pytest.mark.parametrize("d", DIMENSIONS)
@pytest.mark.parametrize("count", [1, 2, 7, 40])
def test_gauss_rule_integrates_powers_exactly(d, count):
    nodes, weights = gauss_gegenbauer(count, d)
    assert np.all(weights >= 0)
    assert weights.sum() == pytest.approx(1.0, abs=4 * EPS)
    for k in range(2 * count):
        # ∫ t^{2j} dσ = Π_{i<j} (2i+1)/(d+2i)
        exact = 0.0 if k % 2 else float(np.prod([(2 * i + 1) / (d + 2 * i) for i in range(k // 2)]))
        # relative for even powers: all terms are positive, the node is off by ε/t relatively
        assert weights @ nodes**k == pytest.approx(exact, rel=1e-12 + 40 * k * EPS, abs=EPS if k % 2 else 0.0)
    # degree 2·count is beyond it: P_count² is positive and vanishes at every node
    assert weights @ gegenbauer(count, d, nodes)[count] ** 2 < 1e-6 / dimension_of_harmonics(count, d)


@pytest.mark.parametrize("d", [3, 8, 64])
def test_gauss_rule_is_that_of_scipy(d):
    nodes, weights = gauss_gegenbauer(20, d)
    expected_nodes, expected = roots_gegenbauer(20, d / 2 - 1)
    np.testing.assert_allclose(nodes, expected_nodes, atol=1e-14)
    np.testing.assert_allclose(weights, expected / expected.sum(), rtol=1e-9)


def test_far_weights_of_high_dimension_keep_their_relative_accuracy():
    d, count = 512, 30
    nodes, weights = gauss_gegenbauer(count, d)
    exact = []
    for t in nodes:
        values = exact_gegenbauer(count - 1, d, Fraction(float(t)))
        exact.append(float(1 / sum(dimension_of_harmonics(l, d) * p * p for l, p in enumerate(values))))
    # nodes are known to ε: dln w/dt is about d t, and the sum of the weights is one
    np.testing.assert_allclose(weights, exact, rtol=1e-10)
    assert weights.min() < 1e-15


@pytest.mark.parametrize("x", [1e-8, 0.1, 1.0, 20.0, 100.0, -20.0, 700.0])
@pytest.mark.parametrize("nu", [0.0, 0.5, 1.0, 3.0, 31.0])
def test_bessel_quotients_are_those_of_scipy(nu, x):
    l = np.arange(20)
    size = abs(x)
    with np.errstate(invalid="ignore", divide="ignore"):
        expected = ive(nu + l + 1, size) / (size * ive(nu + l, size))
    usable = np.isfinite(expected) & (ive(nu + l + 1, size) > 1e-290)
    assert usable[:5].all() or nu == 31.0
    # scipy promises 1e-13 or so for its Bessel functions
    np.testing.assert_allclose(bessel_quotients(20, nu, x)[usable], expected[usable], rtol=5e-13)


@pytest.mark.parametrize("nu", [0.0, 0.5, 31.0, 255.0, 2047.0])
@pytest.mark.parametrize("x", [0.0, 1e-3, 1.0, 30.0, 1000.0])
def test_bessel_quotients_satisfy_their_recurrence(nu, x):
    q = bessel_quotients(60, nu, x)
    l = np.arange(1, 60)
    # I_{n−1} − I_{n+1} = (2n/x) I_n
    np.testing.assert_allclose(q[:-1] * (2 * (nu + l) + x * x * q[1:]), 1.0, rtol=8 * EPS)
    assert np.all(q > 0)
    # Amos' bounds x/(n + ½ + √((n + 3/2)² + x²)) ≤ I_{n+1}/I_n ≤ x/(n + √((n + 2)² + x²)) anchor the recurrence
    n = nu + np.arange(60)
    assert np.all(1 / (n + 0.5 + np.hypot(n + 1.5, x)) <= q * (1 + 8 * EPS))
    assert np.all(q <= 1 / (n + np.hypot(n + 2, x)) * (1 + 8 * EPS))


def exact_0f1(a, x):
    """₀F₁ in decimal arithmetic of 60 digits."""
    with localcontext(prec=60):
        term = total = Decimal(1)
        for k in range(1, 400):
            term *= x / (k * (a + k - 1))
            total += term
        return total


@pytest.mark.parametrize("a", [1.0, 1.5, 4.0, 32.0, 2048.0])
@pytest.mark.parametrize("x", [0.0, 0.001, 1.0, 100.0, 2500.0])
def test_log_hypergeometric_is_that_of_rational_arithmetic(a, x):
    exact = exact_0f1(Decimal(a), Decimal(x))
    value = log(float(exact)) if exact > 2 else np.log1p(float(exact - 1))
    # ₀F₁ has the relative accuracy √k ε, k < 160 here; its logarithm therefore that absolute one
    assert log_hypergeometric_0f1(a, x) == pytest.approx(value, rel=2 * EPS, abs=13 * EPS)


def test_log_hypergeometric_does_not_overflow():
    # I_0(x) = ₀F₁(; 1; x²/4) ~ e^x
    assert log_hypergeometric_0f1(1.0, 2.5e7) == pytest.approx(1e4 + np.log(ive(0, 1e4)), rel=1e-14)
    # a large: ₀F₁(; a; x) → e^{x/a}(1 − x²/(2a³) …)
    assert log_hypergeometric_0f1(1e6, 1.0) == pytest.approx(1e-6, rel=1e-9)


@pytest.mark.parametrize(("a", "x"), [(0.0, 1.0), (-1.0, 1.0), (1.0, -1.0)])
def test_arguments_outside_the_domain_are_refused(a, x):
    with pytest.raises(DomainError, match="0F1"):
        log_hypergeometric_0f1(a, x)


def test_negative_orders_are_refused():
    with pytest.raises(DomainError, match="order"):
        bessel_quotients(3, -0.5, 1.0)


def test_gamma_identity_of_the_dimensions():
    # N_l = (2l+d−2) Γ(l+d−2)/(Γ(d−1) l!) for d ≥ 3: an independent form
    d, l = 8, 12
    value = log(2 * l + d - 2) + lgamma(l + d - 2) - lgamma(d - 1) - lgamma(l + 1)
    assert log_harmonic_dimensions(l, d)[l] == pytest.approx(value, rel=1e-13)


@pytest.mark.parametrize(("degree", "dimension", "count"), [(0, 3, 5), (1, 2, 1), (40, 2, 50), (25, 64, 20000)])
def test_moments_need_no_table_of_polynomials(degree: int, dimension: int, count: int) -> None:
    rng = np.random.default_rng(count)
    y, weights = 3.0 * rng.standard_normal(count), rng.random(count) / count
    expected = gegenbauer_mercator(degree, dimension, y) @ weights
    # sums of numbers of size 1/n in another order
    assert np.allclose(gegenbauer_moments(degree, dimension, y, weights), expected, rtol=0.0, atol=1e-14)
