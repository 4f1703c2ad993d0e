"""The record of a run: one HDF5 file that holds its own case, readable by h5py and by xarray.

Responsible for what is in the file and that it is whole after any interruption. Refuses to know equations,
charts and theory: the march hands it arrays with names, and what turns the arrays of a snapshot back into a
density is handed to it by a higher layer.

Layout, version 1:

    /                root attributes: format, version, kinetic_version, created, case, case_sha256, case_name,
                     overrides, libraries (JSON), status, message, wall_seconds
    /observables/*   one dataset an observable, along the scale time
    /density/*       one dataset an array of the snapshots, along the scale time;
                     attributes: what all snapshots share
    /claims/*        one dataset a column, along the scale claim
    /checkpoint/*    what is needed to continue: arrays as datasets, scalars as attributes

Behind the end of the HDF5 file stand the bytes `kinetic-sha256:` and the SHA-256 of all before them but the first 48,
the superblock of HDF5.

Every dataset has the attributes `units` and `description` and a dimension scale on each axis; a dataset with
the attribute `is_index` is such a scale and nothing more.
"""

from kinetic.record.contents import (
    HANDOVER,
    CheckpointValue,
    ClaimRow,
    Contents,
    Manifest,
    Relation,
    RunStatus,
    Scalar,
    ToleranceKind,
    kinetic_version,
    libraries,
)
from kinetic.record.locking import locked
from kinetic.record.reading import read
from kinetic.record.replacing import replace_file
from kinetic.record.view import Rebuild, Record
from kinetic.record.writing import FORMAT, VERSION, write
from kinetic.variable import Variable

__all__ = [
    "FORMAT",
    "HANDOVER",
    "VERSION",
    "CheckpointValue",
    "ClaimRow",
    "Contents",
    "Manifest",
    "Rebuild",
    "Record",
    "Relation",
    "RunStatus",
    "Scalar",
    "ToleranceKind",
    "Variable",
    "kinetic_version",
    "libraries",
    "locked",
    "read",
    "replace_file",
    "write",
]
