"""The record: nothing is lost, nothing half-written is ever seen, and no file whatever makes it stumble."""

import os
import resource
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest

from kinetic.errors import KineticError, RecordError
from kinetic.record import ClaimRow, Contents, Manifest, Record, Variable, attributes, libraries, read, write

xarray = pytest.importorskip("xarray")
pytest.importorskip("h5netcdf")

CASE = 'title = "Ein Dirac – nichts weiter"\n[space]\nkind = "sphere"\n'
NAN = float("nan")
MANIFEST = Manifest(
    case_text=CASE,
    overrides=("space.degree=5", "noise.diffusion=0.1"),
    case_name="dirac",
    status="finished",
    message="nichts zu sagen: ε < 1e−9",
    created="2026-11-03T12:00:00+00:00",
    wall_seconds=12.25,
)
APPLIES = ClaimRow(
    "dirac_rate", 1.0, 1.0 + 1e-12, 3e-12, 1e-3, (4.0, 20.0), "pass", "", "theorem", "arXiv:2512.01868, 4.1"
)
BOUND = ClaimRow("w2_bound", 0.01, np.inf, NAN, 0.0, (NAN, NAN), "not applicable", "β too small", "heuristic", "", ">=")


def observed(name: str, values: object, *dims: str) -> Variable:
    """A variable along the rows."""
    return Variable(name, np.asarray(values), ("time", *dims), "1", f"what {name} is, with a λ")


def sphere(rows: int = 7, snapshots: int = 3, degree: int = 5, seed: int = 0) -> Contents:
    """Contents of every kind: vectors, integers, NaN, infinities, a dimension named as a variable is."""
    rng = np.random.default_rng(seed)
    deficit = 10.0 ** -np.linspace(0, 30, rows)
    return Contents(
        manifest=MANIFEST,
        observables=(
            observed("time", np.linspace(0.0, 2.0, rows)),
            observed("mass", np.ones(rows)),
            observed("mean", rng.normal(size=(rows, 3)), "component"),
            observed("order_deficit", deficit),
            observed("energy_gap", np.where(deficit < 0.1, NAN, -np.inf)),
        ),
        density=(
            observed("time", np.linspace(0.0, 2.0, snapshots)),
            observed("degree", np.full(snapshots, degree)),
            observed(
                "coefficients",
                rng.normal(size=(snapshots, 2, degree + 1, degree + 1)),
                "part",
                "degree",
                "order",
            ),
        ),
        density_attributes={"space": "sphere", "dimension": 3, "chart": "conformal", "radius": 1.5},
        claims=(APPLIES, BOUND),
        checkpoint={
            "state": rng.normal(size=(4, 5)) + 1j,
            "counts": np.arange(3),
            "accepted": np.array([True, False]),
            "empty": np.zeros((0, 2)),
            "step": 0.1 + 0.2,
            "steps": 2**62,
            "stepper": "dop853",
        },
    )


