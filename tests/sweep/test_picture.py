"""The figure of a sweep: which panels there are, and what stands in them."""

import numpy as np
import pytest
from sweep.examples import SWEEP, folder_with

from kinetic.errors import DomainError
from kinetic.sweep import Outcome, Sweep
from kinetic.sweep.picture import draw, save
from kinetic.sweep.table import tabulate

BETAS = '[[axes]]\nkey = "attention.beta"\nstart = 0.5\nstop = 8.0\ncount = 5\nspacing = "logarithmic"\n'
SLOPES = '[[axes]]\nkey = "initial.slope"\nvalues = [0.9, 0.1, 0.5]\n'
WORDS = '[[axes]]\nkey = "attention.normalization"\nvalues = ["softmax", "none"]\n'
FINAL = '[[quantities]]\nname = "order"\nkind = "final"\nof = "order_parameter"\n'
TRACE = '[[quantities]]\nname = "path"\nkind = "trace"\nof = "order_parameter"\nstop = 2.0\ncount = 3\n'
CROSSING = '[[quantities]]\nname = "late"\nkind = "crossing"\nof = "order_parameter"\nabove = 0.5\n'
CLAIM = '[[quantities]]\nname = "rate"\nkind = "claim"\nof = "dirac_rate"\n'


def table(folder, *parts):
    """A table of made-up numbers: the index of the point is in each; point 1 is missing."""
    text = "".join([SWEEP.partition("[[axes]]")[0], *parts])
    sweep = Sweep.parse(text, "s", folder_with(folder))
    outcomes = {
        point.index: Outcome(
            "finished",
            finals={"order_parameter": point.index},
            cells={
                "order": float(point.index),
                "path": (point.index + 0.1, point.index + 0.2, np.nan),
                "late": 1.0,
                "rate": point.index + 0.5,
                "rate_predicted": 3.0,
                "rate_uncertainty": 0.0,
                "rate_verdict": "pass",
            },
        )
        for point in sweep.points
        if point.index != 1
    }
    return tabulate(sweep, outcomes)


def panels(figure):
    """The axes that are panels: color bars have no title."""
    return [axes for axes in figure.axes if axes.get_title()]


def test_one_axis_is_a_curve_on_its_own_scale(tmp_path):
    (axes,) = panels(draw(table(tmp_path, BETAS, FINAL)))
    assert axes.get_xscale() == "log"
    (line,) = axes.lines
    np.testing.assert_allclose(line.get_xdata(), [0.5, 1, 2, 4, 8], rtol=1e-12)
    np.testing.assert_array_equal(line.get_ydata(), [0, np.nan, 2, 3, 4])
    assert "β" in axes.get_xlabel() or "beta" in axes.get_xlabel()
    assert "dimensionless" in axes.get_ylabel()


def test_words_make_several_curves_each_with_its_name(tmp_path):
    (axes,) = panels(draw(table(tmp_path, SLOPES, WORDS, FINAL)))
    curves = {line.get_label(): line for line in axes.lines}
    assert list(curves) == ["softmax", "unnormalised"]
    np.testing.assert_array_equal(curves["softmax"].get_xdata(), [0.1, 0.5, 0.9])  # sorted
    np.testing.assert_array_equal(curves["softmax"].get_ydata(), [2, 4, 0])
    np.testing.assert_array_equal(curves["unnormalised"].get_ydata(), [3, 5, np.nan])


def test_a_claim_stands_beside_its_prediction(tmp_path):
    (axes,) = panels(draw(table(tmp_path, BETAS, CLAIM)))
    curves = {line.get_label(): line.get_ydata() for line in axes.lines}
    np.testing.assert_array_equal(curves["predicted"], [3, np.nan, 3, 3, 3])
    np.testing.assert_array_equal(curves["measured"], [0.5, np.nan, 2.5, 3.5, 4.5])


