"""Each observable against an evaluation that shares nothing with it."""

import math

import numpy as np
import pytest
from laws.given import MAKERS, SOMEWHERE, attention, bump, two_bumps
from scipy.integrate import quad
from scipy.special import spence

from kinetic.density import Density
from kinetic.density.observing import (
    Balance,
    energy,
    energy_gap,
    entropy_and_minimum,
    order_deficit,
    spectral_tail,
    view_of,
    w2_to_dirac,
)
from kinetic.initial import Cap, Component, Harmonic, InitialDensity, Poisson, VonMisesFisher
from kinetic.kernels import ExponentialKernel
from kinetic.observables import DEFINITIONS, row
from kinetic.spaces.circle import Circle
from kinetic.spaces.sphere import Sphere
from kinetic.spaces.zonal import Zonal
from kinetic.special import gegenbauer_mercator, log_hypergeometric_0f1

BETAS = (-2.0, -0.5, 0.0, 1e-8, 1.0, 9.0)


def seen(space, data, beta=1.0, dissipation=0.5, work=0.25, diffusion=0.0):
    density, kernel = Density(space, data.coefficients(space)), ExponentialKernel(beta, space.dimension)
    balance = Balance(energy(density, kernel), energy_gap(density, kernel), dissipation, work, diffusion)
    return density, row(view_of(density, balance, (kernel,)))


def poisson(space, radius):
    return InitialDensity((Component(Poisson(radius), SOMEWHERE[space.kind]),))


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_every_definition_is_observed_and_described(make):
    _, values = seen(make(16), bump(make(16)))
    assert list(values) == [definition.name for definition in DEFINITIONS]
    assert all(definition.units and definition.description for definition in DEFINITIONS)
    assert (values["dissipation"], values["work"], values["boost"]) == (0.5, 0.25, 0.0)
    assert values["free_energy"] == -values["energy"]  # κ = 0


def test_free_energy_is_entropy_times_diffusion_less_energy():
    _, values = seen(Circle(32), bump(Circle(32)), diffusion=0.3)
    assert values["free_energy"] == 0.3 * values["entropy"] - values["energy"]
    assert (values["dissipation"], values["work"]) == (0.5, 0.25)


def test_with_noise_what_needs_the_density_is_nan_where_the_series_does_not_give_it():
    jump = InitialDensity((Component(Cap(0.5), SOMEWHERE["circle"]),))
    for diffusion in (0.0, 0.3):
        _, values = seen(Circle(32), jump, diffusion=diffusion)
        assert np.isnan(values["entropy"])
        for name in ("free_energy", "dissipation", "work"):
            assert np.isnan(values[name]) == (diffusion > 0), name


def test_of_several_kernels_the_one_that_is_least_resolved_counts():
    space = Zonal(32, 512)
    density = Density(space, bump(space, 512.0).coefficients(space))
    kernels = [ExponentialKernel(beta, 512) for beta in (1.0, 40.0)]
    assert spectral_tail(density, *kernels) == max(spectral_tail(density, kernel) for kernel in kernels)
    assert spectral_tail(density) <= spectral_tail(density, kernels[0])  # heads that move no token ask for nothing


