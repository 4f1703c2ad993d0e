"""Rows widened to bumps are the mixture of these bumps, in every space; what "auto" chooses lowers the true error."""

import math

import numpy as np
import pytest
from scipy.special import ive

from kinetic.density import Density
from kinetic.errors import CaseError, DomainError
from kinetic.initial import Component, InitialDensity, VonMisesFisher
from kinetic.rows import Source, TokenDensity, chosen_concentration, read_rows
from kinetic.rows.widening import eigenvalues
from kinetic.sampling import sample_uniform, sample_von_mises_fisher
from kinetic.spaces.kinds import SPACES
from kinetic.special import log_harmonic_dimensions


def rows_of(folder, table, kind, axis=None):
    np.save(folder / "rows.npy", table)
    return read_rows(Source(folder / "rows.npy"), table.shape[1], axisymmetric=kind == "zonal", axis=axis)


@pytest.mark.parametrize(("kind", "dimension"), [("circle", 2), ("sphere", 3)])
@pytest.mark.parametrize("concentration", [1e-3, 5.0, 400.0])
def test_rows_are_the_mixture_of_their_bumps(tmp_path, kind, dimension, concentration):
    table = np.random.default_rng(3).standard_normal((7, dimension)) * 10.0
    density = TokenDensity(rows_of(tmp_path, table, kind), concentration)
    bumps = tuple(Component(VonMisesFisher(concentration), row / np.linalg.norm(row)) for row in table)
    for degree in (63, 15, 40):  # a lower degree is cut from a higher one
        space = SPACES[kind](degree, dimension)
        expected = InitialDensity(bumps).coefficients(space)
        assert np.abs(density.coefficients(space) - expected).max() < 1e-12
        assert density.coefficients(space)[0] == 1.0


@pytest.mark.parametrize("dimension", [3, 5, 768])
def test_a_zonal_row_is_its_bump_averaged_about_the_axis(tmp_path, dimension):
    """By draws: bumps about points turned around the axis, their cosines counted."""
    rng = np.random.default_rng(5)
    table = rng.standard_normal((4, dimension)) + 3.0 * np.eye(dimension)[0]
    concentration, axis = 2.0 * dimension, tuple(np.eye(dimension)[0] * 17.0)
    density = TokenDensity(rows_of(tmp_path, table, "zonal", axis), concentration)
    moments = density.coefficients(SPACES["zonal"](2, dimension))
    units = table / np.linalg.norm(table, axis=1)[:, None]
    draws = np.concatenate([sample_von_mises_fisher(x, concentration, 4000, rng)[:, 0] for x in units])
    second = (dimension * draws**2 - 1.0) / (dimension - 1.0)
    for value, drawn in ((moments[1], draws), (moments[2], second)):
        assert abs(value - drawn.mean()) < 5.0 * drawn.std() / math.sqrt(draws.size)
    assert np.abs(density.rows.places - units[:, 0]).max() < 1e-15


def test_a_zonal_density_in_dimension_three_is_the_sphere_averaged_about_the_axis(tmp_path):
    table = np.random.default_rng(8).standard_normal((50, 3)) + 0.4 * np.eye(3)[2]
    sphere = TokenDensity(rows_of(tmp_path, table, "sphere"), 9.0)
    space = SPACES["sphere"](20, 3)
    zonal = TokenDensity(rows_of(tmp_path, table, "zonal", (0.0, 0.0, 1.0)), 9.0)
    averaged = Density(space, sphere.coefficients(space)).moments([0.0, 0.0, 1.0])
    assert np.abs(averaged - zonal.coefficients(SPACES["zonal"](20, 3))).max() < 1e-12


def test_widening_multiplies_r_by_the_first_eigenvalue(tmp_path):
    table = sample_von_mises_fisher(np.array([0.0, 0.6, 0.8]), 3.0, 500, np.random.default_rng(1))
    density = TokenDensity(rows_of(tmp_path, table, "sphere"), 20.0)
    space = SPACES["sphere"](8, 3)
    order = np.linalg.norm(Density(space, density.coefficients(space)).mean)
    assert order == pytest.approx(density.rows.mean_length * density.factor, rel=1e-11)
    assert density.factor == pytest.approx(1 / math.tanh(20.0) - 1 / 20.0, rel=1e-13)


