"""The law of <x, y> over pairs: closed forms, draws, and refusal where the moments do not give it."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import betainc, betaln

from kinetic.assembly import build
from kinetic.case import Case
from kinetic.density import Density
from kinetic.errors import DomainError
from kinetic.initial import Component, InitialDensity, VonMisesFisher
from kinetic.pair_law import laws_of, pair_histogram, ring_pairs
from kinetic.sampling import sample_von_mises_fisher
from kinetic.spaces.kinds import SPACES


def density_of(kind, degree, dimension, initial):
    space = SPACES[kind](degree, dimension)
    return Density(space, initial.coefficients(space))


@pytest.mark.parametrize(("kind", "d"), [("circle", 2), ("sphere", 3), ("zonal", 2), ("zonal", 6), ("zonal", 768)])
def test_uniform_pairs_have_the_weight_of_the_sphere(kind, d):
    law = pair_histogram(density_of(kind, 12, d, InitialDensity(uniform=1.0)), 8)
    for mass, low, high in zip(law.masses, law.edges[:-1], law.edges[1:], strict=True):
        angles = np.arccos([high, low])
        exact = quad(lambda t: np.sin(t) ** (d - 2) * np.exp(-betaln(0.5, 0.5 * (d - 1))), *angles, epsabs=1e-13)[0]
        assert mass == pytest.approx(exact, abs=1e-12)


@pytest.mark.parametrize(("kind", "d"), [("circle", 2), ("sphere", 3), ("zonal", 5), ("zonal", 64)])
def test_one_degree_adds_its_own_polynomial(kind, d):
    """A bump so flat that degree one is all: N_1 M_1² ∫ u w du over each bin, with w by quadrature."""
    axis = 1.0 if kind == "zonal" else np.eye(d)[0]
    density = density_of(kind, 1, d, InitialDensity((Component(VonMisesFisher(1e-2 * d), axis),)))
    plain = density_of(kind, 1, d, InitialDensity(uniform=1.0))
    first = float(np.linalg.norm(density.mean))
    edges = np.linspace(-1.0, 1.0, 7)
    for i, (low, high) in enumerate(pairwise(edges)):
        exact = quad(
            lambda t: np.cos(t) * np.sin(t) ** (d - 2) * np.exp(-betaln(0.5, 0.5 * (d - 1))),
            *np.arccos([high, low]),
            epsabs=1e-14,
        )[0]
        with pytest.raises(DomainError):  # a single degree says nothing of those that are missing
            pair_histogram(density_of(kind, 1, d, InitialDensity((Component(VonMisesFisher(50.0 * d), axis),))), 6)
        added = pair_histogram(density, 6).masses[i] - pair_histogram(plain, 6).masses[i]
        assert added == pytest.approx(d * first**2 * exact, abs=1e-15 + 1e-10 * abs(exact))


@pytest.mark.parametrize(("kind", "d", "degree"), [("circle", 2, 80), ("sphere", 3, 60), ("zonal", 6, 60)])
def test_pairs_of_draws_have_the_law(kind, d, degree):
    axis, concentration, count = np.eye(d)[0], 4.0, 1500
    given = Component(VonMisesFisher(concentration), 1.0 if kind == "zonal" else axis)
    law = pair_histogram(density_of(kind, degree, d, InitialDensity((given,))), 20)
    rng = np.random.default_rng(9)
    points = sample_von_mises_fisher(axis, concentration, 2 * count, rng)
    counted = np.histogram(np.vecdot(points[:count], points[count:]), law.edges)[0]
    assert law.masses.sum() == pytest.approx(1.0, abs=1e-14)
    assert law.masses.min() > -law.error
    assert law.error < 1e-11
    spread = np.sqrt(count * np.maximum(law.masses, 1.0 / count))
    assert np.abs((counted - count * law.masses) / spread).max() < 5.0
    assert law.edges @ np.r_[law.masses, 0.0] < law.centers @ law.masses  # one is the left sum, the other the mean


def test_the_mean_cosine_of_pairs_is_r_squared():
    density = density_of("sphere", 40, 3, InitialDensity((Component(VonMisesFisher(5.0), [0.0, 0.6, 0.8]),)))
    law = pair_histogram(density, 20_000)
    assert law.centers @ law.masses == pytest.approx(float(density.mean @ density.mean), abs=1e-8)


@pytest.mark.parametrize(("d", "concentration", "degree"), [(3, 1e4, 20), (768, 800.0, 40), (768, 800.0, 500)])
def test_what_the_moments_do_not_give_is_refused(d, concentration, degree):
    """Too few degrees, and in high dimension moments of rounded numbers, however many."""
    density = density_of("zonal", degree, d, InitialDensity((Component(VonMisesFisher(concentration)),)))
    with pytest.raises(DomainError, match="hide it"):
        pair_histogram(density)
    assert laws_of([density]) == [None]


@pytest.mark.parametrize(("kind", "d"), [("circle", 2), ("zonal", 3), ("zonal", 6)])
@pytest.mark.parametrize("degree", [5, 10, 20, 40, 80])
def test_the_error_is_an_upper_bound(kind, d, degree):
    bump = InitialDensity((Component(VonMisesFisher(300.0), 1.0 if kind == "zonal" else np.eye(d)[0]),))
    exact = pair_histogram(density_of(kind, 300, d, bump))
    (law,) = laws_of([density_of(kind, degree, d, bump)])
    assert law is not None or degree < 80
    if law is not None:
        assert np.abs(law.masses - exact.masses).max() < law.error


@pytest.mark.parametrize("bins", [0, -3, 2.5, True, 10**7])
def test_bins_are_a_positive_integer(bins):
    with pytest.raises(DomainError, match="bins"):
        pair_histogram(density_of("circle", 8, 2, InitialDensity(uniform=1.0)), bins)


def mercator_start(dimension, initial):
    text = f"""title = "t"
[space]
kind = "zonal"
dimension = {dimension}
chart = "mercator"
[attention]
normalization = "softmax"
beta = 1.0
[initial]
{initial}
[time]
end = 1.0
"""
    problem = build(Case.parse(text))
    return problem.flow.density(problem.state)


def test_rings_in_high_dimension_have_the_law_of_the_sphere():
    """The uniform density: <x, y> is a coordinate of a uniform point, (1 + u)/2 of Beta((d−1)/2, (d−1)/2)."""
    law = pair_histogram(mercator_start(512, 'kind = "linear"\nslope = 0.0'))
    expected = np.diff(betainc(255.5, 255.5, 0.5 * (1.0 + law.edges)))
    np.testing.assert_allclose(law.masses, expected, rtol=0, atol=1e-8)
    assert law.error < 1e-7
    assert law.masses.sum() == pytest.approx(1.0, abs=1e-12)


def test_rings_have_the_law_of_their_harmonics():
    density = mercator_start(6, 'kind = "von_mises_fisher"\nconcentration = 3.0')
    law = pair_histogram(density)
    cosines, masses = density.quadrature(64)
    near = ring_pairs(cosines, masses, 6, 1.0 - law.edges[1:-1])
    np.testing.assert_allclose(-np.diff(near, prepend=1.0, append=0.0), law.masses, rtol=0, atol=1e-6)
