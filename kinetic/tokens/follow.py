"""N tokens beside a density: drawn from its initial data, moved by its own model, and where the two must part."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from kinetic.assembly.environment import kick_of
from kinetic.assembly.rows import require_fingerprint, rows_of, unit_rows
from kinetic.case import Case, Tokens
from kinetic.claims.claim import NotApplicable
from kinetic.claims.collapse import CONCENTRATED, require_positive_density
from kinetic.claims.evidence import Evidence
from kinetic.errors import DomainError
from kinetic.record import Record
from kinetic.theory.antipode_law import leading_side
from kinetic.theory.finite_tokens import parting_time
from kinetic.tokens.field import CloudAttention
from kinetic.tokens.labelled import draw_rotations, draw_row, require_drawable
from kinetic.tokens.model import model_of
from kinetic.tokens.moving import TOLERANCE, moved_tokens, velocity
from kinetic.tokens.stirred import stirred
from kinetic.types import Array


@dataclass(frozen=True)
class TokenRun:
    """N tokens at the times of a record's rows.

    Parameters
    ----------
    count, seed : int
        N, and the seed of the draw.
    times, order_parameter, order_deficit : Array
        Of shape (n,); 1 − R is NaN where the tokens are closer together than their positions are known.
    parting_time : float
        When the last token has left the antipode, ln N/((d−1)λ_a): from here on N tokens collapse at the cluster's
        rate, whatever the density does. NaN unless one identity head has brought the density near one Dirac, and what
        is left at the antipode leads its 1 − R.
    evaluations : int
        How often every token's velocity was computed.
    """

    count: int
    seed: int
    times: Array
    order_parameter: Array
    order_deficit: Array
    parting_time: float
    evaluations: int = 0


def follow_tokens(
    record: Record,
    count: int,
    seed: int,
    progress: Callable[[float], None] | None = None,
) -> TokenRun:
    """Draw N tokens from a record's initial density and move them by the same model.

    Parameters
    ----------
    record : Record
        With at least one row.
    count : int
        N ≥ 2.
    seed : int
        Of the draw, and of the noise.
    progress : callable, optional
        Called with the time reached.

    Raises
    ------
    DomainError
        If the initial density cannot be drawn from, the case has a key that tokens are not moved by, or the record has
        no rows.

    **Accuracy** That of the time steps and of the field (`tokens.field`), 1e-13 where moments carry the digits.

    **Cost** A velocity is O(N K) on the circle and O(N) fast transforms on the sphere, K the kernel's degree, and N²d
    in higher dimension or where moments do not carry. Twelve velocities a step; with noise four, in steps as
    `noisy_step` says.
    """
    case = Case.parse(record.case_text, record.overrides, record.case_name)
    if count < 2:
        raise DomainError(f"tokens: received {count}; at least 2 are needed, by --particles or count")
    _require_observed(record)
    require_drawable(case)
    rng = np.random.default_rng(seed)
    return _followed(record, case, draw_row(record, case, count, rng), seed, rng, progress)


def follow_rows(
    record: Record,
    path: str | Path,
    seed: int,
    progress: Callable[[float], None] | None = None,
) -> TokenRun:
    """Move the very rows that a record began with, all d coordinates of them, by the same model.

    They begin as they are, not widened: R begins at 1/A_1 of the density's.

    Parameters
    ----------
    record : Record
        Of a case with ``initial.kind = "tokens"``.
    path : str or pathlib.Path
        The file of its rows.
    seed : int
        Of the noise.
    progress
        As in `follow_tokens`.

    Raises
    ------
    DomainError
        If the record began otherwise or has no rows of observables, or its model does not move tokens.
    CaseError
        If the file cannot be read.
    RecordError
        If its rows are others than those of the record.

    **Cost** As `follow_tokens`, for as many tokens as there are rows.
    """
    case = Case.parse(record.case_text, record.overrides, record.case_name)
    if not isinstance(case.initial, Tokens):
        raise DomainError(
            f'rows: {record.path} began with initial.kind = "{case.initial.kind}", not with "tokens"; draw tokens from '
            "its density instead (--particles)"
        )
    _require_observed(record)
    rows = rows_of(case, path)
    require_fingerprint(rows, record, str(path))
    if rows.count < 2:
        raise DomainError(f"rows: {path} holds one row; at least 2 are needed; name a file with more")
    points = unit_rows(case, path)
    return _followed(record, case, points, seed, np.random.default_rng(seed), progress)


def _require_observed(record: Record) -> None:
    """Refuse a record with nothing to stand beside."""
    if not record.observables.get("time", np.empty(0)).size:
        raise DomainError(
            f"tokens: {record.path} holds no row to stand beside; its status is {record.status}; run the case on"
        )


def _followed(
    record: Record,
    case: Case,
    points: Array,
    seed: int,
    rng: np.random.Generator,
    progress: Callable[[float], None] | None,
) -> TokenRun:
    """Move tokens by the model of a case to the times of a record's rows."""
    times, count = record.observables["time"], len(points)
    if case.common_noise is None:
        model = model_of(case)
        if case.label is not None and not case.label.has_positions:
            model = replace(model, rotations=draw_rotations(case.label, count, rng))
        moved = moved_tokens(model, points, times, TOLERANCE, rng, progress)
    else:
        moved = _stirred(record, case, points, progress)
    return TokenRun(count, seed, times, *moved[:2], _parting(record, count), moved[2])


def _stirred(
    record: Record, case: Case, points: Array, progress: Callable[[float], None] | None
) -> tuple[Array, Array, int]:
    """Move tokens in the environment of a record, by its increments."""
    model = model_of(case)
    cloud = CloudAttention(model, np.full(len(points), 1.0 / len(points)), TOLERANCE)
    acting = record.noise["time"], record.noise["increments"]
    times = record.observables["time"]
    return stirred(
        kick_of(case), acting, cloud, lambda at, y: velocity(model, cloud, at, y), points, times, TOLERANCE, progress
    )


def _parting(record: Record, count: int) -> float:
    """Return when N tokens must part from the density, NaN where no law says that they must."""
    evidence = Evidence(record)
    if not evidence.plain or evidence.beta is None or not evidence["order_deficit"][-1] < CONCENTRATED:
        return math.nan
    try:
        require_positive_density(evidence)
    except NotApplicable:
        return math.nan
    if leading_side(evidence.d, evidence.beta, evidence.normalization) != "antipode":
        return math.nan
    return parting_time(count, evidence.d, evidence.beta, evidence.normalization)
