"""What is measured on clouds: sums over pairs of tokens, none a difference of nearly equal numbers."""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kinetic.clusters.clouds import Cloud, Clouds
from kinetic.clusters.motion import pulls
from kinetic.geometry import chord_angle
from kinetic.observables import View
from kinetic.types import Array, Normalization

_ROUNDING = 4 * np.finfo(float).eps


@dataclass(frozen=True, eq=False)
class Sight:
    """All tokens seen from the center of the heaviest cloud.

    Parameters
    ----------
    center : Array, shape (d,)
    steps : Array, shape (n, d)
        x − center: in relative accuracy for the tokens of the heaviest cloud.
    masses : Array, shape (n,)
    """

    center: Array
    steps: Array
    masses: Array

    @classmethod
    def of(cls, clouds: tuple[Cloud, ...]) -> "Sight":
        """Look at clouds."""
        heaviest = max(clouds, key=lambda cloud: cloud.mass)
        center = heaviest.center
        steps = [cloud.steps if cloud is heaviest else (cloud.center - center) + cloud.steps for cloud in clouds]
        return cls(center, np.concatenate(steps), np.concatenate([cloud.masses for cloud in clouds]))

    @cached_property
    def mass(self) -> float:
        """Σ m."""
        return float(self.masses.sum())

    @cached_property
    def shift(self) -> Array:
        """The mean minus mass · center, Σ m (x − center)."""
        return np.asarray(self.masses @ self.steps)

    @cached_property
    def mean(self) -> Array:
        """Σ m x."""
        return np.asarray(self.mass * self.center + self.shift)

    @property
    def has_direction(self) -> bool:
        """Whether the mean is more than rounding."""
        return bool(np.linalg.norm(self.mean) > _ROUNDING * self.mass)

    @cached_property
    def angles(self) -> Array:
        """θ of every token from the mean direction, in relative accuracy; from the center where there is none."""
        if not self.has_direction:
            return _angles(self.steps)
        length = float(np.linalg.norm(self.mean))
        missing = -(2.0 * self.mass * float(self.center @ self.shift) + float(self.shift @ self.shift))
        lost = missing / (self.mass + length)
        return _angles(self.steps - (self.shift + self.center * lost) / length)

    @property
    def deficit(self) -> float:
        """∫ (1 − cos θ) dμ = mass − R; the mass where there is no direction."""
        return float(self.masses @ (2.0 * np.sin(0.5 * self.angles) ** 2)) if self.has_direction else self.mass

    def energies(self, beta: float) -> tuple[float, float]:
        """Return E, and E of a Dirac mass minus E."""
        if beta == 0:
            length = float(np.linalg.norm(self.mean))
            return 0.5 * length**2, 0.5 * self.deficit * (self.mass + length)
        square = ((self.steps[:, None, :] - self.steps[None, :, :]) ** 2).sum(axis=2)
        scale = math.exp(beta) / (2.0 * beta)
        gap = scale * float(self.masses @ -np.expm1(-0.5 * beta * square) @ self.masses)
        return scale * float(self.masses @ np.exp(-0.5 * beta * square) @ self.masses), gap


def _angles(steps: Array) -> Array:
    """Return the angles that chords span."""
    return chord_angle(np.sqrt((steps**2).sum(axis=1)))


def view_of(state: Clouds, beta: float, normalization: Normalization) -> View:
    """Return what is seen of clusters; NaN for values of a density.

    Accuracy
    --------
    order_deficit, w2_to_dirac and energy_gap in relative accuracy once one cluster is left, down to 1e-250; with
    several they are of size one.
    """
    sight = Sight.of(state.clouds)
    level, gap = sight.energies(beta)
    found = pulls(state.clouds, beta, normalization)
    power = sum(pull.power(c.masses, beta, normalization) for c, pull in zip(state.clouds, found, strict=True))
    heaviest = max(state.clouds, key=lambda cloud: cloud.mass)
    return View(
        mass=sight.mass,
        mean=sight.mean,
        order_deficit=sight.deficit,
        energy=level,
        energy_gap=gap,
        dissipation=power,
        work=state.work,
        entropy=state.entropy,
        w2_to_dirac=math.sqrt(float(sight.masses @ sight.angles**2)) if sight.has_direction else math.nan,
        log_antipode_density=math.nan,
        log_minimum=math.nan,
        spectral_tail=0.0,
        boost=heaviest.scaled().contraction,
    )
