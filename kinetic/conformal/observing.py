"""Observables of a density in a boosted frame: sums of non-negative terms, whatever the boost."""

import math

import numpy as np

from kinetic.conformal.sample import Sighting
from kinetic.density import Density
from kinetic.kernels import Spectrum
from kinetic.observables import spectral_tail, value_doubt
from kinetic.problem import Observation
from kinetic.types import Array


def observe(frame: Density, pose: Array, sighting: Sighting, spectrum: Spectrum, work: float) -> Observation:
    """Return every observable of `kinetic.observables.DEFINITIONS`, without noise.

    Parameters
    ----------
    frame : Density
        ν.
    pose : Array
    sighting : Sighting
    spectrum : Spectrum
        Of the kernel of the energy.
    work : float
        ∫ Z |X|² dμ integrated over time.
    """
    mean = sighting.mean
    level, gap = energies(spectrum, *sighting.mean_squares)
    return {
        "mass": frame.mass,
        "mean": float(mean[0]) if mean.size == 1 else mean,
        "order_parameter": float(np.linalg.norm(mean)),
        "order_deficit": sighting.sample.order_deficit,
        "energy": level,
        "energy_gap": gap,
        "free_energy": -level,
        "dissipation": sighting.power,
        "work": work,
        "entropy": sighting.sample.entropy,
        "w2_to_dirac": sighting.sample.w2_to_dirac if np.any(mean) else math.nan,
        "log_antipode_density": sighting.log_antipode_density if np.any(mean) else math.nan,
        "log_minimum": sighting.sample.log_minimum(value_doubt(frame)),
        "spectral_tail": spectral_tail(frame, spectrum.kernel),
        "boost": abs(float(pose[0])),
    }


def energies(spectrum: Spectrum, squares: Array, missing: Array) -> tuple[float, float]:
    """Return (E, E of a Dirac mass − E) = (w_0/2β + ½ Σ g_l N_l p_l, ½ Σ g_l N_l (1 − p_l)), l = 1 … K.

    At β = 0 the constant w_0/2β is left out.

    **Accuracy** Both have non-negative terms for β ≥ 0: E is lost in rounding only where it is ε² of a Dirac mass's.
    For β < 0 they alternate, with relative error ε e^{2|β|}.
    """
    return spectrum.kernel.energy(squares), spectrum.kernel.energy_gap(missing)
