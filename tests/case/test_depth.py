"""Tables of weights over time: what is read, what is refused by path, and what a case is at a time."""

import pytest

from kinetic.case import Case, Table
from kinetic.errors import CaseError

HEADS = """
title = "t"
[space]
kind = "circle"
degree = 8
[attention]
normalization = "none"
[[attention.heads]]
beta = 1.0
query = {query}
value = {value}
[perceptron]
activation = "identity"
neurons = [{{ weight = {weight}, direction = [1.0, 0.0] }}]
[initial]
kind = "uniform"
[time]
end = 3.0
"""


def parse(query='"identity"', value='"identity"', weight="0.2"):
    return Case.parse(HEADS.format(query=query, value=value, weight=weight))


def test_a_table_is_read_between_its_times_and_constant_outside():
    case = parse(
        query='{ times = [1.0, 2.0], values = ["identity", 3.0] }',
        value='{ times = [0, 1, 5], values = [[1, 0], [2, 0], [3, -8]], between = "hold" }',
        weight="{ times = [0.5, 1.5], values = [0.0, 1.0] }",
    )
    assert case.knots == (0.5, 1.0, 1.5, 2.0)
    assert set(case.tables) == {
        "attention.heads.0.query",
        "attention.heads.0.value",
        "perceptron.neurons.0.weight",
    }
    told = [
        (at.attention.all_heads[0].query, at.attention.all_heads[0].value, at.perceptron.neurons[0].weight)
        for at in (case.at(t) for t in (0.0, 1.25, 1.5, 9.0))
    ]
    assert told == [(1.0, (1.0, 0.0), 0.0), (1.5, (2.0, 0.0), 0.75), (2.0, (2.0, 0.0), 1.0), (3.0, (3.0, -8.0), 1.0)]


def test_the_end_of_a_piece_has_the_value_before_a_jump():
    table = Table((0.0, 1.0), (2.0, 5.0), "hold")
    assert (table.at(1.0, 0.0), table.at(1.0, 1.0)) == (2.0, 5.0)


def test_what_interpolation_leaves_of_nothing_is_nothing():
    assert Table((0.0, 1.0), (1.0, -1.0), "linear").at(0.5, 0.0) == 0.0
    assert Table((0.0, 1.0), (0.0, 1e-280), "linear").at(1e-20, 0.0) == 0.0


def test_a_case_without_tables_is_the_same_at_all_times():
    case = parse()
    assert case.at(3.0) is case
    assert case.stages == (case,)


BAD = {
    "values": ("{ times = [0, 1], values = [[1, 0], 2.0] }", "values.1: received 2.0 after [1, 0]"),
    "shape": ("{ times = [0, 1], values = [[1, 0], [[1, 0], [0, 1]]] }", "values must have one shape"),
    "dimension": ("{ times = [0, 1], values = [[1, 0, 0], [1, 0, 1]] }", "received 3 numbers"),
    "order": ("{ times = [1, 1], values = [1, 2] }", "times.1: received 1 after 1; times must increase"),
    "early": ("{ times = [-1, 1], values = [1, 2] }", "times.0: received -1"),
    "undefined": ("{ times = [0, nan], values = [1, 2] }", "times.1: received nan"),
    "infinite": ("{ times = [0, 1], values = [1, inf] }", "values.1: received inf"),
    "large": ("{ times = [0, 1], values = [1, 1e6] }", "values.1: received 1000000.0"),
    "few": ("{ times = [0], values = [1] }", "times: received [0]"),
    "count": ("{ times = [0, 1], values = [1, 2, 3] }", "received 3 values for 2 times"),
    "key": ("{ times = [0, 1], value = [1, 2] }", 'value: unknown key; did you mean "values"?'),
    "law": ('{ times = [0, 1], values = [1, 2], between = "cubic" }', 'between: received "cubic"'),
    "text": ('{ times = "now", values = [1, 2] }', 'times: received "now"'),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_table_is_refused_by_the_path_of_what_is_wrong(name):
    text, told = BAD[name]
    with pytest.raises(CaseError) as found:
        parse(value=text)
    assert "attention.heads.0.value" in str(found.value)
    assert told in str(found.value)
