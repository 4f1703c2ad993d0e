"""How the memory of a run is kept: what arrays give back is not given back to the system each time.

glibc takes blocks above a threshold from the system one by one, and gives the top of its own heap back above another:
every page of the next array is then touched for the first time, which costs several times the arithmetic on it. Both
thresholds begin at 128 KiB. The module knows no densities.
"""

import ctypes
import sys

LARGEST_KEPT = 2**25 - 2**16
"""Bytes of a block that is kept: glibc takes no threshold above 32 MiB. Twice as much stays with a process."""
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # numbers of glibc's malloc.h


def keep_freed_memory() -> None:
    """Let arrays of up to some 32 MB reuse the memory of earlier ones; nothing changes without glibc."""
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:  # musl has none
        mallopt(_MMAP_THRESHOLD, LARGEST_KEPT)
        mallopt(_TRIM_THRESHOLD, 2 * LARGEST_KEPT)
