"""Tokens with labels are drawn over their labels, and exported with an axis that bears their name."""

import matplotlib
import numpy as np
import pytest
from label.cases import bump, case, slices
from small_records import record_of

from kinetic.errors import DomainError
from kinetic.export import export
from kinetic.job import run
from kinetic.plot import draw

matplotlib.use("agg")
ROW = 'kind = "causal"\nelements = 1\norder = 6\n'
TURNING = 'kind = "frequency"\nlaw = "uniform"\nscale = 1.0\ncount = 3\n'


def small(kind, folder, label=None):
    """The record of a prefix with others behind it, or of tokens that turn."""
    made = ROW + slices((0.2, bump(kind)), (1.0, '{kind = "uniform"}')) if label is None else label
    initial = None if label is None else bump(kind).strip("{}").replace(", m", "\nm").replace(", c", "\nc")
    numbers = {"kind": kind, "degree": 11, "tolerance": 1e-6, "end": 0.1}
    return run(case(made, initial=initial, **numbers), folder)


@pytest.mark.parametrize(("kind", "label"), [("circle", TURNING), ("sphere", None), ("zonal", None)])
def test_labels_are_an_axis_of_pictures(kind, label, tmp_path):
    record = small(kind, tmp_path, label)
    figure = draw(record, "labels")
    figure.draw_without_rendering()
    names = {ax.get_xlabel() for ax in figure.axes} | {ax.get_ylabel() for ax in figure.axes}
    assert ("rate" if label else "position") in " ".join(names)
    assert "time $t$ (dimensionless)" in names
    order = next(ax for ax in figure.axes if ax.get_xlabel().startswith("time"))
    drawn = np.asarray(order.collections[0].get_array())
    assert drawn.max() == pytest.approx(record.observables["order_parameter_by_label"].max(), rel=1e-2)


def test_without_labels_there_is_no_such_picture():
    with pytest.raises(DomainError, match="needs tokens with several labels"):
        draw(record_of("circle"), "labels")


def test_netcdf_has_densities_by_label(tmp_path):
    xarray = pytest.importorskip("xarray")
    record = small("circle", tmp_path)
    left_out = export(record, "netcdf", tmp_path / "labels.nc", resolution=36)
    assert "label" in left_out["drift"]
    with xarray.open_dataset(tmp_path / "labels.nc") as data:
        assert data.density_by_label.dims == ("time", "label", "angle")
        prefix = data.density_by_label.sel(label=0.2, method="nearest").isel(time=0)
        known = record.density(0).at(0.2).values(np.stack([np.cos(data.angle), np.sin(data.angle)], axis=1))
        assert np.allclose(prefix, known, rtol=1e-12)
        mean = (data.density_by_label * data.label_weight).sum("label")
        assert np.allclose(mean, data.density, atol=1e-12)
