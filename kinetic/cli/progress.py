"""How far a command is, on standard error: a line that is redrawn on a terminal, a line now and then in a file.

Responsible for what is shown, when, and that it is gone afterwards. Refuses to know what is computed: it is told now
and then how much of it is done.

    with shown("film", quiet=False) as tell:
        for i, frame in enumerate(frames):
            tell(i / len(frames), f"frame {i}")
"""

import os
import shutil
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TextIO

from kinetic.cli.forecast import Forecast

if TYPE_CHECKING:
    from kinetic.job import Progress

QUICK = 1.0  # seconds in which a command may end without having drawn anything
REDRAWN = 0.2  # seconds between two pictures of the line on a terminal
TOLD = 30.0  # seconds between two lines in a file
SHORTEST_BAR = 6  # columns; where there are fewer, there is no bar
RATE_OVER = 10.0  # seconds over which the rate of a run is measured


class Teller:
    """What a command tells how far it is; by itself it shows nothing.

    Calling it with a share, 0 to 1, or None where that is not known, and a few words costs next to nothing, so that it
    can be done at every step.
    """

    def __call__(self, share: float | None, text: str = "") -> None:
        """Note how much is done."""

    def above(self, write: Callable[[], None]) -> None:
        """Let something be written on standard error that stays."""
        write()


class _Line(Teller):
    """A line that a thread of its own draws, so that it lives while something else computes."""

    def __init__(self, label: str, stream: TextIO, *, terminal: bool) -> None:
        self.label, self.stream, self.terminal = label, stream, terminal
        self.began = time.monotonic()
        self.share: float | None = None
        self.text = "preparing"
        self.forecast = Forecast()
        self.lock, self.over, self.drawn = threading.Lock(), threading.Event(), False
        self.thread = threading.Thread(target=self._live, daemon=True)

    def __call__(self, share: float | None, text: str = "") -> None:
        with self.lock:
            self.share, self.text = share, text
            if share is not None:
                self.forecast.add(share, time.monotonic() - self.began)

    def above(self, write: Callable[[], None]) -> None:
        """Let something be written that stays, above the line that is redrawn."""
        with self.lock:
            self._erase()
            write()

    def end(self) -> None:
        """Take the line away."""
        self.over.set()
        self.thread.join()
        with suppress(OSError, ValueError):  # the terminal may be gone
            self._erase()

    def _live(self) -> None:
        pause = QUICK if self.terminal else TOLD
        while not self.over.wait(pause):
            try:
                with self.lock:
                    self._draw()
            except (OSError, ValueError):  # nobody reads any more: what is computed goes on
                return
            pause = REDRAWN if self.terminal else TOLD

    def _draw(self) -> None:
        elapsed = time.monotonic() - self.began
        left = self.forecast.remaining()
        words = line(self.label, self.share, self.text, elapsed, left)
        if self.terminal:
            columns = shutil.get_terminal_size().columns - 1
            bar = _bar(self.share, columns - len(words) - 2, self.stream.encoding)
            self.stream.write(f"\r{(bar + words)[:columns]}\x1b[K")
            self.drawn = True
        else:
            self.stream.write(words + "\n")
        self.stream.flush()

    def _erase(self) -> None:
        if self.drawn:
            self.stream.write("\r\x1b[K")
            self.stream.flush()
            self.drawn = False


def line(label: str, share: float | None, text: str, elapsed: float, left: float | None) -> str:
    """Write how far something is.

    Parameters
    ----------
    label, text : str
        What is computed, and where it is; either may be empty.
    share : float or None
        Of it that is done, 0 to 1.
    elapsed : float
        Seconds since it began.
    left : float or None
        Seconds that it will still take, if that can be told.

    Returns
    -------
    str
        Such as `film: frame 3   12%  0:12, 1:30 left`.
    """
    percent = "" if share is None else f"{int(100 * share):3d}%"  # 100 only at the end
    times = _clock(elapsed) + ("" if left is None else f", {_clock(left)} left")
    where = "  ".join(part for part in (text, percent, times) if part)
    return f"{label}: {where}" if label else where


def _clock(seconds: float) -> str:
    """Minutes and seconds, hours where there are any."""
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02d}:{second:02d}" if hours else f"{minute}:{second:02d}"


def _bar(share: float | None, columns: int, encoding: str) -> str:
    """Draw a bar of so many columns and two spaces, or nothing where there is no room or no share."""
    if share is None or columns < SHORTEST_BAR:
        return ""
    full, empty = ("━", "╌") if encoding.lower().startswith("utf") else ("#", "-")
    filled = round(share * columns)
    return full * filled + empty * (columns - filled) + "  "


@contextmanager
def shown(label: str, *, quiet: bool = False) -> Iterator[Teller]:
    """Show how far something is while it is computed, from its second second on.

    Parameters
    ----------
    label : str
        What is computed, in a word or two; may be empty.
    quiet : bool
        Show nothing.

    Yields
    ------
    Teller
        What to tell how much is done. Where standard error is no terminal, a line is written every half minute.
    """
    stream = sys.stderr
    if quiet or stream is None:
        yield Teller()
        return
    drawing = _Line(label, stream, terminal=stream.isatty() and os.environ.get("TERM") != "dumb")
    drawing.thread.start()
    try:
        yield drawing
    finally:
        drawing.end()


def news_of_run(tell: Teller) -> "Callable[[Progress], None]":
    """Return the function that a run calls at every step to report where it is."""
    seen: deque[tuple[float, float]] = deque()

    def news(progress: "Progress") -> None:
        now = time.monotonic()
        seen.append((now, progress.time))
        while now - seen[0][0] > RATE_OVER and len(seen) > 2:
            seen.popleft()
        elapsed = now - seen[0][0]
        rate = (progress.time - seen[0][1]) / elapsed if elapsed > 0 else None
        tell(progress.time / progress.end, where(progress, rate))

    return news


def where(progress: "Progress", rate: float | None) -> str:
    """Write where a run is, short enough for a bar beside it in eighty columns.

    Parameters
    ----------
    progress : Progress
        Latest news of the run.
    rate : float, optional
        Simulated time per second.

    Returns
    -------
    str
        Simulated time and its end, order parameter R, degree (in other charts the first of their sizes), rate.
    """
    sizes = ", ".join(f"{name} {size}" for name, size in list(progress.layout.items())[:1])
    speed = "" if rate is None else f"  {rate:.2g}/s"
    return f"t = {progress.time:.4g}/{progress.end:g}  R = {progress.order_parameter:.4f}  {sizes}{speed}"
