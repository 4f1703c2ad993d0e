"""Runs of densities with positions: what they must agree with, what stops them, what goes into a record and back."""

import numpy as np
import pytest
from label.cases import bump, case, slices

import kinetic
from kinetic.assembly import build
from kinetic.errors import CaseError, Unresolved
from kinetic.job import run
from kinetic.march import Row, Snapshot, march

SPACES = [("circle", {}), ("sphere", {}), ("zonal", {"dimension": 5}), ("zonal", {"dimension": 64})]
MASKS = ['kind = "causal"\ndecay = 2.0\nelements = 1\n', 'kind = "window"\nwidth = 0.4\norder = 3\n']


def last(problem):
    """The observables of the last row, and the last density."""
    events = list(march(problem))
    rows = [event for event in events if isinstance(event, Row)]
    densities = [event for event in events if isinstance(event, Snapshot)]
    return rows[-1].values, densities[-1].density


@pytest.mark.parametrize(("kind", "more"), SPACES, ids=str)
@pytest.mark.parametrize("normalization", ["softmax", "none"])
def test_equal_densities_at_all_positions_solve_the_unmasked_equation(kind, more, normalization):
    """∫ k ds' = 1: whom tokens see makes no difference if all densities are equal."""
    inner = f'kind = "von_mises_fisher"\n{"" if kind == "zonal" else "mean = [0.6, 0.8]"}\nconcentration = 1.0'
    inner = inner.replace("[0.6, 0.8]", "[0.6, 0.0, 0.8]") if kind == "sphere" else inner
    numbers = {"kind": kind, "initial": inner, "normalization": normalization, "tolerance": 1e-11, **more}
    plain, _ = last(build(case("", **numbers)))
    mask = MASKS[normalization == "none"]
    masked, density = last(build(case(mask, **numbers)))
    for name in ("order_parameter", "energy", "entropy"):
        assert masked[name] == pytest.approx(plain[name], rel=1e-10, nan_ok=True)
        assert masked[f"{name}_by_label"] == pytest.approx(
            np.full(density.labels.size, plain[name]), rel=1e-10, nan_ok=True
        )


def test_positions_that_differ_do_not():
    label = MASKS[0] + slices((0.1, bump("circle")), (1.0, '{kind = "uniform"}'))
    masked, density = last(build(case(label)))
    late = masked["order_parameter_by_label"]
    assert late[0] > 0.7
    assert 0 < late[-1] < 0.1
    assert np.all(np.diff(late[1:]) < 0)
    assert masked["mass_by_label"] == pytest.approx(1, abs=1e-13)
    assert density.at(0.05).mass == pytest.approx(1)
    assert density.mass == pytest.approx(1)


@pytest.mark.parametrize(("kind", "more"), SPACES[:3], ids=["circle", "sphere", "zonal"])
def test_a_record_gives_back_what_was_written_and_goes_on_bit_for_bit(kind, more, tmp_path):
    label = MASKS[0] + slices((0.2, bump(kind)), (1.0, '{kind = "uniform"}'))
    numbers = {"kind": kind, "degree": 9, "tolerance": 1e-6, **more}
    whole = run(case(label, **numbers, end=0.4), tmp_path / "whole")
    half = run(case(label, **numbers, end=0.2), tmp_path / "half")
    assert half.status == whole.status == "finished"
    longer = case(label, **numbers, end=0.4)
    longer = kinetic.Case.parse(longer.text, ["output.observe_every=0.2", "output.save_every=0.2"], "labels")
    resumed = run(longer, tmp_path / "half", resume=True)
    again = kinetic.load(resumed.path)
    for name in ("order_parameter_by_label", "energy"):
        assert np.array_equal(again.observables[name][-1], whole.observables[name][-1])
    density = again.density(-1)
    assert np.array_equal(density.rows, kinetic.load(whole.path).density(-1).rows)
    assert again.density_arrays["coefficients"].shape[1] == density.labels.size
    assert again.variable("order_parameter_by_label").dims == ("time", "label")
    assert again.variable("density/coefficients").dims[:2] == ("time", "label")


def test_a_record_gives_back_its_rotations(tmp_path):
    label = 'kind = "frequency"\nlaw = "table"\nrates = [1.0, 4.0]\naxes = 2\n'
    record = run(case(label, kind="sphere", initial='kind = "uniform"', degree=3, tolerance=1e-6, end=0.1), tmp_path)
    density = kinetic.load(record.path).density(-1)
    assert np.array_equal(density.labels, np.arange(16))
    spread = density.rotations.T @ (density.weights[:, None] * density.rotations)
    np.testing.assert_allclose(spread, 17 / 6 * np.eye(3), atol=1e-14)  # E ω² times a third of the identity
    np.testing.assert_allclose(density.weights @ density.rotations, 0, atol=1e-14)
    assert record.variable("density/label_rotation").dims == ("label", "component")


def test_xarray_opens_both_groups_by_label(tmp_path):
    xarray = pytest.importorskip("xarray")
    label = MASKS[0] + slices((0.2, bump("circle")), (1.0, '{kind = "uniform"}'))
    record = run(case(label, degree=9, tolerance=1e-6, end=0.1), tmp_path)
    with xarray.open_dataset(record.path, group="observables", engine="h5netcdf") as seen:
        near = seen.sel(label=0.15, method="nearest")
        assert float(near.label) == 0.2
        assert near.order_parameter_by_label.dims == ("time",)
    with xarray.open_dataset(record.path, group="density", engine="h5netcdf") as seen:
        assert seen.coefficients.dims[:2] == ("time", "label")
        assert seen.label.size == seen.label_weight.size


