"""One right-hand side with general heads on the sphere against that of the identity head, measured side by side.

    OMP_NUM_THREADS=1 python -m pytest -m benchmark -n 0 -s tests/benchmarks/test_heads.py

With more threads than idle cores, matrix products wait for each other.
"""

import numpy as np
import pytest
from benchmarks.right_hand_sides import smooth_data
from benchmarks.timing import best_times, machine

from kinetic.attention.general import GeneralAttention
from kinetic.attention.heads import Head
from kinetic.attention.nodal import NodalAttention
from kinetic.kernels import ExponentialKernel
from kinetic.spaces.sphere import Sphere, threads


def random_heads(count, reach, rng):
    """Heads whose scores reach up to a given size."""
    matrices = rng.normal(size=(count, 3, 3, 3))
    return tuple(Head(reach / np.linalg.norm(k.T @ q, 2), q, k, v) for q, k, v in matrices)


@pytest.mark.benchmark
@pytest.mark.parametrize("degree", [63, 127])
@pytest.mark.parametrize("reach", [1.0, 3.0, 10.0])
def test_general_heads_against_the_identity_head(degree, reach):
    space, coefficients, rng = Sphere(degree), smooth_data(degree), np.random.default_rng(4)
    heads = random_heads(4, reach, rng)
    grid = space.grid(degree)
    field = grid.gradient(coefficients)
    functions = {"synthesis": lambda: grid.values(coefficients), "divergence": lambda: grid.weak_divergence(field)}
    for normalization in ("none", "softmax"):
        identity = NodalAttention(space, ExponentialKernel(reach, space.dimension), normalization)
        functions[normalization, 0] = lambda a=identity: a.transport(coefficients)
        for count in (1, 4):
            general = GeneralAttention(space, heads[:count], normalization)
            functions[normalization, count] = lambda a=general: a.transport(coefficients)
    times = best_times(functions)
    transforms = times["synthesis"] + times["divergence"]
    print(
        f"\n{machine()}\nL = {degree}, |beta|·norm = {reach:g}, {threads(degree)} thread(s): "
        f"two transforms {transforms:.2f} ms"
    )
    for normalization in ("none", "softmax"):
        one, all_four = times[normalization, 1], times[normalization, 4]
        print(
            f"  {normalization}: identity head {times[normalization, 0] / transforms:.2f} of them, "
            f"one general head {one / transforms:.2f}, four {all_four / transforms:.2f}; "
            f"four to the identity head {all_four / times[normalization, 0]:.2f}, "
            f"each further head {(all_four - one) / 3 / transforms:.2f} of the transforms"
        )
