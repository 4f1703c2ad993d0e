"""Where a run in the conformal chart begins: the frame that centres the initial density, and the density in it."""

from dataclasses import dataclass

import numpy as np

from kinetic.charts.conformal import barycentric_rapidity, into_frame, out_of_frame
from kinetic.charts.pose import pointing, to_body, to_space
from kinetic.density import Density
from kinetic.density.observing import degree_sizes, spectral_tail
from kinetic.errors import DomainError
from kinetic.kernels import Kernel
from kinetic.spaces.space import Space
from kinetic.spaces.zonal import MOMENT_DIMENSION
from kinetic.spectrum import Initial
from kinetic.types import Array

_NO_MEAN = 1e-13  # rounding of a sum of masses
_GENERIC = np.sqrt([2.0, 3.0, 5.0])
_TILT = 0.1
_SAME_SPREAD = 1e-6  # of eigenvalues, each a sum of masses: far above its rounding
_FIRST_DEGREE = 16
_ROUNDING = 1e-12  # of sums of squares over the nodes
_LARGEST_STRETCH = 4.6  # e^4.6 = 100
_LARGEST_LAG = 2.3
_SMALLEST_LAG = 0.1
_AFFORDABLE_TAIL = 1e-9  # of half the degrees: amplitudes of 3e-5, 1e-9 for all of them
_SMALLEST_RAPIDITY = 1e-3
"""Rapidity of the frame at least, on circle and sphere.

The pole of a frame turns at the speed b/sinh η, b the boost across the axis that its gauge asks for: where the mean
vanishes b is rounding, some 1e-15, and at η = 1e-8 steps of tolerance 1e-9 followed that noise (fourteen times as many
of them). The gauge keeps ∫ y dν where it is, be that 0 or 1e-3, so that a frame which is a little off its barycentre
serves as well.
"""


