"""Every space is a truncated orthonormal basis, and its grids are exact to the degree they claim and no further."""

import numpy as np
import pytest
from laws.given import ELSEWHERE, MAKERS, SOMEWHERE, harmonics, inner, some_function
from scipy.special import eval_chebyt, eval_gegenbauer, eval_legendre

from kinetic.geometry import from_angles
from kinetic.spaces.scattered import scattered
from kinetic.spaces.sphere import Sphere
from kinetic.special import laplace_eigenvalues, log_harmonic_dimensions

DEGREE = 9
EPS = np.finfo(float).eps
# Transforms are orthogonal up to rounding: some 10³ additions of numbers of order √N_L at L = 9 leave 1e-12.
ROUNDING = 2e-12


@pytest.fixture(params=MAKERS, name="make")
def _make(request):
    return MAKERS[request.param]


@pytest.fixture(name="space")
def _space(make):
    return make(DEGREE)


@pytest.fixture(name="rng")
def _rng():
    return np.random.default_rng(20240)


def classical(degree, dimension, t):
    """P_l(t), P_l(1) = 1, from scipy."""
    if dimension == 2:
        return eval_chebyt(degree, t)
    if dimension == 3:
        return eval_legendre(degree, t)
    nu = dimension / 2 - 1
    return eval_gegenbauer(degree, nu, t) / eval_gegenbauer(degree, nu, 1.0)


def points_of(space, rng, count=20):
    if space.kind == "zonal":
        return rng.uniform(-1, 1, count)
    x = rng.normal(size=(count, space.dimension))
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


@pytest.mark.parametrize("product", [0, 1, 2, 5, DEGREE])
def test_values_and_analysis_are_inverse(space, rng, product):
    f = some_function(space, rng)
    grid = space.grid(product)
    again = grid.analysis(grid.values(f))
    np.testing.assert_allclose(space.to_public(again), space.to_public(f), atol=ROUNDING)


def test_public_and_native_layouts_are_inverse(space, rng):
    f = some_function(space, rng)
    np.testing.assert_allclose(space.from_public(space.to_public(f)), f, rtol=8 * EPS, atol=0)


def test_grid_and_pointwise_sums_agree(space, rng):
    f = some_function(space, rng)
    grid = space.grid(2)
    values = grid.values(f)
    np.testing.assert_allclose(space.evaluate(f, grid.points), values, atol=ROUNDING * np.abs(values).max())


def test_values_on_rings_are_those_at_their_points(rng):
    sphere, colatitude = Sphere(9), np.array([1e-5, 0.3, 1.9, 3.1])
    f = some_function(sphere, rng)
    rings = sphere.on_rings(f, colatitude, 7)
    points = from_angles(colatitude[:, None], 2 * np.pi * np.arange(7) / 7)
    np.testing.assert_allclose(rings, sphere.evaluate(f, points), atol=ROUNDING * np.abs(rings).max())


def errors_of_integration(make, grid, degree):
    """|∫ Y dσ − exact| for all harmonics of a degree, summed pointwise and independent of the grid's transforms."""
    fine = make(max(degree, 1))
    exact = 1.0 if degree == 0 else 0.0
    return [abs(grid.integrate(fine.evaluate(h, grid.points)) - exact) for h in harmonics(fine, degree)]


@pytest.mark.parametrize(("degree", "product"), [(1, 1), (3, 2), (4, 4)])
def test_quadrature_is_exact_to_its_degree_and_not_beyond(make, degree, product):
    grid = make(degree).grid(product)
    assert grid.exact_to >= 2 * degree + product  # what projecting the product needs
    for l in range(grid.exact_to + 1):
        assert max(errors_of_integration(make, grid, l)) < ROUNDING, l
    # the first degree beyond aliases onto the constant with a weight of order one
    assert max(errors_of_integration(make, grid, grid.exact_to + 1)) > 1e-3


def test_product_with_a_function_of_the_promised_degree_is_projected_exactly(make, rng):
    space, factor = make(6), make(4)
    f, g = some_function(space, rng), some_function(factor, rng)
    fine = make(20).grid(20)
    product = space.evaluate(f, fine.points) * factor.evaluate(g, fine.points)
    exact = make(20).resize(fine.analysis(product), 6)
    grid = space.grid(4)
    got = grid.analysis(grid.values(f) * factor.evaluate(g, grid.points))
    scale = np.abs(space.to_public(exact)).max()
    np.testing.assert_allclose(space.to_public(got), space.to_public(exact), atol=ROUNDING * scale)


