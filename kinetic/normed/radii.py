"""The smallest and the largest norm of tokens with norms, as extremes of the cells' polynomials.

The module knows cells of tokens; not spaces, attention or time.
"""

import math

import numpy as np

from kinetic.normed.mesh import NormedMesh, norms
from kinetic.trust import RESOLVED_CHANGE
from kinetic.types import Array

_CANDIDATES = 4
_ROUNDS = 14  # Gauss points h apart miss an extreme by h²: those of a cell by some 1e-2, these by 4^−14 of that


def extreme_radii(mesh: NormedMesh) -> tuple[float, float]:
    """Return the smallest and the largest |y| over all labels, each NaN where the cells do not resolve it to 1e-6.

    **Accuracy** Cells are halved for the sake of their mass: one that holds next to none, at a label near which the
    attention output vanishes, stays as coarse as it is, and what its polynomials say of |y| there is not known. Their
    two highest modes are asked for that (tests/normed/test_radii.py).
    """
    return _extreme(mesh, 1.0), _extreme(mesh, -1.0)


def _extreme(mesh: NormedMesh, sign: float) -> float:
    """Return the smallest of sign · |y|, in absolute value: the cells that come nearest are halved over and over."""
    cell = mesh.cell
    tokens = _nearest(mesh.tokens, mesh.radii, sign)
    size = float(np.min(sign * norms(tokens))) * sign
    if not float(cell.roughness(tokens).max()) <= RESOLVED_CHANGE * size:
        return math.nan
    for _ in range(_ROUNDS):
        for direction in range(cell.dimension):
            halves = np.concatenate([cell.half(tokens, direction, side) for side in (0, 1)])
            tokens = _nearest(halves, norms(halves), sign)
    return sign * float(np.min(sign * norms(tokens)))


def _nearest(tokens: Array, radii: Array, sign: float) -> Array:
    """Return the tokens of the few cells that come nearest to the extreme."""
    return np.asarray(tokens[np.argsort((sign * radii).min(axis=1))[:_CANDIDATES]])
