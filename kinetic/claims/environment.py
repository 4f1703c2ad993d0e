"""Claims about runs in common noise: what one realisation must do, given its increments."""

import numpy as np

from kinetic.case import AngularGaussian, CommonNoise, Uniform
from kinetic.claims.claim import Claim, Finding, known, reached, require
from kinetic.claims.evidence import Evidence
from kinetic.theory import angular_gaussian, common_noise
from kinetic.types import Array

_SAME_TIME = 1e-9  # of a step: rounding of times that are sums of steps


def require_environment(evidence: Evidence, kind: str) -> CommonNoise:
    """Return the common noise of a run of that kind without attention, or say that it is another run."""
    other = f'needs common_noise.kind = "{kind}"'
    given = known(evidence.case.common_noise, other)
    require(given.kind == kind, other)
    still = not any(np.any(value) for *_, value in evidence.heads) and evidence.case.perceptron is None
    require(still, "needs attention that moves nothing: heads with value = 0, no perceptron")
    return given


def _angular_gaussian(evidence: Evidence, _tolerance: float) -> Finding:
    """Compare ∫ x xᵀ dμ of every snapshot with that of the angular Gaussian density of G Σ_0 Gᵀ.

    Measured is the eigenvalue of S^{−1/2} (∫ x xᵀ dμ) S^{−1/2} farthest from 1, S the predicted matrix: it is as
    sensitive across the density's axis as along it. G is made from the increments in the record.
    """
    given = require_environment(evidence, "matrix")
    initial = evidence.initial
    require(isinstance(initial, Uniform | AngularGaussian), "needs initial data uniform or angular Gaussian")
    times = evidence.snapshot_times
    reached(times.size > 1, "needs two snapshots")
    acted = evidence.record.noise["time"] - _SAME_TIME * given.step
    counts = np.searchsorted(acted, times, side="right")
    increments = evidence.record.noise["increments"]
    matrices = common_noise.flow_matrices(increments, given.strength, given.symmetric, counts.tolist())
    worst = (-1.0, 1.0, 0.0)
    for i, matrix in enumerate(matrices):
        density = evidence.density(i)
        predicted = _moments(matrix @ first_covariance(initial, evidence.d) @ matrix.T)
        root = np.linalg.cholesky(predicted)
        ratio = np.linalg.solve(root, np.linalg.solve(root, density.moment(2)).T)
        eigenvalues = np.linalg.eigvalsh(0.5 * (ratio + ratio.T))
        farthest = float(eigenvalues[np.argmax(np.abs(eigenvalues - 1.0))])
        tail = float(evidence["spectral_tail"][np.argmin(np.abs(evidence.times - times[i]))])
        # what halving the cells would change, against the smallest of the moments
        doubt = tail / float(np.linalg.eigvalsh(predicted)[0])
        worst = max(worst, (abs(farthest - 1.0), farthest, doubt))
    window = (float(times[0]), float(times[-1]))
    return Finding(1.0, worst[1], worst[2], window, "lower time.tolerance, which the cells follow")


def first_covariance(initial: object, d: int) -> Array:
    """Return Σ of an initial density that is uniform or angular Gaussian."""
    if not isinstance(initial, AngularGaussian):
        return np.eye(d)
    axis = np.array(initial.mean or np.eye(d)[0])
    return np.eye(d) + (initial.ratio - 1.0) * np.outer(axis, axis)


def _moments(sigma: Array) -> Array:
    values, vectors = np.linalg.eigh(sigma)
    return np.asarray((vectors * angular_gaussian.second_moments(values)) @ vectors.T)


CLAIMS = (Claim("pathwise_gaussian", _angular_gaussian, common_noise.flow_matrices, 1e-8, stirred=True),)
