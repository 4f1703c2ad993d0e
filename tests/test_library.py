"""The bundled cases can be found, read, and tell what they are for."""

import shutil

import pytest

from kinetic import library
from kinetic.case import Case
from kinetic.errors import CaseError

NAMES = (
    "growth_circle",
    "high_dimension",
    "poisson_circle",
    "poisson_sphere",
    "poisson_zonal_d64",
    "softmax_sphere",
    "unnormalised_circle",
)


def test_the_first_cases_are_bundled_in_order_of_their_names():
    found = list(library.bundled())
    assert set(NAMES) <= set(found)
    assert found == sorted(found)


@pytest.mark.parametrize("name", library.bundled())
def test_every_bundled_case_is_valid(name):
    case = Case.read(library.bundled()[name])
    assert case.name == name


@pytest.mark.parametrize("name", library.bundled())
def test_every_bundled_case_says_why_it_exists(name):
    assert library.bundled()[name].read_text(encoding="utf-8").startswith("# ")


@pytest.mark.parametrize("name", library.bundled())
def test_the_purpose_is_the_title(name):
    assert library.purpose(name) == Case.read(library.bundled()[name]).title


def test_a_case_that_is_not_bundled_is_refused_with_the_list():
    with pytest.raises(CaseError, match=r"no bundled case 'absent'; there are: cap, "):
        library.purpose("absent")


def test_an_installed_package_has_its_own_cases(tmp_path, monkeypatch):
    package = tmp_path / "kinetic"
    (package / "bundled").mkdir(parents=True)
    (tmp_path / "cases").mkdir()
    shutil.copy(library.bundled()["poisson_circle"], package / "bundled" / "inside.toml")
    monkeypatch.setattr(library, "files", lambda name: tmp_path / name)
    assert list(library.bundled()) == ["inside"]


def test_an_installation_without_cases_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(library, "files", lambda name: tmp_path / name)
    with pytest.raises(CaseError, match="install kinetic again"):
        library.bundled()
