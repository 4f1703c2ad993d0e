"""Figures and films as files."""

import csv
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kinetic.errors import DomainError
from kinetic.files import replacing
from kinetic.plot.style import styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FORMATS = (".png", ".svg", ".pdf")
"""Endings of figures."""

_DPI = 200
_UNDATED: dict[str, dict[str, None]] = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}


def require_format(path: Path, formats: tuple[str, ...] = FORMATS) -> None:
    """Raise `DomainError` for a name of another ending."""
    if path.suffix.lower() not in formats:
        raise DomainError(f"figure: received {path}; the name must end in {', '.join(formats)}")


def save(figure: "Figure", path: Path) -> None:
    """Write a figure as PNG, SVG or PDF, by the ending of the path; a file of that name is replaced as a whole.

    Raises
    ------
    DomainError
        For another ending.
    RecordError
        Where the file cannot be written.
    """
    require_format(path)
    with replacing(path) as temporary, styled(), warnings.catch_warnings():
        # a title may hold letters that the font lacks: they become boxes
        warnings.filterwarnings("ignore", message="Glyph")
        figure.savefig(temporary, dpi=_DPI, metadata=_UNDATED.get(path.suffix.lower()))


def save_numbers(columns: Mapping[str, Sequence[str | float]], path: Path) -> None:
    """Write columns as CSV, numbers so that they are read back as they were.

    Raises
    ------
    RecordError
        Where the file cannot be written.
    """
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))
