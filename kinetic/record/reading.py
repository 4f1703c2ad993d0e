"""File to contents, trusting nothing in the file.

Responsible for telling a record from everything else, and a whole record from a damaged one: whatever the
bytes are, the outcome is contents that obey the rules of a record, or a `RecordError` of one line. Sizes are
looked at before anything is read, links that leave the file are not followed, and nothing is ever evaluated
or unpickled. Refuses to know what the numbers mean.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar, cast

import h5py
import numpy as np
from numpy.typing import NDArray

from kinetic.errors import RecordError
from kinetic.record.attributes import (
    AGAIN,
    LARGEST_TEXT,
    MOST_MEMBERS,
    attribute,
    is_text,
    real,
    require_unicode,
    scalars,
    text_of,
    texts_of,
)
from kinetic.record.contents import (
    CheckpointValue,
    ClaimRow,
    Contents,
    Manifest,
    Relation,
    RunStatus,
    ToleranceKind,
    check,
)
from kinetic.record.seal import check_seal
from kinetic.record.writing import CLAIM_NUMBERS, CLAIM_TEXTS, FORMAT, INDEX, VERSION, case_sha256
from kinetic.types import Status, Verdict
from kinetic.variable import Variable

GROUPS = ("observables", "density", "claims", "checkpoint")
OPTIONAL = ("clusters", "noise")
LARGEST_DATASET = 4 * 1024**3  # bytes
LARGEST_RECORD = 16 * 1024**3  # bytes, over all datasets, before decompression
LARGEST_CHUNK = 256 * 1024**2  # bytes; the writer's are of 16 MiB

MOST_CLAIMS = 65536
LATER_CLAIM_TEXTS = {"tolerance_kind": "unknown"}  # columns that older records lack, and what stands for them

# What h5py and numpy are known to raise on bytes that no library wrote.
DAMAGE = (
    OSError,
    RuntimeError,
    LookupError,
    ValueError,
    TypeError,
    ArithmeticError,
    AttributeError,
    MemoryError,
)

T = TypeVar("T")


def read(path: str | Path) -> Contents:
    """Read a record whole; the file is closed on return.

    Parameters
    ----------
    path : path
        A file that `write` made.

    Returns
    -------
    Contents
        All of it. Arrays of `observables` and `density` are read-only, those of `checkpoint` can be written
        to.

    Raises
    ------
    RecordError
        Where there is no file, it is no HDF5 file, no record, one of a newer version, incomplete, or damaged.

    Notes
    -----
    **Cost**: the memory of all its arrays. The file is not locked, so that a record can be read while its run
    replaces it, and while another library has it open.
    """
    check_file(Path(path))
    try:
        # Through a stream of ours: HDF5 refuses a name that this process has open with other settings.
        with Path(path).open("rb") as stream, h5py.File(stream, "r") as file:
            contents = _contents(file)
        check(contents)
    except RecordError as error:
        raise RecordError(f"{path}: {error}") from error
    except DAMAGE as error:
        detail = " ".join(str(error).split()) or type(error).__name__
        raise RecordError(f"{path}: the record is damaged or incomplete ({detail}); run the case again") from error
    return contents


def check_file(path: Path) -> None:
    """Refuse what is not a regular HDF5 file, before the library sees it."""
    try:
        if not path.exists():
            raise RecordError(f"{path}: there is no such record; kinetic run CASE writes one")
        if not path.is_file():
            raise RecordError(f"{path}: not a file; name the record itself, such as output/case.h5")
        with path.open("rb"):
            pass
    except (OSError, ValueError) as error:
        raise RecordError(
            f"{path}: cannot read the record: {getattr(error, 'strerror', None) or error}; check its path, and whether "
            "you may read it"
        ) from error
    check_seal(path)
    if not h5py.is_hdf5(path):
        raise RecordError(
            f"{path}: not an HDF5 file (or one cut off at its start); a record is what kinetic run writes"
        )


def _contents(file: h5py.File) -> Contents:
    """Everything in an open file."""
    _check_format(file)
    groups = {name: _group(file, name) for name in GROUPS}
    groups |= {name: _group(file, name) for name in OPTIONAL if name in file}
    members = {name: dict(datasets_of(group)) for name, group in groups.items()}
    total = sum(nbytes(dataset) for datasets in members.values() for dataset in datasets.values())
    if total > LARGEST_RECORD:
        raise RecordError(f"the datasets take {total} bytes; allowed: {LARGEST_RECORD}")
    arrays = {name: numbers_of(dataset) for name, dataset in members["checkpoint"].items() if not _is_index(dataset)}
    checkpoint: dict[str, CheckpointValue] = {**scalars(groups["checkpoint"]), **arrays}
    return Contents(
        manifest=_manifest(file),
        observables=_variables(members["observables"]),
        density=_variables(members["density"]),
        density_attributes=scalars(groups["density"]),
        claims=_claims(members["claims"]),
        checkpoint=checkpoint,
        clusters=_variables(members.get("clusters", {})),
        noise=_variables(members.get("noise", {})),
        noise_attributes=scalars(groups["noise"]) if "noise" in groups else {},
    )


def _check_format(file: h5py.File) -> None:
    """Refuse foreign files and records of a version that this program does not know."""
    if "format" not in file.attrs or attribute(file, "format") != FORMAT:
        raise RecordError("an HDF5 file, but not a kinetic record; a record is what kinetic run writes")
    version = attribute(file, "version")
    if not isinstance(version, int) or version < 1:
        raise RecordError(f"the version of the record is {version!r}; allowed: an integer from 1 to {VERSION}")
    if version > VERSION:
        raise RecordError(
            f"the record has format version {version}, this kinetic reads up to {VERSION}; install a newer kinetic"
        )


def _manifest(file: h5py.File) -> Manifest:
    """Root attributes."""
    case_text = text_of(file, "case")
    if case_sha256(case_text) != text_of(file, "case_sha256"):
        raise RecordError("the case text does not match its checksum: the record was altered or damaged; run it again")
    return Manifest(
        case_text=case_text,
        overrides=texts_of(file, "overrides"),
        case_name=text_of(file, "case_name"),
        status=cast("RunStatus", text_of(file, "status")),
        message=text_of(file, "message"),
        created=text_of(file, "created"),
        wall_seconds=real(file, "wall_seconds"),
        kinetic_version=text_of(file, "kinetic_version"),
        libraries=_libraries(text_of(file, "libraries")),
    )


def _libraries(text: str) -> dict[str, str]:
    """Versions by name."""
    versions = json.loads(text)
    if not isinstance(versions, dict):
        raise RecordError(f"the attribute libraries is {text[:60]!r}; allowed: a JSON object of versions")
    return {str(name): str(version) for name, version in versions.items()}


def _hard(parent: h5py.Group, name: str) -> None:
    """Refuse a link that may leave the file."""
    if not isinstance(parent.get(name, getlink=True), h5py.HardLink):
        raise RecordError(f"{parent.name.rstrip('/')}/{name} is a link to elsewhere; a record holds its own data")


def _group(file: h5py.File, name: str) -> h5py.Group:
    """One of the groups that every record has."""
    if name not in file:
        raise RecordError(f"the group /{name} is missing: the record is incomplete; run the case again")
    _hard(file, name)
    return _instance(file[name], h5py.Group, f"/{name}")


def _instance(found: object, kind: type[T], path: str) -> T:
    """Return the object, if it is of that kind."""
    if not isinstance(found, kind):
        raise RecordError(f"{path} is a {type(found).__name__}; allowed: a {kind.__name__}")
    return found


def datasets_of(group: h5py.Group) -> Iterator[tuple[str, h5py.Dataset]]:
    """Name and dataset of the members, each found safe to read."""
    if len(group) > MOST_MEMBERS:
        raise RecordError(f"{group.name} has {len(group)} members; allowed: {MOST_MEMBERS}")
    for name in group:
        _hard(group, name)
        dataset = _instance(group[name], h5py.Dataset, f"{group.name}/{name}")
        _check_dataset(dataset)
        yield name, dataset


def _check_dataset(dataset: h5py.Dataset) -> None:
    """Refuse data kept elsewhere, data that are not numbers or text, and sizes that no run has."""
    if dataset.external or dataset.is_virtual:
        raise RecordError(f"{dataset.name} keeps its data in another file; a record holds its own data")
    if not is_text(dataset.dtype) and dataset.dtype.kind not in "fiubc":
        raise RecordError(f"{dataset.name} has the type {dataset.dtype}; a record holds numbers and text")
    # A chunk is unpacked as a whole, however small the dataset that it belongs to.
    chunk = int(np.prod(dataset.chunks or (1,), dtype=object)) * dataset.dtype.itemsize
    for what, size, allowed in (
        ("data", nbytes(dataset), LARGEST_DATASET),
        ("chunks", chunk, LARGEST_CHUNK),
    ):
        if size > allowed:
            raise RecordError(f"the {what} of {dataset.name} take {size} bytes; allowed: {allowed}")


def nbytes(dataset: h5py.Dataset) -> int:
    """Size in memory, in exact arithmetic: a forged shape must not overflow."""
    if dataset.shape is None:
        raise RecordError(f"{dataset.name} has no shape; a record holds arrays")
    return int(np.prod(dataset.shape, dtype=object)) * int(dataset.dtype.itemsize)


def _is_index(dataset: h5py.Dataset) -> bool:
    """Whether a dataset is a mere scale, made by the writer."""
    return INDEX in dataset.attrs


def numbers_of(dataset: h5py.Dataset) -> NDArray[Any]:
    """Array of a dataset of numbers, in the byte order of this machine."""
    if is_text(dataset.dtype):
        raise RecordError(f"{dataset.name} holds text; allowed: numbers")
    array = np.asarray(dataset[()])
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def _variables(datasets: dict[str, h5py.Dataset]) -> tuple[Variable, ...]:
    """Those datasets of a group that are not mere scales."""
    return tuple(_variable(name, dataset) for name, dataset in datasets.items() if not _is_index(dataset))


def _variable(name: str, dataset: h5py.Dataset) -> Variable:
    """One dataset with its meaning, read-only."""
    values = numbers_of(dataset)
    values.flags.writeable = False
    dims = tuple(_dimension(dataset, axis, name) for axis in range(dataset.ndim))
    return Variable(name, values, dims, text_of(dataset, "units"), text_of(dataset, "description"))


def _dimension(dataset: h5py.Dataset, axis: int, name: str) -> str:
    """Name of an axis: that of the scale attached to it, its own where the dataset is the scale."""
    if _is_scale(dataset):
        return name
    scales = _scales(dataset)
    if axis >= len(scales) or len(scales[axis]) == 0:
        raise RecordError(f"{dataset.name} has no dimension scale along its axis {axis}; run the case again")
    return str(dataset.file[scales[axis][0]].name).rsplit("/", maxsplit=1)[-1]


def _is_scale(dataset: h5py.Dataset) -> bool:
    """Whether a dataset is a dimension scale."""
    return "CLASS" in dataset.attrs and bytes(_raw(dataset.attrs["CLASS"])).rstrip(b"\0") == b"DIMENSION_SCALE"


def _raw(value: object) -> bytes:
    """Give text as bytes, anything else as none."""
    return value.encode() if isinstance(value, str) else value if isinstance(value, bytes) else b""


def _scales(dataset: h5py.Dataset) -> Any:
    """Return references to the scales of each axis, read as an attribute: HDF5 itself trusts its type, and crashes."""
    if "DIMENSION_LIST" not in dataset.attrs:
        return ()
    kind, shape = dataset.attrs.get_id("DIMENSION_LIST").dtype, dataset.attrs.get_id("DIMENSION_LIST").shape
    inner = h5py.check_vlen_dtype(kind)
    if shape != (dataset.ndim,) or inner is None or h5py.check_ref_dtype(inner) is not h5py.Reference:
        raise RecordError(f"the dimension scales of {dataset.name} are damaged; run the case again")
    return dataset.attrs["DIMENSION_LIST"]


def _claims(datasets: dict[str, h5py.Dataset]) -> tuple[ClaimRow, ...]:
    """Rows of the table."""
    missing = sorted({*CLAIM_NUMBERS, *CLAIM_TEXTS, "window"} - {*datasets, *LATER_CLAIM_TEXTS})
    if missing:
        raise RecordError(f"/claims lacks the column {missing[0]}; run kinetic compare, or the case again")
    count = len(numbers_of(datasets["predicted"]))
    numbers = {name: _column(datasets[name], (count,), numbers_of) for name in CLAIM_NUMBERS}
    present = [name for name in CLAIM_TEXTS if name in datasets]
    texts = {name: [told] * count for name, told in LATER_CLAIM_TEXTS.items()}
    texts |= {name: _column(datasets[name], (count,), strings) for name in present}
    window = _column(datasets["window"], (count, 2), numbers_of)
    return tuple(
        ClaimRow(
            name=texts["name"][i],
            predicted=float(numbers["predicted"][i]),
            measured=float(numbers["measured"][i]),
            uncertainty=float(numbers["uncertainty"][i]),
            tolerance=float(numbers["tolerance"][i]),
            window=(float(window[i, 0]), float(window[i, 1])),
            verdict=cast("Verdict", texts["verdict"][i]),
            reason=texts["reason"][i],
            status=cast("Status", texts["status"][i]),
            source=texts["source"][i],
            relation=cast("Relation", texts["relation"][i]),
            tolerance_kind=cast("ToleranceKind", texts["tolerance_kind"][i]),
        )
        for i in range(count)
    )


def _column(dataset: h5py.Dataset, shape: tuple[int, ...], reader: Callable[[h5py.Dataset], T]) -> T:
    """One column, of the length that the table has."""
    if dataset.shape != shape or shape[0] > MOST_CLAIMS:
        raise RecordError(f"{dataset.name} has the shape {dataset.shape}; allowed: {shape}, {MOST_CLAIMS} rows at most")
    return reader(dataset)


def strings(dataset: h5py.Dataset) -> list[str]:
    """Column of text, read entry by entry: many entries may point to one long text."""
    if not is_text(dataset.dtype):
        raise RecordError(f"{dataset.name} holds numbers; allowed: text")
    entries, texts, room = dataset.asstr(), [], LARGEST_TEXT
    for i in range(dataset.shape[0]):
        texts.append(str(entries[i]))
        require_unicode(texts[-1], f"an entry of {dataset.name}")
        room -= len(texts[-1])
        if room < 0:
            raise RecordError(f"{dataset.name} holds more text than the {LARGEST_TEXT} characters allowed; {AGAIN}")
    return texts
