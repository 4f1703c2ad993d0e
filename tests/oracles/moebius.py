"""β = 0 without any discretization of the density: the flow is a motion of the ball, the same for every point.

ẋ = m − <m, x> x is the projective action of a Lorentz generator: x = ξ/ξ₀ with

    d/dt (ξ₀, ξ) = (<m, ξ>, ξ₀ m),

so all points move by one matrix Λ(t) of SO(1, d), Λ' = G(m) Λ, in which only m = Σ_j p_j x_j(t) sees the measure
(derived here; the reduction is that of arXiv:1907.07150). (d+1)² numbers are integrated, whatever the number of points.

A point loses digits where ξ₀ is small, beside the repelling point: e^{2s} units of round-off at rapidity s.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.integrate import DOP853


@dataclass(frozen=True, eq=False)
class Boosts:
    """The motions at ``times``: ``matrices[i]`` is Λ(times[i]), (d+1)×(d+1)."""

    times: np.ndarray
    matrices: np.ndarray

    def move(self, i, points):
        """Where points of t = 0 are at ``times[i]``."""
        return _act(self.matrices[i], points)

    def log_density(self, i, points, log_density):
        """ln ρ at ``points`` and ``times[i]`` from a callable ln ρ at t = 0.

        The motion is conformal with factor 1/ξ₀ (ξ₀ that of the starting point), so ρ gains ξ₀^{d−1}.
        """
        start = _act(np.linalg.inv(self.matrices[i]), points)
        stretch = self.matrices[i][0, 0] + start @ self.matrices[i][0, 1:]
        return log_density(start) + (points.shape[1] - 1) * np.log(stretch)


def solve(points, masses, times, tolerance=1e-13):
    """Motions of the measure Σ p_j δ_{x_j}, from the identity at ``times[0]``."""
    size = points.shape[1] + 1

    def rate(_, state):
        matrix = state.reshape(size, size)
        mean = masses @ _act(matrix, points)
        return np.vstack([mean @ matrix[1:], np.outer(mean, matrix[0])]).ravel()

    matrices, state = [np.eye(size)], np.eye(size).ravel()
    for t0, t1 in pairwise(times):
        solver = DOP853(rate, t0, state, t1, rtol=tolerance, atol=tolerance)
        while solver.status == "running":
            solver.step()
        state = solver.y
        matrices.append(state.reshape(size, size))
    return Boosts(np.asarray(times, dtype=float), np.array(matrices))


def order_deficit(points, masses):
    """1 − |mean| as Σ p |x − mean/R|²/2."""
    mean = masses @ points
    chords = points - mean / np.linalg.norm(mean)
    return 0.5 * float(masses @ np.sum(chords**2, axis=1))


def _act(matrix, points):
    time = matrix[0, 0] + points @ matrix[0, 1:]
    return (matrix[1:, 0] + points @ matrix[1:, 1:].T) / time[:, None]
