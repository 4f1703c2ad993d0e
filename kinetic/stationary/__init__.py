"""Stationary densities of noisy attention found directly, their stability, and the branches that they form.

Responsible for −div(ρX) + κΔρ = 0 in harmonic coefficients: Newton's method with Krylov solves, eigenvalues of the
linearized flow, continuation around folds, and the table of what was found. Knows no theory of transitions, and does
not march.
"""

from kinetic.stationary.branch import Branch, follow
from kinetic.stationary.equation import SteadyEquation
from kinetic.stationary.newton import Converged, relax
from kinetic.stationary.stability import leading_rates
from kinetic.stationary.state import StationaryPoint, describe
from kinetic.stationary.table import write

__all__ = [
    "Branch",
    "Converged",
    "StationaryPoint",
    "SteadyEquation",
    "describe",
    "follow",
    "leading_rates",
    "relax",
    "write",
]
