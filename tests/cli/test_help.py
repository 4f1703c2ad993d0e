"""Examples in the help texts can be run as they stand: the cases and sweeps that they name are bundled."""

import re
from importlib import import_module
from pathlib import Path

import pytest

import kinetic.cli
from kinetic.library import bundled, bundled_sweeps

MODULES = sorted(path.stem for path in Path(kinetic.cli.__file__).parent.glob("*.py") if path.stem != "__init__")
EXAMPLE = re.compile(r"^ +kinetic (?:run|validate|stationary|sweep|cases --copy) ([a-z0-9_]+)(?= |$)", re.MULTILINE)


def examples():
    for name in MODULES:
        texts = vars(import_module(f"kinetic.cli.{name}")).values()
        yield from (example for text in texts if isinstance(text, str) for example in EXAMPLE.findall(text))


@pytest.mark.parametrize("example", sorted(set(examples())))
def test_an_example_names_what_is_bundled(example):
    assert example in {*bundled(), *bundled_sweeps()}


def test_there_are_examples():
    assert len(set(examples())) > 3
