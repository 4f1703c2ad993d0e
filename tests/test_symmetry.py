"""Symmetries of densities: found in their values, kept by fields and by clusters that rounding would carry apart."""

import math

import numpy as np
import pytest
from circle_data import identity, problem, toward

from kinetic import job
from kinetic.case import Case
from kinetic.initial import Band, Component, InitialDensity, VonMisesFisher
from kinetic.march import Row, march
from kinetic.mercator.circle import InitialLogDensity
from kinetic.mercator.sphere import InitialSphereLogarithm
from kinetic.spaces.averages import GroupAverage
from kinetic.spaces.scattered import SpherePoints
from kinetic.spaces.sphere import Sphere, degree_order
from kinetic.symmetry import Symmetry, symmetry_of

TETRAHEDRON = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]) / math.sqrt(3.0)
GOLDEN = (1 + math.sqrt(5.0)) / 2
ICOSAHEDRON = np.array(
    [np.roll([0.0, a, b * GOLDEN], shift) for shift in range(3) for a in (1, -1) for b in (1, -1)]
) / math.hypot(1.0, GOLDEN)
SKEW = np.linalg.qr(np.random.default_rng(2).standard_normal((3, 3)))[0]


def of_circle(log_values, *features):
    """The group of a density of the circle, given by ln ρ at angles."""
    places = np.array([toward(a) for a in features]).reshape(-1, 2)
    return symmetry_of(lambda x: log_values(np.arctan2(x[:, 1], x[:, 0])), 2, places)


def bumps(centers, concentrations, weights=None):
    """Bumps of the sphere over a uniform share."""
    weights = [1.0] * len(centers) if weights is None else weights
    parts = zip(centers, concentrations, weights, strict=True)
    return InitialDensity(tuple(Component(VonMisesFisher(k), c, w) for c, k, w in parts), uniform=0.2)


def of_sphere(initial):
    return symmetry_of(InitialSphereLogarithm(initial).log_values, 3, initial.features(3))


@pytest.mark.parametrize(
    ("log_values", "order"),
    [
        (lambda a: np.log1p(0.3 * np.cos(3 * a - 0.2)), 6),
        (lambda a: np.log1p(1e-8 * np.cos(28 * a)), 56),
        (lambda a: np.log1p(0.3 * np.cos(4 * a) + 0.1 * np.sin(8 * a)), 4),
        (lambda a: np.log1p(0.3 * np.cos(3 * a) + 1e-12 * np.sin(a)), 1),
        (lambda a: np.log1p(0.5 * np.cos(a - 0.7)), 2),
    ],
)
def test_waves_of_the_circle_have_the_dihedral_group_or_what_is_left_of_it(log_values, order):
    assert len(of_circle(log_values).elements) == order


def test_a_narrow_bump_is_not_overlooked():
    def log_values(angle, at=2.0, height=1e-3):
        return np.log(1.0 + 0.5 * np.cos(2 * angle) + height * np.exp(1e6 * (np.cos(angle - at) - 1)))

    assert len(of_circle(log_values, 2.0).elements) == 1
    assert len(of_circle(lambda a: log_values(a, height=0.0), 2.0).elements) == 4


@pytest.mark.parametrize(
    ("centers", "concentrations", "order"),
    [
        (TETRAHEDRON @ SKEW, [8.0] * 4, 24),
        (ICOSAHEDRON @ SKEW, [30.0] * 12, 120),
        (np.concatenate([np.eye(3), -np.eye(3)]) @ SKEW, [8.0] * 6, 48),
        (SKEW[:2], [8.0, 8.0], 4),
    ],
)
def test_bumps_of_the_sphere_have_the_group_of_their_polyhedron(centers, concentrations, order):
    found = of_sphere(bumps(centers, concentrations))
    assert len(found.elements) == order
    products = np.einsum("aij,bjk->abik", found.elements, found.elements).reshape(-1, 1, 9)
    nearest = np.abs(products - found.elements.reshape(1, -1, 9)).max(axis=2).min(axis=1)
    assert nearest.max() < 1e-12  # a group: closed under products


def test_bumps_without_symmetry_have_the_plane_through_two_centers_or_nothing():
    centers = np.array([[0.0, 0.0, 1.0], [0.0, 0.6, 0.8], [0.8, -0.6, 0.0]]) @ SKEW
    two, three = (of_sphere(bumps(centers[:k], [8.0, 9.0, 7.0][:k])) for k in (2, 3))
    assert len(two.elements) == 2
    np.testing.assert_allclose(centers[:2] @ two.elements[1].T, centers[:2], atol=1e-14)
    assert three.is_trivial


def test_a_ring_has_its_axis_and_one_beside_it_has_not():
    ring = Component(Band(0.4, 0.01), SKEW[0], 1.0)
    alone, beside = (
        InitialDensity((ring, *more), uniform=0.2) for more in ((), (Component(VonMisesFisher(9), SKEW[1]),))
    )
    found = of_sphere(alone)
    assert len(found.elements) > 8
    np.testing.assert_allclose(found.elements @ SKEW[0], np.tile(SKEW[0], (len(found.elements), 1)), atol=1e-13)
    assert len(of_sphere(beside).elements) == 2  # the plane of both axes


