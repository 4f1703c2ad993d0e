"""One stationary density as a row of a table: its order, energies, residual and stability."""

from dataclasses import dataclass

import numpy as np

from kinetic.stationary.equation import SteadyEquation
from kinetic.stationary.stability import leading_rates
from kinetic.types import Array

NEUTRAL = 1e-8
"""Size of a rate, per unit of time, that counts as zero, for it is known no better: such a density is neutral."""


@dataclass(frozen=True)
class StationaryPoint:
    """A stationary density and what is known of it.

    Parameters
    ----------
    parameter : float
        Value of what varies along the branch; κ where nothing does.
    kind : {"uniform", "branch", "fold"}
    sheet : int
        How often the branch has turned back in its parameter before this point, from 0.
    order_parameter, energy, free_energy : float
        R, E and κ∫ρ ln ρ dσ − E.
    residual : float
        No moment ∫ P_l(<x, n>) dμ changes faster than this per unit of time.
    rate, frequency : float
        Real and imaginary part of the fastest growing perturbation's rate, rotations apart; negative rates decay.
    spectral_tail : float
        What the degree leaves out, as in records.
    coefficients : Array
        Orthonormal, in the layout of records.
    """

    parameter: float
    kind: str
    sheet: int
    order_parameter: float
    energy: float
    free_energy: float
    residual: float
    rate: float
    frequency: float
    spectral_tail: float
    coefficients: Array

    @property
    def stability(self) -> str:
        """Return "stable", "unstable", or "neutral" where the rate is zero to its accuracy, as at folds."""
        if self.kind == "fold" or abs(self.rate) < NEUTRAL:
            return "neutral"
        return "stable" if self.rate < 0 else "unstable"


def describe(
    equation: SteadyEquation,
    coefficients: Array,
    *,
    parameter: float | None = None,
    kind: str = "branch",
    sheet: int = 0,
) -> StationaryPoint:
    """Return the row of a stationary density.

    Parameters
    ----------
    equation : SteadyEquation
    coefficients : Array
    parameter : float, optional
        κ if absent.
    kind, sheet
        As in `StationaryPoint`.

    Raises
    ------
    Unresolved
        If the degree does not carry the density.
    """
    flow = equation.flow
    state = flow.equation.state(coefficients)
    flow.verify(0.0, state)
    seen = flow.observe(0.0, state)
    leading = leading_rates(equation, coefficients)[0]
    return StationaryPoint(
        flow.diffusion if parameter is None else parameter,
        kind,
        sheet,
        float(seen["order_parameter"]),
        float(seen["energy"]),
        float(seen["free_energy"]),
        equation.residual(coefficients),
        float(np.real(leading)),
        float(np.imag(leading)),
        float(seen["spectral_tail"]),
        flow.space.to_public(coefficients),
    )
