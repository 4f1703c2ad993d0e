"""A density in one environment: exact where it can be, the harmonic chart's without noise, bit for bit after a stop."""

from dataclasses import replace

import numpy as np
import pytest
from claims.records import falsified, judged
from common_noise.given import BUMP, STILL, case, problem
from laws.given import marched

import kinetic
from kinetic.assembly import build
from kinetic.case import Case
from kinetic.errors import CaseError, RecordError
from kinetic.march import Row, Step, march
from kinetic.normed.observing import log_density
from kinetic.theory import angular_gaussian, common_noise

HEADS = {
    "normalization": "softmax",
    "heads": [
        {"beta": 1.0, "value": 0.7},
        {"beta": -0.5, "query": [[1.0, 0.4], [0.0, 0.8]], "value": [[0.5, 0.2], [-0.1, 1.0]]},
    ],
}
SOFTMAX = {"normalization": "softmax", "beta": 2.0}
WHISPER = {"strength": 1e-12}


def last_mesh(given):
    """The tokens at the end, and the flow that they are in."""
    checkpoint = [event for event in march(given) if isinstance(event, Step)][-1].checkpoint
    flow = given.flow.at_layout(checkpoint.layout)
    return flow.flow.mesh(checkpoint.state), flow


@pytest.mark.parametrize("kind", ["circle", "sphere"])
@pytest.mark.parametrize("symmetric", [False, True])
def test_uniform_data_are_angular_gaussian_pathwise(kind, symmetric):
    count = {"circle": 10, "sphere": 4}[kind]
    given = problem(kind, {"symmetric": symmetric}, end=0.05 * count, rows=1)
    mesh, flow = last_mesh(given)
    increments = given.flow.environment.increments(0, count)
    (matrix,) = common_noise.flow_matrices(increments, 1.0, symmetric, [count])
    exact = angular_gaussian.log_density(mesh.directions, matrix @ matrix.T)
    assert np.ptp(exact) > 1.0
    # derivatives of the cells' polynomials, degree 11, amplify the quadrature's 1e-11 on the sphere
    assert np.allclose(log_density(mesh, flow.flow.attention), exact, rtol=0, atol=1e-7)
    moments = np.einsum("cn,cni,cnj->ij", mesh.masses, mesh.directions, mesh.directions)
    values, vectors = np.linalg.eigh(matrix @ matrix.T)
    expected = (vectors * angular_gaussian.second_moments(values)) @ vectors.T
    assert np.allclose(moments, expected, rtol=0, atol=1e-11)
    # control: without the last increment it is another density
    (earlier,) = common_noise.flow_matrices(increments, 1.0, symmetric, [count - 1])
    control = angular_gaussian.log_density(mesh.directions, earlier @ earlier.T)
    assert np.abs(log_density(mesh, flow.flow.attention) - control).max() > 0.01


def test_the_pathwise_law_refuses_another_strength(tmp_path):
    record = kinetic.run(case(end=0.2, rows=2), tmp_path)
    assert judged("pathwise_gaussian", record).verdict == "pass"
    louder = record.case_text.replace("seed = 3", "seed = 3\nstrength = 1.001")
    assert judged("pathwise_gaussian", falsified(record, text=louder)).verdict == "fail"


@pytest.mark.parametrize(
    ("attention", "perceptron"),
    [
        (SOFTMAX, None),
        (HEADS, None),
        ({**HEADS, "normalization": "none"}, None),
        ({"normalization": "none", "kernel": "polynomial", "coefficients": [0.2, 1.0, 0.5]}, None),
        (
            SOFTMAX,
            {"activation": "tanh", "neurons": [{"weight": 0.4, "direction": [0.2, 1.0], "bias": 0.1}]},
        ),
    ],
)
def test_in_next_to_no_noise_tokens_do_what_the_harmonic_chart_computes(attention, perceptron):
    given = case("circle", {**WHISPER, "step": 0.1}, attention, BUMP["circle"], 0.2, 2, 31)
    tables = {name: getattr(given.model, name).model_dump(exclude_unset=True) for name in ("space", "time", "output")}
    data = {"title": "t", **tables, "attention": attention, "initial": BUMP["circle"]}
    if perceptron is not None:
        data["perceptron"] = perceptron
        stirred = Case.from_dict({**data, "common_noise": given.common_noise.model_dump(exclude_unset=True)})
        given = stirred
    _, expected = marched(build(Case.from_dict(data)))
    _, found = marched(build(given))
    for name in ("mean", "order_parameter", "energy", "dissipation", "work"):
        if not np.all(np.isnan(expected[name])):
            # both steppers' tolerance over a few steps, and noise of 1e-12
            assert np.allclose(found[name], expected[name], rtol=0, atol=2e-9), name


