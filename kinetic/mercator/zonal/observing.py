"""What is measured on a density in the Mercator chart: sums over tokens, of non-negative terms where they vanish."""

import math

from kinetic.attention.axisymmetric import AxisymmetricAttention
from kinetic.charts.latitude import polar_angle, versine
from kinetic.charts.material import MaterialMesh
from kinetic.mercator.resolution import spectral_tail
from kinetic.mercator.zonal.density import MercatorDensity
from kinetic.observables import View
from kinetic.types import Array


def view_of(
    density: MercatorDensity, attention: AxisymmetricAttention, deficits: Array, dissipation: float, work: float
) -> View:
    """Return what the chart sees of a state.

    Parameters
    ----------
    density : MercatorDensity
    attention : AxisymmetricAttention
    deficits : Array
        δ_l = ∫ (1 − P_l) dμ about the mean direction, l = 0 … degree.
    dissipation, work : float

    Accuracy
    --------
    order_deficit, w2_to_dirac, and energy_gap for β ≥ 0 have the relative accuracy of the tokens' latitudes, however
    small they are (tests/mercator/test_zonal.py). For β < 0 the energies' sums alternate and lose a factor e^{2|β|}.
    """
    mesh = density.mesh
    masses, y = mesh.masses.ravel(), mesh.y.ravel()
    mean = float(density.mean[0])
    side = 1.0 if mean >= 0 else -1.0
    total = level(attention, mesh, deficits)
    poles = density.log_pole_density
    return View(
        mass=density.mass,
        mean=density.mean,
        order_deficit=float(masses @ versine(side * y)),
        energy=total,
        energy_gap=math.nan if attention.neurons else energy_gap(attention, density.mass, deficits),
        dissipation=dissipation,
        work=work,
        entropy=float(masses @ mesh.log_density.ravel()),
        w2_to_dirac=math.nan if mean == 0 else math.sqrt(float(masses @ polar_angle(side * y) ** 2)),
        log_antipode_density=math.nan if mean == 0 else float(poles[1 if mean > 0 else 0]),
        log_minimum=min(float(mesh.log_density.min()), *(float(p) for p in poles)),
        spectral_tail=spectral_tail(mesh),
        boost=float(-(masses @ y)),
    )


def level(attention: AxisymmetricAttention, mesh: MaterialMesh, deficits: Array) -> float:
    """Return the energy with that of a perceptron."""
    masses = mesh.masses.ravel()
    return energy(attention, float(masses.sum()), deficits) + attention.driven_energy(mesh.y.ravel(), masses)


def energy(attention: AxisymmetricAttention, mass: float, deficits: Array) -> float:
    """Return (1/2β) Σ_l w_l N_l M_l² with M_l = mass − δ_l; R²/2 at β = 0."""
    return attention.kernel.energy((mass - deficits) ** 2)


def energy_gap(attention: AxisymmetricAttention, mass: float, deficits: Array) -> float:
    """Return ½ Σ_l g_l N_l δ_l (2 − δ_l): E of the Dirac mass minus E, of non-negative terms for β ≥ 0."""
    return attention.kernel.energy_gap(deficits * (2.0 * mass - deficits))
