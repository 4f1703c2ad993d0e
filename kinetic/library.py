"""The bundled cases and sweeps: which there are and what each is for.

Responsible for finding their files, in an installed package or in a source checkout. It reads nothing of them but
their titles.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path

from kinetic.errors import CaseError
from kinetic.files import path_of


def bundled() -> dict[str, Path]:
    """List the bundled cases.

    Returns
    -------
    dict of str to pathlib.Path
        ``bundled()[name]`` is the TOML file of that stem; sorted by name.

    Raises
    ------
    CaseError
        If the installation lost its cases.
    """
    found = {path.stem: path for path in _folder().glob("*.toml")}
    return dict(sorted(found.items()))


@dataclass(frozen=True)
class Group:
    """Bundled cases that belong together.

    Parameters
    ----------
    name : str
        What they are about.
    durations : dict of str to str
        How long each takes, by name: the nearest of `DURATIONS` to the processor time of `kinetic run`, start
        included, that `python tests/cases/durations.py` measured; empty for a case that was never measured.
    """

    name: str
    durations: dict[str, str]


DURATIONS = {"1 s": 1, "3 s": 3, "10 s": 10, "30 s": 30, "1 min": 60, "3 min": 180, "10 min": 600, "30 min": 1800}
"""The classes of durations, and their seconds."""


def groups() -> list[Group]:
    """Return the bundled cases by what they are about, the ones to start with first.

    Raises
    ------
    CaseError
        If the installation lost its cases.
    """
    import json

    known = json.loads((_folder() / "groups.json").read_text(encoding="utf-8"))
    there = bundled()
    found = [
        Group(name, {case: took for case, took in cases.items() if case in there}) for name, cases in known.items()
    ]
    rest = [case for case in there if not any(case in group.durations for group in found)]
    return [*found, Group("Others", dict.fromkeys(rest, ""))] if rest else found


def find(name: str | Path) -> Path:
    """Return the file of a case: a file of that path if there is one, otherwise the bundled case of that name.

    Raises
    ------
    CaseError
        If there is neither; with the nearest bundled name.
    """
    return _located(name, bundled(), "case", "kinetic cases")


def find_sweep(name: str | Path) -> Path:
    """Return the file of a sweep: a file of that path if there is one, otherwise the bundled sweep of that name.

    Raises
    ------
    CaseError
        If there is neither; with the nearest bundled name.
    """
    return _located(name, bundled_sweeps(), "sweep", "kinetic sweep --list")


def _located(name: str | Path, library: Mapping[str, Path], what: str, listing: str) -> Path:
    """Return a path that exists, or else the file of that name in a library."""
    path, text = path_of(name, what, CaseError), str(name)
    if path.exists() and not (path.is_dir() and text in library):
        return path
    if text in library:
        return library[text]
    raise CaseError(f"{text}: no such file and no bundled {what}{nearest(path.stem, library)}; {listing} lists them")


def nearest(name: str, library: Mapping[str, Path]) -> str:
    """Return ` (did you mean …?)` with the name in a library that is most like this one, or nothing."""
    close = get_close_matches(name, library, n=1)
    return f" (did you mean {close[0]}?)" if close else ""


def bundled_sweeps() -> dict[str, Path]:
    """List the bundled sweeps.

    Returns
    -------
    dict of str to pathlib.Path
        ``bundled_sweeps()[name]`` is the TOML file of that stem; sorted by name.

    Raises
    ------
    CaseError
        If the installation lost its cases.
    """
    found = {path.stem: path for path in (_folder() / "sweeps").glob("*.toml")}
    return dict(sorted(found.items()))


def title_of(path: Path) -> str:
    """Return the title of a bundled case or sweep."""
    return str(tomllib.loads(path.read_text(encoding="utf-8"))["title"])


def purpose(name: str) -> str:
    """Return the one-line purpose of a bundled case: its title.

    Parameters
    ----------
    name : str
        A key of ``bundled()``.

    Returns
    -------
    str
        The title.

    Raises
    ------
    CaseError
        If there is no bundled case of that name.
    """
    cases = bundled()
    if name not in cases:
        raise CaseError(f"no bundled case {name!r}; there are: {', '.join(cases)}")
    return title_of(cases[name])


def _folder() -> Path:
    """Return the folder of the cases: inside the installed package, otherwise beside it in a checkout."""
    package = Path(str(files("kinetic")))
    for folder in (package / "bundled", package.parent / "cases"):
        if folder.is_dir():
            return folder
    raise CaseError("the bundled cases are missing from this installation; install kinetic again")
