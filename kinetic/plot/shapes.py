"""What figures show of a density, as numbers: profiles about its mean, shares of mass, spectra, maps.

Responsible for asking every kind of density the same questions, and for saying where one has no answer. Knows nothing
of colors and axes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kinetic.charts.latitude import polar_angle
from kinetic.density import Body, Density
from kinetic.errors import DomainError
from kinetic.geometry import colatitude_azimuth, from_angles, on_circle
from kinetic.spaces.zonal import Zonal
from kinetic.special import log_harmonic_dimensions
from kinetic.types import Array

HIGHEST = 1e150
"""Largest value that is drawn, and its reciprocal the smallest: margins of an axis end in the range of numbers."""
_LOW_DIMENSION = 8  # above it multiplicities drown the sizes of degrees
_MOMENTS = 64  # degrees shown of a density that is no finite sum of harmonics
_FINE_DEGREE = 360  # a grid of a quarter degree, finer than a map is printed
_MERIDIANS = 64  # over which a profile of the sphere is averaged
_RISING = 1e-3  # relative rise of a mass that should fall at which it is noise
_FIRST = 0.99  # of the mass, beyond the angle at which a density begins
_LAST = 1e-7  # of the mass, beyond the angle at which a ring ends
_HOLLOW = 0.5  # of the half-mass angle: a density that begins farther away is a ring
_ROOM = 1.3
_ROWS = 180  # rows of a map: a third of a millimetre each in print


@dataclass(frozen=True)
class Spectrum:
    """Size of a density degree by degree, l = 1, 2, ….

    Parameters
    ----------
    amplitudes : Array
    symbol : str
        What an amplitude is, as papers write it.
    title : str
        The same in words.
    """

    amplitudes: Array
    symbol: str
    title: str

    @property
    def degrees(self) -> Array:
        """1 … L."""
        return np.arange(1.0, self.amplitudes.size + 1)


def spectrum(density: Body) -> Spectrum:
    """Return the size of every degree.

    That is the norm of the degree's share in ρ for a series, in the frame's variable for one seen through a boost, and
    |M_l| about the mean direction in high dimension and for densities that are no series but have such a direction.
    """
    seen = density.in_frame
    if seen is None and density.direction is None and not density.axisymmetric:
        sizes = np.exp(log_harmonic_dimensions(_MOMENTS, density.dimension))[1:]
        amplitudes = np.sqrt(density.mean_squares(_MOMENTS)[1:] * sizes)
        return Spectrum(amplitudes, r"$\|\rho_\ell\|_{L^2(\sigma)}$", "Spectrum of the density")
    if seen is not None:
        space = seen.space
        powers = seen.powers[1:]
        if space.dimension > _LOW_DIMENSION:
            return Spectrum(np.sqrt(powers), r"$|M_\ell|$", "Moments of the density")
        sizes = np.exp(log_harmonic_dimensions(space.degree, space.dimension))[1:]
        name, title = (
            (r"\rho", "Spectrum of the density") if seen is density else (r"\nu", "Spectrum in the moving frame")
        )
        return Spectrum(np.sqrt(powers * sizes), rf"$\|{name}_\ell\|_{{L^2(\sigma)}}$", title)
    moments = density.moments(degree=_MOMENTS)
    return Spectrum(np.abs(moments[1:]), r"$|M_\ell|$", "Moments about the mean direction")


def trusted(values: Array) -> Array:
    """Return values on a regular grid with NaN where they do not stand out of noise.

    A truncated series oscillates around what is too small for it: the depth of its negative swings nearby (within a
    fortieth of the grid) is the size of the noise, and values below twenty times that are left out (the
    peak of a noise at a pole is up to that much higher than its swings). An exact zero without swings nearby stays.
    """
    from scipy.ndimage import maximum_filter

    swings = np.maximum(-np.nan_to_num(values, nan=0.0), 0.0)
    depth = maximum_filter(swings, size=[max(3, length // 20) for length in values.shape])
    return np.where((values > 20 * depth) | ((values == 0) & (depth == 0)), values, np.nan)


def axial_profile(density: Body, theta: Array) -> Array:
    """Return ρ averaged around the mean direction, at angles θ to it.

    Raises
    ------
    DomainError
        If there is no mean direction, or the series does not give ρ.
    """
    direction = density.direction
    if direction is None:
        raise DomainError("profile about the mean: this density has no mean direction (R = 0); draw --what density")
    series = density.as_series
    if series is not None:
        space = Zonal(series.space.degree, series.dimension)
        return Density(space, series.moments(direction)).values_at_angle(theta)
    if density.axisymmetric:
        return density.values_at_angle(theta if float(direction[0]) > 0 else np.pi - theta)
    return np.asarray(around_mean(density, theta, _azimuths(density.dimension)).mean(axis=-1))


def shown_profile(density: Body, theta: Array) -> Array:
    """Return ρ averaged around the mean as it is drawn: NaN where there is no mean direction, and in noise.

    Raises
    ------
    DomainError
        Where ρ exceeds 1e150, as it does near a cluster in high dimension.
    """
    if density.direction is None:
        return np.full(theta.size, np.nan)
    with np.errstate(over="ignore", invalid="ignore"):
        values = axial_profile(density, theta)
    require_drawable(values)
    return trusted(np.where(np.abs(values) > 1 / HIGHEST, values, np.nan))


def require_drawable(values: Array) -> None:
    """Raise `DomainError` where ρ exceeds 1e150."""
    if np.any(values > HIGHEST):
        raise DomainError(
            f"density: exceeds {HIGHEST:g}, which no axis can show; the mass beyond an angle and the moments can be "
            "drawn (kinetic plot --what cluster --what spectrum)"
        )


def around_mean(density: Body, theta: Array, azimuth: Array) -> Array:
    """Return ρ of a density of the circle or the sphere at angles θ to its mean direction, shape (θ, azimuths).

    Azimuths are counted from an arbitrary direction; the circle has 0 and π. Where a chart gives values at angles, θ
    may be as small as numbers are, and is counted from the chart's axis (conformal: it differs from the mean direction
    by less than the width of the cluster); elsewhere angles below 1e-16 are all the mean direction itself.
    """
    return np.stack([density.values_at_angle(theta, float(phi)) for phi in azimuth], axis=-1)


def _azimuths(dimension: int) -> Array:
    """Return the azimuths over which a profile is averaged."""
    return np.array([0.0, np.pi]) if dimension == 2 else 2 * np.pi * np.arange(_MERIDIANS) / _MERIDIANS


def circle_values(density: Body, angles: Array) -> Array:
    """Return ρ of a density of the circle at angles."""
    return density.values(on_circle(angles))


def mass_beyond(density: Body) -> tuple[Array, Array]:
    """Return (θ_i, P_i): angles to the mean, ascending, and the mass farther away than each, up to where noise begins.

    Angles are counted from what `density.center` names, as in `around_mean`: of tokens on the circle that is their
    pole, because unequal tails on its two sides keep the mean farther away than the cluster is wide.

    Raises
    ------
    DomainError
        Where the density has no quadrature about its mean.
    """
    y, masses = density.polar_quadrature()
    order = np.argsort(y)
    theta, share = polar_angle(y[order]), masses[order]
    beyond = np.cumsum(share[::-1])[::-1] - 0.5 * share
    noisy = np.append(False, np.diff(beyond) > _RISING * beyond[:-1]) | (
        beyond <= 0
    )  # a mass beyond an angle cannot grow with it
    known = int(np.argmax(noisy)) if noisy.any() else noisy.size
    return theta[:known], beyond[:known]


def cluster_scale(density: Body) -> float:
    """Return the angle around the mean direction within which half of the mass lies."""
    theta, beyond = mass_beyond(density)
    return float(theta[int(np.argmax(~(beyond > 0.5 * beyond[0])))])


def shown_range(densities: Sequence[Body]) -> tuple[float, float]:
    """Return the angles between which the clusters and all that is around them lie, or rings alone.

    Raises
    ------
    DomainError
        Where a density has no quadrature about its mean.
    """
    known = [mass_beyond(density) for density in densities]
    scale = min(cluster_scale(density) for density in densities)
    begin = min(float(theta[np.argmax(beyond < _FIRST * beyond[0])]) for theta, beyond in known)
    if begin < _HOLLOW * scale:
        return min(0.05, scale / 8), np.pi
    end = max(float(theta[beyond > _LAST].max(initial=scale)) for theta, beyond in known)
    return begin / _ROOM, min(_ROOM * end, np.pi)


@dataclass(frozen=True)
class SphereMap:
    """A density of S² on a mesh of quadrangles in an equal-area projection.

    Parameters
    ----------
    x, y : Array, shape (rows + 1, columns + 1)
        Corners, in units of the sphere's radius.
    values : Array, shape (rows, columns)
        ρ in the middle of each.
    """

    x: Array
    y: Array
    values: Array


def sphere_map(density: Body, frame: Array) -> SphereMap:
    """Return a density of S² in Mollweide's equal-area projection.

    Parameters
    ----------
    density : density of any chart
    frame : Array, shape (3, 3)
        Rows: the direction in the middle of the map, that to its right, that at its top.
    """
    rows, columns = _ROWS, 2 * _ROWS
    psi = np.linspace(0.5 * np.pi, -0.5 * np.pi, rows + 1)
    longitude = np.linspace(-np.pi, np.pi, columns + 1)
    x, y = mollweide(psi[:, None], longitude[None, :])
    latitude = auxiliary_latitude(0.5 * (psi[1:] + psi[:-1]))
    between = 0.5 * (longitude[1:] + longitude[:-1])
    points = from_angles(0.5 * np.pi - latitude[:, None], between[None, :]) @ frame
    return SphereMap(x, y, sphere_values(density, points))


def frame_about(center: Array | None) -> Array:
    """Return the frame of a map around a direction, the axis z at the top where it can be; x in the middle if None."""
    if center is None:
        return np.eye(3)
    up = np.array([0.0, 0.0, 1.0]) if abs(center[2]) < 0.99 else np.array([0.0, 1.0, 0.0])
    top = up - (up @ center) * center
    top /= np.linalg.norm(top)
    return np.stack([center, np.cross(top, center), top])


def project(points: Array, frame: Array) -> tuple[Array, Array]:
    """Return where unit vectors lie on a map."""
    seen = points @ frame.T
    psi = auxiliary_angle(np.arcsin(np.clip(seen[..., 2], -1.0, 1.0)))
    return mollweide(psi, np.arctan2(seen[..., 1], seen[..., 0]))


def sphere_values(density: Body, points: Array) -> Array:
    """Return ρ at points of S².

    A series is interpolated with cubic splines from its own regular grid, refined to twice its degree or a quarter
    of a degree, at the cost of one transform; other densities are asked for their values.
    """
    series = density.as_series
    if series is None:
        return density.values(points)
    from scipy.interpolate import RectBivariateSpline

    degree = max(series.space.degree, min(2 * series.space.degree, _FINE_DEGREE))
    _, values = Density(series.space.at_degree(degree), series.space.resize(series.native, degree)).grid()
    theta, phi = colatitude_azimuth(points)
    spline = RectBivariateSpline(
        np.linspace(0.0, np.pi, values.shape[0]), np.linspace(0.0, 2 * np.pi, values.shape[1]), values
    )
    return np.asarray(spline.ev(theta, phi))


def mollweide(psi: Array, longitude: Array) -> tuple[Array, Array]:
    """Return Mollweide's x = (2√2/π) λ cos ψ and y = √2 sin ψ, ψ the auxiliary angle of a latitude, λ in [−π, π]."""
    x = 2 * np.sqrt(2.0) / np.pi * longitude * np.cos(psi)
    return np.asarray(x), np.asarray(np.broadcast_to(np.sqrt(2.0) * np.sin(psi), x.shape))


def auxiliary_latitude(psi: Array) -> Array:
    """Return the latitude φ that the auxiliary angle ψ stands for: π sin φ = 2ψ + sin 2ψ."""
    return np.asarray(np.arcsin(np.clip((2 * psi + np.sin(2 * psi)) / np.pi, -1.0, 1.0)))


def auxiliary_angle(latitude: Array) -> Array:
    """Return ψ of latitudes, the inverse of `auxiliary_latitude`, by interpolation to 1e-6 away from the poles."""
    table = 0.5 * np.pi * np.sin(np.linspace(-0.5 * np.pi, 0.5 * np.pi, 20001))
    return np.asarray(np.interp(latitude, auxiliary_latitude(table), table))
