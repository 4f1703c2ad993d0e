"""A sweep runs every point once, whatever happens to some of them, and ends in one table."""

import csv
import math
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from command_line import DRAWN_AT_ONCE, ENVIRONMENT, called, on_terminal
from sweep.examples import CASE, FAILING, SWEEP, Here, equal, folder_with, started

from kinetic import job
from kinetic.assembly import load
from kinetic.case import Case
from kinetic.cli.sweeping import exit_status
from kinetic.errors import RecordError
from kinetic.record import ClaimRow, locked
from kinetic.sweep import Finished, LocalPool, Outcome, Sweep, records_folder, run
from kinetic.sweep.conduct import Silent
from kinetic.sweep.pool import ONE_THREAD
from kinetic.sweep.work import Task, carry_out

xarray = pytest.importorskip("xarray")
pytest.importorskip("h5netcdf")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return folder_with(tmp_path, bumps=SWEEP, failing=FAILING)


@pytest.fixture
def bumps(folder):
    return Sweep.read(folder / "bumps.toml")


@pytest.fixture(scope="module")
def once(tmp_path_factory):
    """A finished sweep and the folder that it left."""
    folder = folder_with(tmp_path_factory.mktemp("once"), bumps=SWEEP)
    return run(Sweep.read(folder / "bumps.toml"), folder / "out", Here()), folder / "out"


@pytest.fixture
def done(folder, once):
    """The same sweep, in a folder of its own."""
    finished, out = once
    shutil.copytree(out, folder / "out")
    return replace(finished, paths=(folder / "out" / "bumps.h5", folder / "out" / "bumps.csv"))


def test_every_point_is_the_run_of_its_case(folder, bumps, done):
    finished = done
    table = finished.table
    assert table.complete
    for point in bumps.points:
        alone = job.run(point.case, folder / "alone")
        order = alone.observables["order_parameter"]
        assert table["order"].values[point.index] == order[-1]
        assert table["final_energy"].values[point.index] == alone.observables["energy"][-1]
        np.testing.assert_array_equal(table["path"].values[point.index], order)
        (claim,) = alone.claims
        assert table["mass"].values[point.index] == claim.measured
        assert table["mass_verdict"].values[point.index] == claim.verdict == "pass"
        assert equal(table["claim_mass_conserved_predicted"].values[point.index], claim.predicted)
        record = load(records_folder(bumps, folder / "out") / table["record"].values[point.index])
        np.testing.assert_array_equal(record.observables["order_parameter"], order)


def test_worker_processes_compute_the_same_bit_for_bit(folder, bumps, once):
    here, _ = once
    there = run(bumps, folder / "there", LocalPool(2))
    for column in here.table.columns:
        if column.name != "wall_seconds":
            np.testing.assert_array_equal(column.values, there.table[column.name].values, err_msg=column.name)


def test_the_table_is_read_by_xarray_and_as_csv(done):
    finished = done
    with xarray.open_dataset(finished.paths[0], engine="h5netcdf") as data:
        assert data["order"].dims == ("point",)
        assert data["path"].dims == ("point", "time_path")
        np.testing.assert_array_equal(data["time_path"], [0.0, 0.1, 0.2, 0.30000000000000004, 0.4])
        grid = data.set_index(point=["attention.beta", "attention.normalization"]).unstack("point")
        assert grid["order"].shape == (3, 2)
        softmax = finished.table["order"].values[::2]
        np.testing.assert_array_equal(grid["order"].sel({"attention.normalization": "softmax"}), softmax)
        assert (data["status"] == "finished").all()
        assert data.attrs["sweep"] == SWEEP
        assert data.attrs["template"] == CASE
        assert all(data[name].attrs["description"] for name in data.variables)
    with finished.paths[1].open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [float(row["attention.beta"]) for row in rows] == [0.5, 0.5, 1, 1, 2, 2]
    assert [row["attention.normalization"] for row in rows] == ["softmax", "none"] * 3
    assert [float(row["order"]) for row in rows] == finished.table["order"].values.tolist()
    assert [float(row["path t=0.2"]) for row in rows] == finished.table["path"].values[:, 2].tolist()


