"""Relative velocities about a pole against sums over all pairs of tokens, and their accuracy at the pole itself."""

from dataclasses import replace

import numpy as np
import pytest

from kinetic.attention.heads import Head
from kinetic.errors import Unresolved
from kinetic.kernels import ExponentialKernel
from kinetic.mercator.sphere import tables
from kinetic.mercator.sphere.field import IdentityHead
from kinetic.mercator.sphere.heads import MatrixHeads
from kinetic.mercator.sphere.legendre import chebyshev_values, functions_of_order, quotient_table, series_up_to
from kinetic.mercator.sphere.tables import Coefficients, SphereTokens

HEADS = [(0.0, "none"), (1.0, "none"), (1.0, "softmax"), (-0.7, "softmax"), (4.0, "softmax")]


def tokens(count=300, center=-0.5, spread=1.0, seed=0):
    rng = np.random.default_rng(seed)
    y, phi = center + spread * rng.normal(size=count), rng.uniform(0, 2 * np.pi, count)
    return SphereTokens.at(y, np.exp(1j * phi), rng.dirichlet(np.ones(count)))


def dense(heads, normalization, given):
    """(ẏ, φ̇) in the frame that follows the pole, X(p), and the power, from every pair."""
    theta, phi, masses = 2 * np.arctan(np.exp(given.y)), np.angle(given.azimuth), given.masses
    x = np.stack([np.sin(theta) * np.cos(phi), np.sin(theta) * np.sin(phi), np.cos(theta)], axis=1)
    places, sources = np.vstack([x, [0, 0, 1]]) @ given.frame.T, x @ given.frame.T
    field, force = np.zeros_like(places), np.zeros_like(places)
    for head in heads:
        weights = masses * np.exp(places @ head.exponent.T @ sources.T)
        pull = weights @ sources @ head.value.T
        pull -= np.sum(pull * places, axis=1)[:, None] * places
        force += pull
        field += pull / weights.sum(axis=1)[:, None] if normalization == "softmax" else pull
    power = float(masses @ np.sum(field[:-1] * force[:-1], axis=1))
    field = field @ given.frame
    relative = field[:-1] - np.cross(np.cross([0, 0, 1], field[-1]), x)
    south = np.stack([np.cos(theta) * np.cos(phi), np.cos(theta) * np.sin(phi), -np.sin(theta)], axis=1)
    east = np.stack([-np.sin(phi), np.cos(phi), 0 * phi], axis=1)
    parts = [np.sum(relative * way, axis=1) / np.sin(theta) for way in (south, east)]
    return (*parts, field[-1, :2], power)


def identity(beta):
    return (Head.of(beta, 1.0, 1.0, 1.0, 3),)


def random_heads(count, size, seed):
    """Heads with matrices of no symmetry."""
    rng = np.random.default_rng(seed)
    return tuple(Head(1.0, *(s * rng.normal(size=(3, 3)) for s in (size, size, 1.0))) for _ in range(count))


def turned(given, seed=0):
    """The same tokens in another frame."""
    frame = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))[0]
    return replace(given, frame=frame * np.linalg.det(frame))


@pytest.mark.parametrize(("beta", "normalization"), HEADS)
def test_velocities_are_those_of_all_pairs(beta, normalization):
    given = tokens()
    field = IdentityHead(ExponentialKernel(beta, 3), normalization).field(given)
    climb, turn, pole, power = dense(identity(beta), normalization, given)
    # differences of velocities over sin θ > 0.05 lose twenty roundings of e^{2β} in the dense sums
    assert np.abs(field.climb - climb).max() < 1e-12
    assert np.abs(field.turn - turn).max() < 1e-12
    assert np.abs(field.pole_velocity - pole).max() < 1e-14
    assert field.power == pytest.approx(power, rel=1e-12)


