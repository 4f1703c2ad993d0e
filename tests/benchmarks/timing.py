"""How benchmarks measure: competitors take turns, the best of many rounds counts, and the machine is named.

On a machine with other work, a competitor is slowed down from outside but never sped up: the best round of each is the
least disturbed one, and turns within one process see the same disturbances. Nothing here asserts seconds.
"""

import os
import platform
import time
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path

import numpy as np


def best_times(functions, rounds=9, repeats=3):
    """Best time of each function, in milliseconds, over rounds in which all take turns."""
    best = dict.fromkeys(functions, np.inf)
    for _ in range(rounds):
        for name, function in functions.items():
            best[name] = min(best[name], elapsed(function, repeats))
    return best


def elapsed(function, repeats=1):
    """Mean time of some calls in a row, in milliseconds."""
    began = time.perf_counter()
    for _ in range(repeats):
        function()
    return (time.perf_counter() - began) / repeats * 1e3


def in_new_process(function, *arguments, threads=1):
    """What a function of an importable module returns in a fresh interpreter with that many threads."""
    before = os.environ.get("OMP_NUM_THREADS")
    os.environ["OMP_NUM_THREADS"] = str(threads)
    try:
        with ProcessPoolExecutor(1, get_context("spawn")) as pool:
            return pool.submit(function, *arguments).result()
    finally:
        if before is None:
            del os.environ["OMP_NUM_THREADS"]
        else:
            os.environ["OMP_NUM_THREADS"] = before


def slopes(sizes, costs):
    """Exponents p of cost ~ size^p between neighbours."""
    return np.diff(np.log(costs)) / np.diff(np.log(sizes))


def machine():
    """One line: processor, cores, and the versions of what does the work."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    fields = dict(line.replace("\t", "").split(": ", 1) for line in lines if ": " in line)
    model = " ".join(f"{key} {fields[key]}" for key in ("cpu family", "model") if key in fields)
    name = f"{fields.get('model name', platform.processor())} ({model or platform.machine()})"
    libraries = ", ".join(f"{library} {version(library)}" for library in ("numpy", "scipy", "ducc0", "h5py"))
    return f"{name}, {os.cpu_count()} cores, Python {platform.python_version()}, {libraries}"
