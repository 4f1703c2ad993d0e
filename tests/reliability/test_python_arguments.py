"""Public callables take what they are given: a right answer or one of kinetic's own errors, and records travel."""

import inspect
import pickle
import tracemalloc

import numpy as np
import pytest
from case.corners import Base

import kinetic
from kinetic import geometry
from kinetic.assembly import build
from kinetic.case import Case
from kinetic.case.writing import document
from kinetic.errors import CaseError, DomainError, KineticError
from kinetic.march import Snapshot, march

NAN = float("nan")
# fmt: off
BAD = [
    None, True, -1, 10**30, 2.5, NAN, np.inf, 1e308, 5e-324, 1j, "", "x", "\0", b"x", [], {}, [None],
    [[1.0], [1.0, 2.0]], np.zeros(2), np.zeros(3), np.full(3, NAN), np.zeros((2, 0)), np.array("x"), np.array([None]),
    object(), {1: 2},
]
# fmt: on
NAMES = [f"{i}-{type(bad).__name__}" for i, bad in enumerate(BAD)]
CHARTS = [(kind, chart) for kind in ("circle", "sphere", "zonal") for chart in ("harmonic", "conformal", "mercator")]


OF_USERS = (
    "values", "log_values", "values_at_angle", "moment", "moments", "quadrature", "space_at", "radius_quantiles", "at",
)  # fmt: skip
"""What a density answers to users."""

BODIES = [
    *((kind, chart, "post", "") for kind, chart in CHARTS),
    ("circle", "harmonic", "pre", ""),
    ("sphere", "harmonic", "ngpt", ""),
    ("circle", "harmonic", "post", "causal"),
    ("sphere", "harmonic", "post", "frequency"),
    ("circle", "harmonic", "post", "matrix"),
]
"""Kind, chart, scheme and context of cases that begin with densities of every body."""


def density(kind, chart, scheme="post", context="", degree=24, **changes):
    """Return the density with which a case begins."""
    data = Base(kind, chart, "softmax", scheme, context).data()
    data["space"] |= {"degree": degree, **changes}
    events = march(build(Case.parse(document(data))))
    return next(event.density for event in events if isinstance(event, Snapshot))


def methods(thing):
    """List the public methods of an object or class that take arguments, by name."""
    found = inspect.getmembers_static(thing, lambda member: callable(member) or isinstance(member, classmethod))
    return [
        name for name, _ in found if not name.startswith("_") and inspect.signature(getattr(thing, name)).parameters
    ]


def tried(call, *given, **named):
    """Call; whatever is wrong with the arguments must be said by an error of kinetic's own."""
    try:
        return call(*given, **named)
    except KineticError as error:
        return str(error)


def record_in(context, folder):
    data = Base("circle", "harmonic", "softmax", "post", context).data()
    data |= {"time": {"end": 0.1}, "output": {"save_every": 0.1, "observe_every": 0.1}}
    return kinetic.run(Case.parse(document(data), name="small"), folder)


@pytest.fixture(scope="module")
def record(tmp_path_factory):
    return record_in("", tmp_path_factory.mktemp("records"))


@pytest.fixture(scope="module")
def others(tmp_path_factory):
    """Records with labels, with common noise, and with clusters that are told."""
    return [record_in(context, tmp_path_factory.mktemp(context)) for context in ("causal", "frequency", "field")]


