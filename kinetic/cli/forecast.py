"""How long something will still take, judged by how long its parts have taken.

Responsible for saying nothing where the past does not tell. Refuses to know what is computed, and clocks.
"""

import math
from bisect import bisect_left
from dataclasses import dataclass, field

EARLIEST = 0.1  # share of the work that has to be done before anything is said
AGREEMENT = 2.0  # by which forecasts may differ, so that their geometric mean is within √2 of both
FEWEST = 9  # noted shares: with fewer, a third of the work is one or two of its steps
SAMPLES = 256  # remembered shares, evenly spread


@dataclass
class Forecast:
    """The seconds that are left of work whose parts need not cost the same.

    The cost of a unit of work is measured over the second and the third third of what was done, and over its last
    ninth. One forecast goes on at the latest cost, one lets it grow (or fall) exponentially as it did between the
    thirds. Where they agree within a factor of two the answer is their geometric mean; where they do not, or where the
    last ninth is out of line with both, none is given.

    Accuracy
    --------
    Within a factor of two where the cost lies between the two forecasts, which leave a factor of √2 each; what only
    becomes dear later (a space that will be refined) cannot be foreseen.
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
        before, after, lately = (self._cost(last - far * done, last - near * done) for far, near in _WINDOWS)
        if not (before > 0 and after > 0 and lately > 0):
            return None
        growth = math.log(after / before) / (done / 3)
        steady, latest = after * left, lately * left
        # from the middle of the last third on
        rising = after * _integral(growth, done / 6, done / 6 + left)
        highest, lowest = max(steady, rising, latest), min(steady, rising, latest)
        return math.sqrt(highest * lowest) if highest <= AGREEMENT * lowest else None

    def _cost(self, start: float, stop: float) -> float:
        """Seconds a unit of work between two shares."""
        return (self._at(stop) - self._at(start)) / (stop - start)

    def _at(self, share: float) -> float:
        """Seconds after which a share was done, linear between what was noted."""
        shares, seconds = self.shares, self.seconds
        i = min(max(bisect_left(shares, share), 1), len(shares) - 1)
        part = (share - shares[i - 1]) / (shares[i] - shares[i - 1])
        return seconds[i - 1] + part * (seconds[i] - seconds[i - 1])


_WINDOWS = ((2 / 3, 1 / 3), (1 / 3, 0.0), (1 / 9, 0.0))


def _integral(growth: float, start: float, stop: float) -> float:
    """∫ e^{growth u} du from start to stop; infinite beyond the range of doubles."""
    if abs(growth) * stop < 1e-9:
        return stop - start
    try:
        return (math.exp(growth * stop) - math.exp(growth * start)) / growth
    except OverflowError:
        return math.inf
