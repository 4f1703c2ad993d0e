"""Pictures of runs with next to no rows, or with observables that nothing measures: drawn, or refused in words."""

import pytest

from kinetic import job
from kinetic.case import Case
from kinetic.errors import KineticError
from kinetic.plot import draw

CASES = {
    # negative somewhere, so that nothing knows an entropy or a free energy
    "a cap cut at its degree": """
[space]
kind = "sphere"
degree = 16
[attention]
normalization = "softmax"
beta = 1.0
[noise]
diffusion = 0.05
[initial]
kind = "cap"
mean = [0.0, 0.4, -0.9]
angle = 1.0
[time]
end = 0.01
[output]
observe_every = 0.01
save_every = 0.01
""",
    "nothing that grows": """
[space]
kind = "zonal"
dimension = 3
degree = 10
[attention]
normalization = "softmax"
beta = 0.0
[initial]
kind = "uniform"
[time]
end = 1.0
[output]
observe_every = 0.5
save_every = 0.5
""",
    # stopped at its second row, before anything has fallen
    "a band that is not resolved": """
[space]
kind = "circle"
degree = 24
[attention]
normalization = "softmax"
[[attention.heads]]
beta = 2.0
query = [[1.74, 1.06], [2.05, 1.29]]
key = [[-0.11, 0.11], [0.84, -0.82]]
value = [-0.79, -0.99]
[initial]
kind = "band"
mean = [-1.0, 0.8921377367162995]
latitude = -0.99
width = 0.001
[time]
end = 0.1
tolerance = 1e-3
[output]
observe_every = 0.005
save_every = 0.1
""",
}


@pytest.mark.parametrize("name", CASES)
def test_a_picture_is_drawn_or_refused_in_words(tmp_path, name):
    record = job.run(Case.parse(f'title = "{name}"\n{CASES[name]}', (), "few"), tmp_path)
    for what in ("rates", "growth", "observables"):
        try:
            figure = draw(record, what, [])
        except KineticError:
            continue
        assert figure.axes
