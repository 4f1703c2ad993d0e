"""Densities of the circle with several clusters: cells between them, and the tokens of each."""

from collections.abc import Callable, Sequence

import numpy as np

from kinetic.charts.patches import cell_of_order
from kinetic.mercator.circle.several.arcs import Arcs
from kinetic.mercator.circle.several.cloud import ArcCloud
from kinetic.mercator.circle.several.density import CircleClusterDensity
from kinetic.record import Record, Variable
from kinetic.snapshots.tokens import TIMES, TOKENS, cell_order, field, integer, numbers, padded, readable
from kinetic.types import Array

_MOST = 10**7
_CLUSTERS, _OWN = ("time", "cluster"), ("time", "cluster_token")
_MARKS = ("time", "mark")


def pack_gaps(densities: Sequence[CircleClusterDensity]) -> tuple[Variable, ...]:
    """Return the tokens of the cells, then those of each cluster."""
    offset = "q of φ = c + e^{−η} q, c and η of the cluster"
    tokens, marks = "tokens of each cluster", "marks of clusters that have met without touching, in each"
    return (
        Variable("arc_angle", padded(densities, lambda d: d.arcs.angle), TOKENS, "rad", "φ of the cells' tokens"),
        Variable("log_density", padded(densities, lambda d: d.arcs.log_density), TOKENS, "1", "ln ρ at the tokens"),
        Variable("log_mass", padded(densities, lambda d: d.arcs.log_mass), TOKENS, "1", "ln dμ/dξ, ξ in [0, 1]"),
        Variable("arcs", numbers(densities, lambda d: d.arcs.size), TIMES, "1", "number of cells"),
        Variable("element_order", numbers(densities, lambda d: d.arcs.cell.element.order), TIMES, "1", "their degree"),
        Variable("clusters", numbers(densities, lambda d: len(d.clouds)), TIMES, "1", "number of clusters"),
        Variable("cluster_center", padded(densities, _of("center")), _CLUSTERS, "rad", "c"),
        Variable("cluster_contraction", padded(densities, _of("contraction")), _CLUSTERS, "1", "η"),
        Variable("cluster_tokens", padded(densities, _of("size")), _CLUSTERS, "1", tokens),
        Variable("cluster_marks", padded(densities, _of_marks), _CLUSTERS, "1", marks),
        Variable("cluster_offset", padded(densities, lambda d: _joined(d, "offsets")), _OWN, "1", offset),
        Variable("cluster_mass", padded(densities, lambda d: _joined(d, "masses")), _OWN, "1", "masses of the tokens"),
        Variable("mark_offset", padded(densities, lambda d: _joined(d, "marks")), _MARKS, "1", offset),
        Variable("mark_mass", padded(densities, lambda d: _joined(d, "marked")), _MARKS, "1", "masses of the clusters"),
    )


def _of(name: str) -> Callable[[CircleClusterDensity], Array]:
    return lambda density: np.array([getattr(cloud, name) for cloud in density.clouds], dtype=float)


def _of_marks(density: CircleClusterDensity) -> Array:
    return np.array([cloud.marks.size for cloud in density.clouds], dtype=float)


def _joined(density: CircleClusterDensity, name: str) -> Array:
    return np.concatenate([np.zeros(0), *(getattr(cloud, name) for cloud in density.clouds)])


def rebuild_gaps(record: Record, index: int) -> CircleClusterDensity:
    """Return a density from its tokens."""
    with readable(record, index, "of several clusters on the circle"):
        count, clusters = (integer(record, name, index, 0, _MOST) for name in ("arcs", "clusters"))
        cell = cell_of_order(cell_order(record, index), 1)
        angle, log_mass = (field(record, name, index, (count, cell.size)) for name in ("arc_angle", "log_mass"))
        center, contraction, tokens, marks = (
            field(record, f"cluster_{name}", index, (clusters,))
            for name in ("center", "contraction", "tokens", "marks")
        )
        sizes = {"cluster_offset": tokens, "cluster_mass": tokens, "mark_offset": marks, "mark_mass": marks}
        parts = [
            np.split(field(record, name, index, (int(size.sum()),)), np.cumsum(size).astype(int)[:-1])
            for name, size in sizes.items()
        ]
        clouds = tuple(
            ArcCloud(float(center[k]), float(contraction[k]), *(part[k] for part in parts)) for k in range(clusters)
        )
        return CircleClusterDensity(Arcs(cell, angle, log_mass), clouds)
