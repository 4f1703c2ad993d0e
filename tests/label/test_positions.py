"""Elements in ln s, integrals over them, and masks, against integrals in closed form."""

import math

import numpy as np
import pytest

from kinetic.errors import DomainError
from kinetic.label.masks import Causal, Window
from kinetic.label.mesh import mesh

FIRST = 1e-3


def exact(decay, s, power):
    """∫_0^s k(s, s') s'^p ds' by a fine quadrature in s'."""
    x, w = np.polynomial.legendre.leggauss(60)
    at, weights = s * (x + 1) / 2, s * w / 2
    kernel = np.exp(-decay * (s - at)) / (s if decay == 0 else -math.expm1(-decay * s) / decay)
    return float(weights @ (kernel * at**power))


@pytest.mark.parametrize("decay", [0.0, 1e-12, 2.0, 40.0])
@pytest.mark.parametrize("power", [0, 1, 2])
def test_the_causal_operator_integrates_powers(decay, power):
    made = mesh(FIRST, [], [0.1], 8, 8)
    found = Causal(decay).matrix(made) @ made.nodes**power
    known = [exact(decay, s, power) for s in made.nodes]
    # interpolation of e^{pσ} on elements of length 0.86 with degree 8, and what is taken as constant below `FIRST`
    allowed = 1e-9 + FIRST ** (power + 1) / made.nodes if power else 1e-13
    assert np.all(np.abs(found - known) <= allowed)


def test_a_position_sees_no_later_one():
    made = mesh(FIRST, [], [0.1], 4, 3)
    matrix = Causal(1.0).matrix(made)
    for row, members in zip(range(made.nodes.size), made.members, strict=False):
        later = made.borders[np.searchsorted(made.borders, made.nodes[row])]
        assert np.all(matrix[row, made.nodes > np.nextafter(later, 1.0)] == 0)
        assert members.size == 4
    prefix = made.nodes <= 0.1
    assert np.all(matrix[prefix][:, ~prefix] == 0)


@pytest.mark.parametrize("width", [0.05, 0.3, 1.0])
def test_a_window_averages_what_lies_in_it(width):
    mask = Window(width)
    made = mesh(FIRST, [s for s in mask.kinks([0.1], 8) if s > FIRST], [0.1], 12, 8)
    s = made.nodes
    matrix = mask.matrix(made)
    low = np.maximum(s - width, 0.0)
    assert np.abs(matrix.sum(axis=1) - 1).max() < 1e-13
    assert np.abs(matrix @ s - (s + low) / 2).max() < FIRST
    step = np.where(s > 0.1, 1.0, 0.0)
    share = (np.maximum(s, 0.1) - np.maximum(low, 0.1)) / np.minimum(s, width)
    assert np.abs(matrix @ step - share).max() < 1e-12


def test_a_window_of_everything_is_the_causal_mask():
    made = mesh(FIRST, [], [], 6, 8)
    assert np.abs(Window(1.0).matrix(made) - Causal().matrix(made)).max() < 1e-14


def test_weights_integrate_over_all_positions():
    made = mesh(FIRST, [], [0.1, 0.5], 8, 10)
    assert abs(made.weights.sum() - 1) < 1e-14
    assert abs(made.weights @ made.nodes**2 - 1 / 3) < FIRST**2
    assert np.all(np.diff(made.nodes) > 0)
    assert made.nodes[-1] == 1


def test_interpolation_meets_the_elements():
    made = mesh(FIRST, [], [0.1], 8, 10)
    values = np.where(made.nodes > 0.1, np.log(made.nodes) ** 2, 5.0)
    at = np.array([1e-5, 0.05, 0.1, 0.11, 0.5, 1.0])
    known = np.where(at > 0.1, np.log(at) ** 2, 5.0)
    assert np.abs(made.interpolation(at) @ values - known).max() < 1e-12


def test_too_many_positions_are_refused():
    with pytest.raises(DomainError, match="at most 1024"):
        mesh(FIRST, [], [], 1000, 8)
