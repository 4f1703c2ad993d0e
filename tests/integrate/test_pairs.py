"""Pairs take the steps of scipy's solvers to the last bit, of which they are the forward half for real unknowns."""

import numpy as np
import pytest
from scipy.integrate import DOP853, RK45

from kinetic.errors import DomainError
from kinetic.integrate.pairs import DormandPrince5, DormandPrince8

PAIRS = [(DormandPrince8, DOP853), (DormandPrince5, RK45)]
START = np.array([1.2, 0.0, 0.0, -1.05, 0.3])
ABSOLUTE = np.array([1e-10, 1e-10, 1e-9, 1e-10, np.inf])


def orbit(time, y):
    """The restricted three bodies, which make steps short and long and some of them rejected, and one slow unknown."""
    mu = 0.012277471
    one, two = ((y[0] + mu) ** 2 + y[1] ** 2) ** 1.5, ((y[0] - 1 + mu) ** 2 + y[1] ** 2) ** 1.5
    across = y[0] + 2 * y[3] - (1 - mu) * (y[0] + mu) / one - mu * (y[0] - 1 + mu) / two
    along = y[1] - 2 * y[2] - (1 - mu) * y[1] / one - mu * y[1] / two
    return np.array([y[2], y[3], across, along, np.cos(time)])


@pytest.mark.parametrize(("pair", "theirs"), PAIRS)
@pytest.mark.parametrize(("first", "longest"), [(None, np.inf), (0.5, 0.2)])
def test_steps_errors_and_interpolants_are_those_of_scipy(pair, theirs, first, longest):
    own = pair(orbit, 0.0, START, 6.2, 1e-9, ABSOLUTE, first, longest)
    other = theirs(orbit, 0.0, START, 6.2, longest, 1e-9, ABSOLUTE, first_step=first)
    steps = 0
    while own.status == "running":
        assert own.step() == ""
        other.step()
        assert (own.t, own.t_old, own.h_abs, own.nfev) == (other.t, other.t_old, other.h_abs, other.nfev)
        assert (own.step_size, own.h_previous, own.status) == (other.step_size, other.h_previous, other.status)
        np.testing.assert_array_equal(own.y, other.y)
        steps += 1
        if steps % 5 == 0:
            ours, dense = own.interpolant(), other.dense_output()
            for share in (0.0, 0.3, 1.0):
                time = own.t_old + share * own.step_size
                np.testing.assert_array_equal(ours(time), dense(time))
    assert own.trials > steps > 20


@pytest.mark.parametrize(("pair", "theirs"), PAIRS)
@pytest.mark.parametrize("start", [0.0, 1.0])
def test_first_steps_are_those_of_scipy(pair, theirs, start):
    for rate in (lambda _, y: 0 * y, lambda t, y: np.exp(t) * (y + start)):
        state = np.full(3, start)
        own, other = (
            pair(rate, 0.0, state, 2.0, 1e-8, np.full(3, 1e-12)),
            theirs(rate, 0.0, state, 2.0, np.inf, 1e-8, 1e-12),
        )
        assert (own.h_abs, own.nfev) == (other.h_abs, other.nfev)


@pytest.mark.parametrize("pair", [DormandPrince8, DormandPrince5])
def test_a_rate_that_is_no_number_ends_in_words(pair):
    def gone(time, y):
        return y if time < 1.0 else np.full_like(y, np.nan)

    own = pair(gone, 0.0, np.ones(2), 9.0, 1e-8, np.full(2, 1e-12))
    while own.status == "running":
        said = own.step()
    assert own.status == "failed"
    assert "clock" in said


def test_a_first_step_beyond_the_end_is_refused():
    with pytest.raises(DomainError, match="first step: received 2"):
        DormandPrince5(lambda _, y: y, 0.0, np.ones(1), 1.0, 1e-8, np.full(1, 1e-12), 2.0)
