"""What a sweep takes from a record: the last row, and the quantities that its file asks for.

Responsible for numbers from rows and claims. Knows nothing of files, processes and tables. What only some quantities
need is imported where it is used: every worker loads this module.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from kinetic.case import Case
from kinetic.record import ClaimRow, Record
from kinetic.sweep.cells import Cell, claim_cells, trace_times
from kinetic.sweep.file import AXIS_SPREAD, CLOSE_PAIRS, FORMED, MEAN_COSINE, MEMORY, OF_SNAPSHOTS, Quantity
from kinetic.types import Array

CLOSE, CLOSEST = 1e-6, 1e-20  # 1 − R of tokens between which they tell their rate


def final_row(record: Record) -> dict[str, float]:
    """Return every observable that is one number, in the last row; empty where there is no row."""
    rows = record.observables
    return {name: float(values[-1]) for name, values in rows.items() if values.ndim == 1 and values.size > 0}


def measure(record: Record, quantities: Sequence[Quantity]) -> dict[str, Cell]:
    """Return the columns of the quantities of one run.

    Parameters
    ----------
    record : Record
    quantities : sequence of Quantity

    Returns
    -------
    dict
        Column by name; a claim has four: its measured number, and `_predicted`, `_uncertainty`, `_verdict`. NaN where
        the run does not tell.
    """
    cells: dict[str, Cell] = {}
    seen = {_asked(q): _of_snapshots(record, q) for q in quantities if q.of in OF_SNAPSHOTS}
    told = dict(record.observables)
    if "order_parameter" in told:
        told[MEAN_COSINE] = told["order_parameter"] ** 2
    for quantity in quantities:
        rows = seen.get(_asked(quantity), told)
        if quantity.of == FORMED:
            cells[quantity.name] = formed_clusters(record, quantity.share)
        elif quantity.kind == "claim":
            cells |= claim_cells(quantity.name, _claim(record, quantity.of))
        elif quantity.kind == "trace":
            cells[quantity.name] = tuple(trace(rows, quantity).tolist())
        elif quantity.kind == "tokens":
            cells[quantity.name] = token_rate(record, quantity)
        elif quantity.kind == "crossing":
            cells[quantity.name] = crossing(rows, quantity)
        else:
            values = rows.get(quantity.of, np.zeros(0))
            cells[quantity.name] = float(values[-1]) if values.size else math.nan
    return cells


def _asked(quantity: Quantity) -> tuple[str, float, int | None, int]:
    """Return the key that distinguishes quantities of snapshots."""
    key = float(getattr(quantity, OF_SNAPSHOTS.get(quantity.of) or "", 0.0))
    return quantity.of, key, quantity.tokens, quantity.draws


def _of_snapshots(record: Record, quantity: Quantity) -> dict[str, Array]:
    """Return a quantity at every snapshot, in the form of rows."""
    from kinetic.sweep.pairs import close_pairs, close_pairs_of_tokens
    from kinetic.sweep.remembered import axis_spread, memory

    times = record.density_times
    if quantity.tokens is not None and times.size:
        case = Case.parse(record.case_text, record.overrides, record.case_name)
        how = quantity.tokens, quantity.draws, quantity.delta
        return {"time": times, quantity.of: close_pairs_of_tokens(case, times, *how)}
    densities = [record.density(i) for i in range(times.size)]
    measures: dict[str, Callable[[Any], float]] = {
        CLOSE_PAIRS: lambda density: close_pairs(density, quantity.delta),
        MEMORY: lambda density: memory(density, densities[0], quantity.degree),
        AXIS_SPREAD: axis_spread,
    }
    return {"time": times, quantity.of: np.array([measures[quantity.of](density) for density in densities])}


def formed_clusters(record: Record, share: float) -> float:
    """Return the number of clusters in the first row in which they hold a share of the mass; NaN if they never do."""
    masses = record.clusters.get("mass", np.zeros((0, 0)))
    gathered = np.flatnonzero(np.nansum(masses, axis=1) >= share)
    return float(np.count_nonzero(np.isfinite(masses[gathered[0]]))) if gathered.size else math.nan


def _claim(record: Record, name: str) -> ClaimRow | None:
    """Return a claim of a record, judged now if its case did not ask for it."""
    told = {row.name: row for row in record.claims}
    if name in told:
        return told[name]
    from kinetic.claims import CLAIMS
    from kinetic.claims.evidence import Evidence

    return CLAIMS[name].judge(Evidence(record)) if name in CLAIMS else None


def token_rate(record: Record, quantity: Quantity) -> float:
    """Return the mean rate at which 1 − R of N tokens falls from 1e-6 to 1e-20; NaN without two rows there.

    Accuracy
    --------
    Above 1e-20 tokens know their distances to 1e-6 of themselves; below 1e-6 what the law of close tokens leaves out is
    smaller than that.

    Raises
    ------
    DomainError
        If there are no tokens of such a case.
    """
    from kinetic.tokens import follow_tokens

    assert quantity.count is not None
    run = follow_tokens(record, quantity.count, quantity.seed)
    with np.errstate(invalid="ignore"):
        rows = np.flatnonzero((run.order_deficit < CLOSE) & (run.order_deficit > CLOSEST))
    if rows.size < 2:
        return math.nan
    first, last = rows[0], rows[-1]
    fall = math.log(run.order_deficit[first] / run.order_deficit[last])
    return fall / float(run.times[last] - run.times[first])


def trace(rows: Mapping[str, Array], quantity: Quantity) -> Array:
    """Return an observable at the times of a trace.

    Accuracy
    --------
    Rows at these times are taken as they are; between rows it is interpolated linearly, with an error of Δ²/8 times the
    second derivative. NaN after the last row.
    """
    times = trace_times(quantity)
    have, values = rows.get("time", np.zeros(0)), rows.get(quantity.of, np.zeros(0))
    if have.size == 0:
        return np.full(times.size, math.nan)
    found = np.interp(times, have, values)
    found[times > have[-1] * (1 + 1e-12)] = math.nan
    return np.asarray(found)


def crossing(rows: Mapping[str, Array], quantity: Quantity) -> float:
    """Return the time at which an observable first passes a value; NaN if it never does.

    Accuracy
    --------
    Between two rows the logarithm is interpolated linearly where both values are positive, the value itself otherwise:
    exact for an exponential law, else with an error of the order of the square of the spacing of the rows.
    """
    have, values = rows.get("time", np.zeros(0)), rows.get(quantity.of, np.zeros(0))
    level = quantity.above if quantity.above is not None else quantity.below
    assert level is not None
    known = np.isfinite(values)
    times, values = have[known], values[known]
    passed = np.flatnonzero(values >= level if quantity.above is not None else values <= level)
    if passed.size == 0:
        return math.nan
    after = int(passed[0])
    if after == 0:
        return float(times[0])
    before, now = float(values[after - 1]), float(values[after])
    if min(before, now, level) > 0:
        before, now, level = math.log(before), math.log(now), math.log(level)
    share = (level - before) / (now - before)
    return float(times[after - 1] + share * (times[after] - times[after - 1]))
