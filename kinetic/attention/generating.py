"""The generating function of a density at linear images of the sphere, as a matrix that is built once.

    F(x) = ∫ g(<Ax, y>) dμ(y) = Σ_lm g_l(r) Y_lm(ω) μ_lm,     Ax = r ω,  r = |Ax|,

by Funk and Hecke, g_l(r) the eigenvalues of g(r<ω,y>). Applied to the coefficients of y_a ρ in place of ρ it gives
∫ y_a g(<Ax,y>) dμ: nothing is divided by r or by a norm of A, so that singular and zero matrices are no exceptions.

For an entire g, as e^{βt}, F as a function of x is a superposition of g(<v,x>), v = Aᵀy, |v| ≤ ‖A‖, and as one of y a
superposition over |Ax| ≤ ‖A‖: in both it has no more degrees than g(‖A‖<x,y>). The map from coefficients in y to
coefficients in x is therefore a small matrix, even degrees to even and odd to odd. Where ‖A‖ and the smallest |Ax|
differ much, coefficients in x have to carry e^{β‖A‖} where values may be of order one; rows of F/g_0(|Ax|) at given
points have no such range, and serve kernels that have all degrees. The module knows no normalization and no drift.
"""

from dataclasses import dataclass, replace

import numpy as np

from kinetic.kernels import ZonalFunction
from kinetic.spaces.circle import Circle, CircleGrid
from kinetic.spaces.space import Space
from kinetic.spaces.sphere import Sphere, SphereGrid
from kinetic.types import Array, Integers

_STEPS = 6  # of |Ax|: the last sixth of a degree more than needed costs less than more and smaller matrices

Ball = Circle | Sphere
Nodes = CircleGrid | SphereGrid


def parseval_weights(space: Space) -> Array:
    """Return u with ∫ f g dσ = Σ_j u_j f_j g_j for native coefficients: 1 or 2, 0 for entries that are no harmonic."""
    # `to_public` multiplies entry j by ±√u_j and moves it; `from_public` moves back and divides
    return space.from_public(space.to_public(np.ones(space.degrees.size)) ** 3)


def _kept(space: Ball, smaller: Ball) -> Integers:
    """Return where each native coefficient of a space stands in one of lower degree, −1 if it does not."""
    there = _places(space, smaller)
    found = np.full(space.degrees.size, -1)
    found[there] = np.arange(there.size)
    return found


def _places(space: Ball, smaller: Ball) -> Integers:
    """Return where the native coefficients of a space of lower degree stand among those of a space."""
    return space.resize(np.arange(float(space.degrees.size)), smaller.degree).astype(np.int64)


def generating_rows(space: Ball, function: ZonalFunction, matrix: Array, points: Array, log_scale: Array) -> Array:
    """Return G[i, j] with e^{−s_i} ∫ g(<Ax_i,y>) dμ(y) = Σ_j G[i, j] ρ_j, ρ the native coefficients of μ in `space`.

    Parameters
    ----------
    space : Circle or Sphere
        Its degree cuts the sum.
    function : ZonalFunction
        g.
    matrix : Array, shape (d, d)
        A.
    points : Array, shape (n, d)
        x_i.
    log_scale : Array, shape (n,)
        s_i.

    Accuracy
    --------
    Each g_l(|Ax_i|) to about l·ε.

    Cost
    ----
    0.1 ms a point at degree 50.
    """
    images = points @ matrix.T
    lengths = np.linalg.norm(images, axis=1)
    directions = np.where(lengths[:, None] > 0, images, points)
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    weights, degrees = parseval_weights(space), space.degrees
    rows = np.empty((len(points), degrees.size))
    for row, length, direction, scale in zip(rows, lengths, directions, log_scale, strict=True):
        there = function.scaled(float(length))
        sizes = there.signs(space.degree) * np.exp(there.log_eigenvalues(space.degree) - scale)
        row[:] = sizes[degrees] * weights * space.dirac(direction)
    return rows


