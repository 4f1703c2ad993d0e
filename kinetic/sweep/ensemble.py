"""Statistics of a sweep over realisations: mean, median and quantiles of every quantity, and what theory says of them.

The mean has Student's interval, the median that of order statistics, which no law of the realisations spoils: between
the k-th and the (n+1−k)-th smallest with P(Binomial(n, ½) < k) ≤ (1 − c)/2. A law passes where its number is inside the
interval of its statistic at every time at once: at level 1 − (1 − c)/m for m times (Bonferroni). Before the first
increment realisations are all the same, and no law of noise is judged. Knows columns; runs nothing.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr, stdtrit

from kinetic.case.writing import value_text
from kinetic.claims.ensembles import LAWS, Law, NotApplicable
from kinetic.sweep.cells import trace_times
from kinetic.sweep.file import Ensemble, Quantity
from kinetic.sweep.sweep import Sweep
from kinetic.sweep.table import Column, Table
from kinetic.types import Array, Verdict


@dataclass(frozen=True)
class Interval:
    """A statistic between the ends of its confidence interval."""

    value: float
    low: float
    high: float

    def holds(self, number: float) -> bool:
        """Return whether a number is inside, allowing for rounding where the interval is a point."""
        slack = 1e-12 * max(abs(self.low), abs(self.high))
        return self.low - slack <= number <= self.high + slack


@dataclass(frozen=True)
class Statistic:
    """One quantity at one time over all realisations that differ in nothing else.

    Parameters
    ----------
    group : str
        The other keys with their values; empty where there are none.
    quantity : str
    time : float
        NaN for what has no time.
    count, missing : int
        Realisations that tell it, and that do not.
    mean, median : Interval
    quantiles : tuple of float
    law : str
        Name of the law that speaks of it, or empty.
    predicted : float
    independent : float
        What the statistic would be if every token had a noise of its own; NaN where the law does not say.
    verdict : {"pass", "fail", "not applicable"} or empty
        Of the law, at all times of the quantity at once.
    reason : str
    """

    group: str
    quantity: str
    time: float
    count: int
    missing: int
    mean: Interval
    median: Interval
    quantiles: tuple[float, ...]
    law: str = ""
    predicted: float = math.nan
    independent: float = math.nan
    verdict: Verdict | str = ""
    reason: str = ""


def statistics(table: Table) -> tuple[Statistic, ...]:
    """Return the statistics of a table, in the order of its quantities; none where its sweep asks for no ensemble."""
    given = table.sweep.model.ensemble
    if given is None:
        return ()
    quantities = [q for q in table.sweep.quantities if q.kind != "claim"]
    return tuple(
        found
        for label, rows in groups(table)
        for quantity in quantities
        for found in _of_quantity(table, given, quantity, label, rows)
    )


def groups(table: Table) -> Iterator[tuple[str, list[int]]]:
    """Yield label and rows of all realisations that share the values of the other axes."""
    given = table.sweep.model.ensemble
    assert given is not None
    found: dict[str, list[int]] = {}
    axes = table.sweep.axes
    zipped = {given.over, *(axis.key for axis in axes if axis.zip_with == given.over)}
    for i, values in enumerate(table.sweep.combinations()):
        told = [
            f"{a.key} = {value_text(v)}"
            for a, v in zip(axes, values, strict=True)
            if a.key not in zipped and not a.zip_with
        ]
        found.setdefault(", ".join(told), []).append(i)
    yield from found.items()


def _of_quantity(
    table: Table, given: Ensemble, quantity: Quantity, label: str, rows: Sequence[int]
) -> Iterator[Statistic]:
    values = np.asarray(table[quantity.name].values, dtype=float)[list(rows)]
    times = trace_times(quantity) if quantity.kind == "trace" else np.array([math.nan])
    columns = values.reshape(len(rows), times.size).T
    (predicted, independent), stirred, reason = _predicted(table, quantity, rows[0], times)
    level = 1.0 - (1.0 - given.confidence) / max(int(np.count_nonzero(stirred)), 1)
    law = LAWS.get(quantity.law or "")
    verdict: Verdict | str = ""
    if law is not None and not reason:
        verdict, reason = _verdict(law, columns[stirred], predicted[stirred], level)
    if law is not None and not np.all(np.isfinite(columns)):
        verdict, reason = "not applicable", "some realisations do not tell it: the others are no fair sample"
    if law is not None and reason:
        verdict = "not applicable"
    for time, column, number, other in zip(times, columns, predicted, independent, strict=True):
        known = column[np.isfinite(column)]
        quantiles = (
            tuple(np.quantile(known, given.quantiles).tolist()) if known.size else (math.nan,) * len(given.quantiles)
        )
        yield Statistic(
            label,
            quantity.name,
            float(time),
            known.size,
            column.size - known.size,
            mean_of(known, given.confidence),
            median_of(known, given.confidence),
            quantiles,
            quantity.law or "",
            float(number),
            float(other),
            verdict,
            reason,
        )


def _predicted(table: Table, quantity: Quantity, row: int, times: Array) -> tuple[Array, NDArray[np.bool_], str]:
    """Return the law of a quantity at each time, that with independent noise, or why there is none.

    Beside them the times at which noise has acted.
    """
    nothing, always = np.full((2, times.size), math.nan), np.ones(times.size, dtype=bool)
    if quantity.law is None:
        return nothing, always, ""
    case, law = table.sweep.point(row).case, LAWS[quantity.law]
    when = times if quantity.kind == "trace" else np.array([case.time.end])
    noise = case.common_noise
    stirred = always if noise is None else when >= noise.step
    if noise is not None and not np.any(stirred):
        return nothing, stirred, f"no increment acts before the first at t = {noise.step:g}"
    try:
        predicted = law.predict(case, quantity.degree, when)
        independent = law.independent(case, when) if law.independent is not None else nothing[1]
    except NotApplicable as reason:
        return nothing, always, str(reason)
    return np.array([predicted, independent]), stirred, ""


def _verdict(law: Law, columns: Array, predicted: Array, level: float) -> tuple[Verdict, str]:
    """Return the verdict on a law, and why where it is not judged.

    A count that none of n realisations shows may have a probability of 1 − (1 − c)^{1/n}, at confidence c: by so much
    of a step the mean may be off, however narrow its interval.
    """
    of = mean_of if law.statistic == "mean" else median_of
    intervals = [of(column, level) for column in columns]
    if any(math.isinf(interval.high) for interval in intervals):
        text = (
            f"{columns.shape[1]} realisations are too few for an interval of the {law.statistic} at level {level:.4g}"
        )
        return "not applicable", text
    unseen = law.quantum * (1.0 - (1.0 - level) ** (1.0 / columns.shape[1]))
    wide = [Interval(interval.value, interval.low - unseen, interval.high + unseen) for interval in intervals]
    inside = [interval.holds(float(number)) for interval, number in zip(wide, predicted, strict=True)]
    return ("pass" if all(inside) else "fail"), ""


def mean_of(values: Array, confidence: float) -> Interval:
    """Return the mean with Student's interval; without ends where there are fewer than two values."""
    if values.size == 0:
        return Interval(math.nan, math.nan, math.nan)
    mean = float(values.mean())
    if values.size == 1:
        return Interval(mean, -math.inf, math.inf)
    half = float(stdtrit(values.size - 1, 0.5 + 0.5 * confidence) * values.std(ddof=1) / math.sqrt(values.size))
    return Interval(mean, mean - half, mean + half)


