"""Whether a run can go on from a record, and as which case.

Responsible for refusing, in words, what would not be the same run, and for the spacing of the rows that are still to
come: that of the record. Refuses to march.
"""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from kinetic.assembly import load
from kinetic.case import Case
from kinetic.case.show import show
from kinetic.errors import RecordError
from kinetic.march import Checkpoint
from kinetic.problem import Problem, noise_of
from kinetic.record import Record
from kinetic.watched import OWN, Watched

LARGEST_SIZE = 100_000  # of a degree or a number of elements: no case has more
SAME = ("space", "attention", "perceptron", "layer_norm", "noise", "common_noise", "label", "initial")
SPACINGS = ("observe_every", "save_every")


def existing(path: Path, *, resume: bool, overwrite: bool) -> Record | None:
    """Return the record to continue, or None to begin a new one.

    Raises
    ------
    RecordError
        If a record is in the way and neither is wanted, or it cannot be read.
    """
    if not path.exists() or (overwrite and not resume):
        return None
    if not resume:
        raise RecordError(f"{path}: the record exists; continue it with resume=True or replace it with overwrite=True")
    return load(path)


def continued(case: Case, record: Record) -> Case:
    """Return a case with the spacings of a record that it is to continue, where it gives none of its own.

    Spacings that nobody gave scale with the end; a run that is made longer keeps those with which it began.

    Parameters
    ----------
    case : Case
        What is asked for now; another `time.end` than the record's, or the same.
    record : Record

    Returns
    -------
    Case
        The same where its spacings are the record's; otherwise with one more override for each that is not.

    Raises
    ------
    RecordError
        If the record belongs to another case, naming the first key that differs.
    CaseError
        If the record's spacing would make more rows than a case may ask for.
    """
    earlier = Case.parse(record.case_text, record.overrides, record.case_name)
    for key, old, new in _differences(earlier, case):
        change = f"{key} was {old} and is now {new}" if old != new else f"{key} is not what it was"
        settings = f"; the record was made with the settings {', '.join(record.overrides)}" if record.overrides else ""
        raise RecordError(
            f"{record.path}: {change}; only time.end may change between a run and its continuation{settings}; give "
            "what the record was made with, or begin anew with overwrite=True"
        )
    kept = [
        f"output.{key}={getattr(earlier, key)!r}"
        for key in SPACINGS
        if getattr(case.output, key) is None and getattr(case, key) != getattr(earlier, key)
    ]
    return Case.parse(case.text, (*case.overrides, *kept), case.name, case.folder) if kept else case


def _differences(earlier: Case, case: Case) -> Iterator[tuple[str, str, str]]:
    """Yield key, old and new value of all that must agree for a continuation to be the same run."""
    for part in SAME:
        yield from _unequal(part, *(_plain(getattr(one.model, part)) for one in (earlier, case)))
    for key in ("tolerance", "scheme"):
        yield from _unequal(f"time.{key}", getattr(earlier.time, key), getattr(case.time, key))
    for key in ("first", "observe_length"):
        yield from _unequal(f"output.{key}", getattr(earlier.output, key), getattr(case.output, key))
    for key in SPACINGS:
        if getattr(case.output, key) is not None:
            yield from _unequal(f"output.{key}", getattr(earlier, key), getattr(case, key))


def _plain(table: Any) -> Any:
    """Return a table of a case as plain data, None where there is none."""
    return None if table is None else table.model_dump()


def _unequal(path: str, old: Any, new: Any) -> Iterator[tuple[str, str, str]]:
    """Yield the leaves at which two values differ."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in dict.fromkeys((*old, *new)):
            yield from _unequal(f"{path}.{key}", old.get(key), new.get(key))
    elif isinstance(old, list | tuple) and isinstance(new, list | tuple) and len(old) == len(new):
        for i, (one, other) in enumerate(zip(old, new, strict=True)):
            yield from _unequal(f"{path}.{i}", one, other)
    elif old != new:
        yield path, _shown(old), _shown(new)


def _shown(value: Any) -> str:
    return "absent" if value is None else show(value)


def require_same_noise(record: Record, problem: Problem) -> None:
    """Refuse to continue a realisation of common noise with other numbers than those that it began with.

    Raises
    ------
    RecordError
    """
    kept, noise = record.noise.get("increments"), noise_of(problem)
    if noise is None or kept is None or len(kept) == 0:
        return
    for index in {0, len(kept) - 1}:
        if not np.array_equal(noise.increments(index, index + 1)[0], kept[index]):
            raise RecordError(
                f"{record.path}: increment {index} of the common noise is not what this version of numpy "
                f"({np.__version__}) draws; continue with that of the record ({record.noise_attributes.get('numpy')}), "
                "or begin anew with overwrite=True"
            )


def require_continuable(record: Record, problem: Problem, start: Checkpoint) -> None:
    """Refuse a checkpoint from which no step of a problem can be made, or that lies beyond its end.

    Raises
    ------
    RecordError
    ValueError
        And other errors of arithmetic, if the checkpoint is not one of this problem.
    """
    flow = problem.flow.at_layout(start.layout)
    if start.layout.keys() != flow.layout.keys():
        raise ValueError(f"sizes of {', '.join(start.layout) or 'nothing'}")
    if max(start.layout.values(), default=0) > LARGEST_SIZE:
        raise ValueError(f"sizes of {max(start.layout.values())}")
    if not (start.time >= 0 and start.step > 0 and np.isfinite([start.time, start.step]).all()):
        raise ValueError(f"a step of {start.step:g} from t = {start.time:g}")
    if not 0 <= start.error <= 1:
        raise ValueError(f"an accepted step with an error of {start.error:g} tolerances")
    if start.length < 0 or math.isinf(start.length):
        raise ValueError(f"a path of length {start.length:g}")
    if flow(start.time, start.state).shape != start.state.shape:
        raise ValueError(f"a state of {start.state.shape}")
    if start.time > problem.schedule.end:
        raise RecordError(
            f"{record.path}: the record has reached t = {_above(start.time, problem.schedule.end)}, beyond time.end = "
            f"{problem.schedule.end!r}; raise time.end, or begin anew with overwrite=True"
        )


def _above(time: float, end: float) -> str:
    """Write a time with six digits, with more where it would otherwise not read as later than the end."""
    text = f"{time:.6g}"
    return text if float(text) > end and math.isfinite(time) else repr(time)


def require_same_observables(record: Record, watched: Watched | None) -> None:
    """Refuse a continuation with other observables of the user's own than a record has, or with other shapes of them.

    Raises
    ------
    RecordError
        If one is missing, new, or of another shape.
    """
    kept = {name for name in record.observables if record.description(name).startswith(OWN)}
    given = set(watched.functions) if watched else set()
    if kept != given:
        raise RecordError(
            f"{record.path}: the record has the user's own observables {', '.join(sorted(kept)) or '(none)'}, this run "
            f"{', '.join(sorted(given)) or '(none)'}; they must be the same: continue in Python and hand the "
            "functions over again (observables = {…}), or begin anew with overwrite=True"
        )
    if watched is not None and record.observables["time"].size:
        watched.shapes.update({name: record.observables[name].shape[1:] for name in given})
