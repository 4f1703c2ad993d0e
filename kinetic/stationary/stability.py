"""Growth rates of small perturbations of a stationary density: the rightmost eigenvalues of the linearized flow."""

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigvals
from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigs

from kinetic.errors import Unresolved
from kinetic.stationary.equation import SteadyEquation
from kinetic.stationary.newton import Bordered
from kinetic.types import Array

LARGEST_DENSE = 700
_SIGNIFICANT = 1e-10  # size of the degrees beyond which the density, hence its slowest perturbations, have no part
_MARGIN = 6


def leading_rates(equation: SteadyEquation, coefficients: Array, count: int = 4) -> NDArray[np.complex128]:
    """Return the eigenvalues of F′(c) with the largest real parts, in falling order.

    Rotations that commute with the flow have the rate 0 and are left out: along them a density is neither stable nor
    unstable.

    Parameters
    ----------
    equation : SteadyEquation
    coefficients : Array
        A stationary density.
    count : int
        How many.

    Returns
    -------
    ndarray, shape (count,)
        Complex, per unit of time; fewer where the space has fewer.

    Raises
    ------
    Unresolved
        If the iteration does not converge (more than `LARGEST_DENSE` unknowns).

    Accuracy
    --------
    Eigenvalues of F′ cut to the degrees in which the density is above 1e-10: the slow perturbations are as smooth as
    it is, and the error is a product of two such remainders. 1e-12 of the largest rate without softmax, 1e-9 of the
    drift's with; beyond 700 unknowns by Arnoldi's method for the inverse of F′ − s, s to the right of all rates, 1e-8.

    Cost
    ----
    One product with the Jacobian for each unknown, and the eigenvalues of a full matrix; beyond 700 unknowns some
    dozens of linear systems.
    """
    free = _free(equation, coefficients, _significant_degree(equation, coefficients))
    if free.size <= LARGEST_DENSE:
        found = eigvals(_matrix(equation, coefficients, free))
    else:
        found = _arnoldi(equation, coefficients, count)
    return np.asarray(found[np.argsort(-found.real)][:count], dtype=complex)


def _significant_degree(equation: SteadyEquation, coefficients: Array) -> int:
    """Return the degree beyond which a density has no part, and some more."""
    powers = equation.flow.space.by_degree(coefficients, coefficients)
    return int(np.flatnonzero(powers > _SIGNIFICANT**2)[-1]) + _MARGIN


def _free(equation: SteadyEquation, coefficients: Array, degree: int) -> NDArray[np.intp]:
    """Return the places of the coefficients that can change: not the mass, nor what is zero in every density."""
    space = equation.flow.space
    probe = space.from_public(np.ones_like(space.to_public(coefficients)))
    return np.flatnonzero((space.degrees > 0) & (space.degrees <= degree) & (probe != 0))


def _matrix(equation: SteadyEquation, coefficients: Array, free: NDArray[np.intp]) -> Array:
    """Return F′ in the free coefficients, rotations moved away.

    F′r = 0 for a rotation r: F′ − s r r* has the same eigenvalues but for that one, which becomes −s.
    """
    jacobian = equation.jacobian(coefficients)
    matrix = np.empty((free.size, free.size))
    unit = np.zeros_like(coefficients)
    for column, place in enumerate(free):
        unit[place] = 1.0
        matrix[:, column] = jacobian(unit)[free]
        unit[place] = 0.0
    rotations, duals = equation.rotations(coefficients)
    return np.asarray(matrix + equation.decay.min() * rotations[:, free].T @ duals[:, free])


def _arnoldi(equation: SteadyEquation, coefficients: Array, count: int) -> NDArray[np.complex128]:
    """Return the eigenvalues nearest to a rate that is to the right of all."""
    shift = _bound(equation, coefficients)
    rotations, duals = equation.rotations(coefficients)
    away = -float(equation.decay.min())
    nothing = np.zeros((0, coefficients.size))
    system = Bordered(equation, coefficients, shift, nothing, nothing)
    mass = equation.flow.space.degrees == 0

    def inverse(vector: Array) -> Array:
        solved = system.solve(np.where(mass, 0.0, vector), np.zeros(0), 1e-9)
        # (F′ − s)⁻¹ r = −r/s: by the formula of Sherman and Morrison for F′ − away r r*
        return np.asarray(solved - away / (shift + away) * (duals @ solved) @ rotations)

    operator = LinearOperator((mass.size, mass.size), matvec=inverse, dtype=float)
    start = equation.departure(coefficients) + np.where(mass, 0.0, 1.0 / (1.0 + equation.flow.space.degrees**2))
    start[_unused(equation, coefficients)] = 0.0
    try:
        inverted = eigs(operator, k=count, which="LM", v0=start, tol=1e-9, return_eigenvectors=False)
    except ArpackNoConvergence as error:
        raise Unresolved("stability: the leading rates did not converge; lower space.degree") from error
    return np.asarray(shift + 1 / inverted)


def _unused(equation: SteadyEquation, coefficients: Array) -> NDArray[np.bool_]:
    """Return the mask of the coefficients that cannot change."""
    mask = np.ones(coefficients.size, dtype=bool)
    mask[_free(equation, coefficients, equation.flow.space.degree)] = False
    return mask


def _bound(equation: SteadyEquation, coefficients: Array) -> float:
    """Return a rate beyond which nothing grows, from the size of the transport's derivative on smooth perturbations.

    A probe e^{−l/4} is moved by a product; twice its relative change, at least κ.
    """
    mass = equation.flow.space.degrees == 0
    probe = np.where(mass | _unused(equation, coefficients), 0.0, np.exp(-0.25 * equation.flow.space.degrees))
    moved = equation.jacobian(coefficients)(probe) - equation.decay * probe
    return max(2.0 * float(np.linalg.norm(moved) / np.linalg.norm(probe)), equation.flow.diffusion)
