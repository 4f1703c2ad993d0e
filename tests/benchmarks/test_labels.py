"""A run of 64 positions against 64 runs of one density each, and how far elements and their order carry.

    python -m pytest -m benchmark -n 0 -s tests/benchmarks/test_labels.py

All positions go through one call of every transform. A single run is that of the same case without labels, of the data
that the position begins with; both are built and marched without a record. Processor time, not the clock, is compared.
"""

import math
import time

import numpy as np
import pytest
from benchmarks.timing import machine

from kinetic.assembly import build
from kinetic.case import Case
from kinetic.march import Row, march

TEXT = """
title = "labels"
[space]
kind = "{kind}"
degree = {degree}
[attention]
normalization = "softmax"
beta = 1.0
{initial}
[time]
end = 1.0
tolerance = 1e-8
[output]
observe_every = 1.0
save_every = 1.0
"""
MEANS = {"circle": "[1.0, 0.0]", "sphere": "[0.6, 0.0, 0.8]"}


def case(kind, degree, label=""):
    """A von Mises–Fisher density, of all positions or of tokens without any."""
    bump = f'[initial]\nkind = "von_mises_fisher"\nmean = {MEANS[kind]}\nconcentration = 1.0\n'
    return Case.parse(TEXT.format(kind=kind, degree=degree, initial=bump + label))


def spent(given):
    """Processor seconds of a run, and the number of its labels."""
    began = time.process_time()
    problem = build(given)
    for _ in march(problem):
        pass
    labels = getattr(problem.flow, "labels", None)
    return time.process_time() - began, 1 if labels is None else labels.count


def best(given, rounds=3):
    return min(spent(given)[0] for _ in range(rounds))


@pytest.mark.benchmark
@pytest.mark.parametrize(("kind", "degree"), [("circle", 127), ("sphere", 31)])
def test_64_positions_against_64_single_runs(kind, degree):
    row = case(kind, degree, '[label]\nkind = "causal"\nelements = 9\norder = 7\n')
    assert spent(row)[1] == 64
    together, alone = best(row), best(case(kind, degree))
    print(f"\n{machine()}\n{kind}, degree {degree}: {together:.3f} s for 64 positions, {alone:.4f} s for one run")
    print(f"ratio to 64 single runs: {together / (64 * alone):.3f}")


FRONT = """
[label]
kind = "causal"
decay = 2.0
elements = {elements}
order = {order}
first = 0.05
[[label.slices]]
upto = 0.05
initial = {{kind = "von_mises_fisher", mean = [1.0, 0.0], concentration = 3.0}}
[[label.slices]]
upto = 1.0
initial = {{kind = "linear", mean = [0.0, 1.0], slope = 0.5}}
"""


@pytest.mark.benchmark
@pytest.mark.parametrize("beta", [0.0, 1.0])
def test_convergence_in_order_and_number_of_elements(beta, monkeypatch):
    """R of the last position behind a prefix, against 24 elements of degree 12."""
    from kinetic.label import flow, start

    monkeypatch.setattr(start, "RATE_TAIL", math.inf)  # elements as they are asked for
    monkeypatch.setattr(flow, "LABEL_TAIL_BOUND", math.inf)

    def last(elements, order):
        text = TEXT.format(kind="circle", degree=63, initial=FRONT.format(elements=elements, order=order))
        given = Case.parse(text.replace("beta = 1.0", f"beta = {beta}").replace("1e-8", "1e-12"))
        rows = [event for event in march(build(given)) if isinstance(event, Row)]
        return float(rows[-1].values["order_parameter_by_label"][-1])

    known = last(24, 12)
    print(f"\nβ = {beta}, R = {known:.12f}")
    for order in (2, 4, 6, 8):
        errors = [abs(last(elements, order) - known) for elements in (3, 6, 12)]
        orders = -np.diff(np.log2(np.maximum(errors, 1e-16)))
        print(f"degree {order}: errors {' '.join(f'{e:.2e}' for e in errors)}, orders {np.round(orders, 1)}")
