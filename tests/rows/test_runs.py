"""Runs that begin with the rows of a file: from case to record, continued, compared, drawn and exported."""

import numpy as np
import pytest
from command_line import called
from scipy.io import netcdf_file

import kinetic
from kinetic.assembly import build
from kinetic.errors import CaseError, DomainError, RecordError
from kinetic.pair_law import pair_histogram
from kinetic.tokens import follow_rows

TEXT = """
title = "rows"
[space]
{space}
[attention]
normalization = "softmax"
beta = 1.0
[initial]
kind = "tokens"
path = "rows.npy"
{more}
[time]
end = {end}
[output]
observe_every = 0.1
save_every = 0.1
"""
SPACES = {
    "circle": ('kind = "circle"\ndegree = 63', 2),
    "sphere": ('kind = "sphere"\ndegree = 31', 3),
    "zonal": ('kind = "zonal"\ndimension = 64\ndegree = 40', 64),
}


def case_of(folder, name="sphere", more="", end=0.2, count=300, **changed):
    space, dimension = SPACES[name]
    rows = np.random.default_rng(7).standard_normal((count, dimension)) + 0.8 * np.eye(dimension)[-1]
    np.save(folder / "rows.npy", rows)
    text = TEXT.format(space=changed.get("space", space), more=more, end=end)
    (folder / "own.toml").write_text(text)
    return kinetic.Case.read(folder / "own.toml")


@pytest.mark.parametrize("name", SPACES)
def test_a_run_begins_with_the_widened_rows_and_stays_near_the_rows_themselves(tmp_path, name):
    case = case_of(tmp_path, name)
    record = kinetic.run(case, tmp_path)
    kept = record.density_attributes
    rows = np.load(tmp_path / "rows.npy")
    order = np.linalg.norm(np.mean(rows / np.linalg.norm(rows, axis=1)[:, None], axis=0))
    assert kept["rows_count"] == 300
    assert kept["rows_order_parameter"] == pytest.approx(order, rel=1e-12)
    begun = record.observables["order_parameter"][0]
    assert begun == pytest.approx(order * kept["rows_factor"], rel=1e-10)
    followed = follow_rows(record, tmp_path / "rows.npy", 0)
    assert followed.count == 300
    assert followed.order_parameter[0] == pytest.approx(order, rel=1e-12)
    # attention feels the widened rows through the same moments, each times a factor near one
    off = np.abs(followed.order_parameter * kept["rows_factor"] / record.observables["order_parameter"] - 1.0)
    assert off.max() < 2.0 * (1.0 - kept["rows_factor"])


def test_other_rows_are_refused_by_resume_and_compare(tmp_path):
    record = kinetic.run(case_of(tmp_path), tmp_path)
    longer = case_of(tmp_path, end=0.3)
    assert kinetic.run(longer, tmp_path, resume=True).observables["time"][-1] == 0.3
    np.save(tmp_path / "rows.npy", np.load(tmp_path / "rows.npy")[::-1])
    with pytest.raises(RecordError, match="other rows"):
        kinetic.run(kinetic.Case.read(tmp_path / "own.toml", ["time.end=0.4"]), tmp_path, resume=True)
    with pytest.raises(RecordError, match="other rows"):
        follow_rows(record, tmp_path / "rows.npy", 0)


def test_rows_belong_to_records_that_began_with_them(tmp_path):
    text = TEXT.format(space='kind = "circle"\ndegree = 15', more="", end=0.1)
    plain = text.replace('kind = "tokens"\npath = "rows.npy"', 'kind = "linear"\nmean = [1, 0]\nslope = 0.5')
    record = kinetic.run(kinetic.Case.parse(plain, (), "plain"), tmp_path)
    assert "rows_count" not in record.density_attributes
    with pytest.raises(DomainError, match="linear"):
        follow_rows(record, tmp_path / "rows.npy", 0)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("axis = [1.0, 0.0, 0.0]", r"initial\.axis: received 3 numbers; allowed only with space\.kind"),
        ('concentration = "automatic"', 'did you mean "auto"'),
        ("concentration = 0", r"initial\.concentration: received 0; must be a number > 0"),
        ("concentration = nan", r"initial\.concentration"),
        ('dataset = "a"', r"remove initial\.dataset"),
    ],
)
def test_keys_that_do_not_fit_are_named(tmp_path, more, message):
    with pytest.raises(CaseError, match=message):
        kinetic.run(case_of(tmp_path, more=more), tmp_path)


