"""The interaction energy of an identity head, from a density's mean squares by degree."""

import math
from functools import lru_cache

import numpy as np

from kinetic.attention.kernel import ExponentialKernel
from kinetic.special import log_harmonic_dimensions
from kinetic.types import Array


def interaction_energy(kernel: ExponentialKernel, powers: Array) -> float:
    """Return (1/2β) Σ_l w_l N_l p_l; its limit R²/2 at β = 0.

    Parameters
    ----------
    kernel : ExponentialKernel
    powers : Array, shape (L + 1,)
        p_l, the mean square of the coefficients of degree l; p_0 is the square of the mass.
    """
    degree = kernel.significant_degree(powers.size - 1)
    constant = 0.0 if kernel.beta == 0 else 0.5 * math.exp(kernel.log_constant) / kernel.beta
    return constant * float(powers[0]) + float(0.5 * (potential_weights(kernel, degree) @ powers[: degree + 1]))


@lru_cache(maxsize=8)
def potential_weights(kernel: ExponentialKernel, degree: int) -> Array:
    """Return g_l N_l without overflow, l = 0 … degree, with g_0 := 0."""
    logs = kernel.log_potential_eigenvalues(degree) + log_harmonic_dimensions(degree, kernel.dimension)
    return kernel.signs(degree) * (-1.0 if kernel.beta < 0 else 1.0) * np.exp(logs)
