"""A run from its middle, beside the run that never stopped."""

import numpy as np

from kinetic.march import Step, march


def continued(make):
    """Assert that a run continued from its middle steps as the whole one does; return the whole run's checkpoints.

    Parameters
    ----------
    make : callable
        Makes the problem, anew for each of the two runs.
    """

    def steps(start=None):
        return [event.checkpoint for event in march(make(), start) if isinstance(event, Step)]

    whole = steps()
    middle = len(whole) // 2
    again = steps(whole[middle])
    assert len(again) == len(whole) - middle - 1
    for first, second in zip(whole[middle + 1 :], again, strict=True):
        assert first.time == second.time
        assert np.array_equal(first.state, second.state)
    return whole
