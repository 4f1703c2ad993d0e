"""Memory that arrays give back is used again instead of being asked of the system anew."""

import platform
import subprocess
import sys

import pytest

COUNT = """
import resource
import numpy as np
from kinetic.job.memory import keep_freed_memory
if {kept}:
    keep_freed_memory()
x = np.ones(100_000)
def work():
    a = x * x
    b = a + x
    return a * b - x
work()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(50):
    work()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library has other thresholds")
def test_arrays_of_a_run_touch_no_new_pages():
    faults = {}
    for kept in (True, False):
        command = [sys.executable, "-c", COUNT.format(kept=kept)]
        faults[kept] = int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    # 200 pages of an array of 800 kB, three of them a round
    assert faults[True] < 0.1 * faults[False]
