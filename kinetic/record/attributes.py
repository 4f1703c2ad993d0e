"""Attributes of groups and datasets, each looked at before it is read: type, size, encoding."""

from typing import Any, TypeAlias

import h5py
import numpy as np

from kinetic.errors import RecordError
from kinetic.record.contents import Scalar

LARGEST_TEXT = 16 * 1024**2  # bytes of one attribute, or of one column of text
MOST_MEMBERS = 4096  # datasets or attributes of one group, entries of an attribute

AGAIN = "the record is damaged: run the case again"

Located: TypeAlias = h5py.Group | h5py.Dataset


def is_text(dtype: np.dtype[Any]) -> bool:
    """Whether a type is text of variable length."""
    return h5py.check_string_dtype(dtype) is not None


def attribute(target: Located, name: str) -> Any:
    """Value of an attribute: text, a number, or an array of either; its size is looked at first."""
    if name not in target.attrs:
        raise RecordError(f"the attribute {name} of {target.name} is missing: the record is incomplete; run it again")
    kind, shape = target.attrs.get_id(name).dtype, target.attrs.get_id(name).shape
    if not is_text(kind) and kind.kind not in "fiub":
        raise RecordError(f"the attribute {name} of {target.name} has the type {kind}; allowed: numbers and text")
    count = int(np.prod(shape, dtype=object))
    if count > MOST_MEMBERS or count * kind.itemsize > LARGEST_TEXT:
        raise RecordError(
            f"the attribute {name} of {target.name} has the shape {shape}; allowed: {MOST_MEMBERS} entries"
        )
    value = target.attrs[name]
    if isinstance(value, str):
        require_unicode(value, f"the attribute {name} of {target.name}")
    return value.item() if isinstance(value, np.generic) else value


def require_unicode(text: str, what: str) -> None:
    """Refuse bytes that are no text: they could not be printed."""
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        raise RecordError(f"{what} is not UTF-8 text: the record is damaged; run the case again")


def text_of(target: Located, name: str) -> str:
    """Attribute that is text."""
    value = attribute(target, name)
    if not isinstance(value, str) or len(value) > LARGEST_TEXT:
        raise RecordError(
            f"the attribute {name} of {target.name} is not text (of at most {LARGEST_TEXT} characters); {AGAIN}"
        )
    return value


def texts_of(target: Located, name: str) -> tuple[str, ...]:
    """Attribute that is a list of text."""
    value = attribute(target, name)
    if not isinstance(value, np.ndarray) or not all(isinstance(entry, str) for entry in value.flat):
        raise RecordError(f"the attribute {name} of {target.name} is not a list of text; {AGAIN}")
    for entry in value.flat:
        require_unicode(entry, f"the attribute {name} of {target.name}")
    return tuple(str(entry) for entry in value.flat)


def real(target: Located, name: str) -> float:
    """Attribute that is a number."""
    value = attribute(target, name)
    if not isinstance(value, int | float):
        raise RecordError(f"the attribute {name} of {target.name} is {value!r}; allowed: a number")
    return float(value)


def scalars(group: h5py.Group) -> dict[str, Scalar]:
    """All attributes of a group, each of them one number or one text."""
    if len(group.attrs) > MOST_MEMBERS:
        raise RecordError(f"{group.name} has {len(group.attrs)} attributes; allowed: {MOST_MEMBERS}")
    values = {name: attribute(group, name) for name in group.attrs}
    for name, value in values.items():
        if not isinstance(value, str | int | float):
            raise RecordError(f"the attribute {name} of {group.name} is not one number or one text; {AGAIN}")
    return values
