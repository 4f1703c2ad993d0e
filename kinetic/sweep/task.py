"""One point of a sweep as plain data: what a worker is given, and how it ended.

Responsible for the two records that travel between processes. Knows nothing of how a point is computed, so that the
process which gives points to others loads none of the numerics.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from kinetic.case import CLAIM_GROUPS, Case
from kinetic.record import ClaimRow, RunStatus
from kinetic.sweep.cells import Cell
from kinetic.sweep.file import Quantity

Status: TypeAlias = RunStatus | Literal["failed", "missing"]
STOPPED = ("unresolved", "blowup")


@dataclass(frozen=True)
class Task:
    """One run for a worker.

    Parameters
    ----------
    text, overrides, name, folder
        The case, as `Case.parse` takes it.
    quantities : tuple of Quantity
    output : str, optional
        Folder of the records; if absent, the record is sent back with the outcome.
    overwrite : bool
        Whether to begin anew where there is a record; it is continued otherwise.
    modules : tuple of str
        What its run loads beyond what every run does, as far as its case says so.
    """

    text: str
    overrides: tuple[str, ...]
    name: str
    folder: str
    quantities: tuple[Quantity, ...]
    output: str | None = None
    overwrite: bool = False
    modules: tuple[str, ...] = ()


def modules(case: Case) -> tuple[str, ...]:
    """Return the modules of the claims that a case is held against, of its chart and of its steps."""
    space, asked = case.space, case.claims
    names = None if asked is None else {claim.name for claim in asked}
    groups = [group for group, held in CLAIM_GROUPS.items() if names is None or names & {*held}]
    charts = {"conformal": "conformal", "mercator": f"mercator.{space.kind}", "auto": f"mercator.{space.kind}"}
    chart = charts.get(space.chart, "harmonic") if case.layer_norm.scheme in ("post", "ln_scaling") else "normed"
    more = ["label"] if case.label is not None else ["normed.common_noise"] if case.common_noise is not None else []
    more.append("integrate.exponential" if case.noise.diffusion else "integrate.pairs")
    return tuple(f"kinetic.{name}" for name in (*(f"claims.{group}" for group in groups), chart, *more))


@dataclass(frozen=True)
class Outcome:
    """How one point ended.

    Parameters
    ----------
    status : str
        That of its record; or "failed", without a record that could be used, or "missing", never begun.
    message : str
        Why it ended so.
    wall_seconds : float
    finals : mapping
        Observables in the last row.
    cells : mapping
        Columns of the quantities.
    claims : tuple of ClaimRow
    record : bytes, optional
        The record's file, where the worker does not share the folder.
    """

    status: Status
    message: str = ""
    wall_seconds: float = math.nan
    finals: Mapping[str, float] = field(default_factory=dict)
    cells: Mapping[str, Cell] = field(default_factory=dict)
    claims: tuple[ClaimRow, ...] = ()
    record: bytes | None = field(default=None, repr=False)

    @property
    def is_final(self) -> bool:
        """Whether running the point again would give the same."""
        return self.status in ("finished", *STOPPED)
