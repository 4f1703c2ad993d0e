"""Tokens in a row at β = 0, each attending to those before it: every position moves by the Möbius group.

Responsible for that motion under the causal mask with any decay λ, for initial data that are the same along stretches
of positions, and for the time at which uniform data hear of a prefix. Knows nothing of β ≠ 0.

**Derived here.** At β = 0 the token at s has x′ = H − <H,x>x with H(t, s) = ∫ k(s, s') m(t, s') ds', m the mean at s'.
This is the field of a boost whatever H is, so that f(t, s) is the image of f(0, s) under a boost and a rotation. With
u = (e^{λs} − 1)/λ (s at λ = 0), H = (1/u) ∫ m du: λ is a change of the variable s. In the first stretch H = m. Beyond,
u is logarithmic, and ∫ m du is taken on the panels of a Gauss–Legendre rule in ln u.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.optimize import brentq

from kinetic.theory import many_boosts
from kinetic.theory.causal import log_ratio
from kinetic.theory.domain import increasing_times, normalized_masses, require_between
from kinetic.theory.statement import statement
from kinetic.theory.trajectory import solution_at
from kinetic.types import Array, ArrayLike

SOURCE = "derived here; Möbius reduction of arXiv:1907.07150 and arXiv:1809.00783"
_NODES = 12
_LONGEST = 1.0  # panels in ln u


@dataclass(frozen=True)
class Stretch:
    """Positions up to `upto` that begin with one measure: weighted unit vectors, shapes (k, d) and (k,)."""

    upto: float
    points: Array
    masses: Array


@dataclass(frozen=True)
class _Panel:
    """Nodes in Y = ln(u/u_0), and the matrix of ∫ m e^Y dY from its beginning to each node, and to its end."""

    nodes: Array
    matrix: Array  # the last row: up to the end
    start: float
    end: float


def _panel(start: float, end: float, nodes: Array | None = None) -> _Panel:
    """Return a panel; values of m are known at Gauss's nodes."""
    unit, _ = np.polynomial.legendre.leggauss(_NODES)
    half, middle = 0.5 * (end - start), 0.5 * (end + start)
    own = middle + half * unit
    to_modes = np.linalg.inv(np.polynomial.legendre.legvander(unit, _NODES - 1))
    fine, weights = np.polynomial.legendre.leggauss(2 * _NODES)
    rows = []
    for last in (*(own if nodes is None else nodes), end):
        length = 0.5 * (last - start)
        at = start + length * (fine + 1)
        modes = np.polynomial.legendre.legvander((at - middle) / half, _NODES - 1)
        rows.append((length * weights * np.exp(at)) @ modes @ to_modes)
    return _Panel(own if nodes is None else nodes, np.array(rows), start, end)


@statement("derived", SOURCE, "β = 0: every position is moved by a boost and a rotation")
def masked_means(stretches: Sequence[Stretch], decay: float, times: ArrayLike, positions: ArrayLike) -> Array:
    """Return the mean at some positions, shape (n, k, d).

    Parameters
    ----------
    stretches : sequence of Stretch
        In the order of `upto`, the last of which is 1.
    decay : float
        λ ≥ 0.
    positions : array_like, shape (k,)
        In (0, 1].

    Returns
    -------
    ndarray
        m(t_i, s_j).

    **Accuracy** 1e-11 for the given measures. **Cost** Some twelve images of a measure for each unit of ln u and step.
    """
    asked = np.atleast_1d(np.asarray(positions, dtype=np.float64))
    for position in asked:
        require_between("position", float(position), 0.0, math.nextafter(1.0, 2.0))
    first, d = stretches[0].upto, stretches[0].points.shape[1]
    panels: list[tuple[_Panel, int]] = []
    for i, stretch in enumerate(stretches[1:], start=1):
        ends = log_ratio(np.array([stretches[i - 1].upto, stretch.upto]), first, decay)
        corners = np.linspace(ends[0], ends[1], 1 + math.ceil((ends[1] - ends[0]) / _LONGEST))
        panels += [(_panel(a, b), i) for a, b in pairwise(corners)]
    own = np.array([0, *(i for panel, i in panels for _ in panel.nodes)])
    asked_y = log_ratio(np.maximum(asked, first), first, decay)
    owners = np.append(own, np.searchsorted([stretch.upto for stretch in stretches], asked))
    clouds = [(stretch.points, normalized_masses(stretch.masses, len(stretch.points))) for stretch in stretches]
    felt = _felt_matrix([panel for panel, _ in panels], asked_y)

    def means(momenta: Array, turns: Array) -> Array:
        result = np.empty_like(momenta)
        for i, (points, masses) in enumerate(clouds):
            result[owners == i] = many_boosts.moved_means(momenta[owners == i], turns[owners == i], points, masses)
        return result

    def rates(_: float, flat: Array) -> Array:
        momenta, turns = many_boosts.split(flat, d)
        return many_boosts.driven(momenta, turns, felt @ means(momenta, turns)[: own.size])

    start = many_boosts.at_rest(owners.size, d)
    found = solution_at(rates, start, increasing_times(times))
    return np.array([means(*many_boosts.split(flat, d))[own.size :] for flat in found])


