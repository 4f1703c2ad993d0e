"""A problem: everything a march needs, as objects. It knows no case files, records, charts or progress bars."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

import numpy as np

from kinetic.density import Body
from kinetic.errors import Blowup
from kinetic.integrate.carrying import Carrying
from kinetic.observables import Observation
from kinetic.trust import MASS_BOUND
from kinetic.types import Array


class Flow(Protocol):
    """A discretised density in motion: all that the march knows of spaces, charts and attention."""

    def __call__(self, time: float, state: Array) -> Array:
        """Return dy/dt."""

    def density(self, state: Array) -> Body:
        """Return the density that a state holds."""

    def observe(self, time: float, state: Array) -> Observation:
        """Return every observable of a state."""

    def verify(self, time: float, state: Array) -> None:
        """Raise `Unresolved` or `Blowup` if the state cannot be trusted."""

    def adapt(self, state: Array) -> "tuple[Flow, Array] | None":
        """Return a finer flow and the state in it, if the state asks for one."""

    @property
    def layout(self) -> Mapping[str, int]:
        """Sizes that distinguish this flow from others of the same problem."""

    def at_layout(self, layout: Mapping[str, int]) -> "Flow":
        """Return the flow of the same problem with these sizes."""


@runtime_checkable
class TracedFlow(Flow, Protocol):
    """A flow that tells how fast its density moves."""

    def __call__(self, time: float, state: Array) -> Array:
        """Return dy/dt."""
        return self.traced(time, state)[0]

    def traced(self, time: float, state: Array) -> tuple[Array, float]:
        """Return dy/dt, and ∫ |X|² dμ, the square of the speed in W₂; NaN where that is not known."""


def traced(flow: Flow, time: float, state: Array) -> tuple[Array, float]:
    """Return dy/dt of any flow, and ∫ |X|² dμ, NaN where the flow does not tell it."""
    return flow.traced(time, state) if isinstance(flow, TracedFlow) else (flow(time, state), math.nan)


def require_mass(state: Array, mass: float, where: str, remedy: str = "lower time.tolerance") -> None:
    """Raise `Blowup` where a state holds what is no number, or a mass that is off one by more than `MASS_BOUND`."""
    if not np.all(np.isfinite(state)) or abs(mass - 1) > MASS_BOUND:
        raise Blowup(f"mass off 1 by {mass - 1:.3g} {where} (allowed {MASS_BOUND:.0e}); {remedy}")


@runtime_checkable
class VaryingFlow(Flow, Protocol):
    """A flow whose law changes at known times, its knots: no step goes over one."""

    def after(self, time: float) -> Flow:
        """Return the flow of the piece that begins at a knot."""

    def crossed(self, time: float, state: Array) -> Array:
        """Return the state beyond a knot: what of it belongs to the law, not to the density, may jump."""


@runtime_checkable
class SplitFlow(Flow, Protocol):
    """A flow dy/dt = Λy + N(t, y) whose stiff part Λ is diagonal, for steppers that integrate Λ exactly."""

    @property
    def decay(self) -> Array:
        """The diagonal of Λ, ≤ 0, one number for each of the state's."""

    def nonlinear(self, time: float, state: Array) -> Array:
        """Return N(t, y)."""


@runtime_checkable
class CarryingFlow(Flow, Carrying, Protocol):
    """A flow whose unknowns are carried, each by itself, by a field that changes slowly."""


class Noise(Protocol):
    """Noise that acts at times of its own, one realisation of it."""

    def times(self, until: float) -> Array:
        """Return the times ≤ `until` at which increments act."""

    def increments(self, first: int, last: int) -> Array:
        """Return the increments of the times from number `first` to before number `last`."""

    @property
    def axes(self) -> tuple[str, ...]:
        """Names of an increment's axes."""

    @property
    def attributes(self) -> Mapping[str, str | int | float]:
        """How to draw the increments again."""


@runtime_checkable
class KickedFlow(Flow, Protocol):
    """A flow whose state jumps at given times."""

    @property
    def environment(self) -> Noise:
        """Noise whose increments make it jump."""

    def next_kick(self, time: float) -> float:
        """Return the first time later than this at which the state jumps."""

    def kicked(self, time: float, state: Array) -> Array:
        """Return the state after the jump at a time, from the one before."""


@runtime_checkable
class BoundedFlow(Flow, Protocol):
    """A flow whose mesh is made for steps up to a length: what a longer one would pass over is not resolved."""

    @property
    def longest_step(self) -> float:
        """The length."""


