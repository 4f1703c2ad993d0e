"""Kernels: the zonal functions g(<x, y>) with which tokens attend to each other, one file each.

A kernel of one's own is one file, with a class that says its values, eigenvalues and antiderivative, and one line in
`KERNELS`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from kinetic.kernels.exponential import ExponentialKernel
from kinetic.kernels.kernel import Kernel, Spectrum, ZonalFunction
from kinetic.kernels.linear import linear_kernel
from kinetic.kernels.polynomial import PolynomialKernel
from kinetic.kernels.power import PowerKernel
from kinetic.kernels.truncated import truncated_kernel


@dataclass(frozen=True)
class Choice:
    """The kernel that a case chooses.

    Parameters
    ----------
    name : str
        One of `KERNELS`.
    power : float
    coefficients : tuple of float
    cutoff : float
    """

    name: str = "exponential"
    power: float = 1.0
    coefficients: tuple[float, ...] = field(default=())
    cutoff: float = 0.0

    def of(self, beta: float, dimension: int) -> Kernel:
        """Return the kernel of a head in a dimension."""
        return KERNELS[self.name](self, beta, dimension)


KERNELS: dict[str, Callable[[Choice, float, int], Kernel]] = {
    "exponential": lambda _, beta, d: ExponentialKernel(beta, d),
    "linear": lambda _, __, d: linear_kernel(d),
    "power": lambda given, _, d: PowerKernel(given.power, d),
    "polynomial": lambda given, _, d: PolynomialKernel(given.coefficients, d),
    "truncated": lambda given, beta, d: truncated_kernel(beta, given.cutoff, d),
}
"""Every kernel by its name in case files."""

__all__ = [
    "KERNELS",
    "Choice",
    "ExponentialKernel",
    "Kernel",
    "PolynomialKernel",
    "PowerKernel",
    "Spectrum",
    "ZonalFunction",
]
