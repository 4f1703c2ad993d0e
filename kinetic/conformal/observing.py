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
    level, gap = spectrum.kernel.energies(*sighting.mean_squares)
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
