"""The harmonic chart: a density as harmonic coefficients in the sphere's own coordinates, of fixed or growing degree.

Responsible for when such a density is resolved, and for what happens when it no longer is. It knows nothing of time
steppers.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Protocol

import numpy as np

from kinetic.attention.contract import Attention
from kinetic.clusters import Clusters
from kinetic.clusters.of_series import clusters_of
from kinetic.density import Density
from kinetic.density.observing import Balance, energy_gap, entropy_and_minimum, spectral_tail, view_of
from kinetic.errors import Blowup, Unresolved
from kinetic.harmonic.equation import Ledger, MeanFieldEquation
from kinetic.kernels import ExponentialKernel, Kernel
from kinetic.observables import Observation, row
from kinetic.problem import Problem, Schedule, Witness
from kinetic.spaces.space import Space
from kinetic.spaces.zonal import MOMENT_DIMENSION
from kinetic.spectrum import Asked, Initial
from kinetic.trust import (
    DEFAULT_MAX_DEGREE,
    MASS_BOUND,
    NOISE_BOUND,
    RESOLVED_CHANGE,
    SMALLEST_AUTO_DEGREE,
    TAIL_BOUND,
    WITNESS_TOLERANCE,
    grown,
    growth_bound,
)
from kinetic.types import Array


class Depth(Protocol):
    """Weights that change with time."""

    @property
    def knots(self) -> tuple[float, ...]:
        """Times at which their law changes."""

    def attention(self, space: Space, time: float, since: float) -> Attention:
        """Return the attention of a time of the piece that begins at the knot `since`."""

    def kernels(self, time: float, since: float) -> tuple[Kernel, ...]:
        """Return the kernels of the heads with scalar matrices."""

    def stages(self, space: Space) -> Iterator[Attention]:
        """Yield the attention at the beginning, at every knot and at the end."""

    def largest_energy(self, space: Space) -> float:
        """Return the largest size of the uniform density's energy at any of them."""


