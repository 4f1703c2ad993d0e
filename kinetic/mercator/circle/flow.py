"""A density on the circle moved by its own attention, on cells that move with its tokens."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from kinetic.charts.patches import Cell, cell_of_order
from kinetic.clusters import ClusteredFlow, Clusters
from kinetic.errors import Unresolved
from kinetic.mercator.circle.clusters import standing
from kinetic.mercator.circle.density import CircleTokenDensity
from kinetic.mercator.circle.field import CircleField
from kinetic.mercator.circle.merging import merged
from kinetic.mercator.circle.mesh import CircleMesh, Sizes
from kinetic.mercator.circle.motion import Motion, Sight
from kinetic.mercator.circle.observing import energy, view_of
from kinetic.mercator.circle.rearranging import rearranged
from kinetic.mercator.circle.resolution import LARGEST_MESH, Criterion, disagreement
from kinetic.mercator.circle.several.flow import CircleClusterFlow
from kinetic.mercator.circle.several.motion import ASYMMETRIC
from kinetic.mercator.circle.several.start import handed_over, is_followed
from kinetic.mercator.circle.several.state import Counts
from kinetic.mercator.circle.state import CircleState
from kinetic.mercator.resolution import shape_error
from kinetic.observables import Observation, row
from kinetic.pieces import Pieces
from kinetic.problem import Flow, TracedFlow, VaryingFlow, require_mass
from kinetic.symmetry import Symmetry
from kinetic.trust import RESOLVED_CHANGE
from kinetic.types import Array

NOISE_BOUND = RESOLVED_CHANGE
"""Largest relative rounding error of the partitions where they are smallest, and of X' at the repelling point."""

DISAGREEMENT_BOUND = 1e-4
"""Largest difference between ρ and the density of the tokens, in a cell that matters; R and E do not see ρ."""

ROUNDS = 8  # halvings of one cell between two steps; a step that asks for more has been followed badly anyway
_SMALLEST_WINDOW = 1e-3  # |s| up to which far cells must reach on both sides of −p


