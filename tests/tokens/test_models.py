"""Tokens feel what the density feels, in every model: agreement to 3/√N, and no key is ever ignored.

R of N tokens at the start is a mean of N cosines, of standard deviation below 1/2 for the data below (on the circle
R = 0.60 and Var cos θ = 1 − R/1.5 − R² = 0.24; less in higher dimension), plus O(1/N). The flows gather tokens, and
amplify a deviation of R by less than two meanwhile: 3/√N is at least three standard deviations, and seeds are fixed.
"""

from typing import Any

import numpy as np
import pytest
from pydantic import create_model

from kinetic import job
from kinetic.case import Case
from kinetic.case.file import CaseFile
from kinetic.errors import DomainError
from kinetic.tokens import follow_tokens
from kinetic.tokens.model import KNOWN, TABLES, model_of, said

SPACES = {
    "circle": ('kind = "circle"\ndegree = 96', "mean = [0.6, 0.8]"),
    "sphere": ('kind = "sphere"\ndegree = 31', "mean = [0.6, 0.0, 0.8]"),
    "zonal 3": ('kind = "zonal"\ndimension = 3\ndegree = 40', ""),
    "zonal 6": ('kind = "zonal"\ndimension = 6\ndegree = 24', ""),
}
TEXT = """
title = "tokens"
[space]
{space}
[attention]
{attention}
{tables}
[initial]
kind = "von_mises_fisher"
concentration = 1.5
{mean}
[time]
end = {end}
tolerance = 1e-8
[output]
observe_every = {end}
save_every = {end}
"""
SOFTMAX, NONE = 'normalization = "softmax"\n', 'normalization = "none"\n'
ONE = SOFTMAX + "beta = 2.0"
TURNED = "{ beta = 2.0, query = [[1.0, 0.5], [0.0, 0.7]], key = [0.5, 1.0], value = [[1.0, -0.4], [0.4, 0.8]] }"
TURNED_3 = "{ beta = 1.5, query = [[1.0, 0.5, 0], [0, 0.7, 0], [0.2, 0, 1]], key = 0.9, value = [1.0, 0.5, 0.8] }"

NEURON = "neurons = [{{ weight = -0.4, direction = {}, bias = 0.3 }}]"
TABLE = "{ times = [0.2, 0.6], values = [1.5, -1.0] }"
CHANGING = (
    'neurons = [{ weight = { times = [0, 0.4], values = [1.5, -0.5], between = "hold" }, direction = [0.0, 1.0] }]'
)

