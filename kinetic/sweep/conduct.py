"""A sweep from its points to its table: what has to be run is run, wherever, and nothing is run twice.

Responsible for the order of things, for the files of a sweep, and for what an interruption leaves. Refuses to know how
a point is computed, and where.
"""

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from kinetic.errors import RecordError
from kinetic.record import locked, replace_file
from kinetic.sweep.pool import LocalPool
from kinetic.sweep.sweep import Point, Sweep
from kinetic.sweep.table import Table, table_path, tabulate, write
from kinetic.sweep.task import Outcome, Task, modules

if TYPE_CHECKING:
    from kinetic.sweep.ensemble import Statistic


class Workers(Protocol):
    """Whatever carries out tasks."""

    @property
    def shares_folder(self) -> bool:
        """Whether they can write the records themselves; if not, records travel back with the outcomes."""

    def results(self, tasks: Mapping[int, Task], told: Callable[[int, float], None]) -> Iterator[tuple[int, Outcome]]:
        """Yield index and outcome of every task, in the order in which they end."""


class Watcher(Protocol):
    """Whoever is told what happens; see `Silent`."""

    def begins(self, points: int, found: int) -> None:
        """Say how many points there are, and how many need not be run."""

    def moves(self, index: int, share: float) -> None:
        """Say how much of a point is done."""

    def ends(self, point: Point, outcome: Outcome) -> None:
        """Say how a point ended."""


class Silent:
    """A watcher that shows nothing."""

    def begins(self, points: int, found: int) -> None:
        """Show nothing."""

    def moves(self, index: int, share: float) -> None:
        """Show nothing."""

    def ends(self, point: Point, outcome: Outcome) -> None:
        """Show nothing."""


@dataclass(frozen=True)
class Finished:
    """Table and outcomes of a sweep.

    Parameters
    ----------
    table : Table
    outcomes : mapping
        Outcome by the index of its point.
    paths : tuple of Path
        The table as HDF5 and as CSV; of an ensemble its statistics as CSV, too.
    statistics : tuple of Statistic
        Of an ensemble.
    """

    table: Table
    outcomes: Mapping[int, Outcome]
    paths: tuple[Path, ...]
    statistics: "tuple[Statistic, ...]" = ()


def records_folder(sweep: Sweep, output: Path) -> Path:
    """Return the folder of the records of a sweep's points."""
    return output / sweep.name


def run(
    sweep: Sweep,
    output: str | Path = "output",
    workers: Workers | None = None,
    *,
    resume: bool = False,
    overwrite: bool = False,
    watcher: Watcher | None = None,
) -> Finished:
    """Run the points of a sweep and write its table.

    Parameters
    ----------
    sweep : Sweep
    output : path
        Folder of the table, `<sweep>.h5` and `<sweep>.csv`; the records stand in `<sweep>/` below it.
    workers : Workers, optional
        Default: one process for each processor of this machine. The script that calls this must then be protected by
        `if __name__ == "__main__":`, since those processes import it.
    resume : bool
        Take what an earlier sweep left; run what is missing, and go on with what was interrupted.
    overwrite : bool
        Replace what an earlier sweep left.
    watcher : Watcher, optional

    Returns
    -------
    Finished

    Raises
    ------
    RecordError
        If an earlier sweep is in the way and neither `resume` nor `overwrite` is given, if another process is at the
        same sweep, or if the table cannot be written.
    KeyboardInterrupt
        After the points that were running have written their records, and the table has been written as it stands.
    """
    folder, sees = Path(output), watcher or Silent()
    with locked(table_path(sweep, folder)):
        _require_room(sweep, folder, allowed=resume or overwrite)
        records = records_folder(sweep, folder)
        outcomes = {} if overwrite else _found(sweep, records)
        sees.begins(len(sweep.points), len(outcomes))
        team = workers or LocalPool()
        with _table_written(sweep, folder, outcomes):
            missing = [point for point in sweep.points if point.index not in outcomes]
            tasks = {p.index: _task(sweep, p, records if team.shares_folder else None, overwrite) for p in missing}
            with closing(_results(team, tasks, sees)) as results:
                for index, outcome in results:
                    outcomes[index] = _kept(outcome, sweep.points[index], records)
                    sees.ends(sweep.points[index], outcomes[index])
        table = tabulate(sweep, outcomes)
        if sweep.model.ensemble is None:
            return Finished(table, outcomes, write(table, folder))
        from kinetic.sweep.ensemble import columns_of, statistics

        found = statistics(table)
        return Finished(table, outcomes, write(table, folder, columns_of(sweep, found)), found)


def _results(team: Workers, tasks: Mapping[int, Task], sees: Watcher) -> Generator[tuple[int, Outcome], None, None]:
    """Yield the results of the workers, and stop them when there is no interest in more."""
    yield from team.results(tasks, sees.moves)


@contextmanager
def _table_written(sweep: Sweep, folder: Path, outcomes: Mapping[int, Outcome]) -> Iterator[None]:
    """Write the table as it stands if the sweep is interrupted."""
    try:
        yield
    except KeyboardInterrupt:
        write(tabulate(sweep, outcomes), folder)
        raise


def _require_room(sweep: Sweep, folder: Path, *, allowed: bool) -> None:
    """Refuse to mix with an earlier sweep unasked."""
    for path in (table_path(sweep, folder), records_folder(sweep, folder)):
        if path.exists() and not allowed:
            raise RecordError(
                f"{path}: the sweep exists; continue it with resume=True or replace it with overwrite=True"
            )


def _found(sweep: Sweep, records: Path) -> dict[int, Outcome]:
    """Return the outcomes of the points that an earlier sweep has completed."""
    if not records.is_dir():
        return {}
    from kinetic.sweep.work import recorded

    told = ((point.index, recorded(point.case, records, sweep.quantities)) for point in sweep.points)
    return {index: outcome for index, outcome in told if outcome is not None}


def _task(sweep: Sweep, point: Point, records: Path | None, overwrite: bool) -> Task:
    """Return the task of a point."""
    case = point.case
    output = None if records is None else str(records.absolute())
    folder = str(case.folder.absolute())
    what = case.text, tuple(case.overrides), case.name, folder, sweep.quantities
    return Task(*what, output, overwrite, modules(case))


def _kept(outcome: Outcome, point: Point, records: Path) -> Outcome:
    """Put a record that travelled into its place."""
    if outcome.record is None:
        return outcome
    path = records / f"{point.case.name}.h5"
    try:
        replace_file(path, outcome.record)
    except (OSError, RuntimeError) as error:
        raise RecordError(
            f"{path}: cannot write: {getattr(error, 'strerror', None) or error}; free space, or choose another --output"
        ) from error
    return Outcome(outcome.status, outcome.message, outcome.wall_seconds, outcome.finals, outcome.cells, outcome.claims)
