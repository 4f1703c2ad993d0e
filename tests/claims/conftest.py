"""What goes wrong in the examination of a claim becomes a reason in a run; in these tests it is an error."""

import pytest

from kinetic.claims import claim


def raised(error):
    raise error


@pytest.fixture(autouse=True)
def _no_defect_is_told_as_a_reason(request, monkeypatch):
    if "defects_are_told" not in request.fixturenames:
        monkeypatch.setattr(claim, "failed", raised)


@pytest.fixture
def defects_are_told():
    """Ask for what runs do: a defect is a reason."""
