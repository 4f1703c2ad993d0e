"""Rates beside a single Dirac mass for heads with any matrices.

Responsible for whether δ_e is stationary, and then for the linear rates of a cluster's spread, of its mean, of the
escape from −e, and for the decay of 1 − R that follows from them. Knows nothing of how δ_e is reached.

**Derived here.** With a_h(x, y) = 1 (softmax, one token or one cluster) or e^{β_h<Q_hx, K_hy>} (none), δ_e makes the
field X(x) = P_x Σ_h a_h(x, e) V_h e. It vanishes at e iff Σ_h a_h(e, e) V_h e = λe. With P = I − eeᵀ, at x = e + δ:

    spread: δ′ = −λδ + Σ_h β_h a_h P V_h e <Q_hᵀK_h e, δ>                       (the field is frozen),
    mean:   the same + Σ_h a_h P V_h δ + Σ_h β_h a_h P V_h e <K_hᵀQ_h e, δ>      (the source moves along),

the terms with β_h being absent under softmax. At −e the same expansion with a_h(−e, e) and λ_− = <e, Σ_h a_h(−e, e) V_h
e> gives δ′ = +λ_−δ + …. For one head whose value has e as an eigenvector, all spreads shrink at λa and all escape rates
are λa_−. With a density that is positive at −e the mass still there decays at the trace T of the escape rates, the bulk
contracts at λ_c, and as for the identity head 1 − R ~ e^{−κt}, κ = min(T, 2λ_c), with a factor t at a tie.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import null_space

from kinetic.errors import DomainError
from kinetic.theory.domain import require_normalization
from kinetic.theory.statement import statement
from kinetic.types import Array, ArrayLike, ComplexArray, Normalization

SOURCE = "derived here"
STATIONARY = 1e-9
ITERATIONS = 100

Head = tuple[float, ArrayLike, ArrayLike, ArrayLike]


@dataclass(frozen=True)
class DiracRates:
    """Linear rates at δ_e, each an array of d − 1 complex numbers per unit of time, largest real part first.

    Attributes
    ----------
    spread : ndarray, shape (d − 1,)
        Growth rates of the distance of a test token to the cluster.
    mean : ndarray, shape (d − 1,)
        Growth rates of a displacement of the whole cluster.
    escape : ndarray, shape (d − 1,)
        Growth rates of the distance of a test token to −e.
    antipode_residual : float
        |X(−e)|: if it is not zero the antipode is no stationary point, and `escape` does not apply.
    """

    spread: ComplexArray
    mean: ComplexArray
    escape: ComplexArray
    antipode_residual: float

    @property
    def is_stable(self) -> bool:
        """Whether spread and mean all decay."""
        return bool(max(self.spread[0].real, self.mean[0].real) < 0.0)

    @property
    def cluster_deficit_rate(self) -> float:
        """The exponent 2λ_c of 1 − R for data without mass near −e."""
        return float(-2.0 * self.spread[0].real)

    @property
    def density_deficit_rate(self) -> float:
        """The exponent min(T, 2λ_c) of 1 − R for a density that is positive at −e, T the trace of `escape`."""
        return min(self.cluster_deficit_rate, float(np.sum(self.escape.real)))


@statement("derived", SOURCE, "linear rates of spread, mean and escape at a Dirac mass, any Q, K, V")
def dirac_rates(direction: ArrayLike, heads: Sequence[Head], normalization: Normalization) -> DiracRates:
    """Return the linear rates at δ_e.

    Parameters
    ----------
    direction : array_like, shape (d,)
        e; it is normalized.
    heads : sequence of (float, array_like, array_like, array_like)
        (β_h, Q_h, K_h, V_h), matrices of shape (d, d).

    Raises
    ------
    DomainError
        If δ_e is not stationary: |X(e)| > 1e-9 Σ_h |V_h|.

    **Accuracy** Round-off of d×d eigenvalue problems.
    """
    require_normalization(normalization)
    e, matrices = _read(direction, heads)
    tangent = null_space(e[None, :])
    spread, drive, residual = _frozen(e, e, matrices, normalization)
    scale = sum(float(np.linalg.norm(value)) for _, _, _, value in matrices)
    if not residual <= STATIONARY * max(scale, 1e-300):
        raise DomainError(
            f"the field at e is {residual:.2g}, not zero: δ_e is not stationary; give an eigenvector of Σ a_hV_h"
        )
    escape, _, antipode_residual = _frozen(-e, e, matrices, normalization)
    return DiracRates(
        _eigenvalues(tangent.T @ spread @ tangent),
        _eigenvalues(tangent.T @ (spread + drive) @ tangent),
        _eigenvalues(tangent.T @ escape @ tangent),
        antipode_residual,
    )


@statement("derived", SOURCE, "the stationary Dirac mass nearest to a direction, any Q, K, V")
def stationary_direction(near: ArrayLike, heads: Sequence[Head], normalization: Normalization) -> Array:
    """Return the unit vector e nearest to a direction at which δ_e is stationary.

    Σ_h a_h(e, e) V_h e = λe: the eigenvector nearest to the direction, of the matrix with the weights at that
    direction, then at that eigenvector, until it stays.

    Parameters
    ----------
    near : array_like, shape (d,)
    heads
        As for `dirac_rates`.

    Returns
    -------
    ndarray, shape (d,)

    Raises
    ------
    DomainError
        If there is no real eigenvector, or the iteration does not settle: it need not, without softmax.
    """
    require_normalization(normalization)
    e, matrices = _read(near, heads)
    for _ in range(ITERATIONS):
        total = np.zeros((e.size, e.size))
        for beta, query, key, value in matrices:
            score = float((query @ e) @ (key @ e))
            total += value * (1.0 if normalization == "softmax" else math.exp(beta * score))
        eigenvalues, vectors = np.linalg.eig(total)
        real = vectors.real[:, np.abs(eigenvalues.imag) == 0.0]
        if real.shape[1] == 0:
            raise DomainError("the values have no real eigenvector: no Dirac mass is stationary")
        cosines = e @ real / np.linalg.norm(real, axis=0)
        best = int(np.argmax(np.abs(cosines)))
        moved = real[:, best] / (np.linalg.norm(real[:, best]) * np.sign(cosines[best]))
        settled, e = float(np.linalg.norm(moved - e)) < STATIONARY, moved
        if settled:
            return np.asarray(e)
    raise DomainError("the eigenvector nearest to the direction does not settle; give one nearer to it")


def _frozen(
    x: Array, e: Array, matrices: Sequence[tuple[float, Array, Array, Array]], normalization: Normalization
) -> tuple[Array, Array, float]:
    """Return the linearization of X at x = ±e in x, that in the source, and |X(x)|."""
    d = e.size
    pull, slope, drive = np.zeros(d), np.zeros((d, d)), np.zeros((d, d))
    for beta, query, key, value in matrices:
        score = key.T @ query
        weight = 1.0 if normalization == "softmax" else math.exp(beta * float(e @ score @ x))
        pull += weight * value @ e
        drive += weight * value
        if normalization == "none":
            slope += beta * weight * np.outer(value @ e, score.T @ e)
            drive += beta * weight * np.outer(value @ e, score @ x)
    radial = float(pull @ x)
    return slope - radial * np.eye(d), drive, float(np.linalg.norm(pull - radial * x))


def _read(direction: ArrayLike, heads: Sequence[Head]) -> tuple[Array, list[tuple[float, Array, Array, Array]]]:
    """Return the unit vector and the heads as arrays."""
    e = np.asarray(direction, dtype=np.float64)
    matrices = [(float(beta), _array(query), _array(key), _array(value)) for beta, query, key, value in heads]
    shapes = {matrix.shape for _, *rest in matrices for matrix in rest}
    if e.ndim != 1 or shapes != {(e.size, e.size)} or not float(np.linalg.norm(e)) > 0.0:
        raise DomainError(
            f"direction of shape {e.shape} and matrices of shapes {shapes} do not fit; give (d,) and (d, d)"
        )
    return e / np.linalg.norm(e), matrices


def _array(matrix: ArrayLike) -> Array:
    """Return a matrix of floats."""
    return np.asarray(matrix, dtype=np.float64)


def _eigenvalues(matrix: Array) -> ComplexArray:
    """Return eigenvalues by decreasing real part."""
    values = np.linalg.eigvals(matrix).astype(np.complex128)
    return np.asarray(values[np.argsort(-values.real)])
