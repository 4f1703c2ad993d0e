"""Labels: what tells tokens apart beside where they are, and whom tokens of each label attend to.

One object for the three kinds: positions with a causal mask, positions with a window, rotation rates. It holds numbers
and matrices; what they are made of is the business of `masks` and `rates`.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from kinetic.label.masks import Mask
from kinetic.label.mesh import Mesh
from kinetic.types import Array


def about_third(rates: Array) -> Array:
    """Return angular velocities, (n, 3), about the third axis."""
    return np.asarray(np.multiply.outer(rates, np.array([0.0, 0.0, 1.0])))


@dataclass(frozen=True, eq=False)
class Labels:
    """n labels.

    Parameters
    ----------
    values : Array, shape (n,)
        Positions s_i in (0, 1], rotation rates ω_i, or the numbers 0, 1, … of rotations; strictly ascending.
    weights : Array, shape (n,)
        Weights of the mean over all labels, of sum one.
    sight : Array, shape (n, n) or (1, n)
        Rows of sum one: tokens of label i attend to the density Σ_j sight[i, j] f_j; one row where all see the same.
    mesh : Mesh, optional
        Of positions.
    mask : Mask, optional
        Of positions.
    rotations : Array, shape (n, 3), optional
        Angular velocities Ω_i, radians per unit of time: a rate times an axis.

    Without mesh and mask labels are rotations: about the third axis where only rates are given.
    """

    values: Array
    weights: Array
    sight: Array
    mesh: Mesh | None = None
    mask: Mask | None = None
    rotations: Array | None = None

    @classmethod
    def of_positions(cls, mesh: Mesh, mask: Mask) -> "Labels":
        """Return the positions of a mesh under a mask."""
        return cls(mesh.nodes, mesh.weights, mask.matrix(mesh), mesh, mask)

    @property
    def turns(self) -> bool:
        """Whether labels are rotations."""
        return self.mesh is None

    @property
    def turning(self) -> Array:
        """Ω of each rotation, (n, 3)."""
        return about_third(self.values) if self.rotations is None else self.rotations

    def halved(self, cells: Iterable[int]) -> "Labels":
        """Return the positions with some of their elements cut in two."""
        assert self.mesh is not None
        assert self.mask is not None
        return Labels.of_positions(self.mesh.halved(cells), self.mask)

    @property
    def count(self) -> int:
        """n."""
        return self.values.size

    def mean(self, rows: Array) -> Array:
        """Return Σ_i w_i rows[i], the mean over labels."""
        return np.asarray(self.weights @ rows)

    def seen(self, rows: Array) -> Array:
        """Return the coefficients that tokens of each label attend to, (n, size) or (1, size)."""
        return np.asarray(self.sight @ rows)

    def tail(self, rows: Array) -> float:
        """Return how far the elements may be from the densities' dependence on s, 0 for rotation rates.

        The largest root-mean-square, over an element, of the two highest Legendre modes in σ of the coefficients given,
        as a share of their largest size at any position; the coefficient of degree 0, which is 1, does not count.

        Parameters
        ----------
        rows : Array, shape (n, size)
            Coefficients without that of degree 0, of those degrees that attention feels.
        """
        return float(np.max(self.tails(rows), initial=0.0))

    def tails(self, rows: Array) -> Array:
        """Return `tail` of each element."""
        largest = float(np.sqrt(np.max(np.sum(rows**2, axis=1))))
        if self.mesh is None or not largest > 0:
            return np.zeros(0)
        return self.mesh.top_modes(rows) / largest