@pytest.mark.parametrize(("beta", "normalization"), HEADS)
def test_near_the_pole_the_motion_is_linear_to_relative_accuracy(beta, normalization):
    given, attention = tokens(), IdentityHead(ExponentialKernel(beta, 3), normalization)
    probes = np.array([-12.0, -25.0, -60.0, -200.0])
    y = np.concatenate([given.y, probes])
    azimuth = np.concatenate([given.azimuth, np.full(4, np.exp(0.7j))])
    field = attention.field(SphereTokens.at(y, azimuth, np.concatenate([given.masses, np.zeros(4)])))
    # next order of the field: u = e^{−12} = 6e-6
    for rates in (field.climb[-4:], field.turn[-4:], field.gathering[-4:]):
        assert np.allclose(rates, rates[-1], rtol=0, atol=1e-4)
        assert rates[1] == pytest.approx(rates[-1], rel=1e-9, abs=1e-9)
        assert rates[2] == pytest.approx(rates[-1], rel=1e-13, abs=1e-13)


@pytest.mark.parametrize("center", [-6.0, -14.0, -40.0])
def test_a_cluster_that_nothing_else_feels_contracts_at_its_rate(center):
    cluster = tokens(center=center, spread=0.5)
    for beta, normalization in HEADS:
        field = IdentityHead(ExponentialKernel(beta, 3), normalization).field(cluster)
        rate = 1.0 if normalization == "softmax" else np.exp(beta)
        # ẏ relative to a member of the cluster differs from −rate by the cluster's own size
        assert np.abs(field.climb / rate + 1).max() < 40 * (1 + abs(beta)) * np.exp(center) + 1e-14


@pytest.mark.parametrize(("beta", "normalization"), HEADS[1:])
def test_gathering_is_minus_the_divergence_of_the_velocity(beta, normalization):
    given, step = tokens(seed=3), 1e-4
    attention = IdentityHead(ExponentialKernel(beta, 3), normalization)
    y, phi = given.y[:40], np.angle(given.azimuth[:40])

    def at(up, round_):
        probes = SphereTokens.at(
            np.concatenate([given.y, y + up]),
            np.concatenate([given.azimuth, np.exp(1j * (phi + round_))]),
            np.concatenate([given.masses, np.zeros(40)]),
        )
        field = attention.field(probes)
        return field.climb[-40:], field.turn[-40:], field.gathering[-40:]

    slope = (at(step, 0)[0] - at(-step, 0)[0] + at(0, step)[1] - at(0, -step)[1]) / (2 * step)
    climb, _, gathering = at(0, 0)
    # div v = ∂ẏ/∂y + ∂φ̇/∂φ + ẏ ∂ ln sech² y/∂y; a frame's rotation has none
    assert np.allclose(gathering, -(slope - 2 * np.tanh(y) * climb), rtol=0, atol=1e-6)


def test_functions_of_one_order_add_up_to_legendres_by_the_addition_theorem():
    c = np.linspace(-0.9, 0.9, 7)
    total = np.zeros_like(c)
    degree = 6
    for m in range(degree + 1):
        this = functions_of_order(m, degree)
        values = this.norms[-1] * this.monic(c, degree)[-1]
        total += (2 - (m == 0)) * (1 - c * c) ** m * values**2
    assert np.allclose(total, 1, atol=1e-13)


