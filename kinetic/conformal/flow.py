"""A density moved by its own attention in the frame of its conformal barycentre."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from kinetic.clusters import ClusteredFlow, Clusters
from kinetic.conformal.axial import CircleFrame, ZonalFrame
from kinetic.conformal.clusters import clusters_of
from kinetic.conformal.density import ConformalDensity
from kinetic.conformal.frame import Frame
from kinetic.conformal.observing import view_of
from kinetic.conformal.sphere import SphereFrame
from kinetic.conformal.start import Start
from kinetic.density import Density
from kinetic.density.observing import spectral_tail
from kinetic.errors import Unresolved
from kinetic.kernels import ExponentialKernel, Kernel
from kinetic.observables import Observation, row
from kinetic.problem import PassingFlow, Problem, Schedule, TracedFlow, require_mass
from kinetic.spaces.space import Space
from kinetic.spectrum import Initial
from kinetic.trust import NOISE_BOUND, RESOLVED_CHANGE, TAIL_BOUND
from kinetic.types import Array, Normalization

GROWTH = 2  # factor of degree = "auto": where the series converges like a power, smaller ones gain little
LARGEST_RAPIDITY = 300.0
_TRIED_RAPIDITY = 350.0  # of a stage or step before it is refused: e^{2η} has to be a number
AMPLITUDE_BOUND: dict[Normalization, float] = {"softmax": 0.5, "none": 1e-2}
"""Largest relative change of 1 − R when ν is cut to half its degrees.

