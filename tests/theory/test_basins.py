import math
from functools import cache

import numpy as np
import pytest
from oracles.sphere_tokens import rule
from scipy.integrate import solve_ivp
from scipy.special import ive

from kinetic.errors import DomainError
from kinetic.theory import basins
from kinetic.theory.enclosed import Border, masses_between
from kinetic.theory.sphere_potential import Potential, coefficients, moments, significant_degree

TETRAHEDRON = np.array([(1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1)]) / math.sqrt(3.0)


def turned(points):
    """Points after a rotation that leaves no axis of symmetry at a pole."""
    a, b = 0.7, 0.4
    first = np.array([[math.cos(a), -math.sin(a), 0], [math.sin(a), math.cos(a), 0], [0, 0, 1]])
    second = np.array([[1, 0, 0], [0, math.cos(b), -math.sin(b)], [0, math.sin(b), math.cos(b)]])
    return points @ (first @ second).T


def sums_of_pairs(x, points, masses, beta):
    """f and X under softmax, token by token."""
    weights = np.exp(beta * (x @ points.T - 1.0)) * masses
    pull = weights @ points
    return weights.sum(axis=1), (pull - np.vecdot(pull, x)[:, None] * x) / weights.sum(axis=1)[:, None]


def potential(points, masses, beta):
    return Potential(coefficients(moments(points, masses, significant_degree(beta)), beta), beta)


@pytest.mark.parametrize("beta", [0.5, 4.0, 10.0])
def test_the_potential_is_the_sum_of_pairs_at_poles_as_elsewhere(beta):
    rng = np.random.default_rng(3)
    points, x = (v / np.linalg.norm(v, axis=1, keepdims=True) for v in rng.normal(size=(2, 60, 3)))
    x[:2] = [[0, 0, 1], [0, 0, -1]]
    masses = rng.dirichlet(np.ones(60))
    found = potential(points, masses, beta)
    values, drift = sums_of_pairs(x, points, masses, beta)
    np.testing.assert_allclose(found.slopes(x)[0], values, rtol=0, atol=1e-14)
    np.testing.assert_allclose(found.drift(x), drift, rtol=0, atol=1e-13 / values.min())
    np.testing.assert_allclose(
        found.pull(x), math.exp(beta) * values[:, None] * drift, rtol=0, atol=1e-13 * math.exp(beta) / beta
    )
    shift, bend = found.field(x)
    np.testing.assert_allclose(shift, found.drift(x), rtol=0, atol=1e-14)
    step = 1e-5 * np.cross(x, [0.6, 0.0, 0.8])
    ahead, behind = (
        sums_of_pairs(y / np.linalg.norm(y, axis=1, keepdims=True), points, masses, beta)[1]
        for y in (x + step, x - step)
    )
    change = 0.5 * (ahead - behind)
    change -= np.vecdot(change, x)[:, None] * x
    np.testing.assert_allclose(np.einsum("nij,nj->ni", bend, step), change, rtol=0, atol=1e-13 * (1 + beta) ** 3)


def circle_about(axis, angle, count):
    """A small circle, as markers of one turn."""
    other = np.eye(3)[np.argmin(np.abs(axis))]
    first = np.cross(other, axis) / np.linalg.norm(np.cross(other, axis))
    turn = np.linspace(0.0, 2.0 * math.pi, count)[:, None]
    return math.cos(angle) * axis + math.sin(angle) * (np.cos(turn) * first + np.sin(turn) * np.cross(axis, first))


def test_a_cap_has_its_exact_mass_and_markers_count_with_the_power_eight():
    axis, kappa, angle = TETRAHEDRON[0], 5.0, 1.1

    def density(x):
        return kappa / math.sinh(kappa) * np.exp(kappa * (x @ axis))

    exact = (1 - math.exp(kappa * (math.cos(angle) - 1))) / (1 - math.exp(-2 * kappa))
    curve = circle_about(axis, angle, 161)
    errors = [abs(masses_between([Border((curve,), 0, 1)], 2, density, every)[0] - exact) for every in (4, 2, 1)]
    assert errors[2] < 1e-10
    assert errors[0] > 100 * errors[1] > 100 * errors[2]
    np.testing.assert_allclose(masses_between([Border((curve[::-1],), 0, 1)], 2, density)[1], exact, atol=1e-10)


