"""Densities of tokens with norms: coefficients of the directions' law, and the tokens with their norms."""

from collections.abc import Sequence

import numpy as np

from kinetic.normed import NormedDensity
from kinetic.record import Record, Variable
from kinetic.snapshots.harmonics import pack_harmonics, rebuild_harmonics
from kinetic.snapshots.tokens import TIMES, TOKENS, field, integer, numbers, padded, readable

_MOST = 10**8


def pack_normed(densities: Sequence[NormedDensity]) -> tuple[Variable, ...]:
    """Return coefficients, and one row of numbers a token."""
    components = densities[0].tokens.shape[1]
    axial = "; axisymmetric: along the axis, and across it"
    rows = [padded([d.tokens[:, i] for d in densities], np.asarray) for i in range(components)]
    coordinates = [
        Variable(f"token_{i}", row, TOKENS, "1", f"component of y = r x{axial}") for i, row in enumerate(rows)
    ]
    return (
        *pack_harmonics(densities),
        *coordinates,
        Variable("token_mass", padded(densities, lambda d: d.masses), TOKENS, "1", "mass of the token"),
        Variable("tokens", numbers(densities, lambda d: d.masses.size), TIMES, "1", "number of tokens"),
    )


def rebuild_normed(record: Record, index: int) -> NormedDensity:
    """Return a density from its coefficients and tokens."""
    plain = rebuild_harmonics(record, index)
    with readable(record, index, "of tokens with norms"):
        count = integer(record, "tokens", index, 1, _MOST)
        components = 3 if plain.space.kind == "sphere" else 2
        tokens = np.stack([field(record, f"token_{i}", index, (count,)) for i in range(components)], axis=1)
        return NormedDensity(plain.space, plain.native, tokens, field(record, "token_mass", index, (count,)))