def identical(left: Contents, right: Contents) -> None:
    """Assert equality bit for bit; a dimension may have been renamed to `<dimension>_index`."""
    assert left.manifest == right.manifest
    for ours, theirs in ((left.observables, right.observables), (left.density, right.density)):
        theirs_by_name = {v.name: v for v in theirs}
        assert {v.name for v in ours} == set(theirs_by_name)
        for variable in ours:
            other = theirs_by_name[variable.name]
            assert variable.values.dtype == other.values.dtype
            np.testing.assert_array_equal(variable.values, other.values)
            assert [d.removesuffix("_index") for d in variable.dims] == [d.removesuffix("_index") for d in other.dims]
            assert (variable.units, variable.description) == (other.units, other.description)
    assert dict(left.density_attributes) == dict(right.density_attributes)
    assert repr(left.claims) == repr(right.claims)  # NaN differs from itself, its text does not
    assert set(left.checkpoint) == set(right.checkpoint)
    for name, value in left.checkpoint.items():
        assert type(value) is type(right.checkpoint[name])
        np.testing.assert_array_equal(value, right.checkpoint[name])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A record on disk."""
    write(tmp_path / "dirac.h5", sphere())
    return tmp_path / "dirac.h5"


# --- nothing is lost ---


def test_every_field_comes_back_bit_for_bit(path):
    identical(sphere(), read(path))


def test_a_record_that_was_read_can_be_written_again_unchanged(path, tmp_path):
    write(tmp_path / "again.h5", read(path))
    identical(read(path), read(tmp_path / "again.h5"))


def test_a_run_that_has_not_observed_anything_yet_has_a_record(tmp_path):
    write(tmp_path / "new.h5", Contents(replace(MANIFEST, status="running", overrides=(), message="")))
    record = Record.load(tmp_path / "new.h5")
    assert record.overrides == ()
    assert record.message == ""
    assert record.claims == ()
    assert len(record.density_times) == 0
    assert dict(record.observables) == {}


def test_zero_rows_keep_their_shapes(tmp_path):
    contents = sphere(rows=0, snapshots=0)
    write(tmp_path / "empty.h5", contents)
    identical(contents, read(tmp_path / "empty.h5"))


def snapshots_of(values):
    """Contents with the given coefficients, (3, 2, 65, 65): just above 3 * 64 KiB."""
    contents = sphere(degree=64)
    return replace(contents, density=(*contents.density[:2], replace(contents.density[2], values=values)))


def test_large_snapshots_whose_numbers_shrink_are_compressed_and_small_arrays_are_not(tmp_path):
    contents = snapshots_of(np.full((3, 2, 65, 65), np.nan))
    write(tmp_path / "big.h5", contents)
    with h5py.File(tmp_path / "big.h5") as file:
        coefficients = file["density/coefficients"]
        assert (coefficients.compression, coefficients.compression_opts, coefficients.shuffle) == ("gzip", 1, True)
        assert coefficients.id.get_storage_size() < contents.density[2].values.nbytes / 50
        assert file["density/degree"].compression is None
        assert file["observables/mean"].compression is None
    identical(contents, read(tmp_path / "big.h5"))


def test_random_digits_are_not_compressed_and_tiles_of_zeros_are_left_out(tmp_path):
    triangle = np.tril(np.random.default_rng(8).normal(size=(3, 2, 65, 65)))
    contents = snapshots_of(triangle)
    write(tmp_path / "digits.h5", contents)
    with h5py.File(tmp_path / "digits.h5") as file:
        coefficients = file["density/coefficients"]
        assert coefficients.compression is None
        assert coefficients.fletcher32
        # 65 = 3 tiles of 22 along each axis: 6 of the 9 are kept, besides 66² for 65² numbers and four bytes a tile.
        assert coefficients.id.get_storage_size() == 6 * (3 * 2 * 22 * 22 * 8 + 4)
    identical(contents, read(tmp_path / "digits.h5"))


def test_zeros_take_no_room_and_negative_ones_keep_their_sign(tmp_path):
    zeros = np.zeros((3, 2, 65, 65))
    write(tmp_path / "zeros.h5", snapshots_of(zeros))
    with h5py.File(tmp_path / "zeros.h5") as file:
        assert file["density/coefficients"].id.get_storage_size() == 0
    np.testing.assert_array_equal(Record.load(tmp_path / "zeros.h5").density_arrays["coefficients"], zeros)
    zeros[1, 0, 3, 40] = -0.0
    write(tmp_path / "zeros.h5", snapshots_of(zeros))
    assert np.signbit(Record.load(tmp_path / "zeros.h5").density_arrays["coefficients"]).sum() == 1


def test_the_snapshots_of_a_record_that_is_not_to_last_are_not_compressed(tmp_path):
    running = sphere(degree=64)
    write(tmp_path / "going.h5", running, lasting=False)
    with h5py.File(tmp_path / "going.h5") as file:
        assert file["density/coefficients"].compression is None
        assert file["density/coefficients"].fletcher32
    identical(Record.load(tmp_path / "going.h5").contents, running)


def test_a_long_case_text_is_kept_to_the_letter(tmp_path):
    # HDF5 keeps attributes below 64 KiB in the object's header: a case with matrices in it is longer.
    text = CASE + "# é\n" * 100_000
    write(tmp_path / "long.h5", Contents(replace(MANIFEST, case_text=text)))
    assert Record.load(tmp_path / "long.h5").case_text == text


def test_text_that_a_file_cannot_hold_does_not_cost_the_record(tmp_path):
    write(tmp_path / "odd.h5", Contents(replace(MANIFEST, message="a\0b\udcff", overrides=("x=\udcff",))))
    record = Record.load(tmp_path / "odd.h5")
    assert record.message == "a\\x00b\\udcff"
    assert record.overrides == ("x=\\udcff",)


def test_the_manifest_names_the_versions_that_are_running(path):
    record = Record.load(path)
    assert record.libraries == dict(libraries())
    assert record.libraries["h5py"] == h5py.__version__
    assert record.libraries["numpy"] == np.__version__


# --- others can read it ---


@pytest.mark.parametrize("group", ["observables", "density", "claims"])
def test_xarray_opens_every_group_with_named_dimensions(path, group):
    with xarray.open_dataset(path, group=group, engine="h5netcdf") as dataset:
        assert not [name for name in dataset.sizes if "phony" in str(name)]
        assert all("description" in variable.attrs for variable in dataset.variables.values())
        assert all("units" in variable.attrs for variable in dataset.variables.values())


def test_xarray_sees_times_components_and_degrees_as_coordinates(path):
    contents = sphere()
    with xarray.open_dataset(path, group="observables", engine="h5netcdf") as rows:
        assert rows["mean"].dims == ("time", "component")
        np.testing.assert_array_equal(rows["component"], [0, 1, 2])
        np.testing.assert_array_equal(rows["mean"].sel(time=2.0), contents.observables[2].values[-1])
    with xarray.open_dataset(path, group="density", engine="h5netcdf") as snapshots:
        assert snapshots["coefficients"].dims == ("time", "part", "degree_index", "order")
        np.testing.assert_array_equal(snapshots["degree_index"], np.arange(6))
        np.testing.assert_array_equal(snapshots["degree"], 5)
        assert snapshots.attrs["chart"] == "conformal"


def test_a_dimension_keeps_its_name_where_no_variable_takes_it(tmp_path):
    contents = sphere()
    write(tmp_path / "x.h5", replace(contents, density=(contents.density[0], contents.density[2])))
    with xarray.open_dataset(tmp_path / "x.h5", group="density", engine="h5netcdf") as snapshots:
        assert snapshots["coefficients"].dims == ("time", "part", "degree", "order")


def test_every_dataset_has_unit_description_and_scales(path):
    def look(name, item):
        if isinstance(item, h5py.Dataset):
            assert isinstance(item.attrs["units"], str), name
            assert isinstance(item.attrs["description"], str), name
            assert item.is_scale or all(len(item.dims[axis]) == 1 for axis in range(item.ndim)), name

    with h5py.File(path) as file:
        file.visititems(look)


def test_the_root_has_the_documented_attributes(path):
    documented = {
        "format",
        "version",
        "kinetic_version",
        "created",
        "case",
        "case_sha256",
        "overrides",
        "libraries",
    }
    with h5py.File(path) as file:
        assert documented | {"status", "message", "wall_seconds"} <= set(file.attrs)
        assert file.attrs["format"] == "kinetic-record"
        assert file.attrs["version"] == 1
        assert list(file.attrs["overrides"]) == ["space.degree=5", "noise.diffusion=0.1"]
        assert file["claims/window"].shape == (2, 2)


# --- the view ---


def test_variables_are_found_by_name_with_unit_and_description(path):
    record = Record.load(path)
    assert record.units("order_deficit") == "1"
    assert "coefficients" in record.description("coefficients")
    assert len(record.variable("time").values) == 7
    assert len(record.variable("density/time").values) == 3
    with pytest.raises(RecordError, match="did you mean order_deficit"):
        record.units("order_defizit")


def test_arrays_of_a_record_cannot_be_changed_but_a_checkpoint_can_be_continued(path):
    record = Record.load(path)
    with pytest.raises(ValueError, match="read-only"):
        record.observables["mass"][0] = 2.0
    with pytest.raises(TypeError):
        record.observables["mass"] = np.zeros(7)
    record.checkpoint["state"][0, 0] = 0.0


def test_densities_are_rebuilt_by_the_function_that_was_injected(path):
    record = Record.load(path, rebuild=lambda r, i: (r.density_attributes["space"], r.density_times[i], i))
    assert record.density(1) == ("sphere", 1.0, 1)
    assert record.density(-1) == record.density(2)
    for outside in (3, -4):
        with pytest.raises(RecordError, match="holds 3"):
            record.density(outside)
    with pytest.raises(RecordError, match="without the means"):
        Record.load(path).density(0)


@pytest.mark.parametrize(
    ("asked", "found"), [(-5.0, 0), (0.5, 0), (0.51, 1), (1.6, 2), (99.0, 2), (np.inf, 2), (-np.inf, 0)]
)
def test_the_nearest_snapshot_is_the_earlier_of_equals(path, asked, found):
    assert Record.load(path).nearest_snapshot(asked) == found


def test_there_is_no_nearest_snapshot_without_snapshots_or_to_nan(path, tmp_path):
    with pytest.raises(RecordError, match="NaN"):
        Record.load(path).nearest_snapshot(NAN)
    write(tmp_path / "none.h5", Contents(MANIFEST))
    with pytest.raises(RecordError, match="no snapshot"):
        Record.load(tmp_path / "none.h5").nearest_snapshot(0.0)


# --- malformed contents are refused before anything is written ---


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"observables": (observed("mass", [1.0]),)}, "time is missing"),
        ({"observables": (observed("time", [0.0]), observed("mass", [1.0, 1.0]))}, "2 entries along time"),
        ({"observables": (observed("time", [0.0]), observed("mean", [[1.0]]))}, "dimensions"),
        ({"observables": (observed("time", [0.0]), observed("time", [0.0]))}, "one name"),
        ({"observables": (observed("time", [NAN]),)}, "not a finite number"),
        ({"observables": (observed("time", [[0.0]], "other"),)}, "allowed: .'time',"),
        ({"observables": (observed("time", [0.0]), observed("mass", [1j]))}, "complex128"),
        ({"density": (observed("time", ["now"]),)}, "type <U3"),
        ({"density": (observed("time", [0.0]), observed("a/b", [0.0]))}, "identifier"),
        ({"claims": (replace(APPLIES, verdict="perhaps"),)}, "pass, fail, not applicable"),
        ({"claims": (replace(APPLIES, relation="<"),)}, "relation"),
        ({"manifest": replace(MANIFEST, status="done")}, "finished, running"),
        ({"checkpoint": {"state": np.array([object()])}}, "type object"),
        ({"checkpoint": {"state": None}}, "NoneType"),
        ({"checkpoint": {"random": 2**80}}, "do not fit"),
        ({"density_attributes": {"matrix": [1.0]}}, "list"),
    ],
)
def test_malformed_contents_leave_the_previous_record(path, changes, words):
    before = path.read_bytes()
    with pytest.raises(RecordError, match=words):
        write(path, replace(sphere(), **changes))
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


# --- whole or not at all ---

WRITER = """
import sys
import numpy as np
from kinetic.record import Contents, Manifest, Variable, write
for i in range(1, 1_000_000):
    time = Variable("time", np.arange(float(i)), ("time",), "1", "row i holds i")
    noise = Variable("noise", np.random.default_rng(i).normal(size=(i, 50)), ("time", "k"), "1", "noise")
    manifest = Manifest("", (), "x", "running", "", "", float(i))
    write(sys.argv[1], Contents(manifest, observables=(time, noise)))
    print(i, flush=True)
