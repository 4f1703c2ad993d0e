"""The smallest and the largest norm of tokens with norms, as extremes of the cells' polynomials.

The module knows cells of tokens; not spaces, attention or time.
"""

import math

import numpy as np

from kinetic.normed.mesh import NormedMesh
from kinetic.trust import RESOLVED_CHANGE

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
    part = _nearest(mesh, sign)
    size = float(np.min(sign * part.radii)) * sign
    if not float(part.cell.roughness(part.tokens).max()) <= RESOLVED_CHANGE * size:
        return math.nan
    for _ in range(_ROUNDS):
        for direction in range(part.cell.dimension):
            part = _nearest(part.split(np.full(part.size, direction)), sign)
    return sign * float(np.min(sign * part.radii))


def _nearest(mesh: NormedMesh, sign: float) -> NormedMesh:
    """Return the few cells whose tokens come nearest to the extreme."""
    return mesh.chosen(np.argsort((sign * mesh.radii).min(axis=1))[:_CANDIDATES])
