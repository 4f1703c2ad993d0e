"""φ-functions against the same numbers in eighty decimal digits."""

from decimal import Decimal, localcontext

import numpy as np
import pytest

from kinetic.integrate.phi import phi_functions

COUNT = 9
POINTS = (0.0, -1e-12, -1e-3, -0.3, -1.0, -4.0, -4.999, -5.0, -5.001, -17.0, -60.0, -300.0, -1e3, -1e4, -1e6)


def reference(z):
    """φ_0 … φ_9 from Σ_n z^n/(n+j)!, with digits enough for its largest term; for large |z| by the recurrence."""
    with localcontext() as context:
        context.prec = 80 + int(abs(z) * 0.9 if abs(z) <= 300 else 0)
        x = Decimal(z)
        if abs(z) <= 300:
            return [float(_series(x, j)) for j in range(COUNT + 1)]
        values, factorial = [x.exp()], Decimal(1)
        for j in range(1, COUNT + 1):
            values.append((values[-1] - 1 / factorial) / x)
            factorial *= j
        return [float(v) for v in values]


def _series(x, j):
    term = Decimal(1)
    for k in range(1, j + 1):
        term /= k
    total, n = Decimal(0), 0
    while n < 30 or abs(term) > abs(total) * Decimal(10) ** -40:
        total += term
        n += 1
        term *= x / (n + j)
    return total


def test_the_series_and_the_recurrence_of_the_reference_agree():
    assert reference(-300.0)[3] == pytest.approx(0.5 / 300 - 1 / 300**2 + 1 / 300**3, rel=1e-15)


@pytest.mark.parametrize("z", POINTS)
def test_every_function_is_accurate_to_rounding(z):
    found = phi_functions(COUNT, np.array([z]))[:, 0]
    exact = np.array(reference(z))
    # e^z feels the rounding of z; beyond the switch each step of the recurrence loses (x + j − 1)/x, together below
    # Π_{j ≤ 9} (5 + j − 1)/5 = 132; each of the nine steps adds one rounding
    allowed = np.full(COUNT + 1, 20.0)
    if z <= -5:
        allowed[1:] = 10 * np.cumprod((-z + np.arange(COUNT)) / -z)
    allowed[0] = 1 + abs(z)
    assert np.all(np.abs(found - exact) <= allowed * np.finfo(float).eps * exact)


def test_infinite_decay_leaves_nothing():
    np.testing.assert_array_equal(phi_functions(4, np.array([-np.inf]))[:, 0], 0.0)
