"""What is measured on a density with labels: on the mean over labels, and on the density of each."""

import math

import numpy as np

from kinetic.density import Density
from kinetic.kernels import Kernel
from kinetic.label.density import LabelledDensity
from kinetic.observables import DEFINITIONS, Balance, Definition, energy, energy_gap, observe
from kinetic.problem import Observation

WITHOUT_LABEL = ("dissipation", "work", "boost")
"""Observables of the mean alone: tokens that see some of the others descend no energy, and no frame moves."""

SUFFIX = "_by_label"

LABEL_DEFINITIONS = tuple(
    Definition(f"{given.name}{SUFFIX}", given.units, f"at each label: {given.description}")
    for given in DEFINITIONS
    if given.name not in WITHOUT_LABEL
)
"""The observables of each label, in the order of the record."""


def observe_labels(density: LabelledDensity, kernel: Kernel, diffusion: float) -> Observation:
    """Return every observable of `DEFINITIONS` for the mean over labels, of `LABEL_DEFINITIONS` for each label.

    Dissipation and work are NaN.
    """
    mean = _observed(Density(density.space, density.native), kernel, diffusion)
    each = [_observed(one, kernel, diffusion) for one in density.each]
    twins = {
        definition.name: np.array([one[definition.name.removesuffix(SUFFIX)] for one in each])
        for definition in LABEL_DEFINITIONS
    }
    return {**mean, **twins}


def _observed(density: Density, kernel: Kernel, diffusion: float) -> Observation:
    balance = Balance(energy(density, kernel), energy_gap(density, kernel), math.nan, math.nan, diffusion)
    return dict(observe(density, balance, (kernel,)))
