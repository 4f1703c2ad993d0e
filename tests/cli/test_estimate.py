"""What is foretold of a run: until when it is resolved, its steps, the size of its record, the memory of its arrays.

Within the factor of three that `kinetic validate` promises. Seconds are measured, not tested.
"""

import math
import tracemalloc
from types import SimpleNamespace

import pytest

from kinetic import job
from kinetic.case import Case
from kinetic.cli.estimate import RUNNING, _expected, estimate
from kinetic.cli.pilot import extrapolated
from kinetic.library import bundled

FACTOR = 3
FEW = ("output.observe_every=0.2", "output.save_every=0.4")
RUNS = {
    "circle, unresolved": ("softmax_circle", ("space.chart=harmonic", "space.degree=31", "time.end=20", *FEW)),
    "circle, nearly uniform": ("growth_circle", FEW),
    "sphere, unresolved": ("softmax_sphere", ("space.chart=harmonic", "space.degree=24", "time.end=4", *FEW)),
    "cells": ("softmax_zonal_d5", ("time.end=2", *FEW)),
    "common noise": ("common_noise_field", ("time.end=0.05",)),
}


@pytest.mark.parametrize("run", RUNS)
def test_a_run_is_as_it_was_foretold(run, tmp_path):
    name, settings = RUNS[run]
    case = Case.read(bundled()[name], settings)
    problem, cost = estimate(case)
    record = job.run(case, tmp_path)
    if "unresolved" in run:
        assert record.status == "unresolved"
        last = float(record.observables["time"][-1])  # a row before the run stopped
        assert last / 1.5 < cost.unresolved < 1.5 * last
    else:
        assert cost.unresolved == math.inf
        assert problem.schedule.rows.size == len(record.observables["time"])
    size = (tmp_path / f"{name}.h5").stat().st_size
    assert size / FACTOR < cost.record < FACTOR * size


def test_the_memory_of_a_run_is_as_it_was_foretold(tmp_path):
    case = Case.read(
        bundled()["poisson_sphere"], ("time.end=0.2", "output.observe_every=0.1", "output.save_every=0.02")
    )
    _, cost = estimate(case)
    tracemalloc.start()
    try:
        job.run(case, tmp_path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak > RUNNING  # the arrays are what is tested
    assert peak / FACTOR < cost.memory - RUNNING < FACTOR * peak


@pytest.mark.parametrize(
    ("found", "degree", "time"),
    [
        ([(16, 1.0), (32, 2.0)], 128, 4.0),  # one unit of time for each factor of two
        ([(16, 1.0), (32, 2.0)], 32, 2.0),
        ([(16, 1.0), (32, math.inf)], 128, math.inf),
        ([(16, 2.0), (32, 2.0)], 128, 2.0),  # what stops it is no lack of degrees
        ([(16, 2.0)], 16, 2.0),
        ([(16, 2.0)], 32, math.nan),
        ([(16, math.inf)], 32, math.inf),
    ],
)
def test_the_time_at_which_a_degree_becomes_too_small(found, degree, time):
    assert extrapolated(found, degree) == pytest.approx(time, nan_ok=True)


def test_steps_are_not_told_where_clusters_take_cells_in():
    case = Case.read(bundled()["metastable_sphere"])
    flow = SimpleNamespace(layout={"cells": 150, "clouds": 0, "tokens": 11_000, "mergers": 0})
    assert math.isnan(_expected(case, SimpleNamespace(flow=flow)).steps)
