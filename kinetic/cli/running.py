"""`kinetic run`: cases in, records and tables out.

Responsible for the order of things (check all, run one after another, report), for interruptions, and for the exit
status. Refuses to know how a run is done.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kinetic.cli.choosing import read_all, record_of, refuse_conflicts, require_folder
from kinetic.cli.terminal import INTERRUPTED, complain, say, show_table
from kinetic.errors import CaseError, DomainError, KineticError, NumericsError

if TYPE_CHECKING:
    from kinetic.case import Case
    from kinetic.record import Record

CLAIM_FAILED = 1

RUN_HELP = """Run cases, each into its own record.

All cases are read and checked before the first one runs. A record is written on the way, so that a run that was
interrupted or killed goes on with --resume.

\b
  kinetic run softmax_sphere
  kinetic run my_case.toml --output results
  kinetic run softmax_sphere --set attention.beta=4 --set time.end=2.5
  kinetic run softmax_sphere --resume
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
) -> None:
    """Run cases one after another; the worst exit status is that of the command."""
    if resume and overwrite:
        raise typer.BadParameter("give one of the two", param_hint="--resume and --overwrite")
    chosen = read_all(cases, settings or ())
    refuse_conflicts(chosen, output, replaces=resume or overwrite)
    require_folder(output)
    statuses = []
    with termination_interrupts():
        for i, case in enumerate(chosen):
            note = f"{case.name}, {i + 1} of {len(chosen)}" if len(chosen) > 1 else ""
            statuses.append(_run_one(case, output, resume=resume, overwrite=overwrite, quiet=quiet, note=note))
    raise typer.Exit(max(statuses))


def _run_one(case: "Case", output: Path, *, resume: bool, overwrite: bool, quiet: bool, note: str) -> int:
    """Run one case and report; return its exit status."""
    from kinetic import job
    from kinetic.cli.progress import news_of_run, shown

    try:
        with shown(note, quiet=quiet) as tell:
            record = job.run(case, output, resume=resume, overwrite=overwrite, progress=news_of_run(tell))
    except (CaseError, DomainError) as error:
        complain(f"{case.name}: {error}")
        return error.exit_status
    except KineticError as error:
        complain(str(error))
        return error.exit_status
    except KeyboardInterrupt:
        typer.echo(_interrupted(record_of(case, output)), err=True)
        raise typer.Exit(INTERRUPTED) from None
    return _report(case, record)


def _interrupted(path: Path) -> str:
    """Say what an interruption left behind."""
    kept = f"{path} is kept; kinetic run --resume goes on from there" if path.exists() else "nothing was written"
    return f"interrupted: {kept}"


def _report(case: "Case", record: "Record") -> int:
    """Print what a run found; return its exit status."""
    from kinetic.report import claims_table, measured_table

    typer.echo(f"{case.name}: {case.title}")
    show_table(measured_table(record))
    if record.claims:
        show_table(claims_table(record.claims))
    say("record", str(record.path))
    say("wall time", f"{record.wall_seconds:.3g} s")
    if record.status != "finished":
        complain(f"{case.name}: {record.status}: {record.message}; the record is kept: {record.path}")
        return NumericsError.exit_status
    return CLAIM_FAILED if any(row.verdict == "fail" for row in record.claims) else 0


@contextmanager
def termination_interrupts() -> Iterator[None]:
    """Let SIGTERM, by which batch systems announce the end, interrupt a run as Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread receives signals
        return

    def interrupt(_number: int, _frame: Any) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
