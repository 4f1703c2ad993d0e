"""Densities by their harmonic coefficients."""

from collections.abc import Sequence

import numpy as np

from kinetic.density import Density
from kinetic.errors import RecordError
from kinetic.record import Record, Variable
from kinetic.spaces.kinds import SPACES
from kinetic.spaces.zonal import Zonal


def pack_harmonics(densities: Sequence[Density]) -> tuple[Variable, ...]:
    """Return coefficients, every snapshot padded with zeros to the highest degree."""
    highest = max(density.space.degree for density in densities)
    space = densities[0].space.at_degree(highest)
    padded = [d.native if d.space.degree == highest else d.space.resize(d.native, highest) for d in densities]
    first = space.to_public(padded[0])
    coefficients = np.empty((len(padded), *first.shape))
    coefficients[0] = first
    for public, native in zip(coefficients[1:], padded[1:], strict=True):
        public[...] = space.to_public(native)
    degrees = np.array([density.space.degree for density in densities])
    text = "real coefficients of the density, orthonormal for the uniform probability measure"
    variables = [
        Variable("coefficients", coefficients, ("time", *space.axes), "1", text),
        Variable("degree", degrees, ("time",), "1", "highest degree in use"),
    ]
    if isinstance(space, Zonal):
        moments = np.array(padded)
        text = "normalised moments ∫ P_l(<x, e>) dμ, which high dimension does not drown in rounding"
        variables.append(Variable("moments", moments, ("time", "degree"), "1", text))
    return tuple(variables)


def rebuild_harmonics(record: Record, index: int) -> Density:
    """Return a density from its coefficients."""
    attributes = record.density_attributes
    kind, chart = str(attributes.get("space", "none")), str(attributes.get("chart", "none"))
    try:
        public = record.density_arrays["coefficients"][index]
        full = SPACES[kind](public.shape[-1] - 1, int(attributes["dimension"]))
        degree = int(record.density_arrays["degree"][index])
        native = full.from_public(public)
        if isinstance(full, Zonal):
            native = np.array(record.density_arrays["moments"][index])
        if chart not in ("harmonic", "conformal") or not 1 <= degree <= full.degree or native.size != full.degrees.size:
            raise ValueError(f"chart {chart}, degree {degree}")
    except (KeyError, ValueError, IndexError) as error:
        raise RecordError(
            f"{record.path}: snapshot {index} of space {kind} in chart {chart} cannot be read ({error}); "
            "use the version of kinetic that wrote it"
        ) from error
    return Density(full.at_degree(degree), full.resize(native, degree))
