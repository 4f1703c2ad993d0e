"""Identity attention between axisymmetric tokens that are given one by one, to relative accuracy however collapsed.

In y = ln tan(θ/2), c = cos θ = −tanh y, an identity head moves a token by

    ẏ = −F ("none"),  −F/Z ("softmax"),
    F = Σ_l g_l N_l M_l P_l'(c),   Z = Σ_l w_l N_l M_l P_l(c),   M_l = ∫ P_l dμ,

w_l the eigenvalues of e^{β<x,y>} and g_l = w_l/β. These sums alternate at the antipode of a cluster, where they lose a
factor e^{2|β|}. So what is summed here is the difference to a Dirac mass at the pole on the mean's side, whose sums are
known:

    Z = μ(S) e^{βc} − Σ_l w_l N_l δ_l P_l(c),     F = μ(S) e^{βc} − Σ_l g_l N_l δ_l P_l'(c),
    δ_l = μ(S) − M_l = ∫ (1 − P_l) dμ = ∫ (1 − c) Q_l dμ,     Q_l = (1 − P_l)/(1 − c):

the rounding error is ε e^{2|β|} times the largest δ_l, and vanishes with the collapse. The recurrence
t P_l = α_l P_{l+1} + γ_l P_{l−1} gives α_l (Q_{l+1} − Q_l) = γ_l (Q_l − Q_{l−1}) + P_l, without cancellation near the
pole of the cluster; and P_l' = l(l+d−2)/(d−1) P_{l−1} of dimension d + 2.

Along a path ln ρ changes by −div v, with v the field on the sphere:

    −div v = D ("none"),   D/Z + sin²θ F G/Z² ("softmax"),  G = Σ_l w_l N_l M_l P_l'(c) = βF,
    D = Σ_l l(l+d−2) g_l N_l M_l P_l = μ(S) e^{βc} ((d−1) c − β sin²θ) − Σ_l l(l+d−2) g_l N_l δ_l P_l.

In a context of n tokens, softmax keeps the weight 1/n of a token's attention to itself, which P_x removes from the
numerator: Z becomes Z + e^β/(n − 1), with the same gradient.

The module knows tokens and masses, not meshes.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kinetic.attention.perceptron import Neurons
from kinetic.charts.latitude import cosine, squared_sine, versine
from kinetic.kernels import Kernel, Spectrum
from kinetic.special import jacobi_coefficients, laplace_eigenvalues
from kinetic.types import Array, Integers, Normalization

_AT_POLE = 19.5  # 1 − |c| = 2e^{−2|y|} = 2e-17


@dataclass(frozen=True, eq=False)
class ZonalField:
    """What attention does to tokens at given latitudes.

    Parameters
    ----------
    side : float
        1 if the mean points along the axis, −1 if against it.
    velocity : Array
        ẏ.
    gathering : Array
        −div v: the rate of ln ρ along the paths.
    power_weight : Array
        What |X|² is multiplied with in the dissipation: 1, or Z with softmax.
    deficits : Array
        δ_l = ∫ (1 − P_l) dμ with P_l of the cosine to the mean's side, l = 0 … degree.
    noise : float
        Largest relative rounding error of the kernel's sum Z over the tokens.
    """

    side: float
    velocity: Array
    gathering: Array
    power_weight: Array
    deficits: Array
    noise: float
    driven: Array
    """The perceptron's part of ẏ."""


