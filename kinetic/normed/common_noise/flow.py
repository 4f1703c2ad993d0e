"""A density in one random environment: tokens on cells of labels, moved by attention and, all alike, by common noise.

Attention moves tokens between kicks, with error control; at every multiple of the noise's step an increment of one
Brownian path moves them all by the flow of its own (`kicks`). The density concentrates; the map from labels to tokens
is a composition of diffeomorphisms, and cells are halved where its directions need it. A token's mass never changes:
mass and positivity hold by construction. What splitting leaves out is the commutator of attention and an increment, of
size h^{3/2} and mean zero a step: strong order one in h (derived here), below the order 1/2 of the path itself.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from kinetic.normed import NormedFlow, NormedMesh
from kinetic.normed.common_noise.density import NO_MEAN, StirredDensity
from kinetic.normed.common_noise.kicks import Kick
from kinetic.normed.common_noise.path import GENERATOR, BrownianPath
from kinetic.normed.observing import log_density
from kinetic.observables import RADII, Observation
from kinetic.problem import Flow, Noise
from kinetic.types import Array

_ABOUT_MEAN = ("w2_to_dirac", "log_antipode_density")


@dataclass(frozen=True, eq=False)
class Environment(Noise):
    """One realisation of common noise: what an increment does, and the path that increments come from."""

    kick: Kick
    path: BrownianPath

    def after(self, time: float) -> float:
        """Return when the next increment acts, a multiple of the step later than a time."""
        index = max(int(time / self.path.step) - 1, 0)
        while index * self.path.step <= time:
            index += 1
        return index * self.path.step

    def times(self, until: float) -> Array:
        times = self.path.step * np.arange(1, int(until / self.path.step) + 2)
        return np.asarray(times[times <= until])

    def increments(self, first: int, last: int) -> Array:
        """Return the increments of the times from number `first` to before number `last`, shape (m, *shape)."""
        found = [self.path.increment(index) for index in range(first, last)]
        return np.array(found, dtype=float).reshape(len(found), *self.path.shape)

    @property
    def axes(self) -> tuple[str, ...]:
        return self.kick.axes

    def kicked(self, time: float, mesh: NormedMesh) -> NormedMesh:
        """Return the tokens after the increment that acts at a time, of mean length one."""
        increment = self.path.increment(round(time / self.path.step) - 1)
        flat, masses = mesh.tokens.reshape(-1, mesh.tokens.shape[-1]), mesh.masses.ravel()
        tokens = self.kick(flat, masses, increment)
        tokens /= float(masses @ np.sqrt(np.vecdot(tokens, tokens)))
        return replace(mesh, tokens=tokens.reshape(mesh.tokens.shape))

    @property
    def attributes(self) -> dict[str, str | int | float]:
        """Attributes of the path in a record."""
        return {"generator": GENERATOR, "numpy": np.__version__, "seed": self.path.seed, "step": self.path.step}


@dataclass(frozen=True, eq=False)
class StirredFlow(Flow):
    """Tokens of norm one in an environment.

    Parameters
    ----------
    flow : NormedFlow
        Between increments, under a scheme that keeps norms.
    environment : Environment
    """

    flow: NormedFlow
    environment: Environment

    def __call__(self, time: float, state: Array) -> Array:
        """Return dy/dt between increments."""
        return self.flow(time, state)

    def next_kick(self, time: float) -> float:
        """Return when the next increment acts."""
        return self.environment.after(time)

    def kicked(self, time: float, state: Array) -> Array:
        """Return the state after the increment that acts at a time."""
        return self.environment.kicked(time, self.flow.mesh(state)).vector(float(state[-1]))

    def density(self, state: Array) -> StirredDensity:
        mesh = self.flow.mesh(state)
        return StirredDensity(mesh, log_density(mesh, self.flow.attention))

    def observe(self, time: float, state: Array) -> Observation:
        """Return every observable of a state but those of norms, which are one; NaN about a mean that is rounding."""
        seen = {name: value for name, value in self.flow.observe(time, state).items() if name not in RADII}
        if float(np.asarray(seen["order_parameter"])) <= NO_MEAN:
            seen |= dict.fromkeys(_ABOUT_MEAN, math.nan)
        return seen

    def verify(self, time: float, state: Array) -> None:
        self.flow.verify(time, state)

    def adapt(self, state: Array) -> "tuple[StirredFlow, Array] | None":
        finer = self.flow.adapt(state)
        return None if finer is None else (replace(self, flow=finer[0]), finer[1])

    @property
    def layout(self) -> Mapping[str, int]:
        return self.flow.layout

    def at_layout(self, layout: Mapping[str, int]) -> "StirredFlow":
        return replace(self, flow=self.flow.at_layout(layout))
