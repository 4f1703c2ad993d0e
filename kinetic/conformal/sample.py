"""What the observables of a boosted density are sums over; it knows nothing of how the nodes were found."""

import math
from dataclasses import dataclass

import numpy as np

from kinetic.spaces.space import Space, tail_degree
from kinetic.special import log_harmonic_dimensions
from kinetic.types import Array

_OPEN = 0.1
"""Of a value at or near the frame's antipode, where the series ends in a power law: the same factor at late times."""


def lower_half(space: Space, coefficients: Array) -> Array:
    """Return the coefficients without the upper half of the degrees."""
    return np.where(space.degrees > space.degree // 2, 0.0, coefficients)


def trusted_value(space: Space, coefficients: Array, point: Array) -> float:
    """Return ν at a point (zonal: ±1), or NaN where rounding or truncation leave it in doubt.

    Rounding, and what steppers leave, counts as 1e-14 of the sum of the degrees' absolute contributions, and may be
    1e-6 of the value; truncation counts as what the top tenth of the degrees adds, and may be a tenth of it: at the
    frame's antipode the series ends in a power law, whose error is the same factor at all late times.
    """
    sizes = np.exp(log_harmonic_dimensions(space.degree, space.dimension))
    with np.errstate(over="ignore", invalid="ignore"):
        terms = sizes * space.by_degree(coefficients, space.dirac(point))
    total, size = float(terms.sum()), float(np.abs(terms).sum())
    beyond = abs(float(terms[tail_degree(space.degree) :].sum()))
    trusted = math.isfinite(size) and 1e-14 * size < 1e-6 * total and beyond < _OPEN * total
    return total if trusted else math.nan


@dataclass(frozen=True)
class Doubts:
    """How far a state can be trusted.

    Parameters
    ----------
    amplitude : float
        By how much of itself 1 − R would change without the upper half of the degrees.
    mean : float
        The same as a change of R.
    partition : float
        Relative rounding error of the softmax partition where it is smallest.
    """

    amplitude: float
    mean: float
    partition: float

    @classmethod
    def of(cls, masses: Array, others: Array, versine: Array, partition: float) -> "Doubts":
        """Compare D = ∫ (1 − cos θ) dμ about the axis for ν and for ν cut to half its degrees, on the same nodes.

        The error of the whole series is the smaller part of the change: a quarter of it or less in d ≥ 3 where the
        frame's antipode makes it converge like a power of the degree, its square where ν is smooth.
        """
        whole, half = float(np.sum(masses * versine)), float(np.sum(others * versine))
        change = abs(half - whole)
        return cls(change / whole if whole > 0 else math.inf, change, partition)


@dataclass(frozen=True)
class Sample:
    """A density at nodes, seen from its mean direction n.

    Parameters
    ----------
    masses : Array
        Quadrature weight times ν, of sum one.
    frame_values : Array
        ν at the nodes.
    log_stretch : Array
        −(d−1) ln f: ln ρ = ln ν + that.
    versine : Array
        1 − <x, n>, relatively accurate.
    angle : Array
        θ in [0, π] between x and n, relatively accurate.
    """

    masses: Array
    frame_values: Array
    log_stretch: Array
    versine: Array
    angle: Array

    @property
    def order_deficit(self) -> float:
        """1 − R = ∫ (1 − <x, n>) dμ."""
        return float(np.sum(self.masses * self.versine))

    @property
    def w2_to_dirac(self) -> float:
        """(∫ θ² dμ)^{1/2}; NaN where the truncated density makes the integral negative."""
        square = float(np.sum(self.masses * self.angle**2))
        return math.sqrt(square) if square >= 0 else math.nan

    @property
    def entropy(self) -> float:
        """∫ ρ ln ρ dσ; NaN where ν is not positive."""
        if not self.frame_values.min() > 0:
            return math.nan
        return float(np.sum(self.masses * (np.log(self.frame_values) + self.log_stretch)))

    def log_minimum(self, doubt: float) -> float:
        """Return ln of the smallest ρ on the nodes; NaN where values ν ± doubt leave it open by more than a tenth."""
        if not self.frame_values.min() > doubt:
            return math.nan
        low, middle, high = (
            float(np.min(np.log(self.frame_values + change) + self.log_stretch)) for change in (-doubt, 0.0, doubt)
        )
        return middle if high - low < _OPEN else math.nan


@dataclass(frozen=True)
class Sighting:
    """All that observables need of one state.

    Parameters
    ----------
    sample : Sample
    mean : Array
        ∫ x dμ in physical coordinates, shape (d,); (1,) along the axis for axisymmetric densities.
    antipode : float
        ν at the antipode of the mean direction; NaN where it is in doubt.
    antipode_log_stretch : float
        −(d−1) ln f there.
    mean_squares : (Array, Array)
        p_l, the mean square of the harmonic coefficients of μ in degree l, to the kernel's degree, and 1 − p_l.
    power : float
        ∫ Z |X|² dμ.
    """

    sample: Sample
    mean: Array
    antipode: float
    antipode_log_stretch: float
    mean_squares: tuple[Array, Array]
    power: float

    @property
    def log_antipode_density(self) -> float:
        """Ln ρ(−n), or NaN where the truncated density does not tell it."""
        return math.log(self.antipode) + self.antipode_log_stretch if self.antipode > 0 else math.nan
