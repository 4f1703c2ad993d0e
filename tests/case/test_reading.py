"""Reading a case: what is required, what is the default, what is kept, and which files are refused."""

import hashlib
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
from case.examples import KINDS, SPACES, case_text

from kinetic.case import Case
from kinetic.errors import CaseError

REQUIRED = {
    "title": 'title = "A small case"\n',
    "space.kind": 'kind = "zonal"\n',
    "space.dimension": "dimension = 5\n",
    "space.degree": "degree = 32\n",
    "attention.normalization": 'normalization = "softmax"\n',
    "attention.beta": "beta = 1.0\n",
    "initial.kind": 'kind = "linear"\n',
    "initial.slope": "slope = -0.5\n",
    "time.end": "end = 2.0\n",
}

DEFAULTS = {
    "source": None,
    "space.max_degree": 1023,
    "space.chart": "harmonic",
    "space.elements": None,
    "space.element_order": None,
    "space.dimension": 3,
    "attention.heads": None,
    "attention.context_length": None,
    "layer_norm.scheme": "post",
    "layer_norm.radius": 1.0,
    "layer_norm.switch_time": 1.0,
    "layer_norm.rate": 1.0,
    "noise.diffusion": 0.0,
    "time.tolerance": 1e-9,
    "time.scheme": "auto",
    "output.observe_every": None,
    "output.save_every": None,
    "claims": None,
}


def look_up(case, path):
    value = case
    for part in path.split("."):
        value = getattr(value, part)
    return value


@pytest.mark.parametrize("space", SPACES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_initial_kind_is_read_in_every_space(kind, space):
    case = Case.parse(case_text(space, kind))
    assert (case.initial.kind, case.space.kind) == (kind, space)


@pytest.mark.parametrize("path", REQUIRED)
def test_a_missing_required_key_is_named(path):
    text = case_text("zonal", "linear")
    assert text.count(REQUIRED[path]) == 1
    with pytest.raises(CaseError, match=rf"^case: {path}: missing; \S"):
        Case.parse(text.replace(REQUIRED[path], ""))


@pytest.mark.parametrize(
    "kind",
    [
        "linear",
        "von_mises_fisher",
        "mixture",
        "wrapped_normal",
        "poisson",
        "harmonics",
        "random",
        "band",
        "cap",
        "record",
    ],
)
def test_every_key_of_a_kind_is_required_unless_the_format_says_otherwise(kind):
    with pytest.raises(CaseError) as caught:
        Case.parse(case_text(), [f'initial={{kind="{kind}"}}'])
    keys = {
        "linear": ["slope"],
        "von_mises_fisher": ["concentration"],
        "mixture": ["components"],
        "wrapped_normal": ["components"],
        "poisson": ["radius"],
        "harmonics": ["terms"],
        "random": ["amplitude", "max_degree", "seed"],
        "band": ["latitude", "width"],
        "cap": ["angle"],
        "record": ["path", "time"],
    }[kind]
    assert [line.count(f"initial.{key}: missing") for key, line in zip(keys, lines(caught), strict=True)] == [1] * len(
        keys
    )


def lines(caught):
    text = str(caught.value)
    return text.split("\n  ")[1:] if "\n" in text else [text]


@pytest.mark.parametrize("path", DEFAULTS)
def test_a_key_left_out_has_its_documented_default(path):
    assert look_up(Case.parse(case_text()), path) == DEFAULTS[path]


def test_the_circle_has_dimension_two():
    assert Case.parse(case_text("circle")).space.dimension == 2


def test_the_implied_dimension_may_be_written():
    assert Case.parse(case_text(), ["space.dimension=3"]).space.dimension == 3


def test_the_mercator_chart_needs_no_degree():
    text = case_text().replace("degree = 32", 'chart = "mercator"\nelements = 80\nelement_order = 8')
    space = Case.parse(text).space
    assert (space.degree, space.elements, space.element_order) == (None, 80, 8)


def test_an_automatic_degree_comes_with_its_own_bound():
    space = Case.parse(case_text(), ["space.degree=auto", "space.max_degree=511"]).space
    assert (space.degree, space.max_degree) == ("auto", 511)


def test_output_intervals_default_to_shares_of_the_end():
    case = Case.parse(case_text())
    assert (case.observe_every, case.save_every) == (2.0 / 200, 2.0 / 20)


def test_given_output_intervals_are_kept():
    case = Case.parse(case_text(rest="[output]\nobserve_every = 0.5\nsave_every = 1"))
    assert (case.observe_every, case.save_every) == (0.5, 1.0)
    assert isinstance(case.save_every, float)


def test_integers_are_read_as_reals_where_reals_are_meant():
    case = Case.parse(case_text(), ["attention.beta=2", "time.end=3"])
    assert isinstance(case.attention.beta, float)
    assert isinstance(case.time.end, float)


def test_directions_are_normalized():
    # hypot and the quotient are each correct to half a unit in the last place, and 3, 4, 5 are exact
    assert Case.parse(case_text("circle", "linear")).initial.mean == (0.6, 0.8)


@pytest.mark.parametrize("size", ["1e-320", "1e308", "1e-200"])
def test_directions_of_any_size_are_normalized_without_overflow(size):
    mean = Case.parse(case_text("circle", "linear"), [f"initial.mean=[{size}, -{size}]"]).initial.mean
    # two roundings of relative size 2^-53 each, times two for the quotient
    assert mean == pytest.approx((0.5**0.5, -(0.5**0.5)), rel=5e-16)


def test_weights_of_a_mixture_sum_to_one_with_the_flat_part():
    initial = Case.parse(case_text(kind="mixture"), ["initial.uniform=4"]).initial
    assert (initial.uniform, [c.weight for c in initial.components]) == (0.5, [0.375, 0.125])


def test_weights_are_normalized_without_a_flat_part():
    assert [c.weight for c in Case.parse(case_text(kind="mixture")).initial.components] == [0.75, 0.25]


def test_claims_are_read_in_order():
    rest = '[[claims]]\nname = "dirac_rate"\ntolerance = 1e-3\n[[claims]]\nname = "w2_rate"'
    claims = Case.parse(case_text(rest=rest)).claims
    assert [(claim.name, claim.tolerance) for claim in claims] == [("dirac_rate", 1e-3), ("w2_rate", None)]


def test_an_empty_list_of_claims_asks_for_none():
    assert Case.parse(case_text(), ["claims=[]"]).claims == ()


def test_a_case_keeps_its_exact_text_and_hash(tmp_path):
    content = case_text().replace("\n", "\r\n").encode()
    path = tmp_path / "two words.toml"
    path.write_bytes(content)
    case = Case.read(path)
    assert case.text.encode() == content
    assert case.sha256 == hashlib.sha256(content).hexdigest()
    assert case.name == "two words"


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path):
    path = tmp_path / "case.toml"
    path.write_bytes(b"\xef\xbb\xbf" + case_text().encode())
    assert Case.read(path).text == case_text()


