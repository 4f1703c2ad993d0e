"""Tokens that rotate by themselves, each at a rate of its own: Kuramoto's model on the circle, rotations of the sphere.

Responsible for when order appears, how large it is at rest, and how it gets there at β = 0, where attention is the
coupling of Kuramoto's model, of strength K = 1: θ′ = ω − R sin(θ − ψ). Knows nothing of densities.

**Derived here**, from the theory of Kuramoto's model (Ott, Antonsen, arXiv:0806.0004; Chandra, Girvan, Ott,
arXiv:1806.01314). On the uniform density degree l of tokens of rate ω has c′ = −ilωc + σ_l ∫ c g dω − κl²c, hence
growth at λ with 1 = σ_l ∫ g(ω)/(λ + κl² + ilω) dω. At rest with noise f_n = ρ_n f_{n−1},
ρ_n = (R/2)/(nκ + iω + (R/2) ρ_{n+1}); a law of Lorentz takes the mean of what is analytic in a half-plane at ω = −iΔ.
"""

import math
from collections.abc import Callable

import numpy as np
from scipy.optimize import brentq
from scipy.special import erfcx, roots_legendre

from kinetic.errors import DomainError
from kinetic.theory import many_boosts
from kinetic.theory.domain import increasing_times, normalized_masses, require_between
from kinetic.theory.statement import statement
from kinetic.theory.trajectory import solution_at
from kinetic.types import Array, ArrayLike

SOURCE = "derived here; Kuramoto's model, Ott and Antonsen, arXiv:0806.0004"
_DEEP = 400  # terms of the continued fraction; it is cut where nκ ≫ R
_NODES = 400
_FAR = 9.0  # standard deviations, beyond which a law of Gauss leaves nothing


def _lorentz(z: float, width: float) -> float:
    return 1.0 / (z + width)


def _gauss(z: float, width: float) -> float:
    return math.sqrt(0.5 * math.pi) / width * float(erfcx(z / (math.sqrt(2.0) * width)))


def _uniform(z: float, width: float) -> float:
    return math.atan2(width, z) / width


MEANS: dict[str, Callable[[float, float], float]] = {"lorentz": _lorentz, "gauss": _gauss, "uniform": _uniform}
"""∫ g(ω)/(z + iω) dω, z ≥ 0, for laws about 0 of a width."""


def _require_law(law: str, width: float) -> None:
    if law not in MEANS:
        raise DomainError(f"law {law!r} has no closed form here; allowed: {', '.join(MEANS)}")
    require_between("width", width, 0.0, math.inf)


@statement("derived", SOURCE, "order grows from coupling K_c = 2/(π g(0)) on")
def critical_coupling(law: str, width: float) -> float:
    """Return K_c = 2/(π g(0)), the coupling beyond which R grows on the circle: 2Δ for a law of Lorentz.

    Parameters
    ----------
    law : {"lorentz", "gauss", "uniform"}
    width : float
        Half width at half maximum, standard deviation, half width: > 0, radians per unit of time.
    """
    _require_law(law, width)
    return 2.0 / MEANS[law](0.0, width)


@statement("derived", SOURCE, "degree l grows at λ: 1 = σ_l ∫ g(ω)/(λ + κl² + ilω) dω")
def growth_among_rates(law: str, width: float, degree: int, attention: float, diffusion: float = 0.0) -> float:
    """Return λ of degree l of the uniform density on the circle; NaN where no such degree grows or decays as a whole.

    Parameters
    ----------
    law, width
        As for `critical_coupling`.
    degree : int
        l ≥ 1.
    attention : float
        σ_l without noise and rates.

    **Accuracy** Relative 1e-12 of λ + κl².
    """
    _require_law(law, width)
    spread = degree * width
    if not attention * MEANS[law](0.0, spread) > 1:
        return math.nan
    found = brentq(lambda z: attention * MEANS[law](z, spread) - 1.0, 0.0, attention, xtol=1e-300, rtol=1e-14)
    return float(found) - diffusion * degree**2