@dataclass(frozen=True)
class HarmonicFlow:
    """A density in harmonics, moved by its own attention and spread by noise.

    Parameters
    ----------
    space : Space
    attend : callable
        Makes the attention for a space of any degree.
    kernels : tuple of Kernel
        Of the heads with scalar matrices, which the spectral tail asks for in high dimension.
    identity : bool
        Whether attention is one head with identity matrices, whose energy has a gap to that of a Dirac mass.
    diffusion : float
        κ ≥ 0.
    ledger : {"power", "free_energy", "closed"}
        What is integrated beside the state.
    tail_bound : float
        Spectral tail beyond which the flow is unresolved.
    growth_bound : float
        Spectral tail beyond which the space grows, while it may.
    max_degree : int, optional
        Degree up to which the space may grow; a fixed space if absent.
    depth : Depth, optional
        How attention changes with time, in place of `attend`; `kernels` are then those of all of its stages.
    since : float
        The knot at which the present piece of it begins.
    held : Initial, optional
        The density whose field is felt for ever, in place of that of the density itself.
    beyond : str
        Chart that follows a collapse of these initial data to the end; empty where none does.
    """

    space: Space
    attend: Callable[[Space], Attention]
    kernels: tuple[Kernel, ...]
    identity: bool = True
    diffusion: float = 0.0
    ledger: Ledger = "power"
    tail_bound: float = TAIL_BOUND
    growth_bound: float = 0.0
    max_degree: int | None = None
    depth: Depth | None = None
    since: float = 0.0
    held: Initial | None = None
    beyond: str = "mercator"

    @cached_property
    def equation(self) -> MeanFieldEquation:
        """The equation in this space."""
        depth, space = self.depth, self.space
        if depth is None:
            return MeanFieldEquation(space, self.attend(space), self.diffusion, self.ledger)
        since, largest = self.since, depth.largest_energy(space)

        def at(time: float) -> Attention:
            return depth.attention(space, time, since)

        return MeanFieldEquation(space, at(since), self.diffusion, self.ledger, at, largest)

    @property
    def knots(self) -> tuple[float, ...]:
        """Times at which the law of the weights changes."""
        return () if self.depth is None else self.depth.knots

    def after(self, time: float) -> "HarmonicFlow":
        """Return the flow of the piece that begins at a knot."""
        return replace(self, since=time)

    def crossed(self, time: float, state: Array) -> Array:
        """Return a state beyond a knot: its ledger gains what the energy gains where weights jump."""
        native = self.density(state).native
        before, beyond = self.equation.at(time), self.after(time).equation.at(time)
        return self.equation.raised(state, beyond.energy(native) - before.energy(native))

    def __call__(self, time: float, state: Array) -> Array:
        """Return dy/dt."""
        return self.equation(time, state)

    def traced(self, time: float, state: Array) -> tuple[Array, float]:
        """Return dy/dt and ∫ |X|² dμ; NaN for the latter with noise, and where moments are divided."""
        rate, square = self.equation.traced(time, state)
        return (rate + self.decay * state if self.diffusion else rate), square

    @property
    def decay(self) -> Array:
        """−κ l(l+d−2) for each coefficient, 0 for the ledger."""
        return self.equation.decay

    def nonlinear(self, time: float, state: Array) -> Array:
        """Return dy/dt without the diffusion."""
        return self.equation.nonlinear(time, state)

    def density(self, state: Array) -> Density:
        """Return the density that a state holds."""
        return self.equation.density(state)

    def observe(self, time: float, state: Array) -> Observation:
        """Return every observable of a state."""
        density = self.equation.seen(state)
        kernels = self._kernels_at(time)
        balance = Balance(
            self.equation.at(time).energy(density.native),
            energy_gap(density, kernels[0]) if self.identity else math.nan,
            self.equation.dissipation(density.native, time),
            self.equation.work(state),
            self.diffusion,
        )
        return row(view_of(density, balance, self.kernels))

    def clusters(self, time: float, state: Array) -> Clusters | None:
        """Return the clusters of a state: under one identity head, and where the series tells ρ."""
        if not self.identity:
            return None
        density = self.equation.seen(state)
        source = density if self.held is None else _initial_density(self.space, self.held)
        return clusters_of(density, self._kernels_at(time)[0], source)

    def _kernels_at(self, time: float) -> tuple[Kernel, ...]:
        """Return the kernels of a time of the present piece."""
        return self.kernels if self.depth is None else self.depth.kernels(time, self.since)

    def verify(self, time: float, state: Array) -> None:
        """Raise `Blowup` or `Unresolved` where mass, spectral tail or softmax partition pass their bounds."""
        density = self.equation.seen(state)
        where = f"at degree {self.space.degree}, t = {time:.6g}"
        if not np.all(np.isfinite(state)) or abs(density.mass - 1) > MASS_BOUND:
            raise Blowup(
                f"mass off 1 by {density.mass - 1:.3g} {where} (allowed {MASS_BOUND:.0e}); "
                "lower time.tolerance or raise space.degree"
            )
        tail = spectral_tail(density, *self.kernels)
        if not tail <= self.tail_bound:
            raise Unresolved(f"spectral tail {tail:.3g} {where} (allowed {self.tail_bound:.3g}); {self._remedy}")
        watched, attention = math.isfinite(self.tail_bound), self.equation.at(time)
        change = attention.truncation_change(density.native) if watched else 0.0
        if change > RESOLVED_CHANGE:
            raise Unresolved(
                f"softmax divided in moments: half of the degrees would change the motion by {change:.3g} {where} "
                f"(allowed {RESOLVED_CHANGE:.3g}); {self._remedy}"
            )
        noise = attention.partition_noise(density.native)
        if math.isinf(noise):
            raise Unresolved(
                f"attention divides by its softmax partition, not positive everywhere, {where}: its range exceeds "
                "what a sum of harmonics carries (lower attention.beta, or start less concentrated), or the kernel is "
                'zero or negative on too much of the sphere (use normalization = "none", a kernel that is positive '
                "everywhere, or initial data that leave no cap empty)"
            )
        if noise > NOISE_BOUND:
            raise Unresolved(
                f"softmax partition known to {noise:.3g} only where it is smallest, {where} (allowed "
                f"{NOISE_BOUND:.3g}): its range exceeds what a sum of harmonics carries; lower attention.beta or "
                "start less concentrated"
            )

    @property
    def _remedy(self) -> str:
        """What resolves more: another chart where it follows the collapse, or degrees.

        An automatic degree only puts off the end of a collapse, and is of no use beyond the largest that it may have.
        """
        more = "raise space.degree" if self.max_degree is None else "raise space.max_degree"
        exponential = all(isinstance(kernel, ExponentialKernel) for kernel in self.kernels)
        if self.beyond and self.identity and exponential and not self.diffusion and self.held is None:
            return more + f', or use chart = "{self.beyond}", which follows a collapse to the end'
        grows = self.max_degree is None and self.space.degree < DEFAULT_MAX_DEGREE
        return more + (', or use degree = "auto"' if grows else "")

    def adapt(self, state: Array) -> "tuple[HarmonicFlow, Array] | None":
        """Return the flow in a larger space once the tail passes the growth bound, or None."""
        return self.larger(state) if self.may_grow and self._asks_for_more(self.equation.seen(state)) else None

    @property
    def may_grow(self) -> bool:
        """Whether there is a larger space."""
        return self.max_degree is not None and self.space.degree < self.max_degree

    def larger(self, state: Array) -> "tuple[HarmonicFlow, Array] | None":
        """Return the flow in the next larger space, and the state in it; None where it is not to grow."""
        if self.max_degree is None or not self.may_grow:
            return None
        degree = grown(self.space.degree, self.max_degree)
        coefficients = self.space.resize(self.density(state).native, degree)
        return replace(self, space=self.space.at_degree(degree)), np.append(coefficients, state[-1])

    def trusts(self, state: Array) -> bool:
        """Return whether a step has left the tail within its bound; where no space is larger, `verify` has the word."""
        return not self.may_grow or not spectral_tail(self.equation.seen(state), *self.kernels) > self.tail_bound

    def handed_over(self, time: float, state: Array) -> "tuple[HarmonicFlow, Array]":  # noqa: ARG002
        """Return the flow in the next larger space, in which a step that went too far is taken again."""
        found = self.larger(state)
        assert found is not None, "a space that is the largest is trusted"
        return found

    def _asks_for_more(self, density: Density) -> bool:
        """Whether a density's tail, or what its division leaves out, passes the growth bound."""
        if spectral_tail(density, *self.kernels) > self.growth_bound:
            return True
        bound = self.growth_bound ** (2 / 3)
        return any(stage.truncation_change(density.native) > bound for stage in self._stages)

    @property
    def _stages(self) -> Iterator[Attention]:
        """Attention as it is, or as it becomes on the way."""
        if self.depth is not None and self.space.axisymmetric:  # elsewhere none is delicate
            return self.depth.stages(self.space)
        return iter((self.equation.attention,))

    @property
    def layout(self) -> Mapping[str, int]:
        """The degree."""
        return {"degree": self.space.degree}

    def at_layout(self, layout: Mapping[str, int]) -> "HarmonicFlow":
        """Return the flow at another degree."""
        return replace(self, space=self.space.at_degree(layout["degree"]))


