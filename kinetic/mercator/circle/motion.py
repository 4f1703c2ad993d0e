"""How fast tokens move in the variables of their cells, and how fast ln ρ changes along their paths.

With t = u or s, both of which obey t' = ½(1 + t²)(X(p + θ) − X(p)),

    far:  s' = t',     left, right:  y' = u'/u,     core:  Q' = tanh Q (u'/u + η'),     (ln ρ)' = −X'(p + θ),

where u'/u is computed from chords that carry the factor u already. The module knows cells and Fourier series.
"""

from dataclasses import dataclass

import numpy as np

from kinetic.mercator.circle.field import Chords, CircleField, Drift
from kinetic.mercator.circle.mesh import CircleMesh
from kinetic.mercator.circle.state import CircleState, lift_slope
from kinetic.types import Array, ComplexArray


@dataclass(frozen=True, eq=False)
class Sight:
    """What the heads see of a state.

    Parameters
    ----------
    chords : Chords
        Of all tokens.
    sums : ComplexArray
        D_0, D_1, …: ∫ (1 − e^{ikθ}) dμ, as many as the drift feels.
    drift : Drift
    """

    chords: Chords
    sums: ComplexArray
    drift: Drift

    @classmethod
    def of(cls, state: CircleState, field: CircleField, degree: int = 0) -> "Sight":
        """Look at a state, at moments up to a degree at least."""
        mesh = state.mesh
        masses, factor, chord = mesh.masses.ravel(), mesh.factor.ravel(), mesh.chord.ravel()
        spread = float(masses @ np.abs(factor * chord))
        needed = min(field.needed(spread), field.moment_degree) if np.isfinite(spread) else 1
        chords = Chords.of(factor, chord, max(needed, degree))
        sums = chords.sums(masses)
        return cls(chords, sums, field.drift(sums[: needed + 1], mesh.mass, state.pole))

    def rates(self) -> tuple[Array, Array]:
        """Return (X(p + θ) − X(p))/factor and X'(p + θ) at all tokens."""
        series, chords = self.drift.velocity, self.chords.extended(self.drift.degree)
        rows = chords.rows[: self.drift.degree]
        degrees = np.arange(1, series.size)
        both = np.stack([series[1:], 1j * degrees * series[1:]]) @ rows
        return -2.0 * both[0].real, self.drift.slope_at_pole - 2.0 * chords.factor * both[1].real

    def power(self, masses: Array, relative: Array) -> tuple[float, float]:
        """Return ∫ <F, X> dμ and ∫ |X|² dμ from (X − X(p))/factor."""
        series = self.drift.force
        velocity = self.drift.at_pole + self.chords.factor * relative
        square = float(masses @ velocity**2)
        if series is self.drift.velocity:
            return square, square
        chords = self.chords.extended(series.size - 1)
        here = float(series[0].real + 2.0 * series[1:].sum().real)
        force = here - 2.0 * chords.factor * (series[1:] @ chords.rows[: series.size - 1]).real
        return float(masses @ (force * velocity)), square


@dataclass(frozen=True, eq=False)
class Motion:
    """Time derivatives of everything that a state holds.

    Parameters
    ----------
    position, log_density : Array, shape (cells, n)
    pole, contraction, power, square : float
        X(p), −X'(p), ∫ <F, X> dμ and ∫ |X|² dμ.
    """

    position: Array
    log_density: Array
    pole: float
    contraction: float
    power: float
    square: float

    @classmethod
    def of(cls, state: CircleState, sight: Sight) -> "Motion":
        """Return the motion of a state."""
        mesh = state.mesh
        relative, slope = sight.rates()
        power, square = sight.power(mesh.masses.ravel(), relative)
        contraction = -sight.drift.slope_at_pole
        growth = contraction * lift_slope(state.contraction)
        position = _positions(mesh, relative.reshape(mesh.position.shape), growth)
        return cls(position, -slope.reshape(mesh.position.shape), sight.drift.at_pole, contraction, power, square)

    def vector(self) -> Array:
        """Return the derivative of the state's vector."""
        still = np.zeros(self.position.size)
        parts = (self.position.ravel(), self.log_density.ravel(), still)
        return np.concatenate([*parts, [self.pole, self.contraction, self.power, 1.0]])


def _positions(mesh: CircleMesh, relative: Array, growth: float) -> Array:
    """Return the rates of the positions."""
    rates = 0.5 * (1.0 + mesh.tangent**2) * relative
    core = mesh.sizes.slices[2]
    rates[core] = np.tanh(mesh.position[core]) * (rates[core] + growth)
    return np.asarray(rates)
