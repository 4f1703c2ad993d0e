"""The parts of the Mercator chart of the circle: its field, its cells, its densities, its first mesh."""

import itertools
import math

import numpy as np
import pytest
from circle_data import identity, mixture, problem, run, toward
from oracles import dense_attention
from scipy.special import ive

from kinetic.attention.heads import Head
from kinetic.charts.patches import cell_of_order
from kinetic.errors import DomainError, Unresolved
from kinetic.initial import (
    Band,
    Cap,
    Component,
    Harmonic,
    InitialDensity,
    Linear,
    Poisson,
    VonMisesFisher,
    random_harmonics,
)
from kinetic.mercator.circle import InitialLogDensity
from kinetic.mercator.circle.field import Chords, CircleField
from kinetic.mercator.circle.finding import log_density_at
from kinetic.mercator.circle.flow import refined
from kinetic.mercator.circle.resolution import Criterion, disagreement
from kinetic.mercator.circle.start import _Edges, first_mesh
from kinetic.mercator.circle.state import CircleState
from kinetic.spaces.circle import Circle

GENERAL = (
    Head(1.3, np.array([[1.0, 0.3], [-0.2, 0.8]]), np.array([[0.9, 0.0], [0.4, 1.0]]), np.array([[1, -0.2], [0.3, 0]])),
    Head(-0.8, np.eye(2), np.zeros((2, 2)), np.diag([1.0, -2.0])),
    Head.of(0.0, 1.0, 1.0, 0.5, 2),
)


def sums_at(angles, masses, pole, degree):
    """D_k and chords of tokens given by angles."""
    u = np.tan(0.5 * (angles - pole))
    chords = Chords.of(u, 2 * (u - 1j) / (1 + u * u), degree)
    return chords, chords.sums(masses)


@pytest.mark.parametrize("normalization", ["none", "softmax"])
@pytest.mark.parametrize("heads", [GENERAL, (identity(2.0),), (identity(0.0),), (identity(-3.0),)])
def test_the_drift_is_dense_attentions(heads, normalization):
    rng = np.random.default_rng(1)
    angles, masses = rng.uniform(0, 2 * np.pi, 30), rng.uniform(0.5, 1, 30) / 30
    field, pole = CircleField(heads, normalization), 0.4
    _, sums = sums_at(angles, masses, pole, field.moment_degree)
    theta = np.linspace(-3, 3, 17)
    found, slopes = field.drift(sums, masses.sum(), pole).at(theta)
    others = [dense_attention.Head(h.beta, h.query, h.key, h.value) for h in heads]
    x = np.stack([np.cos(pole + theta), np.sin(pole + theta)], axis=1)
    normal = np.stack([-x[:, 1], x[:, 0]], axis=1)
    nodes = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    exact = np.sum(dense_attention.drift(x, nodes, masses, others, normalization) * normal, axis=1)
    # rounding of sums of size e^b: 1e-16 e^6 relative to the smallest partition, times some tens of degrees
    np.testing.assert_allclose(found, exact, rtol=0, atol=1e-12 * max(1.0, np.abs(exact).max()))
    step = 1e-5
    ahead, behind = (field.drift(sums, masses.sum(), pole).at(theta + s)[0] for s in (step, -step))
    np.testing.assert_allclose(slopes, (ahead - behind) / (2 * step), atol=1e-7 * max(1.0, np.abs(slopes).max()))


@pytest.mark.parametrize("normalization", ["none", "softmax"])
def test_relative_velocities_keep_their_digits_at_any_distance_from_the_pole(normalization):
    # X(p + θ) − X(p) → X'(p) θ
    rng = np.random.default_rng(2)
    angles, masses = rng.normal(0.4, 0.5, 40), np.full(40, 1 / 40)
    field = CircleField(GENERAL[:1], normalization)
    _, sums = sums_at(angles, masses, 0.4, field.moment_degree)
    drift = field.drift(sums, 1.0, 0.4)
    theta = np.array([1e-30, -1e-20, 1e-12])
    chords, _ = sums_at(0.4 + theta, masses[:3], 0.4, drift.degree)
    chords = Chords.of(np.tan(theta / 2), 2 * (np.tan(theta / 2) - 1j) / (1 + np.tan(theta / 2) ** 2), drift.degree)
    relative = -2 * chords.factor * (drift.velocity[1:] @ chords.rows[: drift.degree]).real
    np.testing.assert_allclose(relative, drift.slope_at_pole * theta, rtol=1e-11)


