"""The few calls of HDF5 that write a record: attributes, datasets, dimension scales.

h5py's own objects look up names, guess types and read back what they have just written, at every call; a small record
of a hundred attributes spent two thirds of its time there. The objects in the file are the same. Responsible for calls
alone; what a record holds it refuses to know.
"""

from collections.abc import Iterable
from typing import Any

import h5py
import numpy as np
from h5py import h5a, h5d, h5ds, h5p, h5s, h5t
from numpy.typing import NDArray

TEXT = h5py.string_dtype("utf-8")
COMPRESSION = 1  # higher levels take longer and find no more

_TEXT_TYPE = h5t.py_create(TEXT, logical=True)
_FLOAT_TYPE, _INTEGER_TYPE = (h5t.py_create(np.dtype(kind), logical=True) for kind in (np.float64, np.int64))
_ONE = h5s.create_simple(())


def write_attribute(target: Any, name: str, value: str | float | int) -> None:
    """Give an object one text or one number, of 64 bits, as an attribute that it does not have yet."""
    if isinstance(value, str):
        write_texts(target, name, np.array(value, dtype=object))
        return
    whole = isinstance(value, int | np.integer | np.bool_)
    made = h5a.create(target, name.encode(), _INTEGER_TYPE if whole else _FLOAT_TYPE, _ONE)
    made.write(np.array(value, dtype=np.int64 if whole else np.float64))


def write_texts(target: Any, name: str, texts: NDArray[Any]) -> None:
    """Give an object texts of any shape as an attribute."""
    made = h5a.create(target, name.encode(), _TEXT_TYPE, h5s.create_simple(texts.shape) if texts.shape else _ONE)
    made.write(texts.astype(TEXT, copy=False))


def make_texts(group: Any, name: str, texts: NDArray[Any]) -> Any:
    """Make a dataset of texts."""
    made = h5d.create(group, name.encode(), _TEXT_TYPE, h5s.create_simple(texts.shape), dcpl=_plan())
    made.write(h5s.ALL, h5s.ALL, texts.astype(TEXT, copy=False))
    return made


def make_numbers(
    group: Any,
    name: str,
    shape: tuple[int, ...],
    dtype: Any,
    *,
    chunk: tuple[int, ...] | None = None,
    packed: bool = False,
) -> Any:
    """Make a dataset without its numbers; in chunks it has checksums, and is compressed if asked."""
    plan = _plan()
    if chunk is not None:
        plan.set_chunk(chunk)
        if packed:
            plan.set_shuffle()
            plan.set_deflate(COMPRESSION)
        plan.set_fletcher32()
    stored = h5t.py_create(np.dtype(dtype), logical=True)
    return h5d.create(group, name.encode(), stored, h5s.create_simple(shape), dcpl=plan)


def fill(dataset: Any, array: NDArray[Any], parts: Iterable[tuple[slice, ...]] | None = None) -> None:
    """Write the numbers of a dataset, all or in parts."""
    if parts is None:
        dataset.write(h5s.ALL, h5s.ALL, np.ascontiguousarray(array))
        return
    held = h5py.Dataset(dataset)
    for part in parts:
        held[part] = array[part]


def chunks_of(dataset: Any) -> list[tuple[slice, ...]]:
    """Return the parts of an array that the chunks of its dataset hold."""
    return list(h5py.Dataset(dataset).iter_chunks())


def make_scale(dataset: Any, name: str) -> None:
    """Make a dataset the scale of a dimension."""
    h5ds.set_scale(dataset, name.encode())


def attach_scale(dataset: Any, axis: int, scale: Any) -> None:
    """Attach a scale to an axis."""
    h5ds.attach_scale(dataset, scale, axis)


def _plan() -> Any:
    plan = h5p.create(h5p.DATASET_CREATE)
    plan.set_obj_track_times(False)
    return plan
