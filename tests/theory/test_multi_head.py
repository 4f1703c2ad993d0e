import math

import numpy as np
import pytest
from theory.token_flow import simulate

from kinetic.errors import DomainError
from kinetic.theory import multi_head
from kinetic.theory.energy_identity import dissipation, energy


def pair(gamma: float) -> np.ndarray:
    half = 0.5 * math.acos(gamma)
    return np.array([[math.cos(half), math.sin(half)], [math.cos(half), -math.sin(half)]])


HEADS = [(1.0, 1.0), (-0.5, -0.5)]


@pytest.mark.parametrize("gamma", [-0.8, 0.0, 0.6])
def test_two_masses_move_as_the_sum_over_heads(gamma: float) -> None:
    x = pair(gamma)
    velocity = np.zeros_like(x)
    for b, value in HEADS:
        velocity += value * 0.5 * np.exp(b * x @ x.T) @ x
    velocity -= np.sum(velocity * x, axis=1, keepdims=True) * x
    expected = float(velocity[0] @ x[1] + velocity[1] @ x[0])
    assert multi_head.two_atom_rate(gamma, HEADS) == pytest.approx(expected, rel=1e-13)


def test_the_energy_of_the_weaker_head_falls_while_the_total_rises() -> None:
    gamma = 0.4
    parts = [multi_head.head_energy_rate(gamma, HEADS, which) for which in (0, 1)]
    assert parts[1] < 0.0 < sum(parts)
    matrices = [(1.0, value * np.eye(2)) for _, value in HEADS]  # β = 1: score b_h = v_h
    assert sum(parts) == pytest.approx(dissipation(pair(gamma), [0.5, 0.5], matrices, "none"), rel=1e-13)
    step = 1e-5
    slope = [energy(pair(gamma + k * step), [0.5, 0.5], matrices[1:]) for k in (-1, 1)]
    expected = (slope[1] - slope[0]) / (2 * step) * multi_head.two_atom_rate(gamma, HEADS)
    assert parts[1] == pytest.approx(expected, rel=1e-8)


def test_opposite_heads_have_an_unstable_angle() -> None:
    a, b, beta = 1.0, 1.5, 0.8
    heads = [(beta * a, a), (-beta * b, -b)]
    threshold = multi_head.opposite_heads_threshold(a, b, beta)
    assert -1.0 < threshold < 1.0
    assert multi_head.two_atom_rate(threshold - 1e-6, heads) < 0.0 < multi_head.two_atom_rate(threshold + 1e-6, heads)


def test_unequal_heads_pull_at_least_as_hard_as_their_mean() -> None:
    for gamma in (0.0, 0.5, 0.9):
        unequal = multi_head.two_atom_rate(gamma, [(0.5, 0.5), (1.5, 1.5)])
        assert unequal >= multi_head.two_atom_rate(gamma, [(1.0, 1.0)] * 2)


def test_a_cosine_outside_the_interval_is_refused() -> None:
    with pytest.raises(DomainError, match="gamma"):
        multi_head.two_atom_rate(1.0, HEADS)


def test_unequal_heads_attract_faster_than_equal_ones() -> None:
    rng = np.random.default_rng(1)
    for _ in range(50):
        gamma, beta = rng.uniform(0.05, 0.95), rng.uniform(0.1, 3.0)
        strengths = rng.uniform(-2.0 / (beta * gamma), 3.0, size=4)
        rate = multi_head.two_atom_rate(gamma, [(beta * m, m) for m in strengths])
        assert multi_head.equal_heads_bound(gamma, list(strengths), beta) < rate
    assert multi_head.equal_heads_bound(0.3, [1.5], 2.0) == multi_head.two_atom_rate(0.3, [(3.0, 1.5)])


def test_beyond_convexity_the_bound_is_refused_and_false() -> None:
    strengths = [-8.0, -3.0]
    with pytest.raises(DomainError, match="convex"):
        multi_head.equal_heads_bound(0.9, strengths, 1.0)
    unequal = multi_head.two_atom_rate(0.9, [(m, m) for m in strengths])
    assert unequal < 2.0 * multi_head.two_atom_rate(0.9, [(-5.5, -5.5)])


def test_the_trajectory_and_the_energies_of_two_masses_are_those_of_the_tokens() -> None:
    heads = [
        (b, np.sqrt(abs(b)) * np.eye(2), np.sign(b) * np.sqrt(abs(b)) * np.eye(2), v * np.eye(2)) for b, v in HEADS
    ]
    times = [0.0, 0.4, 1.1]
    cosines = multi_head.two_atom_cosines(0.3, times, HEADS)
    unit = [(1.0, query, key, value) for _, query, key, value in heads]
    for time, cosine in zip(times[1:], cosines[1:], strict=True):
        moved, _ = simulate(pair(0.3), np.array([0.5, 0.5]), time, unit, "none")
        assert moved[0] @ moved[1] == pytest.approx(cosine, abs=1e-10)
    energies = multi_head.two_atom_energies(cosines, HEADS)
    assert energies.shape == (3, 2)
    # v = b: the energy of the head with score matrix bI at β = 1
    total = energy(pair(float(cosines[2])), [0.5, 0.5], [(1.0, b * np.eye(2)) for b, _ in HEADS])
    assert energies[2].sum() == pytest.approx(total, rel=1e-12)
    step = 1e-5
    for which in (0, 1):
        near = multi_head.two_atom_energies(multi_head.two_atom_cosines(0.3, [0.0, step], HEADS), HEADS)[:, which]
        predicted = multi_head.head_energy_rate(0.3, HEADS, which)
        assert (near[1] - near[0]) / step == pytest.approx(predicted, rel=1e-4)


def test_masses_under_strong_heads_meet_without_overshoot() -> None:
    cosines = multi_head.two_atom_cosines(-0.9, [0.0, 1.0, 5.0], [(3.0, 2.0)])
    assert np.all(np.diff(cosines) > 0)
    assert cosines[-1] <= 1.0
