"""Contents to file, so that a process killed at any instant leaves the previous or the new record, whole.

Responsible for the layout of the HDF5 file: groups, attributes, dimension scales, compression, checksums. Refuses to
know where the numbers come from, and to change a file in place.

The file is first built in memory, so that HDF5 itself never meets a full disk; `replacing` puts it in its place.
"""

import hashlib
import io
import json
import math
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from kinetic.errors import RecordError
from kinetic.record import hdf
from kinetic.record.contents import ClaimRow, Contents, Manifest, Scalar, check
from kinetic.record.replacing import replace_file
from kinetic.record.seal import sealed
from kinetic.variable import Variable

FORMAT = "kinetic-record"
VERSION = 1
INDEX = "is_index"  # a number, not a text: HDF5 guards numbers in attributes by checksums, text it does not

COMPRESS_BYTES = 64 * 1024
SAMPLE = 4096  # numbers that tell whether those of an array shrink
WORTH = 0.75  # of its length, to which a sample must shrink
CHUNK_BYTES = 16 * 1024 * 1024
TILE = 32  # entries of either of the last axes: tiles that are all zeros take no room
LINE = TILE**2  # of the one axis behind the first: HDF5 asks as much time for a tile as for thousands of numbers
DIMENSIONS = {
    "component": "Cartesian component of a vector",
    "degree": "harmonic degree",
    "degree_index": "harmonic degree",
    "order": "harmonic order",
    "part": "0: cosine harmonics, 1: sine harmonics",
    "claim": "row of the claims table",
    "row": "row of a matrix",
    "column": "column of a matrix",
    "head": "head of attention",
    "harmonic": "harmonic of a random field, by part, degree and order",
    "label": "position of a token, its rotation rate, or the number of its rotation",
    "cluster": "cluster, the heaviest first",
    "merger": "merger of two clusters, in the order of time",
    "bound": "0: first time used, 1: last time used",
}


def write(path: str | Path, contents: Contents, *, lasting: bool = True) -> None:
    """Write a record whole, or leave what was there.

    Parameters
    ----------
    path : path
        Where the record shall be; missing folders are made, a symbolic link is followed.
    contents : Contents
        All of it: a record is never written in part.
    lasting : bool
        Whether it is worth compressing; not if it will be replaced within seconds.

    Raises
    ------
    RecordError
        Where the contents are malformed or the file cannot be written (disk full, folder read-only). An
        earlier record of that name is then intact, and no temporary file is left.

    Notes
    -----
    **Accuracy**: numbers come back bit for bit, and every number is guarded by a checksum, the file as a whole too
    (until another program writes in it). Text comes back to the letter, except that code points which UTF-8 or HDF5
    cannot hold (lone surrogates, NUL) are written as escapes.

    **Cost**: the file is built in memory, about once its size; each array of numbers carries a checksum. Of snapshots
    above 64 KiB, tiles that are all zeros are left out; in a record that is to last, the rest is compressed at some
    80 MB/s where its numbers shrink, which the digits of harmonic coefficients do not.
    """
    check(contents)
    try:
        image = sealed(_image(contents, compress=lasting))
    except (ValueError, TypeError, OverflowError, OSError, RuntimeError, MemoryError) as error:
        raise RecordError(
            f"{path}: the contents do not fit into a record: {error}; raise output.save_every, so that "
            "fewer snapshots are kept"
        ) from error
    try:
        replace_file(path, image)
    except (OSError, RuntimeError) as error:
        raise RecordError(
            f"{path}: cannot write the record: {getattr(error, 'strerror', None) or error}; "
            "free space on the disk, or choose another output folder"
        ) from error


def _image(contents: Contents, *, compress: bool) -> bytes:
    """Bytes of the HDF5 file that holds the contents."""
    # The format of HDF5 1.10 is the oldest that has checksums on all its own structures: with that of 1.8, a
    # damaged index of chunks reads as zeros.
    # A stream of ours holds the bytes: the image that HDF5 1.14 gives of a file it still has open does not read back.
    stream = io.BytesIO()
    with h5py.File(stream, "w", libver=("v110", "v110")) as file:
        _write_manifest(file.id, contents.manifest)
        _write_group(file.create_group("observables").id, contents.observables)
        density = file.create_group("density").id
        _write_group(density, contents.density, tile=True, compress=compress)
        _write_attributes(density, contents.density_attributes)
        if contents.clusters:
            _write_group(file.create_group("clusters").id, contents.clusters)
        if contents.noise:
            noise = file.create_group("noise").id
            _write_group(noise, contents.noise, compress=compress)
            _write_attributes(noise, contents.noise_attributes)
        _write_claims(file.create_group("claims").id, contents.claims)
        _write_checkpoint(file.create_group("checkpoint").id, contents.checkpoint)
    return stream.getvalue()


