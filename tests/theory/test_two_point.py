"""Two tokens in common noise: averages over environments against products of matrices, exact solutions and limits."""

import numpy as np
import pytest

from kinetic.theory import common_noise, two_point
from kinetic.theory.bessel import gegenbauer

U = np.array([-1.0, -0.7, 0.0, 0.3, 0.9, 1.0])


@pytest.mark.parametrize("covariance", [(0.3, 0.2, 0.5), (0.0, 1.0)])
def test_the_rate_of_an_average_is_the_generator_at_work(covariance):
    h = 1e-5
    for d in (2, 3, 7):
        averages = two_point.pair_average(np.exp, covariance, d, U, [0.0, h])
        kappa = np.polynomial.polynomial.polyval(U, covariance)
        drift = (d - 2 + U * U) * kappa - (d - 1) * U
        spread = (1 - U * U) * (1.0 - U * kappa)
        assert np.allclose(averages[0], np.exp(U), rtol=0, atol=1e-9)
        assert np.allclose((averages[1] - averages[0]) / h, (drift + spread) * np.exp(U), rtol=0, atol=1e-3)


def test_products_of_matrices_have_these_averages():
    rng, count, h, end, d = np.random.default_rng(2), 6000, 0.02, 0.4, 3
    pair = np.tile(np.array([[1.0, 0.0, 0.0], [0.6, 0.8, 0.0]]).T, (count, 1, 1))
    for _ in range(round(end / h)):
        step = np.sqrt(h) * rng.standard_normal((count, d, d))
        pair = pair + step @ pair + 0.5 * step @ (step @ pair)
    pair /= np.linalg.norm(pair, axis=1)[:, None]
    found = np.exp(np.vecdot(pair[:, :, 0], pair[:, :, 1]))
    ((expected,),) = two_point.pair_average(np.exp, (0.0, 1.0), d, [0.6], [end])
    # sampling, and a weak error of order h
    assert found.mean() == pytest.approx(expected, abs=4 * found.std() / np.sqrt(count) + 0.5 * h)
    # control: tokens with a noise of their own
    ((other,),) = two_point.independent_average(np.exp, 1.0, d, [0.6], [end])
    assert abs(found.mean() - other) > 20 * found.std() / np.sqrt(count)


@pytest.mark.parametrize("d", [2, 3, 6])
def test_independent_tokens_lose_every_degree_at_its_rate(d):
    for degree in (1, 4):
        found = two_point.independent_average(lambda u, l=degree: gegenbauer(l, d, u)[l], 0.7, d, U, [0.0, 0.5])
        decay = np.exp(-0.7 * degree * (degree + d - 2) * 0.5)
        assert np.allclose(found[1], decay * gegenbauer(degree, d, U)[degree], rtol=0, atol=1e-12)


def test_pairs_in_a_constant_field_keep_the_average_of_their_distance():
    # κ = 1: random boosts, for which λ̄ = −(d − 3): with d = 3, E(1 − u) of close pairs stays
    ((found,),) = two_point.pair_average(lambda u: 1.0 - u, (1.0,), 3, [1.0 - 1e-6], [0.5])
    assert found == pytest.approx(1e-6, rel=1e-4)
    assert common_noise.lyapunov_exponent(3, 1.0, 0.0) == -1.0


@pytest.mark.parametrize(("d", "beta"), [(2, 0.5), (3, 1.5), (8, 1.2), (8, 1.3), (4, 0.65), (4, 0.67)])
def test_antipodal_pairs_attract_above_a_threshold(d, beta):
    w = 1e-6
    drift, spread = two_point.values_motion(w - 1.0, d, beta)
    exponent = two_point.antipodal_exponent(d, beta)
    assert drift / w - spread / w**2 == pytest.approx(exponent, abs=1e-5)
    assert (exponent < 0) == (np.cosh(beta) ** 2 > (d - 1) / 2)


def test_far_above_the_threshold_many_pairs_end_antipodal_and_below_none():
    # d = 8, β_c = 1.2389: P(antipodal) by the average of w far into the run; the boundary values are kept
    def near(u):
        return 0.5 * (1.0 - u)

    for beta, low, high in ((0.8, 0.0, 0.02), (3.0, 0.15, 0.25)):
        ((found,),) = two_point.values_average(near, beta, 8, [0.0], [20.0])
        assert low <= found <= high