MODELS = {
    "softmax": ("circle", ONE, ""),
    "none": ("circle", NONE + "beta = 1.0", ""),
    "negative": ("circle", SOFTMAX + "beta = -1.5", ""),
    "zero": ("sphere", SOFTMAX + "beta = 0.0", ""),
    "sphere": ("sphere", ONE, ""),
    "sphere none": ("sphere", NONE + "beta = 1.0", ""),
    "zonal 3": ("zonal 3", ONE, ""),
    "zonal 6": ("zonal 6", ONE, ""),
    "heads": ("circle", SOFTMAX + f"heads = [{TURNED}, {{ beta = -1.0, value = 0.5 }}]", ""),
    "heads none": ("circle", NONE + f"heads = [{{ beta = 1.0, key = 0.5 }}, {TURNED.replace('2.0', '-0.5')}]", ""),
    "heads sphere": ("sphere", SOFTMAX + f"heads = [{TURNED_3}]", ""),
    "heads zonal": ("zonal 3", SOFTMAX + "heads = [{ beta = 2.0, query = 0.5, value = 0.7 }, { beta = 1.0 }]", ""),
    "context": ("circle", ONE + "\ncontext_length = 3", ""),
    "context sphere": ("sphere", ONE + "\ncontext_length = 3", ""),
    "context zonal": ("zonal 6", ONE + "\ncontext_length = 4", ""),
    "pre": ("circle", ONE, '[layer_norm]\nscheme = "pre"\nradius = 1.4'),
    "pre sphere": ("sphere", ONE, '[layer_norm]\nscheme = "pre"'),
    "mix": ("circle", ONE, '[layer_norm]\nscheme = "mix"\nradius = 1.2\nswitch_time = 0.4'),
    "peri": ("circle", ONE, '[layer_norm]\nscheme = "peri"\nradius = 0.8'),
    "ngpt": ("circle", ONE, '[layer_norm]\nscheme = "ngpt"\nrate = 0.5'),
    "ngpt table": ("zonal 3", ONE, '[layer_norm]\nscheme = "ngpt"\nrate = [[0.0, 0.2], [1.0, 1.0]]'),
    "ln_scaling": ("circle", ONE, '[layer_norm]\nscheme = "ln_scaling"'),
    "ln_scaling sphere": ("sphere", ONE, '[layer_norm]\nscheme = "ln_scaling"'),
    "noise": ("circle", ONE, "[noise]\ndiffusion = 0.3"),
    "noise none": ("sphere", NONE + "beta = 1.0", "[noise]\ndiffusion = 0.2"),
    "noise zonal": ("zonal 6", ONE, "[noise]\ndiffusion = 0.2"),
    "relu": ("circle", SOFTMAX + 'kernel = "power"', ""),
    "square zonal": ("zonal 6", NONE + 'kernel = "power"\npower = 2', ""),
    "linear": ("sphere", NONE + 'kernel = "linear"\nheads = [{ value = [1.0, 0.5, 0.8] }]', ""),
    "polynomial": ("zonal 3", SOFTMAX + 'kernel = "polynomial"\ncoefficients = [1.5, 1.0]', ""),
    "truncated": ("circle", NONE + 'kernel = "truncated"\nbeta = 1.0\ncutoff = -0.5', ""),
    "frozen": ("circle", SOFTMAX + "beta = 3.0\nfrozen = true", ""),
    "frozen pairs": ("zonal 6", ONE + "\nfrozen = true", ""),
    "constant neuron": ("circle", ONE, '[perceptron]\nactivation = "constant"\n' + NEURON.format("[0.0, 1.0]")),
    "identity neuron": ("sphere", ONE, '[perceptron]\nactivation = "identity"\n' + NEURON.format("[0.0, 0.6, 0.8]")),
    "relu neuron": ("zonal 3", ONE, '[perceptron]\nactivation = "relu"\n' + NEURON.format("1")),
    "tanh neuron": ("zonal 6", ONE, '[perceptron]\nactivation = "tanh"\n' + NEURON.format("1")),
    "depth": ("circle", NONE + f"beta = {TABLE}", '[perceptron]\nactivation = "tanh"\n' + CHANGING),
    "depth noise": ("zonal 3", SOFTMAX + f"beta = {TABLE}", "[noise]\ndiffusion = 0.1"),
    "noise heads": ("circle", SOFTMAX + f"heads = [{TURNED}]", "[noise]\ndiffusion = 0.4"),
    "matrices": ("circle", ONE, '[common_noise]\nkind = "matrix"\nsymmetric = true\nstep = 0.1\nseed = 3'),
    "field": (
        "circle",
        ONE,
        '[common_noise]\nkind = "field"\ncovariance = [0.1, 0.3]\nstep = 0.1\nseed = 3',
    ),
    "row": ("circle", ONE, '[label]\nkind = "causal"\ndecay = 2.0\nelements = 1'),
    "window": ("sphere", ONE, '[label]\nkind = "window"\nwidth = 0.3\nelements = 1\norder = 2'),
    "gauss": ("circle", ONE, '[label]\nkind = "frequency"\nlaw = "gauss"\nscale = 0.8\ncenter = 0.5\ncount = 12'),
    "uniform": ("sphere", ONE, '[label]\nkind = "frequency"\nlaw = "uniform"\nscale = 1.0\ncount = 3'),
    "axes": ("sphere", ONE, '[label]\nkind = "frequency"\nlaw = "table"\nrates = [3.0]\naxes = 3'),
    "lorentz": ("circle", ONE, '[label]\nkind = "frequency"\nlaw = "lorentz"\nscale = 0.3\ncount = 12'),
    "table": ("circle", ONE, '[label]\nkind = "frequency"\nlaw = "table"\nrates = [-1.0, 2.0]\nweights = [3.0, 1.0]'),
    "values": ("circle", ONE, '[common_noise]\nkind = "values"\nstep = 0.1\nseed = 3\nstrength = 0.5'),
}
COUNT = 3000
COUNTS = {"zonal 6": 1000, "relu": 500, "truncated": 200, "square zonal": 500, "tanh neuron": 500}  # pairs
COUNTS |= {"row": 500, "window": 500}
END = 1.0


