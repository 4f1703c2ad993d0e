"""What is measured on a density with labels: on the mean over labels, and on the density of each."""

import math

import numpy as np

from kinetic.density import Density
from kinetic.density.observing import Balance, energy, energy_gap, view_of
from kinetic.kernels import Kernel
from kinetic.label.density import LabelledDensity
from kinetic.observables import BY_LABEL, LABEL_DEFINITIONS, Observation, row


def observe_labels(density: LabelledDensity, kernel: Kernel, diffusion: float) -> Observation:
    """Return every observable of `DEFINITIONS` for the mean over labels, of `LABEL_DEFINITIONS` for each label.

    Dissipation and work are NaN.
    """
    mean = _observed(Density(density.space, density.native), kernel, diffusion)
    each = [_observed(one, kernel, diffusion) for one in density.each]
    twins = {
        definition.name: np.array([one[definition.name.removesuffix(BY_LABEL)] for one in each])
        for definition in LABEL_DEFINITIONS
    }
    return {**mean, **twins}


def _observed(density: Density, kernel: Kernel, diffusion: float) -> Observation:
    balance = Balance(energy(density, kernel), energy_gap(density, kernel), math.nan, math.nan, diffusion)
    return row(view_of(density, balance, (kernel,)))
