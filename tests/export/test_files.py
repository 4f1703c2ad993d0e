"""Exported files say in other programs what the record says, at a late time too, and replace nothing unasked."""

import csv
from types import SimpleNamespace

import numpy as np
import pytest
import xarray
from small_records import record_of
from typer.testing import CliRunner
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkIOHDF import vtkHDFReader

from kinetic.cli import app
from kinetic.errors import DomainError, RecordError
from kinetic.export import export
from kinetic.export.fields import Sampler
from kinetic.export.netcdf import require_room

ROUNDING = 1e-12


def step(path, index):
    """Arrays and geometry of one time step, as VTK reads them."""
    reader = vtkHDFReader()
    reader.SetFileName(str(path))
    reader.UpdateInformation()
    reader.SetStep(index)
    reader.Update()
    data = reader.GetOutput()
    arrays = data.GetPointData()
    fields = {arrays.GetArrayName(i): vtk_to_numpy(arrays.GetArray(i)) for i in range(arrays.GetNumberOfArrays())}
    return reader, data, fields


def test_vtk_reads_the_last_step_of_a_sphere(tmp_path):
    record = record_of("sphere")
    export(record, "vtkhdf", tmp_path / "a.vtkhdf", resolution=12)
    reader, data, fields = step(tmp_path / "a.vtkhdf", 3)
    assert reader.GetNumberOfSteps() == 4
    points = vtk_to_numpy(data.GetPoints().GetData())
    density = record.density(-1)
    expected = density.values(points)
    assert np.abs(expected - record.density(0).values(points)).max() > 0.1  # the steps can be told apart
    np.testing.assert_allclose(fields["density"], expected, atol=ROUNDING * expected.max())
    np.testing.assert_allclose(np.vecdot(fields["velocity"], points), 0.0, atol=ROUNDING)
    assert np.argmax(points @ density.direction) == np.argmax(fields["potential"])
    assert data.GetNumberOfPolys() == 2 * 12 * 12


def test_vtk_sees_a_closed_surface(tmp_path):
    from vtkmodules.vtkFiltersCore import vtkFeatureEdges

    export(record_of("revolved"), "vtkhdf", tmp_path / "a.vtkhdf", resolution=8)
    _, data, _ = step(tmp_path / "a.vtkhdf", 0)
    edges = vtkFeatureEdges()
    edges.SetInputData(data)
    edges.FeatureEdgesOff()
    edges.ManifoldEdgesOff()
    edges.BoundaryEdgesOn()
    edges.NonManifoldEdgesOn()
    edges.Update()
    assert edges.GetOutput().GetNumberOfCells() == 0


def test_a_zonal_record_in_dimension_three_is_revolved(tmp_path):
    record = record_of("revolved")
    export(record, "vtkhdf", tmp_path / "a.vtkhdf", resolution=9)
    _, data, fields = step(tmp_path / "a.vtkhdf", 2)
    points = vtk_to_numpy(data.GetPoints().GetData())
    expected = record.density(2).values(np.clip(points[:, 2], -1, 1))
    np.testing.assert_allclose(fields["density"], expected, atol=ROUNDING * expected.max())
    np.testing.assert_allclose(np.vecdot(fields["velocity"], points), 0.0, atol=ROUNDING)
    assert np.all(fields["velocity"][1:-1, 2] > 0)  # towards the axis, where the mean points


@pytest.mark.parametrize(("name", "points", "cells"), [("circle", 16, 17), ("zonal", 9, 9)])
def test_lines_are_closed_on_the_circle_and_open_on_a_meridian(tmp_path, name, points, cells):
    record = record_of(name)
    export(record, "vtkhdf", tmp_path / "a.vtkhdf", resolution=8)
    _, data, fields = step(tmp_path / "a.vtkhdf", 3)
    assert data.GetNumberOfPoints() == points
    assert data.GetNumberOfLines() == 1
    assert data.GetCell(0).GetNumberOfPoints() == cells
    where = vtk_to_numpy(data.GetPoints().GetData())
    expected = record.density(3).values(where[:, :2] if name == "circle" else np.clip(where[:, 1], -1, 1))
    np.testing.assert_allclose(fields["density"], expected, atol=ROUNDING * expected.max())


def test_xarray_reads_latitude_and_longitude_with_both_poles(tmp_path):
    record = record_of("sphere")
    export(record, "netcdf", tmp_path / "a.nc", resolution=16)
    with xarray.open_dataset(tmp_path / "a.nc") as data:
        assert data.sizes == {"time": 4, "lat": 17, "lon": 32, "cosine": 100}
        assert (data.lat.values[0], data.lat.values[-1]) == (90.0, -90.0)
        assert data.lat.attrs["units"] == "degrees_north"
        assert data.attrs["title"] == "Costs $5 and _more_"
        assert data.attrs["case"] == record.case_text
        masses = (data.density * data.weight).sum(("lat", "lon"))
        np.testing.assert_allclose(masses, 1.0, atol=ROUNDING)  # the rule is exact to degree 16, the density has 15
        late = data.density.isel(time=-1).sel(lat=45.0, lon=90.0)
        point = [0.0, np.sqrt(0.5), np.sqrt(0.5)]
        assert late == pytest.approx(record.density(-1).values(point), abs=ROUNDING * 10)
        east, north = data.drift_eastward.isel(time=-1), data.drift_northward.isel(time=-1)
        # the mean (0.6, 0, 0.8) lies on the meridian of longitude 0: the drift along it has no eastward part
        assert float(np.abs(east.sel(lon=0.0)).max()) < ROUNDING
        assert float(north.sel(lon=0.0, lat=0.0)) > 0 > float(north.sel(lon=0.0, lat=78.75))
        assert float(north.sel(lon=180.0, lat=0.0)) > 0
        assert float(east.sel(lon=270.0, lat=0.0)) > 0 > float(east.sel(lon=90.0, lat=0.0))