@dataclass(frozen=True, eq=False)
class ModalMap:
    """μ ↦ e^{−s} F as coefficients in x.

    Parameters
    ----------
    space : Circle or Sphere
        Of the result.
    log_scale : float
        s.
    blocks : tuple of (rows, columns, matrix)
        For even and for odd degrees: where the block's result goes, which coefficients it takes, and the matrix, its
        first index that of the coefficients.

    Cost
    ----
    About (K+1)⁴/2 multiplications on the sphere and 2(K+1)² on the circle for each density, K the kernel's degree (22
    at β‖A‖ = 3, 53 at 30): below one transform of degree 127 up to β‖A‖ about 5.
    """

    space: Ball
    log_scale: float
    blocks: tuple[tuple[Integers, Integers, Array], ...]

    @classmethod
    def of(cls, function: ZonalFunction, matrix: Array, degree: int, inputs: Ball, log_scale: float) -> "ModalMap":
        """Build the map.

        Parameters
        ----------
        function : ZonalFunction
            g.
        matrix : Array, shape (d, d)
            A.
        degree : int
            Highest degree K that g(<Ax,y>) has.
        inputs : Circle or Sphere
            Space of the coefficients to be mapped; those above K are not used.
        log_scale : float
            s.
        """
        space, used = inputs.at_degree(degree), inputs.at_degree(min(degree, inputs.degree))
        grid = space.grid(0)
        points = grid.points.reshape(-1, space.dimension)
        rows = generating_rows(used, function, matrix, points, np.full(len(points), log_scale))
        places = _places(inputs, used)
        live_out, live_in = parseval_weights(space) > 0, parseval_weights(used) > 0
        blocks = []
        for parity in (0, 1):
            out = np.flatnonzero(live_out & (space.degrees % 2 == parity))
            into = np.flatnonzero(live_in & (used.degrees % 2 == parity))
            block = np.empty((into.size, out.size))
            for line, column in zip(block, rows[:, into].T, strict=True):
                line[:] = grid.analysis(np.ascontiguousarray(column).reshape(grid.points.shape[:-1]))[out]
            blocks.append((out, places[into], block))
        return cls(space, log_scale, tuple(blocks))

    def narrowed(self, inputs: Ball, fewer: Ball) -> "ModalMap":
        """Return the map of the coefficients in `fewer`, a part of those in `inputs` that it takes."""
        place = _kept(inputs, fewer)
        blocks = [(out, place[into], place[into] >= 0, block) for out, into, block in self.blocks]
        return replace(self, blocks=tuple((out, into[there], block[there]) for out, into, there, block in blocks))

    def coefficients(self, densities: Array) -> Array:
        """Return e^{−s} F in native coefficients for each of several measures, shape (k, size) -> (k, size of x)."""
        mapped = np.zeros((len(densities), self.space.degrees.size))
        for out, into, block in self.blocks:
            mapped[:, out] = densities[:, into] @ block
        return mapped


@dataclass(frozen=True, eq=False)
class DiagonalMap:
    """The same for A = a·identity: every coefficient is multiplied with the eigenvalue g_l(a) of its degree.

    Parameters
    ----------
    space : Circle or Sphere
        Of the result.
    log_scale : float
        s.
    into, out : Integers
        Which coefficients it takes, and where they go.
    factors : Array
        e^{−s} g_l(a), one for each of them.
    """

    space: Ball
    log_scale: float
    into: Integers
    out: Integers
    factors: Array

    @classmethod
    def of(cls, function: ZonalFunction, factor: float, degree: int, inputs: Ball, log_scale: float) -> "DiagonalMap":
        """Build the map; the parameters are those of `ModalMap.of`, a = `factor`."""
        space, used = inputs.at_degree(degree), inputs.at_degree(min(degree, inputs.degree))
        acting = function.scaled(factor)
        sizes = acting.signs(used.degree) * np.exp(acting.log_eigenvalues(used.degree) - log_scale)
        return cls(space, log_scale, _places(inputs, used), _places(space, used), sizes[used.degrees])

    def narrowed(self, inputs: Ball, fewer: Ball) -> "DiagonalMap":
        """Return the map of the coefficients in `fewer`, a part of those in `inputs` that it takes."""
        place = _kept(inputs, fewer)
        there = place[self.into] >= 0
        return replace(self, into=place[self.into][there], out=self.out[there], factors=self.factors[there])

    def coefficients(self, densities: Array) -> Array:
        """Return e^{−s} F in native coefficients for each of several measures, shape (k, size) -> (k, size of x)."""
        mapped = np.zeros((len(densities), self.space.degrees.size))
        mapped[:, self.out] = densities[:, self.into] * self.factors
        return mapped


@dataclass(frozen=True, eq=False)
class ModalValues:
    """μ ↦ e^{−s} F at the nodes of a grid, through coefficients in x.

    Parameters
    ----------
    map : ModalMap or DiagonalMap
    grid : CircleGrid or SphereGrid
        Nodes, for functions of the map's degree.
    """

    map: ModalMap | DiagonalMap
    grid: Nodes

    @property
    def log_scale(self) -> Array:
        """s at each node, a constant, shape (1,)."""
        return np.array([self.map.log_scale])

    def __call__(self, densities: Array) -> Array:
        """Return e^{−s} F for each of several measures, shape (k, size) -> (k, *nodes)."""
        return np.stack([self.grid.values(mapped) for mapped in self.map.coefficients(densities)])


