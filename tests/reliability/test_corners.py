"""At every corner of every numeric key a case is refused, runs with finite rows, or stops in words.

Each value of each key is tried once by default, in a context in which it means something. Some hours of processor time:
every value in every context on every kind of space, the runs bounded each, by

    pytest -m slow tests/reliability/test_corners.py -n 2
"""

import signal
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
from case.corners import CONTEXTS, DIMENSIONS, Base, bases, contexts, keys, values, with_value

from kinetic.assembly import build
from kinetic.case import Case
from kinetic.case.writing import document
from kinetic.errors import CaseError, NumericsError, RecordError
from kinetic.march import Row, march

THIN = 8
EVENTS = 6
"""Rows, snapshots and steps that are looked at: work is bounded by counting, not by a clock."""

SIZES = {"degree": 64, "max_degree": 64, "elements": 64, "element_order": 16, "count": 64}
"""Work grows with these, which is what they are for: larger ones are read and not run."""

OUTCOMES = {"refused", "large", "stopped", "ran"}
FINITE = ("time", "mass", "mean", "order_parameter", "order_deficit", "energy", "spectral_tail")
KEYS = list(keys())
BASES = bases()
# on the sphere a right-hand side of these takes tenths of a second to seconds
DEAR = [base for base in BASES if base.kind == "sphere" and (base.chart, base.scheme) != ("harmonic", "post")]


def outcome(data, large=False):
    """Read, build and march a case a little, or read it only; anything but words or finite rows is an error."""
    try:
        case = Case.parse(document(data))
    except CaseError:
        return "refused"
    if large:
        return "large"
    try:
        for event in islice(march(build(case)), EVENTS):
            if isinstance(event, Row):
                found = {name: event.values[name] for name in FINITE if name in event.values}
                assert all(np.all(np.isfinite(value)) for value in found.values()), found
                assert not any(np.any(np.isposinf(value)) for value in event.values.values()), event.values
    except (CaseError, RecordError):
        return "refused"
    except NumericsError as stop:
        return "stopped" if str(stop) else "silent"
    return "ran"


def at(base, key, value):
    """Return the outcome of a case with one key at a corner."""
    return outcome(
        with_value(base, key, value), large=value > SIZES.get(key.path[-1], np.inf) if np.isscalar(value) else False
    )


def covering(cheap):
    """Give each value of each key one case, so that the values of a key go through all the combinations in turn."""
    for i, key in enumerate(KEYS):
        longest = max(len(list(values(key.schema, d))) for d in DIMENSIONS.values())
        known = contexts(key)
        for j in range(longest):
            base = replace(cheap[(5 * i + 7 * j) % len(cheap)], context=known[j % len(known)])
            found = list(values(key.schema, DIMENSIONS[base.kind]))
            if _thins(key, found[j % len(found)]) and j % THIN:
                continue
            yield key, base, found[j % len(found)]


def _thins(key, value):
    """Whether one value of several will do: tables over time, and densities that `initial` is walked with, too."""
    return isinstance(value, dict) or key.path[:2] == ("label", "slices")


@contextmanager
def bounded(seconds):
    """Raise an error after that much processor time: longer work is what a user would call a hang."""

    def late(*_):
        raise AssertionError(f"still at work after {seconds} s of processor time")

    before = signal.signal(signal.SIGVTALRM, late)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


CHEAP = [
    base for base in BASES if base not in DEAR and (base.chart == "harmonic" or base.scheme in ("post", "ln_scaling"))
]


@pytest.mark.parametrize("key", KEYS, ids=str)
def test_the_corners_of_a_key(key):
    walked = [(base, value) for of, base, value in covering(CHEAP) if of is key]
    found = {repr((base, value)): at(base, key, value) for base, value in walked}
    assert set(found.values()) <= OUTCOMES


FOUND = [  # by walks over more combinations than the default one
    (("circle", "harmonic", "none", "ln_scaling", "matrices"), "output.save_every", 1.0),
    (("circle", "harmonic", "softmax", "post", "linear"), "label.slices.0.initial.mean (linear)", [1e-320, 1e-320]),
    (("zonal", "mercator", "softmax", "ln_scaling", "linear"), "initial.terms.0.degree (harmonics)", 2),
    (("zonal", "auto", "softmax", "post", "polynomial"), "initial.slope (linear)", -0.9999999999999998),
]


@pytest.mark.parametrize(("base", "name", "value"), FOUND)
def test_corners_that_once_ended_in_a_traceback(base, name, value):
    key = next(key for key in KEYS if str(key) == name)
    assert at(Base(*base), key, value) in {"ran", "stopped"}


@pytest.mark.slow
@pytest.mark.parametrize("kind", DIMENSIONS)
@pytest.mark.parametrize("context", CONTEXTS)
def test_the_corners_of_every_key_in_every_context(context, kind):
    """In the combinations whose plain case runs, or none where the context is refused on that kind of space."""
    of_kind = [replace(base, context=context) for base in BASES if base.kind == kind]
    able = [base for base in of_kind if outcome(base.data()) == "ran"]
    for base in able:
        for key in KEYS:
            for value in values(key.schema, DIMENSIONS[kind]):
                with bounded(120.0):
                    assert at(base, key, value) in OUTCOMES, (base, key, value)


@pytest.mark.parametrize("context", sorted({context for key in KEYS for context in contexts(key)}))
def test_the_plain_case_of_every_context_runs(context):
    kinds = ("circle", "sphere") if context else ("zonal",)
    found = [replace(base, context=context) for base in CHEAP if base.kind in kinds and base.chart == "harmonic"]
    assert outcome(next(base for base in found if base.scheme == "post").data()) == "ran"


@pytest.mark.parametrize(
    "base", [base for base in CHEAP if base.scheme == "post"], ids=lambda b: "-".join(vars(b).values())
)
def test_the_plain_case_of_every_combination_runs(base):
    """A walk over cases that are all refused would find nothing."""
    assert outcome(base.data()) == "ran"


def test_every_table_of_the_schema_is_walked():
    found = {key.path[0] for key in KEYS}
    assert {"space", "attention", "layer_norm", "noise", "initial", "time", "output", "claims"} <= found
    assert {"beta", "end", "diffusion", "concentration", "angle", "rate"} <= {key.path[-1] for key in KEYS}


def test_a_run_that_never_arrives_stops_in_words():
    text = document({**BASES[0].data(), "attention": {"normalization": "none", "beta": 100.0}})
    case = Case.parse(text, ["space.kind=circle", "space.chart=harmonic", "space.degree=64", "layer_norm.scheme=post"])
    events = islice(march(build(case)), 10_000)
    with pytest.raises(NumericsError):
        list(events)
