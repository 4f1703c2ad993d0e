import numpy as np
import pytest
from oracles import densities

from kinetic.charts.elements import element_of_order
from kinetic.errors import DomainError
from kinetic.mercator.zonal.density import MercatorDensity
from kinetic.mercator.zonal.resolution import Criterion
from kinetic.mercator.zonal.start import first_state


def density(d, logarithm, order=11):
    state, ends = first_state(element_of_order(order), densities.Given(logarithm), d, Criterion.of(1.0, 1e-11))
    return MercatorDensity(state.mesh, ends, state.poles)


LOGARITHMS = {
    "uniform": lambda _: densities.uniform(),
    "von Mises-Fisher": lambda d: densities.von_mises_fisher(d, -7.0),
    "linear": lambda _: densities.linear(0.8),
    "linear, zero at the antipode": lambda _: densities.linear(1.0),
    "boosted": lambda d: densities.boosted_uniform(d, 5.0),
}


@pytest.mark.parametrize("d", [2, 3, 64, 512])
@pytest.mark.parametrize("name", LOGARITHMS)
def test_the_density_is_the_one_given_at_every_point(d, name):
    logarithm = LOGARITHMS[name](d)
    y = np.concatenate([np.linspace(-60, 60, 1203), [-np.inf]])
    given = logarithm(y)
    # the criterion's interpolation bound 1e-11, and the rounding of ln ρ itself
    allowed = 1e-10 + 1e-12 * np.abs(given)
    assert np.all(np.abs(density(d, logarithm).log_at_latitude(y) - given) < allowed)


def test_moments_and_mass_are_integrals_of_the_density():
    d, kappa = 3, 4.0
    rho = density(d, densities.von_mises_fisher(d, kappa))
    mean = 1 / np.tanh(kappa) - 1 / kappa
    assert rho.mass == pytest.approx(1, abs=1e-13)
    assert rho.moment(1) == pytest.approx(mean, abs=1e-13)
    # quadrature: 1e-13 an element
    assert rho.moments(degree=40)[:3] == pytest.approx([1, mean, 1 - 3 * mean / kappa], abs=1e-12)
    assert abs(rho.moments(degree=40)[40]) < 1e-12
    assert rho.values([1.0, -1.0]) == pytest.approx(kappa / np.sinh(kappa) * np.exp([kappa, -kappa]), rel=1e-11)


def test_no_finite_number_of_coefficients_is_pretended():
    with pytest.raises(DomainError, match="coefficients_in"):
        _ = density(3, densities.uniform()).coefficients


def test_seen_from_the_mean_the_cluster_comes_first():
    y, masses = density(3, densities.von_mises_fisher(3, -7.0)).axial_quadrature()
    assert np.all(np.diff(y) > 0)
    assert masses @ y < 0
