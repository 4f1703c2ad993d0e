"""Kernels other than e^{βt}: rates of every degree, an exact family, and caps that stay dark."""

import numpy as np
import pytest
from claims.records import case, falsified, judged, run

from kinetic.claims.kernels import dark_mass

NOISE = 'kind = "random"\namplitude = 1e-6\nmax_degree = 5\nseed = 3'


def text(kernel, normalization, initial, d=2, **sizes):
    kind = {2: "circle", 3: "sphere"}.get(d, "zonal")
    return case(kind, d, normalization, 0.0, initial, **sizes).replace("beta = 0.0\n", kernel).replace("1e-11", "1e-12")


KERNELS = {
    "relu": 'kernel = "power"\n',
    "square": 'kernel = "power"\npower = 2\n',
    "one and t": 'kernel = "polynomial"\ncoefficients = [1.0, 1.0]\n',
    "truncated": 'kernel = "truncated"\nbeta = 5.0\ncutoff = 0.5\n',
}


@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize("d", [2, 3, 8])
def test_each_degree_grows_at_the_rate_of_its_kernel(name, d):
    record = run(text(KERNELS[name], "softmax", NOISE, d, end=2.0, degree=15, save_every=0.5))
    row = judged("kernel_growth", record)
    assert row.verdict == "pass"
    # told of another kernel, the same record fails
    other = KERNELS["square" if name != "square" else "relu"]
    wrong = falsified(record, text=text(other, "softmax", NOISE, d, end=2.0, degree=15, save_every=0.5))
    assert judged("kernel_growth", wrong).verdict == "fail"


def test_noise_slows_every_degree_of_a_kernel_by_its_eigenvalue():
    quiet = text(KERNELS["relu"], "softmax", NOISE, 3, end=1.0, degree=15, save_every=0.5)
    record = run(f"{quiet}[noise]\ndiffusion = 0.03\n")
    assert judged("kernel_growth", record).verdict == "pass"
    assert judged("kernel_growth", falsified(record, text=quiet)).verdict == "fail"


def test_relu_begins_with_two_clusters_where_the_exponential_kernel_begins_with_one():
    relu = run(text(KERNELS["relu"], "softmax", NOISE, end=17.0, degree=31, save_every=0.5))
    row = judged("kernel_first_degree", relu)
    assert (row.verdict, row.predicted, row.measured) == ("pass", 2.0, 2.0)
    wrong = falsified(relu, text=text('kernel = "polynomial"\ncoefficients = [1.0, 0.5]\n', "softmax", NOISE, end=17.0))
    assert judged("kernel_first_degree", wrong).verdict == "fail"


HEADS = 'kernel = "linear"\nheads = [{ query = [[1.0, 0.4], [-0.3, 0.8]], value = [[0.9, -1.1], [0.7, 1.2]] }]\n'


def test_linear_attention_stays_angular_gaussian_with_any_matrices():
    record = run(text(HEADS, "none", 'kind = "uniform"', end=3.0, degree=127, save_every=1.0))
    assert judged("angular_gaussian", record).verdict == "pass"
    wrong = falsified(record, text=text(HEADS.replace("0.9", "0.901"), "none", 'kind = "uniform"', end=3.0, degree=127))
    assert judged("angular_gaussian", wrong).verdict == "fail"


@pytest.mark.parametrize(("d", "degree", "chart"), [(8, 60, "harmonic"), (8, 60, "mercator"), (512, 60, "mercator")])
def test_an_axis_of_any_dimension_too(d, degree, chart):
    initial = 'kind = "angular_gaussian"\nratio = 1.6'
    content = text('kernel = "linear"\n', "none", initial, d, end=2.0, degree=degree, save_every=1.0)
    record = run(content.replace("[attention]", f'chart = "{chart}"\n[attention]'))
    assert judged("angular_gaussian", record).verdict == "pass"
    assert judged("energy_identity", record).verdict in ("pass", "not applicable")


def test_a_kernel_that_ends_leaves_what_it_does_not_reach():
    bump = 'kind = "von_mises_fisher"\nmean = [1.0, 0.0]\nconcentration = 2.0'
    truncated = 'kernel = "truncated"\nbeta = 1.0\ncutoff = 0.5\n'
    record = run(text(truncated, "none", bump, end=2.3, degree=1023, save_every=0.1))
    assert judged("dark_cap", record).verdict == "pass"
    # the exponential kernel empties the same cap
    whole = run(text("beta = 1.0\n", "none", bump, end=2.3, degree=1023, save_every=0.1))
    last = whole.density_times.size - 1
    lost = np.log(dark_mass(whole.density(last), 0.5) / dark_mass(whole.density(last - 5), 0.5)) / 0.5
    assert lost < -0.3
    assert judged("dark_cap", whole).verdict == "not applicable"
    assert judged("dark_cap", falsified(whole, text=text(truncated, "none", bump, end=2.3))).verdict == "fail"


def test_a_density_without_a_mean_has_no_dark_cap():
    record = run(text('kernel = "power"\npower = 3\n', "softmax", 'kind = "uniform"', end=0.2, save_every=0.05))
    row = judged("dark_cap", record)
    assert (row.verdict, "has no direction" in row.reason) == ("not applicable", True)