def harmonic_problem(
    flow: HarmonicFlow, initial: Initial, schedule: Schedule, tolerance: float, scheme: str
) -> Problem:
    """Return the problem of a density in harmonics, with the watch that its smoothness calls for.

    Densities that are smooth at their degree are watched by their spectral tail. Initial data that no degree resolves
    pointwise (a jump, a needle) may still have R and E resolved for a while, because attention sees low degrees only:
    they get a companion at half the degree, and stop where R or E of the two part. So do smooth ones whose attention is
    delicate, beside a companion of three quarters of the degrees, whose rounding is another. Smooth ones of heads with
    matrices have a witness at half the degree, which marches only once the tail is noticed.

    Parameters
    ----------
    flow : HarmonicFlow
        In its largest space; one that may grow begins with the smallest that carries the initial density.
    initial : Initial
    schedule : Schedule
    tolerance : float
    scheme : str

    Raises
    ------
    DomainError
        If the space leaves out what is asked for and looks resolved without it: harmonics beyond its degree, or bumps
        that have none up to it.
    """
    asked = Asked.of(flow.space, initial)
    flow = _starting(replace(flow, growth_bound=growth_bound(tolerance)), initial, asked)
    flow = _accountable(flow, initial)
    asked.require_kept(flow.space.degree, TAIL_BOUND)
    smooth = spectral_tail(_initial_density(flow.space, initial), *flow.kernels) <= TAIL_BOUND

    def problem(of: HarmonicFlow, companion: Problem | None) -> Problem:
        state = of.equation.state(initial.coefficients(of.space))
        return Problem(of, state, schedule, tolerance, scheme, companion, knots=of.knots, remedy=flow._remedy)

    unwatched, degree = replace(flow, tail_bound=np.inf, max_degree=None), flow.space.degree
    if smooth and any(stage.is_delicate for stage in flow._stages) and degree > 2:
        largest = flow.max_degree or degree
        return problem(flow, problem(unwatched.at_layout({"degree": 3 * largest // 4}), None))
    if smooth and degree > 2 and not flow.space.axisymmetric and not flow.identity:
        return replace(problem(flow, None), witness=_witness(flow, tolerance))
    if smooth or degree < 2:  # there is no space of half that degree to be compared with
        return problem(flow, None)
    return problem(unwatched, problem(unwatched.at_layout({"degree": degree // 2}), None))


@dataclass(frozen=True)
class _HalfFlow(HarmonicFlow):
    """A flow of half the degree that is asked for R, E and its tail only."""

    def observe(self, time: float, state: Array) -> Observation:
        """Return the three."""
        density = self.density(state)
        return {
            "order_parameter": float(np.linalg.norm(density.mean)),
            "energy": self.equation.at(time).energy(density.native),
            "spectral_tail": spectral_tail(density, *self.kernels),
        }

    def verify(self, time: float, state: Array) -> None:
        """Raise `Unresolved` where half of the degrees do not keep the mass."""
        if not np.all(np.isfinite(state)) or abs(self.density(state).mass - 1) > MASS_BOUND:
            raise Unresolved(f"half of the degrees lose mass at t = {time:.6g}; raise space.degree")


def _witness(flow: HarmonicFlow, tolerance: float) -> Witness:
    """Return the flow at half the degree; one that may grow, at the same with half the degree to grow to."""
    space, largest = flow.space, (flow.max_degree or flow.space.degree) // 2

    def degree_of(layout: Mapping[str, int]) -> int:
        return min(layout["degree"], largest)

    def tail(layout: Mapping[str, int], state: Array) -> float:
        return spectral_tail(Density(space.at_degree(layout["degree"]), state[:-1]), *flow.kernels)

    def cut(layout: Mapping[str, int], state: Array) -> tuple[Mapping[str, int], Array]:
        coefficients = space.at_degree(layout["degree"]).resize(state[:-1], degree_of(layout))
        return {"degree": degree_of(layout)}, np.append(coefficients, state[-1])

    parts = {part.name: getattr(flow, part.name) for part in fields(flow)}
    parts |= {"space": space.at_degree(degree_of(flow.layout)), "max_degree": flow.max_degree and largest}
    return Witness(_HalfFlow(**parts), max(tolerance, WITNESS_TOLERANCE), tail, cut)


def _accountable(flow: HarmonicFlow, initial: Initial) -> HarmonicFlow:
    """Return the flow with its ledger closed where it would need ln ρ of a density whose series does not give it."""
    if flow.ledger != "free_energy":
        return flow
    entropy, _ = entropy_and_minimum(_initial_density(flow.space, initial))
    low = flow.space.dimension <= MOMENT_DIMENSION
    return flow if low and math.isfinite(entropy) else replace(flow, ledger="closed")


def _starting(flow: HarmonicFlow, initial: Initial, asked: Asked) -> HarmonicFlow:
    """Return the flow in the space to begin with."""
    if flow.max_degree is None:
        return flow
    degree = min(max(SMALLEST_AUTO_DEGREE, asked.required), flow.max_degree)
    while degree < flow.max_degree and (
        asked.beyond(degree) > flow.growth_bound or _begins_short(flow.at_layout({"degree": degree}), initial)
    ):
        degree = grown(degree, flow.max_degree)
    return flow.at_layout({"degree": degree})


def _begins_short(flow: HarmonicFlow, initial: Initial) -> bool:
    """Whether a flow's space is too small for the initial density to begin with."""
    return flow._asks_for_more(_initial_density(flow.space, initial))


def _initial_density(space: Space, initial: Initial) -> Density:
    """Return the density to begin with in a space."""
    return Density(space, initial.coefficients(space))
