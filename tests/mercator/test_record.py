"""A density of the Mercator chart in case files and records."""

import numpy as np
import pytest

from kinetic.assembly import build, load
from kinetic.case import Case
from kinetic.errors import CaseError
from kinetic.job import run

TEXT = """
title = "A cap with a background"
[space]
kind = "zonal"
dimension = {dimension}
chart = "mercator"
[attention]
normalization = "none"
beta = 1.0
[initial]
{initial}
[time]
end = {end}
tolerance = 1e-9
[output]
observe_every = 0.5
save_every = 0.5
"""
CAP = 'kind = "cap"\nangle = 1.0\nbackground = 0.1'


def case(initial=CAP, end=2.0, dimension=3):
    return Case.parse(TEXT.format(initial=initial, end=end, dimension=dimension), (), "cap")


def test_a_continued_run_writes_what_an_uninterrupted_one_writes(tmp_path):
    whole = run(case(end=3.0), tmp_path / "whole")
    run(case(end=1.7), tmp_path / "parts")
    parts = run(case(end=3.0), tmp_path / "parts", resume=True)
    assert parts.status == whole.status == "finished"
    for name, values in whole.observables.items():
        assert np.array_equal(values, parts.observables[name], equal_nan=True), name
    for name, values in whole.density_arrays.items():
        assert np.array_equal(values, parts.density_arrays[name], equal_nan=True), name


def test_a_record_gives_back_the_density_to_the_last_bit(tmp_path):
    run(case(), tmp_path)
    record = load(tmp_path / "cap.h5")
    first, last = record.density(0), record.density(4)
    assert first.mesh.size < last.mesh.size
    y = np.linspace(-8, 8, 33)
    inside = y < np.log(np.tan(0.5)) - 0.01
    # ρ = 0.1 + 0.9/σ(cap) inside, 0.1 outside, to the rounding of the profile's normalization
    area = (1 - np.cos(1.0)) / 2
    assert np.allclose(first.log_at_latitude(y), np.where(inside, np.log(0.1 + 0.9 / area), np.log(0.1)), atol=1e-11)
    assert last.moment(1) == pytest.approx(record.observables["mean"][-1], abs=1e-15)


@pytest.mark.parametrize("chart", ["mercator", "harmonic"])
def test_a_record_can_be_started_from(tmp_path, chart):
    end = run(case('kind = "von_mises_fisher"\nconcentration = 2.0'), tmp_path)
    text = TEXT.format(initial=f'kind = "record"\npath = "{tmp_path}/cap.h5"\ntime = 2.0', end=1.0, dimension=3)
    if chart == "harmonic":
        text = text.replace('chart = "mercator"', "degree = 200")
    again = build(Case.parse(text, (), "again"))
    rows = again.flow.observe(0.0, again.state)
    # the interpolation bound of the elements, which follows time.tolerance
    assert rows["order_parameter"] == pytest.approx(end.observables["order_parameter"][-1], abs=1e-8)
    assert rows["energy"] == pytest.approx(end.observables["energy"][-1], rel=1e-8)


@pytest.mark.parametrize(
    "initial",
    [
        'kind = "linear"\nslope = 0.0',
        'kind = "linear"\nslope = -1.0',
        'kind = "poisson"\nradius = 0.99',
        'kind = "band"\nlatitude = 0.3\nwidth = 0.001',
        'kind = "cap"\nangle = 0.01',
        'kind = "mixture"\ncomponents = [{axis = -1, concentration = 300.0, weight = 1.0}]\nuniform = 0.1',
        'kind = "harmonics"\nterms = [{degree = 3, amplitude = 0.001}]',
        'kind = "random"\namplitude = 0.02\nmax_degree = 2\nseed = 1',
    ],
)
@pytest.mark.parametrize("dimension", [2, 3, 64])
def test_every_kind_of_initial_density_has_a_mesh(initial, dimension):
    problem = build(case(initial, dimension=dimension))
    problem.flow.verify(0.0, problem.state)
    assert problem.flow.density(problem.state).mass == pytest.approx(1, abs=1e-13)


def test_harmonics_that_are_negative_somewhere_are_refused():
    with pytest.raises(CaseError, match="must not be below 0"):
        build(case('kind = "harmonics"\nterms = [{degree = 3, amplitude = 2.0}]'))


def test_heads_with_matrices_are_refused_where_no_cell_follows_them():
    text = TEXT.format(initial='kind = "uniform"', end=1.0, dimension=3)
    text = text.replace("beta = 1.0", "heads = [{beta = 1.0, value = 0.5}]")
    with pytest.raises(CaseError, match=r'attention\.heads.*chart = "mercator" on kind = "zonal".*harmonic'):
        build(Case.parse(text, (), "zonal"))


def test_heads_with_matrices_are_followed_on_circle_and_sphere(tmp_path):
    for kind, value in (("circle", [1.0, 0.5]), ("sphere", [1.0, 0.5, 0.2])):
        text = TEXT.format(initial='kind = "linear"\nslope = 0.5', end=0.2, dimension=3).replace('"zonal"', f'"{kind}"')
        text = text.replace("slope = 0.5", f"slope = 0.5\nmean = {value}")
        text = text.replace("dimension = 3\n", "").replace("beta = 1.0", f"heads = [{{beta = 1.0, value = {value}}}]")
        record = run(Case.parse(text, (), kind), tmp_path / f"{kind}.h5")
        assert record.status == "finished"
        assert np.isnan(record.observables["energy_gap"]).all()
