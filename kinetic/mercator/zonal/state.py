"""The state of an axisymmetric density in the Mercator chart, as one vector for the stepper.

The vector holds, in this order: y, ln ρ and ln dμ/dξ at the points of all elements, the two constants G of the poles,
and the work done. Nothing else enters the next step, so that a run goes on from it bit for bit.
"""

from dataclasses import dataclass

import numpy as np

from kinetic.charts.elements import Element
from kinetic.charts.material import MaterialMesh
from kinetic.types import Array


@dataclass(frozen=True, eq=False)
class MercatorState:
    """A mesh of tokens with what lies beyond its ends.

    Parameters
    ----------
    mesh : MaterialMesh
    poles : Array, shape (2,)
        G at θ = 0 and at θ = π, with ln ρ → G − a |y| towards the pole; a is the exponent of the end.
    work : float
        ∫ ∫ <F, X> dμ dt since the start.
    """

    mesh: MaterialMesh
    poles: Array
    work: float = 0.0

    def vector(self) -> Array:
        """Return the vector that steppers see."""
        mesh = self.mesh
        parts = (mesh.y.ravel(), mesh.log_density.ravel(), mesh.log_mass.ravel(), self.poles, [self.work])
        return np.concatenate(parts)

    @classmethod
    def of(cls, vector: Array, element: Element) -> "MercatorState":
        """Return the state that a vector holds."""
        fields = vector[:-3].reshape(3, -1, element.order + 1)
        return cls(MaterialMesh(element, *fields), vector[-3:-1], float(vector[-1]))
