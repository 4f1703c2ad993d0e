"""What is measured on a series, and how far each number can be trusted.

Everything here sees one density at one time. Quantities that vanish at a Dirac mass are sums of non-negative terms
(1 − M_l², θ²), never differences of nearly equal numbers, except 1 − R, which a harmonic series does not carry better
than its mean; what such a series cannot tell is NaN.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.special import zeta

from kinetic.density.series import Density
from kinetic.kernels import Kernel
from kinetic.observables import View
from kinetic.spaces.space import tail_degree
from kinetic.spaces.zonal import MOMENT_DIMENSION
from kinetic.special import laplace_eigenvalues, log_harmonic_dimensions
from kinetic.types import Array

_LEFT_OUT = 1e-14  # share of an entropy that fewer nodes may miss, as estimated; 5e-14 was the most (softmax_sphere)
_TRUSTED = 1e-6  # a number is given where rounding and truncation are below this share of it, else NaN


def spectral_tail(density: Density, *kernels: Kernel) -> float:
    """Return the share of Σ_l S_l in the top tenth of the degrees, S_l = Σ_m ρ_lm².

    For zonal densities in dimension above 8 the orthonormal coefficients say nothing about what the drift feels. There
    it is the larger of two: that share with S_l = (l(l+d−2)/(2l+d−2) M_l)², the normalised moment as it enters the
    motion of the moments; and the share of the pairs with j + k in the top tenth or beyond in Σ_j Σ_k e_j e_k,
    e_l = |g_l| N_l M_l² the energy of degree l. The power is a sum over such pairs of ∫ P_j P_k dμ, for which, where d
    is large, the moment of degree j + k is needed: with large β the kernel has more weight there than the moments have
    lost. Of several heads, each has its own share, and the largest counts: the drift is a sum over heads, and no head
    is to be less resolved than one that would act alone. With softmax the kernels of two heads do not meet in one pair.
    """
    space = density.space
    top = _top_share(degree_sizes(density))
    if space.dimension > MOMENT_DIMENSION:
        with np.errstate(divide="ignore"):
            shares = np.log(density.powers)
        return max(top, *(_pair_share(_log_potentials(kernel, space.degree) + shares) for kernel in kernels), 0.0)
    return top


def degree_sizes(density: Density) -> Array:
    """Return S_l of `spectral_tail`, l = 0 … L."""
    space = density.space
    if space.dimension > MOMENT_DIMENSION:
        degrees = np.arange(1.0, space.degree + 1)
        climb = laplace_eigenvalues(space.degree, space.dimension)[1:] / (2 * degrees + space.dimension - 2)
        return np.concatenate([[1.0], climb * climb]) * density.powers
    return np.asarray(np.exp(log_harmonic_dimensions(space.degree, space.dimension)) * density.powers)


def _top_share(sizes: Array) -> float:
    """Return the share of a sum over degrees that the top tenth of them has.

    Data of a k-fold symmetry have multiples of k alone, of which the top tenth of all degrees may hold none: where most
    of the sum lies on the multiples of some k (l = 0 does not count), the top tenth of these is asked for as well.
    """
    total = float(sizes.sum())
    if not total > 0:
        return 0.0
    parts = [sizes[::k] for k in (1, *_folds(sizes))]
    return max(float(part[tail_degree(part.size - 1) :].sum()) for part in parts) / total


def _folds(sizes: Array) -> list[int]:
    """Return the divisors k > 1 of the largest degree's number whose multiples hold more than half of the sum."""
    if sizes.size < 3:
        return []
    strongest, half = int(np.argmax(sizes[1:])) + 1, 0.5 * float(sizes[1:].sum())
    return [k for k in range(2, strongest + 1) if strongest % k == 0 and float(sizes[k::k].sum()) > half]


