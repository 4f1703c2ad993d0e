"""What is measured on cells and clusters of the circle: sums over tokens, none below 0 that vanishes."""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kinetic.charts.elements import labels_of
from kinetic.clusters import Clusters
from kinetic.geometry import on_circle
from kinetic.mercator.circle.field import CircleField
from kinetic.mercator.circle.observing import energy_gap
from kinetic.mercator.circle.several.absorbing import Zeros, wrapped
from kinetic.mercator.circle.several.arcs import Arcs
from kinetic.mercator.circle.several.cloud import ArcCloud
from kinetic.mercator.circle.several.field import Potential, rises
from kinetic.mercator.circle.several.motion import Sight
from kinetic.mercator.circle.several.state import CircleClusterState
from kinetic.observables import View
from kinetic.types import Array, ComplexArray


@dataclass(frozen=True, eq=False)
class Seen:
    """All tokens seen from the center of the heaviest cluster.

    Parameters
    ----------
    pole : float
        Its angle.
    theta, masses : Array, shape (n,)
        Angles from it in [−π, π], relatively accurate for its own tokens.
    """

    pole: float
    theta: Array
    masses: Array

    @cached_property
    def mass(self) -> float:
        """Σ m."""
        return float(self.masses.sum())

    def sums(self, degree: int) -> ComplexArray:
        """Return D_l = Σ m (1 − e^{ilθ}), l = 0 … degree."""
        return np.asarray(-(rises(self.theta, degree) @ self.masses))

    @cached_property
    def spread(self) -> complex:
        """D_1."""
        return complex(self.sums(1)[1])

    @property
    def offset(self) -> float:
        """Angle ε of the mean direction from the pole, in relative accuracy."""
        return math.atan2(-self.spread.imag, self.mass - self.spread.real)

    @property
    def order(self) -> float:
        """R."""
        return abs(self.mass - self.spread)

    @property
    def deficit(self) -> float:
        """∫ (1 − cos) dμ about the mean direction."""
        return float(self.masses @ (2.0 * np.sin(0.5 * (self.theta - self.offset)) ** 2))

    @property
    def mean(self) -> Array:
        """∫ x dμ, shape (2,)."""
        angle = self.pole + self.offset
        return self.order * np.array([math.cos(angle), math.sin(angle)])


def heaviest(clouds: tuple[ArcCloud, ...]) -> ArcCloud | None:
    """Return the cluster of most mass, if there is one."""
    return max(clouds, key=lambda cloud: cloud.mass) if clouds else None


def seen_from(state: CircleClusterState) -> Seen:
    """Return all tokens of a state."""
    return tokens_of(state.arcs, state.clouds)


def tokens_of(arcs: Arcs, clouds: tuple[ArcCloud, ...]) -> Seen:
    """Return all tokens of cells and clusters."""
    first = heaviest(clouds)
    pole = first.center if first else float(arcs.angle.flat[0])
    theta = [wrapped(arcs.angle - pole).ravel()]
    theta += [c.angles if c is first else wrapped(c.center - pole + c.angles) for c in clouds]
    return Seen(pole, np.concatenate(theta), np.concatenate([arcs.masses.ravel(), *(c.masses for c in clouds)]))


def cut_at(arcs: Arcs, angle: float) -> Arcs:
    """Return the cells with the one that holds an angle cut there."""
    turns = np.round((arcs.borders.mean(axis=1) - angle) / (2 * np.pi))
    at = angle + 2 * np.pi * turns
    holds = (arcs.borders[:, 0] < at) & (at < arcs.borders[:, 1])
    if not holds.any():
        return arcs
    index, element = int(np.argmax(holds)), arcs.cell.element
    label = float(labels_of(element, arcs.angle[[index]], at[[index]])[0])
    parts = []
    for low, high in ((0.0, label), (label, 1.0)):
        if high > low:
            rows = element.tabulate(low + (high - low) * element.points)
            base = arcs.angle[index, 0]
            angles = base + rows @ (arcs.angle[index] - base)
            parts.append((angles, rows @ arcs.log_mass[index] + math.log(high - low)))
    others = np.arange(arcs.size) != index
    return Arcs(
        arcs.cell,
        np.concatenate([arcs.angle[others], np.stack([part[0] for part in parts])]),
        np.concatenate([arcs.log_mass[others], np.stack([part[1] for part in parts])]),
    )


def log_density_at(arcs: Arcs, angles: Array) -> Array:
    """Return ln ρ at angles that lie in cells, NaN elsewhere."""
    found = np.full(angles.shape, np.nan)
    middle = arcs.borders.mean(axis=1)
    for index in range(arcs.size):
        at = angles + 2 * np.pi * np.round((middle[index] - angles) / (2 * np.pi))
        inside = (arcs.borders[index, 0] <= at) & (at <= arcs.borders[index, 1])
        if inside.any():
            nodes = np.tile(arcs.angle[index], (int(inside.sum()), 1))
            rows = arcs.cell.element.tabulate(labels_of(arcs.cell.element, nodes, at[inside]))
            found[inside] = rows @ arcs.log_density[index]
    return found


