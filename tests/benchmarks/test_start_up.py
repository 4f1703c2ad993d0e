"""CPU time of short commands: user and system seconds of the process, whatever else the machine does.

    python -m pytest -m benchmark -n 0 -s tests/benchmarks/test_start_up.py

The median of several runs after one that fills the disk's cache and compiles the modules.
"""

import os
import statistics
import subprocess
import sys

import pytest
from benchmarks.timing import machine

COMMANDS = [
    ["--help"],
    ["cases"],
    ["validate", "softmax_sphere"],
    ["validate", "unnormalised_circle"],
    ["validate", "high_dimension_collapse"],
]
RUNS = 7


def seconds(arguments):
    """User and system seconds of one process."""
    process = subprocess.Popen([sys.executable, "-m", "kinetic", *arguments], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return usage.ru_utime + usage.ru_stime


@pytest.mark.benchmark
def test_the_start_of_the_command_line():
    print(f"\n{machine()}")
    for arguments in COMMANDS:
        seconds(arguments)
        times = [seconds(arguments) for _ in range(RUNS)]
        print(f"kinetic {' '.join(arguments):36s} {statistics.median(times):5.2f} s of CPU, least {min(times):5.2f} s")
