"""∫ dμ = 1 at every time: the divergence theorem on a sphere without boundary."""

import numpy as np
import pytest
from claims.records import boost_record, case, falsified, judged, linear, run


@pytest.mark.parametrize("kind", ["circle", "zonal"])
@pytest.mark.parametrize("normalization", ["softmax", "none"])
def test_a_run_keeps_its_mass(kind, normalization):
    row = judged("mass_conserved", run(case(kind, 2, normalization, 1.0, linear(kind), end=0.5)))
    assert (row.verdict, row.predicted) == ("pass", 1.0)
    assert row.window == (0.0, 0.5)


def with_mass(index, value):
    def changed(mass):
        mass[index] = value
        return mass

    return falsified(boost_record(2, 3.0), mass=changed)


@pytest.mark.parametrize("value", [1 - 1e-11, 1 + 1e-11, 0.9, np.nan, np.inf])
@pytest.mark.parametrize("index", [0, 7, -1])
def test_mass_that_is_lost_or_gained_at_one_row_fails(index, value):
    assert judged("mass_conserved", with_mass(index, value)).verdict == "fail"


def test_rounding_is_no_loss():
    assert judged("mass_conserved", with_mass(5, 1 - 1e-15)).verdict == "pass"
