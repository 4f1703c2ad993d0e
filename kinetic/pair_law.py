"""The law of <x, y> for two tokens drawn independently from a density, in equal bins of [−1, 1].

Averaged over all rotations a pair sees the mean squares p_l = (1/N_l) Σ_m ρ_lm² of the degrees alone: its density is
Σ_l N_l p_l P_l(u) times the weight w(u) = c (1 − u²)^{(d−3)/2} of the sphere. The mass below u follows from
(d − 1) P_l w = −d/du [c (1 − u²)^{(d−1)/2} Q_{l−1}], Q the polynomials of dimension d + 2, so that bins are differences
of closed forms. In high dimension N_l multiplies rounding beyond all bounds; there tokens about an axis are counted
ring by ring. The module refuses to know where densities come from.
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
_NO_MASS = 1e-9  # mass of all rings together that are left out
_MOST_RINGS = 4096  # of which pairs are counted


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

    **Accuracy** That of the coefficients, or of the cells about an axis where rounding leaves no coefficients, within
    `PairLaw.error` (tests/test_pair_law.py).

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
    if not error < _WORTH * largest and _is_of_rings(density):
        masses, error = _of_rings(density, edges)
        largest = float(masses.max())
    if not (error < _WORTH * largest and largest <= squares[0] + error and masses.min() >= -error):
        raise DomainError(
            f"pair histogram in dimension {dimension}: rounding or the missing degrees hide it (they may add "
            f"{error:.2g} to a bin); raise space.degree, take fewer bins, or look at another time"
        )
    return PairLaw(edges, masses, error)


def ring_pairs(cosines: Array, masses: Array, dimension: int, deltas: Array) -> Array:
    """Return P(<x, y> ≥ 1 − δ) for two tokens drawn independently, from rings of latitude in dimension d ≥ 3.

    ``pairs[k] = Σ_ij m_i m_j I_v((d−2)/2, (d−2)/2)`` with 2v = (δ_k − 2 sin²((θ_i−θ_j)/2))/(sin θ_i sin θ_j), clipped
    to [0, 2]: <x, y> = cos(θ − θ') − sin θ sin θ' (1 − u), u the cosine between two directions of S^{d−2}, of which
    P(1 − u ≤ 2v) = I_v((d−2)/2, (d−2)/2).

    Parameters
    ----------
    cosines, masses : Array, shape (n,)
        t_i = cos θ_i of the rings and their masses.
    dimension : int
        d ≥ 3.
    deltas : Array
        δ in (0, 2).

    **Accuracy** Rounding, for these rings; rings that hold less than 1e-9 together are left out.

    **Cost** An incomplete beta function for each two rings and each δ.
    """
    order = np.argsort(cosines)[::-1]
    angles, shares = np.arccos(np.clip(cosines[order], -1.0, 1.0)), masses[order] / masses.sum()
    heavy = np.abs(shares) > _NO_MASS / shares.size
    angles, shares = angles[heavy], shares[heavy]
    half = 0.5 * dimension - 1.0
    reach = np.searchsorted(angles, angles + np.arccos(1.0 - deltas.max()), side="right")
    total = np.zeros(deltas.size)
    for i, end in enumerate(reach):
        gaps = deltas[:, None] - 2.0 * np.sin(0.5 * (angles[i:end] - angles[i])) ** 2
        with np.errstate(divide="ignore"):
            depths = 0.5 * gaps / (np.sin(angles[i]) * np.sin(angles[i:end]))
        close = betainc(half, half, np.clip(depths, 0.0, 1.0))
        total += shares[i] * (2.0 * close @ shares[i:end] - shares[i] * close[:, 0])
    return total


def _is_of_rings(density: Body) -> bool:
    """Whether a density is known by tokens about an axis."""
    return density.axisymmetric and density.in_frame is None and density.dimension > 2


def _of_rings(density: Body, edges: Array) -> tuple[Array, float]:
    """Return the masses of bins from rings, and how much cells half as long change them; ∞ where there are too many."""
    fine = density.halved()
    near = [np.zeros(edges.size - 2)] * 2
    known = fine is not None and fine.quadrature(1)[1].size <= _MOST_RINGS
    if known and fine is not None and edges.size > 2:
        near = [ring_pairs(*body.quadrature(1), density.dimension, 1.0 - edges[1:-1]) for body in (density, fine)]
    coarse, masses = (density.mass**2 * -np.diff(shares, prepend=1.0, append=0.0) for shares in near)
    return masses, float(np.abs(masses - coarse).max()) + _NO_MASS if known else np.inf


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