@pytest.mark.parametrize("bad", BAD, ids=NAMES)
def test_functions_of_the_package(bad, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    case = Case.parse(document(Base("circle", "harmonic", "softmax", "post").data()))
    for name in sorted(set(kinetic.__all__) - {"Case", "Record"}):
        assert tried(getattr(kinetic, name), bad)
    for key in ("output", "progress"):
        assert tried(kinetic.run, case, **{"output": "records", "overwrite": True, key: bad})


@pytest.mark.parametrize("bad", BAD, ids=NAMES)
def test_cases(bad, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = document(Base("circle", "harmonic", "softmax", "post").data())
    for name in ("read", "parse", "from_dict"):
        assert isinstance(tried(getattr(Case, name), bad), str)
    for key in ("overrides", "name", "folder"):
        assert tried(Case.parse, text, **{key: bad})


@pytest.mark.parametrize("bad", BAD, ids=NAMES)
def test_records(bad, record):
    assert {"load", "density", "nearest_snapshot", "variable", "units"} <= set(methods(type(record)))
    for name in methods(type(record)):
        tried(getattr(record, name), bad)


def test_records_with_labels_and_noise(others):
    for found in others:
        for name in methods(type(found)):
            for bad in (None, NAN, "x", 10**30, -(10**30)):
                tried(getattr(found, name), bad)


@pytest.mark.parametrize(("kind", "chart", "scheme", "context"), BODIES)
def test_densities(kind, chart, scheme, context):
    found = density(kind, chart, scheme, context)
    assert "values" in methods(found)
    assert "moment" in methods(found)
    for name in methods(type(found)):
        if name in OF_USERS:
            for bad in BAD:
                tried(getattr(found, name), bad)
    for order in (-1, 1.0, True, "1", 10**9, None):
        with pytest.raises(DomainError, match="moment"):
            found.moment(order)
    for points in (NAN, [NAN, NAN, NAN], "x", np.ones((2, 7)) * 3):
        with pytest.raises(DomainError, match="points"):
            found.values(points)


@pytest.mark.parametrize(("kind", "chart"), [pair for pair in CHARTS if pair[0] != "zonal"])
def test_vectors_are_taken_by_their_directions(kind, chart):
    found = density(kind, chart)
    points = np.random.default_rng(1).standard_normal((5, {"circle": 2, "sphere": 3}[kind]))
    unit = points / np.linalg.norm(points, axis=1, keepdims=True)
    np.testing.assert_allclose(found.values(1e150 * points), found.values(unit), rtol=1e-12)


def peak_of(call):
    """Return the result of a call and the peak of the memory that it took, in bytes."""
    tracemalloc.start()
    try:
        return call(), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(("kind", "chart"), CHARTS)
def test_many_values_take_memory_of_the_order_of_the_answer(kind, chart, monkeypatch):
    found, count = density(kind, chart), 20_000
    angle = np.linspace(0.1, 3.0, count)
    ring = np.stack([np.cos(angle), np.sin(angle), np.zeros(count)], axis=-1)
    points = np.cos(angle) if kind == "zonal" else ring[:, :2] if kind == "circle" else ring
    found.values(points[:10])
    bound = 6 * points.nbytes + 2 * angle.nbytes + 2**21
    monkeypatch.setattr(geometry, "_BLOCK", 2**17)
    values, peak = peak_of(lambda: found.values(points))
    assert peak < bound
    if chart == "mercator":  # the control: all at once, the cells' polynomials alone are more
        monkeypatch.setattr(geometry, "_BLOCK", 2**40)
        at_once, peak = peak_of(lambda: found.values(points))
        assert peak > bound
        np.testing.assert_allclose(values, at_once, rtol=1e-13)  # the search stops for a block together


def test_values_in_high_dimension_are_right_or_undefined():
    given = 2.0
    found = density("zonal", "harmonic", degree=20, dimension=40)
    t = np.linspace(-1, 1, 41)
    values = found.values(t)
    # ρ = e^{κt} (κ/2)^{d/2−1} / (Γ(d/2) I_{d/2−1}(κ)): the constant is the mean of e^{κt}, a series in κ²/4
    terms = [1.0]
    for k in range(1, 40):
        terms.append(terms[-1] * (given**2 / 4) / (k * (20 + k - 1)))
    exact = np.exp(given * t) / sum(terms)
    known = np.isfinite(values)
    assert known.any()
    np.testing.assert_allclose(values[known], exact[known], rtol=0.2)
    assert np.isnan(density("zonal", "harmonic", degree=64, dimension=400).values([1.0, -1.0])).all()


def test_records_and_densities_travel_to_workers(record):
    assert record.observables
    assert record.density(0).mass
    again = pickle.loads(pickle.dumps(record))
    np.testing.assert_array_equal(again.observables["mean"], record.observables["mean"])
    np.testing.assert_array_equal(again.density(-1).values([1.0, 0.0]), record.density(-1).values([1.0, 0.0]))
    assert again.libraries == record.libraries
    for kind, chart in CHARTS:
        found = density(kind, chart)
        assert pickle.loads(pickle.dumps(found)).mass == found.mass


def test_a_byte_order_mark_in_a_text_is_left_out_as_in_a_file(tmp_path):
    text = document(Base("circle", "harmonic", "softmax", "post").data())
    (tmp_path / "case.toml").write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert Case.parse("\ufeff" + text) == Case.parse(text) == Case.read(tmp_path / "case.toml")


KEYS = ("attention.beta", "attention.heads", "time.end", "output.observe_every", "noise.diffusion", "space.degree")


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize(
    "value", ["9" * 400, "[" * 200 + "]" * 200, '"' + "x" * 10_000 + '"', "[[[1.0]]]", "0x" + "f" * 99]
)
def test_values_of_cases_are_not_trusted(key, value):
    text = document(Base("circle", "harmonic", "softmax", "post").data())
    with pytest.raises(CaseError) as refused:
        Case.parse(text, [f"{key}={value}"])
    assert len(str(refused.value)) < 2000
