"""N tokens instead of their density: the slow, obvious twin of the equation.

Responsible for the velocity of N weighted tokens on S^{d-1}, their motion in time and the order observables
of a cloud. Refuses to know: harmonics, charts, spaces, files. The density solver never calls this package;
tests and users do, to hold the one against the other. Tokens to start from come from
`kinetic.sampling`, whose functions are at hand here too.

A cloud of N tokens follows its density only for t < ln(N) / ((d−1) λ_a), λ_a being the escape rate from the
antipode: then the last token has left the antipodal region, and 1 − R falls with the cluster's rate.
"""

from kinetic.particles.motion import ROUNDOFF, Trajectory, move, observe, simulate
from kinetic.particles.pairs import TokenHead, attention, velocity
from kinetic.sampling import sample, sample_uniform, sample_von_mises_fisher, sample_zonal

__all__ = [
    "ROUNDOFF",
    "TokenHead",
    "Trajectory",
    "attention",
    "move",
    "observe",
    "sample",
    "sample_uniform",
    "sample_von_mises_fisher",
    "sample_zonal",
    "simulate",
    "velocity",
]
