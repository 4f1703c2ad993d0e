"""When an element about an axis is fine enough: the integrals that matter there."""

from collections.abc import Callable

import numpy as np

from kinetic.charts.latitude import cosine, versine
from kinetic.charts.material import MaterialMesh
from kinetic.mercator import resolution
from kinetic.types import Array

LARGEST_MESH = 20_000
"""Elements beyond which a run is given up."""


class Criterion(resolution.Criterion[MaterialMesh]):
    """How fine is fine enough for the mass, for 1 − R, and for the kernel's sums at the two poles."""

    def changes(self, mesh: MaterialMesh) -> Array:
        element = mesh.element
        finer = element.halves.reshape(-1, element.order + 1).T
        weights = 0.5 * np.concatenate([element.weights, element.weights])
        here, there = mesh.y, mesh.y @ finer
        changes = np.zeros(mesh.size)
        with np.errstate(over="ignore", invalid="ignore"):  # between the points of an element that is far too coarse
            coarse, fine = mesh.masses, np.exp(mesh.log_mass @ finer) * weights
            side = mesh.side
            for f in (np.ones_like, lambda y: versine(side * y), _kernel(self.reach), _kernel(-self.reach)):
                sums = np.sum(coarse * f(here), axis=1)
                changes = np.maximum(changes, np.abs(np.sum(fine * f(there), axis=1) - sums) / sums.sum())
        return np.where(np.isnan(changes), np.inf, changes)


def _kernel(beta: float) -> Callable[[Array], Array]:
    """e^{β<x, ±e>} over its largest value."""
    return lambda y: np.asarray(np.exp(beta * cosine(y) - abs(beta)))