@pytest.mark.usefixtures("folder")
def test_a_point_that_fails_is_told_and_does_not_stop_the_rest():
    result = called("sweep", "failing.toml", "--output", "out", "--workers", "1")
    assert result.exit_code == 3
    first, second = result.stderr.splitlines()
    assert first.startswith('error: point 1 (initial={ kind = "harmonics"')
    assert "failed: initial: the density of kind harmonics" in first
    assert second.startswith("error: point 2 (")
    assert "unresolved" in second
    assert "points     4: 1 failed, 2 finished, 1 unresolved" in result.stdout
    with xarray.open_dataset("out/failing.h5", engine="h5netcdf") as data:
        assert list(data["status"].values) == ["finished", "failed", "unresolved", "finished"]
        assert "must not be below 0" in str(data["message"].values[1])
        assert np.isnan(data["final_order_parameter"].values[1])
        assert data["final_order_parameter"].values[0] > 0.2


@pytest.mark.usefixtures("done")
def test_resuming_runs_only_what_is_missing(folder, bumps):
    (records_folder(bumps, folder / "out") / f"{bumps.points[3].case.name}.h5").unlink()
    again = Here()
    finished = run(bumps, folder / "out", again, resume=True)
    assert again.asked == [3]
    assert finished.table.complete
    more = Sweep.parse(SWEEP.replace("[0.5, 1, 2.0]", "[0.5, 0.75, 1, 2.0]"), "bumps", folder)
    third = Here()
    run(more, folder / "out", third, resume=True)
    assert third.asked == [2, 3]


@pytest.mark.usefixtures("done")
def test_other_quantities_are_taken_from_the_records_without_running(folder):
    other = SWEEP.replace('kind = "final"', 'kind = "crossing"\nabove = 0.28')
    workers = Here()
    finished = run(Sweep.parse(other, "bumps", folder), folder / "out", workers, resume=True)
    assert workers.asked == []
    assert 0 < finished.table["order"].values[0] < 0.4


@pytest.mark.usefixtures("done")
def test_an_earlier_sweep_is_neither_replaced_nor_continued_unasked(folder, bumps):
    before = (folder / "out" / "bumps.h5").read_bytes()
    with pytest.raises(RecordError, match=r"the sweep exists; continue it with resume=True or replace it with"):
        run(bumps, folder / "out", Here())
    assert (folder / "out" / "bumps.h5").read_bytes() == before
    workers = Here()
    run(bumps, folder / "out", workers, overwrite=True)
    assert len(workers.asked) == 6


@pytest.mark.usefixtures("done")
def test_a_second_process_at_the_same_sweep_is_refused(folder, bumps):
    with locked(folder / "out" / "bumps.h5"), pytest.raises(RecordError, match="another process is writing it"):
        run(bumps, folder / "out", Here(), resume=True)
    assert run(bumps, folder / "out", Here(), resume=True).table.complete


# Processes


def slow_task(folder, name, end=1000.0):
    """A run that takes minutes: it has to be stopped."""
    text = CASE.replace("end = 0.4", f"end = {end}").replace("slope = 0.5", "slope = 0.0")
    return Task(text, ("time.tolerance=1e-12",), name, str(folder), (), str(folder / "records"))


def test_a_worker_that_dies_costs_its_point_alone(folder):
    quick = {i: Task(CASE, (), f"quick{i}", str(folder), (), str(folder / "records")) for i in (1, 2)}
    killed = []

    def told(index, _share):
        if index == 0 and not killed:
            killed.append(index)
            for child in children():
                if (Path("/proc") / str(child) / "fd").exists():
                    os.kill(child, signal.SIGKILL)

    tasks = {0: slow_task(folder, "slow"), **quick}
    outcomes = dict(LocalPool(1).results(tasks, told))
    assert killed
    assert outcomes[0].status == "failed"
    assert "signal SIGKILL" in outcomes[0].message
    assert [outcomes[i].status for i in (1, 2)] == ["finished", "finished"]


def children():
    """Process numbers of the workers of this process: they were started to serve, or forked by the server of forks."""
    found = {}
    for path in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, ValueError):
            parent = int((path / "stat").read_text().rpartition(")")[2].split()[1])
            found[int(path.name)] = parent, (path / "cmdline").read_bytes()
    own = {number: line for number, (parent, line) in found.items() if parent == os.getpid()}
    servers = {number for number, line in own.items() if b"forkserver" in line}
    forked = [number for number, (parent, _) in found.items() if parent in servers]
    return [*forked, *(number for number, line in own.items() if b"spawn_main" in line)]


def test_stopping_a_pool_leaves_the_record_of_the_point_that_was_running(folder):
    begun = []
    results = LocalPool(1).results({0: slow_task(folder, "slow")}, lambda index, _share: begun.append(index))
    with pytest.raises(KeyboardInterrupt):
        next(interrupting(results, begun))
    assert not children()
    record = load(folder / "records" / "slow.h5")
    assert record.status == "interrupted"
    assert record.checkpoint["time"] > 0


