"""A measure of clouds: the questions a person asks of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Self

import numpy as np

from kinetic.charts.latitude import latitude_of_angle
from kinetic.clusters.clouds import Cloud, Clouds
from kinetic.clusters.clusters import Clusters, Merger
from kinetic.clusters.observing import Sight
from kinetic.density.common import required
from kinetic.density.packing import Stored, ragged, regular
from kinetic.density.tokens import MOMENTS, OfTokens, ascending
from kinetic.geometry import natural, numbers, on_sphere
from kinetic.special import gegenbauer
from kinetic.types import Array, ArrayLike
from kinetic.variable import Variable

_CLOUDS, _MEMBERS, _NUMBERS = ("time", "cloud"), ("time", "member"), ("time", "number")


@dataclass(frozen=True, eq=False)
class CloudDensity(OfTokens):
    """μ as clusters of tokens: it has moments and masses, and no values ρ that would mean something.

    Parameters
    ----------
    state : Clouds
    """

    state: Clouds
    body: ClassVar[str] = "clusters"

    @cached_property
    def sight(self) -> Sight:
        """All tokens."""
        return Sight.of(self.state.clouds)

    @property
    def dimension(self) -> int:
        """Ambient dimension d."""
        return self.state.dimension

    @property
    def mass(self) -> float:
        """∫ dμ."""
        return self.sight.mass

    @property
    def mean(self) -> Array:
        """∫ x dμ, shape (d,)."""
        return self.sight.mean

    @property
    def direction(self) -> Array | None:
        """The mean direction, or None where the mean is 0."""
        return self.mean / np.linalg.norm(self.mean) if self.sight.has_direction else None

    @property
    def clusters(self) -> Clusters:
        """The clusters."""
        return self.state.observed()

    def values(self, points: ArrayLike) -> Array:
        """Return NaN at points of shape (…, d): clusters have mass, and moments, but no values of a density."""
        return np.full(np.shape(points)[:-1], np.nan)

    def axial_quadrature(self) -> tuple[Array, Array]:
        """Return (y_i, p_i): latitudes y = ln tan(θ/2) about the mean direction, ascending, and the mass at each.

        Raises
        ------
        DomainError
            If there is no mean direction.
        """
        required(self.direction)
        return ascending(latitude_of_angle(self.sight.angles), self.sight.masses)

    def quadrature(self, degree: int) -> tuple[Array, Array]:
        """Return (x_i, m_i): unit vectors, shape (k, d), and their masses."""
        natural("quadrature: received degree", degree)
        return self.sight.center + self.sight.steps, self.sight.masses

    def moments(self, axis: ArrayLike | None = None, degree: int | None = None) -> Array:
        """Return M_l = ∫ P_l(<x, n>) dμ, l = 0 … degree (default 64), n a direction (default: of the mean)."""
        degree = MOMENTS if degree is None else degree
        if axis is not None:
            cosine = self.quadrature(degree)[0] @ on_sphere(numbers("axis", axis).reshape(-1), self.dimension)
        else:
            cosine = np.cos(self.sight.angles)
        return np.asarray(gegenbauer(degree, self.dimension, cosine) @ self.sight.masses)

    def grid(self) -> tuple[Array, Array]:
        """Return (centers of the clusters, NaN for each)."""
        centers = self.clusters.position
        return centers, self.values(centers)

    def cluster_centers(self) -> tuple[Array, Array]:
        """Return the centers of the clusters and their masses."""
        return self.clusters.position, self.clusters.mass

    @classmethod
    def packed(cls, densities: Sequence[Self]) -> tuple[Variable, ...]:
        """Return the clouds, the tokens of one after those of the other."""
        members = "tokens of each cluster; those of one cloud have met and not yet touched"
        past = "time, larger and smaller mass, and place of every merger, one after the other"
        offset = "q of x = c + e^{−η} q + O(e^{−2η}), component by component"
        return (
            ragged("token_share", densities, lambda d: _joined(d, "masses"), "mass of each token"),
            ragged("cloud_offsets", densities, lambda d: _joined(d, "offsets"), offset, _NUMBERS),
            ragged("cloud_centers", densities, _centers, "c, component by component", ("time", "coordinate")),
            ragged("cloud_contraction", densities, _contractions, "η: offsets are e^{−η} q", _CLOUDS),
            ragged("cloud_members", densities, _counts, "clusters in each cloud", _CLOUDS),
            ragged("member_tokens", densities, _sizes, members, _MEMBERS),
            ragged("past_mergers", densities, _mergers, past, ("time", "entry")),
            regular("mergers", densities, lambda d: len(d.state.mergers), "number of mergers"),
            regular("clouds", densities, lambda d: len(d.state.clouds), "number of clouds"),
            regular("cloud_time", densities, lambda d: d.state.time, "clock"),
            regular("cloud_entropy", densities, lambda d: d.state.entropy, "∫ ρ ln ρ dσ"),
            regular("cloud_work", densities, lambda d: d.state.work, "∫∫ <F, X> dμ dt"),
            regular("cloud_tail", densities, lambda d: d.state.tail, "mass that was left out"),
        )

    @classmethod
    def rebuilt(cls, stored: Stored) -> Self:
        """Return the density of one row."""
        with stored.readable("of clusters"):
            count = stored.integer("clouds", 1)
            counts = stored.field("cloud_members", (count,)).astype(int)
            sizes = stored.field("member_tokens", (int(counts.sum()),)).astype(int)
            total = int(sizes.sum())
            masses = stored.field("token_share", (total,))
            centers = stored.field("cloud_centers", (count, _dimension(stored, count)))
            offsets = stored.field("cloud_offsets", (total, centers.shape[1]))
            contractions = stored.field("cloud_contraction", (count,))
            clouds, at = [], 0
            for members, center, contraction in zip(
                np.split(sizes, np.cumsum(counts)[:-1]), centers, contractions, strict=True
            ):
                end = at + int(members.sum())
                own = tuple(int(size) for size in members)
                clouds.append(Cloud(center, float(contraction), offsets[at:end], masses[at:end], own))
                at = end
            past = stored.field("past_mergers", (stored.integer("mergers"), 3 + centers.shape[1]))
            mergers = tuple(Merger.of(entry) for entry in past)
            time, entropy, work, tail = (
                float(stored.row(f"cloud_{name}")) for name in ("time", "entropy", "work", "tail")
            )
            return cls(Clouds(tuple(clouds), time, entropy, work, tail, mergers))


def _joined(density: CloudDensity, name: str) -> Array:
    return np.concatenate([np.ravel(getattr(cloud, name)) for cloud in density.state.clouds])


def _centers(density: CloudDensity) -> Array:
    return np.concatenate([cloud.center for cloud in density.state.clouds])


def _contractions(density: CloudDensity) -> Array:
    return np.array([cloud.contraction for cloud in density.state.clouds])


def _counts(density: CloudDensity) -> Array:
    return np.array([len(sizes) for sizes in density.state.members], dtype=float)


def _sizes(density: CloudDensity) -> Array:
    return np.array([size for sizes in density.state.members for size in sizes], dtype=float)


def _mergers(density: CloudDensity) -> Array:
    return np.concatenate([np.zeros(0), *(merger.numbers for merger in density.state.mergers)])


def _dimension(stored: Stored, clouds: int) -> int:
    """Return the number of components of a center."""
    row = np.asarray(stored.row("cloud_centers"), dtype=float)
    return int(np.count_nonzero(np.isfinite(row))) // clouds
