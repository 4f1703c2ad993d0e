"""Short cases of tokens in common noise."""

from kinetic.assembly import build
from kinetic.case import Case

STILL = {"normalization": "softmax", "heads": [{"beta": 1.0, "value": 0.0}]}
BUMP = {
    "circle": {"kind": "von_mises_fisher", "mean": [1.0, 0.3], "concentration": 1.0},
    "sphere": {"kind": "von_mises_fisher", "mean": [1.0, 0.3, -0.2], "concentration": 1.0},
}


def case(kind="circle", noise=None, attention=None, initial=None, end=0.5, rows=5, degree=15, **time):
    """A case with rows, snapshots and increments at common times."""
    return Case.from_dict(
        {
            "title": "made for a test",
            "space": {"kind": kind, "degree": degree},
            "attention": attention or STILL,
            "common_noise": {"kind": "matrix", "step": 0.05, "seed": 3, **(noise or {})},
            "initial": initial or {"kind": "uniform"},
            "time": {"end": end, **time},
            "output": {"observe_every": end / rows, "save_every": end},
        }
    )


def problem(*args, **keys):
    return build(case(*args, **keys))
