"""The columns that a quantity has in the table of a sweep, and what stands in them.

Responsible for the names and the kinds of cells. Knows nothing of how they are measured.
"""

import math
from typing import TypeAlias

import numpy as np

from kinetic.record import ClaimRow
from kinetic.sweep.file import Quantity
from kinetic.types import Array

Cell: TypeAlias = float | str | tuple[float, ...]
NOT_TOLD = "the run was not held against this claim"


def claim_cells(name: str, row: ClaimRow | None) -> dict[str, Cell]:
    """Return the columns of one claim, or of one that this version does not have."""
    if row is None:
        nothing = math.nan
        return dict(zip(claim_columns(name), (nothing, nothing, nothing, "not applicable", NOT_TOLD), strict=True))
    cells = row.measured, row.predicted, row.uncertainty, row.verdict, row.reason
    return dict(zip(claim_columns(name), cells, strict=True))


def claim_columns(name: str) -> tuple[str, str, str, str, str]:
    """Return the names of the columns of a claim."""
    return name, f"{name}_predicted", f"{name}_uncertainty", f"{name}_verdict", f"{name}_reason"


def trace_times(quantity: Quantity) -> Array:
    """Return the times of a trace."""
    assert quantity.stop is not None
    assert quantity.count is not None
    return np.linspace(quantity.start, quantity.stop, quantity.count)
