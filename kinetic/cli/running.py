"""`kinetic run`: cases in, records and tables out.

Responsible for the order of things (check all, run one after another, report), for interruptions, and for the exit
status. Refuses to know how a run is done.
"""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kinetic.cli.choosing import read_all, record_of, refuse_conflicts, require_folder
from kinetic.cli.progress import news_of_run, shown
from kinetic.cli.signals import interrupted_status, termination_interrupts
from kinetic.cli.terminal import complain, show_json, show_table
from kinetic.errors import CaseError, DomainError, KineticError, NumericsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from kinetic.case import Case
    from kinetic.job import Progress
    from kinetic.problem import Problem
    from kinetic.record import Record

CLAIM_FAILED = 1

RUN_HELP = """Run cases, each into its own record.

All cases are read and checked before the first one runs. A record is written on the way, so that a run that was
interrupted or killed goes on with --resume, and a finished one with a later end.

\b
  kinetic run softmax_sphere
  kinetic run my_case.toml --output results
  kinetic run softmax_sphere --set attention.beta=4 --set time.end=2.5
  kinetic run softmax_sphere --resume --set time.end=40
  kinetic run softmax_sphere --json | jq .runs[0].last_row
"""

Cases = Annotated[list[str], typer.Argument(metavar="CASE", help="Case files, or names of bundled cases.")]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY.PATH=VALUE",
        help="Change a key of every case, for example --set space.degree=255; may be given again. "
        "The value is read as TOML, or as plain text.",
    ),
]
Folder = Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="Folder of the records.")]


def run(
    cases: Cases,
    output: Folder = Path("output"),
    settings: Settings = None,
    resume: Annotated[bool, typer.Option("--resume", help="Continue existing records.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace existing records.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Define everything, with all sources.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of tables.")] = False,
) -> None:
    """Run cases one after another; the worst exit status is that of the command."""
    if resume and overwrite:
        raise typer.BadParameter("give one of the two", param_hint="--resume and --overwrite")
    chosen = read_all(cases, settings or ())
    refuse_conflicts([case for case, _ in chosen], output, replaces=resume or overwrite)
    require_folder(output)
    ends = []
    with termination_interrupts():
        for i, (case, problem) in enumerate(chosen):
            note = f"{case.name}, {i + 1} of {len(chosen)}" if len(chosen) > 1 else ""
            with shown(note, quiet=quiet) as tell:
                end = _run_one(case, problem, output, news_of_run(tell), resume=resume, overwrite=overwrite)
            if not json:
                _report(end, verbose=verbose)
            _complain(end)
            ends.append(end)
    status = max(end.status for end in ends)
    if json:
        show_json({"runs": [end.json() for end in ends], "exit_status": status})
    raise typer.Exit(status)


@dataclass(frozen=True)
class _End:
    """How the run of a case ended: with a record, or with what is wrong."""

    case: "Case"
    record: "Record | None" = None
    error: KineticError | None = None

    @property
    def complaint(self) -> str:
        """What is wrong, in one line; nothing where nothing is."""
        if self.error is not None:
            named = isinstance(self.error, CaseError | DomainError)
            return f"{self.case.name}: {self.error}" if named else str(self.error)
        record = self.record
        if record is None or record.status == "finished":
            return ""
        return f"{self.case.name}: {record.status}: {record.message}; the record is kept: {record.path}"

    @property
    def status(self) -> int:
        """Its exit status."""
        if self.record is None:
            return self.error.exit_status if self.error else 0
        if self.record.status != "finished":
            return NumericsError.exit_status
        return CLAIM_FAILED if any(row.verdict == "fail" for row in self.record.claims) else 0

    def json(self) -> dict[str, Any]:
        """Return the data of `info --json`, or the error."""
        from kinetic.report import record_json

        told = {"case_name": self.case.name} if self.record is None else record_json(self.record)
        return {**told, "error": self.complaint or None, "exit_status": self.status}


def _run_one(
    case: "Case",
    problem: "Problem | None",
    output: Path,
    news: "Callable[[Progress], None]",
    *,
    resume: bool,
    overwrite: bool,
) -> _End:
    """Run one case, whose problem may have been built already."""
    from kinetic import job

    try:
        return _End(case, job.run(case, output, resume=resume, overwrite=overwrite, progress=news, problem=problem))
    except KineticError as error:
        return _End(case, error=error)
    except KeyboardInterrupt as stop:
        with suppress(OSError):  # the terminal may be what went
            typer.echo(_interrupted(record_of(case, output)), err=True)
        raise typer.Exit(interrupted_status(stop)) from None


def _interrupted(path: Path) -> str:
    """Say what an interruption left behind."""
    kept = f"{path} is kept; kinetic run --resume goes on from there" if path.exists() else "nothing was written"
    return f"interrupted: {kept}"


def _report(end: _End, *, verbose: bool) -> None:
    """Print what a run found."""
    from kinetic.brief import brief
    from kinetic.report import claims_table, measured_table

    record = end.record
    if record is None:
        return
    lines = brief(record, end.case.title)
    if not verbose:
        typer.echo("\n".join(lines))
        return
    typer.echo(f"{end.case.name}: {end.case.title}")
    show_table(measured_table(record))
    if record.claims:
        show_table(claims_table(record.claims))
    typer.echo("\n".join(lines[-2:]))


def _complain(end: _End) -> None:
    """Say what is wrong, after the tables."""
    if end.complaint:
        complain(end.complaint)
