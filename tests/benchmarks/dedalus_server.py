"""The unnormalised equation in Dedalus 3, in an interpreter of its own: answers a line on standard input with a time.

    python dedalus_server.py EXCHANGE DEGREE REPEATS

EXCHANGE is an npz file with `potential` (the kernel's potential eigenvalues by degree), `axes`, `concentrations` and
`uniform` (a sum of von Mises–Fisher densities). The rate −div(ρ∇G) at the nodes, and the nodes, are written to
EXCHANGE with the suffix `.rate.npz`, after which "ready" is printed; from then on every line read is answered with the
milliseconds that one right-hand side took, the mean of REPEATS. Knows nothing of kinetic.
"""

import logging
import sys
import time

import numpy as np

logging.disable(logging.CRITICAL)


def von_mises_fisher(directions, given):
    """The density at unit vectors of shape (3, …), relative to the uniform probability."""
    total = np.full(directions.shape[1:], float(given["uniform"]))
    for axis, k in zip(given["axes"], given["concentrations"], strict=True):
        total += k / np.sinh(k) * np.exp(k * np.tensordot(axis, directions, 1))
    return total / (given["uniform"] + len(given["concentrations"]))


def equation(given, degree):
    """The right-hand side as an operator, its density, and the nodes as unit vectors (3, longitudes, rings)."""
    import dedalus.public as d3
    from dedalus.core.operators import SphereEllProduct

    coordinates = d3.S2Coordinates("phi", "theta")
    distributor = d3.Distributor(coordinates, dtype=np.float64)
    shape = (2 * (degree + 1), degree + 1)
    basis = d3.SphereBasis(coordinates, shape, radius=1, dealias=1.5, dtype=np.float64)
    density = distributor.Field(name="density", bases=basis)
    phi, theta = distributor.local_grids(basis, scales=1.5)
    directions = np.stack(np.broadcast_arrays(np.sin(theta) * np.cos(phi), np.sin(theta) * np.sin(phi), np.cos(theta)))
    density.change_scales(1.5)
    density["g"] = von_mises_fisher(directions, given)
    eigenvalues = given["potential"]
    potential = SphereEllProduct(density, coordinates, lambda l, _radius: eigenvalues[l])
    return -d3.div(density * d3.grad(potential)), density, directions


def main(exchange, degree, repeats):
    given = np.load(exchange)
    rate, density, directions = equation(given, degree)
    start = density["c"].copy()

    def right_hand_side():
        density["c"] = start  # a new state, in coefficients, as a time stepper has it
        found = rate.evaluate()
        found.require_coeff_space()
        return found

    found = right_hand_side().copy()
    found.change_scales(1.5)
    np.savez(f"{exchange}.rate.npz", rate=found["g"], points=np.moveaxis(directions, 0, -1))
    print("ready", flush=True)
    for _ in sys.stdin:
        began = time.perf_counter()
        for _ in range(repeats):
            right_hand_side()
        print((time.perf_counter() - began) / repeats * 1e3, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
