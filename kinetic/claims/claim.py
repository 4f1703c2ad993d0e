"""One claim: a prediction, a measurement, and the rule by which they are compared."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias, TypeVar

import numpy as np

from kinetic.claims.evidence import Evidence
from kinetic.density import Density, WithNorms
from kinetic.errors import DomainError
from kinetic.record import ClaimRow, Relation
from kinetic.types import Status, Verdict

Coverage: TypeAlias = Literal["never", "also", "only"]
Known = TypeVar("Known")

SPACES = {"circle": "the circle", "sphere": "the sphere", "zonal": "an axisymmetric density"}
"""What a law is about, by the kind of space."""

CIRCLE, BENT, AXIS = ("circle",), ("circle", "sphere"), ("zonal",)


class NotApplicable(Exception):
    """Raised by a claim that has nothing to say about this kind of run; the message says why."""


class NotReached(NotApplicable):
    """Raised by a claim about this kind of run whose window the run has not reached, or not resolved."""


class Stated(Protocol):
    """A prediction that knows how well it is founded and where it comes from."""

    @property
    def status(self) -> Status:
        """How well it is founded."""

    @property
    def source(self) -> str:
        """Paper and place."""


@dataclass(frozen=True)
class Ground:
    """Status and source of a prediction that is no number of its own."""

    status: Status
    source: str


@dataclass(frozen=True)
class Finding:
    """Prediction of a claim and measurement of a run.

    Parameters
    ----------
    predicted, measured, uncertainty : float
    window : tuple of float
        First and last time that the measurement rests on.
    remedy : str
        What would make the uncertainty smaller.
    note : str
        What a reader has to know of the measured number beyond what the claim says of it, if anything.
    """

    predicted: float
    measured: float
    uncertainty: float
    window: tuple[float, float]
    remedy: str = "smaller output.observe_every or a longer run would tell"
    note: str = ""


@dataclass(frozen=True)
class Claim:
    """A named prediction about runs.

    Parameters
    ----------
    name : str
    examine : callable
        examine(evidence, tolerance) -> Finding; raises `NotApplicable` with the reason.
    founded : Stated
        The function of `kinetic.theory` behind the prediction: its status and source are printed with it.
    tolerance : float
        Default tolerance.
    absolute : bool
        Whether the tolerance is absolute; relative to the predicted number otherwise.
    relation : {"=", ">=", "<="}
        How the measured number must stand to the predicted one.
    noisy : bool
        Whether the law covers runs with noise; if not, the claim does not apply to them.
    stirred : bool
        Whether the law covers runs in common noise.
    depth : bool
        Whether the law covers weights that change with time; if not, the claim does not apply to them.
    frozen : {"never", "also", "only"}
        Whether the law covers the field of the initial density, which stays, beside that of the density itself.
    labelled : {"never", "also", "only"}
        Whether the law covers tokens with labels beside those without, or alone.
    spaces : tuple of str
        Kinds of space that the law is about.
    """

    name: str
    examine: Callable[[Evidence, float], Finding]
    founded: Stated
    tolerance: float
    absolute: bool = False
    relation: Relation = "="
    noisy: bool = False
    stirred: bool = False
    depth: bool = False
    frozen: Coverage = "never"
    labelled: Coverage = "never"
    spaces: tuple[str, ...] = tuple(SPACES)

    def covers(self, _evidence: Evidence) -> bool:
        """Return whether the claim is to be made of runs of this kind without being asked for."""
        return True

    def judge(self, evidence: Evidence, tolerance: float | None = None) -> ClaimRow:
        """Return the claim's row for a run; what goes wrong in the examination is a reason, never an error."""
        allowed = self.tolerance if tolerance is None else tolerance
        return self._judged(self._outcome(evidence, allowed), allowed)

    def consider(self, evidence: Evidence) -> tuple[ClaimRow, bool]:
        """Return the claim's row, and whether it is one about runs of this kind, whether or not its window was reached.

        A claim whose examination came to an unforeseen end counts as one, so that it is seen.
        """
        outcome = self._outcome(evidence, self.tolerance)
        concerned = self.covers(evidence) and isinstance(outcome, Finding | NotReached)
        return self._judged(outcome, self.tolerance), concerned

    def _judged(self, outcome: "Finding | NotApplicable", allowed: float) -> ClaimRow:
        if isinstance(outcome, NotApplicable):
            nothing = Finding(math.nan, math.nan, math.nan, (math.nan, math.nan))
            return self._row(nothing, allowed, "not applicable", str(outcome))
        verdict, why = self._verdict(outcome, allowed)
        return self._row(outcome, allowed, verdict, "; ".join(filter(None, (why, outcome.note))))

    def _outcome(self, evidence: Evidence, tolerance: float) -> Finding | NotApplicable:
        """Return the finding of the examination, or why there is none."""
        outside = self._outside(evidence)
        if outside:
            return NotApplicable(outside)
        try:
            with np.errstate(over="raise", invalid="raise", divide="raise"):
                return self.examine(evidence, tolerance)
        except NotApplicable as reason:
            return reason
        except Exception as error:  # noqa: BLE001 - the run stands, whatever goes wrong in holding it against theory
            return failed(error)

    def _outside(self, evidence: Evidence) -> str:
        """Say what a run has or lacks that the law does not cover, or nothing."""
        kinds = (
            (evidence.case.label is not None, self.labelled, "tokens without labels", "tokens with labels"),
            (evidence.case.attention.frozen, self.frozen, "attention.frozen = false", "attention.frozen = true"),
        )
        for given, coverage, without, having in kinds:
            if coverage == ("never" if given else "only"):
                return f"needs {without if given else having}"
        if evidence.diffusion > 0 and not self.noisy:
            return "needs a run without noise"
        if evidence.case.common_noise is not None and not self.stirred:
            return "needs a run without common noise"
        changing = next(iter(evidence.case.tables), None)
        if changing and not self.depth:
            return f"needs weights that do not change with time: {changing} does"
        if evidence.times.size == 0:
            return "the record has no rows"
        return "" if evidence.kind in self.spaces else f"needs {' or '.join(SPACES[kind] for kind in self.spaces)}"

    def _verdict(self, finding: Finding, tolerance: float) -> tuple[Verdict, str]:
        """Pass if the number is right whatever its uncertainty, fail if it is wrong whatever it is."""
        scale = 1.0 if self.absolute else abs(finding.predicted)
        excess = finding.measured - finding.predicted
        distance = {"=": abs(excess), ">=": -excess, "<=": excess}[self.relation]
        margin = tolerance * scale
        if not math.isfinite(distance):
            return "fail", f"measured {finding.measured:.6g}, predicted {finding.predicted:.6g}"
        if distance + finding.uncertainty <= margin:
            return "pass", ""
        if distance - finding.uncertainty > margin:
            return "fail", f"off by {distance:.3g}, allowed {margin:.3g}"
        only = f"measured only to ±{finding.uncertainty:.2g}, tolerance {margin:.2g}"
        return "not applicable", f"{only}: {finding.remedy}"

    def _row(self, finding: Finding, tolerance: float, verdict: Verdict, reason: str) -> ClaimRow:
        return ClaimRow(
            self.name,
            finding.predicted,
            finding.measured,
            finding.uncertainty,
            tolerance,
            finding.window,
            verdict,
            reason,
            self.founded.status,
            self.founded.source,
            self.relation,
            "absolute" if self.absolute else "relative",
        )


