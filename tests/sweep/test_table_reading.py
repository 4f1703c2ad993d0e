"""A written table is read back as it was, and whatever else is in a file is told of in one line."""

import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest
from command_line import called
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sweep.examples import SWEEP, folder_with
from sweep.test_picture import BETAS, CLAIM, CROSSING, FINAL, SLOPES, TRACE, WORDS, table

from kinetic.errors import RecordError
from kinetic.sweep.picture import save
from kinetic.sweep.reading import is_table, read
from kinetic.sweep.table import write

ENDS = [0, -1, 2.5, np.nan, np.inf, 1e308, 2**62, "x", "", "finished", b"\xff", [1, 2], "kinetic-sweep", "é" * 99]
DATA = [np.zeros(0), np.zeros(5), np.zeros((5, 3)), np.full(5, np.inf), np.full(5, 1e308), np.array([1j] * 5), "text",
        np.full((5, 3), 1e308), np.arange(3), np.array(1.0)]  # fmt: skip


def written(folder, *parts):
    """The file of a made-up table, and the table."""
    made = table(folder, *parts)
    return write(made, folder)[0], made


@pytest.mark.parametrize("parts", [(BETAS, TRACE, CROSSING), (SLOPES, WORDS, CLAIM), (BETAS, SLOPES, FINAL), (SLOPES,)])
def test_a_table_is_read_back_as_it_was_and_its_figure_is_the_same(tmp_path, parts):
    path, made = written(tmp_path, *parts)
    found = read(path)
    assert found.complete == made.complete
    assert {column.name for column in found.columns} == {
        column.name for column in made.columns if column.name != "point"
    }
    for column in found.columns:
        expected = made[column.name]
        assert (column.dims, column.units, column.description) == (expected.dims, expected.units, expected.description)
        np.testing.assert_array_equal(column.values, expected.values)
    save(made, tmp_path / "a.svg")
    save(found, tmp_path / "b.svg")
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_the_command_draws_a_table_and_replaces_nothing_unasked(tmp_path):
    path, _ = written(tmp_path, BETAS, TRACE)
    assert called("plot", path).exit_code == 0
    assert path.with_suffix(".png").read_bytes().startswith(b"\x89PNG")
    assert "--overwrite" in called("plot", path).stderr
    assert called("plot", path, "--overwrite", "--output", tmp_path / "a.pdf").exit_code == 0
    for option in (["--what", "density"], ["--time", "0"], ["--animate"]):
        result = called("plot", path, *option, "--overwrite")
        assert result.exit_code == 2
        assert "table has one figure" in result.stderr


def test_a_case_that_is_none_does_not_keep_its_table_from_being_drawn(tmp_path):
    """Ranges of keys may change between versions; the numbers of a table do not."""
    path, _ = written(tmp_path, BETAS, FINAL)
    with h5py.File(path, "r+") as file:
        file.attrs["template"] = "no case"
    assert called("plot", path).exit_code == 0


def test_damage_is_found_by_the_checksum(tmp_path):
    path, _ = written(tmp_path, BETAS, FINAL)
    image = bytearray(path.read_bytes())
    image[len(image) // 2] ^= 1
    path.write_bytes(image)
    with pytest.raises(RecordError, match="wrong checksum"):
        read(path)
    assert not is_table(path)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda f: f.attrs.__setitem__("version", 99), "format version 99"),
        (lambda f: f.attrs.__setitem__("format", "kinetic"), "not the table of a sweep"),
        (lambda f: f.attrs.__setitem__("sweep", "title = 3"), "title"),
        (lambda f: f.__delitem__("order"), "no column 'order'"),
        (lambda f: f.attrs.__delitem__("status"), "status .* missing"),
        (lambda f: (f.__delitem__("order"), f.__setitem__("order", np.ones(5, dtype=complex))), "type complex128"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, change, words):
    path, _ = written(tmp_path, BETAS, FINAL)
    with h5py.File(path, "r+") as file:
        change(file)
    with pytest.raises(RecordError, match=words):
        read(path)


def test_other_files_are_no_tables(tmp_path):
    (tmp_path / "a.h5").write_bytes(b"nothing")
    assert not any(map(is_table, (tmp_path / "a.h5", tmp_path / "b.h5", tmp_path)))


def mutate(file, data):
    """Delete or replace one thing."""
    names, attributes = list(file), list(file.attrs)
    kind = data.draw(st.sampled_from(["delete", "replace", "attribute", "no attribute", "text"]))
    if kind in ("attribute", "no attribute"):
        name = data.draw(st.sampled_from(attributes))
        del file.attrs[name]
        if kind == "attribute":
            file.attrs[name] = data.draw(st.sampled_from(ENDS))
    elif kind == "text":
        text = data.draw(st.sampled_from([SWEEP, str(file.attrs["sweep"])]))
        at = data.draw(st.integers(0, len(text)))
        file.attrs["sweep"] = text[:at] + data.draw(st.text(max_size=4)) + text[at + data.draw(st.integers(0, 9)) :]
    else:
        name = data.draw(st.sampled_from(names))
        del file[name]
        if kind == "replace":
            file[name] = data.draw(st.sampled_from(DATA))
            file[name].attrs.update(units="1", description="")


@pytest.mark.parametrize("count", [15, pytest.param(300, marks=pytest.mark.slow)])
def test_any_change_in_a_table_is_answered(tmp_path, monkeypatch, count):
    monkeypatch.chdir(folder_with(tmp_path))
    whole, _ = written(tmp_path, BETAS, TRACE, CROSSING, CLAIM, FINAL)
    # Finding the smallest example would draw hundreds of figures.
    phases, checks = [Phase.explicit, Phase.generate], [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]

    @settings(max_examples=count, deadline=None, phases=phases, suppress_health_check=checks, database=None)
    @given(st.data())
    def check(data):
        shutil.copy(whole, "damaged.h5")
        with h5py.File("damaged.h5", "r+") as file:
            for _ in range(data.draw(st.integers(1, 2))):
                if file.attrs and "sweep" in file.attrs:
                    mutate(file, data)
        before = Path("damaged.h5").read_bytes()
        result = called("plot", "damaged.h5", "--output", "a.svg", "--overwrite")
        assert result.exit_code in (0, 2)
        lines = result.stderr.splitlines()
        assert all(line.startswith("error: ") and line.isprintable() and len(line) < 4000 for line in lines)
        assert Path("a.svg").exists() == (result.exit_code == 0)
        assert Path("damaged.h5").read_bytes() == before
        Path("a.svg").unlink(missing_ok=True)

    check()
