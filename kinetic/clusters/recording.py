"""Clusters of a run as columns of numbers, and back."""

from collections.abc import Mapping, Sequence

import numpy as np

from kinetic.clusters.clusters import TOUCHING, Clusters, Merger
from kinetic.types import Array

MERGERS = {
    "merger_time": ("time at which the angle of two clusters fell to " + str(TOUCHING), "1"),
    "merger_mass": ("masses of the two, the larger first", "1"),
    "merger_position": ("direction of their common center of mass then", "1"),
}
"""Name, definition and unit of what is told of mergers."""

COLUMNS = {
    "mass": ("mass of each cluster, the heaviest first", "1"),
    "position": ("direction of each cluster's center of mass", "1"),
    "spread": ("root-mean-square angle of each cluster about its center of mass; NaN where not known", "rad"),
}
"""Name, definition and unit of what is told of clusters."""

SCALARS = {
    "tail": ("mass between clusters that was left out", "1"),
    "followed": ("mass in clusters that are followed by tokens of their own: only their mergers are told", "1"),
}
"""Name, definition and unit of what is told of all of them together."""


def columns(rows: Sequence[Clusters]) -> Mapping[str, Array]:
    """Return the clusters of several times as arrays, padded with NaN to the largest number of clusters.

    Returns
    -------
    Mapping
        mass[i, k], position[i, k, :], spread[i, k], tail[i], followed[i], and of the mergers
        merger_time[j], merger_mass[j, :], merger_position[j, :].
    """
    most = max(row.count for row in rows)
    found = {name: _padded([getattr(row, name) for row in rows], most) for name in COLUMNS}
    past = rows[-1].mergers
    dimension = rows[-1].position.shape[1]
    return {
        **found,
        **{name: np.array([getattr(row, name) for row in rows]) for name in SCALARS},
        "merger_time": np.array([merger.time for merger in past]),
        "merger_mass": np.array([merger.masses for merger in past]).reshape(-1, 2),
        "merger_position": np.array([merger.position for merger in past]).reshape(-1, dimension),
    }


def _padded(rows: Sequence[Array], most: int) -> Array:
    """Return arrays below each other, those with fewer than the most entries filled with NaN."""
    found = np.full((len(rows), most, *rows[0].shape[1:]), np.nan)
    for place, row in zip(found, rows, strict=True):
        place[: len(row)] = row
    return found


def row_of(arrays: Mapping[str, Array], index: int) -> Clusters:
    """Return the clusters of one row of such arrays."""
    there = ~np.isnan(arrays["mass"][index])
    time = float(arrays["time"][index])
    mergers = tuple(
        Merger(float(t), masses, position)
        for t, masses, position in zip(*(arrays[name] for name in MERGERS), strict=True)
        if t <= time
    )
    position, mass, spread = (np.asarray(arrays[name][index][there]) for name in ("position", "mass", "spread"))
    whole = {name: float(arrays[name][index]) for name in SCALARS if name in arrays}  # records of old know less
    return Clusters(position, mass, spread, mergers, **whole)
