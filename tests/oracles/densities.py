"""Logarithms of densities about an axis, as functions of y = ln tan(θ/2), θ the angle to the axis e.

Every function returned is ln ρ, ρ with respect to the uniform probability measure, of mass 1. cos θ = −tanh y; and
1 − cos θ = 2/(1 + e^{−2y}) is accurate near both poles.
"""

import numpy as np

from oracles.series import log_bessel_ratio


class Given:
    """An initial density: ln ρ of the latitude y, and the latitudes where it breaks."""

    def __init__(self, logarithm, breaks=()):
        self.logarithm, self.jumps = logarithm, breaks

    def __call__(self, y):
        return self.logarithm(y)

    def breaks(self):
        return self.jumps


def distance(y):
    """1 − cos θ, with relative accuracy everywhere."""
    with np.errstate(over="ignore"):
        return 2.0 / (1.0 + np.exp(-2.0 * y))


def uniform():
    """ρ = 1."""
    return np.zeros_like


def linear(slope):
    """ρ = 1 + slope cos θ, |slope| ≤ 1."""
    if abs(slope) < 1:
        return lambda y: np.log1p(-slope * np.tanh(y))

    def log_density(y):
        with np.errstate(divide="ignore"):  # ρ = 0 at one pole
            return np.log(distance(-slope * y))

    return log_density


def von_mises_fisher(d, concentration):
    """ρ = e^{κ cos θ} / Λ_{d/2}(κ); written with κ(cos θ ∓ 1) so that a large κ does not cancel."""
    side = 1.0 if concentration >= 0 else -1.0
    size = abs(concentration)
    constant = size - log_bessel_ratio(d / 2, size)
    return lambda y: constant - size * distance(side * y)


def mixture(weights, logs):
    """Σ_i w_i ρ_i, Σ w_i = 1."""

    def log_density(y):
        terms = [np.log(weight) + log(y) for weight, log in zip(weights, logs, strict=True)]
        return np.logaddexp.reduce(terms)

    return log_density


def boosted_uniform(d, rapidity):
    """ρ = (cosh s − cos θ sinh s)^{−(d−1)}: the uniform density moved by the boost of rapidity s (β = 0's orbit).

    For s ≥ 0 it is e^{−s} + (1 − cos θ) sinh s, a sum of positive terms; for s < 0 the axis is turned round.
    """
    side, size = (1.0, rapidity) if rapidity >= 0 else (-1.0, -rapidity)
    return lambda y: -(d - 1) * np.log(np.exp(-size) + distance(side * y) * np.sinh(size))


def log_cosh(y):
    """ln cosh y without overflow."""
    size = np.abs(y)
    return size + np.log1p(np.exp(-2.0 * size)) - np.log(2.0)