def test_charts_without_moments_say_so(tmp_path):
    for space, more in (
        ('kind = "sphere"\nchart = "mercator"', ""),
        (SPACES["sphere"][0], '[layer_norm]\nscheme = "pre"'),
    ):
        with pytest.raises(CaseError, match='received "tokens" with'):
            kinetic.run(case_of(tmp_path, space=space, more=more), tmp_path)


def test_a_run_that_stops_recommends_a_chart_that_takes_rows(tmp_path):
    for name, told in (("sphere", 'chart = "conformal"'), ("zonal", "")):
        remedy = build(case_of(tmp_path, name)).flow._remedy
        assert told in remedy
        assert "mercator" not in remedy


def test_a_zonal_axis_is_as_long_as_a_row(tmp_path):
    with pytest.raises(CaseError, match="received 3 numbers; must be 64"):
        case_of(tmp_path, "zonal", more="axis = [1.0, 0.0, 0.0]")
    tilted = case_of(tmp_path, "zonal", more=f"axis = {[2.0] + [0.0] * 62 + [2.0]}\nconcentration = 500.0")
    record = kinetic.run(tilted, tmp_path)
    rows = np.load(tmp_path / "rows.npy")
    cosines = (rows[:, 0] + rows[:, -1]) / np.sqrt(2.0) / np.linalg.norm(rows, axis=1)
    factor = record.density_attributes["rows_factor"]
    assert record.observables["mean"][0] == pytest.approx(factor * cosines.mean(), rel=1e-9)


def test_commands_describe_draw_compare_and_export(tmp_path):
    case_of(tmp_path, "zonal")
    told = called("validate", str(tmp_path / "own.toml")).stdout
    assert "300 rows in dimension 64" in told
    assert "% of the variance" in told
    assert called("run", str(tmp_path / "own.toml"), "--output", str(tmp_path), "-q").exit_code == 0
    path = tmp_path / "own.h5"
    assert called("plot", str(path), "--what", "pairs").exit_code == 0
    assert (tmp_path / "own_pairs.png").stat().st_size > 10_000
    with pytest.MonkeyPatch.context() as patch:  # where no time's law is known, the rows' own is drawn alone
        patch.setattr("kinetic.plot.pairs.laws_of", lambda densities: [None] * len(densities))
        alone = tmp_path / "alone.png"
        assert called("plot", str(path), "--what", "pairs", "--output", str(alone)).exit_code == 0
    assert alone.stat().st_size > 10_000
    shown = called("compare", str(path), "--rows", str(tmp_path / "rows.npy"))
    assert "N tokens beside the density" in shown.stdout
    assert called("export", str(path), "--to", "netcdf", "--resolution", "20").exit_code == 0
    record = kinetic.load(path)
    with netcdf_file(path.with_suffix(".nc"), mmap=False) as file:
        masses, own = file.variables["pair_histogram"][:], file.variables["rows_pair_histogram"][:]
    assert np.allclose(masses[-1], pair_histogram(record.density(-1)).masses, atol=1e-14)
    assert own.sum() == pytest.approx(1.0)
    assert np.array_equal(own, record.density_arrays["rows_pair_histogram"])
    # rows without structure across the axis: the density's pairs are theirs, within the counts of 44850 dependent pairs
    assert np.abs(np.cumsum(masses[0]) - np.cumsum(own)).max() < 0.02
