"""The share of close pairs: against slow twins that place the tokens themselves."""

import math

import numpy as np
import pytest
from clusters.atoms import at_angles

from kinetic.assembly import build
from kinetic.attention.heads import Head
from kinetic.case import Case
from kinetic.clusters.density import CloudDensity
from kinetic.conformal import ConformalDensity
from kinetic.density import Density
from kinetic.errors import DomainError
from kinetic.geometry import frame_of
from kinetic.initial import Component, InitialDensity, VonMisesFisher
from kinetic.mercator.circle import InitialLogDensity, circle_mercator_start
from kinetic.particles import TokenHead, simulate
from kinetic.sampling import sample_uniform, sample_von_mises_fisher
from kinetic.spaces.circle import Circle
from kinetic.spaces.sphere import Sphere
from kinetic.spaces.zonal import Zonal
from kinetic.sweep.pairs import cap_coefficients, close_pairs, close_pairs_of_tokens
from kinetic.tokens import token_paths

ROUNDING = 1e-13  # sums of some hundred terms below one


def random_density(space, size, degree=6):
    """1 + harmonics up to a degree, with coefficients of some size."""
    rng = np.random.default_rng(3)
    native = size * rng.normal(size=space.degrees.size) * (space.degrees <= degree)
    native = space.from_public(space.to_public(native))  # a sine of order zero is none
    return Density(space, space.dirac(axis_of(space)) * (space.degrees == 0) + native * (space.degrees > 0))


def axis_of(space):
    return np.eye(space.dimension)[0] if space.kind != "zonal" else 1.0


def test_on_the_circle_the_cap_has_the_coefficients_of_a_window():
    degrees, angle = np.arange(1, 60), math.acos(1 - 0.03)
    expected = np.sin(degrees * angle) / (np.pi * degrees)
    np.testing.assert_allclose(cap_coefficients(59, 2, 0.03)[1:], expected, atol=ROUNDING)


@pytest.mark.parametrize("delta", [1e-3, 0.4, 1.7])
def test_on_the_sphere_the_share_of_a_cap_is_half_its_height(delta):
    assert cap_coefficients(1, 3, delta)[0] == pytest.approx(0.5 * delta, rel=1e-13)


@pytest.mark.parametrize("delta", [1e-3, 0.4, 1.7])
@pytest.mark.parametrize("dimension", [2, 3, 5, 8])
def test_two_caps_make_the_sphere(dimension, delta):
    # what a cap around e leaves is a cap around −e, whose odd coefficients have the other sign
    cap, rest = cap_coefficients(9, dimension, delta), cap_coefficients(9, dimension, 2 - delta)
    turned = rest * (-1.0) ** np.arange(10)
    np.testing.assert_allclose(cap + turned, np.arange(10) == 0, atol=ROUNDING)


@pytest.mark.parametrize("space", [Circle(8), Sphere(8), Zonal(8, 5)])
def test_the_uniform_density_has_the_share_of_the_cap(space):
    uniform = Density(space, space.dirac(axis_of(space)) * (space.degrees == 0))
    assert close_pairs(uniform, 0.1) == pytest.approx(cap_coefficients(1, space.dimension, 0.1)[0], rel=1e-13)


def test_on_the_circle_every_token_is_asked_for_the_mass_in_its_window():
    """∫ ρ(x) μ([x − a, x + a]) by the trapezoidal rule and Gauss's, both exact for so few harmonics."""
    density, angle = random_density(Circle(12), 0.05), math.acos(1 - 0.2)
    around = 2 * np.pi * np.arange(40) / 40
    nodes, weights = np.polynomial.legendre.leggauss(60)

    def values(angles):
        return density.values(np.stack([np.cos(angles), np.sin(angles)], axis=-1))

    window = values(around[:, None] + angle * nodes) @ (angle * weights) / (2 * np.pi)
    assert close_pairs(density, 0.2) == pytest.approx(float(np.mean(values(around) * window)), rel=1e-12)


