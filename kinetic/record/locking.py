"""One writer at a time: a lock of the operating system that ends with its process.

Responsible for refusing a second process (or a second run in the same process) that would write the same file. Refuses
to know what is written.

The lock is held on a hidden empty file beside the target, not on the target itself, which is replaced as a whole at
every write. A process that is killed loses its lock at once, whatever it leaves behind: no lock is ever stale.
"""

import errno
import hashlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from kinetic.errors import RecordError

SUFFIX = ".lock"
# File systems without locks (some parallel ones, as mounted) leave no choice but to go on without.
UNSUPPORTED = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL}
HELD = {errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EDEADLK}


@contextmanager
def locked(path: str | Path) -> Iterator[None]:
    """Hold the right to write a file for the length of a `with` block.

    Parameters
    ----------
    path : path
        The file that will be written; it need not exist. Missing folders are made. Symbolic links are followed, so that
        two names of one file exclude each other.

    Raises
    ------
    RecordError
        At once, if another process holds it, or if the folder cannot be written to.

    Notes
    -----
    `flock` on a file that is never renamed: Linux carries it to the server of a network file system, so that processes
    on two machines exclude each other too. A file system that knows no locks at all grants every request.
    """
    target = _resolved(path)
    # The stem is cut because a file's name may have 255 bytes, and the record's may have used them.
    file = target.with_name(f".{target.name[:40]}{_distinction(target.name)}{SUFFIX}")
    descriptor = _hold(file, path)
    try:
        yield
    finally:
        # Removed while it is still held: whoever opened it meanwhile finds that it is no longer the file of that name.
        with suppress(OSError):
            file.unlink()
        os.close(descriptor)


def _resolved(path: str | Path) -> Path:
    """Follow symbolic links."""
    try:
        return Path(path).resolve()
    except (OSError, RuntimeError) as error:
        raise RecordError(f"{path}: cannot write the record: {error}; choose another output folder") from error


def _distinction(name: str) -> str:
    """Tell apart names that are cut."""
    digest = hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()
    return "" if len(name) <= 40 else f".{digest[:16]}"


def _hold(file: Path, shown: str | Path) -> int:
    """Open and lock the file; the lock lasts until the descriptor is closed."""
    while True:
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o666)
        except OSError as error:
            raise RecordError(
                f"{shown}: cannot write the record: {error.strerror or error}; choose another output folder"
            ) from error
        try:
            _lock(descriptor)
            if _is_still(file, descriptor):
                return descriptor
        except OSError as error:
            os.close(descriptor)
            if error.errno in HELD:
                raise RecordError(
                    f"{shown}: another process is writing it; wait for that to end, or choose another output folder"
                ) from None
            raise RecordError(
                f"{shown}: cannot lock the record: {error.strerror or error}; choose another output folder"
            ) from error
        else:
            os.close(descriptor)  # its last holder removed it between our opening and our locking


def _is_still(file: Path, descriptor: int) -> bool:
    """Whether a name still belongs to the file that was opened under it."""
    try:
        named = file.stat()
    except FileNotFoundError:
        return False
    opened = os.fstat(descriptor)
    return (named.st_dev, named.st_ino) == (opened.st_dev, opened.st_ino)


def _lock(descriptor: int) -> None:
    """Ask for the lock without waiting."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno not in UNSUPPORTED:
            raise
