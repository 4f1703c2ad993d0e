"""The mean-field equation of transformer tokens, discretised in a space of harmonics.

    ∂_t μ + div(μ X[μ]) = κ Δμ      on S^{d-1}

The density moves by −div(μX) + κΔμ; beside it runs a ledger, the time integral of what the motion gains: the power
∫ <F, X> dμ without noise, which must equal the gain of energy where attention is a gradient flow; with noise the
dissipation of free energy. The equation knows spaces and attention, not steppers, files or theory.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeAlias

import numpy as np

from kinetic.attention.contract import Attention
from kinetic.density import Density
from kinetic.spaces.space import Space
from kinetic.special import laplace_eigenvalues, log_harmonic_dimensions
from kinetic.types import Array

Ledger: TypeAlias = Literal["power", "free_energy", "closed"]
"""What is integrated beside the state: ∫ <F, X> dμ, ∫ |X − κ∇ln ρ|² dμ, or nothing."""


@dataclass(frozen=True)
class MeanFieldEquation:
    """dy/dt for y = (coefficients of μ, the ledger's total since the start).

    Parameters
    ----------
    space : Space
    attention : Attention
    diffusion : float
        κ ≥ 0.
    ledger : {"power", "free_energy", "closed"}
        What is integrated beside the state. "power" belongs to κ = 0; "free_energy" needs attention without softmax
        and a density that is positive on the nodes.
    depth : callable, optional
        The attention of a time, where it changes with it.
    largest : float, optional
        The largest energy of the uniform density on the way, where that is not the one of `attention`.
    """

    space: Space
    attention: Attention
    diffusion: float = 0.0
    ledger: Ledger = "power"
    depth: Callable[[float], Attention] | None = None
    largest: float | None = None

    def at(self, time: float) -> Attention:
        """Return the attention of a time."""
        return self.attention if self.depth is None else self.depth(time)

    def __call__(self, time: float, state: Array) -> Array:
        """Return (−div(μX) + κΔμ, the ledger's rate)."""
        rate = self.nonlinear(time, state)
        return rate + self.decay * state if self.diffusion else rate

    def nonlinear(self, time: float, state: Array) -> Array:
        """Return (−div(μX), the ledger's rate): all but the diffusion, which is diagonal."""
        return self.traced(time, state)[0]

    def traced(self, time: float, state: Array) -> tuple[Array, float]:
        """Return the same, and ∫ |X|² dμ or NaN: with diffusion, which moves the density as well, NaN."""
        coefficients = state[:-1]
        rate, power, square = self.at(time).motion(coefficients)
        moved = np.empty(state.size)
        moved[:-1], moved[-1] = rate, self._gain(coefficients, rate, power) / self.unit
        return moved, math.nan if self.diffusion else square

    @cached_property
    def decay(self) -> Array:
        """−κ l(l+d−2) for each coefficient, 0 for the ledger."""
        return np.append(-self.diffusion * self._eigenvalues[self.space.degrees], 0.0)

    @cached_property
    def _eigenvalues(self) -> Array:
        return laplace_eigenvalues(self.space.degree, self.space.dimension)

    def dissipation(self, coefficients: Array, time: float = 0.0) -> float:
        """Return what the ledger integrates, at one density and time; NaN for a closed ledger."""
        attention = self.at(time)
        if self.ledger != "free_energy":
            return np.nan if self.ledger == "closed" else attention.power(coefficients)
        rate, power = attention.transport(coefficients)
        return self._dissipated(coefficients, rate, power)

    def _gain(self, coefficients: Array, rate: Array, power: float) -> float:
        if self.ledger == "closed":
            return 0.0
        return power if self.ledger == "power" else self._dissipated(coefficients, rate, power)

    def _dissipated(self, coefficients: Array, rate: Array, power: float) -> float:
        """Return ∫ |X − κ∇ln ρ|² dμ = ∫ |X|² dμ − 2κ ∫ <μX, ∇ln ρ> + κ² ∫ <∇ρ, ∇ln ρ> dσ.

        Derived here: by parts the last two are ∫ ln ρ · (−div μX) dσ and ∫ ln ρ · (−Δρ) dσ, sums over the coefficients
        of ln ρ up to degree L. Nothing is divided by ρ: where it is as small as rounding, ln ρ is wrong by some units
        and meets factors that are small likewise. It is taken at no less than ε.
        """
        grid = self.space.grid(self.space.degree)
        density = np.maximum(grid.values(coefficients), np.finfo(float).eps)
        logarithm = grid.analysis(np.log(density))
        multiplicities = np.exp(log_harmonic_dimensions(self.space.degree, self.space.dimension))
        gained = float(multiplicities @ self.space.by_degree(logarithm, rate))
        smoothed = float((multiplicities * self._eigenvalues) @ self.space.by_degree(logarithm, coefficients))
        return power - 2 * self.diffusion * gained + self.diffusion**2 * smoothed

    @cached_property
    def unit(self) -> float:
        """The unit of the ledger in the state: the energy of the uniform density, or 1 where that is less.

        Energies grow like e^β: in units of 1 the rounding of the power alone would be an error worth shorter steps.
        """
        uniform = np.zeros(self.space.degrees.size)
        uniform[0] = 1.0
        return max(1.0, abs(self.attention.energy(uniform)) if self.largest is None else self.largest)

    def state(self, coefficients: Array, work: float = 0.0) -> Array:
        """Return the vector that steppers see."""
        return np.append(coefficients, work / self.unit)

    def raised(self, state: Array, energy: float) -> Array:
        """Return a state whose ledger has gained an energy at once: what a jump of the weights does."""
        return np.append(state[:-1], state[-1] + energy / self.unit)

    def density(self, state: Array) -> Density:
        """Return the density that a state holds."""
        return Density(self.space, state[:-1])

    def seen(self, state: Array) -> Density:
        """Return the same: a row asks for it several times, and its sums over degrees are made once."""
        if not (self._latest and np.array_equal(state, self._latest[0][0])):
            kept = state.copy()
            self._latest[:] = [(kept, self.density(kept))]
        return self._latest[0][1]

    @cached_property
    def _latest(self) -> list[tuple[Array, Density]]:
        return []

    def work(self, state: Array) -> float:
        """Return the ledger's total; NaN for a closed ledger."""
        return np.nan if self.ledger == "closed" else float(state[-1]) * self.unit
