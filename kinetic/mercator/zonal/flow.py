"""An axisymmetric density moved by its own attention, on a mesh of its tokens."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

import numpy as np

from kinetic.attention.axisymmetric import AxisymmetricAttention, ZonalField
from kinetic.attention.stream import Stream
from kinetic.charts.elements import Element, element_of_order
from kinetic.charts.latitude import squared_sine
from kinetic.charts.material import MaterialMesh
from kinetic.clusters import ClusteredFlow, Clusters
from kinetic.errors import Unresolved
from kinetic.integrate.carrying import Course
from kinetic.mercator.resolution import shape_error
from kinetic.mercator.zonal.carried import Carried, Passage, carries, pays, pull_rates, streams
from kinetic.mercator.zonal.clusters import clusters_of
from kinetic.mercator.zonal.density import MercatorDensity
from kinetic.mercator.zonal.ends import End
from kinetic.mercator.zonal.observing import level, view_of
from kinetic.mercator.zonal.resolution import LARGEST_MESH, Criterion
from kinetic.mercator.zonal.state import MercatorState
from kinetic.observables import Observation, row
from kinetic.pieces import Pieces
from kinetic.problem import CarryingFlow, TracedFlow, VaryingFlow, require_mass
from kinetic.trust import RESOLVED_CHANGE
from kinetic.types import Array

NOISE_BOUND = RESOLVED_CHANGE
"""Largest relative rounding error of the kernel's sum where it is smallest."""

ROUNDS = 8  # halvings of one element between two steps; a step that asks for more has been followed badly anyway


