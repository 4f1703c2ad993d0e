"""Small records to draw and to export, made once for all tests that ask."""

from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from kinetic import job
from kinetic.case import Case

CASES = {
    "sphere": ('kind = "sphere"\ndegree = 15', "[0.6, 0.0, 0.8]"),
    "circle": ('kind = "circle"\ndegree = 31', "[1.0, 0.0]"),
    "zonal": ('kind = "zonal"\ndimension = 5\ndegree = 63', None),
    "revolved": ('kind = "zonal"\ndimension = 3\ndegree = 31', None),
    "high": ('kind = "zonal"\ndimension = 512\ndegree = 48', None),
}
TEXT = """
title = "Costs $5 and _more_"
source = "a note, section 4"
[space]
{space}
[attention]
normalization = "{normalization}"
beta = {beta}
[initial]
kind = "von_mises_fisher"
{mean}
concentration = {concentration}
[time]
end = 0.6
[output]
observe_every = 0.05
save_every = 0.2
"""


@cache
def record_of(name, normalization="softmax", beta=1.0, concentration=2.0):
    """The record of a small run in a space of that name, four snapshots at t = 0, 0.2, 0.4, 0.6."""
    space, mean = CASES[name]
    text = TEXT.format(
        space=space,
        normalization=normalization,
        beta=beta,
        mean=f"mean = {mean}" if mean is not None else "",
        concentration=concentration,
    )
    return job.run(Case.parse(text, (), name), Path(mkdtemp()))
