import math

import numpy as np
import pytest
from theory.token_flow import output, project

from kinetic.errors import DomainError
from kinetic.theory.energy_identity import dissipation, energy, gradient_factor, rises_monotonically


def cloud(d: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(d)
    x = rng.normal(size=(7, d))
    return x / np.linalg.norm(x, axis=1, keepdims=True), rng.random(7)


def symmetric_heads(d: int) -> list[tuple[float, np.ndarray]]:
    rng = np.random.default_rng(31)
    matrices = rng.normal(size=(3, d, d))
    return [(beta, (A + A.T) / 2) for beta, A in zip((1.0, 0.0, -0.7), matrices, strict=True)]


def moved(x: np.ndarray, masses: np.ndarray, heads: list, normalization: str, step: float) -> np.ndarray:
    """Return the points after a midpoint step of the flow, written token by token."""

    def velocity(points: np.ndarray) -> np.ndarray:
        out = np.zeros_like(points)
        for i, p in enumerate(points):
            for beta, A in heads:
                scores = [m * math.exp(beta * float(p @ A @ q)) for m, q in zip(masses, points, strict=True)]
                pull = sum(score * (A @ q) for score, q in zip(scores, points, strict=True))
                out[i] += pull / (sum(scores) if normalization == "softmax" else 1.0)
            out[i] -= (out[i] @ p) * p
        return out

    half = x + 0.5 * step * velocity(x)
    end = x + step * velocity(half)
    return end / np.linalg.norm(end, axis=1, keepdims=True)


@pytest.mark.parametrize("normalization", ["softmax", "none"])
@pytest.mark.parametrize("count", [1, 3])
def test_energy_changes_at_the_rate_of_the_dissipation(normalization: str, count: int) -> None:
    x, masses = cloud(3)
    masses = masses / masses.sum()
    heads, step = symmetric_heads(3)[:count], 1e-4
    change = [energy(moved(x, masses, heads, normalization, s), masses, heads) for s in (step, -step)]
    # Central difference: step² times third derivatives of order one, plus 1e-16/step.
    assert (change[0] - change[1]) / (2 * step) == pytest.approx(dissipation(x, masses, heads, normalization), abs=3e-7)


def test_dissipation_is_never_negative_without_softmax() -> None:
    for d in (2, 3, 5):
        x, masses = cloud(d)
        assert dissipation(x, masses, symmetric_heads(d), "none") >= 0.0


def test_the_energy_of_one_point_is_that_of_the_dirac() -> None:
    assert energy([[0.0, 1.0]], [2.0], [(3.0, np.eye(2))]) == pytest.approx(math.exp(3.0) / 6.0, rel=1e-15)
    assert energy([[0.0, 1.0]], [2.0], [(0.0, np.eye(2))]) == 0.5
    assert dissipation([[0.0, 1.0]], [2.0], [(3.0, np.eye(2))], "softmax") == 0.0


def test_heads_without_gradient_structure_are_refused() -> None:
    with pytest.raises(DomainError, match="symmetric"):
        energy(np.eye(2), [1.0, 1.0], [(1.0, [[0.0, 1.0], [0.0, 0.0]])])


SYMMETRIC = np.array([[1.0, 0.4], [0.4, -0.5]])
IDENTITY = np.eye(2)


@pytest.mark.parametrize("factor", [1.0, -2.0])
def test_values_that_are_one_multiple_of_symmetric_scores_raise_it_times_the_energy(factor: float) -> None:
    heads = [(1.5, SYMMETRIC, IDENTITY, factor * SYMMETRIC), (-0.7, IDENTITY, 2.0 * IDENTITY, 2.0 * factor * IDENTITY)]
    assert gradient_factor(heads) == pytest.approx(factor, rel=1e-12)
    x, masses = cloud(2)
    masses = masses / masses.sum()
    velocity = project(x, output(x, x, masses, heads, "none"))
    forms, step = [(beta, key.T @ query) for beta, query, key, _ in heads], 1e-5
    ends = [x + sign * step * velocity for sign in (1.0, -1.0)]
    change = [energy(end / np.linalg.norm(end, axis=1, keepdims=True), masses, forms) for end in ends]
    # central difference: step² times third derivatives, plus 1e-16/step
    gained = factor * (change[0] - change[1]) / (2 * step)
    assert gained == pytest.approx(float(masses @ np.sum(velocity**2, axis=1)), rel=1e-7)
    assert rises_monotonically(heads, "none")
    assert not rises_monotonically(heads, "softmax")
    assert rises_monotonically(heads[:1], "softmax")


@pytest.mark.parametrize(
    "heads",
    [
        [(1.0, IDENTITY, IDENTITY, SYMMETRIC)],
        [(1.0, np.array([[1.0, 0.2], [0.0, 1.0]]), IDENTITY, np.array([[1.0, 0.2], [0.0, 1.0]]))],
        [(1.0, IDENTITY, IDENTITY, IDENTITY), (1.0, IDENTITY, IDENTITY, 0.5 * IDENTITY)],
        [(1.0, 0.0 * IDENTITY, IDENTITY, IDENTITY)],
    ],
)
def test_other_heads_have_no_such_energy(heads: list) -> None:
    assert gradient_factor(heads) is None
    assert not rises_monotonically(heads, "none")


def test_a_head_without_score_and_value_changes_nothing() -> None:
    nothing = (1.0, 0.0 * IDENTITY, IDENTITY, 0.0 * IDENTITY)
    assert gradient_factor([nothing, (1.0, IDENTITY, IDENTITY, 3.0 * IDENTITY)]) == 3.0
    assert gradient_factor([nothing]) is None
