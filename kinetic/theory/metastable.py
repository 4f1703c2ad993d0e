"""Several Dirac masses that wait: their contraction, the separatrices between them, what comes after.

Responsible for what follows from the field of atoms, X(x) = P_x Σ_j m_j e^{β<x, a_j>} a_j, over Σ_j m_j e^{β<x, a_j>}
with softmax. Knows nothing of how clusters form.

**Derived here** (setting of Geshkovski, Koubbi, Polyanskiy, Rigollet, arXiv:2410.06833, and of Bruno, Pasqualotto,
Agazzi, arXiv:2509.25040). Around an atom the field contracts at the rate λ_c = −X'. Of the mass between two atoms a
share e^{−λ_sep t} is left at the point that repels, λ_sep = X' there, and each token of it takes a time ln(1/r)/λ_c
to come within r: the mean square of a cluster's angles falls at min(λ_sep, 2 λ_c). On the sphere what separates two
clusters is a curve, along which tokens go to a saddle; what is left beside it falls as e^{−λ_sep t} with the saddle's
one positive exponent, and what is left about a source with the sum of its two. λ_c is then that of the direction in
which a cluster contracts least.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from kinetic.errors import DomainError
from kinetic.theory.critical import critical_points, exponents
from kinetic.theory.domain import (
    normalized_masses,
    require_between,
    require_finite,
    require_normalization,
)
from kinetic.theory.statement import statement
from kinetic.types import Array, ArrayLike, Normalization

SOURCE = "derived here; setting of arXiv:2410.06833 and arXiv:2509.25040"
_SCAN = 401
_SAME = 1e-6
_AROUND, _NUDGE, _SHIFTS = 16, 1e-3, 2000
OPEN_ANGLE = 2.0 * math.pi / 3.0
"""Gap of the last pair above which unnormalised attention empties the far side while it waits: cos φ + cos(φ/2) < 0."""


@statement("derived", SOURCE, "contraction of each of several atoms, and escape between them")
def circle_rates(
    angles: ArrayLike, masses: ArrayLike, beta: float, normalization: Normalization
) -> tuple[Array, Array]:
    """Return λ_c of every atom of the circle, and λ_sep of the separatrix behind it.

    Parameters
    ----------
    angles : array_like, shape (n,)
        Radians, ascending within one turn; n ≥ 2.
    masses : array_like, shape (n,)
        Non-negative; they are scaled to sum one.

    Returns
    -------
    contraction, separatrix : ndarray, shape (n,)
        separatrix[j] lies between atom j and the next one, the last between the last atom and the first; NaN where the
        two do not attract, so that nothing separates them.

    **Accuracy** 1e-12, relatively.
    """
    a, m = np.asarray(angles, dtype=np.float64), normalized_masses(masses, np.size(angles))
    require_finite("beta", beta)
    require_normalization(normalization)
    if a.size < 2 or np.any(np.diff(a) <= 0) or a[-1] - a[0] >= 2 * math.pi:
        raise DomainError(f"angles {a!r} are not possible; allowed: two or more, ascending within one turn")

    field = _field_of(a, m, beta, normalization)
    contraction = np.array([-field(float(angle))[1] for angle in a])
    ends = np.append(a[1:], a[0] + 2 * math.pi)
    separatrix = np.array([_between(field, float(low), float(high)) for low, high in zip(a, ends, strict=True)])
    return contraction, separatrix


def _field_of(
    angles: Array, masses: Array, beta: float, normalization: Normalization
) -> Callable[[float], tuple[float, float]]:
    """Return X and X' of atoms of the circle, as a function of the angle."""

    def field(theta: float) -> tuple[float, float]:
        apart = angles - theta
        cosine, sine = np.cos(apart), np.sin(apart)
        top = beta * cosine.max() if beta > 0 else beta * cosine.min()
        weights = masses * np.exp(beta * cosine - (top if normalization == "softmax" else 0.0))
        pull, bend = float(weights @ sine), float(weights @ (beta * sine**2 - cosine))
        if normalization == "none":
            return pull, bend
        total = float(weights.sum())
        return pull / total, bend / total - beta * (pull / total) ** 2

    return field


