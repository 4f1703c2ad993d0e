"""Points drawn from a density on S^{d-1}: uniform, von Mises–Fisher, zonal, or anything by rejection.

Responsible for: exact draws in any dimension, always from a `numpy.random.Generator` that the caller owns.
Refuses to know: what is done with the points, and densities as coefficients.
"""

from collections.abc import Callable

import numpy as np

from kinetic.errors import DomainError
from kinetic.types import Array, ArrayLike


def sample_uniform(d: int, n: int, rng: np.random.Generator) -> Array:
    """Draw n points uniformly from S^{d-1}: (n, d) unit vectors."""
    if d < 2:
        raise DomainError(f"dimension {d} has no sphere to draw from; d must be at least 2")
    return _unit(rng.standard_normal((n, d)))


def sample(log_density: Callable[[Array], Array], d: int, n: int, rng: np.random.Generator, bound: float) -> Array:
    """Draw n points from a density on S^{d-1} by rejection from the uniform one.

    Parameters
    ----------
    log_density : callable
        ``log_density(x)[i] = ln ρ(x_i)`` for (k, d) points, up to a constant.
    d, n : int
        Ambient dimension and number of points.
    rng : numpy.random.Generator
    bound : float
        An upper bound of ``log_density`` over the sphere.

    Returns
    -------
    (n, d) array
        Unit vectors, exact draws.

    Raises
    ------
    DomainError
        ``log_density`` above ``bound`` at a proposal, or fewer than one in a million proposals accepted.

    **Cost**: e^{bound}/∫ρ dσ proposals a point: for smooth densities in low dimension. Von Mises–Fisher and
    zonal densities have their own samplers, which do not deteriorate.
    """
    accepted = [np.empty((0, d))]
    count, proposed = 0, 0
    while count < n:
        proposals = sample_uniform(d, max(n, 1024), rng)
        logs = np.asarray(log_density(proposals), dtype=float)
        if not np.all(logs <= bound):
            raise DomainError(f"ln ρ reaches {np.max(logs):.6g}, above the bound {bound:.6g}; raise the bound")
        accepted.append(proposals[np.log1p(-rng.random(len(logs))) <= logs - bound])
        count, proposed = count + len(accepted[-1]), proposed + len(logs)
        if proposed > 1_000_000 * (count + 1):
            raise DomainError(f"{count} of {proposed} proposals accepted; give a bound tighter than {bound:.6g}")
    return np.concatenate(accepted)[:n]


def sample_von_mises_fisher(mean: ArrayLike, concentration: float, n: int, rng: np.random.Generator) -> Array:
    """Draw n points from ρ ∝ e^{κ<x, mean>} on S^{d-1}, any d ≥ 2 and any real κ (< 0: gathered at −mean).

    The cosine t = <x, mean> has density ∝ e^{κt} (1−t²)^{(d−3)/2}. The proposal is a boosted uniform point,
    t = (1 − (1+b)z)/(1 − (1−b)z) with z ~ Beta((d−1)/2, (d−1)/2), whose density relative to the uniform one
    is ∝ (1 − x₀t)^{−(d−1)}, x₀ = (1−b)/(1+b); b = (d−1)/(2κ + √(4κ² + (d−1)²)) puts the maximum of the ratio
    of the two at t = x₀, whence the acceptance probability e^{κ(t−x₀)} ((1−x₀t)/(1−x₀²))^{d−1}.
    Derived here.

    Returns
    -------
    (n, d) array
        Unit vectors, exact draws.

    **Accuracy**: everything is written in 1 − t, so that a concentration of 1e12 loses nothing.

    **Cost**: fewer than two proposals a point, whatever κ and d.
    """
    axis = _axis(mean)
    if not np.isfinite(concentration):
        raise DomainError(f"concentration is {concentration}; it must be a finite number")
    distances = _mises_fisher_distances(abs(concentration), len(axis), n, rng)
    return _around(-axis if concentration < 0 else axis, distances, rng)