"""


def started(script: str, *arguments: object, **options: object) -> subprocess.Popen[str]:
    """A child process that runs a script against this source tree."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)}
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options
    )


def test_a_killed_writer_leaves_a_whole_record(tmp_path):
    # Every record names its own length in `wall_seconds`: a mixture of two writes would contradict itself.
    path, rng = tmp_path / "killed.h5", np.random.default_rng(1)
    for _ in range(15):
        writer = started(WRITER, path)
        first = writer.stdout.readline().strip()
        assert first == "1", writer.stderr.read()
        time.sleep(rng.uniform(0.0, 0.1))
        writer.send_signal(signal.SIGKILL)
        completed = [int(line) for line in writer.stdout.read().split()]
        writer.communicate()
        record = Record.load(path)
        rows = int(record.wall_seconds)
        assert rows in (
            max([1, *completed]),
            max([1, *completed]) + 1,
        )  # the last may have been moved, not told
        np.testing.assert_array_equal(record.observables["time"], np.arange(rows))
        np.testing.assert_array_equal(record.observables["noise"], np.random.default_rng(rows).normal(size=(rows, 50)))


def test_a_process_killed_between_writing_and_moving_leaves_the_previous_record(path):
    script = """
import os, signal, sys
from pathlib import Path
from kinetic.record import read, write
Path.replace = lambda self, target: os.kill(os.getpid(), signal.SIGKILL)
write(sys.argv[1], read(sys.argv[1]))
"""
    before = path.read_bytes()
    writer = started(script, path)
    writer.communicate()
    assert writer.returncode == -signal.SIGKILL
    assert path.read_bytes() == before
    (left,) = [other for other in path.parent.iterdir() if other != path]
    assert left.name.startswith(".")  # hidden, and not taken for a record
    assert left.suffix != ".h5"