@dataclass(frozen=True)
class AxisymmetricAttention:
    """One identity head acting on axisymmetric tokens.

    Parameters
    ----------
    kernel : Kernel
        One whose degrees end.
    normalization : {"none", "softmax"}
    context_length : float
        Number n of tokens (softmax): of the attention of a token to itself the weight 1/n is kept, which adds
        e^β/(n − 1) to Z.
    neurons : Neurons, optional
        Of a perceptron, along the axis.

    Cost
    ----
    Three recurrences of length K, the kernel's significant degree (20 at β = 1, d = 3), over the tokens.
    """

    kernel: Kernel
    normalization: Normalization
    context_length: float = np.inf
    neurons: Neurons | None = None

    @cached_property
    def degree(self) -> int:
        """Highest degree that the drift can feel."""
        return max(self._spectrum.degree, 1)

    @cached_property
    def _spectrum(self) -> Spectrum:
        return self.kernel.spectrum(self.normalization, log_scale=self.kernel.log_largest)

    @cached_property
    def _weights(self) -> tuple[Array, Array, Array]:
        """w_l N_l, g_l N_l l(l+d−2)/(d−1) and g_l N_l l(l+d−2), all times the scale of the normalization."""
        spectrum, dimension = self._spectrum, self.kernel.dimension
        slopes = spectrum.potential * laplace_eigenvalues(spectrum.degree, dimension)
        return spectrum.partition, slopes / (dimension - 1), slopes

    @property
    def log_scale(self) -> float:
        """What logarithms of the kernel are reduced by: |β| with softmax, whose quotients do not see it."""
        return self._spectrum.log_scale

    def field(self, y: Array, masses: Array) -> ZonalField:
        """Return the motion of tokens.

        Parameters
        ----------
        y, masses : Array, shape (n,)
            Latitudes, ±∞ allowed, and masses.

        Accuracy
        --------
        Relative 1e-14·K² e^{2|β|} max δ_l, and never worse than `noise` says.
        """
        side = 1.0 if float(masses @ cosine(y)) >= 0 else -1.0
        spots = _Spots.of(side * y)
        d, z = self.kernel.dimension, spots.z
        values, slopes, quotients = zonal_tables(self.degree, d, z)
        mass = float(masses.sum())
        deficits = quotients @ spots.gathered(masses * versine(side * y))
        kernel_weights, slope_weights, laplace_weights = self._weights
        dirac = mass * self.kernel.values(cosine(z), self.log_scale)
        own = mass * float(self.kernel.values(1.0, self.log_scale)) / (self.context_length - 1)
        Z = own + dirac - (kernel_weights * deficits) @ values
        F = dirac - (slope_weights * deficits)[1:] @ slopes[:-1]
        sine = squared_sine(z)
        steepness = mass * self.kernel.slopes(cosine(z), self.log_scale)
        D = dirac * (d - 1) * cosine(z) - steepness * sine - (laplace_weights * deficits) @ values
        rounding = np.finfo(float).eps * (np.abs(dirac) + float(np.abs(kernel_weights) @ deficits))
        noise = float(np.max(rounding / Z)) if np.all(Z > 0) else np.inf
        if self.normalization == "softmax":
            G = self._partition_slope(F, steepness, deficits, slopes)
            with np.errstate(divide="ignore", invalid="ignore", over="ignore"):  # a partition that vanishes: noise is ∞
                F, D = F / Z, D / Z + sine * F * G / Z**2
            weight = Z * np.exp(self.log_scale)
        else:
            weight = np.ones_like(Z)
            if not np.all(Z > 0):  # a kernel of both signs: the sums themselves are the scale
                noise = float(np.max(rounding) / max(np.abs(dirac).max(), np.abs(Z).max()))
        velocity, gathering, weight = (spots.spread(v) for v in (-side * F, D, weight))
        driven, gathered = self._driven(y)
        return ZonalField(side, velocity + driven, gathering + gathered, weight, deficits, noise, driven)

    def pulls(self, deficits: Array) -> Array:
        """Return S_l = g_l N_l l(l+d−2)/(d−1) δ_l, l = 1 … K: what F feels of δ_l, which enters it times |p_l| ≤ 1."""
        return np.asarray((self._weights[1] * deficits)[1:])

    def pull_rates(self, y: Array, masses: Array, velocity: Array) -> Array:
        """Return dS_l/dt where tokens at latitudes y, with the cluster at y = −∞, move at ẏ."""
        slopes = zonal_tables(self.degree, self.kernel.dimension, y)[1][:-1]
        rates = slopes @ (masses * squared_sine(y) * velocity)
        eigenvalues = laplace_eigenvalues(self.degree, self.kernel.dimension)[1:]
        return np.asarray(self._weights[1][1:] * eigenvalues / (self.kernel.dimension - 1) * rates)

    def _driven(self, y: Array) -> tuple[Array, Array]:
        """Return the perceptron's parts of ẏ = −u and of −div v = (d−1) c u − sin²θ u'."""
        if self.neurons is None:
            return np.zeros_like(y), np.zeros_like(y)
        c = cosine(y)
        u, slope, _ = self.neurons.axial(c)
        return -u, (self.kernel.dimension - 1) * c * u - squared_sine(y) * slope

    def driven_energy(self, y: Array, masses: Array) -> float:
        """Return ∫ φ dμ, φ of the perceptron."""
        return 0.0 if self.neurons is None else float(masses @ self.neurons.axial(cosine(y))[2])

    def _partition_slope(self, force: Array, steepness: Array, deficits: Array, slopes: Array) -> Array:
        """Return Σ_l g_l N_l M_l P_l'(c), the derivative of Z; for e^{βt} it is βF."""
        if self.kernel.logarithmic_slope is not None:
            return self.kernel.logarithmic_slope * force
        dimension = self.kernel.dimension
        weights = self._weights[0] * laplace_eigenvalues(self.degree, dimension) / (dimension - 1)
        return np.asarray(steepness - (weights * deficits)[1:] @ slopes[:-1])


