"""A cluster of the circle: few tokens relative to a material point, with the moments of all that has arrived.

Tokens are at φ = c + r, r = e^{−η} q, and η follows the contraction at c (η' = −X'(c)), so that q stands still once the
cluster is narrow: its motion is not stiff, and spreads of 1e-200 are as accurate as those of 1.

What has arrived is kept by shells r_c 4^{−k−1} < |r| ≤ r_c 4^{−k}, one on each side: of every shell n_k tokens, the
Gauss rule of its own measure. The field is analytic up to the point that repels, at least 4 r_c away, and a Gauss rule
of n tokens on a shell errs there by ϱ^{−2n}, ϱ = 18, 82, 330, … the sum of the half-axes of the ellipse of analyticity
relative to the shell: n_k = 6, 4, 3, 2, 2, … leave 1e-15 (derived here). Each shell keeps its own mass, mean, second
and third moments, so that the spread is a sum of positive parts, each in relative accuracy, whatever the tail. What is
below r_c 4^{−8} is one pair of tokens.
"""

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.linalg import eigh_tridiagonal

from kinetic.clusters.clouds import DEEPEST
from kinetic.types import Array, Integers

NODES = (6, 4, 3, 2)
"""Tokens of a shell, from the outermost inwards; the last number is that of all further ones."""

INNERMOST = 8
"""Shells beyond that are one."""

_FACTOR = 4.0


@dataclass(frozen=True, eq=False)
class ArcCloud:
    """Tokens of a cluster.

    Parameters
    ----------
    center : float
        Angle of c.
    contraction : float
        η.
    offsets, masses : Array, shape (n,)
        q and m.
    marks, marked : Array, shape (k,)
        q of the centers, and the masses, of the clusters that have met here without touching yet; none if one has.
    """

    center: float
    contraction: float
    offsets: Array
    masses: Array
    marks: Array
    marked: Array

    @property
    def size(self) -> int:
        """Number of tokens."""
        return int(self.masses.size)

    @cached_property
    def mass(self) -> float:
        """Σ m."""
        return float(self.masses.sum())

    @cached_property
    def angles(self) -> Array:
        """R of every token; η counts up to `DEEPEST`, beyond which only its square could tell."""
        return np.asarray(self.offsets * math.exp(-min(self.contraction, DEEPEST)))

    @property
    def shift(self) -> float:
        """Mean of r."""
        return float(self.masses @ self.angles) / self.mass

    @property
    def spread(self) -> float:
        """Root of the mean square of r about its mean, in relative accuracy."""
        height = math.exp(-max(self.contraction - DEEPEST, 0.0))
        return height * math.sqrt(float(self.masses @ (self.angles - self.shift) ** 2) / self.mass)

    def recentered(self) -> "ArcCloud":
        """Return the cloud about its center of mass."""
        mean = float(self.masses @ self.offsets) / self.mass
        center = self.center + mean * math.exp(-self.contraction)
        return replace(self, center=center, offsets=self.offsets - mean, marks=self.marks - mean)

    def rescaled(self) -> "ArcCloud":
        """Return the cloud with η such that the largest |q| is 1."""
        largest = float(np.abs(self.offsets).max())
        if largest == 0.0:
            return self
        offsets, marks = self.offsets / largest, self.marks / largest
        return replace(self, contraction=self.contraction - math.log(largest), offsets=offsets, marks=marks)

    def with_tokens(self, angles: Array, masses: Array) -> "ArcCloud":
        """Return the cloud with more tokens, at r."""
        offsets = np.concatenate([self.offsets, angles * math.exp(self.contraction)])
        return replace(self, offsets=offsets, masses=np.concatenate([self.masses, masses]))

    def compressed(self, radius: float) -> "ArcCloud":
        """Return the cloud with few tokens a shell, r_c the radius; itself where it has few already."""
        scale = radius * math.exp(min(self.contraction, 2 * DEEPEST))
        shells = _shells(self.offsets / scale)
        there = self.masses > 0  # far tails of narrow bumps are below the smallest number
        offsets, masses, changed = [], [], False
        for shell in np.unique(shells):
            chosen = shells == shell
            count = 2 if shell == 0 else NODES[min(abs(int(shell)) - 1, len(NODES) - 1)]
            q, m = self.offsets[chosen], self.masses[chosen]
            if q.size > count:
                q, m = gauss(q[there[chosen]], m[there[chosen]], count)
                changed = True
            offsets.append(q)
            masses.append(m)
        if not changed:
            return self
        return replace(self, offsets=np.concatenate(offsets), masses=np.concatenate(masses))


