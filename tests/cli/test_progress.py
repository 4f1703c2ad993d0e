"""Progress is shown where something takes long, and promises no time that does not hold."""

import io
import math
import time

import pytest

from kinetic import job
from kinetic.cli import progress
from kinetic.cli.forecast import Forecast
from kinetic.cli.progress import line, shown, where

WORK = 1000  # steps


def forecasts(cost):
    """(share, forecast, what was left) at every step of work whose parts cost `cost(share)`."""
    forecast, elapsed, found = Forecast(), [0.0], []
    for i in range(WORK):
        elapsed.append(elapsed[-1] + cost((i + 0.5) / WORK) / WORK)
    for i, seconds in enumerate(elapsed[:-1]):
        forecast.add(i / WORK, seconds)
        found.append((i / WORK, forecast.remaining(), elapsed[-1] - seconds))
    return found


@pytest.mark.parametrize(
    ("cost", "always"),
    [
        (lambda _share: 1.0, True),
        (lambda share: 1 + 0.5 * share, True),
        (lambda share: math.exp(-0.5 * share), True),
        (lambda share: 1 + 0.1 * math.sin(60 * share), False),
        (lambda share: 1 / (0.1 + share), False),
        (lambda share: math.exp(3 * share), False),
        (lambda share: math.exp(-3 * share), False),
        (lambda share: (0.05 + share) ** 3, False),
    ],
)
def test_what_is_foretold_after_a_fifth_is_within_a_factor_of_two(cost, always):
    later = [(left, truth) for share, left, truth in forecasts(cost) if share >= 0.2]
    told = [(left, truth) for left, truth in later if left is not None]
    assert all(truth / 2 <= left <= 2 * truth for left, truth in told)
    assert told == later or not always


def test_the_mean_of_the_past_would_break_that_promise():
    # the control: what a bar says that divides by the mean rate, for a cost that grows by e^12
    broken = [
        truth > 2 * (total - truth) / share * (1 - share)
        for total in [forecasts(lambda share: math.exp(12 * share))[0][2]]
        for share, _, truth in forecasts(lambda share: math.exp(12 * share))
        if 0.2 <= share < 0.9
    ]
    assert all(broken)


def test_nothing_is_foretold_while_the_cost_explodes_or_too_little_is_done():
    early = [left for share, left, _ in forecasts(lambda share: math.exp(12 * share)) if share < 0.6]
    assert set(early) == {None}
    assert all(left is None for share, left, _ in forecasts(lambda _share: 1.0) if share < 0.09)


def test_a_continued_run_is_judged_by_what_was_done_since():
    forecast = Forecast()
    for i in range(50):
        forecast.add(0.5 + i / 100, 2.0 * i)
    assert forecast.remaining() == pytest.approx(2.0, rel=1e-9)


def test_memory_and_time_do_not_grow_with_the_number_of_steps():
    forecast = Forecast()
    for i in range(100_000):
        forecast.add(i / 100_000, float(i))
    assert len(forecast.shares) <= 2 * 256 + 2
    assert forecast.remaining() == pytest.approx(1.0, rel=1e-3)


def test_what_stands_beside_the_bar_leaves_it_room():
    news = job.Progress(1234.5678, 2000.0, 0.123456, {"degree": 1023}, 5)
    text = where(news, 0.0123)
    assert text == "t = 1235/2000  R = 0.1235  degree 1023  0.012/s"
    assert line("", 0.6173, text, 3599, 35999) == f"{text}   61%  59:59, 9:59:59 left"
    assert len(line("", 0.6173, text, 3599, 35999)) <= 80 - progress.SHORTEST_BAR
    assert line("film", None, "", 61, None) == "film: 1:01"
    assert " 99%" in line("", 0.9999, "", 0, 0)


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self):
        return True


def watched(monkeypatch, stream, until, *, quiet=False):
    """What is shown while something goes on until a condition on the stream holds."""
    monkeypatch.setattr(progress, "QUICK", 0.01)
    monkeypatch.setattr(progress, "REDRAWN", 0.01)
    monkeypatch.setattr(progress, "TOLD", 0.01)
    monkeypatch.setattr("sys.stderr", stream)
    deadline = time.monotonic() + 30
    with shown("film", quiet=quiet) as tell:
        while not until(stream.getvalue()) and time.monotonic() < deadline:
            tell(0.5, "frame 7")
            time.sleep(0.005)
        during = stream.getvalue()
    return during, stream.getvalue()


def test_a_line_on_a_terminal_is_redrawn_and_taken_away(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    during, after = watched(monkeypatch, Terminal(), lambda text: text.count("frame 7") > 2)
    assert "\n" not in during
    assert "━" in during
    assert after.endswith("\r\x1b[K")


def test_a_file_gets_whole_lines(monkeypatch):
    during, after = watched(monkeypatch, io.StringIO(), lambda text: text.count("frame 7") > 2)
    assert "\x1b" not in after
    assert "\r" not in after
    assert all(text.startswith("film: ") for text in during.splitlines())


def test_what_is_quiet_or_quick_shows_nothing(monkeypatch):
    assert watched(monkeypatch, io.StringIO(), lambda _text: True, quiet=True) == ("", "")
    monkeypatch.undo()
    stream = Terminal()
    monkeypatch.setattr("sys.stderr", stream)
    with shown("film"):
        pass
    assert stream.getvalue() == ""
