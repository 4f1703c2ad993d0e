"""`kinetic plot`: figures and films of a record.

Responsible for the names of the files and for refusing to replace any. Refuses to know what a figure shows.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kinetic.cli.progress import shown
from kinetic.cli.terminal import say

if TYPE_CHECKING:
    from kinetic.record import Record

PLOT_HELP = """Draw a record: a sheet, single figures, or a film; several records on the same axes; a sweep's table.

\b
  sheet        everything on one page (the default)
  density      the density at six times, chosen by change: equal-area maps, or lines over the angle
  rates        what vanishes at a Dirac mass, predicted slopes, local rates
  cluster      the cluster at its own scale, both axes logarithmic
  limit        the cluster in units of its width, on several sides
  clusters     masses and number of clusters, and their mergers
  staircase    the energy over time and over the length of the path in W2, with predicted steps; its numbers as CSV
  labels       order over time and label, densities over label and angle
  growth       degrees that grow out of the uniform density
  spectrum     size of every degree
  pairs        the law of <x, y> over pairs of tokens, beside that of your own rows
  observables  order parameter, energy, dissipation, entropy, ...
  claims       the table of claims

\b
  kinetic plot output/softmax_sphere.h5
  kinetic plot output/softmax_sphere.h5 --what density --time 0 --time 2.5 --output maps.pdf
  kinetic plot output/softmax_sphere.h5 --what rates --what cluster --output figure.svg
  kinetic plot output/softmax_sphere.h5 --animate --output collapse.gif
  kinetic plot output/post.h5 output/pre.h5 -o both.png
  kinetic plot output/collapse_circle.h5           the table of a sweep: curves, or diagrams
"""


def plot(
    records: Annotated[
        list[Path],
        typer.Argument(
            metavar="RECORD",
            help="A record, such as output/softmax_sphere.h5, or a sweep's table; several records are laid over each "
            "other.",
        ),
    ],
    what: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Draw this; may be given again. Default: sheet.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="PNG, SVG or PDF by its ending (GIF or MP4 with --animate); of several figures, each name is put "
            "before the ending. Default: beside the record.",
        ),
    ] = None,
    time: Annotated[
        list[float] | None,
        typer.Option(metavar="T", help="Show the snapshot nearest this time, within the run; may be given again."),
    ] = None,
    animate: Annotated[
        bool,
        typer.Option("--animate", help="Make a film of the density over all snapshots, at least a hundred frames."),
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace existing files.")] = False,
) -> None:
    """Draw figures of a record, or a film."""
    from kinetic.assembly import load
    from kinetic.sweep.reading import is_table

    record = records[0]
    if len(records) > 1:
        if animate or what or time:
            raise typer.BadParameter(
                "several records are laid into one figure, which takes none of these",
                param_hint="--what, --time and --animate",
            )
        _several(records, output or record.with_name(f"{record.stem}_beside.png"), overwrite=overwrite)
        return
    if is_table(record):
        if animate or what or time:
            raise typer.BadParameter(
                "a sweep's table has one figure, which takes none of these", param_hint="--what, --time and --animate"
            )
        _table(record, output or record.with_suffix(".png"), overwrite=overwrite)
        return
    if animate and (what or time):
        raise typer.BadParameter(
            "a film shows the density at all snapshots and takes neither", param_hint="--what and --time"
        )
    found = load(record)
    if animate:
        _film(found, output or record.with_suffix(".gif"), overwrite=overwrite)
    else:
        _figures(found, what or ["sheet"], output, time or [], overwrite=overwrite)


def _several(records: list[Path], path: Path, *, overwrite: bool) -> None:
    """Draw the observables of several records on the same axes."""
    from kinetic.assembly import load
    from kinetic.files import refuse_existing
    from kinetic.plot import overlay, require_format, save

    require_format(path)
    for source in records:
        refuse_existing([path], overwrite=overwrite, source=source)
    with shown("plot"):
        save(overlay([load(record) for record in records]), path)
    say("written", str(path))


def _table(table: Path, path: Path, *, overwrite: bool) -> None:
    """Draw the table of a sweep."""
    from kinetic.files import refuse_existing
    from kinetic.sweep.picture import require_format, save
    from kinetic.sweep.reading import read

    require_format(path)
    refuse_existing([path], overwrite=overwrite, source=table)
    with shown("plot"):
        save(read(table), path)
    say("written", str(path))


def _film(record: "Record", path: Path, *, overwrite: bool) -> None:
    """Make the film."""
    from kinetic.files import refuse_existing
    from kinetic.plot import FILMS, require_format
    from kinetic.plot import animate as make_film

    require_format(path, FILMS)
    refuse_existing([path], overwrite=overwrite, source=record.path)
    with shown("film") as tell:
        make_film(record, path, tell)
    say("written", str(path))


def _figures(record: "Record", names: list[str], output: Path | None, times: list[float], *, overwrite: bool) -> None:
    """Draw every figure before the first is written."""
    from kinetic.files import refuse_existing
    from kinetic.plot import draw, numbers, require_format, save, save_numbers

    names = list(dict.fromkeys(names))
    paths = [_path(record.path, output, name, several=len(names) > 1) for name in names]
    for path in paths:
        require_format(path)
    behind = [numbers(record, name) for name in names]
    tables = [path.with_suffix(".csv") for path, columns in zip(paths, behind, strict=True) if columns]
    refuse_existing([*paths, *tables], overwrite=overwrite, source=record.path)
    figures = []
    with shown("plot") as tell:
        for i, name in enumerate(names):
            tell(i / (2 * len(names)), name)
            figures.append(draw(record, name, times))
        for i, (figure, path) in enumerate(zip(figures, paths, strict=True), len(names)):
            tell(i / (2 * len(names)), path.name)
            save(figure, path)
        for path, columns in zip(tables, filter(None, behind), strict=True):
            save_numbers(columns, path)
    for path in [*paths, *tables]:
        say("written", str(path))


def _path(record: Path, output: Path | None, name: str, *, several: bool) -> Path:
    """Return the file of a figure: as asked for, or beside the record, the sheet under the record's own name."""
    if output is None:
        return record.with_name(f"{record.stem}.png" if name == "sheet" else f"{record.stem}_{name}.png")
    return output.with_name(f"{output.stem}_{name}{output.suffix}") if several else output
