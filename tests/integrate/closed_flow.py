"""A system whose solution is known, for time steppers to be held against."""

import numpy as np


def rate(_, y):
    """A logistic growth beside a rotation whose angular velocity it sets: nonlinear, with a closed flow."""
    r, a, b = y
    return np.array([r * (1 - r), -r * b, r * a])


def flow(y, t):
    """The exact solution t later."""
    r, a, b = y
    grown = r * np.exp(t) / (1 + r * np.expm1(t))
    angle = np.log1p(r * np.expm1(t))  # ∫ r
    c, s = np.cos(angle), np.sin(angle)
    return np.array([grown, c * a - s * b, s * a + c * b])


START = np.array([0.3, 1.0, 0.0])