def _pair_share(logs: Array) -> float:
    """Return the share of the pairs with j + k in the top tenth of the degrees or beyond, from ln of the levels.

    What the kernel has most of, in high dimension at large β, may be what the density has nothing of.
    """
    levels = np.exp(logs - logs.max())
    pairs = np.convolve(levels, levels)
    return float(pairs[tail_degree(levels.size - 1) :].sum() / pairs.sum())


@lru_cache(maxsize=8)
def _log_potentials(kernel: Kernel, degree: int) -> Array:
    """ln(|g_l| N_l); the constant l = 0 counts as that of the kernel's mean."""
    logs = kernel.log_potential_eigenvalues(degree) + log_harmonic_dimensions(degree, kernel.dimension)
    with np.errstate(divide="ignore"):
        logs[0] = np.log(abs(kernel.potential_mean)) if kernel.potential_mean else logs.max()
    return logs


def order_deficit(density: Density) -> float:
    """Return ∫ (1 − cos θ) dμ = ∫ dμ − R.

    Accuracy
    --------
    1e-15 absolutely, hence 1e-10 of itself for all densities that the harmonic chart resolves, which have 1 − R above
    1e-5. A sum of ρ (1 − cos θ) over nodes is no better: its ρ is known to ε relative to the largest ρ, and the sum to
    2 to 6e-16 (measured at 1 − R = 1e-3 … 1e-5 on circle and sphere, as is the difference).
    """
    return density.mass - float(np.linalg.norm(density.mean))


def energy(density: Density, kernel: Kernel) -> float:
    """Return (1/2β) Σ_l w_l N_l p_l, p_l the mean square of the coefficients of degree l; R²/2 at β = 0."""
    return kernel.energy(density.powers)


def energy_gap(density: Density, kernel: Kernel) -> float:
    """Return E of the Dirac mass minus E: `Kernel.energy_gap` says how accurately."""
    last = kernel.last_degree
    degree = density.space.degree if last is None else kernel.significant_degree(last)
    missing = 1.0 - _powers(density, degree)
    missing[0] = 0.0
    return kernel.energy_gap(missing)


def _powers(density: Density, degree: int) -> Array:
    """p_l, l = 0 … degree, zero beyond the density's own degree."""
    powers = np.zeros(degree + 1)
    known = density.powers[: degree + 1]
    powers[: known.size] = known
    return powers


@lru_cache(maxsize=8)
def _squared_angle_weights(degree: int, dimension: int) -> tuple[Array, Array]:
    """Return ln |a_l N_l| and the signs, θ² = Σ_l a_l N_l P_l(cos θ), l = 0 … degree.

    f = θ² solves (1 − c²) f″ − c f′ = 2 in c = cos θ. With f′ = Σ_l (2l+d−2) ε_l C_l in Gegenbauer's polynomials, the
    recurrences of these give ε_{l+1} = ε_{l−1} l²/(l+d−2)² and, e_l = (d−2)² ε_l,

        a_l N_l = e_{l−1} N_l/(l+d−2)²,   e_0 = −2π (Γ(d/2)/Γ((d−1)/2))²,   e_1 = 2,   a_0 = π²/4 + ψ′(d/2)/2,

    e_0 from the mean of f′ = −2θ/sin θ. No differences: each weight is told relatively, where its integral against
    θ² is lost in high dimension, a_l being far below ∫ |P_l| θ² dσ.
    """
    ratio = math.sqrt(math.pi) / 2 if dimension % 2 else 1 / math.sqrt(math.pi)  # Γ(d/2)/Γ((d−1)/2) at d = 3, 2
    ratio *= math.prod(n / (n - 1) for n in range(2 + dimension % 2, dimension, 2))
    logs = np.zeros(degree + 1)
    logs[0] = math.log(math.pi**2 / 4 + float(zeta(2, dimension / 2)) / 2)
    logs[1::2], logs[2::2] = math.log(2 * math.pi * ratio**2), math.log(2)
    degrees = np.arange(1.0, degree + 1)
    falls = 2 * np.log(degrees / (degrees + dimension - 2))  # of e, two degrees on
    for first in (1, 2):
        logs[first + 2 :: 2] += np.cumsum(falls[first - 1 :: 2])[: logs[first + 2 :: 2].size]
    logs[1:] += log_harmonic_dimensions(degree, dimension)[1:] - 2 * np.log(degrees + dimension - 2)
    signs = np.where(np.arange(degree + 1) % 2 == 0, 1.0, -1.0)
    return logs, signs


