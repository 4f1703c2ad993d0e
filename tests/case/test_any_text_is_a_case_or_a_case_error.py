"""Whatever is written in a case file, reading it gives a case or one readable error."""

import math
import re

from case.examples import KINDS, SPACES, case_text
from hypothesis import given, settings
from hypothesis import strategies as st

from kinetic.case import Case
from kinetic.case.file import CaseFile
from kinetic.case.problems import tables_of
from kinetic.errors import CaseError

REST = """
[layer_norm]
scheme = "mix"
[noise]
diffusion = 0.1
[output]
save_every = 1
[[claims]]
name = "w2_rate"
"""
HEADS = 'normalization = "softmax"\n[[attention.heads]]\nbeta = 2\nvalue = [[1, 0], [0, 1]]'
VALID = [case_text(space, kind, rest=REST) for space in SPACES for kind in KINDS]
VALID.append(case_text("circle", attention=HEADS))

KEYS = sorted({word for text in VALID for word in re.findall(r"[a-z_]+", text)} | {"0", "1", "query", "key", "x"})
# fmt: off
VALUES = [
    "1", "0", "-1", "2.5", "1e400", "-inf", "nan", "true", "", '""', '"x"', "auto", "identity", "[]", "{}",
    "[[]]", "[{}]", "[1,2]", "[1,2,3]", "[[1,2],[3,4]]", "[0,0,0]", "[nan]", "1e308", "1e-320",
    "9223372036854775808", "0x" + "f" * 9999, "2020-01-01", "12:00:00", "zonal", "circle", "sphere",
    "mercator", "softmax", "none", "pre", "ngpt", "[[0,1]]", "mixture", "record", "linear", "random",
    "band", "cap", "harmonics", "poisson", "uniform", "{beta=1}", "[{beta=1}]", "[{degree=1,amplitude=1}]",
    "[{mean=[1,0],concentration=1,weight=1}]", r'"\u0000"', "[" * 2000, "a." * 99 + "a=1",
]
# fmt: on


def real_paths():
    """List every key of the format as an override reaches it, in the first entry of every list."""
    for table, model in tables_of(CaseFile).items():
        inside = ["initial", *table[2:]] if table[:1] == ("initial",) else list(table)
        lists = ("heads", "claims", "components", "terms")
        entry = [part for name in inside for part in ([name, "0"] if name in lists else [name])]
        yield from (".".join([*entry, key]) for key in model.model_fields)


PATHS = sorted(set(real_paths()))
paths = st.sampled_from(PATHS) | st.lists(st.sampled_from(KEYS), min_size=1, max_size=4).map(".".join)
overrides = st.lists(st.builds("{}={}".format, paths, st.sampled_from(VALUES)), max_size=4)


def read(text, assignments=()):
    """Read a text; whatever comes out must be a case or a readable error."""
    try:
        case = Case.parse(text, assignments)
    except CaseError as error:
        message = str(error)
        assert message.startswith("case")
        assert all(line.isprintable() for line in message.split("\n"))
        heading, *listed = message.split("\n  ")
        assert bool(listed) == bool(re.fullmatch(r"case: \d+ problems", heading))
        assert len(message) < 8000
        return None
    assert case.title
    assert math.isfinite(case.time.end)
    assert Case.parse(case.text, case.overrides) == case
    return case


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(VALID), overrides)
def test_any_overrides_of_a_valid_case(text, assignments):
    read(text, assignments)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(VALID), st.data())
def test_any_damage_to_a_valid_text(text, data):
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(text)))
        length = data.draw(st.integers(0, 12))
        text = text[:at] + data.draw(st.text(max_size=6) | st.sampled_from(VALUES)) + text[at + length :]
    read(text)


@settings(max_examples=100, deadline=None)
@given(st.text())
def test_any_text(text):
    read(text)


@settings(max_examples=100, deadline=None)
@given(st.text(), st.sampled_from(KEYS))
def test_any_override(value, key):
    read(VALID[0], [value])
    read(VALID[0], [f"{key}.{value}"])


def test_the_valid_cases_are_valid():
    assert all(read(text) for text in VALID)
