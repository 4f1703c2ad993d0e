"""The perceptron's field and its energy, against the definition at points and against each other in every space."""

import numpy as np
import pytest
from laws.given import two_bumps

from kinetic.attention.general import GeneralAttention
from kinetic.attention.heads import Head
from kinetic.attention.moments import MomentAttention, ScalarHead
from kinetic.attention.nodal import NodalAttention
from kinetic.attention.perceptron import ACTIVATIONS, Driven, Neurons
from kinetic.kernels import ExponentialKernel
from kinetic.spaces.circle import Circle
from kinetic.spaces.sphere import Sphere
from kinetic.spaces.zonal import Zonal
from kinetic.special import gauss_panels

WEIGHTS, BIASES = np.array([0.7, -0.4]), np.array([0.2, 0.0])


def neurons(activation, d):
    directions = np.random.default_rng(d).normal(size=(2, d))
    return Neurons(activation, WEIGHTS, BIASES, directions / np.linalg.norm(directions, axis=1, keepdims=True))


def rate_of_a_linear_function(space, density, given, axis):
    """∫ <P_x axis, Σ w σ a> dμ by a rule that is fine enough for a kink: what the flux does to ∫ <x, axis> dμ."""
    if space.dimension == 2:
        corners = [
            np.arccos(-b) * s + np.arctan2(a[1], a[0])
            for a, b in zip(given.directions, given.biases, strict=True)
            for s in (1, -1)
        ]
        low = min(corners)
        edges = np.unique(
            np.concatenate([low + np.linspace(0, 2 * np.pi, 25), [low + (c - low) % (2 * np.pi) for c in corners]])
        )
        angle, weight = gauss_panels(edges)
        x, weight = np.stack([np.cos(angle), np.sin(angle)], axis=1), weight / (2 * np.pi)
    else:
        z, w = np.polynomial.legendre.leggauss(160)
        turn, s = 2 * np.pi * np.arange(320) / 320, np.sqrt(1 - z**2)
        x = np.stack([np.outer(s, np.cos(turn)), np.outer(s, np.sin(turn)), np.outer(z, np.ones(320))], -1)
        x, weight = x.reshape(-1, 3), np.repeat(w / 640, 320)
    neurons_given = zip(given.weights, given.directions, given.biases, strict=True)
    pull = sum(w * given.values(x @ a + b)[:, None] * a for w, a, b in neurons_given)
    tangent = pull - np.sum(pull * x, axis=1, keepdims=True) * x
    return float((weight * space.evaluate(density, x)) @ (tangent @ axis))


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("space", [Circle(40), Sphere(24)], ids=["circle", "sphere"])
def test_the_mean_moves_as_the_definition_says(space, activation):
    d = space.dimension
    given, density, axis = neurons(activation, d), two_bumps(space, 2.0).coefficients(space), np.eye(d)[0]
    alone = NodalAttention(space, ExponentialKernel(1.0, d), "none")
    driven = Driven(alone, space, given).transport(density)[0] - alone.transport(density)[0]
    # a kink on the sphere is what the unbroken product rule resolves to 1e-5
    allowed = 1e-4 if (activation, d) == ("relu", 3) else 1e-10
    assert space.mean(driven) @ axis == pytest.approx(
        rate_of_a_linear_function(space, density, given, axis), abs=allowed
    )


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("normalization", ["none", "softmax"])
@pytest.mark.parametrize(
    "space", [Circle(40), Sphere(20), Zonal(40, 3), Zonal(40, 8)], ids=["circle", "sphere", "d3", "d8"]
)
def test_energy_with_the_perceptron_grows_at_the_power(space, normalization, activation):
    d, kernel = space.dimension, ExponentialKernel(1.0, space.dimension)
    if space.kind == "zonal":
        given, density = Neurons(activation, WEIGHTS, BIASES, np.array([1.0, -1.0])), 0.4 ** np.arange(41.0)
        attention = Driven(MomentAttention(space, (ScalarHead(kernel),), normalization), space, given)
    else:
        given, density = neurons(activation, d), two_bumps(space, 2.0).coefficients(space)
        attention = Driven(NodalAttention(space, kernel, normalization), space, given)
    rate, power = attention.transport(density)
    h = 1e-4
    gained = (attention.energy(density + h * rate) - attention.energy(density - h * rate)) / (2 * h)
    # with softmax the power is formed at nodes and the rate is cut at degree L
    assert gained == pytest.approx(power, rel=1e-9 if normalization == "none" else 1e-6)


