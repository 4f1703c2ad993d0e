"""A value matrix that rotates: the cluster turns for ever, on the circle (Kuramoto and Sakaguchi).

Responsible for one identity kernel e^{β<x,y>} with V = R_a, the rotation by an angle a, in d = 2, beside one cluster.
Knows nothing of how the cluster forms.

**Derived here** (arXiv:2509.25040, Remark 3.6, has the model). A token at angle θ from a Dirac mass moves by

    θ′ = N(θ) sin(a − θ) − N(0) sin a,       N = 1 (softmax), N = e^{β cos θ} (none),

in the frame that turns with the cluster, whose speed is N(0) sin a. It is drawn in at λ_c = N(0) cos a. The other zero
ψ of the right-hand side repels at λ_a: under softmax ψ = 2a − π and λ_a = cos a as well; without normalization ψ solves
e^{β cos ψ} sin(a − ψ) = e^β sin a, and λ_a is the slope there. Both need cos a > 0.
"""

import math
from itertools import pairwise

from scipy.optimize import brentq

from kinetic.errors import DomainError
from kinetic.theory.domain import require_finite, require_normalization
from kinetic.theory.statement import statement
from kinetic.types import Normalization

SOURCE = "derived here; the model of arXiv:2509.25040, Remark 3.6"
_SCAN = 4096


@statement("derived", SOURCE, "V = R_a: the cluster turns at e^β sin a; softmax: sin a")
def turning_speed(beta: float, angle: float, normalization: Normalization) -> float:
    """Return the angular speed of the cluster, radians per unit of time, in the sense of the rotation."""
    _require(beta, angle, normalization)
    return _largest(beta, normalization) * math.sin(angle)


@statement("derived", SOURCE, "V = R_a: where the repelling point stands, seen from the cluster")
def repelling_angle(beta: float, angle: float, normalization: Normalization) -> float:
    """Return ψ: 2a − π under softmax (a > 0), else the zero in (−2π, 0) of e^{β cos ψ} sin(a − ψ) − e^β sin a.

    For a < 0 the mirror image.

    Raises
    ------
    DomainError
        If there are several such zeros, as for large β and a near 90°, or none.
    """
    _require(beta, angle, normalization)
    if angle < 0:
        return -repelling_angle(beta, -angle, normalization)
    if normalization == "softmax":
        return 2.0 * angle - math.pi

    def drift(theta: float) -> float:
        return math.exp(beta * (math.cos(theta) - 1.0)) * math.sin(angle - theta) - math.sin(angle)

    marks = [-2.0 * math.pi * (k + 0.5) / _SCAN for k in range(_SCAN)]
    rising = [(b, a) for a, b in pairwise(marks) if drift(b) < 0.0 <= drift(a)]
    if len(rising) != 1:
        raise DomainError(f"β = {beta:g}, a = {angle:g}: there are {len(rising)} repelling points, not one")
    return float(brentq(drift, *rising[0], xtol=1e-15))


@statement("derived", SOURCE, "V = R_a: 1 − R falls at min(λ_a, 2λ_c); softmax: cos a")
def collapse_rate(beta: float, angle: float, normalization: Normalization) -> float:
    """Return min(λ_a, 2λ_c)."""
    size = _largest(beta, normalization)
    if normalization == "softmax":
        _require(beta, angle, normalization)
        return math.cos(angle)
    psi = repelling_angle(beta, angle, normalization)
    weight = math.exp(beta * math.cos(psi))
    escape = -weight * (beta * math.sin(psi) * math.sin(angle - psi) + math.cos(angle - psi))
    return min(escape, 2.0 * size * math.cos(angle))


def _largest(beta: float, normalization: Normalization) -> float:
    """N(0)."""
    return 1.0 if normalization == "softmax" else math.exp(beta)


def _require(beta: float, angle: float, normalization: Normalization) -> None:
    require_normalization(normalization)
    require_finite("beta", beta)
    if not 0.0 < abs(angle) < 0.5 * math.pi:
        raise DomainError(f"angle {angle:g}: the cluster needs 0 < |a| < π/2")
