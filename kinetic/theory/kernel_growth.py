"""Growth of a small perturbation of the uniform density under attention with any zonal kernel, degree by degree.

Responsible for the linear rates of scalar heads with a kernel g(<x, y>), with and without division by ∫ g dμ. Knows
nothing of what happens when the perturbation is no longer small.

**Derived here.** Write ρ = 1 + εY_l and W' = g. The potential ∫ W(<x, y>) dμ changes by εW_l Y_l (Funk–Hecke), the
drift is its gradient, and at ρ = 1 the continuity equation gives ρ′ = l(l+d−2)(W_l − κ) ε Y_l. By parts

    l(l+d−2) W_l = ∫ (1 − t²) P_l'(t) g(t) dσ,

which needs no antiderivative. Division by the partition divides by the mean g_0 of g; the partition's own change is of
second order since the drift vanishes at the uniform density. Under a kernel of the other hemisphere's silence, g = t_+
(ReLU), divided by its partition on the circle, the rates of l = 1, 2, 3, 4 are 1/3, π/4, 3/5, 0: two clusters come
first.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.polynomial import polynomial

from kinetic.errors import DomainError
from kinetic.theory.domain import require_degree, require_dimension, require_normalization
from kinetic.theory.panels import panels
from kinetic.theory.statement import statement
from kinetic.types import Array, Normalization

_NODES = 48
"""Gauss nodes a panel: exact for 14 waves of P_l, which the panels are narrower than."""


@dataclass(frozen=True)
class Weight:
    """How much a token at cosine t weighs.

    Parameters
    ----------
    kind : {"exponential", "linear", "power", "polynomial", "truncated"}
        e^{βt}; t; max(t, 0)^power; Σ c_k t^k; e^{βt} where t ≥ cutoff, 0 elsewhere.
    beta, power, cutoff : float
    coefficients : sequence of float
    score : float
        t is multiplied with this first.
    """

    kind: str
    beta: float = 0.0
    power: float = 1.0
    cutoff: float = 0.0
    coefficients: tuple[float, ...] = ()
    score: float = 1.0

    def __call__(self, cosine: Array) -> Array:
        """Return g(score·t)."""
        if self.kind not in VALUES:
            raise DomainError(f"kernel {self.kind!r} is unknown here; allowed: {', '.join(VALUES)}")
        return np.asarray(VALUES[self.kind](self, self.score * np.asarray(cosine, dtype=float)))

    @property
    def kinks(self) -> tuple[float, ...]:
        """The cosines at which it is not smooth."""
        place = {"power": 0.0, "truncated": self.cutoff}.get(self.kind)
        found = () if place is None or self.score == 0 else (place / self.score,)
        return tuple(t for t in found if -1 < t < 1)


VALUES: dict[str, Callable[[Weight, Array], Array]] = {
    "exponential": lambda g, t: np.exp(g.beta * t),
    "linear": lambda _, t: t,
    "power": lambda g, t: np.maximum(t, 0.0) ** g.power,
    "polynomial": lambda g, t: np.asarray(polynomial.polyval(t, g.coefficients)),
    "truncated": lambda g, t: np.where(t >= g.cutoff, np.exp(g.beta * t), 0.0),
}
"""g(t) of every kernel, by its name in cases."""

SOURCE = "derived here: Funk–Hecke and one integration by parts"


@statement("derived", SOURCE, "degree l of a uniform density grows at l(l+d−2)(Σ_h v_h W_l − κ)")
def kernel_growth_rates(
    count: int,
    d: int,
    heads: Sequence[tuple[Weight, float]],
    normalization: Normalization,
    diffusion: float = 0.0,
) -> Array:
    """Return σ_l, l = 0 … count − 1, of scalar heads with any kernel.

    σ_l = Σ_h v_h l(l+d−2) W_l^h [/ g_0^h] − κ l(l+d−2).

    Parameters
    ----------
    heads : sequence of (Weight, float)
        g and v of every head.
    normalization : {"softmax", "none"}
        Divided by ∫ g dμ, or not.

    Returns
    -------
    ndarray, shape (count,)

    Raises
    ------
    DomainError
        If a kernel is to be divided by its mean and that is not positive.

    **Accuracy** About ε √N_l of the largest rate: rounding in low dimension, degrees below ten at d = 512.
    """
    require_degree(count)
    require_dimension(d)
    require_normalization(normalization)
    l = np.arange(float(count))
    rates = -diffusion * l * (l + d - 2)
    for weight, value in heads:
        t, area = _rule(d, count, weight.kinks, weight.beta * weight.score)
        g = weight(t)
        mean = float(area @ g) if normalization == "softmax" else 1.0
        if not mean > 1e-14 * float(area @ np.abs(g)):
            raise DomainError(f"the mean of the kernel is {mean:.3g}; dividing by it needs a positive one")
        rates = rates + value * (_weighted_slopes(count, d, t) @ (area * g)) / mean
    return np.asarray(rates)


def _rule(d: int, count: int, kinks: tuple[float, ...], beta: float) -> tuple[Array, Array]:
    """Return cosines and weights of composite Gauss rules in the angle, broken at the kinks, for means over S^{d−1}."""
    pieces = 8 + count // 8 + int(2 * np.sqrt(d) + 2 * np.sqrt(abs(beta)))
    edges = np.unique(np.concatenate([np.linspace(0.0, np.pi, pieces + 1), np.arccos(np.array(kinks))]))
    theta, weights = panels(edges, _NODES)
    area = weights * np.sin(theta) ** (d - 2)
    return np.cos(theta), area / area.sum()


def _weighted_slopes(count: int, d: int, t: Array) -> Array:
    """Return (1 − t²) P_l'(t) = l (P_{l−1} − t P_l), l = 0 … count − 1."""
    table = np.ones((max(count, 2), t.size))
    table[1] = t
    for l in range(1, count - 1):
        table[l + 1] = ((2 * l + d - 2) * t * table[l] - l * table[l - 1]) / (l + d - 2)
    slopes = np.zeros((count, t.size))
    for l in range(1, count):
        slopes[l] = l * (table[l - 1] - t * table[l])
    return slopes