def test_a_run_goes_on_from_a_checkpoint_bit_for_bit():
    given = problem("circle", {"symmetric": True, "strength": 2.0}, SOFTMAX, BUMP["circle"], 0.4, tolerance=1e-7)
    steps = [event.checkpoint for event in march(given) if isinstance(event, Step)]
    assert steps[-1].layout != given.flow.layout
    again = [event.checkpoint for event in march(given, steps[len(steps) // 2]) if isinstance(event, Step)]
    assert np.array_equal(again[-1].state, steps[-1].state)
    assert again[-1].time == steps[-1].time


def test_rows_at_the_time_of_an_increment_are_after_it():
    given = problem("circle", {"strength": 2.0}, initial=BUMP["circle"], end=0.35, rows=7)
    rows = [event for event in march(given) if isinstance(event, Row)]
    whole = [row.values["order_parameter"] for row in rows]
    # seven increments of 0.05, whose sums differ from multiples of 0.05 by rounding
    assert len(set(map(float, whole))) == 8
    between = replace(given, schedule=replace(given.schedule, observe_every=0.025))
    found = [float(row.values["order_parameter"]) for row in march(between) if isinstance(row, Row)]
    assert found[::2] == pytest.approx(list(map(float, whole)), abs=1e-14)
    assert found[1::2] == pytest.approx(list(map(float, whole[:-1])), abs=1e-14)


def test_a_record_keeps_the_increments_and_a_continuation_wants_the_same(tmp_path, monkeypatch):
    given = case("circle", initial=BUMP["circle"], end=0.2, rows=4)
    record = kinetic.run(given, tmp_path)
    increments = record.noise["increments"]
    assert increments.shape == (4, 2, 2)
    assert np.array_equal(increments, build(given).flow.environment.increments(0, 4))
    assert record.noise["time"] == pytest.approx([0.05, 0.1, 0.15, 0.2], abs=1e-15)
    assert record.noise_attributes["seed"] == 3
    assert "Philox" in record.noise_attributes["generator"]
    longer = Case.parse(given.text, ("time.end=0.4", "output.observe_every=0.05", "output.save_every=0.2"), given.name)
    resumed = kinetic.run(longer, tmp_path, resume=True)
    whole = kinetic.run(longer, tmp_path / "whole")
    for name, values in whole.observables.items():
        assert np.array_equal(values, resumed.observables[name], equal_nan=True), name
    assert np.array_equal(whole.noise["increments"], resumed.noise["increments"])
    monkeypatch.setattr("kinetic.normed.common_noise.path._normals", lambda *_: np.ones(4))
    monkeypatch.setattr("kinetic.normed.common_noise.path._increment", lambda *_: np.ones(4))
    with pytest.raises(RecordError, match="increment 0 of the common noise is not what this version"):
        kinetic.run(Case.parse(longer.text, (*longer.overrides[1:], "time.end=0.5"), given.name), tmp_path, resume=True)


def test_a_cap_without_background_stays_one(tmp_path):
    cap = {"kind": "cap", "mean": [1.0, 0.3], "angle": 1.0}
    record = kinetic.run(case("circle", initial=cap, end=0.1, rows=1), tmp_path)
    density = record.density(-1)
    (matrix,) = common_noise.flow_matrices(record.noise["increments"], 1.0, False, [2])
    angles = np.linspace(0.0, 2.0 * np.pi, 40, endpoint=False)
    labels = np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    inside = labels @ np.array([1.0, 0.3]) / np.hypot(1.0, 0.3) > np.cos(1.0)
    moved = labels @ matrix.T
    moved /= np.linalg.norm(moved, axis=1)[:, None]
    assert np.array_equal(density.values(moved) > 0, inside)
    # ρ of a token is its first one over the Jacobian det G/|Gx|² of the circle
    jacobian = np.linalg.det(matrix) / np.sum((labels @ matrix.T) ** 2, axis=1)
    assert np.allclose(density.values(moved)[inside], np.pi / jacobian[inside], rtol=1e-8)
    longer = Case.parse(record.case_text, ("time.end=0.2", "output.observe_every=0.1", "output.save_every=0.1"), "case")
    assert kinetic.run(longer, tmp_path, resume=True).status == "finished"


ZONAL = {"kind": "zonal", "dimension": 3, "degree": 15}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"space": ZONAL, "initial": {"kind": "uniform"}}, "space.kind"),
        ({"space": {"kind": "circle", "degree": 15, "chart": "conformal"}}, "chart"),
        ({"space": {"kind": "circle", "chart": "mercator"}}, "chart"),
        ({"layer_norm": {"scheme": "pre"}}, "layer_norm.scheme"),
        ({"noise": {"diffusion": 0.1}}, "noise.diffusion"),
        ({"attention": {"normalization": "softmax", "kernel": "power"}}, "attention.kernel"),
        (
            {"perceptron": {"activation": "relu", "neurons": [{"weight": 0.4, "direction": [1.0, 0.0]}]}},
            "perceptron.activation",
        ),
        ({"attention": {"normalization": "softmax", "beta": 1.0, "context_length": 9}}, "context_length"),
        ({"common_noise": {"kind": "matrix", "seed": 1, "step": 1e-7}}, "common_noise.step"),
        ({"common_noise": {"kind": "field", "seed": 1, "covariance": [0.0, -1.0]}}, "common_noise.covariance"),
        ({"common_noise": {"kind": "field", "seed": 1}}, "covariance: missing"),
        ({"common_noise": {"kind": "values", "seed": 1, "symmetric": True}}, "symmetric: received true"),
        ({"common_noise": {"kind": "matrix", "seed": 1, "symmetric": 1}}, "must be true or false"),
        ({"common_noise": {"kind": "matrix", "seed": 1, "strength": 20.0}}, "lower step"),
        ({"common_noise": {"kind": "matrix"}}, "seed: missing"),
    ],
)
def test_what_does_not_go_together_is_refused_by_name(change, words):
    data = {
        "title": "t",
        "space": {"kind": "circle", "degree": 15},
        "attention": STILL,
        "common_noise": {"kind": "matrix", "seed": 1},
        "initial": {"kind": "uniform"},
        "time": {"end": 1.0},
        **change,
    }
    with pytest.raises(CaseError, match=words):
        build(Case.from_dict(data))
