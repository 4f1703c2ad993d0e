"""Tokens that rotate at rates of their own: Kuramoto's threshold, the order at rest, and the exact motion at β = 0."""

import numpy as np
import pytest
from claims.records import falsified, judged, run
from label.cases import case

from kinetic.claims import frequencies
from kinetic.theory.linear_stability import growth_rate

POISSON = 'kind = "poisson"\nmean = [1.0, 0.0]\nradius = 0.3'
SMALL = 'kind = "linear"\nmean = [1.0, 0.0]\nslope = 1e-4'
NOISE = "[noise]\ndiffusion = 0.05\n"


def text(law, count, rows, extra="", scale=0.2, **numbers):
    """The text of a case with rows all along."""
    label = f'kind = "frequency"\nlaw = "{law}"\nscale = {scale}\ncount = {count}\n'
    made = case(label, **{"tolerance": 1e-10, **numbers}).text
    return made.replace(f"observe_every = {numbers['end']}", f"observe_every = {rows}") + extra


def changed(record, old, new):
    found = record.contents.manifest.case_text
    assert old in found
    return falsified(record, text=found.replace(old, new))


@pytest.mark.parametrize(
    ("kind", "initial", "degree"),
    [("circle", POISSON, 31), ("sphere", 'kind = "linear"\nmean = [0.6, 0.0, 0.8]\nslope = 0.9', 7)],
)
def test_every_rate_has_its_boost(kind, initial, degree, monkeypatch):
    record = run(text("uniform", 4, 0.1, kind=kind, initial=initial, beta=0.0, degree=degree, end=0.3, scale=1.0))
    assert judged("turning_boost", record, 1e-8).verdict == "pass"
    turned = falsified(record, order_parameter=lambda order: order * (1 + 1e-6 * np.arange(order.size)))
    assert judged("turning_boost", turned, 1e-8).verdict == "fail"
    monkeypatch.setattr(frequencies, "MOST_POINTS", 10)
    assert "too many points" in judged("turning_boost", record).reason
    if kind == "circle":
        assert judged("lorentz_order", record).verdict == "not applicable"


def test_every_axis_has_its_boost():
    numbers = {"kind": "sphere", "initial": 'kind = "linear"\nmean = [0.6, 0.0, 0.8]\nslope = 0.9', "beta": 0.0}
    made = text("uniform", 1, 0.1, degree=7, end=0.3, scale=0.0, **numbers)
    made = made.replace("scale = 0.0", "scale = 0.0\ncenter = 5.0")
    third, record = run(made), run(made.replace("count = 1", "count = 1\naxes = 3"))
    assert judged("turning_boost", record, 1e-8).verdict == "pass"
    alone = falsified(record, order_parameter=lambda _: third.observables["order_parameter"])
    assert judged("turning_boost", alone, 1e-8).verdict == "fail"


def test_a_law_of_lorentz_obeys_one_equation():
    record = run(text("lorentz", 48, 0.25, initial=POISSON, beta=0.0, degree=15, end=1.0, tolerance=1e-6))
    row = judged("lorentz_order", record)
    assert row.verdict == "pass"
    assert judged("lorentz_order", falsified(record, order_parameter=lambda order: 1.05 * order)).verdict == "fail"


@pytest.mark.parametrize(("law", "noise"), [("gauss", ""), ("uniform", NOISE)])
def test_order_grows_at_the_root_of_the_law(law, noise):
    record = run(text(law, 24, 0.25, noise, initial=SMALL, beta=1.0, degree=5, end=12.0))
    assert judged("frequency_growth", record).verdict == "pass"
    assert judged("frequency_growth", changed(record, "scale = 0.2", "scale = 0.25")).verdict == "fail"
    beyond = changed(record, "scale = 0.2", "scale = 0.9")
    assert "narrow enough" in judged("frequency_growth", beyond).reason


def test_order_grows_among_axes_without_a_threshold():
    """About the third axis alone nothing delays order along it: it grows at σ_1."""
    start = 'kind = "linear"\nmean = [0.6, 0.0, 0.8]\nslope = 1e-4'
    numbers = {"kind": "sphere", "initial": start, "beta": 1.0, "degree": 2, "end": 8.0, "tolerance": 1e-6}
    record = run(text("gauss", 8, 0.25, scale=0.3, **numbers).replace("count = 8", "count = 8\naxes = 2"))
    assert judged("frequency_growth", record).verdict == "pass"
    assert judged("frequency_growth", changed(record, "scale = 0.3", "scale = 0.4")).verdict == "fail"
    alone = growth_rate(1, 3, 1.0, "softmax") * record.observables["time"]
    third = falsified(record, order_parameter=lambda order: order[0] * np.exp(alone))
    assert judged("frequency_growth", third).verdict == "fail"
    assert "label.axes" in judged("frequency_growth", changed(record, "axes = 2", "")).reason


def test_order_at_rest_is_self_consistent():
    record = run(text("gauss", 10, 2.5, NOISE, initial=POISSON, beta=0.0, degree=19, end=20.0, tolerance=1e-7))
    assert judged("frequency_order", record).verdict == "pass"
    assert judged("frequency_order", changed(record, "scale = 0.2", "scale = 0.25")).verdict == "fail"
