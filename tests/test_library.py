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


def test_every_bundled_case_is_in_one_group_and_was_measured():
    # a new case: put it into a group of cases/groups.json, then python tests/cases/durations.py NAME
    found = [(case, took) for group in library.groups() for case, took in group.durations.items()]
    assert sorted(case for case, _ in found) == list(library.bundled())
    assert [case for case, took in found if took not in library.DURATIONS] == []
    assert library.groups()[0].name == "Start here"


def test_a_case_that_is_in_no_group_is_listed_all_the_same(tmp_path, monkeypatch):
    folder = tmp_path / "cases"
    shutil.copytree(library.bundled()["softmax_sphere"].parent, folder)
    (folder / "new.toml").write_text((folder / "softmax_sphere.toml").read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "growth_circle.toml").unlink()
    monkeypatch.setattr(library, "_folder", lambda: folder)
    groups = library.groups()
    assert groups[-1] == library.Group("Others", {"new": ""})
    assert "growth_circle" not in groups[0].durations
