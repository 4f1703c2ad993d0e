"""Special functions of the oracles, from power series with positive terms only.

Symbols: d the ambient dimension, Λ_b(z) = ₀F₁(; b; z²/4) = Γ(b) (2/z)^{b−1} I_{b−1}(z), k_l = ∫ e^{βt} P_l(t) dσ the
Funk–Hecke eigenvalues of the kernel e^{β<x,y>}, N_l the dimension of the harmonics of degree l, P_l the Gegenbauer
polynomial with P_l(1) = 1.
"""

import math

import numpy as np

LEGENDRE_ORDER = 16


def bessel_ratio(b, z):
    """Λ_b(z) for |z| < 700 and b > 0, each term from the one before; relative error a few units of round-off."""
    square = np.square(z) / 4.0
    term = np.ones_like(square)
    total = np.ones_like(square)
    for k in range(int(1.5 * np.max(np.abs(z), initial=0.0)) + 40):
        term = term * (square / ((k + 1) * (b + k)))
        total = total + term
    return total


def log_bessel_ratio(b, z):
    """ln Λ_b(z) for one z of any size: terms relative to the largest, whose logarithm is a sum of logs."""
    count = int(1.5 * abs(z)) + 60
    k = np.arange(count)
    ratios = z * z / 4.0 / ((k + 1) * (b + k))
    peak = int(np.count_nonzero(ratios > 1))
    upward = np.sum(np.cumprod(ratios[peak:]))
    downward = np.sum(np.cumprod(1.0 / ratios[:peak][::-1])) if peak else 0.0
    return math.fsum(np.log(ratios[:peak])) + math.log1p(upward + downward)


def marginal_factor(d):
    """Γ(d/2) / (√π Γ((d−1)/2)): the density of t = <x, e> under σ is this times (1−t²)^{(d−3)/2}."""
    start = 2 + d % 2
    value = 1.0 / math.pi if d % 2 == 0 else 0.5
    for n in range(start, d, 2):
        value *= n / (n - 1)
    return value


def kernel_amplitudes(d, beta, relative=1e-19):
    """k_l N_l / β for l = 0 … L as an array, with its l = 0 entry set to 0, and k_0.

    k_l N_l = a_l Λ_{l+d/2}(β) with a_0 = 1, a_1 = β, a_{l+1}/a_l = β (l+d−2) / ((2l+d−2)(l+1)), so that β = 0 is an
    ordinary value and nothing over- or underflows at d = 4096. L is where (k_l N_l/β) P_l'(1) < ``relative`` e^{−|β|}.
    """
    amplitudes = [0.0, float(bessel_ratio(1 + d / 2, beta))]
    a, degree = 1.0, 1
    while abs(amplitudes[-1]) * degree * (degree + d - 2) / (d - 1) > relative * math.exp(-abs(beta)):
        a *= beta * (degree + d - 2) / ((2 * degree + d - 2) * (degree + 1))
        degree += 1
        amplitudes.append(a * float(bessel_ratio(degree + d / 2, beta)))
    return np.array(amplitudes), float(bessel_ratio(d / 2, beta))


def gegenbauer(d, degree, t):
    """P_0 … P_degree at t, shape (degree + 1, *t.shape)."""
    values = [np.ones_like(t), t]
    for n in range(1, degree):
        values.append(((2 * n + d - 2) * t * values[n] - n * values[n - 1]) / (n + d - 2))
    return np.array(values[: degree + 1])


def gegenbauer_slopes(d, degree, t):
    """P_0' … P_degree' at t: P_l' = l (l+d−2)/(d−1) P_{l−1} of dimension d + 2."""
    lower = gegenbauer(d + 2, max(degree - 1, 1), t)
    slopes = [l * (l + d - 2) / (d - 1) * lower[l - 1] for l in range(1, degree + 1)]
    return np.array([np.zeros_like(t), *slopes])


def gegenbauer_chords(d, degree, t):
    """(1 − P_l(t))/(1 − t) for l = 0 … degree: S_{l+1} = ((2l+d−2)(1 + t S_l) − l S_{l−1})/(l+d−2)."""
    values = [np.zeros_like(t), np.ones_like(t)]
    for n in range(1, degree):
        values.append(((2 * n + d - 2) * (1.0 + t * values[n]) - n * values[n - 1]) / (n + d - 2))
    return np.array(values[: degree + 1])


def gauss_panels(edges):
    """Gauss–Legendre nodes and weights of order 16 on each interval between successive edges."""
    nodes, weights = np.polynomial.legendre.leggauss(LEGENDRE_ORDER)
    middle, half = 0.5 * (edges[1:] + edges[:-1]), 0.5 * np.diff(edges)
    return (middle[:, None] + half[:, None] * nodes).ravel(), (half[:, None] * weights).ravel()


def resolving_edges(edges, log_function, noise):
    """Bisect intervals until e^{log_function} is a polynomial of degree 15 on each, relative to its own maximum there.

    The last four Legendre coefficients are the measure, held against 1e-13 and ``noise(y)``, the round-off of the
    logarithm. Intervals on which the function vanishes are left alone.
    """
    nodes, weights = np.polynomial.legendre.leggauss(LEGENDRE_ORDER)
    degrees = np.arange(LEGENDRE_ORDER)
    transform = (np.polynomial.legendre.legvander(nodes, LEGENDRE_ORDER - 1) * weights[:, None]).T
    transform *= (degrees + 0.5)[:, None]
    done, open_ = [], np.column_stack([edges[:-1], edges[1:]])
    for _ in range(60):
        y = open_.mean(axis=1)[:, None] + 0.5 * (open_[:, 1] - open_[:, 0])[:, None] * nodes
        logs = log_function(y)
        top = np.max(logs, axis=1, keepdims=True)
        shape = np.exp(np.where(np.isfinite(top), logs - top, -np.inf))
        rough = np.max(np.abs(shape @ transform.T)[:, -4:], axis=1) > 1e-13 + np.max(noise(y), axis=1)
        done.append(open_[~rough])
        if not rough.any():
            break
        split = open_[rough]
        center = split.mean(axis=1)
        open_ = np.concatenate([np.column_stack([split[:, 0], center]), np.column_stack([center, split[:, 1]])])
    else:
        raise ValueError("the density cannot be resolved by bisection: it is not smooth")
    return np.unique(np.concatenate(done))