def interrupting(results, begun):
    """Close the pool as an interruption would, once a point has told of progress."""

    def on_alarm(_number, _frame):
        if begun:
            signal.setitimer(signal.ITIMER_REAL, 0)  # once: a second interruption rightly kills the workers
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, on_alarm)
    signal.setitimer(signal.ITIMER_REAL, 0.2, 0.1)
    try:
        yield from results
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


LONG = """
title = "Long"
case = "bump.toml"
[[axes]]
key = "attention.beta"
values = [0.5, 1.5]
[[axes]]
key = "time.end"
values = [2000.0, 2001.0]
zip_with = "attention.beta"
[[axes]]
key = "initial"
values = [{ kind = "uniform" }]
"""


@pytest.mark.parametrize(
    ("number", "workers"),
    [(signal.SIGINT, 2), pytest.param(signal.SIGTERM, 1, marks=pytest.mark.slow), (signal.SIGKILL, 1)],
)
def test_an_interrupted_sweep_keeps_its_records_and_leaves_no_process(folder, number, workers):
    (folder / "long.toml").write_text(LONG, encoding="utf-8")
    (folder / "bump.toml").write_text(CASE.replace("save_every = 0.4", "save_every = 0.5"), encoding="utf-8")
    # a process group of its own, so that Ctrl-C can be sent to all of them, as a terminal does
    with started("sweep", "long.toml", "--workers", workers, cwd=folder, start_new_session=True) as process:
        records = folder / "output" / "long"
        await_(lambda: len(list(records.glob("*.h5"))) == workers)
        if number == signal.SIGINT:
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)
        _, stderr = process.communicate(timeout=60)
        await_(lambda: not alive(process.pid))
    assert stderr == "" if number == signal.SIGKILL else "--resume goes on from there" in stderr
    assert len(stderr.splitlines()) <= 1
    assert process.returncode == (-number if number == signal.SIGKILL else 130)
    for path in records.glob("*.h5"):
        assert load(path).status == "interrupted"
    if number != signal.SIGKILL:
        with xarray.open_dataset(folder / "output" / "long.h5", engine="h5netcdf") as data:
            assert data.attrs["status"] == "incomplete"
            assert data["status"].isin(["missing", "interrupted"]).all()


def await_(condition):
    """Wait until something is so."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def alive(group):
    """Whether a process group has a process left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def test_workers_use_one_thread_each_and_the_environment_is_put_back(monkeypatch):
    from kinetic.sweep.pool import _one_thread

    monkeypatch.setenv(ONE_THREAD[0], "7")
    monkeypatch.delenv(ONE_THREAD[1], raising=False)
    with _one_thread():
        code = f"import os; print(*(os.environ[name] for name in {ONE_THREAD}))"
        shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert shown.split() == ["1"] * len(ONE_THREAD)
    assert os.environ[ONE_THREAD[0]] == "7"
    assert ONE_THREAD[1] not in os.environ


def test_a_defect_in_one_point_is_an_outcome(folder, monkeypatch):
    def broken(*_given, **_options):
        raise ZeroDivisionError("a\nb")

    monkeypatch.setattr(job, "run", broken)
    outcome = carry_out(slow_task(folder, "slow"))
    assert (outcome.status, outcome.message) == ("failed", "ZeroDivisionError: a b")
    assert (dict(outcome.finals), dict(outcome.cells), outcome.claims, outcome.record) == ({}, {}, (), None)
    assert math.isnan(outcome.wall_seconds)


# The command


