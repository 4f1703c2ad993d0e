"""How clouds move under one identity head, in any dimension, with relative accuracy inside each cloud.

With sources y_j of mass m_j, f(x) = Σ_j m_j e^{β(<x, y_j> − 1)} and V(x) = Σ_j m_j e^{β(<x, y_j> − 1)} P_x y_j,

    X = V/f (softmax),     X = e^β V (none),

and inside a cloud of center c, whose tokens are x = c + δ, everything is a sum of terms that carry a factor δ:

    own sources:     P_x y_j = (δ_j − δ) + ½|δ_j − δ|² x
    other sources:   P_x y − P_c y = −δ <x, y> − c <δ, y>,   e^{β<x, y>} − e^{β<c, y>} = e^{β<c, y>} (e^{β<δ, y>} − 1).

The tangent offset r = P_c x obeys r' = ΔX + h X(c) − (<ΔX, c> + <r, X(c)>) c with ΔX = X(x) − X(c), h = 1 − <x, c>,
and the scaled one q = e^η r obeys q' = e^η r' + η' q, with η' such that Σ m |q|² stays (derived here).
"""

import math
from dataclasses import dataclass

import numpy as np

from kinetic.clusters.clouds import DEEPEST, Cloud, Clouds
from kinetic.symmetry import Symmetry
from kinetic.types import Array, Normalization


@dataclass(frozen=True, eq=False)
class Pull:
    """What acts on one cloud.

    Parameters
    ----------
    center : Array, shape (d,)
        X(c).
    relative : Array, shape (n, d)
        X(x) − X(c) of its tokens, in relative accuracy.
    partition : Array, shape (n,)
        f(x).
    divergence : Array, shape (n,)
        div X there.
    """

    center: Array
    relative: Array
    partition: Array
    divergence: Array

    def square(self, masses: Array) -> float:
        """Return Σ m |X|²."""
        return float(masses @ ((self.center + self.relative) ** 2).sum(axis=1))

    def power(self, masses: Array, beta: float, normalization: Normalization) -> float:
        """Return Σ m <F, X>, with F = Z X under softmax and F = X otherwise."""
        square = ((self.center + self.relative) ** 2).sum(axis=1)
        weights = masses * self.partition * math.exp(beta) if normalization == "softmax" else masses
        return float(weights @ square)


def pulls(clouds: tuple[Cloud, ...], beta: float, normalization: Normalization) -> list[Pull]:
    """Return what acts on each cloud.

    Cost
    ----
    The number of pairs of tokens.
    """
    return [_pull(index, clouds, beta, normalization) for index in range(len(clouds))]


def _pull(index: int, clouds: tuple[Cloud, ...], beta: float, normalization: Normalization) -> Pull:
    cloud = clouds[index]
    others = clouds[:index] + clouds[index + 1 :]
    at = np.concatenate([np.zeros((1, cloud.center.size)), cloud.steps])  # the center first
    inner = _own(at, cloud, beta)
    outer = _outer(at, cloud.center, others, beta)
    start = [inner.vector[0] + outer.vector[0], inner.weight[0] + outer.weight[0]]
    rise = inner.vector - inner.vector[0] + outer.rise_of_vector
    climb = inner.rise_of_weight + outer.rise_of_weight
    laplace = (inner.laplace + outer.laplace)[1:]
    weight = (start[1] + climb)[1:]
    if normalization == "none":
        scale = math.exp(beta)
        return Pull(scale * start[0], scale * rise[1:], weight, scale * laplace)
    center = start[0] / start[1]
    relative = (rise[1:] - np.outer(climb[1:], center)) / weight[:, None]
    velocity = center + relative
    return Pull(center, relative, weight, laplace / weight - beta * (velocity**2).sum(axis=1))


@dataclass(frozen=True, eq=False)
class _Sums:
    """Sums over sources at the center and at the tokens of a cloud, and their rises from the center on."""

    vector: Array
    rise_of_vector: Array
    weight: Array
    rise_of_weight: Array
    laplace: Array