@pytest.mark.parametrize("space", [Circle(200), Zonal(200, 2)], ids=["circle", "zonal"])
@pytest.mark.parametrize("w", [0.05, 0.5, 0.85])
def test_closed_forms_of_the_boosted_uniform_density_on_the_circle(space, w):
    _, values = seen(space, poisson(space, w), beta=0.0)
    assert values["order_parameter"] == pytest.approx(w, abs=1e-13)
    assert values["order_deficit"] == pytest.approx(1 - w, abs=1e-13)
    assert values["energy"] == pytest.approx(w * w / 2, abs=1e-13)
    assert values["energy_gap"] == pytest.approx((1 - w * w) / 2, abs=1e-13)
    assert values["entropy"] == pytest.approx(-np.log1p(-w * w), abs=1e-12)
    # Li₂(−w) = spence(1 + w)
    assert values["w2_to_dirac"] ** 2 == pytest.approx(np.pi**2 / 3 + 4 * spence(1 + w), abs=1e-12)
    assert values["log_antipode_density"] == pytest.approx(np.log((1 - w) / (1 + w)), abs=1e-11)
    # the nodes need not hit the antipode: the minimum is above it, by a little
    assert values["log_antipode_density"] - 1e-11 <= values["log_minimum"] < values["log_antipode_density"] + 1e-2


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
@pytest.mark.parametrize("k", [0.5, 4.0])
def test_integrals_over_one_angle(make, k):
    space = make(48)
    d = space.dimension
    _, values = seen(space, bump(space, k))

    def weighted(f):
        shape = lambda a: np.exp(k * (np.cos(a) - 1)) * np.sin(a) ** (d - 2)  # noqa: E731
        return quad(lambda a: shape(a) * f(a), 0, np.pi, epsabs=0, epsrel=1e-13, limit=200)[0]

    mass = weighted(lambda _: 1.0)
    flat = quad(lambda a: np.sin(a) ** (d - 2), 0, np.pi, epsabs=0, epsrel=1e-13)[0]
    level = np.log(flat / mass)  # ln ρ at the pole
    R = weighted(np.cos) / mass
    assert values["mass"] == pytest.approx(1.0, abs=1e-14)
    assert values["order_parameter"] == pytest.approx(R, abs=1e-12)
    assert values["order_deficit"] == pytest.approx(1 - R, abs=1e-12)
    assert values["w2_to_dirac"] ** 2 == pytest.approx(weighted(lambda a: a * a) / mass, abs=1e-11)
    np.testing.assert_allclose(values["mean"], R * SOMEWHERE[space.kind], atol=1e-12)
    if np.isfinite(values["entropy"]):
        # positive, smooth and resolved: spectral accuracy; d = 64 sums weights up to N_48
        assert values["entropy"] == pytest.approx(level + k * (R - 1), abs=1e-6 if d > 8 else 1e-10)
    assert np.isfinite(values["entropy"]) or d > 8
    if np.isfinite(values["log_antipode_density"]):
        assert values["log_antipode_density"] == pytest.approx(level - 2 * k, abs=1e-6)
    assert np.isfinite(values["log_antipode_density"]) or d > 3 or k > 1


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
@pytest.mark.parametrize("beta", BETAS)
def test_energy_is_the_double_integral(make, beta):
    space = make(40)
    density = Density(space, two_bumps(space).coefficients(space))
    kernel = ExponentialKernel(beta, space.dimension)
    # E = (1/2β) ∫ Z dμ with Z from the kernel's own eigenvalues, at β = 0 and below rounding the limit R²/2
    moments = space.by_degree(density.native, density.native)
    weights = np.exp(space.log_multiplicities if space.kind == "zonal" else np.log(_multiplicity(space)))
    if beta == 0:
        expected = 0.5 * float(density.mean @ density.mean)
    else:
        w = kernel.eigenvalues(40)
        expected = (w * weights) @ moments / (2 * beta)
    assert energy(density, kernel) == pytest.approx(expected, rel=1e-13)
    gap = energy_gap(density, kernel)
    assert gap > 0
    dirac = 0.5 if beta == 0 else np.exp(beta) / (2 * beta)
    direct = dirac - energy(density, kernel)
    # the difference cancels: E is at most 1/|β| or e^β/2β
    size = abs(dirac) + abs(expected)
    assert gap == pytest.approx(direct, rel=1e-12, abs=1e-13 * size)


def _multiplicity(space):
    l = np.arange(space.degree + 1)
    return np.where(l == 0, 1, 2) if space.kind == "circle" else 2 * l + 1


@pytest.mark.parametrize("beta", [0.5, 4.0])
def test_energy_of_a_density_by_quadrature_of_pairs(beta):
    space = Sphere(24)
    density = Density(space, two_bumps(space).coefficients(space))
    grid = space.grid(24)
    points = grid.points.reshape(-1, 3)
    masses = (grid.values(density.native) * grid.weights).reshape(-1)
    expected = masses @ np.exp(beta * points @ points.T) @ masses / (2 * beta)
    assert energy(density, ExponentialKernel(beta, 3)) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_without_a_direction_what_needs_one_is_nan(make):
    space = make(16)
    _, values = seen(space, InitialDensity(uniform=1.0))
    assert values["order_parameter"] == 0.0
    assert values["order_deficit"] == 1.0
    assert np.isnan(values["w2_to_dirac"])
    assert np.isnan(values["log_antipode_density"])
    assert values["entropy"] == pytest.approx(0.0, abs=1e-14)
    assert values["log_minimum"] == pytest.approx(0.0, abs=1e-12)


