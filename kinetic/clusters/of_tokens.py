"""The clusters of tokens on the sphere, under one identity head."""

from kinetic.attention import attracting
from kinetic.clusters.clusters import Clusters
from kinetic.clusters.telling import told
from kinetic.kernels import Kernel
from kinetic.spaces.scattered import SpherePoints
from kinetic.spaces.sphere import Sphere
from kinetic.types import Array

_HIGHEST = 4095


def clusters_of(kernel: Kernel, points: Array, masses: Array) -> Clusters:
    """Return what lies near the points that attract.

    Parameters
    ----------
    kernel : Kernel
    points : Array, shape (n, 3)
    masses : Array, shape (n,)
    """
    degree = attracting.degree_for(kernel, _HIGHEST)
    sums = SpherePoints(points).sums(masses, degree)
    centers = attracting.sphere_points(kernel, Sphere(degree), sums)
    return told(centers, attracting.sphere_radii(centers), points, masses)
