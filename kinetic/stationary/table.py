"""Stationary densities as files: a table for spreadsheets, and one that holds the densities as well."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

import h5py
import numpy as np

from kinetic.errors import DomainError
from kinetic.files import replacing
from kinetic.stationary.state import StationaryPoint

FORMAT = "kinetic-stationary"
VERSION = 1
ENDINGS = (".csv", ".h5")

COLUMNS: Mapping[str, tuple[str, str]] = {
    "parameter": ("1", "value of the key that varies along the branch; noise.diffusion where none does"),
    "kind": ("1", "uniform; branch; fold: the branch turns back here"),
    "sheet": ("1", "how often the branch has turned back before"),
    "order_parameter": ("1", "R = |∫ x dμ|"),
    "energy": ("1", "E"),
    "free_energy": ("1", "κ ∫ ρ ln ρ dσ − E"),
    "residual": ("1/time", "no moment ∫ P_l(<x, n>) dμ changes faster than this"),
    "rate": ("1/time", "rate of the fastest growing perturbation, rotations apart; negative: it decays"),
    "frequency": ("1/time", "imaginary part of that rate"),
    "stability": ("1", "stable, unstable, or neutral where the rate is zero to its accuracy"),
    "spectral_tail": ("1", "share of the squared coefficients in the top tenth of the degrees"),
}
"""Unit and meaning of every column."""

Cell: TypeAlias = float | int | str


def cells(point: StationaryPoint) -> list[Cell]:
    """Return a row in the order of `COLUMNS`."""
    return [getattr(point, name) for name in COLUMNS]


def require_ending(path: Path) -> None:
    """Raise `DomainError` for a table of another ending than .csv or .h5."""
    if path.suffix.lower() not in ENDINGS:
        raise DomainError(f"table: received {path}; the name must end in {' or '.join(ENDINGS)}")


def write(points: Sequence[StationaryPoint], path: Path, attributes: Mapping[str, str]) -> None:
    """Write the table, whole or not at all: CSV, or HDF5 with the coefficients of every density, by its ending.

    Parameters
    ----------
    points : sequence of StationaryPoint
        At least one, all in the same space.
    path : pathlib.Path
    attributes : mapping
        Root attributes of the HDF5 file: the case, the key that varies.

    Raises
    ------
    DomainError
        For another ending.
    RecordError
        If the file cannot be written.
    """
    require_ending(path)
    with replacing(path) as temporary:
        if path.suffix.lower() == ".csv":
            _write_csv(points, temporary)
        else:
            _write_hdf5(points, temporary, attributes)


def _write_csv(points: Sequence[StationaryPoint], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows([[repr(c) if isinstance(c, float) else c for c in cells(point)] for point in points])


def _write_hdf5(points: Sequence[StationaryPoint], path: Path, attributes: Mapping[str, str]) -> None:
    text = h5py.string_dtype("utf-8")
    with h5py.File(path, "w", libver=("v110", "v110")) as file:
        file.attrs["format"], file.attrs["version"] = FORMAT, VERSION
        for name, value in attributes.items():
            file.attrs[name] = value
        for i, (name, (units, description)) in enumerate(COLUMNS.items()):
            values = [cells(point)[i] for point in points]
            dataset = file.create_dataset(name, data=values, dtype=text if isinstance(values[0], str) else None)
            dataset.attrs["units"], dataset.attrs["description"] = units, description
        coefficients = file.create_dataset("coefficients", data=np.stack([point.coefficients for point in points]))
        coefficients.attrs["units"] = "1"
        coefficients.attrs["description"] = "orthonormal harmonic coefficients of the density, laid out as in records"