@pytest.mark.parametrize(("dimension", "concentration"), [(2, 0.3), (2, 500.0), (3, 40.0)])
def test_eigenvalues_are_quotients_of_bessel_functions(dimension, concentration):
    nu = 0.5 * dimension - 1.0
    expected = [ive(l + nu, concentration) / ive(nu, concentration) for l in range(30)]
    assert eigenvalues(concentration, dimension, 29) == pytest.approx(expected, rel=1e-11)


@pytest.mark.parametrize(("kind", "dimension"), [("circle", 2), ("sphere", 3)])
def test_auto_comes_close_to_the_least_true_error(tmp_path, kind, dimension):
    """Two clusters, whose coefficients are known: the error at the choice beside the least over all concentrations."""
    rng, space = np.random.default_rng(2), SPACES[kind](200, dimension)
    poles = np.eye(dimension)[:2] * [[1.0], [-1.0]]
    table = np.concatenate([sample_von_mises_fisher(pole, 30.0, 400, rng) for pole in poles])
    truth = InitialDensity(tuple(Component(VonMisesFisher(30.0), pole) for pole in poles)).coefficients(space)
    rows = rows_of(tmp_path, table, kind)
    weights = np.exp(log_harmonic_dimensions(200, dimension))

    def error(concentration):
        off = TokenDensity(rows, concentration).coefficients(space) - truth
        return float(weights @ space.by_degree(off, off))

    chosen = chosen_concentration(rows)
    least = min(error(k) for k in np.geomspace(1.0, 3000.0, 40))
    assert error(chosen) < 1.3 * least
    assert error(chosen / 20.0) > 3.0 * least  # what the choice matters
    assert error(chosen * 20.0) > 3.0 * least


def test_auto_for_cosines_is_the_rule_of_a_normal_law(tmp_path):
    d, n = 768, 3000
    table = np.random.default_rng(4).standard_normal((n, d)) + 10.0 * np.eye(d)[5]
    rows = rows_of(tmp_path, table, "zonal")
    density = TokenDensity(rows, chosen_concentration(rows))
    widened = density.coefficients(SPACES["zonal"](2, d))
    second = ((d - 1.0) * widened[2] + 1.0) / d
    width = (4.0 / (3.0 * n)) ** 0.2 * rows.places.std()
    across = np.mean(1.0 - rows.places**2) * density.factor / density.concentration
    assert math.sqrt(across) == pytest.approx(width, rel=0.01)  # of the bound, 1/(2 kappa) relatively
    # the variance of the cosines grows by that of the bump, and shrinks with the means' factor
    expected = density.factor**2 * rows.places.var() + across
    assert second - widened[1] ** 2 == pytest.approx(expected, rel=0.02)


def test_auto_says_where_it_has_no_answer(tmp_path):
    rng = np.random.default_rng(0)
    near = sample_von_mises_fisher(np.array([1.0, 0.0, 0.0]), 3.0, 30, rng)
    around = np.stack([np.cos(np.arange(12) * np.pi / 6), np.sin(np.arange(12) * np.pi / 6)], axis=1)
    for table, kind, message in (
        (near[:2], "sphere", "at least 3"),
        (np.repeat(near, 2, axis=0), "sphere", "more tightly"),
        (around, "circle", "from uniform ones"),
        (np.repeat(near[:1], 9, axis=0), "zonal", "same cosine"),
    ):
        with pytest.raises(DomainError, match=message):
            chosen_concentration(rows_of(tmp_path, table, kind))


def test_the_share_of_the_variance_along_the_axis(tmp_path):
    flat = sample_uniform(40, 4000, np.random.default_rng(6))
    rows = rows_of(tmp_path, flat, "zonal", tuple(np.eye(40)[3]))
    assert rows.axial_share == pytest.approx(1.0 / 40.0, rel=0.1)
    line = np.stack([np.r_[np.ones(5), -np.ones(3)], np.zeros(8), np.zeros(8)], axis=1)
    assert rows_of(tmp_path, line, "zonal").axial_share == pytest.approx(1.0, rel=1e-14)
    with pytest.raises(CaseError, match=r"initial\.axis must be a vector"):
        rows_of(tmp_path, np.concatenate([flat, -flat]), "zonal")
