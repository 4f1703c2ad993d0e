"""What is measured on one cluster and its tail: sums over tokens about the pole."""

import math

import numpy as np

from kinetic.mercator.several.density import SeveralDensity
from kinetic.mercator.sphere.field import IdentityHead
from kinetic.mercator.sphere.locating import Finder
from kinetic.mercator.sphere.resolution import spectral_tail
from kinetic.mercator.sphere.tail.chart import log_plane_area
from kinetic.mercator.sphere.tail.state import TailState
from kinetic.observables import View
from kinetic.types import Array


def view_of(state: TailState, attention: IdentityHead) -> View:
    """Return what the chart sees of a state.

    Accuracy
    --------
    order_deficit and energy_gap are relative, however small: sums about the pole of what the tail adds. boost is not
    known, as the cluster is a point.
    """
    tokens, density = state.tokens, SeveralDensity(state.several())
    across = complex(np.sum(tokens.masses * tokens.s * tokens.azimuth))
    away = float(tokens.masses @ tokens.away)
    along = float(tokens.masses.sum()) - away
    power, (level, gap) = attention.balance(tokens)
    antipode = log_antipode_density(state, across, along)
    return View(
        mass=density.mass,
        mean=density.mean,
        order_deficit=away - abs(across) ** 2 / (math.hypot(abs(across), along) + along),
        energy=level,
        energy_gap=gap,
        dissipation=power,
        work=state.work,
        entropy=state.entropy,
        w2_to_dirac=density.w2_to_dirac,
        log_antipode_density=antipode,
        log_minimum=float(np.fmin(state.log_rho.min(initial=math.inf), antipode)),
        spectral_tail=spectral_tail(state.cells),
        boost=math.nan,
    )


def log_antipode_density(state: TailState, across: complex, along: float) -> float:
    """Return ln ρ at minus the direction of a mean, given across the pole and along it: by the cell in W."""
    tilt = across / (math.hypot(abs(across), along) + along)  # tan(Θ/2) e^{iΦ}: −1/Ū in w of the antipode
    size = max(abs(tilt), 1e-300)
    y = np.array([-math.log(size)])
    logs = state.chart.coordinate(y)
    azimuth = np.array([-tilt / size if tilt else 1.0 + 0.0j])
    plane: Array = Finder(state.cells).log_values(-logs, azimuth)
    return float((plane - log_plane_area(logs) - state.chart.log_area(y, logs))[0])