def sample_zonal(axis: ArrayLike, cosines: ArrayLike, marginal: ArrayLike, n: int, rng: np.random.Generator) -> Array:
    """Draw n points whose cosine t = <x, axis> has a tabulated density, uniform about the axis.

    Parameters
    ----------
    axis : (d,) array_like
        Of any length above 0.
    cosines : (k,) array_like
        Strictly increasing, in [−1, 1].
    marginal : (k,) array_like
        Density of t with respect to dt at ``cosines``, ≥ 0, up to a factor: ρ(t)(1−t²)^{(d−3)/2} for a
        density ρ. Linear in between, 0 outside.
    n : int
    rng : numpy.random.Generator

    Returns
    -------
    (n, d) array
        Unit vectors.

    **Accuracy**: exact for the piecewise linear marginal, whose quadratic distribution function is inverted
    in closed form; the table's interpolation error is the only one.
    """
    grid, heights = np.asarray(cosines, dtype=float), np.asarray(marginal, dtype=float)
    increasing = grid.ndim == 1 and np.all(np.diff(grid) > 0) and np.all(np.abs(grid) <= 1)
    if not increasing or heights.shape != grid.shape or not np.all(heights >= 0) or not np.sum(heights) > 0:
        raise DomainError("a marginal needs increasing cosines in [−1, 1] and as many values ≥ 0, not all 0")
    return _around(_axis(axis), 1.0 - _quantiles(grid, heights, rng.random(n)), rng)


def _axis(direction: ArrayLike) -> Array:
    """Return the unit vector along a direction."""
    vector = np.asarray(direction, dtype=float)
    if vector.ndim != 1 or len(vector) < 2 or not 0 < np.linalg.norm(vector) < np.inf:
        raise DomainError(f"direction {vector} is no vector of d ≥ 2 numbers with a length above 0")
    unit: Array = vector / np.linalg.norm(vector)
    return unit


def _unit(vectors: Array) -> Array:
    """Divide each row by its length."""
    rows: Array = vectors / np.sqrt(np.sum(vectors**2, axis=1, keepdims=True))
    return rows


def _around(axis: Array, distances: Array, rng: np.random.Generator) -> Array:
    """Points at 1 − <x, axis> = ``distances``, uniform about the axis."""
    normals = rng.standard_normal((len(distances), len(axis)))
    tangents = _unit(normals - np.outer(normals @ axis, axis))
    sines = np.sqrt(np.maximum(distances * (2.0 - distances), 0.0))
    return _unit(np.outer(1.0 - distances, axis) + sines[:, None] * tangents)


def _mises_fisher_distances(concentration: float, d: int, n: int, rng: np.random.Generator) -> Array:
    """Draws of u = 1 − t, t the cosine of a von Mises–Fisher point with concentration ≥ 0."""
    b = (d - 1) / (2.0 * concentration + np.hypot(2.0 * concentration, d - 1))
    v = 2.0 * b / (1.0 + b)  # 1 − x₀
    accepted, count = [np.empty(0)], 0
    while count < n:
        z = rng.beta(0.5 * (d - 1), 0.5 * (d - 1), size=n)
        u = 2.0 * b * z / (1.0 - (1.0 - b) * z)
        logs = concentration * (v - u) + (d - 1) * np.log((u + v - u * v) / (v * (2.0 - v)))
        accepted.append(u[np.log1p(-rng.random(n)) <= logs])
        count += len(accepted[-1])
    draws: Array = np.concatenate(accepted)[:n]
    return draws


def _quantiles(grid: Array, heights: Array, shares: Array) -> Array:
    """Invert the distribution function of a piecewise linear density at ``shares`` in [0, 1)."""
    widths = np.diff(grid)
    cumulative = np.concatenate([[0.0], np.cumsum(0.5 * widths * (heights[1:] + heights[:-1]))])
    areas = shares * cumulative[-1]
    cell = np.clip(np.searchsorted(cumulative, areas, side="right") - 1, 0, len(widths) - 1)
    left, slope, area = heights[cell], (np.diff(heights) / widths)[cell], areas - cumulative[cell]
    # area = left·s + slope·s²/2, solved for s in the form that is regular as slope → 0
    root = np.sqrt(np.maximum(left**2 + 2.0 * slope * area, 0.0))
    step = np.divide(2.0 * area, left + root, out=np.zeros_like(area), where=left + root > 0)
    cosines: Array = grid[cell] + np.clip(step, 0.0, widths[cell])
    return cosines
