"""Attention with identity matrices on circle and sphere: modal kernel, nodal product.

    F = ∇G,  G = ∫ (e^{β<x,y>} − w_0)/β dμ(y),      X = F  (none)   or   X = F/Z,  Z = ∫ e^{β<x,y>} dμ(y)  (softmax)

Potential and partition are sums over the kernel's few significant degrees, whatever the degree of the density, so that
the transforms of full length are one synthesis of the density and one projection of the flux. The module knows
kernels and spaces, not time.
"""

from collections.abc import Callable
from functools import cached_property

import numpy as np

from kinetic.attention.contract import Holding
from kinetic.attention.frozen import carried_by
from kinetic.kernels import Kernel
from kinetic.spaces.circle import Circle, CircleGrid
from kinetic.spaces.sphere import Sphere, SphereGrid
from kinetic.special import log_harmonic_dimensions
from kinetic.trust import NOISE_BOUND
from kinetic.types import Array, Normalization


class NodalAttention(Holding):
    """One identity head acting on densities of the circle or the sphere.

    Parameters
    ----------
    space : Circle or Sphere
    kernel : Kernel
    normalization : {"none", "softmax"}
    context_length : float
        Number n of tokens (softmax): of the attention of a token to itself the weight 1/n is kept, so that
        X = (1 − 1/n) F/((1 − 1/n) Z + e^β/n), F without the token's own share, which is normal to the sphere.

    Accuracy
    --------
    The flux is projected without aliasing: without softmax the potential has the kernel's degree, with softmax the
    drift has the degree at which `ExponentialKernel.logarithmic_degree` bounds it by rounding (at most L is used: the
    3/2 rule). Where Z varies over more than `partition_noise` allows, its smallest values are rounding noise.

    Cost
    ----
    Two transforms of degree L (scalar synthesis, adjoint of the gradient), two or three of degree K.
    """

    def __init__(
        self, space: Circle | Sphere, kernel: Kernel, normalization: Normalization, context_length: float = np.inf
    ) -> None:
        self.space = space
        self.normalized = normalization == "softmax"
        self.kernel, self._context_length = kernel, context_length
        spectrum = kernel.spectrum(normalization, space.degree)
        degree = spectrum.degree
        product = min(kernel.logarithmic_degree() or space.degree, space.degree) if self.normalized else degree
        self.grid: CircleGrid | SphereGrid = space.grid(product)
        self._low = space.at_degree(degree)
        self._low_grid: CircleGrid | SphereGrid = self._low.grid_of(self.grid.shape)  # type: ignore[arg-type]
        # with softmax, G and Z are both divided by the scale, w_0: no overflow, whatever β
        self._spectrum, self._scale = spectrum, spectrum.scale
        multiplicities = np.exp(log_harmonic_dimensions(degree, space.dimension))
        self._potential = (spectrum.potential / multiplicities)[self._low.degrees]
        self._partition = (spectrum.partition / multiplicities)[self._low.degrees]
        self._own_weight = float(kernel.values(1.0, spectrum.log_scale)) / (context_length - 1)

    @cached_property
    def _felt_by_power(self) -> "NodalAttention | None":
        """The same attention up to the degree of <F, X>; None where that is not below the density's own."""
        last = self.kernel.logarithmic_degree() if self.normalized else self._low.degree
        if last is None or self._low.degree + last >= self.space.degree:
            return None
        small = self.space.at_degree(self._low.degree + last)
        return NodalAttention(small, self.kernel, "softmax" if self.normalized else "none", self._context_length)

    def force(self, coefficients: Array) -> Array:
        """Return F = ∇G at the nodes (softmax: divided by w_0), shape (components, *nodes)."""
        return self._low_grid.gradient(self._potential * self.space.resize(coefficients, self._low.degree))

    def partition(self, coefficients: Array) -> Array:
        """Return Z/w_0 at the nodes, with n tokens (Z + e^β/(n − 1))/w_0."""
        return self._low_partition(self.space.resize(coefficients, self._low.degree))

    def _low_partition(self, low: Array) -> Array:
        """Return Z/w_0 at the nodes from coefficients in the space `felt`."""
        partition = self._low_grid.values(self._partition * low)
        if self._own_weight:
            partition += self._own_weight
        return partition

    def drift(self, coefficients: Array) -> Array:
        """Return X at the nodes, shape (components, *nodes)."""
        force = self.force(coefficients)
        with np.errstate(all="ignore"):
            return force / self.partition(coefficients) if self.normalized else force

    def motion(self, coefficients: Array) -> tuple[Array, float, float]:
        flux, force, partition = self._flux(coefficients)
        power = self._scale * self.grid.inner(flux, force)
        square = power
        if partition is not None:
            with np.errstate(all="ignore"):
                square = self.grid.inner(flux, force / partition)
        return self.grid.weak_divergence(flux), power, square

    def held(self, source: Array) -> Callable[[Array], tuple[Array, float]]:
        return carried_by(self.grid, self.drift(source))

    def power(self, coefficients: Array) -> float:
        """Return ∫ <F, X> dμ, without the transform that −div(μX) takes.

        <F, X> has the degree of F and of X together: a density is asked for no more of its own than that.
        """
        if self._felt_by_power is not None:
            felt = self._felt_by_power
            return felt.power(self.space.resize(coefficients, felt.space.degree))
        flux, force, _ = self._flux(coefficients)
        return self._scale * self.grid.inner(flux, force)

    def carried(self, coefficients: Array, source: Array, turning: Array | None = None) -> Array:
        """Return the coefficients of −div(f (X[ν] + v)) for densities f that feel others, one row a density.

        Parameters
        ----------
        coefficients : Array, shape (count, size)
            Of f.
        source : Array, shape (count, low size) or (1, low size)
            Of ν, in the space `felt`.
        turning : Array, shape (components, count, *nodes), optional
            v at the nodes.
        """
        drift = self._low_grid.gradient(self._potential * source)
        with np.errstate(all="ignore"):  # a partition that vanishes leaves no numbers, and `felt_noise` infinite
            if self.normalized:
                drift /= self._low_partition(source)
            if turning is not None:
                drift = drift + turning
            return self.grid.weak_divergence(drift * self.grid.values(coefficients))

    @property
    def felt(self) -> Circle | Sphere:
        """The space of what a density is felt by: up to the kernel's last significant degree."""
        return self._low

    def _flux(self, coefficients: Array) -> tuple[Array, Array, Array | None]:
        """Return ρX, F and with softmax Z/w_0 at the nodes."""
        low = self.space.resize(coefficients, self._low.degree)
        force = self._low_grid.gradient(self._potential * low)
        density = self.grid.values(coefficients)
        if not self.normalized:
            return force * density, force, None
        partition = self._low_partition(low)
        with np.errstate(all="ignore"):  # a partition that rounding made zero is `partition_noise`'s to report
            density /= partition
            return force * density, force, partition

    def energy(self, coefficients: Array) -> float:
        """Return (1/2β) ∬ e^{β<x,y>} dμ dμ; R²/2 at β = 0."""
        return self.kernel.energy(self.space.by_degree(coefficients, coefficients))

    def partition_noise(self, coefficients: Array) -> float:
        """Return a bound of the relative rounding error of Z where it is smallest; 0 without softmax.

        A sum over degrees has the absolute error ε·Σ_l |w_l| N_l |ρ_l|, |ρ_l| the root-mean-square in degree l, at
        most, everywhere on the sphere; divided by the smallest Z it bounds the relative error of the drift. Z is not
        looked at where the sizes of its degrees alone keep it so far from zero that the bound is met.
        """
        if not self.normalized:
            return 0.0
        low = self.space.resize(coefficients, self._low.degree)
        powers = self._low.by_degree(low, low)
        least = self._spectrum.least_partition(powers) + self._own_weight
        noise = self._spectrum.noise(powers, np.array(least))
        return noise if noise < NOISE_BOUND else self._spectrum.noise(powers, self._low_partition(low))

    def felt_noise(self, low: Array) -> float:
        """Return `partition_noise` from coefficients in the space `felt`; of several densities the largest."""
        return self._spectrum.noise(self._low.by_degree(low, low), self._low_partition(low))
