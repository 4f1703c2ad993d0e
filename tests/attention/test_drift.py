"""The drift against plain sums over a quadrature, from nearly uniform to concentrated, from β = 0 to 100."""

import numpy as np
import pytest
from laws.given import SOMEWHERE, attention, bump
from oracles import dense_attention
from oracles.series import gegenbauer

from kinetic.spaces.circle import Circle
from kinetic.spaces.sphere import Sphere
from kinetic.spaces.zonal import Zonal
from kinetic.special import gauss_gegenbauer

BETAS = (0.0, 1e-8, 1.0, 10.0, 40.0, 100.0)
TRUSTED = 1e-6
EPS = np.finfo(float).eps


def zonal_measure(d, concentration):
    """Nodes y and masses: 160 Gauss nodes hold e^{(concentration + β)t}, a polynomial of degree 319 in effect."""
    nodes, weights = gauss_gegenbauer(160, d)
    masses = weights * np.exp(concentration * (nodes - nodes[-1]))
    return -np.arctanh(nodes), masses / masses.sum()


def zonal_rates(d, y, masses, speed, count=8):
    """dM_l/dt = −∫ (1 − t²) P_l' ẏ dμ, l = 1 … count."""
    values = gegenbauer(d, count + 1, -np.tanh(y))
    l = np.arange(1, count + 1)
    return l * (l + d - 2) / (2 * l + d - 2) * ((values[:-2] - values[2:]) @ (masses * -speed))


@pytest.mark.parametrize(
    ("d", "degree", "concentrations"),
    [
        (3, 96, (0.1, 5.0, 50.0)),
        (8, 96, (0.1, 20.0)),
        (64, 128, (1.0, 64.0)),
        (512, 96, (5.0, 200.0)),
        (4096, 96, (50.0, 200.0)),
    ],
)
@pytest.mark.parametrize("beta", BETAS)
def test_zonal_motion_of_moments(d, degree, concentrations, beta):
    for concentration in concentrations:
        y, masses = zonal_measure(d, concentration)
        space = Zonal(degree, d)
        state = bump(space, concentration).coefficients(space)
        for normalization in ("none", "softmax"):
            acts = attention(space, beta, normalization)
            exact = zonal_rates(d, y, masses, dense_attention.zonal_motion(y, y, masses, d, beta, normalization))
            error = np.abs(acts.transport(state)[0][1:9] - exact).max() / np.abs(exact).max()
            noise = acts.partition_noise(state)
            print(f"d={d} concentration={concentration} beta={beta} {normalization}: {error:.0e} {noise:.0e}")
            if noise <= TRUSTED:
                # nearly uniform data leave 0.1 of the numbers summed; β multiplies logarithms; d those of the weights
                assert error <= 10 * noise + 1e-13 * (10 + beta + d / 256)


@pytest.mark.parametrize(("make", "degree"), [(Circle, 128), (Sphere, 72)])
@pytest.mark.parametrize("beta", BETAS)
@pytest.mark.parametrize("concentration", [0.1, 4.0, 20.0])
def test_drift_at_the_nodes(make, degree, beta, concentration):
    space = make(degree)
    d, axis = space.dimension, SOMEWHERE[space.kind]
    state = bump(space, concentration).coefficients(space)
    nodes, weights = dense_attention.circle_nodes(600) if d == 2 else dense_attention.sphere_nodes(90)
    masses = weights * np.exp(concentration * (nodes @ axis - 1))
    masses /= masses.sum()
    rng = np.random.default_rng(2)
    for normalization in ("none", "softmax"):
        acts = attention(space, beta, normalization)
        drift, points = acts.drift(state), acts.grid.points.reshape(-1, d)
        chosen = np.append(rng.choice(len(points), 12), np.argmin(points @ axis))
        exact = dense_attention.drift(points[chosen], nodes, masses, [dense_attention.Head(beta)], normalization)
        got = in_space(acts.grid, drift)[chosen]
        scale = np.linalg.norm(exact, axis=1).max()
        error = np.linalg.norm(got - exact, axis=1).max() / scale
        noise = acts.partition_noise(state)
        print(f"{space.kind} concentration={concentration} beta={beta} {normalization}: {error:.0e} {noise:.0e}")
        if noise <= TRUSTED:
            # Where Z is known to `noise`, X is; F's own rounding is divided by the same small Z. Nearly uniform data
            # drift by about the concentration, while what is summed and rounded is of order one.
            assert error <= 10 * noise + 1e-13 * (10 + beta) * max(1.0, 4 / concentration)


@pytest.mark.parametrize(("make", "degree"), [(Circle, 128), (Sphere, 72)])
@pytest.mark.parametrize("normalization", ["none", "softmax"])
@pytest.mark.parametrize("beta", [1.0, 2.0, 40.0])
def test_power_asks_no_more_degrees_of_a_density_than_it_feels(make, degree, normalization, beta):
    space = make(degree)
    acts, state = attention(space, beta, normalization), bump(space, 4.0).coefficients(space)
    power = acts.power(state)
    # the sum over the nodes of the whole space, in which the flux is formed
    assert power == pytest.approx(acts.transport(state)[1], rel=1e-12)
    felt = acts._felt_by_power
    if beta == 40.0 and normalization == "softmax":
        assert felt is None
    elif beta == 1.0:
        assert felt.space.degree < 0.8 * degree
        # not one that drops what is felt: half as many degrees give another power
        less = attention(space.at_degree(felt.space.degree // 8), beta, normalization)
        assert less.power(space.resize(state, less.space.degree)) != pytest.approx(power, rel=1e-9)


def in_space(grid, field):
    """Components in the frame as vectors of R^d, shape (nodes, d)."""
    x = grid.points
    if grid.space.kind == "circle":
        return field[0][:, None] * np.stack([-x[:, 1], x[:, 0]], axis=-1)
    phi = np.arctan2(x[..., 1], x[..., 0])
    east = np.stack([-np.sin(phi), np.cos(phi), np.zeros_like(phi)], axis=-1)
    south = np.cross(east, x)
    return (field[0][..., None] * south + field[1][..., None] * east).reshape(-1, 3)