def _own(at: Array, cloud: Cloud, beta: float) -> _Sums:
    """Sum over the tokens of the cloud itself."""
    apart = cloud.steps[None, :, :] - at[:, None, :]
    square = (apart**2).sum(axis=2)
    weights = cloud.masses * np.exp(-0.5 * beta * square)
    first = weights[0]
    x = cloud.center + at
    vector = np.einsum("ij,ijk->ik", weights, apart) + 0.5 * (weights * square).sum(axis=1)[:, None] * x
    rises = first * np.expm1(0.5 * beta * (square[0] - square))
    laplace = _laplace(weights, 1.0 - 0.5 * square, square * (1.0 - 0.25 * square), beta, at.shape[1])
    return _Sums(vector, vector - vector[0], weights.sum(axis=1), rises.sum(axis=1), laplace)


def _outer(at: Array, center: Array, others: tuple[Cloud, ...], beta: float) -> _Sums:
    """Sum over the tokens of all other clouds."""
    none = np.zeros(at.shape[0])
    if not others:
        return _Sums(np.zeros_like(at), np.zeros_like(at), none, none, none)
    y = np.concatenate([cloud.center + cloud.steps for cloud in others])
    masses = np.concatenate([cloud.masses for cloud in others])
    here = y @ center
    along = at @ y.T
    cosine = here + along
    base = masses * np.exp(beta * (here - 1.0))
    growth = base * np.expm1(beta * along)
    weights = base + growth
    tangent = y - np.outer(here, center)
    vector = base @ tangent
    rise = (
        growth @ tangent
        - (weights * cosine).sum(axis=1)[:, None] * at
        - (weights * along).sum(axis=1)[:, None] * center
    )
    laplace = _laplace(weights, cosine, 1.0 - cosine**2, beta, at.shape[1])
    return _Sums(vector + rise, rise, weights.sum(axis=1), growth.sum(axis=1), laplace)


def _laplace(weights: Array, cosine: Array, sine_squared: Array, beta: float, dimension: int) -> Array:
    """Return Σ w (β sin² − (d − 1) cos): the Laplacian of f, divided by β."""
    return np.asarray((weights * (beta * sine_squared - (dimension - 1) * cosine)).sum(axis=1))


def rate(
    state: Clouds, beta: float, normalization: Normalization, symmetry: Symmetry | None = None
) -> tuple[Array, float]:
    """Return the derivative of the state's vector, clusters moving as a symmetry has them, and ∫ |X|² dμ."""
    found = pulls(state.clouds, beta, normalization)
    still = [3 + state.dimension] * len(state.mergers)
    entropy = -sum(float(c.masses @ pull.divergence) for c, pull in zip(state.clouds, found, strict=True))
    power = sum(pull.power(c.masses, beta, normalization) for c, pull in zip(state.clouds, found, strict=True))
    parts = [np.array([1.0, entropy, power, 0.0]), np.zeros(sum(still))]
    kept = _kept(state.clouds, found, symmetry)
    for cloud, pull, more in zip(state.clouds, found, kept, strict=True):
        growth, offsets = contraction(cloud, pull)
        parts += [pull.center + more, np.array([growth]), offsets.ravel(), np.zeros(cloud.size)]
    square = sum(pull.square(c.masses) for c, pull in zip(state.clouds, found, strict=True))
    return np.concatenate(parts), square


def _kept(clouds: tuple[Cloud, ...], found: list[Pull], symmetry: Symmetry | None) -> Array:
    """Return what is added to the velocities of clusters, so that those of their means keep a symmetry."""
    if symmetry is None or symmetry.is_trivial:
        return np.zeros((len(clouds), clouds[0].center.size))
    means = np.stack([p.center + c.masses @ p.relative / c.mass for c, p in zip(clouds, found, strict=True)])
    return symmetry.average(np.stack([cloud.position for cloud in clouds]), means) - means


def contraction(cloud: Cloud, pull: Pull) -> tuple[float, Array]:
    """Return η' and q' of a cloud."""
    center, scale = cloud.center, math.exp(min(cloud.contraction, DEEPEST))
    q = cloud.tangents
    offsets = q / scale
    moved = pull.relative - np.outer(cloud.steps @ center, pull.center)
    moved = scale * (moved - np.outer(moved @ center + offsets @ pull.center, center))
    squares = (q**2).sum(axis=1)
    if not squares.any():
        return 0.0, np.zeros_like(moved)
    growth = -float(cloud.masses @ (q * moved).sum(axis=1)) / float(cloud.masses @ squares)
    return growth, moved + growth * q
