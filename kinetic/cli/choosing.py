"""From what a user typed to cases that can be run.

Responsible for finding a case by path or by name, and for refusing all that is refused before anything is computed or
written. Refuses to know how a case is run.
"""

import errno
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from kinetic.cli.terminal import BAD_INPUT, complain
from kinetic.errors import KineticError, RecordError
from kinetic.library import find

if TYPE_CHECKING:
    from kinetic.case import Case
    from kinetic.problem import Problem


def read(name: str, settings: Sequence[str]) -> "Case":
    """Read a case.

    Parameters
    ----------
    name : str
        Path of a case file or name of a bundled case.
    settings : sequence of str
        Assignments ``key.path=value``.

    Raises
    ------
    CaseError
        If there is no such case, or it says something that no case can say.
    """
    from kinetic.case import Case

    return Case.read(find(name), settings)


@contextmanager
def named(name: str) -> Iterator[None]:
    """Put the name of a case in front of what building it complains about."""
    try:
        yield
    except KineticError as error:
        raise type(error)(f"{name}: {error}") from error


def read_all(names: Sequence[str], settings: Sequence[str]) -> list[tuple["Case", "Problem | None"]]:
    """Read all cases and build them, as a run would, and tell of every one that is bad.

    Returns
    -------
    list of (Case, Problem or None)
        The problem of a single case, for its run; of several none, so that they are not all in memory at once.

    Raises
    ------
    typer.Exit
        With status 2, if any is bad.
    """
    cases: list[tuple[Case, Problem | None]] = []
    good = True
    for name in names:
        try:
            case = read(name, settings)
            from kinetic.assembly import build

            with named(name):
                problem = build(case)
        except KineticError as error:
            complain(str(error))
            good = False
        else:
            cases.append((case, problem if len(names) == 1 else None))
    if not good:
        raise typer.Exit(BAD_INPUT)
    return cases


def record_of(case: "Case", output: Path) -> Path:
    """Return the path of the record of a case."""
    return output / f"{case.name}.h5"


def require_folder(output: Path) -> None:
    """Make the folder of the records, so that a run does not find at its end that it cannot be written.

    Raises
    ------
    RecordError
        If it cannot be made, nothing can be written into it, or it is named like a record.
    """
    if output.suffix == ".h5" and not output.is_dir():
        raise RecordError(
            f"{output}: received the name of a record; --output names a folder, and its case names the record"
        )
    try:
        output.mkdir(parents=True, exist_ok=True)
        if not os.access(output, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        raise RecordError(
            f"{output}: no record can be written there: {error.strerror}; choose another folder with --output"
        ) from None


def refuse_conflicts(cases: Sequence["Case"], output: Path, *, replaces: bool) -> None:
    """Refuse to write two records of one name, or one in the place of another.

    Parameters
    ----------
    cases : sequence of Case
    output : pathlib.Path
        Folder of the records.
    replaces : bool
        Whether an existing record may be continued or replaced.

    Raises
    ------
    RecordError
        Naming the first record that is in the way.
    """
    taken: set[Path] = set()
    for path in (record_of(case, output) for case in cases):
        if path in taken:
            raise RecordError(f"{path}: two of the cases would write this record; run them into different --output")
        if path.exists() and not replaces:
            raise RecordError(f"{path}: the record exists; continue it with --resume or replace it with --overwrite")
        taken.add(path)