@dataclass(frozen=True, eq=False)
class _Rows:
    """Rows for nodes and their antipodes, as sums over even and over odd degrees: F(±x) = even ± odd."""

    nodes: Integers
    opposite: Integers
    parts: tuple[tuple[Integers, Array], tuple[Integers, Array]]
    """Even and odd: which coefficients are used, and the matrix, its first index that of those coefficients."""

    def put(self, densities: Array, values: Array) -> None:
        """Write the rows' values into (k, all nodes)."""
        even, odd = (densities[:, places] @ matrix for places, matrix in self.parts)
        values[:, self.nodes] = even + odd
        values[:, self.opposite] = even - odd


@dataclass(frozen=True, eq=False)
class NodalValues:
    """μ ↦ e^{−s} F at the nodes of a grid, by a matrix with a row for each.

    Parameters
    ----------
    rows : tuple
        The matrix, in groups of nodes whose |Ax| needs about as many degrees.
    log_scale : Array, shape nodes
        s = ln g_0(|Ax|), or 0 where that mean is not positive.

    Accuracy
    --------
    ε Σ_l (g_l/g_0)(|Ax|) N_l |ρ_l| at each x, free of the range that |Ax| has over the sphere.

    Cost
    ----
    Half a number for each node and harmonic of the degree that g(<Ax,y>) has (`numbers`): memory, and the time to
    read it.
    """

    rows: tuple[_Rows, ...]
    log_scale: Array

    @classmethod
    def of(cls, function: ZonalFunction, matrix: Array, inputs: Ball, grid: Nodes) -> "NodalValues":
        """Build the rows for an even grid; the other parameters are those of `ModalMap.of`."""
        points = grid.points.reshape(-1, inputs.dimension)
        lengths, opposite = np.linalg.norm(points @ matrix.T, axis=1), grid.antipodes
        logs = np.empty(lengths.size)
        groups = []
        for degree, nodes in _groups(function, inputs, lengths):
            first = nodes[nodes < opposite[nodes]]
            logs[first] = [function.scaled(float(length)).log_constant for length in lengths[first]]
            logs[opposite[first]] = logs[first]
            used = inputs.at_degree(degree)
            table = generating_rows(used, function, matrix, points[first], logs[first]).T
            live, places = parseval_weights(used) > 0, _places(inputs, used)
            chosen = [np.flatnonzero(live & (used.degrees % 2 == parity)) for parity in (0, 1)]
            even, odd = ((places[which], table[which]) for which in chosen)
            groups.append(_Rows(first, opposite[first], (even, odd)))
        return cls(tuple(groups), logs.reshape(grid.points.shape[:-1]))

    @staticmethod
    def numbers(function: ZonalFunction, matrix: Array, inputs: Ball, grid: Nodes) -> int:
        """Return how many numbers the rows would have."""
        lengths = np.linalg.norm(grid.points.reshape(-1, inputs.dimension) @ matrix.T, axis=1)
        return sum(harmonics(inputs, degree) * nodes.size // 2 for degree, nodes in _groups(function, inputs, lengths))

    def __call__(self, densities: Array) -> Array:
        """Return e^{−s} F for each of several measures, shape (k, size) -> (k, *nodes)."""
        values = np.empty((len(densities), self.log_scale.size))
        for rows in self.rows:
            rows.put(densities, values)
        return values.reshape(len(densities), *self.log_scale.shape)


def harmonics(space: Ball, degree: int) -> int:
    """Return how many harmonics there are up to a degree."""
    return (degree + 1) ** 2 if space.dimension == 3 else 2 * degree + 1


def _groups(function: ZonalFunction, inputs: Ball, lengths: Array) -> list[tuple[int, Integers]]:
    """Return (degree, nodes) of nodes with similar |Ax|: an even number of equal steps from zero to the largest.

    Functions that have all degrees are one group.
    """
    if function.last_degree is None:
        return [(inputs.degree, np.arange(lengths.size))]
    edges = np.linspace(0.0, float(lengths.max()), _STEPS + 1)
    group = np.clip(np.searchsorted(edges, lengths) - 1, 0, _STEPS - 1)
    degrees = [function.scaled(float(edge)).significant_degree(inputs.degree) for edge in edges[1:]]
    found = [(degree, np.flatnonzero(group == i)) for i, degree in enumerate(degrees)]
    return [(degree, nodes) for degree, nodes in found if nodes.size]
