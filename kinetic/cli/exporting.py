"""`kinetic export`: a record for other programs.

Responsible for the name of the file. Refuses to know formats.
"""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from kinetic.cli.progress import shown
from kinetic.cli.terminal import say

EXPORT_HELP = """Write a record for another program.

\b
  vtkhdf  density, potential and drift (velocity) at every snapshot, for ParaView 5.12 and PyVista
  netcdf  the same over latitude and longitude with both poles (or over an angle), for xarray, CDO, Panoply
  csv     the observables, for spreadsheets

\b
Where a field does not exist or is not known, the file is without it, and the command says why.

\b
  kinetic export output/softmax_sphere.h5 --to vtkhdf
  kinetic export output/softmax_sphere.h5 --to netcdf --resolution 90 --output density.nc
  kinetic export output/softmax_sphere.h5 --to csv
"""


class Target(StrEnum):
    """Formats."""

    vtkhdf = "vtkhdf"
    netcdf = "netcdf"
    csv = "csv"


def export(
    record: Annotated[Path, typer.Argument(metavar="RECORD", help="A record, such as output/softmax_sphere.h5.")],
    to: Annotated[Target, typer.Option("--to", help="Format of the file.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="The file; beside the record if absent.")
    ] = None,
    resolution: Annotated[
        int,
        typer.Option(metavar="N", help="Intervals of the mesh from pole to pole; 180 is one degree. Not for csv."),
    ] = 180,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing file.")] = False,
) -> None:
    """Write a record for another program."""
    from kinetic.assembly import load
    from kinetic.export import ENDINGS
    from kinetic.export import export as write

    found = load(record)
    path = output or record.with_suffix(ENDINGS[to.value])
    with shown(f"{record.name} to {to.value}") as tell:
        missing = write(found, to.value, path, resolution=resolution, overwrite=overwrite, progress=tell)
    say("written", str(path))
    for name, why in missing.items():
        say("left out", f"{name}: {why}")
