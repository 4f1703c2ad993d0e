"""Axisymmetric densities of the Mercator chart, by tokens along the meridian."""

from collections.abc import Sequence

import numpy as np

from kinetic.charts.density import MercatorDensity
from kinetic.charts.elements import element_of_order
from kinetic.charts.material import MaterialMesh
from kinetic.record import Record, Variable
from kinetic.snapshots.tokens import TIMES, TOKENS, cell_order, field, integer, numbers, padded, readable

_MOST = 10**7


def pack_meridian(densities: Sequence[MercatorDensity]) -> tuple[Variable, ...]:
    """Return the tokens, element after element."""
    poles = ("time", "pole")
    nodes = "y = ln tan(θ/2) of the tokens at the Gauss points of each element, from θ = 0 to θ = π"
    limits = "G at θ = 0 and θ = π: beyond the mesh ln ρ = G − a|y|"
    infinite = "a; infinite: no mass beyond the mesh"
    return (
        Variable("nodes", padded(densities, lambda d: d.mesh.y), TOKENS, "1", nodes),
        Variable("log_density", padded(densities, lambda d: d.mesh.log_density), TOKENS, "1", "ln ρ at the nodes"),
        Variable("log_mass", padded(densities, lambda d: d.mesh.log_mass), TOKENS, "1", "ln dμ/dξ, ξ in [0, 1]"),
        Variable("elements", numbers(densities, lambda d: d.mesh.size), TIMES, "1", "number of elements"),
        Variable("element_order", numbers(densities, lambda d: d.mesh.element.order), TIMES, "1", "their degree"),
        Variable("pole_constant", numbers(densities, lambda d: d.poles), poles, "1", limits),
        Variable("pole_exponent", numbers(densities, lambda d: d.exponents), poles, "1", infinite),
    )


def rebuild_meridian(record: Record, index: int) -> MercatorDensity:
    """Return a density from its tokens."""
    with readable(record, index, "in the Mercator chart"):
        dimension = int(record.density_attributes["dimension"])
        elements, order = integer(record, "elements", index, 1, _MOST), cell_order(record, index)
        if dimension < 2:
            raise ValueError(f"dimension {dimension}")
        fields = [field(record, name, index, (elements, order + 1)) for name in ("nodes", "log_density", "log_mass")]
        poles, exponents = (np.array(record.density_arrays[f"pole_{name}"][index]) for name in ("constant", "exponent"))
        if poles.shape != (2,) or exponents.shape != (2,):
            raise ValueError("not two poles")
        return MercatorDensity(MaterialMesh(element_of_order(order), *fields), dimension, poles, exponents)
