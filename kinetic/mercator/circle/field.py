"""The drift of any heads on the circle as a short Fourier series, seen from a material point p.

With φ the angle of x, A = KᵀQ and βAx = b(φ) (cos α(φ), sin α(φ)), the Jacobi–Anger expansion
e^{b cos ψ} = Σ_k I_k(b) e^{ikψ} gives (derived here), with μ's mass m and e^{ikp} D_k = m e^{ikp} − ∫ e^{iky} dμ(y),

    Z(φ) = ∫ e^{β<Qx, Ky>} dμ      = m e^{b cos(α−p)}         − Σ_k I_k(b) e^{−ikα} e^{ikp} D_k,
    Y(φ) = ∫ e^{β<Qx, Ky>} y dμ    = m e^{b cos(α−p)} e^{ip}  − Σ_k I_k(b) e^{−ikα} e^{i(k+1)p} D_{k+1},

points of the plane as complex numbers: what is summed is the difference to a Dirac mass at p, whose rounding error
vanishes with the collapse. X = Σ_h Im(e^{−iφ} V_h Y_h)/N_h is put on an equidistant grid, fine enough for it to be a
trigonometric polynomial to rounding, whose coefficients X_k are what tokens are moved with:

    X(p + θ) − X(p) = −2 Re Σ_k X_k e^{ikp} d_k(θ),     d_k = 1 − e^{ikθ},  d_{k+1} = d_1 + e^{iθ} d_k,

accurate relative to θ however small, as d_1 is given with that accuracy. The module sees chords d_1 and masses; it
knows no cells and no time.
"""

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy import fft, special

from kinetic.attention.heads import Head
from kinetic.attention.perceptron import Neurons
from kinetic.geometry import on_circle
from kinetic.kernels import Kernel
from kinetic.types import Array, ComplexArray, Normalization

_ROUNDING = float(np.finfo(float).eps)
_NEGLIGIBLE = 1e-18  # of the kernel's mean: a moment that cannot add more is not computed
_HIGHEST = 4000
_OF_QUOTIENTS = 126  # degrees of X where none is known to be the last; what the highest hold counts as rounding


@dataclass(frozen=True, eq=False)
class Chords:
    """d_k = factor · rows[k−1], k = 1, 2, …, of tokens at angles θ from p.

    Parameters
    ----------
    factor : Array, shape (n,)
    rows : ComplexArray, shape (degree, n)
    """

    factor: Array
    rows: ComplexArray

    @classmethod
    def of(cls, factor: Array, chord: ComplexArray, degree: int) -> "Chords":
        """Return the table from d_1 = factor · chord."""
        rows = np.empty((degree, chord.size), dtype=complex)
        rows[0] = chord
        wave = 1.0 - factor * chord
        for k in range(1, degree):
            np.multiply(rows[k - 1], wave, out=rows[k])
            rows[k] += chord
        return cls(factor, rows)

    def extended(self, degree: int) -> "Chords":
        """Return a table of at least that many rows."""
        known = self.rows.shape[0]
        return self if known >= degree else Chords.of(self.factor, self.rows[0], degree)

    def sums(self, masses: Array) -> ComplexArray:
        """Return D_0 = 0, D_1, …: Σ masses · d_k."""
        weighted = masses * self.factor
        return np.concatenate([[0.0], self.rows @ weighted])


@dataclass(frozen=True, eq=False)
class Drift:
    """Fourier coefficients of the drift about p.

    Parameters
    ----------
    velocity, force : ComplexArray, shape (degree + 1,)
        X_k e^{ikp} and F_k e^{ikp}, k ≥ 0: X = c_0 + 2 Re Σ_{k≥1} c_k e^{ikθ}. F = Σ_h Z_h X_h with softmax.
    partition_noise : float
        Relative rounding error of the partitions where they are smallest.
    rounding : float
        Of one coefficient of X.
    """

    velocity: ComplexArray
    force: ComplexArray
    partition_noise: float
    rounding: float

    @property
    def degree(self) -> int:
        """Highest degree kept."""
        return self.velocity.size - 1

    @property
    def noise(self) -> float:
        """Relative rounding error of the partitions, or of the slowest repelling point's rate, whichever is worse.

        A repelling point is where X − X(p) grows through zero: all that is late comes from there.
        """
        count = fft.next_fast_len(8 * self.velocity.size + 8, real=True)
        values = fft.irfft(self.velocity, count, norm="forward") - self.at_pole
        rises = np.roll(values, -1) - values
        slopes = rises[(values <= 0) & (np.roll(values, -1) > 0)] * count / (2 * np.pi)
        degrees = self.velocity.size * (self.velocity.size - 1) / 2
        slope = self.rounding * degrees / float(slopes.min()) if slopes.size else 0.0
        return max(self.partition_noise, slope)

    @property
    def at_pole(self) -> float:
        """X(p), radians per unit of time."""
        return float(self.velocity[0].real + 2.0 * self.velocity[1:].sum().real)

    @property
    def slope_at_pole(self) -> float:
        """X'(p)."""
        return float(-2.0 * (np.arange(self.velocity.size) * self.velocity).sum().imag)

    def at(self, theta: Array) -> tuple[Array, Array]:
        """Return X and X' at angles θ from p, to absolute accuracy."""
        degrees = np.arange(self.velocity.size)
        waves = np.exp(1j * np.multiply.outer(np.asarray(theta, dtype=float), degrees)) * self.velocity
        values = 2.0 * waves.sum(axis=-1).real - float(self.velocity[0].real)
        return np.asarray(values), np.asarray(-2.0 * (degrees * waves).sum(axis=-1).imag)


