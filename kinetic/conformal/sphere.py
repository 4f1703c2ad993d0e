"""Frames of densities on the sphere without symmetry: the pole of the grid is the axis of the boost.

The gauge and the lag are those of `conformal.axial`; the pose is (η, quaternion).
"""

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache

import ducc0
import numpy as np
from scipy import fft

from kinetic.attention.boosted import Drift
from kinetic.attention.boosted_sphere import SphereAttention, SphereView
from kinetic.charts.conformal import FrameMotion, LatitudeRule, axis_turn, latitude_rule
from kinetic.charts.latitude import log_cosh, sine, versine
from kinetic.charts.pose import rotation, spin
from kinetic.conformal.frame import Frame
from kinetic.conformal.sample import Doubts, Sample, Sighting, lower_half, trusted_value
from kinetic.spaces.latitudes import SphereLatitudes
from kinetic.spaces.sphere import Sphere
from kinetic.types import Array

_POLAR_ORDER = 26  # highest order m that a function of degree L has where L sin Θ < 4, to rounding: 2^26/26!


@dataclass(frozen=True)
class SphereFrame(Frame[Sphere]):
    """Densities on the sphere in a frame boosted along its own axis."""

    @cached_property
    def _attention(self) -> SphereAttention:
        return SphereAttention(self.spectrum)

    def _rings(self, rapidity: float) -> SphereLatitudes:
        """Return rings for products of a density, a test function and a drift."""
        smooth = self.spectrum.smooth_degree
        rule = latitude_rule(self.space.degree, 3 * self.space.degree, smooth, rapidity, 3)
        return _rings_of(self.space, smooth, rule, rapidity < 0)

    @cached_property
    def _latest(self) -> "dict[bytes, tuple[SphereLatitudes, Array, SphereView]]":
        """The state that was looked at last: it is verified, observed and left by the next step in turn."""
        return {}

    def _seen(self, coefficients: Array, rapidity: float) -> "tuple[SphereLatitudes, Array, SphereView]":
        """Return rings, values of ν on them, and what they do."""
        key = coefficients.tobytes() + np.float64(rapidity).tobytes()
        if key not in self._latest:
            rings = self._rings(rapidity)
            values = rings.values(coefficients)
            view = self._attention.look(rings, values, rings.latitude - rapidity)
            self._latest.clear()
            self._latest[key] = rings, values, view
        return self._latest[key]

    def rate(self, coefficients: Array, pose: Array) -> tuple[Array, Array, tuple[float, float]]:
        leading = float(pose[0])
        rings, values, view = self._seen(coefficients, leading - self.lag)
        drift = view.drift
        motion = FrameMotion(rings.latitude + self.lag, leading)
        boost = _gauge(rings, motion, values * rings.weights, drift)
        velocity = _velocity(rings, motion, boost, drift)
        rates = rings.weak_divergence(velocity * values)
        turn = drift.pole + boost[:2] * axis_turn(leading)
        return rates, np.concatenate([[boost[2]], spin(pose, turn)]), (drift.power, drift.square)

    def doubts(self, coefficients: Array, pose: Array) -> Doubts:
        rapidity = float(pose[0]) - self.lag
        rings, values, view = self._seen(coefficients, rapidity)
        y = rings.latitude - rapidity
        half = rings.values(lower_half(self.space, coefficients))
        noise = view.partition_noise() if self.spectrum.normalized else 0.0
        return Doubts.of(values * rings.weights, half * rings.weights, rings.spread(versine(y)), noise)

    def observe(self, coefficients: Array, pose: Array) -> Sighting:
        rapidity = float(pose[0]) - self.lag
        rings, values, view = self._seen(coefficients, rapidity)
        masses = values * rings.weights
        y = rings.latitude - rapidity
        along = 1.0 - float(np.sum(masses * rings.spread(versine(y))))
        outward = masses * rings.spread(sine(y))
        across = rings.directions @ outward
        sample, antipode, antipode_log = self._about(coefficients, rapidity, across, along, rings)
        return Sighting(
            sample,
            rotation(pose) @ np.append(across, along),
            antipode,
            antipode_log,
            view.mean_squares(),
            view.drift.power,
        )

    def _about(
        self, coefficients: Array, rapidity: float, across: Array, along: float, rings: SphereLatitudes
    ) -> tuple[Sample, float, float]:
        """Return the density about the mean direction: rings turned so that they end at its antipode.

        θ is a cone there, which no other rule integrates well. The mean leans by δ from the axis towards azimuth φ_n;
        its antipode is at Ψ* from −e in the frame, tan(Ψ*/2) = e^{−η} tan(δ/2), and ν is turned by that angle.
        """
        lean, heading = math.atan2(float(np.linalg.norm(across)), along), math.atan2(across[1], across[0])
        turn = 2.0 * math.atan(math.exp(-rapidity) * math.tan(0.5 * lean))
        alm = ducc0.sht.rotate_alm(coefficients.view(complex), self.space.degree, -heading, -turn, 0.0)
        values = rings.values(np.asarray(alm).view(float))
        out, side, height = _turned(rings, turn)
        versines, angles, logs = _seen_from(out, side, height, rapidity, lean)
        sample = Sample(rings.weights * values, values, logs, versines, angles)
        pole = np.array([-math.sin(turn) * math.cos(heading), -math.sin(turn) * math.sin(heading), -math.cos(turn)])
        antipode_log = 2.0 * math.log(
            math.exp(rapidity) * math.sin(0.5 * turn) ** 2 + math.exp(-rapidity) * math.cos(0.5 * turn) ** 2
        )
        return sample, trusted_value(self.space, coefficients, pole), antipode_log


