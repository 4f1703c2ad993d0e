"""Newton's method for the steady equation: damped like time, then free; linear systems by preconditioned GMRES.

Knows the steady equation; not where a starting density comes from.

A step solves (F′(c) − 1/τ) δ = −F(c), with δ orthogonal to the rotations of c, along which F′ is singular. For small τ
it is an implicit step in time, for infinite τ one of Newton's. τ is a share of the time |ρ − 1|/|∂_tρ| in which the
density changes by as much as it differs from the uniform one: far from any stationary density the iteration goes where
time goes, and near one τ grows as F vanishes, which makes the convergence quadratic. Multiplied with (κΔ − 1/τ)⁻¹ the
system is the identity plus a compact operator: the number of Krylov vectors does not depend on the degree.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse.linalg import LinearOperator, gmres

from kinetic.errors import Unresolved
from kinetic.stationary.equation import LinearMap, SteadyEquation
from kinetic.types import Array

KRYLOV_VECTORS = 150
RELAXATIONS = 200
CORRECTIONS = 14
_CAUTIOUS, _BOLDER = 0.3, 2.0  # share of the time scale that a step takes; by how much it grows when F falls
_WORSE = 1.6  # factor by which F may rise in a step: a cautious one away from an unstable density makes it 1.43
_SHORTEST = 1e-4  # share below which a step is taken whatever it does to F
_FREE = 1e9  # share from which a step is one of Newton's
_LOOSEST, _TIGHTEST = 1e-3, 1e-9  # relative residuals of the linear systems
_SETTLED = 100.0  # roundings of F at which nothing more can be gained


@dataclass(frozen=True)
class Converged:
    """A stationary density and how it was reached.

    Parameters
    ----------
    coefficients : Array
        c with F(c) = 0.
    residuals : tuple of float
        `SteadyEquation.residual` before every step and at the end: the last one is that of c.
    products : int
        Products with the Jacobian that were spent.
    """

    coefficients: Array
    residuals: tuple[float, ...]
    products: int

    @property
    def residual(self) -> float:
        """The residual of the result: no moment changes faster than this per unit of time."""
        return self.residuals[-1]


def rounding(equation: SteadyEquation, coefficients: Array) -> float:
    """Return the size of F that rounding leaves: ε times the terms that cancel in it."""
    terms = np.abs(equation.transport(coefficients)) + np.abs(equation.decay * coefficients)
    return float(np.finfo(float).eps) * max(equation.size(terms), equation.flow.diffusion)


def relax(equation: SteadyEquation, coefficients: Array) -> Converged:
    """Return the stationary density to which a density leads.

    Parameters
    ----------
    equation : SteadyEquation
    coefficients : Array
        Where to start. A density at rest but for small changes leads to the nearest stationary one, stable or not; any
        other one to where it would go in time.

    Raises
    ------
    Unresolved
        If there is no convergence: there may be no stationary density near, or the degree is too low for it.

    Accuracy
    --------
    The residual falls to rounding (`residuals`); the last steps are quadratic (tests/stationary/test_newton.py).

    Cost
    ----
    Five to thirty steps, each of some ten products with the Jacobian, of two right-hand sides each.
    """
    c, share, spent = coefficients, _CAUTIOUS, 0
    rate = equation.rate(c)
    history = [equation.size(rate)]
    for _ in range(RELAXATIONS):
        if history[-1] <= _SETTLED * rounding(equation, c):
            return Converged(c, tuple(history), spent)
        departure, speed = float(np.linalg.norm(equation.departure(c))), float(np.linalg.norm(rate))
        slowness = 0.0 if share > _FREE or departure == 0 else speed / (share * departure)
        change, used = _step(equation, c, rate, slowness, history[-1])
        trial = c + change
        after = equation.rate(trial)
        spent += used
        size = equation.size(after)
        possible = equation.is_admissible(trial)
        if share > _SHORTEST and not (possible and size < _WORSE * history[-1]):
            share = min(0.25 * share, _CAUTIOUS)
            continue
        if not possible:
            break
        share = share * _BOLDER if size < history[-1] else min(share, _CAUTIOUS)
        c, rate = trial, after
        history.append(size)
        if _stagnates(history, equation, c):
            return Converged(c, tuple(history), spent)
    raise _unsettled(history)


def _stagnates(history: Sequence[float], equation: SteadyEquation, c: Array) -> bool:
    """Whether F has stopped falling within a few hundred of its roundings."""
    late = history[-1] < 100 * _SETTLED * rounding(equation, c)
    return late and len(history) > 2 and history[-1] > 0.5 * history[-2]


def _unsettled(history: Sequence[float]) -> Unresolved:
    return Unresolved(
        f"stationary density: no convergence, the residual is {history[-1]:.3g} after {len(history) - 1} steps (it was "
        f"{history[0]:.3g}); raise space.degree, start nearer to a stationary density, or run the case in time first"
    )


def _step(equation: SteadyEquation, c: Array, rate: Array, slowness: float, residual: float) -> tuple[Array, int]:
    """Return one step and the products that it took."""
    rotations, duals = equation.rotations(c)
    system = Bordered(equation, c, slowness, duals, rotations)
    solution = system.solve(-rate, np.zeros(len(duals)), min(_LOOSEST, residual))
    change = solution[: c.size]
    # the linear system is solved to a tolerance, this condition exactly: a density must not turn on its way
    return change - (duals @ change) @ rotations, system.products


class Bordered:
    """The linear system of a step, with columns and rows added to it; preconditioned by its diffusion.

    ( P(F′ − 1/τ)   P columnsᵀ ) (δ)   (P f)
    (   rows          corner   ) (s) = ( g ),      P = (κΔ − 1/τ)⁻¹.

    Parameters
    ----------
    equation : SteadyEquation
    coefficients : Array
        Where F is linearized.
    slowness : float
        1/τ ≥ 0.
    rows, columns : Array, shape (k, size)
    corner : Array, shape (k, k), optional
        Zero if absent.
    """

    def __init__(
        self,
        equation: SteadyEquation,
        coefficients: Array,
        slowness: float,
        rows: Array,
        columns: Array,
        corner: Array | None = None,
    ) -> None:
        self._jacobian: LinearMap = equation.jacobian(coefficients)
        self._slowness, self._rows = slowness, rows
        diagonal = equation.decay - slowness
        self._inverse = np.where(equation.flow.space.degrees == 0, 0.0, 1 / np.where(diagonal == 0, 1.0, diagonal))
        preconditioned = self._inverse * columns
        self._scales = 1 / np.maximum(np.linalg.norm(preconditioned, axis=1), 1e-300)
        self._columns = self._scales[:, None] * preconditioned
        self._corner = np.zeros((len(rows), len(rows))) if corner is None else corner * self._scales
        self.products = 0

    def _apply(self, vector: Array) -> Array:
        count = len(self._rows)
        inner, outer = vector[: vector.size - count], vector[vector.size - count :]
        self.products += 1
        moved = self._inverse * (self._jacobian(inner) - self._slowness * inner) + outer @ self._columns
        return np.concatenate([moved, self._rows @ inner + self._corner @ outer])

    def solve(self, inside: Array, border: Array, tolerance: float) -> Array:
        """Return (δ, s) to a relative residual; δ has no part of degree zero."""
        right = np.concatenate([self._inverse * inside, border])
        operator = LinearOperator((right.size, right.size), matvec=self._apply, dtype=float)
        bound = min(max(tolerance, _TIGHTEST), _LOOSEST)
        count = min(KRYLOV_VECTORS, right.size)
        with np.errstate(all="ignore"):
            found, _ = gmres(operator, right, rtol=bound, atol=0.0, restart=count, maxiter=2)
        size = inside.size
        return np.concatenate([found[:size], self._scales * found[size:]])


@dataclass(frozen=True)
class Family:
    """Steady equations along one parameter.

    Parameters
    ----------
    at : callable
        `at(value)` is the equation at one value of the parameter.
    start, stop : float
        Ends of the range; `u` = (value − start)/(stop − start) is what solvers see.
    """

    at: Callable[[float], SteadyEquation]
    start: float
    stop: float

    def value(self, u: float) -> float:
        """Return the parameter."""
        return self.start + u * (self.stop - self.start)

    def equation(self, u: float) -> SteadyEquation:
        """Return the equation at u."""
        return self.at(self.value(u))

    def slope(self, c: Array, u: float) -> Array:
        """Return ∂F/∂u by central differences, to about 1e-10; exact in the diffusion, in which F is linear."""
        step = 1e-4 / max(1.0, abs(self.stop - self.start) / abs(self.value(u) or 1.0))
        ahead, behind = self.equation(u + step).rate(c), self.equation(u - step).rate(c)
        return np.asarray((ahead - behind) / (2 * step))


def correct(
    family: Family, guess: tuple[Array, float], tangent: tuple[Array, float]
) -> tuple[Array, float, float, int]:
    """Return the stationary density on the plane through a guess and normal to a tangent.

    Newton's method for F(c, u) = 0 and <t_c, c − c_guess> + t_u (u − u_guess) = 0. A tangent (0, 1) holds the
    parameter.

    Parameters
    ----------
    family : Family
    guess, tangent : tuple of Array and float
        (c, u) and (t_c, t_u).

    Returns
    -------
    coefficients : Array
    u : float
    residual : float
    steps : int

    Raises
    ------
    Unresolved
        If there is no convergence in `CORRECTIONS` steps.
    """
    (c, u), (along, ahead) = guess, tangent
    history: list[float] = []
    for step in range(CORRECTIONS):
        equation = family.equation(u)
        rate = equation.rate(c)
        history.append(equation.size(rate))
        if not math.isfinite(history[-1]):
            break
        settled = history[-1] <= _SETTLED * rounding(equation, c)
        if settled or (step > 1 and _stagnates(history, equation, c)):
            return c, u, history[-1], step
        rows, columns, corner = _plane(equation, family, (c, u), (along, ahead))
        system = Bordered(equation, c, 0.0, rows, columns, corner)
        border = np.zeros(len(rows))
        border[-1] = -(along @ (c - guess[0]) + ahead * (u - guess[1]))
        solution = system.solve(-rate, border, min(_LOOSEST, 0.1 * history[-1]))
        c, u = c + solution[: c.size], u + float(solution[-1])
    raise _unsettled(history)


def _plane(
    equation: SteadyEquation, family: Family, point: tuple[Array, float], tangent: tuple[Array, float]
) -> tuple[Array, Array, Array]:
    """Return rows, columns and corner that fix the rotations and the place along a branch."""
    rotations, duals = equation.rotations(point[0])
    rows = np.concatenate([duals, tangent[0][None]])
    columns = np.concatenate([rotations, family.slope(*point)[None]])
    corner = np.zeros((len(rows), len(rows)))
    corner[-1, -1] = tangent[1]
    return rows, columns, corner
