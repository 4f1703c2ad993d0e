"""A case at several resolutions and tolerances: how much its observables still change, and how fast that falls.

Responsible for which runs are made, for the differences between them and for the verdict. Refuses to know how points
are run: they are a sweep.
"""

from kinetic.sweep.convergence.differences import Change, Finding, findings
from kinetic.sweep.convergence.levels import Study, chosen
from kinetic.sweep.convergence.picture import draw

__all__ = ["Change", "Finding", "Study", "chosen", "draw", "findings"]
"""`chosen` plans, `kinetic.sweep.run` runs, `findings` compares, `draw` shows."""