@dataclass(frozen=True, eq=False)
class _Acting:
    """One head on the grid.

    Parameters
    ----------
    head : Head
    size, angle : Array, shape (nodes,)
        b and α of βAx, for other kernels than e^{βt} those of Ax.
    log_scale : Array, shape (nodes,)
        What logarithms are reduced by: b, 0 for other kernels.
    waves : ComplexArray, shape (nodes, degree + 1)
        e^{−b} I_k(b) e^{−ikα}, for other kernels g_k(b) e^{−ikα}, g_k those of t ↦ g(bt).
    along, across : complex
        V y = along · y + across · conj(y).
    """

    head: Head
    size: Array
    angle: Array
    log_scale: Array
    waves: ComplexArray
    along: complex
    across: complex

    @classmethod
    def of(cls, head: Head, nodes: Array, degree: int) -> "_Acting":
        """Prepare a head."""
        form = head.exponent if head.is_exponential else head.form
        image = on_circle(nodes) @ form.T
        size, angle = np.hypot(image[:, 0], image[:, 1]), np.arctan2(image[:, 1], image[:, 0])
        k = np.arange(degree + 1)
        if head.is_exponential:
            scale, values = size, special.ive(k, size[:, None])
        else:
            kernel = head.kernel
            scale, values = np.zeros_like(size), np.stack([kernel.scaled(float(b)).eigenvalues(degree) for b in size])
        waves = values * np.exp(-1j * np.multiply.outer(angle, k))
        v = head.value
        along = 0.5 * complex(v[0, 0] + v[1, 1], v[1, 0] - v[0, 1])
        across = 0.5 * complex(v[0, 0] - v[1, 1], v[1, 0] + v[0, 1])
        return cls(head, size, angle, scale, waves, along, across)

    def gathered(self, moments: ComplexArray, mass: float, pole: float) -> tuple[Array, ComplexArray, Array]:
        """Return Z and Y over e^{log_scale} on the grid, and the size of what was summed, from moments e^{ikp} D_k."""
        known = moments.size - 1
        waves = self.waves[:, : known + 1]
        if self.head.is_exponential:
            dirac = mass * np.exp(-2.0 * self.size * np.sin(0.5 * (self.angle - pole)) ** 2)
        else:
            dirac = mass * self.head.kernel.values(self.size * np.cos(self.angle - pole))
        turn = complex(math.cos(pole), math.sin(pole))
        Z = dirac - 2.0 * (waves @ moments).real
        up = waves[:, :known] @ moments[1:]
        down = np.conj(self.waves[:, 2 : known + 1] @ moments[1:known])
        summed = np.abs(dirac) + 2.0 * np.abs(waves) @ np.abs(moments)
        return Z, dirac * turn - up - down, summed


