"""What bounds one right-hand side on the circle with 4096 modes and in the zonal space of degree 1024.

    python -m pytest -m benchmark -n 0 -s tests/benchmarks/test_one_right_hand_side.py

The circle is compared with the FFTs that it needs. A zonal right-hand side is split into what it does: the product
with a polynomial of the kernel's degree K, and with softmax the bands of the partition (K² L numbers of a tensor are
read) and the banded solution that division by it is. Beside them stands the same with the transforms of a space of
dimension two or three, where there are fast ones: two cosine transforms of that length.
"""

from functools import partial

import numpy as np
import pytest
from benchmarks.timing import best_times, in_new_process, machine
from scipy import fft

from kinetic.attention.moments import MomentAttention, ScalarHead
from kinetic.attention.nodal import NodalAttention
from kinetic.initial import Component, InitialDensity, VonMisesFisher
from kinetic.kernels import ExponentialKernel
from kinetic.spaces.circle import Circle
from kinetic.spaces.zonal import Zonal


def bump(space, axis, concentration=20.0):
    """Coefficients of one von Mises–Fisher density and a constant."""
    return InitialDensity((Component(VonMisesFisher(concentration), axis),), 0.3).coefficients(space)


def circle_times(beta):
    """Milliseconds of one right-hand side on the circle, and of its FFTs."""
    space = Circle(4096)
    coefficients = bump(space, np.array([0.6, 0.8]))
    functions = {}
    for normalization, syntheses in (("none", 2), ("softmax", 3)):
        attention = NodalAttention(space, ExponentialKernel(beta, space.dimension), normalization)
        values = attention.grid.values(coefficients)
        functions[normalization] = partial(attention.transport, coefficients)
        functions[f"{normalization}, its FFTs"] = partial(transforms, values, syntheses)
    return best_times(functions, rounds=20, repeats=10)


def transforms(values, syntheses):
    """As many inverse real FFTs, and one forward."""
    modes = fft.rfft(values, norm="forward")
    for _ in range(syntheses):
        fft.irfft(modes, values.size, norm="forward")


def zonal_times(beta):
    """Milliseconds of one zonal right-hand side and of its parts; the kernel's degree; the tensor's size in MiB."""
    space = Zonal(1024, 3)
    moments = bump(space, 1.0)
    plain, soft = (
        MomentAttention(space, (ScalarHead(ExponentialKernel(beta, space.dimension)),), n) for n in ("none", "softmax")
    )
    head = soft.heads[0]
    slope = head.slope @ moments[: head.degree + 1]
    padded = np.resize(moments, fft.next_fast_len(space.degree + head.degree + 1, real=True))
    functions = {
        "none": partial(plain.transport, moments),
        "softmax": partial(soft.transport, moments),
        "product with a polynomial": partial(head.products.apply, slope, moments),
        "bands of a polynomial": partial(head.products.bands, slope),
        "division: bands and banded solution": partial(head.divide, moments),
        "two cosine transforms": lambda: fft.dct(fft.dct(padded)),
    }
    return best_times(functions, rounds=9, repeats=3), head.degree, head.products.nbytes / 2**20


@pytest.mark.benchmark
@pytest.mark.parametrize("beta", [1.0, 4.0, 100.0])
def test_the_circle_with_4096_modes(beta):
    times = in_new_process(circle_times, beta)
    print(f"\n{machine()}\ncircle, 4096 modes, beta = {beta:g}: ms of one right-hand side, one thread")
    for name, found in times.items():
        print(f"{found:8.3f}  {name}")
    for normalization in ("none", "softmax"):  # FFTs and a few products: a dense matrix would cost a hundred times more
        assert times[normalization] < 10 * times[f"{normalization}, its FFTs"]


@pytest.mark.benchmark
@pytest.mark.parametrize("beta", [1.0, 10.0, 100.0])
def test_the_zonal_space_of_degree_1024(beta):
    times, degree, size = in_new_process(zonal_times, beta)
    print(f"\nzonal, degree 1024, beta = {beta:g}: kernel's degree {degree}, tensor {size:.0f} MiB; ms, one thread")
    for name, found in times.items():
        print(f"{found:8.3f}  {name}")
    # without softmax there is nothing to solve: one polynomial, applied once
    assert times["none"] < times["softmax"]
