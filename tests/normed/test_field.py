"""The attention output at tokens is the plain sum over all of them, normal part included."""

import numpy as np
import pytest
from normed.given import PLACES
from scipy.special import hyp0f1

from kinetic.normed.start import token_space

BETAS = (-2.0, 0.0, 1.0, 6.0)


def cloud(components, seed, half=False):
    """Directions of 40 tokens around two places, and their masses."""
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(40, components)) + np.where(rng.random(40) < 0.7, 2.0, -0.5)[:, None]
    if half:
        points[:, 1] = np.abs(points[:, 1])
    masses = rng.random(40)
    return points / np.linalg.norm(points, axis=1)[:, None], masses / masses.sum()


def ring_mean(z, dimension):
    """Means of e^{z u} and u e^{z u} over S^{d−2}, u one of its Cartesian coordinates: even and odd series in z."""
    D = dimension - 1
    return hyp0f1(D / 2, z * z / 4), z / D * hyp0f1(D / 2 + 1, z * z / 4)


def plain_sums(directions, masses, beta, _dimension):
    """∫ e^{β<x,y>} dμ and ∫ y e^{β<x,y>} dμ at every token, by definition."""
    kernel = np.exp(beta * directions @ directions.T)
    return kernel @ masses, kernel @ (masses[:, None] * directions)


def axisymmetric_sums(directions, masses, beta, dimension):
    """The same for tokens spread evenly around the axis."""
    c, s = directions.T
    across = beta * np.outer(s, s)
    mean, tilt = ring_mean(across, dimension)
    along = np.exp(beta * np.outer(c, c))
    partition = (along * mean) @ masses
    return partition, np.stack([(along * mean) @ (masses * c), (along * tilt) @ (masses * s)], axis=1)


@pytest.mark.parametrize("beta", BETAS)
@pytest.mark.parametrize(("kind", "dimension"), [*PLACES.items(), ("zonal", 2), ("zonal", 8), ("zonal", 64)])
@pytest.mark.parametrize("normalization", ["none", "softmax"])
def test_the_field_is_the_sum_over_tokens(kind, dimension, beta, normalization):
    space = token_space(kind, dimension, beta, normalization, 8)
    directions, masses = cloud(space.components, 5, kind == "zonal")
    sums = axisymmetric_sums if kind == "zonal" else plain_sums
    partition, force = sums(directions, masses, beta, dimension)
    field = space.field(directions, masses)
    # the rounding that the field admits to, a few times over: its own sums have some twenty terms
    scale = partition if normalization == "softmax" else np.ones(40)
    allowed = 1e-14 + 8 * field.noise
    assert np.all(np.abs(field.attention - force / scale[:, None]).max(axis=1) < allowed)
    assert np.allclose(field.force, force, rtol=0, atol=1e-13 * np.exp(2 * abs(beta)))
    assert field.noise.max() < 1e-11 * np.exp(2 * abs(beta))


def test_the_motion_across_the_axis_is_relatively_accurate_at_a_cluster():
    # at tokens within 1e-12 of the axis A = (1, 0) and the distance from it feels a pull of its own size only
    space = token_space("zonal", 3, 2.0, "softmax", 8)
    small = 1e-12 * np.array([0.5, 1.0, 2.0])
    masses = np.array([0.2, 0.5, 0.3])
    field = space.field(np.stack([np.ones(3), small], axis=1), masses)
    # A − x<x, A> = −s e_s to leading order: F = H/c = Z, so that A_s = s (H − cF)/Z = O(s³)
    assert np.all(np.abs(field.attention[:, 1]) < 1e-14 * small)


@pytest.mark.parametrize("kind", PLACES)
def test_missing_powers_do_not_cancel(kind):
    space = token_space(kind, PLACES[kind], 1.0, "softmax", 8)
    rng = np.random.default_rng(1)
    width = 1e-5
    axis = np.eye(space.components)[0]
    offsets = width * rng.normal(size=(50, space.components)) * (1 - axis)
    offsets = np.abs(offsets) if kind == "zonal" else offsets - offsets.mean(axis=0)
    points = axis + offsets
    points /= np.linalg.norm(points, axis=1)[:, None]
    masses = np.full(50, 0.02)
    missing = space.mean_squares(points, masses, axis)[1]
    # p_l = ∬ P_l(<x, y>) dμ dμ, P_l = 1 − l(l+d−2)/(2(d−1)) |x − y|² + …, and ∬ |x − y|² = 2 ∫ |x − mean|²
    spread = 2 * (offsets**2).sum(axis=1).mean()
    l = np.arange(missing.size)
    d = PLACES[kind]
    expected = l * (l + d - 2) / (2 * (d - 1)) * spread
    # the next term of the series is (l width)² of this, rounding of the axis ε/width
    assert np.allclose(missing, expected, rtol=1e-6, atol=1e-24)
