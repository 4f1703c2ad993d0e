"""What a record has to say: its rows as arrays, local slopes with their uncertainty, shares of mass by angle.

Knows records and cases; no prediction.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np

from kinetic.case import AnyInitial, Case
from kinetic.charts.latitude import polar_angle, versine
from kinetic.density import Body, Density
from kinetic.errors import DomainError, RecordError
from kinetic.record import Record
from kinetic.spaces.kinds import SPACES
from kinetic.spaces.space import Space
from kinetic.types import Array, Normalization

Head: TypeAlias = tuple[float, Array, Array, Array]
"""β, Q, K, V."""

STEP_ORDER = 8  # of both steppers

LEAST = 1e-250
"""1 − R down to which it tells a rate: clusters contract by e^{−300} at most, and it stands at the square of that."""

ROUNDED = 8.0 * float(np.finfo(float).eps)
"""Of a number, in the slope at unit spacing: weights that sum to 1.5, ten roundings of ε/2 each."""

_GAP = 0.3  # radians: between two places of mass, with next to none in between
_NEXT_TO_NONE, _SOME = 1e-3, 1e-2  # of the mass
_STENCIL = 5  # rows per local slope: a quartic, against the parabola through the middle three


@dataclass(frozen=True)
class Slopes:
    """Local slopes of a quantity, with the uncertainty of the differentiation."""

    times: Array
    values: Array
    uncertainties: Array


class Evidence:
    """A record, read once for all claims.

    Parameters
    ----------
    record : Record
    """

    def __init__(self, record: Record) -> None:
        self.record = record
        self.case = Case.parse(record.case_text, record.overrides, record.case_name)
        self.times: Array = record.observables.get("time", np.zeros(0))

    @property
    def kind(self) -> str:
        """Kind of the space."""
        return self.case.space.kind

    @property
    def d(self) -> int:
        """Ambient dimension."""
        return self.case.space.dimension

    @property
    def initial(self) -> AnyInitial:
        """The initial density as the case has it."""
        return self.case.initial

    @property
    def normalization(self) -> Normalization:
        """The normalization of attention."""
        return self.case.attention.normalization

    @cached_property
    def beta(self) -> float | None:
        """β of the one identity head, or None if attention is anything else or changes with time."""
        head = self.case.attention.identity_head
        usual = self.case.attention.context_length is None and self.case.attention.is_exponential
        usual = usual and self.case.perceptron is None and not self.case.tables and not self.case.attention.frozen
        return head.beta if head is not None and usual else None

    @property
    def diffusion(self) -> float:
        """κ."""
        return self.case.noise.diffusion

    @cached_property
    def heads(self) -> tuple[Head, ...]:
        """(β, Q, K, V) of every head, at time 0."""
        return self._heads_of(self.case)

    def _heads_of(self, case: Case) -> tuple[Head, ...]:
        resolved = case.attention.resolved_heads(self.d)
        return tuple((self._beta(h.beta), np.array(h.query), np.array(h.key), np.array(h.value)) for h in resolved)

    def _beta(self, beta: float) -> float:
        """β of a head; 1 for kernels that have none, whose heads differ by their matrices alone."""
        return beta if self.case.attention.has_beta else 1.0

    @cached_property
    def reach(self) -> float:
        """Largest |β|‖KᵀQ‖ of the heads."""
        return max(abs(beta) * float(np.linalg.norm(key.T @ query, 2)) for beta, query, key, _ in self.heads)

    @cached_property
    def strength(self) -> float:
        """Σ‖V_h‖."""
        return sum(float(np.linalg.norm(value, 2)) for *_, value in self.heads)

    @cached_property
    def smallest_heads(self) -> tuple[Head, ...]:
        """The heads, as 1×1 matrices if all were written as multiples of the identity: d may be in the thousands."""
        return self.smallest_heads_of(self.case)

    def smallest_heads_of(self, case: Case) -> tuple[Head, ...]:
        """Return the same for the case at another time."""
        found = []
        for head in case.attention.all_heads:
            if head.multiples is None:
                return self._heads_of(case)
            query, key, value = (np.array([[factor]]) for factor in head.multiples)
            found.append((self._beta(head.beta), query, key, value))
        return tuple(found)

    @cached_property
    def scalar_heads(self) -> tuple[tuple[float, float], ...] | None:
        """(b, v) of every head whose KᵀQ and V are multiples of the identity, b = β·KᵀQ; None if one is not.

        None as well for kernels other than e^{βt}, and for weights that change with time.
        """
        if not self.case.attention.is_exponential or self.case.tables:
            return None
        if all(head.multiples is not None for head in self.case.attention.all_heads):
            factors = [(head.beta, head.multiples or (0.0, 0.0, 0.0)) for head in self.case.attention.all_heads]
            return tuple((beta * q * k, v) for beta, (q, k, v) in factors)
        found = [(beta * (key.T @ query), value) for beta, query, key, value in self.heads]
        if not all(np.array_equal(m, m[0, 0] * np.eye(self.d)) for pair in found for m in pair):
            return None
        return tuple((float(form[0, 0]), float(value[0, 0])) for form, value in found)

    @property
    def usual(self) -> bool:
        """Whether tokens are on the unit sphere, infinitely many of them, and feel heads alone: what theory covers."""
        alone = self.case.perceptron is None and not self.case.attention.frozen
        return alone and self.case.attention.context_length is None and self.case.layer_norm.scheme == "post"

    @property
    def exponential(self) -> bool:
        """Whether the kernel is e^{βt}."""
        return self.case.attention.is_exponential

    @property
    def plain(self) -> bool:
        """Whether the run is one identity head without noise, tokens on the unit sphere."""
        return self.beta is not None and self.diffusion == 0 and self.usual

    def __getitem__(self, name: str) -> Array:
        """Return an observable, shape (n, ...)."""
        if name not in self.record.observables:
            raise RecordError(f"{self.record.path}: the observable {name} is missing; run the case again")
        return self.record.observables[name]

    @cached_property
    def snapshot_times(self) -> Array:
        """Times of the snapshots."""
        return self.record.density_times

    def density(self, index: int) -> Body:
        """Return the density of a snapshot."""
        found: Body = self.record.density(index)
        return found

    def by_label(self, index: int) -> tuple[Density, ...]:
        """Return the density of each label of a snapshot, as series."""
        space = self.space_by_label
        return tuple(Density(space, space.from_public(row)) for row in self.rows_by_label(index))

    def rows_by_label(self, index: int) -> Array:
        """Return the coefficients of each label at a snapshot, in the layout of records."""
        return np.asarray(self.record.density_arrays["coefficients"][index], dtype=float)

    @cached_property
    def space_by_label(self) -> Space:
        """The space in which densities of labels are series."""
        return SPACES[self.kind](self.record.density_arrays["coefficients"].shape[-1] - 1, self.d)

    def latitudes(self, index: int) -> tuple[Array, Array] | None:
        """Return the masses of a snapshot at latitudes y = ln tan(θ/2) about its mean, or None if it cannot tell."""
        try:
            return self.density(index).axial_quadrature()
        except DomainError:
            return None

    @cached_property
    def scattered(self) -> str:
        """Where the mass lies at the last snapshot, in words, if that is several places; empty otherwise.

        Told by the share F(θ) of the mass within an angle of the mean direction: it stands still over a gap of 0.3 rad
        or more, on both sides of which there is some, or within which of the mean there is none.
        """
        found = self.latitudes(self.snapshot_times.size - 1) if self.snapshot_times.size else None
        if found is None:
            return ""
        angles = np.concatenate([[0.0], polar_angle(found[0]), [math.pi]])
        share = np.concatenate([[0.0], np.cumsum(found[1]) / found[1].sum(), [1.0]])
        ends = np.searchsorted(np.maximum.accumulate(share), share + _NEXT_TO_NONE, side="right")
        ends = np.minimum(ends, angles.size - 1)
        gaps = np.where(share < 1 - _SOME, angles[ends] - angles, 0.0)
        gaps[(share < _SOME) & (angles > 0)] = 0.0
        first = int(np.argmax(gaps))
        if gaps[first] < _GAP:
            return ""
        near, far = math.degrees(angles[first]), math.degrees(angles[ends[first]])
        if first == 0:
            return f"there is more than one cluster: no mass lies within {far:.0f}° of the mean direction"
        return (
            f"there is more than one cluster: {share[first]:.3g} of the mass lies within {near:.0f}° of the mean "
            f"direction, the rest beyond {far:.0f}°"
        )

    def log_slopes(self, name: str) -> Slopes:
        """Return the local slopes d/dt ln q of an observable, at rows where it is positive and finite.

        None where 1 − R is below `LEAST`: clusters have ceased to narrow there.
        """
        with np.errstate(divide="ignore", invalid="ignore"):
            logs = np.log(self[name])
        deficit = self.record.observables.get("order_deficit", np.ones(logs.size))
        return self.slopes(np.where(deficit > LEAST, logs, math.nan))

    def slopes(self, values: Array) -> Slopes:
        """Return the local slopes of one number a row, at interior rows with finite neighbours.

        A quartic through five neighbouring rows is differentiated at the middle one; its distance from the parabola
        through the middle three bounds the error, to which rounding adds: 1e-14 of what a logarithm is taken of, and
        that of the number itself.
        """
        half = _STENCIL // 2
        found = []
        for i in range(half, self.times.size - half):
            near, inner = slice(i - half, i + half + 1), slice(i - 1, i + 2)
            if np.all(np.isfinite(values[near])):
                fine = _derivative(self.times[near], values[near], half)
                coarse = _derivative(self.times[inner], values[inner], 1)
                rounding = (1e-14 + ROUNDED * np.abs(values[near]).max()) / (self.times[i + 1] - self.times[i])
                found.append((self.times[i], fine, abs(fine - coarse) + rounding))
        table = np.array(found).reshape(-1, 3)
        return Slopes(table[:, 0], table[:, 1], table[:, 2])

    def step_error(self, size: float, fastest: float, elapsed: float) -> float:
        """Estimate how much the steps of the run have changed amplitudes that grow exponentially, relatively.

        Steps of length h change each by a share of at most (σh)⁸, σ the fastest rate, and all of them, of the size a,
        by their tolerance ε: (σh)⁸ = ε/a, in 1 + σt(a/ε)^{1/8} steps. For a = 7e-7, ε = 1e-9 that is 3.2e-3 σt;
        2.7e-3 σt is measured.
        """
        step = self.case.time.tolerance
        count = 1.0 + fastest * elapsed * math.pow(max(1.0, size / step), 1 / STEP_ORDER)
        return step * count / max(size, 1e-300)

    @cached_property
    def far_shares(self) -> Array:
        """Share of 1 − R that comes from outside the cluster, one a snapshot; NaN where the density does not tell.

        The border is the geometric mean of the cluster's scale (the angle within which half of the mass lies) and one
        radian: contributions of the two power laws that meet there are smallest in between.
        """
        shares = np.full(self.snapshot_times.size, math.nan)
        for i in range(shares.size):
            found = self.latitudes(i)
            if found is None:
                continue
            y, masses = found
            middle = _median(y, masses)
            border = 0.5 * (middle + math.log(math.tan(0.5)))
            deficits = masses * versine(y)
            shares[i] = deficits[y > border].sum() / deficits.sum() if border > middle else math.nan
        return shares

    @cached_property
    def without_share(self) -> str:
        """Why the last snapshot does not tell the cluster from what is outside it, in words."""
        if not self.snapshot_times.size:
            return "the record holds no snapshot"
        found = self.latitudes(self.snapshot_times.size - 1)
        if found is None:
            no_mean = self["order_parameter"][-1] < 1e-12
            return "the density has no mean direction" if no_mean else f"no sums by angle to the mean in d = {self.d}"
        within = math.degrees(float(polar_angle(_median(*found))))
        return f"there is no cluster at the mean direction yet: half of the mass lies beyond {within:.0f}° of it"


def _median(y: Array, masses: Array) -> float:
    """Return the latitude within which half of the mass lies."""
    return float(y[int(np.searchsorted(np.cumsum(masses), 0.5 * masses.sum()))])


def _derivative(times: Array, values: Array, middle: int) -> float:
    """Return the derivative at `middle` of the polynomial through all points."""
    offsets = times - times[middle]
    powers = np.vander(offsets / np.abs(offsets).max(), increasing=True)
    return float(np.linalg.solve(powers, values)[1] / np.abs(offsets).max())
