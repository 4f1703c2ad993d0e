"""Figures: every one of every space can be drawn, its axes are labeled, and predictions are drawn as predicted."""

import shutil
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image
from small_records import record_of
from typer.testing import CliRunner

from kinetic.cli import app
from kinetic.cli.plotting import PLOT_HELP
from kinetic.errors import DomainError, RecordError
from kinetic.plot import FIGURES, animate, draw, film, save
from kinetic.plot.scene import Scene
from kinetic.plot.shapes import circle_values
from kinetic.plot.stage import between, stage_of
from kinetic.plot.style import apart, plain_ticks
from kinetic.tokens import TokenRun
from kinetic.tokens.picture import _predictions, asymptotes, token_figure


def panels(figure):
    """Axes with lines or pictures on them, color bars and tables left out."""
    axes = list(figure.axes)
    return [ax for ax in axes if ax.axison and ax.get_label() != "<colorbar>" and ax.has_data()]


@pytest.mark.parametrize("name", ["sphere", "circle", "zonal", "high"])
def test_a_sheet_is_drawn_of_every_space(tmp_path, name):
    save(draw(record_of(name)), tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as image:
        assert image.size[0] == 1400
        assert image.convert("L").getextrema()[0] < 100


@pytest.mark.parametrize("what", [what for what in FIGURES if what not in {"sheet", "clusters", "staircase", "labels"}])
def test_every_axis_says_what_it_shows(what):
    record = record_of("circle", concentration={"growth": 0.1, "limit": 30.0}.get(what, 2.0))
    figure = draw(record, what)
    for ax in panels(figure):
        if ax.name == "polar":
            continue
        shared = ax.get_shared_x_axes().get_siblings(ax)
        assert ax.get_ylabel()
        assert any(other.get_xlabel() for other in shared) or figure.subfigs[0].get_supxlabel()


def test_titles_are_no_mathematics():
    figure = draw(record_of("circle"), "spectrum")
    assert figure.get_suptitle() == r"Costs \$5 and _more_"
    assert "a note, section 4" in figure.get_supxlabel()


def test_predicted_slopes_have_the_predicted_rates():
    """In dimension five the law is e^{−κt} without a factor t: κ = 2 for 1 − R, 1 for W₂ (softmax)."""
    record = record_of("zonal", concentration=30.0)
    rates = Scene.of(record).rates
    assert rates == pytest.approx(
        {"order_deficit": 2.0, "energy_gap": 2.0, "w2_to_dirac": 1.0, "antipode_density": 4.0}
    )
    upper, lower = panels(draw(record, "rates"))
    thin = [line for line in upper.lines if line.get_linewidth() < 1]
    drawn = []
    for line in thin:
        times, values = line.get_data()
        drawn.append(-np.diff(np.log(values)) / np.diff(times))
    assert all(np.ptp(slopes) < 1e-9 for slopes in drawn)
    assert {round(float(slopes[0]), 9) for slopes in drawn} >= {1.0, 2.0}
    assert any(text.get_text().endswith("2") for text in lower.texts)


def test_runs_that_do_not_collapse_have_no_predicted_slopes():
    assert Scene.of(record_of("circle")).rates == {}


def test_growth_is_drawn_with_the_linear_rates():
    from kinetic.theory.linear_stability import growth_rate

    upper, lower = panels(draw(record_of("circle", concentration=0.1), "growth"))
    level = [line.get_ydata()[0] for line in lower.lines if line.get_linewidth() < 1]
    assert growth_rate(1, 2, 1.0, "softmax") in level
    assert upper.get_legend().get_texts()[0].get_text() == r"$\ell$ = 1"


def test_the_snapshots_nearest_the_times_asked_for_are_shown_once():
    assert Scene.of(record_of("circle"), [0.59, 0.0, 0.05]).snapshots == (0, 3)
    assert Scene.of(record_of("circle")).snapshots == (0, 1, 2, 3)


@pytest.mark.parametrize("time", [99.0, 0.61, -0.1])
def test_a_time_that_the_run_did_not_reach_is_refused(time):
    with pytest.raises(DomainError, match=rf"received {time:g}.*(to t = 0.6|begins at t = 0)"):
        Scene.of(record_of("circle"), [time])


@pytest.mark.parametrize(("ending", "begin"), [(".png", b"\x89PNG"), (".svg", b"<?xml"), (".pdf", b"%PDF")])
def test_a_figure_is_written_in_three_formats_and_always_the_same(tmp_path, ending, begin):
    paths = [tmp_path / f"{i}{ending}" for i in "ab"]
    for path in paths:
        save(draw(record_of("circle"), "spectrum"), path)
    first, second = (path.read_bytes() for path in paths)
    assert first.startswith(begin)
    assert first == second


@pytest.mark.parametrize("name", ["sphere", "circle"])
def test_a_film_is_written_and_moves(tmp_path, name, monkeypatch):
    monkeypatch.setattr(film, "_FRAMES", 4)
    told = []
    animate(record_of(name), tmp_path / "a.gif", lambda *news: told.append(news))
    with Image.open(tmp_path / "a.gif") as written:
        frames = []
        for i in range(written.n_frames):
            written.seek(i)
            frames.append(np.asarray(written.convert("L"), dtype=int))
    assert len(frames) == 4
    assert all(np.any(a != b) for a, b in pairwise(frames))
    assert told == sorted(told)


def test_a_film_has_a_hundred_frames_with_every_snapshot_among_them():
    times = np.array([0.0, 0.2, 0.4, 1.0])
    shown = film.frames(times, [True, False, True])
    assert len(shown) >= 100
    assert [f.snapshot for f in shown if f.share == 0] == [0] + [1] * 20 + [2, 3]
    held = {f.share for f in shown if f.snapshot == 1}
    assert held == {0.0}  # nothing is made up where neighbors do not tell
    many = film.frames(np.linspace(0.0, 1.0, 301), [True] * 300)
    assert [(f.snapshot, f.share) for f in many] == [(i, 0.0) for i in range(301)]


def test_frames_between_snapshots_are_made_only_where_neighbors_tell_a_snapshot():
    """A parabola a t² differs by a h² from the chord of its neighbors, and by a quarter of that in between."""
    t = np.linspace(0.0, 1.0, 11)
    assert all(film.is_smooth(7.9 * (0.1 * t[:, None]) ** 2 / 0.1**2 * 0.1))
    assert not any(film.is_smooth((t[:, None] > 0.45).astype(float))[3:6])
    assert film.is_smooth(np.zeros((2, 3))) == [False]


def test_the_axis_of_a_film_stays():
    record = record_of("circle")
    scene = Scene.of(record)
    figure = Figure(layout="constrained")
    stage = stage_of(figure, scene)
    limits = []
    for i in range(4):
        stage.show(i, 0.0, "")
        limits.append(figure.axes[0].get_ylim())
    assert len(set(limits)) == 1
    exact = circle_values(record.density(3), np.linspace(-np.pi, np.pi, 721))
    shown = figure.axes[0].lines[0].get_ydata()
    known = np.isfinite(shown)
    assert known.any()
    np.testing.assert_allclose(shown[known], exact[known])


def test_logarithms_are_interpolated_on_logarithmic_scales():
    one, other = np.array([1.0, 0.0]), np.array([100.0, 4.0])
    np.testing.assert_allclose(between(one, other, 0.5, wide=True), [10.0, 4.0])
    np.testing.assert_allclose(between(one, other, 0.25, wide=False), [25.75, 1.0])


def test_a_film_that_cannot_be_made_is_refused(tmp_path, monkeypatch):
    from matplotlib import animation

    monkeypatch.setattr(animation.FFMpegWriter, "isAvailable", classmethod(lambda _: False))
    with pytest.raises(DomainError, match=r"apt install ffmpeg.*\.gif"):
        animate(record_of("circle"), tmp_path / "a.mp4")
    assert list(tmp_path.iterdir()) == []


def test_a_figure_that_is_not_there_is_refused():
    with pytest.raises(DomainError, match="there are sheet, density"):
        draw(record_of("circle"), "densitee")
    with pytest.raises(DomainError, match="rounding or the missing degrees hide"):
        draw(record_of("high"), "density")


def test_tokens_stand_in_one_figure_with_the_density():
    """By their rates where they collapse; 1 - R tells nothing of mass that ends spread out."""
    spread = token_figure(record_of("high"), []).axes[0]  # R = 2/512
    assert "order parameter" in spread.get_ylabel()
    collapsing = token_figure(record_of("circle"), []).axes[0]
    assert "local rate" in collapsing.get_ylabel()
    assert len(collapsing.lines) == 1  # R = 0.9 is not reached: no asymptote applies


def test_an_asymptote_beyond_what_was_measured_does_not_squeeze_it():
    """With softmax N tokens collapse like e^{-2t} once they have parted; before, that rate says nothing of them."""
    record = record_of("circle", concentration=30.0)
    rows = record.observables
    run = TokenRun(10, 0, rows["time"], rows["order_parameter"], rows["order_deficit"], 0.1)
    assert set(asymptotes(record, [replace(run, parting_time=np.nan)])) == {"density"}
    assert asymptotes(record, [run])["tokens"] == pytest.approx(2.0)
    axes = Figure().add_subplot()
    axes.set_ylim(0.0, 0.5)
    _predictions(axes, record, [run])
    assert axes.get_ylim() == (0.0, 0.5)
    assert any("(above)" in text.get_text() for text in axes.texts)


@pytest.mark.parametrize("span", [(0.9, 1.2), (0.11, 2.4), (0.08, 7.0), (3.0, 250.0)])
def test_few_decades_have_two_to_five_labels(span):
    ticks = plain_ticks(*span)
    assert 2 <= len(ticks) <= 5
    assert all(span[0] <= tick <= span[1] for tick in ticks)


def test_labels_do_not_lie_on_each_other_and_move_no_farther_than_they_must():
    heights = apart(np.array([0.1, 0.5, 0.5, 0.52]), np.full(4, 0.1))
    assert np.all(np.diff(heights) >= 0.1 - 1e-12)
    assert heights[0] == 0.1
    assert np.mean(heights[1:]) == pytest.approx(np.mean([0.5, 0.5, 0.52]))


def called(*arguments):
    return CliRunner().invoke(app, ["plot", *map(str, arguments)], catch_exceptions=False)


@pytest.fixture
def path(tmp_path):
    """A record of its own in an empty folder."""
    copy = tmp_path / "run.h5"
    copy.write_bytes(record_of("circle").path.read_bytes())
    return copy


def test_figures_stand_beside_the_record(path):
    assert called(path, "--what", "claims").exit_code == 0
    result = called(path, "--what", "claims", "--what", "spectrum", "--output", path.with_name("b.svg"))
    assert result.exit_code == 0
    assert sorted(p.name for p in path.parent.iterdir()) == [
        "b_claims.svg",
        "b_spectrum.svg",
        "run.h5",
        "run_claims.png",
    ]
    assert str(path.with_name("b_spectrum.svg")) in result.stdout


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("--what", "nothing"), "there are sheet"),
        (("--what", "claims", "--output", "a.bmp"), "must end in"),
        (("--animate", "--output", "a.png"), "must end in .gif, .mp4"),
        (("--animate", "--what", "density"), "all snapshots"),
        (("--output", "taken.png"), "--overwrite"),
        (("--time", "nan"), "NaN"),
        (("--time", "99"), "from t = 0 to t = 0.6"),
    ],
)
def test_errors_are_one_line_and_write_nothing(path, monkeypatch, arguments, part):
    monkeypatch.chdir(path.parent)
    path.with_name("taken.png").write_bytes(b"mine")
    result = called(path, *arguments)
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert part in line
    assert sorted(p.name for p in path.parent.iterdir()) == ["run.h5", "taken.png"]
    assert path.with_name("taken.png").read_bytes() == b"mine"


def test_a_record_without_clusters_is_told_in_one_line_and_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "run.h5"
    path.write_bytes(record_of("high").path.read_bytes())
    result = called(path, "--what", "clusters")
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert "holds none" in line
    assert [p.name for p in tmp_path.iterdir()] == ["run.h5"]


def test_a_folder_that_cannot_be_written_is_told(path):
    figure = draw(record_of("circle"), "claims")
    with pytest.raises(RecordError, match="cannot be written"):
        save(figure, path / "a.png")


def test_the_help_names_every_figure():
    assert all(f"\n  {what} " in PLOT_HELP for what in FIGURES)


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed")
def test_a_film_can_be_an_mp4(tmp_path):
    animate(record_of("circle"), tmp_path / "a.mp4")
    assert (tmp_path / "a.mp4").read_bytes()[4:8] == b"ftyp"
