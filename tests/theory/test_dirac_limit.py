import math

import numpy as np
import pytest
from theory.token_flow import output, project

from kinetic.errors import DomainError
from kinetic.theory.antipode_law import cluster_rate, collapse_rate, escape_rate
from kinetic.theory.dirac_limit import dirac_rates, stationary_direction

STEP = 1e-6
E = np.array([0.0, 0.0, 1.0])
TANGENT = np.eye(3)[:, :2]


def linearization(heads: list, normalization: str, pole: np.ndarray, together: bool) -> np.ndarray:
    """Return the Jacobian at the pole of the field of δ_e, the source moving along with the token or not."""

    def field(shift: np.ndarray) -> np.ndarray:
        x = pole + TANGENT @ shift
        x = (x / np.linalg.norm(x))[None, :]
        return TANGENT.T @ project(x, output(x, x if together else E[None, :], np.ones(1), heads, normalization))[0]

    return np.array([(field(STEP * unit) - field(-STEP * unit)) / (2 * STEP) for unit in np.eye(2)]).T


def spectrum(matrix: np.ndarray) -> np.ndarray:
    values = np.linalg.eigvals(matrix)
    return values[np.argsort(-values.real)]


def pinned_heads(normalization: str) -> list:
    """Return two random heads whose values are adjusted so that δ_e is stationary, but each alone is not."""
    rng = np.random.default_rng(11)
    heads = [(beta, *0.6 * rng.normal(size=(3, 3, 3))) for beta in (0.7, -0.4)]
    weights = [1.0 if normalization == "softmax" else math.exp(b * (q @ E) @ (k @ E)) for b, q, k, _ in heads]
    pull = sum(weight * head[3] @ E for weight, head in zip(weights, heads, strict=True))
    value = heads[1][3] - np.outer(pull - (pull @ E) * E, E) / weights[1]
    return [heads[0], (*heads[1][:3], value)]


@pytest.mark.parametrize("normalization", ["softmax", "none"])
def test_rates_of_general_heads_are_the_linearization_of_attention(normalization: str) -> None:
    heads = pinned_heads(normalization)
    rates = dirac_rates(E, heads, normalization)
    # Central differences: error of order STEP² and of rounding over STEP.
    assert np.allclose(rates.spread, spectrum(linearization(heads, normalization, E, False)), atol=1e-8)
    assert np.allclose(rates.mean, spectrum(linearization(heads, normalization, E, True)), atol=1e-8)


@pytest.mark.parametrize("normalization", ["softmax", "none"])
def test_the_antipode_repels_as_the_linearization_says(normalization: str) -> None:
    rng = np.random.default_rng(4)
    query, key, value = 0.6 * rng.normal(size=(3, 3, 3))
    value[:2, 2] = 0.0
    heads = [(0.8, query, key, value)]
    rates = dirac_rates(E, heads, normalization)
    assert rates.antipode_residual < 1e-15
    assert np.allclose(rates.escape, spectrum(linearization(heads, normalization, -E, False)), atol=1e-8)


@pytest.mark.parametrize("normalization", ["softmax", "none"])
def test_the_identity_head_has_the_known_rates(normalization: str) -> None:
    for d, beta in ((2, 0.7), (5, 0.3)):
        rates = dirac_rates(np.eye(d)[0], [(beta, np.eye(d), np.eye(d), np.eye(d))], normalization)
        assert rates.spread.real == pytest.approx(-cluster_rate(beta, normalization) * np.ones(d - 1))
        assert rates.escape.real == pytest.approx(escape_rate(beta, normalization) * np.ones(d - 1))
        assert np.allclose(rates.mean, 0.0, atol=1e-15)
        assert rates.density_deficit_rate == pytest.approx(collapse_rate(d, beta, normalization))
        assert not rates.is_stable  # the mean is free to turn


def test_consensus_is_stable_at_the_top_eigenvector_only() -> None:
    value = np.diag([0.2, -0.5, 1.0])
    heads = [(1.0, np.eye(3), np.eye(3), value)]
    assert dirac_rates(E, heads, "softmax").is_stable
    assert not dirac_rates(np.eye(3)[0], heads, "softmax").is_stable
    with pytest.raises(DomainError, match="not stationary"):
        dirac_rates([1.0, 0.0, 1.0], heads, "softmax")


def energy_balance(heads: list, normalization: str) -> tuple[float, float]:
    """Return dE/dt and ∫|X|² dμ for random tokens, E = Σ (c_h/2β_h)∬e^{β_h<x,A_hy>}, V_h ≈ c_hA_h at best."""
    rng = np.random.default_rng(7)
    x = rng.normal(size=(12, 3))
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    masses = np.full(12, 1 / 12)
    velocity = project(x, output(x, x, masses, heads, normalization))

    def energy(points: np.ndarray) -> float:
        total = 0.0
        for beta, query, key, value in heads:
            score = key.T @ query
            factor = np.sum(score * value) / np.sum(score * score)
            total += factor / (2 * beta) * masses @ np.exp(beta * points @ score.T @ points.T) @ masses
        return total

    change = (energy(x + STEP * velocity) - energy(x - STEP * velocity)) / (2 * STEP)
    return change, float(masses @ np.sum(velocity**2, axis=1))


@pytest.mark.parametrize("normalization", ["softmax", "none"])
def test_the_stationary_direction_nearest_to_one_is_found(normalization: str) -> None:
    heads = pinned_heads(normalization)
    found = stationary_direction(E + np.array([0.05, -0.03, 0.0]), heads, normalization)
    assert np.allclose(found, E, atol=1e-9)
    x = found[None, :]
    assert np.allclose(project(x, output(x, x, np.ones(1), heads, normalization)), 0.0, atol=1e-9)


def test_a_turning_value_has_no_stationary_direction() -> None:
    turning = [(1.0, np.eye(2), np.eye(2), np.array([[0.0, -1.0], [1.0, 0.0]]))]
    with pytest.raises(DomainError, match="no real eigenvector"):
        stationary_direction([1.0, 0.0], turning, "softmax")
