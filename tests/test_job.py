"""A run on disk: its record, its statuses, and what survives stopping it anywhere."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from reliability.stopping import Stop as AnyStop

from kinetic.assembly import load
from kinetic.case import Case
from kinetic.errors import CaseError, RecordError
from kinetic.job import run
from kinetic.observables import DEFINITIONS

TEXT = """
title = "Two bumps merge"
[space]
kind = "circle"
degree = {degree}
[attention]
normalization = "softmax"
beta = 2.0
[initial]
kind = "mixture"
components = [
  {{ mean = [1.0, 0.0], concentration = 3.0, weight = 2.0 }},
  {{ mean = [0.0, 1.0], concentration = 1.0, weight = 1.0 }},
]
[time]
end = {end}
tolerance = 1e-11
[output]
observe_every = 0.05
save_every = 0.25
"""


def case(end=1.0, degree=40, extra="", name="merge"):
    return Case.parse(TEXT.format(end=end, degree=degree) + extra, (), name)


class Stop(AnyStop):
    """The same for runs in one chart, whose times are within the run."""

    def __call__(self, progress):
        assert 0 < progress.time <= progress.end
        super().__call__(progress)


def same(one, other):
    """Both records hold the same numbers, bit for bit."""
    assert one.status == other.status == "finished"
    assert set(one.observables) == set(other.observables)
    for name in one.observables:
        np.testing.assert_array_equal(one.observables[name], other.observables[name], err_msg=name)
    for name in one.density_arrays:
        np.testing.assert_array_equal(one.density_arrays[name], other.density_arrays[name], err_msg=name)


@pytest.fixture(scope="module", name="whole")
def _whole(tmp_path_factory):
    return run(case(), tmp_path_factory.mktemp("whole"))


def test_a_finished_record_holds_rows_snapshots_and_its_case(whole):
    assert (whole.status, whole.message) == ("finished", "")
    assert whole.case_text == case().text
    np.testing.assert_allclose(whole.observables["time"], np.linspace(0, 1, 21), atol=1e-15)
    np.testing.assert_allclose(whole.density_times, np.linspace(0, 1, 5), atol=1e-15)
    assert set(whole.observables) == {"time", "cluster_count"} | {d.name for d in DEFINITIONS}
    assert whole.observables["mean"].shape == (21, 2)
    for definition in DEFINITIONS:
        assert whole.units(definition.name) == definition.units
        assert whole.description(definition.name)
    for i, at in enumerate(whole.density_times):
        row = int(np.argmin(np.abs(whole.observables["time"] - at)))
        # orthonormal coefficients are the native ones times √2, rounded
        assert np.linalg.norm(whole.density(i).mean) == pytest.approx(
            whole.observables["order_parameter"][row], rel=1e-14
        )


@pytest.mark.parametrize("step", [1, 2, 4, 7])
def test_an_interrupted_run_resumes_bit_for_bit(tmp_path, whole, step):
    with pytest.raises(KeyboardInterrupt):
        run(case(), tmp_path, progress=Stop(step))
    part = load(tmp_path / "merge.h5")
    assert part.status == "interrupted"
    assert "resume" in part.message
    assert part.observables["time"].size < whole.observables["time"].size
    same(run(case(), tmp_path, resume=True), whole)


def test_a_run_interrupted_again_and_again_is_still_the_same(tmp_path, whole):
    for _ in range(4):
        with pytest.raises(KeyboardInterrupt):
            run(case(), tmp_path, resume=True, progress=Stop(1))
    same(run(case(), tmp_path, resume=True), whole)


def test_resuming_a_finished_run_changes_nothing(tmp_path, whole):
    run(case(), tmp_path)
    same(run(case(), tmp_path, resume=True), whole)


def test_a_longer_end_continues_the_same_run(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        run(case(end=0.6), tmp_path / "short", progress=Stop(2))
    continued = run(case(end=1.0), tmp_path / "short", resume=True)
    same(continued, run(case(end=1.0), tmp_path / "long"))


def test_a_finished_run_continues_to_a_longer_end(tmp_path, whole):
    run(case(end=0.6), tmp_path)
    same(run(case(end=1.0), tmp_path, resume=True), whole)


def test_a_record_in_the_way_is_never_touched(tmp_path, whole):
    run(case(), tmp_path)
    before = (tmp_path / "merge.h5").read_bytes()
    with pytest.raises(RecordError, match=r"resume=True.*overwrite=True"):
        run(case(), tmp_path)
    assert (tmp_path / "merge.h5").read_bytes() == before
    same(run(case(), tmp_path, overwrite=True), whole)


def test_another_case_is_not_continued(tmp_path):
    run(case(end=0.2), tmp_path)
    with pytest.raises(RecordError, match=r"space\.degree was 40 and is now 41"):
        run(case(end=0.2, degree=41), tmp_path, resume=True)
    other = Case.parse(case(end=0.2).text.replace("0.05", "0.04"), (), "merge")
    with pytest.raises(RecordError, match="observe_every"):
        run(other, tmp_path, resume=True)


def test_resuming_nothing_begins(tmp_path, whole):
    same(run(case(), tmp_path, resume=True), whole)


def test_an_unresolved_run_leaves_what_it_had(tmp_path):
    record = run(case(end=30.0, degree=24), tmp_path)
    assert record.status == "unresolved"
    assert "spectral tail" in record.message
    assert 1 < record.observables["time"].size < 600
    assert np.all(np.isfinite(record.observables["energy"]))


def test_a_case_that_cannot_be_built_writes_nothing(tmp_path):
    text = case().text.replace('title = "Two bumps merge"', 'title = "x"')
    with pytest.raises(CaseError, match="scheme"):  # an exponential scheme, and no diffusion for it to take exactly
        run(Case.parse(text, ('time.scheme="etd8"',), "still"), tmp_path / "out")
    assert not (tmp_path / "out" / "still.h5").exists()


def test_xarray_reads_rows_and_densities_with_their_names(whole):
    xarray = pytest.importorskip("xarray")
    pytest.importorskip("h5netcdf")
    with xarray.open_dataset(whole.path, group="observables", engine="h5netcdf") as rows:
        assert rows["energy"].dims == ("time",)
        assert rows["mean"].dims == ("time", "component")
        assert rows["energy"].attrs["units"] == "1"
        assert (
            float(rows["order_parameter"].sel(time=0.5, method="nearest")) == whole.observables["order_parameter"][10]
        )
    with xarray.open_dataset(whole.path, group="density", engine="h5netcdf") as density:
        assert density["coefficients"].shape == (5, 2, 41)
        assert density["coefficients"].dims[0] == "time"
        assert density["coefficients"].dims[1] == "part"


SCRIPT = """
import sys
from kinetic.case import Case
from kinetic.job import running as job
job.SECONDS_BETWEEN_WRITES, job.WRITING_SHARE = 0.0, 1e9  # write after every step
killed = Case.parse(sys.stdin.read(), (), "killed")
job.run(killed, sys.argv[1], resume=True, progress=lambda p: print("step", flush=True))
"""


def test_a_killed_run_always_leaves_a_readable_record_and_resumes(tmp_path):
    text = TEXT.format(end=1.0, degree=600)
    luck = random.Random(3)
    environment = os.environ | {"PYTHONPATH": str(Path(run.__code__.co_filename).parents[2])}
    seen = 0
    for _ in range(6):
        process = subprocess.Popen(
            [sys.executable, "-c", SCRIPT, str(tmp_path)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True,
        )  # fmt: skip
        process.stdin.write(text)
        process.stdin.close()
        process.stdout.readline()  # the first step is made
        time.sleep(luck.uniform(0.0, 0.03))
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        path = tmp_path / "killed.h5"
        if path.exists():
            record = load(path)
            assert record.status in {"running", "finished"}
            rows = record.observables["time"].size
            assert rows >= seen  # nothing that was written is lost
            seen = rows
            if record.density_times.size:
                assert record.density(0).mass == pytest.approx(1.0)
    assert seen > 0
    killed = Case.parse(text, (), "killed")
    same(run(killed, tmp_path, resume=True), run(killed, tmp_path / "whole"))


def test_a_run_that_is_unresolved_from_the_start_has_columns_without_rows(tmp_path):
    text = (
        'title = "needle"\n[space]\nkind = "circle"\ndegree = 2\n[attention]\nnormalization = "softmax"\nbeta = 3.0\n'
        '[initial]\nkind = "cap"\nmean = [1.0, 0.0]\nangle = 0.01\n[time]\nend = 2.0\n'
    )
    record = run(Case.parse(text, (), "needle"), tmp_path)
    assert record.status == "unresolved"
    again = load(tmp_path / "needle.h5")
    for seen in (record, again):
        assert seen.observables["order_deficit"].shape == (0,)
        assert seen.observables["time"].shape == (0,)
