"""Records and claims as data for JSON."""

import math
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from kinetic.record import ClaimRow, Record
from kinetic.report.summary import case_tables, row_of, row_times

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"


def claims_json(rows: Iterable[ClaimRow], meanings: Mapping[str, str] | None = None) -> list[Json]:
    """Turn claims into data for `json.dumps`.

    Parameters
    ----------
    rows : iterable of ClaimRow
        Any.
    meanings : mapping of str to str, optional
        What the two numbers of a claim are, by its name: a further key `says`.

    Returns
    -------
    list of dict
        One object a claim, its keys the columns of the record. JSON has no NaN and no infinity: they become
        `null`, `"inf"` and `"-inf"`.
    """
    told = meanings or {}
    return [_json({**vars(row), **({"says": told[row.name]} if row.name in told else {})}) for row in rows]


def record_json(record: Record) -> dict[str, Json]:
    """Turn what `summary` tells, the last row and the claims into data for `json.dumps`.

    Parameters
    ----------
    record : Record
        Any.

    Returns
    -------
    dict
        Keys `path`, `case_name`, `title`, `status`, `message`, `created`, `wall_seconds`, `kinetic_version`,
        `libraries`, `overrides`, `density`, `rows`, `snapshots`, `last_row`, `claims`. Numbers as in
        `claims_json`.
    """
    manifest = {
        "path": str(record.path),
        "case_name": record.case_name,
        "title": str(case_tables(record).get("title", "")),
        "status": record.status,
        "message": record.message,
        "created": record.created,
        "wall_seconds": record.wall_seconds,
        "kinetic_version": record.kinetic_version,
        "libraries": record.libraries,
        "overrides": record.overrides,
        "density": record.density_attributes,
        "rows": len(row_times(record)),
        "snapshots": len(record.density_times),
        "last_row": row_of(record, -1),
    }
    return {**{name: _json(value) for name, value in manifest.items()}, "claims": claims_json(record.claims)}


def _json(value: Any) -> Json:
    """Turn mappings, sequences, texts and numbers into what JSON can hold."""
    if isinstance(value, Mapping):
        return {str(name): _json(entry) for name, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_json(entry) for entry in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else str(value)
    return value  # type: ignore[no-any-return]