@runtime_checkable
class PassingFlow(Flow, Protocol):
    """A flow from which another one takes over where its states tell less than that other one needs."""

    def trusts(self, state: Array) -> bool:
        """Return whether a state may be gone on from, and handed over."""

    def handed_over(self, time: float, state: Array) -> "tuple[Flow, Array]":
        """Return the flow that goes on from a trusted state, and the state in it."""


@dataclass(frozen=True)
class Schedule:
    """When rows and snapshots are due: at 0, Δ, 2Δ, … and at the end, or at 0, t₁, 10^Δ t₁, 10^{2Δ} t₁, … and there.

    Parameters
    ----------
    end : float
        Simulated time at which the run ends.
    observe_every, save_every : float
        Spacings Δ of rows and of snapshots.
    first : float, optional
        t₁, where times grow by equal ratios.
    observe_length : float, optional
        Length of the path in W₂ after which there is one more row.
    """

    end: float
    observe_every: float
    save_every: float
    first: float | None = None
    observe_length: float | None = None

    @property
    def rows(self) -> Array:
        """Times of the rows, ascending, from 0 to the end."""
        return _times(self.end, self.observe_every, self.first)

    @property
    def snapshots(self) -> Array:
        """Times of the snapshots, ascending, from 0 to the end."""
        return _times(self.end, self.save_every, self.first)


def _times(end: float, spacing: float, first: float | None) -> Array:
    """0, Δ, 2Δ, … below the end (by more than rounding), or 0, t₁, 10^Δ t₁, …, then the end."""
    span = end if first is None else math.log10(end / first)
    count = int(np.ceil(span / spacing * (1 - 1e-12)))
    steps = spacing * np.arange(count)
    if first is None:
        return np.append(steps, end)
    return np.concatenate([np.zeros(1), first * 10.0**steps, [end]])


@dataclass(frozen=True)
class Witness:
    """A coarser flow beside a run, which begins where the run's spectral tail passes `NOTICED_TAIL`.

    Parameters
    ----------
    flow : Flow
        Its rows hold `order_parameter`, `energy` and `spectral_tail`.
    tolerance : float
        Of its stepper.
    tail : callable
        (layout, state) of the run -> its spectral tail.
    cut : callable
        (layout, state) of the run -> those of the coarser flow.
    """

    flow: Flow
    tolerance: float
    tail: Callable[[Mapping[str, int], Array], float]
    cut: Callable[[Mapping[str, int], Array], tuple[Mapping[str, int], Array]]


@dataclass(frozen=True)
class Problem:
    """The mean-field equation with its data, ready to march.

    Parameters
    ----------
    flow : Flow
        The equation as discretised at time 0.
    state : Array
        The initial density in it.
    schedule : Schedule
    tolerance : float
        Of the time stepper.
    scheme : str
        Name of the time scheme; an exponential one needs a `SplitFlow`.
    companion : Problem, optional
        The same problem at another resolution, to be compared with on the way.
    watched : callable, optional
        (time, density) -> observables that a user has added.
    entropies : callable, optional
        density -> observables of `ENTROPY_DEFINITIONS`, where the case wants them.
    witness : Witness, optional
        The same problem at half the degree, to be compared with once the spectral tail passes `NOTICED_TAIL`.
    knots : tuple of float
        Times, ascending, at which the law of a `VaryingFlow` changes.
    remedy : str
        What is to be done where the same problem at another resolution has another R or E.
    beside : bool
        Whether it runs beside another and is asked for R, E and the spectral tail alone: no lengths, no clusters.
    """

    flow: Flow
    state: Array
    schedule: Schedule
    tolerance: float = 1e-9
    scheme: str = "dop853"
    companion: "Problem | None" = None
    witness: Witness | None = None
    knots: tuple[float, ...] = ()
    remedy: str = "raise space.degree"
    watched: Callable[[float, Body], Observation] | None = None
    entropies: Callable[[Body], Observation] | None = None
    beside: bool = False

    def witnessed(self, layout: Mapping[str, int], state: Array) -> "Problem":
        """Return the problem of the witness that begins with a state of the flow of some layout."""
        assert self.witness is not None
        layout, state = self.witness.cut(layout, state)
        flow, tolerance = self.witness.flow.at_layout(layout), self.witness.tolerance
        bare = replace(self, witness=None, watched=None, entropies=None, beside=True)
        return replace(bare, flow=flow, state=state, tolerance=tolerance)


def noise_of(problem: Problem) -> Noise | None:
    """Return the common noise of a problem, None where there is none."""
    return problem.flow.environment if isinstance(problem.flow, KickedFlow) else None
