"""Polynomial kernels in the Mercator chart of the circle: against harmonics, and to the end at their own rate."""

import numpy as np
import pytest
from claims.records import case, run

from kinetic.assembly import build
from kinetic.case import Case
from kinetic.errors import CaseError

BUMP = 'kind = "von_mises_fisher"\nmean = [0.6, 0.8]\nconcentration = 1.0'
POLYNOMIAL = 'kernel = "polynomial"\ncoefficients = [1.2, 0.5, 0.3]'
MATRICES = "heads = [{ query = [[1.0, 0.3], [-0.2, 0.8]], value = [[0.9, 0.2], [0.1, 1.1]] }, { value = 0.5 }]"


def written(kernel, normalization, end, chart):
    text = case("circle", 2, normalization, 1.0, BUMP, end=end).replace("beta = 1.0", kernel)
    return text.replace("degree = 15", chart)


@pytest.mark.parametrize(("normalization", "heads"), [("none", ""), ("softmax", MATRICES)])
def test_cells_move_as_the_series_does(normalization, heads):
    kernel = f"{POLYNOMIAL}\n{heads}"
    cells, series = (
        run(written(kernel, normalization, 1.0, chart)).observables for chart in ('chart = "mercator"', "degree = 80")
    )
    names = ("order_parameter", "energy", "dissipation", "work")
    for name in names if heads else (*names, "energy_gap"):
        # two discretisations that share no sum, and 1e-11 of the steps of each
        np.testing.assert_allclose(cells[name], series[name], atol=1e-10)


def test_one_minus_r_falls_at_the_kernel_s_value_at_the_antipode():
    # without softmax tokens leave −e at g(−1) = 1, and are drawn in at g(1) = 2: min((d−1) g(−1), 2 g(1)) = 1
    found = run(written(POLYNOMIAL, "none", 20.0, 'chart = "mercator"').replace("1e-11", "1e-8")).observables
    logs = np.log(found["order_deficit"])
    assert found["order_deficit"][-1] < 1e-7
    assert (logs[-2] - logs[-1]) / (found["time"][-1] - found["time"][-2]) == pytest.approx(1.0, rel=1e-5)


@pytest.mark.parametrize(("kernel", "why"), [
    ('kernel = "power"', "kink"), ('kernel = "linear"', "pair of opposite masses"),
    ('kernel = "truncated"\nbeta = 1.0\ncutoff = 0.5', "kink"),
])  # fmt: skip
def test_what_cells_do_not_follow_is_refused_in_words(kernel, why):
    with pytest.raises(CaseError, match=why):
        build(Case.parse(written(kernel, "none", 1.0, 'chart = "mercator"')))
