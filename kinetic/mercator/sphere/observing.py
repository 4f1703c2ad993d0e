"""What is measured on a density in the Mercator chart of the sphere: sums over tokens."""

import numpy as np

from kinetic.charts.latitude import versine
from kinetic.mercator.sphere.density import SphereMercatorDensity
from kinetic.mercator.sphere.resolution import spectral_tail
from kinetic.observables import View


def view_of(
    density: SphereMercatorDensity,
    energies: tuple[float, float],
    dissipation: float,
    work: float,
) -> View:
    """Return what the chart sees of a state.

    Parameters
    ----------
    density : SphereMercatorDensity
    energies : (float, float)
        E, and the energy of a Dirac mass less E.
    dissipation, work : float

    Accuracy
    --------
    order_deficit and w2_to_dirac have the relative accuracy of the tokens' distances to the mean direction, however
    small; energy_gap that of 1 − M_l², summed by orders about the pole (tests/mercator/test_sphere.py). For β < 0 the
    energies' sums alternate and lose a factor e^{2|β|}.
    """
    cells = density.cells
    masses = cells.masses.ravel()
    mean = density.mean
    directed = density.direction is not None
    y = density.mean_latitudes.ravel()
    level, gap = energies
    antipode = density.log_antipode_density
    return View(
        mass=density.mass,
        mean=mean,
        order_deficit=float(masses @ versine(y)) if directed else 1.0,
        energy=level,
        energy_gap=gap,
        dissipation=dissipation,
        work=work,
        entropy=float(masses @ cells.log_rho.ravel()),
        w2_to_dirac=density.w2_to_dirac,
        log_antipode_density=antipode,
        log_minimum=float(np.fmin(cells.log_rho.min(), antipode)),
        spectral_tail=spectral_tail(cells),
        boost=float(-(masses @ y)),
    )
