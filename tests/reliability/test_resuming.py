"""A run that was stopped anywhere and continued is bit for bit the run that was never stopped, in every space."""

import re
import tomllib

import h5py
import numpy as np
import pytest
from reliability.stopping import Stop

from kinetic import job
from kinetic.assembly import build, load
from kinetic.case import Case
from kinetic.errors import CaseError, RecordError
from kinetic.library import bundled

HEAD = 'title = "To be stopped"\n'
TAIL = """
[attention]
normalization = "{normalization}"
beta = {beta}
[time]
end = {end}
tolerance = 1e-10
[output]
observe_every = 0.15
save_every = 0.4
"""
BUMP = '[initial]\nkind = "von_mises_fisher"\nconcentration = 1.5\n'
SPACES = {
    "circle": '[space]\nkind = "circle"\ndegree = 32\n' + BUMP + "mean = [0.6, 0.8]\n",
    "sphere": '[space]\nkind = "sphere"\ndegree = 24\n'
    '[initial]\nkind = "random"\namplitude = 0.2\nmax_degree = 5\nseed = 3\n',
    "zonal": '[space]\nkind = "zonal"\ndimension = 5\ndegree = 40\n' + BUMP,
    "high": '[space]\nkind = "zonal"\ndimension = 64\ndegree = 24\n' + BUMP,
    "growing": '[space]\nkind = "circle"\ndegree = "auto"\nmax_degree = 255\n'
    '[initial]\nkind = "random"\namplitude = 0.3\nmax_degree = 5\nseed = 1\n',
    # a jump, which no degree resolves: watched by a companion at half the degree
    "companion": '[space]\nkind = "circle"\ndegree = 63\n[initial]\nkind = "cap"\nmean = [1.0, 0.0]\nangle = 1.2\n',
}


def case(space, end=1.0, normalization="softmax", beta=2.0):
    tail = TAIL.format(end=end, normalization=normalization, beta=beta)
    return Case.parse(HEAD + SPACES[space] + tail, (), space)


def same(one, other):
    """Both records hold the same numbers, bit for bit."""
    assert (one.status, one.message) == (other.status, other.message)
    assert set(one.observables) == set(other.observables)
    for name in one.observables:
        np.testing.assert_array_equal(one.observables[name], other.observables[name], err_msg=name)
    for name in one.density_arrays:
        np.testing.assert_array_equal(one.density_arrays[name], other.density_arrays[name], err_msg=name)


def stopped_and_continued(what, folder):
    """Stop after two steps, then let it end."""
    try:
        job.run(what, folder, resume=True, progress=Stop(2))
    except KeyboardInterrupt:
        assert load(folder / f"{what.name}.h5").status == "interrupted"
    return job.run(what, folder, resume=True)


