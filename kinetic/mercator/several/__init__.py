"""A density on the sphere that becomes several clusters, from smooth data to the time when only clusters are left.

Cells of material points are cut as the flow draws them apart (`cells`, `cutting`, `criterion`); what has arrived near
an attracting point is absorbed into few tokens (`absorbing`); all move under one identity head (`field`, `flow`).
"""

from kinetic.mercator.several.density import SeveralDensity
from kinetic.mercator.several.field import Head
from kinetic.mercator.several.flow import SeveralFlow
from kinetic.mercator.several.start import STEP_SHARE, becomes_several, several_of, several_start

__all__ = ["STEP_SHARE", "Head", "SeveralDensity", "SeveralFlow", "becomes_several", "several_of", "several_start"]
