"""The spaces by the names that cases and records give them."""

from collections.abc import Callable

from kinetic.spaces.circle import Circle
from kinetic.spaces.space import Space
from kinetic.spaces.sphere import Sphere
from kinetic.spaces.zonal import Zonal

SPACES: dict[str, Callable[[int, int], Space]] = {
    "circle": lambda degree, _: Circle(degree),
    "sphere": lambda degree, _: Sphere(degree),
    "zonal": Zonal,
}
"""Spaces by the name they have in case files and records, made from degree and dimension."""