def straight_cells(halvings, order):
    """A von Mises density on straight cells that are not refined."""
    edges = _Edges.plain()
    for _ in range(halvings):
        edges = edges.halved(np.ones(edges.sizes.total, dtype=bool))
    bump = InitialDensity((Component(VonMisesFisher(3.0), toward(0.0)),))
    return edges.laid(cell_of_order(order, 1), InitialLogDensity(bump), 0.3)


def fixed_mesh_error(halvings, order):
    """Relative error of the length of the mean."""
    mesh = straight_cells(halvings, order)
    mean = complex(mesh.mass - np.sum(mesh.masses * mesh.factor * mesh.chord))
    return abs(abs(mean) / (ive(1, 3.0) / ive(0, 3.0)) - 1)


@pytest.mark.parametrize("order", [2, 3, 4])
def test_halving_the_cells_gains_two_orders_per_gauss_point(order):
    # a Gauss rule of k + 1 points errs by h^{2k+3} on a cell of width h; all of the circle together by one less
    errors = [Criterion.of(1.0, 1e-9).changes(straight_cells(n, order)).sum() for n in (1, 2)]
    assert math.log2(errors[0] / errors[1]) > 2 * order + 1


def test_raising_the_order_converges_exponentially():
    errors = [fixed_mesh_error(0, order) for order in (2, 4, 6, 8)]
    assert errors[-1] < 1e-9
    assert all(later < sooner / 10 for sooner, later in itertools.pairwise(errors))


def test_halving_keeps_mass_and_shape():
    given = problem([identity(1.0)], "softmax", mixture(), 1.0)
    mesh = CircleState.of(given.state, given.flow.cell, given.flow.sizes).mesh
    halved = mesh.split(np.ones(mesh.sizes.total, dtype=bool))
    assert halved.sizes.total == 2 * mesh.sizes.total
    assert halved.mass == pytest.approx(mesh.mass, rel=1e-14)
    theta = np.linspace(-3.14, 3.14, 50)
    np.testing.assert_allclose(log_density_at(halved, theta), log_density_at(mesh, theta), atol=1e-11)
    assert disagreement(mesh) < 1e-10


def test_merging_undoes_halving_where_cells_are_merged_at_all():
    criterion = Criterion.of(1.0, 1e-10)
    initial = InitialLogDensity(InitialDensity(uniform=1.0))
    mesh = first_mesh(cell_of_order(15, 1), initial, 0.0, criterion)
    halved = mesh.split(np.ones(mesh.sizes.total, dtype=bool))
    again = halved
    for _ in range(6):
        again = refined(again, criterion)
    assert again.sizes.total < halved.sizes.total
    assert again.mass == pytest.approx(1, abs=1e-13)
    np.testing.assert_allclose(log_density_at(again, np.linspace(-3, 3, 40)), 0, atol=1e-11)


def test_the_first_cells_find_a_needle_in_a_background():
    initial = InitialDensity((Component(VonMisesFisher(1e8), toward(2.0), 0.3),), uniform=0.7)
    times, columns, _, _ = run([identity(1.0)], "softmax", initial, 0.01, rows=1, tolerance=1e-9)
    # mean of a von Mises density: 1 − 1/(2κ)
    assert columns["order_parameter"][0] == pytest.approx(0.3 * (1 - 0.5e-8), rel=1e-11)
    assert times[0] == 0.0


PROFILES = [VonMisesFisher(-2.0), Poisson(0.7), Band(0.2, 0.3), Linear(0.6)]


