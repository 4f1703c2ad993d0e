"""One right-hand side under other kernels and beside a perceptron, over that of the exponential kernel.

    OMP_NUM_THREADS=1 python -m pytest -m benchmark -n 0 -s tests/benchmarks/test_other_kernels.py

Identity heads, β = 1, density and space the same, all kernels taking turns. Smooth kernels have fewer degrees than
e^{βt} and are not to cost more; a kink has all degrees, so that potential and partition cost transforms of full length.
"""

from functools import partial

import numpy as np
import pytest
from benchmarks.timing import best_times, in_new_process, machine

from kinetic.attention.frozen import Frozen
from kinetic.attention.moments import MomentAttention, ScalarHead
from kinetic.attention.nodal import NodalAttention
from kinetic.attention.perceptron import Driven, Neurons
from kinetic.initial import Component, InitialDensity, VonMisesFisher
from kinetic.kernels import Choice
from kinetic.spaces.circle import Circle
from kinetic.spaces.sphere import Sphere
from kinetic.spaces.zonal import Zonal

CHOICES = {
    "exponential": Choice(),
    "linear": Choice("linear"),
    "polynomial": Choice("polynomial", coefficients=(1.2, 0.5, 0.3)),
    "power": Choice("power"),
    "truncated": Choice("truncated", cutoff=-0.5),
}
SPACES = {
    "circle 1023": Circle(1023),
    "sphere 127": Sphere(127),
    "zonal 255, d = 3": Zonal(255, 3),
    "zonal 255, d = 8": Zonal(255, 8),
}


def times(name, normalization):
    """Milliseconds of one right-hand side, by kernel."""
    space = SPACES[name]
    d = space.dimension
    axis = 1.0 if space.kind == "zonal" else np.eye(d)[0]
    density = InitialDensity((Component(VonMisesFisher(8.0), axis),), 0.3).coefficients(space)
    functions = {}
    for kernel, choice in CHOICES.items():
        if normalization == "softmax" and kernel == "linear":
            continue  # its partition has no sign
        made = choice.of(1.0, d)
        attention = (
            MomentAttention(space, (ScalarHead(made),), normalization)
            if space.kind == "zonal"
            else NodalAttention(space, made, normalization)
        )
        functions[kernel] = partial(attention.transport, density)
        if kernel == "exponential":
            direction = np.ones(1) if space.kind == "zonal" else axis[None]
            neurons = Neurons("identity", np.array([0.2]), np.array([0.1]), direction)
            functions["beside a perceptron"] = partial(Driven(attention, space, neurons).transport, density)
            functions["frozen"] = partial(Frozen(attention, density).transport, density)
    return best_times(functions, rounds=30, repeats=5)


@pytest.mark.benchmark
@pytest.mark.parametrize("normalization", ["none", "softmax"])
@pytest.mark.parametrize("name", SPACES)
def test_over_the_exponential_kernel(name, normalization):
    found = in_new_process(times, name, normalization)
    print(f"\n{machine()}\n{name}, {normalization}: {found['exponential']:.3f} ms with e^t; ratios to that")
    for kernel, took in found.items():
        print(f"{took / found['exponential']:8.2f}  {kernel}")
