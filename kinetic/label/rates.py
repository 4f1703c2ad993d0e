"""Rotation rates and axes: nodes and weights of their laws.

    gauss      Gauss–Hermite rule: integrates e^{−iωt} for σt up to about √(2n)
    uniform    Gauss–Legendre rule: e^{−iωt} for γt up to about n
    lorentz    ω = Δ sinh u at equidistant |u| ≤ ln n + 2, the last ones with the mass of what is beyond

The law of Lorentz has no moments. For a function of ω that is analytic around the real axis its rule converges as the
trapezoidal rule in u does, geometrically, but for what is beyond. Where tokens have not forgotten where they began, f
holds e^{−iωt}: rates beyond πn/(2t ln n) are then sampled at random phases, and the rule is wrong by about Δt/n of what
is remembered.
"""

from collections.abc import Callable

import numpy as np
from scipy.special import roots_hermitenorm, roots_legendre

from kinetic.types import Array


def _gauss(count: int) -> tuple[Array, Array]:
    nodes, weights = roots_hermitenorm(count)  # numpy's weights are no numbers from some 400 nodes on
    return np.asarray(nodes), np.asarray(weights)


def _uniform(count: int) -> tuple[Array, Array]:
    nodes, weights = roots_legendre(count)
    return np.asarray(nodes), np.asarray(weights)


def _lorentz(count: int) -> tuple[Array, Array]:
    last = np.log(count) + 2.0 if count > 1 else 0.0
    u = np.linspace(-last, last, count)
    # dω/(π(1 + ω²)) = du/(π cosh u), of which (2/π) arctan e^u is the integral from −∞
    edges = np.concatenate([[-np.inf], 0.5 * (u[1:] + u[:-1]), [np.inf]])
    weights = np.full(count, 2 * last / max(1, count - 1)) / np.cosh(u)
    weights[[0, -1]] = 2 * np.arctan(np.exp(edges[1])) if count > 1 else 1.0
    return np.sinh(u), weights


RULES: dict[str, Callable[[int], tuple[Array, Array]]] = {"gauss": _gauss, "uniform": _uniform, "lorentz": _lorentz}
"""Rules of the laws of width 1 about 0."""


def rates(law: str, center: float, scale: float, count: int) -> tuple[Array, Array]:
    """Return rates, ascending, and their weights of sum one; one rate where the law has no width."""
    if scale == 0:
        return np.array([center]), np.ones(1)
    nodes, weights = RULES[law](count)
    return center + scale * nodes, weights / weights.sum()


def axes(count: int) -> tuple[Array, Array]:
    """Return isotropic unit vectors, shape (2n², 3), and their weights of sum one, exact to degree 2n − 1.

    Gauss's rule in the third coordinate times 2n equidistant azimuths.
    """
    height, weights = roots_legendre(count)
    azimuth = np.pi * (np.arange(2 * count) + 0.5) / count
    flat = np.sqrt((1.0 - height) * (1.0 + height))[:, None]
    vectors = np.stack(np.broadcast_arrays(flat * np.cos(azimuth), flat * np.sin(azimuth), height[:, None]), axis=-1)
    return vectors.reshape(-1, 3), np.repeat(weights / (4.0 * count), 2 * count)
