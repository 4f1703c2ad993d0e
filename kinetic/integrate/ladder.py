"""An exponential Runge–Kutta method of order eight: successive approximations on a ladder of node sets.

For y' = Λy + N(t, y) the solution within a step of length h is, exactly,

    y(t + ch) = e^{cz} y + h ∫_0^c e^{(c−s)z} N(s) ds,     z = hΛ.

A rung k of the ladder interpolates N by a polynomial through s = 0 and m_k nodes; the integral, exact for polynomials,
gives the values of y at the nodes of rung k + 1, where N is evaluated again. The first rung is the constant N(t, y);
the last one gives the new y.

**Order, derived here.** The error that rung k leaves in the new y is K − k nested integrals of the interpolation error,
h^{K−k} h^{m_k+1} ∫ p(s) s Π(s − c_i) ds to leading order, K the number of rungs, with (1−s)^{K−k−1} dividing p (each
integral adds a factor). Naively m_k has to grow by one from rung to rung, 29 evaluations for order 8. But q further
orders come for nothing if s Π(s − c_i) is orthogonal to (1−s)^{K−k−1} times every polynomial of degree below q: if the
nodes are those of Gauss and Jacobi for the weight s(1−s)^{K−k−1}, or for a smaller power of 1 − s and a larger q.
Seven rungs after the constant one, with m = 1, 1, 2, 2, 3, 3, 4 nodes, have a local error h⁹: 17 evaluations a step.
The last rung is Lobatto's rule of five points, the two before it have its inner nodes. Interpolation within the nested
integrals keeps the conditions, because the products stay within the degree for which those rules are exact.

For stiff components, |z| large, only what does not rely on orthogonality remains: the polynomials of the last rung
leave h⁶ (order 5) in them, divided by |z|, so that the order found in practice lies between 6 and 8 (tests/integrate).

The module knows weights; steps and their length are `exponential`'s.
"""

import math
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.polynomial import polynomial
from scipy.special import roots_jacobi

from kinetic.integrate.phi import phi_functions
from kinetic.types import Array


def _inner(count: int, power: int) -> tuple[float, ...]:
    """Nodes on (0, 1) of the Gauss rule for the weight s (1−s)^power."""
    return tuple(float(x + 1) / 2 for x in roots_jacobi(count, power, 1.0)[0])


_LOBATTO = _inner(3, 1)

RUNGS: tuple[tuple[float, ...], ...] = (
    (),
    (2 / 9,),
    (1 / 4,),
    _inner(2, 3),
    _inner(2, 3),
    _LOBATTO,
    _LOBATTO,
    (*_LOBATTO, 1.0),
)
"""Nodes of each rung beside s = 0; the values of N on the last three are compared for the error."""

DENSE_NODES = (*_inner(4, 1), 1.0)
"""Nodes beside 0 of the polynomial for output within a step: Lobatto's rule of six points."""

EVALUATIONS = 1 + sum(len(rung) for rung in RUNGS)


@lru_cache(maxsize=64)
def _lagrange(nodes: tuple[float, ...]) -> Array:
    """Coefficients a[j, i] of s^i in the Lagrange polynomials of 0 and the nodes, j = 1 … the number of nodes."""
    places = (0.0, *nodes)
    rows = [
        polynomial.polyfromroots([p for p in places if p != place]) / math.prod(place - p for p in places if p != place)
        for place in nodes
    ]
    return np.array(rows).reshape(len(nodes), len(places))


class Exponentials:
    """e^{cz} and ∫_0^c e^{(c−s)z} s^i ds for one set of decay rates and one step, each c computed once.

    Parameters
    ----------
    z : Array, shape (n,)
        Step times rate, ≤ 0.
    """

    def __init__(self, z: Array) -> None:
        self.z = z
        self._tables: dict[float, Array] = {}

    def moments(self, c: float) -> Array:
        """Return e^{cz}, then ∫_0^c e^{(c−s)z} s^i ds = i! c^{i+1} φ_{i+1}(cz) for i = 0 … 8; shape (10, n)."""
        if c not in self._tables:
            factors = [1.0, *(math.factorial(i) * c ** (i + 1) for i in range(_MOMENTS))]
            self._tables[c] = np.array(factors)[:, None] * phi_functions(_MOMENTS, c * self.z)
        return self._tables[c]

    def weights(self, nodes: tuple[float, ...], c: float) -> Array:
        """Return ∫_0^c e^{(c−s)z} ℓ_j(s) ds for the Lagrange polynomials of the nodes beside 0, shape (nodes, n)."""
        lagrange = _lagrange(nodes)
        return np.asarray(lagrange @ self.moments(c)[1 : 1 + lagrange.shape[1]])


_MOMENTS = 9


def last_rung_remainders(exponentials: Exponentials) -> Array:
    """Return |∫_0^1 e^{(1−s)z} s^k w(s) ds|, w the node polynomial of the last rung, k = 0 … 3; shape (4, n).

    They multiply the divided differences that the last rung leaves out. At z = 0 the first three are zero: those are
    the orders that Lobatto's rule gains.
    """
    w = polynomial.polyfromroots((0.0, *RUNGS[-1]))
    moments = exponentials.moments(1.0)[1:]
    return np.array([np.abs(w @ moments[k : k + w.size]) for k in range(4)])


def divided_differences(values: Sequence[Array], nodes: tuple[float, ...]) -> tuple[Array, Array]:
    """Return the divided differences over all nodes, and over all but the first.

    A transient that has died away before the second node is seen by their quotient: only the former contains it.
    """
    column = list(values)
    for order in range(1, len(nodes)):
        before = column
        column = [(b - a) / (nodes[i + order] - nodes[i]) for i, (a, b) in enumerate(pairwise(column))]
    return column[0], before[-1]
