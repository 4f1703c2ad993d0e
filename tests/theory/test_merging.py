import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from kinetic.errors import DomainError
from kinetic.theory import merging
from kinetic.theory.energy_identity import energy


def angle_rate(angles: np.ndarray, masses: np.ndarray, beta: float, normalization: str) -> np.ndarray:
    """Return θ_i′ of Dirac masses on the circle, by the plain sum."""
    gap = angles[:, None] - angles[None, :]
    kernel = np.exp(beta * np.cos(gap)) * masses
    pull = -np.sum(kernel * np.sin(gap), axis=1)
    return pull if normalization == "none" else pull / np.sum(kernel, axis=1)


@pytest.mark.parametrize("normalization", ["softmax", "none"])
@pytest.mark.parametrize(("m1", "m2"), [(0.5, 0.5), (0.9, 0.1)])
@pytest.mark.parametrize("beta", [-1.0, 0.0, 3.0])
def test_two_masses_approach_as_the_sum_over_them(normalization: str, m1: float, m2: float, beta: float) -> None:
    masses, end = np.array([m1, m2]), 2.0
    path = solve_ivp(
        lambda _, th: angle_rate(th, masses, beta, normalization), (0.0, end), [0.0, 1.9],
        method="DOP853", rtol=1e-12, atol=1e-13,
    )  # fmt: skip
    rho, deficit = merging.cosine_trajectory(math.cos(1.9), [0.0, end], beta, m1, m2, normalization)
    assert rho[-1] == pytest.approx(math.cos(path.y[1, -1] - path.y[0, -1]), abs=1e-11)
    assert rho[0] + deficit[0] == pytest.approx(1.0, abs=1e-15)
    velocity = angle_rate(np.array([0.0, 1.9]), masses, beta, normalization)
    expected = -math.sin(1.9) * (velocity[1] - velocity[0])
    assert merging.cosine_rate(math.cos(1.9), beta, m1, m2, normalization) == pytest.approx(expected, rel=1e-13)


def test_the_energy_climbs_from_plateau_to_plateau() -> None:
    beta, masses = 20.0, np.array([0.2, 0.3, 0.5])
    points, head = np.array([[1.0, 0.0], [-0.6, 0.8], [0.0, -1.0]]), [(beta, np.eye(2))]
    apart = energy(points, masses, head)
    neglected = 3 * 2 * 0.15 * math.exp(beta * 0.0) / (2 * beta)
    assert merging.energy_plateau(masses, beta) == pytest.approx(apart, abs=neglected)
    merged = energy(np.array([points[0], points[0], points[2]]), masses, head)
    others = [2 * 0.3 * 0.5 / (2 * beta) * math.exp(beta * float(points[k] @ points[2])) for k in (0, 1)]
    jump = 0.2 * 0.3 * (math.exp(beta) - math.exp(beta * float(points[0] @ points[1]))) / beta
    assert merged - apart == pytest.approx(jump + others[0] - others[1], rel=1e-12)


def test_large_temperatures_do_not_overflow() -> None:
    _, deficit = merging.cosine_trajectory(0.0, [0.001, 1.0], 100.0, 0.5, 0.5, "none")
    assert 0.998 < deficit[0] < 0.999
    assert deficit[1] == 0.0
    rho, _ = merging.cosine_trajectory(-0.9, [1.0], 600.0, 0.5, 0.5, "softmax")
    assert rho[0] == pytest.approx(-0.9, rel=1e-15)


def test_masses_must_be_positive() -> None:
    with pytest.raises(DomainError, match="masses"):
        merging.cosine_rate(0.0, 1.0, 0.0, 1.0, "softmax")


def test_the_staircase_has_steps_of_known_length():
    """Masses .2, .3, .5 at 0, 1, 2.4 without softmax: mergers at lengths .3464 and 1.2464 but for the third at work."""
    angles, masses, beta = np.array([0.0, 1.0, 2.4]), np.array([0.2, 0.3, 0.5]), 7.0
    first = merging.pair_length(np.cos(1.0), beta, 0.2, 0.3, "none")
    second = merging.pair_length(np.cos(1.8), beta, 0.5, 0.5, "none")
    assert (first, first + second) == pytest.approx((0.3464, 1.2464), abs=5e-5)
    points = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    whole = merging.token_lengths(points, masses, [0.0, 1.0], beta, "none")[-1]
    assert whole == pytest.approx(first + second, rel=0.03)
    pair = merging.token_lengths(points[:2], [0.4, 0.6], [0.0, 400.0], 4.0, "softmax")[-1]
    assert pair == pytest.approx(merging.pair_length(np.cos(1.0), 4.0, 0.4, 0.6, "softmax"), rel=1e-8)
    assert pair > merging.pair_length(np.cos(1.0), 4.0, 0.4, 0.6, "none") * 1.001


def test_tokens_that_have_met_wait_for_others_at_no_cost():
    """Three tokens at β = 9: the first two meet at t ~ 2e3, the others wait until 1e6 and more."""
    angles = np.array([0.0, 1.5, 3.6])
    points = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    order = merging.token_means(points, [0.4, 0.3, 0.3], [0.0, 1e5, 1e9], 9.0, "softmax")
    assert 0.2 < order[1] < 0.9
    assert order[2] == pytest.approx(1.0, abs=1e-12)