@pytest.mark.parametrize("normalization", ["none", "softmax"])
def test_power_and_speed_are_their_definitions_where_the_heads_have_no_potential(normalization):
    space, beta = Circle(64), 0.8
    turn, given = np.array([[0.6, -0.8], [0.8, 0.6]]), neurons("tanh", 2)
    density = two_bumps(space, 2.0).coefficients(space)
    heads = (Head(beta, np.eye(2), np.eye(2), turn),)
    _, power, square = Driven(GeneralAttention(space, heads, normalization), space, given).motion(density)
    angle = 2 * np.pi * np.arange(400) / 400
    x = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    mass = space.evaluate(density, x) / 400
    weights = np.exp(beta * x @ x.T) * mass
    pull = given.weights * given.values(x @ given.directions.T + given.biases) @ given.directions
    partition = weights.sum(1, keepdims=True) if normalization == "softmax" else 1.0
    force = weights @ (x @ turn.T)
    velocity = np.sum((force / partition + pull) * np.stack([-x[:, 1], x[:, 0]], axis=1), axis=1)
    tangent = np.sum((force + pull) * np.stack([-x[:, 1], x[:, 0]], axis=1), axis=1)
    assert power == pytest.approx(mass @ (tangent * velocity), rel=1e-12)
    assert square == pytest.approx(mass @ velocity**2, rel=1e-12)


@pytest.mark.parametrize("normalization", ["none", "softmax"])
def test_power_about_an_axis_is_that_of_the_sphere_where_the_heads_have_no_potential(normalization):
    sphere, axis, ends, pole = Sphere(30), Zonal(30, 3), np.array([1.0, -1.0]), [0.0, 0.0, 1.0]
    moments, given = 0.3 ** np.arange(31.0), Neurons("tanh", WEIGHTS, BIASES, np.array([1.0, -1.0]))
    about = MomentAttention(axis, (ScalarHead(ExponentialKernel(1.1, 3), value=-0.7, score=0.5),), normalization)
    whole = GeneralAttention(sphere, (Head(1.1, 0.5 * np.eye(3), np.eye(3), -0.7 * np.eye(3)),), normalization)
    vectors = Neurons("tanh", WEIGHTS, BIASES, np.outer(ends, pole))
    _, power, square = Driven(about, axis, given).motion(moments)
    exact = Driven(whole, sphere, vectors).motion(moments[sphere.degrees] * sphere.dirac(pole))
    assert power == pytest.approx(exact[1], rel=1e-10)
    assert normalization == "softmax" or square == pytest.approx(exact[2], rel=1e-10)


@pytest.mark.parametrize("activation", ["constant", "identity", "tanh"])
def test_an_axis_in_three_dimensions_is_the_sphere(activation):
    sphere, axis, kernel = Sphere(20), Zonal(20, 3), ExponentialKernel(0.0, 3)
    moments = 0.4 ** np.arange(21.0)
    pole = sphere.dirac([0.0, 0.0, 1.0])
    ends = np.array([1.0, -1.0])
    about = Driven(
        MomentAttention(axis, (ScalarHead(kernel),), "none"), axis, Neurons(activation, WEIGHTS, BIASES, ends)
    )
    vectors = np.outer(ends, [0.0, 0.0, 1.0])
    whole = Driven(NodalAttention(sphere, kernel, "none"), sphere, Neurons(activation, WEIGHTS, BIASES, vectors))
    rate, exact = about.transport(moments)[0], whole.transport(moments[sphere.degrees] * pole)[0]
    np.testing.assert_allclose(rate[:12], sphere.by_degree(exact, pole)[:12], atol=1e-12)