@dataclass(frozen=True)
class MercatorFlow(TracedFlow, VaryingFlow, ClusteredFlow):
    """A density on material elements in y = ln tan(θ/2), moved by its own attention.

    Parameters
    ----------
    attention : AxisymmetricAttention
    ends : tuple of End
        Of the mesh, at θ = 0 and at θ = π.
    criterion : Criterion
        When elements are halved.
    elements, element_order : int
        Number of elements in the state, and their polynomial degree.
    pieces : Pieces, optional
        Attention by time, where it changes.
    """

    attention: AxisymmetricAttention
    ends: tuple[End, End]
    criterion: Criterion
    elements: int
    element_order: int
    pieces: Pieces[AxisymmetricAttention] | None = None

    def acting(self, time: float) -> AxisymmetricAttention:
        """Return the attention of a time."""
        return self.attention if self.pieces is None else self.pieces.at(time)

    def after(self, time: float) -> "MercatorFlow":
        return self if self.pieces is None else replace(self, pieces=self.pieces.after(time))

    def crossed(self, time: float, state: Array) -> Array:
        """Return the state beyond a knot: the work gains what the energy gains where weights jump."""
        now = MercatorState.of(state, self.element)
        jump = self.after(time)._energy(time, now.mesh) - self._energy(time, now.mesh)
        return replace(now, work=now.work + jump).vector()

    def _energy(self, time: float, mesh: MaterialMesh) -> float:
        field = self._field(time, mesh)
        return level(self.acting(time), mesh, field.deficits)

    @property
    def element(self) -> Element:
        """The reference element."""
        return element_of_order(self.element_order)

    @property
    def dimension(self) -> int:
        """Ambient dimension d."""
        return self.attention.kernel.dimension

    def traced(self, time: float, state: Array) -> tuple[Array, float]:
        """Return dy/dt and ∫ |X|² dμ; not numbers where a trial step has carried an open end too near the equator.

        The stepper then tries a shorter step, after which `adapt` continues the mesh.
        """
        now = MercatorState.of(state, self.element)
        if any(end.distance(now.mesh) < end.nearest for end in self.ends):
            return np.full_like(state, np.nan), math.nan
        field = self._field(time, now.mesh)
        still = np.zeros(now.mesh.y.size)
        sides = np.array([-1.0, 1.0])
        exponents = np.array([end.exponent if end.is_open else 0.0 for end in self.ends])
        poles = field.gathering[[0, -1]] + exponents * sides * field.velocity[[0, -1]]
        velocity, masses = field.velocity[1:-1], now.mesh.masses.ravel()
        square = float(masses @ (squared_sine(now.mesh.y.ravel()) * velocity**2))
        parts = (velocity, field.gathering[1:-1], still, poles, [self._power(now.mesh, field)])
        return np.concatenate(parts), square

    def _field(self, time: float, mesh: MaterialMesh) -> ZonalField:
        """Return the motion of the pole at θ = 0, of all tokens, and of the pole at θ = π."""
        key = 0.0 if self.pieces is None else time, mesh.y.tobytes(), mesh.log_mass.tobytes()
        if key not in self._latest:
            y = np.concatenate([[-np.inf], mesh.y.ravel(), [np.inf]])
            masses = np.concatenate([[0.0], mesh.masses.ravel(), [0.0]])
            found = self.acting(time).field(y, masses)
            self._latest.clear()
            self._latest[key] = found
        return self._latest[key]

    @cached_property
    def _latest(self) -> dict[tuple[float, bytes, bytes], ZonalField]:
        """The field that was looked at last: a row is verified, told its clusters and observed in turn."""
        return {}

    @staticmethod
    def _power(mesh: MaterialMesh, field: ZonalField) -> float:
        """Return ∫ <F + ∇φ, X> dμ, F = Z (X − ∇φ) with softmax and Z = 1 without: |X| = |ẏ| sin θ."""
        velocity, driven = field.velocity[1:-1], field.driven[1:-1]
        force = field.power_weight[1:-1] * (velocity - driven) + driven
        return float(mesh.masses.ravel() @ (squared_sine(mesh.y.ravel()) * force * velocity))

    def density(self, state: Array) -> MercatorDensity:
        now = MercatorState.of(state, self.element)
        return MercatorDensity(now.mesh, self.ends, now.poles)

    def observe(self, time: float, state: Array) -> Observation:
        now = MercatorState.of(state, self.element)
        field = self._field(time, now.mesh)
        power = self._power(now.mesh, field)
        return row(view_of(self.density(state), self.acting(time), field.deficits, power, now.work))

    def clusters(self, time: float, state: Array) -> Clusters:
        mesh = MercatorState.of(state, self.element).mesh
        return clusters_of(mesh, self._field(time, mesh).velocity)

    def verify(self, time: float, state: Array) -> None:
        """Raise `Blowup` or `Unresolved` where mass, quadrature or the kernel's sum pass their bounds."""
        where = f"with {self.elements} elements of order {self.element_order}, t = {time:.6g}"
        now = MercatorState.of(state, self.element)
        mass = float(now.mesh.masses.sum())
        require_mass(state, mass, where, "lower time.tolerance or raise space.elements")
        noise = self._field(time, now.mesh).noise
        if noise > NOISE_BOUND:
            raise Unresolved(
                f"attention known to {noise:.3g} only where it is weakest, {where} (allowed {NOISE_BOUND:.3g}): its "
                "range exceeds what a sum of harmonics carries; lower the size of attention.beta or start more "
                "concentrated"
            )
        change = max(float(self.criterion.changes(now.mesh).max()), shape_error(now.mesh))
        if change > RESOLVED_CHANGE:
            raise Unresolved(
                f"halving an element would change an integral by {change:.3g} {where} (allowed "
                f"{RESOLVED_CHANGE:.3g}); lower time.tolerance, which the elements follow, or raise space.elements"
            )

    def adapt(self, state: Array) -> "tuple[MercatorFlow, Array] | None":
        """Return the flow on a finer or longer mesh, that of carried tokens where it costs less, or None."""
        mended = self._mended(state)
        flow, state = mended or (self, state)
        if self.pieces is None and carries(self.attention):
            field = flow._field(0.0, MercatorState.of(state, self.element).mesh)
            if pays(self.attention, field, self.criterion.interpolation):
                return flow._as(CarriedFlow)._prepared(state)
        return mended

    def _mended(self, state: Array) -> "tuple[MercatorFlow, Array] | None":
        """Return the flow on a finer or longer mesh, or None where this one will do."""
        now = MercatorState.of(state, self.element)
        mesh = now.mesh
        for index, end in enumerate(self.ends):
            if end.asks(mesh):
                mesh = end.continued(mesh, float(now.poles[index]))
        mesh = refined(mesh, self.criterion)
        if mesh.size == self.elements:
            return None
        return replace(self, elements=mesh.size), MercatorState(mesh, now.poles, now.work).vector()

    def _as(self, kind: "type[_Kind]") -> "_Kind":
        """Return the same flow of another kind."""
        return kind(self.attention, self.ends, self.criterion, self.elements, self.element_order, self.pieces)

    @property
    def layout(self) -> Mapping[str, int]:
        return {"elements": self.elements, "element_order": self.element_order}

    def at_layout(self, layout: Mapping[str, int]) -> "MercatorFlow":
        """Return the flow on a mesh of another size, of carried tokens where the layout says so."""
        flow = self._as(CarriedFlow if "carried" in layout else MercatorFlow)
        return replace(flow, elements=layout["elements"], element_order=layout["element_order"])


