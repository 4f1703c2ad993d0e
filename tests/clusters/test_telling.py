"""Clusters told on a frame's rings and in cells cut at a rim, against single tokens and a cap's exact mass."""

import math

import numpy as np
from scipy.special import betainc

from kinetic.attention.attracting import degree_for
from kinetic.charts.elements import element_of_order
from kinetic.charts.material import MaterialMesh
from kinetic.charts.pose import pointing
from kinetic.clusters.of_tokens import clusters_of as of_tokens
from kinetic.conformal.clusters import clusters_of
from kinetic.conformal.density import ConformalDensity
from kinetic.density import Density
from kinetic.kernels import ExponentialKernel
from kinetic.mercator.zonal.clusters import clusters_of as of_mesh
from kinetic.spaces.sphere import Sphere


def test_a_frame_tells_the_clusters_of_its_tokens_in_physical_coordinates() -> None:
    rng = np.random.default_rng(5)
    space, kernel = Sphere(15), ExponentialKernel(4.0, 3)
    native = 0.2 * rng.standard_normal(12)
    native[:6] = 1.0, 0.0, native[2], 0.0, native[4], 0.0  # of order 0: real
    native = Sphere(2).resize(native, 15)
    axis = np.array([0.6, -0.64, 0.48])
    density = ConformalDensity(Density(space, native), pointing(axis, 0.7))
    found = clusters_of(density, kernel)
    expected = of_tokens(kernel, *density.quadrature(degree_for(kernel, 4095)))
    assert found.count == expected.count
    assert found.count > 0
    assert np.allclose(found.position, expected.position, atol=1e-10)
    assert np.allclose(found.mass, expected.mass, rtol=1e-10)
    assert np.allclose(found.spread, expected.spread, rtol=1e-9)


def test_the_mass_within_a_rim_is_that_of_the_cap_however_small() -> None:
    dimension, element = 200, element_of_order(8)
    edges = np.linspace(-8.0, 8.0, 81)
    mesh = MaterialMesh.laid(element, edges, np.zeros_like, dimension)
    found = of_mesh(mesh, np.full(mesh.y.size + 2, -1.0))
    cap = 0.5 * betainc(0.5 * (dimension - 1), 0.5, math.sin(0.3) ** 2)
    assert found.count == 1
    assert cap < 1e-100
    assert math.isclose(found.mass[0], cap, rel_tol=1e-9)
