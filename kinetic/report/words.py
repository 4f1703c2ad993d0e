"""How numbers and verdicts are written, and in which width."""

import math

from rich.text import Text

from kinetic.case.show import printable
from kinetic.observables import DEFINITIONS, ENTROPY_DEFINITIONS
from kinetic.record import ClaimRow

SYMBOLS = {given.name: given.symbol for given in (*DEFINITIONS, *ENTROPY_DEFINITIONS) if given.symbol}
"""Observables that the table shows, in this order, and how papers write them."""

WIDTH = 80


def number(value: float) -> str:
    """Write a number with six significant digits; `-` where there is none (NaN).

    Parameters
    ----------
    value : float
        Any, infinities included.

    Returns
    -------
    str
        At most 12 characters.
    """
    return "-" if math.isnan(value) else f"{value:.6g}"


def prediction(row: ClaimRow) -> str:
    """Write what a claim predicts: a number, or an inequality such as `>= 0.01`."""
    return (
        number(row.predicted)
        if row.relation == "=" or math.isnan(row.predicted)
        else f"{row.relation} {number(row.predicted)}"
    )


def plain_text(content: str, style: str = "") -> Text:
    """Text of a record as it stands: neither markup nor an escape sequence in it has any effect."""
    return Text(printable(" ".join(content.split())), style=style)