_Kind = TypeVar("_Kind", bound=MercatorFlow)


class CarriedFlow(MercatorFlow, CarryingFlow):
    """The same density, of tokens that are carried by moments which change slowly (`carried`)."""

    def sources(self, time: float, state: Array) -> Array:
        """Return the pulls S_1 … S_K and the power ∫ |X|² dμ."""
        mesh = MercatorState.of(state, self.element).mesh
        field = self._field(time, mesh)
        return np.append(self.attention.pulls(field.deficits), self._power(mesh, field))

    def source_rates(self, time: float, state: Array) -> Array:
        """Return the rates of the pulls; that of the power is guessed from the first one's."""
        mesh = MercatorState.of(state, self.element).mesh
        field = self._field(time, mesh)
        rates, pulls = pull_rates(self.attention, mesh, field), self.attention.pulls(field.deficits)
        return np.append(rates, rates[0] / pulls[0] * self._power(mesh, field))

    def speed(self, sources: Array) -> Array:
        """Return the speed in W₂ from sources, last axis: sources."""
        return np.asarray(np.sqrt(np.maximum(sources[..., -1], 0.0)))

    def carried(self, state: Array, course: Course, times: Array, accuracy: float) -> Array:
        now = MercatorState.of(state, self.element)
        side = self._field(float(times[0]), now.mesh).side
        stream = Stream.of(self.attention, float(now.mesh.masses.sum()), course.series[:, :-1])
        moved = Carried.of(stream, now.mesh, side, self.ends, course, times, accuracy)
        work = course.integral(-1, times)
        parts = (now.mesh.log_mass.ravel(), now.poles, [now.work])
        grown = np.repeat(np.concatenate(parts)[None], times.size, axis=0)
        grown[:, -3:-1] += moved.poles
        grown[:, -1] += work - work[0]
        return np.concatenate([moved.y, moved.log_density, grown], axis=1)

    def reach(self, time: float, state: Array) -> float:
        """Return the longest step: until an element arrives at the equator that is too wide for it."""
        mesh = MercatorState.of(state, self.element).mesh
        return Passage.of(mesh, self._field(time, mesh)).reach()

    def adapt(self, state: Array) -> "tuple[MercatorFlow, Array] | None":
        """Return the flow on a finer or longer mesh, that of plain steps where tokens no longer stream, or None."""
        flow, state = self._mended(state) or (self, state)
        mesh = MercatorState.of(state, self.element).mesh
        if not streams(flow._field(0.0, mesh)):
            return flow._as(MercatorFlow), state
        prepared, state = flow._as(CarriedFlow)._prepared(state)
        return None if prepared.elements == self.elements else (prepared, state)

    def _prepared(self, state: Array) -> "tuple[CarriedFlow, Array]":
        """Return the flow and the state on a mesh whose elements are narrow enough for what is ahead."""
        now = MercatorState.of(state, self.element)
        mesh, wide = now.mesh, np.ones(1, dtype=bool)
        while wide.any() and mesh.size <= LARGEST_MESH:
            wide = Passage.of(mesh, self._field(0.0, mesh)).wide()
            mesh = mesh.split(wide)
        return replace(self, elements=mesh.size), MercatorState(mesh, now.poles, now.work).vector()

    @property
    def layout(self) -> Mapping[str, int]:
        """The number of elements and their order, and that tokens are carried."""
        return {**super().layout, "carried": 1}


def refined(mesh: MaterialMesh, criterion: Criterion) -> MaterialMesh:
    """Return the mesh with every element halved that the criterion finds too coarse, and its halves likewise."""
    for _ in range(ROUNDS):
        coarse = criterion.coarse(mesh)
        if not coarse.any() or mesh.size > LARGEST_MESH:
            break
        mesh = mesh.split(coarse)
    return mesh
