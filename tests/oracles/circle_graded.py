"""Densities on the circle without symmetry by characteristics that are seen from the repelling point.

The tokens that decide 1 − R late are those that began next to the point that everything flees. It is found by a flow
backwards in time, on which it attracts, through the drift of a run before; then panels are graded towards it in
geometric progression, and the nodes' angles ψ from the trajectory r(t) that starts there obey

    ψ' = u(r + ψ) − u(r) = 2 Re Σ_k U_k e^{ikr} 2i sin(kψ/2) e^{ikψ/2},

without cancellation, however small they are. Heads as in `circle_characteristics`; the drift is a Fourier series
obtained by direct quadrature over the nodes on an equidistant grid, of positive terms where that decides.
"""

from dataclasses import dataclass

import numpy as np
from scipy.integrate import DOP853
from scipy.interpolate import make_interp_spline

from oracles.series import gauss_panels

GRID = 96


@dataclass(frozen=True, eq=False)
class GradedRun:
    """Rows at ``times``: the mean (times, 2), 1 − R, and where the repelling point began."""

    times: np.ndarray
    mean: np.ndarray
    order_deficit: np.ndarray
    repelling: float


def solve(heads, normalization, log_density, times, tolerance=1e-13, passes=(1e-7, 1e-10, 1e-12), width=0.7):
    """Move a density, ln ρ(θ), smooth and of period 2π, from ``times[0]`` = 0 to the last time.

    Parameters
    ----------
    heads : list of oracles.dense_attention.Head
        2×2 matrices.
    passes : tuple of float
        Tolerances of the runs that find the repelling point; two good ones, as the first is laid on a guess.
    width : float
        Of a panel in ln|ψ|.
    """
    times = np.asarray(times, dtype=float)
    point, dense = None, np.linspace(0.0, times[-1], 10 * int(times[-1]) + 21)
    for k, loose in enumerate(passes):
        if point is None:  # until there is a better guess: opposite to the mean
            angle = np.linspace(0, 2 * np.pi, 400)[:-1]
            point = np.angle(np.sum(np.exp(log_density(angle) + 1j * angle))) + np.pi
        run = _Run(heads, normalization, log_density, point, times[-1], 2 * width if k == 0 else width)
        point = run.backwards(run.march(dense, loose), dense)
    run = _Run(heads, normalization, log_density, point, times[-1], width)
    rows = [run.row(state) for state in run.march(times, tolerance)]
    mean, deficit = zip(*rows, strict=True)
    return GradedRun(times, np.array(mean), np.array(deficit), point)


def states(rate, first, times, tolerance):
    """States at the times, each component to relative accuracy; between steps by the method's interpolant."""
    rows, due = [first], list(times[1:])
    solver = DOP853(rate, times[0], first, times[-1], rtol=tolerance, atol=1e-40)
    while due:
        solver.step()
        inside = [time for time in due if time <= solver.t]
        if inside:
            between = solver.dense_output()
            rows += [solver.y if time == solver.t else between(time) for time in inside]
            due = due[len(inside) :]
    return rows


class _Run:
    def __init__(self, heads, normalization, log_density, point, end, width):
        self.heads, self.normalization, self.point = heads, normalization, point
        reach = end + 4.0 if normalization == "softmax" else end * max(1.0, np.exp(-heads[0].beta)) + 4.0
        rungs = np.pi * np.exp(-np.linspace(0.0, reach, int(reach / width) + 1))
        # panels that are far from the point are also narrow on the circle
        rungs = np.unique(np.concatenate([rungs, np.linspace(0.35, np.pi, 14)]))
        edges = np.concatenate([-rungs[::-1], rungs])
        self.start, weights = gauss_panels(edges)
        self.masses = weights * np.exp(log_density(point + self.start)) / (2 * np.pi)
        self.masses /= self.masses.sum()
        self.grid = 2 * np.pi * np.arange(GRID) / GRID
        self.images = np.stack([np.cos(self.grid), np.sin(self.grid)])

    def modes(self, r, psi):
        """Fourier coefficients U_k, k = 0 …, of the drift."""
        angles = r + psi
        y = np.stack([np.cos(angles), np.sin(angles)])
        total = np.zeros(GRID)
        for head in self.heads:
            Q, K, V = (
                np.eye(2) if m is None else np.asarray(m, dtype=float) for m in (head.query, head.key, head.value)
            )
            exponents = head.beta * ((Q @ self.images).T @ (K @ y))
            top = exponents.max(axis=1, keepdims=True)
            weights = np.exp(exponents - top) * self.masses
            force = (weights @ y.T) @ V.T
            scale = 1.0 / weights.sum(axis=1) if self.normalization == "softmax" else np.exp(top[:, 0])
            total += scale * (self.images[0] * force[:, 1] - self.images[1] * force[:, 0])
        modes = np.fft.rfft(total)[:-1] / GRID
        kept = np.flatnonzero(np.abs(modes) > 1e-16 * np.abs(total).max())
        return modes[: max(2, kept[-1] + 1)]

    def rate(self, _, state):
        r, psi = state[0], state[1:]
        modes = self.modes(r, psi)
        k = np.arange(1, modes.size)[:, None]
        turned = modes[1:, None] * np.exp(1j * k * (r + 0.5 * psi))
        relative = 2.0 * np.sum((turned * 2j * np.sin(0.5 * k * psi)).real, axis=0)
        here = modes[0].real + 2.0 * np.sum((modes[1:] * np.exp(1j * k[:, 0] * r)).real)
        return np.concatenate([[here], relative])

    def march(self, times, tolerance):
        first = np.concatenate([[self.point], self.start])
        return states(self.rate, first, times, tolerance)

    def row(self, state):
        angles = state[0] + state[1:]
        m = np.sum(self.masses * np.exp(1j * angles))
        direction = np.angle(m)
        deficit = self.masses @ (2.0 * np.sin(0.5 * (angles - direction)) ** 2)
        return np.array([m.real, m.imag]), deficit

    def backwards(self, rows, times):
        """Where the point began that ends opposite to the mean, by a spline of the drift in time."""
        series = [self.modes(row[0], row[1:]) for row in rows]
        longest = max(modes.size for modes in series)
        table = np.array([np.pad(modes, (0, longest - modes.size)) for modes in series])
        parts = make_interp_spline(times, np.concatenate([table.real, table.imag], axis=1), k=9)
        k = np.arange(longest)

        def back(time, angle):
            both = parts(times[-1] - time)
            modes = both[:longest] + 1j * both[longest:]
            waves = modes * np.exp(1j * k * angle[0])
            return -np.array([2.0 * waves.sum().real - modes[0].real])

        m = self.row(rows[-1])[0]
        guess = np.arctan2(m[1], m[0]) + np.pi
        return float(states(back, np.array([guess]), np.array([0.0, times[-1]]), 1e-13)[-1][0])