def _between(field: Callable[[float], tuple[float, float]], low: float, high: float) -> float:
    """Return X' where X rises through zero between two atoms, NaN where it does not; atoms themselves may move."""
    scan = np.linspace(low, high, _SCAN)[1:-1]
    values = np.array([field(float(theta))[0] for theta in scan])
    rises = np.flatnonzero((values[:-1] < 0) & (values[1:] >= 0))
    if rises.size == 0:
        return math.nan
    ends = float(scan[rises[0]]), float(scan[rises[0] + 1])
    return float(field(float(brentq(lambda theta: field(theta)[0], *ends, xtol=1e-15, rtol=1e-15)))[1])


@statement("derived", SOURCE, "contraction of each of several atoms of S², and escape beside it")
def sphere_rates(
    places: ArrayLike, masses: ArrayLike, beta: float, normalization: Normalization
) -> tuple[Array, Array]:
    """Return λ_c of every atom of the sphere, and the least λ_sep of the saddles and sources beside it.

    Parameters
    ----------
    places : array_like, shape (n, 3)
        Unit vectors, n ≥ 2.
    masses : array_like, shape (n,)
        Non-negative; they are scaled to sum one.
    beta : float
        Positive.

    Returns
    -------
    contraction, separatrix : ndarray, shape (n,)
        separatrix[j] is NaN where atom j does not attract alone, or where the numbers of maxima, saddles and minima of
        the potential do not add up to 2, so that some have been missed.

    **Accuracy** 1e-10, relatively.
    """
    a, m = np.asarray(places, dtype=np.float64), normalized_masses(masses, len(np.atleast_2d(places)))
    require_between("beta", beta, 0.0, math.inf)
    require_normalization(normalization)
    if a.ndim != 2 or a.shape[1] != 3 or len(a) < 2 or not np.allclose(np.linalg.norm(a, axis=1), 1.0, atol=1e-9):
        raise DomainError(
            f"places of shape {a.shape} are not possible; allowed: two or more unit vectors, shape (n, 3)"
        )

    atoms = _Atoms(a, m, beta)
    critical = critical_points(atoms)
    scale = atoms.weight if normalization == "none" else lambda x: np.ones(len(x))
    contraction = -exponents(atoms, a)[0][:, 1] * scale(a)
    rates, axes = exponents(atoms, critical)
    rates = rates * scale(critical)[:, None]
    rising = np.count_nonzero(rates > 0, axis=1)
    separatrix = np.full(len(a), math.nan)
    if np.sum(rising != 1) - np.sum(rising == 1) != 2:
        return contraction, separatrix
    turns = 2.0 * math.pi * np.arange(_AROUND) / _AROUND
    for k in np.flatnonzero(rising):
        saddle = rising[k] == 1
        angles = np.array([0.5, 1.5]) * math.pi if saddle else turns
        around = np.outer(np.cos(angles), axes[k, :, 0]) + np.outer(np.sin(angles), axes[k, :, 1])
        leaving = float(rates[k, 1] if saddle else rates[k].sum())
        for atom in np.unique(atoms.gathering(critical[k] + _NUDGE * around)):
            separatrix[atom] = np.fmin(separatrix[atom], leaving)
    return contraction, separatrix


@dataclass(frozen=True, eq=False)
class _Atoms:
    """Atoms of the sphere and X of softmax, the gradient of ln Σ m e^{β<x, a>}/β."""

    places: Array
    masses: Array
    beta: float

    def weight(self, x: Array) -> Array:
        """Return Σ m e^{β<x, a>}."""
        return np.asarray(np.exp(self.beta * (x @ self.places.T)) @ self.masses)

    def field(self, x: Array) -> tuple[Array, Array]:
        """Return X and its derivative along the sphere, shapes (q, 3) and (q, 3, 3)."""
        cosine = x @ self.places.T
        weights = self.masses * np.exp(self.beta * (cosine - cosine.max(axis=1, keepdims=True)))
        p = weights / weights.sum(axis=1, keepdims=True)
        mean = p @ self.places
        across = np.eye(3) - x[:, :, None] * x[:, None, :]
        spread = np.einsum("qj,ji,jk->qik", p, self.places, self.places) - mean[:, :, None] * mean[:, None, :]
        bend = across @ (self.beta * spread) @ across - np.vecdot(x, mean)[:, None, None] * across
        return np.einsum("qij,qj->qi", across, mean), bend

    def gathering(self, x: Array) -> Array:
        """Return the atom that tokens from each point come to."""
        for _ in range(_SHIFTS):
            moved = (self.masses * np.exp(self.beta * (x @ self.places.T - 1.0))) @ self.places
            moved /= np.linalg.norm(moved, axis=1, keepdims=True)
            still = float(np.abs(moved - x).max(initial=0.0))
            x = moved
            if still < _SAME:
                break
        return np.asarray(np.argmax(x @ self.places.T, axis=1))