@dataclass(frozen=True)
class CircleMercatorFlow(TracedFlow, VaryingFlow, ClusteredFlow):
    """A density of the circle on material cells about a material pole, moved by any heads.

    Parameters
    ----------
    field : CircleField
    criterion : Criterion
        When cells are halved.
    sizes : Sizes
        Numbers of cells in the state.
    element_order : int
        Their polynomial degree.
    pieces : Pieces, optional
        The field by time, where it changes.
    symmetry : Symmetry
        Of the initial density, which clusters keep.
    """

    field: CircleField
    criterion: Criterion
    sizes: Sizes
    element_order: int
    pieces: Pieces[CircleField] | None = None
    symmetry: Symmetry = ASYMMETRIC

    def acting(self, time: float) -> CircleField:
        """Return the field of a time."""
        return self.field if self.pieces is None else self.pieces.at(time)

    def after(self, time: float) -> "CircleMercatorFlow":
        return self if self.pieces is None else replace(self, pieces=self.pieces.after(time))

    def crossed(self, time: float, state: Array) -> Array:
        """Return the state beyond a knot: the work gains what the energy gains where weights jump."""
        now = self._state(state.copy())
        levels = []
        for field in (self.acting(time), self.after(time).acting(time)):
            sight = Sight.of(now, field, field.moment_degree)
            level = energy(field, sight.sums, now.mesh.mass, now.pole)
            levels.append(level + field.driven_energy(now.pole + now.mesh.angles, now.mesh.masses))
        return replace(now, work=now.work + levels[1] - levels[0]).vector()

    @property
    def cell(self) -> Cell:
        """The reference cell."""
        return cell_of_order(self.element_order, 1)

    def _state(self, state: Array) -> CircleState:
        return CircleState.of(state, self.cell, self.sizes)

    def traced(self, time: float, state: Array) -> tuple[Array, float]:
        """Return dy/dt and ∫ |X|² dμ; not numbers where a trial step has gone wild: a shorter one is tried."""
        if not np.all(np.isfinite(state)):
            return np.full_like(state, np.nan), math.nan
        now = self._state(state)
        motion = Motion.of(now, Sight.of(now, self.acting(time)))
        return motion.vector(), motion.square

    def density(self, state: Array) -> CircleTokenDensity:
        now = self._state(state.copy())
        return CircleTokenDensity(now.mesh, now.pole)

    def observe(self, time: float, state: Array) -> Observation:
        now, field = self._state(state), self.acting(time)
        sight = self._sight(time, state)
        power = Motion.of(now, sight).power
        return row(view_of(self.density(state), field, sight.sums, power, now.work))

    def clusters(self, time: float, state: Array) -> Clusters:
        now = self._state(state)
        return standing(now.mesh, now.pole, self._sight(time, state).drift)

    def _sight(self, time: float, state: Array) -> Sight:
        """Return what the heads see, at all moments that observables want."""
        key = time, state.tobytes()
        if key not in self._latest:
            field = self.acting(time)
            found = Sight.of(self._state(state), field, field.moment_degree)
            self._latest.clear()
            self._latest[key] = found
        return self._latest[key]

    @cached_property
    def _latest(self) -> dict[tuple[float, bytes], Sight]:
        """The sight of the state that was looked at last: a row is told its clusters and observed in turn."""
        return {}

    def verify(self, time: float, state: Array) -> None:
        """Raise `Blowup` or `Unresolved` where mass, quadrature, shape or the partitions pass their bounds."""
        where = f"with {self.sizes.total} cells of order {self.element_order}, t = {time:.6g}"
        now = self._state(state)
        mass = now.mesh.mass
        require_mass(state, mass, where)
        if self.sizes.total > LARGEST_MESH:
            raise Unresolved(
                f"{self.sizes.total} cells, t = {time:.6g} (allowed {LARGEST_MESH}): the density is torn apart between "
                "several clusters, or for too long; lower time.end or raise time.tolerance; beyond that, kinetic "
                "compare --particles follows tokens"
            )
        noise = Sight.of(now, self.acting(time)).drift.noise
        if noise > NOISE_BOUND:
            raise Unresolved(
                f"attention known to {noise:.3g} only where it is weakest, {where} (allowed {NOISE_BOUND:.3g}): its "
                "range exceeds what a Fourier series carries; lower the size of attention.beta or start more "
                "concentrated"
            )
        self._verify_mesh(now.mesh, where)
        self._verify_pole(CircleTokenDensity(now.mesh, now.pole), time)

    def _verify_pole(self, density: CircleTokenDensity, time: float) -> None:
        """Refuse a cluster much narrower than its distance ε from p: tokens there are known to tolerance · ε.

        Their spread about the mean contributes at most that squared to 1 − R.
        """
        deficit = float(np.sum(density.mesh.masses * np.sin(0.5 * (density.mesh.angles - density.offset)) ** 2))
        if (self.criterion.interpolation * density.offset) ** 2 > RESOLVED_CHANGE * 2.0 * deficit:
            raise Unresolved(
                f"the cluster is {abs(density.offset):.3g} from the chart's pole and far narrower, t = {time:.6g}: its "
                "width is no longer known; lower time.tolerance or end the run earlier"
            )

    def _verify_mesh(self, mesh: CircleMesh, where: str) -> None:
        borders = mesh.borders[: self.sizes.far]
        if not borders[0, 0] < -_SMALLEST_WINDOW < _SMALLEST_WINDOW < borders[-1, 1]:
            raise Unresolved(f"tokens pass −p faster than cells follow, {where}; lower time.tolerance")
        change = max(float(self.criterion.changes(mesh).max()), shape_error(mesh))
        if change > RESOLVED_CHANGE:
            raise Unresolved(
                f"halving a cell would change an integral by {change:.3g} {where} (allowed {RESOLVED_CHANGE:.3g}); "
                "lower time.tolerance, which the cells follow"
            )
        off = disagreement(mesh)
        if off > DISAGREEMENT_BOUND:
            raise Unresolved(
                f"positions and densities disagree by {off:.3g} {where} (allowed {DISAGREEMENT_BOUND:.3g}); lower "
                "time.tolerance or raise space.element_order"
            )

    def adapt(self, state: Array) -> "tuple[Flow, Array] | None":
        """Return the flow on a finer or rearranged mesh, that of several clusters where two stand, or None."""
        now = self._state(state)
        if self.pieces is None and is_followed(self.field):
            several = handed_over(now, self.field, self.criterion, self.element_order, self.symmetry)
            if several is not None:
                return several
        mesh = refined(now.mesh, self.criterion)
        if mesh is now.mesh:
            return None
        return replace(self, sizes=mesh.sizes), replace(now, mesh=mesh).vector()

    @property
    def layout(self) -> Mapping[str, int]:
        return {**self.sizes.numbers(), "element_order": self.element_order}

    def at_layout(self, layout: Mapping[str, int]) -> "Flow":
        """Return the flow on a mesh of another size, or that of several clusters."""
        if "clouds" in layout:
            order = layout["element_order"]
            return CircleClusterFlow(self.field, self.criterion, Counts.of(layout), order, self.symmetry)
        sizes = Sizes(*(layout[name] for name in ("far", "left", "core", "right")))
        return replace(self, sizes=sizes, element_order=layout["element_order"])


def refined(mesh: CircleMesh, criterion: Criterion) -> CircleMesh:
    """Return the mesh with every cell in its variable and halved where it is too coarse, its halves likewise.

    A mesh that needs nothing is returned itself.
    """
    for _ in range(ROUNDS):
        coarse = criterion.coarse(mesh)
        changed = rearranged(mesh, coarse)
        if changed.sizes != mesh.sizes:
            mesh = changed
            continue
        if not coarse.any() or mesh.sizes.total > LARGEST_MESH:
            break
        mesh = mesh.split(coarse)
    return merged(mesh, criterion)
