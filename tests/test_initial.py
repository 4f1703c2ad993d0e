"""Initial densities: mass one, the mean of the textbook, the same coefficients at every degree."""

import numpy as np
import pytest
from laws.given import SOMEWHERE
from oracles.series import bessel_ratio
from scipy.special import hyp2f1

from kinetic.assembly import build
from kinetic.case import Case
from kinetic.density import Density
from kinetic.errors import CaseError
from kinetic.initial import (
    Band,
    Cap,
    Component,
    Harmonic,
    InitialDensity,
    Linear,
    Poisson,
    VonMisesFisher,
    WrappedNormal,
    profile_moments,
    random_harmonics,
)
from kinetic.spaces.circle import Circle
from kinetic.spaces.sphere import Sphere
from kinetic.spaces.zonal import Zonal

SPACES = [Circle(40), Sphere(40), *(Zonal(40, d) for d in (2, 3, 8, 64, 512, 4096))]
NAMES = [f"{space.kind} d={space.dimension}" for space in SPACES]
everywhere = pytest.mark.parametrize("space", SPACES, ids=NAMES)
# moments are sums of positive weights whose logarithms are of size d
ROUNDING = {2: 1e-13, 3: 1e-13, 8: 1e-13, 64: 2e-13, 512: 1e-12, 4096: 5e-12}


def mean_of_vmf(d, k):
    """A_d(κ) = I_{d/2}(κ)/I_{d/2−1}(κ)."""
    return float(k * bessel_ratio(d / 2 + 1, np.array(k)) / bessel_ratio(d / 2, np.array(k)) / d)


def mean_of_boost(d, w):
    """R(w), the mean of the uniform density boosted to velocity w."""
    return 2 * (d - 1) / d * w * hyp2f1(1, 1 - d / 2, 1 + d / 2, w * w)


MEANS = [
    (VonMisesFisher(0.0), lambda _: 0.0),
    (VonMisesFisher(3.0), lambda d: mean_of_vmf(d, 3.0)),
    (VonMisesFisher(-80.0), lambda d: -mean_of_vmf(d, 80.0)),
    (Poisson(0.0), lambda _: 0.0),
    (Poisson(0.3), lambda d: mean_of_boost(d, 0.3)),
    (Linear(0.7), lambda d: 0.7 / d),
    (Linear(-1.0), lambda d: -1.0 / d),
]


@everywhere
@pytest.mark.parametrize(("profile", "mean"), MEANS, ids=[str(profile) for profile, _ in MEANS])
def test_mass_is_one_and_the_mean_is_that_of_the_closed_form(space, profile, mean):
    density = Density(space, InitialDensity((Component(profile, SOMEWHERE[space.kind]),)).coefficients(space))
    assert density.mass == pytest.approx(1.0, abs=1e-15)
    expected = mean(space.dimension) * np.atleast_1d(SOMEWHERE[space.kind])
    np.testing.assert_allclose(density.mean, expected, rtol=0, atol=ROUNDING[space.dimension])


@everywhere
@pytest.mark.parametrize(
    "profile", [VonMisesFisher(5.0), Poisson(0.4), Linear(0.5), Band(0.3, 0.05), Cap(1.2)], ids=str
)
def test_coefficients_do_not_depend_on_the_degree(space, profile):
    data = InitialDensity((Component(profile, SOMEWHERE[space.kind], 2.0),), uniform=1.0)
    low, high = data.coefficients(space), data.coefficients(space.at_degree(2 * space.degree))
    difference = space.at_degree(80).resize(high, 40) - low
    assert np.abs(difference).max() <= ROUNDING[space.dimension] * max(1.0, np.abs(low).max())


def test_a_von_mises_fisher_density_has_its_values():
    k, axis = 4.0, SOMEWHERE["sphere"]
    space = Sphere(40)
    density = Density(space, InitialDensity((Component(VonMisesFisher(k), axis),)).coefficients(space))
    points = space.grid(0).points[::7, ::9]
    np.testing.assert_allclose(density.values(points), k / np.sinh(k) * np.exp(k * (points @ axis)), atol=1e-11)


def test_moments_of_a_poisson_density_on_the_circle_are_powers():
    np.testing.assert_allclose(profile_moments(Poisson(0.9), 2, 200), 0.9 ** np.arange(201), atol=1e-13)


@pytest.mark.parametrize("deviation", [0.01, 0.2, 1.0, 5.0])
def test_wrapped_normals_have_the_moments_of_the_heat_kernel(deviation):
    l = np.arange(61)
    np.testing.assert_allclose(
        profile_moments(WrappedNormal(deviation), 2, 60), np.exp(-0.5 * (l * deviation) ** 2), atol=1e-13
    )


@pytest.mark.parametrize("angle", [0.01, 1.0, 2.0, 3.1])
def test_caps_have_the_moments_of_elementary_calculus(angle):
    l = np.arange(1, 41)
    # ∫_0^a cos lθ dθ / a
    np.testing.assert_allclose(profile_moments(Cap(angle), 2, 40)[1:], np.sin(l * angle) / (l * angle), atol=2e-13)
    # mean of t over [cos a, 1]
    assert profile_moments(Cap(angle), 3, 1)[1] == pytest.approx(np.cos(angle / 2) ** 2, abs=2e-13)