With softmax ν tends to a fixed density: what the truncation has lost of it is a constant factor of 1 − R, and the rate
is right. Without, what is lost at the frame's antipode is what decides the rate later on: nothing may be lost.
"""


def mean_bound(dimension: int) -> float:
    """Return the largest change of R when ν is cut to half its degrees.

    *Resolved* asks for 1e-6 when they are doubled. The frame's antipode makes the series converge like L^{−(d−1)}, and
    R feels a truncation twice (through ν and through the dual solution): halving changes it 4^{d−1} times as much as
    doubling. Where ν is smooth, as in high dimension, the one is the square root of the other: that bounds the factor.
    """
    return min(RESOLVED_CHANGE * 4.0 ** min(dimension - 1, 20), math.sqrt(RESOLVED_CHANGE))


_FRAMES: dict[str, type[Frame[Any]]] = {"circle": CircleFrame, "sphere": SphereFrame, "zonal": ZonalFrame}


def frame_of(space: Space, kernel: Kernel, normalization: Normalization, lag: float = 0.0) -> Frame[Any]:
    """Return the frame of a space for one identity head."""
    return _FRAMES[space.kind](space, kernel.spectrum(normalization), lag)


@dataclass(frozen=True)
class ConformalFlow(TracedFlow, PassingFlow, ClusteredFlow):
    """A density in a boosted frame; the state is (coefficients of ν, pose, work).

    The frame moves continuously, as part of the state, so that a run continues from its state alone.

    Parameters
    ----------
    frame : Frame
    growth_bound : float
        Spectral tail beyond which the degree grows, while it may.
    max_degree : int, optional
        Degree up to which it may grow; fixed if absent.
    beyond : str
        The chart that follows a collapse where this one no longer can; empty where none does.

    **Accuracy** 1 − R and its kin are sums of non-negative terms at any η. What is far from the cluster is squeezed
    into the frame's antipode, where ν keeps a weak singularity (softmax: Ψ^{d−1} ln Ψ): rates come out right,
    amplitudes converge like a power of the degree (tests/test_conformal_flow.py).

    **Cost** Flat in time: with softmax the frame's density tends to a fixed one, and steps grow.
    """

    frame: Frame[Any]
    growth_bound: float = 0.0
    max_degree: int | None = None
    beyond: str = "mercator"

    def _split(self, state: Array) -> tuple[Array, Array, float]:
        size = self.frame.pose_size
        return state[: -1 - size], state[-1 - size : -1], float(state[-1])

    def traced(self, time: float, state: Array) -> tuple[Array, float]:  # noqa: ARG002
        """Return dy/dt and ∫ |X|² dμ; not numbers where a trial step has gone wild: a shorter one is tried."""
        coefficients, pose, _ = self._split(state)
        if not np.all(np.isfinite(state)) or abs(pose[0]) > _TRIED_RAPIDITY:
            return np.full_like(state, np.nan), math.nan
        rates, motion, (power, square) = self.frame.rate(coefficients, pose)
        return np.concatenate([rates, motion, [power]]), square

    def density(self, state: Array) -> ConformalDensity:
        coefficients, pose, _ = self._split(state)
        return ConformalDensity(Density(self.frame.space, coefficients.copy()), self._expansion_pose(pose))

    def _expansion_pose(self, pose: Array) -> Array:
        """Return the pose of the frame in which the density is expanded."""
        return np.append(float(pose[0]) - self.frame.lag, pose[1:])

    def observe(self, time: float, state: Array) -> Observation:  # noqa: ARG002
        coefficients, pose, work = self._split(state)
        sighting = self.frame.observe(coefficients, pose)
        frame_density = Density(self.frame.space, coefficients)
        return row(view_of(frame_density, self._expansion_pose(pose), sighting, self.frame.spectrum, work))

    def clusters(self, time: float, state: Array) -> Clusters:  # noqa: ARG002
        return clusters_of(self.density(state), self.frame.spectrum.kernel)

    def verify(self, time: float, state: Array) -> None:
        """Raise `Blowup` or `Unresolved` where mass, spectral tail, amplitude or partition pass their bounds."""
        coefficients, pose, _ = self._split(state)
        where = f"at degree {self.frame.space.degree}, t = {time:.6g}"
        if abs(pose[0]) > LARGEST_RAPIDITY:
            raise Unresolved(
                f"rapidity {pose[0]:.6g} {where} (allowed {LARGEST_RAPIDITY:g}): the cluster is smaller than numbers "
                "can tell; lower time.end"
            )
        require_mass(state, float(coefficients[0]), where)
        tail = self._tail(state)
        if not tail <= TAIL_BOUND:
            raise Unresolved(
                f"spectral tail {tail:.3g} in the conformal frame, {where} (allowed {TAIL_BOUND:.3g}); raise "
                f"space.degree{self._or_beyond}"
            )
        self._verify_amplitudes(coefficients, pose, where)

    def _verify_amplitudes(self, coefficients: Array, pose: Array, where: str) -> None:
        doubts = self.frame.doubts(coefficients, pose)
        if doubts.partition > NOISE_BOUND:
            raise Unresolved(
                f"softmax partition known to {doubts.partition:.3g} only where it is smallest, {where} (allowed "
                f"{NOISE_BOUND:.3g}): its range exceeds what a sum of harmonics carries; lower attention.beta or "
                "start less concentrated"
            )
        amplitude_bound = AMPLITUDE_BOUND[self.frame.spectrum.normalization]
        largest = mean_bound(self.frame.space.dimension)
        if not (doubts.amplitude <= amplitude_bound and doubts.mean <= largest):
            raise Unresolved(
                f"half the degrees would change 1 - R by {doubts.amplitude:.2g} of itself and R by {doubts.mean:.2g}, "
                f"{where} (allowed {amplitude_bound:.2g} and {largest:.2g}); raise space.degree{self._or_beyond}"
            )

    @property
    def _or_beyond(self) -> str:
        """The remedy beside more degrees, where there is one."""
        return f', or use chart = "{self.beyond}"' if self.beyond else ""

    @property
    def _may_grow(self) -> bool:
        """Whether there is a larger degree."""
        return self.max_degree is not None and self.frame.space.degree < self.max_degree

    def _tail(self, state: Array) -> float:
        return spectral_tail(Density(self.frame.space, self._split(state)[0]), self.frame.spectrum.kernel)

    def trusts(self, state: Array) -> bool:
        """Return whether a step has left the tail within its bound; at the largest degree `verify` has the word."""
        return not self._may_grow or not self._tail(state) > TAIL_BOUND

    def handed_over(self, time: float, state: Array) -> "tuple[ConformalFlow, Array]":  # noqa: ARG002
        """Return the flow at a higher degree, in which a step that went too far is taken again."""
        return self._larger(state)

    def _larger(self, state: Array) -> "tuple[ConformalFlow, Array]":
        assert self.max_degree is not None, "a fixed degree is trusted"
        coefficients, pose, work = self._split(state)
        larger = min(GROWTH * self.frame.space.degree, self.max_degree)
        resized = self.frame.space.resize(coefficients, larger)
        return self.at_layout({"degree": larger}), np.concatenate([resized, pose, [work]])

    def adapt(self, state: Array) -> "tuple[ConformalFlow, Array] | None":
        """Return the flow at a higher degree once the tail passes the growth bound, or None."""
        if not self._may_grow or self._tail(state) <= self.growth_bound:
            return None
        return self._larger(state)

    @property
    def layout(self) -> Mapping[str, int]:
        return {"degree": self.frame.space.degree}

    def at_layout(self, layout: Mapping[str, int]) -> "ConformalFlow":
        return replace(self, frame=self.frame.at_degree(layout["degree"]))


def conformal_problem(
    space: Space,
    beta: float,
    normalization: Normalization,
    initial: Initial,
    schedule: Schedule,
    tolerance: float = 1e-9,
    scheme: str = "dop853",
    *,
    grows: bool = False,
    beyond: str = "mercator",
) -> Problem:
    """Return the problem of a density in the conformal chart.

    Parameters
    ----------
    space : Space
        Of the frame's density; the largest one, if the degree grows.
    beta, normalization
        The identity head.
    initial : Initial
    schedule : Schedule
    tolerance : float
    scheme : str
    grows : bool
        Whether to begin with as few degrees as carry the initial density, and add more as it needs them.
    beyond : str
        As `ConformalFlow` has it.
    """
    kernel = ExponentialKernel(beta, space.dimension)
    start = Start.of(space, initial, kernel)
    at = start.smallest(space, initial.required, tolerance**2) if grows else space
    # at β = 0 the flow is a boost: no singularity to keep away from
    lag = 0.0 if beta == 0 else start.affordable_lag(at)
    flow = ConformalFlow(
        frame_of(at, kernel, normalization, lag), tolerance**2, space.degree if grows else None, beyond
    )
    start.require_kept(at, float(start.pose[0]) - lag, TAIL_BOUND)
    coefficients = start.coefficients(at, float(start.pose[0]) - lag)
    return Problem(flow, np.concatenate([coefficients, start.pose, [0.0]]), schedule, tolerance, scheme)
