"""chart = "auto": harmonics while they tell ρ, then the Mercator chart, as if it had been that from the start."""

import numpy as np
import pytest
from reliability.stopping import Stop

from kinetic import job
from kinetic.assembly import build
from kinetic.assembly.auto import why_not
from kinetic.assembly.refusals import seen_in
from kinetic.case import Case
from kinetic.density import Density
from kinetic.harmonic import HarmonicFlow
from kinetic.harmonic.handover import HandingFlow, doubt, trusted_doubt
from kinetic.march import Row, Step, march
from kinetic.report import handed_over

TOLERANCE = 1e-8


def bumps(kind, **more):
    """Two bumps, an uneven pair."""
    ends = {"circle": ([1.0, 0.0], [-0.6, 0.8]), "sphere": ([1.0, 0.0, 0.0], [0.0, 0.6, 0.8])}.get(kind)
    places = [{"mean": list(end)} for end in ends] if ends else [{"axis": 1}, {"axis": -1}]
    parts = [{**place, "concentration": 2.0, "weight": w} for place, w in zip(places, (0.3, 0.2), strict=True)]
    return {"kind": "mixture", "uniform": 0.5, "components": parts, **more}


def case(kind, end, *, heads=None, noise=0.0, beta=2.0, every=0.5, **space):
    attention = {"normalization": "softmax", **({"heads": heads} if heads else {"beta": beta})}
    return Case.from_dict(
        {
            "title": "To be handed over",
            "space": {"kind": kind, "chart": "auto", **space},
            "attention": attention,
            "noise": {"diffusion": noise},
            "initial": bumps(kind),
            "time": {"end": end, "tolerance": TOLERANCE},
            "output": {"observe_every": every, "save_every": end / 4},
        },
        (),
        "auto",
    )


# degrees so low that they are left soon: the place where, and how, is what is tested
SOON = {
    "circle": ({"degree": 20}, 2.0),
    "sphere": ({"degree": 20}, 1.2),
    "zonal": ({"dimension": 4, "degree": 24}, 3.0),
}


@pytest.mark.parametrize("kind", SOON)
def test_the_other_chart_goes_on_as_if_it_had_begun(kind):
    space, end = SOON[kind]
    given = case(kind, end, **space)
    both = [list(march(build(c))) for c in (given, seen_in("mercator", given))]
    mine, other = ([event for event in events if isinstance(event, Row)] for events in both)
    sizes = ["degree" in event.checkpoint.layout for event in both[0] if isinstance(event, Step)]
    assert sizes[0], "begins in harmonics"
    assert not sizes[-1], "ends in cells"
    for one, two in zip(mine, other, strict=True):
        for name in ("order_deficit", "energy", "entropy", "w2_to_dirac", "dissipation"):
            # what harmonics leave out is below a tenth of the tolerance at the handover; steps add some tolerances
            np.testing.assert_allclose(one.values[name], two.values[name], rtol=20 * TOLERANCE, err_msg=name)
        np.testing.assert_allclose(one.values["work"], two.values["work"], rtol=20 * TOLERANCE, atol=TOLERANCE)
        if kind != "sphere":  # whose cells lie across the rim of a cluster
            np.testing.assert_allclose(one.clusters.mass, two.clusters.mass, rtol=1e-4)
            np.testing.assert_allclose(one.clusters.position, two.clusters.position, atol=1e-3)


def test_a_record_says_when_and_a_run_stopped_on_either_side_goes_on_bit_for_bit(tmp_path):
    given = case("circle", 2.4, degree=20)
    whole = job.run(given, tmp_path / "whole")
    time = whole.density_attributes["handover_time"]
    assert 0 < time < 2.4
    assert f"until t = {time:.6g}" in handed_over(whole)
    kinds = [isinstance(whole.density(i), Density) for i in range(whole.density_times.size)]
    np.testing.assert_array_equal(kinds, whole.density_times <= time)
    for steps in (2, 12):
        folder = tmp_path / str(steps)
        with pytest.raises(KeyboardInterrupt):
            job.run(given, folder, progress=Stop(steps))
        again = job.run(given, folder, resume=True)
        assert again.density_attributes["handover_time"] == time
        for name, values in whole.observables.items():
            np.testing.assert_array_equal(again.observables[name], values, err_msg=name)


def test_harmonics_grow_first_and_are_never_asked_for_values_that_they_do_not_tell():
    flow = build(case("circle", 2.4, degree="auto", max_degree=28)).flow
    assert isinstance(flow, HandingFlow)
    degrees, density = [], None
    for event in march(build(case("circle", 2.4, degree="auto", max_degree=28))):
        if isinstance(event, Step) and "degree" in event.checkpoint.layout:
            degrees.append(event.checkpoint.layout["degree"])
            own = flow.at_layout(event.checkpoint.layout)
            density = own.density(event.checkpoint.state)
            assert doubt(density) <= trusted_doubt(TOLERANCE)
    assert degrees[0] < degrees[-1] == 28
    assert degrees == sorted(degrees)


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"noise": 0.1}, "noise.diffusion"),
        ({"heads": [{"beta": 1.0, "value": [[0.0, -1.0], [1.0, 0.0]]}]}, "without a common energy"),
    ],
)
def test_what_the_other_chart_does_not_follow_stays_in_harmonics(more, reason):
    given = case("circle", 0.5, degree=24, **more)
    assert reason in why_not(given)
    assert isinstance(build(given).flow, HarmonicFlow)


def test_data_that_harmonics_do_not_tell_begin_in_the_other_chart():
    given = case("zonal", 0.5, dimension=512)
    assert not isinstance(build(given).flow, HandingFlow | HarmonicFlow)