@pytest.mark.parametrize("d", [2, 3, 8, 64])
@pytest.mark.parametrize("latitude", [-0.9, 0.0, 0.3])
def test_a_narrow_band_sits_at_its_latitude(d, latitude):
    for width in (1e-2, 1e-4):
        shift = profile_moments(Band(latitude, width), d, 1)[1] - latitude
        # first correction: width² times d/dt ln (1−t²)^{(d−3)/2} = −(d−3) t/(1−t²)
        expected = -(d - 3) * latitude / (1 - latitude**2) * width**2
        assert shift == pytest.approx(expected, abs=1e-12 + 60 * d * d * width**4 / (1 - latitude**2) ** 3)


@everywhere
def test_mixtures_are_weighted_sums(space):
    axis = SOMEWHERE[space.kind]
    parts = [InitialDensity((Component(VonMisesFisher(k), axis),)).coefficients(space) for k in (3.0, -2.0)]
    flat = InitialDensity(uniform=5.0).coefficients(space)
    mixed = InitialDensity(
        (Component(VonMisesFisher(3.0), axis, 2.0), Component(VonMisesFisher(-2.0), axis, 1.0)), uniform=1.0
    ).coefficients(space)
    np.testing.assert_allclose(mixed, (2 * parts[0] + parts[1] + flat) / 4, atol=1e-14 * np.abs(mixed).max())


@pytest.mark.parametrize(("kind", "space"), [("circle", Circle(20)), ("sphere", Sphere(20)), ("zonal", Zonal(20, 3))])
def test_noise_has_its_root_mean_square_and_knows_no_resolution(kind, space):
    noise = [random_harmonics(kind, 0.02, 8, np.random.default_rng(seed)) for seed in (4, 4, 5)]
    assert noise[0] == noise[1]
    assert noise[0] != noise[2]
    assert len(noise[0]) == {"circle": 16, "sphere": 80, "zonal": 8}[kind]
    density = InitialDensity(uniform=1.0, harmonics=noise[0])
    coefficients = density.coefficients(space)
    grid = space.grid(20)
    values = grid.values(coefficients)
    assert np.sqrt(grid.integrate((values - 1) ** 2)) == pytest.approx(0.02, rel=1e-12)
    coarse = density.coefficients(space.at_degree(10))
    np.testing.assert_array_equal(coarse, space.resize(coefficients, 10))
    # what does not fit is left out
    assert np.any(density.coefficients(space.at_degree(4)) != 0)


@pytest.mark.parametrize(
    ("space", "order"), [(Circle(9), 3), (Circle(9), -3), (Sphere(9), 2), (Sphere(9), -2), (Zonal(9, 8), 0)]
)
def test_a_harmonic_stands_where_its_order_says(space, order):
    public = Density(
        space, InitialDensity(uniform=1.0, harmonics=(Harmonic(3, order, 0.25),)).coefficients(space)
    ).coefficients
    place = {"circle": (int(order < 0), 3), "sphere": (int(order < 0), 3, 2), "zonal": (3,)}[space.kind]
    assert public[place] == pytest.approx(0.25, rel=1e-15)
    public = public.copy()
    public[place] = 0.0
    assert np.count_nonzero(public) == 1


CASE = """
title = "t"
[space]
kind = "{kind}"
degree = 16
{dimension}
[attention]
normalization = "none"
beta = 1.0
[initial]
{initial}
[time]
end = 1.0
"""


def built(kind, initial):
    dimension = "dimension = 5" if kind == "zonal" else ""
    return build(Case.parse(CASE.format(kind=kind, dimension=dimension, initial=initial)))


NEGATIVE = {
    "circle": "terms = [{degree = 3, order = 3, amplitude = 0.75}]",  # √2·0.75 > 1
    "sphere": "terms = [{degree = 1, order = 0, amplitude = 0.6}]",  # √3·0.6 > 1
    "zonal": "terms = [{degree = 1, amplitude = 0.46}]",  # √5·0.46 > 1
}


@pytest.mark.parametrize("kind", NEGATIVE)
def test_negative_densities_are_refused_and_almost_negative_ones_are_not(kind):
    terms = NEGATIVE[kind]
    with pytest.raises(CaseError, match=r"initial: .*has the value -0\.0.*must not be below 0"):
        built(kind, 'kind = "harmonics"\n' + terms)
    smaller = terms.replace("0.75", "0.7").replace("0.6", "0.57").replace("0.46", "0.44")
    built(kind, 'kind = "harmonics"\n' + smaller)
    with pytest.raises(CaseError, match="kind random"):
        built(kind, 'kind = "random"\namplitude = 2.0\nmax_degree = 6\nseed = 1')
    built(kind, 'kind = "random"\namplitude = 0.01\nmax_degree = 6\nseed = 1')
