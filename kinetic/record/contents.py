"""What a record holds, as plain values, and the rules that make it well formed.

Responsible for the data types that cross the border between the march and the file, and for saying in one
place what a well-formed record is: the writer and the reader apply the same rules, so that whatever was
written can be read. Refuses to know HDF5, and what any number means.
"""

import platform
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import metadata
from types import MappingProxyType
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from kinetic.errors import RecordError
from kinetic.types import Status, Verdict
from kinetic.variable import Variable

RunStatus: TypeAlias = Literal["finished", "running", "unresolved", "blowup", "interrupted"]
Relation: TypeAlias = Literal["=", ">=", "<="]
ToleranceKind: TypeAlias = Literal["relative", "absolute", "unknown"]
Scalar: TypeAlias = str | float | int
CheckpointValue: TypeAlias = NDArray[Any] | float | int | str

DISTRIBUTION = "kinetic-transformers"
LIBRARIES = ("numpy", "scipy", "h5py", "ducc0", "pyshtools", "fenics-basix")
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
HANDOVER = "handover_time"
"""The attribute of densities that says when another chart took over from harmonics."""

WIDEST_ITEM = 8  # bytes: float64 and int64; extended precision does not survive a move between machines


def _version(distribution: str) -> str:
    """Version of an installed distribution, `unknown` where it is not installed."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "unknown"


@cache
def libraries() -> Mapping[str, str]:
    """Versions of what computed the numbers: Python and the numerical libraries.

    Returns
    -------
    Mapping[str, str]
        Version by name; `unknown` where a library is not installed as a distribution.
    """
    versions = {"python": platform.python_version()} | {name: _version(name) for name in LIBRARIES}
    return MappingProxyType(versions)


def kinetic_version() -> str:
    """Version of the installed kinetic, `unknown` in a source tree that was never installed."""
    return _version(DISTRIBUTION)


@dataclass(frozen=True)
class Manifest:
    """Where a record comes from and how its run ended.

    Parameters
    ----------
    case_text : str
        The case file, to the letter.
    overrides : tuple of str
        `key.path=value` settings given beside it.
    case_name : str
        Stem of the case file's name.
    status : {"finished", "running", "unresolved", "blowup", "interrupted"}
        How the run ended, `running` while it has not.
    message : str
        Why it ended so; empty when there is nothing to say.
    created : str
        Time at which the run began, ISO 8601.
    wall_seconds : float
        Elapsed time spent in the run, in seconds, over all its continuations.
    kinetic_version : str
        Default: the version that is running.
    libraries : Mapping[str, str]
        Default: `libraries()`.
    """

    case_text: str
    overrides: tuple[str, ...]
    case_name: str
    status: RunStatus
    message: str
    created: str
    wall_seconds: float
    kinetic_version: str = field(default_factory=kinetic_version)
    libraries: Mapping[str, str] = field(default_factory=libraries)

    def __getstate__(self) -> dict[str, Any]:
        """Return what is pickled: read-only mappings cannot be, so a plain one is."""
        return {**vars(self), "libraries": dict(self.libraries)}


@dataclass(frozen=True)
class ClaimRow:
    """One line of the table that holds a run against theory, as plain values.

    Parameters
    ----------
    name : str
        Name of the claim.
    predicted : float
        What theory says, or the bound of an inequality (see `relation`); NaN where there is no number.
    measured, uncertainty : float
        What the run says, and how far that can be trusted (absolute); NaN where nothing was measured.
    tolerance : float
        Admitted distance between the two.
    window : tuple of two floats
        First and last time used; NaN where none was.
    verdict : {"pass", "fail", "not applicable"}
        The outcome.
    reason : str
        Why not, for the last two verdicts; for the first what has to be known of the measured number, or empty.
    status : {"theorem", "derived", "heuristic"}
        How well the prediction is founded.
    source : str
        Paper and equation.
    relation : {"=", ">=", "<="}
        How the measured number must stand to the predicted one.
    tolerance_kind : {"relative", "absolute", "unknown"}
        Whether the tolerance is a share of the predicted number; unknown in records that do not hold this column.
    """

    name: str
    predicted: float
    measured: float
    uncertainty: float
    tolerance: float
    window: tuple[float, float]
    verdict: Verdict
    reason: str
    status: Status
    source: str
    relation: Relation = "="
    tolerance_kind: ToleranceKind = "unknown"

    def admitted(self, digits: int = 6) -> str:
        """Write the tolerance: `0.001 rel` is a share of the predicted number, `0.01 abs` is not."""
        written = f"{self.tolerance:.{digits}g}"
        return written if self.tolerance_kind == "unknown" else f"{written} {self.tolerance_kind[:3]}"


@dataclass(frozen=True)
class Contents:
    """Everything that a record holds.

    Parameters
    ----------
    manifest : Manifest
        The root attributes.
    observables : tuple of Variable
        One row for each observed time; holds a variable `time` unless it is empty.
    density : tuple of Variable
        One entry for each snapshot along the dimension `time`; holds a variable `time` unless it is empty.
    density_attributes : Mapping[str, str | float | int]
        What does not change from one snapshot to the next: space, dimension, chart.
    claims : tuple of ClaimRow
        The table; empty while there is none.
    checkpoint : Mapping[str, array | float | int | str]
        What is needed to continue the run bit for bit; empty when it cannot be continued.
    clusters : tuple of Variable
        One entry for each row at which the chart told its clusters; empty where it never did.
    noise : tuple of Variable
        One entry for each increment of common noise that has acted; empty where there is none.
    noise_attributes : Mapping[str, str | float | int]
        How to draw the increments again.
    """

    manifest: Manifest
    observables: tuple[Variable, ...] = ()
    density: tuple[Variable, ...] = ()
    density_attributes: Mapping[str, Scalar] = field(default_factory=dict)
    claims: tuple[ClaimRow, ...] = ()
    checkpoint: Mapping[str, CheckpointValue] = field(default_factory=dict)
    clusters: tuple[Variable, ...] = ()
    noise: tuple[Variable, ...] = ()
    noise_attributes: Mapping[str, Scalar] = field(default_factory=dict)


def check(contents: Contents) -> None:
    """Refuse contents that are not a well-formed record.

    Raises
    ------
    RecordError
        For a name that is not an identifier, a shape that does not agree with its dimensions, a type of
        number that a record does not hold, a group without its times, a word outside its list.
    """
    _check_word("status", contents.manifest.status, get_args(RunStatus))
    for group, variables in (
        ("observables", contents.observables),
        ("density", contents.density),
        ("clusters", contents.clusters),
        ("noise", contents.noise),
    ):
        _check_group(group, variables)
    for row in contents.claims:
        _check_word(f"verdict of claim {row.name!r}", row.verdict, get_args(Verdict))
        _check_word(f"status of claim {row.name!r}", row.status, get_args(Status))
        _check_word(f"relation of claim {row.name!r}", row.relation, get_args(Relation))
        _check_word(f"tolerance_kind of claim {row.name!r}", row.tolerance_kind, get_args(ToleranceKind))
    _check_scalars("density", contents.density_attributes)
    _check_scalars("noise", contents.noise_attributes)
    arrays = {name: value for name, value in contents.checkpoint.items() if isinstance(value, np.ndarray)}
    _check_names("checkpoint", arrays)
    for name, array in arrays.items():
        _check_numbers(f"checkpoint/{name}", array, "fiubc", 2 * WIDEST_ITEM)
    _check_scalars("checkpoint", {n: v for n, v in contents.checkpoint.items() if n not in arrays})


def _check_word(what: str, word: str, allowed: tuple[str, ...]) -> None:
    """Refuse a word that is not in its list."""
    if word not in allowed:
        raise RecordError(f"{what} is {word!r}; allowed: {', '.join(allowed)}")


def _check_names(group: str, names: Iterable[str]) -> None:
    """Refuse names that cannot be paths in the file and identifiers in a script."""
    for name in names:
        if not NAME.fullmatch(name):
            raise RecordError(f"{group}: the name {name!r} is not an ASCII identifier")


def _check_scalars(group: str, values: Mapping[str, Any]) -> None:
    """Refuse attributes that are neither one number nor one text."""
    _check_names(group, values)
    for name, value in values.items():
        if not isinstance(value, str | int | float | np.floating | np.integer | np.bool_):
            raise RecordError(f"{group}: {name} is a {type(value).__name__}; allowed: a number or a text")


def _check_numbers(path: str, values: NDArray[Any], kinds: str, widest: int) -> None:
    """Refuse numbers of a type that is not portable."""
    if values.dtype.kind not in kinds or values.dtype.itemsize > widest:
        raise RecordError(f"{path} has the type {values.dtype}; a record holds real and integer numbers of 64 bits")


def _check_group(group: str, variables: tuple[Variable, ...]) -> None:
    """Refuse variables whose names, shapes or times do not fit together."""
    names = [variable.name for variable in variables]
    _check_names(group, names)
    if len(set(names)) < len(names):
        raise RecordError(f"{group}: two variables bear one name; received {', '.join(names)}")
    if variables and "time" not in names:
        raise RecordError(f"{group}: the variable time is missing; received {', '.join(names)}")
    lengths: dict[str, int] = {}
    for variable in variables:
        _check_variable(group, variable, lengths)


def _check_variable(group: str, variable: Variable, lengths: dict[str, int]) -> None:
    """Refuse one variable that is malformed or disagrees with the lengths seen so far (which it extends)."""
    path, shape = f"{group}/{variable.name}", variable.values.shape
    _check_names(path, variable.dims)
    _check_numbers(path, variable.values, "fiu", WIDEST_ITEM)
    if len(shape) != len(variable.dims):
        raise RecordError(f"{path} has the shape {shape} but {len(variable.dims)} dimensions: {variable.dims}")
    for dim, length in zip(variable.dims, shape, strict=True):
        if lengths.setdefault(dim, length) != length:
            raise RecordError(f"{path} has {length} entries along {dim}, other variables {lengths[dim]}")
    if variable.name == "time":
        _check_times(path, variable)
    elif group == "observables" and variable.dims[:1] != ("time",) and variable.dims != (variable.name,):
        raise RecordError(f"{path} has the dimensions {variable.dims}; allowed: ('time', ...), or those of a scale")


def _check_times(path: str, variable: Variable) -> None:
    """Refuse times that are not a finite sequence along the dimension of their own name."""
    if variable.dims != ("time",):
        raise RecordError(f"{path} has the dimensions {variable.dims}; allowed: ('time',)")
    if not np.all(np.isfinite(variable.values)):
        raise RecordError(f"{path} holds a time that is not a finite number")
