"""Snapshots are chosen by change, pictures that mean nothing are left out, and what is drawn says what it is."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from small_records import record_of

from kinetic.case import Case
from kinetic.errors import DomainError
from kinetic.plot import draw, overlay
from kinetic.plot.captions import equation, matrix_text
from kinetic.plot.choosing import by_change, changed
from kinetic.plot.clusters import draw_clusters
from kinetic.plot.scales import Scale, negative_note, undershoot
from kinetic.plot.several import labels
from kinetic.record import Record, Variable


def told(times, **observables):
    """What the choice of snapshots asks a record for."""
    return SimpleNamespace(density_times=times, observables={"time": times, **observables})


def test_snapshots_crowd_where_everything_happens():
    times = np.linspace(0.0, 20.0, 81)
    late = np.exp(2.0 * (times - 20.0))
    chosen = by_change(told(times, order_parameter=late), 6)
    assert chosen[0] == 0
    assert chosen[-1] == 80
    assert len(chosen) == 6
    steps = np.diff(late[list(chosen)])
    assert times[chosen[1]] > 18.0
    assert steps.max() < 0.5  # a snapshot every quarter: e^{1/2} between neighbors, 0.39 in the last step


def test_a_collapse_is_shown_by_its_width_and_a_run_at_rest_by_its_time():
    times = np.linspace(0.0, 10.0, 101)
    chosen = by_change(told(times, w2_to_dirac=np.exp(-times), energy=np.full(101, 2.0)), 6)
    np.testing.assert_allclose(times[list(chosen)], np.linspace(0.0, 10.0, 6), atol=0.051)
    assert by_change(told(times, energy=np.full(101, 2.0)), 6) == (0, 20, 40, 60, 80, 100)


def test_change_grows_from_nothing_to_all_of_it_and_skips_what_is_not_known():
    times = np.linspace(0.0, 1.0, 5)
    path = changed(told(times, entropy=np.array([0.0, np.nan, 2.0, 1.0, np.nan])))
    np.testing.assert_allclose(path, [0.0, 1 / 3, 2 / 3, 1.0, 1.0], atol=1e-5)


def test_few_snapshots_are_all_shown():
    assert by_change(told(np.arange(4.0)), 6) == (0, 1, 2, 3)


def test_one_jump_leaves_no_gap_and_no_double():
    times = np.linspace(0.0, 1.0, 50)
    chosen = by_change(told(times, energy=(times > 0.5).astype(float)), 6)
    assert len(set(chosen)) == 6


@pytest.mark.parametrize(
    ("matrix", "text"),
    [
        ("identity", "I"),
        (1.0, "I"),
        (-1.0, "\u2212I"),
        (0.5, "0.5 I"),
        ((1.0, -2.0), "diag(1, \u22122)"),
        (((1.0, 0.0), (0.0, 2.5)), "[1 0; 0 2.5]"),
        (((1.0,) * 4,) * 4, "a 4 × 4 matrix"),
        ((1.0,) * 9, "a diagonal of 9 numbers"),
    ],
)
def test_a_caption_names_the_matrices(matrix, text):
    assert matrix_text(matrix) == text


@pytest.mark.parametrize(
    ("table", "text"),
    [
        ('[label]\nkind = "causal"\ndecay = 2.0', "label causal, \u03bb = 2, on"),
        ('[label]\nkind = "frequency"\nlaw = "gauss"\nscale = 0.5', "label frequency gauss, scale = 0.5, on"),
        (
            '[perceptron]\nactivation = "tanh"\nneurons = [{weight = -0.5, direction = [1.0, 0.0]}]',
            "1 tanh neuron, w = \u22120.5, on",
        ),
        ('[common_noise]\nkind = "matrix"\nstep = 0.1\nseed = 1', "common noise matrix, on"),
    ],
)
def test_a_caption_names_what_stands_beside_attention(table, text):
    assert text in equation(Case.parse(f"{record_of('circle').case_text}\n{table}", (), "c"))


def test_heads_that_differ_are_told_one_by_one():
    text = record_of("circle").case_text.replace("beta = 1.0", "heads = [{beta = 1.0}, {beta = 2.0, value = -1.0}]")
    told = equation(Case.parse(text, (), "c"))
    assert "\u03b2 = 1, 2, head 1: Q = K = V = I; head 2: Q = K = I, V = \u2212I, on the circle" in told


def test_a_run_of_several_clusters_has_no_distance_from_one():
    """In dimension 512 the mean of a von Mises–Fisher density of concentration 2 is 2/512."""
    record = record_of("high")
    for what in ("rates", "cluster"):
        with pytest.raises(DomainError, match=r"left out, R = 0\.00"):
            draw(record, what)
    assert "Left out: rates and cluster, because R = 0.00" in draw(record).get_supxlabel().replace("\n", " ")
    assert "Left out" not in draw(record_of("circle")).get_supxlabel()


def test_maps_have_one_scale_and_one_bar():
    figure = draw(record_of("sphere"), "density")
    (panel,) = figure.subfigs
    meshes = [ax.collections[0] for ax in panel.axes if ax.get_label() != "<colorbar>"]
    assert len(meshes) == 4
    assert len({(mesh.norm.vmin, mesh.norm.vmax) for mesh in meshes}) == 1
    assert len(panel.axes) == 5
    peaks = [float(np.max(record_of("sphere").density(i).grid()[1])) for i in range(4)]
    assert meshes[0].norm.vmax == pytest.approx(max(peaks), rel=0.01)


def test_what_a_series_hides_below_zero_is_marked_and_an_exact_zero_is_not():
    x = np.linspace(0.0, 1.0, 401)
    swinging = np.exp(-30 * x) + 1e-3 * np.cos(300 * x)
    assert undershoot(swinging) == pytest.approx(1e-3, rel=1e-2)
    scale = Scale.of([swinging])
    assert scale.wide
    assert np.isnan(scale.shown(swinging)[x > 0.6]).all()
    assert negative_note(scale.depth).endswith("to -0.001")
    flat = np.where(x < 0.5, 2.0, 0.0)
    exact = Scale.of([flat])
    assert exact.depth == 0
    assert np.all(exact.shown(flat) > 0)
    assert negative_note(exact.depth) == ""
    assert undershoot(np.array([1.0, -1e-14])) == 0  # rounding


def test_several_records_lie_over_each_other():
    records = [record_of("circle"), record_of("zonal")]
    figure = overlay(records)
    assert all(len(ax.lines) == 2 for ax in figure.axes)
    first = next(ax for ax in figure.axes if ax.get_ylabel() == "$R$")
    for line, record in zip(first.lines, records, strict=True):
        np.testing.assert_array_equal(line.get_ydata(), record.observables["order_parameter"])
    assert [text.get_text() for text in first.get_legend().get_texts()] == ["circle", "zonal"]
    with pytest.raises(DomainError, match="at most 6"):
        overlay([records[0]] * 7)


def test_records_of_one_name_are_told_by_their_folders():
    one, other = record_of("circle"), record_of("circle", concentration=30.0)
    names = labels([one, other])
    assert len(set(names)) == 2
    assert all(name.endswith("/circle") for name in names)


@pytest.fixture
def clustered():
    """A record with clusters: three, of which two become one at t = 0.3, and nothing at t = 5e-4."""
    record = record_of("circle")
    times = np.array([0.0, 1e-3, 0.2, 0.4, 0.6])
    mass = np.array([[0.4, 0.3, 0.2], [0.4, 0.3, 0.2], [0.4, 0.3, 0.2], [0.6, 0.4, np.nan], [0.6, 0.4, np.nan]])
    parts = (
        Variable("time", times, ("time",), "1", "time"),
        Variable("mass", mass, ("time", "cluster"), "1", "mass"),
        Variable("merger_time", np.array([2e-3, 0.3]), ("merger",), "1", "time"),
    )
    return Record(record.path, replace(record.contents, clusters=parts), record.rebuild)


def test_clusters_are_drawn_on_the_sheet_with_their_mergers_on_an_axis_that_shows_all(clustered):
    (panel,) = draw(clustered, "clusters").subfigs
    upper, lower = panel.axes
    assert upper.get_xscale() == "log"
    np.testing.assert_array_equal(lower.lines[0].get_ydata(), [3, 3, 3, 2, 2])
    assert [line.get_xdata()[0] for line in upper.lines[3:]] == [2e-3, 0.3]
    headings = [panel.get_suptitle() for panel in draw(clustered).subfigs]
    assert any("Clusters" in heading for heading in headings) or len(headings) == 5


def test_a_record_without_clusters_says_so():
    from kinetic.plot.scene import Scene

    with pytest.raises(DomainError, match="holds none"):
        draw_clusters(None, Scene.of(record_of("high")))