def test_the_average_in_harmonics_is_that_at_points():
    elements = of_sphere(bumps(TETRAHEDRON @ SKEW, [8.0] * 4)).elements
    rng, space = np.random.default_rng(5), Sphere(12)
    native = rng.standard_normal(space.degrees.size)
    native[(np.repeat(degree_order(12)[1], 2) == 0) & (np.arange(native.size) % 2 == 1)] = 0.0
    points = rng.standard_normal((40, 3))
    points /= np.linalg.norm(points, axis=1)[:, None]
    expected = np.mean([SpherePoints(points @ g.T).values(native[None], 12)[0] for g in elements], axis=0)
    kept = GroupAverage.of(elements, 12)(native)
    np.testing.assert_allclose(SpherePoints(points).values(kept[None], 12)[0], expected, rtol=0, atol=1e-11)
    low = (space.degrees > 0) & (space.degrees < 3)
    np.testing.assert_allclose(kept[low], 0.0, atol=1e-14)  # the tetrahedron's first invariant has degree three


def test_places_and_vectors_are_projected_and_an_image_that_is_missing_changes_nothing():
    symmetry = of_sphere(bumps(TETRAHEDRON, [8.0] * 4))
    rng = np.random.default_rng(6)
    moved = TETRAHEDRON + 1e-6 * rng.standard_normal((4, 3))
    moved /= np.linalg.norm(moved, axis=1)[:, None]
    np.testing.assert_allclose(symmetry.kept(moved), TETRAHEDRON, rtol=0, atol=1e-11)
    assert symmetry.kept(TETRAHEDRON) is None
    average = symmetry.average(TETRAHEDRON, rng.standard_normal((4, 3)))
    assert np.abs(np.cross(average, TETRAHEDRON)).max() < 1e-15  # what is left points in or out
    assert np.ptp(np.vecdot(average, TETRAHEDRON)) < 1e-15
    np.testing.assert_allclose(symmetry.shared(moved, np.array([0.2, 0.3, 0.1, 0.4])), 0.25, rtol=1e-14)
    three = moved[:3]
    assert symmetry.kept(three) is None
    assert Symmetry.none(3).kept(moved) is None


def rows_of(initial, beta, end, **given):
    made = problem([identity(beta)], "softmax", initial, end, rows=2, tolerance=1e-6, **given)
    return [event.values for event in march(made) if isinstance(event, Row)]


def test_antipodal_clusters_of_even_data_wait_for_ever_on_the_circle():
    # beta = 0.5: what rounding breaks grows at 0.3 and would merge them at t = 57
    initial = InitialDensity(
        (Component(VonMisesFisher(2.0), toward(0.3), 1.0), Component(VonMisesFisher(2.0), -toward(0.3), 1.0))
    )
    logs = InitialLogDensity(initial)
    symmetry = of_circle(logs, *logs.places())
    assert symmetry.folds == 2
    kept, broken = (rows_of(initial, 0.5, 90.0, symmetry=group)[-1] for group in (symmetry, Symmetry.none(2)))
    assert kept["order_parameter"] < 1e-7
    assert broken["order_parameter"] > 0.99  # the control


CASE = """
title = "Two antipodal bumps"
[space]
kind = "sphere"
chart = "mercator"
[attention]
normalization = "softmax"
beta = 1.0
[initial]
kind = "mixture"
uniform = 0.2
components = [
    {{ mean = [0.48, 0.6, 0.64], concentration = 8.0, weight = {0} }},
    {{ mean = [-0.48, -0.6, -0.64], concentration = 8.0, weight = {1} }},
]
[time]
end = {2}
tolerance = 1e-4
[output]
observe_every = {2}
"""


@pytest.mark.parametrize("weights", [(0.4, 0.4), (0.45, 0.35)])
def test_antipodal_clusters_of_the_sphere_wait_for_ever(weights, tmp_path):
    # equal ones merged at t = 152, unequal ones at t = 65, out of rounding
    record = job.run(Case.parse(CASE.format(*weights, 1e6), (), "antipodal"), tmp_path)
    masses = np.sort(record.clusters["mass"][-1])
    assert record.observables["cluster_count"][-1] == 2
    assert record.observables["order_parameter"][-1] == pytest.approx(masses[1] - masses[0], abs=1e-12)
    assert record.clusters["merger_time"].size == 0


def test_uniform_densities_on_cells_are_refused_with_a_way_out(tmp_path):
    text = CASE.replace('kind = "mixture"\nuniform = 0.2', 'kind = "uniform"').partition("components")[0]
    text += "[time]\nend = 1.0\n"
    with pytest.raises(Exception, match=r'at rest.*chart = "harmonic"'):
        job.run(Case.parse(text, (), "uniform"), tmp_path)