@pytest.mark.parametrize("profile", PROFILES, ids=lambda p: type(p).__name__)
def test_initial_densities_have_the_coefficients_that_other_charts_give_them(profile):
    initial = InitialDensity(
        (Component(profile, toward(1.0), 0.6),), 0.4, (Harmonic(2, -2, 0.03), Harmonic(1, 1, 0.05))
    )
    logarithm = InitialLogDensity(initial)
    mesh = first_mesh(cell_of_order(15, 1), logarithm, 0.5, Criterion.of(1.0, 1e-11))
    from kinetic.mercator.circle.density import CircleTokenDensity

    found = CircleTokenDensity(mesh, 0.5)
    space = Circle(60)
    np.testing.assert_allclose(found.coefficients_in(space), initial.coefficients(space), atol=1e-11)
    angle = np.linspace(0, 6, 13)
    np.testing.assert_allclose(
        np.exp(logarithm(angle)), found.values(np.stack([np.cos(angle), np.sin(angle)], 1)), rtol=1e-9
    )


def test_a_density_answers_what_other_charts_answer():
    initial = mixture()
    _, columns, shots, _ = run([identity(0.5)], "softmax", initial, 2.0, rows=2)
    density = shots[-1].density
    assert density.mass == pytest.approx(1, abs=1e-12)
    np.testing.assert_allclose(density.mean, columns["mean"][-1], atol=1e-14)
    np.testing.assert_allclose(density.moment(1), density.mean, atol=1e-13)
    second = density.moment(2)
    assert np.trace(second) == pytest.approx(1, abs=1e-12)
    native = density.coefficients_in(Circle(400))
    space = Circle(400)
    points, values = density.grid()
    np.testing.assert_allclose(space.evaluate(native, points), values, rtol=1e-7)
    moments = density.moments(degree=3)
    assert moments[1] == pytest.approx(columns["order_parameter"][-1], abs=1e-13)
    y, masses = density.axial_quadrature()
    assert np.all(np.diff(y) >= 0)
    assert masses @ (2 / (1 + np.exp(-2 * y))) == pytest.approx(columns["order_deficit"][-1], rel=1e-12)
    theta = np.array([1e-30, 1e-3, 2.0])
    np.testing.assert_allclose(density.values_at_angle(theta), np.exp(density.log_at_angle(theta)))
    np.testing.assert_allclose(density.values_at_angle(theta, np.pi), np.exp(density.log_at_angle(-theta)))
    with pytest.raises(DomainError, match="coefficients"):
        _ = density.coefficients
    with pytest.raises(DomainError, match="negative"):
        density.moment(-1)


def test_a_cap_is_refused():
    with pytest.raises(DomainError, match="jumps"):
        InitialLogDensity(InitialDensity((Component(Cap(0.5), toward(0.0)),)))


def test_a_density_that_vanishes_somewhere_is_refused():
    initial = InitialDensity((), 1.0, (Harmonic(3, 3, 1.5),))
    with pytest.raises(Unresolved, match="positive"):
        problem([identity(1.0)], "softmax", initial, 1.0)


def test_many_waves_are_summed_as_a_few_are_and_too_many_are_refused_at_once():
    terms = random_harmonics("circle", 0.1, 60, np.random.default_rng(3))
    angle = np.linspace(-4.0, 9.0, 25).reshape(5, 5)
    together = InitialLogDensity(InitialDensity(uniform=1.0, harmonics=(Harmonic(0, 0, 0.2), *terms)))._waves(angle)
    parts = [(Harmonic(0, 0, 0.2),), terms[:60], terms[60:]]
    few = [InitialLogDensity(InitialDensity(uniform=1.0, harmonics=part))._waves(angle) for part in parts]
    np.testing.assert_allclose(together, sum(few), rtol=0, atol=1e-13)
    fine = InitialDensity(uniform=1.0, harmonics=random_harmonics("circle", 0.1, 4000, np.random.default_rng(3)))
    with pytest.raises(Unresolved, match="not resolved by"):
        first_mesh(cell_of_order(15, 1), InitialLogDensity(fine), 0.0, Criterion.of(4.0, 1e-9))
