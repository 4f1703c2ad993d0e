"""The steady equation: its derivative, and the rotations along which it is singular."""

import numpy as np
import pytest
from stationary.flows import equation, solved

from kinetic.errors import DomainError

CASES = [(2, "none", 2.0, 0.4), (2, "softmax", 2.0, 0.2), (3, "softmax", 2.0, 0.2), (-8, "none", 1.0, 0.1)]
ANISOTROPIC = "heads = [{beta = 1.0, value = [1.0, 1.0, 0.5], key = [1.0, 1.0, 0.5]}]"
GENERAL = "heads = [{beta = 1.0, value = [1.0, 0.8, 0.5]}]"


def direction(c, seed=0):
    """A smooth change without mass that belongs to a real density."""
    return np.where(np.arange(c.size) < 2, 0.0, np.random.default_rng(seed).normal(size=c.size)) * (c != 0)


@pytest.mark.parametrize("arguments", CASES)
def test_products_with_the_jacobian_are_the_derivative_of_the_rate(arguments):
    steady, c = equation(*arguments)
    v = direction(c) * np.exp(-0.5 * steady.flow.space.degrees)
    product = steady.jacobian(c)(v)

    def fourth_order(h):
        rates = [steady.rate(c + k * h * v) for k in (-2, -1, 1, 2)]
        return (rates[0] - 8 * rates[1] + 8 * rates[2] - rates[3]) / (12 * h)

    # of order h⁴ + ε/h: 1e-12 of the transport; the product itself errs by 1e-10 with softmax
    size = np.linalg.norm(steady.transport(c)) + np.linalg.norm(steady.decay * v)
    assert np.linalg.norm(product - fourth_order(1e-3)) < 1e-9 * size


def test_without_softmax_products_are_exact_whatever_the_length():
    steady, c = equation(2, "none", 2.0, 0.4)
    v = direction(c) * np.exp(-0.5 * steady.flow.space.degrees)
    short, long = steady.jacobian(c)(1e-8 * v), steady.jacobian(c)(1e8 * v)
    assert np.linalg.norm(1e8 * short - 1e-8 * long) < 1e-12 * np.linalg.norm(1e8 * short)


@pytest.mark.parametrize(("arguments", "count"), [(CASES[0], 1), (CASES[1], 1), (CASES[2], 3), (CASES[3], 0)])
def test_identity_heads_commute_with_every_rotation(arguments, count):
    assert len(equation(*arguments)[0].symmetries) == count


@pytest.mark.parametrize(("heads", "count"), [(ANISOTROPIC, 1), (GENERAL, 0)])
def test_general_heads_commute_with_the_rotations_about_their_own_axes_only(heads, count):
    steady, _ = equation(3, "none", 0.0, 0.4, degree=11, heads=heads)
    assert len(steady.symmetries) == count
    if count:
        assert np.abs(steady.symmetries[0]) == pytest.approx([0, 0, 1], abs=1e-6)


@pytest.mark.parametrize(("arguments", "count"), [(CASES[0], 1), (CASES[2], 2)])
def test_the_jacobian_of_a_stationary_density_is_singular_along_its_rotations(arguments, count):
    steady, found = solved(*arguments)
    rotations, duals = steady.rotations(found.coefficients)
    assert len(rotations) == count  # those about the axis of an axisymmetric density change nothing
    public = np.array([steady.flow.space.to_public(r).ravel() for r in rotations])
    assert public @ public.T == pytest.approx(np.eye(count), abs=1e-12)
    assert duals @ rotations.T == pytest.approx(np.eye(count), abs=1e-12)
    jacobian = steady.jacobian(found.coefficients)
    for r in rotations:
        assert np.linalg.norm(jacobian(r)) < 1e-8


def test_the_uniform_density_has_no_rotations():
    steady, c = equation(3, "softmax", 2.0, 0.2)
    uniform = np.where(np.arange(c.size) == 0, c, 0.0)
    assert len(steady.rotations(uniform)[0]) == 0
    assert steady.residual(uniform) == 0


def test_without_noise_there_is_no_steady_equation():
    with pytest.raises(DomainError, match="stationary densities need noise"):
        equation(2, "softmax", 1.0, 0.0)


def test_the_residual_bounds_the_rate_of_every_moment_about_every_axis():
    steady, c = equation(3, "softmax", 2.0, 0.2, degree=15)
    rate, space = steady.rate(c), steady.flow.space
    bound = steady.residual(c)
    moving = []
    for axis in np.random.default_rng(1).normal(size=(40, 3)):
        moving.append(np.abs(space.by_degree(rate, space.dirac(axis / np.linalg.norm(axis)))).max())
    assert max(moving) <= bound * (1 + 1e-12)
    # the initial density is axisymmetric about its mean, where the bound is attained
    assert np.abs(space.by_degree(rate, space.dirac(np.array([0.48, 0.6, 0.64])))).max() == pytest.approx(bound)
