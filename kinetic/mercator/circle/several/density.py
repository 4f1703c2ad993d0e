"""A density of the circle that has become clusters: cells between them, where ρ is known, and tokens inside."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Self

import numpy as np
from scipy.special import ndtr

from kinetic.charts.latitude import latitude_of_angle
from kinetic.charts.patches import cell_of_order
from kinetic.density.common import required
from kinetic.density.packing import Stored, ragged, regular
from kinetic.density.tokens import ascending
from kinetic.geometry import natural, on_circle, on_sphere
from kinetic.mercator.circle.several.arcs import Arcs
from kinetic.mercator.circle.several.cloud import ArcCloud
from kinetic.mercator.circle.several.observing import Seen, cut_at, log_density_at, tokens_of
from kinetic.mercator.circle.waves import ByWaves
from kinetic.types import Array, ArrayLike, ComplexArray
from kinetic.variable import Variable

_CLUSTERS, _OWN, _MARKS = ("time", "cluster"), ("time", "cluster_token"), ("time", "mark")


@dataclass(frozen=True, eq=False)
class CircleClusterDensity(ByWaves):
    """μ on the circle: ρ = dμ/dσ in cells, and clusters whose moments are known.

    **Accuracy** Between clusters that of the cells. Inside a cluster, up to the cells beside it, ρ is drawn as the
    normal density of the cluster's mean and spread, scaled to its mass there: ∫ ρ dσ is right, and so are mean and
    spread where the cluster is narrow; its shape is not known.
    """

    arcs: Arcs
    clouds: tuple[ArcCloud, ...]
    body: ClassVar[str] = "arcs_and_clusters"

    @cached_property
    def _seen(self) -> Seen:
        return tokens_of(self.arcs, self.clouds)

    @property
    def mass(self) -> float:
        return self._seen.mass

    @property
    def toward(self) -> float:
        return self._seen.pole + self._seen.offset

    @property
    def order(self) -> float:
        return self._seen.order

    @property
    def rapidity(self) -> float:
        """How concentrated it is: half of the mass is within tan(θ/2) < e^{−rapidity} of the heaviest; at least 0."""
        y, masses = self.axial_quadrature()
        middle = int(np.searchsorted(np.cumsum(masses), 0.5 * self.mass))
        return max(0.0, -float(y[min(middle, y.size - 1)]))

    def log_values(self, points: ArrayLike) -> Array:
        """Return ln ρ at points of the circle; −∞ where nothing is known to be."""
        x = on_sphere(points, 2)
        return self.log_at_angle(np.arctan2(x[..., 1], x[..., 0]))

    def log_at_angle(self, angle: ArrayLike) -> Array:
        """Return ln ρ at angles φ on the circle; −∞ where nothing is known to be."""
        angle = np.asarray(angle, dtype=float)
        flat = angle.reshape(-1)
        between = log_density_at(self.arcs, flat)
        inside = [_log_normal(cloud, flat, *_room(self.arcs, cloud)) for cloud in self.clouds]
        drawn = np.logaddexp.reduce(inside) if inside else np.full(flat.shape, -np.inf)
        return np.where(np.isnan(between), drawn, between).reshape(angle.shape)

    def axial_quadrature(self) -> tuple[Array, Array]:
        required(self.direction)
        seen = self._seen
        cut = tokens_of(cut_at(self.arcs, seen.pole + seen.offset + math.pi), self.clouds)
        away = np.abs(cut.theta - seen.offset)
        return ascending(latitude_of_angle(np.minimum(away, 2 * np.pi - away)), cut.masses)

    def harmonics(self, degree: int) -> ComplexArray:
        seen = self._seen
        sums = seen.mass - seen.sums(max(degree, 1))[: degree + 1]
        return np.asarray(sums * np.exp(1j * seen.pole * np.arange(degree + 1)))

    def quadrature(self, degree: int) -> tuple[Array, Array]:
        natural("quadrature: received degree", degree)
        angles = self._seen.pole + self._seen.theta
        return on_circle(angles), self._seen.masses

    def cluster_centers(self) -> tuple[Array, Array]:
        """Return the centers of mass of the clusters and their masses."""
        angles = np.array([cloud.center + cloud.shift for cloud in self.clouds])
        return on_circle(angles), np.array([cloud.mass for cloud in self.clouds])

    @classmethod
    def packed(cls, densities: Sequence[Self]) -> tuple[Variable, ...]:
        """Return the tokens of the cells, then those of each cluster."""
        offset = "q of φ = c + e^{−η} q, c and η of the cluster"
        tokens, marks = "tokens of each cluster", "marks of clusters that have met without touching, in each"
        return (
            ragged("arc_angle", densities, lambda d: d.arcs.angle, "φ of the cells' tokens", units="rad"),
            ragged("log_density", densities, lambda d: d.arcs.log_density, "ln ρ at the tokens"),
            ragged("log_mass", densities, lambda d: d.arcs.log_mass, "ln dμ/dξ, ξ in [0, 1]"),
            regular("arcs", densities, lambda d: d.arcs.size, "number of cells"),
            regular("element_order", densities, lambda d: d.arcs.cell.element.order, "their degree"),
            regular("clusters", densities, lambda d: len(d.clouds), "number of clusters"),
            ragged("cluster_center", densities, _of("center"), "c", _CLUSTERS, units="rad"),
            ragged("cluster_contraction", densities, _of("contraction"), "η", _CLUSTERS),
            ragged("cluster_tokens", densities, _of("size"), tokens, _CLUSTERS),
            ragged("cluster_marks", densities, _of_marks, marks, _CLUSTERS),
            ragged("cluster_offset", densities, lambda d: _joined(d, "offsets"), offset, _OWN),
            ragged("cluster_mass", densities, lambda d: _joined(d, "masses"), "masses of the tokens", _OWN),
            ragged("mark_offset", densities, lambda d: _joined(d, "marks"), offset, _MARKS),
            ragged("mark_mass", densities, lambda d: _joined(d, "marked"), "masses of the clusters", _MARKS),
        )

    @classmethod
    def rebuilt(cls, stored: Stored) -> Self:
        with stored.readable("of several clusters on the circle"):
            count, clusters = (stored.integer(name) for name in ("arcs", "clusters"))
            cell = cell_of_order(stored.cell_order(), 1)
            angle, log_mass = (stored.field(name, (count, cell.size)) for name in ("arc_angle", "log_mass"))
            center, contraction, tokens, marks = (
                stored.field(f"cluster_{name}", (clusters,)) for name in ("center", "contraction", "tokens", "marks")
            )
            sizes = {"cluster_offset": tokens, "cluster_mass": tokens, "mark_offset": marks, "mark_mass": marks}
            parts = [
                np.split(stored.field(name, (int(size.sum()),)), np.cumsum(size).astype(int)[:-1])
                for name, size in sizes.items()
            ]
            clouds = tuple(
                ArcCloud(float(center[k]), float(contraction[k]), *(part[k] for part in parts)) for k in range(clusters)
            )
            return cls(Arcs(cell, angle, log_mass), clouds)


def _room(arcs: Arcs, cloud: ArcCloud) -> tuple[float, float]:
    """Return how far a cluster's center of mass is from the nearest cells, below and above: the cells hold the rest."""
    middle = cloud.center + cloud.shift
    below = np.mod(middle - arcs.borders[:, 1], 2 * np.pi)
    above = np.mod(arcs.borders[:, 0] - middle, 2 * np.pi)
    return min(np.pi, float(below.min(initial=np.pi))), min(np.pi, float(above.min(initial=np.pi)))


def _log_normal(cloud: ArcCloud, angles: Array, below: float, above: float) -> Array:
    """Ln of the cluster's mass times a normal density per dσ, cut off at the ends of its room."""
    away = angles - cloud.center - cloud.shift
    away -= 2 * np.pi * np.round(away / (2 * np.pi))
    spread = max(cloud.spread, float(np.finfo(float).tiny))
    with np.errstate(over="ignore"):
        left_out = ndtr(-np.divide(below, spread)) + ndtr(-np.divide(above, spread))
        level = math.log(cloud.mass * math.sqrt(2 * math.pi)) - math.log(spread) - math.log1p(-float(left_out))
        drawn = level - 0.5 * (away / spread) ** 2
    return np.where((-below <= away) & (away <= above), drawn, -np.inf)


def _of(name: str) -> Callable[[CircleClusterDensity], Array]:
    return lambda density: np.array([getattr(cloud, name) for cloud in density.clouds], dtype=float)


def _of_marks(density: CircleClusterDensity) -> Array:
    return np.array([cloud.marks.size for cloud in density.clouds], dtype=float)


def _joined(density: CircleClusterDensity, name: str) -> Array:
    return np.concatenate([np.zeros(0), *(getattr(cloud, name) for cloud in density.clouds)])