def test_a_kink_that_rounding_alone_keeps_from_a_jump_is_none():
    """The window of width 0.1 that is cut off at 0 makes a kink at 3·0.1, which is not 0.3."""
    label = 'kind = "window"\nwidth = 0.1\norder = 4\n' + slices((0.3, bump("circle")), (1.0, '{kind = "uniform"}'))
    problem = build(case(label))
    borders = problem.flow.labels.mesh.borders
    assert np.all(np.diff(borders) > 1e-6)
    problem.flow.verify(0.0, problem.state)


def test_too_few_elements_are_unresolved():
    """Positions that are perturbed alternately, faster than the elements follow, are told of."""
    label = 'kind = "causal"\nelements = 1\n[label.perturbation]\n'
    given = case(label + "power = 1.0\ndegree = 1\norder = 1\namplitude = 0.3\n", initial='kind = "uniform"')
    problem = build(given)
    flow = problem.flow
    assert flow.labels.count > 9  # halved until the profile is carried
    flow.verify(0.0, problem.state)
    rows = flow.rows(problem.state).copy()
    rows[::2, 2] += 1e-3
    with pytest.raises(Unresolved, match=r"raise label\.elements"):
        flow.verify(0.0, rows.reshape(-1))


@pytest.mark.parametrize(
    ("label", "numbers", "said"),
    [
        ('kind = "causal"\nwidth = 0.1', {}, "label.width"),
        ('kind = "window"', {}, "label.width: missing"),
        ('kind = "causal"\nlaw = "gauss"', {}, "label.law"),
        ('kind = "frequency"', {}, "label.law: missing"),
        ('kind = "frequency"\nlaw = "table"', {}, "label.rates: missing"),
        ('kind = "frequency"\nlaw = "table"\nrates = [1.0, 0.0]', {}, "label.rates"),
        ('kind = "frequency"\nlaw = "gauss"\nscale = 1.0\naxes = 3', {}, "a circle has no axes"),
        ('kind = "frequency"\nlaw = "gauss"\nscale = 1.0\naxes = 6', {"kind": "sphere"}, "take fewer rates"),
        ('kind = "frequency"\nlaw = "gauss"\nscale = 1.0', {"kind": "zonal"}, 'use "circle" or "sphere"'),
        ('kind = "causal"\nfirst = 0.3\n' + slices((0.1, bump("circle")), (1.0, bump("circle"))), {}, "label.first"),
        ('kind = "causal"\n' + slices((0.5, bump("circle")), (0.9, bump("circle"))), {}, "label.slices.1.upto"),
        ('kind = "causal"\n' + slices((0.5, bump("circle")), (0.5, bump("circle"))), {}, "label.slices.1.upto"),
        ('kind = "causal"\n' + slices((1.0, '{kind = "unform"}')), {}, "label.slices.0.initial.kind"),
        ('kind = "causal"\n' + slices((1.0, '{kind = "poisson", mean = [1.0], radius = 0.5}')), {}, "initial.mean"),
        ('kind = "causal"\n' + slices((1.0, bump("circle", 500.0))), {}, "raise space.degree"),
        ('kind = "causal"\n[label.perturbation]\nat = 0.1\ndegree = 1\norder = 1\namplitude = 0.1', {}, "width"),
        ('kind = "causal"\n[label.perturbation]\npower = 1.0\ndegree = 1\norder = 1\namplitude = 2.0', {}, "amplitude"),
        ('kind = "causal"\n[label.perturbation]\npower = 1.0\ndegree = 1\norder = 0\namplitude = 0.1', {}, "order"),
    ],
)
def test_what_a_label_cannot_be_is_refused_by_name(label, numbers, said):
    initial = None if "slices" in label else 'kind = "uniform"'
    with pytest.raises(CaseError, match="label") as caught:
        build(case(label, initial=initial, **numbers))
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        (["space.chart=conformal"], 'use space.chart = "harmonic"'),
        (["space.chart=mercator"], 'use space.chart = "harmonic"'),
        (["noise.diffusion=0.1"], 'kind = "frequency"'),
        (["layer_norm.scheme=pre"], 'scheme = "post"'),
        (["attention.context_length=10"], "remove it"),
        (["attention.kernel=truncated", "attention.cutoff=0.5"], "kink"),
        (
            ["perceptron.activation=identity", "perceptron.neurons=[{weight = 1.0, direction = [1.0, 0.0]}]"],
            "perceptron",
        ),
    ],
)
def test_what_labels_do_not_go_with_is_refused_by_name(overrides, said):
    given = kinetic.Case.parse(case(MASKS[0], initial='kind = "uniform"').text, overrides)
    with pytest.raises(CaseError, match=r"label\.kind") as caught:
        build(given)
    assert said in str(caught.value)


def test_heads_with_matrices_are_refused():
    text = case(MASKS[0], initial='kind = "uniform"').text.replace("beta = 1.0", "heads = [{beta = 1.0, value = 2.0}]")
    with pytest.raises(CaseError, match="Q = K = V = I"):
        build(kinetic.Case.parse(text))
