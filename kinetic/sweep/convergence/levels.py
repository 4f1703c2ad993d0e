"""Which runs a study is made of: the case, at half and twice its resolution, at ten times and a tenth of its tolerance.

Responsible for the keys that vary and their values. Knows no numbers of any run.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kinetic.case import Case
from kinetic.case.sections import HIGHEST_DEGREE
from kinetic.case.text import apply_overrides, parse_toml
from kinetic.case.writing import document
from kinetic.errors import CaseError
from kinetic.sweep import Point, Sweep

TOLERANCE = "time.tolerance"
_TIGHTEST = 1e-13
_ENDING = "_converge"


@dataclass(frozen=True)
class Study:
    """A case and the runs around it.

    Parameters
    ----------
    sweep : Sweep
        Every run once: the levels of each key, all others as in the case.
    levels : dict of str to tuple
        Values of each key that varies, coarse to fine; the case's own value is among them.
    own : dict of str to number
        The case's own values.
    fixed : str
        Why no resolution varies; empty where one does.
    """

    sweep: Sweep
    levels: dict[str, tuple[Any, ...]]
    own: dict[str, Any]
    fixed: str

    def points(self, key: str) -> list[Point]:
        """Return the runs along one key, coarse to fine."""
        names = [axis.key for axis in self.sweep.axes]
        return [
            next(point for point in self.sweep.points if dict(zip(names, point.values, strict=True)) == wanted)
            for wanted in ({**self.own, key: value} for value in self.levels[key])
        ]


def chosen(case: Case, resolutions: Sequence[int] = (), tolerances: Sequence[float] = ()) -> Study:
    """Plan the runs of a study.

    Parameters
    ----------
    case : Case
    resolutions : sequence of int
        Degrees (Mercator chart: elements) beside the case's own; half and twice its own where none are given.
    tolerances : sequence of float
        Tolerances of the stepper beside the case's own; ten times and a tenth of its own where none are given.

    Raises
    ------
    CaseError
        If a resolution is asked for where the chart chooses its own, or one level is no case.
    """
    key, own, fixed = _resolution(case)
    tables = apply_overrides(parse_toml(case.text, case.name), case.overrides, case.name)
    levels: dict[str, tuple[Any, ...]] = {}
    if own is not None:
        levels[key] = _distinct([own, *(resolutions or _around(own, case))])
    elif resolutions:
        raise CaseError(f"--resolution: received {resolutions[0]}; {fixed}; give --tolerance alone")
    tolerance = case.time.tolerance
    levels[TOLERANCE] = _distinct([tolerance, *(tolerances or _tighter(tolerance))])[::-1]
    values = {TOLERANCE: tolerance} if own is None else {key: own, TOLERANCE: tolerance}
    runs = [values]
    runs += [{**values, name: value} for name, found in levels.items() for value in found if value != values[name]]
    axes = [{"key": name, "values": [run[name] for run in runs]} for name in values]
    for axis in axes[1:]:
        axis["zip_with"] = axes[0]["key"]
    text = document({"title": f"Convergence of {case.name}", "case": tables, "axes": axes})
    sweep = Sweep.parse(text, f"{case.name}{_ENDING}", case.folder, f"levels of {case.name}")
    return Study(sweep, levels, values, fixed)


def _resolution(case: Case) -> tuple[str, int | None, str]:
    """Return the key of the resolution and its value; or why it has none."""
    space = case.space
    if space.on_cells:
        if space.elements is not None:
            return "space.elements", space.elements, ""
        return "", None, "the Mercator chart chooses its elements by the tolerance unless space.elements says how many"
    if isinstance(space.degree, int):
        return "space.degree", space.degree, ""
    return "", None, 'degree = "auto" is chosen on the way; a number varies'


def _around(own: int, case: Case) -> list[int]:
    """Return half and twice a resolution; where twice is not allowed, half and a quarter."""
    highest = HIGHEST_DEGREE[case.space.kind]
    if not case.space.on_cells and 2 * own > highest:
        return [max(1, own // 4), max(1, own // 2)]
    return [max(1, own // 2), 2 * own]


def _tighter(own: float) -> list[float]:
    """Return ten times and a tenth of a tolerance; where a tenth is not allowed, ten and a hundred times."""
    factors = (10.0, 0.1) if own / 10 >= _TIGHTEST else (10.0, 100.0)
    return [float(f"{factor * own:.12g}") for factor in factors]  # 1e-10, not 9.999999999999999e-11


def _distinct(values: Sequence[Any]) -> tuple[Any, ...]:
    """Return values ascending, each once."""
    return tuple(sorted(set(values)))