def failed(error: Exception) -> NotReached:
    """Return the reason of a claim about this kind of run whose examination came to an unforeseen end."""
    told = " ".join(str(error).split()) or "no message"
    return NotReached(f"could not be evaluated because of {type(error).__name__}: {told}")


def require(condition: object, reason: str) -> None:
    """Raise `NotApplicable` with the reason unless the condition holds."""
    if not condition:
        raise NotApplicable(reason)


def reached(condition: object, reason: str) -> None:
    """Raise `NotReached` with the reason unless the condition holds."""
    if not condition:
        raise NotReached(reason)


def known(value: Known | None, reason: str) -> Known:
    """Return what is there, or raise `NotApplicable` with the reason."""
    if value is None:
        raise NotApplicable(reason)
    return value


@contextmanager
def in_domain() -> Iterator[None]:
    """Raise `NotApplicable` where the formula of a law has no value for a run, and say why."""
    try:
        yield
    except DomainError as error:
        raise NotApplicable(str(error)) from error


def require_plain(evidence: Evidence) -> float:
    """Return β of a run that theory of one identity head covers, or say that it does not."""
    plain = evidence.beta if evidence.plain else None
    return known(plain, "needs one head with Q = K = V = I, no noise and tokens of norm one")


def require_usual(evidence: Evidence) -> None:
    """Say that theory does not cover a run whose tokens are finitely many or not on the unit sphere."""
    require(evidence.usual, "needs infinitely many tokens of norm one")


def require_scalar(evidence: Evidence) -> tuple[tuple[float, float], ...]:
    """Return (b_h, v_h) of a run that theory of scalar heads covers, or say that it does not."""
    require_usual(evidence)
    return known(evidence.scalar_heads, "needs heads with KᵀQ and V multiples of the identity")


def series_of(evidence: Evidence, index: int) -> Density:
    """Return the density of a snapshot as a finite sum of harmonics, or raise `NotApplicable`."""
    return known(evidence.density(index).as_series, "needs snapshots with harmonic coefficients")


def norms_of(evidence: Evidence, index: int) -> WithNorms:
    """Return the tokens of a snapshot with their norms, or raise `NotApplicable`."""
    return known(evidence.density(index).with_norms, "needs snapshots of tokens with norms")
