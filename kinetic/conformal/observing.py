"""Observables of a density in a boosted frame: sums of non-negative terms, whatever the boost."""

import math

import numpy as np

from kinetic.conformal.sample import Sighting
from kinetic.density import Density
from kinetic.density.observing import spectral_tail, value_doubt
from kinetic.kernels import Spectrum
from kinetic.observables import View
from kinetic.types import Array


def view_of(frame: Density, pose: Array, sighting: Sighting, spectrum: Spectrum, work: float) -> View:
    """Return the view of a state in this chart, which has no noise.

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
    return View(
        mass=frame.mass,
        mean=mean,
        order_deficit=sighting.sample.order_deficit,
        energy=level,
        energy_gap=gap,
        dissipation=sighting.power,
        work=work,
        entropy=sighting.sample.entropy,
        w2_to_dirac=sighting.sample.w2_to_dirac if np.any(mean) else math.nan,
        log_antipode_density=sighting.log_antipode_density if np.any(mean) else math.nan,
        log_minimum=sighting.sample.log_minimum(value_doubt(frame)),
        spectral_tail=spectral_tail(frame, spectrum.kernel),
        boost=abs(float(pose[0])),
    )