def test_what_a_killed_writer_left_is_removed_later_but_never_what_another_is_writing(path):
    old, new = (path.with_name(f".dirac.h5.{digit * 16}.partial") for digit in "01")
    for leftover in (old, new):
        leftover.write_bytes(b"half")
    os.utime(old, (time.time() - 7200,) * 2)
    write(path, sphere())
    assert not old.exists()
    assert new.exists()


LIMITED = """
import sys
from kinetic.errors import RecordError
from kinetic.record import read, write
contents = read(sys.argv[1])
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    write(sys.argv[1], contents)
except RecordError as error:
    print(error)
"""


def test_a_full_disk_leaves_the_previous_record_and_no_rubbish(path):
    # A limit on the size of files stops the write after its first 4096 bytes, as a disk that fills up does.
    before = path.read_bytes()
    assert len(before) > 4096
    out, err = started(LIMITED, path).communicate()
    assert err == ""
    assert "cannot write the record" in out
    assert "free space" in out
    assert len(out.splitlines()) == 1
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 4096


def test_an_interruption_by_the_keyboard_leaves_the_previous_record_and_no_rubbish(path, monkeypatch):
    def interrupted(_):
        raise KeyboardInterrupt

    before = path.read_bytes()
    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write(path, sphere(seed=1))
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_a_folder_that_cannot_be_written_is_said_to_be_so(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(RecordError, match=r"cannot write.*another output folder"):
        write(tmp_path / "file" / "x.h5", sphere())
    (tmp_path / "folder.h5").mkdir()
    with pytest.raises(RecordError, match="cannot write"):
        write(tmp_path / "folder.h5", sphere())
    assert sorted(other.name for other in tmp_path.iterdir()) == ["file", "folder.h5"]


def test_missing_folders_are_made_and_links_are_followed(tmp_path):
    write(tmp_path / "a" / "b" / "x.h5", sphere())
    (tmp_path / "link.h5").symlink_to(tmp_path / "a" / "b" / "x.h5")
    write(tmp_path / "link.h5", sphere(seed=3))
    assert (tmp_path / "link.h5").is_symlink()
    identical(sphere(seed=3), read(tmp_path / "a" / "b" / "x.h5"))


def test_a_name_of_the_greatest_length_can_be_written(tmp_path):
    write(tmp_path / ("n" * 252 + ".h5"), sphere())
    assert len(list(tmp_path.iterdir())) == 1


# --- no file makes it stumble ---


def refused(path: Path, words: str) -> None:
    """Assert that a file is refused in one line that names it."""
    with pytest.raises(RecordError, match=words) as caught:
        read(path)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)


