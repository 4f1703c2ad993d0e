"""One cluster and its tail moved by their own attention without softmax, on cells in W."""

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
from kinetic.mercator.several.density import SeveralDensity
from kinetic.mercator.sphere.field import IdentityHead
from kinetic.mercator.sphere.resolution import LARGEST_MESH, SphereCriterion
from kinetic.mercator.sphere.tail.chart import DiracChart
from kinetic.mercator.sphere.tail.laying import STRETCH, laid_anew
from kinetic.mercator.sphere.tail.observing import view_of
from kinetic.mercator.sphere.tail.resolution import LEAD, absorbed, refined
from kinetic.mercator.sphere.tail.state import TailState, root_of_count
from kinetic.observables import Observation, row
from kinetic.trust import MASS_BOUND, RESOLVED_CHANGE
from kinetic.types import Array


@dataclass(frozen=True)
class TailFlow:
    """A cluster at a pole, and the rest on cells about it, all moved by their own attention.

    Parameters
    ----------
    attention : IdentityHead
        Without softmax.
    criterion : SphereCriterion
        When cells are halved.
    cells, loose, cell_order : int
        Number of cells in the state, of loose tokens, and the cells' polynomial degree.
    """

    attention: IdentityHead
    criterion: SphereCriterion
    cells: int
    loose: int
    cell_order: int

    @cached_property
    def chart(self) -> DiracChart:
        """W."""
        return DiracChart(self.attention.beta)

    @property
    def cell(self) -> Cell:
        """The reference cell."""
        return cell_of_order(self.cell_order, 2)

    @property
    def longest_step(self) -> float:
        """The time in which a mass of one at the pole stretches W by e^`LEAD`."""
        return LEAD * math.exp(self.attention.beta)

    def state_of(self, vector: Array) -> TailState:
        """Return the state that a vector holds."""
        return TailState.of(vector, self.chart, self.cell, self.loose)

    def __call__(self, time: float, state: Array) -> Array:
        """Return the rates of S, g, h, of the frame, and of work and entropy."""
        return self.traced(time, state)[0]

    def traced(self, time: float, state: Array) -> tuple[Array, float]:  # noqa: ARG002
        """Return the same, and ∫ |X|² dμ."""
        now = self.state_of(state)
        tokens = now.tokens
        field = self.attention.field(tokens)
        held, count = now.cells.spots.size, now.spots.size
        climb, beyond = field.climb[:count], tokens.beyond[:count]
        pace = -np.exp(-self.attention.beta * beyond) * climb
        moved = tokens.azimuth[:count] * (np.tanh(now.sizes) * pace + 1j * now.sizes * field.turn[:count])
        rate = np.zeros(state.size)
        rate[:held], rate[held : 2 * held] = moved[:held].real, moved[:held].imag
        shear = 2.0 * tokens.c[:held] - self.attention.beta * tokens.s[:held] ** 2
        rate[2 * held : 3 * held] = field.gathering[:held] + shear * climb[:held] - 2.0 * pace[:held]
        loose = rate[4 * held : 4 * held + 2 * self.loose].reshape(2, self.loose)
        loose[0], loose[1] = moved[held:].real, moved[held:].imag
        rate[:-9] /= root_of_count(count)
        gathering = float(tokens.masses @ field.gathering)
        stretch = math.exp(-self.attention.beta) * float(tokens.masses.sum())
        rate[-9:] = [*poses.spin(now.pose, field.pole_velocity), 0.0, field.power, gathering, 0.0, stretch]
        return rate, field.square

    def density(self, state: Array) -> SeveralDensity:
        """Return the density that a state holds."""
        return SeveralDensity(self.state_of(state).several())

    def observe(self, time: float, state: Array) -> Observation:  # noqa: ARG002
        """Return every observable of a state."""
        return row(view_of(self.state_of(state), self.attention))

    def clusters(self, time: float, state: Array) -> Clusters:  # noqa: ARG002
        """Return the clusters of a state."""
        density = self.density(state)
        found = clusters_of(self.attention.kernel, density.points, density.masses)
        if density.direction is None:
            return found
        return with_spread_at(found, density.direction, density.mean_latitudes, density.masses, LARGEST)

    def verify(self, time: float, state: Array) -> None:
        """Raise `Blowup` or `Unresolved` where mass, cells or the debt pass their bounds."""
        where = f"with {self.cells} cells of a tail, t = {time:.6g}"
        now = self.state_of(state)
        mass = float(now.tokens.masses.sum())
        if not np.all(np.isfinite(state)) or abs(mass - 1) > MASS_BOUND:
            raise Blowup(f"mass off 1 by {mass - 1:.3g} {where} (allowed {MASS_BOUND:.0e}); lower time.tolerance")
        if self.cells > LARGEST_MESH:
            raise Unresolved(f"too many cells {where} (allowed {LARGEST_MESH}); raise time.tolerance")
        if now.debt > RESOLVED_CHANGE:
            raise Unresolved(
                f"halving cells has changed the tail by {now.debt:.3g} {where} (allowed {RESOLVED_CHANGE:.3g}); lower "
                "time.tolerance, which the cells follow"
            )

    def adapt(self, state: Array) -> "tuple[TailFlow, Array] | None":
        """Return the flow on finer cells, after what has come to the pole has been absorbed; None where all is well."""
        before = now = self.state_of(state)
        if now.stretched > STRETCH and now.loose.spots.size == 0:  # where those are there are no cells
            now = laid_anew(now, self.criterion)
        now = refined(absorbed(now, self.criterion), self.criterion)
        return None if now is before else (self.of_sizes(now), now.vector())

    def of_sizes(self, state: TailState) -> "TailFlow":
        """Return the flow of states like this one."""
        return replace(self, cells=state.cells.size, loose=state.loose.spots.size)

    @property
    def layout(self) -> Mapping[str, int]:
        """The numbers of cells and of loose tokens, and the cells' order."""
        return {"elements": self.cells, "loose": self.loose, "element_order": self.cell_order}

    def at_layout(self, layout: Mapping[str, int]) -> "TailFlow":
        """Return the flow on another set of cells."""
        return replace(self, cells=layout["elements"], loose=layout["loose"], cell_order=layout["element_order"])
