import math

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from kinetic.errors import DomainError
from kinetic.theory.circle_distance import wasserstein, wasserstein_of_atoms


def matched(first: np.ndarray, second: np.ndarray) -> float:
    """Return W₁ of equal masses as an assignment problem on geodesic distances."""
    gaps = np.abs(np.mod(first[:, None] - second[None, :] + math.pi, 2 * math.pi) - math.pi)
    rows, columns = linear_sum_assignment(gaps)
    return float(np.mean(gaps[rows, columns]))


def test_the_distance_of_atoms_is_the_optimal_assignment() -> None:
    rng = np.random.default_rng(6)
    for _ in range(5):
        first, second = rng.uniform(-5, 9, size=(2, 17))
        equal = np.ones(17)
        assert wasserstein_of_atoms(first, equal, second, equal) == pytest.approx(matched(first, second), abs=1e-13)


def test_opposite_atoms_are_half_a_turn_apart_and_masses_count() -> None:
    assert wasserstein_of_atoms([0.2], [1.0], [0.2 + math.pi], [3.0]) == pytest.approx(math.pi)
    assert wasserstein_of_atoms([0.0, 1.0], [1.0, 3.0], [6.0], [1.0]) == pytest.approx(
        0.25 * (2 * math.pi - 6.0) + 0.75 * (1.0 + 2 * math.pi - 6.0)
    )


def test_the_short_way_round_is_taken() -> None:
    # A density and its rotation by a half: F − G has a mean, which transport the other way round would pay.
    angles = 2 * np.pi * (np.arange(4000) + 0.5) / 4000
    density = 1 + 0.5 * np.cos(angles)
    turned = 1 + 0.5 * np.cos(angles - math.pi)
    exact = wasserstein_of_atoms(angles, density, angles, turned)
    difference = (np.sin(angles) / (2 * math.pi)) * 1.0 + 0.3  # any constant may be added
    assert wasserstein(angles, difference) == pytest.approx(exact, rel=1e-5)
    assert exact == pytest.approx(2 / math.pi, rel=1e-5)  # ∫|sin θ|/(2π) dθ


def test_angles_out_of_order_are_refused() -> None:
    with pytest.raises(DomainError, match="increase"):
        wasserstein([0.0, 2.0, 1.0], [0.0, 0.0, 0.0])