def test_what_is_no_record_is_said_to_be_none(tmp_path):
    refused(tmp_path / "missing.h5", "there is no such record")
    refused(tmp_path, "not a file")
    for content in (b"", b"#!/bin/sh\n", b"\x89HDF\r\n\x1a", bytes(10_000)):
        (tmp_path / "x.h5").write_bytes(content)
        refused(tmp_path / "x.h5", "not an HDF5 file")
    with h5py.File(tmp_path / "foreign.h5", "w") as file:
        file["time"] = np.arange(3.0)
    refused(tmp_path / "foreign.h5", "not a kinetic record")


def test_a_newer_version_asks_for_a_newer_kinetic(path):
    with h5py.File(path, "r+") as file:
        file.attrs["version"] = 2
    refused(path, "format version 2, this kinetic reads up to 1; install a newer kinetic")


@pytest.mark.parametrize("version", [0, -1, 1.0, "1", np.arange(3)])
def test_a_version_that_is_none_is_refused(path, version):
    with h5py.File(path, "r+") as file:
        file.attrs["version"] = version
    refused(path, "version of the record is")


def remove(name):
    def change(file):
        del file[name]

    return change


def put(name, data, **options):
    def change(file):
        del file[name]
        file.create_dataset(name, data=data, **options)

    return change


