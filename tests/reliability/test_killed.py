"""A process killed at any instant leaves a readable record, loses at most what came after its last checkpoint."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import kinetic
from kinetic.assembly import load
from kinetic.case import Case
from kinetic.job import running as job
from kinetic.library import bundled

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")

NAME = "poisson_zonal_d64"
SETTINGS = ("output.save_every=0.02",)

# Imports once, then forks a run for each instant: a run is killed, not the start of Python. The record is written at
# every snapshot, so that many instants fall into a write. Every completed write is told to a pipe.
KILLER = """
import json, os, random, signal, sys, time
from pathlib import Path
from kinetic.job import running as job
from kinetic.assembly import load
from kinetic.case import Case
name, folder, count, settings = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]
case, luck = Case.read(name, settings), random.Random(20)
path = folder / f"{case.name}.h5"
job.WRITING_SHARE = 1e9

def run(told):
    write = job.write
    def telling(path, contents, **options):
        write(path, contents, **options)
        os.write(told, f"{contents.checkpoint.get('time', -1.0)!r} {len(contents.observables[0].values)}\\n".encode())
    job.write = telling
    job.run(case, folder, resume=True)

def forked():
    hear, told = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(hear)
        run(told)
        os._exit(0)
    os.close(told)
    return child, hear

began = time.monotonic()
child, hear = forked()
os.waitpid(child, 0)
whole = time.monotonic() - began
path.unlink()
for _ in range(count):
    child, hear = forked()
    time.sleep(luck.uniform(0.0, 0.6 * whole))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    lines = os.fdopen(hear).read().splitlines()
    found = {"told": lines[-1].split() if lines else None, "exists": path.exists()}
    if path.exists():
        record = load(path)
        rows = record.observables["time"]
        found |= {"status": record.status, "rows": len(rows), "last": float(rows[-1])}
        found |= {"checkpoint": record.checkpoint.get("time", -1.0), "mass": record.density(-1).mass}
    print(json.dumps(found), flush=True)
    if found.get("status") == "finished":
        path.unlink()  # begin anew
"""


@pytest.mark.parametrize("count", [10, pytest.param(50, marks=pytest.mark.slow)])
def test_a_run_killed_at_random_instants_never_leaves_an_unreadable_record(tmp_path, count):
    case = bundled()[NAME]
    environment = os.environ | {"PYTHONPATH": str(Path(kinetic.__file__).parents[1]), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", KILLER, str(case), str(tmp_path / "killed"), str(count), *SETTINGS]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(found) == count
    before = None
    for news in found:
        if news["told"]:
            # at most the work since the last completed write is lost
            assert news["checkpoint"] >= float(news["told"][0])
            assert news["rows"] >= int(news["told"][1])
        if before and before["exists"] and before["status"] != "finished":
            assert news["checkpoint"] >= before["checkpoint"]
        if news["exists"]:
            assert news["status"] in ("running", "finished")
            # truncation and time stepping keep the mass to the bound that stops a run
            assert news["mass"] == pytest.approx(1.0, abs=1e-10)
        before = news
    midway = [news for news in found if news.get("status") == "running"]
    assert len(midway) >= count // 5  # otherwise the instants missed the run, and the test says nothing
    what = Case.read(case, SETTINGS)
    last, whole = (job.run(what, tmp_path / folder, resume=True) for folder in ("killed", "whole"))
    for name in whole.observables:
        np.testing.assert_array_equal(last.observables[name], whole.observables[name], err_msg=name)
    np.testing.assert_array_equal(last.density_arrays["coefficients"], whole.density_arrays["coefficients"])
    assert load(tmp_path / "killed" / f"{NAME}.h5").status == "finished"
    assert [entry.name for entry in (tmp_path / "whole").iterdir()] == [f"{NAME}.h5"]