@dataclass(frozen=True)
class Start:
    """An initial density and the frame of its conformal barycentre.

    Parameters
    ----------
    physical : Density
        ρ on the physical sphere, expanded to the degree where its series ends in rounding (a needle or a jump, whose
        series does not, is not resolved, which the flow's own tail will say).
    pose : Array
        Of the frame in which ∫ y dν = 0.
    kernel : Kernel
    """

    physical: Density
    pose: Array
    kernel: Kernel

    @classmethod
    def of(cls, space: Space, initial: Initial, kernel: Kernel) -> "Start":
        """Find the frame of the barycentre from the nodes of a quadrature."""
        if space.degree < initial.required:
            raise DomainError(
                f"initial density: received harmonics of degree {initial.required} for a space of degree "
                f"{space.degree}; it must hold them; raise space.degree or space.max_degree"
            )
        at = space.at_degree(initial.reach(space))
        physical = Density(at, initial.coefficients(at))
        grid = physical.space.grid(physical.space.degree)
        points, masses = space.spread(grid.points, grid.values(physical.native) * grid.weights)
        momentum = barycentric_rapidity(points, masses)
        if space.axisymmetric:
            return cls(physical, np.array([float(np.arcsinh(momentum[-1]))]), kernel)
        return cls(physical, _pose(momentum, points, masses), kernel)

    def coefficients(self, space: Space, rapidity: float) -> Array:
        """Return the coefficients of ρ f^{d−1} in a frame of that rapidity about the same axis.

        **Accuracy** Rounding relative to the largest ρ, enlarged by f^{d−1} ≤ e^{(d−1)η} at the frame's antipode.
        """
        grid = space.grid(space.degree)
        images, log_f = out_of_frame(space.pole_last(space.vectors(grid.points)), rapidity)
        where = to_space(self.pose, images)
        values = self.physical.series(np.clip(where, -1.0, 1.0)) * np.exp((space.dimension - 1) * log_f)
        native = grid.analysis(values)
        if not native[0] > 0:
            raise DomainError("initial density: its mass is lost in rounding; the conformal chart cannot hold it")
        return np.asarray(native / native[0])

    def left_out(self, space: Space, rapidity: float) -> float:
        """Return the share of ∫ ν² dσ that the degrees of a space do not hold in a frame of that rapidity.

        By Parseval's theorem, against ∫ ν² dσ = ∫ ρ² f^{d−1} dσ on the physical nodes, which the space does not choose.
        Known to 1e-13; 0 in high dimension, where values of ρ say nothing and only harmonics that are asked for leave a
        gap (two poles have no other pattern).
        """
        if space.dimension > MOMENT_DIMENSION:
            return 0.0
        at = self.physical.space
        grid = at.grid(at.degree)
        body = to_body(self.pose, space.vectors(grid.points))
        stretch = np.exp((space.dimension - 1) * into_frame(body, rapidity)[1])
        whole = grid.integrate(grid.values(self.physical.native) ** 2 * stretch)
        held = float(degree_sizes(Density(space, self.coefficients(space, rapidity))).sum())
        return max(1.0 - held / whole, 0.0)

    def require_kept(self, space: Space, rapidity: float, bound: float) -> None:
        """Refuse a space that leaves out more than a bound of the density and looks resolved without it.

        Raises
        ------
        DomainError
        """
        share = self.left_out(space, rapidity)
        tail = spectral_tail(Density(space, self.coefficients(space, rapidity)), self.kernel)
        if share > bound >= tail:
            raise DomainError(
                f"initial density: degree {space.degree} leaves out a share of {share:.3g} of it in the conformal "
                "frame, which lies beyond a gap in its spectrum, and would look resolved without it; raise space.degree"
                " or space.max_degree"
            )

    def smallest(self, space: Space, required: int, tail: float) -> Space:
        """Return the space with twice as many degrees as the density needs in its own frame, at most those given."""
        degree, rapidity = min(max(_FIRST_DEGREE, required), space.degree), float(self.pose[0])
        while degree < space.degree:
            at = space.at_degree(degree)
            resolved = spectral_tail(Density(at, self.coefficients(at, rapidity)), self.kernel) <= tail
            resolved = resolved and self.left_out(at, rapidity) <= max(tail, _ROUNDING)
            degree = min(2 * degree, space.degree)
            if resolved:
                break
        return space.at_degree(degree)

    def affordable_lag(self, space: Space) -> float:
        """Return by how much the frame of the expansion may stay behind without needing more degrees than there are.

        The largest s at which half the degrees still resolve the density as seen s behind its barycentre (so that all
        of them resolve it to the square of that), and at which a uniform density keeps values above 1e-2 at the
        antipode, e^{−(d−1)s}: rounding and the stepper's tolerance are relative to 1.
        """
        if abs(self.pose[0]) <= _SMALLEST_RAPIDITY:
            return 0.0  # no side to stay behind on
        half = space.at_degree(max(1, space.degree // 2))
        side = -1.0 if self.pose[0] < 0 else 1.0
        lag = side * min(_LARGEST_LAG, _LARGEST_STRETCH / (space.dimension - 1))
        while abs(lag) > _SMALLEST_LAG:
            seen = Density(half, self.coefficients(half, float(self.pose[0]) - lag))
            if spectral_tail(seen, self.kernel) <= _AFFORDABLE_TAIL:
                return lag
            lag *= 0.8
        return 0.0


def _pose(momentum: Array, points: Array, masses: Array) -> Array:
    """Return the pose of the boost of rapidity vector sinh(η) n."""
    size = float(np.linalg.norm(momentum))
    direction = momentum / size if size > _NO_MEAN else _axis_without_mean(points, masses)
    return pointing(direction, max(float(np.arcsinh(size)), _SMALLEST_RAPIDITY))


def _axis_without_mean(points: Array, masses: Array) -> Array:
    """Return the axis of a frame that has no barycentre to point to.

    It lies where the masses spread most: a pole there is carried along least, and the drift relative to it is no larger
    than the drift itself (a pole elsewhere took 24 steps where this takes 14, sphere, L = 127). It is tilted away from
    every symmetry, so that a mean that grows along one later on does not pass through η = 0.
    """
    spreads, axes = np.linalg.eigh((points.T * masses) @ points)
    widest = axes[:, spreads > spreads[-1] - _SAME_SPREAD]
    generic = _GENERIC[: len(spreads)] / np.linalg.norm(_GENERIC[: len(spreads)])
    axis = widest @ (widest.T @ generic)
    axis = axis / np.linalg.norm(axis) + _TILT * generic
    return np.asarray(axis / np.linalg.norm(axis))
