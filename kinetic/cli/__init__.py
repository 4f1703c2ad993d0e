"""The command line: which commands there are, and how the program starts.

Responsible for assembling the commands; each is one function in a module of this package, and imports what is heavy
only when it is called, so that `kinetic --help` is instant. Refuses to compute anything: a command asks a lower layer
and shows the answer.

Exit status: 0 done, 1 a claim failed, 2 bad input, 3 the numerics stopped a run, 129, 130 or 143 interrupted by SIGHUP,
SIGINT or SIGTERM, 141 nobody reads any more.
"""

import io
import sys
from typing import Annotated

import typer

from kinetic.cli.comparing import COMPARE_HELP, compare
from kinetic.cli.converging import CONVERGE_HELP, converge
from kinetic.cli.explaining import EXPLAIN_HELP, explain
from kinetic.cli.exporting import EXPORT_HELP, export
from kinetic.cli.guiding import GUIDE_HELP, guide
from kinetic.cli.listing import CASES_HELP, INFO_HELP, SCHEMA_HELP, cases, info, schema
from kinetic.cli.plotting import PLOT_HELP, plot
from kinetic.cli.reporting import REPORT_HELP, report
from kinetic.cli.running import RUN_HELP, run
from kinetic.cli.stationary import STATIONARY_HELP, stationary
from kinetic.cli.sweeping import SWEEP_HELP, sweep
from kinetic.cli.terminal import Commands
from kinetic.cli.validating import VALIDATE_HELP, validate

__all__ = ["app", "main"]

HELP = """The mean-field density of transformer tokens on the sphere, solved and held against theory.

A case is a TOML file, or the name of one that is bundled with kinetic. Running it writes a record, one HDF5 file
that holds its own case.

\b
  kinetic cases                       which cases are bundled
  kinetic validate softmax_sphere     what a case means and what it costs
  kinetic run softmax_sphere          compute it: output/softmax_sphere.h5
  kinetic compare output/softmax_sphere.h5   the record against theory
  kinetic plot output/softmax_sphere.h5      the record as figures
  kinetic report output/softmax_sphere.h5    the record as a page to send
  kinetic export output/softmax_sphere.h5 --to vtkhdf   its fields for ParaView, xarray, spreadsheets
  kinetic info output/softmax_sphere.h5

Exit status: 0 done; 1 a claim failed; 2 bad input, nothing written; 3 the numerics stopped the run, its record is
kept; 129, 130, 143 interrupted by SIGHUP, SIGINT (Ctrl-C), SIGTERM, its record is kept; 141 nobody reads the output.
"""

app = typer.Typer(
    cls=Commands,
    help=HELP,
    invoke_without_command=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command(help=RUN_HELP)(run)
app.command(help=COMPARE_HELP)(compare)
app.command(help=PLOT_HELP)(plot)
app.command(help=REPORT_HELP)(report)
app.command(help=EXPORT_HELP)(export)
app.command(help=VALIDATE_HELP)(validate)
app.command(help=INFO_HELP)(info)
app.command(help=SWEEP_HELP)(sweep)
app.command(help=CONVERGE_HELP)(converge)
app.command(help=STATIONARY_HELP)(stationary)
app.command(help=CASES_HELP)(cases)
app.command(help=SCHEMA_HELP)(schema)
app.command(help=EXPLAIN_HELP)(explain)
app.command(help=GUIDE_HELP)(guide)


def _print_version(wanted: bool) -> None:
    """Print the version and stop."""
    if wanted:
        from importlib import metadata

        try:
            version = metadata.version("kinetic-transformers")
        except metadata.PackageNotFoundError:
            version = "unknown (a source tree that was never installed)"
        typer.echo(f"kinetic {version}")
        raise typer.Exit


@app.callback()
def _program(
    context: typer.Context,
    version: Annotated[  # noqa: ARG001
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Show the help where no command was given."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help(), err=True)
        raise typer.Exit(2)


def main() -> None:
    """Run the command line with the arguments of the process, and end the process with its exit status."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # An output that cannot carry ∂ or β shows an escape rather than a traceback.
        sys.stdout.reconfigure(errors="backslashreplace")
    app(prog_name="kinetic")
