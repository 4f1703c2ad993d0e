"""Cells cover the circle and the sphere once, integrate to spectral accuracy, and keep polynomials when halved."""

import numpy as np
import pytest

from kinetic.charts.elements import element_of_order
from kinetic.charts.material import MaterialMesh
from kinetic.charts.patches import cell_of_order, circle_labels, sphere_labels


@pytest.mark.parametrize("labels", [circle_labels(3, 12), sphere_labels(1, 12)])
def test_the_labels_cover_the_sphere_once(labels):
    points, areas = labels.points_and_areas()
    assert np.allclose(np.linalg.norm(points, axis=-1), 1, rtol=0, atol=1e-15)
    weights = areas * labels.cell.weights
    # the integrands are analytic beyond a cell by about its own length: 13 Gauss points give (2 + √3)^{-26} ≈ 1e-15
    assert weights.sum() == pytest.approx(1, rel=1e-13)
    assert np.allclose(np.einsum("cn,cni->i", weights, points), 0, atol=1e-13)
    second = np.einsum("cn,cni,cnj->ij", weights, points, points)
    assert np.allclose(second, np.eye(points.shape[-1]) / points.shape[-1], atol=1e-12)


@pytest.mark.parametrize("labels", [circle_labels(4, 6), sphere_labels(2, 6)])
def test_halved_labels_cover_the_same_cells(labels):
    axis = np.random.default_rng(3).integers(-1, labels.cell.dimension, size=labels.face.size)
    halved = labels.split(axis)
    assert halved.face.size == labels.face.size + np.count_nonzero(axis >= 0)
    fine, coarse = halved.points_and_areas(), labels.points_and_areas()
    assert np.allclose(labels.cell.split(coarse[0], axis), fine[0], atol=3e-6)  # the degree-6 polynomial of a cell
    assert (fine[1] @ labels.cell.weights).sum() == pytest.approx((coarse[1] @ labels.cell.weights).sum(), rel=1e-8)


@pytest.mark.parametrize("dimension", [1, 2])
def test_polynomials_survive_halving_and_differentiation(dimension):
    cell = cell_of_order(5, dimension)

    def polynomial(x):
        return np.prod(x**4 - 2 * x**5, axis=-1)

    values = polynomial(cell.points)[None]
    for axis in range(dimension):
        shift = np.zeros(dimension)
        shift[axis] = 0.5
        scale = np.ones(dimension)
        scale[axis] = 0.5
        halves = cell.split(values, np.array([axis]))
        assert np.allclose(halves[0], polynomial(scale * cell.points), atol=1e-14)
        assert np.allclose(halves[1], polynomial(shift + scale * cell.points), atol=1e-14)
        step = 1e-4
        moved = np.zeros(dimension)
        moved[axis] = step
        difference = (polynomial(cell.points + moved) - polynomial(cell.points - moved)) / (2 * step)
        assert np.allclose(cell.derivatives[axis] @ values[0], difference, atol=1e-6)
    at = np.random.default_rng(0).random((7, dimension))
    assert np.allclose(cell.tabulate(at) @ values[0], polynomial(at), atol=1e-14)


def test_roughness_is_the_error_of_what_is_left_out():
    cell = cell_of_order(8, 2)
    field = np.exp(3 * cell.points[:, 0] + 0.1 * cell.points[:, 1])[None]
    rough = cell.roughness(field)[0]
    at = np.random.default_rng(0).random((200, 2))
    error = np.abs(cell.tabulate(at) @ field[0] - np.exp(3 * at[:, 0] + 0.1 * at[:, 1])).max()
    assert rough[0] > error  # degrees 7 and 8 hold more than all beyond
    assert rough[1] < 1e-12 < rough[0]


def test_halves_of_an_element_hold_its_mass_however_coarse_it_is():
    element = element_of_order(5)
    mesh = MaterialMesh.laid(element, np.array([-9.0, -2.0, 3.0]), lambda y: -20.0 * np.tanh(y) ** 2, 128)
    halved = mesh.split(np.array([True, False]))
    assert np.all(halved.log_mass[2] == mesh.log_mass[1])
    assert halved.masses[:2].sum() == pytest.approx(mesh.masses[0].sum(), rel=1e-14)
    once = element.halves @ mesh.log_mass[0] - np.log(2.0)  # interpolation alone
    assert abs(np.exp(once) @ element.weights / mesh.masses[0].sum()).sum() != pytest.approx(1.0, rel=1e-6)
