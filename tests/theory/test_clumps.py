import math

import numpy as np
import pytest

from kinetic.errors import DomainError
from kinetic.theory import clumps


def jacobian(K: int, beta: float) -> np.ndarray:
    """Return the linearization of K equal masses at regular angles, by central differences of the plain sum."""
    angles, step = 2 * np.pi * np.arange(K) / K, 1e-5

    def velocity(theta: np.ndarray) -> np.ndarray:
        gap = theta[:, None] - theta[None, :]
        return -np.mean(np.exp(beta * np.cos(gap)) * np.sin(gap), axis=1)

    return np.stack(
        [(velocity(angles + step * e) - velocity(angles - step * e)) / (2 * step) for e in np.eye(K)], axis=1
    )


@pytest.mark.parametrize("K", [2, 3, 5])
@pytest.mark.parametrize("beta", [-1.0, 0.0, 2.0])
def test_modes_of_equal_clumps_grow_at_the_eigenvalues_of_the_sum(K: int, beta: float) -> None:
    eigenvalues = np.sort(np.linalg.eigvals(jacobian(K, beta)).real)
    predicted = np.sort([clumps.growth_rate(k, K, beta) for k in range(K)])
    # Central differences: step² and 1e-16/step, times e^{|β|}.
    assert np.allclose(eigenvalues, predicted, rtol=0.0, atol=1e-8)


def test_two_clumps_part_from_opposition_at_the_escape_rate() -> None:
    assert clumps.growth_rate(1, 2, 1.3) == pytest.approx(math.exp(-1.3), rel=1e-14)


def test_modes_must_be_integers() -> None:
    with pytest.raises(DomainError, match="clumps"):
        clumps.growth_rate(1, 0, 1.0)
