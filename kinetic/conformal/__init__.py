"""The conformal chart: a density band-limited in a frame that a boost carries along with the cluster.

Below the march and above spaces, charts and attention: frames (one for each kind of space), the density they hold, its
observables, where a run begins, and the flow that ties them together.
"""

from kinetic.conformal.density import ConformalDensity
from kinetic.conformal.flow import ConformalFlow, conformal_problem

__all__ = ["ConformalDensity", "ConformalFlow", "conformal_problem"]
