"""What a sweep costs beyond its points: ten points of about a second (`--points`), against bare runs of the same cases.

    OMP_NUM_THREADS=1 python tests/benchmarks/sweep_overhead.py --workers 2

CPU seconds, user and system, of the command `kinetic sweep` and of all its processes, against the sum of
`kinetic.run` over the same cases in one process, imports left out: those on the way are made by a run before. Both take
turns; the least of each counts.
"""

import argparse
import ctypes
import json
import os
import resource
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from timing import machine

SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER

SWEEP = """
title = "Points of a second"

[case]
title = "Softmax attention on the sphere"

[case.space]
kind = "sphere"
degree = 64

[case.attention]
normalization = "softmax"

[case.initial]
kind = "random"
amplitude = 0.1
max_degree = 4
seed = 1

[case.time]
end = {end}

[[case.claims]]
name = "mass_conserved"

[[case.claims]]
name = "energy_identity"

[[axes]]
key = "attention.beta"
start = 0.9
stop = 1.1
count = {points}
"""

BARE = """
import json, sys, tempfile, time
from pathlib import Path
import kinetic
from kinetic.sweep.sweep import Sweep
run, seconds = kinetic.run, []
sweep = Sweep.read(Path(sys.argv[1]))
with tempfile.TemporaryDirectory() as folder:
    run(sweep.points[0].case, Path(folder) / "before")
    for point in sweep.points:
        began = time.process_time()
        run(point.case, folder)
        seconds.append(time.process_time() - began)
print(json.dumps(seconds))
"""


def spent(command, environment):
    """CPU seconds of a command and all its descendants, and what it prints."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryFile() as printed:  # a pipe would stay open in a server that outlives the command
        subprocess.run(command, env=environment, stdout=printed, stderr=printed, check=True)
        printed.seek(0)
        text = printed.read().decode()
    with suppress(ChildProcessError):
        while True:
            os.wait()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, text


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--end", type=float, default=4.0, help="simulated time of a point: sets what one takes")
    parser.add_argument("--points", type=int, default=10)
    given = parser.parse_args()
    ctypes.CDLL(None).prctl(SUBREAPER, 1)  # Linux: what a command leaves behind is waited for, and counted, too
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    whole, bare = [], []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "points.toml"
        path.write_text(SWEEP.format(end=given.end, points=given.points), encoding="utf-8")
        for number in range(given.rounds):
            output = ["--output", f"{folder}/{number}", "--workers", str(given.workers)]
            whole.append(spent([sys.executable, "-m", "kinetic", "sweep", str(path), *output], environment)[0])
            seconds = json.loads(spent([sys.executable, "-c", BARE, str(path)], environment)[1].splitlines()[-1])
            bare.append(sum(seconds))
            print(f"sweep {whole[-1]:.2f} s, bare runs {bare[-1]:.2f} s ({len(seconds)} points)", flush=True)
    print(machine())
    share = min(whole) / min(bare) - 1.0
    print(f"least: {min(whole):.2f} s and {min(bare):.2f} s")
    print(f"overhead {share:.1%}, {share * min(bare) / given.points:.3f} s a point")


if __name__ == "__main__":
    main()
