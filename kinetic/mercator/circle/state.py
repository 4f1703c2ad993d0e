"""The state of a density on the circle in the Mercator chart, as one vector for the stepper.

The vector holds, in this order: position, ln ρ and ln dμ/dξ at the points of all cells, the angle of the pole, the
logarithm ζ of its contraction (η = ln(1 + e^ζ)), the work done, and the time, which runs beside. With the numbers of
cells nothing else enters the next step, so that a run goes on from it bit for bit.
"""

from dataclasses import dataclass

import numpy as np

from kinetic.charts.patches import Cell
from kinetic.mercator.circle.mesh import CircleMesh, Sizes
from kinetic.types import Array


@dataclass(frozen=True, eq=False)
class CircleState:
    """Tokens, and where they are seen from.

    Parameters
    ----------
    mesh : CircleMesh
    pole : float
        Angle of p on the circle, radians.
    contraction : float
        ζ, with ζ' = −X'(p).
    work : float
        ∫ ∫ <F, X> dμ dt since the start.
    time : float
        The clock that runs beside the state.
    """

    mesh: CircleMesh
    pole: float
    contraction: float = 0.0
    work: float = 0.0
    time: float = 0.0

    def vector(self) -> Array:
        """Return the vector that steppers see."""
        mesh = self.mesh
        parts = (mesh.position.ravel(), mesh.log_density.ravel(), mesh.log_mass.ravel())
        return np.concatenate([*parts, [self.pole, self.contraction, self.work, self.time]])

    @classmethod
    def of(cls, vector: Array, cell: Cell, sizes: Sizes) -> "CircleState":
        """Return the state that a vector holds."""
        fields = vector[:-4].reshape(3, sizes.total, cell.size)
        pole, contraction, work, time = (float(number) for number in vector[-4:])
        return cls(CircleMesh(cell, sizes, lift(contraction), *fields), pole, contraction, work, time)


def lift(contraction: float) -> float:
    """Return η = ln(1 + e^ζ): ζ where p contracts, and not below 0 where it does not."""
    return float(np.logaddexp(0.0, contraction))


def lift_slope(contraction: float) -> float:
    """Return dη/dζ = 1/(1 + e^{−ζ})."""
    return float(np.exp(-np.logaddexp(0.0, -contraction)))
