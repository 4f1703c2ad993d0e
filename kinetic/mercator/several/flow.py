"""A density on the sphere that becomes several clusters: cells, clouds and loose tokens under one identity head."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from kinetic.clusters import ClusteredFlow, Clusters
from kinetic.clusters.clouds import Cloud, Clouds
from kinetic.clusters.flow import CloudFlow
from kinetic.clusters.of_tokens import clusters_of
from kinetic.errors import Unresolved
from kinetic.mercator.several.absorbing import absorbed, stand, touched
from kinetic.mercator.several.cells import normalized
from kinetic.mercator.several.criterion import Criterion
from kinetic.mercator.several.density import SeveralDensity
from kinetic.mercator.several.field import ROUNDING, Field, Head
from kinetic.mercator.several.observing import view_of
from kinetic.mercator.several.state import SCALARS, Sizes, State
from kinetic.observables import Observation, row
from kinetic.problem import Flow, TracedFlow, require_mass
from kinetic.trust import RESOLVED_CHANGE
from kinetic.types import Array

PATIENCE = 0.2
"""Time between two absorptions, over the time in which a cluster contracts by a factor e."""

LEAD = 0.25
"""How far ahead, in the same unit, cells are asked for their shape: longer than a step at a tolerance of 1e-9."""


@dataclass(frozen=True)
class SeveralFlow(TracedFlow, ClusteredFlow):
    """Tokens of cells, of clouds and single ones, all moved by their own attention.

    Parameters
    ----------
    head : Head
    criterion : Criterion
        When cells are cut.
    sizes : Sizes
    """

    head: Head
    criterion: Criterion
    sizes: Sizes

    def state(self, vector: Array) -> State:
        """Return the state that a vector holds."""
        return State.of(vector, self.sizes)

    def traced(self, time: float, state: Array) -> tuple[Array, float]:  # noqa: ARG002
        """Return dy/dt and ∫ |X|² dμ; not numbers where a trial step has gone wild: a shorter one is tried."""
        points, roots = self.sizes.tokens_of(state)
        if not np.all(np.isfinite(points)):
            return np.full_like(state, np.nan), math.nan
        points, masses = normalized(points), roots**2
        motion = self.head.field(points, masses).at(points)
        rates = np.zeros_like(state)
        rates[: 3 * roots.size] = (motion.velocity * roots[:, None]).ravel()
        power, gathering = float(masses @ motion.power), -float(masses @ motion.divergence)
        rates[-len(SCALARS) :] = np.array([1.0, 1.0, power, gathering, 0.0, 0.0])
        return rates, float(masses @ np.vecdot(motion.velocity, motion.velocity))

    def density(self, state: Array) -> SeveralDensity:
        return SeveralDensity(self.state(state))

    def observe(self, time: float, state: Array) -> Observation:  # noqa: ARG002
        return row(view_of(self.density(state), self.head))

    def verify(self, time: float, state: Array) -> None:
        """Raise `Blowup` or `Unresolved` where mass, cells or the kernel's sum pass their bounds."""
        where = f"with {self.sizes.cells} cells and {self.sizes.clouds} clusters, t = {time:.6g}"
        points, roots = self.sizes.tokens_of(state)
        masses = roots**2
        mass, debt = float(masses.sum()), float(state[-1])
        require_mass(state, mass, where)
        if debt > RESOLVED_CHANGE:
            raise Unresolved(
                f"cutting cells has changed their masses by {debt:.3g} {where} (allowed {RESOLVED_CHANGE:.3g}); lower "
                "time.tolerance, which the cells follow"
            )
        if self.head.largest_noise > RESOLVED_CHANGE:
            points = normalized(points)
            noise = ROUNDING * float(masses @ (1.0 / np.abs(self.head.field(points, masses).at(points).partition)))
            if noise > RESOLVED_CHANGE:
                raise Unresolved(
                    f"attention known to {noise:.3g} only, {where} (allowed {RESOLVED_CHANGE:.3g}): its range exceeds "
                    "what a sum of harmonics carries; lower the size of attention.beta"
                )

    def adapt(self, state: Array) -> "tuple[Flow, Array] | None":
        """Return the flow on cells that are fine enough, after what has arrived in clusters has been absorbed."""
        now = before = self.state(state)
        field = self.head.field(now.tokens.points, now.tokens.masses)
        if now.waited >= PATIENCE * self.head.unit_of_time:
            now = self._absorbed(now, field)
        lead = LEAD * self.head.unit_of_time
        cells, missed, changed = self.criterion.refined(
            now.cells, lambda x: normalized(x + lead * field.at(x).velocity)
        )
        if changed:
            now = replace(now, cells=cells, debt=math.hypot(now.debt, missed))
        if now is before:
            return None
        if now.clouds and not now.cells and now.loose.size == 0:
            return self._clustered(now)
        return replace(self, sizes=now.sizes), now.vector()

    def _clustered(self, now: State) -> tuple[CloudFlow, Array]:
        """Return the flow of clusters alone."""
        clouds = tuple(Cloud(c.center, 0.0, c.offsets, c.masses).scaled() for c in now.clouds)
        left = Clouds(clouds, now.time, now.entropy, now.work, now.dissolved, now.mergers)
        return CloudFlow.of(left, self.head.beta, self.head.normalization, self.head.symmetry), left.vector()

    def _absorbed(self, now: State, field: Field) -> State:
        cells, clouds, loose, dissolved = absorbed(now.cells, now.clouds, now.loose, field, self.criterion.tolerance)
        cells = self.criterion.simplified(cells)
        dissolved += now.dissolved
        clouds, mergers = touched(clouds, now.time, field)
        now = replace(now, cells=cells, clouds=clouds, loose=loose, waited=0.0, dissolved=dissolved)
        return replace(now, mergers=(*now.mergers, *mergers)) if mergers else now

    @property
    def layout(self) -> Mapping[str, int]:
        return self.sizes.layout

    def at_layout(self, layout: Mapping[str, int]) -> Flow:
        """Return the flow with other numbers of them, or that of clusters alone."""
        if "cells" in layout:
            return replace(self, sizes=Sizes.of(layout))
        return CloudFlow(self.head.beta, self.head.normalization, 3, (), 0, self.head.symmetry).at_layout(layout)

    def clusters(self, time: float, state: Array) -> Clusters:  # noqa: ARG002
        """Return the clusters of a state: what is near the points that attract, or near clusters once they stand."""
        now = self.state(state)
        followed = sum(cloud.mass for cloud in now.clouds)
        if stand(now.cells, now.clouds, now.loose, self.head.normalization):
            found = now.clusters_with_near
        else:
            found = clusters_of(self.head.kernel, now.tokens.points, now.tokens.masses)
        return replace(found, mergers=now.mergers, tail=now.dissolved, followed=followed)