def attribute(target, name, value):
    def change(file):
        file[target].attrs[name] = value

    return change


def link(name, to):
    def change(file):
        if name in file:
            del file[name]
        file[name] = to

    return change


def virtual(file):
    del file["observables/mass"]
    layout = h5py.VirtualLayout(shape=(7,), dtype=float)
    layout[:] = h5py.VirtualSource("/etc/passwd", "x", shape=(7,))
    file["observables"].create_virtual_dataset("mass", layout)


def external(file):
    del file["observables/mass"]
    file["observables"].create_dataset("mass", shape=(7,), dtype=float, external=[("/etc/passwd", 0, 56)])


def bomb(file):
    file["observables"].create_dataset("bomb", shape=(2**62, 2**3), dtype=float, chunks=(1024, 1))


def bombs(file):
    for i in range(5):
        file["density"].create_dataset(f"bomb{i}", shape=(2**29 - 1,), dtype=float, chunks=(1024,))


def chunk_bomb(file):
    file["observables"].create_dataset("bomb", shape=(1,), maxshape=(None,), dtype="c16", chunks=(2**25,))


def lazy_references(file):
    del file["checkpoint/counts"]
    file["checkpoint"].create_dataset("counts", data=file["claims"].ref, dtype=h5py.ref_dtype)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (remove("observables"), "/observables is missing"),
        (remove("checkpoint"), "/checkpoint is missing"),
        (remove("observables/time"), "time is missing"),
        (remove("claims/verdict"), "lacks the column verdict"),
        (put("claims/measured", np.zeros(3)), "shape"),
        (put("claims/window", np.zeros(2)), "shape"),
        (put("claims/name", np.zeros(2)), "holds numbers; allowed: text"),
        (put("claims/measured", ["a", "b"]), "holds text; allowed: numbers"),
        (put("observables/mass", np.ones(7)), "no dimension scale"),
        (put("observables/mass", np.array(["text"] * 7, dtype=object)), "holds text; allowed: numbers"),
        (put("observables/mass", None, dtype=h5py.vlen_dtype(np.float64), shape=(7,)), "type object"),
        (put("observables", 1.0), "is a Dataset; allowed: a Group"),
        (put("checkpoint/counts", np.zeros(3, dtype="V9")), r"type \|V9"),
        (put("checkpoint/counts", h5py.Empty("f")), "has no shape"),
        (lazy_references, "type object"),
        (link("observables/mass", h5py.ExternalLink("/etc/passwd", "/x")), "link to elsewhere"),
        (link("observables/mass", h5py.SoftLink("/observables/time")), "link to elsewhere"),
        (link("density", h5py.SoftLink("/observables")), "link to elsewhere"),
        (virtual, "in another file"),
        (external, "in another file"),
        (bomb, "take 295147905179352825856 bytes"),
        (bombs, "datasets take"),
        (chunk_bomb, "chunks of /observables/bomb take"),
        (attribute("/", "case", "another text"), "does not match its checksum"),
        (attribute("/", "case", np.array(["a"] * 2, dtype=object)), "case of / is not text"),
        (attribute("/", "wall_seconds", "long"), "wall_seconds of / is 'long'"),
        (attribute("/", "overrides", "a=b"), "not a list of text"),
        (attribute("/", "libraries", "[1"), "damaged"),
        (attribute("/", "libraries", "[" * 100_000), "damaged"),
        (attribute("/", "libraries", "[1]"), "JSON object"),
        (attribute("/", "status", "well"), "finished, running"),
        (attribute("density", "chart", np.arange(4)), "not one number or one text"),
        (attribute("density", "chart", h5py.Empty("f")), "damaged|not one number"),
        (attribute("observables/mass", "units", 3), "units of /observables/mass is not text"),
    ],
)
def test_a_file_that_was_tampered_with_is_refused_in_one_line(path, change, words):
    with h5py.File(path, "r+") as file:
        change(file)
    refused(path, words)