@pytest.mark.parametrize("degree", [3, 16, 40])
def test_series_of_chebyshev_polynomials_are_the_functions(degree):
    c = np.linspace(-1, 1, 11)
    table, series = chebyshev_values(c, degree + 1), series_up_to(degree)
    # a polynomial of degree k moves by k² ε where c is rounded, next to the poles
    assert np.allclose(table, np.cos(np.arange(degree + 1)[:, None] * np.arccos(c)), rtol=0, atol=1e-15 * degree**2)
    assert np.allclose((quotient_table(degree + 1) @ table) * (1 - c), 1 - table, rtol=0, atol=1e-15 * degree**2)
    for m in range(degree + 1):
        this = functions_of_order(m, degree)
        T = this.norms[:, None] * this.monic(c, degree)
        own = series.values[m, : degree - m + 1, : degree + 1]
        size = degree**2 * series.at_pole[m, m : degree + 1, None]
        assert np.all(own >= 0)
        assert np.all(np.abs(own @ table - T) < 1e-15 * size)
        assert np.allclose(own.sum(axis=1), series.at_pole[m, m : degree + 1], rtol=1e-13, atol=0)
        slopes = np.zeros_like(T)
        slopes[1:] = this.slopes[:, None] * _of_next_order(m, degree, c)
        rises = series.rises[m, : degree - m + 1, : degree + 1] @ table
        if m == 0:  # l c P_l − l P_{l−1} has a degree more
            rises, slopes, T, size = rises[:-1], slopes[:-1], T[:-1], size[:-1]
        assert np.all(np.abs(rises - (m * c * T - (1 - c * c) * slopes)) < 1e-15 * degree * size)


def _of_next_order(m, degree, c):
    """T_{l,m+1}, l = m + 1 … degree."""
    if m == degree:
        return np.zeros((0, c.size))
    following = functions_of_order(m + 1, degree)
    return following.norms[:, None] * following.monic(c, degree)


def test_bounds_of_moments_of_the_sine_are_bounds():
    given = tokens(spread=3.0)
    bounds, exact = given.sizes(21), given.masses @ given.s[:, None] ** np.arange(1, 22)
    assert bounds[0] == pytest.approx(given.masses @ given.away, rel=1e-13)
    assert np.all(bounds[1:] > exact * (1 - 1e-12))
    assert np.all(bounds[1:] < 1.1 * exact)  # a chord of ln ∫ s^m dμ over a factor of two in m
    assert np.allclose(bounds[[1, 2, 4, 8, 16]], exact[[0, 1, 3, 7, 15]], rtol=1e-12)


MATRICES = [
    random_heads(1, 0.5, 1),
    random_heads(2, 0.7, 2),
    random_heads(4, 0.5, 3),
    (Head.of(-1.5, 1.0, 1.0, -0.5, 3), Head(2.0, np.zeros((3, 3)), np.eye(3), np.diag([1.0, 0.0, 0.0]))),
    (Head.of(0.0, 1.0, 1.0, np.diag([1.0, 0.5, -0.2]), 3),),
    (Head(3.0, np.diag([1.0, 0.0, 0.3]), np.eye(3), np.eye(3)),),
]


@pytest.mark.parametrize("normalization", ["none", "softmax"])
@pytest.mark.parametrize("heads", MATRICES)
def test_velocities_under_matrices_are_those_of_all_pairs(heads, normalization):
    given = turned(tokens())
    field = MatrixHeads(heads, normalization).field(given)
    expected = dense(heads, normalization, given)
    for found, wanted in zip((field.climb, field.turn, field.pole_velocity), expected, strict=False):
        # differences over sin θ > 0.05, of sums that range over e^{2b}, b up to 3
        assert np.abs(found - wanted).max() < 2e-13 * np.abs(wanted).max()
    assert field.power == pytest.approx(expected[-1], rel=1e-12)
    assert field.noise < 1e-10


@pytest.mark.parametrize(("beta", "normalization"), HEADS)
def test_the_identity_as_a_matrix_is_the_identity_head(beta, normalization):
    given = turned(tokens())
    one = IdentityHead(ExponentialKernel(beta, 3), normalization)
    other = MatrixHeads(identity(beta), normalization)
    plain, general = one.field(given), other.field(given)
    for name in ("climb", "turn", "gathering", "power", "pole_velocity"):
        assert np.allclose(getattr(general, name), getattr(plain, name), rtol=1e-12, atol=1e-12), name
    assert other.energies(given)[0] == pytest.approx(one.energies(given)[0], rel=1e-12)


