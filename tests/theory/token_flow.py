"""Tokens with masses under any heads and any layer norm, by plain sums: the slow obvious twin."""

import numpy as np
from scipy.integrate import solve_ivp

from kinetic.types import Array


def output(x: Array, sources: Array, masses: Array, heads: list, normalization: str) -> Array:
    """Return Σ_h V_h Σ_j m_j e^{β_h<Q_hx_i, K_hy_j>}y_j (over the sum of weights for softmax) at the points x."""
    total = np.zeros_like(x)
    for beta, query, key, value in heads:
        kernel = np.exp(beta * (x @ query.T) @ (sources @ key.T).T) * masses
        if normalization == "softmax":
            kernel /= np.sum(kernel, axis=1, keepdims=True)
        total += kernel @ sources @ value.T
    return total


def project(x: Array, a: Array) -> Array:
    """Return P_xa, row by row."""
    return a - np.sum(a * x, axis=1, keepdims=True) * x


def identity_head(d: int, beta: float) -> list:
    """Return the one head Q = K = V = I."""
    return [(beta, np.eye(d), np.eye(d), np.eye(d))]


def simulate(
    x0: Array,
    masses: Array,
    end: float,
    heads: list,
    normalization: str,
    scheme: str = "post",
    radius: float = 1.0,
    switch_time: float = 0.0,
    alpha=lambda _: 1.0,
    breaks: tuple[float, ...] = (),
) -> tuple[Array, Array]:
    """Return the directions and the norms at the time `end`; α may have kinks at the breaks."""
    n, d = x0.shape

    def rate(t: float, flat: Array, scheme: str) -> Array:
        x, r = flat[: n * d].reshape(n, d), flat[n * d :]
        a = output(x, x, masses, heads, normalization)
        size, along = np.linalg.norm(a, axis=1), np.sum(a * x, axis=1)
        s, growth = {
            "post": (1.0, 0.0), "pre": (r, along), "peri": (r * size, along / size),
            "ngpt": (size / alpha(t), 0.0), "ln_scaling": (np.sqrt(t + 1.0), 0.0),
        }[scheme]  # fmt: skip
        s, growth = np.broadcast_to(s, n), np.broadcast_to(growth, n)
        return np.concatenate([(project(x, a) / s[:, None]).ravel(), growth])

    state = np.concatenate([x0.ravel(), np.broadcast_to(radius, n)])
    stops = [*(stop for stop in sorted({*breaks, switch_time}) if 0.0 < stop < end), end]
    for start, stop in zip([0.0, *stops], stops, strict=False):
        name = scheme if scheme != "mix" else "post" if stop <= switch_time else "pre"
        state = solve_ivp(rate, (start, stop), state, method="DOP853", rtol=1e-12, atol=1e-14, args=(name,)).y[:, -1]
    x = state[: n * d].reshape(n, d)
    return x / np.linalg.norm(x, axis=1, keepdims=True), state[n * d :]


def ring(h: float, d: int, count: int = 48) -> Array:
    """Return tokens spread evenly over the latitude h, about the last axis; d = 2 or 3."""
    s = np.sqrt(1.0 - h * h)
    if d == 2:
        return np.array([[s, h], [-s, h]])
    azimuth = 2.0 * np.pi * np.arange(count) / count
    return np.stack([s * np.cos(azimuth), s * np.sin(azimuth), np.full(count, h)], axis=1)
