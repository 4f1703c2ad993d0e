"""Density, potential and drift of a snapshot at the points of a mesh, and what keeps one of them from being known.

    ρ = dμ/dσ,    X(x): how a token of the sphere moves at x,    G: P_x Σ_h V_h N_h = ∇G, of mean zero over the sphere

with N_h = ∫ y e^{β_h<Q_h x, K_h y>} dμ(y); softmax divides N_h by its partition in X and by the kernel's mean in G.
What attention does at points is asked of the objects that move tokens: `attention.anywhere` on circle and sphere,
`normed.zonal` about an axis, the scheme and the clock of the case.

Responsible for these three fields and for the reason where one is not known. Refuses to know files.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from kinetic.assembly import forces
from kinetic.attention.anywhere import Anywhere
from kinetic.case import Case
from kinetic.density import Body
from kinetic.errors import DomainError
from kinetic.export.harmonics import axial_deficits
from kinetic.export.kinked import KinkedFields
from kinetic.geometry import on_circle
from kinetic.kernels import Kernel
from kinetic.normed.zonal import ZonalTokens
from kinetic.spaces.scattered import scattered
from kinetic.spaces.zonal import Zonal
from kinetic.special import gegenbauer, log_harmonic_dimensions
from kinetic.trust import RESOLVED_CHANGE
from kinetic.types import Array

NAMES = ("density", "potential", "drift")


@dataclass(frozen=True)
class Fields:
    """Fields known at the points of a mesh.

    Parameters
    ----------
    known : mapping
        By name. `density` and `potential` of shape (*points); `drift` of shape (*points, components), in the Cartesian
        components of the circle or the sphere, for axisymmetric densities its one component along θ.
    left_out : mapping
        Why a field is not known, by name.
    """

    known: Mapping[str, Array]
    left_out: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Sampler:
    """The fields of a case's densities at given points.

    Parameters
    ----------
    case : Case
    points : Array
        Unit vectors (…, d) on circle and sphere; angles θ (n,) to the axis for axisymmetric densities.
    held : Body, optional
        The density whose field tokens feel for ever (frozen attention).
    """

    case: Case
    points: Array
    held: Body | None = None

    def __call__(self, density: Body, time: float) -> Fields:
        """Return the fields of a density at a time.

        **Accuracy** Rounding for densities in harmonics (tests/export/test_fields.py: against quadrature).

        **Cost** The density's own values, and some transforms of the kernel's few degrees.
        """
        now = replace(self, case=self.case.at(time)) if self.case.tables else self
        return now._fields(density, time)

    def _fields(self, density: Body, time: float) -> Fields:
        known: dict[str, Array] = {}
        left_out: dict[str, str] = dict(self._refused)
        source = density if self.held is None else self.held
        asked: dict[str, Callable[[], Array]] = {
            "density": lambda: self._density(density),
            "potential": lambda: self._potential(source),
            "drift": lambda: self._drift(source, time),
        }
        for name, answer in asked.items():
            if name not in left_out:
                try:
                    known[name] = answer()
                except DomainError as error:
                    left_out[name] = str(error)
        return Fields(known, left_out)

    @cached_property
    def _refused(self) -> dict[str, str]:
        """Fields that no density of this case has, and why."""
        refused = {}
        scheme = self.case.layer_norm.scheme
        if forces.norm_scheme(self.case).carries_radius:
            refused["drift"] = f'under layer_norm.scheme = "{scheme}" tokens at one point move each by its own norm'
        if self.case.label is not None:
            reason = "tokens at one point move each as its label says"
            return {**refused, "potential": reason, "drift": reason}
        if self.case.perceptron is not None and self.case.attention.normalization == "softmax":
            refused["potential"] = (
                "softmax divides attention by its partition, but not the perceptron: X is no gradient"
            )
        if self._kinked:
            if any(head.multiples is None for head in self.case.attention.all_heads):
                kernel = (
                    f'with matrices, sums over degrees do not end for attention.kernel = "{self.case.attention.kernel}"'
                )
                refused |= {"potential": kernel, "drift": kernel}
        elif not self._zonal and not self.case.attention.is_exponential:
            refused["potential"] = f'not known here for attention.kernel = "{self.case.attention.kernel}"'
        elif not self._zonal and not self._anywhere.has_potential:
            refused["potential"] = "none exists: of some head the value matrix is no multiple of (KᵀQ)ᵀ"
        return refused

    @property
    def _kinked(self) -> bool:
        """Whether the kernel has all degrees."""
        return any(forces.head_kernel(self.case, head).last_degree is None for head in self.case.attention.all_heads)

    def _of_kinks(self, density: Body) -> KinkedFields:
        """Return the fields of a series under kernels with a kink.

        Raises
        ------
        DomainError
            If the density is none.
        """
        series = density.as_series
        if series is None:
            raise DomainError(f'not known for attention.kernel = "{self.case.attention.kernel}" without harmonics')
        return KinkedFields(forces.scalar_heads(self.case), self.case.attention.normalization, series, self._flat)

    @cached_property
    def _pull(self) -> Array:
        """Velocity from the perceptron at the points; about an axis in components along it and away from it."""
        neurons = forces.neurons(self.case)
        if neurons is None:
            return np.zeros(self._flat.shape)
        if self._zonal:
            return np.stack([neurons.axial(self._flat[:, 0])[0], np.zeros(len(self._flat))], axis=1)
        return neurons.pull(self._flat)

    @cached_property
    def _level(self) -> Array:
        """φ of a perceptron at the points, without its mean over the sphere."""
        neurons = forces.neurons(self.case)
        if neurons is None:
            return np.zeros(1)
        levels = neurons.axial(self._flat[:, 0])[2] if self._zonal else neurons.levels(self._flat)
        mean = sum(w * neurons.eigenvalues(float(b), 0, self.case.space.dimension)[0]
                   for w, b in zip(neurons.weights, neurons.biases, strict=True))  # fmt: skip
        return np.asarray(levels - mean)

    @property
    def _zonal(self) -> bool:
        return self.case.space.axisymmetric

    @cached_property
    def _anywhere(self) -> Anywhere:
        attention = self.case.attention
        return Anywhere(forces.matrix_heads(self.case), attention.normalization, forces.context_length(self.case))

    @cached_property
    def _flat(self) -> Array:
        """The points as rows; about an axis (cos θ, sin θ)."""
        if self._zonal:
            return on_circle(self.points)
        return self.points.reshape(-1, self.points.shape[-1])

    def _density(self, density: Body) -> Array:
        with np.errstate(over="ignore"):  # of a cluster in high dimension: infinite, as far as doubles go
            return density.values_at_angle(self.points) if self._zonal else density.values(self.points)

    def _drift(self, density: Body, time: float) -> Array:
        if self._kinked:
            attention, noise = self._of_kinks(density).drift()
        else:
            attention, noise = self._axial(density) if self._zonal else self._general(density)
        attention = attention + self._pull
        size = float(np.sqrt(np.max(np.vecdot(attention, attention))))
        if not float(noise.max()) <= RESOLVED_CHANGE * size:
            raise DomainError(
                f"attention is known to {float(noise.max()):.2g} only, of a size of {size:.2g}: its partition's range "
                "exceeds what sums over degrees carry"
            )
        drift = forces.norm_scheme(self.case).velocity(time, np.ones(len(self._flat)), self._flat, attention)
        clock = forces.clock(self.case)
        drift = drift if clock is None else clock.pace(time) * drift
        if self._zonal:
            along = np.stack([-self._flat[:, 1], self._flat[:, 0]], axis=1)
            return np.asarray(np.vecdot(drift, along))[:, None]
        return np.asarray(drift).reshape(self.points.shape)

    def _general(self, density: Body) -> tuple[Array, Array]:
        low = density.coefficients_in(self._anywhere.space)
        felt = self._anywhere.felt(low, self._flat, scattered(self._flat))
        return felt.attention, felt.noise

    def _axial(self, density: Body) -> tuple[Array, Array]:
        """Return Σ_h A_h in components along the axis and away from it, and its rounding error."""
        context = forces.context_length(self.case)
        total, noise = np.zeros(self._flat.shape), np.zeros(len(self._flat))
        for head in forces.scalar_heads(self.case):
            tokens = self._tokens(head.acting)
            side, deficits = axial_deficits(density, tokens.degree)
            vectors, Z, rounding = tokens.sums(self._flat, side, deficits)
            if tokens.spectrum.normalized:
                own = float(head.acting.values(1.0, tokens.log_scale)) / context
                vectors = (1.0 - 1.0 / context) * vectors + own * self._flat
                Z = (1.0 - 1.0 / context) * Z + own
                with np.errstate(all="ignore"):
                    vectors, rounding = vectors / Z[:, None], np.where(Z > 0, 2.0 * rounding / np.abs(Z), np.inf)
            total, noise = total + head.value * vectors, noise + abs(head.value) * rounding
        return total, noise

    def _tokens(self, kernel: Kernel) -> ZonalTokens:
        spectrum = kernel.spectrum(self.case.attention.normalization)
        return ZonalTokens(spectrum, Zonal(1, self.case.space.dimension))

    def _potential(self, density: Body) -> Array:
        found = self._of_kinks(density).potential() if self._kinked else self._attention_potential(density)
        shape = self.points.shape if self._zonal else self.points.shape[:-1]
        return (found.ravel() + self._level).reshape(shape)

    def _attention_potential(self, density: Body) -> Array:
        """Return G of kernels whose degrees end."""
        if not self._zonal:
            low = density.coefficients_in(self._anywhere.space)
            return self._anywhere.potential(low, scattered(self._flat))
        total, dimension = np.zeros(self.points.shape), self.case.space.dimension
        for head in forces.scalar_heads(self.case):
            tokens = self._tokens(head.acting)
            kernel, degree = tokens.spectrum.kernel, tokens.degree
            side, deficits = axial_deficits(density, degree)
            shift = kernel.log_constant if tokens.spectrum.normalized else 0.0
            slopes = kernel.potential_signs(degree) * np.exp(
                kernel.log_potential_eigenvalues(degree) + log_harmonic_dimensions(degree, dimension) - shift
            )
            slopes *= 1.0 - deficits
            total += head.value * (slopes @ gegenbauer(degree, dimension, side * np.cos(self.points)))
        return total
