"""`kinetic stationary`: stationary densities of a noisy case, found directly, and their branch along a key.

Responsible for the names of the files and for the table on the terminal. Refuses to know how a density is found.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kinetic.cli.choosing import named, read, require_folder
from kinetic.cli.progress import shown
from kinetic.cli.running import Settings
from kinetic.cli.terminal import say, show_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kinetic.case import Case
    from kinetic.stationary import StationaryPoint
    from kinetic.stationary.search import Path as Along

STATIONARY_HELP = """Find stationary densities of a noisy case directly.

Solves -div(rho X) + kappa Laplace(rho) = 0 by Newton's method, starting from the case's initial density (or from a
record: initial kind "record"); tells the residual, and the rate of the fastest growing perturbation: negative, the
density is stable. With --follow the branch through it is followed along a key, around the folds where it turns back,
and tabulated at COUNT values on every sheet; beside it stands the uniform density.

\b
  kinetic stationary noise_amplitude
  kinetic stationary noise_hysteresis_concentrated --follow noise.diffusion=4.7:5.4:15 --figure branch.png
  kinetic stationary my_case.toml --set noise.diffusion=0.3 --follow attention.beta=1:4:13 --output branch.csv

Keys that can be followed: noise.diffusion, attention.beta. Tables are CSV, or HDF5 with the densities; figures PNG,
SVG, PDF. Exit status: 0 found; 2 bad input; 3 no stationary density was found, or the degree does not carry it.
"""

_HEADINGS = ("R", "E", "F", "residual", "rate", "")


def stationary(
    case: Annotated[str, typer.Argument(metavar="CASE", help="A case file, or the name of a bundled case.")],
    settings: Settings = None,
    follow: Annotated[
        str | None, typer.Option(metavar="KEY=START:STOP:COUNT", help="Follow the branch along a key.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write the table (CSV, HDF5).")
    ] = None,
    figure: Annotated[Path | None, typer.Option(metavar="FILE", help="Draw the branch (PNG, SVG, PDF).")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace existing files.")] = False,
) -> None:
    """Find the stationary density of a case, or follow its branch."""
    from kinetic.stationary.search import Path as Along

    along = None if follow is None else Along.parse(follow)
    if figure is not None and along is None:
        raise typer.BadParameter("draws a branch: give --follow as well", param_hint="--figure")
    _refuse(output, figure, overwrite=overwrite)
    chosen = read(case, settings or ())
    with named(case):
        points, end = _found(chosen, along)
    show_table(_table(points, along))
    if end:
        say("branch", end)
    _write(chosen, along, points, output, figure, end)


def _refuse(output: Path | None, figure: Path | None, *, overwrite: bool) -> None:
    """Refuse files that could not be written, before anything is computed."""
    from kinetic.files import refuse_existing
    from kinetic.plot import require_format
    from kinetic.stationary.table import require_ending

    if output is not None:
        require_ending(output)
    if figure is not None:
        require_format(figure)
    for path in (path for path in (output, figure) if path is not None):
        refuse_existing([path], overwrite=overwrite, source=Path())
        require_folder(path.parent)


def _found(case: "Case", along: "Along | None") -> "tuple[Sequence[StationaryPoint], str]":
    """Return the states found, and for a branch why it ends."""
    from kinetic.stationary.search import find, follow_case

    if along is None:
        point, residuals = find(case)
        return [point], f"residual {' → '.join(f'{r:.1g}' for r in residuals[-5:])} in {len(residuals) - 1} steps"
    with shown("") as tell:
        branch = follow_case(case, along, tell)
    return branch.points, branch.end


def _table(points: "Sequence[StationaryPoint]", along: "Along | None") -> Any:
    """Tabulate what was found."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for heading in ("κ" if along is None or along.key == "noise.diffusion" else "β", *_HEADINGS):
        table.add_column(heading, justify="right" if heading else "left", no_wrap=True)
    for p in points:
        numbers = f"{p.parameter:.6g}", f"{p.order_parameter:.6g}", f"{p.energy:.5g}", f"{p.free_energy:.5g}"
        kind = p.stability if p.kind == "branch" else f"{p.kind} {p.stability}"
        table.add_row(*numbers, f"{p.residual:.0e}", f"{p.rate:.3g}", kind)
    return table


def _write(
    case: "Case",
    along: "Along | None",
    points: "Sequence[StationaryPoint]",
    output: Path | None,
    figure: Path | None,
    end: str,
) -> None:
    """Write the files that were asked for."""
    from kinetic.stationary import write

    key = "noise.diffusion" if along is None else along.key
    if output is not None:
        settings = "\n".join(case.overrides)
        write(
            points, output, {"case": case.text, "overrides": settings, "name": case.name, "parameter": key, "end": end}
        )
        say("written", str(output))
    if figure is not None:
        from kinetic.plot import save
        from kinetic.stationary.picture import branch_figure

        save(branch_figure(case, key, points, end), figure)
        say("written", str(figure))
