"""What editors check by the schemas: every bundled case and sweep passes, misspelt keys do not."""

import tomllib

import jsonschema
import pytest
from command_line import called

from kinetic.case import schema
from kinetic.library import bundled, bundled_sweeps
from kinetic.sweep.json_schema import schema as sweep_schema

Validator = jsonschema.Draft202012Validator
CASES, SWEEPS = Validator(schema()), Validator(sweep_schema())
SWEEP = """
title = "A sweep"
[case.attention]
{key} = "softmax"
[[axes]]
key = "attention.beta"
{values}
"""


def faults(validator, text):
    return [error.message for error in validator.iter_errors(tomllib.loads(text))]


def test_the_schemas_are_schemas():
    for validator in (CASES, SWEEPS):
        Validator.check_schema(validator.schema)


@pytest.mark.parametrize(
    ("validator", "files"), [(CASES, bundled()), (SWEEPS, bundled_sweeps())], ids=["case", "sweep"]
)
def test_every_bundled_file_passes(validator, files):
    assert {name: found for name, path in files.items() if (found := faults(validator, path.read_text("utf-8")))} == {}


def test_a_template_may_lack_what_the_axes_give_but_not_misspell():
    assert faults(SWEEPS, SWEEP.format(key="normalization", values="values = [1.0]")) == []
    assert faults(SWEEPS, SWEEP.format(key="normalisation", values="values = [1.0]"))
    assert faults(SWEEPS, SWEEP.format(key="normalization", values="values = []"))
    assert faults(SWEEPS, SWEEP.format(key="normalization", values="valeus = [1.0]"))


def test_the_command_prints_them():
    assert '"kinetic sweep file"' in called("schema", "--sweep").output
    assert '"kinetic case file"' in called("schema").output
