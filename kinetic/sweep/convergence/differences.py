"""How much observables change from one level to the next, at which order that falls, and what can be concluded.

Responsible for the numbers of the table and for the verdict. Knows nothing of how levels are run or shown.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from kinetic.record import Record

POINTWISE = ("order_deficit", "energy_gap", "w2_to_dirac")
"""Observables whose relative accuracy counts at every row: they vanish at a Dirac mass."""

COMPARED = ("order_parameter", *POINTWISE, "energy", "free_energy", "dissipation", "entropy", "mean_radius")
ROUNDING = 64 * float(np.finfo(float).eps)
"""Relative difference below which two numbers are the same: both are sums in double precision."""


@dataclass(frozen=True)
class Change:
    """An observable along the levels of one key.

    Parameters
    ----------
    name : str
    differences : tuple of float
        From each level to the next finer one, the largest over the rows that all levels have, relative: to the value
        at that row for what vanishes at a Dirac mass, to the largest value otherwise. NaN where it is not known.
    orders : tuple of float
        p_i = ln(Δ_i/Δ_{i+1}) / |ln(h_{i+1}/h_i)|, h the level; NaN where a difference is rounding.
    """

    name: str
    differences: tuple[float, ...]
    orders: tuple[float, ...]


@dataclass(frozen=True)
class Finding:
    """Result of a study for one key.

    Parameters
    ----------
    key : str
    levels : tuple
        Coarse to fine.
    changes : tuple of Change
    stopped : tuple of str
        What ended early: level, status and time.
    until : float
        Time up to which levels are compared: that of the last row that all of them have.
    rising : tuple of str
        Observables whose differences do not fall, though they are above what the other key leaves.
    """

    key: str
    levels: tuple[Any, ...]
    changes: tuple[Change, ...]
    stopped: tuple[str, ...]
    until: float
    rising: tuple[str, ...] = ()

    @property
    def size(self) -> float:
        """Largest difference between the two finest levels; NaN where there is none."""
        known = [one.differences[-1] for one in self.changes if math.isfinite(one.differences[-1])]
        return max(known, default=math.nan)

    @property
    def worst(self) -> str:
        """Observable that has it."""
        known = [one for one in self.changes if math.isfinite(one.differences[-1])]
        return max(known, key=lambda one: one.differences[-1]).name if known else ""


def findings(runs: Mapping[str, Sequence[tuple[Any, Record]]], tightest: float) -> list[Finding]:
    """Compare the runs of a study.

    Parameters
    ----------
    runs : mapping
        For each key its levels and their records, coarse to fine.
    tightest : float
        The smallest tolerance of the stepper: it promises nothing below.

    Returns
    -------
    list of Finding
        In the order of the keys. Differences of a resolution that do not fall count as rising only above those that the
        tolerances leave, and those of the tolerances only above the smallest tolerance.
    """
    found = {key: _finding(key, levels) for key, levels in runs.items()}
    times = found.get("time.tolerance")
    left = {one.name: one.differences[-1] for one in times.changes} if times else {}
    floors = {key: dict.fromkeys(left, tightest) if one is times else left for key, one in found.items()}
    return [_judged(one, floors[key], tightest) for key, one in found.items()]


def _judged(finding: Finding, floors: Mapping[str, float], tightest: float) -> Finding:
    """Return a finding with what does not fall."""
    rising = tuple(
        one.name
        for one in finding.changes
        if len(one.differences) > 1
        and one.differences[-1] >= one.differences[-2]
        and one.differences[-1] > max(ROUNDING, 2 * floors.get(one.name, tightest))
    )
    return Finding(finding.key, finding.levels, finding.changes, finding.stopped, finding.until, rising)


def _finding(key: str, runs: Sequence[tuple[Any, Record]]) -> Finding:
    """Compare the runs along one key."""
    levels, records = [level for level, _ in runs], [record for _, record in runs]
    names = [name for name in COMPARED if _is_told(records, name)]
    stopped = tuple(
        f"{key} = {level:g}: {record.status}, last row at t = {_last(record):.6g}"
        for level, record in runs
        if record.status != "finished"
    )
    until = min(map(_last, records))
    changes = tuple(_change(name, levels, records, until) for name in names)
    return Finding(key, tuple(levels), changes, stopped, until)


def _last(record: Record) -> float:
    return float(record.observables["time"][-1])


def _is_told(records: Sequence[Record], name: str) -> bool:
    """Whether an observable is known, is one number a row, and says something of its own."""
    values = [record.observables.get(name, np.zeros(0)) for record in records]
    if any(one.ndim != 1 or not np.any(np.isfinite(one)) for one in values):
        return False
    if name == "free_energy":  # without noise −E
        return not all(np.array_equal(record.observables[name], -record.observables["energy"]) for record in records)
    return any(np.any(one != one[0]) for one in values)


def _change(name: str, levels: Sequence[Any], records: Sequence[Record], until: float) -> Change:
    """Return differences and orders of one observable."""
    sizes = tuple(difference(coarse, fine, name, until) for coarse, fine in pairwise(records))
    steps = [abs(math.log(fine / coarse)) for coarse, fine in pairwise(levels)]
    orders = tuple(
        math.log(first / second) / step if min(first, second) > ROUNDING else math.nan
        for (first, second), step in zip(pairwise(sizes), steps[1:], strict=True)
    )
    return Change(name, sizes, orders)


def difference(coarse: Record, fine: Record, name: str, until: float = math.inf) -> float:
    """Return the largest relative difference of an observable over common rows up to a time; NaN without any."""
    times = coarse.observables["time"], fine.observables["time"]
    shared, here, there = np.intersect1d(*times, assume_unique=True, return_indices=True)
    first, second = (one.observables[name][rows][shared <= until] for one, rows in ((coarse, here), (fine, there)))
    known = np.isfinite(first) & np.isfinite(second)
    if not known.any():
        return math.nan
    apart, scale = np.abs(first - second)[known], np.abs(second[known])
    if name not in POINTWISE:
        scale = np.full(scale.size, scale.max())
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = np.where(apart > 0, apart / scale, 0.0)
    return float(shares.max())


def verdict(found: Sequence[Finding]) -> str:
    """Return the conclusion of a study, in one sentence."""
    rising = [f"{name} along {one.key}" for one in found for name in one.rising]
    if rising:
        return f"not converged: {', '.join(rising)} changes as much from level to level, or more"
    known = [one for one in found if math.isfinite(one.size)]
    if not known:
        return "not converged: no observable is known at two levels"
    worst = max(known, key=lambda one: one.size)
    steps = "; ".join(f"{one.key} {one.levels[-2]:g} to {one.levels[-1]:g}" for one in known)
    until = min(one.until for one in known)
    if worst.size <= ROUNDING:
        return f"converged to rounding, up to t = {until:.6g} ({steps})"
    return f"converged to {worst.size:.2g}, up to t = {until:.6g}: the change of {worst.worst} ({steps})"
