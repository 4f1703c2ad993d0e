"""Clouds: the tokens of each cluster, relative to a material point inside it and scaled as the cluster contracts.

A cloud is a center c on the sphere, moved as a token, and tokens x = c √(1 − |r|²) + r at tangent offsets r = e^{−η} q.
η follows the contraction of the cloud's own spread, so that the q stay of the size they had: a cluster of width 1e-200
is as accurate, relatively, as one of width one, and nothing about it is stiff. Clusters that meet become one cloud
with the tokens of both: two points 1e-15 apart have a relative distance.

The module knows tokens and the vector that holds them; it knows no attention and no time.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from kinetic.clusters.clusters import Clusters, Merger
from kinetic.geometry import chord_angle
from kinetic.types import Array

DEEPEST = 300.0
"""η beyond which offsets enter as at 300: there the motion of q is that of the linear law to every digit."""


@dataclass(frozen=True, eq=False)
class Cloud:
    """The tokens of one cluster.

    Parameters
    ----------
    center : Array, shape (d,)
        c, a unit vector.
    contraction : float
        η.
    offsets : Array, shape (n, d)
        q, tangent at c.
    masses : Array, shape (n,)
    members : tuple of int
        How many of the tokens, in order, belong to each of the clusters that have met here without touching yet.
    """

    center: Array
    contraction: float
    offsets: Array
    masses: Array
    members: tuple[int, ...] = ()

    @cached_property
    def steps(self) -> Array:
        """x − c of every token, in relative accuracy, shape (n, d); η counts up to `DEEPEST`."""
        return chords(self.center, self.tangents * np.exp(-min(self.contraction, DEEPEST)))

    @cached_property
    def tangents(self) -> Array:
        """q without the component along c that steps have left in it, shape (n, d)."""
        return np.asarray(self.offsets - np.outer(self.offsets @ self.center, self.center))

    @property
    def parts(self) -> "tuple[Cloud, ...]":
        """The clusters in it, about the same center."""
        if len(self.members) < 2:
            return (self,)
        ends = np.cumsum(self.members)
        return tuple(
            Cloud(self.center, self.contraction, self.offsets[end - size : end], self.masses[end - size : end])
            for size, end in zip(self.members, ends, strict=True)
        )

    @property
    def mass(self) -> float:
        """Σ m."""
        return float(self.masses.sum())

    @property
    def size(self) -> int:
        """Number of tokens."""
        return int(self.masses.size)

    @property
    def radius(self) -> float:
        """Largest |r|; 0 where it is less than floating point holds."""
        return float(np.exp(-self.contraction) * np.sqrt((self.offsets**2).sum(axis=1).max(initial=0.0)))

    @property
    def spread(self) -> float:
        """Root-mean-square angle of the tokens about their center of mass, in relative accuracy."""
        apart = self.steps - self.shift
        height = float(np.exp(-max(self.contraction - DEEPEST, 0.0)))
        angles = chord_angle(np.sqrt((apart**2).sum(axis=1)))
        return height * float(np.sqrt(self.masses @ angles**2 / self.mass))

    @property
    def position(self) -> Array:
        """Direction of the center of mass, a unit vector."""
        mean = self.center + self.shift
        return np.asarray(mean / np.linalg.norm(mean))

    @property
    def shift(self) -> Array:
        """Center of mass minus c, in relative accuracy, shape (d,)."""
        return np.asarray(self.masses @ self.steps / self.mass)

    def about(self, center: Array, shift: Array) -> "Cloud":
        """Return the cloud seen from another center, offsets at η = 0.

        Parameters
        ----------
        center : Array, shape (d,)
        shift : Array, shape (d,)
            The old center minus the new one, as accurately as the caller knows it.
        """
        steps = shift + self.steps
        offsets = steps - np.outer(steps @ center, center)
        return replace(self, center=center, contraction=0.0, offsets=offsets)

    def moved(self, step: Array) -> "Cloud":
        """Return the cloud carried along by a small step, its tokens with it."""
        center = self.center + step
        center = center / np.linalg.norm(center)
        return replace(self, center=center, offsets=self.offsets - np.outer(self.offsets @ center, center))

    def scaled(self) -> "Cloud":
        """Return the cloud with η chosen so that Σ m |q|² = Σ m."""
        square = float(self.masses @ (self.offsets**2).sum(axis=1)) / self.mass
        if square == 0.0:
            return self
        factor = np.sqrt(square)
        return replace(self, contraction=self.contraction - float(np.log(factor)), offsets=self.offsets / factor)


def chords(center: Array, offsets: Array) -> Array:
    """Return x − c of tokens at tangent offsets r, shape (n, d): r − c (1 − √(1 − |r|²))."""
    square = (offsets**2).sum(axis=1)
    return np.asarray(offsets - np.outer(square / (1.0 + np.sqrt(1.0 - square)), center))


def united(clouds: Sequence[Cloud]) -> Cloud:
    """Return one cloud with the tokens of several, about their common center of mass, each still a member."""
    masses = np.array([cloud.mass for cloud in clouds])
    places = np.stack([cloud.position for cloud in clouds])
    mean = masses @ places
    center = mean / np.linalg.norm(mean)
    parts = [cloud.about(center, cloud.center - center) for cloud in clouds]
    offsets, masses = (np.concatenate([getattr(part, name) for part in parts]) for name in ("offsets", "masses"))
    members = tuple(size for part in parts for size in (part.members or (part.size,)))
    return Cloud(center, 0.0, offsets, masses, members).scaled()


def reduced(cloud: Cloud) -> Cloud:
    """Return a cloud of few tokens with the same mass, mean and second moments: two for each direction it extends in.

    Exact where the law of motion is linear across the cloud: otherwise relative errors of the order of its radius.
    """
    mean = cloud.masses @ cloud.offsets / cloud.mass
    apart = (cloud.offsets - mean) * np.sqrt(cloud.masses / cloud.mass)[:, None]
    _, sizes, axes = np.linalg.svd(apart, full_matrices=False)
    kept = sizes > 1e-12 * sizes.max(initial=0.0)
    rank = int(np.count_nonzero(kept))
    if rank == 0 or 2 * rank >= cloud.size:
        return cloud
    arms = np.sqrt(rank) * sizes[kept, None] * axes[kept]
    offsets = mean + np.concatenate([arms, -arms])
    return replace(cloud, offsets=offsets, masses=np.full(2 * rank, cloud.mass / (2 * rank)), members=())


@dataclass(frozen=True, eq=False)
class Clouds:
    """All clusters, with what a run remembers.

    Parameters
    ----------
    clouds : tuple of Cloud
    time : float
        The clock that runs beside the state.
    entropy : float
        ∫ ρ ln ρ dσ of the density whose tokens these are.
    work : float
        ∫ ∫ <F, X> dμ dt since the start.
    tail : float
        Mass that was left out, or that is in the clouds though it was not resolved where it came from.
    mergers : tuple of Merger
    """

    clouds: tuple[Cloud, ...]
    time: float = 0.0
    entropy: float = 0.0
    work: float = 0.0
    tail: float = 0.0
    mergers: tuple[Merger, ...] = ()

    @property
    def dimension(self) -> int:
        """Ambient dimension d."""
        return int(self.clouds[0].center.size)

    def vector(self) -> Array:
        """Return the vector that steppers see."""
        parts = [np.array([self.time, self.entropy, self.work, self.tail])]
        for merger in self.mergers:
            parts.append(merger.numbers)
        for cloud in self.clouds:
            parts += [cloud.center, np.array([cloud.contraction]), cloud.offsets.ravel(), cloud.masses]
        return np.concatenate(parts)

    @classmethod
    def of(cls, vector: Array, dimension: int, members: Sequence[Sequence[int]], mergers: int) -> "Clouds":
        """Return the clouds that a vector holds, with so many tokens in each member of each.

        Centers are brought back to the sphere: the pull of what lies beyond a right angle would carry them off it.
        """
        time, entropy, work, tail = (float(number) for number in vector[:4])
        at = 4
        past = []
        for _ in range(mergers):
            past.append(Merger.of(vector[at : at + 3 + dimension]))
            at += 3 + dimension
        clouds = []
        for sizes in members:
            size = sum(sizes)
            center, eta = vector[at : at + dimension], float(vector[at + dimension])
            center = center / np.linalg.norm(center)
            at += dimension + 1
            offsets = vector[at : at + size * dimension].reshape(size, dimension)
            at += size * dimension
            clouds.append(Cloud(center, eta, offsets, vector[at : at + size], tuple(sizes)))
            at += size
        return cls(tuple(clouds), time, entropy, work, tail, tuple(past))

    @property
    def members(self) -> tuple[tuple[int, ...], ...]:
        """Tokens in each member of each cloud."""
        return tuple(cloud.members or (cloud.size,) for cloud in self.clouds)

    def observed(self) -> Clusters:
        """Return the clusters: the members of all clouds."""
        parts = [part for cloud in self.clouds for part in cloud.parts]
        return Clusters.ordered(
            np.stack([part.position for part in parts]),
            np.array([part.mass for part in parts]),
            np.array([part.spread for part in parts]),
            self.mergers,
            self.tail,
            sum(part.mass for part in parts),
        )
