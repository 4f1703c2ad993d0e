"""One right-hand side of the sphere, ours and written by hand, on one density without symmetry."""

import ducc0
import numpy as np

from kinetic.attention.nodal import NodalAttention
from kinetic.initial import Component, InitialDensity, VonMisesFisher
from kinetic.kernels import ExponentialKernel
from kinetic.spaces.sphere import Sphere, threads

AXES = np.array([[0.3, 0.2, 1.0], [1.0, -0.6, 0.1]])
AXES /= np.linalg.norm(AXES, axis=1, keepdims=True)
CONCENTRATIONS = np.array([4.0, 6.0])
UNIFORM = 0.3


def smooth_data(degree):
    """Coefficients of a density without symmetry."""
    components = tuple(Component(VonMisesFisher(k), axis) for k, axis in zip(CONCENTRATIONS, AXES, strict=True))
    return InitialDensity(components, UNIFORM).coefficients(Sphere(degree))


def floor(coefficients, degree, beta):
    """−div(ρ∇G) on the usual 3/2 grid by hand, up to a global sign; returns a function without arguments.

    Synthesis of the density, synthesis of the potential's gradient, product, spin-1 analysis.
    """
    l = np.triu_indices(degree + 1)[1]
    alm = np.sqrt(4 * np.pi) * coefficients.view(complex)[None]
    potential = ExponentialKernel(beta, 3).potential_eigenvalues(degree)[l]
    rings = 3 * (degree + 1) // 2
    size = {"lmax": degree, "geometry": "GL", "nthreads": threads(degree)}
    extent = {"ntheta": rings, "nphi": 2 * rings, **size}
    root = np.sqrt(l * (l + 1.0)) / np.sqrt(4 * np.pi)

    def right_hand_side():
        density = ducc0.sht.synthesis_2d(alm=alm, spin=0, **extent)
        flux = ducc0.sht.synthesis_2d_deriv1(alm=alm * potential, **extent)
        flux *= density
        return root * ducc0.sht.analysis_2d(map=flux, spin=1, **size)[0]

    return right_hand_side


def ours(coefficients, degree, beta, normalization):
    """The same in kinetic; returns a function without arguments."""
    attention = NodalAttention(Sphere(degree), ExponentialKernel(beta, 3), normalization)
    return lambda: attention.transport(coefficients)[0]
