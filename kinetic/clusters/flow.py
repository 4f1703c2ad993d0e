"""Clusters in motion when nothing else is left: clouds under one identity head, in any dimension."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from kinetic.clusters.clouds import Clouds
from kinetic.clusters.clusters import Clusters
from kinetic.clusters.density import CloudDensity
from kinetic.clusters.meeting import met, pointlike, touched
from kinetic.clusters.motion import rate
from kinetic.clusters.observing import view_of
from kinetic.errors import Blowup
from kinetic.observables import Observation, row
from kinetic.symmetry import Symmetry
from kinetic.trust import MASS_BOUND
from kinetic.types import Array, Normalization


@dataclass(frozen=True)
class CloudFlow:
    """Clouds moved by their own attention: not stiff, so that steps become as long as the wait for the next merger.

    Parameters
    ----------
    beta : float
    normalization : {"none", "softmax"}
    dimension : int
        Ambient d.
    members : tuple of tuples of int
        Tokens in each member of each cloud.
    mergers : int
        How many there have been.
    symmetry : Symmetry, optional
        That clusters keep.
    """

    beta: float
    normalization: Normalization
    dimension: int
    members: tuple[tuple[int, ...], ...]
    mergers: int = 0
    symmetry: Symmetry | None = None

    @classmethod
    def of(
        cls, state: Clouds, beta: float, normalization: Normalization, symmetry: Symmetry | None = None
    ) -> "CloudFlow":
        """Return the flow whose states are like this one."""
        return cls(beta, normalization, state.dimension, state.members, len(state.mergers), symmetry)

    def _like(self, state: Clouds) -> "CloudFlow":
        return CloudFlow.of(state, self.beta, self.normalization, self.symmetry)

    def state(self, vector: Array) -> Clouds:
        """Return the clouds that a vector holds."""
        return Clouds.of(vector, self.dimension, self.members, self.mergers)

    def __call__(self, time: float, state: Array) -> Array:
        """Return dy/dt; not a number where a trial step has gone wild, so that the stepper tries a shorter one."""
        return self.traced(time, state)[0]

    def traced(self, time: float, state: Array) -> tuple[Array, float]:  # noqa: ARG002
        """Return dy/dt and ∫ |X|² dμ."""
        if not np.all(np.isfinite(state)):
            return np.full_like(state, np.nan), math.nan
        return rate(self.state(state), self.beta, self.normalization, self.symmetry)

    def density(self, state: Array) -> CloudDensity:
        """Return the measure that a state holds."""
        return CloudDensity(self.state(state.copy()))

    def observe(self, time: float, state: Array) -> Observation:  # noqa: ARG002
        """Return every observable of a state."""
        return row(view_of(self.state(state), self.beta, self.normalization))

    def clusters(self, time: float, state: Array) -> Clusters:  # noqa: ARG002
        """Return the clusters of a state."""
        return self.state(state.copy()).observed()

    def verify(self, time: float, state: Array) -> None:
        """Raise `Blowup` where the mass or a number is lost."""
        now = self.state(state)
        mass = sum(cloud.mass for cloud in now.clouds)
        if not np.all(np.isfinite(state)) or not -now.tail - MASS_BOUND <= mass - 1 <= MASS_BOUND:
            raise Blowup(
                f"mass off 1 by {mass - 1:.3g} in {len(now.clouds)} clusters, t = {time:.6g} "
                f"(allowed {MASS_BOUND:.0e}); lower time.tolerance"
            )

    def adapt(self, state: Array) -> "tuple[CloudFlow, Array] | None":
        """Return the flow with clusters that have met made one, or None where none have."""
        now = self.state(state)
        changed = self._changed(now)
        return None if changed is now else (self._like(changed), changed.vector())

    def _changed(self, state: Clouds) -> Clouds:
        """Return the state after all that has happened to its clouds; itself where nothing has."""
        changed = met(state)
        if changed is state:
            flow = self._like(state)
            changed = pointlike(touched(state, flow, flow.state))
        return self._symmetric(state) if changed is state else self._changed(changed)

    def _symmetric(self, state: Clouds) -> Clouds:
        """Return the state with its clusters where the symmetry has them; itself where they are."""
        if self.symmetry is None:
            return state
        positions = np.stack([cloud.position for cloud in state.clouds])
        places = self.symmetry.kept(positions)
        if places is None:
            return state
        shares = self.symmetry.shared(places, np.array([cloud.mass for cloud in state.clouds]))
        moved = (
            replace(cloud.moved(place - position), masses=cloud.masses * (mass / cloud.mass))
            for cloud, position, place, mass in zip(state.clouds, positions, places, shares, strict=True)
        )
        return replace(state, clouds=tuple(moved))

    @property
    def layout(self) -> Mapping[str, int]:
        """Sizes of the state: clouds, members of each, tokens of each member, mergers."""
        return layout_of(self.members, self.mergers)

    def at_layout(self, layout: Mapping[str, int]) -> "CloudFlow":
        """Return the flow with clouds of other sizes."""
        members, mergers = members_of(layout)
        return replace(self, members=members, mergers=mergers)


def layout_of(members: tuple[tuple[int, ...], ...], mergers: int) -> dict[str, int]:
    """Return the sizes of clouds by name."""
    counts = {f"members_{k}": len(sizes) for k, sizes in enumerate(members)}
    tokens = {f"tokens_{k}_{j}": size for k, sizes in enumerate(members) for j, size in enumerate(sizes)}
    return {"clouds": len(members), "mergers": mergers, **counts, **tokens}


def members_of(layout: Mapping[str, int]) -> tuple[tuple[tuple[int, ...], ...], int]:
    """Return the sizes of clouds, and the number of mergers, from their names."""
    members = tuple(
        tuple(layout[f"tokens_{k}_{j}"] for j in range(layout[f"members_{k}"])) for k in range(layout["clouds"])
    )
    return members, layout["mergers"]
