"""`kinetic converge`: a case at several resolutions and tolerances.

Responsible for the order of things, the table and the exit status. Refuses to know what is compared.
"""

import math
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kinetic.cli.choosing import named, read, require_folder
from kinetic.cli.progress import shown
from kinetic.cli.running import Folder, Settings
from kinetic.cli.signals import interrupted_status, termination_interrupts
from kinetic.cli.sweeping import Watcher
from kinetic.cli.terminal import say, show_json, show_table
from kinetic.errors import NumericsError

if TYPE_CHECKING:
    from kinetic.case import Case
    from kinetic.sweep import Finished
    from kinetic.sweep.convergence import Finding, Study

CONVERGE_HELP = """Run a case at several resolutions and tolerances, and say to what it has converged.

By default at half and twice its degree (Mercator chart: elements, where the case gives them) and at ten times and a
tenth of its tolerance: four runs beside its own. Differences are the largest over all rows, relative; an order p says
that they fall like the p-th power of the level.

\b
  kinetic converge softmax_circle
  kinetic converge my_case.toml --resolution 63 --resolution 255 --tolerance 1e-6
  kinetic converge my_case.toml --set time.end=2 --figure convergence.pdf

Exit status: 0 compared; 2 bad input; 3 the numerics stopped some run.
"""


def converge(
    case: Annotated[str, typer.Argument(metavar="CASE", help="A case file, or the name of a bundled case.")],
    output: Folder = Path("output"),
    settings: Settings = None,
    resolution: Annotated[
        list[int] | None,
        typer.Option(metavar="N", min=1, help="Degree or number of elements beside the case's; may be given again."),
    ] = None,
    tolerance: Annotated[
        list[float] | None, typer.Option(metavar="X", help="A tolerance beside the case's; may be given again.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(metavar="N", min=1, max=1024, help="Processes; default: one for each processor.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Run only what is missing.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an earlier study.")] = False,
    figure: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The figure; default: DIR/<case>_converge.png.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of tables.")] = False,
) -> None:
    """Run a case at several levels and compare."""
    if resume and overwrite:
        raise typer.BadParameter("give one of the two", param_hint="--resume and --overwrite")
    from kinetic.plot import require_format
    from kinetic.sweep.convergence import chosen

    given = read(case, settings or ())
    _require_buildable(case, given)
    study = chosen(given, resolution or (), tolerance or ())
    path = figure or output / f"{study.sweep.name}.png"
    require_format(path)
    require_folder(output)
    finished = _finished(study, output, workers, resume=resume, overwrite=overwrite, quiet=quiet)
    _report(given, study, output, finished, path, json=json)
    stopped = any(outcome.status != "finished" for outcome in finished.outcomes.values())
    raise typer.Exit(NumericsError.exit_status if stopped else 0)


def _require_buildable(name: str, case: "Case") -> None:
    """Refuse a case that cannot be built before any level of it is run."""
    from kinetic.assembly import build

    with named(name):
        build(case)


def _finished(
    study: "Study", output: Path, workers: int | None, *, resume: bool, overwrite: bool, quiet: bool
) -> "Finished":
    """Run the levels."""
    from kinetic import sweep as sweeps

    try:
        with termination_interrupts(), shown("", quiet=quiet) as tell:
            team = sweeps.LocalPool(workers)
            return sweeps.run(study.sweep, output, team, resume=resume, overwrite=overwrite, watcher=Watcher(tell))
    except KeyboardInterrupt as stop:
        with suppress(OSError):
            typer.echo("interrupted: what was computed is kept; kinetic converge --resume goes on from there", err=True)
        raise typer.Exit(interrupted_status(stop)) from None


def _report(case: "Case", study: "Study", output: Path, finished: "Finished", path: Path, *, json: bool) -> None:
    """Compare the records, draw and print."""
    from kinetic.assembly import load
    from kinetic.plot import save
    from kinetic.sweep import records_folder
    from kinetic.sweep.convergence import draw, findings
    from kinetic.sweep.convergence.differences import verdict

    folder = records_folder(study.sweep, output)
    runs = {
        key: [
            (level, load(folder / f"{point.case.name}.h5"))
            for level, point in zip(levels, study.points(key), strict=True)
            if finished.outcomes[point.index].status != "failed"
        ]
        for key, levels in study.levels.items()
    }
    found = findings(
        {key: levels for key, levels in runs.items() if len(levels) > 1}, study.levels["time.tolerance"][-1]
    )
    said = verdict(found)
    if found:
        save(draw(found, case.title), path)
    if json:
        show_json({"case_name": case.name, "verdict": said, "studies": [_json(one) for one in found]})
        return
    typer.echo(f"{case.name}: {case.title}")
    for one in found:
        show_table(_table(one))
        for line in one.stopped:
            say("stopped", line)
    if study.fixed:
        say("resolution", study.fixed)
    say("figure", str(path))
    say("records", str(folder))
    say("verdict", said)


def _json(finding: "Finding") -> dict[str, Any]:
    """Return a finding as JSON has it: numbers that are not known are null."""
    known = {
        one.name: {
            "differences": [x if math.isfinite(x) else None for x in one.differences],
            "orders": [x if math.isfinite(x) else None for x in one.orders],
        }
        for one in finding.changes
    }
    return {"key": finding.key, "levels": list(finding.levels), "observables": known, "stopped": list(finding.stopped)}


def _table(finding: "Finding") -> Any:
    """Return the table of one key."""
    from kinetic.report import SYMBOLS, empty_table

    table = empty_table(finding.key)
    table.add_column("relative change")
    table.add_column("")
    steps = list(pairwise(finding.levels))
    for i, (coarse, fine) in enumerate(steps):
        table.add_column(f"{coarse:g} to {fine:g}", justify="right", no_wrap=True)
        if i:
            table.add_column("order", justify="right", no_wrap=True)
    for one in finding.changes:
        cells = [_cell(one.differences[0], ".2e")]
        for size, order in zip(one.differences[1:], one.orders, strict=True):
            cells += [_cell(size, ".2e"), _cell(order, ".1f")]
        table.add_row(one.name, SYMBOLS.get(one.name, ""), *cells)
    return table


def _cell(value: float, how: str) -> str:
    return "-" if math.isnan(value) else format(value, how)
