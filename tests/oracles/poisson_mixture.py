"""At β = 0 a mixture of Poisson densities stays one: a few points of the ball, moved in ninety decimal digits.

The Poisson density of w in the ball is the uniform one carried by the boost that takes 0 to w, and the flow of the
sphere, x' = m − <m,x>x, is the boundary of w' = ½((1 + |w|²) m − 2<m,w> w), which maps such densities to such
densities. With m = Σ_k p_k R(|w_k|) w_k/|w_k| (d = 2: R(w) = w; d = 3: R = coth s − s/sinh² s, s = 2 artanh w) the
system closes. With ninety digits, 1 − R of 1e-30 is an ordinary difference.
"""

from decimal import Decimal, localcontext

import numpy as np
from scipy.integrate._ivp import dop853_coefficients as tableau

DIGITS = 90
STEP = 0.1  # Dormand and Prince's order 8: some 1e-12 over the run


def mean(points, weights, d):
    """∫ x dμ."""
    total = np.array([Decimal(0)] * points.shape[1])
    for w, p in zip(points, weights, strict=True):
        size = sum(w * w).sqrt()
        if d == 2:
            ratio = Decimal(1)
        else:
            s = ((1 + size) / (1 - size)).ln()
            ratio = ((1 + size**2) / (2 * size) - s * (1 - size**2) ** 2 / (4 * size**2)) / size
        total = total + p * ratio * w
    return total


def rate(points, weights, d):
    """dw_k/dt."""
    m = mean(points, weights, d)
    squares = np.array([[sum(w * w)] for w in points])
    along = np.array([[sum(w * m)] for w in points])
    return ((1 + squares) * m - 2 * along * points) / 2


def decimals(array):
    """An array of decimals."""
    return np.vectorize(lambda x: Decimal(float(x)), otypes=[object])(np.asarray(array))


def trajectory(centers, weights, times):
    """[(w_k, ∫ x dμ, 1 − R)] at multiples of STEP, from the points w_k at t = 0."""
    with localcontext() as context:
        context.prec = DIGITS
        points, p = decimals(centers), decimals(weights)
        p = p / sum(p)
        d = points.shape[1]
        a, b, h = decimals(tableau.A[:12, :12]), decimals(tableau.B), Decimal(STEP)
        rows, steps = [], 0
        for time in times:
            while steps < round(time / STEP):
                slopes = []
                for i in range(12):
                    at = points
                    for j, slope in enumerate(slopes):
                        if a[i, j]:
                            at = at + h * a[i, j] * slope
                    slopes.append(rate(at, p, d))
                for weight, slope in zip(b, slopes, strict=True):
                    points = points + h * weight * slope
                steps += 1
            m = mean(points, p, d)
            rows.append((points, m.astype(float), float(1 - sum(m * m).sqrt())))
        return rows


def density(points, weights, x):
    """ρ at unit vectors x, (n, d)."""
    with localcontext() as context:
        context.prec = DIGITS
        p = decimals(weights) / sum(decimals(weights))
        d = points.shape[1]
        values = []
        for row in decimals(x):
            point = row / sum(row * row).sqrt()
            terms = [q * ((1 - sum(w * w)) / sum((point - w) ** 2)) ** (d - 1) for q, w in zip(p, points, strict=True)]
            values.append(float(sum(terms)))
        return np.array(values)