def constant(points, masses, beta, count=9, span=3.0):
    """Moments of a field that stays."""
    sums = moments(points, masses, significant_degree(beta))
    return np.linspace(0.0, span, count), np.array([sums] * count)


@pytest.mark.parametrize("normalization", ["softmax", "none"])
def test_four_equal_atoms_share_the_sphere_as_their_mirror_planes_do(normalization):
    """∫ x dσ over a cell between planes is half the sum of its edges' lengths times their normals, over 4π."""
    beta, places = 4.0, turned(TETRAHEDRON)
    span = 3.0 if normalization == "softmax" else 3.0 * math.exp(-beta)
    found = basins.basins_of_the_sphere(*constant(places, np.full(4, 0.25), beta, span=span), beta, normalization, 7)
    assert len(found.borders) == 6
    own = np.argmax(found.places @ places.T, axis=1)
    np.testing.assert_allclose(found.places, places[own], atol=1e-3)  # three others pull, by e^{−16β/3}
    edge = math.pi - math.acos(1.0 / 3.0)  # from one source, opposite to an atom, to the next
    mean = np.zeros(3)
    for other in places[1:]:
        normal = (places[0] - other) / np.linalg.norm(places[0] - other)
        mean += 0.5 * edge * normal / (4 * math.pi)
    weights = np.array([0.3, -0.5, 0.4])
    masses = masses_between(found.borders, 4, lambda x: 1.0 + x @ weights)
    np.testing.assert_allclose(masses[own == 0], 0.25 + mean @ weights, atol=1e-8)


def test_a_ring_nearly_at_rest_between_opposite_clusters_has_no_borders():
    """The saddle's stable rate is 5e-3 here, 1e-3 of the other: markers along the ring would take 20 000 strides."""
    opposite = np.array([(1.0, 0.0, 0.0), (-math.cos(1e-2), math.sin(1e-2), 0.0)])
    times, sums = constant(turned(opposite), np.array([0.9, 0.1]), 6.0)
    assert basins.basins_of_the_sphere(times, sums, 6.0, "softmax", 7).borders == ()


PLACES = np.array([(1.0, 0.0, 0.0), (-0.34, 0.94, 0.0), (-0.36, -0.44, 0.82)])
BETA, END = 4.0, 4.0


def profile(x):
    """Three bumps."""
    centers = PLACES / np.linalg.norm(PLACES, axis=1, keepdims=True)
    kappa = np.array([8.0, 10.0, 7.0])
    return 0.15 + np.exp(kappa * (x @ centers.T - 1.0)) @ (np.array([0.33, 0.30, 0.22]) * 2 * kappa)


@cache
def tokens_that_cluster(latitudes=10, count=41):
    """Times, places and masses of tokens that become three clusters."""
    points, masses = rule(latitudes)
    masses = masses * profile(points)
    masses /= masses.sum()
    times = np.linspace(0.0, END, count)
    return times, carried(points, points, masses, times), masses


def carried(points, sources, masses, times):
    """Points at times, in the field of tokens that begin at `sources`, both moved by it."""
    start = np.concatenate([sources, points])

    def rate(_, state):
        x = state.reshape(-1, 3)
        return sums_of_pairs(x, x[: len(sources)], masses, BETA)[1].ravel()

    way = solve_ivp(rate, (0.0, times[-1]), start.ravel(), "DOP853", t_eval=times, rtol=1e-7, atol=1e-7)
    return way.y.T.reshape(times.size, -1, 3)[:, len(sources) :]