def test_where_the_series_undershoots_entropy_and_minimum_are_nan():
    space = Circle(32)
    _, values = seen(space, InitialDensity((Component(Cap(0.5), SOMEWHERE["circle"]),)))
    assert np.isnan(values["log_minimum"])
    assert np.isnan(values["entropy"])
    assert np.isnan(values["log_antipode_density"])
    assert values["order_parameter"] == pytest.approx(np.sin(0.5) / 0.5, abs=1e-12)


@pytest.mark.parametrize(("d", "trusted"), [(8, True), (64, True), (512, False)])
def test_in_high_dimension_a_density_that_the_series_does_not_give_has_no_entropy(d, trusted):
    space = Zonal(64, d)
    _, values = seen(space, bump(space, 4.0 if trusted else float(d)))
    assert np.isfinite(values["entropy"]) == trusted
    assert np.isfinite(values["order_parameter"])


@pytest.mark.parametrize(("order", "known"), [(0.1, True), (0.9, False)])
def test_in_high_dimension_an_angle_that_rounding_hides_is_not_told(order, known):
    # M_l = R^l, as of a narrow ring: θ = arccos R, up to a width of 1/√d; at R = 0.9 rounding times N_l hides it
    space = Zonal(64, 768)
    found = w2_to_dirac(Density(space, order ** np.arange(65.0)))
    assert math.isfinite(found) == known
    assert not known or found == pytest.approx(math.acos(order), abs=2 / 768)


@pytest.mark.parametrize("d", [64, 512, 4096])
def test_in_high_dimension_a_ring_is_its_angle_away_from_the_mean(d):
    # M_l = P_l(cos θ) is a ring at the angle θ: W₂ = θ. Weights from nodes were off by 3e-8 at d = 512
    angle, space = 1.3, Zonal(96, d)
    moments = gegenbauer_mercator(96, d, np.log(np.tan(np.array([angle / 2]))))[:, 0]
    assert w2_to_dirac(Density(space, moments)) == pytest.approx(angle, rel=1e-13)


def test_terms_beyond_the_range_of_doubles_give_no_entropy_and_no_warning():
    space, degrees = Zonal(1023, 768), np.arange(1024)
    sizes = np.where(degrees > 0, 250.0 - ((degrees - 700.0) / 50.0) ** 2, 0.0)  # ln √N_l M_l: its tail is resolved
    density = Density(space, np.exp(sizes - space.log_multiplicities / 2))
    assert all(math.isnan(number) for number in entropy_and_minimum(density))


def test_the_tail_is_the_share_of_the_top_tenth():
    space, kernel = Circle(39), ExponentialKernel(1.0, 2)
    # 40 degrees, the top tenth is 36 … 39
    for degree, share in ((35, 0.0), (36, 0.01 / 1.26), (39, 0.01 / 1.26)):
        data = InitialDensity(uniform=1.0, harmonics=(Harmonic(1, 1, 0.5), Harmonic(degree, degree, 0.1)))
        density = Density(space, data.coefficients(space))
        assert spectral_tail(density, kernel) == pytest.approx(share, abs=1e-16)


def test_the_tail_of_symmetric_data_is_that_of_their_own_degrees():
    space, kernel = Circle(39), ExponentialKernel(1.0, 2)
    # multiples of 7: 0, 7, …, 35, the top tenth is 35; most of the power decides, not all
    for stray, total in ((0.0, 1.0101), (0.05, 1.0126)):
        terms = (Harmonic(7, 7, 0.1), Harmonic(35, 35, 0.01), Harmonic(3, 3, stray))
        density = Density(space, InitialDensity(uniform=1.0, harmonics=terms).coefficients(space))
        assert spectral_tail(density, kernel) == pytest.approx(1e-4 / total, rel=1e-12)


@pytest.mark.parametrize("d", [2, 8])
def test_the_tail_of_low_dimension_does_not_ask_the_kernel(d):
    space = Zonal(20, d)
    density = Density(space, bump(space, 5.0).coefficients(space))
    public = density.coefficients
    for beta in (0.0, 30.0):
        expected = np.sum(public[19:] ** 2) / np.sum(public**2)
        assert spectral_tail(density, ExponentialKernel(beta, d)) == pytest.approx(expected, rel=1e-10)