@pytest.mark.usefixtures("folder")
def test_the_command_ends_with_its_tables_and_its_figure():
    result = called("sweep", "bumps.toml", "-o", "out", "--figure", "pictures/bumps.png", "--quiet", "--workers", 1)
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    header, _, *rows = lines[1:-4]
    assert header.split() == ["beta", "normalization", "order", "mass", "mass_predicted", "mass_verdict"]
    points = [(beta, how) for beta in ("0.5", "1", "2") for how in ("softmax", "none")]
    assert [tuple(row.split()[:2]) for row in rows] == points
    assert all(row.split()[3:] == ["1", "1", "pass"] for row in rows)
    assert [lines[0], *lines[-4:]] == [
        "bumps: Bumps",
        "points     6: 6 finished",
        "table      out/bumps.h5",
        "table      out/bumps.csv",
        "figure     pictures/bumps.png",
    ]
    assert Path("pictures/bumps.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "missing; name a sweep file"),
        (("absent.toml",), "no such file and no bundled sweep"),
        (("colapse_circle",), "did you mean collapse_circle?"),
        (("bumps.toml", "--workers", "2", "--scheduler", "tcp://x:1"), "--workers and --scheduler"),
        (("bumps.toml", "--resume", "--overwrite"), "--resume and --overwrite"),
        (("bumps.toml", "--workers", "0"), "--workers"),
        (("bumps.toml", "--figure", "a.txt"), "must end in .png, .svg, .pdf"),
        (("bump.toml",), "axes: missing"),
        (("bumps.toml", "--output", "bumps.toml"), "bumps.toml"),
    ],
)
def test_bad_input_is_told_in_lines_and_nothing_is_written(folder, arguments, words):
    before = sorted(folder.iterdir())
    result = called("sweep", *arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert all(line.startswith("error: ") for line in result.stderr.splitlines())
    assert words in result.stderr
    assert sorted(folder.iterdir()) == before


@pytest.mark.parametrize(
    ("outcomes", "status"),
    [
        ([("finished", "pass"), ("finished", "not applicable")], 0),
        ([("finished", "pass"), ("finished", "fail")], 1),
        ([("failed", "pass"), ("finished", "fail")], 3),
        ([("unresolved", "pass")], 3),
    ],
)
def test_the_status_of_a_sweep_is_that_of_its_worst_point(outcomes, status):
    row = ClaimRow("dirac_rate", 1.0, 1.1, 0.0, 1e-3, (0.0, 1.0), "pass", "", "theorem", "arXiv:2512.01868")
    found = {i: Outcome(how, claims=(replace(row, verdict=said),)) for i, (how, said) in enumerate(outcomes)}
    assert exit_status(Finished(None, found, (Path("a"), Path("b")))) == status


@pytest.mark.usefixtures("folder")
def test_bundled_sweeps_are_listed_and_are_no_cases():
    listed = called("sweep", "--list").stdout.splitlines()
    names = [line.split()[0] for line in listed]
    assert names == sorted(path.stem for path in (Path(__file__).parents[2] / "cases" / "sweeps").glob("*.toml"))
    assert {"collapse_circle", "most_unstable_degree"} <= set(names)
    assert "collapse_circle" not in called("cases").stdout


def test_the_same_watcher_hears_of_every_point(folder, bumps):
    class Watcher(Silent):
        def __init__(self):
            self.news = []

        def begins(self, points, found):
            self.news.append((points, found))

        def ends(self, point, outcome):
            self.news.append((point.index, outcome.status))

    watcher = Watcher()
    run(bumps, folder / "out", Here(), watcher=watcher)
    assert watcher.news == [(6, 0), *((i, "finished") for i in range(6))]
    run(bumps, folder / "out", Here(), resume=True, watcher=watcher)
    assert watcher.news[-1] == (6, 6)


@pytest.mark.usefixtures("done")
def test_the_record_of_a_point_can_be_run_as_a_case(folder, bumps):
    point = bumps.points[0]
    record = load(records_folder(bumps, folder / "out") / f"{point.case.name}.h5")
    assert Case.parse(record.case_text, record.overrides).model == point.case.model


def test_help_is_by_example(folder):
    shown = subprocess.run(
        [sys.executable, "-m", "kinetic", "sweep", "--help"],
        env=ENVIRONMENT, cwd=folder, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert "  kinetic sweep my_sweep.toml --resume" in shown
    assert max(map(len, shown.splitlines())) <= 80


def test_a_terminal_shows_how_far_the_sweep_is_and_which_points_failed(folder):
    # the sweep may take less than what passes before anything is drawn
    _, shown = on_terminal(folder, "sweep", "failing.toml", "--workers", "1", program=("-c", DRAWN_AT_ONCE))
    lines = [line for line in re.split(r"[\r\n]+", shown) if line]
    told = [line for line in lines if line.startswith("error: point ")]
    assert len(told) == 2
    assert all(len(line) <= 80 for line in lines if line not in told)
    assert re.search(r"[1-4]/4 points, [01] running +[0-9]+%  \d+:\d\d", shown)


def test_a_quiet_sweep_draws_nothing_on_a_terminal(folder):
    _, shown = on_terminal(folder, "sweep", "failing.toml", "--workers", "1", "--quiet", program=("-c", DRAWN_AT_ONCE))
    assert "points" not in shown.replace("error: point", "")
