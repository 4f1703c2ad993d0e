"""What is measured on a density with several clusters: sums over tokens."""

import math

import numpy as np

from kinetic.mercator.several.cells import Cells
from kinetic.mercator.several.density import SeveralDensity
from kinetic.mercator.several.field import Head
from kinetic.observables import View


def view_of(density: SeveralDensity, head: Head) -> View:
    """Return what the chart sees of a state.

    The entropy is carried along, −∫∫ div X dμ dt from that of the initial density. Of ln ρ at a point only cells know:
    log_minimum is over theirs, log_antipode_density NaN where none of them holds the antipode.

    **Accuracy** order_deficit and w2_to_dirac: rounding of unit vectors, 1e-16 in an angle. energy_gap: 1e-14 of E.
    """
    state, points, masses = density.state, density.points, density.masses
    field = head.field(points, masses)
    level, gap = field.energies(points, masses)
    directed = density.direction is not None
    antipode = float(density.log_values(-density.direction)) if density.direction is not None else math.nan
    least = [float(np.min(cells.logs - cells.log_areas())) for cells in state.cells]
    return View(
        mass=density.mass,
        mean=density.mean,
        order_deficit=density.deficit,
        energy=level,
        energy_gap=gap,
        dissipation=float(masses @ field.at(points).power),
        work=state.work,
        entropy=state.entropy,
        w2_to_dirac=density.w2_to_dirac,
        log_antipode_density=antipode,
        log_minimum=min(least) if least else math.nan,
        spectral_tail=_tail(state.cells),
        boost=-float(masses @ density.mean_latitudes) if directed else math.nan,
    )


def _tail(groups: tuple[Cells, ...]) -> float:
    """Return the share of the two highest degrees of (x, h) in Σ m (1 + Σ a²), by mass of the cells."""
    high = whole = 0.0
    for cells in groups:
        first, second = cells.tails
        high += float(cells.mass @ (first[:, -2] ** 2 + second[:, -2] ** 2))
        whole += float(cells.mass @ (1.0 + first[:, 1] ** 2 + second[:, 1] ** 2))
    return high / whole if whole > 0 else 0.0
