"""A dataset before it is in a file: what densities pack themselves into, and records are written from."""

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray


@dataclass(frozen=True)
class Variable:
    """One dataset: an array whose axes have names, with its unit and its definition.

    Parameters
    ----------
    name : str
        ASCII identifier, unique in its group. A variable whose only dimension bears its own name is the scale
        of that dimension.
    values : array
        Real or integer, at most 64 bits an item; `values.ndim == len(dims)`.
    dims : tuple of str
        Name of each axis. Axes of one name have one length in the whole group. A dimension without a scale
        among the variables gets the scale 0, 1, 2, ... in the file; where a variable of that name means
        something else, the scale (and so the dimension, when read back) is called `<dimension>_index`.
    units : str
        `"1"` for a pure number.
    description : str
        The definition in a few words.
    """

    name: str
    values: NDArray[Any]
    dims: tuple[str, ...]
    units: str
    description: str
