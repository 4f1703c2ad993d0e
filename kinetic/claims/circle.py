"""Measures of densities on the circle: cumulative mass, W₁ by quantiles, clusters at two ends of an axis.

Responsible for exact numbers of one snapshot in the harmonic chart. Knows no prediction.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from kinetic.density import Density
from kinetic.theory.circle_distance import wasserstein
from kinetic.types import Array


def cumulative(density: Density, angles: Array) -> Array:
    """Return F(θ) = ∫_0^θ ρ dθ′/2π, for any θ: it grows by the mass with every turn.

    Parameters
    ----------
    density : Density
        On the circle.
    angles : Array, shape (n,)
        Radians.

    Returns
    -------
    Array, shape (n,)
        Masses.

    **Accuracy** Exact for the truncated series, to rounding. **Cost** n times the degree.
    """
    cosine, sine = density.coefficients[:, 1:] * math.sqrt(2.0) / (2.0 * math.pi)
    degrees = np.arange(1, cosine.size + 1)
    phases = np.multiply.outer(angles, degrees)
    waves = np.sin(phases) @ (cosine / degrees) + (1.0 - np.cos(phases)) @ (sine / degrees)
    return np.asarray(density.mass * angles / (2.0 * math.pi) + waves)


def distance_to_quantiles(density: Density, angles: Array, masses: Array) -> float:
    """Return W₁ between a density and the measure whose quantile at mass u_j is the angle θ_j.

    W₁ = min_c ∫ |F − G − c| dθ; F − G is known without error at the θ_j, where G = u_j.

    Parameters
    ----------
    density : Density
        On the circle, of mass one.
    angles : Array, shape (n,)
        θ_j, increasing within one turn.
    masses : Array, shape (n,)
        u_j, up to a common constant.

    Returns
    -------
    float
        Geodesic distance, radians.

    **Accuracy** Second order in the spacing of the angles where F − G − c changes its sign, spectral elsewhere.
    """
    return wasserstein(angles, masses - cumulative(density, angles))


@dataclass(frozen=True)
class Cluster:
    """Mass on one side of the line perpendicular to e.

    Parameters
    ----------
    mass : float
    mean : float
        Mean of <x, e′>, e′ perpendicular to e.
    spread : float
        Standard deviation of <x, e′>.
    """

    mass: float
    mean: float
    spread: float


def clusters(density: Density, direction: Array) -> tuple[Cluster, Cluster]:
    """Return the clusters around e and −e; e′ is e turned by +90°.

    Parameters
    ----------
    density : Density
        On the circle.
    direction : Array, shape (2,)
        e.

    **Accuracy** That of the series, if there is no mass midway; else second order in 1/(8·degree).
    """
    along, across, weights = _weighted(density, direction)
    return _cluster(across, weights * (along > 0)), _cluster(across, weights * (along <= 0))


def _cluster(across: Array, weights: Array) -> Cluster:
    mass = float(weights.sum())
    mean = float(weights @ across) / mass if mass > 0 else math.nan
    variance = float(weights @ (across - mean) ** 2) / mass if mass > 0 else math.nan
    return Cluster(mass, mean, math.sqrt(variance) if variance >= 0 else math.nan)


def median_slope(density: Density, direction: Array) -> float:
    """Return the median of |<x, e′>/<x, e>| = |tan θ|, θ the angle to the line of e.

    Parameters
    ----------
    density : Density
        On the circle.
    direction : Array, shape (2,)
        e.

    **Accuracy** Rounding of the mass over the density there.
    """
    center = math.atan2(float(direction[1]), float(direction[0]))
    ends = center + np.array([0.0, 0.0, math.pi, math.pi])

    def excess(angle: float) -> float:
        outward, inward, far, near = cumulative(density, ends + angle * np.array([1.0, -1.0, 1.0, -1.0]))
        return float(outward - inward + far - near) - 0.5 * density.mass

    return math.tan(float(brentq(excess, 0.0, 0.5 * math.pi, xtol=1e-14)))


def _weighted(density: Density, direction: Array) -> tuple[Array, Array, Array]:
    """Return <x, e>, <x, e′> and the mass at equidistant points, eight to the shortest wave."""
    count = 8 * density.space.degree + 1024
    turn = 2.0 * math.pi * (np.arange(count) + 0.5) / count
    along, across = np.cos(turn), np.sin(turn)
    points = np.stack([along, across], axis=-1) @ np.array([direction, [-direction[1], direction[0]]])
    return along, across, density.values(points) / count
