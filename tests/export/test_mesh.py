"""The meshes of exports: closed, oriented outward, and exact quadrature rules."""

from itertools import pairwise

import numpy as np
import pytest

from kinetic.errors import DomainError
from kinetic.export.mesh import COARSEST, FINEST, SphereMesh, latitude_weights, meridian, require_resolution
from kinetic.special import gegenbauer

ROUNDING = 1e-14  # sums of some hundred terms of order one


@pytest.mark.parametrize("dimension", [2, 3, 5, 12])
@pytest.mark.parametrize("intervals", [8, 9])
def test_weights_integrate_polynomials_up_to_the_number_of_intervals(intervals, dimension):
    weights = latitude_weights(intervals, dimension)
    integrals = gegenbauer(intervals, dimension, np.cos(meridian(intervals))) @ weights
    np.testing.assert_allclose(integrals, np.eye(1, intervals + 1)[0], atol=ROUNDING)


def test_weights_are_not_exact_beyond():
    weights = latitude_weights(8, 3)
    assert abs(gegenbauer(10, 3, np.cos(meridian(8)))[10] @ weights) > 1e-3


@pytest.mark.parametrize("intervals", [4, 7])
def test_the_surface_is_closed_and_faces_outward(intervals):
    mesh = SphereMesh(intervals)
    points = mesh.surface(mesh.points)
    connectivity, offsets = mesh.cells
    assert len(points) == 2 * intervals * (intervals - 1) + 2
    edges = {}
    for begin, end in pairwise(offsets):
        cell = connectivity[begin:end]
        for edge in zip(cell, np.roll(cell, -1), strict=True):
            edges[edge] = edges.get(edge, 0) + 1
        corner = points[cell]
        normal = np.cross(corner[1] - corner[0], corner[2] - corner[1])
        assert normal @ corner.mean(axis=0) > 0
    assert set(edges.values()) == {1}
    assert all((b, a) in edges for a, b in edges)
    assert len(points) - len(edges) // 2 + len(offsets) - 1 == 2  # Euler's formula


def test_tangents_are_orthonormal_at_every_point_poles_included():
    mesh = SphereMesh(6)
    south, east = np.broadcast_arrays(mesh.southward, mesh.eastward)
    for vectors, others, product in ((south, south, 1), (east, east, 1), (south, east, 0), (south, mesh.points, 0)):
        np.testing.assert_allclose(np.vecdot(vectors, others), product, atol=ROUNDING)
    np.testing.assert_allclose(np.cross(south, east), mesh.points, atol=ROUNDING)


@pytest.mark.parametrize("intervals", [COARSEST - 1, FINEST + 1])
def test_a_resolution_out_of_range_is_refused(intervals):
    with pytest.raises(DomainError, match="resolution: received"):
        require_resolution(intervals)
