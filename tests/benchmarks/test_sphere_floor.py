"""One right-hand side on the sphere against the least that ducc0 needs for it, measured side by side.

    python -m pytest -m benchmark -n 0 -s tests/benchmarks/test_sphere_floor.py

The floor is a hand-written right-hand side of the unnormalised equation on the usual 3/2 grid. A ratio below one is
possible, because the kernel has few significant degrees whatever the density's.
"""

import numpy as np
import pytest
from benchmarks.floor_ratios import CASES, ratios
from benchmarks.timing import in_new_process, machine


@pytest.mark.benchmark
@pytest.mark.parametrize("threads", [1, 2])
def test_right_hand_side_against_the_floor(threads):
    print(f"\n{machine()}\nratio to the floor, {threads} thread(s)")
    print("   L  floor ms  " + "  ".join(f"{n} beta={b:g}" for b, n in CASES))
    for degree in (63, 127, 255, 511):
        floor, found, difference = in_new_process(ratios, degree, threads=threads)
        print(f"{degree:4d}  {floor:8.2f}  " + "  ".join(f"{r:8.2f}    " for r in found))
        assert difference < np.finfo(float).eps * 1e4 * degree  # the same equation is timed: two transforms' rounding
        # fewer transforms of full length than the floor has: beyond twice its time something is computed in vain
        assert max(found) < 2.0
