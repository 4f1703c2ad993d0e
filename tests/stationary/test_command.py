"""`kinetic stationary`: what it prints, what it writes, and how it refuses."""

import csv

import h5py
import numpy as np
import pytest
from command_line import called
from stationary.flows import text

from kinetic import job
from kinetic.case import Case
from kinetic.stationary.table import COLUMNS


@pytest.fixture
def case(tmp_path):
    """A case file."""
    path = tmp_path / "noisy.toml"
    path.write_text(text(-3, "none", 2.5, 0.6, concentration=3.0, degree=40))
    return path


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_it_finds_the_state_and_says_how_well(case):
    result = called("stationary", case)
    assert result.exit_code == 0
    assert "0.732738" in result.output
    assert "stable" in result.output
    assert "residual" in result.output


def test_a_branch_is_written_as_a_table_and_drawn(case, tmp_path):
    table, figure = tmp_path / "branch.csv", tmp_path / "branch.png"
    result = called("stationary", case, "--follow", "noise.diffusion=0.59:0.64:3", "-o", table, "--figure", figure)
    assert result.exit_code == 0
    assert "fold neutral" in result.output
    assert all(len(line) <= 80 for line in result.output.splitlines() if "/" not in line)
    assert "…" not in result.output
    found = rows(table)
    assert set(found[0]) == set(COLUMNS)
    assert {row["kind"] for row in found} == {"branch", "fold", "uniform"}
    assert figure.read_bytes()[:4] == b"\x89PNG"
    again = called("stationary", case, "-o", table)
    assert (again.exit_code, "exists already" in again.output) == (2, True)


def test_the_hdf5_table_holds_the_densities_with_units_and_the_case(case, tmp_path):
    path = tmp_path / "state.h5"
    assert called("stationary", case, "--output", path).exit_code == 0
    with h5py.File(path) as file:
        assert file.attrs["format"] == "kinetic-stationary"
        assert Case.parse(file.attrs["case"]).noise.diffusion == 0.6
        assert all(file[name].attrs["units"] and file[name].attrs["description"] for name in file)
        coefficients = file["coefficients"][0]
        assert coefficients[1] / np.sqrt(3) == pytest.approx(file["order_parameter"][0], abs=1e-14)
        assert file["stability"].asstr()[0] == "stable"


def test_it_starts_from_a_record(case, tmp_path):
    record = job.run(Case.read(case, ["time.end=2.0"]), tmp_path)
    settings = ("--set", f'initial={{kind="record", path="{record.path}", time=2.0}}')
    result = called("stationary", case, *settings)
    assert result.exit_code == 0
    assert "0.732738" in result.output


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--set", "noise.diffusion=0"], "stationary densities need noise"),
        (["--follow", "noise.diffusion=1:2"], "KEY=START:STOP:COUNT"),
        (["--follow", "noise.diffusion=1:1:5"], "two different numbers"),
        (["--follow", "space.degree=10:20:5"], "noise.diffusion or attention.beta"),
        (["--follow", "noise.diffusion=0.5:0.6:1"], "COUNT from 2 on"),
        (["--follow", "noise.diffusion=nan:0.6:4"], "KEY=START:STOP:COUNT"),
        (["--follow", "noise.diffusion=0.7:0.8:3"], "no branch of its own"),
        (["--follow", "noise.diffusion=0.5:-0.6:3"], "noise.diffusion: received -0.6"),
        (["--figure", "x.png"], "--follow"),
        (["--output", "x.txt"], "must end in .csv or .h5"),
        (["--set", "space.chart=conformal"], "conformal"),
        (["--set", "attention.beta={times = [0, 1], values = [1, 2]}"], "under which nothing rests"),
    ],
)
def test_bad_input_is_told_in_one_line_with_status_2(case, tmp_path, monkeypatch, arguments, told):
    monkeypatch.chdir(tmp_path)
    result = called("stationary", case, *arguments)
    assert result.exit_code == 2
    assert told in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["noisy.toml"]


def test_a_degree_that_is_too_low_is_told_with_status_3(case):
    result = called("stationary", case, "--set", "space.degree=4")
    assert result.exit_code == 3
    assert "degree" in result.stderr


def test_an_automatic_degree_grows_until_it_carries_the_density(case):
    settings = ("--set", "space.degree=auto", "--set", "space.max_degree=63", "--set", "noise.diffusion=0.05")
    result = called("stationary", case, *settings)
    assert result.exit_code == 0
    fixed = called("stationary", case, "--set", "space.degree=63", "--set", "noise.diffusion=0.05")
    assert result.output.splitlines()[3].split()[1] == fixed.output.splitlines()[3].split()[1]
