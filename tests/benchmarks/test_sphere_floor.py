"""One right-hand side on the sphere against the least that ducc0 needs for it, measured side by side.

    pytest -m benchmark -n 0 -s tests/benchmarks/test_sphere_floor.py

The floor is a hand-written right-hand side of the unnormalised equation on the usual 3/2 grid: synthesis of the
density, synthesis of the potential's gradient, product, spin-1 analysis. Rounds alternate between the competitors, and
the best round of each counts, so that the ratio survives a busy machine.
"""

import time

import ducc0
import numpy as np
import pytest

from kinetic.attention.kernel import ExponentialKernel
from kinetic.attention.nodal import NodalAttention
from kinetic.initial import Component, InitialDensity, VonMisesFisher
from kinetic.spaces.sphere import Sphere, threads

ROUNDS, REPEATS = 9, 3


def floor_right_hand_side(coefficients, degree, beta):
    """−div(ρ∇G) by hand; returns a function without arguments."""
    l = np.triu_indices(degree + 1)[1]
    alm = np.sqrt(4 * np.pi) * coefficients.view(complex)[None]
    potential = ExponentialKernel(beta, 3).potential_eigenvalues(degree)[l]
    rings = 3 * (degree + 1) // 2
    size = {"lmax": degree, "geometry": "GL", "nthreads": threads(degree)}
    extent = {"ntheta": rings, "nphi": 2 * rings, **size}
    root = np.sqrt(l * (l + 1.0)) / np.sqrt(4 * np.pi)

    def right_hand_side():
        density = ducc0.sht.synthesis_2d(alm=alm, spin=0, **extent)
        flux = ducc0.sht.synthesis_2d_deriv1(alm=alm * potential, **extent)
        flux *= density
        return root * ducc0.sht.analysis_2d(map=flux, spin=1, **size)[0]

    return right_hand_side


def best_times(functions):
    """Best time of each function, in milliseconds, over rounds in which all take turns."""
    best = dict.fromkeys(functions, np.inf)
    for _ in range(ROUNDS):
        for name, function in functions.items():
            began = time.perf_counter()
            for _ in range(REPEATS):
                function()
            best[name] = min(best[name], (time.perf_counter() - began) / REPEATS * 1e3)
    return best


def smooth_data(degree):
    """A density without symmetry."""
    bumps = (([0.3, 0.2, 1.0], 4.0), ([1.0, -0.6, 0.1], 6.0))
    components = tuple(Component(VonMisesFisher(k), np.array(n) / np.linalg.norm(n)) for n, k in bumps)
    return InitialDensity(components, 0.3).coefficients(Sphere(degree))


@pytest.mark.benchmark
@pytest.mark.parametrize("degree", [63, 127, 255, 511])
def test_right_hand_side_against_the_floor(degree):
    space, coefficients = Sphere(degree), smooth_data(degree)
    floor = floor_right_hand_side(coefficients, degree, 1.0)
    ours = {
        (beta, normalization): NodalAttention(space, beta, normalization)
        for beta in (1.0, 4.0)
        for normalization in ("none", "softmax")
    }
    rate = ours[1.0, "none"].transport(coefficients)[0].view(complex)
    sign = np.sign((rate @ floor().conj()).real)
    assert np.abs(rate - sign * floor()).max() < 1e-12 * np.abs(rate).max() * degree  # the same equation is timed

    functions = {"floor": floor} | {key: lambda a=a: a.transport(coefficients) for key, a in ours.items()}
    times = best_times(functions)
    print(f"\nL = {degree}, {threads(degree)} thread(s): floor {times['floor']:.2f} ms; ratios to it:", end=" ")
    print(", ".join(f"beta = {b:g} {n}: {times[b, n] / times['floor']:.2f}" for b, n in ours))
