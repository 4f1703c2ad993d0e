"""Files that a command leaves behind for people: refused where they would replace something, whole or not at all.

Responsible for the name under which a file is made and for the move onto its own name. Refuses to know what is in it.
"""

import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from kinetic.errors import KineticError, RecordError


def refuse_existing(paths: Iterable[Path], *, overwrite: bool, source: Path) -> None:
    """Refuse to write where a file stands, before anything is computed.

    Parameters
    ----------
    paths : iterable of pathlib.Path
        Files to be written.
    overwrite : bool
        Whether existing ones may be replaced.
    source : pathlib.Path
        The record that they are made from, which is never replaced.

    Raises
    ------
    RecordError
        Naming the first that is in the way.
    """
    for path in paths:
        if path.is_dir():
            raise RecordError(f"{path}: a folder; name a file in it")
        if path.exists() and source.exists() and path.samefile(source):
            raise RecordError(f"{path}: that is the record itself; choose another name")
        if path.exists() and not overwrite:
            raise RecordError(f"{path}: exists already; replace it with overwrite=True or choose another name")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a hidden name of the same ending beside a file, and move what was written there onto the file.

    Where the body fails, or is interrupted, the file stays as it was and nothing is left beside it.

    Parameters
    ----------
    path : pathlib.Path
        The file; missing folders are made.

    Raises
    ------
    RecordError
        Where the system does not let it be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with hidden_beside(path, path.suffix) as temporary:
            yield temporary
            temporary.replace(path)
    except OSError as error:
        raise RecordError(
            f"{path}: cannot be written: {error.strerror or error}; free space, or choose another name"
        ) from error


@contextmanager
def hidden_beside(path: Path, ending: str) -> Iterator[Path]:
    """Give a hidden name beside a file, and see that no file of that name stays, interruptions included."""
    # The name is cut because it may have 255 bytes, and the file's own may have used them.
    temporary = path.with_name(f".{path.name[:40]}.{secrets.token_hex(8)}{ending}")
    try:
        yield temporary
    finally:
        with suppress(OSError):  # after a move there is nothing left to remove
            temporary.unlink(missing_ok=True)


def path_of(given: Any, what: str, error: type[KineticError]) -> Path:
    """Return a path.

    Raises
    ------
    KineticError
        Of the given type, if it is neither a text nor a path.
    """
    if isinstance(given, str | PathLike) and "\0" not in fspath(given):
        return Path(given)
    raise error(f"{what}: received {ascii(given)[:60]}; cannot be read as a path; must be a text or a pathlib.Path")
