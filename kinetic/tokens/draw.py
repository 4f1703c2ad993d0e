"""Tokens to start from: draws from the initial density of a case.

Responsible for which sampler a kind of initial density has. Refuses to know what happens to the tokens.
"""

import math

import numpy as np

from kinetic.case import Case, Linear, Mixture, Uniform, VonMisesFisher
from kinetic.density import Body
from kinetic.errors import DomainError
from kinetic.sampling import sample, sample_uniform, sample_von_mises_fisher
from kinetic.types import Array


def draw(initial: Body, case: Case, count: int, rng: np.random.Generator) -> Array:
    """Return N points of S^{d-1} drawn from an initial density, shape (N, d); a zonal axis is the last coordinate."""
    given, d = case.initial, case.space.dimension
    if isinstance(given, Uniform):
        return sample_uniform(d, count, rng)
    if isinstance(given, VonMisesFisher):
        return sample_von_mises_fisher(_axis(given.mean, 1.0, d), given.concentration, count, rng)
    if isinstance(given, Mixture):
        return _draw_mixture(given, d, count, rng)
    high = initial.axisymmetric and d > 8  # a draw of uniform points would not come near the largest value
    if high and not isinstance(given, Linear):
        raise DomainError(
            f"tokens: initial.kind {given.kind} cannot be drawn from in dimension {d}; compare without --particles"
        )

    def log_density(points: Array) -> Array:
        seen = points[:, -1] if initial.axisymmetric else points
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.nan_to_num(np.log(initial.values(seen)), nan=-np.inf, neginf=-np.inf), dtype=float)

    if high and isinstance(given, Linear):
        return sample(log_density, d, count, rng, math.log1p(abs(given.slope)))
    highest = np.max(log_density(sample_uniform(d, 20_000, rng)))
    return sample(log_density, d, count, rng, float(highest) + 0.2)


def _draw_mixture(given: Mixture, d: int, count: int, rng: np.random.Generator) -> Array:
    weights = [given.uniform, *(component.weight for component in given.components)]
    shares = rng.multinomial(count, np.array(weights) / sum(weights))
    parts = [sample_uniform(d, int(shares[0]), rng)]
    for component, share in zip(given.components, shares[1:], strict=True):
        axis = _axis(component.mean, float(component.axis or 1), d)
        parts.append(sample_von_mises_fisher(axis, component.concentration, int(share), rng))
    return np.concatenate(parts)


def _axis(mean: tuple[float, ...] | None, sign: float, d: int) -> Array:
    return np.asarray(mean if mean is not None else sign * np.eye(d)[-1], dtype=float)
