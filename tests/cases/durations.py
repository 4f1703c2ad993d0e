"""Measure how long bundled cases take: `python tests/cases/durations.py [CASE …]`, all of them without a name.

Each case is run as a user runs it, `kinetic run CASE` in a process of its own with one thread for the linear algebra.
What counts is the processor time of that process, user and system, start included, which a busy machine changes little.
`cases/groups.json` keeps the nearest of the classes of `kinetic.library.DURATIONS`, on a logarithmic scale. They differ
by a factor of three: another machine changes a class here and there, and a change of one step is no finding. A case
that is in no group has to be put into one by hand first.
"""

import json
import math
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from kinetic.library import DURATIONS, bundled

PATH = Path(__file__).parents[2] / "cases" / "groups.json"
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def seconds(name):
    """Processor time of the run of a case."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "kinetic", "run", name, "--quiet", "--output", folder]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=os.environ | ONE_THREAD)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        raise SystemExit(f"{name}: exit status {process.returncode}")
    return usage.ru_utime + usage.ru_stime


def nearest(measured):
    """The class of a time."""
    return min(DURATIONS, key=lambda name: abs(math.log(DURATIONS[name] / measured)))


def main(names):
    """Measure, print and write."""
    groups = json.loads(PATH.read_text(encoding="utf-8"))
    for name in names or bundled():
        (cases,) = [cases for cases in groups.values() if name in cases]
        measured = seconds(name)
        print(f"{name:32s} {measured:7.1f} s  {cases[name]} -> {nearest(measured)}", flush=True)
        cases[name] = nearest(measured)
        PATH.write_text(json.dumps(groups, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
