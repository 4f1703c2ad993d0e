"""Densities of the sphere with several clusters: cells, clusters and single tokens."""

from collections.abc import Callable, Sequence
from itertools import groupby

import numpy as np

from kinetic.mercator.several import SeveralDensity
from kinetic.mercator.several.absorbing import Bundle
from kinetic.mercator.several.cells import Cells, Shape
from kinetic.mercator.several.state import SCALARS, State
from kinetic.record import Record, Variable
from kinetic.snapshots.tokens import TIMES, TOKENS, field, integer, numbers, padded, readable
from kinetic.types import Array

_MOST = 10**7


def pack_several(densities: Sequence[SeveralDensity]) -> tuple[Variable, ...]:
    """Return the tokens: cells by shape, then those of each cluster, then single ones."""
    shape = "n₁ + 16 n₂ + 256 c: points in either direction, c = 1 for a triangle about the first edge"
    known = "ln ρ at the tokens of cells; of others it is not known"
    places = [
        Variable(f"position_{name}", padded(densities, _column(k)), TOKENS, "1", f"{name} of the tokens")
        for k, name in enumerate("xyz")
    ]
    scalars = [Variable(f"state_{name}", numbers(densities, _scalar(name)), TIMES, "1", name) for name in SCALARS]
    return (
        Variable("nodes", padded(densities, _latitudes), TOKENS, "1", "y = ln tan(θ/2), θ to the mean direction"),
        Variable("log_density", padded(densities, lambda d: _spread(d, d.log_densities)), TOKENS, "1", known),
        *places,
        Variable("token_share", padded(densities, lambda d: d.masses), TOKENS, "1", "mass of each token"),
        Variable("log_mass", padded(densities, lambda d: _spread(d, _logs(d))), TOKENS, "1", "ln dμ/dξ, ξ in [0, 1]²"),
        Variable("cell_shape", padded(densities, _codes), ("time", "cell"), "1", shape),
        Variable("cluster_tokens", padded(densities, _counts), ("time", "cluster"), "1", "tokens of each cluster"),
        Variable("tokens", numbers(densities, lambda d: d.masses.size), TIMES, "1", "number of tokens"),
        Variable("cells", numbers(densities, lambda d: d.state.sizes.cells), TIMES, "1", "number of cells"),
        Variable("clusters", numbers(densities, lambda d: d.state.sizes.clouds), TIMES, "1", "number of clusters"),
        *scalars,
    )


def _column(k: int) -> Callable[[SeveralDensity], Array]:
    return lambda density: density.points[:, k]


def _scalar(name: str) -> Callable[[SeveralDensity], float]:
    return lambda density: float(getattr(density.state, name))


def _latitudes(density: SeveralDensity) -> Array:
    return np.full(density.masses.size, np.nan) if density.direction is None else density.mean_latitudes


def _logs(density: SeveralDensity) -> Array:
    return np.concatenate([np.zeros(0), *(cells.logs.ravel() for cells in density.state.cells)])


def _spread(density: SeveralDensity, known: Array) -> Array:
    """Return what cells know, for all tokens."""
    return np.pad(known, (0, density.masses.size - known.size), constant_values=np.nan)


def _codes(density: SeveralDensity) -> Array:
    return np.concatenate([np.zeros(0), *(np.full(c.size, float(c.shape.code)) for c in density.state.cells)])


def _counts(density: SeveralDensity) -> Array:
    return np.array([cloud.size for cloud in density.state.clouds], dtype=float)


def rebuild_several(record: Record, index: int) -> SeveralDensity:
    """Return a density from its tokens."""
    with readable(record, index, "with several clusters"):
        count = integer(record, "tokens", index, 1, _MOST)
        codes = field(record, "cell_shape", index, (integer(record, "cells", index, 0, count),))
        sizes = field(record, "cluster_tokens", index, (integer(record, "clusters", index, 0, count),))
        points = np.stack([field(record, f"position_{name}", index, (count,)) for name in "xyz"], axis=1)
        masses = field(record, "token_share", index, (count,))
        runs = [(Shape.of(int(code)), len(list(run))) for code, run in groupby(codes)]
        logs = field(record, "log_mass", index, (sum(shape.size * number for shape, number in runs),))
        cells, at = [], 0
        for shape, number in runs:
            grid, end = (number, shape.first, shape.second), at + number * shape.size
            cells.append(Cells(shape, points[at:end].reshape(*grid, 3), logs[at:end].reshape(grid)))
            at = end
        clouds = []
        for size in sizes.astype(int):
            clouds.append(Bundle(points[at : at + size], masses[at : at + size]))
            at += size
        scalars = [float(record.density_arrays[f"state_{name}"][index]) for name in SCALARS]
        return SeveralDensity(State(tuple(cells), tuple(clouds), Bundle(points[at:], masses[at:]), *scalars))
