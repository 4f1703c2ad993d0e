"""Heads: the shorthand, and the four ways to write a matrix."""

import pytest
from case.examples import case_text

from kinetic.case import Case

IDENTITY = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]


def attention(keys):
    return Case.parse(case_text(attention=f'normalization = "none"\n[[attention.heads]]\nbeta = 4\n{keys}')).attention


def test_the_shorthand_is_one_head_of_identities():
    (head,) = Case.parse(case_text(), ["attention.beta=-2"]).attention.resolved_heads(3)
    assert (head.beta, head.query, head.key, head.value) == (-2.0, IDENTITY, IDENTITY, IDENTITY)


def test_a_vanishing_beta_is_a_head():
    (head,) = Case.parse(case_text(), ["attention.beta=0"]).attention.resolved_heads(3)
    assert head.beta == 0.0


def test_matrices_default_to_the_identity():
    (head,) = attention("").resolved_heads(3)
    assert (head.query, head.key, head.value) == (IDENTITY, IDENTITY, IDENTITY)


@pytest.mark.parametrize(
    ("written", "rows"),
    [
        ('"identity"', IDENTITY),
        ("-2", [[-2.0, 0.0, 0.0], [0.0, -2.0, 0.0], [0.0, 0.0, -2.0]]),
        ("[1, 0.5, -0.2]", [[1.0, 0.0, 0.0], [0.0, 0.5, 0.0], [0.0, 0.0, -0.2]]),
        ("[[1, 2, 3], [4, 5, 6], [7, 8, 9]]", [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]),
    ],
)
@pytest.mark.parametrize("name", ["query", "key", "value"])
def test_each_form_of_a_matrix_is_written_out_row_by_row(name, written, rows):
    (head,) = attention(f"{name} = {written}").resolved_heads(3)
    assert getattr(head, name) == rows
    others = {"query", "key", "value"} - {name}
    assert all(getattr(head, other) == IDENTITY for other in others)


def test_multiples_of_the_identity_are_known_as_such():
    (head,) = attention("query = 2\nvalue = -1").all_heads
    assert head.multiples == (2.0, 1.0, -1.0)


def test_a_diagonal_is_no_multiple_of_the_identity():
    (head,) = attention("key = [1, 1, 1]").all_heads
    assert head.multiples is None


def test_heads_keep_their_order():
    heads = attention("[[attention.heads]]\nbeta = -1").resolved_heads(3)
    assert [head.beta for head in heads] == [4.0, -1.0]