def test_tokens_beside_a_border_end_on_its_two_sides():
    times, points, masses = tokens_that_cluster()
    degree = significant_degree(BETA)
    sums = np.array([moments(row, masses, degree) for row in points])
    found = basins.basins_of_the_sphere(times, sums, BETA, "softmax", 7)
    assert len(found.places) == len(found.borders) == 3
    starts, sides = [], []
    for border in found.borders:
        curve = np.concatenate([border.parts[1], border.parts[3]])
        # the middle part, where neither saddle nor source keeps a token from leaving
        steps = np.linalg.norm(np.diff(curve, axis=0), axis=1)
        chosen = np.flatnonzero(steps > 0.3 * steps.max())[::3]
        left = np.cross(curve[chosen], curve[chosen + 1] - curve[chosen])
        left *= 1e-3 / np.linalg.norm(left, axis=1, keepdims=True)
        starts += [curve[chosen] + left, curve[chosen] - left]
        sides += [border.left] * chosen.size + [border.right] * chosen.size
    ends = carried(np.concatenate(starts), points[0], masses, times)[-1]
    assert len(sides) > 12
    np.testing.assert_array_equal(np.argmax(ends @ found.places.T, axis=1), sides)
    whole = masses_between(found.borders, 3, profile)
    near = np.bincount(np.argmax(points[-1] @ found.places.T, axis=1), masses, 3)
    np.testing.assert_allclose(whole / whole.sum(), near, atol=2e-2)  # 200 tokens, of which fifty lie along borders


def tokens_of_the_circle(beta, normalization, end, count=160):
    """Labels, masses, times, angles and waves of tokens that begin as ρ = 1 + 0.3 cos(θ − 0.3) + 0.6 cos 2θ."""
    labels = 2 * math.pi * (np.arange(count) + 0.5) / count
    masses = (1 + 0.3 * np.cos(labels - 0.3) + 0.6 * np.cos(2 * labels)) / count
    orders = np.arange(31)
    weights = np.array([ive(l, beta) for l in orders]) * np.where(orders == 0, 1.0, 2.0)

    def rate(_, x):
        turned = np.exp(1j * np.outer(orders, x))
        sums = weights * (np.conj(turned) @ masses)
        slope = -(sums @ (turned * orders[:, None])).imag
        return slope / beta / ((sums @ turned).real if normalization == "softmax" else math.exp(-beta))

    times = np.linspace(0.0, end, 81)
    way = solve_ivp(rate, (0, end), labels, method="DOP853", rtol=1e-8, atol=1e-9, t_eval=times)
    return labels, masses, times, way.y.T, np.exp(-1j * way.y.T[:, :, None] * orders).transpose(0, 2, 1) @ masses


@pytest.mark.parametrize(("normalization", "end"), [("softmax", 6.0), ("none", 0.4)])
def test_basins_are_the_labels_whose_tokens_gather(normalization, end):
    labels, _, times, angles, waves = tokens_of_the_circle(4.0, normalization, end)
    first, last = basins.basins_of_the_circle(times, waves, 4.0, normalization, 7)
    assert first.size == last.size == 2
    # a token on one side of a border goes to one cluster, its neighbor on the other side to the other
    for start, border in zip(first, last, strict=True):
        at = int(np.searchsorted(labels, start % (2 * math.pi)))
        left, right = angles[-1, at - 2] + start // (2 * math.pi), angles[-1, (at + 1) % labels.size]
        assert math.sin(0.5 * (left - border)) * math.sin(0.5 * (right - border)) < 0
        assert abs(math.remainder(right - left, 2 * math.pi)) > 5 * 2 * math.pi / labels.size


def test_basins_need_more_times_than_the_splines_degree():
    with pytest.raises(DomainError, match="more than 7 times"):
        basins.basins_of_the_circle(np.arange(4.0), np.ones((4, 3), dtype=complex), 1.0, "softmax", 7)
