"""Attention to a density that does not move: the field of one density, for ever, on all others (mean-shift).

    X(x) = X[μ_0](x)

moves μ as if each token looked at the initial density again and again. The energy E stays that of the density itself, a
quadratic form: with R = −div(μX), dE/dt = DE(μ)[R] = ½(E(μ + R) − E(μ − R)), whatever the sign. The module knows
attention in harmonics, not time.
"""

from collections.abc import Callable

from kinetic.attention.contract import Attention, Holding
from kinetic.spaces.circle import CircleGrid
from kinetic.spaces.sphere import SphereGrid
from kinetic.types import Array


def carried_by(grid: CircleGrid | SphereGrid, drift: Array) -> Callable[[Array], tuple[Array, float]]:
    """Return f ↦ (−div(f X) in coefficients, ∫ |X|² f dσ), X given at the nodes of a grid."""

    def carried(coefficients: Array) -> tuple[Array, float]:
        flux = drift * grid.values(coefficients)
        return grid.weak_divergence(flux), grid.inner(flux, drift)

    return carried


class Frozen(Attention):
    """Attention that keeps the field of a source.

    Parameters
    ----------
    attention : Holding
    source : Array
        Coefficients of ν, as the attention takes those of densities.

    **Cost** One synthesis of the density and one projection of its flux; about an axis one product and, with softmax,
    one banded system.
    """

    def __init__(self, attention: Holding, source: Array) -> None:
        self._attention, self._source = attention, source
        self._carried = attention.held(source)
        self._noise = attention.partition_noise(source)

    def motion(self, coefficients: Array) -> tuple[Array, float, float]:
        (rate, square), energy = self._carried(coefficients), self._attention.energy
        return rate, 0.5 * (energy(coefficients + rate) - energy(coefficients - rate)), square

    def energy(self, coefficients: Array) -> float:
        """Return E of the density itself."""
        return self._attention.energy(coefficients)

    def partition_noise(self, coefficients: Array) -> float:  # noqa: ARG002
        """Return that of the source."""
        return self._noise

    def truncation_change(self, coefficients: Array) -> float:
        """Return that of the attention in the field of the source."""
        return self._attention.truncation_change(coefficients, self._source)

    @property
    def is_delicate(self) -> bool:
        """Whether the attention is."""
        return self._attention.is_delicate
