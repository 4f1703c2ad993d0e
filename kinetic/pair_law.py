"""The law of <x, y> for two tokens drawn independently from a density, in equal bins of [−1, 1].

Averaged over all rotations a pair sees the mean squares p_l = (1/N_l) Σ_m ρ_lm² of the degrees alone: its density is
Σ_l N_l p_l P_l(u) times the weight w(u) = c (1 − u²)^{(d−3)/2} of the sphere. The mass below u follows from
(d − 1) P_l w = −d/du [c (1 − u²)^{(d−1)/2} Q_{l−1}], Q the polynomials of dimension d + 2, so that bins are differences
of closed forms. The module refuses to know where densities come from.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import betainc, betaln

from kinetic.density import Body
from kinetic.errors import DomainError
from kinetic.special import gegenbauer, log_harmonic_dimensions
from kinetic.types import Array

if TYPE_CHECKING:
    from kinetic.record import Record

PAIRS = "rows_pair_histogram"
"""The dataset of a record with the shares of the rows' own pairs, over its scale `cosine`."""

BINS = 100
LARGEST_BINS = 100_000

_DEGREE = 255  # of densities that have no degree of their own
_LAST = 0.9  # share of the degrees after which terms tell how large the missing ones are
_WORTH = 0.1  # of the largest mass: an error above it leaves no histogram
_EPSILON = 2.0**-52


@dataclass(frozen=True)
class PairLaw:
    """Masses of bins of u = <x, y>.

    Parameters
    ----------
    edges : Array, shape (bins + 1,)
        From −1 to 1.
    masses : Array, shape (bins,)
        They add up to the square of the density's mass; below zero only within the error.
    error : float
        How far a mass may be off: rounding, and what missing degrees may add, judged by the last tenth of the terms.
    """

    edges: Array
    masses: Array
    error: float

    @property
    def centers(self) -> Array:
        """The middles of the bins, shape (bins,)."""
        return 0.5 * (self.edges[1:] + self.edges[:-1])


def pair_histogram(density: Body, bins: int = BINS) -> PairLaw:
    """Return the law of <x, y> for x and y drawn independently from a density.

    Parameters
    ----------
    density : density of any body
        On circle or sphere, or axisymmetric.
    bins : int
        Equal bins of [−1, 1].

    Raises
    ------
    DomainError
        If the density gives no coefficients, or neither rounding nor the missing degrees leave a histogram.

    **Accuracy** That of the coefficients, within `PairLaw.error` (tests/test_pair_law.py).

    **Cost** O(degree · bins).
    """
    if isinstance(bins, bool) or not isinstance(bins, int | np.integer) or not 1 <= bins <= LARGEST_BINS:
        raise DomainError(f"pair histogram: received bins = {ascii(bins)[:40]}; an integer from 1 to {LARGEST_BINS}")
    squares, dimension = density.mean_squares(_DEGREE), density.dimension
    edges = np.linspace(-1.0, 1.0, int(bins) + 1)
    shares = _shares(squares.size - 1, dimension, edges)
    with np.errstate(over="ignore", invalid="ignore"):
        terms = squares[1:, None] * shares
        total = squares[0] * betainc(0.5 * (dimension - 1), 0.5 * (dimension - 1), 0.5 * (1.0 + edges))
        masses = np.diff(total + terms.sum(axis=0))
        error = _error(squares, shares, terms)
    largest = float(np.abs(masses).max())
    if not (error < _WORTH * largest and largest <= squares[0] + error and masses.min() >= -error):
        raise DomainError(
            f"pair histogram in dimension {dimension}: rounding or the missing degrees hide it (they may add "
            f"{error:.2g} to a bin); raise space.degree, take fewer bins, or look at another time"
        )
    return PairLaw(edges, masses, error)


def laws_of(densities: Iterable[Body]) -> list[PairLaw | None]:
    """Return the law of each density in `BINS` bins, None where nothing is left of it."""
    found: list[PairLaw | None] = []
    for density in densities:
        try:
            found.append(pair_histogram(density))
        except DomainError:
            found.append(None)
    return found


def _error(squares: Array, shares: Array, terms: Array) -> float:
    """Return how far a mass, a difference of two sums, may be off.

    M_l is known to ε, so that M_l² is to 2ε|M_l| + ε²; missing degrees may add twice what the last tenth of those that
    are known adds, which is more than they do from the degree on that leaves out a tenth (tests/test_pair_law.py).
    """
    rounding = _EPSILON * (2.0 * np.sqrt(squares[1:]) + _EPSILON) @ np.abs(shares)
    last = np.abs(terms[int(_LAST * len(terms)) :]).sum(axis=0)
    return 2.0 * (_EPSILON * squares.size + float((rounding + 2.0 * last).max()))


def _shares(degree: int, dimension: int, edges: Array) -> Array:
    """Return N_l ∫_{−1}^{u} P_l w for l = 1 … L, shape (L, edges); infinite beyond the range of numbers."""
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        log_heights = -betaln(0.5, 0.5 * (dimension - 1)) + 0.5 * (dimension - 1) * np.log1p(-(edges**2))
        logs = log_harmonic_dimensions(degree, dimension)[1:, None] + log_heights
        found = -np.exp(logs) * gegenbauer(degree - 1, dimension + 2, edges) / (dimension - 1)
    return np.where(np.isneginf(log_heights), 0.0, found)


def pairs_of_record(record: "Record") -> Array | None:
    """Return the histogram of its rows' pairs that a record keeps, None where it keeps none."""
    found = record.density_arrays.get(PAIRS)
    return None if found is None or found.shape != (BINS,) else np.asarray(found, dtype=float)
