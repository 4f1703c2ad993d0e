"""Attention with any query, key and value matrices, any number of heads, any kernel, on circle and sphere.

    X(x) = P_x Σ_h V_h N_h(x)                (none)
    X(x) = P_x Σ_h V_h N_h(x)/Z_h(x)         (softmax),     P_x = 1 − xxᵀ,
    N_h(x) = ∫ y g_h(<Q_h x, K_h y>) dμ(y),     Z_h(x) = ∫ g_h(<Q_h x, K_h y>) dμ(y)

N and Z are the generating functions of the measures yμ and μ at the linear image of x by KᵀQ (`attention.generating`).
V acts on yμ before they are formed. N and Z of an entire kernel have few degrees in x; they are carried as coefficients
of d functions in the ambient coordinates, where all heads add up (none), or are put on the nodes head by head, where
the quotients add up (softmax). Kernels with a kink or a jump are put on the nodes always. Only there is the sum
projected onto the tangent plane, which is exact. The module knows kernels and spaces, not time.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kinetic.attention.contract import Holding
from kinetic.attention.frozen import carried_by
from kinetic.attention.generating import (
    Ball,
    DiagonalMap,
    ModalMap,
    ModalValues,
    NodalValues,
    Nodes,
    harmonics,
)
from kinetic.attention.heads import Head, have_potentials
from kinetic.errors import DomainError, Unresolved
from kinetic.kernels import ZonalFunction
from kinetic.special import log_harmonic_dimensions
from kinetic.types import Array, Normalization

LARGEST_MATRIX = 2**27
"""Numbers that the matrices of all heads may have together: 1 GB."""

_WIDE = math.log(1e4)  # where the partition's range at uniform density costs four of the sixteen digits
_LARGEST_REACH = {"none": 600.0, "softmax": 1000.0}  # e^b in doubles; a kernel's sum in logarithms


@dataclass(frozen=True, eq=False)
class Atom:
    """A Dirac mass beside a density: its part of every sum is known in closed form.

    Parameters
    ----------
    place : Array, shape (d,)
        A unit vector.
    mass : float
    """

    place: Array
    mass: float


@dataclass(frozen=True, eq=False)
class _Acting:
    """A head with its generating function at the nodes of a grid."""

    head: Head
    values: ModalValues | NodalValues

    @property
    def scale(self) -> Array:
        """e^s at the nodes, with which `values` have to be multiplied."""
        return np.exp(self.values.log_scale)

    def weight(self, points: Array, atom: Atom) -> Array:
        """Return e^{−s} ∫ g(<Qx, Ky>) dμ(y) of an atom at points of shape (…, d)."""
        score = points @ (self.head.form.T @ atom.place)
        return np.asarray(atom.mass * self.head.kernel.values(score, self.values.log_scale))

    def rounding(self, means: Array) -> float:
        """Return ε Σ_l (g_l/g_0) N_l |ρ_l| from the root-mean-squares |ρ_l|: what Z/g_0 may be wrong by."""
        degree, widest = means.size - 1, self.head.widest
        logs = widest.log_eigenvalues(degree) - widest.log_constant
        sizes = np.exp(logs + log_harmonic_dimensions(degree, widest.dimension))
        return float(np.finfo(float).eps * (sizes @ means))


class GeneralAttention(Holding):
    """Heads with any matrices acting on densities of the circle or the sphere.

    Parameters
    ----------
    space : Circle or Sphere
    heads : sequence of Head
        At least one; β of either sign, zero, matrices singular or zero.
    normalization : {"none", "softmax"}
        Each head has its own partition.
    near : GeneralAttention, optional
        Of heads that differ in part, or in another space: what belongs to the same kernels and forms is shared.

    Attributes
    ----------
    grid : CircleGrid or SphereGrid
        Nodes of `drift`.
    gradient_structure : bool
        Whether `energy` grows at the rate of the power; see `heads.have_potentials` for what that says about its sign.

    Raises
    ------
    DomainError
        If heads are missing, of the wrong dimension, or of an exponent whose exponential is no number.
    Unresolved
        If the heads have more degrees than `LARGEST_MATRIX` allows: on the sphere one of β‖KᵀQ‖ above some 150 does.

    Accuracy
    --------
    Relative to the largest |X|, a few ε times what is summed (`partition_noise`): 1e-13 for β‖KᵀQ‖ of a few
    (tests/attention/test_general.py, against quadrature up to 30). Without softmax the flux is projected without
    aliasing. With softmax quotients are formed pointwise and their projection is that of `NodalAttention`: exact up to
    the degree where rounding bounds the quotient, and to the 3/2 rule beyond, where aliasing stays below the tail
    that the rate itself has at degree L.

    Cost
    ----
    The density and the flux: two transforms of degree L. None: d transforms of the kernel's degree K in all. Softmax:
    d + 1 a head, or, where βKᵀQ is large and far from orthogonal, a product with a matrix of nodes × harmonics while
    that is no larger than `LARGEST_MATRIX`. Each head: (K+1)⁴/2 numbers on the sphere, 2(K+1)² on the
    circle, times d + 1 vectors. Building a head takes as long as some hundred steps.
    """

    def __init__(
        self,
        space: Ball,
        heads: tuple[Head, ...],
        normalization: Normalization,
        near: "GeneralAttention | None" = None,
    ) -> None:
        self.space, self._near = space, near
        self.heads = tuple(heads)
        self.normalized = normalization == "softmax"
        self.gradient_structure = have_potentials(self.heads)
        _require_possible(space, self.heads, normalization)
        degrees = [_field_degree(head.widest, space) for head in self.heads]
        _require_affordable(space, degrees)
        self.grid: Nodes = space.even_grid(self._product_degree(degrees))
        # y_a ρ is wanted up to the degree of the kernel, for which ρ is needed to one more; beyond L + 1 it is zero
        self._inputs = space.at_degree(min(max(degrees), space.degree + 1))
        self._wider = space.at_degree(self._inputs.degree + 1)
        self._product_grid: Nodes = self._wider.grid(1)
        self._product_points = np.moveaxis(self._product_grid.points, -1, 0)
        self._field_space = space.at_degree(max(degrees))
        self._field_grid: Nodes = self._field_space.grid_of(self.grid.shape)  # type: ignore[arg-type]
        self._acting = tuple(map(self._act, self.heads, degrees))
        self._near = None

    def _product_degree(self, degrees: list[int]) -> int:
        """Degree of X; one more for the ambient components of a gradient."""
        degree = max(degrees)
        if self.normalized:
            quotients = [head.widest.logarithmic_degree() or self.space.degree for head in self.heads]
            degree = max(degree, min(max(quotients), self.space.degree))
        return degree + 1

    def _act(self, head: Head, degree: int) -> _Acting:
        """Build what one head needs, or take what there is."""
        near = self._near
        known = near._acting if near is not None and near.normalized == self.normalized else ()
        for found in known:
            if found.head.kernel == head.kernel and np.array_equal(found.head.form, head.form):
                values = self._taken(found, near) if near is not None else None
                if values is not None:
                    return _Acting(head, values)
        return _Acting(head, self._values(head, head.kernel, degree))

    def _taken(self, found: _Acting, near: "GeneralAttention") -> ModalValues | NodalValues | None:
        """Return what a head of `near` has for this space: its nodes' values, or its map, of fewer coefficients."""
        if near.grid == self.grid and near._inputs == self._inputs:
            return found.values
        if isinstance(found.values, NodalValues) or self._prefers_rows(found.head):
            return None
        if self._inputs.degree > near._inputs.degree:
            return None
        return self._on_grid(found.values.map.narrowed(near._inputs, self._inputs))

    def _on_grid(self, modal: ModalMap | DiagonalMap) -> ModalValues:
        grid: Nodes = modal.space.grid_of(self.grid.shape)  # type: ignore[arg-type]
        return ModalValues(modal, grid)

    def _values(self, head: Head, function: ZonalFunction, degree: int) -> ModalValues | NodalValues:
        """Build the generating function of a head's matrices and a zonal function."""
        if function.last_degree is None:
            return self._rows(head, function)
        if self._prefers_rows(head):
            return NodalValues.of(function, head.form, self._inputs, self.grid)
        shift = head.widest.log_constant if self.normalized else 0.0
        modal: ModalMap | DiagonalMap
        if head.has_scalar_form:
            modal = DiagonalMap.of(function, float(head.form[0, 0]), degree, self._inputs, shift)
        else:
            modal = ModalMap.of(function, head.form, degree, self._inputs, shift)
        return self._on_grid(modal)

    def _rows(self, head: Head, function: ZonalFunction) -> NodalValues:
        """Build the rows that a kernel with all degrees needs, or say that they are too many."""
        numbers = NodalValues.numbers(function, head.form, self._inputs, self.grid)
        if numbers > LARGEST_MATRIX // len(self.heads):
            raise Unresolved(
                f"heads: a kernel with a kink needs matrices of {numbers * len(self.heads):.3g} numbers for heads with "
                f"matrices at degree {self.space.degree} (allowed {LARGEST_MATRIX:.3g}); lower space.degree"
            )
        return NodalValues.of(function, head.form, self._inputs, self.grid)

    def _prefers_rows(self, head: Head) -> bool:
        """Whether coefficients in x would lose digits to the matrices' range, which rows over the nodes do not."""
        if not self.normalized or head.widest.log_constant - head.narrowest.log_constant < _WIDE:
            return False
        numbers = NodalValues.numbers(head.kernel, head.form, self._inputs, self.grid)
        return numbers <= LARGEST_MATRIX // len(self.heads)

    def _low(self, coefficients: Array) -> Array:
        """Return the low coefficients of μ, shape (1, size)."""
        return self.space.resize(coefficients, self._inputs.degree)[None]

    def _measures(self, coefficients: Array) -> Array:
        """Return the low coefficients of μ and of y_a μ, shape (1 + d, size)."""
        values = self._product_grid.values(self.space.resize(coefficients, self._wider.degree))
        narrow = self._inputs.grid_of(self._product_grid.shape)  # type: ignore[arg-type]
        pulled = [narrow.analysis(y * values) for y in self._product_points]
        return np.vstack([self._low(coefficients), *pulled])

    def tangent(self, field: Array) -> Array:
        """Return P_x of an ambient field (d, *nodes) in the frame of the grid, (d − 1, *nodes)."""
        return np.stack([np.sum([e * f for e, f in zip(axis, field, strict=True)], axis=0) for axis in self.grid.frame])

    def _summed(self, measures: Array, atom: Atom | None) -> Array:
        """Return P_x Σ_h V_h N_h at the nodes, unnormalised, all heads in one synthesis."""
        total = np.zeros((self.space.dimension, self._field_space.degrees.size))
        scattered = np.zeros((self.space.dimension, *self.grid.points.shape[:-1]))
        for acting in self._acting:
            pulled = acting.head.value @ measures[1:]
            if isinstance(acting.values, NodalValues):
                scattered += acting.scale * acting.values(pulled)
                continue
            modal = acting.values.map
            parts = modal.coefficients(pulled)
            total += [modal.space.resize(part, self._field_space.degree) for part in parts]
        field = scattered + np.stack([self._field_grid.values(part) for part in total])
        if atom:
            for acting in self._acting:
                pull = acting.weight(self.grid.points, atom) * acting.scale
                field += np.multiply.outer(acting.head.value @ atom.place, pull)
        return self.tangent(field)

    def _divided(self, measures: Array, atom: Atom | None) -> tuple[Array, Array]:
        """Return P_x Σ_h V_h N_h/Z_h and P_x Σ_h V_h N_h at the nodes."""
        drift = np.zeros((self.space.dimension, *self.grid.points.shape[:-1]))
        force = np.zeros_like(drift)
        with np.errstate(all="ignore"):  # a partition that rounding made zero is `partition_noise`'s to report
            for acting in self._acting:
                values = acting.values(np.vstack([measures[:1], acting.head.value @ measures[1:]]))
                if atom:
                    ends = np.append(1.0, acting.head.value @ atom.place)
                    values += np.multiply.outer(ends, acting.weight(self.grid.points, atom))
                drift += values[1:] / values[0]
                force += values[1:] * acting.scale
            return self.tangent(drift), self.tangent(force)

    def drift(self, coefficients: Array) -> Array:
        """Return X at the nodes, shape (components, *nodes)."""
        return self.fields(coefficients)[0]

    def fields(self, coefficients: Array, atom: Atom | None = None) -> tuple[Array, Array]:
        """Return X and F = Σ_h Z_h X_h (X without softmax) at the nodes, each of shape (components, *nodes).

        Parameters
        ----------
        coefficients : Array
            Of the density without the atom; of the difference to it where all mass is near it.
        atom : Atom, optional
        """
        measures = self._measures(coefficients)
        return self._divided(measures, atom) if self.normalized else (self._summed(measures, atom),) * 2

    def motion(self, coefficients: Array) -> tuple[Array, float, float]:
        drift, force = self.fields(coefficients)
        flux = drift * self.grid.values(coefficients)
        power = self.grid.inner(flux, force)
        square = self.grid.inner(flux, drift) if self.normalized else power
        return self.grid.weak_divergence(flux), power, square

    def held(self, source: Array) -> Callable[[Array], tuple[Array, float]]:
        return carried_by(self.grid, self.drift(source))

    def power(self, coefficients: Array) -> float:
        """Return the power that `transport` returns, without the transform that −div(μX) takes."""
        drift, force = self.fields(coefficients)
        return self.grid.inner(drift * self.grid.values(coefficients), force)

    def pulled(self, coefficients: Array) -> Array | None:
        """Return the coefficients of −div(μF), F = Σ_h Z_h X_h (X without softmax); None where F is E's gradient."""
        if self.gradient_structure:
            return None
        return self.grid.weak_divergence(self.fields(coefficients)[1] * self.grid.values(coefficients))

    def partition_noise(self, coefficients: Array, atom: Atom | None = None) -> float:
        """Return the relative rounding error of the drift, that of the worst head.

        The sum over degrees has at x the absolute error ε Σ_l w_l N_l |ρ_l|, |ρ_l| the root-mean-square in degree l,
        w_l at ‖βA‖. With softmax it is compared with Z where Z is smallest, as it is the quotient at every x that must
        be right; without, with Z where it is largest: an error relative to the largest N that there may be.
        """
        measures = self._low(coefficients)
        means = np.sqrt(self._inputs.by_degree(measures[0], measures[0]))
        worst = 0.0
        for acting in self._acting:
            partition = acting.values(measures)
            if atom:
                partition = partition + acting.weight(self.grid.points, atom)
            largest = float(np.abs(partition).max()) * math.exp(-acting.head.widest.log_constant)
            level = float(partition.min()) if self.normalized else largest
            rounding = acting.rounding(means)
            worst = max(worst, rounding / level if level > 0 else np.inf if self.normalized or rounding > 0 else 0.0)
        return worst

    def energy(self, coefficients: Array) -> float:
        """Return E = Σ_h ½ ∬ W_h(<Q_h x, K_h y>) dμ dμ, W' = g.

        e^{βt} has W = e^{βt}/β, at β = 0 W = t: the limit β_h → 0 drops the constant 1/2β_h, which other heads keep.
        """
        return sum(0.5 * factor * self._paired(levels, coefficients) for factor, levels in self._levels)

    def _paired(self, levels: ModalValues | NodalValues, coefficients: Array) -> float:
        """Return ∫ F dμ of one generating function: a sum over coefficients, where it has some."""
        measure = self._low(coefficients)
        if isinstance(levels, NodalValues):
            values = np.exp(levels.log_scale) * levels(measure)[0] * self.grid.values(coefficients)
            return self.grid.integrate(values)
        potential = levels.map.space.resize(levels.map.coefficients(measure)[0], self.space.degree)
        products = self.space.by_degree(potential, coefficients)
        return math.exp(levels.map.log_scale) * float(self._multiplicities @ products)

    @cached_property
    def _multiplicities(self) -> Array:
        """N_l, l = 0 … L."""
        return np.exp(log_harmonic_dimensions(self.space.degree, self.space.dimension))

    @cached_property
    def _levels(self) -> list[tuple[float, ModalValues | NodalValues]]:
        """The factor and the generating function of every head's W."""
        found = []
        for acting in self._acting:
            factor, function = acting.head.kernel.antiderivative()
            same = function is acting.head.kernel
            degree = _field_degree(function.scaled(float(np.linalg.norm(acting.head.form, 2))), self.space)
            found.append((factor, acting.values if same else self._values(acting.head, function, degree)))
        return found


