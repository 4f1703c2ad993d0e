"""One cluster and its tail without softmax, in the coordinate in which the cluster's pull is a stretch."""

from kinetic.mercator.sphere.tail.flow import TailFlow
from kinetic.mercator.sphere.tail.start import handed_over, is_tail

__all__ = ["TailFlow", "handed_over", "is_tail"]
