"""Initial densities of the sphere as logarithms at points: what the first cells are laid on."""

from dataclasses import dataclass

from kinetic.density import Body
from kinetic.initial import InitialDensity
from kinetic.mercator.logarithms import VectorLogSum
from kinetic.types import Array, ArrayLike


class InitialSphereLogarithm(VectorLogSum):
    """ln ρ of profiles about any axes, of the uniform density, and of harmonics, at points of the sphere."""

    def __init__(self, density: InitialDensity) -> None:
        super().__init__(density, 3)

    def log_values(self, points: ArrayLike) -> Array:
        """Return ln ρ at unit vectors of shape (…, 3), −∞ where ρ is not positive."""
        return self(points)


@dataclass(frozen=True)
class RecordedSphereLogarithm:
    """ln ρ of a density that a record holds."""

    density: Body

    def log_values(self, points: ArrayLike) -> Array:
        """Return ln ρ at unit vectors of shape (…, 3), NaN where ρ is not positive."""
        return self.density.log_values(points)
