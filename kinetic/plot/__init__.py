"""Figures of records, drawn with matplotlib without any display.

Responsible for what a record looks like on paper. Refuses to know how its numbers were made: what is measured and
predicted comes from the claims and from theory.
"""

from kinetic.plot.figures import FIGURES, draw, numbers
from kinetic.plot.film import FILMS, animate
from kinetic.plot.saving import FORMATS, require_format, save, save_numbers
from kinetic.plot.several import overlay

__all__ = [
    "FIGURES",
    "FILMS",
    "FORMATS",
    "animate",
    "draw",
    "numbers",
    "overlay",
    "require_format",
    "save",
    "save_numbers",
]
