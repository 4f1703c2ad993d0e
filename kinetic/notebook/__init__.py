"""Records and runs as a notebook or a script uses them: what shows itself, draws itself, becomes a dataset.

Responsible for the conveniences of Python's users, on top of everything that computes. Nothing below knows of it, and
the command line does without it.
"""

from kinetic.notebook.record import Picture, Record
from kinetic.notebook.runs import load, run

__all__ = ["Picture", "Record", "load", "run"]
