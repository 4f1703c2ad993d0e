"""A record in a notebook: it shows itself as text, draws itself, and becomes a dataset; a run shows how far it is."""

import io
import sys
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from small_records import record_of

import kinetic
from kinetic.errors import DomainError
from kinetic.notebook import Record


@pytest.fixture(scope="module")
def record():
    return kinetic.load(record_of("sphere").path)


def test_runs_and_files_give_the_record_of_notebooks(record, tmp_path):
    assert isinstance(record, kinetic.Record)
    found = kinetic.run(kinetic.Case.parse(record.case_text, name="again"), tmp_path)
    assert type(found) is kinetic.Record
    np.testing.assert_array_equal(found.observables["energy"], record.observables["energy"])
    assert found.density(-1).mass == record.density(-1).mass


def test_it_shows_itself_as_text_whatever_it_is_called(record):
    shown = record._repr_html_()
    assert "order_parameter" in shown
    assert shown.count("<tr>") == 2 + 6 + len(record.claims)
    manifest = replace(record.contents.manifest, case_name="<script>alert(1)</script>")
    bad = replace(record, contents=replace(record.contents, manifest=manifest))._repr_html_()
    assert "<script" not in bad
    assert "&lt;script&gt;" in bad


def test_it_draws_itself(record, tmp_path):
    picture = record.plot("density", times=[0.0, 0.6])
    assert Image.open(io.BytesIO(picture._repr_png_())).width > 300
    picture.save(tmp_path / "density.svg")
    assert (tmp_path / "density.svg").read_text(encoding="utf-8").startswith("<?xml")
    with pytest.raises(DomainError, match="there are sheet, density"):
        record.plot("nothing")


def test_it_becomes_datasets_with_units_and_definitions(record):
    pytest.importorskip("xarray")
    rows = record.to_xarray()
    np.testing.assert_array_equal(rows["mean"], record.observables["mean"])
    assert rows["mean"].dims == ("time", "component")
    assert rows["w2_to_dirac"].attrs["units"] == "rad"
    assert float(rows["energy"].sel(time=0.2, method="nearest")) == record.observables["energy"][4]
    fields = record.to_xarray("fields", resolution=16)
    masses = (fields["density"] * fields["weight"]).sum(("lat", "lon"))
    np.testing.assert_allclose(masses, 1.0, rtol=0, atol=1e-12)
    assert fields.attrs["case"] == record.case_text
    with pytest.raises(DomainError, match="holds no clusters"):
        kinetic.load(record_of("high").path).to_xarray("clusters")
    with pytest.raises(DomainError, match="'fields'"):
        record.to_xarray("densities")


def test_without_xarray_one_line_says_how_to_install_it(record, monkeypatch):
    monkeypatch.setitem(sys.modules, "xarray", None)
    with pytest.raises(DomainError, match=r"pip install \"kinetic-transformers\[notebook\]\""):
        record.to_xarray()


def test_a_kernel_shows_a_bar_and_takes_it_away(record, monkeypatch, tmp_path):
    shown = []
    handle = SimpleNamespace(update=lambda bundle, **_: shown.append(bundle))
    display = SimpleNamespace(display=lambda *_, **__: handle)
    kernel = SimpleNamespace(get_ipython=lambda: SimpleNamespace(kernel=1))
    monkeypatch.setitem(sys.modules, "IPython", kernel)
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    case = kinetic.Case.parse(record.case_text, ("time.end=0.1",), name="shown")
    kinetic.run(case, tmp_path)
    assert "<progress value=" in shown[0]["text/html"]
    assert shown[-1] == {"text/plain": "", "text/html": ""}
    before = len(shown)
    kinetic.run(case, tmp_path, overwrite=True, quiet=True)
    assert len(shown) == before


def test_a_record_of_notebooks_is_one_of_the_package(record):
    assert Record.of(record) == record
    assert [row.name for row in kinetic.compare(record)] == [row.name for row in record.claims]
