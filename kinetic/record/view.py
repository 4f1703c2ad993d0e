"""A record as its users see it: arrays by name, densities by snapshot, the claims.

Responsible for convenient and safe access to contents that were read. Refuses to know how a density is made
of its arrays: the function that does so is an argument.
"""

import difflib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kinetic.errors import RecordError
from kinetic.files import path_of
from kinetic.record.contents import CheckpointValue, ClaimRow, Contents, RunStatus, Scalar
from kinetic.record.reading import read
from kinetic.types import Array
from kinetic.variable import Variable

Rebuild: TypeAlias = Callable[["Record", int], Any]


@dataclass(frozen=True)
class Record:
    """Record of a run in memory; the file is not held open.

    Parameters
    ----------
    path : Path
        Where it was read.
    contents : Contents
        What was in it then.
    rebuild : callable, optional
        `rebuild(record, i)` makes the density of snapshot i from `density_arrays` and `density_attributes`.
    """

    path: Path
    contents: Contents = field(repr=False)
    rebuild: Rebuild | None = field(default=None, repr=False)

    @classmethod
    def load(cls, path: str | Path, rebuild: Rebuild | None = None) -> Self:
        """Read a record from its file.

        Parameters
        ----------
        path : path
            The file.
        rebuild : callable, optional
            What `density` uses.

        Raises
        ------
        RecordError
            Where the file is missing, foreign, of a newer version, incomplete or damaged.
        """
        file = path_of(path, "record", RecordError)
        return cls(file, read(file), rebuild)

    def __getstate__(self) -> dict[str, Any]:
        """Return what is pickled: the parameters, without what was derived from them."""
        return {"path": self.path, "contents": self.contents, "rebuild": self.rebuild}

    @property
    def case_text(self) -> str:
        """The case file, to the letter."""
        return self.contents.manifest.case_text

    @property
    def overrides(self) -> tuple[str, ...]:
        """Settings `key.path=value` that were given beside the case file."""
        return self.contents.manifest.overrides

    @property
    def case_name(self) -> str:
        """Stem of the case file's name."""
        return self.contents.manifest.case_name

    @property
    def status(self) -> RunStatus:
        """How the run ended; `running` while it has not, or after it was killed."""
        return self.contents.manifest.status

    @property
    def message(self) -> str:
        """Why the run ended so."""
        return self.contents.manifest.message

    @property
    def created(self) -> str:
        """When the run began, ISO 8601."""
        return self.contents.manifest.created

    @property
    def wall_seconds(self) -> float:
        """Elapsed time spent in the run, in seconds."""
        return self.contents.manifest.wall_seconds

    @property
    def kinetic_version(self) -> str:
        """Version of kinetic that made the record."""
        return self.contents.manifest.kinetic_version

    @property
    def libraries(self) -> Mapping[str, str]:
        """Versions of the libraries that computed the numbers."""
        return self.contents.manifest.libraries

    @property
    def claims(self) -> tuple[ClaimRow, ...]:
        """Rows of the claims table; empty where none was made."""
        return self.contents.claims

    @property
    def checkpoint(self) -> Mapping[str, CheckpointValue]:
        """State to continue the run from; empty where it cannot be continued."""
        return self.contents.checkpoint

    @property
    def density_attributes(self) -> Mapping[str, Scalar]:
        """What all snapshots share: space, dimension, chart."""
        return self.contents.density_attributes

    @cached_property
    def observables(self) -> Mapping[str, Array]:
        """Read-only array (n, ...) of each observable by name, `time` among them."""
        return _by_name(self.contents.observables)

    @cached_property
    def clusters(self) -> Mapping[str, Array]:
        """Read-only arrays (n, ...) of the clusters by name, `time` among them; empty where none were told."""
        return _by_name(self.contents.clusters)

    @cached_property
    def noise(self) -> Mapping[str, Array]:
        """Read-only arrays (m, ...) of common noise: `time` and `increments`; empty where there is none."""
        return _by_name(self.contents.noise)

    @property
    def noise_attributes(self) -> Mapping[str, Scalar]:
        """How the increments of common noise can be drawn again."""
        return self.contents.noise_attributes

    @cached_property
    def density_arrays(self) -> Mapping[str, NDArray[Any]]:
        """Read-only array (k, ...) of each part of the snapshots by name, `time` among them."""
        return _by_name(self.contents.density)

    @property
    def density_times(self) -> Array:
        """Times of the snapshots, (k,)."""
        return self.density_arrays.get("time", np.zeros(0))

    def variable(self, name: str) -> Variable:
        """Dataset of that name with its dimensions, unit and description.

        Parameters
        ----------
        name : str
            Of an observable or an array of the snapshots; `density/time` and the like where both have the
            name (the bare name then is the observable's).

        Raises
        ------
        RecordError
            Where there is none of that name.
        """
        known = {f"density/{v.name}": v for v in self.contents.density}
        known |= {f"noise/{v.name}": v for v in self.contents.noise}
        known |= {v.name: v for v in (*self.contents.density, *self.contents.observables)}
        if not isinstance(name, str) or name not in known:
            near = difflib.get_close_matches(str(name)[:100], known, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise RecordError(f"{self.path}: there is no variable {name!r}{hint}; known: {', '.join(known)}")
        return known[name]

    def units(self, name: str) -> str:
        """Return the unit of an observable or of an array of the snapshots; see `variable`."""
        return self.variable(name).units

    def description(self, name: str) -> str:
        """Definition of an observable or of an array of the snapshots; see `variable`."""
        return self.variable(name).description

    def nearest_snapshot(self, time: float) -> int:
        """Index of the snapshot nearest a time, the earlier of two that are equally near.

        Raises
        ------
        RecordError
            Where there is no snapshot, or the time is not a number.
        """
        if len(self.density_times) == 0:
            raise RecordError(f"{self.path}: the record holds no snapshot; its status is {self.status}")
        try:
            number = float(time) if isinstance(time, int | float | np.integer | np.floating) else np.nan
        except OverflowError:
            number = math.copysign(np.inf, time)
        if np.isnan(number):
            raise RecordError(f"{self.path}: the time asked for is {ascii(time)[:60]}; allowed: a number, not NaN")
        times = self.density_times
        return int(np.argmin(np.abs(times - np.clip(number, times.min(), times.max()))))

    def density(self, i: int) -> Any:
        """Density at a snapshot, rebuilt from its arrays.

        Parameters
        ----------
        i : int
            Snapshot, 0 to k - 1, or -1 to -k counted from the end.

        Returns
        -------
        object
            With `values(points)`, `coefficients`, `moment(k)` and `grid()`.

        Raises
        ------
        RecordError
            Where there is no such snapshot, or the record was loaded without the means to rebuild one.
        """
        count = len(self.density_times)
        if not isinstance(i, int | np.integer) or isinstance(i, bool):
            raise RecordError(f"{self.path}: received snapshot {ascii(i)[:60]}; allowed: an integer")
        if not -count <= i < count:
            raise RecordError(f"{self.path}: there is no snapshot {i}; the record holds {count}, counted from 0")
        if self.rebuild is None:
            raise RecordError(f"{self.path}: loaded without the means to rebuild a density; use kinetic.load(path)")
        return self.rebuild(self, i % count)


def _by_name(variables: tuple[Variable, ...]) -> Mapping[str, NDArray[Any]]:
    """Arrays by name, as a view that cannot be changed."""
    return MappingProxyType({variable.name: variable.values for variable in variables})
