"""Elements of degree p carry the dependence on s with order 2p at their ends: Lobatto's nodes superconverge there."""

import numpy as np
import pytest
from label.cases import bump, case, slices

from kinetic.assembly import build
from kinetic.label import flow, start
from kinetic.march import Row, march


def test_elements_converge_with_twice_their_degree(monkeypatch):
    monkeypatch.setattr(start, "RATE_TAIL", np.inf)  # elements as they are asked for
    monkeypatch.setattr(flow, "LABEL_TAIL_BOUND", np.inf)

    def last(elements, order):
        label = f'kind = "causal"\ndecay = 2.0\nelements = {elements}\norder = {order}\nfirst = 0.05\n'
        given = label + slices((0.05, bump("circle")), (1.0, '{kind = "linear", mean = [0.0, 1.0], slope = 0.5}'))
        rows = [
            event for event in march(build(case(given, degree=15, tolerance=1e-12, end=0.4))) if isinstance(event, Row)
        ]
        return rows[-1].values["order_parameter_by_label"][-1]

    known = last(8, 8)
    errors = [abs(last(elements, 2) - known) for elements in (3, 6)]
    assert np.log2(errors[0] / errors[1]) == pytest.approx(4.0, abs=0.3)
