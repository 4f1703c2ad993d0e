"""The march through time: steps, rows and snapshots at exactly the requested times, and where to stop.

Rows and snapshots come from the stepper's interpolant, so that they never steer the steps: a run continued from a
checkpoint, or with other outputs, makes the same steps. The march knows problems and steppers; not charts, files or
terminals.
"""

from kinetic.march.comparison import march
from kinetic.march.events import Checkpoint, Event, Row, Snapshot, Step

__all__ = ["Checkpoint", "Event", "Row", "Snapshot", "Step", "march"]
