"""β = 0 on S² from 1 to any 1 − R: one boost and one turn of the initial density, integrated where that density is.

x(t) = B_η(n) Q y, B_η(n) the boost of rapidity η towards n: the rapidity vector sinh η · n obeys p' = cosh η · m and
Q' = tanh(η/2) (m nᵀ − n mᵀ) Q (the reduction of arXiv:1907.07150; derived here in components along and across n),

    η' = <m, n>,     n' = coth η · m⊥,     m = ∫ x dμ_t.

In latitudes Y about the axis Qᵀn, which ends in the repelling point −Qᵀn, the boost is Y → Y − η and leaves azimuths
alone; ρ0 is evaluated at points of an even grid in (Y, azimuth), whose sums converge exponentially, and nothing is ever
subtracted from one: neither 1 − R nor the distance to the repelling point has a floor.
"""

from dataclasses import dataclass

import numpy as np
from scipy.integrate import DOP853

_EARLY = 0.5  # rapidity up to which sinh η · n is integrated, which is smooth at η = 0


@dataclass(frozen=True, eq=False)
class Reduced:
    """At ``times``: ``mean``, ``order_deficit``, ``w2_to_dirac``, rapidity, n, Q."""

    times: np.ndarray
    mean: np.ndarray
    order_deficit: np.ndarray
    w2_to_dirac: np.ndarray
    repelling: np.ndarray
    poses: list

    def log_density(self, i, points, log_density):
        """ln ρ at ``points`` and ``times[i]``; points near n lose digits like 1e-16 e^η."""
        eta, n, Q = self.poses[i]
        along = points @ n
        factor = np.cosh(eta) - along * np.sinh(eta)
        back = (points + ((np.cosh(eta) - 1) * along - np.sinh(eta))[:, None] * n) / factor[:, None]
        return log_density(back @ Q) - 2 * np.log(factor)


def _frame(n):
    first = np.cross(n, np.eye(3)[np.argmin(np.abs(n))])
    first /= np.linalg.norm(first)
    return np.stack([first, np.cross(n, first), n])


class _Sampler:
    def __init__(self, log_density, reach, step, azimuths):
        self.log_density = log_density
        self.step, self.reach = step, reach
        phi = 2 * np.pi * np.arange(azimuths) / azimuths
        self.phase = np.exp(1j * phi)
        self.total = None

    def __call__(self, eta, n, Q):
        """m across n (complex, in the frame of n), ∫ (1 − cos) dμ, ∫ θ² dμ about the mean."""
        Y = np.arange(-self.reach, self.reach + max(eta, 0.0) + self.step, self.step)
        frame = _frame(n)
        s, c = 1 / np.cosh(Y), -np.tanh(Y)
        around = np.stack([self.phase.real, self.phase.imag], axis=-1) @ frame[:2]
        points = (c[:, None, None] * n + s[:, None, None] * around) @ Q
        masses = np.exp(self.log_density(points)) * (s * s)[:, None] * self.step / (2 * self.phase.size)
        if self.total is None:
            self.total = masses.sum()
        masses = masses / self.total
        u = np.exp(Y - eta)[:, None] * self.phase
        return masses, u, frame

    def mean(self, eta, n, Q):
        masses, u, frame = self(eta, n, Q)
        square = np.abs(u) ** 2
        across = np.sum(masses * 2 * u / (1 + square))
        versine = np.sum(masses * 2 * square / (1 + square))
        return across, versine, frame


def solve(log_density, times, tolerance=1e-13, reach=20.0, step=0.1, azimuths=64):
    """Motion of a density whose ln ρ at unit vectors of shape (…, 3) is given, up to a constant."""
    sampler = _Sampler(log_density, reach, step, azimuths)

    def unpack(state, early):
        if early:
            eta = np.arcsinh(np.linalg.norm(state[:3]))
            n = state[:3] / np.sinh(eta) if eta > 0 else np.array([0.0, 0.0, 1.0])
        else:
            eta, n = state[0], state[1:4] / np.linalg.norm(state[1:4])
        return eta, n, state[-9:].reshape(3, 3)

    def rate(state, early):
        eta, n, Q = unpack(state, early)
        across, versine, frame = sampler.mean(eta, n, Q)
        side = across.real * frame[0] + across.imag * frame[1]
        along = 1.0 - versine
        turn = np.tanh(eta / 2) * (np.outer(side, n) - np.outer(n, side)) @ Q
        if early:
            return np.concatenate([np.cosh(eta) * (along * n + side), turn.ravel()])
        return np.concatenate([[along], side / np.tanh(eta), turn.ravel()])

    state, time, early = np.concatenate([np.zeros(3), np.eye(3).ravel()]), 0.0, True
    found = []
    for goal in times:
        while time < goal:
            solver = DOP853(lambda _, y, e=early: rate(y, e), time, state, goal, rtol=tolerance, atol=tolerance)
            while solver.status == "running":
                solver.step()
                if early and unpack(solver.y, True)[0] > _EARLY:
                    break
            time, state = solver.t, solver.y
            if early and unpack(state, True)[0] > _EARLY:
                eta, n, Q = unpack(state, True)
                state, early = np.concatenate([[eta], n, Q.ravel()]), False
        found.append(_measure(sampler, *unpack(state, early)))
    return Reduced(
        np.asarray(times), *(np.array(column) for column in list(zip(*found, strict=True))[:4]), [f[4] for f in found]
    )


def _measure(sampler, eta, n, Q):
    masses, u, frame = sampler(eta, n, Q)
    square = np.abs(u) ** 2
    across = np.sum(masses * 2 * u / (1 + square))
    along = 1.0 - np.sum(masses * 2 * square / (1 + square))
    U = across / (np.hypot(abs(across), along) + along)
    tangent = np.abs(u - U) / np.abs(1 + np.conj(U) * u)
    deficit = np.sum(masses * 2 * tangent**2 / (1 + tangent**2))
    w2 = np.sqrt(np.sum(masses * (2 * np.arctan(tangent)) ** 2))
    mean = across.real * frame[0] + across.imag * frame[1] + along * n
    return mean, deficit, w2, -n @ Q, (eta, n, Q)
