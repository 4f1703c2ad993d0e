"""All snapshots as one netCDF file with the CF conventions: xarray, Panoply, CDO, ncview open it.

The classic format with 64-bit offsets, which every netCDF library reads. Responsible for names, units and attributes
in the file. Refuses to know densities.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from scipy.io import netcdf_file

from kinetic.errors import DomainError
from kinetic.types import Array

LARGEST_VARIABLE = 2**31 - 4  # bytes; beyond it the classic format has no room


@dataclass(frozen=True)
class Variable:
    """One variable of the file.

    Parameters
    ----------
    name : str
    dims : tuple of str
        Names of its axes.
    values : Array
    attributes : mapping
        CF attributes: `units`, `long_name`, `standard_name`, …
    """

    name: str
    dims: tuple[str, ...]
    values: Array
    attributes: Mapping[str, str] = field(default_factory=dict)


def require_room(steps: int, points: int) -> None:
    """Raise `DomainError` where a field of so many numbers does not fit into the format."""
    if 8 * steps * points > LARGEST_VARIABLE:
        raise DomainError(
            f"netcdf: {steps} snapshots of {points} points take {8 * steps * points} bytes a field; the format allows "
            f"{LARGEST_VARIABLE}; lower --resolution, or export --to vtkhdf"
        )


def write(path: Path, variables: tuple[Variable, ...], attributes: Mapping[str, str]) -> None:
    """Write the file; a variable that bears the name of its one axis is the coordinate along it."""
    with netcdf_file(path, "w", version=2) as file:
        for name, text in {"Conventions": "CF-1.11", **attributes}.items():
            setattr(file, name, text.encode("utf-8"))
        for variable in variables:
            for dim, length in zip(variable.dims, variable.values.shape, strict=True):
                if dim not in file.dimensions:
                    file.createDimension(dim, length)
            stored = file.createVariable(variable.name, np.float64, variable.dims)
            stored[...] = variable.values
            for name, text in variable.attributes.items():
                setattr(stored, name, text.encode("utf-8"))
