"""Rotation rates: nodes and weights of their laws.

    gauss      Gauss–Hermite rule: integrates e^{−iωt} for σt up to about √(2n)
    uniform    Gauss–Legendre rule: e^{−iωt} for γt up to about n
    lorentz    midpoints of n equal shares of the mass, ω = ω₀ + Δ tan(φ/2) at equidistant φ

The law of Lorentz has no moments. For a function of ω that is analytic around the closed lower half-plane, infinity
included, its rule converges geometrically in n, as the trapezoidal rule of a periodic function does. Where tokens have
not forgotten where they began, f holds e^{−iωt}, which is not: the rule is then wrong by about (Δt)^{1/4} n^{−3/4} of
what is remembered.
"""

from collections.abc import Callable

import numpy as np

from kinetic.types import Array


def _gauss(count: int) -> tuple[Array, Array]:
    nodes, weights = np.polynomial.hermite_e.hermegauss(count)
    return np.asarray(nodes), np.asarray(weights)


def _uniform(count: int) -> tuple[Array, Array]:
    nodes, weights = np.polynomial.legendre.leggauss(count)
    return np.asarray(nodes), np.asarray(weights)


def _lorentz(count: int) -> tuple[Array, Array]:
    angles = np.pi * ((np.arange(count) + 0.5) / count - 0.5)
    return np.tan(angles), np.full(count, 1.0 / count)


RULES: dict[str, Callable[[int], tuple[Array, Array]]] = {"gauss": _gauss, "uniform": _uniform, "lorentz": _lorentz}
"""Rules of the laws of width 1 about 0."""


def rates(law: str, center: float, scale: float, count: int) -> tuple[Array, Array]:
    """Return rates, ascending, and their weights of sum one; one rate where the law has no width."""
    if scale == 0:
        return np.array([center]), np.ones(1)
    nodes, weights = RULES[law](count)
    return center + scale * nodes, weights / weights.sum()
