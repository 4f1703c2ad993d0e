"""The table that a sweep ends with: the axes, what was asked for, and what there was no room for."""

import io

from rich.console import Console

from kinetic.sweep import Outcome, Sweep
from kinetic.sweep.summary import MOST_ROWS, summary
from kinetic.sweep.table import tabulate

TEXT = """
title = "A sweep"
case = "softmax_circle"
[[axes]]
key = "attention.beta"
start = 1.0
stop = 2.0
count = {count}
"""
CROSSING = '[[quantities]]\nname = "first"\nkind = "crossing"\nof = "order_parameter"\nabove = 0.5\n'


def shown(sweep, outcomes):
    stream = io.StringIO()
    Console(file=stream, width=80, highlight=False).print(summary(tabulate(sweep, outcomes)))
    return stream.getvalue()


def test_quantities_stand_beside_their_axes_and_the_status_where_it_matters():
    sweep = Sweep.parse(TEXT.format(count=2) + CROSSING)
    ended = {0: Outcome("finished", cells={"first": 0.25}), 1: Outcome("unresolved", cells={})}
    lines = shown(sweep, ended).splitlines()
    assert lines[0].split() == ["beta", "status", "first"]
    assert lines[2].split() == ["1", "finished", "0.25"]
    assert lines[3].split() == ["2", "unresolved", "-"]


def test_without_quantities_the_last_row_is_shown_and_long_tables_say_what_is_left_out():
    sweep = Sweep.parse(TEXT.format(count=MOST_ROWS + 3))
    ended = {i: Outcome("finished", finals={"order_parameter": 0.5}) for i in range(sweep.size)}
    text = shown(sweep, ended)
    assert "final_order_parameter" in text
    assert "3 more points: in the table" in text
    assert len(text.splitlines()) == MOST_ROWS + 3


def test_a_claim_that_says_nothing_somewhere_says_why():
    sweep = Sweep.parse(TEXT.format(count=3) + '[[quantities]]\nname = "rate"\nkind = "claim"\nof = "dirac_rate"\n')
    cells = {"rate_verdict": "not applicable", "rate_reason": "the run is too short"}
    passed = {"rate": 1.0, "rate_verdict": "pass", "rate_reason": ""}
    outcomes = {i: Outcome("finished", cells=passed if i == 1 else cells) for i in range(3)}
    text = " ".join(shown(sweep, outcomes).split())
    assert "rate: not applicable at 2 of 3 points: the run is too short" in text


def test_an_axis_of_tables_keeps_to_one_line_a_point():
    bumps = ", ".join(f"[{{mean = [1.0, 0.0], concentration = {k}, weight = 1.0}}]" for k in (2.0, 3.0))
    axis = f'[[axes]]\nkey = "initial.components"\nvalues = [{bumps}]\n'
    text = 'title = "Means"\ncase = "softmax_circle"\n' + axis
    lines = shown(Sweep.parse(text), {i: Outcome("finished") for i in range(2)}).splitlines()
    assert "…" in lines[2]
    assert len(lines) == 4
