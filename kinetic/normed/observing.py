"""What is measured on tokens with norms: sums over tokens, of non-negative terms where they vanish."""

import math

import numpy as np

from kinetic.normed.field import TokenSpace
from kinetic.normed.mesh import NormedMesh
from kinetic.normed.radii import extreme_radii
from kinetic.normed.resolution import mean_axis, versines
from kinetic.normed.schemes import Scheme
from kinetic.observables import RADII, View
from kinetic.types import Array

_CREASE_ROUNDS = 10  # a cell of size h across the crease errs by h² of its mass: 4^{−10} of what it was, 1e-10

_NEWTON_STEPS = 8
_BEYOND = 0.1


def view_of(
    mesh: NormedMesh,
    attention: TokenSpace,
    dissipation: float,
    work: float,
    tail: float,
    scheme: Scheme,
) -> View:
    """Return the view of a state in this chart, norms included.

    Parameters
    ----------
    mesh : NormedMesh
    attention : TokenSpace
    dissipation : float
        dE/dt = ∫ <F, ẋ> dμ.
    work : float
        Its integral over time.
    tail : float
        What halving all cells would change: `spectral_tail` of this chart.
    scheme : Scheme

    **Accuracy** ρ at a token is dμ/dξ over dσ/dξ, as long as the map from labels to directions has not folded (tokens
    that pass through the origin fold it): beyond, entropy and smallest density are NaN.
    """
    axis, length = mean_axis(mesh, attention)
    mean = axis * length
    masses = mesh.masses
    gaps = versines(mesh.directions, axis)
    level, gap = attention.energies(mesh.directions.reshape(-1, attention.components), masses.ravel(), axis)
    logs = log_density(mesh, attention)
    known = bool(np.all(np.isfinite(logs)))
    return View(
        mass=float(masses.sum()),
        mean=mean[:1] if attention.space.axisymmetric else mean,  # across the axis it cancels
        order_deficit=float(np.vdot(masses, gaps)) if length else 1.0,
        energy=level,
        energy_gap=gap,
        dissipation=dissipation,
        work=work,
        entropy=float(np.vdot(masses, logs)) if known else math.nan,
        w2_to_dirac=_w2_to_dirac(mesh, axis) if length else math.nan,
        log_antipode_density=log_density_at(mesh, logs, -axis) if known and length else math.nan,
        log_minimum=float(logs.min()) if known else math.nan,
        spectral_tail=tail,
        boost=0.0,
        radii=_norms(mesh, scheme),
    )


def _norms(mesh: NormedMesh, scheme: Scheme) -> dict[str, float]:
    """Return the observables of the norms: one where the scheme keeps them, whatever the length of y in the state."""
    if not scheme.carries_radius:
        return dict.fromkeys(RADII, 1.0) | {"radius_deviation": 0.0}
    mean = float(np.vdot(mesh.masses, mesh.radii))
    deviation = math.sqrt(float(np.vdot(mesh.masses, (mesh.radii - mean) ** 2)))
    smallest, largest = extreme_radii(mesh)
    return dict(zip(RADII, (mean, deviation, math.nan if scheme.divides else smallest, largest), strict=True))


def log_density(mesh: NormedMesh, attention: TokenSpace) -> Array:
    """Return ln ρ at every token, not finite where directions have folded, shape (cells, n)."""
    slopes = np.einsum("aij,cjk->acik", mesh.cell.derivatives, mesh.tokens)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.log(mesh.mass_density) - attention.log_area(mesh.tokens, slopes))


def log_density_at(mesh: NormedMesh, logs: Array, point: Array) -> float:
    """Return ln ρ at a unit vector, by the polynomials of the cell that has the token nearest to it.

    Newton's method for the label ξ at which y(ξ) has no part across the vector; NaN where that leaves the cell by more
    than a tenth of its size.

    Parameters
    ----------
    mesh : NormedMesh
    logs : Array, shape (cells, n)
        ln ρ at the tokens, finite.
    point : Array, shape (components,)
    """
    cell, place = mesh.cell, np.argmin(versines(mesh.directions, point))
    index, node = np.divmod(place, cell.size)
    tokens, label = mesh.tokens[index], cell.points[node].copy()
    across = np.eye(point.size) - np.outer(point, point)
    for _ in range(_NEWTON_STEPS):
        table = cell.tabulate(label)[0]
        slopes = np.stack([across @ (table @ derivative @ tokens) for derivative in cell.derivatives], axis=1)
        label = label - np.linalg.lstsq(slopes, across @ (table @ tokens), rcond=None)[0]
    inside = np.all(np.abs(label - 0.5) < 0.5 + _BEYOND)
    return float(cell.tabulate(label)[0] @ logs[index]) if inside else math.nan


def _w2_to_dirac(mesh: NormedMesh, axis: Array) -> float:
    """Return (∫ θ² dμ)^{1/2}; θ² has a crease at the antipode, around which cells are halved for the occasion."""
    for _ in range(_CREASE_ROUNDS):
        for direction in range(mesh.cell.dimension):
            centers = mesh.directions.mean(axis=1, keepdims=True)
            extent = np.linalg.norm(mesh.directions - centers, axis=-1).max(axis=1)
            near = np.linalg.norm(centers[:, 0] + axis, axis=-1) < 2.0 * extent
            mesh = mesh.split(np.where(near, direction, -1))
    gaps = versines(mesh.directions, axis)
    angles = 2.0 * np.arcsin(np.sqrt(np.minimum(0.5 * gaps, 1.0)))
    return math.sqrt(float(np.vdot(mesh.masses, angles**2)))
