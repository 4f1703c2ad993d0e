"""A density on the circle that has become several clusters, under one identity head, through all mergers."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from kinetic.charts.patches import Cell, cell_of_order
from kinetic.clusters import TOUCHING, ClusteredFlow, Clusters, Merger
from kinetic.clusters.clouds import DEEPEST
from kinetic.errors import Unresolved
from kinetic.geometry import on_circle
from kinetic.mercator.circle.field import CircleField
from kinetic.mercator.circle.resolution import LARGEST_MESH, Criterion
from kinetic.mercator.circle.several.absorbing import absorbed, fused, met, separation, touching, wrapped
from kinetic.mercator.circle.several.density import CircleClusterDensity
from kinetic.mercator.circle.several.motion import ASYMMETRIC, Sight
from kinetic.mercator.circle.several.observing import clusters_of, seen_from, view_of
from kinetic.mercator.circle.several.state import CircleClusterState, Counts
from kinetic.observables import Observation, row
from kinetic.problem import TracedFlow, require_mass
from kinetic.symmetry import Symmetry
from kinetic.trust import RESOLVED_CHANGE
from kinetic.types import Array

TAIL = 1e-36
"""Mass between clusters that is left out: 1 − R stays relatively exact to 1e-6 down to 1e-30 afterwards."""

TAIL_SHARE = 1e-14
"""Mass outside the last cluster that may be left out, relative to 1 − R: a tail that has come to matter is kept."""

_WIDEST = 1.2  # of a cell, in widths β^{-1/2} of the kernel, and radians: Gauss rules of order 15 then see it exactly
_ROUNDS = 8
_BACK = 60.0


@dataclass(frozen=True)
class CircleClusterFlow(TracedFlow, ClusteredFlow):
    """Cells between clusters, and clusters as few tokens.

    Parameters
    ----------
    field : CircleField
        One identity head, β > 0.
    criterion : Criterion
        Whose `interpolation` the cells follow.
    counts : Counts
        Sizes of the state.
    element_order : int
        Polynomial degree of the cells.
    symmetry : Symmetry
        Of the initial density, which clusters keep.
    """

    field: CircleField
    criterion: Criterion
    counts: Counts
    element_order: int
    symmetry: Symmetry = ASYMMETRIC

    @property
    def cell(self) -> Cell:
        """The reference cell."""
        return cell_of_order(self.element_order, 1)

    @property
    def beta(self) -> float:
        """β of the head."""
        return self.field.heads[0].beta

    @property
    def widest(self) -> float:
        """Largest extent of a cell, radians."""
        return _WIDEST / math.sqrt(max(self.beta, 1.0))

    def state(self, vector: Array) -> CircleClusterState:
        """Return the state that a vector holds."""
        return CircleClusterState.of(vector, self.cell, self.counts)

    def sight(self, state: CircleClusterState) -> Sight:
        """Return what the head sees of a state."""
        return Sight.of(state, self.beta, self.field.normalization, self.symmetry)

    def like(self, state: CircleClusterState) -> "CircleClusterFlow":
        """Return the flow whose states have the sizes of this one."""
        return replace(self, counts=state.counts)

    def traced(self, time: float, state: Array) -> tuple[Array, float]:  # noqa: ARG002
        """Return dy/dt and ∫ |X|² dμ; not numbers where a trial step has gone wild or folds cells."""
        if not np.all(np.isfinite(state)):
            return np.full_like(state, np.nan), math.nan
        now = self.state(state)
        if now.arcs.folded.any() or min((cloud.contraction for cloud in now.clouds), default=0.0) < -DEEPEST:
            return np.full_like(state, np.nan), math.nan
        return self.sight(now).rate()

    def density(self, state: Array) -> CircleClusterDensity:
        now = self.state(state.copy())
        return CircleClusterDensity(now.arcs, now.clouds)

    def observe(self, time: float, state: Array) -> Observation:  # noqa: ARG002
        now = self.state(state)
        return row(view_of(now, self.sight(now), self.field))

    def clusters(self, time: float, state: Array) -> Clusters:  # noqa: ARG002
        now = self.state(state.copy())
        return clusters_of(now, self.sight(now).potential)

    def verify(self, time: float, state: Array) -> None:
        """Raise `Blowup` or `Unresolved` where mass, shape or the field pass their bounds."""
        now = self.state(state)
        where = f"with {now.arcs.size} cells between {len(now.clouds)} clusters, t = {time:.6g}"
        require_mass(state, now.mass + now.tail, where, "lower time.tolerance or raise space.element_order")
        if now.arcs.size > LARGEST_MESH:
            raise Unresolved(f"too many cells {where} (allowed {LARGEST_MESH}); raise time.tolerance or lower time.end")
        if now.arcs.folded.any():
            raise Unresolved(f"cells are folded {where}; lower time.tolerance or raise space.element_order")
        potential = self.sight(now).potential
        lowest = float(potential.at(self.peopled(now))[0].min())
        if potential.noise > RESOLVED_CHANGE * lowest:
            raise Unresolved(
                f"attention known to {potential.noise / lowest:.3g} only where it is weakest, {where} (allowed "
                f"{RESOLVED_CHANGE:.3g}): its range exceeds what a Fourier series carries; lower attention.beta"
            )

    def peopled(self, state: CircleClusterState) -> Array:
        """Return angles of which one is near every token: cells lie anywhere, clusters at their centers."""
        if state.arcs.size:
            return np.linspace(0.0, 2 * np.pi, 128)
        return np.array([cloud.center for cloud in state.clouds])

    def adapt(self, state: Array) -> "tuple[CircleClusterFlow, Array] | None":
        """Return the flow after what has happened since the last step, or None where nothing has."""
        before = now = self.state(state)
        now = self.touched(now)
        now = met(now)
        now = self.refined(now)
        now = absorbed(now, self.sight(now).potential)
        now = self.without_tail(now)
        now = self.symmetric(now)
        return None if now is before else (self.like(now), now.vector())

    def refined(self, state: CircleClusterState) -> CircleClusterState:
        """Return the state with torn cells halved; itself where there are none."""
        arcs = state.arcs
        for _ in range(_ROUNDS):
            rough = arcs.rough(self.criterion.interpolation, self.widest)
            if not rough.any() or arcs.size > LARGEST_MESH:
                break
            arcs = arcs.split(rough)
        return state if arcs is state.arcs else replace(state, arcs=arcs)

    def without_tail(self, state: CircleClusterState) -> CircleClusterState:
        """Return the state without its cells, where what they hold matters to nothing that will be asked for."""
        if not state.clouds or state.arcs.size == 0:
            return state
        bound = TAIL if len(state.clouds) > 1 else min(TAIL, TAIL_SHARE * seen_from(state).deficit)
        if state.arcs.mass > bound:
            return state
        arcs = state.arcs.kept(np.zeros(state.arcs.size, dtype=bool))
        return replace(state, arcs=arcs, tail=state.tail + state.arcs.mass)

    def symmetric(self, state: CircleClusterState) -> CircleClusterState:
        """Return the state with its clusters where the symmetry has them; itself where they are.

        As long as there are cells, clusters may not have absorbed alike, and are left where they are.
        """
        if state.arcs.size:
            return state
        angles = np.array([cloud.center + cloud.shift for cloud in state.clouds])
        places = self.symmetry.kept(on_circle(angles))
        if places is None:
            return state
        turns = wrapped(np.arctan2(places[:, 1], places[:, 0]) - angles)
        shares = self.symmetry.shared(places, np.array([cloud.mass for cloud in state.clouds]))
        moved = (
            replace(cloud, center=cloud.center + float(turn), masses=cloud.masses * (mass / cloud.mass))
            for cloud, turn, mass in zip(state.clouds, turns, shares, strict=True)
        )
        return replace(state, clouds=tuple(moved))

    def touched(self, state: CircleClusterState) -> CircleClusterState:
        """Return the state with clusters that touch made one, and the merger remembered; itself where none do."""
        for index, cloud in enumerate(state.clouds):
            pair = touching(cloud)
            if pair is not None:
                time = self._time_of_touch(state, index, pair)
                masses = np.sort(cloud.marked[list(pair)])[::-1]
                marks = cloud.marks[list(pair)] * math.exp(-cloud.contraction)
                place = cloud.center + float(cloud.marked[list(pair)] @ marks) / float(masses.sum())
                position = np.array([math.cos(place), math.sin(place)])
                clouds = (*state.clouds[:index], fused(cloud, pair), *state.clouds[index + 1 :])
                merged = replace(state, clouds=clouds, mergers=(*state.mergers, Merger(time, masses, position)))
                return self.touched(merged)
        return state

    def _time_of_touch(self, state: CircleClusterState, index: int, pair: tuple[int, int]) -> float:
        """Go back until the two were `TOUCHING` apart; the present time where they never were farther."""
        flow = self.like(state)

        def apart(_: float, vector: Array) -> float:
            return math.log(separation(flow.state(vector).clouds[index], pair) / TOUCHING)

        apart.terminal = True  # type: ignore[attr-defined]
        rate: Callable[[float, Array], Array] = flow
        if separation(state.clouds[index], pair) == 0.0 or state.time == 0.0:
            return state.time
        span = (0.0, -min(_BACK, state.time))
        from scipy.integrate import solve_ivp  # loading it takes longer than many a run, and few need it

        way = solve_ivp(rate, span, state.vector(), method="DOP853", rtol=1e-11, atol=1e-13, events=apart)
        found = way.t_events[0]
        return state.time + float(found[0]) if found.size else state.time

    @property
    def layout(self) -> Mapping[str, int]:
        return {**self.counts.numbers(), "element_order": self.element_order}

    def at_layout(self, layout: Mapping[str, int]) -> "CircleClusterFlow":
        return replace(self, counts=Counts.of(layout), element_order=layout["element_order"])
