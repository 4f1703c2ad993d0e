"""Densities of the sphere in the Mercator chart, by tokens about a pole."""

from collections.abc import Sequence

import numpy as np

from kinetic.charts.patches import cell_of_order
from kinetic.mercator.sphere import SphereMercatorDensity
from kinetic.mercator.sphere.mesh import TokenCells
from kinetic.record import Record, Variable
from kinetic.snapshots.tokens import TIMES, TOKENS, cell_order, field, integer, numbers, padded, readable

_MOST = 10**7


def pack_cells(densities: Sequence[SphereMercatorDensity]) -> tuple[Variable, ...]:
    """Return the tokens, cell after cell, those near the pole first."""
    spot = "of S = asinh(|z|) e^{iφ}; z = e^η tan(θ/2) e^{iφ} in near cells, cot(θ/2) e^{iφ} in far ones"
    turn = ("time", "part_of_turn")
    return (
        Variable("nodes", padded(densities, lambda d: d.cells.latitudes), TOKENS, "1", "y = ln tan(θ/2) of the tokens"),
        Variable("log_density", padded(densities, lambda d: d.cells.log_rho), TOKENS, "1", "ln ρ at the tokens"),
        Variable("log_mass", padded(densities, lambda d: d.cells.log_mass), TOKENS, "1", "ln dμ/dξ, ξ in [0, 1]²"),
        Variable("spot_real", padded(densities, lambda d: d.cells.spots.real), TOKENS, "1", f"real part {spot}"),
        Variable("spot_imaginary", padded(densities, lambda d: d.cells.spots.imag), TOKENS, "1", f"imaginary {spot}"),
        Variable("log_flat_density", padded(densities, lambda d: d.cells.log_density), TOKENS, "1", "ln dμ/d²z"),
        Variable("elements", numbers(densities, lambda d: d.cells.size), TIMES, "1", "number of cells"),
        Variable("near_cells", numbers(densities, lambda d: d.cells.near), TIMES, "1", "how many of them are near"),
        Variable("element_order", numbers(densities, lambda d: d.cells.cell.element.order), TIMES, "1", "their degree"),
        Variable("lift", numbers(densities, lambda d: d.cells.rapidity), TIMES, "1", "η of the near cells' variable"),
        Variable("turn", numbers(densities, lambda d: d.turn), turn, "1", "quaternion (w, x, y, z), frame to space"),
    )


def rebuild_cells(record: Record, index: int) -> SphereMercatorDensity:
    """Return a density from its tokens."""
    with readable(record, index, "in the Mercator chart of the sphere"):
        size = integer(record, "elements", index, 1, _MOST)
        near = integer(record, "near_cells", index, 0, size)
        cell = cell_of_order(cell_order(record, index), 2)
        names = ("spot_real", "spot_imaginary", "log_flat_density", "log_mass")
        real, imaginary, flat, mass = (field(record, name, index, (size, cell.size)) for name in names)
        turn, lift = field(record, "turn", index, (4,)), float(field(record, "lift", index, ()))
        spots = np.asarray(real + 1j * imaginary, dtype=complex)
        return SphereMercatorDensity(TokenCells(cell, near, spots, flat, mass, lift), turn)