def test_the_tail_of_high_dimension_feels_the_kernel():
    space = Zonal(32, 512)
    density = Density(space, bump(space, 512.0).coefficients(space))
    mild, strong = (spectral_tail(density, ExponentialKernel(beta, 512)) for beta in (1.0, 40.0))
    assert mild < 1e-9  # moments of degree 30 are negligible beside the first ones …
    assert strong > 0.1  # … but not where the kernel is: at β = 40 the energy sits about degree 15, its pairs about 30
    assert spectral_tail(Density(space, space.dirac(1.0) * (space.degrees == 0)), ExponentialKernel(0.0, 512)) == 0.0


@pytest.mark.parametrize("k", [1e2, 1e3, 1e4])
def test_order_deficit_of_a_concentrated_density_on_the_sphere(k):
    space = Sphere(int(12 * np.sqrt(k)))
    density = Density(space, bump(space, k).coefficients(space))
    exact = 1 / k - 2 * np.exp(-2 * k) / (1 - np.exp(-2 * k))  # 1 − coth k + 1/k
    assert order_deficit(density) == pytest.approx(exact, rel=1e-10, abs=1e-15)


@pytest.mark.parametrize("beta", [-1.0, -4.0])
def test_for_negative_beta_the_gap_is_accurate_to_the_cancellation(beta):
    space = Circle(60)
    density = Density(space, bump(space, 20.0).coefficients(space))
    angles = 2 * np.pi * np.arange(400) / 400
    points = np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    masses = density.values(points) / 400
    # ∬ (e^β − e^{β<x,y>})/2β as a sum of positive terms
    pairs = np.exp(beta) * np.expm1(beta * (points @ points.T - 1)) / (-2 * beta)
    expected = masses @ pairs @ masses
    assert energy_gap(density, ExponentialKernel(beta, 2)) == pytest.approx(
        expected, rel=1e-14 * np.exp(2 * abs(beta)) * 20
    )


@pytest.mark.parametrize("make", [Circle, Sphere])  # moments have no nodal drift: the energy balance tests their power
@pytest.mark.parametrize("normalization", ["none", "softmax"])
def test_dissipation_is_the_squared_speed(make, normalization):
    space = make(32)
    state = two_bumps(space).coefficients(space)
    acts = attention(space, 2.0, normalization)
    X, density = acts.drift(state), acts.grid.values(state)
    F = X if normalization == "none" else X * acts.partition(state)
    scale = 1.0 if normalization == "none" else np.exp(ExponentialKernel(2.0, space.dimension).log_constant)
    expected = scale * acts.grid.inner(F * density, X)
    assert acts.transport(state)[1] == pytest.approx(expected, rel=1e-12)
    assert acts.power(state) == acts.transport(state)[1]


@pytest.mark.parametrize("make", [Circle, Sphere, lambda degree: Zonal(degree, 3)], ids=["circle", "sphere", "zonal"])
@pytest.mark.parametrize("k", [4.0, 9.0, 13.0, 19.0, 25.0])
def test_the_minimum_is_told_only_where_rounding_leaves_it(make, k):
    # ρ = e^{k cos θ}/₀F₁(d/2; k²/4); at k = 19 the series said −33.18 on the zonal nodes where it is −34.36
    space = make(96)
    _, values = seen(space, bump(space, k))
    exact = -log_hypergeometric_0f1(space.dimension / 2, k * k / 4) - k
    largest = exact + 2 * k
    # double precision carries 1e-6 of the minimum where that is above 1e-10 of the maximum, and not below 1e-11
    assert np.isfinite(values["log_minimum"]) or exact - largest < np.log(1e-10)
    assert np.isnan(values["log_minimum"]) or exact - largest > np.log(1e-11)
    if np.isfinite(values["log_minimum"]):
        # at the node nearest to the antipode, within one spacing of it
        spacing = np.pi / 96
        assert -1e-6 < values["log_minimum"] - exact < k * spacing**2 / 2


def test_two_bumps_whose_gap_is_rounding_have_no_minimum():
    space = Circle(127)
    bumps = tuple(Component(VonMisesFisher(50.0), np.array([side, 0.0]), 0.5) for side in (1.0, -1.0))
    assert np.isnan(seen(space, InitialDensity(bumps))[1]["log_minimum"])  # −45.48, of which the series says −35.0
