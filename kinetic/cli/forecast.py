"""How long something will still take, judged by how long its parts have taken.

Responsible for saying nothing where the past does not tell. Refuses to know what is computed, and clocks.
"""

import math
from bisect import bisect_left
from dataclasses import dataclass, field

EARLIEST = 0.1  # share of the work that has to be done before anything is said
AGREEMENT = 1.5  # by which forecasts may differ, so that their geometric mean is within √1.5 of all
SPANS = (0.45, 0.2, 0.1)  # shares of what was done, over which its cost and the trend of that are measured
FEWEST = 9  # noted shares: with fewer, a span is less than one of its steps
SAMPLES = 256  # remembered shares, evenly spread


@dataclass
class Forecast:
    """The seconds that are left of work whose parts need not cost the same.

    For every span, the cost of a unit of work is measured over the last span and over the one before. One forecast goes
    on at the latest cost, one lets it grow or fall exponentially as it did between the two. Where all of them, over
    long and short spans, agree within a factor of 1.5, the answer is the geometric mean of the extremes; where they do
    not, none is given.

    Accuracy
    --------
    Within a factor of √1.5 where the truth lies between the forecasts. What only becomes dear or cheap later cannot be
    foreseen: over the bundled runs of more than three seconds, after a fifth of the run, it is told at a fifth of all
    steps, 0.51 to 2.06 times the truth (the mean cost so far, told at every step: 0.6 to 190 times).
    """

    shares: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def add(self, share: float, seconds: float) -> None:
        """Note that a share of the work, 0 to 1, was done after so many seconds; both never fall."""
        if self.shares and share < self.shares[-1] + 1 / SAMPLES:
            if share <= self.shares[-1] or len(self.shares) == 1:
                return
            if self.shares[-1] - self.shares[-2] < 1 / SAMPLES:
                self.shares[-1], self.seconds[-1] = share, seconds
                return
        self.shares.append(share)
        self.seconds.append(seconds)

    def remaining(self) -> float | None:
        """Return the seconds that were left at the last share; None where the past does not tell."""
        if len(self.shares) < FEWEST:
            return None
        first, last = self.shares[0], self.shares[-1]
        done, left = last - first, 1 - last
        if left <= 0:
            return 0.0
        if done < EARLIEST * (1 - first):
            return None
        forecasts = [seconds for span in SPANS for seconds in self._forecasts(span * done, left)]
        highest, lowest = max(forecasts), min(forecasts)
        return math.sqrt(highest * lowest) if 0 < highest <= AGREEMENT * lowest else None

    def _forecasts(self, span: float, left: float) -> tuple[float, float]:
        """Return the seconds left at the cost of the last span, and at its trend; none where a span took no time."""
        last = self.shares[-1]
        before, after = self._cost(last - 2 * span, last - span), self._cost(last - span, last)
        if not (before > 0 and after > 0):
            return 0.0, 0.0
        growth = math.log(after / before) / span
        return after * left, after * _integral(growth, span / 2, span / 2 + left)  # from the middle of the span on

    def _cost(self, start: float, stop: float) -> float:
        """Seconds a unit of work between two shares."""
        return (self._at(stop) - self._at(start)) / (stop - start)

    def _at(self, share: float) -> float:
        """Seconds after which a share was done, linear between what was noted."""
        shares, seconds = self.shares, self.seconds
        i = min(max(bisect_left(shares, share), 1), len(shares) - 1)
        part = (share - shares[i - 1]) / (shares[i] - shares[i - 1])
        return seconds[i - 1] + part * (seconds[i] - seconds[i - 1])


def _integral(growth: float, start: float, stop: float) -> float:
    """∫ e^{growth u} du from start to stop; infinite beyond the range of doubles."""
    if abs(growth) * stop < 1e-9:
        return stop - start
    try:
        return (math.exp(growth * stop) - math.exp(growth * start)) / growth
    except OverflowError:
        return math.inf
