"""Every body of a density answers the contract `Body` alike, and comes back out of a record as it went in."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from clusters.atoms import at_angles
from mercator.test_several import small_state
from scipy.special import gammaln, ive

from kinetic.assembly import build
from kinetic.assembly.bodies import BODIES, body_named, pack, rebuild
from kinetic.case import Case
from kinetic.clusters.density import CloudDensity
from kinetic.errors import DomainError, RecordError
from kinetic.initial import Component, InitialDensity, VonMisesFisher
from kinetic.mercator.circle.several.density import CircleClusterDensity
from kinetic.mercator.several import SeveralDensity
from kinetic.mercator.several.absorbing import Bundle
from kinetic.mercator.several.criterion import Criterion
from kinetic.mercator.several.start import first_state
from kinetic.mercator.several.state import State
from kinetic.mercator.sphere import InitialSphereLogarithm
from kinetic.record import Contents, Manifest, Record

KAPPA = 2.0
AXES = {"circle": [0.6, 0.8], "sphere": [0.48, 0.6, 0.64], "zonal": None}
CASES = {
    "series circle": ("circle", "", "harmonic"),
    "series sphere": ("sphere", "", "harmonic"),
    "series zonal": ("zonal", "dimension = 5", "harmonic"),
    "frame circle": ("circle", "", "conformal"),
    "frame sphere": ("sphere", "", "conformal"),
    "frame zonal": ("zonal", "dimension = 5", "conformal"),
    "meridian": ("zonal", "dimension = 5", "mercator"),
    "circle_cells": ("circle", "", "mercator"),
    "sphere_cells": ("sphere", "", "mercator"),
    "tokens_with_norms circle": ("circle", "", "normed"),
    "tokens_with_norms sphere": ("sphere", "", "normed"),
    "tokens_with_norms zonal": ("zonal", "dimension = 5", "normed"),
    "labels circle": ("circle", "", "labels"),
    "labels sphere": ("sphere", "", "labels"),
    "labels zonal": ("zonal", "dimension = 5", "labels"),
    "tokens_on_cells circle": ("circle", "", "stirred"),
    "tokens_on_cells sphere": ("sphere", "", "stirred"),
}
EXTRA = {
    "stirred": '[common_noise]\nkind = "matrix"\nseed = 1\n',
    "normed": '[layer_norm]\nscheme = "pre"\n',
    "labels": '[label]\nkind = "causal"\nelements = 1\norder = 2\n',
}
TEXT = """
title = "One bump"
[space]
kind = "{kind}"
{dimension}
{chart}
[attention]
beta = 1.0
normalization = "softmax"
{scheme}
[initial]
kind = "von_mises_fisher"
concentration = {kappa}
{mean}
[time]
end = 1.0
"""


def case_of(name):
    kind, dimension, chart = CASES[name]
    degree = "" if chart == "mercator" else f"degree = {23 if kind == 'sphere' else 31}"
    plain = chart in ("harmonic", *EXTRA)
    text = TEXT.format(
        kind=kind,
        dimension=dimension,
        chart=degree if plain else f'chart = "{chart}"\n{degree}',
        scheme=EXTRA.get(chart, ""),
        kappa=KAPPA,
        mean=f"mean = {AXES[kind]}" if AXES[kind] else "",
    )
    return Case.parse(text, (), "bump")


@cache
def body_of(name):
    """One density of each body: the same bump where the body can hold one, clusters where it cannot."""
    if name == "arcs_and_clusters":
        state = small_state()
        return CircleClusterDensity(state.arcs, state.clouds)
    if name == "clusters":
        return CloudDensity(at_angles([0.0, 1.0, 2.5], [0.5, 0.3, 0.2], dimension=3))
    if name == "cells_and_clusters":
        bump = InitialDensity((Component(VonMisesFisher(KAPPA), np.array(AXES["sphere"])),))
        cells = first_state(InitialSphereLogarithm(bump), Criterion(1e-3)).cells
        scaled = tuple(one.rescaled(0.5 * one.mass) for one in cells)
        clouds = at_angles([0.3], [0.5], dimension=3, spread=1e-3).clouds[0]
        points = clouds.center + clouds.offsets * np.exp(-clouds.contraction)
        bundle = Bundle(points / np.linalg.norm(points, axis=1, keepdims=True), clouds.masses)
        return SeveralDensity(State(scaled, (bundle,), Bundle.none()))
    problem = build(case_of(name))
    return problem.flow.density(problem.state)


def log_constant(d):
    """ln ∫ e^{κ<x, n>} dσ = ln Γ(d/2) (2/κ)^{d/2−1} I_{d/2−1}(κ)."""
    order = d / 2 - 1
    return gammaln(d / 2) + order * np.log(2 / KAPPA) + np.log(ive(order, KAPPA)) + KAPPA


NAMES = (*CASES, "cells_and_clusters", "arcs_and_clusters", "clusters")
ROUNDING = 1e-12


def test_every_body_is_tried():
    tried = {type(body_of(name)) for name in NAMES}
    assert {body.body: body for body in tried} == {name: body_named(name) for name in BODIES}


@pytest.mark.parametrize("name", NAMES)
def test_moments_masses_and_the_mean_are_those_of_one_measure(name):
    density = body_of(name)
    length = float(np.linalg.norm(density.mean))
    assert density.mass == pytest.approx(1.0, abs=ROUNDING)
    assert density.moment(0) == pytest.approx(density.mass, abs=ROUNDING)
    np.testing.assert_allclose(np.atleast_1d(density.moment(1)), density.mean, atol=1e-10)
    np.testing.assert_allclose(density.direction * length, density.mean, atol=ROUNDING)
    assert density.axisymmetric == (density.mean.size == 1)
    points, masses = density.quadrature(3)
    assert points.shape == (masses.size,) if density.axisymmetric else (masses.size, density.dimension)
    assert masses.sum() == pytest.approx(1.0, abs=1e-10)
    np.testing.assert_allclose(np.atleast_1d(masses @ points), density.mean, atol=1e-10)
    moments = density.moments(degree=3)
    opposite = density.moments(-1.0 if density.axisymmetric else -density.direction, 3)
    np.testing.assert_allclose(opposite, moments * [1, -1, 1, -1], atol=1e-10)
    assert abs(moments[1]) == pytest.approx(length, abs=1e-10)
    y, shares = density.axial_quadrature()
    assert np.all(np.diff(y) >= 0)
    assert shares @ -np.tanh(y) == pytest.approx(length, abs=1e-9)
    y, shares = density.polar_quadrature()
    assert shares.sum() == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_harmonics_of_low_degree_are_known(name):
    density = body_of(name)
    space = density.space_at(3)
    native = density.coefficients_in(space)
    np.testing.assert_allclose(space.mean(native), density.mean, atol=1e-10)
    np.testing.assert_allclose(density.mean_squares(3)[:4], space.by_degree(native, native), atol=1e-10)


@pytest.mark.parametrize("name", CASES)
def test_values_are_those_of_the_density_that_is_held(name):
    density = body_of(name)
    axis = np.array([1.0]) if density.axisymmetric else np.array(AXES[CASES[name][0]])
    rng = np.random.default_rng(3)
    points = rng.normal(size=(7, density.dimension))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    cosine = points[:, 0] if density.axisymmetric else points @ axis
    exact = KAPPA * cosine - log_constant(density.dimension)
    given = cosine if density.axisymmetric else points
    np.testing.assert_allclose(density.log_values(given), exact, atol=1e-6)
    np.testing.assert_allclose(density.values(given), np.exp(exact), rtol=1e-6)
    np.testing.assert_allclose(density.direction, axis, atol=1e-9)
    theta = np.array([0.0, 0.5, 2.0])  # about the mean: the pole of the cells is one of the tokens near it
    about = KAPPA * np.cos(theta) - log_constant(density.dimension)
    if density.center == "the mean direction":
        np.testing.assert_allclose(density.values_at_angle(theta), np.exp(about), rtol=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_what_a_body_does_not_have_it_says(name):
    density = body_of(name)
    centers, masses = density.cluster_centers()
    assert centers.shape == (masses.size, density.dimension)
    assert masses.sum() <= 1 + ROUNDING
    assert (masses.size > 0) == (name in ("cells_and_clusters", "arcs_and_clusters", "clusters"))
    assert (density.as_series is not None) == name.startswith(("series", "tokens_with_norms", "labels"))
    assert (density.in_frame is not None) == name.startswith(("series", "tokens_with_norms", "labels", "frame"))
    assert (density.with_norms is not None) == name.startswith("tokens_with_norms")
    assert np.isfinite(density.rapidity)
    finer = density.halved()
    assert (finer is not None) == (name in ("meridian", "circle_cells", "sphere_cells"))
    if finer is not None:
        assert finer.quadrature(0)[1].size > density.quadrature(0)[1].size
        np.testing.assert_allclose(finer.mean, density.mean, atol=1e-9)
    if density.as_series is None and density.in_frame is None:
        with pytest.raises(DomainError, match="not a finite sum"):
            _ = density.coefficients


def record_of(densities, kind, dimension, chart, drop=(), **attributes):
    """A record in memory."""
    variables, named = pack(range(len(densities)), densities)
    manifest = Manifest("", (), "case", "finished", "", "2026-01-01T00:00:00+00:00", 0.0)
    shared = {"space": kind, "dimension": dimension, "chart": chart, **named, **attributes}
    kept = tuple(variable for variable in variables if variable.name not in drop)
    given = {key: value for key, value in shared.items() if value is not None}
    return Record(Path("r.h5"), Contents(manifest, (), kept, given, (), {}, ()), rebuild)


def same(one, other):
    assert type(one) is type(other)
    rounding = 0.0 if one.in_frame is None else 1e-14  # coefficients are kept orthonormal: scaled, and scaled back
    np.testing.assert_allclose(one.mean, other.mean, rtol=0, atol=rounding)
    points = one.quadrature(2)[0][:5]
    np.testing.assert_allclose(one.quadrature(2)[1], other.quadrature(2)[1], rtol=0, atol=rounding)
    np.testing.assert_allclose(one.values(points), other.values(points), rtol=0, atol=100 * rounding)


KINDS = {2: "circle", 3: "sphere", 5: "zonal"}


@pytest.mark.parametrize("name", NAMES)
def test_a_density_comes_back_as_it_went_in(name):
    density = body_of(name)
    chart = CASES[name][2] if name in CASES else "mercator"
    chart = "harmonic" if chart in EXTRA else chart
    kind = KINDS[density.dimension]
    record = record_of([density, density], kind, density.dimension, chart)
    assert record.density_attributes["bodies"] == density.body
    same(record.density(1), density)
    if name in CASES and density.body not in (
        "labels",
        "tokens_on_cells",
    ):  # as records say it that do not name their body
        same(record_of([density, density], kind, density.dimension, chart, bodies=None).density(1), density)
    missing = next(v.name for v in record.contents.density if v.name not in ("time", "log_density", "nodes"))
    damaged = record_of([density, density], kind, density.dimension, chart, drop=(missing,))
    with pytest.raises(RecordError, match="cannot be read"):
        damaged.density(0)


def test_one_run_may_have_several_bodies():
    shots = [body_of(name) for name in ("sphere_cells", "cells_and_clusters", "clusters")]
    record = record_of(shots, "sphere", 3, "mercator")
    assert [record.density(i).body for i in range(3)] == [shot.body for shot in shots]
    for i, shot in enumerate(shots):
        same(record.density(i), shot)
    unnamed = record_of(shots, "sphere", 3, "mercator", bodies=None)  # whose numbers are 0, 1, 2 as well
    for i, shot in enumerate(shots):
        same(unnamed.density(i), shot)


def test_a_body_that_is_not_known_is_refused():
    density = body_of("series circle")
    with pytest.raises(RecordError, match="needles"):
        record_of([density], "circle", 2, "harmonic", bodies="needles").density(0)
    with pytest.raises(RecordError, match="chart"):
        record_of([density], "circle", 2, "unheard", bodies=None).density(0)
