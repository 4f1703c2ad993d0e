"""Densities of the circle in the Mercator chart, by tokens about a pole."""

from collections.abc import Sequence

import numpy as np

from kinetic.charts.patches import cell_of_order
from kinetic.mercator.circle import CircleTokenDensity
from kinetic.mercator.circle.mesh import CircleMesh, Sizes
from kinetic.record import Record, Variable
from kinetic.snapshots.tokens import TIMES, TOKENS, cell_order, field, integer, numbers, padded, readable

_MOST = 10**7
_KINDS = ("far", "left", "core", "right")


def pack_arcs(densities: Sequence[CircleTokenDensity]) -> tuple[Variable, ...]:
    """Return the tokens, cell after cell from the antipode of the pole once around."""
    own = "position in the cell's variable: far s = −1/u, left and right ln|u|, core asinh(e^η u), u = tan(θ/2)"
    angle = "angle of the pole, from which θ counts"
    sizes = np.array([[getattr(d.mesh.sizes, kind) for kind in _KINDS] for d in densities])
    counts = [
        Variable(f"{kind}_cells", sizes[:, i], TIMES, "1", f"number of {kind} cells") for i, kind in enumerate(_KINDS)
    ]
    heights = padded(densities, lambda d: np.log(np.abs(np.tan(0.5 * d.mesh.angles))))
    return (
        Variable("nodes", heights, TOKENS, "1", "y = ln tan(|θ|/2) of the tokens, θ the angle from the pole"),
        Variable("log_density", padded(densities, lambda d: d.mesh.log_density), TOKENS, "1", "ln ρ at the tokens"),
        Variable("log_mass", padded(densities, lambda d: d.mesh.log_mass), TOKENS, "1", "ln dμ/dξ, ξ in [0, 1]"),
        Variable("position", padded(densities, lambda d: d.mesh.position), TOKENS, "1", own),
        *counts,
        Variable("element_order", numbers(densities, lambda d: d.mesh.cell.element.order), TIMES, "1", "their degree"),
        Variable("lift", numbers(densities, lambda d: d.mesh.lift), TIMES, "1", "η of the core cells' variable"),
        Variable("pole", numbers(densities, lambda d: d.pole), TIMES, "rad", angle),
    )


def rebuild_arcs(record: Record, index: int) -> CircleTokenDensity:
    """Return a density from its tokens."""
    with readable(record, index, "in the Mercator chart of the circle"):
        sizes = Sizes(*(integer(record, f"{kind}_cells", index, 0, _MOST) for kind in _KINDS))
        cell = cell_of_order(cell_order(record, index), 1)
        fields = [
            field(record, name, index, (sizes.total, cell.size)) for name in ("position", "log_density", "log_mass")
        ]
        lift, pole = (float(field(record, name, index, ())) for name in ("lift", "pole"))
        return CircleTokenDensity(CircleMesh(cell, sizes, lift, *fields), pole)
