"""Noisy cases and their steady equations, made from one text."""

from functools import cache

import numpy as np

from kinetic.assembly import build
from kinetic.case import Case
from kinetic.stationary import SteadyEquation, relax

TEXT = """title = "made for a test"
[space]
{space}
degree = {degree}
[attention]
normalization = "{normalization}"
{heads}
[noise]
diffusion = {diffusion}
[initial]
kind = "von_mises_fisher"
concentration = {concentration}
{mean}
[time]
end = {end}
tolerance = 1e-12
[output]
save_every = {end}
observe_every = {end}
"""
SPACES = {
    2: ('kind = "circle"', "mean = [0.6, 0.8]"),
    3: ('kind = "sphere"', "mean = [0.48, 0.6, 0.64]"),
}


def text(d, normalization, beta, diffusion, concentration=2.0, degree=23, end=1.0, heads=None):
    """A case on the circle, the sphere, or axisymmetric (other d)."""
    space, mean = SPACES.get(d, (f'kind = "zonal"\ndimension = {abs(d)}', ""))
    return TEXT.format(
        space=space, degree=degree, normalization=normalization, heads=heads or f"beta = {beta}", diffusion=diffusion,
        concentration=concentration, mean=mean, end=end,
    )  # fmt: skip


def equation(*arguments, **options):
    """The steady equation of such a case and its initial coefficients."""
    case = Case.parse(text(*arguments, **options))
    problem = build(case)
    return SteadyEquation(problem.flow, case.attention.normalization == "none"), problem.state[:-1]


@cache
def solved(*arguments, degree=23):
    """The steady equation and the stationary density that its initial density leads to."""
    steady, start = equation(*arguments, degree=degree)
    return steady, relax(steady, start)


def order(steady, coefficients):
    """R."""
    return float(np.linalg.norm(steady.flow.space.mean(coefficients)))
