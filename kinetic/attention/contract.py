"""What the attention of densities in harmonics answers, whatever its heads and its space."""

from abc import ABC, abstractmethod
from collections.abc import Callable

from kinetic.types import Array


class Attention(ABC):
    """What a density, given by its coefficients, does to itself."""

    @abstractmethod
    def motion(self, coefficients: Array) -> tuple[Array, float, float]:
        """Return the coefficients of −div(μ X[μ]), the power ∫ <F, X> dμ, and ∫ |X|² dμ, NaN where that is not known.

        F is Σ_h Z_h X_h with softmax, whatever the matrices, and X without.
        """

    def transport(self, coefficients: Array) -> tuple[Array, float]:
        """Return the coefficients of −div(μ X[μ]) and the power."""
        return self.motion(coefficients)[:2]

    def power(self, coefficients: Array) -> float:
        """Return the power alone."""
        return self.motion(coefficients)[1]

    def pulled(self, coefficients: Array) -> Array | None:  # noqa: ARG002
        """Return the coefficients of −div(μF); None where the power is what the energy gains, as that of a gradient."""
        return None

    @abstractmethod
    def energy(self, coefficients: Array) -> float:
        """Return E = Σ_h ½ ∬ W_h(<Q_h x, K_h y>) dμ dμ, W' = g; e^{βt} has W = e^{βt}/β, at β = 0 W = t."""

    @abstractmethod
    def partition_noise(self, coefficients: Array) -> float:
        """Return the relative rounding error of the softmax partition where it is smallest; 0 without softmax."""

    def truncation_change(self, coefficients: Array) -> float:  # noqa: ARG002
        """Return by how much half of the degrees would change the rates of the lowest ones, relatively.

        0 where the spectral tail bounds that, as where quotients are formed at nodes.
        """
        return 0.0

    @property
    def is_delicate(self) -> bool:
        """Whether rounding in high degrees may come back at low ones, which no tail shows.

        No where coefficients are those of orthonormal harmonics, whose errors have the size of rounding.
        """
        return False


class Holding(Attention):
    """Attention whose field of one density can act on others."""

    @abstractmethod
    def held(self, source: Array) -> Callable[[Array], tuple[Array, float]]:
        """Return f ↦ (−div(f X[ν]) in coefficients, ∫ |X[ν]|² f dσ or NaN), X of a source ν."""

    def truncation_change(self, coefficients: Array, source: Array | None = None) -> float:  # noqa: ARG002
        """Return what half of the degrees would change in the field of a source, by default of the density itself."""
        return 0.0