def _plain(text: str) -> str:
    """Escape what UTF-8 or HDF5 cannot hold: a strange message must not cost a run its record."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8").replace("\0", "\\x00")


def case_sha256(case_text: str) -> str:
    """SHA-256 of a case's text in UTF-8, as hexadecimal digits."""
    return hashlib.sha256(_plain(case_text).encode("utf-8")).hexdigest()


def _write_manifest(root: Any, manifest: Manifest) -> None:
    """Root attributes."""
    _write_attributes(
        root,
        {
            "format": FORMAT,
            "version": VERSION,
            "kinetic_version": manifest.kinetic_version,
            "created": manifest.created,
            "case": manifest.case_text,
            "case_sha256": case_sha256(manifest.case_text),
            "case_name": manifest.case_name,
            "libraries": json.dumps(dict(manifest.libraries)),
            "status": manifest.status,
            "message": manifest.message,
            "wall_seconds": float(manifest.wall_seconds),
        },
    )
    hdf.write_texts(root, "overrides", _texts(manifest.overrides))


def _write_attributes(target: Any, values: Mapping[str, Scalar]) -> None:
    """Scalars as attributes."""
    for name, value in values.items():
        hdf.write_attribute(target, name, _plain(value) if isinstance(value, str) else value)


def _texts(values: Iterable[str]) -> NDArray[Any]:
    """One-dimensional array of text."""
    return np.array([_plain(value) for value in values], dtype=object)


def _write_group(
    group: Any, variables: tuple[Variable, ...], *, tile: bool = False, compress: bool = False
) -> Mapping[str, Any]:
    """Write variables with their unit, description and dimension scales; return the datasets by name."""
    made = {}
    for variable in variables:
        made[variable.name] = _write_numbers(group, variable.name, variable.values, tile=tile, compress=compress)
        _describe(made[variable.name], variable.units, variable.description)
    own = {variable.name: variable.dims for variable in variables}
    lengths = {d: n for v in variables for d, n in zip(v.dims, v.values.shape, strict=True)}
    scales = {dim: dim if own.get(dim, (dim,)) == (dim,) else f"{dim}_index" for dim in lengths}
    for dim, scale in scales.items():
        if scale not in own:
            made[scale] = _write_index(group, scale, lengths[dim])
        hdf.make_scale(made[scale], scale)
    for variable in variables:
        _attach(made, variable.name, tuple(scales[dim] for dim in variable.dims))
    return made


def _attach(made: Mapping[str, Any], name: str, scales: tuple[str, ...]) -> None:
    """Attach to each axis its scale; a scale is not attached to itself."""
    for axis, scale in enumerate(scales):
        if scale != name:
            hdf.attach_scale(made[name], axis, made[scale])


def _describe(dataset: Any, units: str, description: str) -> None:
    """Give a dataset its unit and definition."""
    _write_attributes(dataset, {"units": units, "description": description})


def _write_index(group: Any, name: str, length: int) -> Any:
    """Make the scale 0, 1, 2, ... of a dimension that has no variable of its own."""
    dataset = _write_numbers(group, name, np.arange(length), compress=True)
    _describe(dataset, "1", DIMENSIONS.get(name, f"index along {name}"))
    hdf.write_attribute(dataset, INDEX, 1)
    return dataset


def _write_numbers(group: Any, name: str, values: NDArray[Any], *, tile: bool = False, compress: bool = False) -> Any:
    """Dataset of numbers with a checksum; a large one in tiles or compressed, if asked and worth it."""
    array = np.asarray(values)
    if array.ndim == 0 or array.size == 0:
        dataset = hdf.make_numbers(group, name, array.shape, array.dtype)
        hdf.fill(dataset, array)
        return dataset
    large = array.nbytes > COMPRESS_BYTES
    tiled, packed = tile and large, compress and large and _shrinks(array)
    chunk = _chunk(array.shape, array.itemsize, (TILE if array.ndim > 2 else LINE) if tiled else None)
    dataset = hdf.make_numbers(group, name, array.shape, array.dtype, chunk=chunk, packed=packed)
    hdf.fill(dataset, array, _written(hdf.chunks_of(dataset), array) if tiled else None)
    return dataset


