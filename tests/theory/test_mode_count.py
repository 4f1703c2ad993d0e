"""Rice's count against maxima that are counted one by one, for spectra of several shapes."""

import math

import numpy as np
import pytest

from kinetic.errors import DomainError
from kinetic.theory import mode_count


def counted_on_circle(powers, draws, generator):
    """Maxima of random functions on a fine grid, one number a draw."""
    degrees = np.arange(powers.size + 1)
    sizes = np.sqrt(np.append(0.0, powers))
    modes = sizes * (
        generator.standard_normal((draws, degrees.size)) + 1j * generator.standard_normal((draws, degrees.size))
    )
    values = np.fft.irfft(modes, 64 * degrees.size, axis=1)
    return np.count_nonzero((values > np.roll(values, 1, axis=1)) & (values >= np.roll(values, -1, axis=1)), axis=1)


@pytest.mark.parametrize("beta", [4.0, 60.0])
@pytest.mark.parametrize("time", [0.0, 6.0])
def test_maxima_on_the_circle_are_counted_one_by_one(beta, time):
    powers = mode_count.potential_powers(2, beta, "softmax", 48, time)
    found = counted_on_circle(powers, 3000, np.random.default_rng(4))
    error = found.std() / math.sqrt(found.size)
    predicted = mode_count.maxima_of_potential(2, beta, "softmax", 48, time)
    assert found.mean() == pytest.approx(predicted, abs=4 * error)
    if time == 0.0:  # the wrong power of l, as for zeros of f itself, is far outside
        degrees = np.arange(1.0, 49.0)
        zeros = math.sqrt(float(degrees**2 @ powers) / float(powers.sum()))
        assert abs(found.mean() - zeros) > 20 * error


def test_maxima_on_the_sphere_are_counted_one_by_one():
    pyshtools = pytest.importorskip("pyshtools")
    generator, degree = np.random.default_rng(9), 7
    powers = mode_count.potential_powers(3, 6.0, "softmax", degree, 0.0)
    found = []
    for _ in range(60):
        coefficients = generator.standard_normal((2, degree + 1, degree + 1))
        coefficients[1, :, 0] = 0.0
        coefficients *= np.sqrt(np.append(0.0, powers) / (2.0 * np.arange(degree + 1) + 1.0))[None, :, None]
        values = pyshtools.expand.MakeGridDH(coefficients, sampling=2, lmax=95)[1:]  # without the pole
        inner = values[1:-1]
        around = [
            np.roll(values, s, axis=1)[1 + r : values.shape[0] - 1 + r]
            for r in (-1, 0, 1)
            for s in (-1, 0, 1)
            if r or s
        ]
        tops = np.count_nonzero(np.all([inner > other for other in around], axis=0))
        # a pole is a maximum where it is above its ring: at degree 95 the ring is 2 degrees wide
        north = float(pyshtools.expand.MakeGridPoint(coefficients, 90.0, 0.0))
        south = float(pyshtools.expand.MakeGridPoint(coefficients, -90.0, 0.0))
        found.append(tops + (north > values[0].max()) + (south > values[-1].max()))
    error = np.std(found) / math.sqrt(len(found))
    predicted = mode_count.maxima_of_potential(3, 6.0, "softmax", degree, 0.0)
    assert np.mean(found) == pytest.approx(predicted, abs=4 * error)
    assert error < 0.1 * predicted


def test_limits_that_are_known_by_other_means():
    assert mode_count.maxima_on_circle([0.0, 0.0, 1.0]) == pytest.approx(3.0)
    assert mode_count.maxima_on_sphere([1.0]) == 1.0  # a dipole
    # a quarter of (2/√3) λ critical points of one large degree
    one = np.zeros(80)
    one[-1] = 1.0
    assert mode_count.maxima_on_sphere(one) == pytest.approx(80 * 81 / (2 * math.sqrt(3)), rel=3e-3)
    assert mode_count.maxima_of_potential(2, 400.0, "softmax", 200, 0.0) == pytest.approx(math.sqrt(600.0), rel=2e-3)
    late = mode_count.maxima_of_potential(2, 400.0, "softmax", 200, 400.0)
    assert late == pytest.approx(28.0, abs=0.4)
    assert mode_count.maxima_of_potential(3, 60.0, "softmax", 90, 0.0) == pytest.approx(60 / math.sqrt(3), rel=0.02)


def test_noise_that_grows_is_as_large_as_its_harmonics_together():
    start = mode_count.linear_size(2, 10.0, "softmax", 20, 1e-3, 0.0)
    assert start == pytest.approx(1e-3, rel=1e-14)
    from kinetic.theory.linear_stability import growth_rate

    one = mode_count.linear_size(3, 2.0, "softmax", 1, 1e-3, 2.0)
    assert one == pytest.approx(1e-3 * math.exp(2.0 * growth_rate(1, 3, 2.0, "softmax")), rel=1e-12)


def test_what_is_no_spectrum_is_refused():
    with pytest.raises(DomainError, match="not all zero"):
        mode_count.maxima_on_circle([0.0, 0.0])
    with pytest.raises(DomainError, match="dimension"):
        mode_count.maxima_of_potential(4, 1.0, "softmax", 4, 0.0)