@pytest.mark.parametrize(
    ("space", "normalization"),
    [(space, ("softmax", "none")[i % 2]) for i, space in enumerate(SPACES)] + [("sphere", "softmax")],
)
def test_every_space_continues_bit_for_bit(tmp_path, space, normalization):
    what = case(space, normalization=normalization)
    whole = job.run(what, tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        job.run(what, tmp_path / "part", progress=Stop(1))
    assert load(tmp_path / "part" / f"{space}.h5").observables["time"].size < whole.observables["time"].size
    same(stopped_and_continued(what, tmp_path / "part"), whole)


NOISE = "[noise]\ndiffusion = {diffusion}\n"
HEADS = """heads = [
    { beta = 2.0, query = [[1.0, 0.3], [-0.2, 0.8]], value = [0.9, 0.4] },
    { beta = -1.0, key = 0.7, value = [[0.0, 0.6], [-0.6, 0.2]] },
]"""


@pytest.mark.parametrize(
    ("space", "normalization"),
    [("circle", "none"), ("sphere", "softmax"), ("high", "none"), ("growing", "softmax"), ("companion", "none")],
)
def test_a_noisy_run_continues_bit_for_bit(tmp_path, space, normalization):
    plain = case(space, normalization=normalization)
    what = Case.parse(plain.text + NOISE.format(diffusion=0.002 if space == "high" else 0.05), (), f"noisy_{space}")
    assert build(what).scheme == "etd8"
    same(stopped_and_continued(what, tmp_path / "part"), job.run(what, tmp_path / "whole"))


def test_a_run_with_general_heads_and_noise_continues_bit_for_bit(tmp_path):
    text = case("circle").text.replace("beta = 2.0", HEADS)
    what = Case.parse(text + NOISE.format(diffusion=0.1), (), "heads")
    same(stopped_and_continued(what, tmp_path / "part"), job.run(what, tmp_path / "whole"))


def charts():
    """One bundled case for each chart and space beside the harmonic chart, shortened."""
    found = {}
    for name, path in bundled().items():
        space = tomllib.loads(path.read_text(encoding="utf-8"))["space"]
        if space.get("chart", "harmonic") != "harmonic":
            found.setdefault((space["kind"], space["chart"]), name)
    return list(found.values())


@pytest.mark.parametrize("name", charts())
def test_every_chart_continues_bit_for_bit(tmp_path, name):
    end = min(Case.read(bundled()[name]).time.end, 0.5)
    what = Case.read(bundled()[name], (f"time.end={end}", f"output.observe_every={end / 9}", "output.save_every=0.2"))
    try:
        build(what)
    except CaseError as error:
        pytest.skip(str(error))
    same(stopped_and_continued(what, tmp_path / "part"), job.run(what, tmp_path / "whole"))


@pytest.mark.parametrize("space", ["sphere", "companion"])
def test_a_longer_end_continues_bit_for_bit(tmp_path, space):
    job.run(case(space, end=0.4), tmp_path / "part")
    whole = job.run(case(space), tmp_path / "whole")
    same(job.run(case(space), tmp_path / "part", resume=True), whole)


@pytest.mark.parametrize("ends", [(0.4, 1.0), (0.37, 0.71, 1.0)])
def test_spacings_that_scale_with_the_end_go_on_as_they_began(tmp_path, ends):
    text = case("circle").text
    text = text[: text.index("[output]")]
    first, *later = ends
    job.run(Case.parse(text, (f"time.end={first}",), "circle"), tmp_path / "part")
    for end in later:
        record = job.run(Case.parse(text, (f"time.end={end}",), "circle"), tmp_path / "part", resume=True)
    spacings = (f"output.observe_every={first / 200!r}", f"output.save_every={first / 20!r}")
    whole = job.run(Case.parse(text, (f"time.end={ends[-1]}", *spacings), "circle"), tmp_path / "whole")
    same(record, whole)
    assert record.observables["time"].size >= 200 * ends[-1] / first
    same(load(record.path), job.run(Case.parse(record.case_text, record.overrides, "circle"), tmp_path / "again"))


def test_what_a_continuation_may_not_change_is_named_with_two_different_values(tmp_path):
    what = case("circle")
    job.run(what, tmp_path)
    for setting, part in (
        ("attention.beta=2.0000000000000004", r"attention.beta was 2.0 and is now 2.0000000000000004"),
        ("time.tolerance=1.0000000000000001e-9", r"time.tolerance was 1e-10 and is now 1e-09"),
        ("output.observe_every=0.15000000000000002", r"observe_every was 0.15 and is now 0.15000000000000002"),
        ("initial.mean=[0.8, 0.6]", r"initial.mean.0 was 0.6 and is now 0.8"),
    ):
        with pytest.raises(RecordError, match=part):
            job.run(Case.parse(what.text, (setting,), what.name), tmp_path, resume=True)


def test_an_end_just_before_what_was_reached_is_not_shown_as_the_same_number(tmp_path):
    record = job.run(case("circle"), tmp_path)
    reached = float(record.checkpoint["time"])
    with pytest.raises(RecordError) as refused:
        job.run(case("circle", end=float(np.nextafter(reached, 0))), tmp_path, resume=True)
    first, second = re.search(r"reached t = (\S+), beyond time.end = (\S+);", str(refused.value)).groups()
    assert float(first) > float(second)


def test_a_record_that_does_not_know_the_error_of_its_last_step_is_continued(tmp_path):
    # as they were before the length of a step depended on it: not the same steps, but the same motion
    what = case("circle")
    with pytest.raises(KeyboardInterrupt):
        job.run(what, tmp_path / "part", progress=Stop(2))
    with h5py.File(tmp_path / "part" / "circle.h5", "r+") as file:
        del file["checkpoint"].attrs["error"]
    continued = job.run(what, tmp_path / "part", resume=True)
    whole = job.run(what, tmp_path / "whole")
    np.testing.assert_array_equal(continued.observables["time"], whole.observables["time"])
    # R changes by at most |dx| <= the error of the density; less than twenty steps of this tolerance each
    for name in ("order_parameter", "energy"):
        np.testing.assert_allclose(continued.observables[name], whole.observables[name], atol=20 * what.time.tolerance)


def test_a_grown_space_is_continued_at_its_size(tmp_path):
    what = case("growing", end=6.0)
    whole = job.run(what, tmp_path / "whole")
    assert len(set(whole.density_arrays["degree"])) > 1
    same(stopped_and_continued(what, tmp_path / "part"), whole)


def test_what_a_companion_stops_is_stopped_at_the_same_row_after_a_continuation(tmp_path):
    # The companion's state is not kept: it is marched again from the start, and must say the same.
    what = case("companion", end=5.0)
    whole = job.run(what, tmp_path / "whole")
    assert whole.status == "unresolved"
    assert "the resolution changes" in whole.message
    same(stopped_and_continued(what, tmp_path / "part"), whole)


def test_a_shorter_end_than_what_was_reached_is_refused_and_the_record_stays(tmp_path):
    job.run(case("circle"), tmp_path)
    before = (tmp_path / "circle.h5").read_bytes()
    with pytest.raises(RecordError, match=r"has reached t = 0\.\d+, beyond time.end = 0.1; raise time.end"):
        job.run(case("circle", end=0.1), tmp_path, resume=True)
    assert (tmp_path / "circle.h5").read_bytes() == before


def test_a_run_uses_one_thread_for_matrices_so_that_its_numbers_do_not_depend_on_the_machine(tmp_path):
    from threadpoolctl import threadpool_info

    seen = []
    job.run(case("circle", end=0.2), tmp_path, progress=lambda _: seen.extend(threadpool_info()))
    assert {pool["num_threads"] for pool in seen if pool["user_api"] == "blas"} == {1}
