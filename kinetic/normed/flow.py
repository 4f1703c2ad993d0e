"""A density moved by its own attention, as tokens with norms: every token keeps its norm, none is ever projected."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from kinetic.charts.patches import Cell, cell_of_order
from kinetic.errors import Unresolved
from kinetic.normed.density import NormedDensity
from kinetic.normed.field import TokenField, TokenSpace
from kinetic.normed.mesh import NormedMesh
from kinetic.normed.observing import view_of
from kinetic.normed.resolution import LARGEST_MESH, Criterion
from kinetic.normed.schemes import Scheme, tangent
from kinetic.observables import Observation, row
from kinetic.problem import TracedFlow, require_mass
from kinetic.trust import RESOLVED_CHANGE
from kinetic.types import Array

NOISE_BOUND = RESOLVED_CHANGE
"""Largest relative rounding error of the attention output where it is weakest."""

_LOOSER = 10.0
"""By how much a trial step may miss what the mesh between steps is held to.

While a token is within a distance δ of the origin, the cell of size δ at its label, of mass m, errs by m at worst in
the moments and by m/δ in the power, and that for the time δ: what is left of it is m.
"""


@dataclass(frozen=True)
class NormedFlow(TracedFlow):
    """Tokens y = r x on cells of labels, moved by their own attention under a normalization scheme.

    Parameters
    ----------
    attention : TokenSpace
        Also the space in which the density is expanded for those who ask.
    scheme : Scheme
    criterion : Criterion
        When cells are halved.
    cells, cell_order : int
        Number of cells in the state, and their polynomial degree.

    **Accuracy** x = y/|y| is known to rounding ε, and so is 1 − R to ε/√(1 − R) (axisymmetric tokens: to relative
    accuracy): enough for the algebraic decay of norms that grow.

    **Cost** The attention of n tokens, K n operations on the circle and for axisymmetric tokens.
    """

    attention: TokenSpace
    scheme: Scheme
    criterion: Criterion
    cells: int
    cell_order: int

    @property
    def cell(self) -> Cell:
        """The reference cell."""
        return cell_of_order(self.cell_order, 2 if self.attention.components == 3 else 1)

    def mesh(self, state: Array) -> NormedMesh:
        """Return the tokens that a state holds."""
        return NormedMesh.of(state, self.cell, self.attention.components)

    def traced(self, time: float, state: Array) -> tuple[Array, float]:
        """Return dy/dt and ∫ |ẋ|² dμ, the motion of directions.

        Not numbers where a trial step has brought a token nearer to the origin than cells resolve: the stepper then
        tries a shorter step, after which `adapt` halves the cells around its label.
        """
        mesh = self.mesh(state)
        if not np.all(np.isfinite(state)) or self._overlooks(mesh):
            return np.full_like(state, np.nan), math.nan
        velocity, power, square = self._motion(time, mesh, self._field(mesh))
        return np.concatenate([velocity.ravel(), np.zeros(mesh.masses.size), [power]]), square

    def _overlooks(self, mesh: NormedMesh) -> bool:
        """Return whether a token passes the origin in a cell that is too coarse for it, and may still be halved."""
        if not self.scheme.carries_radius or mesh.masses.size > LARGEST_MESH:
            return False
        return self.criterion.passage(mesh) > min(_LOOSER * self.criterion.quadrature, RESOLVED_CHANGE)

    def _field(self, mesh: NormedMesh) -> TokenField:
        return self.attention.field(mesh.directions.reshape(-1, self.attention.components), mesh.masses.ravel())

    def _motion(self, time: float, mesh: NormedMesh, field: TokenField) -> tuple[Array, float, float]:
        """Return ẏ, ∫ <F, ẋ> dμ, ẋ = P ẏ/r, and ∫ |ẋ|² dμ.

        The second is dE/dt, because F is the gradient of the energy's first variation.
        """
        directions, radii = mesh.directions.reshape(field.attention.shape), mesh.radii.ravel()
        velocity = self.scheme.velocity(time, radii, directions, field.attention)
        turning, masses = tangent(directions, velocity) / radii[:, None], mesh.masses.ravel()
        with np.errstate(over="ignore", invalid="ignore"):
            sums = np.array([masses @ np.vecdot(other, turning) for other in (field.force, turning)])
        power, square = np.where(np.isfinite(sums), sums, np.nan)  # beyond the range of numbers they are not known
        return velocity, float(power), float(square)

    def density(self, state: Array) -> NormedDensity:
        mesh, components = self.mesh(state), self.attention.components
        space = self.attention.space
        finer = mesh.finer(space.degree)
        native = self.attention.coefficients(finer.directions.reshape(-1, components), finer.masses.ravel())
        return NormedDensity(space, native, mesh.tokens.reshape(-1, components), mesh.masses.ravel())

    def observe(self, time: float, state: Array) -> Observation:
        mesh = self.mesh(state)
        power = self._motion(time, mesh, self._field(mesh))[1]
        tail = float(self.criterion.changes(mesh)[0].sum())
        return row(view_of(mesh, self.attention, power, float(state[-1]), tail, self.scheme))

    def verify(self, time: float, state: Array) -> None:
        """Raise `Blowup` or `Unresolved` where mass, quadrature or the attention's sums pass their bounds."""
        mesh = self.mesh(state)
        where = f"with {mesh.size} cells of order {self.cell_order}, t = {time:.6g}"
        mass = float(mesh.masses.sum())
        require_mass(state, mass, where, "lower time.tolerance or raise space.degree")
        self._verify_field(self._field(mesh), where)
        quadrature, interpolation = self.criterion.changes(mesh)
        change = max(float(quadrature.sum()), float(interpolation.max()))
        if change > RESOLVED_CHANGE:
            raise Unresolved(
                f"halving the cells of labels would change an integral by {change:.3g} {where} (allowed "
                f"{RESOLVED_CHANGE:.3g}); raise space.degree or lower time.tolerance, which the cells follow, or start "
                "from a smoother density"
            )

    def _verify_field(self, field: TokenField, where: str) -> None:
        if field.partition_noise > NOISE_BOUND:
            raise Unresolved(
                f"softmax partition known to {field.partition_noise:.3g} only where it is smallest, {where} (allowed "
                f"{NOISE_BOUND:.3g}): its range exceeds what a sum of harmonics carries; lower attention.beta or "
                "start less concentrated"
            )
        sizes = np.linalg.norm(field.attention, axis=1)
        if self.scheme.divides and np.any(field.noise > NOISE_BOUND * sizes):
            raise Unresolved(
                f"attention output of norm {float(sizes.min()):.3g} {where}, of which rounding is "
                f"{float(field.noise.max()):.3g}: layer_norm.scheme divides by that norm, which vanishes (for uniform "
                'data at beta = 0, everywhere); start from a density with a mean, or use scheme = "pre" or "post"'
            )

    def adapt(self, state: Array) -> "tuple[NormedFlow, Array] | None":
        """Return the flow on halved cells, or None where these will do."""
        mesh = self.criterion.refined(self.mesh(state))
        if mesh.size == self.cells:
            return None
        return replace(self, cells=mesh.size), mesh.vector(float(state[-1]))

    @property
    def layout(self) -> Mapping[str, int]:
        return {"cells": self.cells, "cell_order": self.cell_order}

    def at_layout(self, layout: Mapping[str, int]) -> "NormedFlow":
        return replace(self, cells=layout["cells"], cell_order=layout["cell_order"])
