"""A file replaced in one move: whoever is killed at any instant leaves the previous or the new one, whole.

The bytes go to a hidden sibling, are flushed to the device, and are then moved onto the file's name.
"""

import os
from contextlib import suppress
from pathlib import Path

from kinetic.files import hidden_beside

SUFFIX = ".partial"
STALE_SECONDS = 3600.0  # a sibling is written in seconds: one of this age was left by a process that was killed


def replace_file(path: str | Path, image: bytes) -> None:
    """Put bytes in the place of a file in one indivisible move.

    Parameters
    ----------
    path : path
        The file, which need not exist; missing folders are made, a symbolic link is followed.
    image : bytes
        All that the file will hold.

    Raises
    ------
    OSError
        Where it cannot be written; an earlier file of that name is then intact, and no temporary file is left.
    """
    target = Path(path).resolve()
    target.parent.mkdir(parents=True, exist_ok=True)
    with hidden_beside(target, SUFFIX) as temporary:
        with temporary.open("xb") as stream:
            stream.write(image)
            stream.flush()
            os.fsync(stream.fileno())
        _remove_stale(temporary)
        temporary.replace(target)
    _flush_folder(target.parent)


def _remove_stale(temporary: Path) -> None:
    """Remove the siblings that killed processes left; ages are read on the clock that stamped the new one."""
    prefix = temporary.name[: -len(SUFFIX) - 16]
    with suppress(OSError):
        now = temporary.stat().st_mtime
        for other in temporary.parent.iterdir():
            ours = other.name.startswith(prefix) and other.name.endswith(SUFFIX)
            if ours and now - other.stat().st_mtime > STALE_SECONDS:
                other.unlink()


def _flush_folder(folder: Path) -> None:
    """Flush the move itself to the device, where the system lets folders be flushed."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
