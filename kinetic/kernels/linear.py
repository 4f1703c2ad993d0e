"""The linear kernel <x, y>: attention without an exponential. It has degree one, and the field it makes degree two."""

from kinetic.kernels.polynomial import PolynomialKernel


def linear_kernel(dimension: int) -> PolynomialKernel:
    """Return the kernel t of ambient dimension d."""
    return PolynomialKernel((0.0, 1.0), dimension)
