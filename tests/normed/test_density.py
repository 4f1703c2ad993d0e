"""The density that tokens make: a series, moments, latitudes and the law of their norms."""

import numpy as np
import pytest
from normed.given import PLACES, SOMEWHERE, bump, marched, tokens

from kinetic.density import Density
from kinetic.errors import DomainError
from kinetic.initial import InitialDensity
from kinetic.normed import Pre


@pytest.mark.parametrize("kind", PLACES)
def test_at_first_it_is_the_initial_density(kind):
    given = tokens(kind, PLACES[kind], 1.0, Pre(), bump(kind, 2.0), 1.0, degree=12, radius=2.0)
    density = given.flow.density(given.state)
    exact = Density(density.space, bump(kind, 2.0).coefficients(density.space))
    # harmonics of degree 12 times the density on cells whose error is 1e-11 for the kernel's integrals
    assert np.allclose(density.native, exact.native, rtol=0, atol=1e-10)
    assert np.allclose(density.moment(2), exact.moment(2), rtol=0, atol=1e-10)
    assert np.allclose(density.mean, exact.mean, rtol=0, atol=1e-10)
    assert np.allclose(density.radii, 2.0)
    y, masses = density.axial_quadrature()
    assert np.all(np.diff(y) >= 0)
    # ∫ cos θ dμ = R, cos θ = −tanh y
    assert masses @ -np.tanh(y) == pytest.approx(np.linalg.norm(exact.mean), abs=1e-10)
    with pytest.raises(DomainError):
        density.moment(-1)


def test_norms_have_quantiles():
    given = tokens("circle", 2, 0.0, Pre(), bump("circle", 1.0), 6.0)
    _, rows, steps = marched(given)
    last = steps[-1].checkpoint
    density = given.flow.at_layout(last.layout).density(last.state)
    low, middle, high = density.radius_quantiles([0.0, 0.5, 1.0])
    assert low == density.radii.min()
    assert high == density.radii.max()
    assert np.sum(density.masses[density.radii < middle]) == pytest.approx(0.5, abs=density.masses.max())
    assert rows["smallest_radius"][-1] < rows["mean_radius"][-1] < rows["largest_radius"][-1]


def test_what_has_folded_has_no_entropy_and_what_has_no_mean_no_axis():
    _, rows, _ = marched(tokens("circle", 2, 0.0, Pre(), bump("circle", 1.0), 6.0, rows=6))
    folded = rows["smallest_radius"] > 2  # Y has carried all tokens over
    assert np.all(np.isfinite(rows["entropy"][:2]))
    assert folded.any()
    assert np.all(np.isnan(rows["entropy"][folded]))
    given = tokens("zonal", 3, 1.0, Pre(), InitialDensity(uniform=1.0), 1.0)
    density = given.flow.density(given.state)
    if density.direction is None:
        with pytest.raises(DomainError):
            density.axial_quadrature()
    assert SOMEWHERE["zonal"] == 1.0
