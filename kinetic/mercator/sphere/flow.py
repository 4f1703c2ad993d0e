"""A density on the sphere moved by its own attention, on cells of its tokens."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from kinetic.attention.attracting import LARGEST
from kinetic.charts import pose as poses
from kinetic.charts.patches import Cell, cell_of_order
from kinetic.clusters import Clusters
from kinetic.clusters.of_tokens import clusters_of
from kinetic.clusters.telling import with_spread_at
from kinetic.errors import Blowup, Unresolved
from kinetic.mercator.sphere.density import SphereMercatorDensity
from kinetic.mercator.sphere.field import IdentityHead, SphereAttention, SphereField
from kinetic.mercator.sphere.observing import view_of
from kinetic.mercator.sphere.resolution import (
    LARGEST_MESH,
    SphereCriterion,
    quadrature_changes,
    refined,
)
from kinetic.mercator.sphere.state import SphereState
from kinetic.mercator.sphere.tables import SphereTokens
from kinetic.mercator.sphere.tail import TailFlow, handed_over, is_tail
from kinetic.observables import Observation, row
from kinetic.pieces import Pieces
from kinetic.trust import MASS_BOUND, RESOLVED_CHANGE
from kinetic.types import Array


@dataclass(frozen=True)
class SphereMercatorFlow:
    """A density without symmetry on cells about a pole, both moved by the density's own attention.

    Parameters
    ----------
    attention : SphereAttention
    criterion : SphereCriterion
        When cells are halved.
    cells, near, cell_order : int
        Number of cells in the state, how many of them are near the pole, and their polynomial degree.
    pieces : Pieces, optional
        The attention by time, where it changes.
    """

    attention: SphereAttention
    criterion: SphereCriterion
    cells: int
    near: int
    cell_order: int
    pieces: Pieces[SphereAttention] | None = None

    def acting(self, time: float) -> SphereAttention:
        """Return the attention of a time."""
        return self.attention if self.pieces is None else self.pieces.at(time)

    def after(self, time: float) -> "SphereMercatorFlow":
        """Return the flow of the piece that begins at a knot."""
        return self if self.pieces is None else replace(self, pieces=self.pieces.after(time))

    def crossed(self, time: float, state: Array) -> Array:
        """Return the state beyond a knot: the work gains what the energy gains where weights jump."""
        now = self.state_of(state)
        tokens = tokens_of(now)
        before, beyond = self.acting(time), self.after(time).acting(time)
        gain = beyond.energies(tokens)[0] - before.energies(tokens)[0]
        return replace(now, work=now.work + gain).vector()

    @property
    def cell(self) -> Cell:
        """The reference cell."""
        return cell_of_order(self.cell_order, 2)

    def state_of(self, vector: Array) -> SphereState:
        """Return the state that a vector holds."""
        return SphereState.of(vector, self.cell, self.near)

    def __call__(self, time: float, state: Array) -> Array:
        """Return the rates of S, g, h, of the frame, and of the work."""
        return self.traced(time, state)[0]

    def traced(self, time: float, state: Array) -> tuple[Array, float]:
        """Return the same, and ∫ |X|² dμ."""
        now = self.state_of(state)
        cells = now.cells
        tokens = tokens_of(now)
        field = self.acting(time).field(tokens)
        size, near = cells.sizes.ravel(), cells.near * cells.cell.size
        count = size.size
        growth, rate = field.climb.copy(), np.empty(state.size)
        growth[:near] += field.contraction
        np.negative(growth[near:], out=growth[near:])
        growth *= cells.slopes.ravel()
        turn = size * field.turn
        rate[:count] = tokens.cosine * growth - tokens.sine * turn
        rate[count : 2 * count] = tokens.cosine * turn + tokens.sine * growth
        density = rate[2 * count : 3 * count]
        density[:] = field.gathering
        density[:near] -= 2.0 * (tokens.away[:near] * field.climb[:near] + field.contraction)
        density[near:] += 2.0 * (tokens.beyond[near:] * field.climb[near:])
        rate[3 * count : 4 * count] = 0.0
        rate[4 * count :] = [field.contraction, *poses.spin(now.pose, field.pole_velocity), field.power, 0.0]
        return rate, field.square

    def field(self, state: SphereState, time: float) -> SphereField:
        """Return the motion of all tokens relative to the pole."""
        return self.acting(time).field(tokens_of(state))

    def density(self, state: Array) -> SphereMercatorDensity:
        """Return the density that a state holds."""
        now = self.state_of(state)
        return SphereMercatorDensity(now.cells, now.turn)

    def _seen(self, state: Array) -> tuple[SphereState, SphereMercatorDensity]:
        """Return what a vector holds, and its density; a row asks for that of one vector several times."""
        if not (self._latest and np.array_equal(state, self._latest[0][0])):
            kept = state.copy()
            now = self.state_of(kept)
            self._latest[:] = [(kept, now, SphereMercatorDensity(now.cells, now.turn))]
        return self._latest[0][1:]

    @cached_property
    def _latest(self) -> list[tuple[Array, SphereState, SphereMercatorDensity]]:
        return []

    def observe(self, time: float, state: Array) -> Observation:
        """Return every observable of a state."""
        now, density = self._seen(state)
        power, energies = self.acting(time).balance(tokens_of(now))
        return row(view_of(density, energies, power, now.work))

    def clusters(self, time: float, state: Array) -> Clusters | None:
        """Return the clusters of a state, under one identity head."""
        attention = self.acting(time)
        if not isinstance(attention, IdentityHead):
            return None
        density = self._seen(state)[1]
        masses = density.cells.masses.ravel()
        found = clusters_of(attention.kernel, density.points, masses)
        if density.direction is None:
            return found
        return with_spread_at(found, density.direction, density.mean_latitudes.ravel(), masses, LARGEST)

    def verify(self, time: float, state: Array) -> None:
        """Raise `Blowup` or `Unresolved` where mass, cells or the kernel's sum pass their bounds."""
        where = f"with {self.cells} cells of order {self.cell_order}, t = {time:.6g}"
        now, _ = self._seen(state)
        mass = float(now.cells.masses.sum())
        if not np.all(np.isfinite(state)) or abs(mass - 1) > MASS_BOUND:
            raise Blowup(
                f"mass off 1 by {mass - 1:.3g} {where} (allowed {MASS_BOUND:.0e}); "
                "lower time.tolerance or raise space.elements"
            )
        if self.cells > LARGEST_MESH:
            raise Unresolved(
                f"density stretched over more than {LARGEST_MESH} cells, {where}: several clusters draw it apart; end "
                "the run before, or lower attention.beta"
            )
        noise = self.acting(time).largest_noise
        if noise > RESOLVED_CHANGE:
            noise = self.field(now, time).noise
        if noise > RESOLVED_CHANGE:
            raise Unresolved(
                f"attention known to {noise:.3g} only where it is weakest, {where} (allowed {RESOLVED_CHANGE:.3g}): "
                "its range exceeds what a sum of harmonics carries; lower the size of attention.beta"
            )
        change = max(float(quadrature_changes(now.cells, self.criterion.beta, RESOLVED_CHANGE).max()), now.debt)
        if change > RESOLVED_CHANGE:
            raise Unresolved(
                f"halving cells changes an integral by {change:.3g} {where} (allowed {RESOLVED_CHANGE:.3g}); "
                "lower time.tolerance, which the cells follow, or raise space.elements"
            )

    def adapt(self, state: Array) -> "tuple[SphereMercatorFlow | TailFlow, Array] | None":
        """Return the flow on finer cells, that of a tail where only that is left, or None where these will do."""
        now, _ = self._seen(state)
        tail = None if self.pieces else handed_over(self.attention, self.criterion, now)
        if tail is not None:
            return tail
        cells, debt = refined(now.cells, self.criterion)
        if cells.size == self.cells:
            return None
        finer = replace(now, cells=cells, debt=math.hypot(now.debt, debt))
        return replace(self, cells=cells.size, near=cells.near), finer.vector()

    @property
    def layout(self) -> Mapping[str, int]:
        """The number of cells, of those near the pole, and their order."""
        return {"elements": self.cells, "near_elements": self.near, "element_order": self.cell_order}

    def at_layout(self, layout: Mapping[str, int]) -> "SphereMercatorFlow | TailFlow":
        """Return the flow on another set of cells, or on those of a tail."""
        if is_tail(layout):
            assert isinstance(self.attention, IdentityHead)
            return TailFlow(self.attention, self.criterion, 0, 0, 0).at_layout(layout)
        return replace(self, cells=layout["elements"], near=layout["near_elements"], cell_order=layout["element_order"])


def tokens_of(state: SphereState) -> SphereTokens:
    """Return the tokens of all cells, one after the other."""
    cells = state.cells
    stretches, cosine, sine = cells.stretches.ravel(), cells.cosine.ravel(), cells.sine.ravel()
    return SphereTokens.of_stretches(stretches, cosine, sine, cells.masses.ravel(), state.rotation)
