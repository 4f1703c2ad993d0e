"""Attention between tokens on the sphere, as seen from a pole p that moves with one of them: heads with any matrices.

X is a smooth field of few degrees. It is put on a grid in physical coordinates from the low moments of the density less
those of a Dirac mass at p, whose own part is known in closed form, so that the rounding of the sums vanishes with the
collapse; and split into gradients, X = ∇Φ + J∇Ψ, J the right angle from θ towards φ. Φ and Ψ, turned into the frame of
p, move the tokens as in `waves`: relative to p with relative accuracy, because every term is.
"""

import itertools
import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kinetic.attention.general import Atom, GeneralAttention
from kinetic.attention.generating import Nodes
from kinetic.attention.heads import Head
from kinetic.attention.perceptron import Neurons
from kinetic.kernels import ExponentialKernel
from kinetic.mercator.sphere.field import DIGIT, SphereField, plane_of, potential_weights
from kinetic.mercator.sphere.legendre import native_factors
from kinetic.mercator.sphere.tables import Coefficients, Extent, SphereMoments, SphereTokens, TokenTables
from kinetic.mercator.sphere.waves import Gradient, contraction
from kinetic.spaces.sphere import Sphere
from kinetic.types import Array, ComplexArray, Normalization

_ROUNDING = float(np.finfo(float).eps)
_SPREAD = 4.0  # of rounding over many terms: their largest against the largest of the two highest degrees


@dataclass(frozen=True, eq=False)
class MatrixHeads:
    """Heads with any 3×3 matrices and any β acting on tokens of S².

    Parameters
    ----------
    heads : tuple of Head
    normalization : {"none", "softmax"}
    neurons : Neurons, optional
        Of a perceptron beside the heads, without a kink.
    near : GeneralAttention, optional
        Of another moment: what belongs to kernels and forms that are the same is shared.

    Accuracy
    --------
    Relative to the distance to p: ε times the degree of X squared, over the field's own range (`SphereField.noise`).

    Cost
    ----
    The moments and two potentials at the tokens, with softmax four: two to four times `IdentityHead`; and the grid.
    """

    heads: tuple[Head, ...]
    normalization: Normalization
    neurons: Neurons | None = None
    near: GeneralAttention | None = None

    @cached_property
    def reach(self) -> float:
        """Largest |β|‖KᵀQ‖."""
        return max(head.reach for head in self.heads)

    @property
    def largest_noise(self) -> float:
        """No bound is known: the field's own zeros count too."""
        return math.inf

    @cached_property
    def _kernel(self) -> ExponentialKernel:
        return ExponentialKernel(self.reach, 3)

    @cached_property
    def _weights(self) -> Array:
        """What a moment of each degree can do: ∫ y e^{β<Ax, y>} dμ of degree l feels μ at l − 1 and l + 1."""
        weights = np.append(potential_weights(self._kernel, self.reach), 0.0)
        beyond = np.append(weights[:1], weights[:-1])
        return np.asarray(np.maximum(weights, beyond))

    @cached_property
    def _space(self) -> Sphere:
        """Harmonics of all degrees that X may have."""
        degree = self._weights.size
        if self.normalization == "softmax":
            degree = max(degree, self._kernel.logarithmic_degree() + 1)
        if self.neurons is not None:
            degree = max(degree, self.neurons.last_degree)
        return Sphere(degree)

    @cached_property
    def _attention(self) -> GeneralAttention:
        return GeneralAttention(self._space, self.heads, self.normalization, self.near)

    def at_another_moment(self, heads: tuple[Head, ...], neurons: Neurons | None) -> "MatrixHeads":
        """Return what other heads and neurons do, which may have a part in common with these."""
        return MatrixHeads(heads, self.normalization, neurons, self._attention)

    @cached_property
    def _driven(self) -> Array | float:
        """What the perceptron adds to X at the nodes of the grid."""
        if self.neurons is None:
            return 0.0
        pull = self.neurons.pull(self._attention.grid.points)
        return self._attention.tangent(np.moveaxis(pull, -1, 0))

    def field(self, tokens: SphereTokens) -> SphereField:
        """Return the motion of tokens relative to the pole."""
        tables = self._tables(tokens)
        drift, force, noise = self._fields(tables.moments(), tokens)
        extent = Extent.of_coefficients(drift.gradient, drift.rounding)
        extent = extent.joined(Extent.of_coefficients(drift.curl, drift.rounding))
        if force is not None:
            for potential in (force.gradient, force.curl):
                extent = extent.joined(Extent.of_coefficients(potential, force.rounding))
        if not tables.extent.holds(extent):
            tables = TokenTables.of(tokens, extent)
        moved = drift.at(tables)
        along, across = moved.velocity
        pulled = (along, across) if force is None else force.at(tables).velocity
        power = float(tokens.masses @ (along * pulled[0] + across * pulled[1]))
        square = power if force is None else float(tokens.masses @ (along**2 + across**2))
        shrinking = contraction(drift.gradient)
        noise = max(noise, drift.rounding * max(extent.degrees) ** 2 / _slowest(moved))
        pole = plane_of(moved.pole)
        return SphereField(moved.climb, moved.turn, moved.source, power, square, pole, shrinking, noise)

    def _tables(self, tokens: SphereTokens) -> TokenTables:
        """Return the tables of all moments that the heads feel."""
        smallest = DIGIT * math.exp(-2.0 * self.reach)
        sizes = tokens.sizes(self._weights.size - 1)
        return TokenTables.of(tokens, Extent.of_moments(self._weights, sizes, smallest))

    def _fields(self, moments: SphereMoments, tokens: SphereTokens) -> "tuple[_Split, _Split | None, float]":
        """Return X, F = Σ_h Z_h X_h (None where that is X), and the rounding of the partitions."""
        attention, space, frame = self._attention, self._space, tokens.frame
        spread = space.turned(_native(moments, space), frame)
        atom = Atom(frame[:, 2], moments.mass)
        drift, force = attention.fields(spread, atom)
        noise = attention.partition_noise(spread, atom)
        same = force is drift
        drift = drift + self._driven
        force = drift if same else force + self._driven
        nodes = (attention.grid, space, frame)
        return _Split.of(drift, *nodes), None if force is drift else _Split.of(force, *nodes), noise

    def balance(self, tokens: SphereTokens) -> tuple[float, tuple[float, float]]:
        """Return the power of the field, and the energies."""
        return self.field(tokens).power, self.energies(tokens)

    def energies(self, tokens: SphereTokens) -> tuple[float, float]:
        """Return E, a perceptron's part included, and NaN: energy gaps are those of one identity head alone."""
        space, moments = self._space, self._tables(tokens).moments()
        whole = space.turned(_native(moments, space), tokens.frame) + moments.mass * space.dirac(tokens.frame[:, 2])
        level = self._attention.energy(whole)
        if self.neurons is not None:
            level += float(tokens.masses @ self.neurons.levels(tokens.points))
        return level, math.nan


