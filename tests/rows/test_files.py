"""Files of rows are not trusted: every format gives the same rows, and what is wrong is one line that names it."""

import pickle
import zipfile

import h5py
import numpy as np
import pytest

from kinetic.errors import CaseError
from kinetic.rows import Source, pieces, read_rows
from kinetic.rows import files as module

ROWS = np.array([[1.0, 2.0, 2.0], [0.5, -0.25, 1e-3], [-3.0, 4.0, 0.0], [1e200, 1e200, 0.0], [1e-200, 0.0, 0.0]])


def written(folder, ending):
    path = folder / f"rows{ending}"
    if ending == ".npy":
        np.save(path, ROWS)
    elif ending == ".npz":
        np.savez(path, rows=ROWS)
    elif ending == ".csv":
        path.write_text("a,b,c\n# a remark\n\n" + "\n".join(",".join(map(repr, row)) for row in ROWS.tolist()) + "\n")
    else:
        with h5py.File(path, "w") as file:
            file["layer/rows"] = ROWS
    return path


@pytest.mark.parametrize("numbers", [3, 6, 2**21])
@pytest.mark.parametrize("ending", [".npy", ".npz", ".csv", ".h5", ".hdf5"])
def test_every_format_gives_the_same_rows_in_pieces_of_any_size(tmp_path, ending, numbers, monkeypatch):
    monkeypatch.setattr(module, "_NUMBERS", numbers)
    path = written(tmp_path, ending)
    parts = list(pieces(Source(path)))
    assert len(parts) == -(-len(ROWS) // max(1, numbers // 3))
    assert np.array_equal(np.concatenate(parts), ROWS)
    rows = read_rows(Source(path), 3)
    assert np.allclose(np.linalg.norm(rows.places, axis=1), 1.0, atol=1e-15)
    assert np.allclose(rows.places[:2], ROWS[:2] / np.linalg.norm(ROWS[:2], axis=1)[:, None], atol=1e-15)


def test_the_fingerprint_is_that_of_the_numbers_not_of_the_file(tmp_path):
    found = {read_rows(Source(written(tmp_path, e)), 3).sha256 for e in (".npy", ".npz", ".csv", ".h5")}
    assert len(found) == 1
    changed = ROWS.copy()
    changed[2, 1] = np.nextafter(4.0, 5.0)
    np.save(tmp_path / "other.npy", changed)
    assert read_rows(Source(tmp_path / "other.npy"), 3).sha256 not in found


class Trap:
    """Pickled, it would make a folder when it is loaded."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        import os

        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("ending", [".npy", ".npz"])
def test_nothing_is_unpickled(tmp_path, ending):
    trap = np.empty(2, dtype=object)
    trap[:] = [Trap(tmp_path / "sprung"), 1.0]
    path = tmp_path / f"rows{ending}"
    (np.save if ending == ".npy" else np.savez)(path, trap, **({"allow_pickle": True} if ending == ".npy" else {}))
    with pytest.raises(CaseError, match="pickled"):
        list(pieces(Source(path)))
    (tmp_path / "plain.npy").write_bytes(pickle.dumps(trap))
    with pytest.raises(CaseError, match="cannot be read"):
        list(pieces(Source(tmp_path / "plain.npy")))
    assert not (tmp_path / "sprung").exists()


WRONG = {
    "nan": (np.array([[1.0, 0, 0], [np.nan, 1, 0]]), "NaN or an infinite number in row 2"),
    "infinite": (np.array([[1.0, 0, 0], [0, 1, 0], [0, -np.inf, 0]]), "infinite number in row 3"),
    "zero": (np.array([[0.0, 0, 0], [0, 1, 0]]), "zeros only in row 1"),
    "short": (np.ones((4, 2)), "rows of 2 numbers; must be 3"),
    "vector": (np.ones(3), r"shape \(3,\); must be \(n, d\)"),
    "none": (np.ones((0, 3)), r"shape \(0, 3\)"),
    "wide": (np.ones((2, 5000)), "from 2 to 4096"),
    "complex": (np.ones((2, 3), dtype=complex), "type complex128; must be real"),
    "truth": (np.ones((2, 3), dtype=bool), "type bool"),
}


@pytest.mark.parametrize("name", WRONG)
def test_rows_without_directions_are_named(tmp_path, name):
    table, message = WRONG[name]
    np.save(tmp_path / "rows.npy", table)
    with pytest.raises(CaseError, match=message) as caught:
        read_rows(Source(tmp_path / "rows.npy"), 3)
    assert str(caught.value).startswith("initial.path: ")
    assert "\n" not in str(caught.value)


def test_files_that_are_no_tables_are_named(tmp_path):
    (tmp_path / "ragged.csv").write_text("1,2,3\n4,5,6\n7,8\n")
    (tmp_path / "words.csv").write_text("1,2,3\n4,five,6\n")
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "names.csv").write_text("a,b,c\n")
    (tmp_path / "long.csv").write_text("1," * 200_000)
    (tmp_path / "rows.txt").write_text("1 2 3")
    (tmp_path / "bad.h5").write_text("no HDF5")
    (tmp_path / "bad.npz").write_text("no archive")
    np.savez(tmp_path / "two.npz", a=ROWS, b=ROWS)
    np.save(tmp_path / "rows.npy", ROWS)
    for given, message in {
        "ragged.csv": "line 3: '7,8'; must be 3 numbers",
        "words.csv": "line 2: '4,five,6'",
        "empty.csv": "no line",
        "names.csv": "no row",
        "long.csv": "characters",
        "rows.txt": r'ending ".txt"; must be .npy',
        "bad.h5": "cannot be read",
        "bad.npz": "cannot be read",
        "two.npz": r"2 arrays \(a, b\); give the one",
        "absent.npy": "no such file",
    }.items():
        with pytest.raises(CaseError, match=message):
            list(pieces(Source(tmp_path / given)))
    with pytest.raises(CaseError, match="one of: a, b"):
        list(pieces(Source(tmp_path / "two.npz", "c")))
    with pytest.raises(CaseError, match=r"remove initial\.dataset"):
        list(pieces(Source(tmp_path / "rows.npy", "c")))
    assert np.array_equal(np.concatenate(list(pieces(Source(tmp_path / "two.npz", "b")))), ROWS)


def test_a_header_that_promises_more_than_the_file_holds_is_refused(tmp_path):
    np.save(tmp_path / "rows.npy", ROWS)
    whole = (tmp_path / "rows.npy").read_bytes()
    for forged in (b"(5000000000, 3), }", b"(5000000000, 3)(((", b"(-5, 3), }        ", b"(9**9**9, 3), }   "):
        (tmp_path / "rows.npy").write_bytes(whole.replace(b"(5, 3), }         ", forged))
        with pytest.raises(CaseError, match=r"cannot be read|shape"):
            list(pieces(Source(tmp_path / "rows.npy")))
        with zipfile.ZipFile(tmp_path / "rows.npz", "w") as archive:
            archive.write(tmp_path / "rows.npy", "rows.npy")
        with pytest.raises(CaseError, match=r"cannot be read|shape"):
            list(pieces(Source(tmp_path / "rows.npz")))


def test_numbers_of_another_file_are_refused(tmp_path):
    written(tmp_path, ".h5")
    with h5py.File(tmp_path / "linked.h5", "w") as file:
        file["rows"] = h5py.ExternalLink("rows.h5", "layer/rows")
    with h5py.File(tmp_path / "virtual.h5", "w") as file:
        layout = h5py.VirtualLayout((5, 3), float)
        layout[:] = h5py.VirtualSource(str(tmp_path / "rows.h5"), "layer/rows", (5, 3))
        file.create_virtual_dataset("rows", layout)
    for name in ("linked.h5", "virtual.h5"):
        with pytest.raises(CaseError, match=r"another file|one of: none"):
            list(pieces(Source(tmp_path / name, "rows")))


def test_too_many_rows_and_too_large_arrays_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("kinetic.rows.directions.MOST_ROWS", 4)
    with pytest.raises(CaseError, match="more than 4 rows"):
        read_rows(Source(written(tmp_path, ".npy")), 3)
    monkeypatch.setattr(module, "LARGEST_MEMBER", 100)
    with pytest.raises(CaseError, match=r"save it as .npy"):
        list(pieces(Source(written(tmp_path, ".npz"))))