def test_a_case_is_rebuilt_from_its_text_and_overrides(tmp_path):
    path = tmp_path / "case.toml"
    path.write_text(case_text(kind="mixture"))
    case = Case.read(path, ["attention.beta=3", "title=Other words"])
    assert case.attention.beta == 3.0
    assert case.title == "Other words"
    assert Case.parse(case.text, case.overrides, case.name) == case


def test_a_case_survives_pickling():
    case = Case.parse(case_text(kind="harmonics"), ["time.end=7"])
    assert pickle.loads(pickle.dumps(case)) == case


def test_a_case_cannot_be_changed():
    case = Case.parse(case_text())
    with pytest.raises(AttributeError):
        case.text = ""
    with pytest.raises(ValueError, match="frozen"):
        case.space.degree = 3


def test_relative_paths_start_at_the_folder_of_the_case_file(tmp_path, monkeypatch):
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "case.toml").write_text(case_text(kind="record"))
    monkeypatch.chdir(tmp_path)
    case = Case.read("inner/case.toml")
    monkeypatch.chdir("/")
    assert case.resolve(case.initial.path) == tmp_path / "inner" / "earlier.h5"
    assert case.resolve("/far/away.h5") == Path("/far/away.h5")


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(CaseError, match="no such file; give the path"):
        Case.read(tmp_path / "absent.toml")


def test_a_directory_is_refused(tmp_path):
    with pytest.raises(CaseError, match="is a directory; give the path"):
        Case.read(tmp_path)


def test_an_impossible_path_is_refused():
    with pytest.raises(CaseError, match="cannot be read"):
        Case.read("a\0b.toml")


def test_a_file_in_another_encoding_is_refused(tmp_path):
    path = tmp_path / "case.toml"
    path.write_bytes("# é\n".encode("latin-1") + case_text().encode())
    with pytest.raises(CaseError, match=r"not UTF-8 text \(byte 2\); save"):
        Case.read(path)


def test_a_large_file_is_refused_and_one_at_the_limit_is_not(tmp_path):
    path = tmp_path / "case.toml"
    text = case_text()
    path.write_text(text + "#" * (1_000_000 - len(text)))
    assert Case.read(path).title == "A small case"
    path.write_text(text + "#" * (1_000_001 - len(text)))
    with pytest.raises(CaseError, match="larger than 1000000 bytes"):
        Case.read(path)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="needs a device without end")
def test_a_file_without_end_is_refused():
    with pytest.raises(CaseError, match="larger than 1000000 bytes"):
        Case.read("/dev/zero")


def test_reading_a_case_imports_nothing_heavy():
    heavy = {"numpy", "scipy", "h5py", "matplotlib", "pyshtools", "ducc0", "basix"}
    code = f"import sys, kinetic.case, kinetic.library; print(sorted({heavy!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