@dataclass(frozen=True, eq=False)
class _Split:
    """A tangent field as ∇Φ + J∇Ψ about the pole.

    Parameters
    ----------
    gradient, curl : Coefficients
        Φ and Ψ.
    rounding : float
        Of a term in the field: what the two highest degrees hold, whose own terms are below rounding.
    """

    gradient: Coefficients
    curl: Coefficients
    rounding: float

    @classmethod
    def of(cls, field: Array, grid: Nodes, space: Sphere, frame: Array) -> "_Split":
        """Split a field given at the nodes of a grid."""
        degrees = space.degrees * (space.degrees + 1.0)
        degrees[degrees == 0] = np.inf
        gradient, curl = (
            _about(space.turned(grid.weak_divergence(turned) / degrees, frame.T), space)
            for turned in (field, np.stack([field[1], -field[0]]))
        )
        columns = itertools.chain(gradient.columns(), curl.columns())
        highest = max(float(np.max(np.abs(C[-2:]) * (l[-2:] + 1))) for _, l, C in columns)
        return cls(gradient, curl, max(_SPREAD * highest, _ROUNDING * float(np.abs(field).max())))

    def at(self, tables: TokenTables) -> Gradient:
        """Return the motion at tokens."""
        extent = tables.extent
        return Gradient.of(tables, self.gradient.cut(extent)) + Gradient.of(tables, self.curl.cut(extent)).turned()


def _slowest(moved: Gradient) -> float:
    """Return the rate of escape around the token that mass leaves fastest: all that is late comes from there."""
    return max(-float(moved.source.min()), np.finfo(float).tiny)


def _native(moments: SphereMoments, space: Sphere) -> Array:
    """Return the native coefficients of μ less a Dirac mass at the pole, about the pole: (−1)^m sqrt(2l + 1) M_lm."""
    parts = []
    for m, known in enumerate((-moments.deficits, *moments.orders)):
        column = np.zeros(space.degree - m + 1, dtype=complex)
        column[: known.size] = known[: column.size]
        parts.append(native_factors(m, space.degree) * column)
    parts.append(np.zeros(space.degrees.size // 2 - sum(part.size for part in parts), dtype=complex))
    return np.concatenate(parts).view(float)


def _about(native: Array, space: Sphere) -> Coefficients:
    """Return C_lm = (2 − δ_m0)(−1)^m sqrt(2l + 1) c_lm from native coefficients."""
    modes, first = native.view(complex), 0
    columns: list[ComplexArray] = []
    for m in range(space.degree + 1):
        column = modes[first : first + space.degree - m + 1]
        first += column.size
        factors = native_factors(m, space.degree)
        columns.append((1.0 if m == 0 else 2.0) * factors * column)
    return Coefficients(columns[0].real.copy(), tuple(columns[1:]))
