"""What cells on the sphere are asked: integrals with a tip, what halving them changes, and where a point lies."""

import math

import numpy as np
import pytest
from mercator.sphere_runs import mixture

from kinetic.charts import pose as poses
from kinetic.charts.patches import sphere_labels
from kinetic.geometry import unit
from kinetic.initial import Component, InitialDensity, VonMisesFisher
from kinetic.mercator.sphere import InitialSphereLogarithm, SphereCriterion, SphereMercatorDensity
from kinetic.mercator.sphere.resolution import LEAD, _Integrals, quadrature_changes
from kinetic.mercator.sphere.start import first_cells, laid


def density_of(initial, tolerance, axis=(0.2, 0.3, 1.0)):
    """A density on its first cells, pole at an axis."""
    turn = poses.pointing(unit(axis), 0.0)[1:]
    logarithm, criterion = InitialSphereLogarithm(initial), SphereCriterion.of(1.0, tolerance)
    cells = first_cells(sphere_labels(2, 8), logarithm, poses.rotation(np.append(0.0, turn)), criterion)
    return SphereMercatorDensity(cells, turn)


def coarse_cells():
    """Cells of the mixture that are not refined."""
    return laid(sphere_labels(2, 5), InitialSphereLogarithm(mixture()), np.eye(3))[1]


def test_the_distance_to_a_dirac_mass_is_that_of_a_quadrature_in_its_angle():
    kappa, share = 3.0, 0.6
    made = InitialDensity((Component(VonMisesFisher(kappa), unit((1.0, 0.4, 0.9)), share),), uniform=1 - share)
    density = density_of(made, 1e-10)
    at, weights = np.polynomial.legendre.leggauss(60)
    theta = 0.5 * math.pi * (1 + at)
    rho = 1 - share + share * kappa / math.sinh(kappa) * np.exp(kappa * np.cos(theta))
    exact = math.sqrt(0.25 * math.pi * float(weights @ (theta**2 * rho * np.sin(theta))))
    assert density.w2_to_dirac == pytest.approx(exact, rel=3e-13)
    # the tip at the antipode is not seen by the tokens alone
    plain = math.sqrt(float(np.sum(density.cells.masses * density.angles() ** 2)))
    assert abs(plain / exact - 1) > 1e-9


def test_changes_are_bounded_without_halving():
    cells = coarse_cells()
    found = [_Integrals.of(cells, beta, LEAD) for beta in (0.0, 2.0)]
    for integrals in found:
        totals = integrals.totals
        bounds = (integrals.bounds / totals[:, None]).max(axis=(0, 2))
        changes = integrals.changes(cells, totals, 0.0).max(axis=1)
        assert changes.max() > 1e-9
        assert np.all(changes <= 1.2 * bounds + 1e-14)
    # sums of the pieces are those of the mass, of 1 − R and of the kernel
    points, masses = SphereMercatorDensity(cells, np.array([1.0, 0.0, 0.0, 0.0])).points, cells.masses.ravel()
    sums = found[1].sums[0].sum(axis=0)
    assert np.allclose(sums[:2], [1.0, masses @ (1 - points[:, 2])], rtol=1e-13, atol=0)
    assert sums[9] == pytest.approx(masses @ np.exp(-2.0 * (points[:, 1] + 1.0)), rel=1e-13)


def test_a_change_that_matters_is_the_same_whatever_may_be_left_out():
    cells = coarse_cells()
    every = quadrature_changes(cells, 1.0, 0.0)
    assert np.all(every > 0)
    for least in (0.5 * every.max(), 1e6 * every.max()):
        some = quadrature_changes(cells, 1.0, float(least))
        matters = every.max(axis=1) > least
        assert np.array_equal(some[matters], every[matters])
    assert not some.any()  # where nothing can matter, nothing is halved


def test_a_point_alone_lies_where_it_lies_among_many():
    density = density_of(mixture(), 1e-6)
    points = np.random.default_rng(2).normal(size=(20, 3))
    points /= np.linalg.norm(points, axis=1)[:, None]
    alone = [float(density.log_values(point)) for point in points]
    assert np.abs(density.log_values(points) - alone).max() < 1e-12