def median_of(values: Array, confidence: float) -> Interval:
    """Return the median between two order statistics; without ends where there are too few values."""
    if values.size == 0:
        return Interval(math.nan, math.nan, math.nan)
    ordered, middle = np.sort(values), float(np.median(values))
    # the largest k with P(Binomial < k) ≤ (1 − c)/2
    below = bdtr(np.arange(values.size, dtype=float), values.size, 0.5)
    rank = int(np.count_nonzero(below <= 0.5 - 0.5 * confidence))
    if rank == 0:
        return Interval(middle, -math.inf, math.inf)
    return Interval(middle, float(ordered[rank - 1]), float(ordered[values.size - rank]))


def columns_of(sweep: Sweep, found: Sequence[Statistic]) -> tuple[Column, ...]:
    """Return the statistics as columns along a dimension of their own, for the table's files."""
    given = sweep.model.ensemble
    if given is None:
        return ()
    dims = ("statistic",)
    cells: dict[str, tuple[list[Any], str]] = {
        "group": ([s.group for s in found], "keys that all realisations share, beside the template's"),
        "quantity": ([s.quantity for s in found], "name of the quantity"),
        "time": ([s.time for s in found], "time; NaN for what has none"),
        "count": ([float(s.count) for s in found], "realisations that tell it"),
        "missing": ([float(s.missing) for s in found], "realisations that do not"),
    }
    for name in ("mean", "median"):
        intervals = [getattr(s, name) for s in found]
        cells[name] = ([i.value for i in intervals], f"{name} over realisations")
        for end in ("low", "high"):
            text = f"{end} end of its interval of confidence {given.confidence:g}"
            cells[f"{name}_{end}"] = ([getattr(i, end) for i in intervals], text)
    for k, share in enumerate(given.quantiles):
        cells[f"quantile_{share:g}"] = ([s.quantiles[k] for s in found], f"quantile {share:g} over realisations")
    cells["law"] = ([s.law for s in found], "law of theory about it")
    cells["predicted"] = ([s.predicted for s in found], "what the law says of mean or median")
    independent = "what it would be if every token had a noise of its own, of the same law for one token"
    cells["independent"] = ([s.independent for s in found], independent)
    cells["verdict"] = ([str(s.verdict) for s in found], "of the law, at all times of the quantity at once")
    cells["reason"] = ([s.reason for s in found], "why it does not apply")
    made = [
        Column(f"statistic_{name}", np.array(values, dtype=object if text_of(values) else float), dims, "1", meaning)
        for name, (values, meaning) in cells.items()
    ]
    return (Column("statistic", np.arange(float(len(found))), dims, "1", "number of the statistic"), *made)


def text_of(values: Sequence[Any]) -> bool:
    """Return whether cells are texts."""
    return any(isinstance(value, str) for value in values)
