"""Every bundled case under two commits side by side: CPU time, steps, right-hand sides, and their ratios.

    git worktree add ../before COMMIT
    python tests/benchmarks/two_commits.py ../before --longest 3

Both run the older commit's file of a case, in turns, each time in a process of its own; the least CPU time (user and
system) of each counts, all of kinetic being loaded before. `--alone` keeps the newer commit from telling clusters and
lengths: the ratio is then of what both do, but for what else is new in a row. A case that takes the older commit longer
than `--longest` is left out, as is one that either refuses; `--names` picks cases, `--rounds` says how often each runs.
Rows come with the largest ratio first: above 1.05 in CPU time is to be explained.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

from timing import machine

HERE = Path(__file__).parents[2]
RUN = """
import importlib, json, pkgutil, sys, tempfile, time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
import scipy.integrate, scipy.interpolate, scipy.optimize, scipy.spatial
import kinetic
from kinetic.case import Case
from kinetic.integrate.adaptive import AdaptiveStepper
from kinetic.integrate.exponential import ExponentialStepper

work = {"steps": 0, "evaluations": 0}

def counted(kind):
    advance = kind.advance
    def counting(stepper):
        before = stepper.evaluations
        advance(stepper)
        work["steps"] += 1
        work["evaluations"] += stepper.evaluations - before
    kind.advance = counting

for module in pkgutil.walk_packages(kinetic.__path__, "kinetic."):
    with suppress(ImportError):  # of packages that only some commands need
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
if sys.argv[2:]:
    job = sys.modules["kinetic.job.running"]
    march = job.march
    job.march = lambda problem, *rest: march(replace(problem, beside=True), *rest)
counted(AdaptiveStepper)
counted(ExponentialStepper)
case, run = Case.read(Path(sys.argv[1])), kinetic.run
with tempfile.TemporaryDirectory() as folder:
    began = time.process_time()
    record = run(case, folder)
    work["seconds"] = time.process_time() - began
print(json.dumps({**work, "status": record.status}))
"""


def measured(tree, case, longest, *alone):
    """What a run costs under a work tree; None where it is refused or takes too long."""
    own = {**os.environ, "PYTHONPATH": str(tree), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    # the clock on the wall may be a busy machine's: processor seconds are what is asked for
    limit = f'ulimit -t {int(longest + 8)}; exec "$@"'
    command = ["sh", "-c", limit, "sh", sys.executable, "-c", RUN, str(case), *alone]
    done = subprocess.run(command, env=own, cwd=tree, capture_output=True, text=True, check=False)
    return json.loads(done.stdout.splitlines()[-1]) if done.returncode == 0 else None


def compared(before, after, case, rounds, longest, *alone):
    """The least of both over some rounds, in turns."""
    best = [None, None]
    for _ in range(rounds):
        for which, tree in enumerate((before, after)):
            found = measured(tree, case, longest, *(alone if which else ()))
            if found is None or (which == 0 and found["seconds"] > longest):
                return None
            if best[which] is None or found["seconds"] < best[which]["seconds"]:
                best[which] = found
    return best


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("before", type=Path, help="work tree of the older commit")
    parser.add_argument("after", type=Path, nargs="?", default=HERE, help="of the newer one (default: this one)")
    parser.add_argument("--longest", type=float, default=3.0, help="CPU seconds of a case under the older commit")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--names", nargs="*", help="cases (default: all)")
    parser.add_argument("--alone", action="store_const", const=("alone",), default=(), help="no clusters, no lengths")
    given = parser.parse_args()
    print(machine())
    cases = sorted((given.before / "cases").glob("*.toml"))
    rows = []
    for case in cases:
        if given.names and case.stem not in given.names:
            continue
        trees = given.before.resolve(), given.after.resolve()
        both = compared(*trees, case.resolve(), given.rounds, given.longest, *given.alone)
        if both is None:
            print(f"{case.stem:32s} left out", flush=True)
            continue
        old, new = both
        ratios = [new[key] / max(old[key], 1e-9) for key in ("seconds", "steps", "evaluations")]
        steps = f"{old['steps']:6d} {new['steps']:6d} steps"
        counts = f"{steps}  {old['evaluations']:7d} {new['evaluations']:7d} right-hand sides"
        line = f"{case.stem:32s} {old['seconds']:7.2f} {new['seconds']:7.2f} s  {counts}"
        rows.append((ratios[0], f"{line}  ratios {ratios[0]:.2f} {ratios[1]:.2f} {ratios[2]:.2f}  {new['status']}"))
        print(rows[-1][1], flush=True)
    print("\nlargest ratio of CPU time first")
    for _, line in sorted(rows, reverse=True):
        print(line)


if __name__ == "__main__":
    main()
