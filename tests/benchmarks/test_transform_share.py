"""Where the time of a whole run on the sphere goes: transforms, and what calls them.

    OMP_NUM_THREADS=1 python -m pytest -m benchmark -n 0 -s tests/benchmarks/test_transform_share.py

The case `softmax_sphere` at two degrees, with rows, snapshots and the record. A short run of low degree first loads
all modules. The parts overlap: a part's time includes that of the transforms it calls.
"""

import time
from collections import Counter
from types import SimpleNamespace

import ducc0
import pytest
from benchmarks.timing import machine

import kinetic
from kinetic.attention.nodal import NodalAttention
from kinetic.harmonic import HarmonicFlow
from kinetic.integrate.adaptive import AdaptiveStepper
from kinetic.job import running
from kinetic.library import bundled
from kinetic.spaces.sphere import threads

PARTS = [
    (AdaptiveStepper, "advance", "steps"),
    (AdaptiveStepper, "interpolant", "interpolants of the steps"),
    (NodalAttention, "motion", "right-hand sides, wherever called"),
    (HarmonicFlow, "observe", "observables of the rows"),
    (HarmonicFlow, "clusters", "clusters of the rows"),
    (HarmonicFlow, "verify", "verification"),
    (running, "write", "writing the record"),
]
TRANSFORMS = ("synthesis_2d", "synthesis_2d_deriv1", "adjoint_synthesis_2d", "adjoint_synthesis", "synthesis")


@pytest.fixture
def clock(monkeypatch):
    """Seconds and calls by part, of everything listed above."""
    book = SimpleNamespace(seconds=Counter(), calls=Counter())

    def timed(function, part):
        def wrapper(*arguments, **options):
            began = time.perf_counter()
            try:
                return function(*arguments, **options)
            finally:
                book.seconds[part] += time.perf_counter() - began
                book.calls[part] += 1

        return wrapper

    for owner, name, part in PARTS:
        monkeypatch.setattr(owner, name, timed(getattr(owner, name), part))
    for name in TRANSFORMS:
        monkeypatch.setattr(ducc0.sht, name, timed(getattr(ducc0.sht, name), "transforms"))
    return book


def run(degree, end, folder):
    """Seconds of a run."""
    case = kinetic.Case.read(bundled()["softmax_sphere"], [f"space.degree={degree}", f"time.end={end}"])
    began = time.perf_counter()
    record = kinetic.run(case, folder)
    assert record.status == "finished"
    return time.perf_counter() - began


@pytest.mark.benchmark
@pytest.mark.parametrize(("degree", "end"), [(127, 3.6), (255, 2.0)])
def test_the_share_of_transforms_in_a_run(degree, end, clock, tmp_path):
    run(31, 0.1, tmp_path / "first")
    clock.seconds.clear()
    clock.calls.clear()
    total = run(degree, end, tmp_path)
    print(f"\n{machine()}\nL = {degree}, {threads(degree)} thread(s): {total:.2f} s")
    for part, seconds in clock.seconds.most_common():
        print(f"{seconds / total:6.1%}  {seconds:7.2f} s  {clock.calls[part]:6d} calls  {part}")
    assert 0 < clock.seconds["transforms"] < total  # disjoint calls: otherwise something is counted twice
