"""`kinetic sweep`: many runs from one file, and one table.

Responsible for the order of things, for what is shown meanwhile, and for the exit status. Refuses to know how points
are run.
"""

import math
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kinetic.cli.choosing import require_folder
from kinetic.cli.listing import copy_here
from kinetic.cli.progress import Teller, shown
from kinetic.cli.running import Folder
from kinetic.cli.signals import interrupted_status, termination_interrupts
from kinetic.cli.terminal import complain, say, show_table
from kinetic.errors import CaseError, NumericsError
from kinetic.library import bundled_sweeps, find_sweep, nearest, title_of

if TYPE_CHECKING:
    from kinetic.sweep import Finished, Outcome, Point, Sweep
    from kinetic.sweep.ensemble import Statistic

CLAIM_FAILED = 1

SWEEP_HELP = """Run many cases made from one template, and gather them in one table.

The sweep file names a template case, the keys that vary (lists or ranges, multiplied or zipped), and what to take from
every run. Points run in parallel, one thread each; one that fails is told of and does not stop the others. The table is
written as DIR/<sweep>.h5 and DIR/<sweep>.csv, the records into DIR/<sweep>/.

\b
  kinetic sweep --list
  kinetic sweep --copy collapse_circle
  kinetic sweep collapse_circle --figure collapse.png
  kinetic sweep my_sweep.toml --output results --workers 4
  kinetic sweep cluster_count_circle --set axes.2.count=2 --output small
  kinetic sweep my_sweep.toml --resume
  kinetic sweep my_sweep.toml --scheduler tcp://192.168.1.5:8786

Exit status: 0 all points finished; 1 a claim failed at some point; 2 bad input, nothing written; 3 some point failed or
was stopped by the numerics; 129, 130, 143 interrupted by a signal, --resume goes on.
"""


def sweep(
    file: Annotated[str | None, typer.Argument(metavar="SWEEP", help="A sweep file, or a bundled sweep.")] = None,
    output: Folder = Path("output"),
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY.PATH=VALUE",
            help="Change a key of the sweep, for example --set axes.0.count=4, or of its template, --set "
            "case.time.end=5; may be given again.",
        ),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(metavar="N", min=1, max=1024, help="Processes; default: one for each processor.")
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Run on a dask cluster, such as tcp://host:8786.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Run only what is missing.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an earlier sweep.")] = False,
    figure: Annotated[Path | None, typer.Option(metavar="FILE", help="Draw the table, too (PNG, SVG, PDF).")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
    listed: Annotated[bool, typer.Option("--list", help="List the bundled sweeps.")] = False,
    copy: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Write a bundled sweep into the current folder; an existing file is kept."),
    ] = None,
) -> None:
    """Run a sweep."""
    if listed:
        _list_sweeps()
        return
    if copy is not None:
        _copy(copy)
        return
    _require_consistent(file, workers, scheduler, resume=resume, overwrite=overwrite)
    assert file is not None
    from kinetic import sweep as sweeps

    chosen = sweeps.Sweep.read(find_sweep(file), settings or ())
    _require_drawable(figure)
    team = sweeps.LocalPool(workers) if scheduler is None else sweeps.Cluster(scheduler)
    require_folder(output)
    try:
        with termination_interrupts(), shown("", quiet=quiet) as tell:
            watcher = Watcher(tell)
            finished = sweeps.run(chosen, output, team, resume=resume, overwrite=overwrite, watcher=watcher)
    except KeyboardInterrupt as stop:
        with suppress(OSError):  # the terminal may be what went
            typer.echo("interrupted: what was computed is kept; kinetic sweep --resume goes on from there", err=True)
        raise typer.Exit(interrupted_status(stop)) from None
    _report(chosen, finished, figure)
    raise typer.Exit(exit_status(finished))


def _copy(name: str) -> None:
    """Write a bundled sweep into the current folder."""
    library = bundled_sweeps()
    if name not in library:
        raise CaseError(f"no bundled sweep {name!r}{nearest(name, library)}; kinetic sweep --list lists them")
    copy_here(library[name], "run it with kinetic sweep {}")


