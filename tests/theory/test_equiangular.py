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
    assert np.ptp(pairs) < 1e-10
    assert equiangular.time_to_overlap(rho0, pairs[0], beta, normalization, n) == pytest.approx(1.5, abs=1e-9)


def test_two_tokens_without_temperature_follow_the_hyperbolic_tangent() -> None:
    for time in (1e-3, 0.5, 3.0, 10.0):
        found = equiangular.time_to_overlap(0.0, math.tanh(time), 0.0, "softmax", 2)
        assert found == pytest.approx(time, rel=max(1e-10, 1e-16 / (1.0 - math.tanh(time))))


def test_infinitely_many_tokens_follow_the_logistic_curve_at_every_temperature() -> None:
    odds = 0.1 / 0.9 * math.exp(2.0 * 3.0)
    for beta in (0.0, 3.0):
        found = equiangular.time_to_overlap(0.1, odds / (1.0 + odds), beta, "softmax", math.inf)
        assert found == pytest.approx(3.0, rel=1e-10)


def test_many_tokens_approach_infinitely_many() -> None:
    for normalization in ("softmax", "none"):
        limit, *finite = (
            equiangular.time_to_overlap(0.2, 0.6, 1.0, normalization, n) for n in (math.inf, 10**4, 10**5)
        )
        gaps = [abs(time - limit) for time in finite]
        assert gaps[0] / gaps[1] == pytest.approx(10.0, rel=1e-3)  # the difference is O(1/n)


@pytest.mark.parametrize(
    ("n", "normalization", "beta", "expected"),
    [(32, "softmax", 0, 5.186), (32, "softmax", 9, 178.7), (32, "none", 9, 0.6860), (128, "softmax", 7, 17.35)],
)
def test_the_time_to_cluster_has_its_tabulated_values(n: int, normalization: str, beta: float, expected: float) -> None:
    time = equiangular.time_to_overlap(0.0, 0.999, beta, normalization, n)
    assert time == pytest.approx(expected, rel=5e-4)


def test_large_temperatures_do_not_overflow() -> None:
    # ρ′(0) = 2/n, and ρ′ grows like e^{βρ}: the passage comes at t ≈ n/(2β) = 0.16
    assert 0.1 < equiangular.time_to_overlap(0.0, 0.999, 100.0, "none", 32) < 0.2
    assert equiangular.time_to_overlap(0.0, 2.0 * math.exp(-100.0), 100.0, "softmax", 32) == pytest.approx(1.0)
    assert math.isfinite(equiangular.time_to_overlap(-0.5, -0.4, 300.0, "softmax", 2))


def test_overlaps_beyond_the_simplex_are_refused() -> None:
    for rho0, n in ((-0.5, 3), (0.0, math.inf), (1.0, 5)):
        with pytest.raises(DomainError, match="rho0"):
            equiangular.time_to_overlap(rho0, 0.9, 1.0, "softmax", n)
    with pytest.raises(DomainError, match="tokens"):
        equiangular.time_to_overlap(0.1, 0.9, 1.0, "softmax", 1)
