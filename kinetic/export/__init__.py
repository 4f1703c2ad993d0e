"""Records for other programs: VTKHDF (ParaView, PyVista), netCDF (xarray), comma-separated values (spreadsheets).

Responsible for refusing what cannot be exported before anything is written. Refuses to know fields and formats.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Literal, TypeAlias

from kinetic.claims.evidence import Evidence
from kinetic.errors import DomainError
from kinetic.export import raster, solid, table
from kinetic.export.mesh import require_resolution
from kinetic.export.snapshots import Snapshots
from kinetic.files import refuse_existing, replacing
from kinetic.record import Record

Format: TypeAlias = Literal["vtkhdf", "netcdf", "csv"]
ENDINGS: dict[Format, str] = {"vtkhdf": ".vtkhdf", "netcdf": ".nc", "csv": ".csv"}
"""Formats, with the endings of their files."""

_ANEW = "kinetic info says what stopped it; mend that, and run the case with --overwrite"
DEFAULT_RESOLUTION = 180


def export(
    record: Record,
    to: Format,
    path: Path,
    *,
    resolution: int = DEFAULT_RESOLUTION,
    overwrite: bool = False,
    progress: Callable[[float], None] | None = None,
) -> dict[str, str]:
    """Write a record for another program.

    Parameters
    ----------
    record : Record
    to : {"vtkhdf", "netcdf", "csv"}
        * ``vtkhdf``: every snapshot on a closed surface (sphere, and zonal in dimension three), on the closed circle,
          or on a meridian from the axis to its antipode (zonal otherwise): `density`, `potential`, `velocity`.
        * ``netcdf``: every snapshot over latitude and longitude with both poles (sphere), angle (circle), or angle to
          the axis (zonal): `density`, `potential`, and the components of `drift`; `weight` integrates them.
        * ``csv``: the observables.
    path : pathlib.Path
    resolution : int
        Intervals from pole to pole, and half the number of points around; 180 is one degree.
    overwrite : bool
        Whether an existing file may be replaced.
    progress : callable, optional
        Called with the share of the snapshots that is written.

    Returns
    -------
    dict
        Fields that the file does not hold, and why; netCDF and VTKHDF files say so too, as `comment`. A field that only
        some snapshots lack is not a number there.

    Raises
    ------
    DomainError
        If the record has nothing of that kind, or its densities give no values on a mesh.
    RecordError
        If a file is in the way or cannot be written.
    """
    refuse_existing([path], overwrite=overwrite, source=record.path)
    if to == "csv":
        if not record.observables or not record.observables["time"].size:
            raise DomainError(f"{record.path}: the record holds no row; its status is {record.status}; {_ANEW}")
        with replacing(path) as temporary:
            table.write(temporary, record)
        return {}
    require_resolution(resolution)
    count = record.density_times.size
    if not count:
        raise DomainError(f"{record.path}: the record holds no snapshot; its status is {record.status}; {_ANEW}")
    told = None if progress is None else lambda done: progress(done / count)
    snapshots = Snapshots(Evidence(record), resolution, told)
    with replacing(path) as temporary:
        (solid if to == "vtkhdf" else raster).write(temporary, snapshots)
    return snapshots.left_out