def _written(chunks: Iterable[tuple[slice, ...]], array: NDArray[Any]) -> Iterator[tuple[slice, ...]]:
    """Yield what of an array is to be written: all tiles but those of zeros, neighbors along the last axis at once.

    HDF5 asks as much time for a call as for some ten thousand numbers.
    """
    tiles = [(part, bool(_bits(array[part]).any())) for part in chunks]
    if all(held for _, held in tiles):
        yield (slice(None),) * array.ndim
        return
    run: tuple[slice, ...] = ()
    for part, held in tiles:
        if held and run and run[:-1] == part[:-1] and run[-1].stop == part[-1].start:
            run = (*run[:-1], slice(run[-1].start, part[-1].stop))
            continue
        if run:
            yield run
        run = part if held else ()
    if run:
        yield run


def _bits(numbers: NDArray[Any]) -> NDArray[Any]:
    """Numbers as they are in memory: −0.0 is not the zero that a hole is read as."""
    return numbers.view(f"u{numbers.itemsize}")


def _shrinks(array: NDArray[Any]) -> bool:
    """Whether compression would find more than zeros, from a sample of the other numbers."""
    sample = array.reshape(-1)[:: array.size // SAMPLE | 1]  # an odd stride does not stay in one column
    numbers = sample[sample != 0]
    shuffled = numbers.view(np.uint8).reshape(-1, array.itemsize).T.tobytes()
    return len(zlib.compress(shuffled, hdf.COMPRESSION)) < WORTH * len(shuffled)


def _chunk(shape: tuple[int, ...], itemsize: int, tile: int | None) -> tuple[int, ...]:
    """Chunk of as many entries of the first axis as fit into `CHUNK_BYTES`, cut into tiles along the other axes."""
    chunk, room = [], CHUNK_BYTES // itemsize
    for length in reversed(shape):
        chunk.append(max(1, min(length, room)))
        room //= chunk[-1]
    if tile is None:
        return tuple(reversed(chunk))
    first, *others = reversed(chunk)
    return _even(shape[0], first), *(
        _even(length, min(tile, most)) for length, most in zip(shape[1:], others, strict=True)
    )


def _even(length: int, most: int) -> int:
    """Length of equal parts of an axis, up to rounding: the last chunk of an axis takes as much room as the others."""
    return math.ceil(length / math.ceil(length / most))


CLAIM_NUMBERS = {
    "predicted": "what theory says, or the bound of the inequality",
    "measured": "what the run says",
    "uncertainty": "absolute uncertainty of the measured number",
    "tolerance": "admitted distance, see tolerance_kind",
}
CLAIM_TEXTS = {
    "name": "name of the claim",
    "verdict": "pass, fail or not applicable",
    "reason": "why it fails or does not apply",
    "status": "how well the prediction is founded: theorem, derived or heuristic",
    "source": "paper and equation of the prediction",
    "relation": "how measured must stand to predicted: =, >= or <=",
    "tolerance_kind": "relative: a share of predicted; absolute; unknown",
}


def _write_claims(group: Any, rows: tuple[ClaimRow, ...]) -> None:
    """Write the table of claims, one dataset a column."""
    numbers = [
        Variable(name, np.array([getattr(row, name) for row in rows], dtype=np.float64), ("claim",), "1", text)
        for name, text in CLAIM_NUMBERS.items()
    ]
    window = np.array([row.window for row in rows], dtype=np.float64).reshape(len(rows), 2)
    numbers.append(Variable("window", window, ("claim", "bound"), "1", "first and last time used"))
    made = dict(_write_group(group, tuple(numbers)))
    for name, description in CLAIM_TEXTS.items():
        made[name] = hdf.make_texts(group, name, _texts(getattr(row, name) for row in rows))
        _describe(made[name], "1", description)
        _attach(made, name, ("claim",))


def _write_checkpoint(group: Any, values: Mapping[str, Any]) -> None:
    """Arrays as datasets, scalars as attributes."""
    arrays = {name: value for name, value in values.items() if isinstance(value, np.ndarray)}
    _write_attributes(group, {name: value for name, value in values.items() if name not in arrays})
    for name, array in arrays.items():
        dataset = _write_numbers(group, name, array)
        _describe(dataset, "1", "state of the march, to continue it bit for bit")
        for axis, length in enumerate(array.shape):
            hdf.attach_scale(dataset, axis, _bare_scale(group, f"{name}.{axis}", length))


def _bare_scale(group: Any, name: str, length: int) -> Any:
    """Make a scale without coordinates: never written to, it takes no room in the file."""
    scale = hdf.make_numbers(group, name, (length,), np.float32)
    _describe(scale, "1", "axis without coordinates")
    hdf.write_attribute(scale, INDEX, 1)
    hdf.make_scale(scale, f"This is a netCDF dimension but not a netCDF variable.{length:10d}")
    return scale
