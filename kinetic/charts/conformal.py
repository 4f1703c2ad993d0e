"""The conformal chart: a boost of the sphere as a change of variable, and quadrature that is at home in both variables.

A point y of the *frame* sphere stands for the physical point x = R B_η(y): a boost of rapidity η along the pole e,
then a rotation R. In the Mercator latitude Y = ln tan(Θ/2) of the frame, Θ the angle to e, the boost is a translation:

    tan(θ/2) = e^{−η} tan(Θ/2),    ln tan(θ/2) = Y − η,    azimuth unchanged,
    f = dθ/dΘ = sin θ/sin Θ = cosh Y/cosh(Y − η) = 1/(cosh η + cos Θ sinh η),    dσ(x) = f^{d−1} dσ(y).

At large η a cap of width e^{−η} about e fills the frame, and all the rest of the sphere is squeezed into a cap of that
size about −e. Every formula here keeps its relative accuracy at both poles whatever η is; nothing subtracts from one.
The module knows boosts, rotations and nodes; it knows no densities, transforms or time.
"""

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache

import ducc0
import numpy as np

from kinetic.charts.latitude import log_cosh, sine, versine
from kinetic.types import Array

_CAP_PHASE = 4.0  # L·Ψ at which the bulk of the frame ends and panels graded towards −e begin
_PANEL_NODES = 18  # Gauss nodes of a panel of unit width in Y: analytic in |Im Y| < π/2, and 3·_CAP_PHASE radians
_SMALLEST_RAPIDITY = 1e-9  # below it the direction of the boost is rounding noise


def log_factor(latitude: Array, rapidity: float) -> Array:
    """Return ln f(y) = ln cosh Y − ln cosh(Y − η), f the local magnification dθ/dΘ of the boost."""
    return log_cosh(latitude) - log_cosh(latitude - rapidity)


def rotation_excess(rapidity: float) -> float:
    """Return coth η − 1 = 2/(e^{2η} − 1), regularised where |η| is so small that a direction is noise."""
    return 2.0 / math.expm1(2.0 * _regular(rapidity))


def axis_turn(rapidity: float) -> float:
    """Return 1/sinh η: how fast the axis turns for a unit boost across it, regularised like `rotation_excess`."""
    return 1.0 / math.sinh(_regular(rapidity))


def _regular(rapidity: float) -> float:
    return math.copysign(max(abs(rapidity), _SMALLEST_RAPIDITY), rapidity)


@dataclass(frozen=True)
class FrameMotion:
    """The motion of the frame that a boost b in the frame is: g⁻¹ġ for g = R B_η.

    Derived here. Write g⁻¹ġ as a field on the frame sphere. Along the axis η̇ is the boost field P_y e. A rotation that
    moves the axis at speed u across itself is the field V_u = u<e,x> − e<u,x>; seen in the frame it is

        (B_η)^* V_u = cosh η V_u + sinh η P_y u

    (at ±e: ±e^{±η} u). Boosts b = b_e e + b_⊥ are therefore made by η̇ = b_e and u = b_⊥/sinh η, at the price of a
    rotation coth η V_{b_⊥} in the frame. With r̂ the azimuthal direction of y, φ̂ across it, the whole field is

        ξ_Θ = −b_e sin Θ + (cos Θ + coth η) <b_⊥, r̂>,    ξ_φ = (1 + coth η cos Θ) <b_⊥, φ̂>.

    Parameters
    ----------
    latitude : Array
        Y of the nodes.
    rapidity : float
        η.
    """

    latitude: Array
    rapidity: float

    @cached_property
    def along(self) -> Array:
        """−sin Θ: the meridional part of the boost along the axis."""
        return -sine(self.latitude)

    @cached_property
    def meridional(self) -> Array:
        """cos Θ + coth η, the factor of <b_⊥, r̂>."""
        return versine(-self.latitude) + rotation_excess(self.rapidity)

    @cached_property
    def azimuthal(self) -> Array:
        """1 + coth η cos Θ, the factor of <b_⊥, φ̂>."""
        return versine(-self.latitude) - rotation_excess(self.rapidity) * np.tanh(self.latitude)


