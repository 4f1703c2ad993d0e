"""One cluster under attention and a perceptron with the identity as activation: when it survives, and how fast.

Derived here. With X = (attention) + P_x W x, W = Σ_j w_j a_j a_jᵀ, let e be an eigenvector of W whose eigenvalue is
by w larger than the others. Around a Dirac mass at e a token at angle θ moves by

    θ' = −(e^{β cos θ} + w cos θ) sin θ   ("none"),      θ' = −(1 + w cos θ) sin θ   ("softmax").

Hence it is drawn in at λ_c = e^β + w (1 + w), and leaves −e at λ_a = e^{−β} − w (1 − w): one cluster only if
w < e^{−β} (1), and then, by the masses that are left near −e and the width of the cluster, 1 − R falls at
min((d−1) λ_a, 2 λ_c). The block is that of arXiv:2601.21366.
"""

import math
from collections.abc import Callable

import numpy as np
from scipy.integrate import solve_ivp
from scipy.special import iv

from kinetic.errors import DomainError
from kinetic.theory.domain import require_dimension, require_normalization
from kinetic.theory.panels import panels
from kinetic.theory.statement import statement
from kinetic.types import Array, Normalization

_WAVES, _PANELS, _NODES, _TRACERS, _PASSES = 24, 12, 16, 24, 6
_SETTLED = 12.0  # of e-foldings at the slower of the rates at which tokens turn to an end
_AT_END = 1e-3

SOURCE = "derived here; the block of arXiv:2601.21366"


@statement("derived", SOURCE, "a perceptron of strength e^{−β} prevents collapse")
def largest_strength(beta: float, normalization: Normalization) -> float:
    """Return the strength w below which one cluster takes everything: e^{−β} (none), 1 (softmax)."""
    require_normalization(normalization)
    return math.exp(-beta) if normalization == "none" else 1.0


@statement("derived", SOURCE, "1 − R falls at min((d−1)(e^{−β} − w), 2(e^β + w)); softmax: 1 ∓ w")
def collapse_rate(d: int, beta: float, strength: float, normalization: Normalization) -> float:
    """Return the rate at which 1 − R falls in the end.

    Parameters
    ----------
    strength : float
        w, the eigenvalue of Σ_j w_j a_j a_jᵀ along the cluster less the others.

    Raises
    ------
    DomainError
        If the perceptron is too strong for one cluster, or tears a cluster apart.
    """
    require_dimension(d)
    limit = largest_strength(beta, normalization)
    escape = limit - strength
    contraction = (math.exp(beta) if normalization == "none" else 1.0) + strength
    if escape <= 0 or contraction <= 0:
        raise DomainError(f"perceptron of strength {strength:g}: one cluster survives for −λ_c < w < {limit:g} only")
    return min((d - 1) * escape, 2 * contraction)


@statement("derived", SOURCE, "beyond the threshold 1 − R tends to twice the far basin's mass")
def left_behind(
    density: Callable[[Array], Array], beta: float, strength: float, normalization: Normalization
) -> tuple[float, float]:
    """Return the limit of 1 − R on the circle where the perceptron holds tokens at both ends of the axis θ = 0.

    Tokens of a quadrature follow their characteristics. Between the last one that turns to each end, tokens without
    mass find the one that turns to neither; there the quadrature is broken, and all begins anew.

    Parameters
    ----------
    density : callable
        ρ with respect to the uniform measure, at angles from the axis.
    strength : float
        w beyond `largest_strength`: both ends attract.

    Returns
    -------
    limit, doubt : float
        2 min(m, 1 − m), m the mass of the basin of −e, and its change by the last pass.

    **Accuracy** Within `doubt`; within 5e-7 of tokens that follow characteristics
    (tests/claims/test_a_perceptron_prevents_collapse.py).

    Raises
    ------
    DomainError
        If one cluster takes everything.
    """
    limit = largest_strength(beta, normalization)
    if strength <= limit:
        raise DomainError(f"perceptron of strength {strength:g}: one cluster takes everything up to w = {limit:g}")
    waves = np.arange(_WAVES + math.ceil(2 * abs(beta)) + 1)
    bessel = iv(waves, beta) * np.where(waves, 2.0, 1.0)
    slower = min(strength - limit, 1.0)
    breaks, found = np.zeros(0), [math.nan]
    tracers = np.linspace(0.0, 2 * math.pi, _TRACERS, endpoint=False)
    for _ in range(_PASSES):
        edges = np.unique(np.concatenate([np.linspace(0.0, 2 * math.pi, _PANELS + 1), breaks]))
        labels, widths = panels(edges, _NODES)
        masses = density(labels) * widths
        masses = masses / masses.sum()

        def velocity(theta: Array, masses: Array = masses) -> Array:
            powers = np.vander(np.exp(-1j * theta), waves.size, increasing=True)
            turned = powers * np.conj(masses @ powers[: masses.size])
            force = (turned @ (bessel * waves)).imag / beta if beta else turned[:, 1].imag
            total = (turned @ bessel).real if normalization == "softmax" else 1.0
            return np.asarray(force / total - strength * np.sin(theta) * np.cos(theta))

        start = np.concatenate([labels, tracers])
        end = _SETTLED / slower
        last = solve_ivp(lambda _, x, v=velocity: v(x), (0.0, end), start, "DOP853", rtol=1e-9, atol=1e-9).y[:, -1]
        far = np.sin(last) * velocity(last) > 0  # θ grows above the axis and falls below it: on the way to −e
        far |= (np.cos(last) < 0) & (np.abs(np.sin(last)) < _AT_END)
        far &= ~((np.cos(last) > 0) & (np.abs(np.sin(last)) < _AT_END))
        order = np.argsort(start)
        turns = np.flatnonzero(far[order] != np.roll(far[order], -1))
        low, high = start[order][turns], np.append(start[order], start[order][0] + 2 * math.pi)[turns + 1]
        before, breaks = breaks, np.mod(0.5 * (low + high), 2 * math.pi)
        # the next pass has a field a little different: by about as much as the break has moved
        moved = np.abs(breaks - before) if before.size == breaks.size else high - low
        spans = zip(breaks, np.maximum(high - low, moved), strict=True)
        tracers = np.concatenate([a + np.linspace(-b, b, _TRACERS) for a, b in spans])
        share = _mass_of_far(density, breaks)
        found.append(2 * min(share, 1 - share))
    return found[-1], abs(found[-1] - found[-2])


def _mass_of_far(density: Callable[[Array], Array], breaks: Array) -> float:
    """Return the mass of the arc around θ = π between two breaks; 0 where there are none."""
    if breaks.size != 2:
        return 0.0
    low, high = float(breaks.min()), float(breaks.max())
    angles, widths = panels(np.linspace(low, high, _PANELS + 1), _NODES)
    others, rest = panels(np.linspace(high, low + 2 * math.pi, _PANELS + 1), _NODES)
    inside, outside = float(density(angles) @ widths), float(density(others) @ rest)
    return inside / (inside + outside)
