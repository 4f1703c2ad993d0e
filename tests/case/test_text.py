"""TOML and overrides: where a syntax error is, what is refused unread, and what an assignment does."""

import time
import tomllib
from functools import cache

import pytest
from case.examples import case_text

from kinetic.case import Case
from kinetic.case.text import apply_overrides, parse_toml
from kinetic.errors import CaseError

QUADRATIC = 20  # times a megabyte of plain TOML; the quadratic paths would take hundreds


@cache
def a_megabyte():
    """Processor time of parsing a megabyte of plain TOML, the measure of what is quick on this machine."""
    text = "\n".join(f"key{i} = {i}" for i in range(60_000))
    start = time.process_time()
    tomllib.loads(text)
    return time.process_time() - start


def refusal(text, *overrides):
    with pytest.raises(CaseError) as caught:
        Case.parse(text, overrides)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[space]\nkind =", "line 2, column 7"),
        ("a = 1\na = 2", "line 2, column 6"),
        ("a = 1\n[b\n", "line 2, column 3"),
        ("a = \x00", "line 1, column 5"),
        ('a = "open', "line 1, column 10"),
        ("a = 1\n\n[x]\n\n[x]\n", "line 5, column 3"),
        ("a = 2020-13-45", "line 1, column 9"),
    ],
)
def test_a_syntax_error_names_line_and_column(text, place):
    message = refusal(text)
    assert message.startswith(f"case, {place}: not TOML: ")
    assert message.isprintable()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("x = " + "[" * 100_000, "nested too deeply"),
        ("x = " + "{a=" * 100_000, "nested too deeply"),
        (".".join("a" * 30) + " = 1", "nested too deeply"),
        ("x = " + "[" * 30 + "]" * 30, "nested too deeply"),
        (".".join("a" * 200_000) + " = 1", "a dotted key of more than 64 parts"),
        ("[" + ".".join(['"a"'] * 100_000) + "]", "a dotted key of more than 64 parts"),
        ("x = " + "9" * 5000, "thousands of digits"),
        ("#" * 1_000_001, "larger than 1000000 bytes"),
        ("#" + "é" * 600_000, "larger than 1000000 bytes"),
        ("x = '\ud800'", "not UTF-8 text"),
    ],
)
def test_absurd_texts_are_refused_at_once(text, reason):
    start = time.process_time()
    assert reason in refusal(text)
    assert time.process_time() - start < QUADRATIC * a_megabyte()


def test_many_unknown_keys_are_counted_quickly():
    start = time.process_time()
    message = refusal("\n".join(f"k{i} = 1" for i in range(20_000)) + "\n[space]\nkinds = 3")
    # besides: title, attention.normalization, initial.kind, time.end are missing, space.kinds is misspelt
    assert message.startswith("case: 20005 problems\n")
    assert message.endswith("and 19995 more")
    assert time.process_time() - start < QUADRATIC * a_megabyte()


def test_dots_in_prose_are_no_dotted_keys():
    rest = "# " + "." * 300 + "\n" + "# " + "0.5, " * 300
    assert Case.parse(case_text(rest=rest)).title == "A small case"


@pytest.mark.parametrize(
    ("override", "path", "value"),
    [
        ("attention.beta=2", ("attention", "beta"), 2),
        ("attention.beta = 2.5 ", ("attention", "beta"), 2.5),
        ("space.kind=circle", ("space", "kind"), "circle"),
        ('space.kind="circle"', ("space", "kind"), "circle"),
        ("title=Two words", ("title",), "Two words"),
        ("title=a = b", ("title",), "a = b"),
        ("title=", ("title",), ""),
        ("title=1\nother = 2", ("title",), "1\nother = 2"),
        ("noise.diffusion=0.1", ("noise", "diffusion"), 0.1),
        ("list.1.x=5", ("list", 1, "x"), 5),
        ("list.0=[1, 2]", ("list", 0), [1, 2]),
        ("new.inner.key={a = 1}", ("new", "inner", "key"), {"a": 1}),
    ],
)
def test_an_override_assigns_a_toml_value_or_plain_text(override, path, value):
    data = {"title": "t", "attention": {"beta": 1}, "list": [{"x": 1}, {"x": 2}]}
    changed = apply_overrides(data, [override], "case")
    for part in path:
        changed = changed[part]
    assert changed == value
    assert type(changed) is type(value)


def test_overriding_leaves_the_data_alone():
    data = {"list": [{"x": 1}]}
    apply_overrides(data, ["list.0.x=2", "y=3"], "case")
    assert data == {"list": [{"x": 1}]}


def test_the_last_override_wins():
    assert apply_overrides({}, ["a.b=1", "a.b=2"], "case") == {"a": {"b": 2}}


@pytest.mark.parametrize(
    "override", ["beta", "=3", "a b=3", "a..b=3", ".a=3", "a.=3", "é=3", ".".join("a" * 40) + "=1"]
)
def test_what_is_no_assignment_is_refused(override):
    with pytest.raises(CaseError, match=r"must be key\.path=value, for example attention\.beta=2"):
        apply_overrides({}, [override], "case")


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("x.y=1", 'x: is 3, which has no key "y"'),
        ("list.2.a=1", "list.2: no such entry; must be an index from 0 to 1"),
        ("list.a=1", "list.a: no such entry; must be an index from 0 to 1"),
        ("list.-1=1", "list.-1: no such entry; must be an index from 0 to 1"),
        ("empty.0=1", "empty.0: no such entry; must be an index (the list is empty)"),
    ],
)
def test_an_override_that_leads_nowhere_says_where_it_stopped(override, message):
    with pytest.raises(CaseError) as caught:
        apply_overrides({"x": 3, "list": [1, 2], "empty": []}, [override], "case")
    assert str(caught.value) == f"case: {message}"


def test_an_unknown_key_is_reported_the_same_from_file_and_override():
    text = case_text()
    in_file = text.replace("degree = 32", "degree = 32\ndegre = 3")
    assert refusal(in_file) == refusal(text, "space.degre=3")


def test_overrides_reach_into_heads():
    heads = 'normalization = "none"\n[[attention.heads]]\nbeta = 1\n[[attention.heads]]\nbeta = 2'
    case = Case.parse(case_text(attention=heads), ["attention.heads.0.beta=7", "attention.heads.1.value=[1, 2, 3]"])
    assert [head.beta for head in case.attention.heads] == [7.0, 2.0]
    assert case.attention.heads[1].value == (1.0, 2.0, 3.0)


def test_line_endings_do_not_change_the_data():
    assert parse_toml("a = 1\r\nb = 2\r\n", "x") == parse_toml("a = 1\nb = 2\n", "x")
