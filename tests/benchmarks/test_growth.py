"""How the cost of one right-hand side, of a whole collapse and of memory grow.

    python -m pytest -m benchmark -n 0 -s tests/benchmarks/test_growth.py

Against the degree on the sphere; against the dimension in the zonal space; per e-fold of 1 − R in the charts that
follow a collapse; peak memory against the degree.
"""

import resource
from itertools import pairwise

import numpy as np
import pytest
from benchmarks.right_hand_sides import ours, smooth_data
from benchmarks.timing import best_times, in_new_process, machine, slopes

import kinetic
from kinetic.assembly import build
from kinetic.attention.moments import MomentAttention, ScalarHead
from kinetic.initial import Component, InitialDensity, VonMisesFisher
from kinetic.integrate.adaptive import AdaptiveStepper
from kinetic.kernels import ExponentialKernel
from kinetic.library import bundled
from kinetic.spaces.zonal import Zonal

GIBIBYTE = 2.0**30


def sphere_times(degrees, normalization):
    """Milliseconds of one right-hand side at β = 1."""
    functions = {degree: ours(smooth_data(degree), degree, 1.0, normalization) for degree in degrees}
    return list(best_times(functions, rounds=7, repeats=2).values())


@pytest.mark.benchmark
@pytest.mark.parametrize("normalization", ["none", "softmax"])
def test_growth_with_the_degree_on_the_sphere(normalization):
    degrees = [31, 63, 127, 255, 511, 1023]
    times = in_new_process(sphere_times, degrees, normalization)
    print(
        f"\n{machine()}\nsphere, {normalization}, beta = 1, one thread: ms of a right-hand side; exponent to the next"
    )
    for degree, found, slope in zip(degrees, times, [*slopes(degrees, times), np.nan], strict=True):
        print(f"{degree:5d}  {found:9.3f}  {slope:5.2f}")
    # O(L³) by the transforms; half a power for what a busy machine does to it and for the caches
    assert np.log(times[-1] / times[2]) / np.log(degrees[-1] / degrees[2]) < 3.5


@pytest.mark.benchmark
@pytest.mark.parametrize("normalization", ["none", "softmax"])
def test_growth_with_the_dimension_of_zonal_densities(normalization):
    functions, kernels = {}, {}
    for d in (2, 3, 8, 64, 512, 4096):
        space = Zonal(96, d)
        attention = MomentAttention(space, (ScalarHead(ExponentialKernel(1.0, space.dimension)),), normalization)
        moments = InitialDensity((Component(VonMisesFisher(float(d)), 1.0),)).coefficients(space)
        functions[d] = lambda attention=attention, moments=moments: attention.transport(moments)
        kernels[d] = attention.heads[0].degree
    times = best_times(functions, rounds=30, repeats=10)
    print(f"\nzonal, degree 96, {normalization}, beta = 1: dimension, kernel's degree, ms of a right-hand side")
    for d, found in times.items():
        print(f"{d:5d}  {kernels[d]:3d}  {found:7.3f}")
    # the same bands and the same solver in every dimension; five covers what a busy machine does to 30 rounds
    assert times[4096] < 5 * times[3]


def collapse(name, overrides):
    """Rows of (t, 1 − R, evaluations so far, ms of one evaluation, size of the state) along a collapse."""
    problem = build(kinetic.Case.read(bundled()[name], overrides))
    flow, spent = problem.flow, 0
    stepper = AdaptiveStepper(flow, 0.0, problem.state, problem.tolerance, problem.scheme)
    rows, due = [], 0.0
    while stepper.time < problem.schedule.end:
        stepper.advance()
        adapted = flow.adapt(stepper.state)
        if adapted is not None:
            flow, state = adapted
            spent += stepper.evaluations
            stepper = AdaptiveStepper(
                flow, stepper.time, state, problem.tolerance, problem.scheme, stepper.next_step, error=stepper.error
            )
        if stepper.time >= due:
            now, at = flow, stepper.state.copy()
            cost = best_times({"rate": lambda now=now, at=at: now(0.0, at)}, rounds=5, repeats=2)["rate"]
            deficit = float(np.asarray(flow.observe(stepper.time, at)["order_deficit"]))
            rows.append((stepper.time, deficit, spent + stepper.evaluations, cost, at.size))
            due += problem.schedule.end / 10
    return rows


COLLAPSES = [
    ("softmax_circle", []),
    ("softmax_sphere_collapse", ["space.degree=31"]),
    ("softmax_tie", []),
    ("high_dimension_collapse", []),
    ("unnormalised_circle", []),
]


@pytest.mark.benchmark
@pytest.mark.parametrize(("name", "overrides"), COLLAPSES)
def test_cost_per_e_fold_of_concentration(name, overrides):
    rows = collapse(name, overrides)
    print(f"\n{name}: t, 1 - R, right-hand sides per e-fold since the row before, ms of one, size of the state")
    for before, now in pairwise(rows):
        folds = np.log(before[1] / now[1])
        print(f"{now[0]:7.2f}  {now[1]:8.1e}  {(now[2] - before[2]) / folds:7.1f}  {now[3]:7.3f}  {now[4]:6d}")
    assert rows[-1][1] < 1e-3 * rows[0][1]  # it has collapsed


def peak_memory(degree, folder):
    """GiB that a process has needed for a short run of `softmax_sphere` at a degree."""
    overrides = [f"space.degree={degree}", "time.end=0.02", "output.observe_every=0.01", "output.save_every=0.01"]
    record = kinetic.run(kinetic.Case.read(bundled()["softmax_sphere"], overrides), folder)
    assert record.status == "finished"
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / GIBIBYTE  # Linux counts in KiB


@pytest.mark.benchmark
@pytest.mark.parametrize("degree", [127, 255, 511, 1023])
def test_memory_against_the_degree(degree, tmp_path):
    found = in_new_process(peak_memory, degree, tmp_path, threads=2)
    print(f"\nsoftmax_sphere, L = {degree}: peak memory of the process {found:.2f} GiB")
    assert found < 4.0