@dataclass(frozen=True, eq=False)
class LatitudeRule:
    """Nodes and weights in the frame's latitude, for functions of low degree in either variable.

    ∫ h(Θ) sin^{d−2}Θ dΘ / ∫ sin^{d−2}Θ dΘ ≈ Σ_i w_i h(Θ_i). From e to near −e the nodes are Gauss's in Θ; from there
    panels of unit width in Y, on which functions of θ are as smooth as functions of Θ, reach to where θ is small
    against one seen from −e; a Gauss rule in tan(Ψ/2), Ψ = π − Θ, covers the rest.

    Parameters
    ----------
    latitude : Array
        Y_i, ascending, shape (n,).
    weight : Array
        w_i > 0, of sum one.
    bulk : int
        How many nodes belong to the bulk: the first, or the last if what is squeezed is at e.

    **Accuracy** Rounding for products of trigonometric polynomials in Θ of the degree asked for with polynomials in
    the physical cos θ (tests/charts/test_conformal.py), at every η.
    """

    latitude: Array
    weight: Array
    bulk: int

    @cached_property
    def colatitude(self) -> Array:
        """Θ_i in radians."""
        return 2.0 * np.arctan(np.exp(self.latitude))

    @cached_property
    def sine(self) -> Array:
        """sin Θ_i, relatively accurate."""
        return sine(self.latitude)

    @cached_property
    def cosine(self) -> Array:
        """cos Θ_i."""
        return -np.tanh(self.latitude)


def latitude_rule(
    degree: int, product_degree: int, physical_degree: int, rapidity: float, dimension: int
) -> LatitudeRule:
    """Return nodes for a frame boosted by `rapidity`.

    Parameters
    ----------
    degree : int
        L, which sets where the bulk ends: L·Ψ = 4.
    product_degree : int
        Degree of the trigonometric polynomials in Θ to be integrated (3L for the product of a density, a test function
        and a velocity).
    physical_degree : int
        Degree of the functions of the physical angle.
    rapidity : float
        η; if negative, what is squeezed is at e, and so are the panels. Rules are the same between the values at which
        a panel is added, so that they can be kept.
    dimension : int
        d, of the weight sin^{d−2}Θ.
    """
    panels = max(0, math.ceil(abs(rapidity) + 1.0 - _bulk_end(degree)))
    rule = _mirrored_rule if rapidity < 0 else _rule
    return rule(degree, product_degree, physical_degree, panels, dimension)


def _bulk_end(degree: int) -> float:
    """Y at which the bulk ends."""
    return -math.log(math.tan(0.5 * min(1.0, _CAP_PHASE / (degree + 1))))


@lru_cache(maxsize=16)
def _rule(degree: int, product: int, physical: int, panels: int, dimension: int) -> LatitudeRule:
    start = _bulk_end(degree)
    bulk_y, bulk_log = _bulk(start, product + physical + 6.0 * math.sqrt(dimension), dimension)
    count = _PANEL_NODES + physical // 4
    unit, weights = _gauss(count)
    y = (start + np.arange(panels)[:, None] + unit).reshape(-1)
    panel_log = np.log(np.tile(weights, panels)) - (dimension - 1) * log_cosh(y)
    # the cap: τ = tan(Ψ/2) = e^{−Y}, dY = dτ/τ
    reach = math.exp(-(start + panels))
    cap_y = -np.log(reach * unit)[::-1]
    cap_log = (np.log(reach * weights) - np.log(reach * unit))[::-1] - (dimension - 1) * log_cosh(cap_y)
    logs = np.concatenate([bulk_log, panel_log, cap_log])
    masses = np.exp(logs - logs.max())
    return LatitudeRule(np.concatenate([bulk_y, y, cap_y]), masses / masses.sum(), bulk_y.size)


@lru_cache(maxsize=16)
def _mirrored_rule(degree: int, product: int, physical: int, panels: int, dimension: int) -> LatitudeRule:
    rule = _rule(degree, product, physical, panels, dimension)
    return LatitudeRule(-rule.latitude[::-1], rule.weight[::-1].copy(), rule.bulk)


