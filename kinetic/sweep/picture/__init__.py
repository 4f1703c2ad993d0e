"""A sweep's table as a figure: a curve for one axis, a phase diagram for two or for one and time.

Responsible for choosing the panels and drawing them, legible in grey and by the color-blind. Refuses to compute.
"""

from kinetic.plot import require_format
from kinetic.sweep.picture.figure import draw, save

__all__ = ["draw", "require_format", "save"]
