"""The field of one identity head along its axis, at times of each token's own.

In y = ln tan(θ/2), c = −tanh y, with all mass but little at c = 1 (`axisymmetric`), attention without softmax moves a
token by

    ẏ = −F,     F = μ(S) g(c) − Σ_l S_l(t) p_l(c),     S_l = g_l N_l l(l+d−2)/(d−1) δ_l,     l = 1 … K,

p_l = P_{l−1} of dimension d + 2, |p_l| ≤ 1: the pulls S_l are all that F feels of the density, and bound what they do.
Along its path (ln ρ)' = −div v = (d−1) c F − sin²θ F'(c).

In p_l the recurrences would be run for every token at every time. Here they are turned into Chebyshev polynomials of c
once a step: the coefficients are nowhere negative and of sum one, so that nothing is lost.
"""

from dataclasses import dataclass

import numpy as np
from numpy.polynomial import chebyshev

from kinetic.attention.axisymmetric import AxisymmetricAttention, zonal_tables
from kinetic.charts.latitude import cosine, latitude
from kinetic.integrate.chebyshev import chebyshev_table
from kinetic.types import Array


def to_chebyshev(degree: int, dimension: int) -> Array:
    """Return T such that p_l = Σ_j T[l−1, j] T_j, shape (degree, degree)."""
    nodes = np.cos(np.pi * (np.arange(degree) + 0.5) / degree)
    slopes = zonal_tables(degree, dimension, latitude(nodes))[1][:degree]
    return np.asarray(np.linalg.solve(chebyshev.chebvander(nodes, degree - 1), slopes.T).T)


@dataclass(frozen=True, eq=False)
class Stream:
    """Velocities of tokens at times within one step.

    Parameters
    ----------
    attention : AxisymmetricAttention
        Without softmax and perceptron.
    mass : float
    table : Array, shape (2, p + 1, K)
        Chebyshev coefficients, in time and in c, of Σ_l S_l p_l and of its derivative.
    """

    attention: AxisymmetricAttention
    mass: float
    table: Array

    @classmethod
    def of(cls, attention: AxisymmetricAttention, mass: float, pulls: Array) -> "Stream":
        """Return the stream of pulls given as Chebyshev series in time, shape (p + 1, K)."""
        values = pulls @ to_chebyshev(attention.degree, attention.kernel.dimension)
        slopes = np.zeros_like(values)
        slopes[:, :-1] = chebyshev.chebder(values, axis=1) if values.shape[1] > 1 else 0.0
        return cls(attention, mass, np.stack([values, slopes]))

    def rates(self, y: Array, basis: Array) -> tuple[Array, Array]:
        """Return ẏ and −div v of tokens, the cluster being at y = −∞.

        Parameters
        ----------
        y : Array, shape (n,)
        basis : Array, shape (p + 1, n)
            Chebyshev polynomials of each token's time.
        """
        kernel, scale = self.attention.kernel, self.attention.log_scale
        c = cosine(y)
        polynomials = chebyshev_table(c, self.table.shape[2])
        pulled = np.sum((self.table @ polynomials) * basis, axis=1)
        F = self.mass * kernel.values(c, scale) - pulled[0]
        slope = self.mass * kernel.slopes(c, scale) - pulled[1]
        return -F, (kernel.dimension - 1) * c * F - (1.0 - c * c) * slope
