"""How the memory of a run is kept: what arrays give back is not given back to the system each time.

glibc takes blocks above a threshold from the system one by one, and gives the top of its own heap back above another:
every page of the next array is then touched for the first time, which costs several times the arithmetic on it. The
thresholds, 128 KiB in the beginning, follow the largest block that has been freed. The module knows no densities.
"""

import numpy as np

LARGEST_KEPT = 2**25 - 2**16
"""Bytes of the block that is freed: glibc's thresholds follow none above 32 MiB. Twice as much stays with a process."""


def keep_freed_memory() -> None:
    """Let arrays of up to some 32 MB reuse the memory of earlier ones; nothing changes where the C library is another.

    **Cost** None: no page of the block is touched.
    """
    block = np.empty(LARGEST_KEPT, dtype=np.uint8)
    del block
