"""Tokens whose directions no series of harmonics shows are drawn as tokens."""

import numpy as np
import pytest

import kinetic
from kinetic.case import Case
from kinetic.library import bundled
from kinetic.plot.figures import draw
from kinetic.plot.normed import _labels, is_uncarried


@pytest.fixture(scope="module")
def ring(tmp_path_factory):
    """A ring under Pre-LN, narrower than its degree shows."""
    case = Case.read(bundled()["scheme_ring_pre"], ["time.end=0.4", "output.save_every=0.2"])
    return kinetic.run(case, tmp_path_factory.mktemp("ring"))


def test_the_sheet_shows_masses_and_norms_where_the_series_is_noise(ring):
    assert is_uncarried(ring.density(-1))
    figure = draw(ring)
    labels = {ax.get_ylabel() for ax in figure.findobj(lambda artist: hasattr(artist, "get_ylabel"))}
    assert "norm $r$ of tokens (1)" in labels
    assert r"$\rho$ around the mean (1)" not in labels
    assert r"mass beyond $\theta$ (1)" in labels


def test_a_line_of_norms_ends_at_the_largest_of_the_tokens(ring):
    figure = draw(ring, "density")
    (norms,) = [ax for panel in figure.subfigs for ax in panel.axes if ax.get_ylabel().startswith("norm")]
    middle = max(norms.lines, key=lambda line: line.get_linewidth())
    assert middle.get_ydata()[-1] == pytest.approx(float(ring.density(-1).radius_quantiles(0.5)))


def test_a_density_that_its_series_shows_is_drawn_as_one(tmp_path):
    record = kinetic.run(Case.read(bundled()["scheme_growth"], ["time.end=0.2"]), tmp_path)
    assert not is_uncarried(record.density(-1))


def test_lines_that_meet_share_a_label():
    labels = _labels(np.array([1.0, 1.01, 2.0, 3.0, 3.001]), 0.1)
    assert [name for _, name in labels] == ["5% … 25%", "50%", "75% … 95%"]
    assert [height for height, _ in labels] == pytest.approx([1.005, 2.0, 3.0005])