OWN = (
    '[[axes]]\nkey = "attention.beta"\nvalues = [0.5, 1, 2.0, 4.0]\n',
    '[[axes]]\nkey = "space.degree"\nzip_with = "attention.beta"\nvalues = [8, 16, 8, 16]\ndrawn = "separately"\n',
    '[[axes]]\nkey = "time.end"\nzip_with = "attention.beta"\nvalues = [0.1, 0.2, 0.3, 0.4]\n',
)


def test_every_curve_may_have_its_own_points(tmp_path):
    """What is zipped with the axis of numbers, and drawn separately, tells which curve a point is on."""
    (axes,) = panels(draw(table(tmp_path, *OWN, FINAL)))
    curves = {line.get_label(): line.get_data() for line in axes.lines}
    assert list(curves) == ["$L$ = 8", "$L$ = 16"]
    np.testing.assert_array_equal(curves["$L$ = 8"], [[0.5, 2], [0, 2]])
    np.testing.assert_array_equal(curves["$L$ = 16"], [[1, 4], [np.nan, 3]])


def test_an_axis_may_make_panels(tmp_path):
    words = WORDS + 'drawn = "panels"\n'
    first, second = panels(draw(table(tmp_path, SLOPES, words, FINAL)))
    assert (first.get_title(), second.get_title()) == ("order: softmax", "order: unnormalised")
    np.testing.assert_array_equal(first.lines[0].get_ydata(), [2, 4, 0])
    np.testing.assert_array_equal(second.lines[0].get_ydata(), [3, 5, np.nan])


def test_a_quantity_is_shown_by_its_logarithm_where_that_is_asked(tmp_path):
    for given, scale in (("", "linear"), ('spacing = "logarithmic"\n', "log")):
        (axes,) = panels(draw(table(tmp_path, BETAS, FINAL + given)))
        assert axes.get_yscale() == scale


def test_rates_of_tokens_stand_beside_those_of_the_density(tmp_path):
    tokens = '[[quantities]]\nname = "order"\nkind = "tokens"\nof = "order_deficit"\ncount = 30\n'
    (axes,) = panels(draw(table(tmp_path, BETAS, CLAIM, tokens)))
    (marks,) = [line for line in axes.lines if line.get_markerfacecolor() == "none" and len(line.get_xdata()) == 5][1:]
    np.testing.assert_array_equal(marks.get_ydata(), [0, np.nan, 2, 3, 4])
    assert "30 tokens, measured" in [text.get_text() for text in axes.get_legend().get_texts()]
    (alone,) = panels(draw(table(tmp_path, BETAS, tokens)))
    assert "30 tokens" in alone.get_ylabel()


def test_two_axes_are_a_phase_diagram(tmp_path):
    (axes,) = panels(draw(table(tmp_path, BETAS, SLOPES, FINAL)))
    (mesh,) = axes.collections
    field = mesh.get_array()
    assert field.shape == (3, 5)
    # slopes 0.9, 0.1, 0.5 are points 0, 1, 2 of the first β, and rows 2, 0, 1 of the picture
    assert field[2, 0] == 0
    assert field.mask[0, 0]
    assert field[1, 0] == 2
    assert field[0, 4] == 13


def test_a_trace_is_a_diagram_of_time_with_its_crossings_on_it(tmp_path):
    (axes,) = panels(draw(table(tmp_path, BETAS, TRACE, CROSSING)))
    (mesh,) = axes.collections
    assert mesh.get_array().shape == (5, 3)
    assert mesh.get_array()[4, 1] == 4.2
    assert mesh.get_array().mask[:, 2].all()
    assert axes.get_yscale() == "log"
    _, line = axes.lines
    np.testing.assert_array_equal(line.get_xdata(), [1, np.nan, 1, 1, 1])
    assert "time" in axes.get_xlabel()