@pytest.mark.parametrize("normalization", ["none", "softmax"])
@pytest.mark.parametrize("center", [-6.0, -14.0, -40.0])
def test_a_cluster_under_matrices_moves_by_the_field_of_a_dirac_to_relative_accuracy(center, normalization):
    heads, cluster = random_heads(2, 0.5, 7), turned(tokens(center=center, spread=0.5))
    field = MatrixHeads(heads, normalization).field(cluster)
    pole = cluster.frame[:, 2]

    def frozen(x):
        """P_x of the Dirac mass's pull, and its derivative in x along tangents at the pole."""
        pull, slope = np.zeros(3), np.zeros((3, 3))
        for head in heads:
            weight = np.exp(x @ head.exponent.T @ pole) if normalization == "none" else 1.0
            pull += weight * head.value @ pole
            if normalization == "none":
                slope += weight * np.outer(head.value @ pole, head.exponent.T @ pole)
        return pull - (pull @ x) * x, slope - (pull @ x) * np.eye(3)

    velocity, slope = frozen(pole)
    across, along = cluster.frame[:, 0], cluster.frame[:, 1]
    rates = np.array([[u @ slope @ v for v in (across, along)] for u in (across, along)])
    toward = np.stack([cluster.azimuth.real, cluster.azimuth.imag])
    moved = rates @ toward
    climb, turn = np.sum(moved * toward, axis=0), moved[1] * toward[0] - moved[0] * toward[1]
    # the cluster's own size, or K² = 400 roundings of the field's terms
    size = 60 * np.exp(center) + 1e-13
    assert np.allclose(field.climb, climb, rtol=0, atol=size)
    assert np.allclose(field.turn, turn, rtol=0, atol=size)
    assert np.allclose(field.pole_velocity, [velocity @ across, velocity @ along], rtol=0, atol=size)


def test_gathering_under_matrices_is_minus_the_divergence():
    given, step = turned(tokens(seed=3)), 1e-4
    attention = MatrixHeads(random_heads(2, 0.6, 4), "softmax")
    y, phi = given.y[:40], np.angle(given.azimuth[:40])

    def at(up, round_):
        probes = SphereTokens.at(
            np.concatenate([given.y, y + up]),
            np.concatenate([given.azimuth, np.exp(1j * (phi + round_))]),
            np.concatenate([given.masses, np.zeros(40)]),
            given.frame,
        )
        field = attention.field(probes)
        return field.climb[-40:], field.turn[-40:], field.gathering[-40:]

    slope = (at(step, 0)[0] - at(-step, 0)[0] + at(0, step)[1] - at(0, -step)[1]) / (2 * step)
    climb, _, gathering = at(0, 0)
    assert np.allclose(gathering, -(slope - 2 * np.tanh(y) * climb), rtol=0, atol=1e-6)


def test_tables_beyond_the_memory_of_a_run_are_refused(monkeypatch):
    monkeypatch.setattr(tables, "LARGEST_TABLES", 1000)
    with pytest.raises(Unresolved, match="tables"):
        MatrixHeads(random_heads(1, 0.5, 1), "none").field(turned(tokens()))


def test_terms_that_change_no_rate_are_left_out_and_no_others():
    smallest, poles = 1e-15, series_up_to(9).at_pole
    falling = 10.0 ** -np.arange(0.0, 40.0, 4.0)
    axial, orders = falling, tuple((falling / (1.0 + 1e3 * m) + 0j)[: 10 - m] for m in (1, 2, 3))
    kept = Coefficients(axial, (*orders, np.full(6, 1e-30 + 0j))).felt(smallest)
    assert len(kept.orders) == 3
    for m, (whole, part) in enumerate(zip((axial, *orders), (kept.axial, *kept.orders), strict=True)):
        l = np.arange(m, m + whole.size)
        matters = np.abs(whole) * l * (l + 1) * poles[m, l] > smallest
        assert part.size == np.flatnonzero(matters)[-1] + 1 < whole.size
        assert np.array_equal(part, whole[: part.size])
    assert Coefficients(np.zeros(5), ()).felt(smallest).axial.size == 1