@lru_cache(maxsize=4)
def _rings_of(space: Sphere, smooth: int, rule: LatitudeRule, mirrored: bool) -> SphereLatitudes:
    """Rings are kept: their azimuths and layout take as long as a transform."""
    full = fft.next_fast_len(2 * space.degree + min(max(smooth, 1), space.degree) + 1, real=True)
    polar = min(full, fft.next_fast_len(2 * _POLAR_ORDER + smooth + 1, real=True))
    counts = np.full(rule.latitude.size, polar)
    counts[slice(-rule.bulk, None) if mirrored else slice(rule.bulk)] = full
    return SphereLatitudes(space, rule.latitude, rule.weight, tuple(int(n) for n in counts))


def _gauge(rings: SphereLatitudes, motion: FrameMotion, masses: Array, drift: Drift) -> Array:
    """Return the boost b (two components across the axis, one along it) that keeps the barycentre."""
    s, c = -motion.along, -np.tanh(motion.latitude)  # of a ring
    sums = rings.ring_sums(masses, 3)
    meridional, azimuthal = (
        rings.ring_sums(masses * rate, 2) for rate in (drift.latitude_rate, np.asarray(drift.azimuth_rate))
    )
    toward = c * meridional[1].conj() + 1j * azimuthal[1].conj()
    moved = np.sum(s * toward)
    mean, twice = s * c * sums[1].conj(), s * s * sums[2].conj()
    level, height = np.sum(s * s * sums[0].real), np.sum(c * c * sums[0].real)
    tilt, skew = np.sum(mean), np.sum(twice)
    spread = np.array(
        [
            [0.5 * (level + skew.real), 0.5 * skew.imag, tilt.real],
            [0.5 * skew.imag, 0.5 * (level - skew.real), tilt.imag],
            [tilt.real, tilt.imag, height],
        ]
    )
    sought = np.array([moved.real, moved.imag, -np.sum(s * s * meridional[0].real)])
    return np.asarray(np.linalg.solve(np.eye(3) * masses.sum() - spread, sought))


def _velocity(rings: SphereLatitudes, motion: FrameMotion, boost: Array, drift: Drift) -> Array:
    """Return (v_Θ, v_φ) in the frame of the expansion: sin Θ' times the rates Y˙, φ˙ left by the frame's motion."""
    x, y = rings.directions
    inverse = np.exp(log_cosh(motion.latitude))
    outward = rings.spread(inverse * motion.meridional) * (boost[0] * x + boost[1] * y)
    around = rings.spread(inverse * motion.azimuthal) * (boost[1] * x - boost[0] * y)
    s = rings.spread(sine(rings.latitude))
    return np.stack([s * (drift.latitude_rate + boost[2] - outward), s * (np.asarray(drift.azimuth_rate) - around)])


def _turned(rings: SphereLatitudes, turn: float) -> tuple[Array, Array, Array]:
    """Return frame points (towards the mean, across, ln tan²(Θ/2)) of the rings' nodes after the turn.

    The nodes' azimuth counts from the mean's. Heights come from the distance to the axis, never from 1 ± z.
    """
    s, c = rings.spread(sine(rings.latitude)), rings.spread(-np.tanh(rings.latitude))
    out = s * rings.directions[0] * math.cos(turn) + c * math.sin(turn)
    side = s * rings.directions[1]
    z = c * math.cos(turn) - s * rings.directions[0] * math.sin(turn)
    square = out * out + side * side
    near = np.where(z > 0, square / (1.0 + np.abs(z)), 1.0 - z)
    far = np.where(z > 0, 1.0 + z, square / (1.0 + np.abs(z)))
    return out, side, np.stack([near, far])


def _seen_from(out: Array, side: Array, height: Array, rapidity: float, lean: float) -> tuple[Array, Array, Array]:
    """Return (1 − cos θ, θ, −2 ln f) of frame points, θ the angle of their images to the mean direction."""
    near, far = height[0] * math.exp(-rapidity), height[1] * math.exp(rapidity)
    factor = 0.5 * (near + far)
    x, across = out / factor, side / factor
    fall, rise = near / factor, far / factor  # 1 − c and 1 + c
    dip = 2.0 * math.sin(0.5 * lean) ** 2
    squares = (x - math.sin(lean)) ** 2 + across**2 + (dip - fall) ** 2
    others = (x + math.sin(lean)) ** 2 + across**2 + (rise - dip) ** 2
    return 0.5 * squares, 2.0 * np.arctan2(np.sqrt(squares), np.sqrt(others)), 2.0 * np.log(factor)
