import math

import numpy as np
import pytest
from scipy.interpolate import CubicSpline
from scipy.linalg import expm
from theory.token_flow import simulate

from kinetic.errors import DomainError
from kinetic.theory import alignment
from kinetic.theory.circle_distance import wasserstein

VALUE = np.array([[1.0, 0.3], [-0.2, -0.5]])


def aligned(points, s, generator):
    """e^{sG}x₀/|e^{sG}x₀|, one row a point."""
    moved = points @ expm(s * generator).T
    return moved / np.linalg.norm(moved, axis=1, keepdims=True)


def test_the_first_displacement_and_the_distance_are_those_of_attention_at_finite_beta() -> None:
    n, times = 200, [0.25, 0.5]
    labels = 2 * np.pi * np.arange(n) / n
    density = 1.0 + 0.3 * np.cos(labels - 0.4) + 0.1 * np.sin(2 * labels)
    below = (labels + 0.3 * np.sin(labels - 0.4) - 0.05 * np.cos(2 * labels)) / (2 * math.pi)  # mass up to a label
    predicted = alignment.circle_alignment(density, times, VALUE)
    points = np.stack([np.cos(labels), np.sin(labels)], axis=1)
    head = np.eye(2)
    for index, end in enumerate(times):
        misses, distances = [], []
        for beta in (40.0, 80.0, 160.0):
            moved, _ = simulate(points, predicted.masses, end, [(beta, head, head, VALUE)], "softmax")
            shift = np.angle(np.exp(1j * (np.arctan2(moved[:, 1], moved[:, 0]) - predicted.angles[index])))
            misses.append(np.max(np.abs(beta * shift - predicted.displacement[index])))
            angles = predicted.angles[index]
            turns = 2 * math.pi * np.arange(-1, 2)[:, None]
            cumulative = CubicSpline((angles + shift + turns).ravel(), (below + turns / (2 * math.pi)).ravel())
            distances.append(beta * wasserstein(angles, below - cumulative(angles)))
        assert misses[1] / misses[2] == pytest.approx(2.0, rel=0.25)  # the next order
        constant = predicted.wasserstein_constants()[index]
        # Extrapolated in 1/β once and twice: the second correction bounds the error of its result.
        once = [2 * distances[1] - distances[0], 2 * distances[2] - distances[1]]
        twice = (4 * once[1] - once[0]) / 3
        assert twice == pytest.approx(constant, abs=0.5 * abs(once[1] - once[0]))
        assert abs(once[1] - once[0]) < 0.01 * constant


def test_the_stretch_is_the_derivative_of_the_map() -> None:
    n = 128
    path = alignment.circle_alignment(np.ones(n), [0.7], VALUE)
    labels = 2 * np.pi * np.arange(n) / n
    slope = np.fft.irfft(1j * np.arange(n // 2 + 1) * np.fft.rfft(path.angles[0] - labels), n) + 1.0
    assert np.allclose(path.stretch[0], slope, atol=1e-9)


def test_tokens_end_in_the_leading_eigenspace_at_the_spectral_gap() -> None:
    generator = np.array([[1.0, 2.0, 0.3], [0.0, 0.4, 0.0], [0.0, 0.1, -0.5]])
    points = np.array([[0.6, 0.0, 0.8], [0.0, 1.0, 0.0]])
    limits, gap = alignment.alignment_limit(points, generator)
    assert gap == pytest.approx(0.6)
    distances = [np.linalg.norm(aligned(points, s, generator) - limits, axis=1) for s in (20.0, 21.0)]
    assert np.log(distances[0] / distances[1])[1] == pytest.approx(0.6, rel=1e-4)
    assert np.max(distances[1]) < 1e-4
    orthogonal = points[:, :1] * np.eye(3)[:1]
    assert np.linalg.norm(limits[1] - np.eye(3)[0]) < 1e-12 < 0.5 < np.linalg.norm(limits[1] - orthogonal[1])


def test_fields_without_a_limit_are_refused() -> None:
    with pytest.raises(DomainError, match="no fixed limit"):
        alignment.alignment_limit([[1.0, 0.0]], [[0.0, -1.0], [1.0, 0.0]])
    with pytest.raises(DomainError, match="density"):
        alignment.circle_alignment([1.0, 0.0, 1.0], [1.0], np.eye(2))
    assert math.isinf(alignment.alignment_limit([[1.0, 0.0]], np.eye(2))[1])
