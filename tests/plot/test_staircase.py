"""The staircase of the energy as a picture and as a table: predicted steps stand where the density climbs."""

import csv

import numpy as np
import pytest
from small_records import record_of
from typer.testing import CliRunner

import kinetic
from kinetic.case import Case
from kinetic.cli import app
from kinetic.errors import DomainError
from kinetic.plot import draw
from kinetic.plot.scene import Scene
from kinetic.plot.staircase import Stairs

BUMPS = """
title = "two bumps"
[space]
kind = "circle"
chart = "mercator"
[attention]
normalization = "none"
beta = 9.0
[initial]
kind = "mixture"
components = [
  {mean = [1.0, 0.0], concentration = 1000.0, weight = 0.6},
  {mean = [0.2, 0.98], concentration = 1000.0, weight = 0.4},
]
[time]
end = 0.2
tolerance = 1e-6
[output]
first = 1e-5
observe_every = 0.25
save_every = 5.0
observe_length = 0.05
[[claims]]
name = "mass_conserved"
"""


@pytest.fixture(scope="module")
def record(tmp_path_factory):
    return kinetic.run(Case.parse(BUMPS, (), "bumps"), output=tmp_path_factory.mktemp("stairs"))


def test_the_step_is_where_two_bumps_climb(record):
    stairs = Stairs.of(Scene.of(record))
    (step,) = stairs.steps
    assert (step.level, step.gain) == pytest.approx((0.52, 0.48), abs=1e-14)
    width = np.sqrt(1 / 1000.0)  # in which bumps, unlike points, already are near each other
    assert stairs.lengths[-1] == pytest.approx(step.length, abs=width)
    assert stairs.energies[-1] == pytest.approx(1.0, rel=1e-9)
    half = np.interp(0.76, stairs.energies, np.log(stairs.scale * stairs.times + 1e-300))
    assert half == pytest.approx(np.log(stairs.time(step)), abs=0.2)


def test_figure_and_table_hold_the_same(record, tmp_path):
    figure = draw(record, "staircase")
    left, right = figure.subfigs[0].axes
    assert left.get_xscale() == "log"
    assert r"e^{\beta}" in left.get_xlabel()
    assert "radians" in right.get_xlabel()
    out = tmp_path / "stairs.png"
    result = CliRunner().invoke(app, ["plot", str(record.path), "--what", "staircase", "--output", str(out)])
    assert result.exit_code == 0, result.output
    with out.with_suffix(".csv").open() as file:
        rows = list(csv.DictReader(file))
    measured = [row for row in rows if row["series"] == "measured"]
    assert [float(row["w2_length"]) for row in measured] == right.lines[0].get_xdata().tolist()
    (step,) = (row for row in rows if row["series"] == "predicted step")
    assert float(step["energy_2beta_exp_minus_beta"]) == pytest.approx(1.0)
    again = CliRunner().invoke(app, ["plot", str(record.path), "--what", "staircase", "--output", str(out)])
    assert again.exit_code == 2


def test_a_record_without_clusters_that_wait_has_no_staircase():
    with pytest.raises(DomainError, match="staircase: "):
        draw(record_of("circle"), "staircase")