def _bulk(end: float, degree: float, dimension: int) -> tuple[Array, Array]:
    """Return (Y_i, ln of the weights) of a Gauss rule in Θ from 0 to the end of the bulk.

    On an interval of half-length a, cos kΘ is an entire function of exponential type κ = ka; Gauss's rule of n nodes
    is exact to rounding once 2n − κ exceeds some 12 κ^{1/3} (the width of the Bessel function's turning point).
    """
    half = math.atan(math.exp(end))
    kappa = degree * half
    unit, weights = _gauss(math.ceil(0.5 * kappa + 6.0 * kappa ** (1 / 3)) + 10)
    theta = 2.0 * half * unit
    y = np.log(np.tan(0.5 * theta))
    return y, np.log(2.0 * half * weights) - (dimension - 2) * log_cosh(y)


def _gauss(count: int) -> tuple[Array, Array]:
    """Return Gauss's nodes and weights on [0, 1], the nodes relatively accurate near 0, fast for thousands of them."""
    angle = np.asarray(ducc0.misc.GL_thetas(count))
    weights = np.asarray(ducc0.misc.GL_weights(count, 1))
    return np.sin(0.5 * angle) ** 2, weights / weights.sum()


def into_frame(points: Array, rapidity: float) -> tuple[Array, Array]:
    """Return (y, ln f(y)) of body points x = B_η(y): the inverse of the boost along the last axis.

    With a = 1 − <x,e> and b = 1 + <x,e>, both from squared distances, and f = (a e^η + b e^{−η})/2,

        1 − <y,e> = a e^η/f,    y_⊥ = x_⊥/f.

    Parameters
    ----------
    points : Array
        Unit vectors in the body's coordinates, the pole last, shape (..., d).
    rapidity : float
        η.
    """
    across = points[..., :-1]
    square = np.sum(across * across, axis=-1)
    near = 0.5 * (square + (points[..., -1] - 1.0) ** 2)
    far = 0.5 * (square + (points[..., -1] + 1.0) ** 2)
    factor = 0.5 * (near * math.exp(rapidity) + far * math.exp(-rapidity))
    along = 1.0 - near * math.exp(rapidity) / factor
    return np.concatenate([across / factor[..., None], along[..., None]], axis=-1), np.log(factor)


def out_of_frame(points: Array, rapidity: float) -> tuple[Array, Array]:
    """Return (B_η(y), ln f(y)) of frame points, the pole last: `into_frame` with −η."""
    images, log_inverse = into_frame(points, -rapidity)
    return images, -log_inverse


def barycentric_rapidity(points: Array, masses: Array) -> Array:
    """Return p = sinh(η) n such that the boost −p along n centres the points: their conformal barycentre is g(0).

    Newton's iteration on the hyperbolic ball: the boost b with (I − Σ m y yᵀ) b = Σ m y is taken back from the points
    until their mean vanishes. As Lorentz matrices the boosts multiply; the first column of the product's inverse is
    (cosh η, p).

    Parameters
    ----------
    points : Array
        Unit vectors, shape (n, d).
    masses : Array
        Weights of sum one, shape (n,).

    Returns
    -------
    Array
        p, shape (d,); zero for points of mean zero.
    """
    dimension = points.shape[1]
    product = np.eye(dimension + 1)
    vectors = np.concatenate([np.ones((points.shape[0], 1)), points], axis=1)
    for _ in range(100):
        moved = vectors @ product.T
        images = moved[:, 1:] / moved[:, :1]
        mean = masses @ images
        if float(np.linalg.norm(mean)) < 4 * np.finfo(float).eps:
            break
        matrix = np.eye(dimension) - images.T @ (masses[:, None] * images)
        product = _lorentz(-_limited(np.asarray(np.linalg.solve(matrix, mean), dtype=float))) @ product
    return -product[0, 1:]


def _limited(boost: Array) -> Array:
    """Return a boost of at most unit rapidity in the same direction, so that Newton's steps cannot overshoot."""
    return boost / max(1.0, float(np.linalg.norm(boost)))


def _lorentz(boost: Array) -> Array:
    """Return the Lorentz matrix of a boost of rapidity |b| along b."""
    size = float(np.linalg.norm(boost))
    direction = boost / size if size > 0 else boost
    matrix = np.eye(boost.size + 1)
    matrix[0, 0] = math.cosh(size)
    matrix[0, 1:] = matrix[1:, 0] = math.sinh(size) * direction
    matrix[1:, 1:] += (math.cosh(size) - 1.0) * np.outer(direction, direction)
    return matrix