@statement("derived", SOURCE, "isotropic axes (d = 3): R grows at λ, 1 = (σ_1/3)(1/z + 2 ∫ g/(z + iω) dω), z = λ + 2κ")
def growth_among_axes(law: str, width: float, attention: float, diffusion: float = 0.0) -> float:
    """Return λ, at which R grows near the uniform density on the sphere, tokens turning about isotropic axes.

    The mean u of all tokens of one Ω obeys u′ = Ω × u − 2κu + σ_1 E u. At e^{λt} the mean over all axes a of
    (z − ωa×)⁻¹ is the third of its trace, 1/z along a and 1/(z ∓ iω) across it. For fast rotation λ = σ_1/3 − 2κ.

    Parameters
    ----------
    law, width
        As for `critical_coupling`, about 0.
    attention : float
        σ_1 > 0 without noise and rates.

    **Accuracy** Relative 1e-12 of λ + 2κ.
    """
    _require_law(law, width)
    require_between("attention", attention, 0.0, math.inf)
    third = attention / 3.0
    found = brentq(
        lambda z: third * (1.0 / z + 2.0 * MEANS[law](z, width)) - 1.0,
        0.5 * third,
        4.0 * third,
        xtol=1e-300,
        rtol=1e-14,
    )
    return float(found) - 2.0 * diffusion


@statement("theorem", "Ott and Antonsen, arXiv:0806.0004", "R′ = (½ − Δ)R − R³/2 (law of Lorentz)")
def lorentz_order(start: float, width: float, times: ArrayLike) -> Array:
    """Return R(t) of Poisson densities, the same for all rates, under a law of Lorentz at coupling 1.

    Parameters
    ----------
    start : float
        R(0) in (0, 1).
    width : float
        Δ ≥ 0.

    Returns
    -------
    ndarray, shape (n,)
        R² = 2a/(1 + (2a/R_0² − 1)e^{−2at}), a = ½ − Δ; it tends to √(1 − 2Δ).
    """
    require_between("start", start, 0.0, 1.0)
    t = increasing_times(times)
    a = 0.5 - width
    decayed = -np.expm1(-2 * a * t) / (2 * a) if a else t
    return np.asarray(np.sqrt(1.0 / (np.exp(-2 * a * t) / start**2 + decayed)))


@statement("theorem", "Ott and Antonsen, arXiv:0806.0004", "a′ = iωa + (H − H̄a²)/2, H = ∫ a g dω")
def poisson_order(start: float, rates: ArrayLike, weights: ArrayLike, times: ArrayLike) -> Array:
    """Return R(t) at coupling 1 of finitely many rates, Poisson densities of radius |a| at all times.

    Parameters
    ----------
    start : float
        a(0) in (0, 1), the same for all rates.
    rates, weights : array_like, shape (n,)
    """
    require_between("start", start, 0.0, 1.0)
    omega = np.asarray(rates, dtype=np.float64)
    shares = normalized_masses(weights, omega.size)

    def rate(_: float, state: Array) -> Array:
        a = state.view(complex)
        mean = shares @ a
        return np.asarray(1j * omega * a + 0.5 * (mean - np.conj(mean) * a * a)).view(float)

    found = solution_at(rate, np.full(omega.size, start + 0j).view(float), increasing_times(times), absolute=1e-12)
    return np.asarray(np.abs(found.view(complex) @ shares))


@statement("derived", SOURCE, "R at rest on the circle: R = ∫ f_1 g dω (no noise: √(1 − 2Δ))")
def order_at_rest(law: str, width: float, diffusion: float = 0.0) -> float:
    """Return R of the ordered state at coupling 1; 0 where there is none.

    Without noise tokens with |ω| < R are locked: R = R ∫ cos²θ g(R sin θ) dθ over |θ| < π/2.

    Parameters
    ----------
    law, width
        As for `critical_coupling`.

    **Accuracy** 1e-10.
    """
    _require_law(law, width)
    share = _locked(law, width) if diffusion == 0 else _with_noise(law, width, diffusion)
    smallest = 1e-9
    if not share(smallest) > 1:
        return 0.0
    return 1.0 if share(1.0) >= 1 else float(brentq(lambda order: share(order) - 1.0, smallest, 1.0, xtol=1e-14))


def _locked(law: str, width: float) -> Callable[[float], float]:
    """Return R ↦ ∫ cos²θ g(R sin θ) dθ."""
    x, w = roots_legendre(_NODES)
    density: dict[str, Callable[[Array], Array]] = {
        "lorentz": lambda rate: width / np.pi / (rate**2 + width**2),
        "gauss": lambda rate: np.exp(-0.5 * (rate / width) ** 2) / (math.sqrt(2 * math.pi) * width),
        "uniform": lambda rate: np.full_like(rate, 0.5 / width),
    }

    def share(order: float) -> float:
        largest = math.asin(min(1.0, width / order)) if law == "uniform" else 0.5 * math.pi
        theta = largest * x
        return float(largest * w @ (np.cos(theta) ** 2 * density[law](order * np.sin(theta))))

    return share


