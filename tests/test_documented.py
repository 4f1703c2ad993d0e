"""Every public method says what it does, by its own docstring or by that of the contract which it overrides."""

import importlib
import inspect
import pkgutil
from functools import cached_property

import kinetic

KINDS = (property, cached_property, staticmethod, classmethod)


def said(member):
    """The docstring of any kind of method."""
    inner = getattr(member, "fget", None) or getattr(member, "func", None) or getattr(member, "__func__", member)
    return getattr(inner, "__doc__", None)


def undocumented(owner):
    """Names of the public methods of a class that neither it nor a class that it inherits from describes."""
    for name, member in vars(owner).items():
        if name.startswith("_") or not (inspect.isfunction(member) or isinstance(member, KINDS)):
            continue
        if not any(said(vars(base)[name]) for base in owner.__mro__ if name in vars(base)):
            yield f"{owner.__module__}.{owner.__name__}.{name}"


def classes():
    """The public classes of all modules."""
    for found in pkgutil.walk_packages(kinetic.__path__, "kinetic."):
        if not found.name.endswith("__main__"):
            for name, thing in vars(importlib.import_module(found.name)).items():
                if inspect.isclass(thing) and thing.__module__ == found.name and not name.startswith("_"):
                    yield thing


def test_every_public_method_is_documented():
    assert [missing for owner in classes() for missing in undocumented(owner)] == []


class Contract:
    def described(self):
        """Return what is described."""

    @property
    def length(self):
        """The length."""


class Body(Contract):
    length = cached_property(lambda _: 1.0)

    def described(self):
        return 1

    def silent(self):
        return 2


def test_a_method_that_no_contract_describes_is_found():
    assert list(undocumented(Body)) == [f"{__name__}.Body.silent"]
