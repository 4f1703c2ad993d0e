"""`kinetic sweep`: many runs from one file, and one table.

Responsible for the order of things, for what is shown meanwhile, and for the exit status. Refuses to know how points
are run.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kinetic.cli.choosing import require_folder
from kinetic.cli.running import Folder, termination_interrupts
from kinetic.cli.terminal import INTERRUPTED, complain, say
from kinetic.errors import CaseError, NumericsError
from kinetic.library import bundled_sweeps, title_of

if TYPE_CHECKING:
    from kinetic.sweep import Finished, Outcome, Point, Sweep

CLAIM_FAILED = 1

SWEEP_HELP = """Run many cases made from one template, and gather them in one table.

The sweep file names a template case, the keys that vary (lists or ranges, multiplied or zipped), and what to take from
every run. Points run in parallel, one thread each; one that fails is told of and does not stop the others. The table is
written as DIR/<sweep>.h5 and DIR/<sweep>.csv, the records into DIR/<sweep>/.

\b
  kinetic sweep --list
  kinetic sweep collapse_circle --figure collapse.png
  kinetic sweep my_sweep.toml --output results --workers 4
  kinetic sweep my_sweep.toml --resume
  kinetic sweep my_sweep.toml --scheduler tcp://192.168.1.5:8786

Exit status: 0 all points finished; 1 a claim failed at some point; 2 bad input, nothing written; 3 some point failed or
was stopped by the numerics; 130 interrupted, --resume goes on.
"""


def sweep(
    file: Annotated[str | None, typer.Argument(metavar="SWEEP", help="A sweep file, or a bundled sweep.")] = None,
    output: Folder = Path("output"),
    workers: Annotated[
        int | None, typer.Option(metavar="N", min=1, max=1024, help="Processes; default: one for each processor.")
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Run on a dask cluster, such as tcp://host:8786.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Run only what is missing.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an earlier sweep.")] = False,
    figure: Annotated[Path | None, typer.Option(metavar="FILE", help="Draw the table, too (PNG, SVG, PDF).")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Draw no progress bar.")] = False,
    listed: Annotated[bool, typer.Option("--list", help="List the bundled sweeps.")] = False,
) -> None:
    """Run a sweep."""
    if listed:
        _list_sweeps()
        return
    _require_consistent(file, workers, scheduler, resume=resume, overwrite=overwrite)
    assert file is not None
    from kinetic import sweep as sweeps

    chosen = sweeps.Sweep.read(find(file))
    _require_drawable(figure)
    team = sweeps.LocalPool(workers) if scheduler is None else sweeps.Cluster(scheduler)
    require_folder(output)
    try:
        with termination_interrupts(), _shown(drawn=_drawn(quiet)) as watcher:
            finished = sweeps.run(chosen, output, team, resume=resume, overwrite=overwrite, watcher=watcher)
    except KeyboardInterrupt:
        typer.echo("interrupted: what was computed is kept; kinetic sweep --resume goes on from there", err=True)
        raise typer.Exit(INTERRUPTED) from None
    _report(chosen, finished, figure)
    raise typer.Exit(exit_status(finished))


def find(name: str) -> Path:
    """Return the file of a sweep: a file of that path if there is one, otherwise the bundled sweep of that name.

    Raises
    ------
    CaseError
        If there is neither; with the nearest bundled name.
    """
    path, library = Path(name), bundled_sweeps()
    if path.is_file() or (path.exists() and name not in library):
        return path
    if name in library:
        return library[name]
    close = get_close_matches(path.stem, library, n=1)
    hint = f" (did you mean {close[0]}?)" if close else ""
    raise CaseError(f"{name}: no such file and no bundled sweep{hint}; kinetic sweep --list lists them")


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


def _drawn(quiet: bool) -> bool:
    """Whether a progress bar is wanted and can be seen."""
    return not quiet and sys.stderr is not None and sys.stderr.isatty()


class _Telling:
    """A watcher that tells of points that did not finish, and of nothing else."""

    def begins(self, points: int, found: int) -> None:
        """Show nothing."""

    def moves(self, index: int, share: float) -> None:
        """Show nothing."""

    def ends(self, point: "Point", outcome: "Outcome") -> None:
        """Tell of a point that did not finish."""
        if outcome.status not in ("finished", "interrupted"):
            self._tell(f"point {point.index} ({point.label}): {outcome.status}: {outcome.message}")

    def _tell(self, text: str) -> None:
        complain(text)


class _Drawing(_Telling):
    """A watcher that moves a progress bar, too."""

    def __init__(self, display: Any, task: Any) -> None:
        self.display, self.task = display, task
        self.ended = 0
        self.shares: dict[int, float] = {}

    def begins(self, points: int, found: int) -> None:
        """Draw the bar."""
        self.ended = found
        self.display.update(self.task, total=points, completed=found, note=f"{found}/{points} points")

    def moves(self, index: int, share: float) -> None:
        """Move the bar by a part of a point."""
        self.shares[index] = share
        self._draw()

    def ends(self, point: "Point", outcome: "Outcome") -> None:
        """Move the bar by a point."""
        super().ends(point, outcome)
        self.shares.pop(point.index, None)
        self.ended += 1
        self._draw()

    def _tell(self, text: str) -> None:
        """Print above the bar."""
        from kinetic.case.show import printable

        self.display.console.print(f"error: {printable(text)}", markup=False, soft_wrap=True)

    def _draw(self) -> None:
        total = int(self.display.tasks[0].total or 0)
        note = f"{self.ended}/{total} points, {len(self.shares)} running"
        self.display.update(self.task, completed=self.ended + sum(self.shares.values()), note=note)


@contextmanager
def _shown(*, drawn: bool) -> Iterator[_Telling]:
    """Show on a terminal how far a sweep is."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    console = Console(stderr=True, highlight=False)
    if not drawn or console.is_dumb_terminal:
        yield _Telling()
        return
    columns = (BarColumn(), TextColumn("{task.fields[note]}", markup=False), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, redirect_stdout=False) as display:
        yield _Drawing(display, display.add_task("", total=None, note="preparing"))


def _report(chosen: "Sweep", finished: "Finished", figure: Path | None) -> None:
    """Say what came out."""
    statuses = [outcome.status for outcome in finished.outcomes.values()]
    counts = ", ".join(f"{statuses.count(status)} {status}" for status in dict.fromkeys(sorted(statuses)))
    typer.echo(f"{chosen.name}: {chosen.title}")
    say("points", f"{len(chosen.points)}: {counts}")
    for path in finished.paths:
        say("table", str(path))
    if figure is not None:
        from kinetic.sweep.picture import save

        save(finished.table, figure)
        say("figure", str(figure))


def exit_status(finished: "Finished") -> int:
    """Return the exit status of a sweep: that of its worst point."""
    outcomes = finished.outcomes.values()
    if any(outcome.status != "finished" for outcome in outcomes):
        return NumericsError.exit_status
    failed = any(claim.verdict == "fail" for outcome in outcomes for claim in outcome.claims)
    return CLAIM_FAILED if failed else 0
