"""Frames of axisymmetric densities and of the circle: motion and observation of a density in a boosted frame.

A *pose* is how the frame sits on the physical sphere: (η) for axisymmetric densities, (η, α) on the circle, α the
angle of the frame's pole. The gauge keeps the conformal barycentre ∫ y dν = 0: with X̃ the drift relative to a material
pole as seen in the frame, ẏ = X̃ − ξ, and ξ the motion of the frame (charts.conformal.FrameMotion) whose boost b solves

    (I − ∫ y yᵀ dν) b = ∫ X̃ dν,

since ∫ P_y b dν = (I − ∫ y yᵀ dν) b and the rotation in ξ leaves a vanishing barycentre where it is.

The density is expanded in a frame that lags behind this one by a constant boost s along the common axis, η' = η − s:
its latitude is Y' = Y − s, and all else is the same. What lies at an angle Ψ from the antipode of the one lies e^s
times farther from that of the other, so that the singularity there, Ψ^k ln Ψ, is weaker by e^{−ks}; the price is a
density narrower by e^{−s} at the pole, which costs degrees where there are plenty.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kinetic.attention.boosted import AxialAttention, CircleAttention
from kinetic.charts.conformal import FrameMotion, LatitudeRule, axis_turn, latitude_rule, log_factor
from kinetic.charts.latitude import log_cosh, sine, versine
from kinetic.conformal.frame import Frame
from kinetic.conformal.sample import Doubts, Sample, Sighting, lower_half, trusted_value
from kinetic.kernels import Spectrum
from kinetic.spaces.circle import Circle
from kinetic.spaces.latitudes import CircleLatitudes, ZonalLatitudes, circle_values
from kinetic.spaces.zonal import Zonal
from kinetic.types import Array


def rule_for(space: Zonal | Circle, spectrum: Spectrum, rapidity: float) -> LatitudeRule:
    """Return the nodes for products of a density, a test function and a drift."""
    return latitude_rule(space.degree, 3 * space.degree, spectrum.smooth_degree, rapidity, space.dimension)


@dataclass(frozen=True)
class ZonalFrame(Frame[Zonal]):
    """Axisymmetric densities in a frame boosted along their axis; η < 0 for a cluster at −e."""

    @cached_property
    def _attention(self) -> AxialAttention:
        return AxialAttention(self.spectrum)

    def rate(self, coefficients: Array, pose: Array) -> tuple[Array, Array, tuple[float, float]]:
        rapidity = float(pose[0]) - self.lag
        rule = rule_for(self.space, self.spectrum, rapidity)
        transforms = ZonalLatitudes(self.space, rule.latitude, rule.weight)
        values = transforms.values(coefficients)
        masses = values * transforms.weights
        drift = self._attention.drift((rule.latitude - rapidity)[None], masses)
        spread = masses * sine(rule.latitude + self.lag) ** 2
        boost = -float(np.sum(spread * drift.latitude_rate) / np.sum(spread))
        flux = values * rule.sine * (drift.latitude_rate + boost)
        return transforms.weak_divergence(flux[None]), np.array([boost]), (drift.power, drift.square)

    def doubts(self, coefficients: Array, pose: Array) -> Doubts:
        rapidity = float(pose[0]) - self.lag
        rule = rule_for(self.space, self.spectrum, rapidity)
        transforms = ZonalLatitudes(self.space, rule.latitude, rule.weight)
        y = rule.latitude - rapidity
        masses = transforms.values(coefficients) * transforms.weights
        half = transforms.values(lower_half(self.space, coefficients)) * transforms.weights
        side = 1.0 if float(np.sum(masses * np.tanh(-y))) >= 0 else -1.0
        return Doubts.of(masses, half, versine(side * y), self._attention.partition_noise(y[None], masses))

    def observe(self, coefficients: Array, pose: Array) -> Sighting:
        rapidity = float(pose[0]) - self.lag
        rule = rule_for(self.space, self.spectrum, rapidity)
        transforms = ZonalLatitudes(self.space, rule.latitude, rule.weight)
        values = transforms.values(coefficients)
        masses = values * transforms.weights
        y = rule.latitude - rapidity
        mean = 1.0 - float(np.sum(masses * versine(y)))
        side = 1.0 if mean >= 0 else -1.0
        toward = side * y
        stretch = self.space.dimension - 1
        sample = Sample(
            masses[0],
            values[0],
            -stretch * log_factor(rule.latitude, rapidity),
            versine(toward),
            2.0 * np.arctan(np.exp(toward)),
        )
        antipode = trusted_value(self.space, coefficients, np.array(-side))
        attention = self._attention
        return Sighting(
            sample,
            np.array([mean]),
            antipode,
            -stretch * side * rapidity,
            attention.mean_squares(toward[None], masses),
            attention.drift(y[None], masses).power,
        )


@dataclass(frozen=True)
class CircleFrame(Frame[Circle]):
    """Densities on the circle in a frame boosted along its own axis."""

    @cached_property
    def _attention(self) -> CircleAttention:
        return CircleAttention(self.spectrum)

    def rate(self, coefficients: Array, pose: Array) -> tuple[Array, Array, tuple[float, float]]:
        leading = float(pose[0])
        rapidity = leading - self.lag
        rule = rule_for(self.space, self.spectrum, rapidity)
        transforms = CircleLatitudes(self.space, rule.latitude, rule.weight)
        values = transforms.values(coefficients)
        masses = values * transforms.weights
        drift = self._attention.drift((rule.latitude - rapidity)[None], masses)
        motion = FrameMotion(rule.latitude + self.lag, leading)
        boost = _circle_gauge(motion, masses, drift.latitude_rate)
        side = np.array([[1.0], [-1.0]])
        velocity = side * rule.sine * (drift.latitude_rate + boost[0])
        # sin Θ' Y˙ = (sin Θ'/sin Θ) Θ˙
        velocity -= boost[1] * motion.meridional * np.exp(log_cosh(motion.latitude) - log_cosh(rule.latitude))
        rates = transforms.weak_divergence((values * velocity)[None])
        turn = float(drift.pole[0]) + boost[1] * axis_turn(leading)
        return rates, np.array([boost[0], turn]), (drift.power, drift.square)

    def doubts(self, coefficients: Array, pose: Array) -> Doubts:
        rapidity = float(pose[0]) - self.lag
        rule = rule_for(self.space, self.spectrum, rapidity)
        transforms = CircleLatitudes(self.space, rule.latitude, rule.weight)
        y = rule.latitude - rapidity
        masses = transforms.values(coefficients) * transforms.weights
        half = transforms.values(lower_half(self.space, coefficients)) * transforms.weights
        return Doubts.of(masses, half, versine(y), self._attention.partition_noise(y[None], masses))

    def observe(self, coefficients: Array, pose: Array) -> Sighting:
        rapidity, axis = float(pose[0]) - self.lag, float(pose[1])
        rule = rule_for(self.space, self.spectrum, rapidity)
        transforms = CircleLatitudes(self.space, rule.latitude, rule.weight)
        masses = transforms.values(coefficients) * transforms.weights
        y = rule.latitude - rapidity
        along = 1.0 - float(np.sum(masses * versine(y)))
        lean = math.atan2(float(np.sum(sine(y) * (masses[0] - masses[1]))), along)
        length = math.hypot(along, float(np.sum(sine(y) * (masses[0] - masses[1]))))
        sample, antipode, antipode_log = self._about(coefficients, rapidity, lean, rule)
        attention = self._attention
        return Sighting(
            sample,
            length * np.array([math.cos(axis + lean), math.sin(axis + lean)]),
            antipode,
            antipode_log,
            attention.mean_squares(y[None], masses),
            attention.drift(y[None], masses).power,
        )

    def _about(
        self, coefficients: Array, rapidity: float, lean: float, rule: LatitudeRule
    ) -> tuple[Sample, float, float]:
        """Return the density about the mean direction, `lean` away from the axis: a rule with its end at the antipode.

        θ² has a kink there, which is why the rule has to end on it. Angles Ψ from −e add up: with Ψ* that of the
        antipode of the mean, tan(Ψ*/2) = −e^{−η} tan(lean/2).
        """
        middle = -2.0 * math.atan(math.exp(-rapidity) * math.tan(0.5 * lean))
        away = 2.0 * np.arctan(np.exp(-rule.latitude))
        half = 0.5 * np.append(middle + np.concatenate([away, -away]), middle)
        values = circle_values(coefficients, np.pi - 2.0 * half[:, None])
        logs = np.log(math.exp(rapidity) * np.sin(half) ** 2 + math.exp(-rapidity) * np.cos(half) ** 2)
        angle = 2.0 * np.arctan2(np.cos(half), math.exp(rapidity) * np.sin(half)) - lean
        angle = np.abs(angle - 2 * np.pi * np.round(angle / (2 * np.pi)))[:-1]
        masses = 0.5 * np.tile(rule.weight, 2) * values[:-1]
        sample = Sample(masses, values[:-1], logs[:-1], 2.0 * np.sin(0.5 * angle) ** 2, angle)
        point = np.array([-math.cos(middle), math.sin(middle)])
        return sample, trusted_value(self.space, coefficients, point), float(logs[-1])


def _circle_gauge(motion: FrameMotion, masses: Array, latitude_rate: Array) -> Array:
    """Return the boost (along the axis, across it) that keeps the barycentre; X̃ = sin Θ Y˙ (−sin Θ, cos Θ)."""
    sines, cosines = np.array([[1.0], [-1.0]]) * -motion.along, -np.tanh(motion.latitude)
    mixed = -float(np.sum(masses * sines * cosines))
    matrix = [[float(np.sum(masses * sines**2)), mixed], [mixed, float(np.sum(masses * cosines**2))]]
    moved = masses * sines * latitude_rate
    return np.asarray(np.linalg.solve(matrix, [-float(np.sum(moved * sines)), float(np.sum(moved * cosines))]))