@statement("derived", SOURCE, "even data: spread² ~ e^{−κt}, κ = min(β, 2 tanh β) (SA)")
def even_exponents(beta: float, normalization: Normalization) -> tuple[float, float]:
    """Return λ_sep and 2 λ_c of two equal opposite clusters, in any dimension; the lesser one is κ.

    At an angle θ from e the field of ½(δ_e + δ_−e) is −sin θ tanh(β cos θ) (softmax) or −sin θ sinh(β cos θ): λ_sep = β
    at the equator for both, λ_c = tanh β or sinh β. κ = min(β, 2 tanh β), and β < 2 sinh β without softmax. With the
    kernel e^{β(t − 1)}, whose unit of time is e^β times as long, the latter are βe^{−β} and 1 − e^{−2β}.

    Parameters
    ----------
    beta : float
        Positive.
    """
    require_between("beta", beta, 0.0, math.inf)
    require_normalization(normalization)
    return beta, 2.0 * (math.tanh(beta) if normalization == "softmax" else math.sinh(beta))


@statement("derived", SOURCE, "K equal clusters at equal angles narrow at min(λ_sep, 2 λ_c)")
def fold_exponents(count: int, beta: float, normalization: Normalization) -> tuple[float, float]:
    """Return λ_sep and 2 λ_c of K equal clusters at equal angles of the circle; the lesser one is κ.

    λ_c = −X' at a cluster; λ_sep = X' half-way between two, where X vanishes by symmetry.

    Parameters
    ----------
    count : int
        K ≥ 2.

    Returns
    -------
    tuple of float
        The first NaN where the point half-way attracts, so that nothing separates the two.
    """
    if count < 2:
        raise DomainError(f"{count} clusters are not possible; allowed: two or more")
    require_finite("beta", beta)
    require_normalization(normalization)
    angles = np.linspace(0.0, 2.0 * math.pi, count, endpoint=False)
    field = _field_of(angles, np.full(count, 1.0 / count), beta, normalization)
    repels = field(math.pi / count)[1]
    return repels if repels > 0 else math.nan, -2.0 * field(0.0)[1]


@statement("derived", SOURCE, "1 − R falls as particles do after a long wait")
def rate_after_merger(d: int, beta: float, gap: float, normalization: Normalization) -> float:
    """Return the rate of 1 − R after the last pair, at an angle `gap` while it waited, has merged.

    While the pair waits, the far side empties: with softmax by a factor e^{−Λ}, Λ ~ e^{β(1 − cos φ)}, so that 1 − R
    falls at the particles' rate 2 λ_c = 2 until it meets what is left there. Without softmax Λ ~ e^{−β(cos φ +
    cos(φ/2))}, large above 120° alone: 2 e^β there, and the density's own rate min((d−1)e^{−β}, 2e^β) below.

    Parameters
    ----------
    beta : float
        Positive.
    gap : float
        Radians.
    """
    require_between("beta", beta, 0.0, math.inf)
    require_between("gap", gap, 0.0, math.nextafter(math.pi, 4.0))
    require_normalization(normalization)
    if normalization == "softmax":
        return 2.0
    particles = 2.0 * math.exp(beta)
    return particles if gap > OPEN_ANGLE else min((d - 1) * math.exp(-beta), particles)
