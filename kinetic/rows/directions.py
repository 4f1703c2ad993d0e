"""Rows of a table as points of a sphere, or as cosines to an axis.

Responsible for what a row must be to have a direction, for what is kept of it, and for a fingerprint by which the same
rows are known again. Refuses to know files' formats and densities.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from kinetic.geometry import unit
from kinetic.rows.files import Source, pieces
from kinetic.types import Array

MOST_ROWS = 10_000_000
"""Directions on the sphere then take 240 MB."""

MOST_PAIRED = 2048
"""Rows whose pairs are counted: two million pairs, whose histogram has an error of some tenths of a percent."""

NO_MEAN = 1e-12
"""Length of a mean direction below which it is rounding."""


@dataclass(frozen=True, eq=False)
class Rows:
    """Tokens of a file by their directions x_i, unit vectors of R^d.

    Parameters
    ----------
    dimension, count : int
        d and n.
    places : Array
        Unit vectors (n, d); for zonal spaces the cosines <x_i, e>, (n,).
    sample : Array, shape (m, d)
        At most `MOST_PAIRED` of the unit vectors, evenly spaced among the rows.
    axis : Array, shape (d,)
        e, or on circle and sphere the mean direction, zero where there is none.
    mean_length : float
        R = |mean of x_i|.
    sha256 : str
        Of the shape and of the numbers as doubles, whatever file they come from.
    """

    dimension: int
    count: int
    places: Array
    sample: Array
    axis: Array
    mean_length: float
    sha256: str

    @property
    def axisymmetric(self) -> bool:
        """Whether the places are cosines to an axis."""
        return self.places.ndim == 1

    @property
    def order(self) -> float:
        """R of the density: that of the rows, or in zonal spaces |mean of <x_i, e>|."""
        return abs(float(self.places.mean())) if self.axisymmetric else self.mean_length

    @property
    def variance(self) -> float:
        """1 − R², the mean square distance of the x_i from their mean."""
        return 1.0 - self.mean_length**2

    @property
    def axial_share(self) -> float:
        """The share of the variance that lies along the axis and that a zonal density keeps: Var <x, e>/(1 − R²)."""
        return float(self.places.var()) / self.variance if self.variance > 0 else 1.0

    def pair_histogram(self, bins: int) -> Array:
        """Return the shares of the pairs i ≠ j of the sample with <x_i, x_j> in equal bins of [−1, 1], shape (bins,).

        NaN where there are no two rows.
        """
        found = np.zeros(bins)
        for i in range(len(self.sample) - 1):
            products = np.clip(self.sample[i + 1 :] @ self.sample[i], -1.0, 1.0)
            found += np.histogram(products, bins, (-1.0, 1.0))[0]
        with np.errstate(invalid="ignore"):
            return np.asarray(found / found.sum())


def read_rows(
    source: Source, dimension: int, *, axisymmetric: bool = False, axis: tuple[float, ...] | None = None
) -> Rows:
    """Read the rows of a table; a file that has not changed is read once.

    Parameters
    ----------
    source : Source
    dimension : int
        How long a row must be.
    axisymmetric : bool
        Whether cosines to an axis are kept, as zonal spaces want.
    axis : tuple of float, optional
        For zonal spaces e, of any length; the mean direction if absent.

    Raises
    ------
    CaseError
        Where the file cannot be read, or its rows have no directions in the space; one line that names the first row.

    **Cost** Zonal spaces read the file twice; in memory are the cosines and a piece of some megabytes.
    """
    try:
        status = source.path.stat()
    except OSError:
        return _read(source, dimension, axisymmetric, axis, (0, 0))
    return _read(source, dimension, axisymmetric, axis, (status.st_mtime_ns, status.st_size))


@lru_cache(maxsize=4)
def _read(
    source: Source, dimension: int, axisymmetric: bool, axis: tuple[float, ...] | None, _stamp: tuple[int, int]
) -> Rows:
    digest, total, count, parts = hashlib.sha256(f"{dimension}".encode()), np.zeros(dimension), 0, []
    for rows, directions in _directions(source, dimension):
        digest.update(np.ascontiguousarray(rows, dtype="<f8").tobytes())
        total += directions.sum(axis=0)
        count += len(rows)
        if not axisymmetric:
            parts.append(directions)
    mean = total / count
    length = float(np.linalg.norm(mean))
    if not axisymmetric:
        places = np.concatenate(parts)
        e = mean / length if length > NO_MEAN else np.zeros(dimension)
        return Rows(dimension, count, places, places[:: _stride(count)], e, length, digest.hexdigest())
    if axis is None and length <= NO_MEAN:
        raise source.refuse("rows whose mean direction vanishes", "initial.axis must be a vector then; give one")
    e = mean / length if axis is None else unit(axis)
    cosines, sample, start = [], [], 0
    for _, directions in _directions(source, dimension):
        cosines.append(np.clip(directions @ e, -1.0, 1.0))
        sample.append(directions[-start % _stride(count) :: _stride(count)])
        start += len(directions)
    return Rows(dimension, count, np.concatenate(cosines), np.concatenate(sample), e, length, digest.hexdigest())


def _stride(count: int) -> int:
    return -(-count // MOST_PAIRED)


def _directions(source: Source, dimension: int) -> Iterator[tuple[Array, Array]]:
    """Yield rows and their directions, piece by piece.

    Raises
    ------
    CaseError
        Naming the first row that has none, counted from 1.
    """
    start = 0
    for rows in pieces(source):
        if rows.shape[1] != dimension:
            raise source.refuse(
                f"rows of {rows.shape[1]} numbers",
                f"must be {dimension} for this space (circle 2, sphere 3, zonal space.dimension); change space",
            )
        if start + len(rows) > MOST_ROWS:
            raise source.refuse(f"more than {MOST_ROWS} rows", "must be at most that many; take some of them")
        largest = np.abs(rows).max(axis=1)
        wrong = np.flatnonzero(~((largest > 0) & np.isfinite(largest)))
        if wrong.size:
            what = "zeros only" if largest[wrong[0]] == 0 else "NaN or an infinite number"
            raise source.refuse(f"{what} in row {start + int(wrong[0]) + 1}", "a row must have a direction; remove it")
        start += len(rows)
        yield rows, unit(rows)
