"""How many maxima the field of noise has: Rice's count, on the circle and on the sphere, for any spectrum.

Responsible for the expected number of maxima of a Gaussian function whose law no rotation changes, and for the spectrum
of attention's potential while noise on the uniform density grows linearly. Knows no nonlinear dynamics.

**Derived here** from Rice's formula. With p_l the variance
that degree l contributes at a point:

Circle: maxima are the zeros at which f' falls, as many as f' has zeros at which it rises. f' and f'' are independent at
a point, with variances Σ l² p_l and Σ l⁴ p_l, so that 2π E[max(f'', 0)] × (density of f' at 0) = √(Σ l⁴ p_l/Σ l² p_l).

Sphere: let C(<x, y>) be the covariance, C' and C'' at 1. ∇f has variance C' in each direction and is independent of the
Hessian, which is s I plus a trace-free part: s of variance 2C'' + C', the squared size r² of the trace-free part
exponential of mean 2C''. Of 4π/(2πC') E[(s² − r²) 1_{s < −r}] is left 1 + q/√(3 + 2/q) with q = 2C''/C' =
½ Σ p_l λ_l(λ_l − 2)/Σ p_l λ_l, λ_l = l(l + 1): one maximum for degree one, about λ/(2√3) for one large degree, a
quarter of its critical points.

Noise of white spectrum (p_l in proportion to the number of harmonics of degree l) has the potential with p_l w_l² on
the circle near w_l ∝ e^{−l²/2β}: √(3β/2) maxima, which tend to l_max ~ √(2β) as the fastest degree takes over. On the
sphere both are near β/√3.
"""

import math

import numpy as np

from kinetic.errors import DomainError
from kinetic.theory.bessel import log_eigenvalue
from kinetic.theory.domain import require_normalization
from kinetic.theory.linear_stability import growth_rate
from kinetic.theory.statement import statement
from kinetic.types import Array, ArrayLike, Integers, Normalization

SOURCE = "Rice's formula, derived here"


@statement("derived", SOURCE, "Gaussian noise on the circle has √(Σ l⁴p_l/Σ l²p_l) maxima on average")
def maxima_on_circle(powers: ArrayLike) -> float:
    """Return the expected number of maxima of a Gaussian function on the circle whose law rotations do not change.

    Parameters
    ----------
    powers : array_like, shape (L,)
        p_l ≥ 0, l = 1 … L, the variance that waves of degree l contribute; not all zero. Their scale does not matter,
        nor does it when each realisation is scaled to one size, which moves no maximum.

    **Accuracy** Rounding.
    """
    p = _spectrum(powers)
    squares = np.arange(1.0, p.size + 1.0) ** 2
    return math.sqrt(float(squares**2 @ p) / float(squares @ p))


@statement("derived", SOURCE, "on the sphere it has 1 + q/√(3 + 2/q), q = ½Σpλ(λ−2)/Σpλ")
def maxima_on_sphere(powers: ArrayLike) -> float:
    """Return the expected number of maxima of a Gaussian function on S² whose law rotations do not change.

    Parameters
    ----------
    powers : array_like, shape (L,)
        p_l ≥ 0, l = 1 … L: for independent coefficients of one variance v_l, (2l + 1) v_l.

    **Accuracy** Rounding.
    """
    p = _spectrum(powers)
    degrees = np.arange(1.0, p.size + 1.0)
    eigenvalues = degrees * (degrees + 1.0)
    q = 0.5 * float((eigenvalues * (eigenvalues - 2.0)) @ p) / float(eigenvalues @ p)
    return 1.0 + q / math.sqrt(3.0 + 2.0 / q) if q > 0 else 1.0


@statement(
    "derived", SOURCE, "the potential of growing noise: p_l w_l² e^{2σ_l t}; on the circle √(3β/2) maxima tend to √(2β)"
)
def maxima_of_potential(d: int, beta: float, normalization: Normalization, max_degree: int, time: float) -> float:
    """Return the expected number of maxima of Z, or of the potential, while white noise grows linearly.

    The noise has independent coefficients of one variance up to a degree, `initial.kind = "random"`; degree l has grown
    by e^{σ_l t}, and the kernel multiplies it by w_l.

    Parameters
    ----------
    d : int
        2 or 3.
    beta : float
        β > 0.
    max_degree : int
        Of the noise.

    Raises
    ------
    DomainError
        In other dimensions.
    """
    if d not in (2, 3):
        raise DomainError(f"dimension: received {d}; maxima are counted on the circle and the sphere, 2 and 3")
    require_normalization(normalization)
    powers = potential_powers(d, beta, normalization, max_degree, time)
    return maxima_on_circle(powers) if d == 2 else maxima_on_sphere(powers)


@statement("derived", SOURCE, "degree l of the potential of growing noise: N_l w_l² e^{2σ_l t}")
def potential_powers(d: int, beta: float, normalization: Normalization, max_degree: int, time: float) -> Array:
    """Return p_l w_l² e^{2σ_l t}, l = 1 … max_degree, over the largest of them."""
    degrees = np.arange(1, max_degree + 1)
    count = 2.0 if d == 2 else 2.0 * degrees + 1.0
    weights = np.array([log_eigenvalue(int(l), d, beta) for l in degrees])
    logs = np.log(count) + 2.0 * (weights + _rates(degrees, d, beta, normalization) * time)
    return np.asarray(np.exp(logs - logs.max()))


@statement("derived", SOURCE, "root mean square of ρ − 1 while noise grows linearly")
def linear_size(
    d: int, beta: float, normalization: Normalization, max_degree: int, amplitude: float, time: float
) -> float:
    """Return a·√(mean over harmonics of e^{2σ_l t}), the expected size of ρ − 1: linear while it is far below 1.

    Parameters
    ----------
    d, beta, max_degree
        As for `maxima_of_potential`.
    amplitude : float
        Root mean square a at t = 0.
    """
    degrees = np.arange(1, max_degree + 1)
    count = np.full(degrees.size, 2.0) if d == 2 else 2.0 * degrees + 1.0
    growth = np.exp(2.0 * _rates(degrees, d, beta, normalization) * time)
    return amplitude * math.sqrt(float(count @ growth) / float(count.sum()))


def _rates(degrees: Integers, d: int, beta: float, normalization: Normalization) -> Array:
    return np.array([growth_rate(int(degree), d, beta, normalization) for degree in degrees])


def _spectrum(powers: ArrayLike) -> Array:
    p = np.asarray(powers, dtype=np.float64)
    if p.ndim != 1 or not np.all(np.isfinite(p)) or np.any(p < 0) or not p.sum() > 0:
        raise DomainError(f"powers: received an array of shape {p.shape}; must be finite, ≥ 0 and not all zero")
    return p


@statement("derived", SOURCE, "large β: √(3β/2) maxima of white noise, √(2β) of the fastest degree")
def large_beta_maxima(d: int, beta: ArrayLike) -> tuple[Array, Array]:
    """Return limits of the number of maxima at large β: of white noise at t = 0, and of the fastest degree alone.

    Circle: √(3β/2) and √(2β). Sphere: β/√3 both.

    Parameters
    ----------
    d : int
        2 or 3.
    beta : array_like
    """
    b = np.asarray(beta, dtype=np.float64)
    return (np.sqrt(1.5 * b), np.sqrt(2.0 * b)) if d == 2 else (b / math.sqrt(3.0), b / math.sqrt(3.0))
