"""What is measured on a density in the Mercator chart of the sphere: sums over tokens."""

import math

import numpy as np

from kinetic.charts.latitude import versine
from kinetic.mercator_sphere.density import SphereMercatorDensity
from kinetic.mercator_sphere.field import SphereAttention
from kinetic.mercator_sphere.resolution import spectral_tail
from kinetic.mercator_sphere.tables import SphereMoments
from kinetic.problem import Observation
from kinetic.types import Array


def observe(
    density: SphereMercatorDensity,
    attention: SphereAttention,
    moments: SphereMoments,
    dissipation: float,
    work: float,
) -> Observation:
    """Return every observable, as `kinetic.observables.DEFINITIONS` has them.

    Parameters
    ----------
    density : SphereMercatorDensity
    attention : SphereAttention
    moments : SphereMoments
        About the pole.
    dissipation, work : float

    Accuracy
    --------
    order_deficit and w2_to_dirac have the relative accuracy of the tokens' distances to the mean direction, however
    small; energy_gap that of 1 − M_l², summed by orders about the pole (tests/test_mercator_sphere.py). For β < 0 the
    energies' sums alternate and lose a factor e^{2|β|}.
    """
    cells = density.cells
    masses = cells.masses.ravel()
    mean = density.mean
    directed = density.direction is not None
    y = density.mean_latitudes.ravel()
    level, gap = energies(attention, moments)
    antipode = density.log_antipode_density
    return {
        "mass": density.mass,
        "mean": mean,
        "order_parameter": float(np.linalg.norm(mean)),
        "order_deficit": float(masses @ versine(y)) if directed else 1.0,
        "energy": level,
        "energy_gap": gap,
        "free_energy": -level,
        "dissipation": dissipation,
        "work": work,
        "entropy": float(masses @ cells.log_rho.ravel()),
        "w2_to_dirac": density.w2_to_dirac,
        "log_antipode_density": antipode,
        "log_minimum": float(np.fmin(cells.log_rho.min(), antipode)),
        "spectral_tail": spectral_tail(cells),
        "boost": float(-(masses @ y)),
    }


def energies(attention: SphereAttention, moments: SphereMoments) -> tuple[float, float]:
    """Return (E, E of a Dirac mass − E) from E = (1/2β) Σ_l w_l N_l p_l, p_l = M_l0² + 2 Σ_m |M_lm|²; R²/2 at β = 0.

    1 − p_l = δ_l (2 − δ_l) − 2 Σ_m |M_lm|²: every term is of the size of the result where the pole is in the cluster.
    """
    scale = math.exp(attention.log_scale)
    weights = scale * attention.weights[0]
    missing = np.zeros(weights.size)
    known = moments.deficits
    missing[: known.size] = known * (2.0 * moments.mass - known)
    for m, values in enumerate(moments.orders, start=1):
        missing[m : m + values.size] -= 2.0 * np.abs(values) ** 2
    beta = attention.beta
    constant = 0.0 if beta == 0 else 0.5 * math.exp(attention.kernel.log_constant) / beta
    square = moments.mass**2
    parts: Array = weights[1:]
    return (
        constant * square + 0.5 * float(parts @ (square - missing[1:])),
        0.5 * float(parts @ missing[1:]),
    )
