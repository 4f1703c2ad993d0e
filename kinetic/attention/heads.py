"""What an attention head is: a kernel and three matrices. It knows no densities."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kinetic.errors import DomainError
from kinetic.kernels import ExponentialKernel, Kernel
from kinetic.types import Array, ArrayLike

_ROUNDINGS = 8.0  # a product of matrices is known to d roundings of its factors' size; this many times that is equal


@dataclass(frozen=True, eq=False)
class Head:
    """One head: a token at x is pulled towards V y by every token at y, with weight g(<Qx, Ky>).

    Parameters
    ----------
    beta : float
        Inverse temperature β, any sign, of the kernel e^{βt}.
    query, key, value : Array, shape (d, d)
        Q, K, V: any real matrices, singular ones and zero included.
    other : Kernel, optional
        g where it is not e^{βt}.

    Raises
    ------
    DomainError
        If the three are not finite square matrices of one size.
    """

    beta: float
    query: Array
    key: Array
    value: Array
    other: Kernel | None = None

    def __post_init__(self) -> None:
        shapes = [matrix.shape for matrix in (self.query, self.key, self.value)]
        square = len(shapes[0]) == 2 and shapes[0][0] == shapes[0][1] and len(set(shapes)) == 1
        if not square:
            raise DomainError(f"head: received query, key, value of shapes {shapes}; three d×d matrices are needed")
        if not np.all(np.isfinite([*self.query.flat, *self.key.flat, *self.value.flat, self.beta])):
            raise DomainError("head: received an infinite or undefined number in beta, query, key or value")

    @classmethod
    def of(cls, beta: float, query: ArrayLike, key: ArrayLike, value: ArrayLike, dimension: int) -> "Head":
        """Return a head whose matrices are given as matrices or as numbers, multiples of the identity."""
        one = np.eye(dimension)
        matrices = [np.asarray(given, dtype=float) for given in (query, key, value)]
        q, k, v = (given * one if given.ndim == 0 else given for given in matrices)
        return cls(float(beta), q, k, v)

    @property
    def dimension(self) -> int:
        """Ambient dimension d."""
        return int(self.query.shape[0])

    @cached_property
    def kernel(self) -> Kernel:
        """g, the kernel of the head with query = key = identity."""
        return self.other or ExponentialKernel(self.beta, self.dimension)

    @property
    def is_exponential(self) -> bool:
        """Whether g is e^{βt}."""
        return isinstance(self.kernel, ExponentialKernel)

    @cached_property
    def widest(self) -> Kernel:
        """t ↦ g(‖A‖t): the kernel in the direction that A stretches most."""
        return self.kernel.scaled(float(np.linalg.norm(self.form, 2)))

    @cached_property
    def narrowest(self) -> Kernel:
        """The kernel in the direction that A stretches least."""
        return self.kernel.scaled(float(np.linalg.svd(self.form, compute_uv=False)[-1]))

    @cached_property
    def form(self) -> Array:
        """A = KᵀQ, the bilinear form of the scores: <Qx, Ky> = <Ax, y>."""
        return np.asarray(self.key.T @ self.query)

    @property
    def exponent(self) -> Array:
        """βA: what x is multiplied with before it meets y in the exponential."""
        return self.beta * self.form

    @cached_property
    def reach(self) -> float:
        """b = |β|‖A‖, the largest exponent between two tokens (spectral norm)."""
        return float(np.linalg.norm(self.exponent, 2))

    @property
    def is_identity(self) -> bool:
        """Whether Q = K = V = I."""
        one = np.eye(self.dimension)
        return all(np.array_equal(matrix, one) for matrix in (self.query, self.key, self.value))

    @property
    def has_scalar_form(self) -> bool:
        """Whether A is a multiple of the identity."""
        return np.array_equal(self.form, self.form[0, 0] * np.eye(self.dimension))

    @property
    def has_potential(self) -> bool:
        """Whether KᵀQ = V = Vᵀ, to the rounding of the product KᵀQ: the unnormalised field is then a gradient.

        With A = Aᵀ the derivative of ½ ∬ W(<Ax,y>) dμ dμ with respect to μ is ∫ W(<Ax,y>) dμ(y), whose gradient on the
        sphere is P_x A ∫ y g(<Ax,y>) dμ(y): the head's field if V = A.
        """
        size = np.linalg.norm(self.key, 2) * np.linalg.norm(self.query, 2)
        allowed = _ROUNDINGS * self.dimension * np.finfo(float).eps * size
        off = max(np.abs(self.form - self.value).max(), np.abs(self.value - self.value.T).max())
        return bool(off <= allowed)


def have_potentials(heads: Iterable[Head]) -> bool:
    """Whether the heads' energies add up to one that their transport gains at the rate of its power.

    dE/dt = ∫ <Σ_h Z_h X_h, X> dμ, X = Σ_h X_h, holds for any number of such heads and for both normalizations, as each
    Z_h X_h is the gradient of its head's potential. Without softmax it is ∫ |X|² dμ, for one softmax head ∫ Z|X|² dμ;
    several softmax heads have several Z_h, and the sum may be negative: the identity holds, monotony need not.
    """
    return all(head.has_potential for head in heads)
