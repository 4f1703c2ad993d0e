"""Potential and drift on a mesh are those of attention: against dense quadrature of the integrals themselves."""

import numpy as np
import pytest
from small_records import record_of

from kinetic.claims.evidence import Evidence
from kinetic.errors import DomainError
from kinetic.export.fields import Heads, circle_fields, sphere_fields, zonal_fields
from kinetic.export.mesh import SphereMesh, circle, meridian
from kinetic.export.snapshots import heads_of
from kinetic.special import gauss_gegenbauer, log_hypergeometric_0f1

TOLERANCE = 1e-12  # sums of some thousand terms of order e^|β| at most

HEADS = [
    Heads(((1.0, 1.0),), "softmax"),
    Heads(((-2.0, 1.0),), "none"),
    Heads(((3.0, -0.5), (1.0, 2.0)), "softmax"),
]


def dense(points, nodes, masses, heads):
    """(G, X) by summing over nodes."""
    potential, drift = np.zeros(len(points)), np.zeros(points.shape)
    dimension = points.shape[-1]
    for b, value in heads.heads:
        mean = np.exp(log_hypergeometric_0f1(dimension / 2, b * b / 4))
        kernel = np.exp(b * points @ nodes.T)
        ambient = kernel @ (masses[:, None] * nodes)
        scale = mean if heads.normalization == "softmax" else 1.0
        partition = (kernel @ masses)[:, None] if heads.normalization == "softmax" else 1.0
        potential += value * ((kernel - mean) / b) @ masses / scale
        drift += value * (ambient - points * np.vecdot(ambient, points)[:, None]) / partition
    return potential, drift


def same(fields, points, nodes, masses, heads):
    potential, drift = dense(points.reshape(-1, points.shape[-1]), nodes, masses, heads)
    np.testing.assert_allclose(fields.potential.ravel(), potential, atol=TOLERANCE * np.abs(potential).max())
    np.testing.assert_allclose(fields.drift.reshape(drift.shape), drift, atol=TOLERANCE * max(1.0, np.abs(drift).max()))


@pytest.mark.parametrize("heads", HEADS)
def test_fields_of_the_sphere(heads):
    density, mesh = record_of("sphere").density(-1), SphereMesh(7)
    grid = density.space.grid(60)  # degree 15 times the kernel's significant degree, below 45
    masses = (grid.values(density.native) * grid.weights).ravel()
    fields = sphere_fields(density, heads, mesh)
    same(fields, mesh.points, grid.points.reshape(-1, 3), masses, heads)
    np.testing.assert_allclose(fields.density, density.values(mesh.points), atol=TOLERANCE * fields.density.max())


@pytest.mark.parametrize("heads", HEADS)
def test_fields_of_the_circle(heads):
    density, angles = record_of("circle").density(-1), circle(9)
    grid = density.space.grid(90)
    masses = grid.values(density.native) / grid.shape
    points = np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    same(circle_fields(density, heads, angles), points, grid.points, masses, heads)


@pytest.mark.parametrize("heads", HEADS)
def test_fields_about_an_axis(heads):
    density, theta = record_of("revolved").density(-1), meridian(8)
    t, weights = gauss_gegenbauer(60, 3)
    phi = 2 * np.pi * np.arange(80) / 80
    sine = np.sqrt(1 - t**2)
    nodes = np.stack(
        [np.outer(sine, np.cos(phi)), np.outer(sine, np.sin(phi)), np.outer(t, np.ones(80))], axis=-1
    ).reshape(-1, 3)
    masses = np.repeat(weights * density.values(t) / 80, 80)
    points = np.stack([np.sin(theta), 0 * theta, np.cos(theta)], axis=-1)
    fields = zonal_fields(density, heads, theta, 3)
    along = np.stack([np.cos(theta), 0 * theta, -np.sin(theta)], axis=-1)
    potential, drift = dense(points, nodes, masses, heads)
    np.testing.assert_allclose(fields.potential, potential, atol=TOLERANCE * np.abs(potential).max())
    np.testing.assert_allclose(fields.drift[:, 0], np.vecdot(drift, along), atol=TOLERANCE * 20)


class Foreign:
    """A density that tells nothing but its values and its mean."""

    def __init__(self, density):
        self.mean, self.direction = density.mean, density.direction
        self.values = density.values


@pytest.mark.parametrize("heads", HEADS)
def test_a_density_of_the_sphere_in_another_chart_has_the_same_fields(heads):
    density, mesh = record_of("sphere").density(-1), SphereMesh(5)
    known, foreign = (sphere_fields(d, heads, mesh) for d in (density, Foreign(density)))
    # rings carry waves of degree 15 to rounding, and leave out a share of 1e-10 of the sphere
    np.testing.assert_allclose(foreign.drift, known.drift, atol=1e-9 * np.abs(known.drift).max())
    np.testing.assert_allclose(foreign.potential, known.potential, atol=1e-9 * np.abs(known.potential).max())
    np.testing.assert_allclose(foreign.density, known.density, atol=TOLERANCE * known.density.max())


@pytest.mark.parametrize("heads", HEADS)
def test_a_density_of_the_circle_in_another_chart_has_the_same_fields(heads):
    density, angles = record_of("circle").density(-1), circle(9)
    known, foreign = (circle_fields(d, heads, angles) for d in (density, Foreign(density)))
    np.testing.assert_allclose(foreign.drift, known.drift, atol=1e-9 * np.abs(known.drift).max())


class Needle:
    """A von Mises–Fisher density of the sphere of width 1e-6: a Dirac mass to 1e-12."""

    direction = mean = np.array([0.6, 0.0, 0.8])
    rapidity = 14.0

    def values(self, points):
        distance = np.sum((np.asarray(points) - self.direction) ** 2, axis=-1) / 2
        return 2e12 * np.exp(-1e12 * distance)


def test_the_drift_towards_a_needle_is_that_towards_a_dirac_mass():
    mesh = SphereMesh(6)
    drift = sphere_fields(Needle(), HEADS[0], mesh).drift
    towards = Needle.direction - mesh.points * (mesh.points @ Needle.direction)[..., None]
    np.testing.assert_allclose(drift, towards, atol=1e-9)


def test_a_density_too_concentrated_for_rings_is_refused():
    density = Foreign(record_of("circle").density(0))
    density.values = lambda points: np.where(points[..., 0] > 1 - 1e-9, 1e4, 0.0)
    with pytest.raises(DomainError, match="instead of 1"):
        circle_fields(density, HEADS[0], circle(8))


def test_where_rounding_hides_a_density_of_high_dimension_it_is_refused():
    with pytest.raises(DomainError, match="rounding or the missing degrees hide"):
        zonal_fields(record_of("high").density(-1), None, meridian(8), 512)


def test_heads_are_those_of_the_case():
    assert heads_of(Evidence(record_of("circle", "none", -1.5))) == Heads(((-1.5, 1.0),), "none")
