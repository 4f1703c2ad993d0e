"""Plateaus of a run: rows in which the same number of clusters stands and waits."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from kinetic.claims.claim import require
from kinetic.claims.evidence import Evidence
from kinetic.types import Array, Integers

STANDING = 1e-3  # mass outside all clusters up to which they stand
NARROW = 0.05  # radians: spread of one that stands
FEWEST = 8  # rows of a plateau


@dataclass(frozen=True)
class Plateau:
    """Consecutive rows with the same number of clusters, all of which stand.

    Parameters
    ----------
    times : Array, shape (n,)
    masses, spreads : Array, shape (n, k)
    places : Array, shape (n, k, d)
    rows : Integers, shape (n,)
        Numbers of the rows in the record.
    """

    times: Array
    masses: Array
    spreads: Array
    places: Array
    rows: Integers

    @property
    def count(self) -> int:
        """How many clusters."""
        return int(self.masses.shape[1])

    @property
    def blur(self) -> Array:
        """Mass outside points plus mean squares of spreads, by row; unknown spreads count as none."""
        squares = np.nan_to_num(self.spreads) ** 2
        return np.asarray(np.maximum(1.0 - self.masses.sum(axis=1), 0.0) + (self.masses * squares).sum(axis=1))

    @property
    def readings(self) -> tuple[int, int]:
        """Where its first half, two rows at least, is nearest to points, and the last row of that half."""
        half = max(2, self.times.size // 2)
        return int(np.argmin(self.blur[:half])), half - 1


def plateaus(evidence: Evidence) -> list[Plateau]:
    """Return the plateaus of a run in the order of time, those of one cluster included."""
    found = evidence.record.clusters
    require(found.get("mass", np.zeros(0)).size > 0, "the record tells no clusters")
    counts = np.count_nonzero(np.isfinite(found["mass"]), axis=1)
    narrow = np.nan_to_num(found["spread"]).max(axis=1) < NARROW
    stands = (np.nansum(found["mass"], axis=1) > 1.0 - STANDING) & narrow & (counts > 0)
    label = np.where(stands, counts, 0)
    edges = np.flatnonzero(np.diff(label)) + 1
    parts = np.split(np.arange(label.size), edges)
    return [_plateau(found, rows, evidence.times) for rows in parts if label[rows[0]] > 0]


def _plateau(found: Mapping[str, Array], rows: Integers, times: Array) -> Plateau:
    k = int(np.count_nonzero(np.isfinite(found["mass"][rows[0]])))
    own = found["time"][rows]
    masses, spreads, places = (found[name][rows][:, :k] for name in ("mass", "spread", "position"))
    return Plateau(own, masses, spreads, places, np.searchsorted(times, own))


def waiting(evidence: Evidence) -> list[Plateau]:
    """Return the plateaus with several clusters, each of enough rows; refuse a run without one."""
    several = [part for part in plateaus(evidence) if part.count > 1]
    require(several, "needs several clusters that stand for a while")
    found = [part for part in several if part.times.size >= FEWEST]
    require(found, f"several clusters have not stood for {FEWEST} rows")
    return found