def test_on_the_sphere_every_token_is_asked_for_the_mass_in_its_cap():
    density, delta = random_density(Sphere(6), 0.05), 0.3
    heights, weights = np.polynomial.legendre.leggauss(12)
    heights, weights = 1 - 0.5 * delta * (1 - heights), 0.5 * delta * weights / 2
    azimuth = 2 * np.pi * np.arange(24) / 24
    grid = density.space.grid(6)
    total = 0.0
    for point, mass in zip(
        grid.points.reshape(-1, 3), (grid.values(density.native) * grid.weights).reshape(-1), strict=True
    ):
        frame = frame_of(point)
        sides = np.stack([np.cos(azimuth), np.sin(azimuth)], axis=-1) @ frame[:2]
        cap = heights[:, None, None] * point + np.sqrt(1 - heights**2)[:, None, None] * sides
        total += mass * float(weights @ density.values(cap).mean(axis=-1))
    assert close_pairs(density, delta) == pytest.approx(total, rel=1e-11)


@pytest.mark.parametrize("rapidity", [-0.5, 0.0, 1.0, 2.5])
def test_a_boosted_density_has_as_many_close_pairs_as_its_harmonics(rapidity):
    # ν of degree 6 seen through a boost has harmonics that fall like tanh(η/2)^l: at 700 none is left
    boosted = ConformalDensity(random_density(Circle(6), 0.05), np.array([rapidity, 0.7]))
    plain = Density(Circle(700), boosted.coefficients_in(Circle(700)))
    for delta in (1e-3, 0.3, 1.5):
        assert close_pairs(boosted, delta) == pytest.approx(close_pairs(plain, delta), rel=1e-10)


def test_a_cluster_far_narrower_than_the_window_has_all_pairs():
    """The Poisson kernel of half-width w = 2e^{−η}: two tokens are farther apart than a with probability 4w/(πa)."""
    boosted = ConformalDensity(Density(Circle(4), np.eye(10)[0]), np.array([12.0, 0.0]))
    angle, width = math.acos(1 - 1e-3), 2 * math.exp(-12.0)
    # of a Cauchy law of half-width 2w, 1 − (2/π) arctan(a/2w) lies beyond a; the circle is 2π wide and a is small
    assert 1 - close_pairs(boosted, 1e-3) == pytest.approx(4 * width / (np.pi * angle), rel=angle)


def test_densities_without_such_a_sum_have_no_number():
    assert math.isnan(close_pairs(random_density(Zonal(8, 64), 1e-3), 0.1))


def test_clusters_alone_have_the_pairs_of_their_tokens():
    apart = CloudDensity(at_angles([0.0, 1.0], [0.3, 0.7]))
    assert close_pairs(apart, 0.1) == pytest.approx(0.3**2 + 0.7**2, rel=1e-12)
    assert close_pairs(apart, 0.5) == pytest.approx(1.0, rel=1e-12)


def test_cells_of_the_circle_have_the_pairs_of_their_density():
    bumps = InitialDensity((Component(VonMisesFisher(6.0), np.array([0.6, 0.8]), 0.5),), 0.5)
    space = Circle(128)
    series = Density(space, bumps.coefficients(space))
    flow, state = circle_mercator_start([Head.of(2.0, 1, 1, 1, 2)], "softmax", InitialLogDensity(bumps), 1e-9)
    for delta in (1e-3, 0.1):
        assert close_pairs(flow.density(state), delta) == pytest.approx(close_pairs(series, delta), rel=1e-4)


def zonal_start(dimension, keys, chart='chart = "mercator"'):
    """The density that a zonal case begins with."""
    text = f"""title = "t"
[space]
kind = "zonal"
dimension = {dimension}
{chart}
[attention]
normalization = "softmax"
beta = 1.0
[initial]
{keys}
[time]
end = 1.0
"""
    problem = build(Case.parse(text))
    return problem.flow.density(problem.state)


