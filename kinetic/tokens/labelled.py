"""Tokens with labels: positions in a row, each with what it sees, or rates at which they rotate.

Responsible for what a token's label makes of attention, pair by pair, and for labels and places to start from. Refuses
to know elements and rules of labels: it is the cross-check of both.
"""

from collections.abc import Iterator

import numpy as np

from kinetic.case import Case, Label
from kinetic.errors import DomainError
from kinetic.particles import TokenHead
from kinetic.record import Record
from kinetic.tokens.draw import draw
from kinetic.types import Array, Normalization

_BLOCK = 2**22  # pairs whose weights are held at once


def positions(count: int) -> Array:
    """Return s_j = j/N, j = 1 … N."""
    return np.arange(1, count + 1) / count


def draw_row(record: Record, case: Case, count: int, rng: np.random.Generator) -> Array:
    """Return tokens in the order of their positions, each drawn from the density there.

    Raises
    ------
    DomainError
        Where the initial density changes smoothly with the position.
    """
    label = case.label
    if label is None or label.slices is None or not label.has_positions:
        return draw(record.density(0), case, count, rng)
    s, first, found = positions(count), 0, []
    for stretch in label.slices:
        last = int(np.searchsorted(s, stretch.upto, side="right"))
        if last > first:
            begins = case.beginning_with(stretch.initial)
            found.append(draw(record.density(0).at(stretch.upto), begins, last - first, rng))
        first = last
    return np.concatenate(found)


def require_drawable(case: Case) -> None:
    """Refuse initial densities that are known by a profile alone."""
    if case.label is not None and case.label.perturbation is not None:
        raise DomainError(
            "tokens: label.perturbation: tokens are not drawn from densities that change smoothly with the position; "
            "give label.slices, or leave out --particles"
        )


def draw_rotations(label: Label, count: int, rng: np.random.Generator) -> Array:
    """Return the angular velocity of each token, shape (N, 3): its rate, drawn from the law, times its axis."""
    rates = _drawn_rates(label, count, rng)[:, None]
    if label.axes is None:
        return np.asarray(rates * np.array([0.0, 0.0, 1.0]))
    axes = rng.standard_normal((count, 3))
    return np.asarray(rates * axes / np.linalg.norm(axes, axis=1, keepdims=True))


def _drawn_rates(label: Label, count: int, rng: np.random.Generator) -> Array:
    if label.law == "table":
        shares = np.ones(len(label.rates or ())) if label.weights is None else np.array(label.weights)
        return rng.choice(np.array(label.rates), size=count, p=shares / shares.sum())
    width = label.scale or 0.0
    draws = {
        "lorentz": lambda: rng.standard_cauchy(count),
        "gauss": lambda: rng.standard_normal(count),
        "uniform": lambda: rng.uniform(-1.0, 1.0, count),
    }
    return np.asarray(label.center + width * draws[str(label.law)]())


def rotated(points: Array, angles: Array) -> Array:
    """Return points of circle or sphere turned by rotation vectors of their own, shape (N, 3)."""
    angle = np.linalg.norm(angles, axis=1, keepdims=True)
    axis = angles / np.where(angle > 0, angle, 1.0)
    x = np.zeros_like(axis)
    x[:, : points.shape[1]] = points
    along = np.vecdot(axis, x)[:, None] * axis
    turned = along + np.cos(angle) * (x - along) + np.sin(angle) * np.cross(axis, x)
    return np.ascontiguousarray(turned[:, : points.shape[1]])


def masked_attention(directions: Array, label: Label, head: TokenHead, normalization: Normalization) -> Array:
    """Return what every token of a row is told by those that it sees, itself among them, shape (N, d).

    Raises
    ------
    DomainError
        For a kernel other than e^{βt}.

    **Cost** N² d.
    """
    if head.weight is not None:
        raise DomainError(
            'tokens: attention.kernel: received another than "exponential", under which alone tokens in a row are '
            "moved; compare without --particles"
        )
    result = np.empty_like(directions)
    for rows, weights in _sight(label, len(directions)):
        scores = head.beta * (directions[rows] @ directions.T)
        if normalization == "softmax":
            scores -= np.max(np.where(weights > 0, scores, -np.inf), axis=1, keepdims=True)
        kernel = np.exp(np.where(weights > 0, scores, 0.0)) * weights
        told = kernel @ directions
        result[rows] = told / kernel.sum(axis=1, keepdims=True) if normalization == "softmax" else told
    return result


def _sight(label: Label, count: int) -> Iterator[tuple[slice, Array]]:
    """Yield blocks of rows and the weights with which their tokens see all others, each row of sum one."""
    s, step = positions(count), max(1, _BLOCK // count)
    for first in range(0, count, step):
        rows = slice(first, min(first + step, count))
        back = s[rows, None] - s
        seen = back >= 0
        if label.kind == "window":
            seen &= back < float(label.width or 1.0) - 0.5 / count
        weights = np.where(seen, np.exp(-label.decay * np.maximum(back, 0.0)), 0.0)
        yield rows, weights / weights.sum(axis=1, keepdims=True)