def w2_to_dirac(density: Density) -> float:
    """Return (∫ θ² dμ)^{1/2}, θ the angle to the mean direction; NaN where there is none."""
    moments = density.axial_moments
    if moments is None:
        return math.nan
    logs, signs = _squared_angle_weights(density.space.degree, density.space.dimension)
    with np.errstate(over="ignore", divide="ignore"):
        terms = signs * np.sign(moments) * np.exp(logs + np.log(np.abs(moments)))
    return math.sqrt(_trusted_sum(terms))


def log_antipode_density(density: Density) -> float:
    """Return ln ρ(−m/|m|), or NaN where there is no direction or the series does not tell ρ there."""
    moments = density.axial_moments
    if moments is None:
        return math.nan
    with np.errstate(over="ignore", invalid="ignore"):
        terms = np.exp(log_harmonic_dimensions(density.space.degree, density.space.dimension)) * moments
    terms[1::2] *= -1.0
    return math.log(_trusted_sum(terms))


def _trusted_sum(terms: Array) -> float:
    """Return the sum over degrees of a positive quantity, or NaN where rounding or truncation may change it.

    Rounding is bounded by ε·Σ|terms|, truncation estimated by what the top tenth of the degrees adds.
    """
    with np.errstate(invalid="ignore"):  # terms beyond the range of numbers, of both signs
        total, size = float(terms.sum()), float(np.abs(terms).sum())
    beyond = float(np.abs(terms[tail_degree(terms.size - 1) :]).sum())
    doubt = float(np.finfo(float).eps) * size + beyond
    return total if math.isfinite(size) and doubt < _TRUSTED * total else math.nan


def _nodal(density: Density) -> tuple[Array, Callable[[Array], float]] | None:
    """Return ρ at the nodes of a 3/2 grid and its integral, or None where the series does not give ρ."""
    space = density.space
    if space.dimension > MOMENT_DIMENSION:
        public = space.to_public(density.native)
        with np.errstate(over="ignore", invalid="ignore"):
            share = np.sum(public[tail_degree(space.degree) :] ** 2) / np.sum(public**2)
        if not share < 1e-12:
            return None
    grid = space.grid(space.degree)
    with np.errstate(over="ignore", invalid="ignore"):  # in high dimension single terms leave the range of doubles
        values = grid.values(density.native)
    return (values, grid.integrate) if np.all(np.isfinite(values)) else None


