"""Many runs from one template: a file that says which keys vary, a table of what came out.

    from kinetic import sweep
    finished = sweep.run(sweep.Sweep.read("cases/sweeps/collapse_circle.toml"), "output", sweep.LocalPool(workers=2))
    finished.table["attention.beta"].values

Responsible for points, where they are computed, and the table. Refuses to know what a run does: that is `kinetic.job`'s
business.
"""

from kinetic.sweep.cluster import Cluster
from kinetic.sweep.conduct import Finished, records_folder, run
from kinetic.sweep.pool import LocalPool
from kinetic.sweep.sweep import Point, Sweep
from kinetic.sweep.table import Column, Table, table_path
from kinetic.sweep.task import Outcome

__all__ = [
    "Cluster",
    "Column",
    "Finished",
    "LocalPool",
    "Outcome",
    "Point",
    "Sweep",
    "Table",
    "records_folder",
    "run",
    "table_path",
]