def distance_to_dirac(arcs: Arcs, clouds: tuple[ArcCloud, ...]) -> float:
    """Return (∫ θ² dμ)^{1/2}, θ from the mean direction, the cell that holds its antipode cut there."""
    seen = tokens_of(arcs, clouds)
    direction = seen.pole + seen.offset
    parts = tokens_of(cut_at(arcs, direction + math.pi), clouds)
    away = parts.theta - seen.offset
    away = np.where(np.abs(away) > np.pi, wrapped(away), away)
    return math.sqrt(float(parts.masses @ away**2))


def clusters_of(state: CircleClusterState, potential: Potential) -> Clusters:
    """Return the clusters of a state: those that have met, without touching yet, one by one.

    What is in cells within r_c of a center belongs to its cluster.
    """
    zeros = Zeros.of(potential)
    rows = [row for cloud in state.clouds for row in _rows(_with_near(cloud, state.arcs, zeros), state.tail)]
    table = np.array(rows, dtype=float).reshape(-1, 3)
    position = on_circle(table[:, 0])
    followed = sum(cloud.mass for cloud in state.clouds)
    return Clusters.ordered(position, table[:, 1], table[:, 2], state.mergers, state.tail, followed)


def _with_near(cloud: ArcCloud, arcs: Arcs, zeros: Zeros) -> ArcCloud:
    """Return a cluster with the tokens of cells within its radius, cut there."""
    radius = zeros.radius(cloud.center)
    for side in (-radius, radius):
        arcs = cut_at(arcs, cloud.center + side) if arcs.size else arcs
    middle = np.abs(wrapped(arcs.borders.mean(axis=1) - cloud.center))
    near = arcs.kept(middle < radius)
    if near.size == 0 or cloud.marks.size:
        return cloud
    return cloud.with_tokens(wrapped(near.angle - cloud.center).ravel(), near.masses.ravel())


def _rows(cloud: ArcCloud, tail: float) -> list[tuple[float, float, float]]:
    """Return angle, mass and spread; the spread is not known once its square is below the tail that was left out."""
    if cloud.marks.size == 0:
        spread = cloud.spread
        known = cloud.mass * spread**2 >= tail
        return [(cloud.center + cloud.shift, cloud.mass, spread if known else math.nan)]
    nearest = np.argmin(np.abs(cloud.offsets[:, None] - cloud.marks), axis=1)
    scale, rows = math.exp(-cloud.contraction), []
    for k, mark in enumerate(cloud.marks):
        q, m = cloud.offsets[nearest == k], cloud.masses[nearest == k]
        spread = scale * math.sqrt(float(m @ (q - mark) ** 2) / float(m.sum())) if q.size else math.nan
        rows.append((cloud.center + mark * scale, float(cloud.marked[k]), spread))
    return rows


def spectral_tail(arcs: Arcs) -> float:
    """Return the share of the two highest modes of ln ρ in Σ_c m_c (1 + Σ_j a_cj²), m_c a cell's share of the mass."""
    if arcs.size == 0:
        return 0.0
    modes = (arcs.log_density @ arcs.cell.modes.T)[:, 1:] ** 2
    weights = arcs.masses.sum(axis=1)
    return float(weights @ modes[:, -2:].sum(axis=1) / (weights @ (1.0 + modes.sum(axis=1))))


def view_of(state: CircleClusterState, sight: Sight, field: CircleField) -> View:
    """Return what the chart sees of a state.

    Accuracy
    --------
    order_deficit, w2_to_dirac and energy_gap in relative accuracy once one cluster is left
    (tests/mercator/test_several.py), as long as the mass that was left out is far below them.
    """
    seen, potential = seen_from(state), sight.potential
    values = potential.at(seen.pole + seen.theta)[0]
    level = math.exp(potential.beta) / (2.0 * potential.beta) * float(seen.masses @ values)
    logs, first = state.arcs.log_density, heaviest(state.clouds)
    has_direction = seen.order > 0
    antipode = float(log_density_at(state.arcs, np.array([seen.pole + seen.offset + math.pi]))[0])
    return View(
        mass=state.mass,
        mean=seen.mean,
        order_deficit=seen.deficit,
        energy=level,
        energy_gap=energy_gap(field.heads, seen.sums(field.moment_degree), seen.mass),
        dissipation=sight.power,
        work=state.work,
        entropy=state.entropy + state.arcs.entropy,
        w2_to_dirac=distance_to_dirac(state.arcs, state.clouds) if has_direction else math.nan,
        log_antipode_density=antipode if has_direction else math.nan,
        log_minimum=float(logs.min()) if state.arcs.size else math.nan,
        spectral_tail=spectral_tail(state.arcs),
        boost=max(0.0, first.rescaled().contraction) if first else 0.0,
    )