def test_diagrams_of_one_observable_stand_side_by_side_under_one_color_bar(tmp_path):
    other = TRACE.replace('"path"', '"again"')
    made = table(tmp_path, BETAS, WORDS, TRACE, other)
    figure = draw(made)
    shown = panels(figure)
    assert [axes.get_title() for axes in shown] == [
        "path: softmax",
        "again: softmax",
        "path: unnormalised",
        "again: unnormalised",
    ]
    assert len(figure.axes) == 6  # the place of the legend, and one color bar
    lefts = [axes.get_subplotspec().colspan.start for axes in shown]
    assert lefts == [0, 1, 0, 1]
    assert len({axes.collections[0].get_clim() for axes in shown}) == 1


def test_hatching_is_named_only_where_there_is_any(tmp_path):
    label = [axes.get_ylabel() for axes in draw(table(tmp_path, BETAS, SLOPES, FINAL)).axes]
    assert any("hatched" in text for text in label)
    whole = table(tmp_path, BETAS, SLOPES, FINAL)
    whole["order"].values[1] = 1.0
    assert not any("hatched" in axes.get_ylabel() for axes in draw(whole).axes)


def test_without_quantities_the_order_parameter_at_the_end_is_drawn(tmp_path):
    (axes,) = panels(draw(table(tmp_path, SLOPES)))
    np.testing.assert_array_equal(axes.lines[0].get_ydata(), [np.nan, 2, 0])


@pytest.mark.parametrize(
    ("parts", "words"),
    [((WORDS, FINAL), "0 axes"), ((BETAS, SLOPES, TRACE), "2 axes of numbers; allowed: one;")],
)
def test_what_cannot_be_drawn_is_said_to_be_so(tmp_path, parts, words):
    with pytest.raises(DomainError, match=words):
        draw(table(tmp_path, *parts))


@pytest.mark.parametrize(("ending", "head"), [(".png", b"\x89PNG"), (".svg", b"<?xml"), (".pdf", b"%PDF")])
def test_every_format_is_written(tmp_path, ending, head):
    save(table(tmp_path, BETAS, SLOPES, FINAL), tmp_path / f"a{ending}")
    assert (tmp_path / f"a{ending}").read_bytes().startswith(head)


def test_the_caption_counts_the_runs_that_did_not_finish(tmp_path):
    sweep = Sweep.parse(SWEEP.partition("[[axes]]")[0] + BETAS + FINAL, "s", folder_with(tmp_path))
    ends = ("finished", "unresolved", "finished", "unresolved")
    outcomes = {i: Outcome(end, finals={}, cells={"order": 1.0}) for i, end in enumerate(ends)}
    assert "5 runs, 1 missing, 2 unresolved" in draw(tabulate(sweep, outcomes)).get_supxlabel()


def test_the_legend_names_what_was_measured_before_theory(tmp_path):
    (axes,) = panels(draw(table(tmp_path, BETAS, WORDS, CLAIM)))
    names = [text.get_text() for text in axes.get_legend().get_texts()]
    assert names == ["softmax", "unnormalised", "predicted"]


def test_an_axis_of_few_decades_has_plain_numbers(tmp_path):
    (axes,) = panels(draw(table(tmp_path, BETAS, FINAL)))
    axes.figure.canvas.draw()
    texts = [label.get_text() for label in axes.get_xticklabels(which="both")]
    assert not any("times" in text for text in texts)
    assert sum(map(bool, texts)) >= 3


def test_a_panel_without_a_number_says_why(tmp_path):
    """Every verdict is "not applicable": the reasons stand in the table and in the empty panel."""
    whole = table(tmp_path, BETAS, CLAIM)
    cells = {"rate": np.nan, "rate_predicted": np.nan, "rate_uncertainty": np.nan}
    words = {"rate_verdict": "not applicable", "rate_reason": "R has not reached 0.9"}
    outcomes = {i: Outcome("finished", cells=cells | words) for i in range(5)}
    empty = tabulate(whole.sweep, outcomes)
    assert list(empty["rate_reason"].values) == ["R has not reached 0.9"] * 5
    (axes,) = panels(draw(empty))
    (text,) = axes.texts
    assert "5 of 5 runs: not applicable: R has not reached 0.9" in text.get_text()
    (measured,) = panels(draw(whole))
    assert not measured.texts
