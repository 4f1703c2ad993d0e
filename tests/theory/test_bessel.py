import math

import numpy as np
import pytest
from scipy.special import eval_legendre, ive

from kinetic.errors import DomainError
from kinetic.theory import bessel


def rule(d: int) -> tuple[np.ndarray, np.ndarray]:
    """Trapezoidal rule in y, cos θ = −tanh y, under the uniform measure: exponentially convergent at step 0.02."""
    y = np.arange(-2000, 2001) * 0.02
    weights = np.exp(-(d - 1) * np.logaddexp(y, -y))
    return -np.tanh(y), weights / np.sum(weights)


@pytest.mark.parametrize("d", [2, 3, 8, 64])
@pytest.mark.parametrize("beta", [-5.0, -1e-3, 0.5, 20.0, 100.0])
def test_eigenvalues_are_the_funk_hecke_integrals(d: int, beta: float) -> None:
    t, weights = rule(d)
    kernel = weights * np.exp(beta * t)
    integrals = bessel.gegenbauer(30, d, t) @ kernel
    predicted = [bessel.eigenvalue(degree, d, beta) for degree in range(31)]
    # Nodes carry 1e-16 each, which e^{βt} turns into β·1e-16; the recurrence and the series add some fifty roundings.
    assert np.max(np.abs(integrals - predicted)) < (50 + abs(beta)) * 2.3e-16 * np.sum(kernel)


@pytest.mark.parametrize("d", [2, 3, 50, 4096])
@pytest.mark.parametrize("beta", [-5.0, 1e-8, 1.0, 100.0, 600.0])
def test_eigenvalues_obey_the_bessel_recurrence(d: int, beta: float) -> None:
    for degree in range(1, 40):
        low, mid, high = (bessel.eigenvalue_ratio(degree + k, d, beta) for k in (-1, 0, 1))
        residual = low - high - (2.0 * degree + d - 2.0) / beta * mid
        # The series errs by its number of terms (some 2000 at β = 600) times the unit roundoff.
        assert abs(residual) <= 1e-12 * (abs(low) + abs(high)) + 1e-300 / abs(beta)


@pytest.mark.parametrize("d", [2, 3, 17])
def test_ratios_agree_with_scaled_bessel_functions(d: int) -> None:
    for beta in (0.3, 4.0, 90.0):
        for degree in (0, 1, 5, 12):
            nu = d / 2 - 1
            expected = ive(degree + nu, beta) / ive(nu, beta)
            assert bessel.eigenvalue_ratio(degree, d, beta) == pytest.approx(expected, rel=1e-12)


def test_the_limit_of_zero_argument_is_taken_analytically() -> None:
    for d in (2, 3, 4096):
        assert math.exp(bessel.log_eigenvalue_over_argument(1, d, 0.0)) == pytest.approx(1.0 / d, rel=1e-14)
        assert math.exp(bessel.log_eigenvalue_over_argument(1, d, 1e-200)) == pytest.approx(1.0 / d, rel=1e-12)
        assert bessel.eigenvalue(2, d, 0.0) == 0.0
        assert bessel.eigenvalue(0, d, 0.0) == 1.0
        assert bessel.log_eigenvalue_over_argument(2, d, 0.0) == -math.inf
        assert bessel.log_eigenvalue_over_argument(0, d, 0.0) == math.inf


def test_degree_zero_in_dimension_one_is_the_hyperbolic_cosine() -> None:
    assert bessel.eigenvalue(0, 1, 3.0) == pytest.approx(math.cosh(3.0), rel=1e-14)
    assert bessel.mean_length_deficit(1, 30.0) == pytest.approx(2.0 * math.exp(-60.0), rel=1e-14)
    assert bessel.mean_length_deficit(1, -2.0) == pytest.approx(1.0 + math.tanh(2.0), rel=1e-14)


def test_the_mean_length_deficit_is_an_integral_of_one_minus_cosine() -> None:
    for d in (2, 3, 9):
        t, weights = rule(d)
        kernel = weights * np.exp(100.0 * (t - 1.0))
        expected = np.sum(kernel * (1.0 - t)) / np.sum(kernel)
        assert bessel.mean_length_deficit(d, 100.0) == pytest.approx(expected, rel=1e-11)


def test_gegenbauer_polynomials_are_cosines_on_the_circle_and_legendre_on_the_sphere() -> None:
    t = np.linspace(-1.0, 1.0, 41)
    degrees = np.arange(61)[:, None]
    assert np.allclose(bessel.gegenbauer(60, 2, t), np.cos(degrees * np.arccos(t)), rtol=0.0, atol=1e-13)
    assert np.allclose(bessel.gegenbauer(60, 3, t), eval_legendre(degrees, t), rtol=0.0, atol=1e-13)


@pytest.mark.parametrize("d", [2, 5, 64])
def test_gegenbauer_polynomials_are_orthogonal_with_squares_one_over_the_dimension_of_their_degree(d: int) -> None:
    t, weights = rule(d)
    P = bessel.gegenbauer(6, d, t)
    counts = [1, d] + [math.comb(l + d - 1, d - 1) - math.comb(l + d - 3, d - 1) for l in range(2, 7)]
    assert np.allclose((P * weights) @ P.T, np.diag(1.0 / np.array(counts)), rtol=0.0, atol=1e-14)


@pytest.mark.parametrize(
    ("degree", "d", "beta"), [(-1, 3, 1.0), (1.5, 3, 1.0), (1, 0, 1.0), (1, 3, 601.0), (1, 3, math.nan)]
)
def test_arguments_outside_the_domain_are_refused(degree: int, d: int, beta: float) -> None:
    with pytest.raises(DomainError, match="allowed"):
        bessel.eigenvalue(degree, d, beta)


@pytest.mark.parametrize("d", [1, 2, 3, 64, 4096])
def test_many_arguments_give_what_each_gives_alone(d):
    beta = np.array([0.0, 1e-200, -1e-3, 0.7, -30.0, 600.0])
    ratios, logs = bessel.mean_and_partition(d, beta)
    np.testing.assert_allclose(ratios, [bessel.eigenvalue_ratio(1, d, b) for b in beta], rtol=1e-12)
    np.testing.assert_allclose(logs, [bessel.log_eigenvalue(0, d, b) for b in beta], rtol=1e-12)