def _field_degree(function: ZonalFunction, space: Ball) -> int:
    """Return the highest degree that g(<v, x>) has in double precision, at least that of densities times x if all."""
    last = function.last_degree
    return space.degree + 1 if last is None else function.significant_degree(last)


def _require_possible(space: Ball, heads: tuple[Head, ...], normalization: Normalization) -> None:
    """Refuse heads that do not act on the space, or whose exponentials are no numbers."""
    found = [head.dimension for head in heads]
    if not heads or any(dimension != space.dimension for dimension in found):
        raise DomainError(f"heads: received dimensions {found}; needs one or more, all of dimension {space.dimension}")
    reach, allowed = max(head.widest.log_largest for head in heads), _LARGEST_REACH[normalization]
    if reach > allowed:
        raise DomainError(
            f"heads: received |beta|·‖KᵀQ‖ = {reach:.4g}, at most {allowed:g} with normalization "
            f'"{normalization}"; lower attention.beta or scale the matrices down'
        )


def _require_affordable(space: Ball, degrees: list[int]) -> None:
    """Refuse heads with more degrees than `LARGEST_MATRIX` allows."""
    numbers = sum(harmonics(space, k) * harmonics(space, min(k, space.degree + 1)) // 2 for k in degrees)
    if numbers > LARGEST_MATRIX:
        raise Unresolved(
            f"heads: the field has degree {max(degrees)}, for which matrices of {numbers:.3g} numbers would be needed "
            f"(allowed {LARGEST_MATRIX:.3g}); lower attention.beta, scale query and key down or use fewer heads"
        )
