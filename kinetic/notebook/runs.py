"""`kinetic.run` and `kinetic.load`: what a script or a notebook calls."""

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kinetic import assembly, job
from kinetic.case import Case
from kinetic.job import Progress
from kinetic.notebook.record import Record

_REDRAWN = 0.3  # seconds between two pictures of the progress


def run(
    case: Case | str | Path,
    output: str | Path | None = None,
    *,
    resume: bool = False,
    overwrite: bool = False,
    progress: Callable[[Progress], None] | None = None,
    quiet: bool = False,
    observables: Mapping[str, Callable[[Any], Any]] | None = None,
) -> Record:
    """Run a case and return its record, which is also written to a file.

    Parameters
    ----------
    case : Case, path or str
        A case, the path of a case file, or the name of a bundled case.
    output : path, optional
        Folder of the record, which is `<case name>.h5` in it; default `output` in the working folder. Made if absent.
    resume : bool
        Continue an existing record from its checkpoint, bit for bit as if it had never stopped; a finished one to a
        later `time.end`. Rows and snapshots go on at the spacing of the record where the case gives none.
    overwrite : bool
        Replace an existing record.
    progress : callable, optional
        Called after every step. If absent, a notebook shows a bar.
    quiet : bool
        Show no bar.
    observables : mapping of str to callable, optional
        Observables of your own by name: functions of the density (see `kinetic.density.Body`) that return a number, or
        an array of a shape that never changes. They are in the record beside the others, at every row; a run that is
        resumed needs the same ones.

    Returns
    -------
    Record
        Status "finished", or "unresolved" or "blowup" with the reason in `message`: that the numerics stop a run is a
        result, not an exception.

    Raises
    ------
    CaseError
        If there is no such case, or it cannot be built; nothing is written then.
    DomainError
        If an observable of your own has a name that is taken, fails, or returns anything but numbers of one shape; what
        the run had reached is in the record then, with status "interrupted".
    RecordError
        If a record is in the way and neither `resume` nor `overwrite` is given, if it belongs to another case, if
        another process is writing it, or if it cannot be written.
    KeyboardInterrupt
        After the record has been written with status "interrupted".
    """
    with _bar(wanted=progress is None and not quiet) as shown:
        found = job.run(
            case, output, resume=resume, overwrite=overwrite, progress=shown or progress, observables=observables
        )
    return Record.of(found)


def load(path: str | Path) -> Record:
    """Return the record of a file, whose densities can be evaluated.

    Raises
    ------
    RecordError
        If the file is not a readable record.
    """
    return Record.of(assembly.load(path))


@contextmanager
def _bar(*, wanted: bool) -> Iterator[Callable[[Progress], None] | None]:
    """Yield what shows the progress of a run in a notebook, or None outside of one."""
    display = _display() if wanted else None
    if display is None:
        yield None
        return
    handle = display({"text/plain": ""}, raw=True, display_id=True)
    drawn = 0.0

    def show(progress: Progress) -> None:
        nonlocal drawn
        now = time.monotonic()
        if now - drawn > _REDRAWN:
            drawn = now
            handle.update(_bundle(progress), raw=True)

    try:
        yield show
    finally:
        handle.update({"text/plain": "", "text/html": ""}, raw=True)


def _bundle(progress: Progress) -> dict[str, str]:
    """Return a progress bar as a notebook shows it, and as text."""
    text = f"t = {progress.time:.4g} of {progress.end:g}, R = {progress.order_parameter:.4f}"
    bar = f'<progress value="{progress.time:.6g}" max="{progress.end:.6g}" style="width: 20em"></progress>'
    return {"text/plain": text, "text/html": f"{bar} {text}"}


def _display() -> Any:
    """Return IPython's display where this runs in the kernel of a notebook, otherwise None."""
    interactive = sys.modules.get("IPython")
    shell = interactive.get_ipython() if interactive is not None else None
    if shell is None or not hasattr(shell, "kernel"):
        return None
    from importlib import import_module

    return import_module("IPython.display").display
