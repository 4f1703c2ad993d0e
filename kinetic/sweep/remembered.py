"""What snapshots say of one density beside the first: how much is left of a degree, and how near an axis tokens are.

Responsible for these two numbers. Refuses to know records and times.
"""

import math

import numpy as np

from kinetic.density import Body

_NOTHING = 1e-28  # of the square of a coefficient: rounding of sums over tokens


def memory(density: Body, first: Body, degree: int) -> float:
    """Return <ρ_l, ρ_l(0)>/<ρ_l(0), ρ_l(0)> of the harmonics of a degree l; NaN where there were none to begin with.

    **Accuracy** A series has no degrees above its own; tokens have all, by sums over them.
    """
    space = first.space_at(degree)
    began, now = first.coefficients_in(space), density.coefficients_in(space)
    level = float(space.by_degree(began, began)[degree])
    return float(space.by_degree(now, began)[degree]) / level if level > _NOTHING else math.nan


def axis_spread(density: Body) -> float:
    """Return the sum of all eigenvalues of ∫ x xᵀ dμ but the largest; NaN about an axis, where none is singled out.

    **Accuracy** Rounding, absolutely; that of the density.
    """
    if density.axisymmetric:
        return math.nan
    return float(np.linalg.eigvalsh(density.moment(2))[:-1].sum())