def case_of(name: str) -> Case:
    kind, attention, tables = MODELS[name]
    space, mean = SPACES[kind]
    return Case.parse(TEXT.format(space=space, mean=mean, attention=attention, tables=tables, end=END), (), "tokens")


@pytest.mark.parametrize("name", MODELS)
def test_tokens_follow_the_density_of_their_model(name, tmp_path):
    record = job.run(case_of(name), tmp_path)
    assert record.status == "finished"
    count = COUNTS.get(name, COUNTS.get(MODELS[name][0], COUNT))
    run = follow_tokens(record, count, 5)
    missed = np.abs(run.order_parameter - record.observables["order_parameter"]) * count**0.5
    print(f"{name}: {missed[-1]:.2f}/√N at R = {record.observables['order_parameter'][-1]:.4f}")
    assert np.all(missed < 3.0)


def test_the_models_are_told_apart(tmp_path):
    """The negative control: tokens of plain attention are not where the densities of other models are."""
    many = 20_000
    plain = follow_tokens(job.run(case_of("softmax"), tmp_path), many, 5).order_parameter[-1]
    others = ("negative", "none", "heads", "context", "pre", "mix", "ngpt", "ln_scaling", "noise")
    for name in (*others, "truncated", "constant neuron", "depth"):
        found = job.run(case_of(name), tmp_path / name).observables["order_parameter"][-1]
        assert abs(found - plain) * many**0.5 > 3.0, name


def test_every_key_that_is_known_is_in_a_model_above():
    """Whoever lets tokens feel a new key says so in KNOWN, and thereby owes the test above a model of it."""
    tried = {path: set() for path in KNOWN}
    for name in MODELS:
        for path, value in said(case_of(name).model):
            tried[path].add(value if isinstance(value, str) else type(value))
    tried["layer_norm.scheme"].add("post")  # defaults are never said
    tried["attention.kernel"].add("exponential")
    for path, allowed in KNOWN.items():
        assert tried[path], path
        if isinstance(allowed[0], str):
            assert tried[path] == set(allowed), path


@pytest.mark.parametrize("table", TABLES)
def test_a_key_that_tokens_do_not_know_is_refused(table):
    """Whatever keys the schema gains: one that is not known is refused by name."""
    model = case_of({"perceptron": "tanh neuron", "common_noise": "field", "label": "row"}.get(table, "softmax")).model
    given = getattr(model, table)
    grown_type = create_model("Grown", __base__=type(given), weirdness=(Any, None))
    grown = grown_type.model_construct(**dict(given), weirdness="some")
    changed = model.model_copy(update={table: grown})
    with pytest.raises(DomainError, match=f"tokens: {table}.weirdness: received 'some'"):
        model_of(Case(changed, "", (), "tokens"))


def test_a_new_table_is_refused():
    class More(CaseFile):
        unheard_of: Any = None

    given = case_of("softmax").model
    more = More.model_construct(**{name: getattr(given, name) for name in CaseFile.model_fields}, unheard_of={"a": 1})
    with pytest.raises(DomainError, match="tokens: unheard_of: received"):
        model_of(Case(more, "", (), "tokens"))


@pytest.mark.parametrize(
    ("path", "value"),
    [("attention.beta", {"times": [0.0], "values": [1.0]}), ("layer_norm.scheme", "sandwich")],
)
def test_a_known_key_with_a_value_of_a_new_kind_is_refused(path, value):
    table, key = path.split(".")
    given = case_of("softmax").model
    changed = given.model_copy(update={table: getattr(given, table).model_copy(update={key: value})})
    with pytest.raises(DomainError, match=path):
        model_of(Case(changed, "", (), "tokens"))
