"""A dask cluster of separate processes computes the same sweep, and shares nothing but its scheduler's address."""

import os
import socket

import numpy as np
import pytest
from command_line import called
from sweep.examples import FAILING, SWEEP, Here, folder_with

from kinetic.errors import CaseError
from kinetic.sweep import Cluster, Sweep, records_folder, run

distributed = pytest.importorskip("distributed")


@pytest.fixture(scope="module")
def address():
    """The scheduler of two workers, processes of their own; what it does to this process's environment is undone."""
    before = dict(os.environ)
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
    ) as cluster:
        yield cluster.scheduler_address
    os.environ.clear()
    os.environ.update(before)


def test_a_cluster_computes_the_same_bit_for_bit(tmp_path, address):
    sweep = Sweep.read(folder_with(tmp_path, bumps=SWEEP) / "bumps.toml")
    there = run(sweep, tmp_path / "there", Cluster(address))
    here = run(sweep, tmp_path / "here", Here())
    for column in here.table.columns:
        if column.name != "wall_seconds":
            np.testing.assert_array_equal(column.values, there.table[column.name].values, err_msg=column.name)
    names = {path.name for path in records_folder(sweep, tmp_path / "here").iterdir()}
    assert {path.name for path in records_folder(sweep, tmp_path / "there").iterdir()} == names


def test_the_command_runs_on_a_cluster_tells_of_failures_and_resumes(tmp_path, monkeypatch, address):
    monkeypatch.chdir(folder_with(tmp_path, failing=FAILING))
    result = called("sweep", "failing.toml", "--scheduler", address)
    assert result.exit_code == 3
    assert "points     4: 1 failed, 2 finished, 1 unresolved" in result.stdout
    assert len(result.stderr.splitlines()) == 2
    again = called("sweep", "failing.toml", "--scheduler", address, "--resume")
    assert len(again.stderr.splitlines()) == 1  # only the point without a record was run, and failed, again
    assert "points     4: 1 failed, 2 finished, 1 unresolved" in again.stdout


def test_an_address_where_nobody_answers_is_said_to_be_so(monkeypatch):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
    monkeypatch.setattr("kinetic.sweep.cluster.SECONDS_TO_CONNECT", 0.5)
    with pytest.raises(CaseError, match=f"received {address}, where no dask scheduler answers"):
        Cluster(address)
    with pytest.raises(CaseError, match="received nonsense://x, where no dask scheduler answers"):
        Cluster("nonsense://x")


def test_without_dask_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    with pytest.raises(CaseError, match=r"kinetic-transformers\[distributed\]"):
        Cluster("tcp://127.0.0.1:1")
