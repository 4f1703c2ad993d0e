"""Tokens of a file as the beginning of a case: their density, what it keeps of them, and that they are the same again.

Responsible for the way from the keys of ``initial.kind = "tokens"`` to rows, and for the words about them.
"""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kinetic import case as cases
from kinetic.errors import RecordError
from kinetic.geometry import unit
from kinetic.pair_law import BINS, PAIRS
from kinetic.rows import Rows, Source, TokenDensity, chosen_concentration, pieces, read_rows
from kinetic.types import Array
from kinetic.variable import Variable

if TYPE_CHECKING:
    from kinetic.record import Record

FINGERPRINT = "rows_sha256"
"""The attribute of a record's densities that tells rows from others."""


LARGEST_CLOUD = 2**26
"""Numbers of a cloud that moves with all its coordinates: half a gigabyte, of which a time step takes a dozen."""


def rows_of(case: cases.Case, path: str | Path | None = None) -> Rows:
    """Return the rows that a case names, or those of another file in their place.

    Raises
    ------
    CaseError
        If they cannot be read.
    """
    given, space = case.initial, case.space
    assert isinstance(given, cases.Tokens)
    axis = given.axis if isinstance(given.axis, tuple) else None
    return read_rows(_source(case, path), space.dimension, axisymmetric=space.axisymmetric, axis=axis)


def unit_rows(case: cases.Case, path: str | Path | None = None) -> Array:
    """Return the directions of all rows with all their coordinates, shape (n, d).

    Raises
    ------
    CaseError
        As `rows_of`, and where they do not fit in memory.
    """
    rows = rows_of(case, path)
    if not rows.axisymmetric:
        return rows.places
    source, numbers = _source(case, path), rows.count * rows.dimension
    if numbers > LARGEST_CLOUD:
        raise source.refuse(
            f"{numbers} numbers", f"tokens that move with all coordinates must be at most {LARGEST_CLOUD}; take fewer"
        )
    return np.concatenate([unit(piece) for piece in pieces(source)])


def _source(case: cases.Case, path: str | Path | None) -> Source:
    """Return the table that a case names, or the one in a file of the working folder in its place."""
    given = case.initial
    assert isinstance(given, cases.Tokens)
    found = case.resolve(given.path) if path is None else Path(path).expanduser()
    inside = found.suffix.lower() in (".npz", ".h5", ".hdf5")
    return Source(found, given.dataset if path is None or inside else None)


def token_density(case: cases.Case) -> TokenDensity:
    """Return the initial density of a case that begins with rows.

    Raises
    ------
    CaseError, DomainError
        If the rows cannot be read, or "auto" has no answer for them.
    """
    given = case.initial
    assert isinstance(given, cases.Tokens)
    return _widened(rows_of(case), given.concentration)


@lru_cache(maxsize=4)
def _widened(rows: Rows, concentration: float | str) -> TokenDensity:
    return TokenDensity(rows, chosen_concentration(rows) if isinstance(concentration, str) else concentration)


def provenance(case: cases.Case) -> dict[str, str | float | int]:
    """Return the attributes by which a record knows the rows it began with; none for other cases."""
    if not isinstance(case.initial, cases.Tokens):
        return {}
    density = token_density(case)
    rows = density.rows
    kept = {"rows_axial_share": rows.axial_share} if rows.axisymmetric else {}
    return {
        FINGERPRINT: rows.sha256,
        "rows_count": rows.count,
        "rows_order_parameter": rows.mean_length,
        "rows_concentration": density.concentration,
        "rows_factor": density.factor,
        **kept,
    }


def pairs_of_rows(case: cases.Case) -> tuple[Variable, ...]:
    """Return the histogram of the rows' pairs as a record keeps it, nothing where there are no pairs."""
    if not isinstance(case.initial, cases.Tokens) or rows_of(case).count < 2:
        return ()
    edges = np.linspace(-1.0, 1.0, BINS + 1)
    text = f"share of the pairs of {len(rows_of(case).sample)} rows of the file in each of {BINS} equal bins"
    return (
        Variable("cosine", 0.5 * (edges[1:] + edges[:-1]), ("cosine",), "1", "middle of a bin of <x, y>"),
        Variable(PAIRS, rows_of(case).pair_histogram(BINS), ("cosine",), "1", text),
    )


def require_same_rows(case: cases.Case, record: "Record") -> None:
    """Refuse to continue a record whose rows have changed.

    Raises
    ------
    RecordError
    """
    if isinstance(case.initial, cases.Tokens):
        require_fingerprint(rows_of(case), record, case.initial.path)


def require_fingerprint(rows: Rows, record: "Record", path: str) -> None:
    """Refuse rows that are not those of a record.

    Raises
    ------
    RecordError
    """
    kept = record.density_attributes.get(FINGERPRINT)
    if rows.sha256 != kept:
        raise RecordError(
            f"{record.path}: {ascii(path)[1:-1]} holds other rows than the record began with (SHA-256 of their numbers "
            f"{rows.sha256[:12]}…, the record's {str(kept)[:12]}…); give the same rows, or begin anew with "
            "overwrite=True"
        )


def described(case: cases.Case) -> Iterator[str]:
    """Say what a density keeps of its rows, in sentences of one line; nothing for other cases."""
    if isinstance(case.initial, cases.Tokens):
        yield from words(provenance(case), case.space.dimension, case.initial.concentration == "auto")


def words(kept: dict[str, str | float | int], dimension: int, auto: bool) -> Iterator[str]:
    """Say what a density keeps of its rows, from what a record keeps of them."""
    order, factor = float(kept["rows_order_parameter"]), float(kept["rows_factor"])
    chosen = ", chosen" if auto else ""
    yield f"{kept['rows_count']} rows in dimension {dimension}, R = {order:.4g}"
    yield (
        f"each a bump of concentration {float(kept['rows_concentration']):.4g}{chosen}, which multiplies R by "
        f"{factor:.4g}"
    )
    if "rows_axial_share" in kept:
        share = float(kept["rows_axial_share"])
        yield f"cosines to the axis are kept: {share:.2%} of the variance of the directions"
        yield f"dropped: where the other {1.0 - share:.2%}, across the axis, point; it is spread evenly there"