@dataclass(frozen=True, eq=False)
class _Spots:
    """The different places at which tokens are, as far as the kernel can tell: all within 1e-17 of a pole are one.

    Parameters
    ----------
    z : Array
        Latitudes of the spots; the first two are the poles.
    index : Array
        Spot of each token.
    """

    z: Array
    index: Integers

    @classmethod
    def of(cls, z: Array) -> "_Spots":
        """Find the spots of tokens."""
        between = np.abs(z) < _AT_POLE
        index = np.where(z < 0, 0, 1)
        index[between] = np.arange(2, 2 + np.count_nonzero(between))
        return cls(np.concatenate([[-np.inf, np.inf], z[between]]), index)

    def gathered(self, weights: Array) -> Array:
        """Return the sum of the tokens' weights at each spot."""
        return np.asarray(np.bincount(self.index, weights, self.z.size), dtype=float)

    def spread(self, values: Array) -> Array:
        """Return the values at the tokens from those at the spots."""
        return np.asarray(values[self.index])


def zonal_tables(degree: int, dimension: int, z: Array) -> tuple[Array, Array, Array]:
    """Return P_l, P_l of dimension d + 2, and Q_l = (1 − P_l)/(1 − c) at c = −tanh z, l = 0 … degree.

    The three recurrences run together. Both P_l start from the nearer pole, as in `special.gegenbauer_mercator`, Q_l
    from its values at c = 1.

    Returns
    -------
    values, slopes, quotients : Array, shape (degree + 1, n)
    """
    sign = np.where(z > 0, -1.0, 1.0)
    down = -versine(-np.abs(z))
    here, there = jacobi_coefficients(degree, dimension), jacobi_coefficients(degree, dimension + 2)
    gammas = np.stack([here[1], there[1], here[1]], axis=1)[:, :, None]
    inverses = 1.0 / np.stack([here[0], there[0], here[0]], axis=1)[:, :, None]
    table = np.empty((degree + 1, 3, z.size))
    table[0] = np.array([1.0, 1.0, 0.0])[:, None]
    step, push = np.zeros((3, z.size)), np.empty((3, z.size))
    for l in range(degree):
        np.multiply(table[l, :2], down, out=push[:2])
        push[2] = table[l, 0] * sign if l % 2 else table[l, 0]
        step *= gammas[l]
        step += push
        step *= inverses[l]
        np.add(table[l], step, out=table[l + 1])
    table[1::2, :2] *= sign
    return table[:, 0], table[:, 1], table[:, 2]