@dataclass(frozen=True, eq=False)
class CircleField:
    """Heads acting on tokens of the circle.

    Parameters
    ----------
    heads : tuple of Head
        Any 2×2 matrices and any β.
    normalization : {"none", "softmax"}
    neurons : Neurons, optional
        Of a perceptron beside the heads, without a kink.
    held : ComplexArray, optional
        Fourier coefficients of X where that stays what it was at one time (frozen attention).
    folds : int
        K of K-fold densities, whose moments of other degrees than multiples of K are zero.

    Cost
    ----
    One recurrence of some 20 steps over the tokens (β = 1), fewer as the density collapses, and a grid of some tens of
    nodes.
    """

    heads: tuple[Head, ...]
    normalization: Normalization
    neurons: Neurons | None = None
    held: ComplexArray | None = None
    folds: int = 1

    @property
    def reach(self) -> float:
        """Largest |β|‖KᵀQ‖; for other kernels than e^{βt} their sharpness."""
        return max(head.reach if head.is_exponential else head.widest.sharpness for head in self.heads)

    @cached_property
    def moment_degree(self) -> int:
        """Highest moment that the drift can feel: one more than the kernel's significant degree."""
        return max(head.widest.significant_degree(_HIGHEST) for head in self.heads) + 2

    @cached_property
    def nodes(self) -> Array:
        """Angles φ_j of the grid."""
        degree = self.moment_degree + 2
        if self.normalization == "softmax":
            degree = max(degree, *((head.widest.logarithmic_degree() or _OF_QUOTIENTS) + 2 for head in self.heads))
        if self.neurons is not None:
            degree = max(degree, self.neurons.last_degree)
        count = fft.next_fast_len(2 * degree + 2, real=True)
        return np.asarray(2.0 * np.pi * np.arange(count) / count)

    @cached_property
    def _acting(self) -> tuple[_Acting, ...]:
        return tuple(_Acting.of(head, self.nodes, self.moment_degree) for head in self.heads)

    @cached_property
    def _sizes(self) -> Array:
        """e^{−b} I_k(b) at the largest b: what a unit of degree k can do."""
        return np.asarray(special.ive(np.arange(self.moment_degree + 1), self.reach))

    def needed(self, spread: float) -> int:
        """Return the highest moment that matters where ∫ |d_1| dμ = spread: |D_k| ≤ k spread."""
        if any(not head.is_exponential for head in self.heads):
            return self.moment_degree
        k = np.arange(1, self.moment_degree + 1)
        bound = k * self._sizes[: k.size] * spread  # D_k meets I_{k−1} in Y
        return max(1, int(np.count_nonzero(np.flip(np.cumsum(np.flip(bound))) > _NEGLIGIBLE * self._sizes[0])))

    def drift(self, sums: ComplexArray, mass: float, pole: float) -> Drift:
        """Return the drift from D_0, D_1, … and the mass.

        Accuracy
        --------
        Rounding, ε e^{2b} max|D_k| relative to the smallest partition; `Drift.noise` says how much.
        """
        degrees = np.arange(sums.size)
        moments = np.where(degrees % self.folds == 0, sums, mass) * np.exp(1j * pole * degrees)
        velocity, force = self._driven.copy(), self._driven.copy()
        noise = 0.0
        tangent = np.exp(-1j * self.nodes)
        for acting in self._acting:
            Z, Y, summed = acting.gathered(moments, mass, pole)
            pull = (tangent * (acting.along * Y + acting.across * np.conj(Y))).imag
            force += np.exp(acting.log_scale) * pull
            if self.normalization == "softmax":
                velocity += pull / Z
                noise = max(noise, _ROUNDING * float(np.max(summed / Z)) if Z.min() > 0 else np.inf)
        if self.held is not None:
            turned = self.held * np.exp(1j * pole * np.arange(self.held.size))
            return Drift(turned, self._series(force, pole)[0], 0.0, _ROUNDING * float(np.abs(self.held).sum()))
        if self.normalization == "none":
            series, size = self._series(force, pole)
            return Drift(series, series, noise, size)
        series, size = self._series(velocity, pole)
        return Drift(series, self._series(force, pole)[0], noise, size)

    def holding(self, drift: Drift, pole: float) -> "CircleField":
        """Return the field that keeps a drift about a pole for ever."""
        series = drift.velocity
        return replace(self, held=np.asarray(series * np.exp(-1j * pole * np.arange(series.size))))

    @cached_property
    def _driven(self) -> Array:
        """What the perceptron adds to X on the grid."""
        if self.neurons is None:
            return np.zeros(self.nodes.size)
        points = on_circle(self.nodes)
        along = np.stack([-points[:, 1], points[:, 0]], axis=1)
        return np.asarray(np.vecdot(self.neurons.pull(points), along))

    def driven_energy(self, angles: Array, masses: Array) -> float:
        """Return ∫ φ dμ of tokens at angles, φ of the perceptron."""
        if self.neurons is None:
            return 0.0
        return float(np.sum(masses * self.neurons.levels(on_circle(angles))))

    def partitions(self, sums: ComplexArray, mass: float, pole: float) -> list[Array]:
        """Return Z of every head on the grid; for other kernels than e^{βt} ∫ W dμ, W' = g."""
        moments = sums * np.exp(1j * pole * np.arange(sums.size))
        return [np.exp(acting.log_scale) * acting.gathered(moments, mass, pole)[0] for acting in self._levels]

    @cached_property
    def _levels(self) -> tuple[_Acting, ...]:
        """The heads with W in the place of g, where that is not e^{βt}."""
        return tuple(
            acting if acting.head.is_exponential else _Acting.of(_raised(acting.head), self.nodes, self.moment_degree)
            for acting in self._acting
        )

    def _series(self, values: Array, pole: float) -> tuple[ComplexArray, float]:
        """Return the coefficients about p that are larger than rounding, and the rounding of one."""
        size = _ROUNDING * float(np.max(np.abs(values)))
        series = fft.rfft(values, norm="forward")
        if any(not head.is_exponential for head in self.heads):
            size = max(size, float(np.abs(series[-3:-1]).max()))
        if self.nodes.size % 2 == 0:
            series = series[:-1]
        kept = np.flatnonzero(np.abs(series) > size)
        highest = max(1, int(kept[-1])) if kept.size else 1
        series = series[: highest + 1]
        return np.asarray(series * np.exp(1j * pole * np.arange(series.size))), size


def _raised(head: Head) -> Head:
    """Return a head with the antiderivative of its kernel as kernel."""
    factor, function = head.kernel.antiderivative()
    assert factor == 1.0
    assert isinstance(function, Kernel)
    return replace(head, other=function)
