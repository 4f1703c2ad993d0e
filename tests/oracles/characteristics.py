"""Axisymmetric densities on S^{d-1} by characteristics: every observable to many digits, for one identity head.

In y = ln tan(θ/2), θ the angle to the axis e, cos θ = −tanh y, the equation moves the nodes of a quadrature,

    ẏ_i = −G(y_i) ("none"),  −G(y_i)/Z(y_i) ("softmax"),
    G = Σ_l (k_l N_l/β) M_l P_l'(cos θ),   Z = Σ_l k_l N_l M_l P_l(cos θ),   M_l = Σ_i p_i P_l(cos θ_i),

whose masses p_i never change. β = 0 is ẏ = −M_1. The velocity has
θ̇ = ẏ sin θ, and along a path ln ρ changes by −∫ div v dt with

    −div v = D,  D = Σ_l l(l+d−2) (k_l N_l/β) M_l P_l ("none");   D/Z + β sin²θ G²/Z² ("softmax").

The poles ride along as two nodes of mass 0 at y = ∓∞, which is what their displacement is integrated for.

The nodes are Gauss–Legendre panels in y at t = 0. They have to resolve the density, relative to itself on each panel,
as far out as a node can still contribute to 1 − R at the end: the mass that reaches θ ~ 1 at time T started
e^{−λ_a T} from the antipode. And they have to resolve, as functions of the initial y, what the flow makes of smooth
functions: without normalization it stretches by e^{2β}, the ratio of the speeds at the cluster and at the antipode, and
beside a point that stays while its neighbors leave, by any amount. So a coarse run comes first, and the panels are laid
out to be at most half a unit wide both in y and in what becomes of y; their number grows like the final domain.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.integrate import DOP853

from oracles.densities import distance, log_cosh
from oracles.series import (
    gauss_panels,
    gegenbauer,
    gegenbauer_chords,
    gegenbauer_slopes,
    kernel_amplitudes,
    marginal_factor,
    resolving_edges,
)

NEGLIGIBLE = 42.0  # e^−42 = 6e−19
STOPS = 17
"""Times at which a coarse run looks how far its nodes are apart."""
POLES = np.array([-np.inf, np.inf])


@dataclass(frozen=True, eq=False)
class Run:
    """Rows at ``times``; names as in a record. ``nodes`` and ``log_density`` are (times, nodes), axis at y = −∞."""

    times: np.ndarray
    masses: np.ndarray
    nodes: np.ndarray
    log_density: np.ndarray
    pole_log_density: np.ndarray
    mean: np.ndarray
    order_parameter: np.ndarray
    order_deficit: np.ndarray
    energy: np.ndarray
    energy_gap: np.ndarray
    dissipation: np.ndarray
    entropy: np.ndarray
    w2_to_dirac: np.ndarray
    log_antipode_density: np.ndarray
    evaluations: int


@dataclass(frozen=True, eq=False)
class Attention:
    """One identity head acting on axisymmetric measures."""

    d: int
    beta: float
    normalization: str

    def __post_init__(self):
        """Tabulate the kernel."""
        amplitudes, constant = kernel_amplitudes(self.d, self.beta)
        degrees = np.arange(len(amplitudes))
        object.__setattr__(self, "limit_escape", np.exp(-self.beta) if self.normalization == "none" else 1.0)
        object.__setattr__(self, "amplitudes", amplitudes)
        object.__setattr__(self, "constant", constant)
        object.__setattr__(self, "laplacian", degrees * (degrees + self.d - 2.0))

    def motion(self, y, masses):
        """ẏ, the rate of ln ρ along the paths, and Z (1 without normalization), at the nodes y."""
        t = -np.tanh(y)
        top = len(self.amplitudes) - 1
        values = gegenbauer(self.d, top, t)
        weights = self.amplitudes * (values @ masses)
        G = weights @ gegenbauer_slopes(self.d, top, t)
        D = (weights * self.laplacian) @ values
        if self.normalization == "none":
            return -G, D, np.ones_like(y)
        Z = self.constant + self.beta * (weights @ values)
        sine = distance(y) * distance(-y)
        return -G / Z, D / Z + self.beta * sine * (G / Z) ** 2, Z


def solve(d, beta, normalization, log_density, times, tolerance=1e-13, refine=1):
    """Move a density from ``times[0]`` = 0 to the last time.

    Parameters
    ----------
    d : int
        Ambient dimension, at least 2.
    beta, normalization
        The head; "none" or "softmax". Z is a sum whose condition number is up to e^{2|β|}: β from −4 to 4.
    log_density : callable
        ln ρ at t = 0 as a function of y, ±∞ included; see `oracles.densities`.
    times : (n,) array_like
        From 0, increasing.
    tolerance : float
        Of the time stepper.
    refine : int
        Splits every panel into so many; 2 against 1 measures the quadrature error.
    """
    times = np.asarray(times, dtype=float)
    attention = Attention(d, beta, normalization)
    edges = quadrature_edges(d, log_density, times[-1] * attention.limit_escape)
    for loose in (1e-5, 1e-7):
        coarse = _march(attention, log_density, edges, np.linspace(0.0, times[-1], STOPS), loose)
        edges = _stretched_edges(coarse, d, edges, refine)
    return _march(attention, log_density, edges, times, tolerance)


def _march(attention, log_density, edges, times, tolerance):
    """Follow the nodes of the given panels."""
    start, masses = quadrature(attention.d, log_density, edges)
    y0, p = np.concatenate([start, POLES]), np.concatenate([masses, [0.0, 0.0]])
    logs, first = log_density(y0), np.zeros(2 * len(y0))
    rows, evaluations = [], 0

    def rate(_, state):
        nonlocal evaluations
        evaluations += 1
        return np.concatenate(attention.motion(y0 + state[: len(y0)], p)[:2])

    for state in states(rate, first, times, tolerance):
        rows.append(_row(attention, y0 + state[: len(y0)], logs + state[len(y0) :], p))
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    return Run(times, masses, *columns, evaluations)


def states(rate, first, times, tolerance):
    """States at the times: DOP853, stopped at each time rather than interpolated."""
    yield first
    state, step = first, None
    for t0, t1 in pairwise(times):
        guess = None if step is None else min(step, t1 - t0)
        solver = DOP853(rate, t0, state, t1, rtol=tolerance, atol=0.1 * tolerance, first_step=guess)
        while solver.status == "running":
            solver.step()
            step = max(solver.step_size, step or 0.0) if solver.t == t1 else solver.step_size
        if solver.status != "finished":
            raise RuntimeError(f"the step size vanished at t = {solver.t}")
        state = solver.y
        yield state


def quadrature_edges(d, log_density, reach):
    """Borders of panels that resolve a density whose antipode is displaced by ``reach`` at the end."""
    poles = np.max(np.abs(log_density(POLES)), initial=0.0, where=np.isfinite(log_density(POLES)))

    def noise(y):
        return 5e-16 * (poles + (d - 1) * (1.0 + log_cosh(y)))

    low, high = _support(lambda y: log_marginal(d, log_density, y), reach)
    edges = np.linspace(low, high, int(np.ceil(2.0 * (high - low))) + 1)
    return resolving_edges(edges, lambda y: log_marginal(d, log_density, y), noise)


def quadrature(d, log_density, edges):
    """Nodes y and masses p, Σ p = 1."""
    y, weights = gauss_panels(edges)
    masses = weights * np.exp(log_marginal(d, log_density, y))
    total = np.sum(masses)
    if not abs(total - 1.0) < 1e-10:
        raise ValueError(f"the density has mass {total}, or the panels do not resolve it")
    return y, masses / total


def log_marginal(d, log_density, y):
    """ln of the mass per dy."""
    return np.log(marginal_factor(d)) + log_density(y) - (d - 1) * log_cosh(y)


def _stretched_edges(run, d, edges, refine):
    """Split panels so that none is ever wider than 1/2, nor stretched much more at one end than at the other.

    The stretch dy_t/dy_0 is the ratio of the masses per dy, at 0 and t; its logarithm is to vary by about 1 in a panel.
    """
    logs = run.log_density - (d - 1) * log_cosh(run.nodes)
    logs = (logs[0] - logs).reshape(len(run.times), len(edges) - 1, -1)
    widths = np.diff(edges)
    longest = widths * np.exp(np.max(logs, axis=(0, 2)))
    bends = np.max(np.max(logs, axis=2) - np.min(logs, axis=2), axis=0)
    counts = refine * np.ceil(np.maximum.reduce([2.0 * longest, 2.0 * widths, bends]) - 1e-9).astype(int)
    parts = [np.linspace(*ends, count + 1)[:-1] for ends, count in zip(pairwise(edges), counts, strict=True)]
    return np.append(np.concatenate(parts), edges[-1])


def _support(log_marginal, reach):
    """Interval outside which the mass, and its share of 1 − R at any shift up to ``reach``, is negligible."""
    step = 5e-3
    y = np.arange(-70.0, 70.0 + reach, step)
    logs = log_marginal(y)
    needed = logs > np.max(logs) - NEGLIGIBLE
    for shift in np.linspace(0.0, reach, 40):
        share = logs + np.log(distance(y - shift))
        needed |= share > np.max(share) - NEGLIGIBLE
    return y[needed][0] - step, y[needed][-1] + step


def _row(attention, y, log_density, p):
    """Every observable at one time, seen from the pole on the mean's side."""
    mean = float(p @ -np.tanh(y))
    side = 1.0 if mean >= 0 else -1.0
    u, t = distance(side * y), -np.tanh(side * y)
    velocity, _, Z = attention.motion(y, p)
    top = len(attention.amplitudes) - 1
    gaps = (gegenbauer_chords(attention.d, top, t) * u) @ p  # 1 − M_l, M_l along the mean's side
    moments = gegenbauer(attention.d, top, t) @ p
    energy = 0.5 * attention.amplitudes @ moments**2
    if attention.beta != 0:
        energy += 0.5 * attention.constant / attention.beta
    speed = distance(y) * distance(-y) * velocity**2
    return (
        y[:-2],
        log_density[:-2],
        log_density[-2:],
        mean,
        abs(mean),
        float(p @ u),
        energy,
        0.5 * float(attention.amplitudes @ (gaps * (2.0 - gaps))),
        float(p @ (speed * Z)),
        float(p[:-2] @ log_density[:-2]),
        float(np.sqrt(p @ (2.0 * np.arctan(np.exp(side * y))) ** 2)),
        float(log_density[-1 if side > 0 else -2]),
    )