def test_text_beyond_its_limit_is_refused(path, monkeypatch):
    monkeypatch.setattr(attributes, "LARGEST_TEXT", 60)
    refused(path, "60")


def outcome(path: Path) -> Contents | None:
    """What reading gives, None where it is refused; any other exception fails the test."""
    try:
        return read(path)
    except KineticError as error:
        message = str(error)
    assert "\n" not in message
    return None


def test_a_record_cut_off_anywhere_is_refused_or_whole(path, tmp_path):
    whole, cut = path.read_bytes(), tmp_path / "cut.h5"
    lengths = {int(len(whole) * share) for share in np.linspace(0.0, 1.0, 41)} | {len(whole) - 1}
    for length in sorted(lengths - {len(whole)}):
        cut.write_bytes(whole[:length])
        found = outcome(cut)
        if found is not None:
            identical(sphere(), found)
    cut.write_bytes(whole)
    identical(sphere(), read(cut))


FLIPPER = """
import sys
from pathlib import Path
import numpy as np
from kinetic.errors import KineticError
from kinetic.record import read
whole, path, rng = Path(sys.argv[1]).read_bytes(), Path(sys.argv[2]), np.random.default_rng(int(sys.argv[3]))
reference = [(v.name, v.values.tobytes()) for v in read(sys.argv[1]).observables + read(sys.argv[1]).density]
read_well = 0
for trial in range(int(sys.argv[4])):
    damaged = np.frombuffer(whole, dtype=np.uint8).copy()
    where = rng.integers(0, len(whole), size=rng.choice([1, 1, 2, 16]))
    damaged[where] ^= rng.integers(1, 256, size=len(where), dtype=np.uint8)
    path.write_bytes(damaged.tobytes())
    try:
        found = read(path)
    except KineticError as error:
        assert "\\n" not in str(error)
        continue
    read_well += 1
    assert [(v.name, v.values.tobytes()) for v in found.observables + found.density] == reference, trial
print(read_well)
"""


SEALED = 47  # bytes behind the HDF5 file: its checksum


def test_flipped_bytes_never_give_a_traceback_or_a_wrong_number(path, tmp_path):
    # In a child, because a fault inside the HDF5 library would end the process. Without the seal; much of a small
    # record is text and padding without a checksum of their own, so that both outcomes occur.
    path.write_bytes(path.read_bytes()[:-SEALED])
    child = started(FLIPPER, path, tmp_path / "flipped.h5", 7, 400)
    out, err = child.communicate()
    assert (child.returncode, err) == (0, "")
    assert 0 < int(out) < 400


def test_any_flipped_byte_breaks_the_seal(path, tmp_path):
    whole, other = path.read_bytes(), tmp_path / "other.h5"
    for at in np.linspace(0, len(whole) - SEALED - 1, 60).astype(int):
        other.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        refused(other, "damaged|not an HDF5 file" if at < 48 else "wrong checksum")


def test_a_record_that_another_program_has_written_in_is_read_without_a_seal(path):
    with h5py.File(path, "r+") as file:
        file.attrs["note"] = "mine"
    assert not path.read_bytes()[-SEALED:].startswith(b"kinetic-sha256:")
    identical(sphere(), read(path))


@pytest.mark.parametrize("mode", ["r", "r+"])
def test_a_record_can_be_read_and_replaced_while_another_library_has_it_open(path, mode):
    with h5py.File(path, mode) as file:
        identical(sphere(), read(path))
        write(path, sphere(seed=2))
        assert file["observables/mass"].shape == (7,)
    identical(sphere(seed=2), read(path))