@pytest.mark.parametrize(("name", "axis"), [("circle", "angle"), ("zonal", "theta")])
def test_xarray_reads_angles(tmp_path, name, axis):
    export(record_of(name), "netcdf", tmp_path / "a.nc", resolution=40)
    with xarray.open_dataset(tmp_path / "a.nc") as data:
        np.testing.assert_allclose((data.density * data.weight).sum(axis), 1.0, atol=ROUNDING)
        assert {"potential", "drift"} <= set(data)


def test_a_field_that_the_format_has_no_room_for_is_refused():
    with pytest.raises(DomainError, match="lower --resolution"):
        require_room(1000, 10**6)


def test_the_table_holds_every_number_of_every_row(tmp_path):
    record = record_of("sphere")
    export(record, "csv", tmp_path / "a.csv")
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert next(iter(rows[0])) == "time"
    for name in ("order_deficit", "entropy"):
        np.testing.assert_array_equal([float(row[name]) for row in rows], record.observables[name])
    np.testing.assert_array_equal([float(row["mean_z"]) for row in rows], record.observables["mean"][:, 2])


def test_unknown_numbers_are_empty_cells(tmp_path):
    record = record_of("high")
    assert np.isnan(record.observables["log_minimum"]).any()
    export(record, "csv", tmp_path / "a.csv")
    assert "nan" not in (tmp_path / "a.csv").read_text(encoding="utf-8")


def test_nothing_is_left_where_an_export_fails(tmp_path, monkeypatch):
    monkeypatch.setattr("kinetic.export.raster.netcdf.require_room", lambda *_: require_room(1000, 10**6))
    with pytest.raises(DomainError):
        export(record_of("high"), "netcdf", tmp_path / "a.nc")
    assert list(tmp_path.iterdir()) == []


def test_what_is_not_known_is_left_out_and_said(tmp_path):
    missing = export(record_of("high"), "netcdf", tmp_path / "a.nc")
    assert set(missing) == {"density"}
    with xarray.open_dataset(tmp_path / "a.nc") as data:
        assert {"potential", "drift"} <= set(data)
        assert "density" not in data
        assert data.attrs["comment"] == f"without density: {missing['density']}"
    assert set(export(record_of("high"), "vtkhdf", tmp_path / "a.vtkhdf")) == {"density"}
    assert set(step(tmp_path / "a.vtkhdf", 1)[2]) == {"potential", "velocity"}


def test_a_field_that_some_snapshots_lack_is_not_a_number_there(tmp_path, monkeypatch):
    whole = Sampler._drift

    def late(self, density, time):
        if time < 0.3:
            raise DomainError("too early")
        return whole(self, density, time)

    monkeypatch.setattr(Sampler, "_drift", late)
    assert export(record_of("circle"), "netcdf", tmp_path / "a.nc", resolution=8) == {}
    with xarray.open_dataset(tmp_path / "a.nc") as data:
        assert np.isnan(data.drift.values[:2]).all()
        assert np.isfinite(data.drift.values[2:]).all()


def test_a_record_without_rows_is_no_table(tmp_path):
    record = record_of("circle")
    empty = SimpleNamespace(path=record.path, observables={"time": np.empty(0)}, status="unresolved")
    with pytest.raises(DomainError, match="holds no row; its status is unresolved"):
        export(empty, "csv", tmp_path / "a.csv")
    assert list(tmp_path.iterdir()) == []


def test_progress_ends_at_one(tmp_path):
    told = []
    export(record_of("circle"), "vtkhdf", tmp_path / "a.vtkhdf", resolution=8, progress=told.append)
    assert told == [0.25, 0.5, 0.75, 1.0]


def test_an_existing_file_is_kept_unless_asked(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(RecordError, match="exists already"):
        export(record_of("circle"), "csv", path)
    assert path.read_text(encoding="utf-8") == "mine"
    export(record_of("circle"), "csv", path, overwrite=True)
    assert path.read_text(encoding="utf-8").startswith("time,")


def test_the_record_itself_is_never_replaced():
    record = record_of("circle")
    with pytest.raises(RecordError, match="the record itself"):
        export(record, "csv", record.path, overwrite=True)


def test_the_command_writes_beside_the_record_and_tells_errors_in_one_line(tmp_path):
    record = record_of("circle")
    path = tmp_path / "run.h5"
    path.write_bytes(record.path.read_bytes())

    def called(*arguments):
        return CliRunner().invoke(app, ["export", str(path), *arguments], catch_exceptions=False)

    assert called("--to", "netcdf", "--resolution", "8").exit_code == 0
    assert (tmp_path / "run.nc").exists()
    for arguments in (("--to", "netcdf"), ("--to", "vtkhdf", "--resolution", "1"), ("--to", "word"), ()):
        result = called(*arguments)
        assert result.exit_code == 2
        assert len(result.stderr.splitlines()) == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == ["run.h5", "run.nc"]
