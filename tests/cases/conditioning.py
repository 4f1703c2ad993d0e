"""Measure how far rounding moves the stored numbers: `python tests/cases/conditioning.py [CASE …]`; not part of CI.

Every case is run as the table has it, then once for each entry of `DRAWS`: begun a rounding error away, with another
number of threads, with the kernels of the linear algebra library and of numpy for other processors. Beside the largest
change of each number, relative to the number (absolute where that is 0), `conditioning.json` keeps nothing. The test
allows `table.FACTOR` times as much, see there. Each draw is a process of its own; all of them take some five minutes of
processor time, a new case six times its own.
"""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import table
from threadpoolctl import threadpool_limits

from kinetic.assembly import build
from kinetic.conformal.density import ConformalDensity
from kinetic.density import Density
from kinetic.errors import NumericsError
from kinetic.march import Row, march
from kinetic.spaces.zonal import Zonal

UNIT = 2.0**-52
SCALAR, NARROW = "scalar", "narrow"
DRAWS = {
    "seed 1": {},
    "seed 2": {},
    "two threads": {"OMP_NUM_THREADS": "2", "OPENBLAS_CORETYPE": "SkylakeX"},
    "Haswell": {"OPENBLAS_CORETYPE": "Haswell", "NPY_DISABLE_CPU_FEATURES": NARROW},
    "Prescott": {"OPENBLAS_CORETYPE": "Prescott", "NPY_DISABLE_CPU_FEATURES": SCALAR},
}
"""Draws by name, with their environment; those of a seed perturb the initial state, the others nothing.

OpenBLAS has Haswell's kernels for Zen, too.
"""


def perturbed(problem, seed):
    """The problem with each number of its initial state wrong by 2⁻⁵², up or down at random.

    Coefficients of a series are sums over the values of the density: all of them are as wrong as the largest, times
    the size of the harmonic, which is 1/√(number of harmonics of the degree) for the zonal ones. Cells have their
    positions and masses wrong by 2⁻⁵² of themselves. What is whole stays: zeros of a symmetry, the mass, counts.
    """
    state = problem.state
    scale = np.abs(state)
    density = problem.flow.density(state)
    if isinstance(density, Density | ConformalDensity):
        series = (density if isinstance(density, Density) else density.frame).native
        space = density.space
        size = np.exp(-0.5 * space.log_multiplicities) if isinstance(space, Zonal) else 1.0
        scale[: series.size] = np.max(np.abs(series)) * size
    sign = np.random.default_rng(seed).choice([-1.0, 1.0], state.size)
    return replace(problem, state=np.where(state == np.round(state), state, state + UNIT * scale * sign))


def last_numbers(name, seed):
    """What the last row of a case holds, from a perturbed state with a seed above 0."""
    values = {}
    with threadpool_limits(1, user_api="blas"):
        problem = build(table.read(name, table.stored()[name]["overrides"]))
        try:
            for event in march(perturbed(problem, seed) if seed else problem):
                values = event.values if isinstance(event, Row) else values
        except NumericsError as error:
            print(f"{name}: {error}", file=sys.stderr)
    return {key: float(np.asarray(values[key])) for key in table.OBSERVABLES}


def environment(settings):
    """The environment of a draw on this processor."""
    from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

    wide = [name for name in __cpu_dispatch__ if __cpu_features__[name]]
    disabled = {SCALAR: wide, NARROW: [name for name in wide if "512" in name or name == "X86_V4"]}
    result = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"} | settings
    if result.get("OPENBLAS_CORETYPE") == "SkylakeX" and not __cpu_features__["AVX512_SKX"]:
        result["OPENBLAS_CORETYPE"] = "Haswell"  # the widest kernels that this processor can run
    asked = result.get("NPY_DISABLE_CPU_FEATURES")
    return result | {"NPY_DISABLE_CPU_FEATURES": " ".join(disabled[asked])} if asked in disabled else result


def in_a_process(names, seed, settings):
    """`last_numbers` of all cases in a process of its own."""
    command = [sys.executable, __file__, "--numbers", str(seed), *names]
    done = subprocess.run(command, env=environment(settings), stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def seed_of(draw):
    """The seed in the name of a draw, 0 for the others."""
    return int(draw.removeprefix("seed ")) if draw.startswith("seed ") else 0


def largest_changes(reference, drawn):
    """The largest change of each number of a case, and the draw that makes it."""
    found = dict.fromkeys(reference, (0.0, "-"))
    for draw, numbers in drawn.items():
        for key, value in numbers.items():
            if not (np.isnan(value) and np.isnan(reference[key])):
                found[key] = max(found[key], (table.change(value, reference[key]), draw))
    return found


def main(arguments):
    if arguments[:1] == ["--numbers"]:
        print(json.dumps({name: last_numbers(name, int(arguments[1])) for name in arguments[2:]}))
        return
    names = arguments or list(table.stored())
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        runs = [pool.submit(in_a_process, names, seed_of(draw), settings) for draw, settings in DRAWS.items()]
        reference = in_a_process(names, 0, {})
        drawn = {draw: run.result() for draw, run in zip(DRAWS, runs, strict=True)}
    kept = table.conditioning()
    for name in names:
        found = largest_changes(reference[name], {draw: numbers[name] for draw, numbers in drawn.items()})
        kept[name] = {key: float(f"{value:.1e}") for key, (value, _) in found.items()}
        print(name, *(f"{key} {value:.1e} ({draw})" for key, (value, draw) in found.items()), sep="\n    ")
    text = json.dumps({case: kept[case] for case in sorted(kept)}, indent=1)
    table.CONDITIONING.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
