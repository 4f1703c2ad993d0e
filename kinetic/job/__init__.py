"""A case run from beginning to end, or on from where a record stands.

Responsible for marching, keeping what the march hands out, writing and judging. Refuses to print.
"""

from kinetic.job.running import Progress, run

__all__ = ["Progress", "run"]