BUMP = 'kind = "von_mises_fisher"\nconcentration = 6.0'


@pytest.mark.parametrize(("dimension", "relative"), [(2, 1e-4), (3, 1e-3), (8, 1e-6)])
def test_cells_about_an_axis_have_the_pairs_of_their_harmonics(dimension, relative):
    cells, series = zonal_start(dimension, BUMP), zonal_start(dimension, BUMP, "degree = 64")
    for delta in (1e-3, 0.1):
        assert close_pairs(cells, delta) == pytest.approx(close_pairs(series, delta), rel=relative)


def test_uniform_cells_have_the_share_of_the_cap_in_any_dimension():
    uniform = zonal_start(64, 'kind = "linear"\nslope = 0.0')
    assert close_pairs(uniform, 0.7) == pytest.approx(cap_coefficients(1, 64, 0.7)[0], rel=1e-5)


def test_a_narrow_bump_in_high_dimension_has_the_pairs_of_drawn_tokens():
    tokens = sample_von_mises_fisher(np.eye(128)[-1], 1e5, 1500, np.random.default_rng(2))
    above = np.triu_indices(1500, 1)
    cells = zonal_start(128, 'kind = "von_mises_fisher"\nconcentration = 1e5')
    for delta in (1.1e-3, 1.27e-3, 1.4e-3):
        drawn = float(np.mean((tokens @ tokens.T)[above] >= 1 - delta))
        # pairs that share a token are correlated: no better than as many draws as tokens
        assert close_pairs(cells, delta) == pytest.approx(drawn, abs=4 * 0.5 / math.sqrt(1500))
        assert 0.02 < drawn < 0.98


def token_case(space, beta=0.0, more=""):
    text = f"""title = "t"
[space]
{space}
[attention]
normalization = "softmax"
beta = {beta}
{more}
[initial]
kind = "uniform"
[time]
end = 1.0
"""
    return Case.parse(text)


def test_two_tokens_at_beta_zero_are_close_from_the_time_of_their_exact_motion():
    """φ' = −sin φ, so that tan(φ/2) falls like e^{−t}: close are those that began nearer than that."""
    case, draws, times, delta = token_case('kind = "circle"\ndegree = 8'), 40, np.array([0.0, 0.5, 1.5]), 0.2
    rng = np.random.default_rng(0)
    pairs = np.array([sample_uniform(2, 2, rng) for _ in range(draws)])
    angles = np.arccos(np.clip(np.sum(pairs[:, 0] * pairs[:, 1], axis=1), -1, 1))
    expected = [np.mean(2 * np.arctan(np.tan(angles / 2) * np.exp(-t)) <= math.acos(1 - delta)) for t in times]
    np.testing.assert_array_equal(close_pairs_of_tokens(case, times, 2, draws, delta), expected)
    assert expected[0] < expected[1] < expected[2]


def test_fewer_tokens_than_dimensions_move_in_the_space_that_they_span():
    case, times = token_case('kind = "zonal"\ndimension = 12\ndegree = 8', beta=2.0), np.array([0.0, 0.7, 2.0])
    points = sample_uniform(12, 5, np.random.default_rng(4))
    found = token_paths(case, points, times, 1e-9)
    whole = simulate(points, times, [TokenHead(2.0)], "softmax", tolerance=1e-9, save=times).saved_points
    assert found.shape == (3, 5, 5)
    np.testing.assert_allclose(found @ found.mT, whole @ whole.mT, atol=1e-7)
    assert np.abs(found[2] @ found[2].T - found[0] @ found[0].T).max() > 0.3


def test_paths_of_noisy_tokens_are_refused():
    noisy = token_case('kind = "circle"\ndegree = 8', more="[noise]\ndiffusion = 0.1")
    with pytest.raises(DomainError, match="noise"):
        close_pairs_of_tokens(noisy, np.array([0.0, 1.0]), 4, 1, 0.1)
