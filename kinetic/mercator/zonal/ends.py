"""What lies beyond the ends of a mesh, and how far from the equator the ends must stay.

Towards a pole a smooth density is ln ρ = G − a|y| + O(e^{−2|y|}): a = 0 where it is positive, 2 where it vanishes like
1 + cos θ. Tokens there all move alike, so that new elements can be laid, to rounding, whenever the flow has carried the
end of the mesh too near the equator. An end beyond which there is no mass at all (the edge of a cap) is closed and
stays where its tokens are.
"""

import math
from dataclasses import dataclass

import numpy as np

from kinetic.charts.elements import Element
from kinetic.charts.material import MaterialMesh
from kinetic.types import Array

FLAT = 16.0
"""|y| beyond which ln ρ + a|y| is constant: the neglected e^{−2|y|} is 1e-14."""

NEGLIGIBLE = 36.0
"""The mass beyond |y| is e^{−(d−1+a)|y|} of what has passed the equator; e^−36 = 2e-16."""

LEAD = 4.0
"""How far before it is needed the mesh is continued."""

WIDTH = 2.0
"""Width of the elements laid; ln ρ, y and ln dμ/dξ are straight lines there."""

PIECES = 4
"""Elements laid at a time."""


@dataclass(frozen=True)
class End:
    """One end of the mesh.

    Parameters
    ----------
    side : int
        −1 for θ = 0 (y → −∞), 1 for θ = π.
    exponent : float
        a ≥ 0, or infinite for a closed end.
    dimension : int
        Ambient dimension d.
    """

    side: int
    exponent: float
    dimension: int

    @property
    def is_open(self) -> bool:
        """Whether there is mass beyond."""
        return math.isfinite(self.exponent)

    @property
    def nearest(self) -> float:
        """Smallest |y| that the end may have."""
        return max(FLAT, NEGLIGIBLE / (self.dimension - 1 + self.exponent)) if self.is_open else -math.inf

    def distance(self, mesh: MaterialMesh) -> float:
        """Return how far the end of a mesh is from the equator: |y|, negative if it has crossed it."""
        index = 0 if self.side < 0 else -1
        return self.side * float(mesh.element.ends[index] @ mesh.y[index])

    def log_pole_density(self, constant: float) -> float:
        """Return ln ρ at the pole: G, or −∞ where the density vanishes there."""
        return constant if self.exponent == 0 else -math.inf

    def log_density(self, y: Array, constant: float) -> Array:
        """Return ln ρ beyond the end, at the pole itself too."""
        if self.exponent == 0 or not self.is_open:
            return np.full(np.shape(y), self.log_pole_density(constant))
        return np.asarray(constant - self.exponent * np.abs(y))

    def asks(self, mesh: MaterialMesh) -> bool:
        """Return whether the mesh has to be continued."""
        return self.distance(mesh) < self.nearest + LEAD

    def continued(self, mesh: MaterialMesh, constant: float) -> MaterialMesh:
        """Return the mesh with new elements beyond this end, until it is far enough again."""
        start = self.distance(mesh)
        count = max(PIECES, math.ceil((self.nearest + LEAD - start) / WIDTH) + PIECES)
        edges = np.sort(self.side * (start + WIDTH * np.arange(count + 1.0)))
        new = _straight(mesh.element, edges, self, constant)
        return mesh.joined(new) if self.side > 0 else new.joined(mesh)


def _straight(element: Element, edges: Array, end: End, constant: float) -> MaterialMesh:
    """Elements on which ln ρ is its own limit."""
    return MaterialMesh.laid(element, edges, lambda y: end.log_density(y, constant), end.dimension)
