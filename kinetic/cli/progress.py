"""The progress bar of a run, on standard error.

Responsible for what is drawn and for nothing being drawn where nobody sees it. Refuses to know how a run is done: it is
told now and then where the run is.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, ProgressColumn, Task
from rich.progress import Progress as Display
from rich.table import Column
from rich.text import Text

from kinetic.job import Progress

REFRESHES_PER_SECOND = 5


def where(progress: Progress, rate: float | None, elapsed: float, remaining: float | None) -> str:
    """Write where a run is, short enough for a bar beside it in eighty columns.

    Parameters
    ----------
    progress : Progress
        Latest news of the run.
    rate : float, optional
        Simulated time per second.
    elapsed, remaining : float
        Seconds; the latter None while it cannot be told.

    Returns
    -------
    str
        Simulated time of the end, percentage, order parameter R, degree (in other charts the first of their sizes),
        rate, elapsed and remaining time.
    """
    left = "-:--" if remaining is None else _clock(remaining)
    sizes = ", ".join(f"{name} {size}" for name, size in list(progress.layout.items())[:1])
    speed = "-" if rate is None else f"{rate:.2g}"
    percentage = int(100 * progress.time / progress.end)  # 100 only at the end
    return (
        f"t = {progress.time:.4g}/{progress.end:g} {percentage:3d}%  R = {progress.order_parameter:.4f}  "
        f"{sizes}  {speed}/s  {_clock(elapsed)}, {left} left"
    )


def _clock(seconds: float) -> str:
    """Minutes and seconds, hours where there are any."""
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02d}:{second:02d}" if hours else f"{minute}:{second:02d}"


class _Where(ProgressColumn):
    """The text beside the bar."""

    def render(self, task: Task) -> Text:
        """Write where the run is, or that it begins."""
        progress = task.fields["progress"]
        if progress is None:
            return Text("preparing")
        return Text(where(progress, task.speed, task.elapsed or 0.0, task.time_remaining))


@contextmanager
def progress_bar(end: float, note: str, *, drawn: bool) -> Iterator[Callable[[Progress], None] | None]:
    """Show a progress bar while a run goes on, and remove it afterwards.

    Parameters
    ----------
    end : float
        Simulated time of the end.
    note : str
        Which of several runs this is: a line above the bar, if not empty.
    drawn : bool
        Whether to draw at all.

    Yields
    ------
    callable or None
        What to call with the news of the run; None where nothing is drawn.
    """
    console = Console(stderr=True, highlight=False)
    if not drawn or console.is_dumb_terminal:
        yield None
        return
    if note:
        console.print(note, markup=False)
    display = Display(
        BarColumn(bar_width=None, table_column=Column(ratio=1)),
        _Where(table_column=Column(no_wrap=True)),
        console=console,
        transient=True,
        expand=True,
        refresh_per_second=REFRESHES_PER_SECOND,
        redirect_stdout=False,
    )
    with display:
        task = display.add_task("", total=end, progress=None)
        yield lambda news: display.update(task, completed=news.time, progress=news)