def _require_consistent(
    file: str | None, workers: int | None, scheduler: str | None, *, resume: bool, overwrite: bool
) -> None:
    """Refuse arguments that do not go together."""
    if file is None:
        raise typer.BadParameter("missing; name a sweep file or a bundled sweep", param_hint="SWEEP")
    if resume and overwrite:
        raise typer.BadParameter("give one of the two", param_hint="--resume and --overwrite")
    if workers is not None and scheduler is not None:
        raise typer.BadParameter("give one of the two", param_hint="--workers and --scheduler")


def _require_drawable(figure: Path | None) -> None:
    """Refuse a figure that could not be written, before anything is run."""
    if figure is not None:
        from kinetic.sweep.picture import require_format

        require_format(figure)
        require_folder(figure.parent)


def _list_sweeps() -> None:
    """Print name and title of every bundled sweep."""
    names = bundled_sweeps()
    column = max(map(len, names)) + 2
    for name, path in names.items():
        typer.echo(f"{name:<{column}}{title_of(path)}")


class Watcher:
    """Tells of points that did not finish, and how far the sweep is."""

    def __init__(self, tell: Teller) -> None:
        self.tell = tell
        self.points, self.ended = 0, 0
        self.shares: dict[int, float] = {}

    def begins(self, points: int, found: int) -> None:
        """Note how many points there are, and how many were found finished."""
        self.points, self.ended = points, found
        self._tell()

    def moves(self, index: int, share: float) -> None:
        """Note how much of a point is done."""
        self.shares[index] = share
        self._tell()

    def ends(self, point: "Point", outcome: "Outcome") -> None:
        """Note the end of a point, and tell of one that did not finish."""
        if outcome.status not in ("finished", "interrupted"):
            text = f"point {point.index} ({point.label}): {outcome.status}: {outcome.message}"
            self.tell.above(lambda: complain(text))
        self.shares.pop(point.index, None)
        self.ended += 1
        self._tell()

    def _tell(self) -> None:
        done = (self.ended + sum(self.shares.values())) / max(self.points, 1)
        self.tell(done, f"{self.ended}/{self.points} points, {len(self.shares)} running")


def _report(chosen: "Sweep", finished: "Finished", figure: Path | None) -> None:
    """Say what came out."""
    statuses = [outcome.status for outcome in finished.outcomes.values()]
    counts = ", ".join(f"{statuses.count(status)} {status}" for status in dict.fromkeys(sorted(statuses)))
    from kinetic.sweep.summary import summary

    typer.echo(f"{chosen.name}: {chosen.title}")
    show_table(summary(finished.table))
    say("points", f"{len(chosen.points)}: {counts}")
    for path in finished.paths:
        say("table", str(path))
    for line in _told(finished.statistics):
        typer.echo(line)
    if figure is not None:
        from kinetic.sweep.picture import save

        save(finished.table, figure)
        say("figure", str(figure))


def _told(statistics: Sequence["Statistic"]) -> Iterator[str]:
    """Yield a line for the last time of every quantity of an ensemble, and what its law says."""
    if not statistics:
        return
    from kinetic.claims.ensembles import LAWS

    last = {(found.group, found.quantity): found for found in statistics}
    for (group, quantity), found in last.items():
        when = "" if math.isnan(found.time) else f" at t = {found.time:g}"
        law = LAWS.get(found.law)
        of, interval = ("median", found.median) if law and law.statistic == "median" else ("mean", found.mean)
        measured = f"{of} {interval.value:.5g} [{interval.low:.5g}, {interval.high:.5g}] of {found.count}"
        judged = f"; {found.law} {found.predicted:.5g}: {found.verdict}" if found.law and not found.reason else ""
        judged += "" if math.isnan(found.independent) else f"; independent noise {found.independent:.5g}"
        reason = f"; {found.law}: {found.verdict}: {found.reason}" if found.reason else ""
        yield f"{', '.join(filter(None, (group, quantity)))}{when}: {measured}{judged}{reason}"


def exit_status(finished: "Finished") -> int:
    """Return the exit status of a sweep: that of its worst point."""
    outcomes = finished.outcomes.values()
    if any(outcome.status != "finished" for outcome in outcomes):
        return NumericsError.exit_status
    failed = any(claim.verdict == "fail" for outcome in outcomes for claim in outcome.claims)
    failed = failed or any(found.verdict == "fail" for found in finished.statistics)
    return CLAIM_FAILED if failed else 0
