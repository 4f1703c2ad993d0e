"""Whether the steps of a march will ever arrive at its end."""

from kinetic.errors import Blowup
from kinetic.integrate.stepper import Stepper

MOST_STEPS = 1e12
"""Steps to the end, at the length of the next one, beyond which a run does not get there.

A step is a dozen right-hand sides of some microseconds each: so many take years.
"""

PATIENCE = 400
"""Steps for which that must have been so: growing tenfold each time, they would span all doubles."""


class Pace:
    """Watches whether the steps will ever arrive at the end."""

    def __init__(self, end: float) -> None:
        self.end, self.slow = end, 0

    def follow(self, stepper: Stepper) -> None:
        """Raise `Blowup` if the steps have been hopelessly short for long."""
        left = self.end - stepper.time
        self.slow = self.slow + 1 if left > MOST_STEPS * stepper.next_step else 0
        if self.slow >= PATIENCE:
            raise Blowup(
                f"time step {stepper.next_step:.3g} at t = {stepper.time:.6g}: the end, {left:.3g} later, is more than "
                f"{MOST_STEPS:.0e} such steps away; lower attention.beta or time.end, or use normalization = "
                '"softmax", with which tokens move at most at the speed of their values'
            )