def test_divergence_is_the_adjoint_of_the_gradient(space, rng):
    grid = space.grid(3)
    gradient = grid.gradient(some_function(space, rng))
    field = rng.normal(size=gradient.shape)  # any field whatever, not only a band-limited one
    f = some_function(space, rng)
    left, right = grid.inner(grid.gradient(f), field), inner(space, f, grid.weak_divergence(field))
    size = np.sqrt(grid.inner(grid.gradient(f), grid.gradient(f)) * grid.inner(field, field))
    assert abs(left - right) < ROUNDING * size


def test_divergence_has_no_mass_to_the_last_bit(space, rng):
    grid = space.grid(3)
    field = rng.normal(size=grid.gradient(some_function(space, rng)).shape)
    assert np.all(grid.weak_divergence(field)[space.degrees == 0] == 0.0)


@pytest.mark.parametrize("degree", range(DEGREE + 1))
def test_laplacian_has_its_eigenvalues(space, degree):
    grid = space.grid(2)
    eigenvalue = degree * (degree + space.dimension - 2)
    assert laplace_eigenvalues(DEGREE, space.dimension)[degree] == eigenvalue
    for h in harmonics(space, degree):
        minus_laplacian = space.to_public(grid.weak_divergence(grid.gradient(h)))
        np.testing.assert_allclose(minus_laplacian, eigenvalue * space.to_public(h), atol=ROUNDING * max(1, eigenvalue))


def frame_step(space, points, component, step):
    """The points moved along one vector of the frame in which gradients are given, by `step` radians."""
    if space.kind == "zonal":
        return np.cos(np.arccos(points) + step)
    if space.kind == "circle":
        normal = np.stack([-points[..., 1], points[..., 0]], axis=-1)
    else:
        phi = np.arctan2(points[..., 1], points[..., 0])
        east = np.stack([-np.sin(phi), np.cos(phi), np.zeros_like(phi)], axis=-1)
        normal = east if component == 1 else np.cross(east, points)
    return np.cos(step) * points + np.sin(step) * normal


def test_gradient_is_the_derivative_along_great_circles(space, rng):
    f, grid, h = some_function(space, rng), space.grid(1), 1e-3
    gradient = grid.gradient(f)
    for component in range(gradient.shape[0]):
        # sixth-order differences: h⁶ L⁷/140 ~ 4e-14 relative to f, rounding ε/h ~ 1e-12
        difference = sum(
            w * (space.evaluate(f, frame_step(space, grid.points, component, k * h))
                 - space.evaluate(f, frame_step(space, grid.points, component, -k * h)))
            for k, w in ((1, 45 / 60), (2, -9 / 60), (3, 1 / 60))
        ) / h  # fmt: skip
        np.testing.assert_allclose(gradient[component], difference, atol=1e-9 * np.abs(gradient).max())


@pytest.mark.parametrize("degree", [0, 1, 2, 5, DEGREE])
def test_addition_theorem(space, rng, degree):
    axis = SOMEWHERE[space.kind]
    points = points_of(space, rng)
    t = points if space.kind == "zonal" else points @ axis
    one_degree = np.where(space.degrees == degree, space.dirac(axis), 0.0)
    multiplicity = np.exp(log_harmonic_dimensions(DEGREE, space.dimension)[degree])
    expected = multiplicity * classical(degree, space.dimension, t)
    np.testing.assert_allclose(space.evaluate(one_degree, points), expected, atol=ROUNDING * multiplicity)


def test_dirac_mass_evaluates_functions(space, rng):
    f = some_function(space, rng)
    for axis in (SOMEWHERE[space.kind], ELSEWHERE[space.kind]):
        value = float(np.squeeze(space.evaluate(f, axis)))
        assert inner(space, f, space.dirac(axis)) == pytest.approx(value, rel=ROUNDING, abs=ROUNDING)


def test_parseval(space, rng):
    f, g = some_function(space, rng), some_function(space, rng)
    grid = space.grid(DEGREE)
    by_nodes = grid.integrate(grid.values(f) * grid.values(g))
    assert by_nodes == pytest.approx(
        inner(space, f, g), abs=ROUNDING * np.sqrt(inner(space, f, f) * inner(space, g, g))
    )
    multiplicity = np.exp(log_harmonic_dimensions(DEGREE, space.dimension))
    assert multiplicity @ space.by_degree(f, g) == pytest.approx(inner(space, f, g), abs=ROUNDING * 100)


