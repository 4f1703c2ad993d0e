"""What is measured on a density of the circle in the Mercator chart: sums over tokens, none below 0 that vanishes."""

import math

import numpy as np

from kinetic.attention.heads import Head
from kinetic.mercator.circle.density import CircleTokenDensity
from kinetic.mercator.circle.field import CircleField
from kinetic.mercator.resolution import spectral_tail
from kinetic.observables import View
from kinetic.types import ComplexArray


def view_of(
    density: CircleTokenDensity, field: CircleField, sums: ComplexArray, dissipation: float, work: float
) -> View:
    """Return what the chart sees of a state.

    Parameters
    ----------
    density : CircleTokenDensity
    field : CircleField
    sums : ComplexArray
        D_k = ∫ (1 − e^{ikθ}) dμ about p, k = 0 … the field's moment degree.
    dissipation, work : float

    Accuracy
    --------
    order_deficit, w2_to_dirac, and energy_gap for β ≥ 0 have the relative accuracy of the tokens' distances from p,
    however small they are (tests/mercator/test_circle.py). energy_gap is that of one head with Q = K = V = 1, NaN for
    others.
    """
    mesh = density.mesh
    away, cut_masses = density.cut_at_antipode()
    has_direction = density.direction is not None
    level = energy(field, sums, density.mass, density.pole)
    level += field.driven_energy(density.pole + mesh.angles, mesh.masses)
    antipode = density.log_antipode_density
    return View(
        mass=density.mass,
        mean=density.mean,
        order_deficit=float(np.sum(mesh.masses * 2.0 * np.sin(0.5 * (mesh.angles - density.offset)) ** 2)),
        energy=level,
        energy_gap=energy_gap(field.heads, sums, density.mass) if field.neurons is None else math.nan,
        dissipation=dissipation,
        work=work,
        entropy=float(np.sum(mesh.masses * mesh.log_density)),
        w2_to_dirac=math.sqrt(float(cut_masses @ away**2)) if has_direction else math.nan,
        log_antipode_density=antipode if has_direction else math.nan,
        log_minimum=min(float(mesh.log_density.min()), antipode),
        spectral_tail=spectral_tail(mesh),
        boost=mesh.lift,
    )


def energy(field: CircleField, sums: ComplexArray, mass: float, pole: float) -> float:
    """Return Σ_h (1/2β_h) ∬ e^{β_h<Q_h x, K_h y>} dμ dμ; a head with β = 0 contributes ½<Qm, Km>."""
    harmonics = (mass - sums) * np.exp(1j * pole * np.arange(sums.size))
    mean = np.array([harmonics[1].real, harmonics[1].imag])
    total = 0.0
    for head, partition in zip(field.heads, field.partitions(sums, mass, pole), strict=True):
        if head.is_exponential and head.beta == 0:
            total += 0.5 * float(mean @ head.form @ mean)
            continue
        series = np.fft.rfft(partition, norm="forward")[: harmonics.size]
        pairs = (series * harmonics[: series.size]).real
        total += float(2.0 * pairs.sum() - pairs[0]) / (2.0 if not head.is_exponential else 2.0 * head.beta)
    return total


def energy_gap(heads: tuple[Head, ...], sums: ComplexArray, mass: float) -> float:
    """Return E of a Dirac mass minus E, ½ Σ_l g_l N_l (m² − |C_l|²) = ½ Σ_l g_l N_l (2m Re D_l − |D_l|²)."""
    if len(heads) != 1 or not heads[0].is_identity:
        return math.nan
    return heads[0].kernel.energy_gap(2.0 * mass * sums.real - np.abs(sums) ** 2)