def value_doubt(density: Density) -> float:
    """Return how far rounding and truncation may move ρ at any point whatever.

    Degree l adds at most N_l √p_l to |ρ| (Cauchy and Schwarz with the addition theorem Σ_m Y_lm² = N_l). Rounding is
    ε times the sum of that over all degrees, truncation is estimated by its sum over the top tenth, as in
    `_trusted_sum`; where the coefficients end in a plateau of noise, that tenth shows its level.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        sizes = np.exp(log_harmonic_dimensions(density.space.degree, density.space.dimension))
        sizes *= np.sqrt(density.powers)
        doubt = float(np.finfo(float).eps * sizes.sum() + sizes[tail_degree(density.space.degree) :].sum())
    return doubt if math.isfinite(doubt) else math.inf


def _log_known(density: Density, smallest: float) -> float:
    """Return ln of the smallest value, NaN where it is not known."""
    return math.log(smallest) if value_doubt(density) < _TRUSTED * smallest else math.nan


def _on_fewer_nodes(density: Density) -> tuple[float, float] | None:
    """Return ∫ ρ ln ρ dσ and the smallest ρ on the 3/2 grid's nodes, None where fewer nodes do not tell them.

    With h what ρ has beyond the degree of the nodes, the integral misses ∫ h ln ρ dσ, at most |h| times what ln ρ has
    there, and the square of the highest coefficients of ρ ln ρ over its size (see `kinetic.spaces.fewer`). Of ln ρ the
    nodes tell the orders 0 alone: all 2l + 1 of the n degrees are taken to be as large as the largest of these.
    """
    space = density.space
    if not space.fewer_nodes:
        return None
    sizes = np.exp(log_harmonic_dimensions(space.degree, space.dimension)) * density.powers
    beyond = np.append(np.sqrt(np.cumsum(sizes[::-1])[::-1]), 0.0)
    for rule in space.fewer_nodes:
        missing, highest = float(beyond[rule.degree + 1]), float(beyond[min(rule.first_of_top, space.degree)])
        if max(missing**2, highest**2 / rule.count) > _LEFT_OUT:
            continue  # ρ ln ρ has no less than ρ itself
        values = rule.grid.values(space.resize(density.native, rule.degree))
        if not float(values.min()) > 0:
            return None
        terms = np.log(values)
        unseen = missing * rule.count * rule.tail(terms)
        terms *= values
        entropy = rule.grid.integrate(terms)
        size = float(np.abs(terms).max())
        if unseen * size + rule.tail(terms) ** 2 < _LEFT_OUT * abs(entropy) * size:
            least = float(values.min())
            # of a minimum that is surely not known none is looked for
            told = value_doubt(density) < 2.0 * _TRUSTED * least
            smallest = rule.smallest(density.native, values) if told else least
            return (entropy, smallest) if smallest > 0 else None
    return None


def entropy_and_minimum(density: Density) -> tuple[float, float]:
    """Return (∫ ρ ln ρ dσ, ln min ρ over the nodes).

    Where ρ undershoots zero, the entropy leaves those nodes out, or is NaN if they would change it by more than 1e-6.
    The minimum is NaN where the series does not tell it (see `value_doubt`).
    """
    found = _on_fewer_nodes(density)
    if found is not None:
        entropy, smallest = found
        return entropy, _log_known(density, smallest)
    nodal = _nodal(density)
    if nodal is None:
        return math.nan, math.nan
    values, integrate = nodal
    smallest = float(values.min())
    if smallest > 0:
        terms = np.log(values)
        terms *= values
        return integrate(terms), _log_known(density, smallest)
    magnitude = np.abs(values)
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(magnitude > 0, magnitude * np.log(magnitude), 0.0)
    undershoot = integrate(np.where(values < 0, np.abs(terms), 0.0))
    return integrate(np.where(values > 0, terms, 0.0)) if undershoot < _TRUSTED else math.nan, math.nan


@dataclass(frozen=True)
class Balance:
    """Observables that depend on a density's motion.

    Parameters
    ----------
    energy, energy_gap : float
    dissipation, work : float
        NaN where they are not defined.
    diffusion : float
        κ.
    """

    energy: float
    energy_gap: float
    dissipation: float
    work: float
    diffusion: float = 0.0


def view_of(density: Density, balance: Balance, kernels: Sequence[Kernel]) -> View:
    """Return what the harmonic chart sees of a density.

    Parameters
    ----------
    density : Density
    balance : Balance
    kernels : sequence of Kernel
        Of the heads, for the spectral tail; circle and sphere do not ask for them.
    """
    entropy, minimum = entropy_and_minimum(density)
    return View(
        mass=density.mass,
        mean=density.mean,
        order_deficit=order_deficit(density),
        energy=balance.energy,
        energy_gap=balance.energy_gap,
        dissipation=balance.dissipation,
        work=balance.work,
        entropy=entropy,
        w2_to_dirac=w2_to_dirac(density),
        log_antipode_density=log_antipode_density(density),
        log_minimum=minimum,
        spectral_tail=spectral_tail(density, *kernels),
        boost=0.0,
        diffusion=balance.diffusion,
    )