def test_mean_is_the_integral_of_the_position(space, rng):
    f, grid = some_function(space, rng), space.grid(1)
    weighted = grid.values(f) * grid.weights
    positions = grid.points[..., None] if space.kind == "zonal" else grid.points
    expected = (weighted[..., None] * positions).reshape(-1, positions.shape[-1]).sum(axis=0)
    np.testing.assert_allclose(space.mean(f), expected, atol=ROUNDING)


def test_resizing_pads_with_zeros_and_cuts(space, rng):
    f, points = some_function(space, rng), points_of(space, rng)
    larger = space.at_degree(2 * DEGREE)
    padded = space.resize(f, 2 * DEGREE)
    size = np.abs(space.evaluate(f, points)).max()
    np.testing.assert_allclose(larger.evaluate(padded, points), space.evaluate(f, points), atol=ROUNDING * size)
    np.testing.assert_array_equal(larger.resize(padded, DEGREE), f)
    assert not np.any(padded[larger.degrees > DEGREE])


def test_circle_layout_is_cosines_then_sines(rng):
    space = MAKERS["circle"](DEGREE)
    f = some_function(space, rng)
    angle = rng.uniform(0, 2 * np.pi, 20)
    cosine, sine = space.to_public(f)
    k = np.arange(1, DEGREE + 1)[:, None]
    expected = cosine[0] + np.sqrt(2) * (cosine[1:] @ np.cos(k * angle) + sine[1:] @ np.sin(k * angle))
    points = np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    np.testing.assert_allclose(space.evaluate(f, points), expected, atol=ROUNDING)


def test_sphere_layout_is_that_of_pyshtools(rng):
    pyshtools = pytest.importorskip("pyshtools")
    space = MAKERS["sphere"](DEGREE)
    f = some_function(space, rng)
    latitude, longitude = rng.uniform(-90, 90, 20), rng.uniform(0, 360, 20)
    expected = pyshtools.SHCoeffs.from_array(space.to_public(f)).expand(lat=latitude, lon=longitude)
    theta, phi = np.radians(90 - latitude), np.radians(longitude)
    points = np.stack([np.sin(theta) * np.cos(phi), np.sin(theta) * np.sin(phi), np.cos(theta)], axis=-1)
    np.testing.assert_allclose(space.evaluate(f, points), expected, atol=ROUNDING * np.abs(expected).max())


@pytest.mark.parametrize("dimension", [2, 3, 8, 64])
def test_zonal_layout_is_orthonormal_gegenbauer(rng, dimension):
    space = MAKERS[f"zonal d={dimension}"](DEGREE)
    f, t = some_function(space, rng), rng.uniform(-1, 1, 20)
    roots = np.exp(log_harmonic_dimensions(DEGREE, dimension) / 2)
    terms = [c * r * classical(l, dimension, t) for l, (c, r) in enumerate(zip(space.to_public(f), roots, strict=True))]
    np.testing.assert_allclose(space.evaluate(f, t), np.sum(terms, axis=0), atol=ROUNDING * np.abs(terms).max())


def test_sums_over_points_keep_their_accuracy_beyond_the_degrees_of_their_powers(rng):
    angles, degree = rng.uniform(-np.pi, np.pi, 40), 3400
    points = scattered(np.stack([np.cos(angles), np.sin(angles)], axis=-1))
    weights, modes = rng.uniform(size=40) / 40, rng.normal(size=degree + 1) / (1.0 + np.arange(degree + 1))
    waves = np.exp(1j * np.outer(angles, np.arange(degree + 1)))
    sums = points.sums(weights, degree).view(complex)
    np.testing.assert_allclose(sums, weights @ waves.conj(), atol=1e-13 + 2 * degree * EPS)
    values = waves.real[:, 1:] @ (2 * modes[1:]) + modes[0]
    found = points.values(np.stack([modes, 0 * modes], axis=-1).reshape(1, -1), degree)[0]
    np.testing.assert_allclose(found, values, atol=(1e-13 + 2 * degree * EPS) * np.abs(modes).sum())