def _with_noise(law: str, width: float, diffusion: float) -> Callable[[float], float]:
    """Return R ↦ ∫ ρ_1 g dω/R."""
    if law == "lorentz":
        rates, weights = np.array([-1j * width]), np.ones(1)
    else:  # what changes over κ near ω = 0 is smooth in u, ω = κ sinh u
        x, w = roots_legendre(_NODES)
        last = math.asinh((1.0 if law == "uniform" else _FAR) * width / diffusion)
        u = 0.5 * last * (x + 1)
        rates = diffusion * np.sinh(u) + 0j
        weights = w * np.cosh(u) * (1.0 if law == "uniform" else np.exp(-0.5 * (rates.real / width) ** 2))
        weights = weights / weights.sum()

    def share(order: float) -> float:
        ratio = np.zeros_like(rates)
        for n in range(_DEEP, 0, -1):
            ratio = 0.5 * order / (n * diffusion + 1j * rates + 0.5 * order * ratio)
        return float(np.real(weights @ ratio)) / order

    return share


@statement(
    "derived",
    "derived here; rotations in d = 3, Chandra, Girvan, Ott, arXiv:1806.01314",
    "R at rest, isotropic axes (d = 3): R² = E s; R → 1/2 for fast rotation",
)
def order_among_axes(rates: ArrayLike, weights: ArrayLike) -> Array:
    """Return every R at rest on the sphere at coupling 1, tokens turning about isotropic axes at given rates.

    Under a mean m that stays, all tokens of Ω = ωa go to the point x with m + Ω × x = s x, s = <m,x> > 0, hence
    s⁴ + s²(ω² − R²) − ω²R²c² = 0, c = <a,m>/R, uniform on [−1, 1]; the mean of all is m if R² = ∫ s g dω dc. For
    ω ≫ R they end at the end of their axis on the mean's side, s = R|c|, and R = 1/2.

    Parameters
    ----------
    rates, weights : array_like, shape (n,)
        ω, radians per unit of time, and their shares.

    Returns
    -------
    ndarray
        In [1/2, 1], ascending: the roots of R² = ∫ s that some hundred values of R bracket. Whether these states are
        stable is not told.

    **Accuracy** 1e-6 where rates are near R, else 1e-12.
    """
    omega = np.asarray(rates, dtype=np.float64)
    shares = normalized_masses(weights, omega.size)
    node, weight = roots_legendre(_NODES)
    cosine, weight = 0.25 * (1 + node) ** 2, 0.5 * (1 + node) * weight  # c = u²: s rises as √c where ω = R

    def excess(order: float) -> float:
        gap, product = order**2 - omega[:, None] ** 2, 2 * order * omega[:, None] * cosine
        both = np.abs(gap) + np.hypot(gap, product)
        with np.errstate(invalid="ignore"):
            square = np.where(gap > 0, 0.5 * both, 0.5 * np.where(both > 0, product**2 / both, 0.0))
        return float(shares @ np.sqrt(square) @ weight) / order - order

    grid = np.linspace(0.5 - 1e-9, 1.0 + 1e-9, 251)
    values = np.array([excess(order) for order in grid])
    found = np.flatnonzero((values[1:] > 0) != (values[:-1] > 0))
    return np.array([brentq(excess, grid[i], grid[i + 1], xtol=1e-14) for i in found])


@statement("derived", SOURCE, "β = 0: tokens of each rate are moved by a boost and a rotation")
def turning_means(points: ArrayLike, masses: ArrayLike, spins: Array, weights: ArrayLike, times: ArrayLike) -> Array:
    """Return the mean of all tokens at β = 0, shape (k, d).

    x′ = m − <m,x>x + Ωx is a field of the Möbius group for every Ω, so that tokens of one Ω are the image of the
    initial measure under one boost and one rotation.

    Parameters
    ----------
    points, masses : array_like, shapes (p, d) and (p,)
        The initial measure, the same for all Ω.
    spins : ndarray, shape (n, d, d)
        Ω.
    weights : array_like, shape (n,)
        Shares of the tokens.

    **Accuracy** 1e-11 for the measure given.
    """
    x = np.asarray(points, dtype=np.float64)
    shares, cloud = normalized_masses(weights, len(spins)), normalized_masses(masses, len(x))
    d = x.shape[1]

    def mean(momenta: Array, turns: Array) -> Array:
        return np.asarray(shares @ many_boosts.moved_means(momenta, turns, x, cloud))

    def rates(_: float, packed: Array) -> Array:
        momenta, turns = many_boosts.split(packed, d)
        drifts = np.broadcast_to(mean(momenta, turns), momenta.shape)
        return many_boosts.driven(momenta, turns, drifts, spins)

    found = solution_at(rates, many_boosts.at_rest(len(spins), d), increasing_times(times))
    return np.array([mean(*many_boosts.split(packed, d)) for packed in found])
