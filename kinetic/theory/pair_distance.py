"""Brownian matrices on the circle: how far tokens are from their antipodal pair, as a law over realisations.

Uniform data become angular central Gaussian, of standard deviations σ_1 ≥ σ_2 along and across an axis, and the ring
map x ↦ x² takes that to a Poisson density of radius (σ_1 − σ_2)/(σ_1 + σ_2) = tanh(ϱ/2), ϱ = ln(σ_1/σ_2): a point of
the hyperbolic plane, which the noise moves as Brownian motion of generator ½ c Δ, c = 2 for independent entries, 4 for
symmetric matrices, each for a strength of one (derived here: the drift c/2 of ϱ at infinity is the gap of the Lyapunov
exponents, 1 and 2). By McKean's kernel of Δ, with τ = c t/2,

    P(ϱ > R) = e^{−τ/4}/√(2π τ³) · ∫_R^∞ s e^{−s²/4τ} √(cosh s − cosh R) ds,

so that the median of the distance σ_2/(σ_1 + σ_2) falls like e^{−ct/2} and its mean, which rare realisations make, like
e^{−ct/8}, up to powers of t. Knows laws, no densities.
"""

import numpy as np
from scipy.optimize import brentq

from kinetic.errors import DomainError
from kinetic.theory.panels import panels
from kinetic.theory.statement import statement
from kinetic.types import Array

SOURCE = "derived here; exponents of arXiv:2608.16664"
_NODES, _PANELS = 24, 24
_DEEP = 12.0  # standard deviations beyond which there is less than rounding


def _panels(end: float) -> tuple[Array, Array]:
    """Return composite Gauss points and weights on [0, end]."""
    return panels(np.linspace(0.0, end, _PANELS + 1), _NODES)


def speed(symmetric: bool, strength: float) -> float:
    """Return c for a strength of the noise."""
    return (4.0 if symmetric else 2.0) * strength**2


def _heat_time(time: float, symmetric: bool, strength: float) -> float:
    """Return τ = c t/2."""
    return 0.5 * speed(symmetric, strength) * time


@statement("derived", SOURCE, "the law of the hyperbolic distance of Brownian motion")
def beyond(distance: float, tau: float) -> float:
    """Return P(ϱ > R) at time τ of the heat equation ∂_τ = Δ on the hyperbolic plane, from ϱ = 0.

    Parameters
    ----------
    distance : float
        R ≥ 0.
    tau : float
        > 0.

    **Accuracy** 1e-12 for τ ≤ 100.
    """
    if not (tau > 0 and distance >= 0):
        raise DomainError(f"distance {distance!r} at time {tau!r}: give a distance ≥ 0 and a time > 0")
    # s = R + x² takes the root's singularity away; the integrand ends a few widths beyond s = τ
    end = np.sqrt(max(tau - distance, 0.0) + 2.0 * _DEEP * np.sqrt(tau))
    x, w = _panels(float(end))
    s = distance + x * x
    # √(cosh s − cosh R) = √(2 sinh((s+R)/2) sinh((s−R)/2)), with e^{−s/2} taken out
    root = np.sqrt(-np.expm1(-(s + distance)) * -np.expm1(-x * x) / 2.0)
    weight = np.exp(-s * s / (4 * tau) + 0.5 * s - 0.25 * tau)
    return float((w * 2.0 * x) @ (s * weight * root) * np.sqrt(2.0) / (2.0 * np.sqrt(np.pi) * tau**1.5))


@statement("derived", SOURCE, "the median distance to the antipodal pair falls like e^{−ct/2}")
def median_distance(time: float, symmetric: bool, strength: float) -> float:
    """Return the median of σ_2/(σ_1 + σ_2) over realisations: ∫ <x, n>² dμ, n across the axis."""
    if time == 0:
        return 0.5
    tau = _heat_time(time, symmetric, strength)
    middle = brentq(lambda r: beyond(r, tau) - 0.5, 0.0, tau + _DEEP * np.sqrt(tau), xtol=1e-12)
    return float(1.0 / (1.0 + np.exp(middle)))


@statement("derived", SOURCE, "the mean distance to the antipodal pair falls like e^{−ct/8}")
def mean_distance(time: float, symmetric: bool, strength: float) -> float:
    """Return the mean of σ_2/(σ_1 + σ_2) over realisations."""
    if time == 0:
        return 0.5
    tau = _heat_time(time, symmetric, strength)
    r, w = _panels(60.0)
    slopes = -0.25 / np.cosh(0.5 * r) ** 2
    return 0.5 + float(w @ (slopes * np.array([beyond(float(at), tau) for at in r])))
