import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from kinetic.errors import DomainError
from kinetic.theory import equiangular


def simulate(rho0: float, end: float, beta: float, normalization: str, n: int) -> np.ndarray:
    """Return the Gram matrix at `end` of n tokens of S^{n−1}, by the plain sum over tokens."""
    start = np.linalg.cholesky(np.full((n, n), rho0) + (1.0 - rho0) * np.eye(n))

    def rate(_: float, flat: np.ndarray) -> np.ndarray:
        x = flat.reshape(n, n)
        kernel = np.exp(beta * x @ x.T)
        kernel /= n if normalization == "none" else np.sum(kernel, axis=1, keepdims=True)
        pull = kernel @ x
        return (pull - np.sum(pull * x, axis=1, keepdims=True) * x).ravel()

    x = solve_ivp(rate, (0.0, end), start.ravel(), method="DOP853", rtol=1e-12, atol=1e-13).y[:, -1].reshape(n, n)
    return x @ x.T


@pytest.mark.parametrize("normalization", ["softmax", "none"])
@pytest.mark.parametrize(("beta", "n", "rho0"), [(0.0, 3, 0.2), (2.0, 5, 0.0), (-1.0, 4, -0.2)])
def test_tokens_at_equal_angles_stay_so_and_follow_one_equation(
    normalization: str, beta: float, n: int, rho0: float
) -> None:
    gram = simulate(rho0, 1.5, beta, normalization, n)
    pairs = gram[np.triu_indices(n, 1)]
    rho, deficit = equiangular.overlap_trajectory(rho0, [1.5], beta, normalization, n)
    assert np.ptp(pairs) < 1e-10
    assert rho[0] == pytest.approx(pairs[0], abs=1e-10)
    assert deficit[0] == pytest.approx(1.0 - pairs[0], abs=1e-10)


def test_two_tokens_without_temperature_follow_the_hyperbolic_tangent() -> None:
    times = np.array([0.0, 1e-3, 0.5, 3.0, 20.0, 60.0])
    rho, deficit = equiangular.overlap_trajectory(0.0, times, 0.0, "softmax", 2)
    assert np.allclose(rho, np.tanh(times), rtol=1e-11, atol=0.0)
    assert np.allclose(deficit, 2.0 / (np.exp(2.0 * times) + 1.0), rtol=1e-11, atol=0.0)


def test_infinitely_many_tokens_follow_the_logistic_curve_at_every_temperature() -> None:
    times = np.array([0.0, 1.0, 30.0])
    odds = 0.1 / 0.9 * np.exp(2.0 * times)
    for beta in (0.0, 3.0):
        rho, deficit = equiangular.overlap_trajectory(0.1, times, beta, "softmax", math.inf)
        assert np.allclose(rho, odds / (1.0 + odds), rtol=1e-12, atol=0.0)
        assert np.allclose(deficit, 1.0 / (1.0 + odds), rtol=1e-12, atol=0.0)


def test_many_tokens_approach_infinitely_many() -> None:
    for normalization in ("softmax", "none"):
        limit, _ = equiangular.overlap_trajectory(0.2, [1.0], 1.0, normalization, math.inf)
        gaps = [
            abs(equiangular.overlap_trajectory(0.2, [1.0], 1.0, normalization, n)[0][0] - limit[0])
            for n in (10**4, 10**5)
        ]
        assert gaps[0] / gaps[1] == pytest.approx(10.0, rel=1e-3)  # the difference is O(1/n)


@pytest.mark.parametrize(
    ("n", "normalization", "beta", "expected"),
    [(32, "softmax", 0, 5.186), (32, "softmax", 9, 178.7), (32, "none", 9, 0.6860), (128, "softmax", 7, 17.35)],
)
def test_the_time_to_cluster_has_its_tabulated_values(n: int, normalization: str, beta: float, expected: float) -> None:
    time = equiangular.time_to_overlap(0.0, 0.999, beta, normalization, n)
    assert time == pytest.approx(expected, rel=5e-4)
    rho, deficit = equiangular.overlap_trajectory(0.0, [time], beta, normalization, n)
    assert deficit[0] == pytest.approx(1e-3, rel=1e-8)
    assert rho[0] == pytest.approx(0.999, rel=1e-10)


def test_large_temperatures_do_not_overflow() -> None:
    rho, deficit = equiangular.overlap_trajectory(0.0, [0.1, 1.0], 100.0, "none", 32)
    assert 0.0 < rho[0] < 0.02  # ρ′(0) = 2/n, and ρ′ grows like e^{βρ}: the passage comes at t ≈ n/(2β) = 0.16
    assert deficit[1] == 0.0
    rho, _ = equiangular.overlap_trajectory(0.0, [1.0], 100.0, "softmax", 32)
    assert rho[0] == pytest.approx(2.0 * math.exp(-100.0), rel=1e-12)
    assert np.isfinite(equiangular.overlap_trajectory(-0.5, [1.0], 600.0, "softmax", 2)[0][0])


def test_overlaps_beyond_the_simplex_are_refused() -> None:
    for rho0, n in ((-0.5, 3), (0.0, math.inf), (1.0, 5)):
        with pytest.raises(DomainError, match="rho0"):
            equiangular.overlap_trajectory(rho0, [1.0], 1.0, "softmax", n)
    with pytest.raises(DomainError, match="tokens"):
        equiangular.overlap_trajectory(0.1, [1.0], 1.0, "softmax", 1)
