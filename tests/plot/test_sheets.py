"""Sheets of runs out of the ordinary: nothing empty, nothing that is noise, the cluster wherever it is."""

import numpy as np
import pytest

import kinetic
from kinetic.case import Case
from kinetic.density import Density
from kinetic.errors import DomainError
from kinetic.library import bundled
from kinetic.plot.figures import draw
from kinetic.plot.scene import Scene
from kinetic.plot.series import shown_observables
from kinetic.plot.shapes import cluster_scale, mass_beyond, shown_range
from kinetic.spaces.zonal import Zonal
from kinetic.special import gegenbauer


@pytest.fixture(scope="module")
def record_of(tmp_path_factory):
    """The record of a bundled case with settings."""

    def run(name, *settings):
        return kinetic.run(Case.read(bundled()[name], settings), tmp_path_factory.mktemp(name))

    return run


def axes_of(figure):
    """All axes of a figure by the label of their ordinate."""
    return {ax.get_ylabel(): ax for ax in figure.findobj(lambda artist: hasattr(artist, "get_ylabel"))}


def test_two_rows_have_no_local_rate_and_no_empty_axes_for_it(record_of):
    every = ("time.end=1.2", "output.observe_every=1.2", "output.save_every=1.2")
    axes = axes_of(draw(record_of("softmax_sphere", "space.degree=31", *every), "rates"))
    assert not any("local rate" in label for label in axes)
    (distance,) = [ax for label, ax in axes.items() if "distance" in label]
    assert distance.get_xlabel()
    assert any(label.get_visible() and label.get_text() for label in distance.get_xticklabels())


def test_a_run_that_stopped_says_why_on_its_figures(record_of):
    record = record_of("softmax_sphere", "space.degree=23", "time.end=4")
    assert record.status == "unresolved"
    assert "spectral tail" in draw(record, "rates").get_supxlabel()


def test_what_a_run_does_not_know_leaves_no_hole(record_of):
    """Softmax with noise has no dissipation, but a free energy; tokens have norms in place of a density's logarithm."""
    noisy = Scene.of(record_of("noise_cluster", "time.end=0.5"))
    assert "dissipation" not in shown_observables(noisy)
    assert "free_energy" in shown_observables(noisy)
    tokens = Scene.of(record_of("scheme_ring_pre", "time.end=0.4"))
    assert {"mean_radius", "radius_deviation"} <= set(shown_observables(tokens))
    figure = draw(noisy.record, "observables")
    panels = [ax for panel in figure.subfigs for ax in panel.axes]
    assert len(panels) == len(shown_observables(noisy))
    assert all(ax.lines for ax in panels)
    assert [bool(ax.get_xlabel()) for ax in panels][-3:] == [True] * 3


def test_the_circles_cluster_is_seen_however_unequal_its_tails_are(record_of):
    """At t = 16 the mean is 3e-8 away from a cluster 1e-18 wide."""
    density = record_of("mercator_circle", "time.end=16", "output.save_every=16").density(-1)
    assert abs(density.offset) > 1e-10
    assert cluster_scale(density) < 1e-15
    theta, beyond = mass_beyond(density)
    assert np.all(np.diff(theta) >= 0)
    assert beyond[0] == pytest.approx(density.mass, rel=0.05)


def test_a_ring_is_shown_between_its_own_angles(record_of):
    record = record_of("ring", "time.end=0.1")
    low, high = shown_range([record.density(0), record.density(-1)])
    assert 0.8 < low < high < 2.0
    figure = draw(record, "density")
    (lines,) = [ax for panel in figure.subfigs for ax in panel.axes if "axis" in ax.get_xlabel()]
    assert np.ptp(lines.get_xlim()) < 1.2


@pytest.mark.parametrize("concentration", [40.0, 300.0])
def test_values_in_high_dimension_are_given_only_where_the_degrees_suffice(concentration):
    """Against the exact density ∝ e^{κt}: what is given is right, although the moments alone look resolved."""
    dimension, degree = 64, 24
    fine = Zonal(degree, dimension).grid_of(400)
    t, weights = fine.points, fine.weights
    density = weights * np.exp(concentration * (t - 1))
    moments = gegenbauer(degree, dimension, t) @ density / density.sum()
    assert abs(moments[-1]) < 0.05
    angles = np.linspace(0.0, np.pi, 181)
    exact = np.exp(concentration * (np.cos(angles) - 1)) / density.sum() * weights.sum()
    try:
        values = Density(Zonal(degree, dimension), moments).values_at_angle(angles)
    except DomainError:
        return
    known = np.isfinite(values)
    np.testing.assert_allclose(values[known], exact[known], rtol=0.2)


def test_two_clusters_in_high_dimension_have_a_sheet_without_their_density(record_of):
    """Even data have no mean direction, and ρ at the poles of d = 512 passes the range of numbers."""
    record = record_of("symmetric_even", "time.end=7", "output.save_every=3.5")
    with pytest.raises(DomainError, match="no axis can show"):
        draw(record, "density")
    sheet = draw(record)
    sheet.canvas.draw()
    assert "mass (1)" in axes_of(sheet)
