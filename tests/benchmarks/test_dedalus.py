"""One unnormalised right-hand side on the sphere in kinetic and in Dedalus 3, one thread each, measured in turns.

    python -m pytest -m benchmark -n 0 -s tests/benchmarks/test_dedalus.py

Dedalus is looked for in this interpreter, or in the one that the environment variable DEDALUS_PYTHON names. To install
it (it needs a C compiler, MPI and FFTW from the system):

    apt-get install libopenmpi-dev openmpi-bin libfftw3-dev libfftw3-mpi-dev
    python3 -m venv dedalus
    CC=mpicc MPI_PATH=/usr/lib/x86_64-linux-gnu/openmpi FFTW_PATH=/usr dedalus/bin/pip install dedalus
    export DEDALUS_PYTHON=dedalus/bin/python

Both get the same density, evaluate −div(ρ∇G) with G by convolution, at equal degree in double precision on a 3/2 grid,
from coefficients to coefficients.
"""

import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from benchmarks.right_hand_sides import AXES, CONCENTRATIONS, UNIFORM, ours, smooth_data
from benchmarks.timing import elapsed

from kinetic.kernels import ExponentialKernel
from kinetic.spaces.sphere import Sphere

BETA, ROUNDS, REPEATS = 1.0, 9, 3
AGREEMENT = 1e-8
SERVER = Path(__file__).with_name("dedalus_server.py")


@pytest.fixture(scope="module")
def interpreter():
    """An interpreter that has Dedalus."""
    python = os.environ.get("DEDALUS_PYTHON", sys.executable)
    try:
        found = subprocess.run([python, "-c", "import dedalus"], capture_output=True, check=False).returncode == 0
    except OSError:
        found = False
    if not found:
        pytest.skip(f"no Dedalus in {python}; the head of this file says how to install it")
    return python


@contextmanager
def dedalus(python, exchange, degree):
    """A function that returns the milliseconds of one right-hand side in Dedalus."""
    potential = ExponentialKernel(BETA, 3).potential_eigenvalues(degree + 2)
    np.savez(exchange, potential=potential, axes=AXES, concentrations=CONCENTRATIONS, uniform=UNIFORM)
    server = subprocess.Popen(
        [python, str(SERVER), str(exchange), str(degree), str(REPEATS)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ | {"OMP_NUM_THREADS": "1"},
    )  # fmt: skip

    def ask():
        server.stdin.write("\n")
        server.stdin.flush()
        return float(server.stdout.readline())

    try:
        assert server.stdout.readline().strip() == "ready"
        yield ask
    finally:
        server.stdin.close()
        server.wait(60)
        server.stdout.close()


@pytest.mark.benchmark
@pytest.mark.parametrize("degree", [63, 127, 255])
def test_the_right_hand_side_of_dedalus(interpreter, degree, tmp_path, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    rate = ours(smooth_data(degree), degree, BETA, "none")
    exchange = tmp_path / "exchange.npz"
    with dedalus(interpreter, exchange, degree) as ask:
        theirs, own = [], []
        for _ in range(ROUNDS):
            theirs.append(ask())
            own.append(elapsed(rate, REPEATS))
        found = np.load(f"{exchange}.rate.npz")
    values = Sphere(degree).evaluate(rate(), found["points"][::5, ::5])
    difference = np.abs(values - found["rate"][::5, ::5]).max() / np.abs(values).max()
    print(f"\nL = {degree}: Dedalus {min(theirs):.2f} ms, kinetic {min(own):.2f} ms, ratio of the best", end=" ")
    print(f"{min(theirs) / min(own):.1f}, median {np.median(np.divide(theirs, own)):.1f}; agree to {difference:.1e}")
    assert difference < AGREEMENT