def _shells(ratio: Array) -> Integers:
    """Return ±(k + 1) for tokens of shell k on either side, 0 for the innermost."""
    with np.errstate(divide="ignore"):
        depth = np.floor(-np.log(np.abs(ratio)) / math.log(_FACTOR))
    depth = np.clip(depth, 0, INNERMOST)
    return np.where(depth >= INNERMOST, 0, np.sign(ratio) * (depth + 1)).astype(np.int64)


def gauss(points: Array, masses: Array, count: int) -> tuple[Array, Array]:
    """Return the Gauss rule of a discrete measure: `count` tokens with the same moments up to degree 2 count − 1.

    No token may be without mass; a measure of no more tokens is its own rule.
    """
    if points.size <= count:
        return points, masses
    if count == 2:
        return _pair(points, masses)
    middle, size = 0.5 * (points.max() + points.min()), 0.5 * (points.max() - points.min())
    if size == 0.0:
        return points[:1], masses.sum(keepdims=True)
    x, total = (points - middle) / size, float(masses.sum())
    weights = masses / total
    before, here = np.zeros_like(x), np.ones_like(x)
    diagonal, beside = np.zeros(count), np.zeros(count)
    for k in range(count):
        norm = float(weights @ here**2)
        if norm == 0.0:  # the other tokens hold less than a share of the smallest number
            diagonal, beside = diagonal[:k], beside[:k]
            break
        beside[k] = math.sqrt(norm)
        here = here / beside[k]
        diagonal[k] = float(weights @ (x * here**2))
        before, here = here, (x - diagonal[k]) * here - beside[k] * before * (k > 0)
    nodes, vectors = eigh_tridiagonal(diagonal, beside[1:])
    return middle + size * nodes, total * vectors[0] ** 2


def _pair(points: Array, masses: Array) -> tuple[Array, Array]:
    """Two tokens with the mass, the mean, the second and the third moment, each in relative accuracy."""
    total = float(masses.sum())
    mean = float(masses @ points) / total
    apart = points - mean
    size = float(np.abs(apart).max())
    if size == 0.0:
        return np.array([mean]), np.array([total])
    y = apart / size
    deviation = math.sqrt(float(masses @ y**2) / total)
    if deviation == 0.0:
        return np.array([mean]), np.array([total])
    y /= deviation
    skewness = float((masses * y) @ y**2) / total  # powers of the deviation alone may underflow
    long = 0.5 * abs(skewness) + math.hypot(0.5 * skewness, 1.0)
    nodes = math.copysign(1.0, skewness) * np.array([long, -1.0 / long])
    shares = np.array([1.0, long**2]) / (1.0 + long**2)
    return mean + size * deviation * nodes, total * shares


def united(first: ArcCloud, second: ArcCloud) -> ArcCloud:
    """Return one cloud of two, about their common center of mass, with marks where each was."""
    places = np.array([first.center, second.center])
    places[1] -= 2 * math.pi * round((places[1] - places[0]) / (2 * math.pi))
    inner = [cloud.angles for cloud in (first, second)]
    totals = np.array([first.mass, second.mass])
    apart = places - places[0]
    means = apart + np.array([first.shift, second.shift])
    center = float(totals @ means) / float(totals.sum())
    r = np.concatenate([a - center + part for a, part in zip(apart, inner, strict=True)])
    marks, marked = [], []
    for cloud, at in zip((first, second), apart - center, strict=True):
        known = cloud.marks * math.exp(-cloud.contraction) if cloud.marks.size else np.array([cloud.shift])
        marks.append(at + known)
        marked.append(cloud.marked if cloud.marks.size else np.array([cloud.mass]))
    scale = float(np.abs(r).max())
    return ArcCloud(
        float(places[0] + center),
        -math.log(scale),
        r / scale,
        np.concatenate([first.masses, second.masses]),
        np.concatenate(marks) / scale,
        np.concatenate(marked),
    )
