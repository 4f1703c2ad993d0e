import math

import numpy as np
import pytest
from theory.token_flow import output, project

from kinetic.theory import spectral_selection

STEP = 1e-6


def turned(angle: float, start: float) -> np.ndarray:
    """Return the point of the circle at `start` + `angle`."""
    return np.array([math.cos(start + angle), math.sin(start + angle)])


def jacobian(
    values: tuple[float, float], beta: float, masses: list[float], normalization: str, poles: list[float]
) -> np.ndarray:
    """Return ∂(tangential velocity)/∂(tangential displacement) of tokens at the poles, A = diag(values)."""
    matrix = np.diag(values)
    heads = [(beta, np.eye(2), matrix, matrix)]

    def speed(shift: np.ndarray) -> np.ndarray:
        x = np.array([turned(s, pole) for s, pole in zip(shift, poles, strict=True)])
        velocity = project(x, output(x, x, np.array(masses), heads, normalization))
        return velocity[:, 1] * x[:, 0] - velocity[:, 0] * x[:, 1]

    columns = [(speed(STEP * unit) - speed(-STEP * unit)) / (2 * STEP) for unit in np.eye(len(poles))]
    return np.array(columns).T


@pytest.mark.parametrize(("eigenvalue", "others"), [(1.0, 0.4), (-0.8, -1.3), (0.7, 1.1), (-1.0, 0.3)])
@pytest.mark.parametrize("ratio", [1.0, 2.5, 0.3])
def test_the_rates_of_the_sign_split_are_those_of_tokens(eigenvalue: float, others: float, ratio: float) -> None:
    beta = 1.3
    masses = [ratio / (1 + ratio), 1 / (1 + ratio), 0.0, 0.0]
    matrix = jacobian((eigenvalue, others), beta, masses, "softmax", [0.0, math.pi, 0.0, math.pi])
    # Central differences: error of order STEP² and of rounding over STEP.
    assert np.diag(matrix)[2:] == pytest.approx(
        spectral_selection.split_spread_rates(eigenvalue, beta, ratio), abs=1e-8
    )


def test_equal_masses_have_closed_forms() -> None:
    T = math.tanh(2.0 * 0.6)
    assert spectral_selection.split_spread_rates(0.6, 2.0) == pytest.approx((-0.6 * T, -0.6 * T))
    means = np.linalg.eigvals(spectral_selection.split_mean_matrix(0.6, 0.2, 2.0))
    assert sorted(means.real) == pytest.approx(sorted([0.2 - 0.6 * T, -0.4 * T]))


@pytest.mark.parametrize("ratio", [1.0, 1.5, 0.4])
def test_the_matrix_of_the_means_is_the_jacobian_of_the_tokens(ratio: float) -> None:
    values, beta = (-0.8, 0.5), 1.3
    masses = [ratio / (1 + ratio), 1 / (1 + ratio)]
    measured = jacobian(values, beta, masses, "softmax", [0.0, math.pi])
    # angles increase along e_k at the pole and against it at its opposite
    signs = np.diag([1.0, -1.0])
    predicted = spectral_selection.split_mean_matrix(values[0], values[1], beta, ratio)
    assert signs @ measured @ signs == pytest.approx(predicted, abs=1e-6)
