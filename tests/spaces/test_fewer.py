"""Integrals on fewer nodes than products take: what they leave out, and the smallest value on the nodes left out."""

import math

import numpy as np
import pytest

from kinetic.density import Density
from kinetic.density.observing import entropy_and_minimum
from kinetic.spaces.circle import Circle
from kinetic.spaces.sphere import Sphere
from kinetic.special import gegenbauer


def bump(space, axis, concentration):
    """Coefficients of e^{κ(<x, n> − 1)}, not of mass one."""
    x, weights = np.polynomial.legendre.leggauss(300)
    kernel = 0.5 * gegenbauer(space.degree, 3, x) @ (weights * np.exp(concentration * (x - 1.0)))
    return kernel[space.degrees] * space.dirac(np.array(axis) / np.linalg.norm(axis))


def mixture(space, concentration, seed=0):
    """A density of three bumps over a uniform one, along random axes."""
    rng = np.random.default_rng(seed)
    bumps = sum(bump(space, rng.normal(size=3), concentration * share) for share in (1.0, 0.6, 0.3))
    native = 0.7 * bumps / bumps[0]
    native[0] += 0.3
    return native


@pytest.mark.parametrize("concentration", [1.0, 6.0, 20.0, 80.0, 150.0])
def test_entropy_and_minimum_are_those_of_many_nodes(concentration):
    space = Sphere(127)
    native = mixture(space, concentration)
    entropy, minimum = entropy_and_minimum(Density(space, native))
    values, fine = space.grid_of((400, 800)).values(native), space.grid(space.degree)
    assert entropy == pytest.approx(space.grid_of((400, 800)).integrate(values * np.log(values)), rel=1e-13)
    assert math.exp(minimum) == pytest.approx(fine.values(native).min(), rel=1e-12)


def test_a_uniform_density_has_no_entropy():
    native = np.zeros(Sphere(127).degrees.size)
    native[0] = 1.0
    entropy, minimum = entropy_and_minimum(Density(Sphere(127), native))
    assert abs(entropy) < 1e-14 > abs(minimum)


@pytest.mark.parametrize("seed", range(6))
def test_the_smallest_value_is_that_of_the_nodes_left_out(seed):
    space = Sphere(127)
    native = mixture(space, 12.0, seed)
    for rule in space.fewer_nodes[:2]:
        values = rule.grid.values(space.resize(native, rule.degree))
        assert rule.smallest(native, values) == pytest.approx(rule.fine.values(native).min(), rel=1e-12)


def test_a_tail_is_the_coefficient_about_the_axis_or_the_wave_of_half_the_nodes():
    rule = Sphere(127).fewer_nodes[0]
    rings, longitudes = rule.grid.shape
    x = np.cos(rule.grid.colatitudes)[:, None] + np.zeros(longitudes)
    l = rule.count - 3
    assert rule.tail(1e-6 * math.sqrt(2 * l + 1) * gegenbauer(l, 3, x)[l]) == pytest.approx(1e-6, rel=1e-9)
    assert rule.tail(gegenbauer(rule.first_of_top - 1, 3, x)[-1]) < 1e-14
    assert rule.tail(1e-7 * np.cos(np.pi * np.arange(longitudes)) + np.zeros((rings, 1))) == pytest.approx(1e-7)


def test_a_line_and_coarse_spaces_have_no_fewer_nodes():
    assert Circle(40).fewer_nodes == () == Sphere(31).fewer_nodes
