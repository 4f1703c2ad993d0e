"""A run that is interrupted where a test wants it."""


class Stop:
    """A progress callback that interrupts at the n-th step."""

    def __init__(self, step):
        self.left = step

    def __call__(self, _progress):
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt
