"""Rows of a file as tokens: their directions, the bumps that make a density of them, and the law of their pairs.

Below, one module reads files that are not to be trusted, one turns rows into directions or cosines, one chooses how
wide a row becomes, one is the density. The package refuses to know case files, flows and records.
"""

from kinetic.rows.density import TokenDensity
from kinetic.rows.directions import Rows, read_rows
from kinetic.rows.files import Source, pieces
from kinetic.rows.widening import chosen_concentration

__all__ = ["Rows", "Source", "TokenDensity", "chosen_concentration", "pieces", "read_rows"]