def _felt_matrix(panels: Sequence[_Panel], asked: Array) -> Array:
    """Return the matrix from m at the nodes, in the first stretch before all, to H there and where it is asked for."""
    size = 1 + sum(panel.nodes.size for panel in panels)
    total, before = np.zeros(size), 1
    total[0] = 1.0  # ∫ m du/u_0 over the first stretch
    rows, late = [total.copy()], [total.copy() for _ in asked]
    for panel in panels:
        columns = slice(before, before + panel.nodes.size)
        for matrix_row, y in zip(panel.matrix[:-1], panel.nodes, strict=True):
            row = total.copy()
            row[columns] += matrix_row
            rows.append(row * math.exp(-y))
        inside = np.flatnonzero((asked > panel.start) & (asked <= panel.end))
        for i, matrix_row in zip(inside, _panel(panel.start, panel.end, asked[inside]).matrix, strict=False):
            row = total.copy()
            row[columns] += matrix_row
            late[i] = row * math.exp(-float(asked[i]))
        total[columns] += panel.matrix[-1]
        before += panel.nodes.size
    return np.array(rows + late)


@statement("derived", SOURCE, "β = 0, d = 2: uniform data behind a Dirac prefix reach R = ½")
def prefix_front(ratio: float, order: float = 0.5) -> float:
    """Return the time at which uniform data at Y = ln(u/u_0) behind a Dirac prefix that ends at u_0 reach R = order.

    On the circle the uniform density under a boost of rapidity y has R = tanh(y/2), so that with y_t = H

        H_Y + H = tanh(y/2),   y_t(t, 0) = 1,   y(0, Y) = 0;

    far behind the prefix hears of it at t = Y/2 + O(ln Y).

    Parameters
    ----------
    ratio : float
        Y > 0; at λ = 0 it is ln(s/s_0).
    order : float
        R in (0, 1).

    **Accuracy** 1e-10.
    """
    require_between("ratio", ratio, 0.0, 100.0)
    require_between("order", order, 0.0, 1.0)
    corners = np.linspace(0.0, ratio, 1 + math.ceil(ratio / _LONGEST))
    panels = [_panel(a, b) for a, b in pairwise(corners)]
    felt = _felt_matrix(panels, np.array([ratio]))[1:]

    def rates(_: float, rapidities: Array) -> Array:
        return np.asarray(felt @ np.append(1.0, np.tanh(0.5 * rapidities[:-1])))

    def beyond(time: float) -> float:
        found = solution_at(rates, np.zeros(felt.shape[0]), [time])[0, -1]
        return float(found) - 2 * math.atanh(order)

    latest = 1.0 + ratio + 4 * math.atanh(order)
    while beyond(latest) < 0:
        latest *= 2
    return float(brentq(beyond, 0.0, latest, xtol=1e-11))
